"""A track's media time scale: exact while it can be, and a clear error at the append that makes it impossible.

Without a fixed scale the clock keeps the least common multiple of every time it has seen. With one
(``media_time_scale``), positions are rounded half away from zero and the largest error is remembered for the report.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from reelwright.model.errors import TimestampError
from reelwright.model.time import Time

__all__ = ["LARGEST_TIMESCALE", "MediaClock"]

LARGEST_TIMESCALE = 2**31 - 1


class MediaClock:
    """Turns exact times into ticks.

    Args:
        fixed: the scale to use whatever comes, or 0 to follow what was appended.
        rounds: beyond the largest scale, round instead of raising (sources in real time).
    """

    def __init__(self, fixed: int = 0, *, rounds: bool = False) -> None:
        self.fixed = fixed
        self.timescale = fixed or 1
        self.largest_error = Fraction(0)
        self._rounds = rounds

    def admit(self, time: Time) -> None:
        """Make the scale fit a time.

        Raises:
            TimestampError: no common scale of 2³¹−1 or less holds this time and all those before it.
        """
        if self.fixed or not self.timescale % time.timescale:
            return
        exact = time.fraction
        scale = lcm(self.timescale, exact.denominator)
        if scale <= LARGEST_TIMESCALE:
            self.timescale = scale
        elif self._rounds:
            self.fixed = self.timescale
        else:
            raise TimestampError(
                f"{time} cannot be written exactly: together with the times before it (scale {self.timescale}) it "
                f"needs "
                f"a media time scale of {scale}, and the file format ends at {LARGEST_TIMESCALE}.",
                hint="Set the input's media_time_scale (for example 90000) to round times to it, or give times on "
                "one grid.",
                time=time,
            )

    def ticks(self, time: Time, scale: int | None = None) -> int:
        """A time, admitted before, in ticks of a scale (the present one when left out); rounded where it is fixed.

        The scale may grow in one thread while another counts: who counts several times passes the scale it read once.
        """
        scale = scale or self.timescale
        factor, rest = divmod(scale, time.timescale)
        if not rest:
            return time.value * factor
        exact = time.fraction * scale
        if exact.denominator == 1:
            return exact.numerator
        ticks = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
        self.largest_error = max(self.largest_error, abs(ticks - exact) / scale)
        return ticks
