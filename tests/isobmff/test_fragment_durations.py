"""How long tracks last whose fragments their headers know nothing of."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reelwright.isobmff.fragment_durations import longest, with_fragment_durations
from reelwright.isobmff.header_reader import MovieHeader
from reelwright.model.facts import IDENTITY, EditEntry, TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

MOVIE = MovieHeader(None, None, 600, None, Fraction(1), Fraction(1), IDENTITY)


class Ends:
    """Fragments that end when they are told to."""

    def __init__(self, media: dict[int, Fraction] | None = None, presented: dict[int, Fraction] | None = None) -> None:
        self._media, self._presented = media or {}, presented or {}

    def ends(self) -> dict[int, Fraction]:
        assert not self._presented, "nobody needs to know"
        return self._media

    def presented_ends(self) -> dict[int, Fraction]:
        return self._presented


def track(number: int = 1, **facts: Any) -> TrackFacts:
    return TrackFacts(track_id=number, handler="vide", media_type=MediaType.VIDEO, time_scale=1000, **facts)


def read(*tracks: TrackFacts, **ends: dict[int, Fraction]) -> tuple[TrackFacts, ...]:
    return with_fragment_durations(tracks, Ends(**ends), MOVIE)  # type: ignore[arg-type]


def seconds(*tracks: TrackFacts, **ends: dict[int, Fraction]) -> list[Fraction]:
    return [found.duration.fraction for found in read(*tracks, **ends)]


def test_the_end_of_the_media_is_the_tracks() -> None:
    (found,) = read(track(), media={1: Fraction(7, 2)})
    assert (found.duration.fraction, found.media_duration) == (Fraction(7, 2), 3500)


def test_a_track_without_fragments_keeps_what_its_header_has() -> None:
    assert seconds(track(media_duration=250), track(2), media={}) == [Fraction(1, 4), 0]


def test_segment_indexes_are_asked_first_and_stand_for_tracks_they_do_not_name() -> None:
    found = read(track(), track(2, edits=(EditEntry(0, 40),)), presented={1: Fraction(3)})
    assert [one.duration.fraction for one in found] == [3, 3]
    assert [one.media_duration for one in found] == [3000, 3040]


def test_edits_say_how_much_of_the_media_is_shown() -> None:
    ends = {1: Fraction(10)}
    assert seconds(track(edits=(EditEntry(300, None), EditEntry(0, 2000))), media=ends) == [Fraction(17, 2)]
    assert seconds(track(edits=(EditEntry(1200, 0),)), media=ends) == [2]
    assert seconds(track(edits=(EditEntry(600, 0), EditEntry(300, None))), media=ends) == [Fraction(3, 2)]
    assert seconds(track(edits=(EditEntry(0, 12_000),)), media=ends) == [0]


@pytest.mark.parametrize(
    ("edit", "goes_on"),
    [
        (EditEntry(120, 0), True),
        (EditEntry(60, 100), True),
        (EditEntry(121, 0), True),  # rounded up to a tick of the movie
        (EditEntry(122, 0), False),
        (EditEntry(120, 0, Fraction(2)), False),
        (EditEntry(120, None), False),
        (EditEntry(0, 0), False),  # it goes on already
    ],
)
def test_edits_written_before_the_fragments_were(edit: EditEntry, goes_on: bool) -> None:
    (found,) = read(track(edits=(edit,), media_duration=200, sample_count=2), media={1: Fraction(1)})
    assert (found.edits[-1].duration == 0) is (goes_on or edit.duration == 0)
    assert bool(found.problems) is goes_on


@pytest.mark.parametrize("count", [0, None])
def test_a_length_without_samples_was_not_outgrown(count: int | None) -> None:
    (found,) = read(track(edits=(EditEntry(60, 0),), media_duration=1000, sample_count=count), media={1: Fraction(1)})
    assert (found.edits, found.problems) == ((EditEntry(60, 0),), ())


def test_times_that_no_clock_can_say_exactly_are_rounded_and_absurd_ones_unknown() -> None:
    (found,) = read(track(), media={1: Fraction(1, (1 << 31) + 1) + 2})
    assert found.duration == Time(2000, 1000)
    (found,) = read(track(), media={1: Fraction(1 << 62)})
    assert not found.duration.is_numeric


def test_the_longest_of_what_is_known() -> None:
    assert longest([Time(1, 2), Time.INVALID, Time(2, 3)]) == Time(2, 3)
    assert not longest([Time.INVALID]).is_numeric
    assert not longest([]).is_numeric
