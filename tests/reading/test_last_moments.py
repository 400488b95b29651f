"""Last samples that are said to last no time, and headers that end before their tracks do: nothing is lost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.reading.fakes import FakeMedia, index_of, media_facts, sound_track, video_track

from reelwright.model.facts import EditEntry, MediaFacts, TrackFacts
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.track_output import AssetReaderTrackOutput
from reelwright.reading.track_samples import ends_in_a_moment


def times_read(facts: MediaFacts, index: SampleIndex, time_range: TimeRange | None = None) -> list[Fraction]:
    track = facts.tracks[0]
    asset = Asset.for_media(FakeMedia(facts, {track.track_id: index}))
    with AssetReader(asset) as reader:
        if time_range is not None:
            reader.time_range = time_range
        output = AssetReaderTrackOutput(asset.tracks[0], None)
        reader.add(output)
        reader.start_reading()
        return [buffer.presentation_time.fraction for buffer in output if buffer.num_samples]


def film(track: TrackFacts, seconds: int | Fraction) -> MediaFacts:
    return media_facts(track, duration=Time.from_seconds(Fraction(seconds), 600))


def test_a_last_sample_that_lasts_no_time_is_read() -> None:
    index = index_of([300, 300, 0])
    facts = film(video_track(media_duration=600), 1)
    assert times_read(facts, index) == [0, Fraction(1, 2), 1]


def test_it_is_read_where_the_range_ends_with_the_asset() -> None:
    index = index_of([300, 300, 0])
    facts = film(video_track(media_duration=600), 1)
    assert times_read(facts, index, TimeRange(Time.ZERO, Time(1, 1))) == [0, Fraction(1, 2), 1]


def test_it_is_not_read_where_the_range_ends_before() -> None:
    index = index_of([300, 300, 0])
    facts = film(video_track(media_duration=600), 1)
    assert times_read(facts, index, TimeRange(Time.ZERO, Time(599, 600))) == [0, Fraction(1, 2)]


def test_it_is_read_behind_an_edit_that_ends_with_it_and_not_behind_one_that_ends_before() -> None:
    index = index_of([300, 300, 300, 0])
    whole = video_track(media_duration=900, edits=(EditEntry(600, 300),), duration=Time(600, 600))
    assert times_read(film(whole, 1), index) == [0, Fraction(1, 2), 1]
    part = video_track(media_duration=900, edits=(EditEntry(300, 300),), duration=Time(300, 600))
    assert times_read(film(part, Fraction(1, 2)), index) == [0]


def test_a_track_whose_edits_end_behind_the_movie_header_is_read_to_its_own_end() -> None:
    index = index_of([1024] * 4, 48000)
    edits = (EditEntry(300, None), EditEntry(52, 0))
    track = sound_track(1, media_duration=4096, edits=edits, duration=Time(301, 600))
    facts = film(track, Fraction(301, 600))
    assert times_read(facts, index) == [Fraction(1, 2) + Fraction(1024 * number, 48000) for number in range(4)]


@pytest.mark.parametrize(
    ("durations", "end", "expected"),
    [([], 0, False), ([300, 300], 600, False), ([300, 0], 300, True), ([300, 0], 299, False), ([0], 0, True)],
)
def test_what_ends_in_a_moment(durations: list[int], end: int, expected: bool) -> None:
    assert ends_in_a_moment(index_of(durations), Time(end, 600)) is expected


def test_the_last_one_shown_counts_not_the_last_one_decoded() -> None:
    index = index_of([300, 0, 300], offsets=[0, 600, 0])
    assert ends_in_a_moment(index, Time(900, 600))


def test_without_tables_the_headers_length_does_not_cut_off_the_last_sample() -> None:
    """WebM writers give the beginning of the last frame as the length of the film."""
    facts = media_facts(video_track(media_duration=600), container="matroska,webm", duration=Time(600, 600))
    asset = Asset.for_media(FakeMedia(facts, {1: index_of([300, 300, 300])}, has_tables=False))
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(asset.tracks[0], None)
        reader.add(output)
        reader.start_reading()
        assert [buffer.presentation_time.fraction for buffer in output] == [0, Fraction(1, 2), 1]
