"""How whole ticks come out of exact times: rounding, limits and common time scales, in integers only.

A time scale counts ticks per second. Nothing here goes through floats, so the ways of rounding differ exactly where
CoreMedia says they do, and a value that does not fit 64 bits is noticed instead of wrapping around.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from math import lcm

from reelwright.model.errors import InvalidArgumentError

__all__ = ["MAX_TIMESCALE", "MAX_VALUE", "MIN_VALUE", "RoundingMethod", "common_timescale", "fit", "rescale"]

MAX_TIMESCALE = 2**31 - 1
MAX_VALUE = 2**63 - 1
MIN_VALUE = -(2**63)


class RoundingMethod(IntEnum):
    """What to do with a fraction of a tick (``CMTimeRoundingMethod``)."""

    HALF_AWAY_FROM_ZERO = 1
    TOWARD_ZERO = 2
    AWAY_FROM_ZERO = 3
    QUICKTIME = 4
    """Toward zero to a smaller scale, away from zero to a larger one; a negative time never becomes 0 but −1 tick."""
    TOWARD_POSITIVE_INFINITY = 5
    TOWARD_NEGATIVE_INFINITY = 6
    DEFAULT = 1


def _floor(numerator: int, denominator: int) -> int:
    return numerator // denominator


def _ceiling(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def _half_away(numerator: int, denominator: int) -> int:
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


_DIVIDE: dict[RoundingMethod, Callable[[int, int], int]] = {
    RoundingMethod.HALF_AWAY_FROM_ZERO: _half_away,
    RoundingMethod.TOWARD_ZERO: lambda n, d: _ceiling(n, d) if n < 0 else _floor(n, d),
    RoundingMethod.AWAY_FROM_ZERO: lambda n, d: _floor(n, d) if n < 0 else _ceiling(n, d),
    RoundingMethod.TOWARD_POSITIVE_INFINITY: _ceiling,
    RoundingMethod.TOWARD_NEGATIVE_INFINITY: _floor,
}


def rescale(value: int, old: int, new: int, method: RoundingMethod = RoundingMethod.HALF_AWAY_FROM_ZERO) -> int:
    """Ticks of one time scale as ticks of another, rounded as asked; the result may exceed 64 bits."""
    if method is not RoundingMethod.QUICKTIME:
        return _DIVIDE[method](value * new, old)
    direction = RoundingMethod.TOWARD_ZERO if new < old else RoundingMethod.AWAY_FROM_ZERO
    return _DIVIDE[direction](value * new, old) or (-1 if value < 0 else 0)


def fit(numerator: int, denominator: int, timescale: int) -> tuple[int, int] | None:
    """Write ``numerator / denominator`` seconds as (value, time scale), halving the scale until 64 bits hold the value.

    The last resort is whole seconds; None when even those overflow. Halves are rounded away from zero.
    """
    while True:
        value = _half_away(numerator * timescale, denominator)
        if MIN_VALUE <= value <= MAX_VALUE:
            return value, timescale
        if timescale == 1:
            return None
        timescale //= 2


def common_timescale(a: int, b: int, limit: int = MAX_TIMESCALE) -> int | None:
    """The smallest time scale that holds the ticks of both, or None when it lies beyond the limit.

    Raises:
        InvalidArgumentError: a time scale that is not positive.
    """
    if a <= 0 or b <= 0:
        raise InvalidArgumentError(f"a time scale is a positive number of ticks per second, not {min(a, b)}.")
    scale = lcm(a, b)
    return scale if scale <= limit else None
