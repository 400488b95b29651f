"""Times that packets lack, from the neighbours that have them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reelwright.containers.ffmpeg.clock import Clock
from reelwright.containers.ffmpeg.sample_times import Timed, decode_times, shown_durations
from reelwright.containers.media import StoredSample


def timed(*times: tuple[int | None, int | None], usual: int = 10) -> list[Timed]:
    """(decode, presentation) of each."""
    return [Timed(StoredSample(b"", 0, 0, usual), decode, shown, usual) for decode, shown in times]


def told(samples: list[Timed], begin: int = 0) -> list[tuple[int, int]]:
    return [(one.decode, one.presentation) for one in decode_times(samples, begin)]


def test_known_times_are_kept() -> None:
    assert told(timed((0, 20), (10, 40), (20, 30))) == [(0, 20), (10, 40), (20, 30)]


def test_the_first_are_counted_back_from_the_first_known() -> None:
    assert told(timed((None, 0), (None, 30), (0, 10), (10, 20))) == [(-20, 0), (-10, 30), (0, 10), (10, 20)]


def test_nothing_is_decoded_after_it_is_shown() -> None:
    assert told(timed((None, 0), (None, 5), (40, 45))) == [(0, 0), (5, 5), (40, 45)]
    assert told(timed((None, -30), (0, 10))) == [(-30, -30), (0, 10)]


def test_without_any_decode_time_pictures_are_decoded_one_after_the_other() -> None:
    assert told(timed((None, 0), (None, 10), (None, 20))) == [(0, 0), (10, 10), (20, 20)]


def test_without_any_time_they_are_counted() -> None:
    assert told(timed((None, None), (None, None), (None, None)), begin=5) == [(5, 5), (15, 15), (25, 25)]


def test_a_gap_in_the_times_is_counted_over() -> None:
    assert told(timed((0, 0), (None, None), (20, 20))) == [(0, 0), (10, 10), (20, 20)]


def test_few_are_held_back() -> None:
    endless = (Timed(StoredSample(b"", 0, 0, 1), None, number, 1) for number in range(10**9))
    stream = decode_times(endless)
    assert [next(stream).presentation for _ in range(100)] == list(range(100))


def durations(*times: tuple[int, int], usual: int = 0) -> list[int]:
    """Of samples with such decode and presentation times."""
    return [one.duration for one in shown_durations(StoredSample(b"", *both, usual) for both in times)]


def test_a_picture_lasts_until_the_next_one_shown() -> None:
    # In decode order: the picture shown at 90 comes before those at 30 and 60.
    assert durations((0, 0), (1, 90), (2, 30), (30, 60), (60, 100), usual=7) == [30, 10, 30, 30, 7]


def test_the_last_lasts_as_long_as_the_one_before_if_nothing_is_said() -> None:
    assert durations((0, 0), (40, 40), (80, 80)) == [40, 40, 40]
    assert durations((5, 5)) == [0]


def test_a_long_stream_with_pictures_moved_around() -> None:
    times = [
        (0, 0),
        *((10 * n + 10, shown) for n in range(0, 300, 3) for shown in (10 * n + 30, 10 * n + 10, 10 * n + 20)),
    ]
    assert set(durations(*times, usual=10)) == {10}


def test_after_a_jump_back_in_time_measuring_begins_anew() -> None:
    assert durations((1000, 1000), (1040, 1040), (0, 0), (40, 40), usual=30) == [40, 30, 40, 30]


@pytest.mark.parametrize(
    ("base", "scale", "step"),
    [
        (Fraction(1, 90000), 90000, 1),
        (Fraction(1001, 24000), 24000, 1001),
        (Fraction(3, 125), 125, 3),
        (None, 10**6, 1),
    ],
)
def test_clocks(base: Fraction | None, scale: int, step: int) -> None:
    clock = Clock.of(base)
    assert (clock.scale, clock.step) == (scale, step)
    assert clock.ticks(7) == 7 * step
    assert clock.theirs(clock.ticks(7) or 0) == 7
    assert clock.seconds(scale) == 1
    assert clock.at(Fraction(2)) == 2 * scale


def test_absurd_times_are_none() -> None:
    clock = Clock.of(Fraction(1001, 30000))
    assert clock.ticks(None) is None
    assert clock.ticks(1 << 62) is None
    assert clock.ticks(-(1 << 62)) is None
