"""When each picture is shown and for how long: from a frame rate, from durations, or from times.

Each function gives an endless or matching run of (time, duration), exact; floats are understood as what their writer
meant (1/30 is a thirtieth) and nothing is ever added up in floating point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from fractions import Fraction
from itertools import count
from math import ceil
from typing import Any

from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.picture import is_array
from reelwright.model.seconds import is_float
from reelwright.model.time import Time

__all__ = [
    "Span",
    "at_durations",
    "at_rate",
    "at_times",
    "check_count",
    "length_at_durations",
    "length_at_times",
    "length_of",
]

Span = tuple[Time, Time]

_SAME = 1e-12  # relative: the distance within which a float is the nearest float to a fraction
_NTSC = Fraction(1000, 1001)
_NONE = object()


def at_rate(rate: Fraction) -> Iterator[Span]:
    """Frames one after the other, without end: frame ``i`` at ``i / rate`` seconds."""
    duration = Time(rate.denominator, rate.numerator)
    for index in count():
        yield Time(index * rate.denominator, rate.numerator), duration


def at_durations(durations: Any) -> Iterator[Span]:
    """Pictures one after the other, each for its own time; one duration for all goes on without end.

    Raises:
        InvalidArgumentError: a duration that is no time. TimestampError: one that is not positive, or a sum of
            durations that no time scale holds.
    """
    lengths = iter(durations) if _is_many(durations) else (durations for _ in count())
    begin = Fraction(0)
    known: Any = _NONE
    duration = Time.ZERO
    for length in lengths:
        if length is not known:
            known, duration = length, _positive(length)
        yield Time.of(begin), duration
        begin += duration.fraction


def at_times(times: Any) -> Iterator[Span]:
    """Pictures at given times, each until the next; one time more than pictures is the film's end.

    The last one, without such an end, lasts as long as the one before it.

    Raises:
        TimestampError: a time that is not numeric or does not come after the one before it; a single one.
    """
    before: Time | None = None
    duration = Time.INVALID
    for value in times:
        time = Time.of(value)
        if not time.is_numeric or (before is not None and time <= before):
            raise TimestampError(
                f"the time {time} does not come after {before}." if before is not None else f"{time} is no moment.",
                hint="Give each frame a later time than the one before it, in seconds or as Time.",
                time=time,
            )
        if before is not None:
            duration = time - before
            yield before, duration
        before = time
    if before is None:
        return
    if not duration.is_numeric:
        raise TimestampError(
            f"one time, {before}, does not say how long its frame is shown.",
            hint="Add the time at which the film ends: times=[start, end].",
            time=before,
        )
    yield before, duration


def length_at_durations(durations: Any, pictures: int | None) -> Time:
    """How long so many pictures are shown in all, to the next second, with one duration for each; invalid where that is
    not known before they come.

    Raises:
        InvalidArgumentError, TimestampError: as ``at_durations``.
    """
    if pictures is None or _is_many(durations):
        return Time.INVALID
    return Time(ceil(_positive(durations).fraction * pictures), 1)


def length_at_times(times: Any) -> Time:
    """From the first of the times to the last; invalid where they are not known before they come."""
    if not isinstance(times, Sequence) or not times:
        return Time.INVALID
    first, last = Time.of(times[0]), Time.of(times[-1])
    return last - first if first.is_numeric and last.is_numeric and last > first else Time.INVALID


def _is_single(value: Any) -> bool:
    """Whether it is an array that holds one number."""
    return is_array(value) and getattr(value, "shape", None) == ()


def _is_many(value: Any) -> bool:
    if isinstance(value, (str, bytes)) or _is_single(value):
        return False
    return isinstance(value, Iterable)


def _positive(value: Any) -> Time:
    time = Time.of(length_of(value))
    if not time.is_numeric or time <= Time.ZERO:
        raise TimestampError(
            f"a picture cannot be shown for {time}.", hint="Give a positive number of seconds.", time=time
        )
    return time


def length_of(value: Any) -> Any:
    """A duration as it was meant: a float that is the nearest one to 1/n or 1001/1000n becomes that fraction."""
    if _is_single(value):
        value = value.item()
    if not is_float(value) or not 0 < float(value) < 1:
        return value
    rate = 1 / float(value)
    for unit in (Fraction(1), _NTSC):
        near = unit * round(rate / unit)
        if abs(rate - near) <= _SAME * rate:
            return 1 / near
    return value


def check_count(spans: Any, pictures: int | None, *, more: int = 0, what: str) -> None:
    """Compare how many times or durations were given with how many pictures there are, as far as both are known.

    Raises:
        InvalidArgumentError: they do not match. ``more`` may be given beyond the pictures.
    """
    if pictures is None or not isinstance(spans, Sized) or not _is_many(spans):
        return
    if not pictures <= len(spans) <= pictures + more:
        extra = f" (or {pictures + more}, the last one for the film's end)" if more else ""
        raise InvalidArgumentError(
            f"{len(spans)} {what} were given for {pictures} pictures.", hint=f"Give {pictures}{extra}."
        )
