"""Edit lists of every kind as segments, and the way between the asset's time line and the media's."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reading.fakes import media_facts, track_facts

from reelwright.model.facts import EditEntry
from reelwright.model.time import Time
from reelwright.model.time_range import TimeMapping, TimeRange
from reelwright.reading.passage import passages_of
from reelwright.reading.segments import AssetTrackSegment, TrackTimeLine, segments_of

SCALE = 30_000  # of the media; the movie has 600
END = 300_300  # 10.01 s

Shape = tuple[Fraction, Fraction, Fraction | None, Fraction | None]


def segments(*edits: EditEntry, end: int = END, media: dict[str, Any] | None = None, **more: Any) -> list[Shape]:
    """(start, duration, media start, rate) of each segment, in seconds."""
    track = track_facts(time_scale=SCALE, edits=edits, **more)
    found = segments_of(track, media_facts(track, **(media or {})), lambda: end)
    return [shape(segment.time_mapping) for segment in found]


def shape(mapping: TimeMapping) -> Shape:
    target = mapping.target
    begin = None if mapping.is_empty else mapping.source.start.fraction
    return target.start.fraction, target.duration.fraction, begin, mapping.rate


def seconds(value: str | int) -> Fraction:
    return Fraction(value)


def test_without_edits_the_whole_media_plays() -> None:
    assert segments() == [(0, Fraction("10.01"), 0, 1)]


def test_without_edits_and_samples_there_is_nothing() -> None:
    assert segments(end=0) == []


def test_the_end_of_the_media_is_asked_for_once() -> None:
    asked: list[int] = []
    track = track_facts(time_scale=SCALE, edits=(EditEntry(600, 0),) * 3)
    segments_of(track, media_facts(track), lambda: asked.append(1) or END)  # type: ignore[func-returns-value]
    assert asked == [1]


def test_one_edit_begins_within_the_media() -> None:
    assert segments(EditEntry(1200, 1001)) == [(0, 2, Fraction(1001, SCALE), 1)]


def test_an_empty_edit_comes_first() -> None:
    assert segments(EditEntry(300, None), EditEntry(600, 0)) == [
        (0, Fraction(1, 2), None, None),
        (Fraction(1, 2), 1, 0, 1),
    ]


def test_edits_follow_each_other_whatever_they_show() -> None:
    assert segments(EditEntry(600, 60_000), EditEntry(600, 0), EditEntry(300, None), EditEntry(600, 60_000)) == [
        (0, 1, 2, 1),
        (1, 1, 0, 1),
        (2, Fraction(1, 2), None, None),
        (Fraction(5, 2), 1, 2, 1),
    ]


@pytest.mark.parametrize(("rate", "media"), [("2", 4), ("1/2", 1), ("3/2", 3)])
def test_rates_stretch_the_source(rate: str, media: int) -> None:
    track = track_facts(time_scale=SCALE, edits=(EditEntry(1200, 30_000, Fraction(rate)),))
    (segment,) = segments_of(track, media_facts(track), lambda: END)
    assert shape(segment.time_mapping) == (0, 2, 1, Fraction(rate))
    assert segment.time_mapping.source == TimeRange(1, media)


def test_a_rate_of_two_cannot_show_more_than_there_is() -> None:
    assert segments(EditEntry(6000, 0, Fraction(2))) == [(0, Fraction("5.005"), 0, 2)]


def test_a_negative_rate_is_played_forwards() -> None:
    assert segments(EditEntry(600, 0, Fraction(-1))) == [(0, 1, 0, 1)]


def test_a_dwell_holds_one_moment() -> None:
    assert segments(EditEntry(1200, 30_000, Fraction(0)), EditEntry(600, 30_000)) == [
        (0, 2, 1, 0),
        (2, 1, 1, 1),
    ]


def test_a_dwell_on_nothing_is_empty_and_at_the_end_it_is_nothing() -> None:
    assert segments(EditEntry(600, END, Fraction(0)), EditEntry(600, 0)) == [(0, 1, None, None), (1, 1, 0, 1)]
    assert segments(EditEntry(600, END, Fraction(0))) == []
    assert segments(EditEntry(0, 0, Fraction(0))) == []


def test_a_last_edit_past_the_end_of_the_media_is_cut() -> None:
    assert segments(EditEntry(6000, 60_000)) == [(0, Fraction("8.01"), 2, 1)]


def test_an_edit_past_the_end_leaves_the_next_in_its_place() -> None:
    assert segments(EditEntry(1200, 270_300), EditEntry(600, 0)) == [
        (0, 1, Fraction("9.01"), 1),
        (1, 1, None, None),
        (2, 1, 0, 1),
    ]


def test_an_edit_that_begins_behind_the_media_shows_nothing() -> None:
    assert segments(EditEntry(600, END + 1)) == []
    assert segments(EditEntry(600, END + 1), EditEntry(600, 0)) == [(0, 1, None, None), (1, 1, 0, 1)]


@pytest.mark.parametrize("ticks", [4004 - 1, 4004, 4004 + 1])
def test_a_last_edit_ends_with_the_media_where_a_movie_tick_cannot_say_it(ticks: int) -> None:
    # 200 201 media ticks are 4004.02 movie ticks: whoever rounds them means all of the media.
    expected = Fraction(200_201, SCALE) if ticks >= 4004 else Fraction(ticks, 600)
    assert segments(EditEntry(ticks, 0), end=200_201) == [(0, expected, 0, 1)]


def test_an_edit_one_whole_tick_short_is_meant() -> None:
    assert segments(EditEntry(5999, 0), end=300_000) == [(0, Fraction(5999, 600), 0, 1)]


def test_an_edit_before_others_keeps_its_length_within_a_tick() -> None:
    assert segments(EditEntry(4005, 0), EditEntry(600, 0), end=200_201) == [
        (0, Fraction(4005, 600), 0, 1),
        (Fraction(4005, 600), 1, 0, 1),
    ]


@pytest.mark.parametrize("duration", [0, (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1])
def test_no_duration_or_all_ones_is_all_that_follows(duration: int) -> None:
    assert segments(EditEntry(300, None), EditEntry(duration, 1001)) == [
        (0, Fraction(1, 2), None, None),
        (Fraction(1, 2), Fraction(END - 1001, SCALE), Fraction(1001, SCALE), 1),
    ]


def test_an_edit_of_no_time_before_others_is_nothing() -> None:
    assert segments(EditEntry(0, 0), EditEntry(600, 30_000)) == [(0, 1, 1, 1)]


def test_fragments_go_on_with_an_edit_that_covered_the_header() -> None:
    header = {"contains_fragments": True}
    assert segments(EditEntry(600, 0), media=header, media_duration=30_000) == [(0, Fraction("10.01"), 0, 1)]
    assert segments(EditEntry(580, 1001), media=header, media_duration=30_000) == [
        (0, Fraction(END - 1001, SCALE), Fraction(1001, SCALE), 1)
    ]


def test_an_edit_of_a_fragmented_file_that_says_something_else_is_kept() -> None:
    assert segments(EditEntry(1200, 0), media={"contains_fragments": True}, media_duration=30_000) == [(0, 2, 0, 1)]
    assert segments(EditEntry(600, 0), media_duration=30_000) == [(0, 1, 0, 1)]


def test_a_negative_media_time_begins_with_nothing() -> None:
    assert segments(EditEntry(1200, -15_000)) == [
        (0, Fraction(1, 2), None, None),
        (Fraction(1, 2), Fraction(3, 2), 0, 1),
    ]
    assert segments(EditEntry(300, -SCALE)) == [(0, Fraction(1, 2), None, None)]


def test_a_negative_media_time_far_beyond_sense_is_left_out() -> None:
    assert segments(EditEntry(0, -(1 << 62))) == []


def test_huge_values_are_cut_to_the_media() -> None:
    assert segments(EditEntry((1 << 60), 1001)) == [(0, Fraction(END - 1001, SCALE), Fraction(1001, SCALE), 1)]
    assert segments(EditEntry(600, 1 << 62)) == []
    assert segments(EditEntry(1 << 62, None), EditEntry(600, 0)) == [(0, 1, 0, 1)]


def test_media_that_claims_to_last_for_ever_has_an_end() -> None:
    track = track_facts(time_scale=1)
    (segment,) = segments_of(track, media_facts(track, time_scale=(1 << 31) - 1), lambda: 1 << 62)
    assert segment.time_mapping.target.end.is_numeric


def test_targets_are_in_ticks_of_the_movie() -> None:
    track = track_facts(time_scale=SCALE, edits=(EditEntry(300, None), EditEntry(600, 1001)))
    first, second = segments_of(track, media_facts(track), lambda: END)
    assert first.time_mapping.target.duration.timescale == 600
    assert second.time_mapping.source.start.to_dict() == Time(1001, SCALE).to_dict()
    assert second.time_mapping.target.start.to_dict() == Time(300, 600).to_dict()


def test_the_range_begins_behind_a_leading_empty_edit() -> None:
    line = time_line(EditEntry(300, None), EditEntry(600, 0), EditEntry(300, None), EditEntry(600, 0))
    assert line.time_range == TimeRange(Fraction(1, 2), Fraction(5, 2))
    assert time_line(EditEntry(300, None)).time_range == TimeRange.ZERO
    assert TrackTimeLine(()).time_range == TimeRange.ZERO


def time_line(*edits: EditEntry) -> TrackTimeLine:
    track = track_facts(time_scale=SCALE, edits=edits)
    return TrackTimeLine(segments_of(track, media_facts(track), lambda: END))


def test_the_segment_at_a_time_is_the_one_that_holds_it_or_the_nearest() -> None:
    line = time_line(EditEntry(600, None), EditEntry(600, 0))
    first, second = line.segments
    assert [line.segment_at(time) for time in (0, 0.999, 1, 1.5, 2, 99)] == [first, first, *[second] * 4]
    assert line.segment_at(-5) is first
    assert line.segment_at(Time.POSITIVE_INFINITY) is second
    assert line.segment_at(Time.INVALID) is None
    assert TrackTimeLine(()).segment_at(0) is None


def test_track_time_to_media_time_and_back() -> None:
    line = time_line(EditEntry(600, None), EditEntry(600, 30_000, Fraction(2)), EditEntry(600, 0, Fraction(0)))
    assert line.to_media_time(1.25) == Fraction(3, 2)
    assert line.to_media_time(2.75) == 0
    for nowhere in (0.5, 3, -1, Time.INVALID, Time.POSITIVE_INFINITY):
        assert not line.to_media_time(nowhere).is_valid
    assert line.to_track_time(Fraction(3, 2)) == Fraction(5, 4)
    assert line.to_track_time(0) == 2
    for nowhere in (3, 0.5, Time.INDEFINITE):
        assert not line.to_track_time(nowhere).is_valid


def test_when_a_stretch_of_the_media_is_shown() -> None:
    empty, fast, held = time_line(
        EditEntry(600, None), EditEntry(600, 30_000, Fraction(2)), EditEntry(600, 0, Fraction(0))
    ).segments
    assert empty.shown(TimeRange(0, 10)) is None
    assert fast.shown(TimeRange(2, 10)) == TimeRange(Fraction(3, 2), Fraction(1, 2))
    assert fast.shown(TimeRange(0, 10)) == TimeRange(1, 1)
    assert fast.shown(TimeRange(3, 1)) is None
    assert held.shown(TimeRange(0, 1)) == TimeRange(2, 1)
    assert held.shown(TimeRange(1, 1)) is None


def test_edits_without_end_have_one() -> None:
    assert len(segments(*[EditEntry(1, 0)] * 33_000)) == 1 << 15


def test_a_moment_shown_twice_is_found_where_it_is_first() -> None:
    line = time_line(EditEntry(600, 30_000), EditEntry(1200, 0))
    assert line.to_track_time(1) == 0
    assert line.to_track_time(0) == 1


def test_segments_say_whether_they_are_empty() -> None:
    assert AssetTrackSegment(TimeMapping.empty(TimeRange(0, 1))).is_empty
    assert not AssetTrackSegment(TimeMapping(TimeRange(0, 1), TimeRange(0, 1))).is_empty


EDITS = st.builds(
    EditEntry,
    st.integers(0, 20_000) | st.integers(0, (1 << 64) - 1),
    st.none() | st.integers(-40_000, 400_000) | st.integers(-(1 << 63), (1 << 63) - 1),
    st.sampled_from([Fraction(1), Fraction(0), Fraction(2), Fraction(-1), Fraction(1, 65536), Fraction(98765, 65536)]),
)


def test_an_edit_that_is_over_before_the_media_begins_shows_nothing() -> None:
    """Not even what lies within a tick of the movie."""
    track = track_facts(time_scale=(1 << 31) - 1, edits=(EditEntry(1, -32768, Fraction(1, 65536)),), media_duration=0)
    found = segments_of(track, media_facts(track, time_scale=1), lambda: 0)
    assert [(each.is_empty, each.time_mapping.target.duration.fraction) for each in found] == [(True, 1)]


@given(
    st.lists(EDITS, max_size=6),
    st.integers(0, 400_000) | st.integers(0, (1 << 63) - 1),
    st.booleans(),
    st.sampled_from([1, 600, 1000, 90_000, (1 << 31) - 1]),
    st.sampled_from([1, 1000, SCALE, (1 << 31) - 1]),
)
def test_segments_follow_one_another_and_stay_within_the_media(
    edits: list[EditEntry], end: int, fragments: bool, movie_scale: int, scale: int
) -> None:
    track = track_facts(time_scale=scale, edits=tuple(edits), media_duration=end // 2)
    media = media_facts(track, time_scale=movie_scale, contains_fragments=fragments)
    found = segments_of(track, media, lambda: end)
    for before, after in itertools.pairwise(found):
        before_end, start = before.time_mapping.target.end, after.time_mapping.target.start
        assert before_end == start or before_end.has_been_rounded or abs((before_end - start).seconds) < 1e-5
    for segment in found:
        mapping = segment.time_mapping
        assert mapping.target.start >= Time.ZERO
        assert mapping.target.is_valid
        if not segment.is_empty:
            assert 0 <= mapping.source.start.fraction < Fraction(end, scale)
    passages_of([segment.time_mapping for segment in found], [TimeRange(0, Time.POSITIVE_INFINITY)])
