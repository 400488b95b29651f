"""Films of every codec through the writer: counts, times, key frames, alpha and HDR as they stand in the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reelwright import Asset, AssetWriter, AssetWriterInput, MediaType, VideoSettings, write_video
from reelwright.easy.inspection import sample_rows
from reelwright.model.color import ColorProperties
from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.hdr import MasteringDisplay
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelBuffer, PixelFormat

FAST = {VideoCodec.AV1: {"preset": "12"}, VideoCodec.VP9: {"deadline": "realtime", "cpu-used": "8"}}
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
    assert not {"Depth", "ContainsAlphaChannel"} & dropped.tracks[0].format.extensions.keys()


@pytest.mark.parametrize("codec", [VideoCodec.HEVC, VideoCodec.PRORES_422_HQ, VideoCodec.AV1])
def test_hdr_films_say_so(codec: VideoCodec, tmp_path: Path) -> None:
    planes = [np.full((48, 64), 600, np.uint16), *(np.full((24, 32), 512, np.uint16) for _ in range(2))]
    picture = PixelBuffer(planes, PixelFormat.YUV420P10, color=ColorProperties.HDR10)
    display = MasteringDisplay("P3-D65", 1000, 0.0001)
    compression = {"MasteringDisplayColorVolume": display, "ContentLightLevelInfo": (1000, 400)}
    options = {VideoCodec.HEVC: {"preset": "ultrafast"}, **FAST}.get(codec, {})
    settings = VideoSettings(codec, compression=compression, encoder_options=options)
    path = tmp_path / ("film.mp4" if codec is VideoCodec.AV1 else "film.mov")
    report = write_video([picture] * 3, path, fps=25, settings=settings)
    described = report.tracks[0].format
    assert described is not None
    assert (described.bits_per_component, described.color) == (10, ColorProperties.HDR10)
    assert described.extensions["MasteringDisplayColorVolume"] == display.payload
    assert described.extensions["ContentLightLevelInfo"] == bytes.fromhex("03e80190")
    _, found = rows_and_format(path)
    assert found.color == ColorProperties.HDR10
    assert found.extensions["MasteringDisplayColorVolume"] == display.payload
    assert found.extensions["ContentLightLevelInfo"] == bytes.fromhex("03e80190")


def settings_of(codec: VideoCodec, **more: Any) -> VideoSettings:
    return VideoSettings(codec, 64, 48, encoder_options=FAST.get(codec, {}), **more)


@pytest.mark.parametrize("codec", FAST)
def test_codecs_of_the_web(codec: VideoCodec, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    settings = settings_of(codec, compression={"MaxKeyFrameInterval": 3})
    report = write_video(pictures(5), path, times=TIMES, settings=settings)
    track = report.tracks[0]
    assert (track.appended, track.encoded, track.written) == (5, 5, 5)
    rows, described = rows_and_format(path)
    assert described.media_subtype == codec.value
    assert [Fraction(row.presentation, track.media_time_scale) for row in rows] == TIMES
    assert [row.is_sync for row in rows] == [True, False, False, True, False]
    assert (described.bits_per_component, described.chroma, described.full_range) == (8, "4:2:0", False)
    assert described.color == ColorProperties.HD


@pytest.mark.parametrize("codec", FAST)
@pytest.mark.parametrize("suffix", [".mp4", ".m4v"])
def test_films_without_pictures_are_described_too(codec: VideoCodec, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"film{suffix}"
    with AssetWriter(path) as writer:
        writer.add(AssetWriterInput(MediaType.VIDEO, settings_of(codec)))
        writer.start_writing()
        writer.start_session(0)
        writer.end_session(1)
    rows, described = rows_and_format(path)
    assert rows == []
    assert (described.media_subtype, described.width, described.height) == (codec.value, 64, 48)
    assert described.atoms.keys() == {"av1C" if codec is VideoCodec.AV1 else "vpcC"}


@pytest.mark.parametrize("codec", FAST)
def test_codecs_that_quicktime_does_not_know_are_not_encoded_for_it(codec: VideoCodec, tmp_path: Path) -> None:
    settings = settings_of(codec)
    assert not AssetWriter(tmp_path / "film.mov").can_apply(settings, MediaType.VIDEO)
    with pytest.raises(SettingsError, match="has no place for") as caught:
        write_video(pictures(3), tmp_path / "film.mov", fps=25, settings=settings)
    assert "Write .mp4" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codec", [VideoCodec.PRORES_422, VideoCodec.JPEG])
@pytest.mark.parametrize("suffix", [".mp4", ".m4v"])
def test_codecs_that_only_quicktime_knows(codec: VideoCodec, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot carry") as caught:
        write_video(pictures(3), tmp_path / f"film{suffix}", fps=25, settings=VideoSettings(codec))
    assert ".mov" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_alpha_beside_the_pictures_needs_a_file_with_a_place_for_it(tmp_path: Path) -> None:
    asked = settings_of(VideoCodec.VP9, compression={"PreserveAlphaChannel": True})
    writer, film = AssetWriter(tmp_path / "film.mp4"), AssetWriterInput(MediaType.VIDEO, asked)
    assert not writer.can_apply(asked, MediaType.VIDEO)
    assert not writer.can_add(film)
    with pytest.raises(SettingsError, match="no place for VP9's alpha") as caught:
        writer.add(film)
    assert ".webm" in str(caught.value.hint)
    with pytest.raises(FrameError, match=r"transparent pixels.*background=") as lost:
        write_video(pictures(2, 4), tmp_path / "film.mp4", fps=25, settings=settings_of(VideoCodec.VP9))
    assert "VP9 in .webm" in str(lost.value.hint)
    opaque = [np.dstack([picture, np.full((48, 64), 255, np.uint8)]) for picture in pictures(2)]
    report = write_video(opaque, tmp_path / "opaque.mp4", fps=25, settings=settings_of(VideoCodec.VP9))
    assert report.tracks[0].format is not None
    assert "ContainsAlphaChannel" not in report.tracks[0].format.extensions
