"""Cursors: steps in both orders and by times, and what is said of the sample under them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.reading.fakes import AVC, FakeMedia, index_of, media_facts, sound_track, video_track

from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.sample_cursor import SampleCursor, SampleDependencyInfo, SampleStorageRange, SampleSyncInfo

# Decoded I P B B I P, shown I B B P I P: the frames of a stream whose groups are closed.
OFFSETS = [20, 60, 0, 0, 20, 20]
SYNC = np.array([True, False, False, False, True, False])


def track_of(index: SampleIndex, **more: Any) -> AssetTrack:
    facts = video_track(1, **more) if index.time_scale == 600 else sound_track(1, **more)
    return Asset.for_media(FakeMedia(media_facts(facts), {1: index})).tracks[0]


def pictures(**columns: Any) -> AssetTrack:
    return track_of(index_of([20] * 6, offsets=OFFSETS, sync=SYNC, **columns))


def cursor_at(track: AssetTrack, time: Any) -> SampleCursor:
    cursor = track.make_sample_cursor(time)
    assert cursor is not None
    return cursor


def first(track: AssetTrack) -> SampleCursor:
    cursor = track.make_sample_cursor_at_first_sample_in_decode_order()
    assert cursor is not None
    return cursor


def last(track: AssetTrack) -> SampleCursor:
    cursor = track.make_sample_cursor_at_last_sample_in_decode_order()
    assert cursor is not None
    return cursor


def ticks(cursor: SampleCursor) -> tuple[int, int]:
    scale = cursor.track.natural_time_scale
    return cursor.decode_time_stamp.ticks(scale), cursor.presentation_time_stamp.ticks(scale)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [(0, (0, 20)), (20, (0, 20)), (39, (0, 20)), (40, (40, 40)), (60, (60, 60)), (85, (20, 80)), (9999, (100, 120))],
)
def test_a_cursor_begins_at_the_sample_shown(shown: int, expected: tuple[int, int]) -> None:
    assert ticks(cursor_at(pictures(), Time(shown, 600))) == expected


def test_times_without_a_number_are_the_ends() -> None:
    assert ticks(cursor_at(pictures(), Time.NEGATIVE_INFINITY)) == (0, 20)
    assert ticks(cursor_at(pictures(), Time.POSITIVE_INFINITY)) == (100, 120)
    assert ticks(cursor_at(pictures(), Time((1 << 63) - 1, 1))) == (100, 120)


def test_without_samples_there_is_no_cursor() -> None:
    track = track_of(index_of([]))
    assert track.can_provide_sample_cursors
    assert track.make_sample_cursor(0) is None
    assert track.make_sample_cursor_at_first_sample_in_decode_order() is None
    assert track.make_sample_cursor_at_last_sample_in_decode_order() is None


def test_steps_in_decode_order() -> None:
    cursor = first(pictures())
    assert [(cursor.step_in_decode_order(1), ticks(cursor)) for _ in range(6)] == [
        (1, (20, 80)),
        (1, (40, 40)),
        (1, (60, 60)),
        (1, (80, 100)),
        (1, (100, 120)),
        (0, (100, 120)),
    ]
    assert cursor.step_in_decode_order(-3) == -3
    assert cursor.step_in_decode_order(-99) == -2
    assert ticks(cursor) == (0, 20)


def test_steps_in_presentation_order() -> None:
    cursor = first(pictures())
    assert [(cursor.step_in_presentation_order(1), ticks(cursor)[1]) for _ in range(6)] == [
        (1, 40),
        (1, 60),
        (1, 80),
        (1, 100),
        (1, 120),
        (0, 120),
    ]
    assert (cursor.step_in_presentation_order(-4), ticks(cursor)[1]) == (-4, 40)
    assert (cursor.step_in_presentation_order(-4), ticks(cursor)[1]) == (-1, 20)


def test_steps_by_time() -> None:
    cursor = first(pictures())
    assert cursor.step_by_decode_time(Time(50, 600)) == (Time(40, 600), False)
    assert cursor.step_by_decode_time(Time(-10, 600)) == (Time(-20, 600), False)
    assert cursor.step_by_decode_time(99) == (Time(80, 600), True)
    assert cursor.step_by_decode_time(-99) == (Time(-100, 600), True)
    assert cursor.step_by_presentation_time(Time(45, 600)) == (Time(40, 600), False)
    assert ticks(cursor) == (60, 60)
    assert cursor.step_by_presentation_time(99) == (Time(60, 600), True)
    assert cursor.step_by_presentation_time(-99) == (Time(-100, 600), True)
    assert ticks(cursor) == (0, 20)


def test_copies_go_their_own_way() -> None:
    cursor = first(pictures())
    other = cursor.copy()
    other.step_in_decode_order(2)
    assert ticks(cursor) == (0, 20)
    orders = [one.compare_position_in_decode_order(two) for one, two in ((cursor, other), (other, cursor))]
    assert orders == [-1, 1]
    assert cursor.compare_position_in_decode_order(cursor.copy()) == 0
    assert repr(other) == "<SampleCursor at sample 2 of track 1>"


def test_where_decoding_can_start() -> None:
    dependencies = np.array([0b0010_0100, 0b0001_0100, 0b0001_1000, 0, 0b0010_0001, 0b0001_1010], np.uint8)
    partial = np.array([False, False, False, True, False, False])
    track = pictures(dependencies=dependencies, partial_sync=partial)
    cursor = first(track)
    found = [(cursor.current_sample_sync_info, cursor.current_sample_dependency_info)]
    while cursor.step_in_decode_order(1):
        found.append((cursor.current_sample_sync_info, cursor.current_sample_dependency_info))
    assert found == [
        (SampleSyncInfo(True, False, False), SampleDependencyInfo(False, True, None)),
        (SampleSyncInfo(False, False, False), SampleDependencyInfo(True, True, None)),
        (SampleSyncInfo(False, False, True), SampleDependencyInfo(True, False, None)),
        (SampleSyncInfo(False, True, False), SampleDependencyInfo(None, None, None)),
        (SampleSyncInfo(True, False, False), SampleDependencyInfo(False, None, True)),
        (SampleSyncInfo(False, False, True), SampleDependencyInfo(True, False, False)),
    ]


def test_what_must_be_decoded_before() -> None:
    cursor = first(pictures())
    needed = [cursor.samples_required_for_decoder_refresh]
    while cursor.step_in_decode_order(1):
        needed.append(cursor.samples_required_for_decoder_refresh)
    assert needed == [0, 1, 2, 3, 0, 1]
    sound = last(track_of(index_of([1024] * 4, 48000, roll_distance=-2)))
    assert sound.samples_required_for_decoder_refresh == 2
    sound.step_in_decode_order(-2)
    assert sound.samples_required_for_decoder_refresh == 1


def test_the_sample_itself() -> None:
    other = AVC.with_(width=32)
    descriptions = np.array([0, 1, 7], np.uint16)
    track = track_of(index_of([20, 30, 40], descriptions=descriptions), formats=(AVC, other))
    cursor = first(track)
    assert cursor.current_sample_duration == Time(20, 600)
    assert cursor.current_sample_format_description == AVC
    assert cursor.current_sample_storage_range == SampleStorageRange(100, 10)
    cursor.step_in_decode_order(1)
    assert cursor.current_sample_duration == Time(30, 600)
    assert cursor.current_sample_format_description == other
    assert cursor.current_sample_storage_range == SampleStorageRange(110, 11)
    cursor.step_in_decode_order(1)
    assert cursor.current_sample_format_description is None


def runs() -> AssetTrack:
    index = SampleIndex(
        time_scale=48000,
        offsets=np.array([100, 9000]),
        sizes=np.array([4000, 2000]),
        decode=np.array([0, 1000]),
        durations=np.array([1000, 500]),
        counts=np.array([1000, 500]),
    )
    return track_of(index)


def test_a_sample_of_pcm_is_a_frame() -> None:
    cursor = cursor_at(runs(), Time(1007, 48000))
    assert ticks(cursor) == (1007, 1007)
    assert cursor.current_sample_duration == Time(1, 48000)
    assert cursor.current_sample_storage_range == SampleStorageRange(9000 + 7 * 4, 4)
    assert cursor.step_in_decode_order(-8) == -8
    assert ticks(cursor) == (999, 999)
    assert cursor.current_sample_storage_range == SampleStorageRange(100 + 999 * 4, 4)
    assert cursor.step_in_presentation_order(99_999) == 500
    assert ticks(cursor) == (1499, 1499)
    assert cursor.step_by_decode_time(Time(-500, 48000)) == (Time(-500, 48000), False)
    assert ticks(cursor) == (999, 999)
    assert ticks(last(runs())) == (1499, 1499)


def test_places_that_are_not_known_say_so() -> None:
    media = FakeMedia(media_facts(video_track(1), container="ogg"), {1: index_of([20] * 3)}, has_tables=False)
    cursor = first(Asset.for_media(media).tracks[0])
    assert cursor.current_sample_storage_range == SampleStorageRange(-1, 10)
