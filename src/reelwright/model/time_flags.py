"""The parts a time is made of: its flags, and the ranges of the other three.

The flags exist twice, as an enum for those who read them and as plain integers for ``Time`` itself: a time is made for
every frame, and bit arithmetic on an ``IntFlag`` costs more than everything else about it.
"""

from __future__ import annotations

from enum import IntFlag
from operator import index
from typing import Any

from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.rounding import MAX_TIMESCALE, MAX_VALUE, MIN_VALUE

__all__ = ["IMPLIED", "INDEFINITE", "KIND", "NEGATIVE", "POSITIVE", "ROUNDED", "VALID", "TimeFlags", "checked_parts"]

VALID, ROUNDED, POSITIVE, NEGATIVE, INDEFINITE = 1, 2, 4, 8, 16
IMPLIED = POSITIVE | NEGATIVE | INDEFINITE
KIND = VALID | IMPLIED  # a time is numeric exactly when flags & KIND == VALID


class TimeFlags(IntFlag):
    """What kind of time this is, and whether it was ever rounded (``CMTimeFlags``)."""

    VALID = VALID
    HAS_BEEN_ROUNDED = ROUNDED
    POSITIVE_INFINITY = POSITIVE
    NEGATIVE_INFINITY = NEGATIVE
    INDEFINITE = INDEFINITE
    IMPLIED_VALUE_MASK = IMPLIED


def checked_parts(*parts: Any) -> tuple[int, int, int, int]:
    """Value, time scale, flags and epoch as integers within their ranges.

    Raises:
        InvalidArgumentError: a part that is not an integer, a time scale outside its range, contradicting flags.
        TimestampError: a value or an epoch beyond 64 bits.
    """
    for part in parts:
        if isinstance(part, bool) or not hasattr(part, "__index__"):
            raise InvalidArgumentError(
                f"a Time is made of integers, not of {part!r}.",
                hint="Seconds become a time with Time.of(0.5), or with Time.from_seconds(0.5, 600).",
            )
    value, timescale, flags, epoch = (index(part) for part in parts)
    if not 0 <= flags < 32 or (flags & IMPLIED).bit_count() > 1:
        raise InvalidArgumentError(
            f"{flags} are no flags of a time.", hint="Combine TimeFlags; at most one is implied."
        )
    least = 1 if flags & KIND == VALID else 0  # without a number there is nothing to count
    if not least <= timescale <= MAX_TIMESCALE:
        raise InvalidArgumentError(
            f"a time scale lies within 1 and {MAX_TIMESCALE}, not at {timescale}.",
            hint="It counts ticks per second: Time(1001, 30000) is one frame of 29.97 per second.",
        )
    if not (MIN_VALUE <= value <= MAX_VALUE and MIN_VALUE <= epoch <= MAX_VALUE):
        raise TimestampError(f"{value} ticks (epoch {epoch}) are more than 64 bits hold.", hint="Use a smaller scale.")
    return value, timescale, flags, epoch
