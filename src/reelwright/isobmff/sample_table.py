"""A track's samples as columns of numbers, and the boxes of ``stbl`` made from them (ISO/IEC 14496-12, 8.5 to 8.7).

Every box is a function of the columns and may be made at any time; its bytes are made as they are written, so that no
table is ever unpacked as a whole. Nothing is kept for a single sample but its size, where it differs from its
neighbour's, and what of duration, composition offset and flags does not repeat.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from reelwright.isobmff.box import Box, Buffer, Stream, full_box, i32, i64, u32
from reelwright.isobmff.column import Column, Integers, change_points, side_by_side
from reelwright.isobmff.timeline import MediaTimeLine
from reelwright.model.errors import FrameError, InvalidArgumentError, TimestampError

__all__ = ["Chunk", "Extent", "MediaTimes", "SampleFlag", "SampleTable", "TableColumns", "dependency_flags"]

_U32 = (1 << 32) - 1
_I32 = (1 << 31) - 1
_MOST_NUMBERS = 1 << 16  # made at a time


class SampleFlag(IntFlag):
    """What is known about one sample. Bits 8 to 15 hold its ``sdtp`` byte; 0 there: nothing is known."""

    SYNC = 1
    PARTIAL_SYNC = 2


def dependency_flags(
    *, is_leading: int = 0, depends_on: int = 0, is_depended_on: int = 0, has_redundancy: int = 0
) -> int:
    """The flag bits for a sample's dependencies, each 0 (unknown) to 3 (ISO/IEC 14496-12, 8.6.4.3).

    ``depends_on`` and ``is_depended_on``: 1 yes, 2 no. QuickTime reads the first two bits as "earlier display times
    allowed" (1).
    """
    return (is_leading << 6 | depends_on << 4 | is_depended_on << 2 | has_redundancy) << 8


@dataclass(slots=True)
class Chunk:
    """Consecutive samples of one track, to lie together in the file; linear PCM counts one frame as one sample.

    Attributes:
        description: number of their sample description, from 1, as ``MovieTrack.describe`` gave it.
        timescale: ticks a second of all times here, which lie on the source's time line.
        payload: pieces of bytes that together are the samples, in order.
        count: number of samples.
        sizes: bytes of each, or one number for all.
        decode: decode time of the first sample.
        durations: from one decode time to the next, for each or for all.
        offsets: presentation time minus decode time, for each or for all; negative ones are welcome.
        flags: ``SampleFlag`` bits, for each or for all.
    """

    description: int
    timescale: int
    payload: list[Buffer]
    count: int
    sizes: Sequence[int] | int
    decode: int
    durations: Sequence[int] | int
    offsets: Sequence[int] | int = 0
    flags: Sequence[int] | int = int(SampleFlag.SYNC)

    @property
    def payload_size(self) -> int:
        return sum(memoryview(piece).nbytes for piece in self.payload)


class MediaTimes(NamedTuple):
    """The times of a chunk's samples in media ticks.

    Attributes:
        source: decode time of the first, on the source's time line.
        durations, offsets: as of the chunk. total: sum of the durations.
    """

    source: int
    durations: int | Sequence[int]
    offsets: int | Sequence[int]
    total: int


@dataclass(frozen=True, slots=True)
class Extent:
    """When the samples of one stretch are presented: from the earliest start to the latest end.

    Attributes:
        first, last: on the source's time line, in media ticks.
        media: ``first`` on the media's time line, composition shift included.
    """

    first: int
    last: int
    media: int


class TableColumns(NamedTuple):
    """The columns of a table: the first four have a value for each sample, the last three for each chunk."""

    sizes: Column
    durations: Column
    offsets: Column
    flags: Column
    chunk_lengths: Column
    chunk_descriptions: Column
    chunk_offsets: array[int]


class SampleTable:
    """Columns of one track. ``time_line`` holds its clock.

    Attributes:
        sample_count, chunk_count, total_bytes: what was added so far.
    """

    def __init__(self, media_time_scale: int = 0) -> None:
        self.time_line = MediaTimeLine(media_time_scale)
        self.total_bytes = 0
        self._sizes = Column()
        self._durations = Column()
        self._offsets = Column()
        self._flags = Column()
        self._chunk_lengths = Column()
        self._chunk_descriptions = Column()
        self._chunk_offsets: array[int] = array("Q")

    @property
    def sample_count(self) -> int:
        return self._sizes.length

    @property
    def chunk_count(self) -> int:
        return len(self._chunk_offsets)

    @property
    def nbytes(self) -> int:
        """Bytes that the columns take."""
        columns = (self._sizes, self._durations, self._offsets, self._flags)
        per_chunk = self._chunk_lengths.nbytes + self._chunk_descriptions.nbytes + 8 * self.chunk_count
        return sum(column.nbytes for column in columns) + per_chunk

    def check(self, chunk: Chunk) -> None:
        """See that a chunk's columns have one length and belong to its payload.

        Raises:
            FrameError: counts or sizes contradict each other, a sample is empty or too large.
            InvalidArgumentError: the track would have more samples than the file format can count.
        """
        count = chunk.count
        if count < 1:
            raise FrameError(f"a chunk of {count} samples cannot be written.", hint="Leave empty chunks out.")
        for name in ("sizes", "durations", "offsets", "flags"):
            values = getattr(chunk, name)
            if not isinstance(values, int) and len(values) != count:
                raise FrameError(f"{len(values)} {name} were given for {count} samples.")
        smallest, largest = _bounds(chunk.sizes)
        if smallest < 1 or largest > _U32:
            raise FrameError(f"a sample of {smallest if smallest < 1 else largest} bytes cannot be written.")
        total = chunk.sizes * count if isinstance(chunk.sizes, int) else sum(chunk.sizes)
        if total != chunk.payload_size:
            raise FrameError(f"{count} samples of {total} bytes were announced, but {chunk.payload_size} bytes given.")
        if self.sample_count + count > _U32:
            raise InvalidArgumentError(
                f"the track would have {self.sample_count + count} samples; the file format counts to {_U32}.",
                hint="Split the film, or encode the sound: linear PCM needs one sample for each frame.",
            )

    def append(self, chunk: Chunk, offset: int) -> MediaTimes:
        """Add the samples of a chunk that lies at ``offset`` in the file. Nothing is changed when it raises.

        Raises:
            TimestampError: times that run backwards or cannot be written in this track's time scale.
        """
        line = self.time_line
        factor = line.growth(chunk.timescale)
        gap = line.gap(chunk.decode, chunk.timescale)
        scale = line.scale * factor or chunk.timescale
        if factor != 1:
            _check_times(self._durations.bounds, self._offsets.bounds, factor, scale)
        if scale % chunk.timescale == 0:
            _check_times(chunk.durations, chunk.offsets, scale // chunk.timescale, scale)
            self._grow(factor, chunk.timescale)
            times = self._exact(chunk)
        else:
            times = self._rounded(chunk)
        line.advance(self.sample_count, times.source, times.total, gap=gap)
        line.set_end(chunk.decode + _total(chunk.durations, chunk.count), chunk.timescale)
        self._durations.append(times.durations, chunk.count)
        self._offsets.append(times.offsets, chunk.count)
        self._sizes.append(chunk.sizes, chunk.count)
        self._flags.append(chunk.flags, chunk.count)
        self._chunk_offsets.append(offset)
        self._chunk_lengths.append(chunk.count, 1)
        self._chunk_descriptions.append(chunk.description, 1)
        self.total_bytes += chunk.payload_size
        return times

    def place(self, offsets: Sequence[int]) -> None:
        """Say where the last chunks lie, which were appended before that was known."""
        self._chunk_offsets[self.chunk_count - len(offsets) :] = array("Q", offsets)

    def forget(self) -> None:
        """Drop all samples; the clock goes on. For media that is handed out and gone."""
        for name in ("_sizes", "_durations", "_offsets", "_flags", "_chunk_lengths", "_chunk_descriptions"):
            setattr(self, name, Column())
        self._chunk_offsets = array("Q")
        del self.time_line.stretches[:-1]

    def refine(self, timescale: int) -> None:
        """Make the ticks finer so that moments in ``timescale`` fall on whole ones, where the file can hold that."""
        line = self.time_line
        if not line.scale or line.rounds:
            return
        try:
            factor = line.growth(timescale)
            _check_times(self._durations.bounds, self._offsets.bounds, factor, line.scale * factor)
        except TimestampError:
            return  # the moment is rounded instead, and the summary says by how much
        self._grow(factor, timescale)

    def _grow(self, factor: int, timescale: int) -> None:
        self.time_line.grow(factor, timescale)
        if factor != 1:
            self._durations.multiply(factor)
            self._offsets.multiply(factor)

    def _exact(self, chunk: Chunk) -> MediaTimes:
        """The times of a chunk when every one fits."""
        factor = self.time_line.scale // chunk.timescale
        total = _total(chunk.durations, chunk.count) * factor
        return MediaTimes(
            chunk.decode * factor, _scaled(chunk.durations, factor), _scaled(chunk.offsets, factor), total
        )

    def _rounded(self, chunk: Chunk) -> MediaTimes:
        """The same when times have to be rounded: every position by itself, durations and offsets from those."""
        line, count, scale = self.time_line, chunk.count, chunk.timescale
        lengths = [chunk.durations] * count if isinstance(chunk.durations, int) else chunk.durations
        shifts = [chunk.offsets] * count if isinstance(chunk.offsets, int) else chunk.offsets
        decoded = list(accumulate(lengths, initial=chunk.decode))
        ticks = line.ticks(decoded, scale)
        durations = [after - before for before, after in pairwise(ticks)]
        if any(length and not duration for length, duration in zip(lengths, durations, strict=True)):
            shortest = min(length for length in lengths if length)
            raise TimestampError(
                f"samples {shortest}/{scale} s apart fall on one tick of media_time_scale {line.scale}.",
                hint="Set a larger media_time_scale, or 0 to keep times exactly.",
            )
        shown = [at + shift for at, shift in zip(decoded, shifts, strict=False)]
        shown_ticks = line.ticks(shown, scale)
        offsets = [at - before for at, before in zip(shown_ticks, ticks, strict=False)]
        _check_times(durations, offsets, 1, line.scale)
        line.note_rounding(decoded, ticks, scale)
        line.note_rounding(shown, shown_ticks, scale)
        return MediaTimes(ticks[0], durations, offsets, ticks[-1] - ticks[0])

    @property
    def columns(self) -> TableColumns:
        """All columns, to be read."""
        return TableColumns(
            self._sizes,
            self._durations,
            self._offsets,
            self._flags,
            self._chunk_lengths,
            self._chunk_descriptions,
            self._chunk_offsets,
        )

    # What the edit list needs to know

    @property
    def composition_shift(self) -> int:
        """Media ticks by which all composition times are moved so that none comes before its decode time."""
        return max(0, -self._offsets.low)

    def extents(self) -> list[Extent]:
        """When each stretch of samples is presented."""
        stretches = self.time_line.stretches
        shift = self.composition_shift
        result = []
        for stretch, (first, last) in zip(stretches, self._composition(), strict=True):
            to_source = stretch.source - stretch.media
            result.append(Extent(first + to_source, last + to_source, first + shift))
        return result

    def _composition(self) -> list[tuple[int, int]]:
        """Earliest and latest composition time of each stretch, in media ticks, without the shift."""
        stretches = self.time_line.stretches
        if not stretches:
            return []
        constant = self._offsets.constant
        if constant is not None:
            stops = [stretch.media for stretch in stretches[1:]] + [self.time_line.duration]
            return [(stretch.media + constant, stop + constant) for stretch, stop in zip(stretches, stops, strict=True)]
        starts = np.array([stretch.first_sample for stretch in stretches], np.int64)
        earliest = np.full(starts.size, np.iinfo(np.int64).max)
        latest = np.full(starts.size, np.iinfo(np.int64).min)
        sample = clock = 0
        for durations, offsets in side_by_side(self._durations, self._offsets):
            ends = np.cumsum(durations, dtype=np.int64) + clock
            shown = ends - durations + offsets
            begun, known = np.searchsorted(starts, (sample, sample + durations.size)).tolist()
            cuts: Integers = starts[begun:known] - sample
            if not cuts.size or cuts[0]:  # a stretch that began earlier goes on
                begun, cuts = begun - 1, np.concatenate([[0], cuts])
            earliest[begun:known] = np.minimum(earliest[begun:known], np.minimum.reduceat(shown, cuts))
            latest[begun:known] = np.maximum(latest[begun:known], np.maximum.reduceat(shown + durations, cuts))
            sample, clock = sample + durations.size, int(ends[-1])
        return list(zip(earliest.tolist(), latest.tolist(), strict=True))

    # The boxes

    def boxes(self, *, quicktime: bool) -> list[Box]:
        """All boxes of ``stbl`` from ``stts`` to ``stsz``, in their order."""
        made = [
            self.time_to_sample(),
            self.composition_offsets(),
            self.composition_to_decode(),
            self.sync_samples(),
            self.partial_sync_samples() if quicktime else None,
            self.dependencies(),
            self.sample_to_chunk(),
            self.sample_sizes(),
        ]
        return [box for box in made if box is not None]

    def time_to_sample(self) -> Box:
        """``stts``: decode durations (8.6.1.2)."""
        return _run_table("stts", self._durations)

    def composition_offsets(self) -> Box | None:
        """``ctts``: from decode to composition, none negative (8.6.1.3, version 0); None when both are one."""
        if self._offsets.constant == 0:
            return None
        return _run_table("ctts", self._offsets, self.composition_shift)

    def composition_to_decode(self) -> Box | None:
        """``cslg``: the bounds of composition times (8.6.1.4), whenever there is a ``ctts``."""
        if self._offsets.constant == 0:
            return None
        shift, composition = self.composition_shift, self._composition()
        fields = (
            0,  # what would have to be added still to have no composition before its decode time
            self._offsets.low + shift,
            self._offsets.high + shift,
            min(first for first, _ in composition) + shift,
            max(last for _, last in composition) + shift,
        )
        version = int(max(fields) > _I32)
        return full_box("cslg", version, 0, i64(*fields) if version else i32(*fields))

    def sync_samples(self) -> Box | None:
        """``stss``: numbers of the samples where decoding can start (8.6.2); None when that is every one."""
        return self._flagged("stss", SampleFlag.SYNC, absent=self.sample_count)

    def partial_sync_samples(self) -> Box | None:
        """``stps``: QuickTime's samples where decoding can start though some that follow need earlier ones."""
        return self._flagged("stps", SampleFlag.PARTIAL_SYNC, absent=0)

    def _flagged(self, kind: str, flag: SampleFlag, absent: int) -> Box | None:
        total = sum(int(counts[(values & flag) != 0].sum()) for counts, values in self._flags.run_blocks())
        if total == absent:
            return None
        return full_box(kind, 0, 0, u32(total), Stream(4 * total, lambda: self._flagged_numbers(flag)))

    def _flagged_numbers(self, flag: SampleFlag) -> Iterator[Buffer]:
        first = 1
        for counts, values in self._flags.run_blocks():
            matches = (values & flag) != 0
            starts = np.cumsum(counts) - counts + first
            yield from map(_big_endian, _ranges(starts[matches], counts[matches]))
            first += int(counts.sum())

    def dependencies(self) -> Box | None:
        """``sdtp``: one byte a sample on who depends on whom (8.6.4); None when no sample says anything."""
        if not any((values >> 8).any() for _, values in self._flags.run_blocks()):
            return None
        made = Stream(
            self.sample_count, lambda: (_bytes((part >> 8).astype(np.uint8)) for part in self._flags.blocks())
        )
        return full_box("sdtp", 0, 0, made)

    def sample_to_chunk(self) -> Box:
        """``stsc``: runs of chunks of equal length and description (8.7.4)."""
        if not self.chunk_count:
            return _table("stsc", 0, np.empty(0, np.int64))
        lengths, descriptions = self._chunk_lengths.expand(), self._chunk_descriptions.expand()
        starts = change_points(lengths, descriptions)
        rows = np.column_stack([starts + 1, lengths[starts], descriptions[starts]])
        return _table("stsc", len(rows), rows)

    def sample_sizes(self) -> Box:
        """``stsz``: one size for all, or a table (8.7.3.2)."""
        if self.sample_count and self._sizes.constant is not None:
            return full_box("stsz", 0, 0, u32(self._sizes.constant, self.sample_count))
        made = Stream(4 * self.sample_count, lambda: map(_big_endian, self._sizes.blocks()))
        return full_box("stsz", 0, 0, u32(0, self.sample_count), made)

    def chunk_offsets(self, shift: int = 0) -> Box:
        """``stco``, or ``co64`` when an offset needs it (8.7.5); all offsets moved by ``shift`` bytes."""
        offsets = np.array(self._chunk_offsets, np.int64) + shift
        if offsets.size and int(offsets.max()) > _U32:
            return full_box("co64", 0, 0, u32(offsets.size), _bytes(offsets.astype(">u8")))
        return _table("stco", offsets.size, offsets)


