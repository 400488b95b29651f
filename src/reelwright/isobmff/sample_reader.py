"""Sample tables become columns: ``stbl`` read at once, with numpy, into a ``SampleIndex``.

Nothing is allocated that the file does not justify: the tables' own bytes bound their rows, and where one number stands
for many samples (a fixed size, run lengths) the bytes of the file do. Tables that disagree keep what they agree on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.isobmff.group_reader import rap_members, roll_distance
from reelwright.isobmff.parse import BoxPlace, Parser
from reelwright.isobmff.sample_runs import Runs, read_runs
from reelwright.isobmff.sound_packing import SoundPacking
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["MOST_ROWS", "TABLES", "SampleTables", "read_sample_index", "stated_duration", "stated_sample_count"]

Column = npt.NDArray[Any]

# The children of ``stbl`` that are read here.
TABLES = frozenset(
    ("stts", "ctts", "stss", "stps", "sdtp", "stsc", "stsz", "stz2", "stco", "co64", "sgpd", "sbgp"),
)
MOST_ROWS = 1 << 26
_LONGEST_FRAME = 1 << 16  # ticks of a frame of sound
_LARGEST = 1 << 61  # of an offset: sums of them still fit a column
_FEW_ROWS = 1 << 16  # always affordable
_MOST_ELSEWHERE = 1 << 20  # samples of one size in another file, whose length says nothing: half a day of pictures
_U32 = np.dtype(">u4")
# Deltas from here on are taken as negative 32-bit numbers: ten seconds at 48 kHz, as FFmpeg does.
_NEGATIVE = (1 << 32) - 480_000


@dataclass(frozen=True, slots=True)
class SampleTables:
    """The tables of one track and what is needed to read them.

    Attributes:
        source: holds the tables. places: theirs, by type. name: how problems call the track.
        time_scale: ticks a second. extent: bytes of the file that holds the samples; None when it is another one.
        is_sound: the track is sound. packing: of its first sample description, where that has one.
    """

    source: Source
    places: Mapping[str, Sequence[BoxPlace]]
    time_scale: int
    extent: int | None
    is_sound: bool = False
    packing: SoundPacking | None = None

    def parser(self, kind: str) -> Parser | None:
        """The content of the first table of a type, read now."""
        places = self.places.get(kind)
        return _read(places[0], self.source) if places else None

    def parsers(self, kind: str) -> list[Parser]:
        return [_read(place, self.source) for place in self.places.get(kind, ())]


def _read(place: BoxPlace, source: Source) -> Parser:
    return place.read(source, MOST_ROWS * 8 + 64)


def stated_sample_count(place: BoxPlace, source: Source) -> int | None:
    """Samples as the header of ``stsz`` or ``stz2`` has it, nothing else read; None when not even that is there."""
    head = source.read(place.content, min(12, place.size))
    return int.from_bytes(head[8:12], "big") if len(head) == 12 else None


def stated_duration(place: BoxPlace, source: Source, count: int) -> int:
    """Ticks that each of ``count`` samples lasts, where the beginning of ``stts`` says so; 0 where they differ.

    The last one may last another time, which many writers give an entry of its own.
    """
    head = source.read(place.content, min(24, place.size))
    entries = [int.from_bytes(head[start : start + 4], "big") for start in range(4, len(head) - 3, 4)]
    if not entries or len(entries) < 1 + 2 * entries[0] or entries[0] not in (1, 2):
        return 0
    _, first, delta, *others = entries
    is_whole = first == count if entries[0] == 1 else first == count - 1 and others[0] == 1
    return delta if is_whole and 0 < delta < _NEGATIVE else 0


def read_sample_index(tables: SampleTables) -> SampleIndex:
    """All samples that a track's tables describe.

    Raises:
        InvalidMediaError: tables larger than any film's. OSError: they cannot be read.
    """
    problems: list[str] = []
    sizes = _read_sizes(tables, problems)
    chunks = _read_chunks(tables, problems)
    times = _pairs(tables.parser("stts"), "stts", problems)
    if _counts_frames(tables, sizes, times):
        return _runs(tables, sizes, chunks, times, problems)
    return _rows(tables, sizes, chunks, times, problems)


# -- single tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sizes:
    """``each`` is the size of all when ``column`` is None."""

    count: int
    each: int = 0
    column: Column | None = None


@dataclass(frozen=True, slots=True)
class _Chunks:
    offsets: Column
    samples: Column
    descriptions: Column


def _array(content: Parser, dtype: npt.DTypeLike, rows: int, columns: int, kind: str, problems: list[str]) -> Column:
    """A table's numbers, as many rows as are both promised and there."""
    width = np.dtype(dtype).itemsize * columns
    there = content.left // width
    if there < rows:
        problems.append(f"the table {kind!r} promises {rows} entries but holds {there}.")
        rows = there
    table = np.frombuffer(content.take(rows * width), dtype=dtype)
    return table if columns == 1 else table.reshape(rows, columns)


