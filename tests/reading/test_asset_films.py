"""Assets of films that the writer made, and of files that others made: what was put in is what the asset says."""

from __future__ import annotations

import io
import itertools
import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.writing.scene import (
    RATE,
    audio_input,
    filming,
    picture,
    sound_buffer,
    stored_input,
    video_input,
)

from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import AudioFormat, FileType, MediaType
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
JPEG = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=8, height=8)
in_memory = pytest.mark.skipif(
    os.environ.get("REELWRIGHT_PLAIN_STORAGE") == "1", reason="films in memory are the same either way"
)
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
scales = st.sampled_from([1, 24, 25, 600, 1000, 1001, 30000, 90000])
moments = st.builds(Fraction, st.integers(-3000, 3000), scales)
lengths = scales.flatmap(lambda scale: st.integers(1, scale).map(lambda ticks: Fraction(ticks, scale)))


def starts(begin: Fraction, steps: list[Fraction]) -> list[Fraction]:
    return [begin + sum(steps[:number], Fraction(0)) for number in range(len(steps))]


def shown_times(track: AssetTrack) -> list[Fraction]:
    """When each sample is shown on the asset's time line, in decode order; those that are cut off are left out."""
    cursor = track.make_sample_cursor_at_first_sample_in_decode_order()
    times = []
    while cursor is not None:
        time = track.time_line.to_track_time(cursor.presentation_time_stamp)
        if time.is_valid:
            times.append(time.fraction)
        if not cursor.step_in_decode_order(1):
            break
    return times


@in_memory
@few
@given(moments, st.lists(lengths, min_size=1, max_size=12), st.lists(st.integers(0, 4), min_size=12, max_size=12))
def test_samples_are_shown_when_they_were_written_to_be(
    begin: Fraction, steps: list[Fraction], leads: list[int]
) -> None:
    decode = starts(begin, steps)
    shown = [time + lead * steps[0] for time, lead in zip(decode, leads, strict=False)]
    film = io.BytesIO()
    track = stored_input()
    with filming(film, track, session=Time.of(min(shown)), file_type=FileType.MOV):
        for at, length, when in zip(shown, steps, decode, strict=True):
            timing = SampleTiming(Time.of(at), Time.of(length), Time.of(when))
            track.append(SampleBuffer(b"a picture", JPEG, [timing]))
    asset = Asset(film.getvalue(), prefer_precise_duration=True)
    (found,) = asset.tracks
    end = max(at + length for at, length in zip(shown, steps, strict=True))
    assert shown_times(found) == [time - min(shown) for time in shown]
    assert found.time_range == TimeRange(0, end - min(shown))
    assert asset.duration == end - min(shown)
    assert found.total_sample_data_length == 9 * len(steps)
    assert found.requires_frame_reordering == any(b < a for a, b in itertools.pairwise(shown))


