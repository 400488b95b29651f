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


# Whether a quotient that does not come out even goes up from its floor: (numerator, rest, denominator) -> bool.
_GOES_UP: dict[RoundingMethod, Callable[[int, int, int], bool]] = {
    RoundingMethod.HALF_AWAY_FROM_ZERO: lambda n, rest, d: 2 * rest > d or (2 * rest == d and n > 0),
    RoundingMethod.TOWARD_ZERO: lambda n, rest, d: n < 0,
    RoundingMethod.AWAY_FROM_ZERO: lambda n, rest, d: n > 0,
    RoundingMethod.TOWARD_POSITIVE_INFINITY: lambda n, rest, d: True,
    RoundingMethod.TOWARD_NEGATIVE_INFINITY: lambda n, rest, d: False,
}


def _divide(numerator: int, denominator: int, method: RoundingMethod) -> int:
    floor, rest = divmod(numerator, denominator)
    return floor + (bool(rest) and _GOES_UP[method](numerator, rest, denominator))


def rescale(value: int, old: int, new: int, method: RoundingMethod = RoundingMethod.HALF_AWAY_FROM_ZERO) -> int:
    """Ticks of one time scale as ticks of another, rounded as asked; the result may exceed 64 bits."""
    if method is not RoundingMethod.QUICKTIME:
        return _divide(value * new, old, method)
    direction = RoundingMethod.TOWARD_ZERO if new < old else RoundingMethod.AWAY_FROM_ZERO
    return _divide(value * new, old, direction) or (-1 if value < 0 else 0)


def fit(numerator: int, denominator: int, timescale: int) -> tuple[int, int] | None:
    """Write ``numerator / denominator`` seconds as (value, time scale), halving the scale until 64 bits hold the value.

    The last resort is whole seconds; None when even those overflow. Halves are rounded away from zero.
    """
    while True:
        value = _divide(numerator * timescale, denominator, RoundingMethod.HALF_AWAY_FROM_ZERO)
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
