"""The fragments of a movie as a whole: found once, read once, appended to what the movie header's own tables hold.

How long such a film is can be known without reading all of it where the file has an index of its segments or a table of
random access points; else its fragments tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.isobmff.fragment_reader import Fragments, FragmentTrack, SampleRun, read_fragments
from reelwright.isobmff.parse import BoxPlace, scan
from reelwright.isobmff.segment_index import SegmentIndex, covered_ends, last_known_fragments, read_segment_index
from reelwright.model.errors import InvalidMediaError
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["MovieFragments", "joined"]

Column = npt.NDArray[Any]

_MOST_BOXES = 4_000_000
_TAIL = 8
_WANTED = frozenset({"moof", "sidx"})
_DEPENDS = 1 << 4  # of ``sdtp``: the sample depends on others


class MovieFragments:
    """The fragments of one file.

    Args:
        source: the file. boxes: its boxes as far as they are known. tracks: those of its movie header.

    Attributes:
        problems: what is wrong with the boxes behind the known ones.
    """

    def __init__(self, source: Source, boxes: Sequence[BoxPlace], tracks: Mapping[int, FragmentTrack]) -> None:
        self._source = source
        self._tracks = tracks
        self._known = list(boxes)
        self.problems: list[str] = []
        self._extended: dict[int, SampleIndex] = {}

    def _scanned(self, start: int) -> list[BoxPlace]:
        """The fragments and indexes from an offset to the end of the file, as far as headers make sense."""
        found: list[BoxPlace] = []
        try:
            for box in scan(self._source, start, most=_MOST_BOXES):
                if box.kind in _WANTED:
                    found.append(box)
        except InvalidMediaError as error:
            self.problems.append(error.message)
        return found

    @cached_property
    def _boxes(self) -> list[BoxPlace]:
        return [*self._known, *self._scanned(self._known[-1].end if self._known else 0)]

    @cached_property
    def all(self) -> Fragments:
        """Every fragment, read."""
        return read_fragments(self._source, _fragments(self._boxes), self._tracks)

    def ends(self) -> dict[int, Fraction]:
        """Seconds of the media at which tracks end: by the last fragments if they tell all, else by all of them."""
        return self._ends_by_random_access() or self._ends_by_last(self._boxes) or self._ends_of(self.all)

    def presented_ends(self) -> dict[int, Fraction]:
        """Seconds of the asset at which tracks end, by segment indexes, whose times are those behind all edits."""
        first = self._segment_indexes(self._known)
        if not first:
            return {}
        last = max(index.last for index in first)
        if last <= self._source.size and not self._scanned(last):
            return covered_ends(first, _fragments(self._known))
        return covered_ends(self._segment_indexes(self._boxes), _fragments(self._boxes))

    def _segment_indexes(self, boxes: Sequence[BoxPlace]) -> list[SegmentIndex]:
        found: list[SegmentIndex] = []
        for box in boxes:
            if box.kind == "sidx":
                try:
                    found.append(read_segment_index(self._source, box))
                except InvalidMediaError as error:
                    self.problems.append(error.message)
        return found

    def _ends_by_random_access(self) -> dict[int, Fraction]:
        """By the table at the end of the file, which says where the last fragments are."""
        last = last_known_fragments(self._source)
        if not last or set(last) != set(self._tracks):
            return {}
        start = min(last.values())
        if self._source.read(start + 4, 4) != b"moof":
            return {}
        return self._ends_by_last(self._scanned(start))

    def _ends_by_last(self, boxes: Sequence[BoxPlace]) -> dict[int, Fraction]:
        """By the last few fragments, if each track is among them and says when."""
        tail = _fragments(boxes)[-_TAIL:]
        found = read_fragments(self._source, tail, self._tracks)
        stated = all(runs and runs[0].start is not None for runs in found.runs.values())
        return self._ends_of(found) if stated and set(found.runs) == set(self._tracks) and not found.problems else {}

    def _ends_of(self, fragments: Fragments) -> dict[int, Fraction]:
        ends = {}
        for track_id, runs in fragments.runs.items():
            track = self._tracks[track_id]
            index = joined(None, runs, track.time_scale, begin=track.begin)
            if len(index):
                ends[track_id] = Fraction(index.end, index.time_scale)
        return ends

    def extended(self, track_id: int, index: SampleIndex, *, is_sound: bool) -> SampleIndex:
        """A track's index with the samples of all fragments behind those of the movie header."""
        if track_id not in self._extended:
            fragments = self.all
            self._extended[track_id] = joined(
                index,
                fragments.runs.pop(track_id, []),  # thousands of small columns need more room than the joined ones
                index.time_scale,
                roll_distance=min(index.roll_distance, fragments.roll_distances.get(track_id, 0)),
                problems=(*index.problems, *self.problems, *fragments.problems),
                is_sound=is_sound,
            )
        return self._extended[track_id]


