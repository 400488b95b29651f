"""Which compression properties each codec can have."""

from __future__ import annotations

from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.color import ColorMatrix, ColorProperties
from reelwright.model.compression import VideoCompressionSettings
from reelwright.model.compression_keys import KEYS
from reelwright.model.kinds import VideoCodec
from reelwright.model.settings import VideoSettings

PRORES = [codec for codec in VideoCodec if codec.is_prores]
INTRA = [*PRORES, VideoCodec.JPEG]
DISPLAY = bytes.fromhex("33c286c41d4c0bb884d03e803d1340420098968000000001")

REFUSED: list[tuple[VideoCodec, str, Any]] = [
    *[(codec, "quality", 0.5) for codec in PRORES],
    *[(codec, "average_bit_rate", 1_000_000) for codec in INTRA],
    *[(codec, "data_rate_limits", [1000, 1]) for codec in (*INTRA, VideoCodec.AV1, VideoCodec.VP9)],
    *[(codec, "max_allowed_frame_qp", 30) for codec in INTRA],
    *[(codec, "reference_buffer_count", 2) for codec in INTRA],
    *[(VideoCodec.PRORES_422, name, True) for name in ("allow_frame_reordering", "allow_temporal_compression")],
    (VideoCodec.JPEG, "allow_open_gop", True),
    *[(codec, "profile_level", "H264_High_AutoLevel") for codec in VideoCodec if codec is not VideoCodec.H264],
    *[(codec, "h264_entropy_mode", "CABAC") for codec in VideoCodec if codec is not VideoCodec.H264],
    *[(codec, "output_bit_depth", 8) for codec in PRORES],
    *[(codec, "output_bit_depth", 10) for codec in (VideoCodec.JPEG, VideoCodec.VP9)],
    *[(codec, "preserve_alpha_channel", True) for codec in (VideoCodec.HEVC, VideoCodec.PRORES_422, VideoCodec.JPEG)],
    (VideoCodec.JPEG, "mastering_display_color_volume", DISPLAY),
    (VideoCodec.JPEG, "content_light_level_info", b"\0\1\0\1"),
]
TAKEN: list[tuple[VideoCodec, str, Any]] = [
    *[(codec, "max_key_frame_interval_duration", 2) for codec in INTRA],
    *[(codec, "max_key_frame_interval", 30) for codec in INTRA],
    *[(codec, "allow_temporal_compression", False) for codec in INTRA],
    *[(codec, "expected_source_frame_rate", 30) for codec in VideoCodec],
    *[(codec, "preserve_alpha_channel", True) for codec in (VideoCodec.PRORES_4444, VideoCodec.VP9)],
    *[(codec, "mastering_display_color_volume", DISPLAY) for codec in VideoCodec if codec is not VideoCodec.JPEG],
    (VideoCodec.JPEG, "quality", 0.5),
    (VideoCodec.AV1, "output_bit_depth", 10),
]


@pytest.mark.parametrize(("codec", "name", "value"), REFUSED, ids=repr)
def test_what_a_codec_cannot_have_names_property_and_codec(codec: VideoCodec, name: str, value: Any) -> None:
    with refused(KEYS.shown(name).removeprefix("AVVideo").removesuffix("Key"), f"video codec type {codec.value}"):
        VideoSettings(codec, 64, 48, compression={name: value})


@pytest.mark.parametrize(("codec", "name", "value"), TAKEN, ids=repr)
def test_what_a_codec_keeps_anyway_is_taken(codec: VideoCodec, name: str, value: Any) -> None:
    assert getattr(VideoSettings(codec, 64, 48, compression={name: value}).compression, name) == value


def test_every_codec_takes_plain_settings_at_any_size() -> None:
    for codec in VideoCodec:
        has_levels = codec in (VideoCodec.H264, VideoCodec.HEVC)
        VideoCompressionSettings().check_for(codec, *((4096, 2304) if has_levels else (16000, 9000)))


def test_jpeg_has_one_matrix() -> None:
    with refused("ITU_R_709", "jpeg", way_out="ITU_R_601"):
        VideoSettings(VideoCodec.JPEG, 64, 48, color=ColorProperties.HD)
    color = ColorProperties("ITU_R_709_2", "ITU_R_709_2", ColorMatrix.ITU_R_601)
    assert VideoSettings(VideoCodec.JPEG, 64, 48, color=color).color == color


@pytest.mark.parametrize("codec", VideoCodec)
def test_hdr_films_have_10_bits_where_the_codec_can(codec: VideoCodec) -> None:
    made = VideoSettings(codec, 64, 48)
    depths = (made.bit_depth_for(None), made.bit_depth_for(ColorProperties.HD), made.bit_depth_for(ColorProperties.HLG))
    usual = 10 if codec.is_prores else 8
    deep = 8 if codec in (VideoCodec.JPEG, VideoCodec.VP9) else 10
    assert depths == (usual, usual, deep)
    assert made.bit_depth == usual
    if codec is not VideoCodec.JPEG:
        assert VideoSettings(codec, 64, 48, color=ColorProperties.HDR10).bit_depth == deep


def test_a_depth_asked_for_wins_over_hdr() -> None:
    made = VideoSettings(VideoCodec.HEVC, 64, 48, color=ColorProperties.HDR10, compression={"OutputBitDepth": 8})
    assert made.bit_depth == made.bit_depth_for(ColorProperties.HLG) == 8
    high = VideoSettings(VideoCodec.H264, 64, 48, compression={"ProfileLevel": "H264_High_AutoLevel"})
    assert high.bit_depth_for(ColorProperties.HDR10) == 8
