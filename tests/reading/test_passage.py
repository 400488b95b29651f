"""Passages: edits cut to ranges, joined where nothing comes between, and ticks turned into exact times."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.model.time import MAX_TIMESCALE, Time
from reelwright.model.time_range import TimeMapping, TimeRange
from reelwright.reading.passage import Passage, PassageClock, as_time, nearest, passages_of

ENDLESS = TimeRange(0, Time.POSITIVE_INFINITY)


def edit(media: float | None, media_length: float, start: float, length: float) -> TimeMapping:
    target = TimeRange(start, length)
    return TimeMapping.empty(target) if media is None else TimeMapping(TimeRange(media, media_length), target)


def test_an_edit_is_a_passage() -> None:
    (passage,) = passages_of([edit(0.5, 2, 0, 2)], [ENDLESS])
    assert passage == Passage(Fraction(0), Fraction(2), Fraction(1, 2))
    assert (passage.duration, passage.media_end) == (2, Fraction(5, 2))
    assert passage.to_asset(Fraction(1)) == Fraction(1, 2)


def test_a_range_cuts_both_ends_and_moves_the_media() -> None:
    (passage,) = passages_of([edit(10, 4, 0, 4)], [TimeRange(1, 2)])
    assert passage == Passage(Fraction(1), Fraction(3), Fraction(11))


def test_a_range_moves_the_media_by_the_rate() -> None:
    (passage,) = passages_of([edit(10, 8, 0, 4)], [TimeRange(1, 2)])
    assert passage == Passage(Fraction(1), Fraction(3), Fraction(12), Fraction(2))
    assert passage.media_end == 16


def test_what_no_range_touches_is_left_out() -> None:
    edits = [edit(0, 1, 0, 1), edit(5, 1, 1, 1), edit(9, 1, 2, 1)]
    assert [passage.media_start for passage in passages_of(edits, [TimeRange(1, 1)])] == [5]
    assert passages_of(edits, [TimeRange(3, 1)]) == []


def test_edits_without_a_length_show_nothing() -> None:
    assert passages_of([edit(0, 0, 0, 0), edit(1, 1, 0, 1)], [ENDLESS]) == [
        Passage(Fraction(0), Fraction(1), Fraction(1))
    ]


def test_edits_that_go_on_are_one_passage() -> None:
    assert passages_of([edit(0, 1, 0, 1), edit(1, 2, 1, 2)], [ENDLESS]) == [
        Passage(Fraction(0), Fraction(3), Fraction(0))
    ]


@pytest.mark.parametrize(
    "second",
    [edit(2, 1, 1, 1), edit(1, 2, 1, 1), edit(None, 0, 1, 1), edit(1, 1, 1.5, 1)],
    ids=["a jump in the media", "another rate", "an empty edit", "a hole in the asset"],
)
def test_edits_that_do_not_go_on_stay_apart(second: TimeMapping) -> None:
    assert len(passages_of([edit(0, 1, 0, 1), second], [ENDLESS])) == 2


def test_a_dwell_is_never_joined() -> None:
    held = TimeMapping(TimeRange(3, 0), TimeRange(0, 1))
    again = TimeMapping(TimeRange(3, 0), TimeRange(1, 1))
    found = passages_of([held, again], [ENDLESS])
    assert [(passage.start, passage.rate, passage.media_start) for passage in found] == [(0, 0, 3), (1, 0, 3)]


def test_empty_edits_side_by_side_are_one() -> None:
    assert passages_of([edit(None, 0, 0, 1), edit(None, 0, 1, 1)], [ENDLESS]) == [
        Passage(Fraction(0), Fraction(2), None)
    ]


def test_ranges_come_in_their_order() -> None:
    found = passages_of([edit(0, 10, 0, 10)], [TimeRange(1, 1), TimeRange(5, 1)])
    assert [passage.media_start for passage in found] == [1, 5]


def test_the_clock_keeps_the_scale_of_the_media_where_it_can() -> None:
    clock = PassageClock(Passage(Fraction(0), Fraction(9), Fraction(1024, 48000)), 48000)
    assert (clock.time(2048).value, clock.time(2048).timescale) == (1024, 48000)
    assert clock.time(0) == Time(-1024, 48000)
    assert clock.duration(1024) == Time(1024, 48000)


def test_the_clock_takes_a_common_scale_when_an_edit_begins_between_ticks() -> None:
    clock = PassageClock(Passage(Fraction(1, 1000), Fraction(9), Fraction(0)), 30000)
    assert clock.time(1001) == Fraction(1, 1000) + Fraction(1001, 30000)


def test_the_clock_is_exact_at_other_rates() -> None:
    clock = PassageClock(Passage(Fraction(1), Fraction(3), Fraction(0), Fraction(3, 2)), 30000)
    assert clock.time(3000) == 1 + Fraction(1, 15)
    assert clock.duration(3000) == Fraction(1, 15)


@given(
    st.fractions(0, 1000, max_denominator=90_000),
    st.fractions(0, 1000, max_denominator=48_000),
    st.integers(0, 10**9),
    st.sampled_from([600, 1000, 30_000, 48_000, 90_000]),
)
def test_the_clock_agrees_with_the_passage(start: Fraction, media: Fraction, ticks: int, scale: int) -> None:
    passage = Passage(start, start + 1, media)
    exact = passage.to_asset(Fraction(ticks, scale))
    found = PassageClock(passage, scale).time(ticks).fraction
    assert found == exact or (exact.denominator > MAX_TIMESCALE and abs(found - exact) <= Fraction(1, 2 * scale))


def test_times_keep_the_scale_that_is_preferred() -> None:
    assert (as_time(Fraction(1, 2), 600).value, as_time(Fraction(1, 2), 600).timescale) == (300, 600)
    assert (as_time(Fraction(1, 7), 600).value, as_time(Fraction(1, 7), 600).timescale) == (1, 7)
    rounded = as_time(Fraction(1, MAX_TIMESCALE + 2), 600)
    assert rounded == Time.ZERO
    assert rounded.has_been_rounded


def test_halves_go_up() -> None:
    assert [nearest(Fraction(value, 2)) for value in (-3, -1, 1, 3, 4)] == [-1, 0, 1, 2, 2]


@pytest.mark.parametrize(("first", "last", "held"), [(30, 60, True), (29, 60, False), (30, 61, False), (40, 41, True)])
def test_a_clock_knows_what_is_shown_as_a_whole(first: int, last: int, held: bool) -> None:
    # 0.295 to 0.605 s of the media: not even the whole ticks 29 and 60 are shown in full.
    passage = Passage(Fraction(2), Fraction("2.31"), Fraction("0.295"))
    assert PassageClock(passage, 100).holds(first, last) is held
