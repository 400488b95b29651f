"""Ticks from exact times: the six ways of rounding, the halving of scales, common scales."""

from __future__ import annotations

import pytest

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.rounding import (
    MAX_TIMESCALE,
    MAX_VALUE,
    MIN_VALUE,
    RoundingMethod,
    common_timescale,
    fit,
    rescale,
)

M = RoundingMethod


def test_the_methods_have_coremedias_numbers() -> None:
    assert [method.value for method in RoundingMethod] == [1, 2, 3, 4, 5, 6]
    assert RoundingMethod.DEFAULT is RoundingMethod.HALF_AWAY_FROM_ZERO
    assert RoundingMethod.QUICKTIME == 4


# Quarters to whole ticks: −1.75 … 1.75 in steps of a quarter.
QUARTERS = [-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (M.HALF_AWAY_FROM_ZERO, [-2, -2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2, 2]),
        (M.TOWARD_ZERO, [-1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]),
        (M.AWAY_FROM_ZERO, [-2, -2, -2, -1, -1, -1, -1, 0, 1, 1, 1, 1, 2, 2, 2]),
        (M.QUICKTIME, [-1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1]),
        (M.TOWARD_POSITIVE_INFINITY, [-1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]),
        (M.TOWARD_NEGATIVE_INFINITY, [-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1]),
    ],
)
def test_each_method_on_quarters_of_a_tick(method: RoundingMethod, expected: list[int]) -> None:
    assert [rescale(value, 4, 1, method) for value in QUARTERS] == expected


def test_quicktime_rounds_by_the_direction_of_the_conversion() -> None:
    assert rescale(5, 3, 2, M.QUICKTIME) == 3  # 3.33, to a smaller scale: toward zero
    assert rescale(1, 2, 3, M.QUICKTIME) == 2  # 1.5, to a larger scale: away from zero
    assert rescale(-1, 2, 3, M.QUICKTIME) == -2
    assert rescale(-1, 90000, 600, M.QUICKTIME) == -1  # a negative time never becomes 0
    assert rescale(1, 90000, 600, M.QUICKTIME) == 0
    assert rescale(0, 90000, 600, M.QUICKTIME) == 0


def test_a_scale_is_halved_until_the_value_fits() -> None:
    assert fit(1, 3, 600) == (200, 600)
    assert fit(MAX_VALUE, 1, 1) == (MAX_VALUE, 1)
    assert fit(MIN_VALUE, 1, 1) == (MIN_VALUE, 1)
    assert fit(2**62, 1, 600) == (2**62, 1)  # 600, 300, 150, 75, 37, 18, 9, 4, 2, 1
    assert fit(2**60, 1, 600) == (2**62, 4)
    assert fit(MAX_VALUE + 1, 1, 600) is None
    assert fit(MIN_VALUE - 1, 1, 600) is None


def test_common_timescale_is_the_least_common_multiple() -> None:
    assert common_timescale(24000, 30000) == 120000
    assert common_timescale(48000, 48000) == 48000
    assert common_timescale(1, MAX_TIMESCALE) == MAX_TIMESCALE
    assert common_timescale(MAX_TIMESCALE, 2) is None
    assert common_timescale(24000, 30000, limit=119999) is None
    assert common_timescale(24000, 30000, limit=120000) == 120000


@pytest.mark.parametrize(("a", "b"), [(0, 600), (600, 0), (-600, 600)])
def test_common_timescale_refuses_what_is_no_scale(a: int, b: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"not {min(a, b)}"):
        common_timescale(a, b)
