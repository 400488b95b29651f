"""Decoded sound by edits: which frames, at which times, in buffers of which size, and several tracks added up."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.reading.films import film, with_edits
from tests.writing import scene
from tests.writing.scene import RATE, filming

from reelwright import (
    Asset,
    AssetReader,
    AssetReaderAudioMixOutput,
    AssetReaderTrackOutput,
    AudioFormat,
    AudioSettings,
    FileType,
    MediaType,
    SampleBuffer,
    Time,
    TimeRange,
)
from reelwright.reading.passage import Passage
from reelwright.reading.sound import SoundReader

ONE = Fraction(1)


WRITTEN = (np.arange(48_000) % 30_000).astype(np.int16)  # what the second track of ``film`` holds
LEVELS = 1000, 10_000, 30_000


@cache
def duet(*starts: Fraction) -> bytes:
    """Tracks of a tenth of a second each; track n begins at ``starts[n]`` and is ``LEVELS[n]`` throughout."""
    target = io.BytesIO()
    inputs = [scene.audio_input(AudioFormat.LINEAR_PCM) for _ in starts]
    with filming(target, *inputs, file_type=FileType.MOV):
        for input, start, level in zip(inputs, starts, LEVELS, strict=False):
            values = np.full(RATE // 10, level, np.int16)
            input.append(SampleBuffer.from_audio(values, RATE, Time.of(start)))
    return target.getvalue()


def read(asset: Asset, output: Any, time_range: TimeRange | None = None) -> list[SampleBuffer]:
    with AssetReader(asset) as reader:
        if time_range is not None:
            reader.time_range = time_range
        reader.add(output)
        reader.start_reading()
        return list(output)


def heard(buffers: list[SampleBuffer]) -> Any:
    return np.concatenate([buffer.array for buffer in buffers])[:, 0]


def frames_of(data: bytes, time_range: TimeRange | None = None) -> tuple[list[SampleBuffer], Any]:
    asset = Asset(data)
    found = read(asset, AssetReaderTrackOutput(asset.tracks[1], {}), time_range)
    return found, heard(found)


def scale_of(data: bytes) -> int:
    return Asset(data).facts.time_scale


def test_buffers_follow_one_another_and_are_no_flood() -> None:
    found, values = frames_of(film())
    assert np.array_equal(values, WRITTEN)
    assert len(found) < 10
    end = Time.ZERO
    for buffer in found:
        assert buffer.presentation_time == end
        end = buffer.presentation_time + buffer.duration
    assert end == Time(1, 1)


def test_edits_choose_frames_and_times() -> None:
    scale = scale_of(film())
    data = with_edits(film(), [(scale // 4, 30_000, ONE), (scale // 4, -1, ONE), (scale // 2, 6_000, ONE)], track=1)
    found, values = frames_of(data)
    assert np.array_equal(values, np.concatenate([WRITTEN[30_000:42_000], WRITTEN[6_000:30_000]]))
    starts = [buffer.presentation_time for buffer in found]
    assert starts[0] == Time.ZERO
    assert Time(1, 2) in starts  # after the gap, in which there are no buffers
    assert not any(Time(1, 4) <= start < Time(1, 2) for start in starts)


def test_a_dwell_has_no_sound() -> None:
    scale = scale_of(film())
    data = with_edits(film(), [(scale // 2, 100, Fraction(0)), (scale // 4, 0, ONE)], track=1)
    found, values = frames_of(data)
    assert found[0].presentation_time == Time(1, 2)
    assert np.array_equal(values, WRITTEN[:12_000])


def test_a_range_that_falls_between_frames_begins_at_the_nearest() -> None:
    found, values = frames_of(film(), TimeRange(Time(10_001, 96_000), Time(4, RATE)))
    assert found[0].presentation_time == Time(10_001, 96_000)
    assert np.array_equal(values, WRITTEN[5_001:5_005])


def test_priming_is_removed_and_a_start_anywhere_is_exact() -> None:
    target = io.BytesIO()
    input = scene.audio_input(AudioFormat.AAC)
    noise = np.random.default_rng(1).normal(0, 0.1, 600)
    tune = np.interp(np.arange(24_000), np.arange(600) * 40, noise).astype(np.float32)
    with filming(target, input, file_type=FileType.MOV):
        input.append(SampleBuffer.from_audio(tune, RATE))
    asset = Asset(target.getvalue())
    (track,) = asset.tracks
    whole = heard(read(asset, AssetReaderTrackOutput(track, {})))
    assert len(whole) == len(tune)
    likeness = {lag: float(whole[4000 + lag : 20_000 + lag] @ tune[4000:20_000]) for lag in range(-1200, 1201)}
    assert max(likeness, key=likeness.__getitem__) == 0
    for cut in (1, 7_777):
        span = TimeRange(Time(cut, RATE), Time.POSITIVE_INFINITY)
        found = read(asset, AssetReaderTrackOutput(track, {}), span)
        assert found[0].presentation_time == Time(cut, RATE)
        assert np.allclose(heard(found), whole[cut:], atol=1e-6)


@pytest.mark.parametrize("settings", [{"linear_pcm_bit_depth": 24}, {"linear_pcm_is_float": True}, {"channels": 2}])
def test_the_layout_asked_for(settings: dict[str, Any]) -> None:
    asset = Asset(film())
    found = read(asset, AssetReaderTrackOutput(asset.tracks[1], AudioSettings("lpcm", **settings)))
    array = np.concatenate([buffer.array for buffer in found])
    assert array.shape == (48_000, settings.get("channels", 1))
    if "linear_pcm_bit_depth" in settings:
        assert np.array_equal(array[:, 0], WRITTEN.astype(np.int32) << 16)
    elif "linear_pcm_is_float" in settings:
        assert array.dtype == np.float32
        assert np.array_equal(array[:, 0] * 32768, WRITTEN)
    else:
        assert array.dtype == np.int16
        assert np.array_equal(array[:, 0], array[:, 1])


def test_nothing_is_shown_in_an_empty_passage() -> None:
    asset = Asset(film())
    track = asset.tracks[1]
    reader = SoundReader(asset.media, track.facts, None, AssetReaderTrackOutput(track, {}).audio_time_pitch_algorithm)
    assert list(reader.blocks(Passage(Fraction(0), ONE, None))) == []


@pytest.mark.parametrize("algorithm", ["MASTERING", "NORMAL"])
def test_the_quality_of_changing_rates_is_the_same_in_every_passage(algorithm: str) -> None:
    settings = AudioSettings("lpcm", 44_100, 1, linear_pcm_is_float=True, sample_rate_converter_algorithm=algorithm)
    scale = scale_of(film())
    half = scale // 2
    twice = with_edits(film(), [(half, 0, ONE), (half, 0, ONE)], track=1)
    asset = Asset(twice)
    values = heard(read(asset, AssetReaderTrackOutput(asset.tracks[1], settings)))
    assert np.array_equal(values[:22_050], values[22_050:])
    mixed = heard(read(asset, AssetReaderAudioMixOutput([asset.tracks[1]], settings)))
    assert np.array_equal(mixed, values)


# ---------------------------------------------------------------------- mixes


def test_tracks_are_added_on_the_asset_s_time_line_and_gaps_are_silence() -> None:
    asset = Asset(duet(Fraction(0), Fraction(1, 20), Fraction(1, 4)))
    settings = AudioSettings("lpcm", linear_pcm_bit_depth=16)
    found = read(asset, AssetReaderAudioMixOutput(asset.tracks_with_media_type(MediaType.AUDIO), settings))
    values = heard(found)
    assert found[0].presentation_time == Time.ZERO
    assert len(values) == RATE * 35 // 100
    for start, level in ((0, 1000), (2400, 11_000), (4800, 10_000), (7200, 0), (12_000, 30_000)):
        assert values[start] == level, start
        assert values[start + 2399] == level, start


def test_a_mix_of_a_range_is_that_part_of_the_mix() -> None:
    asset = Asset(duet(Fraction(0), Fraction(1, 20)))
    tracks = asset.tracks
    whole = heard(read(asset, AssetReaderAudioMixOutput(tracks)))
    found = read(asset, AssetReaderAudioMixOutput(tracks), TimeRange(Time(1, 25), Time(1, 50)))
    assert found[0].presentation_time == Time(1, 25)
    assert np.array_equal(heard(found), whole[1920:2880])
    assert found[0].array.dtype == np.float32
    assert found[0].array[0, 0] == 1000 / 32768


def test_a_mix_in_passes() -> None:
    asset = Asset(duet(Fraction(0), Fraction(1, 20)))
    output = AssetReaderAudioMixOutput(asset.tracks)
    output.supports_random_access = True
    with AssetReader(asset) as reader:
        reader.add(output)
        reader.start_reading()
        whole = heard(list(output))
        output.reset([TimeRange(0, Time(1, 100)), TimeRange(Time(1, 10), Time(1, 100))])
        again = list(output)
    assert [buffer.presentation_time for buffer in again] == [Time.ZERO, Time(1, 10)]
    assert np.array_equal(heard(again), np.concatenate([whole[:480], whole[4800:5280]]))
