"""Exact time: a whole number of ticks over a time scale, with CoreMedia's rules (``CMTime``).

A ``Time`` is numeric, infinite, indefinite or invalid, and arithmetic does not raise over which: it follows CoreMedia's
tables. Everything else that counts seconds (numbers, fractions, timedeltas) comes in through one door, ``Time.of``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, NoReturn, TypeAlias, final

from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.frame_rate import frame_rate
from reelwright.model.rounding import (
    MAX_TIMESCALE,
    MAX_VALUE,
    MIN_VALUE,
    RoundingMethod,
    common_timescale,
    fit,
    rescale,
)
from reelwright.model.seconds import FLOAT_TIMESCALE, exact_ratio, exact_seconds, is_float, microseconds, refuse
from reelwright.model.time_flags import (
    IMPLIED,
    INDEFINITE,
    KIND,
    NEGATIVE,
    POSITIVE,
    ROUNDED,
    VALID,
    TimeFlags,
    checked_parts,
)

__all__ = ["MAX_TIMESCALE", "RoundingMethod", "Time", "TimeFlags", "TimeLike", "common_timescale", "frame_rate"]

TimeLike: TypeAlias = "Time | int | float | Fraction | Decimal | timedelta"

_LEAST_FLOAT_SCALE = 65536  # CMTimeMultiplyByFloat64 doubles smaller scales until they reach this one

_RANKS = {VALID | NEGATIVE: 0, VALID: 1, VALID | INDEFINITE: 2, VALID | POSITIVE: 3}
_NUMERIC, _INVALID = 1, 4  # the ranks of numbers and of whatever is not valid
_NAMES = ("NEGATIVE_INFINITY", "ZERO", "INDEFINITE", "POSITIVE_INFINITY", "INVALID")


@final
class Time:
    """A moment or a duration: ``value / timescale`` seconds, exactly (``CMTime``). Immutable, hashable, ordered.

    Args:
        value: ticks, a 64-bit integer.
        timescale: ticks per second, 1 … 2³¹−1.
        flags: ``TimeFlags``; with those of infinite, indefinite or invalid times, value and time scale mean nothing.
        epoch: which round of a loop a moment belongs to; 0 for durations. A later epoch is later than any earlier one.

    >>> Time(1001, 30000) * 30 == Fraction(1001, 1000)
    True

    Sums and differences take the least common time scale; past 2³¹−1 they round to that scale, and a value beyond
    64 bits halves the scale until it fits, then becomes infinite. Whatever was rounded says so, and so does all that is
    computed from it. ``+``, ``-`` and comparisons also take what ``Time.of`` takes (an infinite float compares as an
    infinity); ``*`` and ``/`` take numbers; a time over a time is a ``Fraction``. A time equals, and has the hash of,
    its exact number of seconds; a float or a timedelta of the same length is equal too but may hash differently.

    Raises:
        InvalidArgumentError: a part that is not an integer, a time scale outside its range, contradicting flags.
        TimestampError: a value or an epoch beyond 64 bits.
    """

    __slots__ = ("_flags", "epoch", "timescale", "value")

    value: int
    timescale: int
    epoch: int
    _flags: int

    ZERO: ClassVar[Time]
    INVALID: ClassVar[Time]
    INDEFINITE: ClassVar[Time]
    POSITIVE_INFINITY: ClassVar[Time]
    NEGATIVE_INFINITY: ClassVar[Time]

    # numpy scalars would take a time for an array of objects; with this they leave the operation to us.
    __array_ufunc__ = None

    def __new__(cls, value: int, timescale: int = 1, flags: int = TimeFlags.VALID, epoch: int = 0) -> Time:
        if (
            flags == VALID
            and epoch == 0
            and type(value) is int
            and type(timescale) is int
            and 0 < timescale <= MAX_TIMESCALE
            and MIN_VALUE <= value <= MAX_VALUE
        ):
            return _new(value, timescale, VALID, 0)
        return _new(*checked_parts(value, timescale, flags, epoch))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Time does not change: {name!r} of {self!r} cannot be set.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Time does not change: {name!r} of {self!r} cannot be deleted.")

    def __reduce__(self) -> tuple[type[Time], tuple[int, int, int, int]]:
        return Time, (self.value, self.timescale, self._flags, self.epoch)

    # -- doors in ------------------------------------------------------------------------------------------------------

    @classmethod
    def of(cls, time: TimeLike) -> Time:
        """The one door for everything that can stand for a time; bare numbers are seconds.

        A ``Time`` is itself; int, ``Fraction``, ``Decimal``, timedelta and numpy integers are taken exactly; float
        seconds are rounded to 1/1 000 000, half away from zero.

        Raises:
            TimestampError: no time scale up to 2³¹−1 writes this time exactly, or it is beyond 64 bits.
            InvalidArgumentError: NaN, an infinite float, or something that counts no seconds (a bool, text …).
        """
        if isinstance(time, cls):
            return time
        if type(time) is int:
            return cls(time)
        if isinstance(time, timedelta):
            return cls(microseconds(time), FLOAT_TIMESCALE)
        ratio = exact_ratio(time)
        if ratio is None:
            refuse(time)
        if is_float(time):
            nearest = _nearest(time, ratio, FLOAT_TIMESCALE)
            return nearest if nearest.is_numeric else cls(int(time))  # which raises: beyond 64 bits
        if ratio[1] > MAX_TIMESCALE:
            raise TimestampError(
                f"{time!r} s cannot be written exactly: it needs a time scale of {ratio[1]}, beyond {MAX_TIMESCALE}.",
                hint="Give times on a coarser grid, or round: Time.from_seconds(seconds, 90000).",
            )
        return cls(*ratio)

    @classmethod
    def from_seconds(cls, seconds: TimeLike, preferred_timescale: int = FLOAT_TIMESCALE) -> Time:
        """Seconds rounded to a time scale (``CMTimeMakeWithSeconds``), halves away from zero.

        A value beyond 64 bits halves the scale until it fits, then becomes infinite; HAS_BEEN_ROUNDED is set when the
        result, back in seconds, is not what was given. As in CoreMedia, a scale of 0 or less gives ``Time.INVALID`` and
        an infinite float an infinity. CoreMedia drops the fraction of a tick where this rounds it: 2.3 s at 600 is
        1380 ticks here, not 1379.

        Raises:
            InvalidArgumentError: NaN, something that counts no seconds, or a time scale beyond 2³¹−1.
        """
        if preferred_timescale <= 0:
            return cls.INVALID
        if preferred_timescale > MAX_TIMESCALE:
            raise InvalidArgumentError(f"{preferred_timescale} is no time scale: {MAX_TIMESCALE} is the largest.")
        if isinstance(seconds, cls):
            return seconds.convert_scale(preferred_timescale)
        if is_float(seconds) and math.isinf(seconds):  # type: ignore[arg-type]
            return _infinity(seconds < 0)  # type: ignore[operator]
        ratio = exact_ratio(seconds)
        if is_float(seconds) and ratio:
            return _nearest(seconds, ratio, preferred_timescale)
        exact = exact_seconds(seconds)
        if exact is None:
            refuse(seconds)
        return _fitted(exact.numerator, exact.denominator, preferred_timescale, VALID, 0)

    @classmethod
    def from_dict(cls, entries: Mapping[str, int]) -> Time:
        """A time from the four entries of ``to_dict`` (``CMTimeMakeFromDictionary``).

        Raises:
            InvalidArgumentError: an entry is missing or is no time's.
        """
        try:
            return cls(*[entries[key] for key in ("value", "timescale", "flags", "epoch")])
        except KeyError as missing:
            raise InvalidArgumentError(
                f"{dict(entries)!r} describes no time: {missing} is missing.",
                hint="A time has the entries value, timescale, flags and epoch.",
            ) from None

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def flags(self) -> TimeFlags:
        return TimeFlags(self._flags)

    @property
    def is_valid(self) -> bool:
        """Anything but invalid: infinite and indefinite times are valid."""
        return bool(self._flags & VALID)

    @property
    def is_numeric(self) -> bool:
        """Valid, finite and definite: only then are there seconds to count."""
        return self._flags & KIND == VALID

    @property
    def is_indefinite(self) -> bool:
        return self._flags & KIND == VALID | INDEFINITE

    @property
    def is_positive_infinity(self) -> bool:
        return self._flags & KIND == VALID | POSITIVE

    @property
    def is_negative_infinity(self) -> bool:
        return self._flags & KIND == VALID | NEGATIVE

    @property
    def has_been_rounded(self) -> bool:
        """It, or something it was computed from, was rounded."""
        return self._flags & (VALID | ROUNDED) == VALID | ROUNDED

    @property
    def seconds(self) -> float:
        """The nearest float; NaN for invalid and indefinite times, ±inf for the infinities (``CMTimeGetSeconds``)."""
        if self.is_numeric:
            return self.value / self.timescale
        return _sign(self) * math.inf if _sign(self) else math.nan

    @property
    def fraction(self) -> Fraction:
        """Seconds, exactly.

        Raises:
            TimestampError: the time is not numeric.
        """
        return Fraction(_number(self), self.timescale)

    def ticks(self, timescale: int) -> int:
        """Its length in whole ticks of a time scale.

        Raises:
            TimestampError: the time is not numeric, or lies between two ticks.
        """
        ticks, rest = divmod(_number(self) * _scale(timescale), self.timescale)
        if rest:
            raise TimestampError(
                f"{self!r} lies between two ticks of 1/{timescale} s.",
                hint="Use a time scale that holds it (see common_timescale), or round with ticks_rounded.",
                time=self,
            )
        return ticks

    def ticks_rounded(self, timescale: int) -> int:
        """Its length in ticks of a time scale, halves away from zero.

        Raises:
            TimestampError: the time is not numeric.
        """
        return rescale(_number(self), self.timescale, _scale(timescale))

    def convert_scale(self, timescale: int, method: RoundingMethod = RoundingMethod.HALF_AWAY_FROM_ZERO) -> Time:
        """The same time in ticks of another scale, rounded as asked (``CMTimeConvertScale``).

        Times that are not numeric stay as they are; a value beyond 64 bits becomes infinite.

        Raises:
            InvalidArgumentError: the time scale is not within 1 … 2³¹−1.
        """
        if self._flags & KIND != VALID or _scale(timescale) == self.timescale:
            return self
        value = rescale(self.value, self.timescale, timescale, RoundingMethod(method))
        if not MIN_VALUE <= value <= MAX_VALUE:
            return _infinity(value < 0)
        exact = value * self.timescale == self.value * timescale
        return _new(value, timescale, self._flags if exact else self._flags | ROUNDED, self.epoch)

    def to_dict(self) -> dict[str, int]:
        """Its parts as plain integers under CoreMedia's keys (``CMTimeCopyAsDictionary``)."""
        return {"value": self.value, "timescale": self.timescale, "flags": self._flags, "epoch": self.epoch}

    def __repr__(self) -> str:
        rank = _rank(self)
        if rank != _NUMERIC and self.to_dict() == getattr(Time, _NAMES[rank]).to_dict():
            return f"Time.{_NAMES[rank]}"
        flags = "" if self._flags == VALID else f", flags={self._flags}"
        return f"Time({self.value}, {self.timescale}{flags}{f', epoch={self.epoch}' if self.epoch else ''})"

    def __format__(self, spec: str) -> str:
        """With a format of floats, its seconds: ``f"{time:.3f}"``."""
        return format(self.seconds, spec) if spec else repr(self)

    # -- arithmetic ----------------------------------------------------------------------------------------------------

    def __add__(self, other: TimeLike) -> Time:
        if not isinstance(other, Time):
            if exact_seconds(other) is None:
                return NotImplemented
            other = Time.of(other)
        return _sum(self, other, 1)

    __radd__ = __add__

    def __sub__(self, other: TimeLike) -> Time:
        if not isinstance(other, Time):
            if exact_seconds(other) is None:
                return NotImplemented
            other = Time.of(other)
        return _sum(self, other, -1)

    def __rsub__(self, other: TimeLike) -> Time:
        return NotImplemented if exact_seconds(other) is None else _sum(Time.of(other), self, -1)

    def __mul__(self, factor: float | Fraction | Decimal) -> Time:
        if type(factor) is int:
            return self.multiply(factor)
        if is_float(factor):
            return self.multiply_by_float(float(factor))
        ratio = exact_ratio(factor)
        return NotImplemented if ratio is None else self.multiply_by_ratio(*ratio)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Any:
        """Over a number it is a time; over a time or timedelta the exact ``Fraction`` between them."""
        if isinstance(divisor, (Time, timedelta)):
            return self.fraction / Time.of(divisor).fraction
        ratio = exact_ratio(divisor)
        if ratio is None:
            return NotImplemented
        if not ratio[0]:
            raise ZeroDivisionError(f"{self!r} cannot be divided by zero.")
        return _float_product(self, ratio[1], ratio[0]) if is_float(divisor) else self.multiply_by_ratio(*ratio[::-1])

    def multiply(self, factor: int) -> Time:
        """Times an integer, on the same scale unless it overflows (``CMTimeMultiply``)."""
        if self._flags & KIND != VALID:
            return _turned(self, factor < 0)
        return _fitted(self.value * factor, self.timescale, self.timescale, self._flags, self.epoch)

    def multiply_by_float(self, factor: float) -> Time:
        """Times a float, on a scale doubled until it is at least 65536 (``CMTimeMultiplyByFloat64``).

        Raises:
            InvalidArgumentError: the factor is NaN or infinite.
        """
        ratio = exact_ratio(factor)
        if ratio is None:
            raise InvalidArgumentError(f"a time cannot be multiplied by {factor!r}.", hint="Give a finite number.")
        return _float_product(self, *ratio)

    def multiply_by_ratio(self, multiplier: int, divisor: int) -> Time:
        """Times one integer, over another, exactly where that is possible (``CMTimeMultiplyByRatio``).

        Over zero it is an infinity by the signs, and invalid where the time or the multiplier is zero too.
        """
        negative = (multiplier < 0) is not (divisor < 0)
        if not divisor and not self.is_indefinite:
            return _infinity((_sign(self) < 0) is not negative) if multiplier and _sign(self) else Time.INVALID
        if self._flags & KIND != VALID:
            return _turned(self, negative)
        above, below = self.value * (-multiplier if divisor < 0 else multiplier), self.timescale * abs(divisor)
        if below > MAX_TIMESCALE or not MIN_VALUE <= above <= MAX_VALUE:
            above, below = Fraction(above, below).as_integer_ratio()
        return _fitted(above, below, min(below, MAX_TIMESCALE), self._flags, self.epoch)

    def __neg__(self) -> Time:
        return self.multiply(-1)

    def __pos__(self) -> Time:
        return self

    def __abs__(self) -> Time:
        return -self if _sign(self) < 0 else self

    # -- order ---------------------------------------------------------------------------------------------------------

    def compare(self, other: TimeLike) -> int:
        """−1, 0 or 1 (``CMTimeCompare``): −∞ < numbers, by epoch, then by length < indefinite < +∞ < invalid.

        Raises:
            InvalidArgumentError: the other is nothing that counts seconds.
        """
        order = _order(self, other)
        if order is None:
            refuse(other)
        return (order > 0) - (order < 0)

    def __eq__(self, other: object) -> bool:
        order = _order(self, other)
        return NotImplemented if order is None else order == 0

    def __lt__(self, other: TimeLike) -> bool:
        order = _order(self, other)
        return NotImplemented if order is None else order < 0

    def __le__(self, other: TimeLike) -> bool:
        order = _order(self, other)
        return NotImplemented if order is None else order <= 0

    def __gt__(self, other: TimeLike) -> bool:
        order = _order(self, other)
        return NotImplemented if order is None else order > 0

    def __ge__(self, other: TimeLike) -> bool:
        order = _order(self, other)
        return NotImplemented if order is None else order >= 0

    def __hash__(self) -> int:
        if not self.is_numeric:
            return hash(_sign(self) * math.inf) if _sign(self) else hash((Time, _rank(self)))
        exact = Fraction(self.value, self.timescale)
        return hash((exact, self.epoch)) if self.epoch else hash(exact)

    def __bool__(self) -> bool:
        """False for zero and for an invalid time: there is no length to speak of."""
        return bool(self._flags & VALID) and not (self.value == 0 and self.is_numeric)


