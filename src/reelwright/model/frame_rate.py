"""Frame rates as people write them, made exact.

Nobody writes 30000/1001; they write 29.97. A decimal this near to a rate of the NTSC family means that rate, and every
other decimal means itself, digit for digit, never the binary fraction that a float really holds.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.rounding import MAX_TIMESCALE

__all__ = ["frame_rate"]

_NEAR = Fraction(1, 10_000)
_LARGEST_EXPONENT = 18  # of a decimal: beyond it a rate is a slip of the pen, and exact arithmetic would eat all memory
_HINT = "Give frames per second as a number, a Fraction or text: 25, 29.97, Fraction(30000, 1001), '30000/1001'."


def frame_rate(fps: Any) -> Fraction:
    """Frames per second as an exact fraction.

    Integers and ``Fraction`` are taken exactly, text like ``"30000/1001"`` too. Any other number (float, ``Decimal``,
    numpy scalar, text like ``"29.97"``) becomes n·1000/1001 when it lies within 1e-4 of it for some integer n,
    otherwise the decimal as written; a float too long for that (1 / 0.03) is the simple fraction it is nearest to.

    >>> frame_rate(23.976), frame_rate(12.5), frame_rate(0.06)
    (Fraction(24000, 1001), Fraction(25, 2), Fraction(3, 50))

    Raises:
        InvalidArgumentError: zero, a negative rate, NaN, an infinity, something that is no number, or a decimal so long
            ("33.333333333333336") that no time scale writes the duration of a frame.
    """
    rate = _exact(fps)
    if rate is None:
        raise InvalidArgumentError(f"{fps!r} is no frame rate.", hint=_HINT)
    if rate <= 0:
        raise InvalidArgumentError(f"a frame rate must be above 0, not {fps!r}.", hint=_HINT)
    if max(rate.numerator, rate.denominator) > MAX_TIMESCALE:
        near = rate.limit_denominator(1001)
        if isinstance(fps, float) and float(near) == fps:
            return near  # 1 / 0.03 is the float nearest to 100/3, and nobody wrote its digits
        raise InvalidArgumentError(
            f"{fps!r} is no exact frame rate: a frame of it needs a time scale beyond {MAX_TIMESCALE}.",
            hint=f"Give it as a fraction; the nearest simple one is Fraction({near.numerator}, {near.denominator}).",
        )
    return rate


def _exact(fps: Any) -> Fraction | None:
    if isinstance(fps, bool):
        return None
    if isinstance(fps, Integral):
        return Fraction(int(fps))
    if isinstance(fps, Rational):
        return Fraction(fps)
    text = str(fps).strip()  # a numpy float's text is its own shortest decimal, not that of the float64 it widens to
    return _quotient(text) if "/" in text else _decimal(text)


def _quotient(text: str) -> Fraction | None:
    above, _, below = (part.strip() for part in text.partition("/"))
    if not (above.isdecimal() and below.isdecimal() and int(below)):
        return None
    return Fraction(int(above), int(below))


def _decimal(text: str) -> Fraction | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
        return None
    rate = Fraction(number)
    ntsc = Fraction(round(rate * 1001 / 1000) * 1000, 1001)
    return ntsc if ntsc and abs(rate - ntsc) <= _NEAR else rate
