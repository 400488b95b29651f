"""A track's edit list as segments: which stretch of the media plays when on the asset's time line, and at what rate.

Files say it in ticks of two clocks, with special cases for no list, nothing, fragments and lists that reach beyond the
media; here every case becomes the same thing, exact time mappings that follow one another (``AVAssetTrackSegment``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from reelwright.model.facts import EditEntry, MediaFacts, TrackFacts
from reelwright.model.time import Time, TimeLike
from reelwright.model.time_range import TimeMapping, TimeRange
from reelwright.reading.passage import as_time

__all__ = ["AssetTrackSegment", "TrackTimeLine", "segments_of"]

_UNKNOWN = frozenset({0, (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1})  # durations that stand for all that follows
_MOST_EDITS = 1 << 15
_LATEST = 1 << 30  # seconds: 34 years, which 64 bits hold in ticks of any clock; nothing real is longer


@dataclass(frozen=True, slots=True)
class AssetTrackSegment:
    """One stretch of a track (``AVAssetTrackSegment``).

    Attributes:
        time_mapping: from the media's time line (source) to the asset's (target).
    """

    time_mapping: TimeMapping

    @property
    def is_empty(self) -> bool:
        """Nothing is shown in that time."""
        return self.time_mapping.is_empty

    def shown(self, media_range: TimeRange) -> TimeRange | None:
        """When a stretch of the media, or what this segment has of it, is shown here; None when it is not."""
        source, target = self.time_mapping.source, self.time_mapping.target
        if self.is_empty:
            return None
        if source.duration == Time.ZERO:
            return target if media_range.contains(source.start) else None
        common = source.intersection(media_range)
        if common.duration == Time.ZERO:
            return None
        return TimeRange(source.map_time(common.start, target), source.map_duration(common.duration, target))


def segments_of(track: TrackFacts, media: MediaFacts, media_end: Callable[[], int]) -> tuple[AssetTrackSegment, ...]:
    """The segments of a track, in order and without holes.

    * Without an edit list the whole media plays from time 0 on (ISO/IEC 14496-12, 8.6.5).
    * A duration of 0 or of all ones stands for all that follows; so does, in a fragmented file, the duration of a last
      edit that ends where the movie header's own samples end.
    * What an edit has beyond the end of the media is cut off; before other edits it is a time without anything. A last
      edit that ends less than a tick of the movie before or behind the media's end ends with it: its writer could not
      say it more exactly.
    * A media time below 0 begins with so much time without anything. A rate of 0 holds one moment; a negative one,
      which no player knows, is taken as 1.
    * Of more than 32 768 edits, which no film has, only so many are looked at.

    Args:
        media_end: where the last sample ends, in ticks of the media.
    """
    layout = _Layout(track, media, media_end())
    return tuple(layout.segments() if track.edits else layout.whole())


@dataclass(frozen=True, slots=True)
class _Layout:
    """Edits laid one behind the other, in seconds."""

    track: TrackFacts
    media: MediaFacts
    media_end: int

    @property
    def end(self) -> Fraction:
        return min(Fraction(self.media_end, self.track.time_scale), Fraction(_LATEST))

    def whole(self) -> Iterator[AssetTrackSegment]:
        if self.media_end > 0:
            yield self._playing(Fraction(0), Fraction(0), self.end, Fraction(1))

    def segments(self) -> Iterator[AssetTrackSegment]:
        """All edits. The cursor is where the next one begins on the asset's time line."""
        cursor = Fraction(0)
        edits = self.track.edits[:_MOST_EDITS]
        last = max((number for number, edit in enumerate(edits) if edit.media_time is not None), default=-1)
        for number, edit in enumerate(edits):
            for segment in self._edit(edit, cursor, is_last=number == last):
                target = segment.time_mapping.target
                cursor = target.start.fraction + target.duration.fraction
                yield segment
            if cursor > _LATEST:
                return

    def _edit(self, edit: EditEntry, cursor: Fraction, *, is_last: bool) -> Iterator[AssetTrackSegment]:
        stated = Fraction(edit.duration, self.media.time_scale)
        duration = None if edit.duration in _UNKNOWN or stated > _LATEST else stated
        if edit.media_time is None:
            if duration is not None:
                yield self._empty(cursor, duration)
            return
        if edit.rate == 0:
            yield from self._dwell(edit.media_time, cursor, duration, is_last=is_last)
            return
        if duration is None and edit.duration == 0 and not is_last:
            return  # it lasts no time at all
        rate = edit.rate if edit.rate > 0 else Fraction(1)
        start = Fraction(edit.media_time, self.track.time_scale)
        if start < 0:
            lead = -start / rate if duration is None else min(-start / rate, duration)
            if lead > _LATEST:
                return
            yield self._empty(cursor, lead)
            if lead < -start / rate:
                return  # its time is over before the media begins
            cursor, start = cursor + lead, Fraction(0)
            duration = None if duration is None else duration - lead
        yield from self._play(start, cursor, duration, rate, is_last=is_last)

    def _play(
        self, start: Fraction, cursor: Fraction, duration: Fraction | None, rate: Fraction, *, is_last: bool
    ) -> Iterator[AssetTrackSegment]:
        """A stretch that plays, cut to what the media has, and what is then missing of its time."""
        available = min((self.end - start) / rate, Fraction(_LATEST))
        if available <= 0:
            if duration is not None and not is_last:
                yield self._empty(cursor, duration)
            return
        asked = available if duration is None or self._goes_on(start, duration, is_last) else duration
        tick = Fraction(1, self.media.time_scale)
        if is_last:
            shown = available if asked > available - tick else asked
        else:
            shown = available if asked >= available + tick else asked
        if shown > 0:
            yield self._playing(start, cursor, shown, rate)
        if not is_last and asked > shown:
            yield self._empty(cursor + shown, asked - shown)

    def _goes_on(self, start: Fraction, duration: Fraction, is_last: bool) -> bool:
        """Whether an edit covers just what a fragmented file's movie header has, so that fragments go on with it."""
        if not (is_last and self.media.contains_fragments):
            return False
        header = Fraction(self.track.media_duration, self.track.time_scale)
        return abs(start + duration - header) < Fraction(1, self.media.time_scale)

    def _dwell(
        self, media_time: int, cursor: Fraction, duration: Fraction | None, *, is_last: bool
    ) -> Iterator[AssetTrackSegment]:
        if duration is None:
            return
        if 0 <= media_time < self.media_end:
            source = TimeRange(Time(media_time, self.track.time_scale), Time(0, self.track.time_scale))
            yield AssetTrackSegment(TimeMapping(source, self._target(cursor, duration)))
        elif not is_last:
            yield self._empty(cursor, duration)

    def _playing(self, start: Fraction, cursor: Fraction, duration: Fraction, rate: Fraction) -> AssetTrackSegment:
        scale = self.track.time_scale
        source = TimeRange(as_time(start, scale), as_time(duration * rate, scale))
        return AssetTrackSegment(TimeMapping(source, self._target(cursor, duration)))

    def _empty(self, cursor: Fraction, duration: Fraction) -> AssetTrackSegment:
        return AssetTrackSegment(TimeMapping.empty(self._target(cursor, duration)))

    def _target(self, start: Fraction, duration: Fraction) -> TimeRange:
        return TimeRange(self._time(start), self._time(duration))

    def _time(self, seconds: Fraction) -> Time:
        """In ticks of the movie where that is exact, else of the media."""
        exact = self.media.time_scale % seconds.denominator == 0
        return as_time(seconds, self.media.time_scale if exact else self.track.time_scale)


