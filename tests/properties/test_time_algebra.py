"""Whatever the times: arithmetic agrees with fractions while it can, and says so when it cannot."""

from __future__ import annotations

import pickle
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reelwright.model.errors import TimestampError
from reelwright.model.time import MAX_TIMESCALE, RoundingMethod, Time, TimeFlags, common_timescale, frame_rate
from reelwright.model.time_range import TimeRange

INT64 = st.integers(-(2**63), 2**63 - 1)
SCALES = st.one_of(
    st.sampled_from([1, 25, 600, 24000, 30000, 44100, 48000, 90000, MAX_TIMESCALE]), st.integers(1, MAX_TIMESCALE)
)
MODEST_SCALES = st.integers(1, 40000)
VALUES = st.one_of(st.integers(-(10**6), 10**6), INT64)
FLAGS = st.sampled_from([TimeFlags.VALID, TimeFlags.VALID | TimeFlags.HAS_BEEN_ROUNDED])

numbers = st.builds(Time, VALUES, SCALES, FLAGS)
moments = st.builds(Time, VALUES, SCALES, FLAGS, st.integers(-2, 2))
specials = st.sampled_from([Time.INVALID, Time.INDEFINITE, Time.POSITIVE_INFINITY, Time.NEGATIVE_INFINITY])
times = st.one_of(moments, specials)
modest = st.builds(Time, st.integers(-(10**9), 10**9), MODEST_SCALES)
lengths = st.builds(Time, st.integers(1, 10**6), MODEST_SCALES)
windows = st.builds(TimeRange, modest, lengths)
TIDY_SCALES = st.sampled_from([1, 2, 3, 4, 8, 12, 24, 25])
tidy = st.builds(Time, st.integers(-1000, 1000), TIDY_SCALES)
tidy_windows = st.builds(TimeRange, tidy, st.builds(Time, st.integers(1, 100), TIDY_SCALES))

quick = settings(max_examples=60, deadline=None)


def parts(time: Time) -> tuple[int, int, int, int]:
    return time.value, time.timescale, int(time.flags), time.epoch


def check_exactness(result: Time, exact: Fraction, rounded_before: bool, scale: int) -> None:
    """Exact unless marked; never further off than half a tick; infinite only when whole seconds overflow."""
    if not result.is_numeric:
        assert result == (Time.POSITIVE_INFINITY if exact > 0 else Time.NEGATIVE_INFINITY)
        assert abs(exact) >= 2**63 - 1
        return
    assert result.has_been_rounded == (rounded_before or result.fraction != exact)
    assert abs(result.fraction - exact) <= Fraction(1, 2 * result.timescale)
    halved = scale
    while halved != result.timescale:
        assert abs(exact) * halved > 2**63 - 2  # it was halved for a reason
        assert halved > 1
        halved //= 2


@quick
@given(numbers, numbers)
@example(Time(2**63 - 1, 600), Time(2**63 - 1, 600))
@example(Time(1, MAX_TIMESCALE), Time(1, 2))
def test_sums_and_differences_are_exact_or_say_so(a: Time, b: Time) -> None:
    rounded = a.has_been_rounded or b.has_been_rounded
    scale = common_timescale(a.timescale, b.timescale) or MAX_TIMESCALE
    check_exactness(a + b, a.fraction + b.fraction, rounded, scale)
    check_exactness(a - b, a.fraction - b.fraction, rounded, scale)


@quick
@given(times, times)
def test_addition_does_not_care_about_order_and_subtraction_mirrors(a: Time, b: Time) -> None:
    assert parts(a + b) == parts(b + a)
    mirrored = -(b - a)
    if (a - b).is_numeric and mirrored.is_numeric and (a - b).timescale == mirrored.timescale:
        assert parts(a - b) == parts(mirrored)


@quick
@given(modest, modest, modest)
def test_addition_is_associative_while_exact(a: Time, b: Time, c: Time) -> None:
    left, right = (a + b) + c, a + (b + c)
    assume(not left.has_been_rounded and not right.has_been_rounded)
    assert left == right
    assert (a + b) - b == a or (a + b).has_been_rounded


