"""The boxes of movie fragments and segments, made from runs of samples (ISO/IEC 14496-12, 8.8 and 8.16).

A *run* is what lies together in the media of a fragment: its columns are numbers, or arrays where they vary, in ticks
of the track's media. What all samples of a track fragment share stands in its header, what differs in the tables of
runs; no object is made for a sample.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from reelwright.isobmff.box import Box, Buffer, Stream, children, fourcc, full_box, i32, u16, u32, u64
from reelwright.isobmff.column import Integers
from reelwright.isobmff.groups import roll_members
from reelwright.isobmff.headers import seconds_since_1904
from reelwright.isobmff.sample_table import SampleFlag

__all__ = [
    "FragmentRun",
    "RandomAccess",
    "Subsegment",
    "first_sync_sample",
    "joined_runs",
    "movie_extends",
    "movie_fragment",
    "producer_time",
    "random_access",
    "segment_index",
    "segment_type",
    "stretches",
    "track_fragment",
    "without_holes",
]

Values = int | Integers

# tfhd
_BASE, _DESCRIPTION, _DURATION, _SIZE, _FLAGS, _BASE_IS_MOOF = 0x1, 0x2, 0x8, 0x10, 0x20, 0x20000
# trun
_DATA_OFFSET, _FIRST_FLAGS = 0x1, 0x4
_COLUMNS = {"durations": 0x100, "sizes": 0x200, "flags": 0x400, "offsets": 0x800}  # in the order of the table

# Sample flags (8.8.3.1)
_INDEPENDENT, _DEPENDENT, _NON_SYNC = 2 << 24, 1 << 24, 1 << 16

_1900_TO_1904 = 126_144_000  # NTP counts from 1900 (RFC 5905, 6)
_CONSISTENT_CLOCK = 24  # of prft: any moment of production, always the same one


@dataclass(slots=True)
class FragmentRun:
    """Samples of one track that lie together.

    Attributes:
        description: number of their sample description, from 1.
        count: number of samples.
        decode: decode time of the first, on the time line of the file.
        sizes, durations, offsets, flags: as of a ``Chunk``, in media ticks; one number for all samples, or an array.
        length: bytes. duration: ticks.
        place: bytes from the start of the fragment's media.
    """

    description: int
    count: int
    decode: int
    sizes: Values
    durations: Values
    offsets: Values
    flags: Values
    length: int
    duration: int
    place: int = 0

    @property
    def end(self) -> int:
        """Decode time of what follows."""
        return self.decode + self.duration

    def presentation(self) -> tuple[int, int]:
        """When its first picture is shown, and its last one is over."""
        if isinstance(self.offsets, int):
            return self.decode + self.offsets, self.end + self.offsets
        durations = np.broadcast_to(self.durations, self.count)
        ends = np.cumsum(durations, dtype=np.int64) + self.decode + self.offsets
        return int((ends - durations).min()), int(ends.max())


def joined_runs(runs: Iterable[FragmentRun]) -> list[FragmentRun]:
    """Runs of one track in their order, those made one whose samples follow one another in time and place."""
    groups: list[list[FragmentRun]] = []
    for run in runs:
        last = groups[-1][-1] if groups else None
        follows = last is not None and last.place + last.length == run.place and _continues(last, run)
        if follows:
            groups[-1].append(run)
        else:
            groups.append([run])
    return [_joined(group) for group in groups]


def stretches(runs: Iterable[FragmentRun]) -> list[list[FragmentRun]]:
    """Runs by track fragments: a hole in time, or another description, begins a new one."""
    groups: list[list[FragmentRun]] = []
    for run in runs:
        if groups and _continues(groups[-1][-1], run):
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups


def without_holes(runs: Sequence[FragmentRun]) -> list[FragmentRun]:
    """Runs of one track, the sample before a hole made to last until the next."""
    ends = [*(run.decode for run in runs[1:]), runs[-1].end]
    return [_lasting(run, end - run.end) if end > run.end else run for run, end in zip(runs, ends, strict=True)]


def _lasting(run: FragmentRun, longer: int) -> FragmentRun:
    durations = np.broadcast_to(run.durations, run.count).astype(np.int64)
    durations[-1] += longer
    return replace(run, durations=durations, duration=run.duration + longer)


def _continues(before: FragmentRun, after: FragmentRun) -> bool:
    return before.description == after.description and before.end == after.decode


def _joined(runs: Sequence[FragmentRun]) -> FragmentRun:
    first = runs[0]
    if len(runs) == 1:
        return first
    columns = {name: _concatenated([(run.count, getattr(run, name)) for run in runs]) for name in _COLUMNS}
    return FragmentRun(
        description=first.description,
        count=sum(run.count for run in runs),
        decode=first.decode,
        length=sum(run.length for run in runs),
        duration=sum(run.duration for run in runs),
        place=first.place,
        **columns,
    )


def _concatenated(parts: Sequence[tuple[int, Values]]) -> Values:
    values = {value if isinstance(value, int) else None for _, value in parts}
    first = next(iter(values))
    if len(values) == 1 and first is not None:
        return first
    return np.concatenate([np.broadcast_to(value, count) for count, value in parts])


# In the movie header


def movie_extends(track_ids: Iterable[int], duration: int | None) -> Box:
    """``mvex``: the movie has fragments (8.8.1). No track has defaults: every fragment says all of itself.

    Args:
        duration: movie ticks of all fragments together (8.8.2). None leaves its place free, to be filled in later.
    """
    header = Box("free", bytes(12)) if duration is None else full_box("mehd", 1, 0, u64(duration))
    extends = [full_box("trex", 0, 0, u32(track_id, 1, 0, 0, 0)) for track_id in track_ids]
    return Box("mvex", header, *extends)


# Fragments


def movie_fragment(sequence_number: int, tracks: Iterable[Box]) -> Box:
    """``moof`` (8.8.4-5)."""
    return Box("moof", full_box("mfhd", 0, 0, u32(sequence_number)), *tracks)


def track_fragment(
    track_id: int, runs: Sequence[FragmentRun], *, base: int | None, start: int, has_roll: bool = False
) -> Box:
    """``traf`` (8.8.6): runs that follow one another without a hole.

    Args:
        base: offset in the file from which places count (``base_data_offset``); None: from the ``moof``.
        start: bytes from there to the fragment's media.
        has_roll: whether its samples belong to the movie header's ``roll`` group.
    """
    first = runs[0]
    shared = {name: _typical(_column(first, name)) for name in _COLUMNS if name != "offsets"} | {"offsets": 0}
    flags = _DURATION | _SIZE | _FLAGS | (_BASE_IS_MOOF if base is None else _BASE)
    flags |= _DESCRIPTION if first.description != 1 else 0
    header = full_box(
        "tfhd",
        0,
        flags,
        u32(track_id),
        b"" if base is None else u64(base),
        u32(first.description) if flags & _DESCRIPTION else b"",
        u32(shared["durations"], shared["sizes"], shared["flags"]),
    )
    time = full_box("tfdt", 1, 0, u64(first.decode))
    members = roll_members(sum(run.count for run in runs)) if has_roll else None
    return Box("traf", *children((header, time, *(_track_run(run, shared, start) for run in runs), members)))


def _track_run(run: FragmentRun, shared: dict[str, int], start: int) -> Box:
    """``trun`` (8.8.8), of version 1 where a composition offset is negative."""
    columns = {name: _column(run, name) for name in _COLUMNS}
    kept = {name: values for name, values in columns.items() if _differs(values, shared[name])}
    flags, first_flags = _DATA_OFFSET, b""
    sample_flags = kept.get("flags")
    if sample_flags is not None and _only_first_differs(sample_flags, shared["flags"], run.count):
        del kept["flags"]
        first_flags = u32(int(np.ravel(sample_flags)[0]))
        flags |= _FIRST_FLAGS
    flags |= sum(_COLUMNS[name] for name in kept)
    version = int(int(np.min(run.offsets)) < 0)
    rows = list(kept.values())
    table = Stream(4 * run.count * len(rows), lambda: (_packed(rows, run.count),) if rows else ())
    return full_box("trun", version, flags, u32(run.count), i32(start + run.place), first_flags, table)


def _column(run: FragmentRun, name: str) -> Values:
    values: Values = getattr(run, name)
    return _sample_flags(values) if name == "flags" else values


def _sample_flags(flags: Values) -> Values:
    """``SampleFlag`` bits as the fragment's sample flags; where nothing else is known, no start depends on others."""
    given = np.asarray(flags, np.int64)
    stated = given >> 8 & 0xFF
    starts = (given & (SampleFlag.SYNC | SampleFlag.PARTIAL_SYNC)) != 0
    dependencies = np.where(stated, stated << 20, np.where(starts, _INDEPENDENT, _DEPENDENT))
    made = np.asarray(dependencies | np.where(given & SampleFlag.SYNC, 0, _NON_SYNC), np.int64)
    return int(made) if isinstance(flags, int) else made


