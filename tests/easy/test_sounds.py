"""Sound from arrays, generators and files, written alone: every sample, in order, at the right rate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.easy.made import duration, stream, tone
from tests.interop import decoded
from tests.model.arrays import Convertible, Shapeless, Stored

from reelwright import (
    AudioFormat,
    AudioSettings,
    FrameError,
    InvalidArgumentError,
    InvalidMediaError,
    MediaType,
    OutputExistsError,
    SettingsError,
    write_audio,
)
from reelwright.easy.sounds import sound_input, sound_of, sound_settings

PCM = AudioSettings(AudioFormat.LINEAR_PCM)


def gathered(audio: Any, **more: Any) -> np.ndarray:
    """All samples of a sound, and a check that its buffers lie edge to edge."""
    sound = sound_of(audio, **more)
    blocks, position = [], 0
    for buffer in sound.buffers:
        assert buffer.format == sound.format
        assert buffer.presentation_time.fraction == Fraction(position, sound.format.sample_rate)
        position += buffer.num_samples
        kind = "f" if sound.format.pcm is not None and sound.format.pcm.is_float else "i"
        assert sound.format.pcm is not None
        values = np.frombuffer(buffer.data, f"<{kind}{sound.format.pcm.bits // 8}")
        blocks.append(values.reshape(-1, sound.format.channels))
    return np.concatenate(blocks)


def test_an_array_is_one_sound() -> None:
    samples = tone(0.5)
    sound = sound_of((samples, 48000))
    assert (sound.format.sample_rate, sound.format.channels, sound.total) == (48000, 2, 24000)
    assert (gathered((samples, 48000)) == samples).all()


@pytest.mark.parametrize("samples", [[0.0, 0.5, -0.5], [[0.0, 0.1], [0.2, 0.3]], (0.25, 0.5)])
def test_plain_lists_of_numbers_are_sound(samples: Any) -> None:
    found = gathered((samples, 8000))
    assert (found == np.asarray(samples).reshape(len(samples), -1)).all()


@pytest.mark.parametrize("wrap", [Shapeless, Convertible, Stored])
def test_sound_of_any_library_is_frames_by_channels(wrap: Any) -> None:
    sound = sound_of((wrap(np.zeros((100, 2), np.int16)), 48000))
    assert (sound.total, sound.format.channels) == (100, 2)


def test_blocks_of_any_length_follow_one_another() -> None:
    samples = tone(0.3)
    cuts = [0, 1, 1, 700, 9000, len(samples)]
    blocks = [samples[a:b] for a, b in pairwise(cuts)]
    for given in (blocks, tuple(blocks), iter(blocks)):
        assert sound_of((iter(blocks), 48000)).total is None
        assert (gathered((given, 48000)) == samples).all()


@pytest.mark.parametrize("samples", [np.zeros((0, 2), np.float32), [], iter(()), iter([np.zeros((0, 2), np.int16)])])
def test_no_samples_are_no_sound(samples: Any) -> None:
    with pytest.raises(FrameError, match="not one frame"):
        sound_of((samples, 48000))


@pytest.mark.parametrize("audio", [None, 5, tone(0.1), (tone(0.1),), [tone(0.1), 48000], ("a.wav", 48000)])
def test_what_is_no_sound_is_refused(audio: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="is no sound"):
        sound_of(audio)


@pytest.mark.parametrize("rate", [0, -1, 44100.5, "48000", None, True])
def test_a_rate_that_is_none_is_refused(rate: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        sound_of((tone(0.1), rate))


def test_unheard_of_types_are_refused() -> None:
    with pytest.raises(FrameError, match="int64"):
        sound_of((np.zeros(10, np.int64), 48000))


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (48000, 48000),
        (44100, 44100),
        (8000, 8000),
        (96000, 96000),
        (11000, 11025),
        (40000, 44100),
        (192000, 48000),
        (176400, 44100),
        (7000, 7350),
    ],
)
def test_aac_keeps_the_rate_where_it_can(rate: int, written: int) -> None:
    settings = sound_input(sound_of((tone(0.1, rate), rate))).output_settings
    assert isinstance(settings, AudioSettings)
    assert (settings.format, settings.sample_rate, settings.channels) == (AudioFormat.AAC, written, 2)


def test_more_than_two_channels_get_their_usual_layout() -> None:
    settings = sound_input(sound_of((tone(0.1, channels=6), 48000))).output_settings
    assert isinstance(settings, AudioSettings)
    assert settings.channel_layout is not None
    assert settings.channel_layout.name == "5.1"


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize("suffix", [".m4a", ".mp4", ".mov"])
def test_sound_alone(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"tone{suffix}"
    samples = tone(0.7, 44100)
    report = write_audio(samples, out, 44100)
    assert report.header_method.startswith("first")
    about = stream(out, "audio")
    assert (about["codec_name"], about["sample_rate"], about["channels"]) == ("aac", "44100", 2)
    assert report.duration == Fraction(len(samples), 44100)
    heard = decoded.ffmpeg_pcm(out, build="wheel")
    assert heard.samples.shape == samples.shape
    assert np.abs(heard.samples[3000:-3000] - samples[3000:-3000]).max() < 0.05


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_linear_pcm_keeps_every_sample(dtype: Any, tmp_path: Path) -> None:
    out = tmp_path / "tone.mov"
    scaled = tone(0.2, 8000)
    kind = np.dtype(dtype)
    samples = scaled.astype(dtype) if kind.kind == "f" else (scaled * np.iinfo(kind).max / 4 + 40).astype(dtype)
    write_audio(samples, out, 8000, settings=PCM)
    formats = {"u1": "u8", "i2": "s16le", "i4": "s32le", "f4": "f32le", "f8": "f64le"}
    heard = decoded.ffmpeg_pcm(out, formats[kind.str[1:]])
    assert (heard.samples == samples).all()


def test_a_generator_of_blocks(tmp_path: Path) -> None:
    out = tmp_path / "tone.mov"
    samples = tone(1, 8000)
    seen: list[tuple[int, int | None]] = []
    blocks = (samples[at : at + 900] for at in range(0, len(samples), 900))
    write_audio(blocks, out, 8000, settings=PCM, progress=lambda *given: seen.append(given))
    assert (decoded.ffmpeg_pcm(out).samples == samples).all()
    assert seen == [(min(at + 900, 8000), None) for at in range(0, 8000, 900)]


def test_progress_of_an_array_knows_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    write_audio(tone(1, 8000), tmp_path / "a.m4a", 8000, progress=lambda *given: seen.append(given))
    assert seen == [(2000, 8000), (4000, 8000), (6000, 8000), (8000, 8000)]


def test_the_sound_of_a_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.mov", tmp_path / "second.m4a"
    samples = tone(0.5, 32000, 1)
    write_audio(samples, first, 32000, settings=PCM)
    assert (gathered(first) == samples).all()
    report = write_audio(first, second)
    assert report.duration == Fraction(1, 2)
    assert stream(second, "audio")["sample_rate"] == "32000"
    assert duration(second, "audio") >= Fraction(1, 2)


def test_a_rate_belongs_to_samples_not_to_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="Add rate="):
        write_audio(tone(0.1), tmp_path / "a.m4a")
    with pytest.raises(InvalidArgumentError, match="To change a file's rate"):
        write_audio("song.wav", tmp_path / "a.m4a", 48000)
    with pytest.raises(InvalidMediaError, match=r"nowhere\.wav"):
        write_audio("nowhere.wav", tmp_path / "a.m4a")
    assert os.listdir(tmp_path) == []


def test_what_the_container_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        write_audio(tone(0.1), tmp_path / "a.m4a", 48000, settings=PCM)
    assert os.listdir(tmp_path) == []


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    out = tmp_path / "a.m4a"
    out.write_bytes(b"precious")
    with pytest.raises(OutputExistsError):
        write_audio(tone(0.1), out, 48000)
    assert out.read_bytes() == b"precious"
    report = write_audio(tone(0.1), out, 48000, overwrite=True)
    found = report.track(MediaType.AUDIO)
    assert found is not None
    assert found.appended == 4800


@pytest.mark.parametrize("error", [ValueError("in the generator"), KeyboardInterrupt()])
def test_what_a_generator_raises_comes_out_unchanged_and_leaves_nothing(error: BaseException, tmp_path: Path) -> None:
    def blocks() -> Iterator[np.ndarray]:
        yield tone(0.6)
        raise error

    with pytest.raises(type(error)) as caught:
        write_audio(blocks(), tmp_path / "a.m4a", 48000)
    assert caught.value is error
    assert os.listdir(tmp_path) == []


def test_a_change_of_channels_on_the_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FrameError, match="changed"):
        write_audio(iter([tone(0.1), tone(0.1, channels=1)]), tmp_path / "a.m4a", 48000)
    assert os.listdir(tmp_path) == []


def test_an_existing_file_is_noticed_before_the_first_block(tmp_path: Path) -> None:
    out = tmp_path / "tone.m4a"
    out.write_bytes(b"precious")
    started = []

    def blocks() -> Iterator[Any]:
        started.append(True)
        yield tone(1)

    with pytest.raises(OutputExistsError):
        write_audio(blocks(), out, 48000)
    assert started == []


@pytest.mark.parametrize(
    ("format", "suffix", "code"),
    [
        ("alac", "m4a", "alac"),
        ("flac", "mp4", "fLaC"),
        ("opus", "mov", "Opus"),
        ("ac3", "m4a", "ac-3"),
        ("EAC3", "mp4", "ec-3"),
    ],
)
def test_formats_by_name(format: str, suffix: str, code: str, tmp_path: Path) -> None:
    out = tmp_path / f"a.{suffix}"
    report = write_audio(tone(0.1, 48000), out, 48000, format=format)
    assert report.tracks[0].format is not None
    assert report.tracks[0].format.media_subtype == code
    assert report.duration == Fraction(1, 10)


def test_a_format_completes_settings_and_must_not_contradict_them(tmp_path: Path) -> None:
    assert sound_settings(None, None) == AudioSettings("aac")
    assert sound_settings({"AVEncoderBitDepthHintKey": 16}, "flac") == AudioSettings("flac", bit_depth_hint=16)
    assert sound_settings({"AVFormatIDKey": "alac"}, AudioFormat.ALAC) == AudioSettings("alac")
    with pytest.raises(InvalidArgumentError, match="'opus' contradicts the settings, which say LINEAR_PCM"):
        write_audio(tone(0.1), tmp_path / "a.mov", 48000, settings=PCM, format="opus")
    with pytest.raises(SettingsError, match="'mp3'"):
        write_audio(tone(0.1), tmp_path / "a.m4a", 48000, format="mp3")
    with pytest.raises(SettingsError, match="m4a-audio cannot carry 'opus'"):
        write_audio(tone(0.1), tmp_path / "a.m4a", 48000, format="opus")


@pytest.mark.parametrize(
    ("format", "rate", "written"), [("opus", 44100, 48000), ("ac3", 22050, 32000), ("flac", 96000, 96000)]
)
def test_rates_that_a_format_does_not_have_are_resampled(format: str, rate: int, written: int, tmp_path: Path) -> None:
    report = write_audio(tone(0.1, rate), tmp_path / "a.mp4", rate, format=format)
    assert report.tracks[0].format is not None
    assert report.tracks[0].format.sample_rate == written
