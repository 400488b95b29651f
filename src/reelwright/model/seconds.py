"""What counts seconds, besides ``Time`` itself: which values the door takes, and exactly how many seconds they are.

Integers, fractions, decimals and timedeltas mean what they say. A float means the microsecond nearest to it: that is
what people who write 0.1 have in mind, and it is the only place where a float is rounded.
"""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any, NoReturn

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.rounding import rescale

__all__ = ["FLOAT_TIMESCALE", "exact_ratio", "exact_seconds", "is_float", "microseconds", "refuse"]

FLOAT_TIMESCALE = 1_000_000


def is_float(value: Any) -> bool:
    """A binary floating-point number: float, or a numpy scalar that is one."""
    return isinstance(value, float) or (isinstance(value, Real) and not isinstance(value, Rational))


def _is_counting(value: Any) -> bool:
    # A numpy timedelta passes for an integer, in a unit that only its dtype knows; a bool is an answer, not a number.
    return not isinstance(value, bool) and getattr(getattr(value, "dtype", None), "kind", "") not in ("m", "b")


def microseconds(delta: timedelta) -> int:
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def exact_ratio(number: Any) -> tuple[int, int] | None:
    """A finite number as it really is, over a positive denominator; None for what is no finite number."""
    if isinstance(number, float):
        return number.as_integer_ratio() if math.isfinite(number) else None
    if isinstance(number, Rational):
        return (int(number.numerator), int(number.denominator)) if _is_counting(number) else None
    if isinstance(number, Decimal):
        return number.as_integer_ratio() if number.is_finite() else None
    return exact_ratio(float(number)) if isinstance(number, Real) else None  # a numpy float of another width


def exact_seconds(value: Any) -> Fraction | None:
    """How many seconds a value stands for; None for what counts none: NaN, infinities, bools, text …"""
    if isinstance(value, timedelta):
        return Fraction(microseconds(value), FLOAT_TIMESCALE)
    ratio = exact_ratio(value)
    if ratio is None:
        return None
    return Fraction(rescale(*ratio, FLOAT_TIMESCALE), FLOAT_TIMESCALE) if is_float(value) else Fraction(*ratio)


def refuse(value: Any) -> NoReturn:
    """Say why a value is no time, and what to give instead."""
    if isinstance(value, (Decimal, Real)) and not isinstance(value, Integral):
        raise InvalidArgumentError(
            f"{value!r} is no number of seconds.",
            hint="Say Time.INDEFINITE for a time that is not known, Time.POSITIVE_INFINITY for one without end.",
        )
    raise InvalidArgumentError(
        f"{value!r} ({type(value).__name__}) is no time.",
        hint="Give a Time, or seconds as int, float, Fraction, Decimal or timedelta.",
    )
