"""ProRes, JPEG, AV1 and VP9 in movie files, as readers with parsers of their own see them and Chromium plays them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

import reelwright as rw
from reelwright.isobmff.codec_config import codec_string
from tests.interop import tools
from tests.interop.chromium import play_in_chromium

C = rw.VideoCodec
SIZE = WIDTH, HEIGHT = 96, 64
COLOUR = (200, 90, 30)
FRAMES = 10
AV1_FAST = {"preset": "12"}
VP9_FAST = {"deadline": "realtime", "cpu-used": "8"}


class Case(NamedTuple):
    """What is written, and what others must call it."""

    codec: rw.VideoCodec
    name: str  # ffprobe's
    profile: str
    media: tuple[str, str]  # MediaInfo's format, and its profile
    string: str  # for codecs= parameters
    compressor: str
    compression: Mapping[str, Any] = MappingProxyType({})
    options: Mapping[str, str] = MappingProxyType({})
    depth: int = 24

    @property
    def suffix(self) -> str:
        return ".mp4" if self.codec in (C.AV1, C.VP9) else ".mov"


def prores(codec: rw.VideoCodec, flavour: str, profile: str, depth: int = 24) -> Case:
    series, _, grade = flavour.partition(" ")
    name = f"Apple ProRes {series}" + (f" ({grade})" if grade and series == "422" else f" {grade}" if grade else "")
    return Case(codec, "prores", profile, ("ProRes", flavour), codec.value, name, depth=depth)


CASES = {
    "Proxy": prores(C.PRORES_422_PROXY, "422 Proxy", "Proxy"),
    "LT": prores(C.PRORES_422_LT, "422 LT", "LT"),
    "422": prores(C.PRORES_422, "422", "Standard"),
    "HQ": prores(C.PRORES_422_HQ, "422 HQ", "HQ"),
    "4444 with alpha": prores(C.PRORES_4444, "4444", "4444", depth=32),
    "4444 XQ": prores(C.PRORES_4444_XQ, "4444 XQ", "XQ"),
    "JPEG": Case(C.JPEG, "mjpeg", "Baseline", ("JPEG", ""), "jpeg", "Photo - JPEG"),
    "AV1": Case(C.AV1, "av1", "Main", ("AV1", "Main"), "av01.0.00M.08", "AOM Coding", options=AV1_FAST),
    "AV1 10 bits": Case(
        C.AV1,
        "av1",
        "Main",
        ("AV1", "Main"),
        "av01.0.00M.10",
        "AOM Coding",
        MappingProxyType({"output_bit_depth": 10}),
        AV1_FAST,
    ),
    "VP9": Case(C.VP9, "vp9", "Profile 0", ("vp09", ""), "vp09.00.10.08", "VPC Coding", options=VP9_FAST),
}


def pictures(channels: int = 3) -> list[Any]:
    """A bar moves over an even colour, half of it see-through where there is alpha."""
    found = []
    for number in range(FRAMES):
        picture = np.full((HEIGHT, WIDTH, 4), (*COLOUR, 128), np.uint8)
        picture[:8, number * 8 : number * 8 + 8, :3] = 255
        found.append(picture[:, :, :channels].copy())
    return found


def write(folder: Path, case: Case, suffix: str = "") -> tuple[Path, rw.WritingReport]:
    path = folder / f"film{suffix or case.suffix}"
    settings = rw.VideoSettings(case.codec, *SIZE, compression=case.compression, encoder_options=case.options)
    return path, rw.write_video(pictures(4 if case.depth == 32 else 3), path, fps=25, settings=settings)


@pytest.mark.parametrize("name", CASES)
def test_everybody_sees_the_same_encoding(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path, report = write(tmp_path, case)
    probed, media, boxes = tools.ffprobe(path), tools.mediainfo(path), tools.mp4box(path)
    stream, track = probed["streams"][0], media["tracks"][0]
    assert probed["errors"] == media["errors"] == boxes["errors"] == []
    assert (stream["codec_name"], stream["profile"]) == (case.name, case.profile)
    assert (stream["width"], stream["height"], stream["nb_frames"]) == (*SIZE, str(FRAMES))
    assert (track["Format"], track.get("Format_Profile", "")) == case.media
    assert (track["Width"], track["Height"], track["FrameCount"]) == (*map(str, SIZE), str(FRAMES))
    assert boxes["info"]["tracks"][0]["codec"] == case.string
    assert report.tracks[0].format is not None
    assert codec_string(report.tracks[0].format) == case.string
    for build in ("system", "wheel"):
        assert tools.ffmpeg_decode_errors(path, build=build) == ""

    check_sample_entry(case, tools.exiftool(path))


def check_sample_entry(case: Case, read: tools.Report) -> None:
    assert read["errors"] == []
    tags = {key.rpartition(":")[2]: value for key, value in read["tags"].items()}
    assert tags["CompressorID"] == case.codec.value
    assert tags["CompressorName"] == case.compressor
    assert tags["BitDepth"] == case.depth
    assert tags["ColorProfiles"] == ("nclc" if case.codec.is_prores else "nclx")
    assert tags.get("VideoFullRangeFlag", 0) == int(case.codec is C.JPEG)
    assert tags["MatrixCoefficients"] == (6 if case.codec is C.JPEG else 1)


def test_prores_says_that_its_pictures_are_whole_frames(tmp_path: Path) -> None:
    path, _ = write(tmp_path, CASES["HQ"])
    assert tools.ffprobe(path, packets=False)["streams"][0]["field_order"] == "progressive"
    assert tools.mediainfo(path)["tracks"][0]["ScanType"] == "Progressive"


def test_av1_samples_begin_without_delimiters_and_their_record_is_in_the_stream(tmp_path: Path) -> None:
    path, report = write(tmp_path, CASES["AV1"])
    data, film = path.read_bytes(), tools.mp4box(path)
    first = film["samples"]["1"][0] if "1" in film["samples"] else film["samples"][1][0]
    sample = data[first["offset"] : first["offset"] + first["size"]]
    assert report.tracks[0].format is not None
    record = report.tracks[0].format.codec_config
    assert sample[0] >> 3 == 1  # a sequence header, no temporal delimiter
    assert sample.startswith(record[4:])
    assert data.count(record) == 1


@pytest.mark.parametrize("name", ["AV1", "VP9"])
def test_chromium_plays_them_in_their_colours(name: str, tmp_path: Path) -> None:
    path, report = write(tmp_path, CASES[name])
    seen = play_in_chromium(path)
    assert seen["errors"] == []
    assert (seen["videoWidth"], seen["videoHeight"]) == SIZE
    assert seen["frames"] == FRAMES
    assert seen["duration"] == seen["currentTime"] == pytest.approx(FRAMES / 25, abs=0.002)
    bar = 8 * 8 / (WIDTH * HEIGHT)
    wanted = [value * (1 - bar) + 255 * bar for value in COLOUR]
    assert np.abs(np.subtract(seen["pixels"], wanted)).max() < 4
    assert report.plays_on["Chrome"].plays is True
