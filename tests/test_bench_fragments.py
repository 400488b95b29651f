"""The benchmark of fragments seals what it recorded, and finds out who touches the media."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bench.fragments import (
    KINDS,
    encoded_load,
    overhead,
    overhead_report,
    remuxed,
    sealing,
    sealing_report,
    stored_load,
)
from bench.scene import scene

from reelwright.storage import platform

SIZE = 9 << 20  # more than is kept in memory


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_recording_is_sealed_without_touching_its_media(tmp_path: Path) -> None:
    found = sealing(tmp_path, SIZE)
    assert found.untouched
    assert found.media > SIZE * 0.9
    assert 0 < found.written < 64 << 10
    others = {"ffmpeg": [remuxed(tmp_path, "-movflags", "+faststart")]}
    text = sealing_report([found], others)
    assert "are untouched" in text
    assert "ffmpeg" in text
    assert "are CHANGED" in sealing_report([replace(found, untouched=False)], others)


def test_whoever_touches_the_media_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_at = platform.write_at

    def meddling(file: Any, offset: int, views: Sequence[memoryview]) -> None:
        write_at(file, offset, views)
        if sum(view.nbytes for view in views) == 16:  # the seal
            write_at(file, 100_000, [memoryview(b"meddled with")])

    monkeypatch.setattr(platform, "write_at", meddling)
    assert not sealing(tmp_path, SIZE).untouched


def test_films_are_written_in_every_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sync", lambda: None)
    pictures = list(scene(4, 64, 64))
    loads = {"encoded": encoded_load(3, pictures), "stored": stored_load(1 << 16, pictures)}
    found = {name: overhead(load, tmp_path, 1) for name, load in loads.items()}
    assert all(len(timings) == 1 for kinds in found.values() for timings in kinds.values())
    text = overhead_report(found)
    assert all(f"{name}: {kind}" in text for name in loads for kind in KINDS[1:])