_blank = object.__new__
_set_value, _set_timescale, _set_flags, _set_epoch = (
    Time.__dict__[name].__set__ for name in ("value", "timescale", "_flags", "epoch")
)


def _new(value: int, timescale: int, flags: int, epoch: int) -> Time:
    time = _blank(Time)
    _set_value(time, value)
    _set_timescale(time, timescale)
    _set_flags(time, flags)
    _set_epoch(time, epoch)
    return time


Time.ZERO = _new(0, 1, VALID, 0)
Time.INVALID = _new(0, 0, 0, 0)
Time.INDEFINITE = _new(0, 0, VALID | INDEFINITE, 0)
Time.POSITIVE_INFINITY = _new(0, 0, VALID | POSITIVE, 0)
Time.NEGATIVE_INFINITY = _new(0, 0, VALID | NEGATIVE, 0)


def _scale(timescale: int) -> int:
    if not 0 < timescale <= MAX_TIMESCALE:
        raise InvalidArgumentError(f"a time scale lies within 1 and {MAX_TIMESCALE}, not at {timescale}.")
    return timescale


def _number(time: Time) -> int:
    """The value of a numeric time."""
    if time._flags & KIND != VALID:
        raise TimestampError(
            f"{time!r} is no number of seconds.", hint="Give a numeric time, or ask is_numeric first.", time=time
        )
    return time.value


