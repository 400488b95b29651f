"""A track's own clock: how times of the source become whole ticks of the media, and where the media has holes.

Samples lie edge to edge on the media's time line, whatever gaps the source had: a gap starts a new *stretch*, and the
edit list puts the stretches back in their places. Ticks are taken from absolute positions on the source's time line,
durations are differences of such positions, so errors never add up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from reelwright.model.errors import TimestampError

__all__ = ["MAX_TIME_SCALE", "MediaTimeLine", "Stretch", "round_half_away"]

MAX_TIME_SCALE = (1 << 31) - 1


def round_half_away(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` (a positive one) as the nearest integer, halves away from zero (CMTime's default)."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(slots=True)
class Stretch:
    """Samples that follow one another without a hole.

    Attributes:
        first_sample: number of its first sample in the track, from 0.
        media: decode time of that sample on the media's time line, in media ticks.
        source: the same moment on the source's time line, in media ticks.
    """

    first_sample: int
    media: int
    source: int


class MediaTimeLine:
    """Ticks, stretches and the running end of one track.

    Args:
        time_scale: ticks a second, fixed: times are rounded to them; or 0: the least common multiple of the time
            scales that come, in which every time is exact.

    Attributes:
        scale: ticks a second so far; 0 before the first sample when it was not given.
        rounds: whether the scale was given, so that times are rounded to it.
        is_fixed: whether the scale may not change any more, because it is written already.
        duration: media ticks of all samples so far.
        stretches: pieces without holes, in order.
    """

    __slots__ = ("_end", "_end_scale", "_error", "duration", "is_fixed", "rounds", "scale", "stretches")

    def __init__(self, time_scale: int = 0) -> None:
        self.rounds = time_scale != 0
        self.is_fixed = False
        self.scale = time_scale
        self.duration = 0
        self.stretches: list[Stretch] = []
        self._end = 0  # of the last sample, on the source's time line
        self._end_scale = 1
        self._error = Fraction(0)

    @property
    def largest_rounding(self) -> Fraction:
        """Seconds by which the sample farthest from its given time is off."""
        return self._error

    def growth(self, timescale: int) -> int:
        """The factor by which the ticks of everything so far must be multiplied so that ``timescale`` fits exactly.

        Raises:
            TimestampError: a time scale outside 1 … 2³¹ − 1, or none below 2³¹ would hold all times exactly; the
                scale is fixed and does not hold them.
        """
        if not 0 < timescale <= MAX_TIME_SCALE:
            raise TimestampError(f"time scale {timescale} is not within 1 … {MAX_TIME_SCALE}.")
        if self.rounds or not self.scale:
            return 1
        common = math.lcm(self.scale, timescale)
        if self.is_fixed and common != self.scale:
            raise TimestampError(
                f"times in 1/{timescale} s do not fit the track's 1/{self.scale} s, which is written already.",
                hint="Set media_time_scale to round times to it, or give all times in one time scale.",
            )
        if common > MAX_TIME_SCALE:
            raise TimestampError(
                f"times in 1/{timescale} s do not fit the track's 1/{self.scale} s: "
                f"the first time scale to hold both exactly, {common}, is beyond {MAX_TIME_SCALE}.",
                hint="Set media_time_scale to round times to it, or give all times in one time scale.",
            )
        return common // self.scale

    def fix(self, scale: int) -> None:
        """Let the scale be what it is by now, or the one given where no sample has come yet, and never change."""
        self.scale = self.scale or scale
        self.is_fixed = True

    def grow(self, factor: int, timescale: int) -> None:
        """Take on the time scale for which ``growth`` gave the factor."""
        self.scale = self.scale * factor if self.scale else timescale
        if factor != 1:
            self.duration *= factor
            for stretch in self.stretches:
                stretch.media *= factor
                stretch.source *= factor

    def ticks(self, values: Iterable[int], timescale: int) -> list[int]:
        """Positions on the source's time line in media ticks, rounded half away from zero."""
        numerator, denominator = self.scale, timescale
        return [round_half_away(value * numerator, denominator) for value in values]

    def note_rounding(self, values: Iterable[int], ticks: Iterable[int], timescale: int) -> None:
        """Remember the largest distance between positions and the ticks they became."""
        scale = self.scale
        worst = max(abs(tick * timescale - value * scale) for value, tick in zip(values, ticks, strict=True))
        self._error = max(self._error, Fraction(worst, timescale * scale))

    def gap(self, decode: int, timescale: int) -> bool:
        """Whether a sample decoded then would leave a hole behind the samples so far.

        Raises:
            TimestampError: it would come before their end.
        """
        if not self.stretches:
            return False
        late = decode * self._end_scale - self._end * timescale
        if late < 0:
            start, end = Fraction(decode, timescale), Fraction(self._end, self._end_scale)
            raise TimestampError(
                f"decode time {start} s comes before {end} s, where the track's last sample ends.",
                hint="Samples of a track must be written in decode order, without overlaps.",
            )
        return late > 0

    def advance(self, first_sample: int, source: int, duration: int, *, gap: bool) -> None:
        """Add samples that begin at ``source`` and last ``duration`` (media ticks), behind a hole or not."""
        if gap or not self.stretches:
            self.stretches.append(Stretch(first_sample, self.duration, source))
        self.duration += duration

    def set_end(self, end: int, timescale: int) -> None:
        """Where the last sample ends on the source's time line, exactly as given."""
        self._end, self._end_scale = end, timescale
