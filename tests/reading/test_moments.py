"""Which picture a moment means: on show, key frames within tolerances, edits; with tables and without."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.reading.fakes import FakeMedia, index_of, media_facts, video_track

from reelwright import Asset, NoImageError, Time
from reelwright.model.facts import EditEntry
from reelwright.reading.moments import Moment, MomentFinder, Tolerance

EXACT = Tolerance(Fraction(0), Fraction(0))
ANY = Tolerance(None, None)
SYNC = np.array([True, False, False, False] * 3)
# Twelve pictures of 10 ticks at 100 a second, a key frame every fourth; decode order I P B B, so that the second sample
# of a group is shown last.
OFFSETS = [0, 20, -10, -10] * 3


def finder(*edits: EditEntry, has_tables: bool = True, offsets: Any = None, **more: Any) -> MomentFinder:
    columns = {"sync": SYNC, **more}
    index = index_of([10] * 12, 100, offsets=offsets or OFFSETS, **columns)
    assert index.composition is not None
    # No sample is decoded after it is shown, as it is in containers without tables.
    index = replace(index, decode=index.decode - 10, composition=index.composition + 10)
    track = video_track(time_scale=100, media_duration=120, edits=edits, duration=Time(120, 100))
    media = FakeMedia(media_facts(track, time_scale=100, duration=Time(120, 100)), {1: index}, has_tables=has_tables)
    return MomentFinder(Asset.for_media(media).tracks[0])


def found(source: MomentFinder, time: Any, tolerance: Tolerance = EXACT) -> Moment:
    return source.find(Time.of(Fraction(time)), tolerance)


def within(before: Any, after: Any) -> Tolerance:
    return Tolerance(Fraction(before), Fraction(after))


both = pytest.mark.parametrize("has_tables", [True, False])


@both
def test_the_picture_on_show_begins_at_or_before_the_moment(has_tables: bool) -> None:
    source = finder(has_tables=has_tables)
    for tick in range(120):
        moment = found(source, Fraction(tick, 100))
        assert moment.presentation == tick // 10 * 10
        assert moment.start == Fraction(moment.presentation, 100)
        assert moment.group == tick // 40 * 40


@both
def test_a_moment_between_ticks_shows_what_the_tick_before_it_shows(has_tables: bool) -> None:
    assert found(finder(has_tables=has_tables), "0.29999").presentation == 20


@both
@pytest.mark.parametrize("time", ["-0.01", "1.2", "100"])
def test_nothing_is_shown_outside(time: str, has_tables: bool) -> None:
    with pytest.raises(NoImageError, match=r"shows something from 0\.000 to 1\.200") as caught:
        found(finder(has_tables=has_tables), time)
    assert caught.value.code == -11832
    assert caught.value.time == Fraction(time)
    assert caught.value.track == 1


def test_a_picture_lasts_until_the_next_one_is_shown() -> None:
    source = finder(offsets=[0, 20, -10, -5] * 3)  # the third begins late: the second is shown for longer
    assert found(source, "0.21").presentation == 10
    assert found(source, "0.21").duration == 15


# ---------------------------------------------------------------------- tolerances


@pytest.mark.parametrize(("time", "key"), [(0, 0), ("0.19", 0), ("0.2", 0), ("0.21", 40), ("0.75", 80), ("1.1", 80)])
def test_without_bounds_the_nearest_key_frame_is_meant(time: Any, key: int) -> None:
    assert found(finder(), time, ANY).presentation == key


def test_outside_of_everything_it_is_the_nearest_one_too() -> None:
    assert found(finder(), 100, ANY).presentation == 80
    assert found(finder(), -5, ANY).presentation == 0


def test_a_key_frame_on_show_is_met_however_far_its_beginning() -> None:
    source = finder(sync=np.array([True] * 12), offsets=[0] * 12)
    assert found(source, "0.09", within(0, 1)).presentation == 0


@pytest.mark.parametrize(
    ("before", "after", "picture"),
    [(0, 1, 40), (1, 0, 0), ("0.25", "0.1", 20), ("0.05", "0.05", 20), ("0.25", "0.15", 40), (0, 0, 20)],
)
def test_key_frames_count_only_within_the_tolerances(before: str, after: str, picture: int) -> None:
    # At 0.26 s the picture of 0.2 s is on show; key frames begin at 0 s and 0.4 s.
    assert found(finder(), "0.26", within(before, after)).presentation == picture


def test_where_nothing_is_on_show_the_nearest_picture_within_the_tolerances_is_meant() -> None:
    late = finder(offsets=[30, 50, 20, 20] * 3)
    with pytest.raises(NoImageError):
        found(late, "0.1", within("0.1", "0.1"))
    assert found(late, "0.1", within("0.1", "0.2")).presentation == 30
    assert found(finder(), "1.25", within("0.2", 0)).presentation == 110


def test_without_tables_it_is_the_key_frame_before() -> None:
    source = finder(has_tables=False)
    assert found(source, "0.39", ANY).presentation == 0
    assert found(source, "0.79", within("0.5", "0.5")).presentation == 40
    assert found(source, "0.79", within("0.2", "0.2")).presentation == 70


# ---------------------------------------------------------------------- edits

EMPTY = EditEntry(50, None)
FROM_40 = EditEntry(40, 45)
HELD = EditEntry(100, 25, Fraction(0))
DOUBLE = EditEntry(30, 0, Fraction(2))


def test_edits_say_when_a_picture_is_shown() -> None:
    source = finder(EMPTY, FROM_40, HELD, DOUBLE)
    with pytest.raises(NoImageError):
        found(source, "0.49")
    assert (found(source, "0.5").presentation, found(source, "0.5").start) == (40, Fraction(1, 2))
    assert (found(source, "0.56").presentation, found(source, "0.56").start) == (50, Fraction(55, 100))
    assert (found(source, "1.5").presentation, found(source, "1.5").start) == (20, Fraction(9, 10))
    assert (found(source, "2.0").presentation, found(source, "2.0").start) == (20, Fraction(2))


def test_key_frames_are_sought_through_all_edits() -> None:
    source = finder(EMPTY, FROM_40, HELD, DOUBLE)
    # The key frame that the second edit begins with has begun earlier in the media: it is shown from the edit on.
    assert (found(source, "0.6", ANY).presentation, found(source, "0.6", ANY).start) == (40, Fraction(1, 2))
    assert (found(source, "0.7", ANY).presentation, found(source, "0.7", ANY).start) == (80, Fraction(85, 100))
    assert (found(source, "1.8", ANY).presentation, found(source, "1.8", ANY).start) == (0, Fraction(19, 10))
    assert found(source, "2.2", ANY).start == Fraction(21, 10)


def test_before_an_edit_the_picture_after_it_is_nearest() -> None:
    assert found(finder(EMPTY, FROM_40), "0.2", within(0, "0.3")).start == Fraction(1, 2)


# ---------------------------------------------------------------------- costs


def test_moments_nearby_are_looked_up_once_where_there_are_no_tables() -> None:
    source = finder(has_tables=False)
    found(source, "0.7")
    opened = len(source._track.asset.media.streams)  # type: ignore[attr-defined]
    found(source, "0.6")
    found(source, "0.45")
    assert len(source._track.asset.media.streams) == opened  # type: ignore[attr-defined]
    assert all(stream.is_closed for stream in source._track.asset.media.streams)  # type: ignore[attr-defined]