@in_memory
@few
@given(
    st.lists(lengths, min_size=1, max_size=12),
    st.builds(Fraction, st.integers(-600, 3000), scales),
    st.builds(Fraction, st.integers(1, 3000), scales),
)
def test_a_session_is_the_part_that_is_shown(steps: list[Fraction], begin: Fraction, length: Fraction) -> None:
    times = starts(Fraction(0), steps)
    film = io.BytesIO()
    track = stored_input()
    with filming(film, track, session=Time.of(begin), file_type=FileType.MOV) as writer:
        for time, step in zip(times, steps, strict=True):
            track.append(SampleBuffer(b"a picture", JPEG, [SampleTiming(Time.of(time), Time.of(step))]))
        writer.end_session(Time.of(begin + length))
    (found,) = Asset(film.getvalue()).tracks
    first, last = max(begin, Fraction(0)), min(begin + length, sum(steps))
    rounding = writer.report.largest_rounding if writer.report is not None else 0
    if first >= last:
        assert found.time_range == TimeRange.ZERO
        return
    assert abs(found.time_range.start.fraction - (first - begin)) <= rounding
    assert abs(found.time_range.end.fraction - (last - begin)) <= rounding
    middle = (first + last) / 2 - begin
    media = found.sample_presentation_time_for_track_time(middle)
    assert abs(media.fraction - (middle + begin)) <= 2 * rounding


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30000, 1001), Fraction(25, 2), Fraction(120)])
def test_frames_have_the_rate_they_were_written_at(rate: Fraction, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    video = video_input()
    with filming(path, video, file_type=FileType.MP4):
        for number in range(12):
            video.append(picture(number), Time.of(number / rate), Time.of(1 / rate))
    with Asset(path) as asset:
        (track,) = asset.tracks
        assert track.nominal_frame_rate == rate
        assert track.min_frame_duration == 1 / rate
        assert track.natural_size == (64, 64)
        assert track.codec_string is not None
        assert track.codec_string.startswith("avc1.")
        assert asset.duration == 12 / rate
        assert asset.facts.size == path.stat().st_size
        assert track.total_sample_data_length < asset.facts.size


@pytest.mark.parametrize("format", [AudioFormat.AAC, AudioFormat.LINEAR_PCM])
@pytest.mark.parametrize("frames", [1, 1023, 48_000, 50_001])
def test_sound_lasts_to_the_frame(format: AudioFormat, frames: int) -> None:
    film = io.BytesIO()
    sound = audio_input(format)
    with filming(film, sound, file_type=FileType.MOV):
        sound.append(sound_buffer(frames))
    asset = Asset(film.getvalue())
    (track,) = asset.tracks
    assert track.time_range == TimeRange(0, Fraction(frames, RATE))
    assert asset.duration == Fraction(frames, RATE)
    assert track.nominal_frame_rate == 0
    assert track.is_playable
    assert not track.has_audio_sample_dependencies


def test_what_a_track_was_given_comes_back() -> None:
    film = io.BytesIO()
    video, sound = video_input(), audio_input()
    video.transform = (0, 1, -1, 0, 64, 0)
    with filming(film, video, sound, file_type=FileType.MOV):
        video.append(picture(1), 0, 1)
        sound.append(sound_buffer(48_000))
    asset = Asset(film.getvalue())
    pictures, heard = asset.tracks
    assert pictures.preferred_transform == (0, 1, -1, 0, 64, 0)
    assert (heard.preferred_volume, pictures.preferred_volume) == (1.0, 0.0)
    assert pictures.is_enabled
    assert heard.is_self_contained
    assert asset.is_readable
    assert not asset.contains_fragments
    assert asset.provides_precise_duration_and_timing


def test_a_film_may_be_overwritten_once_nobody_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    for count in (2, 3):
        video = video_input()
        with filming(path, video, overwrite=True):
            for number in range(count):
                video.append(picture(number), Time(number, 25), Time(1, 25))
        assert Asset(path).tracks[0].sample_index.sample_count == count  # closed with the asset, without a warning


# -- files of others: (duration, [(start, end, frame rate) of each track of pictures or sound]) ------------------------

NTSC = Fraction(30000, 1001)
FILES = {
    "media3/edit_list_positive_shift.mp4": ("10.006", [("1", "10", 30), ("0", "10.005", 0)]),
    "media3/bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4": ("14", [("10", "14", 30)]),
    "media3/bt601.mov": ("1.020", [("0.044", "1.019", 0), ("0", "1.020", NTSC)]),
    "media3/sample_with_colr_mdcv_and_clli.mp4": ("1.022", [("0", "1.001", Fraction(60000, 1001)), ("0", "1.022", 0)]),
    "media3/sample_12_5fps_720p_1s.mp4": ("1.040", [("0", "1.032", 0), ("0", "1.040", Fraction(25, 2))]),
    "media3/sample_with_metadata.mp4": ("1.067", [("0", "1.001", NTSC), ("0.044", "1.067", 0)]),
    "media3/sample_av1.mkv": ("1", [("0", "1", 30)]),
    "media3/sample_fragmented_seekable_multiple_sidx.mp4": ("20", [("0", "20", 30)]),
    "media3/sample_vvc.mp4": ("5", [("0", "5", 24)]),
    "media3/sample_twos_pcm.mp4": ("1.089", [("0", "1.001", NTSC), ("0.067", "1.089", 0)]),
    "torchcodec/test_non_zero_start.mp4": ("8.734", [("8.333", "8.733", 30)]),
    "torchcodec/nasa_13013.mp4": (
        "16.570",
        [("0", "13", 25), ("0", "13.056", 0), ("0", "13.013", NTSC), ("0", "13.056", 0)],
    ),
    "streamio/ios9.mov": ("0.467", [("0", "0.467", 30), ("0", "0.467", 0)]),
    "lofty/m4a_codec_aac.m4a": ("1.450", [("0", "1.428", 0)]),
}


def found(name: str) -> Path:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{name} is not among the shared media here")
    return path


@pytest.mark.parametrize("name", FILES)
def test_files_of_others_last_as_long_as_others_say(name: str) -> None:
    duration, tracks = FILES[name]
    with Asset(found(name)) as asset:
        assert abs(asset.duration.fraction - Fraction(duration)) <= Fraction(1, 1000)
        seen = [track for track in asset.tracks if track.media_type in (MediaType.VIDEO, MediaType.AUDIO)]
        assert len(seen) == len(tracks)
        for track, (start, end, rate) in zip(seen, tracks, strict=True):
            assert abs(track.time_range.start.fraction - Fraction(start)) <= Fraction(1, 1000)
            assert abs(track.time_range.end.fraction - Fraction(end)) <= Fraction(1, 1000)
            assert track.nominal_frame_rate == rate


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("media3/sample_with_chapters.mp4", ["Chapter 1", "Chapter 2", "Chapter 3"]),
        ("media3/sample_with_chapters.mkv", ["Chapter 1", "Chapter 2"]),
        ("atldotnet/chapters_NERO.mp4", ["Chapter One", "Chapter 2", "Chapter 003", "Chapter 四"]),
        ("atldotnet/chapters_QT.m4v", ["Chapter One", "Chapter 2", "Chapter 003", "Chapter 四"]),
    ],
)
def test_chapters_of_others(name: str, titles: list[str]) -> None:
    with Asset(found(name)) as asset:
        assert [chapter.title for chapter in asset.chapters] == titles
        times = [chapter.time_range.start for chapter in asset.chapters]
        assert times == sorted(times)
        assert asset.chapters[-1].time_range.end <= asset.duration


@pytest.mark.parametrize("path", sorted(MEDIA.rglob("*.m??")), ids=lambda path: path.relative_to(MEDIA).as_posix())
def test_no_real_file_makes_an_asset_stumble(path: Path) -> None:
    with Asset(path) as asset:
        try:
            tracks = asset.tracks
        except InvalidMediaError:  # broken on purpose, or no file of its own
            return
        assert asset.duration.is_numeric
        for track in tracks:
            ends = [segment.time_mapping.target.end for segment in track.segments]
            assert ends == sorted(ends)
            assert track.nominal_frame_rate >= 0
            assert track.estimated_data_rate >= 0
            assert track.time_range.end <= asset.duration + Time(1, 1) or not asset.provides_precise_duration_and_timing
        assert "<table>" in asset._repr_html_()
