"""A track's media time scale: exact while it can be, and a clear error at the append that makes it impossible.

Without a fixed scale the clock keeps the least common multiple of every time it has taken on. With one
(``media_time_scale``), moments snap to its ticks when they come in, durations lie between such moments, and the largest
error is remembered for the report.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from reelwright.model.errors import TimestampError
from reelwright.model.rounding import MAX_TIMESCALE
from reelwright.model.time import Time

__all__ = ["LARGEST_TIMESCALE", "MediaClock"]

LARGEST_TIMESCALE = MAX_TIMESCALE
"""The largest media time scale: readers take the header's 32 bits for a signed number."""


class MediaClock:
    """Turns exact times into ticks.

    Asking (``scale_for``) and taking on (``adopt``) are two steps, so that a sample that is refused after all leaves
    no trace in the track's time scale.

    Args:
        fixed: the scale to use whatever comes, or 0 to follow what was appended.

    Attributes:
        timescale: ticks a second at present.
        largest_error: seconds by which the position farthest from its exact time was rounded.
    """

    def __init__(self, fixed: int = 0) -> None:
        self.fixed = fixed
        self.timescale = fixed or 1
        self.largest_error = Fraction(0)

    def scale_for(self, *times: Time) -> int:
        """The scale that holds these times and all those taken on before; a fixed one holds any.

        Raises:
            TimestampError: there is none up to 2³¹−1; names the first time that does not fit.
        """
        scale = self.timescale
        if self.fixed:
            return scale
        for time in times:
            if not scale % time.timescale:
                continue
            common = lcm(scale, time.fraction.denominator)
            if common > LARGEST_TIMESCALE:
                raise self._unfit(time, scale, common)
            scale = common
        return scale

    def _unfit(self, time: Time, scale: int, needed: int) -> TimestampError:
        return TimestampError(
            f"{time} cannot be written exactly: together with the times before it (scale {scale}) it needs a media "
            f"time scale of {needed}, and the file format ends at {LARGEST_TIMESCALE}.",
            hint="Set the input's media_time_scale (for example 90000) to round times to it, or give times on one "
            "grid.",
            time=time,
        )

    def adopt(self, scale: int) -> None:
        """Take on a scale that ``scale_for`` gave."""
        if not self.fixed:
            self.timescale = scale

    def admit(self, *times: Time) -> None:
        """``adopt`` the ``scale_for`` these times.

        Raises:
            TimestampError: as ``scale_for``; nothing is taken on then.
        """
        self.adopt(self.scale_for(*times))

    def snap(self, time: Time) -> Time:
        """The nearest moment that a fixed scale has, halves away from zero; without one the time itself."""
        if not self.fixed or not self.fixed % time.timescale:
            return time
        return Time(_half_away(time.fraction * self.fixed), self.fixed)

    def at_least_a_tick(self, duration: Time) -> Time:
        """A duration as near to this one as the present scale has it; never nothing."""
        if not self.timescale % duration.timescale:
            return duration
        return Time(max(1, _half_away(duration.fraction * self.timescale)), self.timescale)

    def fitted(self, duration: Time) -> Time:
        """A duration nobody asked for, taken on as it is if it fits, else as near as the present scale has it."""
        if not self.fixed:
            scale = lcm(self.timescale, duration.fraction.denominator)
            if scale <= LARGEST_TIMESCALE:
                self.timescale = scale
                return duration
        return self.at_least_a_tick(duration)

    def ticks(self, time: Time, scale: int | None = None) -> int:
        """A time, taken on or snapped before, in ticks of a scale (the present one when left out).

        The scale may grow in one thread while another counts: who counts several times passes the scale it read once.
        """
        scale = scale or self.timescale
        factor, rest = divmod(scale, time.timescale)
        if not rest:
            return time.value * factor
        exact = time.fraction * scale
        assert exact.denominator == 1, f"{time} was never taken on by a clock of 1/{scale} s"
        return exact.numerator

    def note_rounding(self, seconds: Fraction) -> None:
        """Remember that something was put this far from its exact time."""
        if seconds > self.largest_error:
            self.largest_error = seconds


def _half_away(exact: Fraction) -> int:
    """The nearest integer, halves away from zero (CMTime's default)."""
    nearest = int(abs(exact) + Fraction(1, 2))
    return nearest if exact >= 0 else -nearest
