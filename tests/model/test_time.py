"""Time: every rule of CoreMedia's tables, and every door in and out."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.time import MAX_TIMESCALE, RoundingMethod, Time, TimeFlags

BIG = 2**63 - 1
SMALL = -(2**63)
INF, NEG, IND, INV = Time.POSITIVE_INFINITY, Time.NEGATIVE_INFINITY, Time.INDEFINITE, Time.INVALID
SPECIAL = [INF, NEG, IND, INV]
ROUNDED = TimeFlags.VALID | TimeFlags.HAS_BEEN_ROUNDED


def parts(time: Time) -> tuple[int, int, int, int]:
    """Field by field: equality alone would let another scale, flag or epoch pass."""
    return time.value, time.timescale, int(time.flags), time.epoch


# -- making ------------------------------------------------------------------------------------------------------------


def test_a_made_time_is_valid_in_epoch_zero() -> None:
    assert parts(Time(1001, 30000)) == (1001, 30000, 1, 0)
    assert parts(Time(5)) == (5, 1, 1, 0)
    assert parts(Time(np.int64(5), np.int32(600))) == (5, 600, 1, 0)  # type: ignore[arg-type]
    assert type(Time(np.int64(5)).value) is int  # type: ignore[arg-type]
    assert type(Time(1, 1, TimeFlags.VALID)._flags) is int


def test_the_constants_are_coremedias() -> None:
    assert parts(Time.ZERO) == (0, 1, 1, 0)
    assert parts(INV) == (0, 0, 0, 0)
    assert parts(IND) == (0, 0, 17, 0)
    assert parts(INF) == (0, 0, 5, 0)
    assert parts(NEG) == (0, 0, 9, 0)


def test_the_flags_are_coremedias() -> None:
    assert {flag.name: flag.value for flag in TimeFlags} == {
        "VALID": 1,
        "HAS_BEEN_ROUNDED": 2,
        "POSITIVE_INFINITY": 4,
        "NEGATIVE_INFINITY": 8,
        "INDEFINITE": 16,
    }
    assert TimeFlags.IMPLIED_VALUE_MASK == 28
    assert Time(1, 2, ROUNDED).flags is ROUNDED


@pytest.mark.parametrize("scale", [0, -1, 2**31])
def test_a_scale_lies_within_its_range(scale: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"not at {scale}") as caught:
        Time(1, scale)
    assert "ticks per second" in str(caught.value)
    assert Time(1, MAX_TIMESCALE).timescale == 2**31 - 1


@pytest.mark.parametrize("value", [0.5, 1.0, "1", None, Fraction(1), True])
def test_a_time_is_made_of_integers(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="made of integers") as caught:
        Time(value, 600)
    assert "Time.of(0.5)" in str(caught.value)
    with pytest.raises(InvalidArgumentError, match="made of integers"):
        Time(1, value)


def test_values_and_epochs_hold_64_bits() -> None:
    assert Time(BIG).value == BIG
    assert Time(SMALL).value == SMALL
    assert parts(Time(BIG, MAX_TIMESCALE, ROUNDED, BIG)) == (BIG, MAX_TIMESCALE, 3, BIG)
    assert parts(Time(SMALL, 1, ROUNDED, SMALL)) == (SMALL, 1, 3, SMALL)
    for value, epoch in [(BIG + 1, 0), (SMALL - 1, 0), (0, BIG + 1), (0, SMALL - 1)]:
        with pytest.raises(TimestampError, match="64 bits"):
            Time(value, 1, TimeFlags.VALID, epoch)


@pytest.mark.parametrize("flags", [32, -1, 13, 21, 25, 29])
def test_contradicting_flags_are_refused(flags: int) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{flags} are no flags"):
        Time(1, 1, flags)


def test_a_time_does_not_change() -> None:
    time = Time(1, 2)
    for name in ("value", "timescale", "flags", "epoch", "_flags", "other"):
        with pytest.raises(AttributeError, match="does not change"):
            setattr(time, name, 3)
        with pytest.raises(AttributeError, match="does not change"):
            delattr(time, name)
    assert not hasattr(time, "__dict__")
    assert parts(time) == (1, 2, 1, 0)


# -- Time.of -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "value", "timescale"),
    [
        (3, 3, 1),
        (-3, -3, 1),
        (0, 0, 1),
        (Fraction(1001, 30000), 1001, 30000),
        (Fraction(1, 2**31 - 1), 1, 2**31 - 1),
        (Decimal("0.1"), 1, 10),
        (Decimal("1e3"), 1000, 1),
        (timedelta(days=-1, microseconds=1), -86_399_999_999, 1_000_000),
        (timedelta(seconds=1.5), 1_500_000, 1_000_000),
        (np.int16(-7), -7, 1),
        (np.uint64(2**63 - 1), 2**63 - 1, 1),
    ],
)
def test_exact_values_come_in_exactly(given: Any, value: int, timescale: int) -> None:
    assert parts(Time.of(given)) == (value, timescale, 1, 0)


@pytest.mark.parametrize(
    ("given", "ticks", "flags"),
    [
        (0.1, 100_000, 1),
        (-0.1, -100_000, 1),
        (0.0, 0, 1),
        (1 / 3, 333_333, 3),
        (-2 / 3, -666_667, 3),
        (2**-21, 0, 3),  # 0.4768 µs
        (1.5 * 2**-20, 1, 3),  # 1.43 µs
        (np.float64(0.25), 250_000, 1),
        (np.float32(0.1), 100_000, 1),  # the way back ends in the same float32
        (np.float16(0.5), 500_000, 1),
    ],
)
def test_float_seconds_are_rounded_to_a_microsecond(given: Any, ticks: int, flags: int) -> None:
    assert parts(Time.of(given)) == (ticks, 1_000_000, flags, 0)


def test_half_a_microsecond_goes_away_from_zero() -> None:
    half = 1_000_000 * 2**-7 + 2**-7  # 7812.5078125 s = … 7812_507812.5 µs
    assert Time.of(half).value == 7_812_507_813
    assert Time.of(-half).value == -7_812_507_813


def test_a_time_passes_the_door_as_it_is() -> None:
    time = Time(1, 3, ROUNDED, epoch=4)
    assert Time.of(time) is time
    assert Time.of(INV) is INV


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf, Decimal("nan"), Decimal("inf"), np.float32("nan")])
def test_no_number_of_seconds_names_the_times_that_were_meant(given: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="is no number of seconds") as caught:
        Time.of(given)
    assert "Time.INDEFINITE" in str(caught.value)
    assert "Time.POSITIVE_INFINITY" in str(caught.value)


@pytest.mark.parametrize(
    "given", [True, "1.5", b"1", None, 1j, [1], np.bool_(True), np.timedelta64(5, "ms"), np.array([1.0]), object()]
)
def test_what_counts_no_seconds_is_refused(given: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="is no time") as caught:
        Time.of(given)
    assert "seconds as int, float, Fraction, Decimal or timedelta" in str(caught.value)


@pytest.mark.parametrize("given", [Fraction(1, 2**31), Decimal("0.0000000001")])
def test_too_fine_a_time_is_refused_with_the_way_out(given: Any) -> None:
    with pytest.raises(TimestampError, match="beyond 2147483647") as caught:
        Time.of(given)
    assert "Time.from_seconds(seconds, 90000)" in str(caught.value)


@pytest.mark.parametrize("given", [2**63, Fraction(2**63 * 3 + 1, 3), 1e300, -1e300])
def test_too_long_a_time_is_refused(given: Any) -> None:
    with pytest.raises(TimestampError, match="64 bits"):
        Time.of(given)


def test_a_long_float_keeps_as_fine_a_scale_as_64_bits_allow() -> None:
    assert parts(Time.of(1e13)) == (5 * 10**18, 500_000, 1, 0)


# -- from_seconds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "scale", "expected"),
    [
        (1.5, 2, (3, 2, 1, 0)),
        (1.25, 4, (5, 4, 1, 0)),
        (2.3, 600, (1380, 600, 1, 0)),  # 2.3 * 600 is 1379.9999999999998
        (0.5, 1, (1, 1, 3, 0)),
        (-0.5, 1, (-1, 1, 3, 0)),
        (0.1, 3, (0, 3, 3, 0)),
        (1 / 3, 3, (1, 3, 1, 0)),  # back in seconds it is the same float
        (1e-7, 10**9, (100, 10**9, 1, 0)),  # a scale finer than a microsecond
        (2, MAX_TIMESCALE, (2 * MAX_TIMESCALE, MAX_TIMESCALE, 1, 0)),
        (Fraction(1, 3), 600, (200, 600, 1, 0)),
        (Fraction(1, 7), 600, (86, 600, 3, 0)),
        (7, 600, (4200, 600, 1, 0)),
        (0, 600, (0, 600, 1, 0)),
        (Decimal(0), 600, (0, 600, 1, 0)),
        (timedelta(milliseconds=40), 25, (1, 25, 1, 0)),
        (timedelta(0), 25, (0, 25, 1, 0)),
        (Time(1, 2), 600, (300, 600, 1, 0)),
        (2.0**62, 600, (2**62, 1, 1, 0)),
        (2.0**60, 600, (2**62, 4, 1, 0)),
    ],
)
def test_seconds_on_a_scale(seconds: Any, scale: int, expected: tuple[int, int, int, int]) -> None:
    assert parts(Time.from_seconds(seconds, scale)) == expected


def test_the_preferred_scale_is_a_microsecond_unless_said() -> None:
    assert parts(Time.from_seconds(0.25)) == (250_000, 1_000_000, 1, 0)


def test_seconds_beyond_64_bits_become_infinite() -> None:
    assert parts(Time.from_seconds(2.0**63, 600)) == parts(INF)
    assert parts(Time.from_seconds(-(2.0**64), 600)) == parts(NEG)
    assert parts(Time.from_seconds(-(2.0**63), 600)) == (SMALL, 1, 1, 0)
    assert parts(Time.from_seconds(math.inf, 600)) == parts(INF)
    assert parts(Time.from_seconds(-math.inf, 600)) == parts(NEG)


@pytest.mark.parametrize("scale", [0, -600])
def test_without_a_positive_scale_the_time_is_invalid(scale: int) -> None:
    assert parts(Time.from_seconds(1.0, scale)) == parts(INV)


def test_from_seconds_refuses_what_is_no_number_and_no_scale() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Time\.INDEFINITE"):
        Time.from_seconds(math.nan, 600)
    with pytest.raises(InvalidArgumentError, match="is no time"):
        Time.from_seconds("1", 600)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="2147483647 is the largest"):
        Time.from_seconds(1.0, 2**31)


# -- what it is --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "valid", "numeric", "indefinite", "positive", "negative"),
    [
        (Time(0), True, True, False, False, False),
        (Time(-1, 2, ROUNDED), True, True, False, False, False),
        (INV, False, False, False, False, False),
        (IND, True, False, True, False, False),
        (INF, True, False, False, True, False),
        (NEG, True, False, False, False, True),
        (Time(1, 1, TimeFlags.POSITIVE_INFINITY), False, False, False, False, False),  # implied, but not valid
        (Time(1, 1, TimeFlags.HAS_BEEN_ROUNDED), False, False, False, False, False),
    ],
)
def test_kinds(time: Time, valid: bool, numeric: bool, indefinite: bool, positive: bool, negative: bool) -> None:
    assert time.is_valid is valid
    assert time.is_numeric is numeric
    assert time.is_indefinite is indefinite
    assert time.is_positive_infinity is positive
    assert time.is_negative_infinity is negative


def test_has_been_rounded() -> None:
    assert Time(1, 3, ROUNDED).has_been_rounded is True
    assert Time(1, 3).has_been_rounded is False
    assert Time(1, 3, TimeFlags.HAS_BEEN_ROUNDED).has_been_rounded is False  # an invalid time


def test_seconds_as_a_float() -> None:
    assert Time(1, 3).seconds == 1 / 3
    assert Time(BIG, 2**31 - 1).seconds == BIG / (2**31 - 1)
    assert Time(1, 2, epoch=9).seconds == 0.5
    assert INF.seconds == math.inf
    assert NEG.seconds == -math.inf
    assert math.isnan(IND.seconds)
    assert math.isnan(INV.seconds)


def test_seconds_as_a_fraction() -> None:
    assert Time(2002, 60000).fraction == Fraction(1001, 30000)
    assert type(Time(4, 2).fraction) is Fraction


@pytest.mark.parametrize("time", SPECIAL)
def test_only_numbers_have_a_fraction_or_ticks(time: Time) -> None:
    for ask in (lambda: time.fraction, lambda: time.ticks(600), lambda: time.ticks_rounded(600)):
        with pytest.raises(TimestampError, match="is no number of seconds") as caught:
            ask()
        assert caught.value.time is time
        assert "is_numeric" in str(caught.value)


def test_ticks_are_exact_or_refused() -> None:
    assert Time(1001, 30000).ticks(60000) == 2002
    assert Time(-1, 2).ticks(600) == -300
    assert Time(2, 4).ticks(2) == 1
    with pytest.raises(TimestampError, match=r"Time\(1001, 30000\) lies between two ticks of 1/600 s") as caught:
        Time(1001, 30000).ticks(600)
    assert "ticks_rounded" in str(caught.value)
    assert caught.value.time == Time(1001, 30000)


def test_rounded_ticks_go_half_away_from_zero() -> None:
    assert [Time(value, 4).ticks_rounded(2) for value in (-3, -2, -1, 0, 1, 2, 3)] == [-2, -1, -1, 0, 1, 1, 2]
    assert Time(1, 3).ticks_rounded(1) == 0


@pytest.mark.parametrize("scale", [0, -1, 2**31])
def test_ticks_and_conversions_need_a_scale(scale: int) -> None:
    for ask in (Time(1).ticks, Time(1).ticks_rounded, Time(1).convert_scale):
        with pytest.raises(InvalidArgumentError, match=f"not at {scale}"):
            ask(scale)


def test_bool_is_false_for_no_length_at_all() -> None:
    assert [bool(time) for time in (Time(0, 600), INV, Time(1), Time(-1), INF, NEG, IND)] == [False] * 2 + [True] * 5


# -- scales ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "positive", "negative"),
    [
        (RoundingMethod.HALF_AWAY_FROM_ZERO, 1, -1),
        (RoundingMethod.TOWARD_ZERO, 0, 0),
        (RoundingMethod.AWAY_FROM_ZERO, 1, -1),
        (RoundingMethod.QUICKTIME, 0, -1),
        (RoundingMethod.TOWARD_POSITIVE_INFINITY, 1, 0),
        (RoundingMethod.TOWARD_NEGATIVE_INFINITY, 0, -1),
    ],
)
def test_half_a_second_in_whole_seconds(method: RoundingMethod, positive: int, negative: int) -> None:
    assert parts(Time(1, 2).convert_scale(1, method)) == (positive, 1, 3, 0)
    assert parts(Time(-1, 2).convert_scale(1, method)) == (negative, 1, 3, 0)


def test_quicktime_goes_away_from_zero_to_a_finer_scale() -> None:
    assert Time(1, 2).convert_scale(3, RoundingMethod.QUICKTIME).value == 2
    assert Time(5, 3).convert_scale(2, RoundingMethod.QUICKTIME).value == 3


def test_a_conversion_that_comes_out_even_is_not_rounded() -> None:
    assert parts(Time(1, 2, epoch=3).convert_scale(600)) == (300, 600, 1, 3)
    assert parts(Time(1, 3).convert_scale(600)) == (200, 600, 1, 0)
    assert parts(Time(2).convert_scale(MAX_TIMESCALE)) == (2 * MAX_TIMESCALE, MAX_TIMESCALE, 1, 0)


def test_once_rounded_always_rounded() -> None:
    assert parts(Time(1, 2, ROUNDED).convert_scale(600)) == (300, 600, 3, 0)


def test_the_default_method_is_half_away_and_numbers_name_methods() -> None:
    assert Time(1, 2).convert_scale(1) == 1
    assert Time(1, 2).convert_scale(1, 2) == 0  # type: ignore[arg-type]


def test_the_same_scale_and_no_number_stay_as_they_are() -> None:
    time = Time(1, 600, epoch=2)
    assert time.convert_scale(600) is time
    for special in SPECIAL:
        assert special.convert_scale(600) is special


def test_a_conversion_beyond_64_bits_is_infinite() -> None:
    assert Time(BIG).convert_scale(2).is_positive_infinity
    assert Time(SMALL).convert_scale(2).is_negative_infinity
    assert parts(Time(SMALL, 2).convert_scale(1)) == (-(2**62), 1, 1, 0)
    assert parts(Time(BIG // 7).convert_scale(7)) == (BIG, 7, 1, 0)  # which 7 divides: just fits
    assert parts(Time(-(2**62)).convert_scale(2)) == (SMALL, 2, 1, 0)


# -- sums --------------------------------------------------------------------------------------------------------------


def test_a_common_scale_is_kept_and_others_meet_at_the_least_common_multiple() -> None:
    assert parts(Time(1, 600) + Time(2, 600)) == (3, 600, 1, 0)
    assert parts(Time(1, 600) - Time(2, 600)) == (-1, 600, 1, 0)
    assert parts(Time(300, 600) + Time(300, 600)) == (600, 600, 1, 0)  # not reduced
    assert parts(Time(1, 2) + Time(1, 3)) == (5, 6, 1, 0)
    assert parts(Time(1, 4) - Time(1, 6)) == (1, 12, 1, 0)


def test_a_least_common_multiple_beyond_the_limit_rounds_to_the_limit() -> None:
    assert (Time(1, MAX_TIMESCALE - 1) + Time(1, 3)).timescale == MAX_TIMESCALE - 1  # which 3 divides
    total = Time(1, MAX_TIMESCALE) + Time(1, 2)
    assert parts(total) == (2**30 + 1, MAX_TIMESCALE, 3, 0)  # 1 + 1073741823.5 ticks, half away from zero
    assert parts(Time(1, MAX_TIMESCALE) - Time(1, 2)) == (-(2**30) + 1, MAX_TIMESCALE, 3, 0)


def test_a_sum_beyond_64_bits_halves_the_scale() -> None:
    assert parts(Time(BIG, 600) + Time(BIG, 600)) == (BIG, 300, 1, 0)
    assert parts(Time(BIG, 600) + Time(BIG - 1, 600)) == (BIG, 300, 3, 0)  # half a tick, away from zero
    assert parts(Time(SMALL, 600) - Time(BIG, 600)) == (SMALL, 300, 3, 0)
    assert parts(Time(BIG, 3) + Time(BIG, 3)) == (round(Fraction(2 * BIG, 3)), 1, 3, 0)  # 3 → 1


def test_a_sum_beyond_64_bits_of_whole_seconds_is_infinite() -> None:
    assert parts(Time(BIG) + Time(BIG)) == parts(INF)
    assert parts(Time(SMALL) + Time(SMALL)) == parts(NEG)
    assert parts(Time(SMALL) - Time(1)) == parts(NEG)
    assert parts(Time(BIG) - Time(-1)) == parts(INF)
    assert parts(Time(SMALL) - Time(SMALL)) == (0, 1, 1, 0)


def test_rounding_is_contagious() -> None:
    rounded = Time(1, 600, ROUNDED)
    for result in (rounded + Time(1, 600), Time(1, 600) + rounded, rounded - Time(1, 3), Time(1, 3) - rounded):
        assert result.has_been_rounded
    assert not (Time(1, 600) + Time(1, 7)).has_been_rounded


@pytest.mark.parametrize("other", [*SPECIAL, Time(1, 2)])
def test_whatever_meets_an_invalid_time_is_invalid(other: Time) -> None:
    for result in (INV + other, other + INV, INV - other, other - INV):
        assert parts(result) == parts(INV)
    assert parts(Time(1, 2, 0) + other) == parts(INV)  # invalid by its flags, whatever else it says


@pytest.mark.parametrize(
    ("a", "b", "total", "difference"),
    [
        (INF, INF, INF, INV),
        (NEG, NEG, NEG, INV),
        (INF, NEG, INV, INF),
        (NEG, INF, INV, NEG),
        (INF, Time(1), INF, INF),
        (NEG, Time(1), NEG, NEG),
        (Time(1), INF, INF, NEG),
        (Time(1), NEG, NEG, INF),
        (INF, IND, INF, INF),
        (IND, INF, INF, NEG),
        (NEG, IND, NEG, NEG),
        (IND, NEG, NEG, INF),
        (IND, Time(1), IND, IND),
        (Time(1), IND, IND, IND),
        (IND, IND, IND, IND),
    ],
)
def test_sums_without_numbers(a: Time, b: Time, total: Time, difference: Time) -> None:
    assert parts(a + b) == parts(total)
    assert parts(a - b) == parts(difference)


@pytest.mark.parametrize(
    ("a", "b", "epoch"),
    [(0, 0, 0), (3, 0, 3), (0, 3, 3), (3, 3, 0), (-2, 0, -2), (-2, -2, 0), (3, 4, None), (3, -3, None)],
)
def test_epochs_of_sums(a: int, b: int, epoch: int | None) -> None:
    left, right = Time(5, 1, epoch=a), Time(2, 1, epoch=b)
    assert parts(left + right) == (parts(INV) if epoch is None else (7, 1, 1, epoch))
    assert parts(left - right) == (parts(INV) if epoch is None else (3, 1, 1, epoch))


def test_epochs_do_not_matter_to_infinities() -> None:
    assert parts(Time(1, 1, epoch=3) + Time(0, 0, TimeFlags.VALID | TimeFlags.POSITIVE_INFINITY, 4)) == parts(INF)


def test_sums_take_whatever_the_door_takes() -> None:
    half = Time(1, 2)
    assert parts(half + 1) == parts(1 + half) == (3, 2, 1, 0)
    assert half - 1 == Time(-1, 2)
    assert 1 - half == half
    assert Fraction(1, 3) + half == half + Fraction(1, 3) == Fraction(5, 6)
    assert Fraction(1, 3) - half == Fraction(-1, 6)
    assert 0.25 + half == half + 0.25 == Decimal("0.75")
    assert half - timedelta(milliseconds=500) == Time.ZERO
    assert timedelta(seconds=1) - half == half
    assert timedelta(seconds=1) + half == 1.5
    assert Decimal("0.5") + half == 1
    assert np.float64(0.25) + half == half + np.int64(1) - np.float64(0.75)
    assert type(np.float64(0.25) + half) is Time
    assert type(np.int64(1) - half) is Time
    assert sum([half, half, half]) == Time(3, 2)


@pytest.mark.parametrize("other", ["1", None, True, [1], math.nan, math.inf])
def test_sums_refuse_what_the_door_refuses(other: Any) -> None:
    for operation in (
        lambda: Time(1) + other,
        lambda: other + Time(1),
        lambda: Time(1) - other,
        lambda: other - Time(1),
    ):
        with pytest.raises(TypeError, match=r"unsupported operand|can only concatenate|must be str"):
            operation()


# -- products ----------------------------------------------------------------------------------------------------------


def test_by_an_integer_the_scale_is_kept() -> None:
    assert parts(Time(3, 600, epoch=2) * 200) == (600, 600, 1, 2)
    assert parts(200 * Time(-3, 600, ROUNDED)) == (-600, 600, 3, 0)
    assert parts(Time(3, 600) * 0) == (0, 600, 1, 0)
    assert parts(Time(3, 600) * np.int64(2)) == (6, 600, 1, 0)


def test_by_an_integer_an_overflow_halves_the_scale() -> None:
    assert parts(Time(BIG, 600) * 2) == (BIG, 300, 1, 0)
    assert parts(Time(BIG, 600) * 3) == (round(Fraction(BIG * 3, 4)), 150, 3, 0)
    assert parts(Time(BIG) * 2) == parts(INF)
    assert parts(Time(BIG) * -2) == parts(NEG)
    assert parts(Time(SMALL) * 2) == parts(NEG)
    assert parts(Time(SMALL) * -1) == parts(INF)


@pytest.mark.parametrize(
    ("time", "factor", "expected"),
    [(INF, 2, INF), (INF, -2, NEG), (NEG, 2, NEG), (NEG, -2, INF), (IND, -2, IND), (INV, 2, INV)],
)
def test_products_without_numbers(time: Time, factor: int, expected: Time) -> None:
    assert parts(time * factor) == parts(expected)
    assert parts(time * float(factor)) == parts(expected)
    assert parts(time * Fraction(factor, 3)) == parts(expected)
    assert parts(time.multiply_by_ratio(-factor, -3)) == parts(expected)
    assert parts(time / factor) == parts(expected)


@pytest.mark.parametrize("time", SPECIAL)
def test_no_zero_makes_a_number_of_what_is_none(time: Time) -> None:
    for product in (time * 0, time * 0.0, time * Fraction(0), time.multiply_by_ratio(0, 7)):
        assert parts(product) == parts(time)


def test_by_a_float_the_scale_is_doubled_to_65536_at_least() -> None:
    assert parts(Time(1, 2) * 1.5) == (49152, 65536, 1, 0)
    assert parts(Time(1, 600) * 0.5) == (64, 76800, 1, 0)
    assert parts(Time(1, 65535) * 2.0) == (4, 131070, 1, 0)
    assert parts(Time(1, 65536) * 2.0) == (2, 65536, 1, 0)
    assert parts(Time(3, 90000, epoch=2) * 2.0) == (6, 90000, 1, 2)
    assert parts(0.5 * Time(1, 90000)) == (1, 90000, 3, 0)  # half a tick, away from zero
    assert parts(Time(-1, 90000) * 0.5) == (-1, 90000, 3, 0)
    assert (Time(2, 90000, ROUNDED) * 0.5).has_been_rounded
    assert parts(Time(1, 2) * np.float64(1.5)) == parts(np.float64(1.5) * Time(1, 2)) == (49152, 65536, 1, 0)


def test_by_a_float_an_overflow_halves_the_scale_and_ends_in_infinity() -> None:
    assert parts(Time(2**40, 65536) * 2.0**30) == (2**62, 2**8, 1, 0)
    assert Time(1) * 1e300 == INF
    assert Time(-1) * 1e300 == NEG
    assert Time(1) * -1e300 == NEG


@pytest.mark.parametrize("factor", [math.nan, math.inf, -math.inf])
def test_by_a_float_that_is_no_number_there_is_no_product(factor: float) -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be multiplied by"):
        Time(1) * factor


def test_by_a_ratio_the_result_is_exact_and_not_reduced() -> None:
    assert parts(Time(1, 2).multiply_by_ratio(2, 3)) == (2, 6, 1, 0)
    assert parts(Time(3, 2) * Fraction(1, 3)) == (3, 6, 1, 0)
    assert parts(Fraction(1, 3) * Time(3, 2, ROUNDED, 5)) == (3, 6, 3, 5)
    assert parts(Time(3, 2).multiply_by_ratio(1, -3)) == (-3, 6, 1, 0)
    assert parts(Time(3, 2).multiply_by_ratio(-1, -3)) == (3, 6, 1, 0)
    assert parts(Time(1, 2) * Decimal("0.5")) == (1, 4, 1, 0)
    assert parts(Time(MAX_TIMESCALE, MAX_TIMESCALE) * Fraction(2)) == (2 * MAX_TIMESCALE, MAX_TIMESCALE, 1, 0)


def test_a_ratio_is_reduced_where_that_keeps_it_exact() -> None:
    assert parts(Time(2**31, 2**30) * Fraction(1, 4)) == (1, 2, 1, 0)  # scale 2³² reduces
    assert parts(Time(BIG, 7).multiply_by_ratio(7, 1)) == (BIG, 1, 1, 0)  # value 7·(2⁶³−1) reduces
    assert parts(Time(2**62, 9).multiply_by_ratio(3, 1)) == (2**62, 3, 1, 0)  # without, the scale 9 would be halved
    assert parts(Time(1, 30000).multiply_by_ratio(90000, 90000)) == (1, 30000, 1, 0)


def test_a_ratio_that_no_scale_holds_is_rounded_to_the_largest() -> None:
    result = Time(1, MAX_TIMESCALE) * Fraction(1, 2)
    assert parts(result) == (1, MAX_TIMESCALE, 3, 0)
    third = Time(1, 2**30) * Fraction(1, 3)
    assert parts(third) == (1, MAX_TIMESCALE, 3, 0)  # 0.67 of the finest tick
    assert parts(Time(BIG, 1).multiply_by_ratio(3, 2)) == parts(INF)
    assert parts(Time(BIG, 4).multiply_by_ratio(3, 1)) == (round(Fraction(BIG * 3, 4)), 1, 3, 0)


@pytest.mark.parametrize(
    ("time", "multiplier", "expected"),
    [
        (Time(1), 1, INF),
        (Time(1), -1, NEG),
        (Time(-1), 1, NEG),
        (Time(-1), -1, INF),
        (Time(1, 1, epoch=-3), 1, INF),
        (Time(0), 1, INV),
        (Time(1), 0, INV),
        (Time(0), 0, INV),
        (INF, -1, NEG),
        (NEG, -1, INF),
        (INF, 0, INV),
        (IND, 1, IND),
        (IND, 0, IND),
        (INV, 1, INV),
    ],
)
def test_a_ratio_over_zero(time: Time, multiplier: int, expected: Time) -> None:
    assert parts(time.multiply_by_ratio(multiplier, 0)) == parts(expected)


def test_quotients() -> None:
    assert parts(Time(1, 2) / 3) == (1, 6, 1, 0)
    assert parts(Time(1, 2) / -3) == (-1, 6, 1, 0)
    assert parts(Time(1, 2) / Fraction(2, 3)) == (3, 4, 1, 0)
    assert parts(Time(1, 2) / 0.5) == (65536, 65536, 1, 0)
    assert parts(Time(1, 2) / -0.5) == (-65536, 65536, 1, 0)
    assert parts(Time(1, 2) / np.float32(0.5)) == (65536, 65536, 1, 0)
    assert Time(1, 2) / Decimal("0.25") == 2


def test_a_time_over_a_time_is_a_fraction() -> None:
    ratio = Time(1001, 30000) / Time(1, 24)
    assert ratio == Fraction(1001, 1250)
    assert type(ratio) is Fraction
    assert Time(1) / timedelta(milliseconds=250) == 4
    with pytest.raises(TimestampError):
        INF / Time(1)
    with pytest.raises(TimestampError):
        Time(1) / IND


@pytest.mark.parametrize("zero", [0, 0.0, Fraction(0), Decimal(0), np.float64(0), Time(0), timedelta(0)])
def test_nothing_is_divided_by_zero(zero: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        Time(1) / zero


@pytest.mark.parametrize("other", [Time(1), "2", None, timedelta(1), [2]])
def test_products_take_numbers_only(other: Any) -> None:
    with pytest.raises(TypeError, match=r"unsupported operand|can't multiply"):
        Time(1) * other
    with pytest.raises(TypeError, match=r"unsupported operand|can't multiply"):
        other * Time(1)


@pytest.mark.parametrize("other", ["2", None, math.nan, [2], True])
def test_quotients_take_numbers_and_times_only(other: Any) -> None:
    with pytest.raises(TypeError, match=r"unsupported operand|can't multiply"):
        Time(1) / other
    with pytest.raises(TypeError, match=r"unsupported operand|can't multiply"):
        1 / Time(1)  # type: ignore[operator]


def test_signs() -> None:
    assert parts(-Time(1, 2, ROUNDED, 3)) == (-1, 2, 3, 3)
    assert parts(abs(Time(-1, 2, ROUNDED, 3))) == (1, 2, 3, 3)
    positive = Time(1, 2, epoch=-3)
    assert abs(positive) is positive
    assert +positive is positive
    zero = Time(0, 600)
    assert abs(zero) is zero
    assert -INF == NEG
    assert -NEG == INF
    assert abs(NEG) == abs(INF) == INF
    assert parts(-IND) == parts(abs(IND)) == parts(IND)
    assert parts(-INV) == parts(abs(INV)) == parts(INV)
    assert parts(abs(Time(SMALL, 600))) == (2**62, 300, 1, 0)  # 2⁶³ does not fit


# -- order -------------------------------------------------------------------------------------------------------------

ASCENDING = [NEG, Time(BIG, 1, epoch=-1), Time(SMALL), Time(-1, 3), Time(0), Time(1, 3), Time(BIG, epoch=0),
             Time(SMALL, 1, epoch=1), Time(0, 1, epoch=1), IND, INF, INV]  # fmt: skip


@pytest.mark.parametrize("i", range(len(ASCENDING)))
@pytest.mark.parametrize("j", range(len(ASCENDING)))
def test_one_order_for_all_times(i: int, j: int) -> None:
    a, b = ASCENDING[i], ASCENDING[j]
    assert a.compare(b) == (i > j) - (i < j)
    assert [a < b, a <= b, a == b, a != b, a >= b, a > b] == [i < j, i <= j, i == j, i != j, i >= j, i > j]


def test_minimum_and_maximum_follow_the_order() -> None:
    assert min(ASCENDING[::-1]) is NEG
    assert max(ASCENDING) is INV
    assert sorted([*ASCENDING[6:], *ASCENDING[:6]]) == ASCENDING


def test_equal_times_hash_equal() -> None:
    groups: list[list[Any]] = [
        [Time(1, 2), Time(300, 600), Time(1, 2, ROUNDED), Fraction(1, 2), 0.5, Decimal("0.5")],
        [Time(4, 2), Time(2), 2, 2.0, np.int64(2)],
        [Time(0), Time(0, 600), 0],
        [Time(1, 2, epoch=3), Time(2, 4, epoch=3)],
        [INF, Time(7, 8, 5), Time(9, 8, 5), math.inf],
        [NEG, -math.inf],
        [IND, Time(1, 1, 17), Time(2, 1, 17, 3)],
        [INV, Time(1, 2, 0), Time(3, 2, 2, 1), Time(1, 2, 4)],
    ]
    for group in groups:
        assert all(group[0] == member for member in group), group
        assert len({hash(member) for member in group}) == 1, group
    assert len({group[0] for group in groups}) == len(groups)


def test_the_same_value_and_scale_are_not_the_same_kind() -> None:
    number = Time(1, 2)
    for flags, later in [(0, True), (5, True), (9, False), (17, True)]:
        other = Time(1, 2, flags)
        assert other != number
        assert number != other
        assert (number < other) is (other > number) is later


def test_epochs_are_part_of_identity() -> None:
    assert Time(1, 2, epoch=3) != Time(1, 2)
    assert hash(Time(1, 2, epoch=3)) != hash(Time(1, 2))


def test_times_compare_with_whatever_counts_seconds() -> None:
    half = Time(1, 2)
    assert half == 0.5 == half
    assert Time(1, 10) == 0.1  # a float means its microsecond
    assert Time(1, 3) != 1 / 3
    assert half == timedelta(milliseconds=500)
    assert timedelta(milliseconds=499) < half < timedelta(milliseconds=501)
    assert 0 < half < 1
    assert half > 0.25
    assert half >= 0.5 >= half
    assert not half >= Fraction(2, 3)
    assert half > Fraction(10**20 - 1, 2 * 10**20)  # finer than any time scale
    assert half < Fraction(10**20 + 1, 2 * 10**20)
    assert Decimal("0.4") < half <= Decimal("0.5")
    assert np.float64(0.4) < half <= np.float64(0.5)
    assert np.int64(1) > half
    assert half == np.float32(0.5)
    assert Time(1, 1, epoch=1) > 10**30
    assert Time(1, 1, epoch=-1) < -(10**30)


def test_infinite_floats_compare_as_infinities() -> None:
    assert Time(BIG) < math.inf
    assert -math.inf < Time(SMALL)
    assert math.inf == INF == math.inf
    assert -math.inf == NEG == -math.inf
    assert IND < math.inf < INV
    assert IND > 10**30
    assert NEG < -(10**30)
    assert INV > 0


def test_what_counts_no_seconds_is_not_equal_and_has_no_order() -> None:
    for other in ("0.5", None, [0.5], math.nan, True, np.timedelta64(1, "s")):
        assert Time(1, 1) != other
        assert not Time(1, 1) == other  # noqa: SIM201
        with pytest.raises(TypeError):
            assert Time(1) < other  # type: ignore[operator]
        with pytest.raises(TypeError):
            assert other >= Time(1)  # type: ignore[operator]
        with pytest.raises(InvalidArgumentError):
            Time(1).compare(other)  # type: ignore[arg-type]
    assert Time(1, 2).compare(0.25) == 1


# -- out ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "time", [Time(1001, 30000), Time(-1, 3, ROUNDED, epoch=-4), *SPECIAL, Time(1, 2, 0), Time(9, 8, 21 - 4)]
)
def test_a_time_survives_dictionaries_pickles_copies_and_its_own_repr(time: Time) -> None:
    assert list(time.to_dict()) == ["value", "timescale", "flags", "epoch"]
    assert all(type(part) is int for part in time.to_dict().values())
    for again in (
        Time.from_dict(time.to_dict()),
        pickle.loads(pickle.dumps(time)),
        copy.copy(time),
        copy.deepcopy(time),
        eval(repr(time), {"Time": Time}),
    ):
        assert parts(again) == parts(time)


@pytest.mark.parametrize("key", ["value", "timescale", "flags", "epoch"])
def test_a_dictionary_without_an_entry_is_no_time(key: str) -> None:
    entries = Time(1, 2).to_dict()
    del entries[key]
    with pytest.raises(InvalidArgumentError, match=f"'{key}' is missing"):
        Time.from_dict(entries)
    with pytest.raises(InvalidArgumentError):
        Time.from_dict({**Time(1, 2).to_dict(), key: None})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (Time(1001, 30000), "Time(1001, 30000)"),
        (Time(5), "Time(5, 1)"),
        (Time(0, 1), "Time(0, 1)"),
        (Time(1, 3, ROUNDED), "Time(1, 3, flags=3)"),
        (Time(1, 3, epoch=2), "Time(1, 3, epoch=2)"),
        (Time(1, 3, ROUNDED, 2), "Time(1, 3, flags=3, epoch=2)"),
        (INV, "Time.INVALID"),
        (IND, "Time.INDEFINITE"),
        (INF, "Time.POSITIVE_INFINITY"),
        (NEG, "Time.NEGATIVE_INFINITY"),
    ],
)
def test_text(time: Time, text: str) -> None:
    assert repr(time) == str(time) == f"{time}" == text


def test_formats_of_floats_show_seconds() -> None:
    assert f"{Time(1001, 30000):.4f}" == "0.0334"
    assert f"{INF:.1f}" == "inf"
