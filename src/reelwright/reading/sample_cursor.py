"""``SampleCursor``: a place among the samples of a track, to step from and to look around (``AVSampleCursor``).

All times are those of the media, before any edit. A cursor counts samples in decode order; for linear PCM, whose index
keeps runs of frames, a sample is one frame of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from reelwright.model.format import FormatDescription
from reelwright.model.sample_index import Column, SampleIndex
from reelwright.model.time import Time, TimeLike
from reelwright.reading.passage import as_time

if TYPE_CHECKING:
    from reelwright.reading.asset_track import AssetTrack

__all__ = ["SampleCursor", "SampleDependencyInfo", "SampleStorageRange", "SampleSyncInfo", "cursor_shown_at"]

_FAR = 1 << 62


@dataclass(frozen=True, slots=True)
class SampleSyncInfo:
    """What can be done at a sample (``AVSampleCursorSyncInfo``).

    Attributes:
        is_full_sync: decoding can start. is_partial_sync: it can, but for samples that lead in.
        is_droppable: no other sample needs it.
    """

    is_full_sync: bool
    is_partial_sync: bool
    is_droppable: bool


@dataclass(frozen=True, slots=True)
class SampleDependencyInfo:
    """How a sample and others need each other (``AVSampleCursorDependencyInfo``); None where the file does not say."""

    depends_on_others: bool | None
    has_dependent_samples: bool | None
    has_redundant_coding: bool | None


@dataclass(frozen=True, slots=True)
class SampleStorageRange:
    """Where bytes lie (``AVSampleCursorStorageRange``); an offset of −1 is not known."""

    offset: int
    length: int


class SampleCursor:
    """A place among a track's samples; made by ``AssetTrack.make_sample_cursor`` and its kin.

    >>> cursor = track.make_sample_cursor(1.5)
    >>> while not cursor.current_sample_sync_info.is_full_sync and cursor.step_in_decode_order(-1): ...

    Attributes:
        track: it goes through.
    """

    def __init__(self, track: AssetTrack, position: int, samples: _Samples | None = None) -> None:
        self.track = track
        self._samples = samples or _Samples(track.sample_index)
        self._position = position

    def copy(self) -> SampleCursor:
        """Another cursor at the same place."""
        return SampleCursor(self.track, self._position, self._samples)

    # ------------------------------------------------------------------ where it is

    @property
    def presentation_time_stamp(self) -> Time:
        """When the sample is shown."""
        return self._time(self._samples.presentation(self._position))

    @property
    def decode_time_stamp(self) -> Time:
        """When the sample is decoded."""
        return self._time(self._samples.decode(self._position))

    def compare_position_in_decode_order(self, other: SampleCursor) -> int:
        """−1, 0 or 1, as it is before, at or behind another cursor of the same track."""
        return (self._position > other._position) - (self._position < other._position)

    # ------------------------------------------------------------------ stepping

    def step_in_decode_order(self, count: int) -> int:
        """Go so many samples on, or back when negative; how many it went before the samples ended."""
        target = min(max(self._position + count, 0), len(self._samples) - 1)
        moved, self._position = target - self._position, target
        return moved

    def step_in_presentation_order(self, count: int) -> int:
        """The same in the order in which samples are shown."""
        place = self._samples.place(self._position)
        target = min(max(place + count, 0), len(self._samples) - 1)
        self._position = self._samples.at_place(target)
        return target - place

    def step_by_decode_time(self, delta: TimeLike) -> tuple[Time, bool]:
        """Go to the sample that is being decoded so much later, or earlier when negative.

        Returns:
            How far its decode time is from the old one, and whether the samples ended on the way.
        """
        before = self.decode_time_stamp
        wanted = before + delta
        found = self._samples.decoded_at(_floor(wanted, self._scale))
        self._position = max(found, 0)
        return self.decode_time_stamp - before, found < 0 or wanted >= self._time(self._samples.decode_end)

    def step_by_presentation_time(self, delta: TimeLike) -> tuple[Time, bool]:
        """The same with times of presentation."""
        before = self.presentation_time_stamp
        wanted = before + delta
        found = self._samples.shown_at(_floor(wanted, self._scale))
        self._position = self._samples.at_place(0) if found is None else found
        return self.presentation_time_stamp - before, found is None or wanted >= self._time(self._samples.index.end)

    # ------------------------------------------------------------------ the sample there

    @property
    def current_sample_duration(self) -> Time:
        index, row = self._samples.index, self._row
        count = 1 if index.counts is None else int(index.counts[row])
        return as_time(self._time(int(index.durations[row])).fraction / count, self._scale)

    @property
    def current_sample_format_description(self) -> FormatDescription | None:
        """None where the file names one that it does not have."""
        descriptions = self._samples.index.descriptions
        number = 0 if descriptions is None else int(descriptions[self._row])
        formats = self.track.format_descriptions
        return formats[number] if number < len(formats) else None

    @property
    def current_sample_sync_info(self) -> SampleSyncInfo:
        index, row = self._samples.index, self._row
        return SampleSyncInfo(
            is_full_sync=index.sync is None or bool(index.sync[row]),
            is_partial_sync=index.partial_sync is not None and bool(index.partial_sync[row]),
            is_droppable=self._dependency(2) is False,
        )

    @property
    def current_sample_dependency_info(self) -> SampleDependencyInfo:
        return SampleDependencyInfo(self._dependency(4), self._dependency(2), self._dependency(0))

    def _dependency(self, shift: int) -> bool | None:
        """Two bits of ``sdtp``: 1 yes, 2 no (ISO/IEC 14496-12, 8.6.4)."""
        column = self._samples.index.dependencies
        return {1: True, 2: False}.get(0 if column is None else int(column[self._row]) >> shift & 3)

    @property
    def samples_required_for_decoder_refresh(self) -> int:
        """How many samples before this one must be decoded first for it to come out right."""
        index, row = self._samples.index, self._row
        if index.roll_distance < 0:
            return min(-index.roll_distance, row)
        return row - index.sync_before(row)

    @property
    def current_sample_storage_range(self) -> SampleStorageRange:
        """Where its bytes lie in the file that holds it."""
        index, row = self._samples.index, self._row
        offset, size = int(index.offsets[row]), int(index.sizes[row])
        if index.counts is None:
            return SampleStorageRange(offset, size)
        unit = size // max(1, int(index.counts[row]))
        within = self._samples.within(self._position)
        return SampleStorageRange(-1 if offset < 0 else offset + within * unit, unit)

    @property
    def _row(self) -> int:
        return self._samples.row(self._position)

    @property
    def _scale(self) -> int:
        return self._samples.index.time_scale

    def _time(self, ticks: int) -> Time:
        return Time(ticks, self._scale)

    def __repr__(self) -> str:
        return f"<SampleCursor at sample {self._position} of track {self.track.track_id}>"


def cursor_shown_at(track: AssetTrack, time: TimeLike) -> SampleCursor | None:
    """A cursor at the sample shown at a time of the media, else at the first; None without samples."""
    samples = _Samples(track.sample_index)
    if not len(samples):
        return None
    moment = Time.of(time)
    found = samples.shown_at(_floor(moment, samples.index.time_scale))
    return SampleCursor(track, samples.at_place(0) if found is None else found, samples)


def _floor(time: Time, scale: int) -> int:
    """The tick at or before a time; beyond all samples for infinities."""
    if not time.is_numeric:
        return -_FAR if time < Time.ZERO else _FAR
    return min(max(time.value * scale // time.timescale, -_FAR), _FAR)


@dataclass(frozen=True)
class _Samples:
    """An index whose rows may hold several samples, seen sample by sample."""

    index: SampleIndex

    def __len__(self) -> int:
        return self.index.sample_count

    @cached_property
    def _firsts(self) -> Column | None:
        counts = self.index.counts
        return None if counts is None else np.cumsum(counts) - counts

    def row(self, position: int) -> int:
        return position if self._firsts is None else int(np.searchsorted(self._firsts, position, "right")) - 1

    def within(self, position: int) -> int:
        """Its number in its row."""
        return 0 if self._firsts is None else position - int(self._firsts[self.row(position)])

    def _offset(self, position: int) -> int:
        """Ticks behind the beginning of its row."""
        row, counts = self.row(position), self.index.counts
        return 0 if counts is None else self.within(position) * int(self.index.durations[row]) // int(counts[row])

    def decode(self, position: int) -> int:
        return int(self.index.decode[self.row(position)]) + self._offset(position)

    def presentation(self, position: int) -> int:
        return int(self.index.presentation[self.row(position)]) + self._offset(position)

    @property
    def decode_end(self) -> int:
        return int(self.index.decode[-1] + self.index.durations[-1])

    def decoded_at(self, ticks: int) -> int:
        """The last sample decoded at or before a moment; −1 before all."""
        row = int(np.searchsorted(self.index.decode, ticks, "right")) - 1
        return row if row < 0 or self._firsts is None else self._inside(row, ticks - int(self.index.decode[row]))

    def shown_at(self, ticks: int) -> int | None:
        """The last sample shown at or before a moment; None before all."""
        row = self.index.row_shown_at(ticks)
        if row is None or self._firsts is None:
            return row
        return self._inside(row, ticks - int(self.index.presentation[row]))

    def _inside(self, row: int, ticks: int) -> int:
        assert self._firsts is not None
        assert self.index.counts is not None
        count, length = int(self.index.counts[row]), int(self.index.durations[row])
        return int(self._firsts[row]) + (min(ticks * count // length, count - 1) if length else 0)

    @cached_property
    def _places(self) -> Column:
        order = self.index.presentation_order
        places = np.empty_like(order)
        places[order] = np.arange(len(order))
        return places

    def place(self, position: int) -> int:
        """Its number in the order in which samples are shown."""
        return position if self._is_in_order else int(self._places[position])

    def at_place(self, place: int) -> int:
        """The sample of that number."""
        return place if self._is_in_order else int(self.index.presentation_order[place])

    @property
    def _is_in_order(self) -> bool:
        # Runs of PCM are shown as they lie: only single samples are ever reordered.
        return self.index.composition is None or self._firsts is not None