def _fragments(boxes: Sequence[BoxPlace]) -> list[BoxPlace]:
    return [box for box in boxes if box.kind == "moof"]


def joined(
    before: SampleIndex | None,
    runs: Sequence[SampleRun],
    time_scale: int,
    *,
    begin: int = 0,
    roll_distance: int = 0,
    problems: tuple[str, ...] = (),
    is_sound: bool = False,
) -> SampleIndex:
    """Runs of samples, and an index that comes before them, as one index.

    Args:
        begin: decode time of the first run where neither it nor an index before it says so.
    """
    first = before if before is not None and len(before) else None
    decode = [] if first is None else [first.decode]
    clock = begin if first is None else int(first.decode[-1] + first.durations[-1])
    for run in runs:
        clock = clock if run.start is None else run.start
        decode.append(run.decode + clock)
        clock += run.length
    if not decode:
        return _empty(time_scale) if before is None else replace(before, problems=problems)
    columns = _Columns(first, runs)
    return SampleIndex(
        time_scale=time_scale,
        offsets=columns.joined("offsets"),
        sizes=columns.joined("sizes"),
        decode=np.concatenate(decode),
        durations=columns.joined("durations"),
        composition=columns.unless("composition", 0),
        sync=_sync(columns, is_sound=is_sound),
        descriptions=columns.descriptions(),
        counts=columns.counts(),
        dependencies=columns.unless("dependencies", 0),
        partial_sync=columns.partial_sync(),
        roll_distance=roll_distance,
        problems=problems,
    )


def _empty(time_scale: int) -> SampleIndex:
    none = np.zeros(0, np.int64)
    return SampleIndex(time_scale=time_scale, offsets=none, sizes=none, decode=none, durations=none)


_PLAIN = {"composition": np.int64(0), "sync": np.bool_(True), "dependencies": np.uint8(0)}  # what None stands for


class _Columns:
    """Columns of an index and of runs behind it."""

    def __init__(self, first: SampleIndex | None, runs: Sequence[SampleRun]) -> None:
        self._first = first
        self._runs = runs

    def joined(self, name: str) -> Column:
        parts = [getattr(run, name) for run in self._runs]
        if self._first is not None:
            column = getattr(self._first, name)
            parts.insert(0, np.full(len(self._first), _PLAIN[name]) if column is None else column)
        return np.concatenate(parts)

    def unless(self, name: str, plain: int) -> Column | None:
        """A column that need not be kept when it says nothing."""
        column = self.joined(name)
        return None if (column == plain).all() else column

    def _spread(self, first: Column | None, plain: Any, values: Sequence[Any], dtype: npt.DTypeLike) -> Column:
        parts = [np.full(run.sizes.size, value, dtype) for run, value in zip(self._runs, values, strict=True)]
        if self._first is not None:
            parts.insert(0, np.full(len(self._first), plain, dtype) if first is None else first)
        return np.concatenate(parts)

    def descriptions(self) -> Column | None:
        first = None if self._first is None else self._first.descriptions
        column = self._spread(first, 0, [run.description for run in self._runs], np.uint16)
        return column if column.any() else None

    def counts(self) -> Column | None:
        first = None if self._first is None else self._first.counts
        if first is None and all(run.counts is None for run in self._runs):
            return None
        return self._spread(first, 1, [1 if run.counts is None else run.counts for run in self._runs], np.int64)

    def partial_sync(self) -> Column | None:
        first = None if self._first is None else self._first.partial_sync
        if first is None and all(run.raps is None for run in self._runs):
            return None
        return self._spread(first, False, [False if run.raps is None else run.raps for run in self._runs], np.bool_)


def _sync(columns: _Columns, *, is_sound: bool) -> Column | None:
    """A sample that is said to depend on others is none to begin with, whatever its other flag says."""
    sync: Column = columns.joined("sync")
    if is_sound:  # careless writers give sound the flags of pictures
        return None if sync.all() or not sync.any() else sync
    sync = sync & (columns.joined("dependencies") & 0x30 != _DEPENDS)
    return None if sync.all() else sync
