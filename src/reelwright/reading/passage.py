"""What of a track's media is read, and when it is shown: the edits of a track cut to the ranges that were asked for.

A passage is one stretch of the asset's time line that plays one stretch of the media at one rate, or nothing at all.
Everything is exact; ``PassageClock`` turns media ticks into times of the asset without fractions on the way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from reelwright.model.time import MAX_TIMESCALE, Time
from reelwright.model.time_range import TimeMapping, TimeRange

__all__ = ["Passage", "PassageClock", "as_time", "nearest", "passages_of"]

_FOR_EVER = 1 << 32  # seconds: longer than any media lasts


@dataclass(frozen=True, slots=True)
class Passage:
    """One stretch of the asset's time line, in seconds.

    Attributes:
        start, end: on the asset's time line.
        media_start: the moment of the media that is shown at ``start``; None while nothing is shown (an empty edit).
        rate: media time by asset time; 0 holds one moment of the media (a dwell).
    """

    start: Fraction
    end: Fraction
    media_start: Fraction | None
    rate: Fraction = Fraction(1)

    @property
    def duration(self) -> Fraction:
        return self.end - self.start

    @property
    def media_end(self) -> Fraction:
        """The moment of the media that comes after the last one shown; of a passage that shows something."""
        assert self.media_start is not None
        return self.media_start + self.duration * self.rate

    def to_asset(self, media: Fraction) -> Fraction:
        """When a moment of the media is shown; of a passage that plays."""
        assert self.media_start is not None
        return self.start + (media - self.media_start) / self.rate


def passages_of(edits: Iterable[TimeMapping], ranges: Sequence[TimeRange], *, is_open: bool = False) -> list[Passage]:
    """The passages of a track within ranges of the asset's time line, in the order of the ranges.

    Args:
        edits: the track's segments in order: media time to asset time.
        ranges: numeric starts; durations may be infinite.
        is_open: where the last edit ends is an estimate, so that it goes on as long as there are samples.

    Edits that go on where the one before them ended, in the media and in the asset, become one passage: a decoder need
    not start anew between them.
    """
    whole = [_passage(edit) for edit in edits if edit.target.duration.is_numeric and edit.target.duration > Time.ZERO]
    if is_open and whole and whole[-1].media_start is not None:
        whole[-1] = replace(whole[-1], end=whole[-1].end + _FOR_EVER)
    found: list[Passage] = []
    for span in ranges:
        start = span.start.fraction
        end = None if not span.duration.is_numeric else start + span.duration.fraction
        pieces = (_cut(passage, start, end) for passage in whole)
        _add_joined(found, (piece for piece in pieces if piece is not None))
    return found


def _passage(edit: TimeMapping) -> Passage:
    start = edit.target.start.fraction
    end = start + edit.target.duration.fraction
    if edit.is_empty:
        return Passage(start, end, None)
    rate = edit.source.duration.fraction / edit.target.duration.fraction
    return Passage(start, end, edit.source.start.fraction, rate)


def _cut(passage: Passage, start: Fraction, end: Fraction | None) -> Passage | None:
    first = max(start, passage.start)
    last = passage.end if end is None else min(end, passage.end)
    if first >= last:
        return None
    media = passage.media_start
    if media is not None:
        media += (first - passage.start) * passage.rate
    return Passage(first, last, media, passage.rate)


def _add_joined(found: list[Passage], pieces: Iterable[Passage]) -> None:
    for piece in pieces:
        last = found[-1] if found else None
        if last is not None and last.end == piece.start and last.rate == piece.rate and _goes_on(last, piece):
            found[-1] = replace(last, end=piece.end)
        else:
            found.append(piece)


def _goes_on(last: Passage, piece: Passage) -> bool:
    if last.media_start is None or piece.media_start is None:
        return last.media_start is piece.media_start
    return last.rate > 0 and last.media_end == piece.media_start


def nearest(value: Fraction) -> int:
    """The nearest whole number, halves up: where a moment falls on a grid of frames of sound."""
    return math.floor(value + Fraction(1, 2))


def as_time(seconds: Fraction, time_scale: int) -> Time:
    """Seconds as a ``Time``: in ticks of the scale where that is exact, else exactly, else rounded to the scale."""
    if time_scale % seconds.denominator == 0:
        return Time(seconds.numerator * (time_scale // seconds.denominator), time_scale)
    if seconds.denominator <= MAX_TIMESCALE:
        return Time(seconds.numerator, seconds.denominator)
    return Time.from_seconds(seconds, time_scale)


class PassageClock:
    """Media ticks as times of the asset, in one passage.

    Args:
        passage: one that plays something. time_scale: ticks of the media a second.
    """

    def __init__(self, passage: Passage, time_scale: int) -> None:
        assert passage.media_start is not None
        self._passage = passage
        self._time_scale = time_scale
        offset = passage.start - passage.media_start
        common = math.lcm(time_scale, offset.denominator)
        # At normal speed one addition is enough, in a scale that holds ticks and offset alike.
        self._is_plain = passage.rate == 1 and common <= MAX_TIMESCALE
        self._scale = common
        self._factor = common // time_scale
        self._offset = offset.numerator * (common // offset.denominator) if self._is_plain else 0
        self._first = math.ceil(passage.media_start * time_scale)
        self._last = math.floor(passage.media_end * time_scale)

    def holds(self, first: int, last: int) -> bool:
        """Whether a stretch of the media is shown as a whole, and nothing need be cut off it."""
        return self._first <= first and last <= self._last

    def time(self, ticks: int) -> Time:
        """When a moment of the media is shown."""
        if self._is_plain:
            return Time(ticks * self._factor + self._offset, self._scale)
        return as_time(self._passage.to_asset(Fraction(ticks, self._time_scale)), self._time_scale)

    def duration(self, ticks: int) -> Time:
        """How long so many ticks of the media last in the asset."""
        if self._is_plain:
            return Time(ticks * self._factor, self._scale)
        return as_time(Fraction(ticks, self._time_scale) / self._passage.rate, self._time_scale)
