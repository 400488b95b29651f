"""Samples of a movie's track read from their places: few large reads where samples lie side by side.

The rows of an index are taken in decode order; rows that follow each other in the file, with small gaps at most, are
read together, up to a bound, and handed out one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from reelwright.containers.media import StoredSample
from reelwright.model.errors import InvalidMediaError
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["IndexStream", "first_row"]

_MOST_TOGETHER = 2 << 20  # bytes in one read
_LARGEST_GAP = 4 << 10  # bytes read for nothing rather than in a read of their own
_ROWS = 512  # looked at together


def first_row(index: SampleIndex, start: int) -> int:
    """The row from which what is shown at a presentation time can be decoded.

    A random access point counts only if it is shown no later than what is sought: pictures that come behind an open
    one in the file but are shown before it need what lies before it (leading pictures, ISO/IEC 14496-12, 8.6.4).
    """
    if not len(index):
        return 0
    shown = index.row_shown_at(start)
    if shown is None:
        shown = int(index.presentation_order[0])
    row = max(0, shown + index.roll_distance)
    if index.sync is None:
        return row
    points = index.sync[: row + 1]
    if index.partial_sync is not None:
        points = points | index.partial_sync[: row + 1]
    rows = np.flatnonzero(points)
    early = rows[index.presentation[rows] <= index.presentation[row]]
    return int(early[-1]) if early.size else 0


class IndexStream:
    """Samples of an index from a row on (``SampleStream``).

    Args:
        index: of the track. row: the first. source_of: the file that holds samples with a description's number.
        with_data: read their bytes. is_open: asked before each group of samples.
    """

    def __init__(
        self,
        index: SampleIndex,
        row: int,
        source_of: Callable[[int], Source],
        with_data: bool,
        is_open: Callable[[], bool],
    ) -> None:
        self._index = index
        self._row = row
        self._source_of = source_of
        self._with_data = with_data
        self._is_open = is_open
        self._pending: Iterator[StoredSample] = iter(())
        self._closed = False

    def __iter__(self) -> Iterator[StoredSample]:
        while not self._closed:
            sample = next(self._pending, None)
            if sample is not None:
                yield sample
                continue
            if self._row >= len(self._index):
                return
            if not self._is_open():
                raise InvalidMediaError("the file was closed while its samples were being read.")
            self._pending = self._next_group()

    def close(self) -> None:
        self._closed = True
        self._pending = iter(())

    def _next_group(self) -> Iterator[StoredSample]:
        """Samples that lie together, and the bytes of all of them."""
        first = self._row
        last = min(len(self._index), first + _ROWS)
        source = None
        if self._with_data:
            source = self._source_of(self._description(first))
            last = first + self._together(first, last)
        self._row = last
        return self._samples(first, last, source)

    def _description(self, row: int) -> int:
        numbers = self._index.descriptions
        return 0 if numbers is None else int(numbers[row])

    def _together(self, first: int, last: int) -> int:
        """How many rows from the first on can be read at once; at least one."""
        index = self._index
        offsets, sizes = index.offsets[first:last], index.sizes[first:last]
        ends = offsets + sizes
        gaps = offsets[1:] - ends[:-1]
        good = (gaps >= 0) & (gaps <= _LARGEST_GAP) & (ends[1:] - offsets[0] <= _MOST_TOGETHER)
        if index.descriptions is not None:
            good &= index.descriptions[first + 1 : last] == index.descriptions[first]
        return 1 + (int(np.argmin(good)) if not good.all() else good.size)

    def _samples(self, first: int, last: int, source: Source | None) -> Iterator[StoredSample]:
        index = self._index
        rows = slice(first, last)
        offsets, sizes = index.offsets[rows].tolist(), index.sizes[rows].tolist()
        decode, durations = index.decode[rows].tolist(), index.durations[rows].tolist()
        shown = index.presentation[rows].tolist()
        data = b"" if source is None else self._read(source, offsets, sizes, first)
        for place, offset in enumerate(offsets):
            row = first + place
            start = offset - offsets[0]
            payload = None if source is None else data[start : start + sizes[place]]
            if payload is not None and len(payload) < sizes[place]:
                raise _cut_off(source, row, offset, sizes[place])
            yield StoredSample(
                data=payload,
                decode=decode[place],
                presentation=shown[place],
                duration=durations[place],
                is_sync=index.sync is None or bool(index.sync[row]),
                description=self._description(row),
                count=1 if index.counts is None else int(index.counts[row]),
                row=row,
                dependencies=0 if index.dependencies is None else int(index.dependencies[row]),
                partial_sync=index.partial_sync is not None and bool(index.partial_sync[row]),
                offset=offset,
            )

    def _read(self, source: Source, offsets: list[int], sizes: list[int], first: int) -> bytes:
        size = offsets[-1] + sizes[-1] - offsets[0]
        if offsets[0] < 0 or (sizes[0] and offsets[0] >= source.size):
            raise _cut_off(source, first, offsets[0], sizes[0])
        # What lies behind the end of the file is not asked for: no buffer is made for it.
        return source.read(offsets[0], min(size, source.size - offsets[0]))


def _cut_off(source: Source | None, row: int, offset: int, size: int) -> InvalidMediaError:
    assert source is not None
    name, there = source.name, source.size
    return InvalidMediaError(
        f"sample {row + 1} ({size} bytes at {offset}) lies behind the end of {name}, which has {there} bytes.",
        path=source.path,
        hint="The file was cut off; what lies before can be read.",
    )