def _rank(time: Time) -> int:
    return _RANKS.get(time._flags & KIND, _INVALID)


def _sign(time: Time) -> int:
    """Of numbers and infinities; 0 for what has none."""
    if time._flags & KIND == VALID:
        return (time.value > 0) - (time.value < 0)
    return time.is_positive_infinity - time.is_negative_infinity


def _infinity(negative: bool) -> Time:
    return Time.NEGATIVE_INFINITY if negative else Time.POSITIVE_INFINITY


def _turned(time: Time, negative: bool) -> Time:
    """What is not numeric, times a number: infinities turn with its sign, the rest stays."""
    return _infinity((_sign(time) < 0) is not negative) if _sign(time) else time


def _fitted(above: int, below: int, timescale: int, flags: int, epoch: int) -> Time:
    """``above / below`` seconds on a scale, or on the largest half, quarter … of it that 64 bits allow."""
    if below == timescale and MIN_VALUE <= above <= MAX_VALUE:
        return _new(above, timescale, flags, epoch)
    fitting = fit(above, below, timescale)
    if fitting is None:
        return _infinity(above < 0)
    value, scale = fitting
    return _new(value, scale, flags if value * below == above * scale else flags | ROUNDED, epoch)


def _nearest(seconds: Any, ratio: tuple[int, int], timescale: int) -> Time:
    """A float on a scale. It has been rounded when the way back to a float does not end where it began."""
    time = _fitted(*ratio, timescale, VALID, 0)
    return _new(time.value, time.timescale, VALID, 0) if time.seconds == seconds else time


