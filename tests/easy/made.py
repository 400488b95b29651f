"""Frames, sound and photographs for the recipes' tests, and what an independent reader finds in the films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tests.interop import decoded, tools

FAST = {"preset": "ultrafast"}
SIZE = (32, 32)


def gray(level: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture of one RGB grey."""
    return np.full((size[1], size[0], 3), level, np.uint8)


def levels(count: int) -> list[int]:
    """As many greys, well apart."""
    return [round(20 + 215 * index / max(count - 1, 1)) for index in range(count)]


def film(count: int) -> np.ndarray:
    """Frames that can be told apart by their grey."""
    return np.stack([gray(level) for level in levels(count)])


def tone(seconds: float, rate: int = 48000, channels: int = 2) -> np.ndarray:
    moments = np.arange(round(seconds * rate)) / rate
    return np.repeat((0.5 * np.sin(2 * np.pi * 440 * moments))[:, None], channels, axis=1).astype(np.float32)


def photograph(path: Path, level: int, size: tuple[int, int] = SIZE, **saving: Any) -> Path:
    Image.fromarray(gray(level, size)).save(path, **saving)
    return path


# ---------------------------------------------------------------------- what is read back


def seen_levels(path: Path) -> list[int]:
    """The RGB grey in the middle of each picture, in order of time, told from its luma (BT.709, video range)."""
    found = []
    for luma, *_ in decoded.ffmpeg_raw_video(path).frames:
        middle = int(luma[luma.shape[0] // 2, luma.shape[1] // 2])
        found.append(round((middle - 16) * 255 / 219))
    return found


def stream(path: Path, kind: str) -> dict[str, Any]:
    """The first stream of a kind, as ffprobe describes it."""
    report = tools.ffprobe(path)
    assert report["errors"] == []
    found: dict[str, Any] = next(each for each in report["streams"] if each["codec_type"] == kind)
    return found


def spans(path: Path, kind: str = "video") -> list[tuple[Fraction, Fraction]]:
    """(presentation time, duration) of each packet, exact, in order of time."""
    report = tools.ffprobe(path)
    about = stream(path, kind)
    base = Fraction(about["time_base"])
    packets = [each for each in report["packets"] if each["stream_index"] == about["index"]]
    return sorted((int(each["pts"]) * base, int(each["duration"]) * base) for each in packets)


def duration(path: Path, kind: str) -> Fraction:
    about = stream(path, kind)
    return int(about["duration_ts"]) * Fraction(about["time_base"])
