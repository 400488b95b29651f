"""A track's media time scale: exact while it can be, and a clear error at the append that makes it impossible.

Without a fixed scale the clock keeps the least common multiple of every time it has taken on. With one
(``media_time_scale``), moments snap to its ticks when they come in, durations lie between such moments, and the largest
error is remembered for the report. A live source's clock is exact while a million ticks a second suffice, and snaps
what needs more: a recording must not end because of a camera's odd time.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from reelwright.model.errors import TimestampError
from reelwright.model.rounding import MAX_TIMESCALE
from reelwright.model.time import Time

__all__ = ["LARGEST_TIMESCALE", "MediaClock", "Scale"]

LARGEST_TIMESCALE = MAX_TIMESCALE
"""The largest media time scale: readers take the header's 32 bits for a signed number."""

_LONGEST = (1 << 31) - 1  # ticks of a duration: the file has 32 bits (ISO/IEC 14496-12, 8.6.1.2), readers use 31
_FARTHEST = 1 << 30  # ticks between decoding and showing, to either side: 31 bits hold the spread (8.6.1.3)
_FINEST_LIVE = 1_000_000  # ticks a second that live times are given: floats' own grid, and a sample may last 35 minutes
_WAY_OUT = "Set the input's media_time_scale (for example 90000) to round times to it"


@dataclass(frozen=True, slots=True)
class Scale:
    """A time scale that fits, to be taken on with ``adopt``.

    Attributes:
        timescale: ticks a second. longest: seconds of the longest duration that it has to hold; farthest: of the
            largest distance between decoding and showing.
    """

    timescale: int
    longest: Fraction
    farthest: Fraction


class MediaClock:
    """Turns exact times into ticks.

    Asking (``scale_for``) and taking on (``adopt``) are two steps, so that a sample that is refused after all leaves
    no trace in the track's time scale.

    Args:
        fixed: the scale to use whatever comes, or 0 to follow what was appended.
        is_live: round times that need more than a million ticks a second, instead of refusing what does not fit.

    Attributes:
        timescale: ticks a second at present.
        largest_error: seconds by which the position farthest from its exact time was rounded.
    """

    def __init__(self, fixed: int = 0, *, is_live: bool = False) -> None:
        self.fixed = fixed
        self.is_live = is_live
        self.timescale = fixed or 1
        self.largest_error = Fraction(0)
        self._adopted = Scale(self.timescale, Fraction(0), Fraction(0))

    @property
    def scale(self) -> Scale:
        """What was taken on last."""
        return self._adopted

    def scale_for(self, *times: Time, lasts: Fraction = Fraction(0), leads: Fraction = Fraction(0)) -> Scale:
        """The scale that holds these times and all those taken on before; a fixed one holds any.

        Args:
            lasts: seconds of a duration, leads: of a distance between decoding and showing, that it must hold too.

        Raises:
            TimestampError: there is none up to 2³¹−1, or durations or distances outgrow their bits in it.
        """
        timescale, adopted = self.timescale, self._adopted
        for time in times if not self.fixed else ():
            if timescale % time.timescale:
                common = lcm(timescale, time.fraction.denominator)
                if common > LARGEST_TIMESCALE:
                    raise self._unfit(time, timescale, common)
                timescale = common
        if timescale == adopted.timescale and lasts <= adopted.longest and leads <= adopted.farthest:
            return adopted
        scale = Scale(timescale, max(adopted.longest, lasts), max(adopted.farthest, leads))
        if scale.longest * timescale > _LONGEST or scale.farthest * timescale > _FARTHEST:
            raise self._overlong(scale, times[-1] if times else None)
        return scale

    def present_scale(self, lasts: int, leads: int) -> Scale | None:
        """What ``scale_for`` gives where nothing new is asked of it, for less work: times that the present scale holds,
        durations and distances (in its ticks) that are no longer than those taken on before."""
        known, scale = self._adopted, self.timescale
        longest, farthest = known.longest, known.farthest
        is_known = (
            lasts * longest.denominator <= longest.numerator * scale
            and leads * farthest.denominator <= farthest.numerator * scale
        )
        return known if is_known else None

    def _unfit(self, time: Time, scale: int, needed: int) -> TimestampError:
        return TimestampError(
            f"{time} cannot be written exactly: together with the times before it (scale {scale}) it needs a media "
            f"time scale of {needed}, and the file format ends at {LARGEST_TIMESCALE}.",
            hint=f"{_WAY_OUT}, or give times on one grid.",
            time=time,
        )

    def _overlong(self, scale: Scale, time: Time | None) -> TimestampError:
        reason, hint = f"a sample would last {float(scale.longest):g} s", f"{_WAY_OUT}."
        if scale.longest * scale.timescale <= _LONGEST:
            reason = f"samples may be decoded {float(scale.farthest):g} s before they are shown"
            hint = f"{_WAY_OUT}, or forbid reordering (AllowFrameReordering)."
        return TimestampError(
            f"{time} cannot be written: {reason}, and in the media time scale of {scale.timescale} that is more "
            "ticks than the file format counts.",
            hint=hint,
            time=time,
        )

    def adopt(self, scale: Scale) -> None:
        """Take on a scale that ``scale_for`` gave."""
        self.timescale, self._adopted = scale.timescale, scale

    def admit(self, *times: Time) -> None:
        """``adopt`` the ``scale_for`` these times.

        Raises:
            TimestampError: as ``scale_for``; nothing is taken on then.
        """
        self.adopt(self.scale_for(*times))

    def grid_for(self, *times: Time) -> int:
        """The scale on whose ticks moments must be put before they are taken on; 0 when all are kept as they are.

        It is the fixed scale, or a live source's: the finest multiple of the present one that it may have.
        """
        if self.fixed or not self.is_live:
            return self.fixed
        common = lcm(self.timescale, *(time.fraction.denominator for time in times if time.is_numeric))
        return 0 if common <= _FINEST_LIVE else max(1, _FINEST_LIVE // self.timescale) * self.timescale

    def snap(self, time: Time, grid: int | None = None) -> Time:
        """The nearest moment that a grid has (the fixed scale's when left out), halves away from zero; without one the
        time itself."""
        grid = self.fixed if grid is None else grid
        if not grid or not grid % time.timescale:
            return time
        return Time(_half_away(time.fraction * grid), grid)

    def at_least_a_tick(self, duration: Time, grid: int = 0) -> Time:
        """A duration as near to this one as a grid has it (the present scale's when left out); never nothing."""
        scale = grid or self.timescale
        exact = duration.fraction * scale
        if exact.denominator == 1 and exact > 0:
            return duration
        return Time(max(1, _half_away(exact)), scale)

    def fitted(self, duration: Time) -> Time:
        """A duration nobody asked for, taken on as it is if it fits, else as near as the present scale has it."""
        try:
            self.admit(duration)
        except TimestampError:
            return self.at_least_a_tick(duration)
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
