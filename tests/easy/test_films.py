"""The film recipes, judged by independent readers: every frame, every time, the sound beside them, and what is left."""

from __future__ import annotations

import gc
import io
import os
import threading
import weakref
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.easy.made import FAST, duration, film, gray, levels, photograph, seen_levels, spans, stream, tone
from tests.interop import decoded

import reelwright
from reelwright import (
    AudioFormat,
    AudioSettings,
    FrameError,
    InvalidArgumentError,
    InvalidMediaError,
    MediaType,
    OutputExistsError,
    OutputNotFoundError,
    PixelBuffer,
    ScalingMode,
    SettingsError,
    Time,
    TimestampError,
    VideoCodec,
    VideoSettings,
    WritingReport,
    write_images,
    write_video,
)
from reelwright.isobmff.parse import scan
from reelwright.storage.source import open_source


def track(report: WritingReport, kind: MediaType = MediaType.VIDEO) -> reelwright.TrackReport:
    found = report.track(kind)
    assert found is not None
    return found


def near(seen: list[int], expected: list[int]) -> bool:
    return len(seen) == len(expected) and all(abs(a - b) <= 3 for a, b in zip(seen, expected, strict=True))


# ---------------------------------------------------------------------- frames


def tensor_like(array: np.ndarray) -> Any:
    class Tensor:
        shape, ndim, __dlpack__, __dlpack_device__ = (
            array.shape,
            array.ndim,
            staticmethod(array.__dlpack__),
            staticmethod(array.__dlpack_device__),
        )

        def __len__(self) -> int:
            return len(array)

    return Tensor()


FORMS = {
    "array": lambda: film(5),
    "floats": lambda: film(5) / 255,
    "sixteen bits": lambda: film(5).astype(np.uint16) * 257,
    "with alpha": lambda: np.concatenate([film(5), np.full((5, 32, 32, 1), 255, np.uint8)], axis=3),
    "grey": lambda: film(5)[..., 0],
    "tensor": lambda: tensor_like(film(5)),
    "list of arrays": lambda: list(film(5)),
    "list of images": lambda: [Image.fromarray(frame) for frame in film(5)],
    "list of buffers": lambda: [PixelBuffer.from_array(frame) for frame in film(5)],
    "generator": lambda: (frame for frame in film(5)),
}


