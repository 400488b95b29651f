"""Stretches of time, and how one maps to another: CoreMedia's ``CMTimeRange`` and ``CMTimeMapping``.

A range is half open: its start belongs to it, its end does not. Whatever cannot be computed is INVALID rather than an
exception, as in CoreMedia, so that a chain of range arithmetic is checked once, at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import Time

__all__ = ["TimeMapping", "TimeRange"]


class TimeRange:
    """A start and a duration (``CMTimeRange``).

    >>> TimeRange(1, 2).contains(2.5), TimeRange(1, 2).contains(3)
    (True, False)

    The range is invalid when one of its times is, when the duration is negative, or has an epoch.
    """

    __slots__ = ("duration", "start")

    start: Time
    duration: Time

    ZERO: ClassVar[TimeRange]
    INVALID: ClassVar[TimeRange]

    def __init__(self, start: Any, duration: Any) -> None:
        begin, length = Time.of(start), Time.of(duration)
        if length.is_numeric and length.epoch:
            begin = length = Time.INVALID
        object.__setattr__(self, "start", begin)
        object.__setattr__(self, "duration", length)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a TimeRange cannot be changed; make another one instead of setting {name}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return TimeRange, (self.start, self.duration)

    @classmethod
    def from_times(cls, start: Any, end: Any) -> TimeRange:
        """From one time up to, not including, another (``CMTimeRangeFromTimeToTime``)."""
        begin = Time.of(start)
        return cls(begin, Time.of(end) - begin)

    @classmethod
    def from_dict(cls, value: Mapping[str, Mapping[str, int]]) -> TimeRange:
        return cls(Time.from_dict(value["start"]), Time.from_dict(value["duration"]))

    def to_dict(self) -> dict[str, dict[str, int]]:
        return {"start": self.start.to_dict(), "duration": self.duration.to_dict()}

    @property
    def end(self) -> Time:
        return self.start + self.duration

    @property
    def is_valid(self) -> bool:
        times = self.start.is_valid and self.duration.is_valid and not self.duration.epoch
        return times and self.duration >= Time.ZERO

    @property
    def is_empty(self) -> bool:
        """Valid, with a duration of zero."""
        return self.is_valid and self.duration == Time.ZERO

    def contains(self, other: Any) -> bool:
        """Whether a time, or a whole range, lies within this one."""
        if not self.is_valid:
            return False
        if isinstance(other, TimeRange):
            return other.is_valid and self.start <= other.start and other.end <= self.end
        time = Time.of(other)
        return time.is_valid and self.start <= time < self.end

    __contains__ = contains

    def union(self, other: TimeRange) -> TimeRange:
        """The smallest range that covers both."""
        if not (self.is_valid and other.is_valid):
            return TimeRange.INVALID
        return TimeRange.from_times(min(self.start, other.start), max(self.end, other.end))

    def intersection(self, other: TimeRange) -> TimeRange:
        """The largest range that lies in both; zero long, at zero, when there is none."""
        if not (self.is_valid and other.is_valid):
            return TimeRange.INVALID
        start, end = max(self.start, other.start), min(self.end, other.end)
        return TimeRange.from_times(start, end) if start < end else TimeRange.ZERO

    def clamp(self, time: Any) -> Time:
        """The nearest time within the range, its end included; INVALID for an empty range or an invalid time."""
        given = Time.of(time)
        if not given.is_valid or not self.is_valid or self.is_empty:
            return Time.INVALID
        return min(max(given, self.start), self.end)

    def fold(self, time: Any) -> Time:
        """A time brought into the range by whole turns of it, as a loop does; works before the start too."""
        given = Time.of(time)
        if not (given.is_numeric and self.is_valid and self.duration.is_numeric) or self.is_empty:
            return Time.INVALID
        turns = (given.fraction - self.start.fraction) // self.duration.fraction
        return given - self.duration * turns

    def map_time(self, time: Any, to: TimeRange) -> Time:
        """Where a time of this range lies in another one: shifted and stretched (``CMTimeMapTimeFromRangeToRange``)."""
        given = Time.of(time)
        if not (given.is_valid and self.is_valid and to.is_valid) or self.is_empty or to.is_empty:
            return Time.INVALID
        if given.is_numeric and self.start.is_numeric and given.epoch != self.start.epoch:
            return Time.INVALID
        offset = given - self.start
        if self.duration.is_positive_infinity and to.duration.is_positive_infinity:
            return offset + to.start
        return self._stretch(offset, to) + to.start

    def map_duration(self, duration: Any, to: TimeRange) -> Time:
        """How long a duration of this range lasts in another one."""
        given = Time.of(duration)
        if not (given.is_valid and self.is_valid and to.is_valid) or given.epoch or self.is_empty or to.is_empty:
            return Time.INVALID
        return self._stretch(given, to)

    def _stretch(self, length: Time, to: TimeRange) -> Time:
        if not (self.duration.is_numeric and to.duration.is_numeric):
            return Time.INVALID
        ratio = to.duration.fraction / self.duration.fraction
        return length.multiplied_by_ratio(ratio.numerator, ratio.denominator)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TimeRange):
            return NotImplemented
        return self.start == other.start and self.duration == other.duration

    def __hash__(self) -> int:
        return hash((self.start, self.duration))

    def __repr__(self) -> str:
        return f"TimeRange({self.start!r}, {self.duration!r})"


TimeRange.ZERO = TimeRange(Time.ZERO, Time.ZERO)
TimeRange.INVALID = TimeRange(Time.INVALID, Time.INVALID)


class TimeMapping:
    """A stretch of a source shown in a stretch of the target (``CMTimeMapping``); a source without a valid start is an
    empty edit.

    >>> TimeMapping(TimeRange(0, 2), TimeRange(5, 1)).rate
    Fraction(2, 1)
    """

    __slots__ = ("source", "target")

    source: TimeRange
    target: TimeRange

    def __init__(self, source: TimeRange, target: TimeRange) -> None:
        for name, value in (("source", source), ("target", target)):
            if not isinstance(value, TimeRange):
                raise InvalidArgumentError(f"the {name} of a time mapping is a TimeRange, not {value!r}.")
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a TimeMapping cannot be changed; make another one instead of setting {name}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return TimeMapping, (self.source, self.target)

    @classmethod
    def empty(cls, target: TimeRange) -> TimeMapping:
        """Nothing is shown during ``target`` (``CMTimeMappingMakeEmpty``)."""
        return cls(TimeRange.INVALID, target)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> TimeMapping:
        return cls(TimeRange.from_dict(value["source"]), TimeRange.from_dict(value["target"]))

    def to_dict(self) -> dict[str, Any]:
        return {"source": self.source.to_dict(), "target": self.target.to_dict()}

    @property
    def is_valid(self) -> bool:
        return self.target.is_valid

    @property
    def is_empty(self) -> bool:
        """Whether it is an empty edit."""
        return not self.source.start.is_numeric

    @property
    def rate(self) -> Any:
        """How fast the source runs: source duration over target duration, a ``Fraction``; None for an empty edit."""
        if self.is_empty or not self.target.duration.is_numeric or not self.target.duration:
            return None
        return self.source.duration.fraction / self.target.duration.fraction

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TimeMapping):
            return NotImplemented
        return self.target == other.target and (self.source == other.source or (self.is_empty and other.is_empty))

    def __hash__(self) -> int:
        return hash(self.target)

    def __repr__(self) -> str:
        return f"TimeMapping({self.source!r}, {self.target!r})"