@quick
@given(numbers, st.integers(-(2**31), 2**31))
def test_products_by_integers_are_exact_or_say_so(a: Time, factor: int) -> None:
    check_exactness(a * factor, a.fraction * factor, a.has_been_rounded, a.timescale)


@quick
@given(numbers, st.integers(-(2**31), 2**31), st.integers(-(2**31), 2**31).filter(bool))
def test_products_by_ratios_are_exact_wherever_a_time_can_be(a: Time, multiplier: int, divisor: int) -> None:
    exact = a.fraction * multiplier / divisor
    result = a.multiply_by_ratio(multiplier, divisor)
    if exact.denominator <= MAX_TIMESCALE and -(2**63) <= exact.numerator < 2**63:
        assert result.fraction == exact
        assert result.has_been_rounded == a.has_been_rounded
    elif result.is_numeric:
        assert result.has_been_rounded
        assert abs(result.fraction - exact) <= Fraction(1, 2 * result.timescale)


@quick
@given(modest, st.floats(-1e3, 1e3, allow_subnormal=False))
def test_products_by_floats_take_a_fine_scale(a: Time, factor: float) -> None:
    result = a * factor
    exact = a.fraction * Fraction(factor)
    assert 65536 <= result.timescale < 2 * 65536
    assert result.timescale % a.timescale == 0
    assert abs(result.fraction - exact) <= Fraction(1, 2 * result.timescale)
    assert result.has_been_rounded == (result.fraction != exact)


@quick
@given(times, times, times)
def test_the_order_is_total(a: Time, b: Time, c: Time) -> None:
    assert a.compare(b) == -b.compare(a)
    assert [a < b, a == b, a > b].count(True) == 1
    assert (a <= b) is not (a > b)
    if a <= b and b <= c:
        assert a <= c
    if a == b:
        assert hash(a) == hash(b)


@quick
@given(numbers, numbers)
def test_numbers_are_ordered_as_their_fractions(a: Time, b: Time) -> None:
    assert (a < b) is (a.fraction < b.fraction)
    assert (a == b) is (a.fraction == b.fraction)
    assert (a < b.fraction) is (a.fraction < b.fraction)
    assert a == a.fraction
    assert hash(a) == hash(a.fraction)


@quick
@given(numbers, SCALES, st.sampled_from(RoundingMethod))
def test_conversions_round_as_their_method_says(time: Time, scale: int, method: RoundingMethod) -> None:
    result = time.convert_scale(scale, method)
    exact = time.fraction * scale
    if not result.is_numeric:
        assert abs(exact) > 2**63 - 2
        return
    off = result.value - exact
    assert result.timescale == scale
    assert result.has_been_rounded == (time.has_been_rounded or off != 0)
    assert abs(off) < 1 or (method is RoundingMethod.QUICKTIME and result.value == -1)
    if method is RoundingMethod.HALF_AWAY_FROM_ZERO:
        assert abs(off) < Fraction(1, 2) or (abs(off) == Fraction(1, 2) and abs(result.value) > abs(exact))
        assert result.value == time.ticks_rounded(scale)
    elif method is RoundingMethod.TOWARD_ZERO:
        assert abs(result.value) <= abs(exact)
    elif method is RoundingMethod.AWAY_FROM_ZERO:
        assert abs(result.value) >= abs(exact)
    elif method is RoundingMethod.TOWARD_POSITIVE_INFINITY:
        assert off >= 0
    elif method is RoundingMethod.TOWARD_NEGATIVE_INFINITY:
        assert off <= 0
    else:
        grows = scale >= time.timescale or (result.value == -1 and exact > -1)
        assert abs(result.value) >= abs(exact) if grows else abs(result.value) <= abs(exact)
        assert result.value or time.value >= 0


@quick
@given(numbers, SCALES)
def test_ticks_are_exact_or_refused(time: Time, scale: int) -> None:
    exact = time.fraction * scale
    try:
        ticks = time.ticks(scale)
    except TimestampError:
        assert exact.denominator != 1
    else:
        assert ticks == exact


