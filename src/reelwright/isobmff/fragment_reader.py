"""Movie fragments become columns: every ``moof`` of a file read once, its samples sorted to their tracks.

A sample's values come from its run, else from its fragment's header, else from the track's defaults in the movie header
(ISO/IEC 14496-12, 8.8). Decode times go on from sample to sample unless a fragment states its own (``tfdt``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.isobmff.group_reader import RollGroups, rap_members, roll_distance
from reelwright.isobmff.header_reader import TrackExtends
from reelwright.isobmff.parse import BoxPlace, Parser
from reelwright.isobmff.sample_runs import split_runs
from reelwright.isobmff.sound_packing import SoundPacking
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source

__all__ = ["FragmentTrack", "Fragments", "SampleRun", "read_fragments"]

Column = npt.NDArray[Any]

_MOST_FRAGMENT_BYTES = 1 << 28
_FEW_SAMPLES = 1 << 14  # always affordable, in a whole file: going through so many takes a third of a second
_MOST_SAMPLES = 1 << 23  # without a table, in a whole file
_MOST_PROBLEMS = 100
_BOXES = frozenset({"tfhd", "tfdt", "trun", "sdtp", "sgpd", "sbgp"})  # of a traf, that are read here
_SAYING = frozenset({"sdtp", "sgpd", "sbgp"})  # those that say something of samples beside the runs
_LARGEST = 1 << 61  # of an offset or a time: sums of them still fit a column
_LONGEST_FRAME = 1 << 16  # ticks of a frame of sound
_U32, _I32 = np.dtype(">u4"), np.dtype(">i4")
_NON_SYNC = 0x10000

# tfhd
_BASE, _DESCRIPTION, _DURATION, _SIZE, _FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
_BASE_IS_MOOF = 0x20000
# trun
_DATA_OFFSET, _FIRST_FLAGS = 0x1, 0x4
_COLUMNS = (0x100, 0x200, 0x400, 0x800)  # duration, size, flags, composition offset


@dataclass(frozen=True, slots=True)
class FragmentTrack:
    """What must be known of a track to read its fragments.

    Attributes:
        extends: its defaults. time_scale: ticks a second. begin: ticks of the samples in the movie header.
        packing: of sound in frames of constant size, to keep runs of them together.
        piece: frames in a row at most, where ``packing`` is given. rolls: the movie header's ``sgpd``, by kind.
    """

    extends: TrackExtends
    time_scale: int
    begin: int = 0
    packing: SoundPacking | None = None
    piece: int = 1
    rolls: Mapping[str, RollGroups] = field(default_factory=dict)


@dataclass(slots=True)
class SampleRun:
    """Samples of one run (``trun``), as columns; ``decode`` counts from the run's first sample.

    Attributes:
        start: decode time of the first sample when the fragment states it and this is its first run, else None.
        length: ticks of the whole run. counts: frames of sound in each row; None for anything else.
        dependencies: the byte of ``sdtp`` for each row, from flags or the box. raps: open random access points.
    """

    start: int | None
    offsets: Column
    sizes: Column
    decode: Column
    durations: Column
    composition: Column
    sync: Column
    description: int
    dependencies: Column
    length: int
    counts: Column | None = None
    raps: Column | None = None


@dataclass(slots=True)
class Fragments:
    """All runs of all tracks, in the order of the file.

    Attributes:
        runs: by track. roll_distances: by track, negative. problems: what is wrong with fragments.
        claimed: bytes of the samples so far whose number nothing but a count vouches for. spare: how many of those
            there may yet be for which the file has no bytes, as in one that was cut off.
    """

    runs: dict[int, list[SampleRun]] = field(default_factory=dict)
    roll_distances: dict[int, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    claimed: int = 0
    spare: int = _FEW_SAMPLES

    def afford(self, stated: int, size: int, extent: int) -> int:
        """How many samples of a size are listed of those that only a count promises.

        A run of twenty bytes may promise any number, and a file may have many such runs: all of them together have
        the file's bytes once.

        Args:
            extent: bytes of the file.
        """
        there = min(stated, max(0, extent - self.claimed) // size) if size else 0
        self.claimed += there * size
        spared = min(stated - there, self.spare)
        self.spare -= spared
        return there + spared

    def note(self, problem: str) -> None:
        """One more problem; many are cut short, for a fragment costs nothing to break."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)
        elif len(self.problems) == _MOST_PROBLEMS:
            self.problems.append("more is wrong with the fragments, which is not listed.")