def _typical(values: Values) -> int:
    """What most samples of a group of pictures have: the second one's value."""
    return values if isinstance(values, int) else int(values[min(1, values.size - 1)])


def _differs(values: Values, shared: int) -> bool:
    return bool(np.any(np.not_equal(values, shared)))


def _only_first_differs(values: Values, shared: int, count: int) -> bool:
    return count == 1 or (not isinstance(values, int) and not _differs(values[1:], shared))


def _packed(columns: Sequence[Values], count: int) -> Buffer:
    table = np.empty((count, len(columns)), ">u4")
    for number, values in enumerate(columns):
        table[:, number] = np.bitwise_and(values, 0xFFFFFFFF)  # negative offsets in two's complement
    return table.reshape(-1).view(np.uint8).data


# Random access


class RandomAccess(NamedTuple):
    """One row of ``tfra``: a sync sample's presentation time in media ticks, and where it is.

    Attributes:
        fragment: offset of its ``moof``. traf, run, sample: numbers within it, from 1.
    """

    time: int
    fragment: int
    traf: int
    run: int
    sample: int


def first_sync_sample(groups: Sequence[Sequence[FragmentRun]], fragment: int, first_traf: int) -> RandomAccess | None:
    """The first sample of a fragment's track where decoding can start; None when there is none.

    Args:
        groups: the runs of its track fragments. fragment: offset of the ``moof``.
        first_traf: number of the first of these track fragments in the ``moof``, from 1.
    """
    for traf, runs in enumerate(groups, first_traf):
        for number, run in enumerate(runs, 1):
            found = np.flatnonzero(np.broadcast_to(run.flags, run.count) & SampleFlag.SYNC)
            if found.size:
                sample = int(found[0])
                before = np.broadcast_to(run.durations, run.count)[:sample].sum(dtype=np.int64)
                offset = np.broadcast_to(run.offsets, run.count)[sample]
                return RandomAccess(run.decode + int(before) + int(offset), fragment, traf, number, sample + 1)
    return None