@quick
@given(times)
def test_round_trips(time: Time) -> None:
    assert parts(pickle.loads(pickle.dumps(time))) == parts(Time.from_dict(time.to_dict())) == parts(time)
    assert parts(eval(repr(time), {"Time": Time})) == parts(time)
    assert Time.of(time) is time


@quick
@given(st.fractions(max_denominator=MAX_TIMESCALE, min_value=-(2**31), max_value=2**31))
def test_the_door_keeps_fractions(exact: Fraction) -> None:
    assert Time.of(exact).fraction == exact


@quick
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9),
    st.timedeltas(min_value=timedelta(days=-(10**8)), max_value=timedelta(days=10**8)),  # 64 bits of microseconds
)
def test_the_door_keeps_decimals_and_timedeltas(decimal: Decimal, delta: timedelta) -> None:
    assert Time.of(decimal).fraction == Fraction(decimal)
    assert Time.of(delta).fraction == Fraction(delta // timedelta(microseconds=1), 10**6)


@quick
@given(st.floats(-1e12, 1e12))
def test_the_door_takes_floats_to_the_nearest_microsecond(seconds: float) -> None:
    time = Time.of(seconds)
    assert time.timescale == 10**6
    assert abs(time.fraction - Fraction(seconds)) <= Fraction(1, 2 * 10**6)
    assert time.has_been_rounded == (time.seconds != seconds)
    assert time == seconds


@quick
@given(st.floats(allow_nan=False, allow_infinity=False), SCALES)
def test_seconds_halve_their_scale_rather_than_overflow(seconds: float, scale: int) -> None:
    check = Time.from_seconds(seconds, scale)
    exact = Fraction(seconds)
    if not check.is_numeric:
        assert abs(exact) >= 2**63 - 1
        return
    assert abs(check.fraction - exact) <= Fraction(1, 2 * check.timescale)
    assert check.has_been_rounded == (check.seconds != seconds)


@quick
@given(st.integers(1, 1000))
def test_every_ntsc_rate_is_found_from_four_decimals(n: int) -> None:
    exact = Fraction(n * 1000, 1001)
    assert frame_rate(f"{float(exact):.4f}") == exact
    assert frame_rate(float(exact)) == exact
    assert frame_rate(float(n)) == n


# -- ranges ------------------------------------------------------------------------------------------------------------


@quick
@given(windows, windows, modest)
def test_union_and_intersection_are_those_of_sets(a: TimeRange, b: TimeRange, time: Time) -> None:
    union, common = a.union(b), a.intersection(b)
    assume(not union.duration.has_been_rounded and not common.duration.has_been_rounded)
    assert union.contains(a)
    assert union.contains(b)
    assert union.start in (a.start, b.start)
    assert union.end in (a.end, b.end)
    assert (time in a and time in b) is (time in common)
    if time in a or time in b:
        assert time in union
    if not common.is_empty:
        assert a.contains(common)
        assert b.contains(common)


@quick
@given(windows, modest)
def test_clamping_is_to_the_nearest_and_only_once(window: TimeRange, time: Time) -> None:
    assume(not window.end.has_been_rounded)
    clamped = window.clamp(time)
    assert window.start <= clamped <= window.end
    assert window.clamp(clamped) == clamped
    assert clamped == time or time not in window


@quick
@given(windows, modest)
def test_folding_ends_inside_a_whole_number_of_turns_away(window: TimeRange, time: Time) -> None:
    folded = window.fold(time)
    assert folded in window
    if not folded.has_been_rounded and not window.end.has_been_rounded:
        assert ((time - folded) / window.duration).denominator == 1
    if time in window:
        assert folded == time


@quick
@given(tidy_windows, tidy_windows, tidy)
def test_mapping_there_and_back(a: TimeRange, b: TimeRange, time: Time) -> None:
    there = a.map_time(time, b)
    back = b.map_time(there, a)
    assume(not back.has_been_rounded)
    assert back == time
    exact = (time.fraction - a.start.fraction) * b.duration.fraction / a.duration.fraction + b.start.fraction
    assert there.fraction == exact
    assert a.map_time(a.start, b) == b.start
    assert a.map_duration(a.duration, b) == b.duration
