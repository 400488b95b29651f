"""Stretches of time, and how one is played as another: CoreMedia's ``CMTimeRange`` and ``CMTimeMapping``.

A range is half open: its start belongs to it, its end does not. What cannot be computed is INVALID rather than an
exception, as in CoreMedia, so that a chain of range arithmetic is checked once, at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import Time, TimeLike
from reelwright.model.time_flags import TimeFlags

__all__ = ["TimeMapping", "TimeRange"]

_ROUNDED_ZERO = Time(0, 1, TimeFlags.VALID | TimeFlags.HAS_BEEN_ROUNDED)


@dataclass(frozen=True, slots=True, init=False)
class TimeRange:
    """A start and a duration (``CMTimeRange``), each given as anything that ``Time.of`` takes.

    >>> TimeRange(1, 2).contains(2.5), TimeRange(1, 2).contains(3)
    (True, False)

    Ranges are compared and combined within one epoch, that of their starts. A duration has no epoch: with one the whole
    range is ``TimeRange.INVALID`` (``CMTimeRangeMake``).

    Raises:
        InvalidArgumentError: a start or duration that is no time.
        TimestampError: one that no time scale writes exactly.
    """

    start: Time
    duration: Time

    ZERO: ClassVar[TimeRange]
    INVALID: ClassVar[TimeRange]

    def __init__(self, start: TimeLike, duration: TimeLike) -> None:
        begin, length = Time.of(start), Time.of(duration)
        if length.epoch:
            begin = length = Time.INVALID
        object.__setattr__(self, "start", begin)
        object.__setattr__(self, "duration", length)

    @classmethod
    def from_times(cls, start: TimeLike, end: TimeLike) -> TimeRange:
        """From one time up to, not including, another (``CMTimeRangeFromTimeToTime``)."""
        begin = Time.of(start)
        return cls(begin, Time.of(end) - begin)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Mapping[str, int]]) -> TimeRange:
        """A range from the two times of ``to_dict`` (``CMTimeRangeMakeFromDictionary``).

        Raises:
            InvalidArgumentError: an entry is missing or is no time.
        """
        return cls(*(Time.from_dict(entry) for entry in _entries(entries, "start", "duration")))

    def to_dict(self) -> dict[str, dict[str, int]]:
        """Its two times under CoreMedia's keys (``CMTimeRangeCopyAsDictionary``)."""
        return {"start": self.start.to_dict(), "duration": self.duration.to_dict()}

    @property
    def end(self) -> Time:
        """The first time after the range (``CMTimeRangeGetEnd``)."""
        return self.start + self.duration

    @property
    def is_valid(self) -> bool:
        """Start and duration are valid, and the duration is not negative (``CMTIMERANGE_IS_VALID``)."""
        return self.start.is_valid and self.duration.is_valid and self.duration >= Time.ZERO

    @property
    def is_indefinite(self) -> bool:
        """Valid, but with a start or a duration that is not known (``CMTIMERANGE_IS_INDEFINITE``)."""
        return self.is_valid and (self.start.is_indefinite or self.duration.is_indefinite)

    @property
    def is_empty(self) -> bool:
        """Valid, with a duration of zero (``CMTIMERANGE_IS_EMPTY``)."""
        return self.is_valid and self.duration == Time.ZERO

    @property
    def _has_bounds(self) -> bool:
        return self.is_valid and self.end.is_valid and not self.is_indefinite

    def contains(self, other: TimeLike | TimeRange) -> bool:
        """Whether a time, or all of a range, lies inside (``CMTimeRangeContainsTime``, ``…ContainsTimeRange``).

        The end does not. An empty range lies inside where its start does.
        """
        start = other.start if isinstance(other, TimeRange) else Time.of(other)
        if not self._has_bounds or start.epoch != self.start.epoch:
            return False
        if isinstance(other, TimeRange) and not other.is_empty:
            return other._has_bounds and self.start <= start and other.end <= self.end
        return not start.is_indefinite and self.start <= start < self.end

    __contains__ = contains

    def union(self, other: TimeRange) -> TimeRange:
        """The smallest range from the earlier start to the later end (``CMTimeRangeGetUnion``).

        An empty range counts with its start. INVALID when a range is not valid or the epochs differ.
        """
        if not self._combines_with(other):
            return TimeRange.INVALID
        return TimeRange.from_times(min(self.start, other.start), max(self.end, other.end))

    def intersection(self, other: TimeRange) -> TimeRange:
        """The largest range that lies in both (``CMTimeRangeGetIntersection``); ``TimeRange.ZERO`` when there is none.

        INVALID when a range is not valid or the epochs differ.
        """
        if not self._combines_with(other):
            return TimeRange.INVALID
        start, end = max(self.start, other.start), min(self.end, other.end)
        return TimeRange.from_times(start, end) if start < end else TimeRange.ZERO

    def _combines_with(self, other: TimeRange) -> bool:
        return self._has_bounds and other._has_bounds and self.start.epoch == other.start.epoch

    def clamp(self, time: TimeLike) -> Time:
        """The nearest time of the range, its end included (``CMTimeClampToRange``).

        INVALID for an invalid time and for a range that is empty or not valid.
        """
        given = Time.of(time)
        if not given.is_valid or not self._has_bounds or self.is_empty:
            return Time.INVALID
        return min(max(given, self.start), self.end)

    def fold(self, time: TimeLike) -> Time:
        """The same place in this turn of a loop, for times before the start too (``CMTimeFoldIntoRange``).

        INVALID for a time without a number or of another epoch, and for a range that is empty, not valid or endless.
        """
        given = Time.of(time)
        if not given.is_numeric or not self._has_bounds or self.is_empty or given.epoch != self.start.epoch:
            return Time.INVALID
        if not (self.start.is_numeric and self.duration.is_numeric):
            return Time.INVALID
        turns = (given.fraction - self.start.fraction) // self.duration.fraction
        folded = given - self.duration * turns
        return folded if self.contains(folded) else self.start  # a rounded sum may fall on the end: the next start

    def map_time(self, time: TimeLike, target: TimeRange) -> Time:
        """Where a time of this range falls in another (``CMTimeMapTimeFromRangeToRange``): start on start, end on end.

        ``(time − start) × target.duration / duration + target.start``; two endless ranges only shift. INVALID when a
        range is empty or not valid, or the time has another epoch than the start of this one.
        """
        given = Time.of(time)
        if given.epoch != self.start.epoch:
            return Time.INVALID
        return self.map_duration(given - self.start, target) + target.start

    def map_duration(self, duration: TimeLike, target: TimeRange) -> Time:
        """How long a duration of this range lasts in another (``CMTimeMapDurationFromRangeToRange``).

        INVALID when a range is empty or not valid, when just one is endless, or the duration has an epoch.
        """
        given = Time.of(duration)
        if given.epoch or any(not piece._has_bounds or piece.is_empty for piece in (self, target)):
            return Time.INVALID
        if self.duration.is_positive_infinity and target.duration.is_positive_infinity:
            return given
        if not (self.duration.is_numeric and target.duration.is_numeric):
            return Time.INVALID
        ratio = target.duration.fraction / self.duration.fraction
        mapped = given.multiply_by_ratio(ratio.numerator, ratio.denominator)
        if self.duration.has_been_rounded or target.duration.has_been_rounded:
            mapped += _ROUNDED_ZERO  # the ratio came without flags, but what it came from was rounded
        return mapped


