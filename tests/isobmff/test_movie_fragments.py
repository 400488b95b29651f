"""Fragmented movies as a whole: their length by the quickest trustworthy word, edits written too early."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.movies import MOVIE_SCALE, Track, elst, film, moof, mvex, source, tables, traf, trun

from reelwright.isobmff.box import Box, full_box, u16, u32, u64
from reelwright.isobmff.movie_reader import MovieReader, read_movie
from reelwright.model.facts import EditEntry
from reelwright.storage.source import open_source


def sidx(start: int, *segments: tuple[int, int], scale: int = 1000, track_id: int = 1) -> Box:
    entries = [u32(size, duration, 0x90000000) for size, duration in segments]
    return full_box("sidx", 1, 0, u32(track_id, scale), u64(start, 0), u16(0, len(segments)), *entries)


def tfra(track_id: int, *entries: tuple[int, int]) -> Box:
    rows = [u64(time, offset) + b"\1\1\1" for time, offset in entries]
    return full_box("tfra", 1, 0, u32(track_id, 0, len(entries)), *rows)


def mfra(*tables: Box) -> Box:
    return Box("mfra", *tables, full_box("mfro", 0, 0, u32(8 + sum(table.size for table in tables) + 16)))


def fragment(time: int | None, count: int = 1, track_id: int = 1) -> Box:
    return moof(traf(track_id, trun(count), time=time))


def reader(*boxes: Box, track: Track | None = None) -> MovieReader:
    return read_movie(source(track or Track(), mvex(1), after=boxes))


def seconds(movie: MovieReader) -> Fraction:
    return movie.facts.duration.fraction


def was_read(movie: MovieReader) -> bool:
    """Whether all fragments were read to know the length."""
    assert movie._fragments is not None
    return "all" in vars(movie._fragments)


def test_fragments_tell_the_length() -> None:
    movie = reader(fragment(0, 3), fragment(1000, 5))
    facts = movie.facts
    assert seconds(movie) == Fraction(3, 2)
    assert (facts.can_contain_fragments, facts.contains_fragments) == (True, True)
    assert facts.tracks[0].duration.fraction == Fraction(3, 2)
    assert facts.tracks[0].media_duration == 1500


def test_segment_indexes_tell_it_without_reading_fragments() -> None:
    first, second = fragment(0, 3), fragment(300, 4)
    movie = reader(sidx(0, (first.size, 300), (second.size, 400)), first, second)
    assert seconds(movie) == Fraction(7, 10)
    assert not was_read(movie)
    assert movie.index(1).end == 700


def test_one_segment_index_for_each_segment() -> None:
    first, second = fragment(0, 3), fragment(300, 4)
    movie = reader(sidx(0, (first.size, 300)), first, sidx(300, (second.size, 400)), second)
    assert seconds(movie) == Fraction(7, 10)
    assert not was_read(movie)


def test_an_index_that_leaves_out_the_last_fragment_is_not_trusted() -> None:
    first = fragment(0, 3)
    movie = reader(sidx(0, (first.size, 300)), first, fragment(300, 4))
    assert seconds(movie) == Fraction(7, 10)


def test_times_of_segment_indexes_lie_behind_the_edits() -> None:
    first = fragment(0, 3)
    movie = reader(sidx(0, (first.size, 250)), first, track=Track(children=[elst((0, 50))]))
    assert seconds(movie) == Fraction(1, 4)
    assert movie.facts.tracks[0].media_duration == 300


def test_a_segment_index_that_is_damaged_is_not_trusted() -> None:
    movie = reader(sidx(0, (1, 1), scale=0), Box("sidx", b"\0"), fragment(0, 3))
    assert seconds(movie) == Fraction(3, 10)
    assert len(movie.index(1).problems) == 2


def test_random_access_tells_which_fragments_to_read() -> None:
    fragments = [fragment(100 * place) for place in range(50)]
    start = len(film(Track(), mvex(1)))
    offset = start + sum(box.size for box in fragments[:-3])
    movie = reader(*fragments, mfra(tfra(1, (0, start), (4700, offset))))
    assert seconds(movie) == 5
    assert not was_read(movie)


@pytest.mark.parametrize("offset", [0, 1, 1 << 40])
def test_random_access_that_points_nowhere_is_not_trusted(offset: int) -> None:
    movie = reader(fragment(0), fragment(100), mfra(tfra(1, (0, offset))))
    assert seconds(movie) == Fraction(1, 5)
    assert movie.index(1).problems == ()


@pytest.mark.parametrize(
    "box", [Box("mfra", b"\0"), mfra(full_box("tfra", 1, 0, u32(1, 0, 1 << 31))), mfra(Box("tfra"))]
)
def test_random_access_that_is_damaged_is_not_trusted(box: Box) -> None:
    assert seconds(reader(fragment(0), box)) == Fraction(1, 10)


def test_the_last_fragments_tell_it_where_nothing_else_does() -> None:
    movie = reader(*(fragment(100 * place) for place in range(50)))
    assert seconds(movie) == 5
    assert not was_read(movie)


def test_a_track_that_is_not_among_the_last_fragments_has_all_read() -> None:
    boxes = [fragment(0, 90, track_id=2), *(fragment(100 * place) for place in range(50))]
    movie = read_movie(source(Track(), Track(track_id=2), mvex(1, 2), after=boxes))
    assert seconds(movie) == 9
    assert was_read(movie)


def test_an_edit_without_a_duration_stands_for_all_that_follows() -> None:
    movie = reader(fragment(0, 10), track=Track(children=[elst((60, -1), (0, 200))]))
    track = movie.facts.tracks[0]
    assert track.edits == (EditEntry(60, None), EditEntry(0, 200))
    assert track.duration.fraction == Fraction(9, 10)


def test_an_edit_that_covers_only_the_headers_own_samples_goes_on() -> None:
    """It was written before the fragments were."""
    track = Track(tables([1, 1]), duration=200, children=[elst((MOVIE_SCALE * 200 // 1000, 0))])
    movie = reader(fragment(None, 3), track=track)
    found = movie.facts.tracks[0]
    assert found.edits == (EditEntry(0, 0),)
    assert found.duration.fraction == Fraction(1, 2)
    assert "go on to the end" in found.problems[0]


def test_an_edit_of_a_header_without_samples_stays_however_long_its_media_claims_to_be() -> None:
    """Packagers leave the whole length in headers whose samples they moved to fragments."""
    track = Track(duration=1000, children=[elst((MOVIE_SCALE * 400 // 1000, 0))])
    found = reader(fragment(0, 10), track=track).facts.tracks[0]
    assert found.edits == (EditEntry(240, 0),)
    assert found.duration.fraction == Fraction(2, 5)
    assert found.problems == ()


def test_an_edit_that_ends_within_the_fragments_stays() -> None:
    track = Track(tables([1, 1]), duration=200, children=[elst((MOVIE_SCALE * 400 // 1000, 0))])
    found = reader(fragment(None, 9), track=track).facts.tracks[0]
    assert found.edits == (EditEntry(240, 0),)
    assert found.duration.fraction == Fraction(2, 5)


def test_a_hint_is_only_a_hint() -> None:
    extends = Box("mvex", full_box("mehd", 0, 0, u32(MOVIE_SCALE * 9)), full_box("trex", 0, 0, u32(1, 1, 100, 10, 0)))
    movie = read_movie(source(Track(), extends, after=[fragment(0)]))
    assert movie.facts.duration_hint.fraction == 9
    assert seconds(movie) == Fraction(1, 10)


def test_a_header_ready_for_fragments_that_never_came() -> None:
    facts = reader().facts
    assert (facts.can_contain_fragments, facts.contains_fragments) == (True, False)
    assert facts.duration.fraction == 0


@pytest.mark.parametrize("edits", [[], [elst((1, -1), (0, 200))], [elst(((1 << 31) - 1, 5))]])
@pytest.mark.parametrize("scale", [1, 1000, (1 << 31) - 1])
def test_times_that_no_film_has(edits: list[Box], scale: int) -> None:
    facts = reader(fragment((1 << 64) - 1), track=Track(scale=scale, children=edits)).facts
    assert facts.tracks[0].media_duration > 1 << 60
    assert not facts.duration.is_numeric or facts.duration.fraction > 0


def test_fragments_of_a_movie_without_tracks() -> None:
    facts = read_movie(source(mvex(1), after=[fragment(0)])).facts
    assert (facts.tracks, facts.contains_fragments, facts.duration.is_numeric) == ((), True, False)


def test_a_torn_end_keeps_what_came_before() -> None:
    """A writer that was killed leaves zeros, or half a fragment."""
    whole = film(Track(), mvex(1), after=[fragment(0, 3), Box("mdat", bytes(40)), fragment(300, 4)])
    for size in range(len(whole) - 40, len(whole)):
        movie = read_movie(open_source(whole[:size]))
        assert len(movie.index(1)) in (3, 7)
    assert len(read_movie(open_source(whole + bytes(100))).index(1)) == 7
    nonsense = u32(3) + b"moof" + bytes(20)
    movie = read_movie(open_source(whole + nonsense))
    assert len(movie.index(1)) == 7
    assert any("less than its own header" in problem for problem in movie.index(1).problems)
