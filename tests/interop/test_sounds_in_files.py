"""Apple Lossless, FLAC, Opus, AC-3 and E-AC-3 in files as ffprobe, MediaInfo, MP4Box.js and browsers see them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import reelwright as rw
from reelwright.isobmff.codec_config import codec_string
from tests.interop import tools
from tests.interop.chromium import play_in_chromium

FRAMES = 14123


class Case(NamedTuple):
    """What others must call a format: ffprobe's name, the entry, MediaInfo's name, ffprobe's bits, priming."""

    probed: str
    code: str
    media: str
    bits: str | None = None
    priming: int = 0


CASES = {
    "alac": Case("alac", "alac", "ALAC", "24"),
    "flac": Case("flac", "fLaC", "FLAC", "24"),
    "opus": Case("opus", "Opus", "Opus", None, 312),
    "ac3": Case("ac3", "ac-3", "AC-3", None, 256),
    "eac3": Case("eac3", "ec-3", "E-AC-3", None, 256),
}


def write(path: Path, format: str) -> rw.WritingReport:
    samples = np.random.default_rng(2).normal(0, 0.1, (FRAMES, 6)).astype(np.float32)
    return rw.write_audio(samples, path, 48000, format=format, channel_layout="5.1")


@pytest.mark.parametrize("format", CASES)
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_everybody_sees_the_same_sound(format: str, suffix: str, tmp_path: Path) -> None:
    case, path = CASES[format], tmp_path / f"sound.{suffix}"
    report = write(path, format)
    stream = tools.ffprobe(path, packets=False)["streams"][0]
    assert (stream["codec_name"], stream["codec_tag_string"]) == (case.probed, case.code)
    assert (stream["sample_rate"], stream["channels"]) == ("48000", 6)
    assert stream["channel_layout"].startswith("5.1")  # Dolby's pair stands at the sides, so does FLAC's in FFmpeg 5
    assert stream.get("bits_per_raw_sample") == case.bits
    assert float(stream["duration"]) == pytest.approx(FRAMES / 48000, abs=1e-6)
    media = tools.mediainfo(path)["tracks"][0]
    assert (media["Format"], media["CodecID"], media["SamplingRate"]) == (case.media, case.code, "48000")
    movie = tools.mp4box(path)
    (edit,) = tools.boxes_of(movie, "elst")[0]["fields"]["entries"]
    assert (edit["media_time"], edit["segment_duration"]) == (case.priming, FRAMES)
    assert movie["info"]["tracks"][0]["codec"] == case.code
    assert report.tracks[0].format is not None
    assert codec_string(report.tracks[0].format) == case.code
    assert tools.ffmpeg_decode_errors(path, build="system" if suffix == "mp4" else "wheel") == ""


@pytest.mark.parametrize("format", ["opus", "flac"])
def test_chromium_plays_exactly_as_long(format: str, tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    write(path, format)
    seen = play_in_chromium(path, rate=2)
    assert seen["errors"] == []
    assert seen["duration"] == seen["currentTime"] == pytest.approx(FRAMES / 48000, abs=2e-6)
    assert seen["audioBytes"] > 0