TimeRange.ZERO = TimeRange(Time.ZERO, Time.ZERO)
TimeRange.INVALID = TimeRange(Time.INVALID, Time.INVALID)


@dataclass(frozen=True, slots=True)
class TimeMapping:
    """A stretch of a source, played as a stretch of a target (``CMTimeMapping``): one entry of an edit list.

    A source whose start is no number is an empty edit: during the target nothing is shown.

    >>> TimeMapping(TimeRange(0, 2), TimeRange(5, 1)).rate
    Fraction(2, 1)

    Raises:
        InvalidArgumentError: a source or target that is no ``TimeRange``.
    """

    source: TimeRange
    target: TimeRange

    INVALID: ClassVar[TimeMapping]

    def __post_init__(self) -> None:
        for name in ("source", "target"):
            value = getattr(self, name)
            if not isinstance(value, TimeRange):
                raise InvalidArgumentError(
                    f"the {name} of a time mapping is a TimeRange, not {value!r}.",
                    hint="An empty edit is TimeMapping.empty(target).",
                )

    @classmethod
    def empty(cls, target: TimeRange) -> TimeMapping:
        """Nothing is shown during the target (``CMTimeMappingMakeEmpty``)."""
        return cls(TimeRange.INVALID, target)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> TimeMapping:
        """A mapping from the two ranges of ``to_dict`` (``CMTimeMappingMakeFromDictionary``).

        Raises:
            InvalidArgumentError: an entry is missing or is no range.
        """
        return cls(*(TimeRange.from_dict(entry) for entry in _entries(entries, "source", "target")))

    def to_dict(self) -> dict[str, dict[str, dict[str, int]]]:
        """Its two ranges under CoreMedia's keys (``CMTimeMappingCopyAsDictionary``)."""
        return {"source": self.source.to_dict(), "target": self.target.to_dict()}

    @property
    def is_valid(self) -> bool:
        """The target is valid (``CMTIMEMAPPING_IS_VALID``)."""
        return self.target.is_valid

    @property
    def is_empty(self) -> bool:
        """An empty edit: a valid target, and a source whose start is no number (``CMTIMEMAPPING_IS_EMPTY``)."""
        return self.is_valid and not self.source.start.is_numeric

    @property
    def rate(self) -> Fraction | None:
        """How fast the source is played: source duration over target duration; None for an empty edit.

        Raises:
            TimestampError: a duration is not numeric.
            ZeroDivisionError: the target is empty.
        """
        return None if self.is_empty else self.source.duration.fraction / self.target.duration.fraction


TimeMapping.INVALID = TimeMapping(TimeRange.INVALID, TimeRange.INVALID)


def _entries(entries: Mapping[str, Any], *keys: str) -> list[Any]:
    missing = [key for key in keys if key not in entries]
    if missing:
        raise InvalidArgumentError(
            f"{dict(entries)!r} lacks {' and '.join(missing)}.", hint=f"Its entries are {' and '.join(keys)}."
        )
    return [entries[key] for key in keys]
