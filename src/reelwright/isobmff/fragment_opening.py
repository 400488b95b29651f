"""The header of a film whose samples come in fragments, and what it settles for all of them.

It is written when the first fragment ends: from then on the tracks' time scales, sample descriptions, edits and the
zero of their media are what they are. Its edits last 0, which says "to the end, wherever that will be" (ISO/IEC
14496-12, 8.6.6.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from reelwright.isobmff.box import Box
from reelwright.isobmff.edits import EMPTY, Edit, EditPlan
from reelwright.isobmff.fragment_boxes import movie_extends
from reelwright.isobmff.fragment_media import TrackClock
from reelwright.isobmff.headers import movie_header
from reelwright.isobmff.movie_plan import choose_movie_time_scale, session_window
from reelwright.isobmff.sample_table import Chunk
from reelwright.isobmff.timeline import round_half_away
from reelwright.isobmff.track import MovieTrack
from reelwright.model.errors import FrameError, TimestampError

__all__ = ["FragmentOpening", "check_chunk", "check_description", "ticks", "time_scale_of", "unfilled_header"]

_UNKNOWN_TIME_SCALE = 240_000  # of a track whose first sample is still to come: 24 to 120 pictures a second, NTSC's too
_HEAD_ROOM = 1  # second before the session's start that the media of such a track has, for priming
_TO_THE_END = 0


def ticks(moment: Fraction, scale: int) -> int:
    """A moment in the nearest tick."""
    exact = moment * scale
    return round_half_away(exact.numerator, exact.denominator)


def time_scale_of(track: MovieTrack) -> int:
    """Settle the ticks a second of a track that has a description, with samples or before them."""
    track.table.time_line.fix(track.formats[0].sample_rate or _UNKNOWN_TIME_SCALE)
    return track.media_time_scale


def check_description(clocks: Mapping[int, TrackClock], track: MovieTrack, chunk: Chunk) -> TrackClock:
    """See that the header that is written describes a chunk; returns how its track's times are counted.

    Raises:
        FrameError: the header has no such track or sample description.
    """
    clock = clocks.get(track.track_id)
    known = 0 if clock is None else clock.descriptions
    if clock is None or chunk.description > known:
        raise FrameError(
            f"sample description {chunk.description} came after the header, which has {known} of track "
            f"{track.track_id}.",
            hint="Give samples of all formats before the first fragment ends, or write without fragments.",
        )
    return clock


def check_chunk(clocks: Mapping[int, TrackClock], track: MovieTrack, chunk: Chunk) -> None:
    """See that a chunk fits the header that is written.

    Raises:
        FrameError: as ``check_description``.
        TimestampError: the chunk comes before the zero of its track's media.
    """
    clock = check_description(clocks, track, chunk)
    start, zero = Fraction(chunk.decode, chunk.timescale), Fraction(clock.base, clock.time_scale)
    if start < zero:
        raise TimestampError(
            f"decode time {start} s comes before {zero} s, where the track's media begins.",
            hint="Begin later, at a moment of the time line that leaves room for what decodes before it.",
        )


def unfilled_header(
    clocks: Mapping[int, TrackClock],
    edits: Mapping[int, EditPlan],
    *,
    created: int,
    time_scale: int,
    next_track_id: int,
    duration: int | None,
) -> Box:
    """``moov`` without samples (ISO/IEC 14496-12, 8.8.1): tracks with empty tables, and ``mvex``.

    Args:
        edits: by track id. time_scale: ticks a second of edits and ``duration``; the latter as of ``movie_extends``.
        created: seconds since 1904.
    """
    present = frozenset(clocks)
    opening = movie_header(created=created, time_scale=time_scale, duration=0, next_track_id=next_track_id)
    traks = [
        clock.track.unfilled(clock.time_scale).box(edits[track_id], created, 0, present)
        for track_id, clock in clocks.items()
    ]
    return Box("moov", opening, *traks, movie_extends(present, duration))


class FragmentOpening:
    """The header of a fragmented film.

    Args:
        tracks: all tracks, with the samples of the first fragment; those without a description are left out.
        start: second of the source's time line that becomes the movie's zero; None for the earliest sample.
        time_scale: ticks a second of edits, 0 to have them chosen.
        is_combinable: times of the source, and no edits.

    Attributes:
        clocks: how each track's times are counted, by track id.

    Raises:
        TimestampError: a sample of combinable fragments comes before zero.
    """

    def __init__(
        self, tracks: Sequence[MovieTrack], start: Fraction | None, time_scale: int, *, is_combinable: bool
    ) -> None:
        written = [track for track in tracks if track.is_described]
        scales = {track.track_id: time_scale_of(track) for track in written}
        self._start = session_window(written, (start, None)).start
        self._next_track_id = len(tracks) + 1
        self._is_combinable = is_combinable
        self.time_scale = time_scale or choose_movie_time_scale(written, [self._start])
        self.clocks = {track.track_id: self._clock(track, scales[track.track_id]) for track in written}
        self._first_shown = {clock.track.track_id: self._shown_from(clock) for clock in self.clocks.values()}

    def _clock(self, track: MovieTrack, scale: int) -> TrackClock:
        stretches = track.table.time_line.stretches
        descriptions = len(track.formats)
        if self._is_combinable:
            if stretches and stretches[0].source < 0:
                raise TimestampError(
                    f"the first sample's decode time, {Fraction(stretches[0].source, scale)} s, is negative.",
                    hint="Combinable fragments keep the source's times: begin them later.",
                    track=track.track_id,
                )
            return TrackClock(track, 0, 0, scale, descriptions)
        if not stretches:
            return TrackClock(track, ticks(self._start - _HEAD_ROOM, scale), 0, scale, descriptions)
        return TrackClock(track, stretches[0].source, track.table.composition_shift, scale, descriptions)

    def _shown_from(self, clock: TrackClock) -> Fraction:
        """The moment of the source from which a track is presented."""
        extents = clock.track.extents()
        if not extents:
            return self._start
        first = Fraction(min(extent.first for extent in extents), clock.time_scale)
        return max(self._start, first + clock.track.trim_start.fraction)

    def header(self, created: int, duration: Fraction | None, ends: Mapping[int, Fraction] | None = None) -> Box:
        """``moov``.

        Args:
            created: seconds since 1904. duration: seconds of the whole film, None where nobody knows them.
            ends: moments of the source at which tracks end, by track id, once they are known.
        """
        ends = ends or {}
        return unfilled_header(
            self.clocks,
            {track_id: self._edits(clock, ends.get(track_id)) for track_id, clock in self.clocks.items()},
            created=created,
            time_scale=self.time_scale,
            next_track_id=self._next_track_id,
            duration=None if duration is None else ticks(duration, self.time_scale),
        )

    def _edits(self, clock: TrackClock, end: Fraction | None) -> EditPlan:
        if self._is_combinable:
            return EditPlan()
        shown = self._first_shown[clock.track.track_id]
        lead = ticks(shown - self._start, self.time_scale)
        media_time = ticks(shown, clock.time_scale) - clock.base + clock.shift
        length = _TO_THE_END if end is None else max(0, ticks(end - self._start, self.time_scale) - lead)
        return EditPlan(((Edit(lead, EMPTY),) if lead else ()) + (Edit(length, media_time),))
