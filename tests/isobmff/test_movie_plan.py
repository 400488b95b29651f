"""The plan of a header: sessions, windows, and that laying it out twice changes nothing but places."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.fakes import RATE, jpeg, pcm, pictures, sound
from tests.isobmff.reading import Atom, chunk_places

from reelwright.isobmff.movie_plan import choose_movie_time_scale, plan_movie, session_moments, session_window
from reelwright.isobmff.track import MovieTrack, TrackOptions
from reelwright.model.errors import TimestampError
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time


def tracks() -> list[MovieTrack]:
    video = MovieTrack(1, TrackOptions(media_type=MediaType.VIDEO), FileType.MP4)
    audio = MovieTrack(2, TrackOptions(media_type=MediaType.AUDIO), FileType.MP4)
    video.append(pictures([1] * 24, 24, description=video.describe(jpeg())), 100)
    audio.append(sound(RATE, RATE // 2, description=audio.describe(pcm())), 5000)
    return [video, audio, MovieTrack(3, TrackOptions(media_type=MediaType.TEXT), FileType.MP4)]


def test_a_session_in_seconds() -> None:
    assert session_moments(None, Time(3, 2)) == (None, Fraction(3, 2))
    assert session_moments(Time(1), Time(1)) == (Fraction(1), Fraction(1))
    with pytest.raises(TimestampError, match="before it starts"):
        session_moments(Time(2), Time(1))
    with pytest.raises(TimestampError, match="no moment"):
        session_moments(Time.INVALID, None)


def test_what_is_presented_begins_with_the_session_or_the_earliest_track() -> None:
    made = tracks()
    assert session_window(made, (None, None)).start == Fraction(1, 2)
    assert session_window(made, (Fraction(1, 3), Fraction(2))).start == Fraction(1, 3)
    assert session_window(made[2:], (None, None)).start == 0


def test_the_scale_of_the_movie() -> None:
    made = tracks()
    assert choose_movie_time_scale(made) == RATE
    assert choose_movie_time_scale(made, [Fraction(1, 7)]) == 7 * RATE
    assert choose_movie_time_scale(made[:1]) == 24
    assert choose_movie_time_scale(made[2:]) == 600


def test_a_plan_moves_places_and_nothing_else() -> None:
    plan = plan_movie(tracks(), (None, None))
    assert (plan.time_scale, plan.duration, sorted(plan.edits)) == (RATE, 72000, [1, 2])
    first, moved = (Atom("moov", 0, 8, plan.header(0, shift).render()[8:]) for shift in (0, 1000))
    places = [[chunk_places(trak.one("mdia", "minf", "stbl")) for trak in box.all("trak")] for box in (first, moved)]
    assert places == [[[100], [5000]], [[1100], [6000]]]
    assert len(first.body) == len(moved.body)
    summary = plan.summary("last", 4711)
    assert (summary.duration, summary.bytes, summary.header_method) == (Fraction(3, 2), 4711, "last")
    assert [track.is_written for track in summary.tracks] == [True, True, False]
