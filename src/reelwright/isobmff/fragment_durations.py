"""How long fragmented tracks last on the asset's time line, which their headers were written too early to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from reelwright.isobmff.header_reader import MovieHeader
from reelwright.isobmff.movie_fragments import MovieFragments
from reelwright.model.facts import TrackFacts
from reelwright.model.time import MAX_TIMESCALE, Time

__all__ = ["longest", "with_fragment_durations"]

_MOST_TICKS = 1 << 62
_OUTGROWN = "the edit list covers only what comes before the fragments: its last edit is taken to go on to the end."


def with_fragment_durations(
    tracks: Sequence[TrackFacts], fragments: MovieFragments, movie: MovieHeader
) -> tuple[TrackFacts, ...]:
    """The tracks with the durations that their fragments give them.

    Where segment indexes tell the end of one track, the others are taken to end with it. An edit list that covers no
    more than the movie header's own samples is taken to go on, for it was written before the fragments were.
    """
    tracks = [_outgrown(track, movie) for track in tracks]
    presented = fragments.presented_ends()
    if presented:
        last = max(presented.values())
        return tuple(_presented_until(track, presented.get(track.track_id, last)) for track in tracks)
    ends = fragments.ends()
    return tuple(_with_media_end(track, ends.get(track.track_id, Fraction(0)), movie) for track in tracks)


def _outgrown(track: TrackFacts, movie: MovieHeader) -> TrackFacts:
    if not track.edits or not _is_outgrown(track, movie):
        return track
    edits = (*track.edits[:-1], replace(track.edits[-1], duration=0))
    return replace(track, edits=edits, problems=(*track.problems, _OUTGROWN))


def _is_outgrown(track: TrackFacts, movie: MovieHeader) -> bool:
    last = track.edits[-1]
    if not last.duration or last.media_time is None or last.rate != 1:
        return False
    covered = Fraction(last.media_time, track.time_scale) + Fraction(last.duration, movie.time_scale)
    held = Fraction(track.media_duration if track.sample_count else 0, track.time_scale)
    return covered <= held + Fraction(1, movie.time_scale)


def _presented_until(track: TrackFacts, end: Fraction) -> TrackFacts:
    hidden = next((edit.media_time for edit in track.edits if edit.media_time is not None), 0)
    media_duration = max(track.media_duration, round(end * track.time_scale) + hidden)
    return replace(track, duration=_time(end, track), media_duration=media_duration)


def _with_media_end(track: TrackFacts, end: Fraction, movie: MovieHeader) -> TrackFacts:
    """The last edit may stand for all that follows; a track without samples in fragments stays as it is."""
    end = max(end, Fraction(track.media_duration, track.time_scale))
    seconds = end
    if track.edits:
        seconds = sum((Fraction(edit.duration, movie.time_scale) for edit in track.edits), Fraction(0))
        last = track.edits[-1]
        if not last.duration and last.media_time is not None:
            seconds += max(Fraction(0), end - Fraction(last.media_time, track.time_scale))
    return replace(track, duration=_time(seconds, track), media_duration=round(end * track.time_scale))


def _time(seconds: Fraction, track: TrackFacts) -> Time:
    """Seconds as a time, exactly where that can be; INVALID for what no film lasts."""
    if seconds.denominator <= MAX_TIMESCALE and seconds.numerator < _MOST_TICKS:
        return Time(seconds.numerator, seconds.denominator)
    ticks = round(seconds * track.time_scale)
    return Time(ticks, track.time_scale) if ticks < _MOST_TICKS else Time.INVALID


def longest(durations: Iterable[Time]) -> Time:
    """The longest of those that are known; INVALID when none is."""
    return max((duration for duration in durations if duration.is_numeric), default=Time.INVALID)