def _float_product(time: Time, above: int, below: int) -> Time:
    if time._flags & KIND != VALID:
        return _turned(time, (above < 0) is not (below < 0))
    scale = time.timescale
    while scale < _LEAST_FLOAT_SCALE:
        scale *= 2
    product = Fraction(time.value * above, time.timescale * below)
    return _fitted(product.numerator, product.denominator, scale, time._flags, time.epoch)


def _sum(a: Time, b: Time, sign: int) -> Time:
    """``a + sign × b`` (``CMTimeAdd``, ``CMTimeSubtract``)."""
    if a._flags == VALID == b._flags and a.timescale == b.timescale and not a.epoch | b.epoch:
        return _fitted(a.value + sign * b.value, a.timescale, a.timescale, VALID, 0)  # nearly always
    flags = a._flags | b._flags
    if not a._flags & b._flags & VALID:
        return Time.INVALID
    if flags & IMPLIED:
        return _implied_sum(a, b, sign)
    if a.epoch and b.epoch and a.epoch != b.epoch:
        return Time.INVALID  # how long an epoch lasts is not known
    epoch = 0 if a.epoch == b.epoch else a.epoch or b.epoch
    scale = math.lcm(a.timescale, b.timescale)
    above = a.value * (scale // a.timescale) + sign * b.value * (scale // b.timescale)
    return _fitted(above, scale, min(scale, MAX_TIMESCALE), flags, epoch)


def _implied_sum(a: Time, b: Time, sign: int) -> Time:
    """The sum of two valid times of which at least one is infinite or indefinite."""
    infinities = {_sign(time) * way for time, way in ((a, 1), (b, sign)) if not time.is_numeric} - {0}
    if not infinities:
        return Time.INDEFINITE
    return Time.INVALID if len(infinities) == 2 else _infinity(infinities == {-1})


def _order(time: Time, other: Any) -> int | None:
    """Below, at or above 0 as the time is before, at or after the other; None where the other counts no seconds."""
    if isinstance(other, Time):
        if time._flags == VALID == other._flags and time.timescale == other.timescale and time.epoch == other.epoch:
            return time.value - other.value
        rank, other_rank = _rank(time), _rank(other)
        if rank != other_rank or rank != _NUMERIC:
            return rank - other_rank
        return time.epoch - other.epoch or time.value * other.timescale - other.value * time.timescale
    if is_float(other) and math.isinf(other):
        return _order(time, _infinity(other < 0))
    exact = exact_seconds(other)
    if exact is None:
        return None
    if not time.is_numeric:
        return _rank(time) - _NUMERIC
    return time.epoch or time.value * exact.denominator - exact.numerator * time.timescale
