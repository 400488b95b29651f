"""Edit lists: which part of a track's media is presented, and when (ISO/IEC 14496-12, 8.6.5-6).

A session cuts an interval out of the source's time line and moves it to time zero of the movie. What a track lacks
there becomes an empty edit, what it has beyond stays in the file and is not presented (``AVAssetWriter``'s
``startSession(atSourceTime:)``). Positions are rounded to ticks, durations are differences of rounded positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reelwright.isobmff.box import Box, full_box, i32, i64, u32, u64
from reelwright.isobmff.sample_table import Extent
from reelwright.isobmff.timeline import round_half_away

__all__ = ["EMPTY", "Edit", "EditPlan", "Window", "edit_list", "plan_edits", "presented_bounds"]

EMPTY = -1
_NORMAL_RATE = 1 << 16


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the source's time line that is presented, in seconds; open at its end when ``end`` is None."""

    start: Fraction
    end: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry: ``duration`` in movie ticks, ``media_time`` in media ticks, or ``EMPTY`` when nothing is presented."""

    duration: int
    media_time: int


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The edits of a track.

    Attributes:
        largest_rounding: seconds by which the edge farthest from its exact place is off.
    """

    edits: tuple[Edit, ...] = ()
    largest_rounding: Fraction = Fraction(0)

    @property
    def duration(self) -> int:
        """Movie ticks of all edits: the duration in the track's header."""
        return sum(edit.duration for edit in self.edits)

    @property
    def lead(self) -> int:
        """Movie ticks before anything is presented."""
        return self.edits[0].duration if self.edits and self.edits[0].media_time == EMPTY else 0

    @property
    def presented(self) -> int:
        """Movie ticks in which media is presented."""
        return sum(edit.duration for edit in self.edits if edit.media_time != EMPTY)


def presented_bounds(
    extents: Sequence[Extent], scale: int, trim_start: Fraction, trim_end: Fraction
) -> tuple[Fraction, Fraction] | None:
    """Start and end, on the source's time line, of what a track could present without its trims; None for nothing."""
    if not extents:
        return None
    start = Fraction(min(extent.first for extent in extents), scale) + trim_start
    end = Fraction(max(extent.last for extent in extents), scale) - trim_end
    return (start, end) if start < end else None


def plan_edits(
    extents: Iterable[Extent],
    *,
    media_time_scale: int,
    movie_time_scale: int,
    session: Window,
    bounds: tuple[Fraction, Fraction] | None,
    empty_until: Fraction,
) -> EditPlan:
    """The edits that present a track's stretches within a session.

    Args:
        extents: the stretches in their order.
        bounds: what is left of the track after its trims, from ``presented_bounds``; None presents nothing.
        empty_until: end of the one empty edit that a track gets when nothing of it is presented.
    """
    planner = _Planner(media_time_scale, movie_time_scale, session.start)
    if bounds is not None:
        start = max(bounds[0], session.start)
        end = bounds[1] if session.end is None else min(bounds[1], session.end)
        for extent in extents:
            planner.present(extent, start, end)
    if not planner.edits:
        planner.leave_empty(empty_until)
    return EditPlan(tuple(planner.edits), planner.largest_rounding)


class _Planner:
    """Edits in the making: ``cursor`` is the movie tick up to which everything is decided."""

    def __init__(self, media_time_scale: int, movie_time_scale: int, start: Fraction) -> None:
        self._media_scale = media_time_scale
        self._movie_scale = movie_time_scale
        self._start = start
        self._shown_until = start
        self._cursor = 0
        self._next_media = EMPTY  # media time at which the last edit ended
        self.edits: list[Edit] = []
        self.largest_rounding = Fraction(0)

    def present(self, extent: Extent, start: Fraction, end: Fraction) -> None:
        """Show what a stretch has between two moments of the source, behind what is shown already."""
        begin = max(Fraction(extent.first, self._media_scale), start, self._shown_until)
        finish = min(Fraction(extent.last, self._media_scale), end)
        if begin >= finish:
            return
        at, until = self._movie_ticks(begin), self._movie_ticks(finish)
        if until == at:  # shorter than a movie tick can show
            return
        if at > self._cursor:
            self.edits.append(Edit(at - self._cursor, EMPTY))
            self._next_media = EMPTY
        from_first = self._media_ticks(begin) - extent.first
        self._add_media(until - at, extent.media + from_first)
        self._next_media = extent.media + self._media_ticks(finish) - extent.first
        self._cursor, self._shown_until = until, finish

    def _add_media(self, duration: int, media_time: int) -> None:
        if self.edits and media_time == self._next_media:  # no hole that a movie tick could show
            last = self.edits[-1]
            self.edits[-1] = Edit(last.duration + duration, last.media_time)
        else:
            self.edits.append(Edit(duration, media_time))

    def leave_empty(self, end: Fraction) -> None:
        """Nothing is shown for the whole session."""
        duration = self._movie_ticks(end)
        if duration > 0:
            self.edits.append(Edit(duration, EMPTY))

    def _movie_ticks(self, moment: Fraction) -> int:
        return self._ticks(moment - self._start, self._movie_scale)

    def _media_ticks(self, moment: Fraction) -> int:
        return self._ticks(moment, self._media_scale)

    def _ticks(self, seconds: Fraction, scale: int) -> int:
        exact = seconds * scale
        ticks = round_half_away(exact.numerator, exact.denominator)
        self.largest_rounding = max(self.largest_rounding, abs(ticks - exact) / scale)
        return ticks


def edit_list(edits: Sequence[Edit]) -> Box | None:
    """``edts`` with its ``elst``; None without edits."""
    if not edits:
        return None
    longest = max(edit.duration for edit in edits)
    latest = max(edit.media_time for edit in edits)
    version = int(longest >= 1 << 32 or latest >= 1 << 31)
    duration, media_time = (u64, i64) if version else (u32, i32)
    entries = b"".join(duration(edit.duration) + media_time(edit.media_time) + u32(_NORMAL_RATE) for edit in edits)
    return Box("edts", full_box("elst", version, 0, u32(len(edits)), entries))
