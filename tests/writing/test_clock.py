"""The track's time scale: exact, or a refusal that changes nothing."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.model.errors import TimestampError
from reelwright.model.time import Time
from reelwright.writing.clock import LARGEST_TIMESCALE, MediaClock

scales = st.integers(1, 5000)
times = st.builds(Time, st.integers(-(10**9), 10**9), scales)


def test_it_follows_what_it_takes_on() -> None:
    clock = MediaClock()
    assert clock.timescale == 1
    for time, scale in ((Time(0), 1), (Time(1, 24), 24), (Time(1, 30), 120), (Time(2, 48), 120), (Time(1, 1000), 3000)):
        clock.admit(time)
        assert clock.timescale == scale
    assert clock.ticks(Time(1, 30)) == 100


def test_times_are_reduced_before_they_count() -> None:
    clock = MediaClock()
    clock.admit(Time(500, 1_000_000))
    assert clock.timescale == 2000


def test_asking_changes_nothing() -> None:
    clock = MediaClock()
    scale = clock.scale_for(Time(1, 7), Time(1, 11))
    assert scale.timescale == 77
    assert clock.timescale == 1
    clock.adopt(scale)
    assert clock.ticks(Time(1, 7)) == 11


def test_what_does_not_fit_is_refused_and_leaves_no_trace() -> None:
    clock = MediaClock()
    clock.admit(Time(1, 65537))
    late = Time(1, 65539)
    with pytest.raises(TimestampError, match="8590458886") as caught:
        clock.admit(Time(1, 2), late)
    assert caught.value.time == late
    assert "media_time_scale" in str(caught.value)
    assert clock.timescale == 65537
    clock.admit(Time(1, 32767))
    assert clock.timescale == 65537 * 32767


def test_the_largest_scale_is_one() -> None:
    clock = MediaClock()
    clock.admit(Time(1, LARGEST_TIMESCALE))
    assert clock.ticks(Time(5)) == 5 * LARGEST_TIMESCALE
    with pytest.raises(TimestampError):
        clock.admit(Time(1, 2))


@pytest.mark.parametrize("fixed", [0, LARGEST_TIMESCALE])
def test_durations_and_distances_have_so_many_bits(fixed: int) -> None:
    clock, tick = MediaClock(fixed), Fraction(1, LARGEST_TIMESCALE)
    time = Time(1, LARGEST_TIMESCALE)
    with pytest.raises(TimestampError, match="would last") as caught:
        clock.scale_for(time, lasts=2**31 * tick)
    assert caught.value.time == time
    with pytest.raises(TimestampError, match="decoded") as caught:
        clock.scale_for(time, leads=(2**30 + 1) * tick)
    assert "AllowFrameReordering" in str(caught.value)
    clock.adopt(clock.scale_for(time, lasts=(2**31 - 1) * tick, leads=2**30 * tick))
    clock.admit(Time(5))


def test_what_was_long_before_must_fit_a_finer_scale_too() -> None:
    clock = MediaClock()
    clock.adopt(clock.scale_for(Time(1, 1000), lasts=Fraction(5)))
    with pytest.raises(TimestampError, match="would last 5 s"):
        clock.admit(Time(1, 10**9))
    assert clock.timescale == 1000
    clock.admit(Time(1, 4 * 10**8))


def test_a_fixed_scale_holds_anything() -> None:
    clock = MediaClock(600)
    clock.admit(Time(1, 7))
    assert clock.timescale == 600


@pytest.mark.parametrize(
    ("time", "tick"),
    [(Time(1, 1200), 1), (Time(-1, 1200), -1), (Time(1, 1201), 0), (Time(1, 25), 24), (Time(7, 1000), 4)],
)
def test_a_fixed_scale_rounds_half_away_from_zero(time: Time, tick: int) -> None:
    clock = MediaClock(600)
    assert clock.snap(time) == Time(tick, 600)
    assert clock.ticks(clock.snap(time)) == tick


def test_without_a_fixed_scale_nothing_snaps() -> None:
    assert MediaClock().snap(Time(1, 7)) == Time(1, 7)


def test_the_largest_rounding_is_remembered() -> None:
    clock = MediaClock(600)
    for error in (Fraction(1, 3000), Fraction(1, 1300), Fraction(1, 2000)):
        clock.note_rounding(error)
    assert clock.largest_error == Fraction(1, 1300)


@pytest.mark.parametrize(
    ("duration", "ticks"),
    [(Time(1, 30), 20), (Time(1, 100_000), 1), (Time(1, 1000), 1), (Time(3, 1000), 2), (Time(0, 600), 1)],
)
def test_a_duration_is_never_nothing(duration: Time, ticks: int) -> None:
    assert MediaClock(600).at_least_a_tick(duration) == Time(ticks, 600)


def test_a_duration_nobody_asked_for_never_fails() -> None:
    free, full = MediaClock(), MediaClock()
    assert free.fitted(Time(1, 30)) == Time(1, 30)
    assert free.timescale == 30
    full.admit(Time(1, LARGEST_TIMESCALE))
    fitted = full.fitted(Time(1, 30))
    assert abs(fitted.fraction - Fraction(1, 30)) <= Fraction(1, 2 * LARGEST_TIMESCALE)
    assert full.ticks(fitted) > 0
    assert MediaClock(24).fitted(Time(1, 30)) == Time(1, 24)


def test_a_scale_read_once_holds_while_the_clock_goes_on() -> None:
    clock = MediaClock()
    clock.admit(Time(1, 24))
    scale = clock.timescale
    clock.admit(Time(1, 7))
    assert clock.ticks(Time(1, 24), scale) == 1


@given(st.lists(times, min_size=1, max_size=8))
def test_every_time_taken_on_is_a_whole_number_of_ticks(given_times: list[Time]) -> None:
    clock, taken = MediaClock(), []
    for time in given_times:
        try:
            clock.admit(time)
        except TimestampError:
            assert lcm(clock.timescale, time.fraction.denominator) > LARGEST_TIMESCALE
            continue
        taken.append(time)
    for time in taken:
        assert Fraction(clock.ticks(time), clock.timescale) == time.fraction


@given(times, scales)
def test_snapping_is_never_farther_than_half_a_tick(time: Time, scale: int) -> None:
    snapped = MediaClock(scale).snap(time)
    assert abs(snapped.fraction - time.fraction) <= Fraction(1, 2 * scale)
    assert (snapped.fraction * scale).denominator == 1


# Live sources ---------------------------------------------------------------------------------------------------------


def test_live_times_are_exact_up_to_a_million_ticks_a_second() -> None:
    clock = MediaClock(is_live=True)
    assert clock.grid_for(Time(1, 1_000_000), Time(1, 64), Time.INVALID) == 0
    assert clock.grid_for(Time(1, 1_000_000), Time(1, 3)) == 1_000_000


@pytest.mark.parametrize(("present", "grid"), [(1, 1_000_000), (30, 999_990), (48_000, 960_000), (999_983, 999_983)])
def test_beyond_that_they_go_on_the_finest_grid_that_holds_what_is_there(present: int, grid: int) -> None:
    clock = MediaClock(is_live=True)
    clock.admit(Time(1, present))
    late = Time(123_456_789, 10**9)
    assert clock.grid_for(late) == grid
    at = clock.snap(late, grid)
    assert abs(at.fraction - late.fraction) <= Fraction(1, 2 * grid)
    clock.admit(at)
    assert clock.timescale == grid or grid % clock.timescale == 0


def test_a_scale_that_a_duration_made_finer_is_kept() -> None:
    clock = MediaClock(is_live=True)
    clock.adopt(clock.scale_for(Time(1, 1_500_007)))
    assert clock.grid_for(Time(1, 10**9)) == 1_500_007


def test_others_round_to_a_fixed_scale_or_not_at_all() -> None:
    assert MediaClock().grid_for(Time(1, 10**9)) == 0
    assert MediaClock(600).grid_for(Time(1, 600)) == MediaClock(600, is_live=True).grid_for(Time(1, 7)) == 600


@given(st.lists(st.builds(Time, st.integers(0, 10**12), st.sampled_from([30, 1001, 90_000, 10**6, 10**9, 65_537]))))
def test_no_live_time_is_ever_refused_for_its_fraction(moments: list[Time]) -> None:
    clock = MediaClock(is_live=True)
    for moment in moments:
        at = clock.snap(moment, clock.grid_for(moment))
        clock.admit(at)
        assert clock.timescale <= 1_000_000
        assert abs(at.fraction - moment.fraction) <= Fraction(1, 1_000_000)
