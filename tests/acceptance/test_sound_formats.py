"""Sound of every format is where it was put: clicks, lengths and channels to the sample, lossless formats to the bit.

FFmpeg's newest decoder and Debian's older one play the files, and so does our own reader; MP4Box.js tells the edits.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelwright as rw
from reelwright.model.sound_traits import sound_traits
from tests.acceptance.films import write_film
from tests.acceptance.test_sound import SESSIONS, Array, assert_clicks, buffers, clicks, edits_by_mp4box
from tests.codecs.sound import main_frequency, tone
from tests.interop import decoded, tools

ALAC, FLAC, OPUS = rw.AudioFormat.ALAC, rw.AudioFormat.FLAC, rw.AudioFormat.OPUS
AC3, EAC3, AAC = rw.AudioFormat.AC3, rw.AudioFormat.EAC3, rw.AudioFormat.AAC
NEW = [ALAC, FLAC, AC3, EAC3, OPUS]
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
FLOATS: dict[str, Any] = {"linear_pcm_is_float": True, "linear_pcm_bit_depth": 32}


def settings(format: rw.AudioFormat, rate: int, channels: int, **more: Any) -> rw.AudioSettings:
    return rw.AudioSettings(format, rate, channels, channel_layout=LAYOUTS[channels], **more)


def ours(path: Path, **kind: Any) -> Array:
    """What our own reader plays of the first track, as floats or as integers of 32 bits."""
    asset = rw.Asset(path)
    reader = rw.AssetReader(asset)
    output = rw.AssetReaderTrackOutput(asset.tracks[0], rw.AudioSettings(rw.AudioFormat.LINEAR_PCM, **kind))
    reader.add(output)
    reader.start_reading()
    blocks = []
    while (buffer := output.copy_next_sample_buffer()) is not None:
        assert buffer.format is not None
        dtype = "<f4" if kind.get("linear_pcm_is_float") else "<i4"
        blocks.append(np.frombuffer(buffer.data, dtype).reshape(-1, buffer.format.channels))
    return np.concatenate(blocks)


CLICKS = [("mp4", 48000, 2), ("mov", 44100, 1), ("mov", 48000, 6)]


@pytest.mark.parametrize("format", NEW)
@pytest.mark.parametrize(("suffix", "rate", "channels"), CLICKS)
def test_clicks_and_length(format: rw.AudioFormat, suffix: str, rate: int, channels: int, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    samples, places = clicks(rate + 37, channels, seed=rate + channels)
    wanted = 48000 if format is OPUS else rate
    report = write_film(path, audio=settings(format, wanted, channels), sound=buffers(samples, rate))
    scale = Fraction(wanted, rate)
    length = round(len(samples) * scale)
    played = decoded.ffmpeg_pcm(path, build="wheel")
    assert played.rate == wanted
    assert abs(len(played.samples) - len(samples) * scale) < (1 if scale == 1 else 4)  # movie ticks of 44.1 kHz
    assert_clicks(played.samples, places, scale=scale)
    heard = ours(path, **FLOATS)
    assert heard.shape == (length, channels)
    assert_clicks(heard, places, scale=scale)
    assert abs(report.duration - Fraction(len(samples), rate)) <= (0 if scale == 1 else Fraction(1, rate))


@pytest.mark.parametrize("format", NEW)
def test_every_length_comes_back(format: rw.AudioFormat, tmp_path: Path) -> None:
    """Around the priming and the packets' lengths: 312, 648, 960; 256, 1280, 1536; 4096; 4608."""
    path = tmp_path / "tone.mp4"
    for frames in (1, 256, 257, 312, 648, 649, 1280, 1281, 1536, 4096, 4097, 4608, 4609):
        samples = (np.cos(np.arange(frames) * 0.3) * 0.5).astype(np.float32)
        report = rw.write_audio(samples, path, 48000, format=format, overwrite=True)
        assert report.duration == Fraction(frames, 48000)
        heard = ours(path, **FLOATS)
        assert heard.shape == (frames, 1)
        assert np.abs(heard[:, 0] - samples).max() < 0.2


LOSSLESS = [(16, np.int16, 2), (16, np.float32, 6), (24, np.int32, 1), (24, np.float32, 2), (24, np.float64, 8)]


@pytest.mark.parametrize("format", [ALAC, FLAC])
@pytest.mark.parametrize(("bits", "dtype", "channels"), LOSSLESS)
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_lossless_to_the_bit(
    format: rw.AudioFormat, bits: int, dtype: Any, channels: int, suffix: str, tmp_path: Path
) -> None:
    path, top = tmp_path / f"film.{suffix}", 1 << (bits - 1)
    values = np.random.default_rng(bits).integers(-top, top, (9001, channels))
    values[:3] = [[top - 1], [-top], [0]]
    samples = {"i": values << (dtype().itemsize * 8 - bits), "f": values / top}[np.dtype(dtype).kind].astype(dtype)
    layout = {8: "7.1(wide)" if format is ALAC else "7.1"}.get(channels, LAYOUTS.get(channels))
    hinted = rw.AudioSettings(format, bit_depth_hint=bits)
    report = rw.write_audio(samples, path, 96000, settings=hinted, channel_layout=layout)
    assert not report.tracks[0].notes
    wanted = (values << (32 - bits)).astype(np.int32)
    judge = "system" if suffix == "mov" else "wheel"
    assert np.array_equal(decoded.ffmpeg_pcm(path, "s32le", build=judge).samples, wanted)
    assert np.array_equal(ours(path, linear_pcm_bit_depth=32), wanted)
    (described,) = rw.Asset(path).tracks[0].format_descriptions
    assert (described.bits_per_component, described.sample_rate) == (bits, 96000)


