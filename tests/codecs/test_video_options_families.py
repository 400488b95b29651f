"""Each setting as options of SVT-AV1, libvpx and FFmpeg's ProRes and JPEG encoders, without encoding anything."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from typing import Any

import pytest

from reelwright.codecs.encoder_family import Case, Family
from reelwright.codecs.options_jpeg import JPEG
from reelwright.codecs.options_prores import PRORES
from reelwright.codecs.options_svtav1 import SVT_AV1
from reelwright.codecs.options_vpx import VPX
from reelwright.codecs.video_options import EncoderPlan, plan_encoder
from reelwright.model.compression import VideoCompressionSettings
from reelwright.model.hdr import MasteringDisplay
from reelwright.model.kinds import VideoCodec
from reelwright.model.settings import VideoSettings

ENCODERS = {
    "libsvtav1": VideoCodec.AV1,
    "libvpx-vp9": VideoCodec.VP9,
    "prores_ks": VideoCodec.PRORES_422,
    "mjpeg": VideoCodec.JPEG,
}
SVT, LIBVPX, KS, MJPEG = ENCODERS
NEITHER = (KS, MJPEG)
BOTH = (SVT, LIBVPX)
DISPLAY = MasteringDisplay("P3-D65", 1000, 0.0001)


def plan(encoder: str, options: dict[str, Any] | None = None, facts: Any = None, **given: Any) -> EncoderPlan:
    settings = VideoSettings(ENCODERS[encoder], 640, 480, compression=given, encoder_options=options)
    return plan_encoder(settings, encoder, **{"frame_rate": Fraction(30), **(facts or {})})


def flat(made: EncoderPlan) -> dict[str, str]:
    """FFmpeg's options and the library's own parameters (with an @) in one."""
    options = dict(made.options)
    for item in filter(None, options.pop("svtav1-params", "").split(":")):
        name, _, value = item.partition("=")
        options[f"@{name}"] = value
    return options


ROWS: list[tuple[tuple[str, ...], dict[str, Any], dict[str, str | None]]] = [
    ((SVT,), {}, {"preset": "8", "crf": "28", "b": None, "chroma_sample_location": "left", "@lp": None}),
    ((LIBVPX,), {}, {"deadline": "good", "cpu-used": "4", "crf": "28", "b": "0", "row-mt": "1", "tile-columns": "1"}),
    ((KS,), {}, {"profile": "2", "vendor": "apl0", "alpha_bits": "0"}),
    ((MJPEG,), {}, {"qmin": "2", "qmax": "2", "lmin": "236", "lmax": "236"}),
    (BOTH, {"quality": 0.5}, {"crf": "32"}),
    (BOTH, {"quality": 1.0}, {"crf": "1"}),
    (BOTH, {"quality": 0.0}, {"crf": "63"}),
    ((MJPEG,), {"quality": 1.0}, {"qmin": "1", "qmax": "1"}),
    ((MJPEG,), {"quality": 0.5}, {"qmin": "6", "qmax": "6"}),
    ((MJPEG,), {"quality": 0.0}, {"qmin": "31", "qmax": "31"}),
    (BOTH, {"average_bit_rate": 500_000}, {"b": "500000", "crf": None}),
    ((SVT,), {"variable_bit_rate": 500_000}, {"b": "500000", "bufsize": "1250000", "maxrate": None}),
    ((LIBVPX,), {"variable_bit_rate": 500_000}, {"b": "500000", "maxrate": "750000", "bufsize": "1875000"}),
    ((LIBVPX,), {"variable_bit_rate": 500_000, "vbv_max_bit_rate": 600_000}, {"maxrate": "600000"}),
    (
        (SVT,),
        {"constant_bit_rate": 400_000, "expected_source_frame_rate": 30, "vbv_initial_delay_percentage": 50},
        {"b": "400000", "maxrate": "400000", "@pred-struct": "1", "@buf-initial-sz": "1250"},
    ),
    (
        (LIBVPX,),
        {"constant_bit_rate": 400_000, "expected_source_frame_rate": 30, "vbv_buffer_duration": 1},
        {"b": "400000", "minrate": "400000", "maxrate": "400000", "bufsize": "400000", "rc_init_occupancy": "360000"},
    ),
    (BOTH, {"quality": 0.5, "vbv_max_bit_rate": 800_000}, {"crf": "32", "maxrate": "800000", "bufsize": "2000000"}),
    (BOTH, {"max_key_frame_interval": 12}, {"g": "12"}),
    (BOTH, {"max_key_frame_interval_duration": 2, "max_key_frame_interval": 72}, {"g": "60"}),
    (BOTH, {"allow_temporal_compression": False}, {"g": "1"}),
    (BOTH, {"allow_temporal_compression": True}, {"g": None}),
    (BOTH, {"allow_open_gop": False}, {"g": None}),
    ((SVT,), {"allow_frame_reordering": False}, {"@pred-struct": "1"}),
    ((LIBVPX,), {"allow_frame_reordering": False}, {"auto-alt-ref": "0"}),
    (BOTH, {"allow_frame_reordering": True}, {"@pred-struct": None, "auto-alt-ref": None}),
    ((SVT,), {"prioritize_encoding_speed_over_quality": True}, {"preset": "10"}),
    ((SVT,), {"prioritize_encoding_speed_over_quality": False, "real_time": True}, {"preset": "5"}),
    ((SVT,), {"real_time": True}, {"preset": "10"}),
    ((LIBVPX,), {"prioritize_encoding_speed_over_quality": True}, {"cpu-used": "6", "deadline": "good"}),
    ((LIBVPX,), {"prioritize_encoding_speed_over_quality": False}, {"cpu-used": "1"}),
    ((LIBVPX,), {"real_time": True}, {"cpu-used": "8", "deadline": "realtime"}),
    ((SVT,), {"suggested_look_ahead_frame_count": 200}, {"@lookahead": "120"}),
    ((SVT,), {"max_frame_delay_count": 17}, {"@pred-struct": "1", "@lookahead": "0"}),
    ((SVT,), {"max_frame_delay_count": 18}, {"@pred-struct": None, "@hierarchical-levels": "2"}),
    ((LIBVPX,), {"suggested_look_ahead_frame_count": 200}, {"lag-in-frames": "25"}),
    ((LIBVPX,), {"max_frame_delay_count": 3}, {"lag-in-frames": "3"}),
    (BOTH, {"min_allowed_frame_qp": 17, "average_bit_rate": 9000}, {"qmin": "21"}),
    (BOTH, {"max_allowed_frame_qp": 51, "average_bit_rate": 9000}, {"qmax": "63"}),
    ((SVT,), {"spatial_adaptive_qp_level": 0}, {"@aq-mode": "0"}),
    ((LIBVPX,), {"spatial_adaptive_qp_level": 0}, {"aq-mode": "0"}),
    (
        (SVT,),
        {"mastering_display_color_volume": DISPLAY, "content_light_level_info": (1000, 400)},
        {
            "@mastering-display": "G(0.26500,0.69000)B(0.15000,0.06000)R(0.68000,0.32000)WP(0.31270,0.32900)"
            "L(1000.00000,0.00010)",
            "@content-light": "1000,400",
        },
    ),
]


@pytest.mark.parametrize(("encoders", "given", "expected"), ROWS, ids=[f"{row[0][0]}-{row[1]}" for row in ROWS])
def test_the_table(encoders: tuple[str, ...], given: dict[str, Any], expected: dict[str, str | None]) -> None:
    for encoder in encoders:
        made = plan(encoder, **given)
        options = flat(made)
        assert {name: options.get(name) for name in expected} == expected
        assert made.unapplied == ()


def test_rows_are_settings() -> None:
    known = {item.name for item in fields(VideoCompressionSettings)} - {"ignored"}
    for dialect in (SVT_AV1, VPX, PRORES, JPEG):
        assert set(dialect.how) <= known
    untold = {"h264_entropy_mode", "max_h264_slice_bytes", "profile_level", "data_rate_limits"}
    assert known - set(SVT_AV1.how) == known - set(VPX.how) == untold | {"reference_buffer_count"}


@pytest.mark.parametrize(
    ("encoder", "given", "keys"),
    [
        (SVT, {"reference_buffer_count": 2}, ("ReferenceBufferCount",)),
        (SVT, {"max_allowed_frame_qp": 40}, ("MaxAllowedFrameQP",)),
        (SVT, {"spatial_adaptive_qp_level": 0, "average_bit_rate": 9000}, ("SpatialAdaptiveQPLevel",)),
        (LIBVPX, {"min_allowed_frame_qp": 4}, ("MinAllowedFrameQP",)),
        (KS, {"spatial_adaptive_qp_level": 0}, ("SpatialAdaptiveQPLevel",)),
        (MJPEG, {"prioritize_encoding_speed_over_quality": True}, ("PrioritizeEncodingSpeedOverQuality",)),
    ],
)
def test_hints_without_an_equivalent(encoder: str, given: dict[str, Any], keys: tuple[str, ...]) -> None:
    assert tuple(key.removeprefix("AVVideo").removesuffix("Key") for key in plan(encoder, **given).unapplied) == keys


@pytest.mark.parametrize(("threads", "step"), [(1, "1"), (2, "2"), (3, "2"), (4, "3"), (6, "4"), (16, "5"), (64, "6")])
def test_threads_of_svt_av1_are_steps(threads: int, step: str) -> None:
    made = plan(SVT, facts={"threads": threads})
    assert flat(made)["@lp"] == step


@pytest.mark.parametrize("encoder", [LIBVPX, KS, MJPEG])
def test_threads_of_the_others_are_ffmpegs(encoder: str) -> None:
    assert plan(encoder, facts={"threads": 5}).threads == 5
    assert plan(encoder).threads == (1 if encoder == MJPEG else 0)


def test_pictures_are_shared_by_threads_where_memory_could_be_refilled() -> None:
    assert [plan(encoder).slices for encoder in ENCODERS] == [False, False, True, True]


@pytest.mark.parametrize(("width", "tiles"), [(64, "0"), (512, "1"), (1920, "2"), (3840, "3"), (60000, "6")])
def test_tiles_follow_the_width(width: int, tiles: str) -> None:
    assert flat(plan(LIBVPX, facts={"width": width}))["tile-columns"] == tiles


def test_alpha() -> None:
    assert flat(plan(LIBVPX, facts={"has_alpha": True}))["auto-alt-ref"] == "0"
    settings = VideoSettings(VideoCodec.PRORES_4444, 64, 48)
    made = plan_encoder(settings, KS, frame_rate=Fraction(30), has_alpha=True)
    assert (made.options["profile"], made.options["alpha_bits"]) == ("4", "16")


@pytest.mark.parametrize("encoder", ENCODERS)
def test_low_latency(encoder: str) -> None:
    made = plan(encoder, facts={"low_latency": True})
    assert made.slices
    options = flat(made)
    if encoder == SVT:
        assert (options["@pred-struct"], options["@lookahead"], options["@keyint"]) == ("1", "0", "-1")
    if encoder == LIBVPX:
        assert (options["deadline"], options["lag-in-frames"]) == ("realtime", "0")


def test_only_key_frames() -> None:
    assert plan(SVT, max_key_frame_interval=1).only_key_frames
    assert plan(LIBVPX, allow_temporal_compression=False).only_key_frames
    assert not plan(SVT, max_key_frame_interval=2).only_key_frames


@pytest.mark.parametrize("encoder", [SVT, LIBVPX])
def test_a_rate_of_the_callers_drops_ours(encoder: str) -> None:
    for given in ({"crf": "33"}, {"b": "900000"}):
        for ours in ({}, {"quality": 0.5}, {"average_bit_rate": 2_000_000}):
            found = flat(plan(encoder, given, **ours))
            assert {name: found[name] for name in ("crf", "b") if name in found} == given


def test_families() -> None:
    names = {"libx264": Family.X264, "libsvtav1": Family.SVT_AV1, "prores_aw": Family.PRORES, "av1_nvenc": Family.OTHER}
    for name, family in names.items():
        assert Family.of(name) is family
        case = Case(name, VideoCodec.AV1, 8, Fraction(30), VideoCompressionSettings())
        assert case.family is family
        assert case.is_nvenc == (name == "av1_nvenc")
        assert not case.has_aim
