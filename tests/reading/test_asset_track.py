"""Tracks: what headers say for nothing, what samples say when asked, and how tracks refer to each other."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reading.fakes import AVC, VP9, FakeMedia, index_of, media_facts, sound_track, track_facts, video_track

from reelwright.model.color import ColorProperties
from reelwright.model.facts import DataReference, EditEntry, TrackFacts
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import MediaCharacteristic, MediaType, TrackAssociation
from reelwright.model.metadata import MetadataItem
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack


def track_of(facts: TrackFacts, index: SampleIndex | None = None, **more: Any) -> AssetTrack:
    has_tables = more.pop("has_tables", True)
    precise = more.pop("prefer_precise_duration", False)
    indexes = {} if index is None else {facts.track_id: index}
    media = FakeMedia(media_facts(facts, **more), indexes, has_tables=has_tables)
    return Asset.for_media(media, prefer_precise_duration=precise).tracks[0]


def asked(track: AssetTrack) -> int:
    media = track.asset.media
    assert isinstance(media, FakeMedia)
    return len(media.asked) + len(media.streams)


# ---------------------------------------------------------------------------------------------------------------------
# the header


def test_the_header_is_read_without_the_samples() -> None:
    turned = (Fraction(0), Fraction(1), Fraction(-1), Fraction(0), Fraction(48), Fraction(0))
    item = MetadataItem(key_space="udta", key="©nam", value="left eye")
    facts = video_track(
        enabled=False,
        language_code="deu",
        extended_language_tag="de-CH",
        transform=turned,
        volume=Fraction(1, 2),
        metadata=(item,),
    )
    track = track_of(facts)
    assert (track.track_id, track.media_type, track.facts) == (1, MediaType.VIDEO, facts)
    assert track.format_descriptions == (AVC,)
    assert not track.is_enabled
    assert (track.language_code, track.extended_language_tag) == ("deu", "de-CH")
    assert (track.preferred_transform, track.preferred_volume, track.natural_time_scale) == (turned, 0.5, 600)
    assert (track.metadata, track.common_metadata) == ((item,), (item,))
    assert track.metadata_for_format(track.available_metadata_formats[0]) == (item,)
    assert track.asset.tracks[0] is track
    assert asked(track) == 0


ANAMORPHIC = AVC.with_(width=1440, height=1080, pixel_aspect_ratio=PixelAspectRatio(4, 3))
CLEAN = AVC.with_(width=720, height=480, clean_aperture=CleanAperture(Fraction(704), Fraction(480)))


@pytest.mark.parametrize(
    ("formats", "size", "expected"),
    [
        ((AVC,), (0, 0), (64, 48)),
        ((AVC,), (128, 48), (128, 48)),
        ((ANAMORPHIC,), (1440, 1080), (1920, 1080)),
        ((ANAMORPHIC,), (0, 0), (1920, 1080)),
        ((CLEAN,), (720, 480), (704, 480)),
        ((AVC.with_(width=0, height=0),), (320, 60), (320, 60)),
        ((), (320, 0), (320, 0)),
    ],
    ids=["no size in the header", "header", "pixel aspect", "pixel aspect, no header", "aperture", "text", "nothing"],
)
def test_natural_size(formats: Any, size: Any, expected: Any) -> None:
    sides = (Fraction(size[0]), Fraction(size[1]))
    assert track_of(video_track(formats=formats, size=sides)).natural_size == expected


def test_sound_has_no_size() -> None:
    assert track_of(sound_track()).natural_size == (0, 0)


@pytest.mark.parametrize(
    ("references", "used", "expected"),
    [
        ((DataReference("url "),), (0,), True),
        ((DataReference("url ", "other.mov", False),), (0,), False),
        ((DataReference("url "), DataReference("url ", "other.mov", False)), (0,), True),
        ((DataReference("url "), DataReference("url ", "other.mov", False)), (0, 1), False),
        ((DataReference("url ", "other.mov", False),), (), False),
        ((DataReference("url "),), (7,), True),
    ],
)
def test_self_contained_is_where_the_samples_in_use_lie(references: Any, used: Any, expected: bool) -> None:
    assert track_of(video_track(data_references=references, format_references=used)).is_self_contained is expected


def test_codec_strings() -> None:
    sound = FormatDescription(media_type=MediaType.AUDIO, media_subtype="Opus", sample_rate=48000, channels=2)
    assert track_of(sound_track(formats=(sound,))).codec_string == "Opus"
    assert track_of(video_track()).codec_string == "avc1"  # its configuration is missing
    assert track_of(video_track(formats=())).codec_string is None


# ---------------------------------------------------------------------------------------------------------------------
# characteristics

HDR = ColorProperties("ITU_R_2020", "ITU_R_2100_HLG", "ITU_R_2020")
SDR = ColorProperties("ITU_R_709", "ITU_R_709", "ITU_R_709")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (video_track(), {"VISUAL", "FRAME_BASED"}),
        (sound_track(), {"AUDIBLE"}),
        (track_facts(1, MediaType.TEXT), {"VISUAL", "LEGIBLE"}),
        (track_facts(1, MediaType.CLOSED_CAPTION), {"VISUAL", "LEGIBLE"}),
        (track_facts(1, MediaType.MUXED), {"VISUAL", "AUDIBLE", "FRAME_BASED"}),
        (track_facts(1, MediaType.METADATA), set()),
        (video_track(formats=(AVC.with_(color=SDR),)), {"VISUAL", "FRAME_BASED"}),
        (video_track(formats=(AVC.with_(color=HDR),)), {"VISUAL", "FRAME_BASED", "CONTAINS_HDR_VIDEO"}),
        (video_track(formats=(AVC.with_(media_subtype="ap4h"),)), {"VISUAL", "FRAME_BASED", "CONTAINS_ALPHA_CHANNEL"}),
        (
            video_track(formats=(AVC.with_(atoms={"vexu": b""}),)),
            {"VISUAL", "FRAME_BASED", "CONTAINS_STEREO_MULTIVIEW_VIDEO"},
        ),
        (sound_track(characteristics=("public.auxiliary-content",)), {"AUDIBLE", "IS_AUXILIARY_CONTENT"}),
    ],
)
def test_characteristics_follow_from_kind_format_and_tags(facts: TrackFacts, expected: set[str]) -> None:
    track = track_of(facts)
    assert {kind.name for kind in MediaCharacteristic if track.has_media_characteristic(kind)} == expected


def test_tags_without_a_name_here_are_kept() -> None:
    track = track_of(sound_track(characteristics=("com.example.sung",)))
    assert track.has_media_characteristic("com.example.sung")
    assert "com.example.sung" in track.media_characteristics


# ---------------------------------------------------------------------------------------------------------------------
# time


def test_segments_come_from_edits_and_samples() -> None:
    facts = video_track(edits=(EditEntry(300, None), EditEntry(6000, 20)))
    track = track_of(facts, index_of([20] * 30))
    empty, shown = track.segments
    assert empty.is_empty
    assert shown.time_mapping.source == TimeRange(Time(20, 600), Time(580, 600))
    assert track.time_range == TimeRange(Time(300, 600), Time(580, 600))
    assert track.segment_for_track_time(0.1) is empty
    assert track.sample_presentation_time_for_track_time(0.5) == Time(20, 600)
    assert not track.sample_presentation_time_for_track_time(0.25).is_valid


def test_media_ends_with_the_last_frame_that_is_shown() -> None:
    assert track_of(video_track(), index_of([20] * 3, offsets=[20, 60, 0])).time_range.end == Time(100, 600)


def test_a_last_sample_of_no_time_lasts_as_the_header_says() -> None:
    durations = index_of([20, 20, 0])
    assert track_of(video_track(media_duration=60), durations).time_range.end == Time(60, 600)
    assert track_of(video_track(media_duration=30), durations).time_range.end == Time(40, 600)


def test_headers_of_files_without_tables_are_believed_where_they_are_exact() -> None:
    facts = video_track(edits=(EditEntry(700, 120),), duration=Time(600, 600))
    track = track_of(facts, index_of([20] * 60), has_tables=False, container="matroska,webm")
    (segment,) = track.segments
    assert segment.time_mapping.source == TimeRange(Time(120, 600), Time(600, 600))
    assert asked(track) == 1  # for the tables that are not there


@pytest.mark.parametrize("how", [{"has_precise_timing": False}, {"prefer_precise_duration": True}])
def test_estimates_of_files_without_tables_are_not(how: dict[str, Any]) -> None:
    facts = video_track(edits=(EditEntry(700, 120),), duration=Time(600, 600))
    track = track_of(facts, index_of([20] * 60), has_tables=False, container="mpegts", **how)
    (segment,) = track.segments
    assert segment.time_mapping.source == TimeRange(Time(120, 600), Time(1080, 600))


def test_the_file_tells_the_duration_where_the_track_does_not() -> None:
    track = track_of(video_track(), index_of([20] * 60), has_tables=False, container="ogg", duration=Time(1, 1))
    assert track.time_range == TimeRange(0, 1)
    track = track_of(video_track(), index_of([20] * 60), has_tables=False, container="ogg")
    assert track.time_range == TimeRange(0, 2)


# ---------------------------------------------------------------------------------------------------------------------
# samples


def test_sums_and_rates_of_samples() -> None:
    track = track_of(video_track(), index_of([20] * 30))
    assert track.total_sample_data_length == sum(range(10, 40))
    assert track.estimated_data_rate == sum(range(10, 40)) * 8
    assert track.min_frame_duration == Time(20, 600)
    assert track.nominal_frame_rate == 30


def test_without_samples_there_is_nothing_to_count() -> None:
    track = track_of(video_track())
    assert (track.total_sample_data_length, track.estimated_data_rate, track.nominal_frame_rate) == (0, 0, 0)
    assert not track.min_frame_duration.is_valid
    assert not track.requires_frame_reordering
    assert track.segments == ()


def test_a_rate_that_the_header_tells_needs_no_samples() -> None:
    track = track_of(video_track(sample_duration=20), index_of([20] * 30))
    assert track.nominal_frame_rate == 30
    assert asked(track) == 0
    fragmented = track_of(video_track(sample_duration=20), index_of([10] * 30), contains_fragments=True)
    assert fragmented.nominal_frame_rate == 60


def test_sound_has_no_frames() -> None:
    track = track_of(sound_track(), index_of([1024] * 10, 48000))
    assert track.nominal_frame_rate == 0
    assert not track.min_frame_duration.is_valid


def ticks(rate: Fraction, scale: int, count: int) -> list[int]:
    """Durations of frames at a rate, each beginning on the nearest tick."""
    starts = [round(number * scale / rate) for number in range(count + 1)]
    return [after - before for before, after in itertools.pairwise(starts)]


NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("durations", "scale", "expected"),
    [
        ([1001] * 100, 30_000, NTSC),
        ([1001] * 99 + [1], 30_000, NTSC),
        ([1001] * 99 + [0], 30_000, NTSC),
        ([3003] * 100, 90_000, NTSC),
        ([3002] * 100, 90_000, Fraction(45000, 1501)),
        (ticks(NTSC, 1000, 300), 1000, NTSC),
        (ticks(Fraction(24000, 1001), 1000, 300), 1000, Fraction(24000, 1001)),
        (ticks(Fraction(24), 1000, 300), 1000, 24),
        (ticks(Fraction(60), 90_000, 100), 90_000, 60),
        (ticks(NTSC, 600, 100), 600, NTSC),
        ([1001] * 50 + [3003] + [1001] * 50, 30_000, NTSC),
        ([20] * 50 + [50] * 50, 600, Fraction(100 * 600, 3500)),
        ([7, 40, 13, 20, 33], 600, Fraction(5 * 600, 113)),
        ([7, 40, 13, 20, 0], 600, Fraction(4 * 600, 80)),
        ([80] * 3, 1000, Fraction(25, 2)),
        ([20], 600, 30),
        ([0], 600, 0),
        ([0, 0], 600, 0),
        ([1 << 61, 1 << 60, 1], 600, Fraction(1800, (1 << 61) + (1 << 60) + 1)),
        ([1 << 58] * 4, 1, Fraction(1, 1 << 58)),
    ],
)
def test_nominal_frame_rate(durations: list[int], scale: int, expected: Fraction) -> None:
    assert track_of(video_track(time_scale=scale), index_of(durations, scale)).nominal_frame_rate == expected


@given(
    st.sampled_from([24, 25, 30, 50, 60, 120]),
    st.booleans(),
    st.sampled_from([1000, 15_360, 48_000, 90_000, 1_000_000]),
    st.integers(200, 400),
)
def test_even_frames_have_their_rate_in_any_ticks(rate: int, ntsc: bool, scale: int, count: int) -> None:
    exact = Fraction(rate * 1000, 1001) if ntsc else Fraction(rate)
    found = track_of(video_track(time_scale=scale), index_of(ticks(exact, scale, count), scale)).nominal_frame_rate
    # Over a few seconds milliseconds cannot tell every rate from its neighbour; what is said must fit the frames.
    assert found == exact or abs(count / found - count / exact) < Fraction(2, 1000)


def test_frames_are_counted_in_the_order_in_which_they_are_shown() -> None:
    index = index_of([1001] * 9, 30_000, offsets=[1001, 3003, 0, 1001, 3003, 0, 1001, 2002, 0])
    track = track_of(video_track(time_scale=30_000), index)
    assert track.nominal_frame_rate == NTSC
    assert track.requires_frame_reordering


def test_offsets_alone_are_no_reordering() -> None:
    assert not track_of(video_track(), index_of([20] * 4, offsets=[40] * 4)).requires_frame_reordering


def test_sound_with_packets_that_need_others() -> None:
    sync = np.array([True, False, True, False])
    assert track_of(sound_track(), index_of([1024] * 4, 48000, sync=sync)).has_audio_sample_dependencies
    assert not track_of(sound_track(), index_of([1024] * 4, 48000)).has_audio_sample_dependencies
    assert not track_of(video_track(), index_of([20] * 4, sync=sync)).has_audio_sample_dependencies


def test_runs_of_pcm_are_bytes_and_time() -> None:
    counts = np.array([1000, 500])
    index = SampleIndex(
        time_scale=48000,
        offsets=np.array([0, 8000]),
        sizes=np.array([4000, 2000]),
        decode=np.array([0, 1000]),
        durations=np.array([1000, 500]),
        counts=counts,
    )
    track = track_of(sound_track(), index)
    assert track.estimated_data_rate == 48000 * 4 * 8
    assert track.time_range.end == Time(1500, 48000)


def test_samples_of_files_without_tables_are_gone_through_once() -> None:
    sync = np.array([True, False, False, True])
    descriptions = np.array([0, 0, 1, 1], np.uint16)
    index = index_of([20, 20, 20, 20], offsets=[20, 60, 0, 20], sync=sync, descriptions=descriptions)
    track = track_of(video_track(), index, has_tables=False, container="matroska,webm")
    found = track.sample_index
    assert track.nominal_frame_rate == 30
    assert track.total_sample_data_length == 46
    for name in ("sizes", "decode", "presentation", "durations", "sync", "descriptions"):
        expected = [20, 40, 20, 20] if name == "durations" else getattr(index, name)
        if name != "durations":
            assert np.array_equal(getattr(found, name), expected), name
    assert (found.offsets == -1).all()
    media = track.asset.media
    assert isinstance(media, FakeMedia)
    assert [stream.is_closed for stream in media.streams] == [True]


def test_frames_gathered_last_until_the_next_one() -> None:
    index = SampleIndex(
        time_scale=1000,
        offsets=np.zeros(4, np.int64),
        sizes=np.full(4, 9),
        decode=np.array([0, 40, 80, 120]),
        durations=np.array([0, 1, 1, 40]),
    )
    found = track_of(video_track(time_scale=1000), index, has_tables=False).sample_index
    assert found.durations.tolist() == [40, 40, 40, 40]
    sound = track_of(sound_track(time_scale=1000), index, has_tables=False).sample_index
    assert sound.durations.tolist() == [0, 1, 1, 40]


def test_many_samples_are_gathered_in_blocks() -> None:
    index = index_of([20] * 9001)
    found = track_of(video_track(), index, has_tables=False).sample_index
    assert np.array_equal(found.decode, index.decode)
    assert np.array_equal(found.sizes, index.sizes)


# ---------------------------------------------------------------------------------------------------------------------
# other tracks


def test_tracks_refer_to_each_other() -> None:
    video = video_track(1, references={"tmcd": (3,), "chap": (4, 99), "hint": (2,), "cdsc": (98,)})
    tracks = (video, sound_track(2), track_facts(3, MediaType.TIMECODE), track_facts(4, MediaType.TEXT))
    first, _, timecode, text = Asset.for_media(FakeMedia(media_facts(*tracks))).tracks
    assert first.available_track_association_types == (TrackAssociation.CHAPTER_LIST, TrackAssociation.TIMECODE)
    assert first.associated_tracks(TrackAssociation.TIMECODE) == [timecode]
    assert first.associated_tracks("chap") == [text]
    assert first.associated_tracks(TrackAssociation.METADATA_REFERENT) == []
    assert text.available_track_association_types == ()


def test_what_can_be_decoded() -> None:
    assert track_of(sound_track()).is_playable
    assert not track_of(sound_track(is_protected=True)).is_decodable
    assert track_of(video_track(formats=(VP9,))).is_playable
    assert not track_of(video_track(formats=())).is_decodable
    assert not track_of(video_track(formats=(VP9, VP9.with_(media_subtype="nope")))).is_decodable
    text = FormatDescription(media_type=MediaType.TEXT, media_subtype="text")
    assert track_of(track_facts(1, MediaType.TEXT, formats=(text,))).is_decodable
    assert not track_of(track_facts(1, MediaType.TEXT, formats=(text,))).is_playable
    unknown = FormatDescription(media_type=MediaType.AUDIO, media_subtype="nope", sample_rate=48000, channels=2)
    assert not track_of(sound_track(formats=(unknown,))).is_decodable