@pytest.mark.parametrize("form", FORMS)
def test_frames_in_every_form(form: str, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_video(FORMS[form](), out, fps=10, encoder_options=FAST)
    assert (track(report).appended, track(report).encoded, track(report).written) == (5, 5, 5)
    assert near(seen_levels(out), levels(5))
    assert spans(out) == [(Fraction(i, 10), Fraction(1, 10)) for i in range(5)]


def test_channels_first(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    write_video(film(3).transpose(0, 3, 1, 2), out, fps=10, layout="CHW", encoder_options=FAST)
    assert near(seen_levels(out), levels(3))


def test_the_defaults_are_what_plays_everywhere(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_video(film(3), out, fps=30)
    about = stream(out, "video")
    assert (about["codec_tag_string"], about["pix_fmt"], about["width"], about["height"]) == ("avc1", "yuv420p", 32, 32)
    assert {about["color_space"], about["color_primaries"], about["color_transfer"]} == {"bt709"}
    assert report.header_method.startswith("first")
    # Android demands less than H.264's High profile of a device, so nobody promises that all of them play it.
    assert {name for name, verdict in report.plays_on.items() if verdict.plays is not True} == {"Android"}
    assert report.plays_on["Android"].plays is None
    assert report.path == str(out)


@pytest.mark.parametrize("fps", [29.97, "30000/1001", Fraction(24000, 1001), 60, 0.06, np.float32(12.5)])
def test_frame_rates_are_exact(fps: Any, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    write_video(film(4), out, fps=fps, encoder_options=FAST)
    rate = {"29.97": Fraction(30000, 1001), "0.06": Fraction(3, 50)}.get(str(fps)) or Fraction(str(fps))
    assert spans(out) == [(i / rate, 1 / rate) for i in range(4)]


def test_one_frame_lasts_as_long_as_the_rate_says(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_video(film(1), out, fps=4, encoder_options=FAST)
    assert spans(out) == [(0, Fraction(1, 4))]
    assert report.duration == Fraction(1, 4)


def test_frames_at_their_own_times(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_video(film(4), out, times=[10, Time(3100, 300), 10.5, 12, 15], encoder_options=FAST)
    starts = [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(2), Fraction(5)]
    assert report.duration == 5
    measured = [start for start, _ in spans(out)]
    assert [start - measured[0] for start in measured] == starts[:4]
    assert [length for _, length in spans(out)] == [b - a for a, b in pairwise(starts)]


def test_without_an_end_the_last_frame_lasts_as_long_as_the_one_before(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    write_video(iter(film(3)), out, times=iter([0, 1, 1.25]), encoder_options=FAST)
    assert [length for _, length in spans(out)] == [1, Fraction(1, 4), Fraction(1, 4)]


def test_times_that_run_backwards_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(TimestampError):
        write_video(film(4), tmp_path / "film.mp4", times=[0, 1, 0.5, 2], encoder_options=FAST)
    assert os.listdir(tmp_path) == []


def test_a_time_scale_for_long_pauses(tmp_path: Path) -> None:
    """In microseconds, an hour is more ticks than a file counts."""
    out, times = tmp_path / "film.mp4", [0, 0.1, 3600.000_001, 3600.5]
    with pytest.raises(TimestampError, match="media_time_scale"):
        write_video(film(3), out, times=times, encoder_options=FAST)
    report = write_video(film(3), out, times=times, media_time_scale=90_000, encoder_options=FAST, codec="avc1")
    assert track(report).media_time_scale == 90_000
    assert report.duration == 3600 + Fraction(1, 2)


@pytest.mark.parametrize("times", [[0], [0, 1], [0, 1, 2, 3, 4, 5]])
def test_times_must_match_the_frames(times: list[float], tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="for 4 pictures"):
        write_video(film(4), tmp_path / "film.mp4", times=times)
    with pytest.raises((InvalidArgumentError, TimestampError)):
        write_video(iter(film(7)), tmp_path / "film.mp4", times=times, encoder_options=FAST)
    assert os.listdir(tmp_path) == []


def test_times_and_durations_that_are_left_over_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="5 times were given for 3 pictures"):
        write_video(iter(film(3)), tmp_path / "film.mp4", times=[0, 1, 2, 3, 4], encoder_options=FAST)
    with pytest.raises(InvalidArgumentError, match="4 durations were given for 3 pictures"):
        write_images(iter(film(3)), tmp_path / "film.mp4", [1, 2, 3, 4], encoder_options=FAST)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("given", [{}, {"fps": 30, "times": [0, 1]}])
def test_a_film_has_a_rate_or_times(given: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="either fps or times"):
        write_video(film(2), tmp_path / "film.mp4", **given)


@pytest.mark.parametrize("frames", [np.zeros((0, 8, 8, 3), np.uint8), [], iter(())])
def test_no_frames_are_no_film(frames: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="no frames"):
        write_video(frames, tmp_path / "film.mp4", fps=30)
    assert os.listdir(tmp_path) == []


def test_a_frame_of_another_size_is_named(tmp_path: Path) -> None:
    with pytest.raises(FrameError, match=r"^frame 2: "):
        write_video([gray(1), gray(2), gray(3, (32, 16))], tmp_path / "film.mp4", fps=30, encoder_options=FAST)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("bad", [np.zeros((32, 32, 3), np.int64), "a.png", np.zeros((32, 32, 5), np.uint8)])
def test_a_frame_that_is_none_is_named(bad: Any, tmp_path: Path) -> None:
    with pytest.raises(FrameError, match=r"^frame 1: "):
        write_video([gray(1), bad], tmp_path / "film.mp4", fps=30, encoder_options=FAST)
    assert os.listdir(tmp_path) == []


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(FrameError, match=r"^picture 1: pictures of dtype int64"):
        write_images([gray(1), gray(1).astype(np.int64)], tmp_path / "film.mp4", encoder_options=FAST)
    assert os.listdir(tmp_path) == []


def test_transparent_frames_need_a_background(tmp_path: Path) -> None:
    frames = np.zeros((2, 32, 32, 4), np.uint8)
    with pytest.raises(FrameError, match="background="):
        write_video(frames, tmp_path / "film.mp4", fps=30, encoder_options=FAST)
    write_video(frames, tmp_path / "film.mp4", fps=30, background=(200, 200, 200), encoder_options=FAST)
    assert near(seen_levels(tmp_path / "film.mp4"), [200, 200])


# ---------------------------------------------------------------------- settings


def test_settings_keep_what_they_say(tmp_path: Path) -> None:
    out = tmp_path / "film.mov"
    settings = VideoSettings(
        VideoCodec.HEVC,
        64,
        16,
        scaling_mode=ScalingMode.RESIZE,
        compression={"MaxKeyFrameInterval": 2},
        encoder_options={"preset": "ultrafast"},
    )
    write_video(film(4), out, fps=10, settings=settings)
    about = stream(out, "video")
    assert (about["codec_tag_string"], about["width"], about["height"]) == ("hvc1", 64, 16)


@pytest.mark.parametrize(
    "given",
    [
        {"codec": "hevc"},
        {"codec": VideoCodec.HEVC},
        {"settings": {"AVVideoCodecKey": "hvc1"}},
        {"settings": {"Width": 32, "Height": 32}, "codec": "hvc1"},
        {"settings": VideoSettings(VideoCodec.HEVC), "codec": "hevc"},
    ],
)
def test_the_codec_may_be_said_in_several_ways(given: dict[str, Any], tmp_path: Path) -> None:
    report = write_video(film(2), tmp_path / "film.mp4", fps=10, encoder_options=FAST, **given)
    assert str(track(report).codec).startswith("hvc1")


def test_a_mapping_without_a_codec_means_h264(tmp_path: Path) -> None:
    settings = {"AVVideoCompressionPropertiesKey": {"AverageBitRate": 100_000}}
    report = write_video(film(2), tmp_path / "film.mp4", fps=10, settings=settings, encoder_options=FAST)
    assert str(track(report).codec).startswith("avc1")


@pytest.mark.parametrize("write", [write_video, write_images])
@pytest.mark.parametrize("target", ["there.mp4", "missing/film.mp4", "object"])
def test_a_target_that_cannot_be_is_noticed_before_the_first_picture(tmp_path: Path, write: Any, target: str) -> None:
    (tmp_path / "there.mp4").write_bytes(b"precious")
    started = []

    def pictures() -> Iterator[Any]:
        started.append(True)
        yield gray(1)

    out: Any = tmp_path / target if target != "object" else io.BytesIO(b"precious")
    options = {"file_type": "mp4"} if target == "object" else {}
    options |= {"fps": 10} if write is write_video else {}
    with pytest.raises(OutputNotFoundError if "missing" in target else OutputExistsError):
        write(pictures(), out, **options)
    assert started == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["there.mp4"]
    assert (tmp_path / "there.mp4").read_bytes() == b"precious"


def test_contradictions_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="contradicts the settings, which say HEVC"):
        write_video(film(2), tmp_path / "f.mp4", fps=10, codec="h264", settings=VideoSettings(VideoCodec.HEVC))
    with pytest.raises(InvalidArgumentError, match="contradicts the settings, which say 64×64"):
        write_images([gray(1)], tmp_path / "f.mp4", size=(32, 32), settings=VideoSettings(VideoCodec.H264, 64, 64))
    with pytest.raises(InvalidArgumentError, match="is no size"):
        write_images([gray(1)], tmp_path / "f.mp4", size=64)
    with pytest.raises(SettingsError, match=r"the width in size=\(0, 64\) must be .*size=\(width, height\)"):
        write_images([gray(1)], tmp_path / "f.mp4", size=(0, 64))
    with pytest.raises(InvalidArgumentError, match="bytes are no path"):
        write_images([gray(1)], b"f.mp4")
    with pytest.raises(InvalidArgumentError, match="audio_beyond='loop'"):
        write_video(film(2), tmp_path / "f.mp4", fps=10, audio=(tone(1), 48000), audio_beyond="loop")
    assert os.listdir(tmp_path) == []


def test_encoder_options_win_and_the_report_says_so(tmp_path: Path) -> None:
    settings = VideoSettings(VideoCodec.H264, compression={"Quality": 0.9}, encoder_options={"preset": "slow"})
    options = {"preset": "ultrafast", "crf": 40}
    report = write_video(film(2), tmp_path / "film.mp4", fps=10, settings=settings, encoder_options=options)
    assert any("crf" in each for each in track(report).overridden)


def test_odd_sizes_are_kept(tmp_path: Path) -> None:
    report = write_video([gray(9, (33, 17))] * 2, tmp_path / "film.mp4", fps=10, encoder_options=FAST)
    described = track(report).format
    assert described is not None
    assert described.display_size == (33, 17)


def test_a_file_object_takes_a_film() -> None:
    out = io.BytesIO()
    report = write_video(film(2), out, fps=10, file_type="mp4", encoder_options=FAST)
    assert report.path is None
    assert len(out.getvalue()) == report.bytes
    assert out.getvalue()[4:8] == b"ftyp"


# ---------------------------------------------------------------------- ends


def test_an_existing_film_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    out.write_bytes(b"precious")
    with pytest.raises(OutputExistsError):
        write_video(film(2), out, fps=10, encoder_options=FAST)
    assert out.read_bytes() == b"precious"
    write_video(film(2), out, fps=10, overwrite=True, encoder_options=FAST)
    assert near(seen_levels(out), levels(2))
    assert os.listdir(tmp_path) == ["film.mp4"]


class Boom(Exception):
    pass


@pytest.mark.parametrize("error", [Boom("in the generator"), KeyboardInterrupt(), GeneratorExit(), SystemExit(3)])
@pytest.mark.parametrize("after", [0, 1, 12])
def test_what_a_generator_raises_comes_out_unchanged_and_leaves_nothing(
    error: BaseException, after: int, tmp_path: Path
) -> None:
    def frames() -> Iterator[np.ndarray]:
        for _ in range(after):
            yield gray(5)
        raise error

    threads = threading.active_count()
    with pytest.raises(type(error)) as caught:
        write_video(frames(), tmp_path / "film.mp4", fps=10, audio=(tone(1), 48000), encoder_options=FAST)
    assert caught.value is error
    assert os.listdir(tmp_path) == []
    assert threading.active_count() == threads


def test_an_old_film_survives_a_failed_new_one(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    out.write_bytes(b"precious")
    frames = (gray(5) if index < 9 else 1 // 0 for index in range(20))
    with pytest.raises(ZeroDivisionError):
        write_video(frames, out, fps=10, overwrite=True, encoder_options=FAST)
    assert out.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["film.mp4"]


def test_progress_counts_and_cancels(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    write_video(film(3), tmp_path / "a.mp4", fps=10, progress=lambda *s: seen.append(s), encoder_options=FAST)
    write_video(iter(film(2)), tmp_path / "b.mp4", fps=10, progress=lambda *s: seen.append(s), encoder_options=FAST)
    assert seen == [(1, 3), (2, 3), (3, 3), (1, None), (2, None)]

    def stop(done: int, total: int | None) -> None:
        if done == 2:
            raise Boom("stop")

    with pytest.raises(Boom, match="stop"):
        write_video(film(5), tmp_path / "c.mp4", fps=10, progress=stop, encoder_options=FAST)
    assert sorted(os.listdir(tmp_path)) == ["a.mp4", "b.mp4"]


class Traced(np.ndarray):
    """An array that can be watched."""


def test_memory_is_bounded_however_long_the_film(tmp_path: Path) -> None:
    alive: set[int] = set()
    most = 0

    def frames() -> Iterator[np.ndarray]:
        nonlocal most
        for index in range(120):
            frame = gray(index).view(Traced)
            alive.add(index)
            weakref.finalize(frame, alive.discard, index)
            most = max(most, len(alive))
            yield frame
            del frame

    write_video(frames(), tmp_path / "film.mp4", fps=30, encoder_options=FAST)
    gc.collect()
    assert most <= 3
    assert not alive


# ---------------------------------------------------------------------- sound


def test_sound_beside_the_pictures(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    sound = tone(0.5)
    report = write_video(film(10), out, fps=20, audio=(sound, 48000), encoder_options=FAST)
    assert track(report, MediaType.AUDIO).appended == 24000
    assert report.av_offset == 0
    assert track(report, MediaType.AUDIO).notes == ()
    heard = decoded.ffmpeg_pcm(out, build="wheel")
    assert (heard.rate, heard.samples.shape) == (48000, (24000, 2))
    middle = slice(4000, 20000)
    assert np.abs(heard.samples[middle] - sound[middle]).max() < 0.05


def test_sound_longer_than_the_pictures_is_cut_with_them(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_video(film(5), out, fps=10, audio=(tone(2), 48000), encoder_options=FAST)
    assert report.duration == Fraction(1, 2)
    assert track(report, MediaType.AUDIO).duration == Fraction(1, 2)
    (note,) = track(report, MediaType.AUDIO).notes
    assert "cut with the pictures at 0.500 s" in note
    assert "audio_beyond" in note
    assert decoded.ffmpeg_pcm(out, build="wheel").samples.shape == (24000, 2)


def test_sound_longer_than_the_pictures_may_be_kept(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_video(film(5), out, fps=10, audio=(tone(2), 48000), audio_beyond="keep", encoder_options=FAST)
    assert track(report, MediaType.AUDIO).duration == 2
    assert track(report, MediaType.AUDIO).notes == ()
    assert duration(out, "video") == Fraction(1, 2)
    assert decoded.ffmpeg_pcm(out, build="wheel").samples.shape == (96000, 2)


def test_sound_shorter_than_the_pictures_ends_earlier(tmp_path: Path) -> None:
    report = write_video(film(5), tmp_path / "film.mp4", fps=10, audio=(tone(0.2), 48000), encoder_options=FAST)
    assert track(report, MediaType.AUDIO).duration == Fraction(1, 5)
    assert report.duration == Fraction(1, 2)


def test_sound_begins_with_the_film_wherever_its_times_begin(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    times = [1_700_000_000 + index / 10 for index in range(6)]
    report = write_video(film(5), out, times=times, audio=(tone(1), 48000), encoder_options=FAST)
    assert report.duration == Fraction(1, 2)
    assert report.av_offset == 0
    assert decoded.ffmpeg_pcm(out, build="wheel").samples.shape == (24000, 2)


def test_sound_from_a_file(tmp_path: Path) -> None:
    song = tmp_path / "song.m4a"
    reelwright.write_audio(tone(1, 44100, 1), song, 44100)
    report = write_video(film(5), tmp_path / "film.mp4", fps=10, audio=song, encoder_options=FAST)
    described = track(report, MediaType.AUDIO).format
    assert described is not None
    assert (described.sample_rate, described.channels) == (44100, 1)
    assert track(report, MediaType.AUDIO).appended == 22050


def test_sound_with_settings(tmp_path: Path) -> None:
    out = tmp_path / "film.mov"
    settings = AudioSettings(AudioFormat.LINEAR_PCM, linear_pcm_bit_depth=16)
    write_video(film(5), out, fps=10, audio=(tone(1), 48000), audio_settings=settings, encoder_options=FAST)
    assert stream(out, "audio")["codec_name"] == "pcm_s16le"


def test_sound_is_fed_side_by_side_with_the_pictures(tmp_path: Path) -> None:
    """A generator of sound is asked for no more than the pictures need so far."""
    asked: list[tuple[int, int]] = []
    pictures = 0

    def frames() -> Iterator[np.ndarray]:
        nonlocal pictures
        for index in range(20):
            pictures = index + 1
            yield gray(index)

    def blocks() -> Iterator[np.ndarray]:
        for index in range(100):
            asked.append((index, pictures))
            yield tone(0.1)

    write_video(frames(), tmp_path / "film.mp4", fps=10, audio=(blocks(), 48000), encoder_options=FAST)
    assert all(block <= shown for block, shown in asked)
    assert len(asked) in (20, 21)


@pytest.mark.parametrize("audio", [tone(1), (tone(1),), (tone(1), 48000, 2), 5, b"", "nowhere.wav"])
def test_what_is_no_sound_is_refused_before_anything_is_written(audio: Any, tmp_path: Path) -> None:
    with pytest.raises((InvalidArgumentError, InvalidMediaError)):
        write_video(film(2), tmp_path / "film.mp4", fps=10, audio=audio, encoder_options=FAST)
    assert os.listdir(tmp_path) == []


# ---------------------------------------------------------------------- photographs


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, level in ((10, 200), (9, 150), (1, 50)):
        photograph(folder / f"img{number}.png", level)
    return folder


def test_a_folder_becomes_a_film(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_images(photos, out, frame_duration=0.5, encoder_options=FAST)
    assert track(report).written == 3
    assert near(seen_levels(out), [50, 150, 200])
    assert spans(out) == [(Fraction(i, 2), Fraction(1, 2)) for i in range(3)]


@pytest.mark.parametrize(
    ("given", "lengths"),
    [
        (2, [2, 2, 2]),
        (1 / 30, [Fraction(1, 30)] * 3),
        (Fraction(1001, 24000), [Fraction(1001, 24000)] * 3),
        (timedelta(milliseconds=1500), [Fraction(3, 2)] * 3),
        ([1, 0.25, Time(2, 3)], [1, Fraction(1, 4), Fraction(2, 3)]),
    ],
)
def test_each_photograph_lasts_as_long_as_told(given: Any, lengths: Any, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    report = write_images(photos, out, given, encoder_options=FAST)
    starts = [sum(lengths[:index], Fraction(0)) for index in range(3)]
    assert spans(out) == list(zip(starts, lengths, strict=True))
    assert report.duration == sum(lengths)


def test_durations_must_match_the_photographs(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="2 durations were given for 3 pictures"):
        write_images(photos, tmp_path / "film.mp4", [1, 2])
    with pytest.raises(InvalidArgumentError, match="more pictures than durations"):
        write_images((gray(5) for _ in range(3)), tmp_path / "film.mp4", [1, 2], encoder_options=FAST)
    assert os.listdir(tmp_path) == ["photos"]


def test_slow_films_can_be_entered_at_every_photograph(photos: Path, tmp_path: Path) -> None:
    from tests.interop import tools

    out = tmp_path / "film.mp4"
    write_images(photos, out, 2, encoder_options=FAST)
    assert all("K" in packet["flags"] for packet in tools.ffprobe(out)["packets"])


def test_the_first_photograph_gives_the_size_and_others_get_bars(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    wide, tall = photograph(tmp_path / "a.png", 100, (64, 32)), photograph(tmp_path / "b.png", 200, (32, 64))
    write_images([wide, tall], out, 1, encoder_options=FAST)
    first, second = (planes[0] for planes in decoded.ffmpeg_raw_video(out).frames)
    assert first.shape == (32, 64)
    assert abs(int(second[16, 32]) - 188) <= 3
    assert abs(int(second[16, 4]) - 16) <= 3
    assert abs(int(second[16, 60]) - 16) <= 3


def test_photographs_may_be_cut_to_fill(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    pictures = [gray(100, (64, 32)), gray(200, (32, 64))]
    write_images(pictures, out, 1, scaling_mode=ScalingMode.RESIZE_ASPECT_FILL, encoder_options=FAST)
    assert abs(int(decoded.ffmpeg_raw_video(out).frames[1][0][16, 4]) - 188) <= 3


def test_a_size_may_be_given(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    write_images(photos, out, 1, size=(48, 40), encoder_options=FAST)
    about = stream(out, "video")
    assert (about["width"], about["height"]) == (48, 40)


def test_photographs_stand_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: right is up
    values = np.zeros((32, 64, 3), np.uint8)
    values[:, :32] = 220
    Image.fromarray(values).save(tmp_path / "a.png", exif=exif)
    out = tmp_path / "film.mp4"
    write_images(tmp_path / "a.png", out, 1, encoder_options=FAST)
    (luma, *_) = decoded.ffmpeg_raw_video(out).frames[0]
    assert luma.shape == (64, 32)
    assert luma[8].mean() > 190
    assert luma[56].mean() < 20


def test_anything_may_be_mixed(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    mixture = [photos / "img9.png", gray(30), Image.new("L", (32, 32), 90), str(photos / "img1.png")]
    report = write_images(mixture, out, 1, audio=(tone(1), 48000), encoder_options=FAST)
    assert near(seen_levels(out), [150, 30, 90, 50])
    assert report.duration == 4


def test_a_photograph_that_cannot_be_read_is_named_and_nothing_is_left(photos: Path, tmp_path: Path) -> None:
    (photos / "img9.png").write_bytes((photos / "img9.png").read_bytes()[:60])
    with pytest.raises(InvalidMediaError, match=r"img9\.png"):
        write_images(photos, tmp_path / "film.mp4", encoder_options=FAST)
    assert os.listdir(tmp_path) == ["photos"]


def test_a_transparent_photograph_is_named(photos: Path, tmp_path: Path) -> None:
    Image.new("RGBA", (32, 32), (0, 0, 0, 0)).save(photos / "img9.png")
    with pytest.raises(FrameError, match=r"img9\.png.*background="):
        write_images(photos, tmp_path / "film.mp4", encoder_options=FAST)


@pytest.mark.parametrize("source", [[], iter(()), np.zeros((0, 4, 4, 3), np.uint8)])
def test_no_photographs_are_no_film(source: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="no pictures"):
        write_images(source, tmp_path / "film.mp4")
    assert os.listdir(tmp_path) == []


def test_photographs_are_opened_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [photograph(tmp_path / f"{number:03}.png", number) for number in range(30)]
    alive: set[int] = set()
    most = 0
    opened = Image.open

    def watched(path: Any) -> Image.Image:
        nonlocal most
        image = opened(path)
        alive.add(id(image))
        weakref.finalize(image, alive.discard, id(image))
        most = max(most, len(alive))
        return image

    monkeypatch.setattr(Image, "open", watched)
    report = write_images(paths, tmp_path / "film.mp4", 1, encoder_options=FAST)
    assert track(report).written == 30
    assert most <= 3


def test_a_film_in_fragments_is_an_ordinary_one_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    seen: list[bool] = []

    def rendered() -> Iterator[np.ndarray]:
        for number, frame in enumerate(film(24)):
            yield frame
            if number == 20:
                seen.append(path.exists())

    write_video(rendered(), path, fps=8, movie_fragment_interval=1, encoder_options=FAST)
    assert seen == [True]
    kinds = [box.kind for box in scan(open_source(path.read_bytes()))]
    assert kinds == ["ftyp", "mdat", "moov"]
    assert seen_levels(path) == pytest.approx(levels(24), abs=3)


def test_files_without_fragments_are_told_of_before_a_picture_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"movie_fragment_interval=1: a file of type WEBM has no"):
        write_video(film(2), tmp_path / "film.webm", fps=8, movie_fragment_interval=1)
    assert list(tmp_path.iterdir()) == []
