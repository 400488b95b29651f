"""What waits to become a fragment: chunks of several tracks in the order they came, their bytes in a queue.

A fragment's header stands before its media and needs to know all of it, so nothing can be written before the fragment
ends. Only then do the times become those of the file's own time line: until the first fragment is written, a track's
ticks may still become finer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from reelwright.isobmff.box import Box, Buffer
from reelwright.isobmff.fragment_boxes import (
    FragmentRun,
    joined_runs,
    movie_fragment,
    stretches,
    track_fragment,
    without_holes,
)
from reelwright.isobmff.sample_table import Chunk, MediaTimes
from reelwright.isobmff.track import MovieTrack

__all__ = ["ByteQueue", "FragmentMedia", "TrackClock", "Trafs", "fragment_header"]

_PIECE = 1 << 18

Trafs = Mapping[int, Sequence[Sequence[FragmentRun]]]
"""The runs of a fragment, by track id and by track fragment."""


class ByteQueue(Protocol):
    """Bytes, first in, first out: a queue of ``storage.spill``."""

    def write(self, *buffers: Buffer) -> None:
        """Add bytes at the end; they are copied."""

    def read(self, length: int) -> memoryview:
        """Take bytes from the front."""


@dataclass(frozen=True, slots=True)
class TrackClock:
    """How a track's times become those of the file.

    Attributes:
        base: the moment of the source's time line, in media ticks, at which the file's media begins.
        shift: ticks that are added to composition offsets.
        time_scale: ticks a second. descriptions: how many sample descriptions the header has.
    """

    track: MovieTrack
    base: int
    shift: int
    time_scale: int
    descriptions: int

    def placed(self, run: FragmentRun, time_scale: int) -> FragmentRun:
        """A run of the source's time line, in ticks of ``time_scale``, on the file's."""
        factor = self.time_scale // time_scale
        return replace(
            run,
            decode=run.decode * factor - self.base,
            durations=run.durations * factor,
            offsets=run.offsets * factor + self.shift,
            duration=run.duration * factor,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    track: MovieTrack
    time_scale: int
    run: FragmentRun


class FragmentMedia:
    """Chunks that wait for the end of their fragment.

    Args:
        queue: holds their bytes.
        closes_holes: samples before a hole last until the next, instead of beginning a new track fragment behind it.

    Attributes:
        length: bytes of the media, padding between chunks included; known after ``lay_out``.
        payload: bytes of all chunks.
    """

    def __init__(self, queue: ByteQueue, *, closes_holes: bool = False) -> None:
        self._queue = queue
        self._closes_holes = closes_holes
        self._chunks: list[_Waiting] = []
        self.length = 0
        self.payload = 0

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def add(self, chunk: Chunk, track: MovieTrack, times: MediaTimes) -> None:
        """Take a chunk whose times are known in media ticks; its payload is copied."""
        size = chunk.payload_size
        run = FragmentRun(
            description=chunk.description,
            count=chunk.count,
            decode=times.source,
            sizes=_values(chunk.sizes),
            durations=_values(times.durations),
            offsets=_values(times.offsets),
            flags=_values(chunk.flags),
            length=size,
            duration=times.total,
        )
        self._queue.write(*chunk.payload)
        self._chunks.append(_Waiting(track, track.media_time_scale, run))
        self.payload += size

    def lay_out(self, start: int) -> None:
        """Give every chunk its place in media that begins at ``start`` in the file."""
        at = 0
        for chunk in self._chunks:
            at += -(start + at) % max(1, chunk.track.options.chunk_alignment)
            chunk.run.place = at
            at += chunk.run.length
        self.length = at

    def trafs(self, clocks: Mapping[int, TrackClock]) -> Trafs:
        """The runs of every track fragment, on the file's time lines."""
        found = {}
        for track_id, clock in clocks.items():
            mine = [chunk for chunk in self._chunks if chunk.track.track_id == track_id]
            runs = [clock.placed(chunk.run, chunk.time_scale) for chunk in mine]
            # Aligned chunks stay apart: whether they touch would depend on where the media begins.
            is_aligned = clock.track.options.chunk_alignment > 1
            if runs and self._closes_holes:
                runs = without_holes(runs)
            if runs:
                found[track_id] = stretches(runs if is_aligned else joined_runs(runs))
        return found

    def drain(self) -> Iterator[Buffer]:
        """The media in pieces, padding included."""
        at = 0
        for chunk in self._chunks:
            if chunk.run.place > at:
                yield bytes(chunk.run.place - at)
            left = chunk.run.length
            while left:
                piece = min(left, _PIECE)
                yield self._queue.read(piece)
                left -= piece
            at = chunk.run.place + chunk.run.length

    def settle(self, start: int) -> None:
        """Tell the tracks that their chunks lie in media that begins at ``start``, and wait for the next fragment."""
        for track in {chunk.track.track_id: chunk.track for chunk in self._chunks}.values():
            track.table.place([start + chunk.run.place for chunk in self._chunks if chunk.track is track])
        self.clear()

    def clear(self) -> None:
        """Wait for the next fragment."""
        self._chunks = []
        self.payload = self.length = 0


def _values(values: int | Sequence[int]) -> int | np.ndarray[tuple[int], np.dtype[np.int64]]:
    return values if isinstance(values, int) else np.array(values, np.int64)


def fragment_header(
    trafs: Trafs, clocks: Mapping[int, TrackClock], sequence_number: int, *, base: int | None, start: int
) -> Box:
    """``moof`` for runs; ``base`` and ``start`` as of ``track_fragment``."""
    return movie_fragment(
        sequence_number,
        [
            track_fragment(track_id, runs, base=base, start=start, has_roll=clocks[track_id].track.roll_distance != 0)
            for track_id, groups in trafs.items()
            for runs in groups
        ],
    )
