"""Everything about a file as plain values: stable keys, exact numbers, nothing read that need not be."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.easy.made import FAST, film, tone
from tests.reading.fakes import FakeMedia, index_of, media_facts, sound_track, video_track

from reelwright.easy.films import write_video
from reelwright.easy.inspection import file_layout, inspect_asset, overall_bit_rate, sample_rows, track_numbers
from reelwright.isobmff.box import Box, full_box
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import ChapterFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time
from reelwright.reading.asset import Asset


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inspection") / "film.mp4"
    write_video(film(24), path, fps="29.97", audio=(tone(0.8), 48000), encoder_options=FAST)
    return path


def test_a_film_of_our_own(movie: Path) -> None:
    with Asset(movie) as asset:
        found = json.loads(json.dumps(inspect_asset(asset), allow_nan=False))
    video, sound = found["tracks"]
    assert found["size"] == movie.stat().st_size
    assert found["header_first"] is True
    assert found["container"] == "mov"
    assert (video["media_type"], sound["media_type"]) == ("video", "audio")
    assert (video["sample_count"], Fraction(video["frame_rate"]["exact"])) == (24, Fraction(30000, 1001))
    assert video["frame_rate"]["value"] == pytest.approx(29.97, abs=1e-4)
    assert video["formats"][0]["codec_string"].startswith("avc1.")
    assert video["formats"][0]["color_words"] == "BT.709, video range"
    assert (sound["formats"][0]["codec_name"], sound["formats"][0]["channel_layout"]) == ("AAC LC", "stereo")
    assert Fraction(found["duration"]["exact"]) == pytest.approx(found["duration"]["seconds"])
    assert found["bit_rate"] == round(found["size"] * 8 / Fraction(found["duration"]["exact"]))


def test_keys_are_the_same_for_any_file(movie: Path) -> None:
    other = Asset.for_media(FakeMedia(media_facts(video_track())))
    with Asset(movie) as asset:
        ours, theirs = inspect_asset(asset), inspect_asset(other)
    assert list(ours) == list(theirs)
    assert list(ours["tracks"][0]) == list(theirs["tracks"][0])
    assert list(ours["tracks"][0]["formats"][0]) == list(theirs["tracks"][0]["formats"][0])


def test_values_of_all_kinds_become_json() -> None:
    items = tuple(
        MetadataItem(key_space="itsk", key="abcd", value=value)
        for value in (b"\x00\xff", bytes(300), float("nan"), Fraction(1, 3), (1, 2.5), None, "text")
    )
    format = FormatDescription(
        media_type=MediaType.VIDEO,
        media_subtype="avc1",
        extensions={"a": (b"\x01", {2: Time(1, 2)}), "b": True},
    )
    track = video_track(formats=(format,), created=0)
    chapter = ChapterFacts(Time.ZERO, Time(1, 2), "One", "eng")
    asset = Asset.for_media(FakeMedia(media_facts(track, metadata=items, chapters=(chapter,), modified=86400)))
    found = json.loads(json.dumps(inspect_asset(asset), allow_nan=False))
    assert [item["value"] for item in found["metadata"]] == [
        {"bytes": 2, "hex": "00ff"}, {"bytes": 300}, "nan", "1/3", [1, 2.5], None, "text",
    ]  # fmt: skip
    extensions = found["tracks"][0]["formats"][0]["extensions"]
    assert extensions == {"a": [{"bytes": 1, "hex": "01"}, {"2": {"exact": "1/2", "seconds": 0.5}}], "b": True}
    assert found["chapters"][0]["end"] == {"exact": "1/2", "seconds": 0.5}
    assert found["tracks"][0]["created"] == "1970-01-01T00:00:00+00:00"
    assert found["modified"] == "1970-01-02T00:00:00+00:00"


def test_files_without_tables_are_not_read_through() -> None:
    format = FormatDescription(
        media_type=MediaType.VIDEO, media_subtype="avc1", extensions={"FFmpegFrameRate": Fraction(25)}, bit_rate=800
    )
    media = FakeMedia(media_facts(video_track(formats=(format,))), {1: index_of([20] * 5)}, has_tables=False)
    found = track_numbers(Asset.for_media(media).tracks[0])
    assert (found.frame_rate, found.bit_rate, found.sample_count) == (25, 800, None)
    assert media.streams == []


def test_tables_that_cannot_be_read_are_a_problem_of_their_track() -> None:
    class Broken(FakeMedia):
        def index(self, track_id: int) -> SampleIndex | None:
            raise InvalidMediaError("the tables contradict each other.")

    numbers = track_numbers(Asset.for_media(Broken(media_facts(video_track(sample_count=7)))).tracks[0])
    assert (numbers.sample_count, numbers.problems) == (7, ("the tables contradict each other.",))


def test_numbers_from_tables() -> None:
    index = index_of([20, 20, 40], offsets=[20, 40, 0], sync=np.array([1, 0, 0], bool))
    media = FakeMedia(media_facts(video_track()), {1: index})
    numbers = track_numbers(Asset.for_media(media).tracks[0])
    assert (numbers.sample_count, numbers.key_samples, numbers.total_bytes) == (3, 1, 33)
    assert numbers.reorders is True
    assert numbers.varies is False  # the last one counts for nothing: it may be cut
    steps = FakeMedia(media_facts(video_track()), {1: index_of([20, 30, 20, 20])})
    assert track_numbers(Asset.for_media(steps).tracks[0]).varies is True


@pytest.mark.parametrize("has_tables", [True, False])
def test_rows_are_the_samples_in_decode_order(has_tables: bool) -> None:
    index = index_of([20, 20, 20], offsets=[20, 40, 0], sync=np.array([1, 0, 0], bool))
    media = FakeMedia(media_facts(video_track()), {1: index}, has_tables=has_tables)
    rows = list(sample_rows(Asset.for_media(media).tracks[0]))
    assert [row.number for row in rows] == [1, 2, 3]
    assert [(row.decode, row.presentation, row.duration) for row in rows] == [(0, 20, 20), (20, 60, 20), (40, 40, 20)]
    assert [row.size for row in rows] == [10, 11, 12]
    assert [row.is_sync for row in rows] == [True, False, False]
    assert [row.offset for row in rows] == ([100, 110, 121] if has_tables else [-1] * 3)
    assert all(stream.is_closed for stream in media.streams)


@pytest.mark.parametrize("has_tables", [True, False])
def test_rows_come_as_they_are_needed(has_tables: bool) -> None:
    media = FakeMedia(media_facts(sound_track()), {2: index_of([1024] * 5000, 48000)}, has_tables=has_tables)
    track = Asset.for_media(media).tracks[0]
    assert [row.number for row in sample_rows(track, 3)] == [1, 2, 3]
    assert list(sample_rows(track, 0)) == []
    assert [row.number for row in sample_rows(track)] == list(range(1, 5001))


def test_layout_tells_where_the_header_lies(movie: Path) -> None:
    with Asset(movie) as asset:
        layout = file_layout(asset)
    assert layout is not None
    offset, size = layout.header
    data = movie.read_bytes()
    assert data[offset + 4 : offset + 8] == b"moov"
    assert int.from_bytes(data[offset : offset + 4], "big") == size
    assert layout.fragments == ()
    assert file_layout(Asset.for_media(FakeMedia(media_facts()))) is None


def test_fragments_are_counted_and_a_torn_end_is_no_matter(movie: Path) -> None:
    fragment = Box("moof", full_box("mfhd", 0, 0, bytes(4))).render()
    data = movie.read_bytes() + fragment + b"\0\0\0\3junk"
    with Asset(data) as asset:
        layout = file_layout(asset)
    assert layout is not None
    assert layout.fragments == (movie.stat().st_size,)


def test_dates_beyond_the_calendar_are_none() -> None:
    asset = Asset.for_media(FakeMedia(media_facts(video_track(created=1 << 40), created=1 << 39, modified=-(1 << 40))))
    found = inspect_asset(asset)
    assert (found["created"], found["modified"], found["tracks"][0]["created"]) == (None, None, None)


def test_a_rate_needs_a_size_and_a_duration() -> None:
    assert overall_bit_rate(Asset.for_media(FakeMedia(media_facts(duration=Time(2, 1), size=1000)))) == 4000
    assert overall_bit_rate(Asset.for_media(FakeMedia(media_facts(duration=Time(2, 1))))) is None
    assert overall_bit_rate(Asset.for_media(FakeMedia(media_facts(size=1000)))) is None
