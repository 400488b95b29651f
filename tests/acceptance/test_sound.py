"""Sound is where it was put: clicks begin within one sample of their place, and the length is exact.

FFmpeg's newest decoder plays the edit lists and finds the clicks; GStreamer's demuxer, Mediabunny and MP4Box.js, which
share no code with it, are asked where the sound begins and how long it is.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import reelwright as rw
from tests.acceptance.films import HEIGHT, WIDTH, numbered, write_film
from tests.interop import decoded, tools

Array = npt.NDArray[Any]

LAYOUTS = {1: "mono", 2: "stereo", 4: "4.0", 6: "5.1", 8: "7.1"}
TOLERANCE = Fraction(2, 10**9)  # GStreamer counts nanoseconds
LOW = 3  # the channel of 5.1 that carries low frequencies only: AAC removes clicks there


def clicks(frames: int, channels: int, seed: int = 1) -> tuple[Array, list[Array]]:
    """Silence with clicks of one sample, each channel its own, and where they are: at random, 3 000 samples apart."""
    dice = np.random.default_rng(seed)
    samples = np.zeros((frames, channels), np.float32)
    places = []
    for channel in range(channels):
        at = np.arange(2000, frames - 2000, 3000)
        at = at + dice.integers(0, 1500, at.size)
        samples[at, channel] = dice.choice([-0.8, 0.8], at.size)
        places.append(at)
    return samples, places


def assert_clicks(found: Array, places: list[Array], *, scale: Fraction = Fraction(1), shift: int = 0) -> None:
    """Every channel's loudest sample near each place is within one sample of it."""
    for channel, at in enumerate(places):
        if channel == LOW and len(places) == 6:
            continue
        for place in (round(int(start) * scale) + shift for start in at):
            if not 400 <= place < len(found) - 400:
                continue
            around = np.abs(found[place - 400 : place + 400, channel])
            assert around.max() > 0.3 * min(scale, 1), f"no click at {place} in channel {channel}"
            assert abs(int(around.argmax()) - 400) <= 1, f"the click of {place} is {int(around.argmax()) - 400} off"


def aac(rate: int, channels: int) -> rw.AudioSettings:
    return rw.AudioSettings(rw.AudioFormat.AAC, rate, channels, channel_layout=LAYOUTS[channels])


