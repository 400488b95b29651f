"""Samples that were found in fragments or a journal, made the table and the edits of an ordinary track.

What lies together, belongs together and follows without a hole becomes a chunk. Edits are planned as at the end of any
writing: the header that was written early says only from when on a track is presented.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.isobmff.edits import EMPTY, Edit, EditPlan, Window, plan_edits, presented_bounds
from reelwright.isobmff.parse import BoxPlace, scan
from reelwright.isobmff.sample_table import Chunk, SampleFlag, SampleTable
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import EditEntry
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["final_edits", "kept_rows", "listed_boxes", "moved", "playing_time", "table_of"]

Column = npt.NDArray[Any]

_INDEPENDENT, _DEPENDENT = 0x20, 0x10  # depends_on of an sdtp byte: no, yes
_TO_THE_END = 0


def moved(index: SampleIndex, distance: int) -> SampleIndex:
    """An index of samples that lie so many bytes further back."""
    return replace(index, offsets=index.offsets + distance) if distance else index


def kept_rows(index: SampleIndex, start: int, end: int) -> SampleIndex:
    """An index of the samples that lie between two offsets of the file."""
    is_there = (index.offsets >= start) & (index.sizes > 0) & (index.sizes <= end) & (index.offsets <= end)
    is_there &= index.offsets + index.sizes <= end
    if is_there.all():
        return index
    columns: dict[str, Any] = {
        field.name: value[is_there]
        for field in fields(index)
        if isinstance(value := getattr(index, field.name), np.ndarray)
    }
    return replace(index, **columns)


def listed_boxes(film: Source) -> list[BoxPlace]:
    """The boxes of a film, as far as they make sense."""
    found: list[BoxPlace] = []
    with contextlib.suppress(InvalidMediaError):
        found.extend(scan(film))
    return found


def table_of(index: SampleIndex) -> SampleTable:
    """The table of an ordinary track, whose source's time line is that of the fragments.

    Raises:
        InvalidArgumentError: durations or times that an ordinary track cannot have.
    """
    table = SampleTable()
    if not len(index):
        table.time_line.fix(index.time_scale)
        return table
    durations, decode = _in_order(index)
    flags = _flags(index)
    counts = np.ones(len(index), np.int64) if index.counts is None else index.counts
    composition = np.zeros(len(index), np.int64) if index.composition is None else index.composition
    descriptions = np.zeros(len(index), np.int64) if index.descriptions is None else index.descriptions
    starts = _chunk_starts(index, decode, durations, counts, descriptions)
    for first, last in zip(starts.tolist(), [*starts[1:].tolist(), len(index)], strict=True):
        rows = slice(first, last)
        many = int(counts[rows].sum())
        is_packed = index.counts is not None
        chunk = Chunk(
            description=int(descriptions[first]) + 1,
            timescale=index.time_scale,
            payload=[],  # it lies in the file
            count=many,
            sizes=int(index.sizes[first] // counts[first]) if is_packed else _values(index.sizes[rows]),
            decode=int(decode[first]),
            durations=int(durations[first] // counts[first]) if is_packed else _values(durations[rows]),
            offsets=int(composition[first]) if is_packed else _values(composition[rows]),
            flags=int(flags[first]) if is_packed else _values(flags[rows]),
        )
        table.append(chunk, int(index.offsets[first]))
    return table


def _values(column: Column) -> int | Sequence[int]:
    values: list[int] = column.tolist()
    return values[0] if (column == values[0]).all() else values


def _in_order(index: SampleIndex) -> tuple[Column, Column]:
    """Durations, and decode times that never come before the end of the sample before.

    A fragment that says it begins a little earlier cuts the sample before it short.
    """
    durations = index.durations.astype(np.int64)
    decode = np.maximum.accumulate(index.decode)
    if index.counts is None:
        durations[:-1] = np.minimum(durations[:-1], np.diff(decode))
    before = np.cumsum(durations) - durations
    return durations, np.maximum.accumulate(decode - before) + before


def _chunk_starts(
    index: SampleIndex, decode: Column, durations: Column, counts: Column, descriptions: Column
) -> Column:
    """Rows at which another chunk begins: somewhere else, after a hole, of another kind, or in another second."""
    is_start = np.ones(len(index), np.bool_)
    is_start[1:] = index.offsets[1:] != (index.offsets + index.sizes)[:-1]
    is_start[1:] |= decode[1:] != (decode + durations)[:-1]
    seconds = decode // index.time_scale
    alike = [seconds, descriptions]
    if index.counts is not None:
        alike += [index.sizes // counts, durations // counts]
    for column in alike:
        is_start[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(is_start)


def _flags(index: SampleIndex) -> Column:
    sync = np.ones(len(index), np.bool_) if index.sync is None else index.sync
    flags: Column = np.where(sync, int(SampleFlag.SYNC), 0)
    dependencies = index.dependencies
    partial = index.partial_sync
    if dependencies is not None:
        if partial is None:  # fragments have no flag for it: no sync sample, yet it depends on none
            partial = ~sync & (dependencies == _INDEPENDENT)
        unsaid = np.where(sync | partial, _INDEPENDENT, _DEPENDENT)
        if (dependencies == unsaid).all():
            dependencies = None
    if partial is not None:
        flags = flags | np.where(partial, int(SampleFlag.PARTIAL_SYNC), 0)
    return flags if dependencies is None else flags | dependencies.astype(np.int64) << 8


# Edits


def playing_time(edits: Sequence[EditEntry], table: SampleTable, time_scale: int) -> Fraction:
    """Second of the movie at which the last sample of a track is over; ``edits`` and ``time_scale`` as below."""
    extents = table.extents()
    last = Fraction(max((extent.last for extent in extents), default=0), table.time_line.scale)
    return last - _shown_from(edits, table.time_line.scale) + _lead(edits, time_scale)


def final_edits(edits: Sequence[EditEntry], table: SampleTable, time_scale: int, playing: Fraction) -> EditPlan:
    """The edits of an ordinary track from those in the header of its fragments.

    Args:
        edits: an empty one or none, and one that lasts to the end or for so long; others are kept as they are; without
            any, the fragments' own times are those of the movie.
        time_scale: ticks of the movie a second. playing: seconds of the movie after which all tracks are over.
    """
    begun = _presenting(edits)
    if len(begun) > 1 or any(edit.media_time is None or edit.rate != 1 for edit in begun):
        return EditPlan(tuple(Edit(edit.duration, _media_time(edit)) for edit in edits))
    scale, shown = table.time_line.scale, _shown_from(edits, table.time_line.scale)
    zero = shown - _lead(edits, time_scale)
    length = begun[0].duration if begun else _TO_THE_END
    extents = table.extents()
    bounds = presented_bounds(extents, scale, Fraction(0), Fraction(0))
    if bounds is not None and begun:
        bounds = (max(bounds[0], shown), bounds[1]) if shown < bounds[1] else None
    return plan_edits(
        extents,
        media_time_scale=scale,
        movie_time_scale=time_scale,
        session=Window(zero, shown + Fraction(length, time_scale) if length else None),
        bounds=bounds,
        empty_until=zero + playing,
    )


def _lead(edits: Sequence[EditEntry], time_scale: int) -> Fraction:
    """Seconds of the movie before a track is presented."""
    is_late = bool(edits) and edits[0].media_time is None
    return Fraction(edits[0].duration, time_scale) if is_late else Fraction(0)


def _presenting(edits: Sequence[EditEntry]) -> Sequence[EditEntry]:
    """The edits behind an empty one at the beginning."""
    return edits[1:] if edits and edits[0].media_time is None else edits


def _shown_from(edits: Sequence[EditEntry], scale: int) -> Fraction:
    """Second of the media at which its presentation begins."""
    begun = _presenting(edits)
    return Fraction(_media_time(begun[0]), scale) if begun else Fraction(0)


def _media_time(edit: EditEntry) -> int:
    return EMPTY if edit.media_time is None else edit.media_time
