"""Between FFmpeg's clock of a stream and ours: ticks a second must be whole, FFmpeg's time base may be any fraction.

A time base of 1001/24000 s becomes 24 000 ticks a second, and each of its ticks 1001 of ours; nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Clock"]

_LARGEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Clock:
    """``scale``: our ticks a second. ``step``: our ticks in one of FFmpeg's."""

    scale: int
    step: int

    @classmethod
    def of(cls, time_base: Fraction | None) -> Clock:
        """The clock of a stream; microseconds where it has none."""
        if not time_base or time_base < 0:
            return cls(1_000_000, 1)
        return cls(time_base.denominator, time_base.numerator)

    def ticks(self, value: int | None) -> int | None:
        """Our ticks; None where there are none, or where they would leave 64 bits."""
        if value is None or abs(value) > _LARGEST // self.step:
            return None
        return value * self.step

    def theirs(self, ticks: int) -> int:
        """FFmpeg's tick at or before one of ours."""
        return ticks // self.step

    def seconds(self, ticks: int) -> Fraction:
        return Fraction(ticks, self.scale)

    def at(self, seconds: Fraction) -> int:
        """The tick nearest to a moment."""
        return round(seconds * self.scale)
