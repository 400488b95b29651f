"""Where films are divided: the grid of all tracks, and which sample of one is the first behind a line of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reelwright import FormatDescription, InvalidStateError, MediaType, Time
from reelwright.writing.feed import Sample
from reelwright.writing.periods import Cadence, Crossing, GridDivider, MarkedDivider, part_of_run

FORMAT = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=16, height=16)
SYNC = 1


def sample(at: int, *, count: int = 1, sync: Any = SYNC, sizes: Any = 1, lasts: int = 1) -> Sample:
    """Samples of one byte, numbered by their place, at tenths of a second."""
    total = sizes * count if isinstance(sizes, int) else sum(sizes)
    payload = bytes(range(at, at + total)) if total < 200 else bytes(total)
    return Sample([payload], sizes, Time(at, 10), Time(lasts, 10), FORMAT, Time(at, 10), sync, count)


def divided(divider: Any, *samples: Sample) -> list[tuple[tuple[int, int], list[int]]]:
    """What belongs to each period: the bytes of its samples."""
    found: dict[tuple[int, int], list[int]] = {}
    for each in samples:
        for period, part in divider.divide(each):
            found.setdefault(period, []).extend(b"".join(bytes(piece) for piece in part.payload))
    return list(found.items())


def grid(interval: Any = 1, first: Any = None, start: Any = 0, **options: Any) -> GridDivider:
    cadence = Cadence(Fraction(interval), Fraction(interval if first is None else first), Fraction(start))
    return GridDivider(cadence, **{"patience": None, **options})


@pytest.mark.parametrize(
    ("moment", "number"), [(-5, 0), (2, 0), (Fraction(5, 2), 1), (Fraction(11, 2), 1), (Fraction(13, 2), 2), (100, 25)]
)
def test_a_cadence_counts_periods_after_a_first_one_of_its_own(moment: Any, number: int) -> None:
    cadence = Cadence(Fraction(4), Fraction(1, 2), Fraction(2))
    assert cadence.number(Fraction(moment)) == number
    assert Fraction(moment) < cadence.end(number)
    assert number == 0 or Fraction(moment) >= cadence.end(number - 1)


def test_a_crossing_is_the_first_moment_of_a_period() -> None:
    crossing = Crossing(Cadence(Fraction(1), Fraction(1)))
    moments = [0, 3, 9, 12, 15, 40, 41, 50]
    assert [at for at in moments if crossing(Time(at, 10))] == [0, 12, 40, 50]


def test_a_run_is_divided_where_a_period_begins() -> None:
    assert divided(grid(), sample(5, count=20)) == [
        ((0, 0), list(range(5, 10))),
        ((1, 0), list(range(10, 20))),
        ((2, 0), list(range(20, 25))),
    ]


def test_a_run_of_samples_of_many_sizes() -> None:
    parts = list(grid().divide(sample(8, count=4, sizes=[1, 2, 3, 4], sync=[1, 0, 1, 0])))
    assert [(period, part.presentation, part.size, part.flags) for period, part in parts] == [
        ((0, 0), Time(8, 10), [1], [1]),
        ((0, 0), Time(9, 10), [2], [0]),
        ((1, 0), Time(10, 10), [3], [1]),
        ((1, 0), Time(11, 10), [4], [0]),
    ]
    assert b"".join(bytes(part.payload[0]) for _, part in parts) == bytes(range(8, 18))


def test_a_period_begins_with_a_sync_sample_however_late() -> None:
    samples = [sample(at, sync=int(at in (0, 14, 33))) for at in range(40)]
    firsts = [(period, found[0]) for period, found in divided(grid(), *samples)]
    assert firsts == [((0, 0), 0), ((1, 0), 14), ((3, 0), 33)]


def test_patience_ends() -> None:
    samples = [sample(at, sync=int(at == 0)) for at in range(25)]
    found = divided(grid(patience=Fraction(3, 10)), *samples)
    assert [(period, values[0]) for period, values in found] == [((0, 0), 0), ((1, 0), 13), ((2, 0), 23)]


def test_what_is_shown_before_a_period_but_decoded_in_it_belongs_to_it() -> None:
    pictures = [sample(0), sample(10), sample(8, sync=0), sample(9, sync=0), sample(12, sync=0)]
    assert divided(grid(), *pictures) == [((0, 0), [0]), ((1, 0), [10, 8, 9, 12])]


def test_the_first_sample_may_lie_in_a_later_period() -> None:
    assert divided(grid(start=-3), sample(0, sync=0), sample(11))[0][0] == (3, 0)


def test_parts_last_no_longer_than_they_may() -> None:
    found = divided(grid(part=Fraction(35, 100)), *(sample(at, sync=int(not at % 10)) for at in range(15)))
    assert found == [
        ((0, 0), [0, 1, 2]),
        ((0, 1), [3, 4, 5]),
        ((0, 2), [6, 7, 8]),
        ((0, 3), [9]),
        ((1, 0), [10, 11, 12]),
        ((1, 1), [13, 14]),
    ]
    assert divided(grid(part=Fraction(35, 100)), sample(0, count=15)) == found


def test_a_sample_longer_than_a_part_is_one() -> None:
    found = divided(grid(2, part=Fraction(1, 4)), *(sample(at, lasts=5) for at in (0, 5, 10)))
    assert found == [((0, 0), [0]), ((0, 1), [5]), ((0, 2), [10])]


def test_marks_divide_what_was_appended_from_the_rest() -> None:
    divider = MarkedDivider()
    assert divided(divider, sample(0, count=3)) == [((0, 0), [0, 1, 2])]
    assert divider.is_past
    divider.mark(5)
    assert not divider.is_past
    assert divided(divider, sample(3, count=4)) == [((0, 0), [3, 4]), ((1, 0), [5, 6])]
    divider.mark(7)
    divider.mark(7)
    assert divided(divider, sample(7)) == [((3, 0), [7])]


def test_a_mark_must_lie_before_a_sync_sample() -> None:
    divider = MarkedDivider()
    divided(divider, sample(0), sample(1, sync=0))
    divider.mark(2)
    with pytest.raises(InvalidStateError) as caught:
        divided(divider, sample(2, sync=0))
    assert caught.value.code == -11876
    assert caught.value.time == Time(2, 10)


def test_all_of_a_run_is_the_run_itself() -> None:
    run = sample(0, count=3)
    assert part_of_run(run, 0, 3) is run
    assert part_of_run(run, 1, 1).decode == Time(1, 10)
