"""Each setting as each encoder's options, without encoding anything."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from typing import Any

import pytest

from reelwright.codecs.options_x26x import HARDWARE, X264, X265
from reelwright.codecs.video_options import EncoderPlan, plan_encoder
from reelwright.model.compression import VideoCompressionSettings
from reelwright.model.errors import SettingsError
from reelwright.model.hdr import MasteringDisplay
from reelwright.model.kinds import VideoCodec
from reelwright.model.settings import VideoSettings

P3_1000 = MasteringDisplay("P3-D65", 1000, 0.0001)
ENCODERS = {"libx264": VideoCodec.H264, "libx265": VideoCodec.HEVC, "hevc_nvenc": VideoCodec.HEVC}


def plan(
    encoder: str, options: dict[str, str] | None = None, facts: dict[str, Any] | None = None, **given: Any
) -> EncoderPlan:
    settings = VideoSettings(ENCODERS[encoder], 640, 480, compression=given, encoder_options=options)
    return plan_encoder(settings, encoder, **{"frame_rate": Fraction(30), **(facts or {})})


def flat(made: EncoderPlan) -> dict[str, str]:
    """FFmpeg's options and the library's own parameters (with an @) in one."""
    options = dict(made.options)
    for dialect in (X264, X265):
        for item in filter(None, options.pop(dialect.parameters, "").split(":")):
            name, _, value = item.partition("=")
            options[f"@{name}"] = value
    return options


def test_every_setting_has_a_row() -> None:
    for dialect in (X264, X265, HARDWARE):
        assert set(dialect.how) == {item.name for item in fields(VideoCompressionSettings)} - {"ignored"}


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [
        ("libx264", {"preset": "medium", "forced-idr": "1", "crf": "20"}),
        (
            "libx265",
            {
                "preset": "medium",
                "forced-idr": "1",
                "crf": "22",
                "@log-level": "none",
                "@open-gop": "0",
                "@no-vui-timing-info": "1",
            },
        ),
        ("hevc_nvenc", {"forced-idr": "1"}),
    ],
)
def test_what_nothing_said_means(encoder: str, expected: dict[str, str]) -> None:
    made = plan(encoder)
    assert flat(made) == expected
    assert made == EncoderPlan(made.options, slices=encoder == "hevc_nvenc")


def test_a_constant_rate_is_in_the_bitstream() -> None:
    assert flat(plan("libx264", facts={"is_constant": True}))["@force-cfr"] == "1"
    assert "@no-vui-timing-info" not in flat(plan("libx265", facts={"is_constant": True}))


BOTH = ("libx264", "libx265")
ROWS: list[tuple[tuple[str, ...], dict[str, Any], dict[str, str | None]]] = [
    (BOTH, {"average_bit_rate": 5_000_000}, {"b": "5000000", "crf": None}),
    (BOTH, {"quality": 0.5}, {"crf": "26"}),
    (BOTH, {"quality": 0.25}, {"crf": "38"}),
    (BOTH, {"quality": 1.0}, {"crf": "1"}),
    (BOTH, {"quality": 0.0}, {"crf": "51"}),
    (("hevc_nvenc",), {"quality": 0.5}, {"cq": "26", "rc": "vbr"}),
    (BOTH, {"max_key_frame_interval": 12}, {"g": "12"}),
    (BOTH, {"max_key_frame_interval_duration": 2}, {"g": "60"}),
    (BOTH, {"max_key_frame_interval_duration": 2, "max_key_frame_interval": 48}, {"g": "48"}),
    (BOTH, {"max_key_frame_interval_duration": 2, "max_key_frame_interval": 72}, {"g": "60"}),
    (BOTH, {"allow_temporal_compression": False}, {"g": "1", "bf": "0"}),
    (BOTH, {"allow_temporal_compression": True}, {"g": None, "bf": None}),
    (BOTH, {"allow_frame_reordering": False}, {"bf": "0"}),
    (BOTH, {"allow_frame_reordering": True}, {"bf": None}),
    (BOTH, {"allow_open_gop": True}, {"@open-gop": "1"}),
    (BOTH, {"allow_open_gop": False}, {"@open-gop": "0"}),
    (("libx264",), {"profile_level": "H264_High_4_1"}, {"profile": "high", "level": "4.1"}),
    (("libx264",), {"profile_level": "H264_Main_AutoLevel"}, {"profile": "main", "level": None}),
    (("libx264",), {"profile_level": "H264_Baseline_3_1"}, {"profile": "baseline", "level": "3.1", "bf": "0"}),
    (("libx264",), {"profile_level": "H264_ConstrainedHigh_AutoLevel"}, {"profile": "high", "bf": "0"}),
    (("libx264",), {"profile_level": "H264_High10_AutoLevel"}, {"profile": "high10"}),
    (("libx265",), {"profile_level": "HEVC_Main_4_1"}, {"profile": "main", "@level-idc": "4.1", "level": None}),
    (("libx265",), {"profile_level": "HEVC_Main10_AutoLevel"}, {"profile": "main10"}),
    (("libx264",), {"h264_entropy_mode": "CAVLC"}, {"coder": "vlc"}),
    (("libx264",), {"h264_entropy_mode": "CABAC"}, {"coder": "cabac"}),
    (BOTH, {"prioritize_encoding_speed_over_quality": True}, {"preset": "veryfast"}),
    (BOTH, {"prioritize_encoding_speed_over_quality": False}, {"preset": "slow"}),
    (BOTH, {"real_time": True}, {"preset": "veryfast"}),
    (BOTH, {"real_time": False}, {"preset": "medium"}),
    (BOTH, {"real_time": True, "prioritize_encoding_speed_over_quality": False}, {"preset": "slow"}),
    (("libx264",), {"suggested_look_ahead_frame_count": 10}, {"rc-lookahead": "10"}),
    (("libx265",), {"suggested_look_ahead_frame_count": 10}, {"@rc-lookahead": "10"}),
    (("libx264",), {"max_frame_delay_count": 0}, {"bf": "0", "rc-lookahead": "0", "@sync-lookahead": "0"}),
    (("libx264",), {"max_frame_delay_count": 8}, {"bf": "3", "rc-lookahead": "8", "@force-cfr": "1"}),
    (("libx265",), {"max_frame_delay_count": 2}, {"bf": "0", "@rc-lookahead": "0", "@frame-threads": "1"}),
    (("libx265",), {"max_frame_delay_count": 12}, {"bf": "3", "@rc-lookahead": "6"}),
    (("libx264",), {"max_h264_slice_bytes": 1400}, {"slice-max-size": "1400"}),
    (BOTH, {"reference_buffer_count": 2}, {"refs": "2"}),
    (BOTH, {"min_allowed_frame_qp": 10, "max_allowed_frame_qp": 40}, {"qmin": "10", "qmax": "40"}),
    (("libx264",), {"max_allowed_frame_qp": 40, "output_bit_depth": 10}, {"qmax": "52"}),
    (("libx265",), {"max_allowed_frame_qp": 40, "output_bit_depth": 10}, {"qmax": "40"}),
    (("libx264",), {"spatial_adaptive_qp_level": 0}, {"aq-mode": "0"}),
    (("libx265",), {"spatial_adaptive_qp_level": 0}, {"@aq-mode": "0"}),
    (
        ("libx264",),
        {"average_bit_rate": 4_000_000, "vbv_max_bit_rate": 6_000_000, "vbv_buffer_duration": 0.5},
        {"b": "4000000", "maxrate": "6000000", "bufsize": "3000000", "rc_init_occupancy": "2700000"},
    ),
    (
        ("libx265",),
        {"vbv_max_bit_rate": 6_000_000, "vbv_initial_delay_percentage": 50},
        {"maxrate": "6000000", "bufsize": "15000000", "@vbv-init": "0.5000", "crf": "22"},
    ),
    (
        ("libx264",),
        {"constant_bit_rate": 2_000_000, "expected_source_frame_rate": 30},
        {"b": "2000000", "maxrate": "2000000", "bufsize": "5000000", "nal-hrd": "cbr", "crf": None},
    ),
    (
        ("libx265",),
        {"constant_bit_rate": 2_000_000, "expected_source_frame_rate": 30},
        {"b": "2000000", "maxrate": "2000000", "@strict-cbr": "1", "@hrd": "1"},
    ),
    (BOTH, {"variable_bit_rate": 2_000_000}, {"b": "2000000", "maxrate": "3000000", "bufsize": "7500000"}),
    (BOTH, {"variable_bit_rate": 2_000_000, "vbv_max_bit_rate": 2_500_000}, {"maxrate": "2500000"}),
    (
        ("libx264",),
        {"mastering_display_color_volume": P3_1000, "content_light_level_info": (1000, 400)},
        {
            "@mastering-display": "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
            "@cll": "1000,400",
        },
    ),
    (
        ("libx265",),
        {"mastering_display_color_volume": P3_1000, "content_light_level_info": (1000, 400)},
        {
            "@master-display": "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)",
            "@max-cll": "1000,400",
        },
    ),
    (BOTH, {"data_rate_limits": [1_000_000, 1.0]}, {"maxrate": "6000000", "bufsize": "2000000"}),
    (
        BOTH,
        {"data_rate_limits": [1_000_000, 1.0, 300_000, 0.25], "average_bit_rate": 5_000_000},
        {"b": "5000000", "maxrate": "6000000", "bufsize": "900000"},
    ),
]


@pytest.mark.parametrize(("encoders", "given", "expected"), ROWS, ids=[f"{row[0][0]}-{row[1]}" for row in ROWS])
def test_the_table(encoders: tuple[str, ...], given: dict[str, Any], expected: dict[str, str | None]) -> None:
    for encoder in encoders:
        options = flat(plan(encoder, **given))
        assert {name: options.get(name) for name in expected} == expected


def test_every_row_of_the_table_is_tested() -> None:
    silent = {"expected_source_frame_rate", "average_non_droppable_frame_rate"}
    silent |= {"preserve_alpha_channel", "hdr_metadata_insertion_mode"}
    assert {name for row in ROWS for name in row[1]} | silent == set(X264.how)


@pytest.mark.parametrize("limits", [[1_000_000, 1.0], [500_000, 2.0, 100_000, 0.2], [80_000, 0.1, 3_000_000, 10]])
def test_a_leaky_bucket_lets_no_window_have_more_than_its_limit(limits: list[Any]) -> None:
    options = flat(plan("libx264", data_rate_limits=limits))
    rate, size = int(options["maxrate"]), int(options["bufsize"])
    assert rate > 0
    assert size > 0
    for allowed, seconds in zip(limits[::2], limits[1::2], strict=True):
        assert rate * seconds + size <= allowed * 8 + 1


def test_key_frame_seconds_are_enforced_outside() -> None:
    made = plan("libx264", max_key_frame_interval_duration=Fraction(1, 3))
    assert made.key_frame_seconds == Fraction(1, 3)
    assert flat(made)["g"] == "10"


def test_delays_work_on_slices() -> None:
    assert plan("libx264", max_frame_delay_count=3).slices
    assert plan("libx264", facts={"low_latency": True}).slices
    assert not plan("libx264").slices


def test_low_latency() -> None:
    x264 = flat(plan("libx264", facts={"low_latency": True}))
    assert (x264["tune"], x264["bf"], x264["aq-mode"], x264["profile"]) == ("zerolatency", "0", "0", "high")
    assert int(x264["g"]) > 1 << 24
    assert flat(plan("libx264", facts={"low_latency": True}, output_bit_depth=10))["profile"] == "high10"
    x265 = flat(plan("libx265", facts={"low_latency": True}))
    assert (x265["tune"], x265["bf"], x265["@keyint"], x265["@aq-mode"]) == ("zerolatency", "0", "-1", "0")
    main = plan("libx264", facts={"low_latency": True}, profile_level="H264_Main_AutoLevel")
    assert flat(main)["profile"] == "main"


def test_threads_bound_x265s_pool() -> None:
    assert flat(plan("libx265", facts={"threads": 3}))["@pools"] == "3"
    assert "@pools" not in flat(plan("libx264", facts={"threads": 3}))


def test_settings_without_equivalent_are_named() -> None:
    made = plan("hevc_nvenc", allow_open_gop=True, prioritize_encoding_speed_over_quality=True, average_bit_rate=1000)
    assert len(made.unapplied) == 2
    assert flat(made)["b"] == "1000"
    assert plan("libx265", allow_open_gop=True).unapplied == ()


# ------------------------------------------------------------------------------------------------------ encoder options


def test_encoder_options_win_and_what_they_won_over_is_told() -> None:
    made = plan(
        "libx264", {"b": "3M", "g": "25", "preset": "slow"}, average_bit_rate=1_000_000, max_key_frame_interval=50
    )
    assert {name: flat(made)[name] for name in ("b", "g", "preset")} == {"b": "3M", "g": "25", "preset": "slow"}
    assert [text.rpartition(" (")[2] for text in made.overridden] == ["b=3M)", "g=25)"]
    assert "AverageBitRate" in made.overridden[0]
    assert "MaxKeyFrameInterval" in made.overridden[1]


def test_agreeing_options_override_nothing() -> None:
    assert plan("libx264", {"g": "50"}, max_key_frame_interval=50).overridden == ()


@pytest.mark.parametrize("encoder", BOTH)
@pytest.mark.parametrize("options", [{"crf": "30"}, {"qp": "28"}, {"b": "1M"}])
def test_another_aim_of_the_rate_control_replaces_ours(encoder: str, options: dict[str, str]) -> None:
    """FFmpeg lets a constant rate factor win over a bit rate: ours must be gone when the caller gives another aim."""
    for given in ({}, {"quality": 0.5}, {"average_bit_rate": 2_000_000}):
        found = flat(plan(encoder, options, **given))
        assert {name: found[name] for name in ("crf", "qp", "b") if name in found} == options
    assert "Quality" in plan(encoder, {"b": "1M"}, quality=0.5).overridden[0]


def test_library_parameters_are_joined_with_ours() -> None:
    made = plan("libx265", {"x265-params": "open-gop=1:psy-rd=1.0:no-sao"})
    found = flat(made)
    assert (found["@open-gop"], found["@psy-rd"], found["@no-sao"], found["@log-level"]) == ("1", "1.0", "1", "none")
    assert made.complaints == ("Unknown option", "Invalid value")
    assert plan("libx265").complaints == ()
    assert plan("libx264", {"x264-params": "keyint=9"}).options["x264opts"] == "keyint=9"
    assert "x264-params" not in plan("libx264", {"x264-params": "keyint=9"}).options


@pytest.mark.parametrize(
    ("encoder", "options", "given", "message"),
    [
        ("libx264", {"preset": "quick"}, {}, "preset='quick'.*ultrafast"),
        ("libx265", {"preset": "10"}, {}, "preset='10'"),
        ("libx264", {"tune": "film,movie"}, {}, "tune='movie'.*grain"),
        ("libx265", {"tune": "film"}, {}, "tune='film'"),
        ("libx264", {"profile": "main10"}, {}, "profile='main10'"),
        ("libx264", {"profile": "high"}, {"output_bit_depth": 10}, "profile='high'.*at 10 bits.*high10"),
    ],
)
def test_what_x264_would_print_about_is_refused(
    encoder: str, options: dict[str, str], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        plan(encoder, options, **given)


def test_numbered_presets_and_lists_of_tunes() -> None:
    assert flat(plan("libx264", {"preset": "3", "tune": "film,fastdecode"}))["preset"] == "3"
