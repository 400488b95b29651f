"""Sound whose tables count single frames: one row for each chunk, or for each second of a longer one.

Ten hours of sound at 48 kHz are 1.7 billion "samples"; as runs of frames that lie side by side they are a few tens of
thousands of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.isobmff.sound_packing import SoundPacking
from reelwright.model.sample_index import SampleIndex

__all__ = ["Runs", "piece_frames", "read_runs", "split_runs"]

Column = npt.NDArray[Any]

_MOST_BYTES = 1 << 20  # of a row, so that reading one stays a small read
_MOST_PIECES = 1 << 19
_FEW_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Runs:
    """Chunks of frames.

    Attributes:
        offsets, frames, descriptions: of each chunk. total: frames that the size table promises.
        delta: ticks of one frame.
    """

    offsets: Column
    frames: Column
    descriptions: Column
    total: int
    delta: int


def read_runs(
    runs: Runs, packing: SoundPacking, time_scale: int, extent: int | None, problems: list[str]
) -> SampleIndex:
    """The index of such a track.

    Args:
        extent: bytes of the file that holds the samples; None when it is another one.
    """
    ends = np.minimum(np.cumsum(runs.frames), runs.total)
    if ends.size and int(ends[-1]) < runs.total:
        problems.append(f"the tables promise {runs.total} frames of sound but have places of {int(ends[-1])}.")
    frames = np.diff(ends, prepend=0)
    frames = _within_file(runs.offsets[: frames.size], frames, packing, extent, problems)
    kept = frames > 0
    offsets, frames, descriptions = runs.offsets[kept], frames[kept], runs.descriptions[kept]
    begins = (np.cumsum(frames) - frames) * runs.delta
    rows, counts, inside = split_runs(frames, piece_frames(packing, time_scale, runs.delta))
    return SampleIndex(
        time_scale=time_scale,
        offsets=offsets[rows] + inside // packing.frames * packing.bytes,
        sizes=-(-counts // packing.frames) * packing.bytes,
        decode=begins[rows] + inside * runs.delta,
        durations=counts * runs.delta,
        descriptions=descriptions[rows].astype(np.uint16) if descriptions.any() else None,
        counts=counts,
        problems=tuple(problems),
    )


def _within_file(
    offsets: Column, frames: Column, packing: SoundPacking, extent: int | None, problems: list[str]
) -> Column:
    """Frames of each chunk that can lie in the file: a count of frames costs nothing to write."""
    if extent is None:
        extent = 1 << 40
    # A chunk may lie behind the end of a file that was cut off; what it promises must still be a chunk's size.
    room = np.maximum(extent - offsets, _FEW_BYTES) // packing.bytes * packing.frames
    cut: Column = np.minimum(frames, np.maximum(room, packing.frames))
    ends = offsets + cut // packing.frames * packing.bytes
    if (cut < frames).any() or (ends > extent).any():
        problems.append("frames of sound lie behind the end of the file.")
    return cut


def piece_frames(packing: SoundPacking, time_scale: int, delta: int) -> int:
    """Frames in a row at most: whole packets, about a second."""
    second = max(1, time_scale // max(1, delta))
    packets = max(1, min(second // packing.frames, _MOST_BYTES // packing.bytes))
    return packets * packing.frames


def split_runs(frames: Column, piece: int) -> tuple[Column, Column, Column]:
    """Cut runs into pieces: the run, the frames, and the first frame within its run of each piece."""
    pieces = -(-frames // piece)
    while frames.size and int(pieces.sum()) > max(_MOST_PIECES, 2 * frames.size):
        piece *= 2
        pieces = -(-frames // piece)
    rows = np.repeat(np.arange(frames.size), pieces)
    inside = (np.arange(rows.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)) * piece
    return rows, np.minimum(frames[rows] - inside, piece), inside