def read_fragments(source: Source, places: Iterable[BoxPlace], tracks: Mapping[int, FragmentTrack]) -> Fragments:
    """Read movie fragments.

    Args:
        places: of the ``moof`` boxes. tracks: those to read; fragments of others are passed over.
    """
    found = Fragments()
    for place in places:
        try:
            _read_fragment(source, place, tracks, found)
        except InvalidMediaError as error:
            found.note(f"the fragment at {place.offset} is left out in part: {error.message}")
    return found


def _read_fragment(source: Source, place: BoxPlace, tracks: Mapping[int, FragmentTrack], found: Fragments) -> None:
    content = place.read(source, _MOST_FRAGMENT_BYTES)
    end = place.offset  # where the data of the track fragment before this one ends
    for kind, box in content.boxes():
        if kind == "traf":
            end = _TrackFragment(place.offset, end, source.size, box, tracks, found).read()


class _TrackFragment:
    """One ``traf`` being read.

    Args:
        moof: offset of its movie fragment. previous_end: behind the data of the one before it.
        extent: bytes of the file.
    """

    def __init__(
        self,
        moof: int,
        previous_end: int,
        extent: int,
        content: Parser,
        tracks: Mapping[int, FragmentTrack],
        found: Fragments,
    ) -> None:
        self._boxes = [(kind, box) for kind, box in content.boxes() if kind in _BOXES]
        self._extent = extent
        self._found = found
        header = self._first("tfhd")
        if header is None:
            raise InvalidMediaError("a track fragment has no header.")
        _, flags = header.full_header()
        self._track_id = header.u32()
        self._track = tracks.get(self._track_id)
        defaults = self._track.extends if self._track else TrackExtends(self._track_id)
        base = min(header.u64(), _LARGEST) if flags & _BASE else None
        self._base = base if base is not None else (moof if flags & _BASE_IS_MOOF else previous_end)
        self._description = header.u32() if flags & _DESCRIPTION else defaults.description
        self._duration = header.u32() if flags & _DURATION else defaults.duration
        self._size = header.u32() if flags & _SIZE else defaults.size
        self._flags = header.u32() if flags & _FLAGS else defaults.flags

    def _first(self, kind: str) -> Parser | None:
        return next((box for found, box in self._boxes if found == kind), None)

    def _all(self, kind: str) -> list[Parser]:
        return [box for found, box in self._boxes if found == kind]

    def read(self) -> int:
        """Add the runs to what was found; returns where their data ends."""
        time = self._first("tfdt")
        start: int | None = None
        if time is not None:
            version, _ = time.full_header()
            start = min(time.u64() if version == 1 else time.u32(), _LARGEST)
        end = self._base
        runs: list[SampleRun] = []
        for box in self._all("trun"):
            run, end = self._run(box, start, end)
            if run is not None:
                start = None
                runs.append(run)
        if self._track is not None:
            self._add_groups(runs)
            self._found.runs.setdefault(self._track_id, []).extend(runs)
        return end

    def _run(self, box: Parser, start: int | None, end: int) -> tuple[SampleRun | None, int]:
        """A run and where its data ends; None for one without samples."""
        _, flags = box.full_header()
        stated = box.u32()
        offset = self._base + box.i32() if flags & _DATA_OFFSET else end
        first_flags = box.u32() if flags & _FIRST_FLAGS else None
        columns = [flag for flag in _COLUMNS if flags & flag]
        if not columns and self._counts_frames:
            return self._frames(stated, start, offset)
        count = self._affordable(stated, box, len(columns))
        if not count:
            return None, offset
        table = np.frombuffer(box.take(count * len(columns) * 4), _U32).reshape(count, len(columns))
        values = {flag: table[:, place] for place, flag in enumerate(columns)}
        durations = _column(values.get(0x100), self._duration, count)
        sizes = _column(values.get(0x200), self._size, count)
        sync, dependencies = _from_flags(values.get(0x400), self._flags, first_flags, count)
        composition = np.zeros(count, np.int64)
        if 0x800 in values:  # signed in version 1; in version 0 no film reorders by 2^31 ticks
            composition = values[0x800].view(_I32).astype(np.int64)
        ends = sizes.cumsum()
        decode = durations.cumsum()
        run = SampleRun(
            start=start,
            offsets=ends - sizes + offset,
            sizes=sizes,
            decode=decode - durations,
            durations=durations,
            composition=composition,
            sync=sync,
            description=max(0, min(self._description, 0xFFFF) - 1),
            dependencies=dependencies,
            length=int(decode[-1]),
            counts=self._frame_counts(sizes),
        )
        return run, offset + int(ends[-1])

    @property
    def _counts_frames(self) -> bool:
        packing = self._track.packing if self._track else None
        return (
            packing is not None and packing.is_pcm and self._size == packing.bytes and self._duration < _LONGEST_FRAME
        )

    def _frame_counts(self, sizes: Column) -> Column | None:
        packing = self._track.packing if self._track else None
        if packing is None or not packing.is_pcm:
            return None
        counts: Column = np.maximum(sizes // packing.bytes, 1)
        return counts

    def _affordable(self, stated: int, box: Parser, columns: int) -> int:
        """Samples of a run: as many as its table holds, or as the file still could where it has no table."""
        if columns:
            there = box.left // (4 * columns)
        else:
            least = max(self._size, self._extent // _MOST_SAMPLES) if self._size else 0
            there = self._found.afford(stated, least, self._extent)
        if stated > there:
            self._found.note(f"a run of track {self._track_id} promises {stated} samples but has {there}.")
        return min(stated, there)

    def _frames(self, stated: int, start: int | None, offset: int) -> tuple[SampleRun | None, int]:
        """A run of single frames of sound."""
        assert self._track is not None
        count = self._found.afford(stated, self._size, self._extent)
        if count < stated:
            self._found.note(f"a run of track {self._track_id} promises {stated} frames but has {count}.")
        if not count:
            return None, offset
        _, counts, inside = split_runs(np.array([count], np.int64), self._track.piece)
        zeros = np.zeros(counts.size, np.int64)
        run = SampleRun(
            start=start,
            offsets=offset + inside * self._size,
            sizes=counts * self._size,
            decode=inside * self._duration,
            durations=counts * self._duration,
            composition=zeros,
            sync=np.ones(counts.size, np.bool_),
            description=max(0, min(self._description, 0xFFFF) - 1),
            dependencies=zeros.astype(np.uint8),
            length=count * self._duration,
            counts=counts,
        )
        return run, offset + count * self._size

    # -- what boxes beside the runs say of all samples of the fragment -------------------------------------------------

    def _add_groups(self, runs: Sequence[SampleRun]) -> None:
        assert self._track is not None
        if not any(kind in _SAYING for kind, _ in self._boxes):
            return
        problems: list[str] = []
        total = sum(run.sizes.size for run in runs)
        members = self._all("sbgp")
        distance = roll_distance(self._all("sgpd"), members, problems, self._track.rolls)
        distances = self._found.roll_distances
        distances[self._track_id] = min(distance, distances.get(self._track_id, 0))
        raps = rap_members(members, total, problems)
        for problem in problems:
            self._found.note(problem)
        dependencies = self._dependencies(total)
        done = 0
        for run in runs:
            rows = slice(done, done + run.sizes.size)
            if raps is not None:
                run.raps = raps[rows]
            if dependencies is not None:
                run.dependencies = dependencies[rows]
            done = rows.stop

    def _dependencies(self, total: int) -> Column | None:
        box = self._first("sdtp")
        if box is None or box.left < 4 + total:
            return None
        box.full_header()
        return np.frombuffer(box.take(total), np.uint8)


def _column(values: Column | None, default: int, count: int) -> Column:
    return np.full(count, default, np.int64) if values is None else values.astype(np.int64)


def _from_flags(values: Column | None, default: int, first: int | None, count: int) -> tuple[Column, Column]:
    """Sync and dependencies of samples by their flags: each sample's own, or one for all and another for the first."""
    if values is not None:
        return (values & _NON_SYNC) == 0, ((values >> 20) & 0xFF).astype(np.uint8)
    sync = np.full(count, not default & _NON_SYNC)
    dependencies = np.full(count, default >> 20 & 0xFF, np.uint8)
    if first is not None:
        sync[0], dependencies[0] = not first & _NON_SYNC, first >> 20 & 0xFF
    return sync, dependencies
