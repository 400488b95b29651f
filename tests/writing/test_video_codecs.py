"""Films of every codec through the writer: counts, times, key frames, alpha and HDR as they stand in the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelwright import Asset, AssetWriter, MediaType, VideoSettings, write_video
from reelwright.easy.inspection import sample_rows
from reelwright.model.color import ColorProperties
from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.hdr import MasteringDisplay
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelBuffer, PixelFormat

PRORES = [codec for codec in VideoCodec if codec.is_prores]
TIMES = [Fraction(0), Fraction(1, 30), Fraction(1, 10), Fraction(3, 20), Fraction(2, 5)]


def pictures(count: int, channels: int = 3) -> list[Any]:
    shade = np.arange(64, dtype=np.uint8) * 3
    made = [np.broadcast_to(shade[None, :, None], (48, 64, channels)).copy() for _ in range(count)]
    for index, picture in enumerate(made):
        picture[:8] = index * 40
    return made


def rows_and_format(path: Path) -> tuple[list[Any], Any]:
    with Asset(path) as asset:
        track = asset.tracks[0]
        return list(sample_rows(track)), track.facts.formats[0]


@pytest.mark.parametrize("codec", [*PRORES, VideoCodec.JPEG])
def test_intra_codecs(codec: VideoCodec, tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    report = write_video(pictures(5), path, times=TIMES, settings=VideoSettings(codec))
    track = report.tracks[0]
    assert (track.appended, track.encoded, track.written) == (5, 5, 5)
    rows, described = rows_and_format(path)
    assert described.media_subtype == codec.value
    assert [Fraction(row.presentation, track.media_time_scale) for row in rows] == TIMES
    assert all(row.is_sync for row in rows)


def test_alpha_of_the_first_picture_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    made = pictures(3, 4)
    report = write_video(made, path, fps=25, settings=VideoSettings(VideoCodec.PRORES_4444))
    assert report.tracks[0].format is not None
    assert report.tracks[0].format.extensions["Depth"] == 32
    with pytest.raises(FrameError, match="transparent"):
        write_video(made, tmp_path / "other.mov", fps=25, settings=VideoSettings(VideoCodec.PRORES_422))
    write_video(made, tmp_path / "laid.mov", fps=25, background="white", settings=VideoSettings("apcn"))
    asked = VideoSettings("ap4h", compression={"PreserveAlphaChannel": False})
    dropped = write_video(made, tmp_path / "dropped.mov", fps=25, background="white", settings=asked)
    assert dropped.tracks[0].format is not None
    assert not dropped.tracks[0].format.extensions


@pytest.mark.parametrize("codec", [VideoCodec.HEVC, VideoCodec.PRORES_422_HQ])
def test_hdr_films_say_so(codec: VideoCodec, tmp_path: Path) -> None:
    planes = [np.full((48, 64), 600, np.uint16), *(np.full((24, 32), 512, np.uint16) for _ in range(2))]
    picture = PixelBuffer(planes, PixelFormat.YUV420P10, color=ColorProperties.HDR10)
    display = MasteringDisplay("P3-D65", 1000, 0.0001)
    compression = {"MasteringDisplayColorVolume": display, "ContentLightLevelInfo": (1000, 400)}
    options = {"preset": "ultrafast"} if codec is VideoCodec.HEVC else {}
    settings = VideoSettings(codec, compression=compression, encoder_options=options)
    report = write_video([picture] * 3, tmp_path / "film.mov", fps=25, settings=settings)
    described = report.tracks[0].format
    assert described is not None
    assert (described.bits_per_component, described.color) == (10, ColorProperties.HDR10)
    assert described.extensions["MasteringDisplayColorVolume"] == display.payload
    assert described.extensions["ContentLightLevelInfo"] == bytes.fromhex("03e80190")
    _, found = rows_and_format(tmp_path / "film.mov")
    assert found.color == ColorProperties.HDR10
    assert found.extensions["MasteringDisplayColorVolume"] == display.payload
    assert found.extensions["ContentLightLevelInfo"] == bytes.fromhex("03e80190")


@pytest.mark.parametrize("codec", [VideoCodec.AV1, VideoCodec.VP9])
def test_codecs_that_no_file_takes_yet_are_refused_before_anything_is_written(
    codec: VideoCodec, tmp_path: Path
) -> None:
    settings = VideoSettings(codec, 64, 48)
    assert not AssetWriter(tmp_path / "film.mp4").can_apply(settings, MediaType.VIDEO)
    with pytest.raises(SettingsError, match="is encoded, but not put into files yet"):
        write_video(pictures(3, 4), tmp_path / "film.mov", fps=25, settings=settings)
    assert list(tmp_path.iterdir()) == []
