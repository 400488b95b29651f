"""What a movie's header says when all of its media is known: time scale, edits, durations, and the summary of them.

The plan is made from the tracks' tables and may be laid out more than once, for media that moves; who writes it, and
where, is the business of the writers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reelwright.isobmff.box import Box
from reelwright.isobmff.edits import EditPlan, Window, plan_edits
from reelwright.isobmff.headers import movie_header
from reelwright.isobmff.timeline import MAX_TIME_SCALE
from reelwright.isobmff.track import MovieTrack
from reelwright.model.errors import TimestampError
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

__all__ = [
    "MoviePlan",
    "MovieSummary",
    "Session",
    "TrackSummary",
    "choose_movie_time_scale",
    "plan_movie",
    "session_moments",
    "session_window",
]

_EMPTY_MOVIE_TIME_SCALE = 600

Session = tuple[Fraction | None, Fraction | None]
"""Start and end of what is presented, in seconds of the source's time line; None for what the tracks say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackSummary:
    """What was written of one track.

    Attributes:
        samples, chunks, bytes: how much of it lies in the file.
        media_time_scale: ticks a second of its media. media_duration: seconds of all samples, presented or not.
        presented_start: second of the movie at which its media is presented first; None when nothing is presented.
        presented_duration: seconds of the movie in which its media is presented, as the file says.
        largest_rounding: seconds by which the sample farthest from its given time is off. 0 when none was rounded.
        edit_rounding: the same for the edges of its edits, in movie and media ticks.
        edits: entries of its edit list.
        is_written: False for a track that never got a sample description, which a file cannot hold.
        notes: what the file could not say of it.
    """

    track_id: int
    media_type: MediaType
    samples: int
    chunks: int
    bytes: int
    media_time_scale: int
    media_duration: Fraction
    presented_start: Fraction | None
    presented_duration: Fraction
    largest_rounding: Fraction
    edit_rounding: Fraction
    edits: int
    is_written: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MovieSummary:
    """What was written.

    Attributes:
        header_method: ``"last"``, or ``"first, "`` and how it got its room: ``"in memory"``, ``"reserved"``,
            ``"inserted"``, ``"moved in place"`` or ``"rewritten"``. ``"fragmented"``: each fragment has its own.
        movie_time_scale: ticks a second of edits and durations. duration: seconds that the movie plays.
        bytes: size of the file.
        tracks: one summary a track, in the order they were added.
    """

    header_method: str
    movie_time_scale: int
    duration: Fraction
    bytes: int
    tracks: tuple[TrackSummary, ...]


@dataclass(frozen=True, slots=True)
class MoviePlan:
    """The header of a movie in numbers.

    Attributes:
        time_scale: ticks a second of edits and durations. duration: of the movie, in these.
        edits: by track id, of the tracks that are written.
        tracks: all tracks, in the order they were added.
    """

    time_scale: int
    duration: int
    edits: Mapping[int, EditPlan]
    tracks: Sequence[MovieTrack]

    def header(self, created: int, shift: int = 0) -> Box:
        """``moov`` for media that moves up by ``shift`` bytes. ``created``: seconds since 1904."""
        opening = movie_header(
            created=created, time_scale=self.time_scale, duration=self.duration, next_track_id=len(self.tracks) + 1
        )
        present = frozenset(self.edits)
        written = [track for track in self.tracks if track.track_id in present]
        return Box(
            "moov", opening, *(track.box(self.edits[track.track_id], created, shift, present) for track in written)
        )

    def summary(self, method: str, size: int) -> MovieSummary:
        """What was written, into a file of that size."""
        return MovieSummary(
            header_method=method,
            movie_time_scale=self.time_scale,
            duration=Fraction(self.duration, self.time_scale),
            bytes=size,
            tracks=tuple(_summary(track, self.edits.get(track.track_id), self.time_scale) for track in self.tracks),
        )


def plan_movie(tracks: Sequence[MovieTrack], session: Session, time_scale: int = 0) -> MoviePlan:
    """The plan for tracks that have all their samples; those without a description are left out.

    Args:
        session: from ``session_moments``. time_scale: as of ``MovieWriter``.
    """
    written = [track for track in tracks if track.is_described]
    edges = [moment for moment in session if moment is not None]
    for track in written:
        track.make_room_for_edges(edges)
    scale = time_scale or choose_movie_time_scale(written, edges)
    edits = _plan(written, scale, session)
    return MoviePlan(scale, max((plan.duration for plan in edits.values()), default=0), edits, tuple(tracks))


def session_window(tracks: Iterable[MovieTrack], session: Session) -> Window:
    """What is presented of tracks: from the session's start, or their own, to the session's end."""
    known = [interval for track in tracks if (interval := track.bounds()) is not None]
    start, end = session
    return Window(min((first for first, _ in known), default=Fraction(0)) if start is None else start, end)


def _plan(tracks: Sequence[MovieTrack], scale: int, session: Session) -> dict[int, EditPlan]:
    bounds = {track.track_id: track.bounds() for track in tracks}
    last = max((interval[1] for interval in bounds.values() if interval is not None), default=Fraction(0))
    window = session_window(tracks, session)
    return {
        track.track_id: plan_edits(
            track.extents(),
            media_time_scale=track.media_time_scale,
            movie_time_scale=scale,
            session=window,
            bounds=bounds[track.track_id],
            empty_until=last if window.end is None else window.end,
        )
        for track in tracks
    }


def choose_movie_time_scale(tracks: Sequence[MovieTrack], edges: Iterable[Fraction] = ()) -> int:
    """Ticks a second in which every sample of every track begins on a tick, and if possible the session's edges (in
    seconds) lie on one; if there is none, the rate of the sound.

    Without sound the largest scale is taken, without samples 600 (QuickTime's default).
    """
    scales = {track.media_time_scale for track in tracks if track.sample_count} or {_EMPTY_MOVIE_TIME_SCALE}
    common = math.lcm(*scales)
    exact = math.lcm(common, *(moment.denominator for moment in edges))
    if exact <= MAX_TIME_SCALE:
        return exact
    if common <= MAX_TIME_SCALE:
        return common
    sound = [
        track.media_time_scale for track in tracks if track.sample_count and track.options.media_type is MediaType.AUDIO
    ]
    return max(sound or scales)


def session_moments(start: Time | None, end: Time | None) -> Session:
    """A session's edges in seconds.

    Raises:
        TimestampError: an edge that is no moment, or an end before the start.
    """
    moments = []
    for name, time in (("start", start), ("end", end)):
        if time is not None and not time.is_numeric:
            raise TimestampError(f"the session cannot {name} at {time!r}, which is no moment.")
        moments.append(None if time is None else time.fraction)
    first, last = moments
    if first is not None and last is not None and last < first:
        raise TimestampError(f"the session ends at {last} s, before it starts at {first} s.")
    return first, last


def _summary(track: MovieTrack, plan: EditPlan | None, scale: int) -> TrackSummary:
    plan = plan or EditPlan()
    return TrackSummary(
        track_id=track.track_id,
        media_type=track.options.media_type,
        samples=track.sample_count,
        chunks=track.chunk_count,
        bytes=track.total_bytes,
        media_time_scale=track.media_time_scale,
        media_duration=track.media_duration,
        presented_start=Fraction(plan.lead, scale) if plan.presented else None,
        presented_duration=Fraction(plan.presented, scale),
        largest_rounding=track.table.time_line.largest_rounding,
        edit_rounding=plan.largest_rounding,
        edits=len(plan.edits),
        is_written=track.is_described,
    )