def test_floats_between_two_steps_are_rounded_as_linear_pcm_is(tmp_path: Path) -> None:
    samples = np.random.default_rng(8).uniform(-1.2, 1.2, (5000, 2)).astype(np.float32)
    stored = {}
    for format, kind in ((ALAC, {"bit_depth_hint": 16}), (rw.AudioFormat.LINEAR_PCM, {"linear_pcm_bit_depth": 16})):
        path = tmp_path / f"{format.name}.mov"
        report = rw.write_audio(samples, path, 48000, settings=rw.AudioSettings(format, **kind))
        assert any("clipped" in note for note in report.tracks[0].notes)
        stored[format] = ours(path, linear_pcm_bit_depth=32)
    assert np.array_equal(*stored.values())


def test_bits_that_are_rounded_off_are_told(tmp_path: Path) -> None:
    samples = np.full((100, 1), 0x7654321F, np.int32)
    report = rw.write_audio(samples, tmp_path / "deep.m4a", 48000, format="alac")
    assert any("rounded to the 24 bits" in note for note in report.tracks[0].notes)


@pytest.mark.parametrize("format", NEW)
def test_each_channel_comes_out_of_its_speaker(format: rw.AudioFormat, tmp_path: Path) -> None:
    traits = sound_traits(format)
    assert traits is not None
    path = tmp_path / "film.mp4"
    for name in traits.layouts:
        speakers = rw.ChannelLayout.of(name).native.speakers
        pitches = [60 if place.name == "LFE" else 300 + 100 * at for at, place in enumerate(speakers)]
        samples = np.stack([tone(pitch, 12000, 48000, 0.2) for pitch in pitches], axis=1)
        rw.write_audio(samples, path, 48000, format=format, channel_layout=name, overwrite=True)
        judged = [ours(path, **FLOATS)]
        if name in ("3.1", "5.1", "6.1", "7.1", "7.1(wide)"):
            judged.append(decoded.ffmpeg_pcm(path).samples)
        for heard in judged:
            found = [main_frequency(heard[2400:-2400, at], 48000) for at in range(heard.shape[1])]
            assert np.allclose(found, pitches, atol=8), name


@pytest.mark.parametrize("format", [ALAC, FLAC, AC3, OPUS])
@pytest.mark.parametrize(("session", "start", "end"), [SESSIONS[3], SESSIONS[5]])
def test_sessions_begin_and_end_where_they_say(
    format: rw.AudioFormat, session: Fraction, start: Fraction, end: Fraction | None, tmp_path: Path
) -> None:
    rate, path = 48000, tmp_path / "film.mp4"
    samples, places = clicks(rate + 5, 2, seed=9)
    report = write_film(
        path, audio=settings(format, rate, 2), sound=buffers(samples, rate, start), session=session, end=end
    )
    assert report.duration == min(end or Fraction(1000), start + Fraction(len(samples), rate)) - session
    assert edits_by_mp4box(path) == report.duration
    shift = int((start - session) * rate)
    played = decoded.ffmpeg_pcm(path, build="wheel").samples[: int(report.duration * rate)]
    assert_clicks(played, places, shift=shift)
    assert not played[: max(0, shift - 40)].any()


def test_opus_tells_its_pre_skip_twice_and_its_roll(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    rw.write_audio(np.zeros((48123, 2), np.float32), path, 48000, format="opus")
    movie = tools.mp4box(path)
    (edit,) = tools.boxes_of(movie, "elst")[0]["fields"]["entries"]
    (head,) = tools.boxes_of(movie, "dOps")
    assert edit["media_time"] == head["fields"]["PreSkip"] == 312
    assert [box["type"] for box in tools.boxes_of(movie, "sgpd", "sbgp")] == ["sgpd", "sbgp"]
    assert (b"sgpd\1\0\0\0roll" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + b"\xff\xfc") in path.read_bytes()


@pytest.mark.parametrize("format", NEW)
def test_a_track_that_got_no_sound_is_described_all_the_same(format: rw.AudioFormat, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with rw.AssetWriter(path) as writer:
        sound = [rw.AssetWriterInput(rw.MediaType.AUDIO, settings(each, 48000, 2)) for each in (AAC, format)]
        for input in sound:
            writer.add(input)
        writer.start_writing()
        writer.start_session(0)
        sound[0].append(buffers(np.zeros((4800, 2), np.float32), 48000, pieces=1)[0])
    described = rw.Asset(path).tracks[1].format_descriptions[0]
    assert (described.media_subtype, described.channels) == (format.media_subtype, 2)
