"""A track's clock: growing time scales, rounding, gaps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.isobmff.timeline import MAX_TIME_SCALE, MediaTimeLine, round_half_away
from reelwright.model.errors import TimestampError


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (1, 3, 0), (-1, 3, 0), (2, 3, 1), (0, 5, 0), (7, 1, 7)],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert round_half_away(numerator, denominator) == expected


@given(st.integers(-(1 << 80), 1 << 80), st.integers(1, 1 << 40))
def test_rounding_is_symmetric_and_near(numerator: int, denominator: int) -> None:
    rounded = round_half_away(numerator, denominator)
    assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)
    assert rounded == -round_half_away(-numerator, denominator)


def test_the_scale_grows_to_the_least_common_multiple() -> None:
    line = MediaTimeLine()
    for timescale, factor, scale in [(24, 1, 24), (30, 5, 120), (60, 1, 120), (1000, 25, 3000)]:
        assert line.growth(timescale) == factor
        line.grow(factor, timescale)
        assert line.scale == scale


def test_growth_moves_everything_that_came_before() -> None:
    line = MediaTimeLine()
    line.grow(line.growth(24), 24)
    line.advance(0, 48, 10, gap=False)
    line.advance(10, 72, 5, gap=True)
    line.grow(line.growth(48), 48)
    assert line.duration == 30
    assert [(s.first_sample, s.media, s.source) for s in line.stretches] == [(0, 0, 96), (10, 20, 144)]


def test_a_given_scale_never_grows() -> None:
    line = MediaTimeLine(600)
    assert line.growth(1001) == 1
    line.grow(1, 1001)
    assert line.scale == 600


def test_scales_without_a_common_multiple_are_refused_with_the_way_out() -> None:
    line = MediaTimeLine()
    line.grow(line.growth(MAX_TIME_SCALE), MAX_TIME_SCALE)
    with pytest.raises(TimestampError, match=r"1/2 s do not fit the track's 1/2147483647 s") as raised:
        line.growth(2)
    assert "media_time_scale" in str(raised.value)
    assert line.growth(1) == 1


@pytest.mark.parametrize("timescale", [0, -1, MAX_TIME_SCALE + 1])
def test_impossible_scales_are_refused(timescale: int) -> None:
    with pytest.raises(TimestampError, match="not within 1"):
        MediaTimeLine().growth(timescale)
    with pytest.raises(TimestampError, match="not within 1"):
        MediaTimeLine(600).growth(timescale)


def test_gaps_are_found_exactly_across_scales() -> None:
    line = MediaTimeLine()
    assert not line.gap(5, 30)  # nothing before it
    line.advance(0, 5, 1, gap=False)
    line.set_end(1001, 30000)
    assert not line.gap(1001, 30000)
    assert not line.gap(2002, 60000)
    assert line.gap(2003, 60000)
    assert line.gap(1, 1)
    with pytest.raises(TimestampError, match="decode time 1/30 s comes before 1001/30000 s"):
        line.gap(1, 30)


def test_the_largest_rounding_is_remembered() -> None:
    line = MediaTimeLine(10)
    ticks = line.ticks([0, 1, 2, -1], 24)
    assert ticks == [0, 0, 1, 0]
    line.note_rounding([0, 1, 2, -1], ticks, 24)
    assert line.largest_rounding == Fraction(1, 24)
    line.note_rounding([24], [10], 24)
    assert line.largest_rounding == Fraction(1, 24)


def test_a_fixed_scale_stays() -> None:
    line = MediaTimeLine()
    line.fix(240000)
    assert (line.scale, line.growth(30000)) == (240000, 1)
    with pytest.raises(TimestampError, match="written already"):
        line.growth(7)
    given = MediaTimeLine(600)
    given.fix(1)
    assert (given.scale, given.growth(7)) == (600, 1)  # it rounds
