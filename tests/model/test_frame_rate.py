"""Frame rates as people write them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from reelwright.model import frame_rate as room
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import frame_rate


def ntsc(n: int) -> Fraction:
    return Fraction(n * 1000, 1001)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (29.97, ntsc(30)),
        (23.976, ntsc(24)),
        (59.94, ntsc(60)),
        (23.97602397602398, ntsc(24)),
        (14.985, ntsc(15)),
        (Decimal("29.97"), ntsc(30)),
        ("29.97", ntsc(30)),
        (" 23.976 ", ntsc(24)),
        (np.float64(29.97), ntsc(30)),
        (np.float32(29.97), ntsc(30)),
        (30000 / 1001, ntsc(30)),
    ],
)
def test_decimals_near_an_ntsc_rate_mean_it(given: Any, expected: Fraction) -> None:
    assert frame_rate(given) == expected


def test_near_is_one_ten_thousandth() -> None:
    exact = ntsc(30)
    inside = Decimal("29.9701299")  # 30000/1001 = 29.970029970…
    outside = Decimal("29.9701301")
    assert abs(Fraction(inside) - exact) < Fraction(1, 10_000) < abs(Fraction(outside) - exact)
    assert frame_rate(inside) == exact
    assert frame_rate(outside) == Fraction(outside)
    assert frame_rate(23.98) == Fraction(1199, 50)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (24.0, Fraction(24)),
        (25.0, Fraction(25)),
        (30.0, Fraction(30)),
        (60.0, Fraction(60)),
        (1000.0, Fraction(1000)),
        (12.5, Fraction(25, 2)),
        (0.06, Fraction(3, 50)),
        (0.00005, Fraction(1, 20000)),
        (np.float32(0.06), Fraction(3, 50)),
        (np.float16(0.06), Fraction(3, 50)),
        ("1e-3", Fraction(1, 1000)),
        ("25", Fraction(25)),
    ],
)
def test_other_decimals_are_taken_as_written(given: Any, expected: Fraction) -> None:
    assert frame_rate(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (30, Fraction(30)),
        (np.int64(25), Fraction(25)),
        (Fraction(2997, 100), Fraction(2997, 100)),  # a Fraction says exactly what it means
        ("2997/100", Fraction(2997, 100)),
        ("30000/1001", ntsc(30)),
        (" 24000 / 1001 ", ntsc(24)),
    ],
)
def test_integers_and_fractions_are_exact(given: Any, expected: Fraction) -> None:
    rate = frame_rate(given)
    assert rate == expected
    assert type(rate) is Fraction
    assert type(rate.numerator) is int


@pytest.mark.parametrize("given", [0, -25, 0.0, -29.97, "0", "-1", Fraction(-1, 2), "0/1"])
def test_a_rate_is_above_zero(given: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="must be above 0"):
        frame_rate(given)


NO_RATES: list[Any] = [float("nan"), float("inf"), -float("inf"), Decimal("nan"), True, np.bool_(True), None, [30]]
NO_RATES += ["fast", "", "30/0", "1/2/3", "-30/-1", "30.0/1", "1e999999999", Decimal("1e-999999")]


@pytest.mark.parametrize("given", NO_RATES)
def test_what_is_no_rate_is_refused_with_a_way_out(given: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="is no frame rate") as caught:
        frame_rate(given)
    assert "30000/1001" in str(caught.value)


def test_a_decimal_too_long_for_any_time_scale_is_refused_with_the_fraction_that_was_meant() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Fraction\(100, 3\)"):
        frame_rate("33.333333333333336")
    with pytest.raises(InvalidArgumentError, match="beyond 2147483647"):
        frame_rate(2**31)
    assert frame_rate(2**31 - 1) == 2**31 - 1


def test_a_float_that_came_out_of_a_division_is_the_fraction_it_came_from() -> None:
    assert frame_rate(1 / 0.03) == Fraction(100, 3)
    assert frame_rate(50 / 7) == Fraction(50, 7)
    with pytest.raises(InvalidArgumentError):
        frame_rate(33.3333333333)  # digits that somebody wrote, and of no simple fraction


def test_it_is_the_same_function_in_both_rooms() -> None:
    assert frame_rate is room.frame_rate