def _bounds(values: int | Sequence[int]) -> tuple[int, int]:
    return (values, values) if isinstance(values, int) else (min(values), max(values))


def _total(durations: int | Sequence[int], count: int) -> int:
    return durations * count if isinstance(durations, int) else sum(durations)


def _scaled(values: int | Sequence[int], factor: int) -> int | Sequence[int]:
    if factor == 1:
        return values
    return values * factor if isinstance(values, int) else [value * factor for value in values]


def _check_times(durations: int | Sequence[int], offsets: int | Sequence[int], factor: int, scale: int) -> None:
    """See that times which will be multiplied by ``factor``, to be ticks of ``scale``, fit their fields."""
    shortest, longest = _bounds(durations)
    least, greatest = _bounds(offsets)
    if shortest < 0:
        raise TimestampError(f"a sample cannot last {shortest} ticks.", hint="Decode times must move forward.")
    if longest * factor > _U32 or max(-least, greatest) * factor > _I32:
        raise TimestampError(
            f"a duration of {longest * factor} or a composition offset of {max(-least, greatest) * factor} ticks "
            f"(1/{scale} s) does not fit the file's 32 bits.",
            hint="Set a smaller media_time_scale.",
        )


def _bytes(values: Integers) -> Buffer:
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8).data


def _big_endian(values: Integers) -> Buffer:
    return _bytes(values.astype(">u4"))


def _table(kind: str, count: int, rows: Integers) -> Box:
    return full_box(kind, 0, 0, u32(count), _big_endian(rows))


def _run_table(kind: str, column: Column, shift: int = 0) -> Box:
    """Counts and values, all moved by ``shift``."""
    total = sum(counts.size for counts, _ in column.run_blocks())

    def rows() -> Iterator[Buffer]:
        for counts, values in column.run_blocks():
            yield _big_endian(np.column_stack([counts, values + shift]))

    return full_box(kind, 0, 0, u32(total), Stream(8 * total, rows))


def _ranges(starts: Integers, counts: Integers) -> Iterator[Integers]:
    """The numbers of ranges, in pieces of bounded size."""
    if int(counts.sum()) <= _MOST_NUMBERS:
        # The place of each number within its range, added to where the range begins.
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        yield np.repeat(starts, counts) + within
        return
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        for first in range(start, start + count, _MOST_NUMBERS):
            yield np.arange(first, min(first + _MOST_NUMBERS, start + count))