def _pairs(content: Parser | None, kind: str, problems: list[str]) -> Column:
    """The two columns of ``stts`` or ``ctts``."""
    if content is None or content.left < 8:
        return np.zeros((0, 2), _U32)
    content.full_header()
    return _array(content, _U32, content.u32(), 2, kind, problems)


def _read_sizes(tables: SampleTables, problems: list[str]) -> _Sizes:
    content = tables.parser("stsz")
    if content is not None and content.left >= 12:
        content.full_header()
        each, count = content.u32(), content.u32()
        if each or not count:
            return _Sizes(count, each)
        column = _array(content, _U32, count, 1, "stsz", problems)
        return _Sizes(column.size, 0, column.astype(np.int64))
    content = tables.parser("stz2")
    if content is None or content.left < 12:
        return _Sizes(0)
    content.full_header()
    bits = content.u32() & 0xFF
    return _compact_sizes(content, bits, content.u32(), problems)


def _compact_sizes(content: Parser, bits: int, count: int, problems: list[str]) -> _Sizes:
    if bits == 4:
        pairs = _array(content, np.uint8, (count + 1) // 2, 1, "stz2", problems)
        column = np.stack((pairs >> 4, pairs & 15), axis=1).reshape(-1)[:count]
    elif bits in (8, 16):
        column = _array(content, np.uint8 if bits == 8 else np.dtype(">u2"), count, 1, "stz2", problems)
    else:
        problems.append(f"the table 'stz2' has sizes of {bits} bits, which nothing defines: no sample can be found.")
        return _Sizes(0)
    return _Sizes(column.size, 0, column.astype(np.int64))


def _read_chunks(tables: SampleTables, problems: list[str]) -> _Chunks:
    offsets = _chunk_offsets(tables, problems)
    content = tables.parser("stsc")
    table = np.zeros((0, 3), _U32)
    if content is not None and content.left >= 8:
        content.full_header()
        table = _array(content, _U32, content.u32(), 3, "stsc", problems)
    runs = table.astype(np.int64)
    kept = _ascending(runs[:, 0], offsets.size)
    if kept < len(runs):
        problems.append(f"the table 'stsc' goes wrong at entry {kept + 1} of {len(runs)}: the rest is left out.")
    runs = runs[:kept]
    if not kept:
        empty = np.zeros(0, np.int64)
        return _Chunks(empty, empty, empty)
    edges = np.append(runs[:, 0], offsets.size + 1)
    edges[0] = 1
    lengths = np.diff(edges)
    return _Chunks(offsets, np.repeat(runs[:, 1], lengths), np.repeat(np.maximum(runs[:, 2], 1) - 1, lengths))


def _ascending(first: Column, chunks: int) -> int:
    """Entries from the beginning that name ever later chunks that exist."""
    if not first.size:
        return 0
    right = np.concatenate(([first[0] <= chunks and chunks > 0], (np.diff(first) > 0) & (first[1:] <= chunks)))
    return int(first.size if right.all() else np.argmin(right))


def _chunk_offsets(tables: SampleTables, problems: list[str]) -> Column:
    for kind, dtype in (("co64", np.dtype(">u8")), ("stco", _U32)):
        content = tables.parser(kind)
        if content is not None and content.left >= 8:
            content.full_header()
            column = _array(content, dtype, content.u32(), 1, kind, problems)
            return np.minimum(column, _LARGEST).astype(np.int64) if kind == "co64" else column.astype(np.int64)
    return np.zeros(0, np.int64)


# -- tables of single frames of sound ----------------------------------------------------------------------------------


def _counts_frames(tables: SampleTables, sizes: _Sizes, times: Column) -> bool:
    """Whether the table's samples are single frames of sound, so that a row for each would be absurd."""
    if not tables.is_sound or not sizes.count or not len(times):
        return False
    if sizes.column is not None and not (sizes.count > 1 and (sizes.column == sizes.column[0]).all()):
        return False
    each = sizes.each or (0 if sizes.column is None else int(sizes.column[0]))
    if bool((times[:, 1] == 1).all()):
        return True
    packing = tables.packing
    is_pcm = packing is not None and packing.is_pcm and packing.bytes == each
    return is_pcm and len(times) == 1 and int(times[0, 1]) < _LONGEST_FRAME


def _runs(tables: SampleTables, sizes: _Sizes, chunks: _Chunks, times: Column, problems: list[str]) -> SampleIndex:
    each = sizes.each or (0 if sizes.column is None else int(sizes.column[0]))
    packing = tables.packing or SoundPacking(1, max(1, each), False)
    runs = Runs(chunks.offsets, chunks.samples, chunks.descriptions, sizes.count, int(times[0, 1]))
    return read_runs(runs, packing, tables.time_scale, tables.extent, problems)


# -- tables of samples -------------------------------------------------------------------------------------------------


def _rows(tables: SampleTables, sizes: _Sizes, chunks: _Chunks, times: Column, problems: list[str]) -> SampleIndex:
    held = _held(chunks, sizes, problems)
    count = min(int(held.sum()), _affordable(sizes, tables.extent, problems))
    held = np.diff(np.minimum(np.cumsum(held), count), prepend=0)
    size_column = np.full(count, sizes.each, np.int64) if sizes.column is None else sizes.column[:count]
    decode, durations = _decode_times(times, count, problems)
    index = SampleIndex(
        time_scale=tables.time_scale,
        offsets=_offsets(chunks.offsets, held, size_column),
        sizes=size_column,
        decode=decode,
        durations=durations,
        composition=_composition(tables, count, problems),
        sync=_marked(tables, "stss", count, problems),
        descriptions=_descriptions(chunks.descriptions, held),
        counts=_frame_counts(tables.packing, size_column),
        dependencies=_dependencies(tables, count),
        partial_sync=_partial_sync(tables, count, problems),
        roll_distance=roll_distance(tables.parsers("sgpd"), tables.parsers("sbgp"), problems),
        problems=(),
    )
    note_beyond(index, tables.extent, problems)
    return _with_problems(index, problems)


def _held(chunks: _Chunks, sizes: _Sizes, problems: list[str]) -> Column:
    """Samples of each chunk, no more in all than there are sizes."""
    ends = np.cumsum(chunks.samples)
    stated = int(ends[-1]) if ends.size else 0
    if stated < sizes.count:
        problems.append(f"the tables have sizes of {sizes.count} samples but places of {stated}: the rest is left out.")
    return np.diff(np.minimum(ends, sizes.count), prepend=0)


def _affordable(sizes: _Sizes, extent: int | None, problems: list[str]) -> int:
    """Samples to list at most: a size that stands for all could promise any number of them."""
    if sizes.column is not None:
        return sizes.count
    most = MOST_ROWS if extent is None else max(_FEW_ROWS, extent // max(1, sizes.each))
    most = min(most, _MOST_ELSEWHERE if extent is None else MOST_ROWS)
    if sizes.count > most:
        problems.append(
            f"the table 'stsz' promises {sizes.count} samples, more than the file could hold: {most} are listed."
        )
    return min(sizes.count, most)


def _offsets(chunk_offsets: Column, held: Column, sizes: Column) -> Column:
    ends = np.cumsum(sizes)
    before = ends - sizes  # bytes of all samples before each
    firsts = np.cumsum(held) - held
    base = chunk_offsets[: held.size].copy()
    filled = held > 0
    base[filled] -= before[firsts[filled]]
    offsets: Column = before + np.repeat(base, held)
    return offsets


def _descriptions(numbers: Column, held: Column) -> Column | None:
    if not numbers.size or not numbers.any():
        return None
    return np.repeat(np.minimum(numbers, 0xFFFF).astype(np.uint16), held)


def _frame_counts(packing: SoundPacking | None, sizes: Column) -> Column | None:
    if packing is None or not packing.is_pcm:
        return None
    counts: Column = np.maximum(sizes // packing.bytes, 1)
    return counts


def repeated(counts: Column, values: Column, length: int) -> Column:
    """Run lengths spelled out, up to a length: no more is allocated however much they promise."""
    ends = np.minimum(np.cumsum(counts.astype(np.int64)), length)
    return np.repeat(values, np.diff(ends, prepend=0))


def _decode_times(times: Column, count: int, problems: list[str]) -> tuple[Column, Column]:
    """Decode times and durations."""
    deltas = times[:, 1].astype(np.int64)
    if (deltas >= _NEGATIVE).any():
        problems.append("the table 'stts' has negative durations: decode times are kept apart by one tick there.")
        deltas = np.where(deltas >= _NEGATIVE, 1, deltas)
    durations = repeated(times[:, 0], deltas, count)
    if durations.size < count:
        problems.append(f"the table 'stts' has times for {durations.size} of {count} samples: the last is repeated.")
        last = int(deltas[-1]) if deltas.size else 0
        durations = np.concatenate((durations, np.full(count - durations.size, last, np.int64)))
    return np.cumsum(durations) - durations, durations


def _composition(tables: SampleTables, count: int, problems: list[str]) -> Column | None:
    pairs = _pairs(tables.parser("ctts"), "ctts", problems)
    if not len(pairs):
        return None
    # QuickTime's are signed in version 0 too, and no film reorders by 2^31 ticks.
    offsets = repeated(pairs[:, 0], pairs[:, 1].astype(np.uint32).view(np.int32).astype(np.int64), count)
    if offsets.size < count:
        problems.append(f"the table 'ctts' has offsets for {offsets.size} of {count} samples: the others have none.")
        offsets = np.concatenate((offsets, np.zeros(count - offsets.size, np.int64)))
    return offsets if offsets.any() else None


def _marked(tables: SampleTables, kind: str, count: int, problems: list[str]) -> Column | None:
    """The samples whose numbers ``stss`` or ``stps`` lists."""
    content = tables.parser(kind)
    if content is None or content.left < 8:
        return None
    content.full_header()
    numbers = _array(content, _U32, content.u32(), 1, kind, problems).astype(np.int64)
    known = numbers[(numbers >= 1) & (numbers <= count)]
    if known.size < numbers.size:
        problems.append(f"the table {kind!r} lists {numbers.size - known.size} samples that do not exist.")
    marked = np.zeros(count, np.bool_)
    marked[known - 1] = True
    return marked


def _partial_sync(tables: SampleTables, count: int, problems: list[str]) -> Column | None:
    """QuickTime's partial sync samples, and MPEG's random access points, which are the same (``rap ``)."""
    partial = _marked(tables, "stps", count, problems)
    points = rap_members(tables.parsers("sbgp"), count, problems)
    if partial is None or points is None:
        return partial if points is None else points
    return partial | points


def _dependencies(tables: SampleTables, count: int) -> Column | None:
    content = tables.parser("sdtp")
    if content is None or content.left < 4:
        return None
    content.full_header()
    column = np.frombuffer(content.take(min(count, content.left)), np.uint8)
    return np.concatenate((column, np.zeros(count - column.size, np.uint8)))


def note_beyond(index: SampleIndex, extent: int | None, problems: list[str]) -> None:
    """Say how many samples lie behind the end of the file."""
    if extent is None or not len(index):
        return
    beyond = int(((index.offsets < 0) | (index.offsets + index.sizes > extent)).sum())
    if beyond:
        problems.append(f"{beyond} of {len(index)} samples lie behind the end of the file.")


def _with_problems(index: SampleIndex, problems: list[str]) -> SampleIndex:
    return replace(index, problems=tuple(problems))
