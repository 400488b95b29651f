"""Times and durations as they are meant: exact, and refused when they run backwards or do not match."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest

from reelwright.easy.spans import (
    Span,
    at_durations,
    at_rate,
    at_times,
    check_count,
    length_at_durations,
    length_at_times,
    length_of,
)
from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.time import Time


def plain(spans: Any, count: int | None = None) -> list[tuple[Fraction, Fraction]]:
    return [(time.fraction, duration.fraction) for time, duration in islice(spans, count)]


def test_frames_of_a_rate_follow_exactly() -> None:
    rate = Fraction(30000, 1001)
    assert plain(at_rate(rate), 4) == [(i / rate, 1 / rate) for i in range(4)]
    later: Span = next(islice(at_rate(rate), 10_789, None))
    assert later[0] == Time(10_789 * 1001, 30000)


def test_one_duration_for_all_goes_on() -> None:
    assert plain(at_durations(2), 3) == [(0, 2), (2, 2), (4, 2)]


def test_durations_add_up_exactly() -> None:
    given = [0.1, Fraction(1, 3), Time(5, 7), timedelta(milliseconds=250), 1]
    lengths = [Fraction(1, 10), Fraction(1, 3), Fraction(5, 7), Fraction(1, 4), Fraction(1)]
    starts = [sum(lengths[:index], Fraction(0)) for index in range(5)]
    assert plain(at_durations(given)) == list(zip(starts, lengths, strict=True))


def test_an_array_of_durations_is_one_for_each() -> None:
    assert plain(at_durations(np.array([1.0, 0.5]))) == [(0, 1), (1, Fraction(1, 2))]
    assert plain(at_durations(np.array(2.0)), 2) == [(0, 2), (2, 2)]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (1 / 30, Fraction(1, 30)),
        (1 / 24, Fraction(1, 24)),
        (1001 / 30000, Fraction(1001, 30000)),
        (1001 / 24000, Fraction(1001, 24000)),
        (0.5, Fraction(1, 2)),
        (np.float64(1 / 60), Fraction(1, 60)),
        (0.033, 0.033),
        (0.0333333, 0.0333333),
        (2.5, 2.5),
        (Fraction(1, 7), Fraction(1, 7)),
        (1, 1),
    ],
)
def test_what_a_float_means(given: Any, meant: Any) -> None:
    assert length_of(given) == meant
    assert type(length_of(given)) is type(meant)


@pytest.mark.parametrize("given", [0, -1, 0.0, Time.INDEFINITE, Time.POSITIVE_INFINITY])
def test_nothing_is_shown_for_no_time(given: Any) -> None:
    with pytest.raises(TimestampError, match="cannot be shown for"):
        next(at_durations(given))


@pytest.mark.parametrize("given", ["2", "abc", None, True])
def test_a_duration_that_is_no_time_is_refused(given: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        next(at_durations(given))


def test_times_give_durations() -> None:
    assert plain(at_times([1, 1.5, 4])) == [
        (1, Fraction(1, 2)),
        (Fraction(3, 2), Fraction(5, 2)),
        (4, Fraction(5, 2)),
    ]


def test_two_times_are_one_frame_and_its_end() -> None:
    assert plain(at_times([3, 5]), 1) == [(3, 2)]


@pytest.mark.parametrize("given", [[0, 1, 1], [0, 2, 1], [Time.INDEFINITE, 1], [0, Time.POSITIVE_INFINITY]])
def test_times_go_forward(given: list[Any]) -> None:
    with pytest.raises(TimestampError):
        list(at_times(given))


def test_one_time_alone_says_too_little() -> None:
    with pytest.raises(TimestampError, match=r"times=\[start, end\]"):
        list(at_times([1]))
    assert list(at_times([])) == []


@pytest.mark.parametrize(
    ("spans", "pictures", "more"),
    [
        ([1, 2], 2, 0),
        ([1, 2, 3], 2, 1),
        (5, 2, 0),
        ([1], None, 0),
        (iter([1]), 7, 0),
        (None, 3, 0),
        (np.array(1), 3, 0),
    ],
)
def test_counts_that_match_or_are_not_known(spans: Any, pictures: int | None, more: int) -> None:
    check_count(spans, pictures, more=more, what="times")


@pytest.mark.parametrize(("spans", "more"), [([1], 0), ([1, 2, 3], 0), ([1, 2, 3, 4], 1), (np.ones(5), 0)])
def test_counts_that_do_not_match(spans: Any, more: int) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"{len(spans)} times were given for 2 pictures\. Give 2"):
        check_count(spans, 2, more=more, what="times")


def test_the_whole_length_as_far_as_it_is_known() -> None:
    assert length_at_durations(0.1, 101) == Time(11, 1), "to the next second"
    assert length_at_times([1, 2, Fraction(7, 2)]) == Time(5, 2)
    unknown = [length_at_durations(2, None), length_at_durations([1, 2], 2), length_at_durations(iter([1]), 1)]
    unknown += [length_at_times(times) for times in (iter([1, 2]), [], [2, 1], [1], [1, Time.INVALID])]
    assert not any(length.is_valid for length in unknown)
    with pytest.raises(TimestampError):
        length_at_durations(0, 3)
