"""Time as CoreMedia has it: a whole number of ticks over a time scale, exact wherever exactness is possible.

A ``Time`` is a value, a time scale and flags; infinities, "indefinite" and "invalid" are times too, with an order of their
own. Numbers, ``Fraction``, ``Decimal`` and ``timedelta`` enter through one door, ``Time.of``, as seconds.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum, IntFlag
from fractions import Fraction
from math import lcm
from typing import Any, ClassVar, Final

from reelwright.model.errors import InvalidArgumentError, TimestampError

__all__ = ["MAX_TIMESCALE", "RoundingMethod", "Time", "TimeFlags", "common_timescale", "frame_rate"]

MAX_TIMESCALE: Final = 0x7FFFFFFF
_MAX_VALUE: Final = 2**63 - 1
_FLOAT_SCALE: Final = 1_000_000


class TimeFlags(IntFlag):
    """What kind of time it is (``CMTimeFlags``)."""

    NONE = 0
    VALID = 1
    HAS_BEEN_ROUNDED = 2
    POSITIVE_INFINITY = 4
    NEGATIVE_INFINITY = 8
    INDEFINITE = 16


_VALID = 1
_ROUNDED = 2
_IMPLIED = 28


class RoundingMethod(IntEnum):
    """How a time is fitted to another scale (``CMTimeRoundingMethod``).

    ``QUICKTIME`` rounds toward zero going to a smaller scale and away from zero going to a larger one, but never rounds a
    negative time to zero.
    """

    HALF_AWAY_FROM_ZERO = 1
    TOWARD_ZERO = 2
    AWAY_FROM_ZERO = 3
    QUICKTIME = 4
    TOWARD_POSITIVE_INFINITY = 5
    TOWARD_NEGATIVE_INFINITY = 6


def _divide(numerator: int, denominator: int, method: RoundingMethod) -> int:
    """``numerator / denominator`` as a whole number; the denominator is positive."""
    quotient, rest = divmod(abs(numerator), denominator)
    sign = -1 if numerator < 0 else 1
    if not rest:
        return sign * quotient
    if method is RoundingMethod.HALF_AWAY_FROM_ZERO:
        up = 2 * rest >= denominator
    elif method is RoundingMethod.TOWARD_POSITIVE_INFINITY:
        up = sign > 0
    elif method is RoundingMethod.TOWARD_NEGATIVE_INFINITY:
        up = sign < 0
    else:
        up = method is RoundingMethod.AWAY_FROM_ZERO
    return sign * (quotient + up)


class Time:
    """A moment or a length of time (``CMTime``): ``value / timescale`` seconds, exactly.

    >>> Time(1001, 30000) + Time(1, 2)
    Time(16001, 30000)
    >>> Time(1, 2) == Time(300, 600) == 0.5
    True

    Times order as CoreMedia orders them: −∞ < numbers < indefinite < +∞ < invalid. Numbers compare as seconds.

    Raises:
        InvalidArgumentError: a value that is not a 64-bit whole number, a time scale outside 1…2³¹−1.
    """

    __slots__ = ("epoch", "flags", "timescale", "value")

    value: int
    timescale: int
    flags: int
    epoch: int

    ZERO: ClassVar[Time]
    INVALID: ClassVar[Time]
    INDEFINITE: ClassVar[Time]
    POSITIVE_INFINITY: ClassVar[Time]
    NEGATIVE_INFINITY: ClassVar[Time]

    def __init__(self, value: int, timescale: int = 1, flags: int = _VALID, epoch: int = 0) -> None:
        if type(value) is not int or type(timescale) is not int:
            value, timescale = _whole("value", value), _whole("time scale", timescale)
        if not -_MAX_VALUE <= value <= _MAX_VALUE:
            raise InvalidArgumentError(f"time value {value} does not fit 64 bits.", hint="Use a smaller time scale.")
        if flags & _VALID and not flags & _IMPLIED and not 0 < timescale <= MAX_TIMESCALE:
            raise InvalidArgumentError(
                f"time scale {timescale} is not within 1 … {MAX_TIMESCALE}.", hint="Ticks a second: 600, 90000, 48000 …"
            )
        _set_value(self, value)
        _set_timescale(self, timescale)
        _set_flags(self, flags)
        _set_epoch(self, epoch)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Time cannot be changed; make another one instead of setting {name}.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Time cannot be changed.")

    def __reduce__(self) -> tuple[Any, ...]:
        return Time, (self.value, self.timescale, int(self.flags), self.epoch)

    # ------------------------------------------------------------------ making

    @classmethod
    def of(cls, value: Any) -> Time:
        """The one door for times: a ``Time`` as it is; numbers, ``Fraction``, ``Decimal``, ``timedelta`` as seconds.

        Floats are rounded to a millionth of a second; everything else is taken exactly.

        Raises:
            InvalidArgumentError: not a number (a bool, text, NaN, an infinite float).
            TimestampError: a fraction that no time scale up to 2³¹−1 holds.
        """
        if type(value) is Time:
            return value
        if type(value) is int:
            return cls(value, 1)
        return _enter(value)

    @classmethod
    def from_seconds(cls, seconds: float, preferred_timescale: int = _FLOAT_SCALE) -> Time:
        """``CMTimeMakeWithSeconds``: seconds on a scale, which is halved until the value fits; beyond scale 1 infinite.

        A scale of 0 or less gives INVALID. HAS_BEEN_ROUNDED is set when the result is not exact.
        """
        if preferred_timescale <= 0 or math.isnan(seconds):
            return cls.INVALID
        if math.isinf(seconds):
            return cls.POSITIVE_INFINITY if seconds > 0 else cls.NEGATIVE_INFINITY
        return _fit(Fraction(seconds), min(preferred_timescale, MAX_TIMESCALE), 0)

    @classmethod
    def from_dict(cls, value: Mapping[str, int]) -> Time:
        """Read ``CMTimeCopyAsDictionary``'s form: ``value``, ``timescale``, ``epoch``, ``flags``."""
        missing = {"value", "timescale", "epoch", "flags"} - set(value)
        if missing:
            raise InvalidArgumentError(f"a time's dictionary lacks {sorted(missing)}.")
        return cls(value["value"], value["timescale"], value["flags"], value["epoch"])

    def to_dict(self) -> dict[str, int]:
        return {"value": self.value, "timescale": self.timescale, "epoch": self.epoch, "flags": int(self.flags)}

    # ------------------------------------------------------------------ asking

    @property
    def is_valid(self) -> bool:
        return bool(self.flags & _VALID)

    @property
    def is_numeric(self) -> bool:
        """Valid, and neither infinite nor indefinite."""
        return self.flags & (_VALID | _IMPLIED) == _VALID

    @property
    def is_indefinite(self) -> bool:
        return self.is_valid and bool(self.flags & TimeFlags.INDEFINITE)

    @property
    def is_positive_infinity(self) -> bool:
        return self.is_valid and bool(self.flags & TimeFlags.POSITIVE_INFINITY)

    @property
    def is_negative_infinity(self) -> bool:
        return self.is_valid and bool(self.flags & TimeFlags.NEGATIVE_INFINITY)

    @property
    def has_been_rounded(self) -> bool:
        return bool(self.flags & _ROUNDED)

    @property
    def seconds(self) -> float:
        """Seconds as a float; NaN for invalid and indefinite times."""
        if self.is_numeric:
            return self.value / self.timescale
        if self.is_positive_infinity:
            return math.inf
        return -math.inf if self.is_negative_infinity else math.nan

    @property
    def fraction(self) -> Fraction:
        """Seconds, exactly.

        Raises:
            TimestampError: the time is not numeric.
        """
        if not self.is_numeric:
            raise TimestampError(f"{self!r} is no number of seconds.", hint="Give a numeric time.", time=self)
        return Fraction(self.value, self.timescale)

    def ticks(self, timescale: int) -> int:
        """The value on another scale.

        Raises:
            TimestampError: the scale does not hold this time exactly, or the time is not numeric.
        """
        exact = self.fraction * timescale
        if exact.denominator != 1:
            raise TimestampError(
                f"{self!r} is not a whole number of 1/{timescale} s.",
                hint="Use a finer scale, or ticks_rounded().",
                time=self,
            )
        return exact.numerator

    def ticks_rounded(self, timescale: int) -> int:
        """The nearest value on another scale, halves away from zero."""
        exact = self.fraction * timescale
        return _divide(exact.numerator, exact.denominator, RoundingMethod.HALF_AWAY_FROM_ZERO)

    def convert_scale(self, timescale: int, method: RoundingMethod = RoundingMethod.HALF_AWAY_FROM_ZERO) -> Time:
        """The same time on another scale (``CMTimeConvertScale``), marked when it had to be rounded.

        Times that are not numeric stay what they are.

        Raises:
            InvalidArgumentError: a scale outside 1…2³¹−1.
        """
        if not 0 < timescale <= MAX_TIMESCALE:
            raise InvalidArgumentError(f"time scale {timescale} is not within 1 … {MAX_TIMESCALE}.")
        if not self.is_numeric:
            return self
        numerator = self.value * timescale
        if method is RoundingMethod.QUICKTIME:
            value = self._quicktime(numerator, timescale)
        else:
            value = _divide(numerator, self.timescale, RoundingMethod(method))
        if not -_MAX_VALUE <= value <= _MAX_VALUE:
            return Time.POSITIVE_INFINITY if value > 0 else Time.NEGATIVE_INFINITY
        rounded = _ROUNDED if value * self.timescale != numerator else 0
        return Time(value, timescale, self.flags | rounded, self.epoch)

    def _quicktime(self, numerator: int, timescale: int) -> int:
        toward = timescale < self.timescale
        method = RoundingMethod.TOWARD_ZERO if toward else RoundingMethod.AWAY_FROM_ZERO
        value = _divide(numerator, self.timescale, method)
        return -1 if value == 0 and numerator < 0 else value

    # ------------------------------------------------------------------ arithmetic

    def __add__(self, other: Any) -> Time:
        if type(other) is not Time:
            return NotImplemented if not _is_number(other) else self + Time.of(other)
        if (
            self.timescale == other.timescale
            and self.flags == other.flags == _VALID
            and not (self.epoch or other.epoch)
        ):
            value = self.value + other.value
            if -_MAX_VALUE <= value <= _MAX_VALUE:
                return Time(value, self.timescale)
        return _combine(self, other, operator.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Time:
        if type(other) is not Time:
            return NotImplemented if not _is_number(other) else self - Time.of(other)
        if (
            self.timescale == other.timescale
            and self.flags == other.flags == _VALID
            and not (self.epoch or other.epoch)
        ):
            value = self.value - other.value
            if -_MAX_VALUE <= value <= _MAX_VALUE:
                return Time(value, self.timescale)
        return _combine(self, other, operator.sub)

    def __rsub__(self, other: Any) -> Time:
        return NotImplemented if not _is_number(other) else Time.of(other) - self

    def __mul__(self, factor: Any) -> Time:
        """By a whole number the scale is kept; by a fraction the result is exact where a scale holds it; by a float the
        scale is first raised to at least 65536 (``CMTimeMultiply``, ``…ByRatio``, ``…ByFloat64``)."""
        if isinstance(factor, bool) or not isinstance(factor, (int, float, Fraction)):
            return NotImplemented
        if isinstance(factor, Fraction):
            return self.multiplied_by_ratio(factor.numerator, factor.denominator)
        if not self.is_numeric:
            return self._implied_times(factor)
        if isinstance(factor, int):
            return _fit(
                Fraction(self.value * factor, self.timescale), self.timescale, self.flags & _ROUNDED, self.epoch
            )
        if math.isnan(factor):
            return Time.INVALID
        if math.isinf(factor):
            return self._infinite(factor)
        scale = self.timescale
        while scale < 65536:
            scale *= 2
        return _fit(self.fraction * Fraction(factor), scale, self.flags & _ROUNDED, self.epoch)

    __rmul__ = __mul__

    def _infinite(self, factor: float) -> Time:
        if not self.value:
            return Time.INVALID
        return Time.POSITIVE_INFINITY if (self.value > 0) == (factor > 0) else Time.NEGATIVE_INFINITY

    def _implied_times(self, factor: float) -> Time:
        infinite = self.is_positive_infinity or self.is_negative_infinity
        if not infinite:
            return self
        if factor == 0 or math.isnan(factor):
            return Time.INVALID
        return self if factor > 0 else -self

    def multiplied_by_ratio(self, multiplier: int, divisor: int) -> Time:
        """``self × multiplier / divisor`` (``CMTimeMultiplyByRatio``): 0/0 is invalid, x/0 infinite by the signs."""
        if not self.is_valid:
            return self
        if not divisor:
            sign = multiplier * (1 if self > Time.ZERO else -1 if self < Time.ZERO else 0)
            if not sign:
                return Time.INVALID
            return Time.POSITIVE_INFINITY if sign > 0 else Time.NEGATIVE_INFINITY
        if not self.is_numeric:
            return self._implied_times(Fraction(multiplier, divisor).__float__())
        exact = self.fraction * Fraction(multiplier, divisor)
        wanted = lcm(self.timescale, exact.denominator)
        scale = next((scale for scale in (wanted, exact.denominator) if scale <= MAX_TIMESCALE), MAX_TIMESCALE)
        return _fit(exact, scale, self.flags & _ROUNDED, self.epoch)

    def __truediv__(self, other: Any) -> Any:
        """Divided by a number a time, divided by a time a ``Fraction``."""
        if isinstance(other, Time):
            return self.fraction / other.fraction
        if isinstance(other, bool) or not isinstance(other, (int, float, Fraction)):
            return NotImplemented
        ratio = Fraction(other)
        return self.multiplied_by_ratio(ratio.denominator, ratio.numerator)

    def __neg__(self) -> Time:
        if self.is_numeric:
            return Time(-self.value, self.timescale, self.flags, self.epoch)
        if self.is_positive_infinity:
            return Time.NEGATIVE_INFINITY
        return Time.POSITIVE_INFINITY if self.is_negative_infinity else self

    def __abs__(self) -> Time:
        return -self if self < Time.ZERO else self

    def __bool__(self) -> bool:
        """False for a numeric zero and for INVALID."""
        return self.is_valid and (not self.is_numeric or bool(self.value))

    # ------------------------------------------------------------------ order

    def _rank(self) -> int:
        if self.is_numeric:
            return 1
        if not self.is_valid:
            return 4
        if self.is_negative_infinity:
            return 0
        return 3 if self.is_positive_infinity else 2

    def compare(self, other: Time) -> int:
        """−1, 0 or 1 (``CMTimeCompare``): a total order; of numeric times a larger epoch is always later."""
        mine, theirs = self._rank(), other._rank()
        if mine != theirs or mine != 1:
            return (mine > theirs) - (mine < theirs)
        if self.epoch != other.epoch:
            return 1 if self.epoch > other.epoch else -1
        left, right = self.value * other.timescale, other.value * self.timescale
        return (left > right) - (left < right)

    def _against(self, other: Any, test: Callable[[int, int], bool]) -> Any:
        if type(other) is not Time:
            if not _is_number(other):
                return NotImplemented
            exact = _exact(other)
            if exact is None or not self.is_numeric:
                return test(self.compare(Time.of(other)), 0) if exact is not None else NotImplemented
            mine = self.fraction
            return test((mine > exact) - (mine < exact), 0)
        return test(self.compare(other), 0)

    def __eq__(self, other: object) -> bool:
        return self._against(other, operator.eq)  # type: ignore[no-any-return]

    def __lt__(self, other: Any) -> bool:
        return self._against(other, operator.lt)  # type: ignore[no-any-return]

    def __le__(self, other: Any) -> bool:
        return self._against(other, operator.le)  # type: ignore[no-any-return]

    def __gt__(self, other: Any) -> bool:
        return self._against(other, operator.gt)  # type: ignore[no-any-return]

    def __ge__(self, other: Any) -> bool:
        return self._against(other, operator.ge)  # type: ignore[no-any-return]

    def __hash__(self) -> int:
        if not self.is_numeric:
            return hash(("Time", self._rank()))
        return hash(Fraction(self.value, self.timescale)) if not self.epoch else hash((self.fraction, self.epoch))

    def __repr__(self) -> str:
        names = {0: "Time.NEGATIVE_INFINITY", 2: "Time.INDEFINITE", 3: "Time.POSITIVE_INFINITY", 4: "Time.INVALID"}
        rank = self._rank()
        if rank != 1:
            return names[rank]
        extra = f", epoch={self.epoch}" if self.epoch else ""
        return f"Time({self.value}, {self.timescale}{extra})"

    def __str__(self) -> str:
        return f"{self.seconds:.6g} s ({self.value}/{self.timescale})" if self.is_numeric else repr(self)


_set_value = Time.__dict__["value"].__set__
_set_timescale = Time.__dict__["timescale"].__set__
_set_flags = Time.__dict__["flags"].__set__
_set_epoch = Time.__dict__["epoch"].__set__

Time.ZERO = Time(0, 1)
Time.INVALID = Time(0, 0, 0)
Time.INDEFINITE = Time(0, 0, TimeFlags.VALID | TimeFlags.INDEFINITE)
Time.POSITIVE_INFINITY = Time(0, 0, TimeFlags.VALID | TimeFlags.POSITIVE_INFINITY)
Time.NEGATIVE_INFINITY = Time(0, 0, TimeFlags.VALID | TimeFlags.NEGATIVE_INFINITY)


def _whole(what: str, value: Any) -> int:
    if isinstance(value, bool):
        raise InvalidArgumentError(f"{value!r} is no {what} of a time.")
    try:
        return operator.index(value)
    except TypeError:
        raise InvalidArgumentError(
            f"the {what} of a time is a whole number, not {value!r}.",
            hint="Time.of(seconds) takes any number of seconds.",
        ) from None


def _is_number(value: Any) -> bool:
    if isinstance(value, (bool, str, bytes)):
        return False
    return isinstance(value, (int, float, Fraction, Decimal, timedelta)) or hasattr(value, "__index__")


def _exact(value: Any) -> Fraction | None:
    """A number as a fraction, floats as they are; None for NaN and infinities."""
    if isinstance(value, timedelta):
        return Fraction(value // timedelta(microseconds=1), 1_000_000)
    if isinstance(value, (float, Decimal)):
        return Fraction(value) if math.isfinite(value) else None
    return value if isinstance(value, Fraction) else Fraction(operator.index(value))


def _enter(value: Any) -> Time:
    """``Time.of`` for everything that is not a ``Time`` or an ``int``."""
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "shape", None) == () and not isinstance(value, float):
        value = item()  # a number of numpy's, or an array of one
    if not _is_number(value):
        raise InvalidArgumentError(
            f"{value!r} is no time.", hint="Give a Time, or seconds as int, float, Fraction, Decimal or timedelta."
        )
    exact = _exact(value)
    if exact is None:
        raise InvalidArgumentError(
            f"{value!r} is no number of seconds.",
            hint="Use Time.INDEFINITE or Time.POSITIVE_INFINITY where that is meant.",
        )
    if isinstance(value, float):
        ticks = _divide(exact.numerator * _FLOAT_SCALE, exact.denominator, RoundingMethod.HALF_AWAY_FROM_ZERO)
        exact = Fraction(ticks, _FLOAT_SCALE)
    if exact.denominator > MAX_TIMESCALE:
        raise TimestampError(
            f"{value!r} s needs a time scale of {exact.denominator}, beyond {MAX_TIMESCALE}.",
            hint="Round it first, for example with Time.from_seconds(seconds, 90000).",
        )
    return Time(exact.numerator, exact.denominator)


def _fit(exact: Fraction, scale: int, flags: int, epoch: int = 0) -> Time:
    """Seconds on a scale, halved until the value fits 64 bits; marked when it is not exact; infinite beyond scale 1."""
    while True:
        numerator = exact.numerator * scale
        value = _divide(numerator, exact.denominator, RoundingMethod.HALF_AWAY_FROM_ZERO)
        if -_MAX_VALUE <= value <= _MAX_VALUE:
            rounded = _ROUNDED if value * exact.denominator != numerator else 0
            return Time(value, scale, _VALID | flags | rounded, epoch)
        if scale == 1:
            return Time.POSITIVE_INFINITY if value > 0 else Time.NEGATIVE_INFINITY
        scale //= 2


def _combine(left: Time, right: Time, how: Callable[[Any, Any], Any]) -> Time:
    """Addition and subtraction in full (``CMTimeAdd``, ``CMTimeSubtract``)."""
    if not (left.is_valid and right.is_valid):
        return Time.INVALID
    if not (left.is_numeric and right.is_numeric):
        return _combine_implied(left, right if how is operator.add else -right)
    if left.epoch != right.epoch and left.epoch and right.epoch:
        return Time.INVALID
    epoch = 0 if left.epoch == right.epoch else left.epoch or right.epoch
    exact = how(left.fraction, right.fraction)
    scale = min(lcm(left.timescale, right.timescale), MAX_TIMESCALE)
    return _fit(exact, scale, (left.flags | right.flags) & _ROUNDED, epoch)


def _combine_implied(left: Time, right: Time) -> Time:
    infinite = [time for time in (left, right) if time.is_positive_infinity or time.is_negative_infinity]
    if len(infinite) == 2 and infinite[0] != infinite[1]:
        return Time.INVALID
    return infinite[0] if infinite else Time.INDEFINITE


def common_timescale(first: int, second: int, limit: int = MAX_TIMESCALE) -> int | None:
    """The smallest scale that holds the ticks of both, or None when it lies beyond the limit."""
    scale = lcm(first, second)
    return scale if scale <= limit else None


def frame_rate(fps: Any) -> Fraction:
    """Frames a second as an exact number.

    Whole numbers and fractions are taken as they are. A decimal within 1e-4 of n·1000/1001 means that rate (29.97 is
    30000/1001), any other is taken as it is written (0.06 is 3/50). Text such as ``"30000/1001"`` is read too.

    Raises:
        InvalidArgumentError: no number, or one that is not positive.
    """
    try:
        if isinstance(fps, bool):
            raise TypeError
        if isinstance(fps, (int, Fraction)) or (isinstance(fps, str) and "/" in fps):
            rate = Fraction(fps)
        else:
            decimal = Decimal(repr(float(fps)) if not isinstance(fps, (Decimal, str)) else fps)
            rate = _ntsc(Fraction(decimal))
    except (TypeError, ValueError, ArithmeticError, OverflowError):
        rate = Fraction(0)
    if rate <= 0 or max(rate.numerator, rate.denominator) > MAX_TIMESCALE:
        raise InvalidArgumentError(
            f"{fps!r} is no frame rate.", hint='Give a positive number, a Fraction, or text such as "30000/1001".'
        )
    return rate


def _ntsc(rate: Fraction) -> Fraction:
    nominal = round(rate * Fraction(1001, 1000))
    near = Fraction(nominal * 1000, 1001)
    return near if nominal > 0 and rate.denominator != 1 and abs(rate - near) <= Fraction(1, 10_000) else rate
