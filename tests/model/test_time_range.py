"""Ranges and mappings: every rule of CoreMedia's tables."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.time import MAX_TIMESCALE, Time, TimeFlags
from reelwright.model.time_range import TimeMapping, TimeRange

INF, NEG, IND, INV = Time.POSITIVE_INFINITY, Time.NEGATIVE_INFINITY, Time.INDEFINITE, Time.INVALID
ROUNDED = TimeFlags.VALID | TimeFlags.HAS_BEEN_ROUNDED
ENDLESS = TimeRange(1, INF)
UNKNOWN = TimeRange(1, IND)
NEGATIVE = TimeRange(1, -1)


def late(value: int) -> Time:
    """A moment of epoch 3."""
    return Time(value, 1, epoch=3)


# -- making ------------------------------------------------------------------------------------------------------------


def test_start_and_duration_come_through_the_door() -> None:
    window = TimeRange(Fraction(1, 2), 0.25)
    assert (window.start, window.duration) == (Time(1, 2), Time(1, 4))
    assert type(window.start) is type(window.duration) is Time
    assert TimeRange(Decimal("0.5"), timedelta(milliseconds=250)) == window
    with pytest.raises(InvalidArgumentError, match="is no time"):
        TimeRange("0", 1)  # type: ignore[arg-type]


def test_a_duration_with_an_epoch_makes_no_range() -> None:
    window = TimeRange(1, late(2))
    assert (window.start, window.duration) == (INV, INV)
    assert window == TimeRange.INVALID
    assert TimeRange(late(1), 2).is_valid  # a start may have one


def test_from_one_time_to_another() -> None:
    assert TimeRange.from_times(1, 2.5) == TimeRange(1, 1.5)
    assert TimeRange.from_times(late(1), late(3)) == TimeRange(late(1), 2)
    assert TimeRange.from_times(late(1), Time(3, 1, epoch=4)) == TimeRange(late(1), INV)
    assert not TimeRange.from_times(1, late(3)).is_valid
    assert not TimeRange.from_times(2, 1).is_valid
    assert TimeRange.from_times(1, INF) == ENDLESS


def test_the_constants() -> None:
    assert (TimeRange.ZERO.start, TimeRange.ZERO.duration) == (Time.ZERO, Time.ZERO)
    assert (TimeRange.INVALID.start, TimeRange.INVALID.duration) == (INV, INV)


def test_a_range_does_not_change_and_is_what_it_holds() -> None:
    window = TimeRange(1, 2)
    with pytest.raises(FrozenInstanceError):
        window.start = Time(5)  # type: ignore[misc]
    assert not hasattr(window, "__dict__")
    same = TimeRange(Time(600, 600), Time(1200, 600))
    assert window == same
    assert hash(window) == hash(same)
    assert window != TimeRange(1, 3)
    assert window != TimeRange(2, 2)
    assert repr(window) == "TimeRange(start=Time(1, 1), duration=Time(2, 1))"


# -- what it is --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "valid", "empty", "indefinite"),
    [
        (TimeRange(1, 2), True, False, False),
        (TimeRange(-1, 0), True, True, False),
        (TimeRange.ZERO, True, True, False),
        (TimeRange.INVALID, False, False, False),
        (TimeRange(INV, 1), False, False, False),
        (TimeRange(1, INV), False, False, False),
        (TimeRange(INV, 0), False, False, False),
        (NEGATIVE, False, False, False),
        (TimeRange(0, NEG), False, False, False),
        (ENDLESS, True, False, False),
        (UNKNOWN, True, False, True),
        (TimeRange(IND, 1), True, False, True),
        (TimeRange(INV, IND), False, False, False),
    ],
)
def test_kinds(window: TimeRange, valid: bool, empty: bool, indefinite: bool) -> None:
    assert (window.is_valid, window.is_empty, window.is_indefinite) == (valid, empty, indefinite)


def test_the_end_is_start_plus_duration() -> None:
    assert TimeRange(Time(1, 2), Time(1, 3)).end == Fraction(5, 6)
    assert TimeRange(late(1), 2).end == late(3)
    assert ENDLESS.end == INF
    assert TimeRange.INVALID.end == INV


# -- contains ----------------------------------------------------------------------------------------------------------


def test_a_range_is_half_open() -> None:
    window = TimeRange(1, 2)
    for inside in (1, 2.999999, Time(1), Fraction(5, 2), timedelta(seconds=2)):
        assert window.contains(inside)
        assert inside in window
    for outside in (0.999999, 3, window.end, INF, NEG, IND, INV):
        assert not window.contains(outside)
        assert outside not in window


@pytest.mark.parametrize("window", [TimeRange.ZERO, TimeRange(1, 0), ENDLESS, TimeRange(1, 2), TimeRange(NEG, 3)])
def test_no_range_contains_its_end(window: TimeRange) -> None:
    assert not window.contains(window.end)


def test_only_times_of_the_same_epoch_are_inside() -> None:
    assert TimeRange(late(1), 2).contains(late(2))
    assert not TimeRange(late(1), 2).contains(2)
    assert not TimeRange(1, INF).contains(late(5))  # later than the start and earlier than +∞, but of another epoch


@pytest.mark.parametrize("window", [TimeRange.INVALID, NEGATIVE, UNKNOWN, TimeRange(IND, 1), TimeRange(NEG, INF)])
def test_nothing_is_inside_a_range_without_bounds(window: TimeRange) -> None:
    assert not window.contains(1)
    assert not window.contains(TimeRange(1, 0))
    assert not window.contains(window)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (TimeRange(1, 2), True),
        (TimeRange(1.5, 1), True),
        (TimeRange(1, 0), True),
        (TimeRange(2, 0), True),
        (TimeRange(3, 0), False),  # an empty range at the end
        (TimeRange(0, 0), False),
        (TimeRange(0.5, 1), False),
        (TimeRange(2, 2), False),
        (TimeRange(0, 5), False),
        (TimeRange(2, -1), False),
        (TimeRange(INV, 1), False),
        (TimeRange(1, IND), False),
        (TimeRange(IND, 0), False),
        (TimeRange(late(1), 1), False),
        (ENDLESS, False),
    ],
)
def test_ranges_inside_a_range(inner: TimeRange, expected: bool) -> None:
    assert TimeRange(1, 2).contains(inner) is expected
    assert (inner in TimeRange(1, 2)) is expected


def test_an_endless_range_contains_endless_ranges() -> None:
    assert ENDLESS.contains(TimeRange(5, INF))
    assert not ENDLESS.contains(TimeRange(0, INF))
    assert not ENDLESS.contains(IND)  # later than any number, earlier than +∞, but when is not known
    assert not TimeRange.ZERO.contains(TimeRange.ZERO)


# -- union and intersection --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "union", "intersection"),
    [
        (TimeRange(0, 2), TimeRange(1, 3), TimeRange(0, 4), TimeRange(1, 1)),
        (TimeRange(0, 5), TimeRange(1, 1), TimeRange(0, 5), TimeRange(1, 1)),
        (TimeRange(0, 2), TimeRange(5, 1), TimeRange(0, 6), TimeRange.ZERO),
        (TimeRange(5, 2), TimeRange(7, 1), TimeRange(5, 3), TimeRange.ZERO),  # neighbours
        (TimeRange(3, 0), TimeRange(5, 1), TimeRange(3, 3), TimeRange.ZERO),  # an empty range counts with its start
        (TimeRange(late(0), 2), TimeRange(late(1), 3), TimeRange(late(0), 4), TimeRange(late(1), 1)),
        (ENDLESS, TimeRange(0, 3), TimeRange(0, INF), TimeRange(1, 2)),
        (ENDLESS, TimeRange(4, INF), ENDLESS, TimeRange(4, INF)),
        (TimeRange(Time(1, 2), Time(1, 3)), TimeRange(Time(2, 3), 1), TimeRange(Time(1, 2), Time(7, 6)),
         TimeRange(Time(2, 3), Time(1, 6))),
        (TimeRange(1, 2), TimeRange.INVALID, TimeRange.INVALID, TimeRange.INVALID),
        (TimeRange(1, 2), NEGATIVE, TimeRange.INVALID, TimeRange.INVALID),
        (TimeRange(1, 2), UNKNOWN, TimeRange.INVALID, TimeRange.INVALID),
        (TimeRange(1, 2), TimeRange(NEG, INF), TimeRange.INVALID, TimeRange.INVALID),
        (TimeRange(1, 2), TimeRange(late(1), 2), TimeRange.INVALID, TimeRange.INVALID),
    ],
)  # fmt: skip
def test_union_and_intersection(a: TimeRange, b: TimeRange, union: TimeRange, intersection: TimeRange) -> None:
    assert a.union(b) == b.union(a) == union
    assert a.intersection(b) == b.intersection(a) == intersection


# -- clamp and fold ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "expected"), [(0, 1), (1, 1), (2, 2), (3, 3), (4, 3), (NEG, 1), (INF, 3), (IND, 3), (INV, INV)]
)
def test_clamp(time: Any, expected: Any) -> None:
    assert TimeRange(1, 2).clamp(time) == expected


def test_a_clamped_time_inside_is_unmodified() -> None:
    time = Time(1200, 600, ROUNDED)
    assert TimeRange(1, 2).clamp(time) is time
    assert ENDLESS.clamp(10**9) == 10**9
    assert ENDLESS.clamp(0) == 1
    assert TimeRange(late(1), 2).clamp(9) == late(1)  # an earlier epoch is before it


@pytest.mark.parametrize("window", [TimeRange.ZERO, TimeRange(1, 0), TimeRange.INVALID, NEGATIVE, UNKNOWN])
def test_nothing_is_clamped_to_or_folded_into_no_length(window: TimeRange) -> None:
    assert window.clamp(1) == INV
    assert window.fold(1) == INV


@pytest.mark.parametrize(
    ("time", "expected"),
    [(1, 1), (2, 2), (3, 1), (3.5, 1.5), (25, 1), (26, 2), (0, 2), (-1, 1), (-1.5, 2.5), (-100, 2)],
)
def test_fold(time: Any, expected: Any) -> None:
    assert TimeRange(1, 2).fold(time) == expected


def test_fold_is_exact_between_scales() -> None:
    loop = TimeRange(Fraction(1, 3), Fraction(2, 5))
    assert loop.fold(0) == Fraction(2, 5)
    assert loop.fold(Time(-7, 11)) == Fraction(93, 165)
    assert loop.fold(Time(7, 3)).has_been_rounded is False
    assert loop.fold(loop.end) == loop.start


def test_fold_keeps_the_epoch_and_asks_for_it() -> None:
    assert TimeRange(late(1), 2).fold(late(6)) == late(2)
    assert TimeRange(late(1), 2).fold(6) == INV
    assert TimeRange(1, 2).fold(late(6)) == INV


@pytest.mark.parametrize("time", [INF, NEG, IND, INV])
def test_only_numbers_are_folded(time: Time) -> None:
    assert TimeRange(1, 2).fold(time) == INV


def test_only_into_numbers_is_anything_folded() -> None:
    assert ENDLESS.fold(5) == INV
    assert TimeRange(NEG, 1).fold(5) == INV


def test_a_fold_that_has_to_round_stays_inside() -> None:
    loop = TimeRange(0, Time(1, 2))
    just_before = Time(-1, MAX_TIMESCALE)  # ½ − 1/(2³¹−1) is half a tick of the finest scale below ½: rounds to above
    assert loop.fold(just_before) in loop
    for value in range(-40, 40):
        assert TimeRange(Time(1, 7), Time(3, MAX_TIMESCALE)).fold(Time(value, 11)) in TimeRange(
            Time(1, 7), Time(3, MAX_TIMESCALE)
        )


# -- mapping from range to range ---------------------------------------------------------------------------------------


def test_times_map_linearly_start_on_start_and_end_on_end() -> None:
    source, target = TimeRange(1, 2), TimeRange(10, 4)
    assert source.map_time(1, target) == 10
    assert source.map_time(2, target) == 12
    assert source.map_time(3, target) == 14
    assert source.map_time(0, target) == 8  # beyond the ends too
    assert source.map_time(INF, target) == INF


def test_mapping_is_exact_between_scales() -> None:
    source = TimeRange(Fraction(1, 7), Fraction(2, 5))
    target = TimeRange(Fraction(3, 13), Fraction(7, 11))
    mapped = source.map_time(Fraction(12, 7), target)
    assert mapped == (Fraction(12, 7) - Fraction(1, 7)) * Fraction(7, 11) / Fraction(2, 5) + Fraction(3, 13)
    assert not mapped.has_been_rounded
    assert source.map_time(source.end, target) == target.end
    assert source.map_duration(Fraction(1, 3), target) == Fraction(35, 66)


def test_durations_map_by_the_ratio_of_durations() -> None:
    assert TimeRange(1, 2).map_duration(1, TimeRange(10, 4)) == 2
    assert TimeRange(1, 2).map_duration(0, TimeRange(10, 4)) == 0
    assert TimeRange(1, 2).map_duration(late(1), TimeRange(10, 4)) == INV
    assert TimeRange(1, 2).map_duration(INV, TimeRange(10, 4)) == INV
    assert TimeRange(1, 2).map_duration(INF, TimeRange(10, 4)) == INF


def test_endless_ranges_only_shift() -> None:
    other = TimeRange(10, INF)
    assert ENDLESS.map_time(5, other) == 14
    assert ENDLESS.map_duration(1.5, other) == 1.5
    assert ENDLESS.map_time(5, TimeRange(10, 4)) == INV
    assert TimeRange(10, 4).map_time(5, ENDLESS) == INV
    assert TimeRange(10, 4).map_duration(5, ENDLESS) == INV


@pytest.mark.parametrize("bad", [TimeRange.ZERO, TimeRange(3, 0), TimeRange.INVALID, NEGATIVE, UNKNOWN])
def test_empty_and_invalid_ranges_map_nothing(bad: TimeRange) -> None:
    good = TimeRange(1, 2)
    for call in (bad.map_time, bad.map_duration):
        assert call(1, good) == INV
    for call in (good.map_time, good.map_duration):
        assert call(1, bad) == INV


def test_a_mapped_time_has_the_epoch_of_its_range() -> None:
    source, target = TimeRange(late(1), 2), TimeRange(Time(10, 1, epoch=5), 4)
    assert source.map_time(late(2), target) == Time(12, 1, epoch=5)
    assert source.map_time(2, target) == INV
    assert source.map_time(INF, target) == INV
    assert TimeRange(1, 2).map_time(late(2), target) == INV


@pytest.mark.parametrize("which", range(4))
def test_rounding_is_contagious_through_mapping(which: int) -> None:
    parts = [Time(1), Time(2), Time(10), Time(4)]
    parts[which] = Time(parts[which].value, 1, ROUNDED)
    source, target = TimeRange(*parts[:2]), TimeRange(*parts[2:])
    assert source.map_time(2, target) == 12
    assert source.map_time(2, target).has_been_rounded
    assert source.map_duration(2, target).has_been_rounded is (which in (1, 3))


# -- TimeMapping -------------------------------------------------------------------------------------------------------


def test_a_mapping_knows_its_rate() -> None:
    mapping = TimeMapping(TimeRange(0, 2), TimeRange(5, 1))
    assert mapping.is_valid
    assert not mapping.is_empty
    assert mapping.rate == 2
    assert type(mapping.rate) is Fraction
    assert TimeMapping(TimeRange(0, 1), TimeRange(5, 3)).rate == Fraction(1, 3)
    assert TimeMapping(TimeRange(0, 0), TimeRange(5, 3)).rate == 0  # one picture held


def test_an_empty_edit_has_no_source() -> None:
    edit = TimeMapping.empty(TimeRange(0, 1))
    assert edit == TimeMapping(TimeRange.INVALID, TimeRange(0, 1))
    assert edit.is_valid
    assert edit.is_empty
    assert edit.rate is None
    assert TimeMapping(TimeRange(INV, 7), TimeRange(0, 1)).is_empty  # its duration is ignored
    assert TimeMapping(TimeRange(IND, 7), TimeRange(0, 1)).is_empty


def test_a_mapping_is_valid_with_its_target() -> None:
    for target in (TimeRange.INVALID, NEGATIVE, TimeRange(0, late(1))):
        assert not TimeMapping(TimeRange(0, 1), target).is_valid
        assert not TimeMapping.empty(target).is_empty
    assert not TimeMapping.INVALID.is_valid
    assert not TimeMapping.INVALID.is_empty


def test_a_rate_needs_durations() -> None:
    with pytest.raises(TimestampError):
        assert TimeMapping(TimeRange(0, INF), TimeRange(0, 1)).rate
    with pytest.raises(TimestampError):
        assert TimeMapping.INVALID.rate
    with pytest.raises(ZeroDivisionError):
        assert TimeMapping(TimeRange(0, 1), TimeRange(0, 0)).rate


@pytest.mark.parametrize(
    "make", [lambda: TimeMapping(None, TimeRange.ZERO), lambda: TimeMapping(TimeRange.ZERO, (0, 1))]
)  # type: ignore[arg-type]
def test_a_mapping_is_made_of_ranges(make: Callable[[], TimeMapping]) -> None:
    with pytest.raises(InvalidArgumentError, match=r"TimeMapping\.empty"):
        make()


# -- out ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "window", [TimeRange(Time(1, 3), Time(2, 5)), TimeRange.INVALID, ENDLESS, TimeRange(late(1), 2)]
)
def test_ranges_and_mappings_survive_dictionaries_and_pickles(window: TimeRange) -> None:
    assert window.to_dict() == {"start": window.start.to_dict(), "duration": window.duration.to_dict()}
    assert TimeRange.from_dict(window.to_dict()) == pickle.loads(pickle.dumps(window)) == window
    mapping = TimeMapping(window, TimeRange(0, 1))
    assert mapping.to_dict() == {"source": window.to_dict(), "target": TimeRange(0, 1).to_dict()}
    assert TimeMapping.from_dict(mapping.to_dict()) == pickle.loads(pickle.dumps(mapping)) == mapping


@pytest.mark.parametrize("key", ["start", "duration"])
def test_a_dictionary_without_an_entry_is_no_range(key: str) -> None:
    entries = TimeRange(1, 2).to_dict()
    del entries[key]
    with pytest.raises(InvalidArgumentError, match=f"lacks {key}"):
        TimeRange.from_dict(entries)
    with pytest.raises(InvalidArgumentError, match="is missing"):
        TimeRange.from_dict({**TimeRange(1, 2).to_dict(), key: {}})


@pytest.mark.parametrize("key", ["source", "target"])
def test_a_dictionary_without_an_entry_is_no_mapping(key: str) -> None:
    entries = TimeMapping(TimeRange(1, 2), TimeRange(3, 4)).to_dict()
    del entries[key]
    with pytest.raises(InvalidArgumentError, match=f"lacks {key}"):
        TimeMapping.from_dict(entries)
