"""``write_hls``: renditions cut at the same pictures, every frame counted, sound in its place, nothing left behind."""

from __future__ import annotations

import os
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.easy import made
from tests.interop import decoded, tools

from reelwright.easy.films import write_video
from reelwright.easy.streams import Rendition, write_hls
from reelwright.model.errors import (
    EncodeError,
    InvalidArgumentError,
    InvalidMediaError,
    OperationCancelledError,
    OutputError,
    OutputExistsError,
)
from reelwright.streaming.output import FolderOutput

FPS = 24
SIZE = (64, 48)
LADDER = [Rendition(encoder_options=made.FAST), Rendition(height=24, encoder_options=made.FAST)]


def film(count: int) -> Iterator[np.ndarray]:
    """Frames that tell their number by their grey."""
    for level in made.levels(count):
        yield made.gray(level, SIZE)


def lines(path: Path, tag: str) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.startswith(tag)]


def durations(path: Path) -> list[Fraction]:
    return [Fraction(re.findall(r"[\d.]+", line)[0]) for line in lines(path, "#EXTINF")]


def state() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return threading.active_count(), len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("stream")
    seen: list[tuple[int, int | None]] = []
    before = state()
    report = write_hls(
        film(60),
        folder,
        LADDER,
        fps=FPS,
        audio=(made.tone(4), 48000),
        segment_duration=1,
        dash=True,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert state() == before
    assert seen == [(number, None) for number in range(1, 61)]
    return folder, report


def test_every_frame_of_every_rendition_is_there(stream: tuple[Path, Any]) -> None:
    folder, report = stream
    for rendition in report.renditions[:2]:
        levels = made.seen_levels(folder / rendition.playlist)
        assert len(levels) == 60
        assert all(abs(seen - level) <= 6 for seen, level in zip(levels, made.levels(60), strict=True))
