"""How long fragmented tracks last on the asset's time line, which their headers were written too early to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from reelwright.isobmff.header_reader import MovieHeader
from reelwright.isobmff.movie_fragments import MovieFragments
from reelwright.model.facts import EditEntry, TrackFacts
from reelwright.model.time import MAX_TIMESCALE, Time

__all__ = ["longest", "with_fragment_durations"]

_OUTGROWN = "the edit list covers only what comes before the fragments: its last edit is taken to go on to the end."


def with_fragment_durations(
    tracks: Sequence[TrackFacts], fragments: MovieFragments, movie: MovieHeader
) -> tuple[TrackFacts, ...]:
    """The tracks with the durations that their fragments give them.

    Where a segment index tells the end of one track, the others are taken to end with it. An edit list that covers no
    more than the movie header's own samples is taken to go on, for it was written before the fragments were.
    """
    ends = fragments.ends()
    if not ends:
        return tuple(tracks)
    last = max(ends.values())
    return tuple(_extended(track, ends.get(track.track_id, last), movie) for track in tracks)


def _extended(track: TrackFacts, end: Fraction, movie: MovieHeader) -> TrackFacts:
    edits = track.edits
    if edits and _is_outgrown(track, movie):
        edits = (*edits[:-1], replace(edits[-1], duration=0))
        track = replace(track, edits=edits, problems=(*track.problems, _OUTGROWN))
    media_duration = max(track.media_duration, round(end * track.time_scale))
    return replace(track, duration=_presented(edits, end, track, movie), media_duration=media_duration)


def _is_outgrown(track: TrackFacts, movie: MovieHeader) -> bool:
    last = track.edits[-1]
    if not last.duration or last.media_time is None or last.rate != 1:
        return False
    covered = Fraction(last.media_time, track.time_scale) + Fraction(last.duration, movie.time_scale)
    held = Fraction(track.media_duration, track.time_scale)
    return covered <= held + Fraction(1, movie.time_scale)


def _presented(edits: tuple[EditEntry, ...], end: Fraction, track: TrackFacts, movie: MovieHeader) -> Time:
    """The end on the asset's time line: of the edits, the last of which may stand for all that follows."""
    seconds = sum((Fraction(edit.duration, movie.time_scale) for edit in edits), Fraction(0))
    if not edits:
        seconds = end
    elif not edits[-1].duration and edits[-1].media_time is not None:
        seconds += max(Fraction(0), end - Fraction(edits[-1].media_time, track.time_scale))
    if seconds.denominator <= MAX_TIMESCALE:
        return Time(seconds.numerator, seconds.denominator)
    return Time(round(seconds * track.time_scale), track.time_scale)


def longest(durations: Iterable[Time]) -> Time:
    """The longest of those that are known; INVALID when none is."""
    return max((duration for duration in durations if duration.is_numeric), default=Time.INVALID)
