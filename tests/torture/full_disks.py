"""A disk that is full at a random byte: writers of fragments and of journalled films fail in words and lose nothing.

What a fragment or the journal told of must still be there, picture by picture; nothing else may be left.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

from reelwright import AssetWriter, DiskFullError, InvalidMediaError, MediaNotFoundError, WriterStatus, recover
from reelwright.storage import platform
from reelwright.writing import journalling
from tests.writing import scene
from tests.writing.scene import left, nothing_left, stored_input

__all__ = ["KINDS", "full"]

KINDS = ("fragments", "journal")
_PICTURES = 96  # 25 a second; a key frame every sixth
_INTERVAL = Fraction(6, 25)
_MEMORY = 1 << 12  # bytes that a plain film keeps in memory before its file gets any


def full(kind: str, number: int, folder: Path) -> str:
    """Write a film onto a disk that takes a random number of bytes; returns what was left of it.

    Raises:
        AssertionError: another error than DiskFullError, one without path or time, or a loss.
    """
    path = folder / "film.mov"
    stream = scene.stream(count=_PICTURES)
    limit = random.Random(f"{kind} {number}").randrange(sum(len(packet.data) for packet in stream.packets))
    with nothing_left(folder, but=["film.mov"]), patch.object(journalling, "_PAUSE", 0):
        with patch("reelwright.storage.destination.MEMORY", _MEMORY), _disk(limit):
            error = _write(kind, path, stream)
        assert error.path is not None
        assert error.code == -11807
        return _kept(kind, path)


def _write(kind: str, path: Path, stream: scene.Stream) -> DiskFullError:
    video = stored_input(hint=stream.format)
    writer = AssetWriter(path)
    writer.add(video)
    if kind == "fragments":
        writer.movie_fragment_interval = _INTERVAL
    else:
        writer.keeps_journal = True
    writer.start_writing()
    writer.start_session(0)
    appended = 0
    error: DiskFullError | None = None
    try:
        for buffer in stream.buffers():
            video.append(buffer)
            appended += 1
        writer.finish_writing()
    except DiskFullError as found:
        error = found
    assert error is not None, "the disk was never full"
    assert writer.status is WriterStatus.FAILED
    assert error.time is not None or appended == _PICTURES  # at the end it is nobody's sample
    return error


def _kept(kind: str, path: Path) -> str:
    """What there is of the film: its first pictures, without a gap."""
    if kind == "fragments" and not path.exists():
        assert left(path.parent) == []
        return "nothing"
    try:
        whole = path if kind == "fragments" else Path(recover(path).path)
        numbers = [each.number for each in scene.shown(whole)]
    except (InvalidMediaError, MediaNotFoundError):
        return "nothing"
    assert numbers == list(range(len(numbers)))
    assert numbers
    assert left(path.parent) == ["film.mov"]
    return kind


@contextmanager
def _disk(limit: int) -> Iterator[None]:
    """Files may be written up to *limit*, and what is there replaced."""
    write_at: Callable[..., Any] = platform.write_at

    def filling(file: Any, offset: int, views: Any) -> None:
        if offset + sum(view.nbytes for view in views) > limit:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_at(file, offset, views)

    with patch.object(platform, "write_at", filling):
        yield