def buffers(samples: Array, rate: int, start: Any = 0, *, pieces: int = 3) -> list[rw.SampleBuffer]:
    """The sound in a few buffers of odd lengths, one after the other."""
    layout = LAYOUTS[samples.shape[1]]
    cuts = [len(samples) * piece // pieces + piece * 7 for piece in range(pieces)] + [len(samples)]
    cuts[0] = 0
    times = [rw.Time.of(start) + rw.Time(cut, rate) for cut in cuts]
    return [
        rw.SampleBuffer.from_audio(samples[first:last], rate, time, channel_layout=layout)
        for (first, last), time in zip(pairwise(cuts), times, strict=False)
    ]


# Every pair of a container, a rate and a number of channels.
AAC = [("m4a", 22050, 1), ("m4a", 44100, 2), ("m4a", 48000, 6), ("mp4", 22050, 2), ("mp4", 44100, 6), ("mp4", 48000, 1)]
AAC += [("mov", 22050, 6), ("mov", 44100, 1), ("mov", 48000, 2)]


@pytest.mark.parametrize(("suffix", "rate", "channels"), AAC)
def test_aac_keeps_clicks_and_length(suffix: str, rate: int, channels: int, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    samples, places = clicks(rate + 37, channels, seed=rate + channels)
    report = write_film(path, audio=aac(rate, channels), sound=buffers(samples, rate))
    sound = decoded.ffmpeg_pcm(path, build="wheel")
    assert (sound.rate, sound.samples.shape) == (rate, samples.shape)
    assert_clicks(sound.samples, places)
    assert report.duration == Fraction(len(samples), rate)


@pytest.mark.parametrize(("suffix", "rate"), [("m4a", 44100), ("mp4", 48000), ("mov", 22050)])
def test_other_readers_see_the_same_beginning_and_length(suffix: str, rate: int, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    length = rate + 501
    write_film(path, audio=aac(rate, 2), sound=buffers(np.zeros((length, 2), np.float32), rate))
    movie = tools.mp4box(path)
    (edit,) = tools.boxes_of(movie, "elst")[0]["fields"]["entries"]
    priming = edit["media_time"]
    assert Fraction(edit["segment_duration"], movie["info"]["timescale"]) == Fraction(length, rate)
    assert priming > 0
    assert sum(sample["duration"] for sample in movie["samples"]["1"]) >= priming + length
    ((segment,),) = tools.gst_segments(path)
    assert (segment["time"], segment["media_start"], segment["timescale"]) == (0, priming, rate)
    assert abs(Fraction(segment["duration"], 10**9) - Fraction(length, rate)) <= TOLERANCE
    (track,) = tools.mediabunny(path)["tracks"]
    assert track["first"] == pytest.approx(-priming / rate, abs=1e-9)
    # The groups that tell players to decode one packet ahead: one for all samples (ISO/IEC 14496-12, 10.1).
    assert [box["type"] for box in tools.boxes_of(movie, "sgpd", "sbgp")] == ["sgpd", "sbgp"]


@pytest.mark.parametrize(("given", "wanted"), [(44100, 48000), (48000, 44100), (22050, 48000), (96000, 44100)])
@pytest.mark.parametrize("kind", ["aac", "pcm"])
def test_another_rate_moves_no_click(given: int, wanted: int, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    samples, places = clicks(given + 11, 2, seed=given)
    pcm = rw.AudioSettings(rw.AudioFormat.LINEAR_PCM, wanted, 2, linear_pcm_bit_depth=32, linear_pcm_is_float=True)
    write_film(path, audio=aac(wanted, 2) if kind == "aac" else pcm, sound=buffers(samples, given))
    sound = decoded.ffmpeg_pcm(path, build="wheel")
    assert sound.rate == wanted
    assert abs(len(sound.samples) - Fraction(len(samples) * wanted, given)) <= 1
    assert_clicks(sound.samples, places, scale=Fraction(wanted, given))


def noise(bits: int, is_float: bool, frames: int, channels: int) -> tuple[Array, str]:
    """Every bit in use, and FFmpeg's name of a format that holds them all."""
    dice = np.random.default_rng(bits + channels)
    if is_float:
        dtype, name = (np.float32, "f32le") if bits == 32 else (np.float64, "f64le")
        return dice.uniform(-1, 1, (frames, channels)).astype(dtype), name
    if bits == 8:
        return dice.integers(0, 256, (frames, channels), np.uint8), "u8"
    if bits == 16:
        return dice.integers(-(2**15), 2**15, (frames, channels), np.int16), "s16le"
    top = 2 ** (bits - 1)
    return dice.integers(-top, top, (frames, channels), np.int32) << np.int32(32 - bits), "s32le"


DEPTHS = [(8, False), (16, False), (24, False), (32, False), (32, True), (64, True)]
STORED = [(".mov", 1, False), (".mov", 2, True), (".mov", 6, False), (".mov", 8, True)]
STORED += [(".mov", 4, False), (".mp4", 1, True), (".mp4", 2, False), (".mp4", 6, True), (".mp4", 8, False)]
PCM = [(*depth, *how) for depth in DEPTHS for how in STORED if depth[0] > 8 or how[0] == ".mov"]


@pytest.mark.parametrize(("bits", "is_float", "suffix", "channels", "big"), PCM)
def test_pcm_is_exact_to_the_bit(
    bits: int, is_float: bool, suffix: str, channels: int, big: bool, tmp_path: Path
) -> None:
    path = tmp_path / f"film{suffix}"
    samples, name = noise(bits, is_float, 3001, channels)
    settings = rw.AudioSettings(
        rw.AudioFormat.LINEAR_PCM,
        48000,
        channels,
        channel_layout=LAYOUTS[channels],
        linear_pcm_bit_depth=bits,
        linear_pcm_is_float=is_float,
        linear_pcm_is_big_endian=big,
    )
    write_film(path, audio=settings, sound=buffers(samples, 48000))
    # FFmpeg's older build reads QuickTime's PCM, the newer one that of ISO files too.
    sound = decoded.ffmpeg_pcm(path, name, build="system" if suffix == ".mov" else "wheel")
    assert sound.rate == 48000
    assert np.array_equal(sound.samples, samples)


# Where the session begins, where the sound does, where the session ends (None: with the sound), all in seconds.
SESSIONS = [
    (Fraction(0), Fraction(0), None),
    (Fraction(0), Fraction(1, 4), None),
    (Fraction(3, 2), Fraction(3, 2), None),
    (Fraction(3, 2), Fraction(2), None),
    (Fraction(3, 2), Fraction(6, 5), None),
    (Fraction(3, 2), Fraction(6, 5), Fraction(2)),
    (Fraction(3, 2), Fraction(8, 5), Fraction(9, 4)),
    (Fraction(10), Fraction(10) + Fraction(7, 48000), Fraction(21, 2)),
]


# QuickTime files differ in how sound is described, not in their edits: AAC in them is tried with three.
KINDS = [*((kind, *each) for kind in ("aac.mp4", "pcm.mov") for each in SESSIONS)]
KINDS += [("aac.mov", *SESSIONS[at]) for at in (1, 5, 6)]


@pytest.mark.parametrize(
    ("kind", "session", "start", "end"), KINDS, ids=lambda value: "-" if value is None else str(value)
)
def test_sessions_begin_and_end_where_they_say(
    session: Fraction, start: Fraction, end: Fraction | None, kind: str, tmp_path: Path
) -> None:
    rate, path = 48000, tmp_path / f"film.{kind}"
    samples, places = clicks(rate + 5, 2, seed=9)
    pcm = rw.AudioSettings(rw.AudioFormat.LINEAR_PCM, rate, 2, linear_pcm_bit_depth=32, linear_pcm_is_float=True)
    settings = pcm if kind.startswith("pcm") else aac(rate, 2)
    report = write_film(path, audio=settings, sound=buffers(samples, rate, start), session=session, end=end)
    last = min(end or Fraction(1000), start + Fraction(len(samples), rate))
    assert report.duration == last - session
    samples_shown = report.duration * rate
    sound = decoded.ffmpeg_pcm(path, build="wheel")
    # FFmpeg plays the last packet out behind an empty edit, and where an edit ends within stored PCM.
    whole = start <= session if kind.startswith("aac") else end is None
    assert 0 <= len(sound.samples) - samples_shown < (1 if whole else 1024)
    shift = int((start - session) * rate)
    assert_clicks(sound.samples[: int(samples_shown)], places, shift=shift)
    assert not sound.samples[: max(0, shift - 40)].any()
    empty, shown = edits_by_gstreamer(path)
    assert abs(empty - max(start - session, 0)) <= TOLERANCE
    assert abs(empty + shown - report.duration) <= TOLERANCE
    if path.suffix == ".mp4":
        assert edits_by_mp4box(path) == report.duration


def edits_by_gstreamer(path: Path, track: int = 0) -> tuple[Fraction, Fraction]:
    """Seconds before a track's media begin, and how long they are presented."""
    edits = tools.gst_segments(path)[track]
    (kept,) = (edit for edit in edits if edit["media_start"] is not None)
    return Fraction(kept["time"], 10**9), Fraction(kept["duration"], 10**9)


def edits_by_mp4box(path: Path) -> Fraction:
    """Seconds of all edits of the first track."""
    movie = tools.mp4box(path)
    edits = tools.boxes_of(movie, "elst")[0]["fields"]["entries"]
    return Fraction(sum(edit["segment_duration"] for edit in edits), movie["info"]["timescale"])


# When the first picture and the first sound come, and when the session begins.
OFFSETS = [
    (Fraction(0), Fraction(0), Fraction(0)),
    (Fraction(0), Fraction(1, 4), Fraction(0)),
    (Fraction(2, 25), Fraction(0), Fraction(0)),
    (Fraction(3, 2), Fraction(3, 2) + Fraction(123, 48000), Fraction(3, 2)),
    (Fraction(7, 5), Fraction(3, 2), Fraction(3, 2)),
]


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize(("picture", "sound", "session"), OFFSETS, ids=str)
def test_picture_and_sound_stay_together(
    picture: Fraction, sound: Fraction, session: Fraction, suffix: str, tmp_path: Path
) -> None:
    path, rate = tmp_path / f"film.{suffix}", 48000
    samples, places = clicks(rate, 2, seed=4)
    pictures = [(numbered(number), rw.Time.of(picture + Fraction(number, 25))) for number in range(25)]
    report = write_film(
        path,
        video=rw.VideoSettings(rw.VideoCodec.H264, WIDTH, HEIGHT),
        pictures=pictures,
        audio=aac(rate, 2),
        sound=buffers(samples, rate, sound),
        session=session,
    )
    starts = [max(begin - session, Fraction(0)) for begin in (picture, sound)]
    assert report.av_offset == starts[0] - starts[1]
    found = [edits_by_gstreamer(path, track)[0] for track in range(2)]
    for seen, wanted in zip(found, starts, strict=True):
        assert abs(seen - wanted) <= TOLERANCE
    assert_clicks(decoded.ffmpeg_pcm(path, build="wheel").samples, places, shift=int((sound - session) * rate))