def random_access(tables: dict[int, array[int]]) -> Box:
    """``mfra``: where sync samples are, for whoever reads from the end of the file (8.8.9-11).

    Args:
        tables: rows of ``RandomAccess`` by track id, one number after the other.
    """
    boxes = [_track_random_access(track_id, rows) for track_id, rows in tables.items()]
    size = 8 + sum(box.size for box in boxes) + 16
    return Box("mfra", *boxes, full_box("mfro", 0, 0, u32(size)))


def _track_random_access(track_id: int, rows: array[int]) -> Box:
    numbers = np.array(rows, np.uint64).reshape(-1, len(RandomAccess._fields))
    table = np.empty(len(numbers), ">u8, >u8, >u4, >u4, >u4")
    for number, name in enumerate(table.dtype.names or ()):
        table[name] = numbers[:, number]
    four_bytes_each = 0b111111
    return full_box("tfra", 1, 0, u32(track_id, four_bytes_each, len(numbers)), table.tobytes())


# Segments


class Subsegment(NamedTuple):
    """One reference of ``sidx``: bytes, ticks, and whether it starts with a sync sample."""

    size: int
    duration: int
    starts_with_sync: bool


def segment_index(track_id: int, time_scale: int, earliest: int, subsegments: Sequence[Subsegment]) -> Box:
    """``sidx`` that stands right before what it refers to (8.16.3).

    Args:
        earliest: presentation time of the first subsegment, in ticks.
    """
    rows = [u32(size, duration, 0x90000000 if sync else 0) for size, duration, sync in subsegments]
    head = u32(track_id, time_scale) + u64(earliest, 0) + u16(0, len(rows))
    return full_box("sidx", 1, 0, head, *rows)


def segment_type(brands: Sequence[str]) -> Box:
    """``styp``: what kind of segment it is (8.16.2); the first brand is its own."""
    return Box("styp", fourcc(brands[0]), u32(0), *(fourcc(brand) for brand in brands))


def producer_time(track_id: int, moment: datetime, media_time: int) -> Box:
    """``prft``: when the media was made, for those who measure latency (8.16.5).

    Args:
        media_time: decode time of what was made then, in media ticks.

    Raises:
        InvalidArgumentError: a moment without time zone.
    """
    seconds = seconds_since_1904(moment) + _1900_TO_1904
    fraction = (moment.microsecond << 32) // 1_000_000
    ntp = (seconds & 0xFFFFFFFF) << 32 | fraction
    return full_box("prft", 1, _CONSISTENT_CLOCK, u32(track_id), u64(ntp, media_time))