class TrackTimeLine:
    """The way from a track's place on the asset's time line to its media and back.

    Args:
        segments: in order.
    """

    def __init__(self, segments: Iterable[AssetTrackSegment]) -> None:
        self.segments = tuple(segments)
        self._ends = [segment.time_mapping.target.end for segment in self.segments]

    @property
    def time_range(self) -> TimeRange:
        """From the first thing that is shown to the last; ``TimeRange.ZERO`` when nothing is."""
        shown = [segment.time_mapping.target for segment in self.segments if not segment.is_empty]
        return TimeRange.from_times(shown[0].start, shown[-1].end) if shown else TimeRange.ZERO

    def segment_at(self, track_time: TimeLike) -> AssetTrackSegment | None:
        """The segment that holds a time, else the one that is nearest to it; None without segments."""
        time = Time.of(track_time)
        if not self.segments or not time.is_valid:
            return None
        place = bisect_right(self._ends, time)
        return self.segments[min(place, len(self.segments) - 1)]

    def to_media_time(self, track_time: TimeLike) -> Time:
        """The moment of the media that is shown then; INVALID when nothing is."""
        time = Time.of(track_time)
        segment = self.segment_at(time) if time.is_numeric else None
        if segment is None or segment.is_empty or not segment.time_mapping.target.contains(time):
            return Time.INVALID
        source, target = segment.time_mapping.source, segment.time_mapping.target
        if source.duration == Time.ZERO:
            return source.start
        moment = source.start.fraction + (time.fraction - target.start.fraction) * _rate(segment)
        return as_time(moment, source.start.timescale)

    def to_track_time(self, media_time: TimeLike) -> Time:
        """When a moment of the media is shown for the first time; INVALID when it never is."""
        time = Time.of(media_time)
        for segment in self.segments if time.is_numeric else ():
            source, target = segment.time_mapping.source, segment.time_mapping.target
            if segment.is_empty or not (source.contains(time) or source.start == time):
                continue
            if source.duration == Time.ZERO:
                return target.start
            moment = target.start.fraction + (time.fraction - source.start.fraction) / _rate(segment)
            return as_time(moment, source.start.timescale)
        return Time.INVALID


def _rate(segment: AssetTrackSegment) -> Fraction:
    mapping = segment.time_mapping
    return mapping.source.duration.fraction / mapping.target.duration.fraction
