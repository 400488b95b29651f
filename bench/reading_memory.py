"""Memory while long films are read: what the process holds after the first minute, and the most it holds later.

Sizes are resident memory without mapped files (Linux' /proc). Tables of samples are read when reading begins, so that
they are in the first figure: they are the only part of it that grows with a film's length.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright import Asset, AssetReader, AssetReaderTrackOutput

__all__ = ["Growth", "decoded", "growth", "is_known", "kept", "measured", "resident", "stored"]

_STATM = Path("/proc/self/statm")
_MINUTE = 60.0
_EVERY = 10.0  # seconds of the film between looks


def is_known() -> bool:
    """Whether this system tells."""
    return _STATM.exists()


def resident() -> int:
    """Bytes of private memory that this process holds now."""
    fields = _STATM.read_text().split()
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Growth:
    """Bytes: before anything was opened, the most within the first minute of the film, the most after it.

    Attributes:
        buffers: taken in all. seconds: of the film.
    """

    before: int
    first_minute: int
    later: int
    buffers: int
    seconds: float

    @property
    def grown(self) -> int:
        return self.later - self.first_minute


def growth(path: str, take: Callable[[Asset], Iterator[Any]]) -> Growth:
    """Go through a film and see what is held on the way."""
    gc.collect()
    before = resident()
    first = later = 0
    count, moment, looked = 0, 0.0, -_EVERY
    with Asset(path) as asset:
        for buffer in take(asset):
            count += 1
            time = buffer.presentation_time
            moment = time.seconds if time.is_numeric else moment
            if moment >= looked + _EVERY:
                looked = moment
                held = resident()
                if moment <= _MINUTE:
                    first = max(first, held)
                else:
                    later = max(later, held)
    return Growth(before, first, later, count, moment)


def measured(path: str, kind: str) -> Growth:
    """The growth in a process of its own.

    Args:
        kind: ``stored`` or ``decoded``; ``kept`` for a reader that keeps all it takes, to see that it is noticed.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(growth, (path, {"stored": stored, "decoded": decoded, "kept": kept}[kind]))


def stored(asset: Asset) -> Iterator[Any]:
    """The stored samples of all tracks, a buffer of each in turn as far as they go."""
    yield from _buffers(asset, None)


def decoded(asset: Asset) -> Iterator[Any]:
    """Pictures and sound of all tracks, decoded."""
    yield from _buffers(asset, {})


def kept(asset: Asset) -> Iterator[Any]:
    """Decoded, and held until the end."""
    held = []
    for buffer in decoded(asset):
        held.append(buffer)
        yield buffer


def _buffers(asset: Asset, settings: Any) -> Iterator[Any]:
    with AssetReader(asset) as reader:
        outputs = [AssetReaderTrackOutput(track, settings) for track in asset.tracks]
        for output in outputs:
            reader.add(output)
        reader.start_reading()
        waiting = dict.fromkeys(outputs, 0.0)
        while waiting:
            output = min(waiting, key=lambda one: waiting[one])
            buffer = output.copy_next_sample_buffer()
            if buffer is None:
                del waiting[output]
                continue
            time = buffer.presentation_time
            waiting[output] = time.seconds if time.is_numeric else waiting[output]
            yield buffer
