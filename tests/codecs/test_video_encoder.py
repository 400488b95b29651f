"""Encoders at work, judged by an ffmpeg that is not the one that encoded."""

from __future__ import annotations

import gc
import os
import subprocess
import threading
import warnings
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.codecs import colorimetry as book
from tests.codecs.encoding import THIRTY, make, moving, run, settings_for
from tests.interop import tools

from reelwright.codecs import _av
from reelwright.codecs.convert import PixelConverter
from reelwright.codecs.video_encoder import EncodedPacket, VideoEncoder, frame_spec
from reelwright.model.color import ColorProperties
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import (
    EncodeError,
    EncoderNotFoundError,
    FrameError,
    InvalidStateError,
    SettingsError,
    SettingsWarning,
    TimestampError,
)
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import MediaType, VideoCodec
from reelwright.model.pixel import PixelBuffer, PixelBufferAttributes, PixelFormat
from reelwright.model.pool import PixelBufferPool
from reelwright.model.settings import VideoSettings

Array = book.Array
HD = ColorProperties.HD
CODECS = [VideoCodec.H264, VideoCodec.HEVC]


def stream(description: FormatDescription | None, packets: Sequence[EncodedPacket]) -> bytes:
    """An Annex B elementary stream."""
    assert description is not None
    return description.codec_config + b"".join(bytes(packet.data) for packet in packets)


def demuxer(codec: VideoCodec) -> str:
    return "h264" if codec is VideoCodec.H264 else "hevc"


def decoded(codec: VideoCodec, data: bytes, width: int, height: int, bits: int) -> list[list[Array]]:
    """Planes of every picture as the system's ffmpeg decodes them, not converted."""
    name = "yuv420p" if bits == 8 else "yuv420p10le"
    command = [tools.ffmpeg(), "-v", "error", "-f", demuxer(codec), "-i", "pipe:0", "-fps_mode", "passthrough"]
    done = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", name, "pipe:1"], input=data, capture_output=True, timeout=60
    )
    assert not done.stderr
    dtype = np.dtype("u1" if bits == 8 else "<u2")
    values = np.frombuffer(done.stdout, dtype)
    chroma = width * height // 4
    pictures = values.reshape(-1, width * height + 2 * chroma)
    cut = [0, width * height, width * height + chroma, width * height + 2 * chroma]
    shapes = [(height, width), (height // 2, width // 2), (height // 2, width // 2)]
    return [
        [picture[cut[index] : cut[index + 1]].reshape(shape) for index, shape in enumerate(shapes)]
        for picture in pictures
    ]


def probed(codec: VideoCodec, data: bytes) -> dict[str, Any]:
    """What the system's ffprobe reads from the bitstream alone."""
    program = tools.find("ffprobe", "ffmpeg")
    command = [program, "-v", "error", "-f", demuxer(codec), "-i", "pipe:0", "-show_streams", "-of", "json"]
    done = subprocess.run(command, input=data, capture_output=True, timeout=60)
    assert not done.stderr
    found: dict[str, Any] = tools.Answer(0, done.stdout, "").json()["streams"][0]
    return found


# ---------------------------------------------------------------------------------------------------------- true pixels


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("size", [(640, 480), (1280, 720)], ids=["480", "720"])
@pytest.mark.parametrize("codec", CODECS)
def test_twelve_patches_come_back_within_two_of_255(codec: VideoCodec, size: tuple[int, int], bits: int) -> None:
    settings = settings_for(codec, *size, output_bit_depth=bits)
    picture = PixelBuffer.from_array(book.patch_picture(*size))
    with make(settings) as encoder:
        frame = PixelConverter(encoder.frame_spec).convert(picture)
        packets = run(encoder, [frame, frame])
        data = stream(encoder.format, packets)
    tags = probed(codec, data)
    assert (tags["color_space"], tags["color_range"]) == ("bt709", "tv")
    luma, cb, cr = decoded(codec, data, *size, bits)[0]
    worst = 0.0
    width, height = size
    for index, color in enumerate(book.PATCHES):
        row, column = divmod(index, 4)
        top, left = height // 3 * row + 40, width // 4 * column + 40  # beyond the largest block that sees a neighbour
        bottom, right = height // 3 * (row + 1) - 40, width // 4 * (column + 1) - 40
        codes = np.stack(
            [
                luma[top:bottom:2, left:right:2],
                cb[top // 2 : bottom // 2, left // 2 : right // 2],
                cr[top // 2 : bottom // 2, left // 2 : right // 2],
            ],
            -1,
        )
        back = np.clip(book.decode(codes, 1, bits), 0, 1) * 255
        worst = max(worst, float(np.abs(back - color).max()))
    assert worst <= 2.0


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    ("color", "full", "expected"),
    [
        (HD, False, ("bt709", "bt709", "bt709", "tv")),
        (HD, True, ("bt709", "bt709", "bt709", "pc")),
        (ColorProperties.SD, False, ("smpte170m", "bt709", "smpte170m", "tv")),
        (ColorProperties.WIDE_HD, False, ("smpte432", "bt709", "bt709", "tv")),
        (ColorProperties.HDR10, False, ("bt2020", "smpte2084", "bt2020nc", "tv")),
        (ColorProperties.HLG, False, ("bt2020", "arib-std-b67", "bt2020nc", "tv")),
        (ColorProperties(1, 13, 1), False, ("bt709", "iec61966-2-1", "bt709", "tv")),
        (None, False, (None, None, None, None)),
    ],
)
def test_the_bitstream_carries_the_films_tags(
    codec: VideoCodec, color: ColorProperties | None, full: bool, expected: tuple[str | None, ...]
) -> None:
    settings = settings_for(codec, output_bit_depth=10)
    with make(settings, color, full) as encoder:
        found = probed(codec, stream(encoder.format, run(encoder, moving(encoder.frame_spec, 2))))
    assert encoder.format is not None
    assert (encoder.format.color, encoder.format.full_range) == (color, full)
    names = ("color_primaries", "color_transfer", "color_space", "color_range")
    seen = tuple(None if found.get(name) == "unknown" else found.get(name) for name in names)
    if color is None:
        assert seen[:3] == expected[:3]
        assert seen[3] in (None, "tv")  # x265 writes the range alone
    else:
        assert seen == expected


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(63, 47), (64, 47), (63, 48)])
def test_odd_sizes_are_coded_even_and_shown_odd(codec: VideoCodec, size: tuple[int, int]) -> None:
    picture = book.blocks(*size, seed=3)
    settings = settings_for(codec, *size, options={"crf": 1})
    with make(settings) as encoder:
        frame = PixelConverter(encoder.frame_spec).convert(PixelBuffer.from_array(picture))
        data = stream(encoder.format, run(encoder, [frame]))
    described = encoder.format
    assert described is not None
    assert (described.width, described.height) == (64, 48)
    assert described.display_size == size
    assert described.clean_aperture is not None
    assert described.clean_aperture.fits(64, 48)
    found = probed(codec, data)
    assert (found["width"], found["height"]) == (64, 48)
    luma = decoded(codec, data, 64, 48, 8)[0][0].astype(float)
    exact = book.encode(picture / 255, 1, 8)[:, :, 0]
    shown = luma[: size[1], : size[0]]
    assert np.abs(shown - exact).mean() < 1.5  # the clean aperture's corner is the picture's
    if size[0] == 63:
        assert np.abs(luma[:, 63] - luma[:, 62]).mean() < 4  # not black


@pytest.mark.parametrize("codec", CODECS)
def test_pixel_aspect_and_clean_aperture(codec: VideoCodec) -> None:
    clap = CleanAperture(Fraction(60), Fraction(40))
    settings = settings_for(codec, pixel_aspect_ratio=PixelAspectRatio(40, 33), clean_aperture=clap)
    with make(settings) as encoder:
        found = probed(codec, stream(encoder.format, run(encoder, moving(encoder.frame_spec, 2))))
    assert found["sample_aspect_ratio"] == "40:33"
    assert encoder.format is not None
    assert encoder.format.clean_aperture == clap
    assert encoder.format.pixel_aspect_ratio == PixelAspectRatio(40, 33)


@pytest.mark.parametrize("ratio", [PixelAspectRatio(100_003, 80_000), PixelAspectRatio(70_001, 140_003)])
def test_aspects_too_large_for_a_bitstream_are_approximated(ratio: PixelAspectRatio) -> None:
    with make(settings_for(VideoCodec.H264, pixel_aspect_ratio=ratio)) as encoder:
        found = probed(VideoCodec.H264, stream(encoder.format, run(encoder, moving(encoder.frame_spec, 1))))
        assert encoder.format is not None
        assert encoder.format.pixel_aspect_ratio == ratio  # the file's own is exact
    across, down = map(int, found["sample_aspect_ratio"].split(":"))
    assert abs(across / down - float(ratio.ratio)) < 1e-4  # FFmpeg keeps both numbers below 4096


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("ratio", [PixelAspectRatio((1 << 32) - 1, 1), PixelAspectRatio(1, (1 << 32) - 1)])
def test_absurd_aspects_do_not_stop_the_encoder(codec: VideoCodec, ratio: PixelAspectRatio) -> None:
    make(settings_for(codec, pixel_aspect_ratio=ratio)).close()


# ---------------------------------------------------------------------------------------------------- description, sets


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("codec", CODECS)
def test_the_format_is_known_before_the_first_frame(codec: VideoCodec, bits: int) -> None:
    settings = settings_for(codec, 640, 360, average_bit_rate=900_000, output_bit_depth=bits)
    with make(settings) as encoder:
        described = encoder.format
    assert described is not None
    assert described.media_type is MediaType.VIDEO
    assert described.media_subtype == codec.value
    assert (described.width, described.height, described.clean_aperture) == (640, 360, None)
    assert (described.bits_per_component, described.chroma, described.bit_rate) == (bits, "4:2:0", 900_000)
    kinds = set()
    for piece in described.codec_config.split(b"\0\0\1")[1:]:
        kinds.add(piece[0] & 0x1F if codec is VideoCodec.H264 else piece[0] >> 1 & 0x3F)
    assert ({7, 8} if codec is VideoCodec.H264 else {32, 33, 34}) <= kinds
    assert encoder.format == described  # still known after close


@pytest.mark.parametrize("codec", CODECS)
def test_packets_carry_no_parameter_sets_and_stay_valid(codec: VideoCodec) -> None:
    with make(settings_for(codec, max_key_frame_interval=4)) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 12))
        copies = [bytes(packet.data) for packet in packets]
    del encoder
    gc.collect()
    assert [bytes(packet.data) for packet in packets] == copies
    sets = {7, 8} if codec is VideoCodec.H264 else {32, 33, 34}
    for packet in packets:
        for piece in bytes(packet.data).split(b"\0\0\1")[1:]:
            kind = piece[0] & 0x1F if codec is VideoCodec.H264 else piece[0] >> 1 & 0x3F
            assert kind not in sets


@pytest.mark.parametrize(
    ("profile", "name", "level"),
    [
        ("H264_Baseline_3_0", "Constrained Baseline", 30),
        ("H264_Main_3_1", "Main", 31),
        ("H264_High_4_1", "High", 41),
        ("H264_High10_AutoLevel", "High 10", None),
        ("HEVC_Main_4_1", "Main", 123),
        ("HEVC_Main10_AutoLevel", "Main 10", None),
    ],
)
def test_profiles_and_levels_arrive_in_the_bitstream(profile: str, name: str, level: int | None) -> None:
    codec = VideoCodec.H264 if profile.startswith("H264") else VideoCodec.HEVC
    settings = settings_for(codec, options={"preset": "veryfast"}, profile_level=profile)
    with make(settings) as encoder:
        found = probed(codec, stream(encoder.format, run(encoder, moving(encoder.frame_spec, 3))))
    assert found["profile"] == name
    if level is not None:
        assert found["level"] == level


@pytest.mark.parametrize("codec", CODECS)
def test_timing_in_the_bitstream_is_the_frame_rate(codec: VideoCodec) -> None:
    rate = Fraction(30000, 1001)
    with make(settings_for(codec), time_base=1 / rate, frame_rate=rate) as encoder:
        found = probed(codec, stream(encoder.format, run(encoder, moving(encoder.frame_spec, 4))))
    assert found["r_frame_rate"] == "30000/1001"


# ------------------------------------------------------------------------------------------------------- times and keys


TIMES = {
    "plain": list(range(40)),
    "negative": list(range(-20, 20)),
    "beyond 32 bits": [(1 << 33) + 7 * index for index in range(40)],
    "gaps": [
        -(1 << 40),
        -7,
        -6,
        0,
        1,
        1000,
        1 << 31,
        (1 << 31) + 1,
        1 << 41,
        *((1 << 41) + 3 * n for n in range(1, 32)),
    ],
    "growing": [index**3 for index in range(40)],
}


@pytest.mark.parametrize(
    "time_base", [Fraction(1, 30), Fraction(1, 90000), Fraction(1, (1 << 31) - 1), Fraction(1001, 24)]
)
@pytest.mark.parametrize("ticks", TIMES.values(), ids=list(TIMES))
@pytest.mark.parametrize("codec", CODECS)
def test_every_packet_has_its_own_frames_ticks(codec: VideoCodec, ticks: list[int], time_base: Fraction) -> None:
    settings = settings_for(codec, options={"preset": "veryfast"})
    with make(settings, time_base=time_base, frame_rate=None) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, len(ticks)), ticks)
    assert sorted(packet.ticks for packet in packets) == ticks
    assert [packet.ticks for packet in packets] != ticks  # B-frames: decode order differs
    assert packets[0].is_key
    assert packets[0].ticks == ticks[0]


@pytest.mark.parametrize("codec", CODECS)
def test_packets_match_their_pictures(codec: VideoCodec) -> None:
    """Each picture's brightness tells its place; after decoding, in display order, they come as they were given."""
    count = 24
    settings = settings_for(codec, options={"preset": "veryfast", "crf": 4})
    with make(settings) as encoder:
        converter = PixelConverter(encoder.frame_spec)
        frames = [
            converter.convert(PixelBuffer([np.full((48, 64), 10 * index, np.uint8)], PixelFormat.GRAY8))
            for index in range(count)
        ]
        data = stream(encoder.format, run(encoder, frames))
    means = [picture[0].mean() for picture in decoded(codec, data, 64, 48, 8)]
    np.testing.assert_allclose(means, 16 + 219 * 10 * np.arange(count) / 255, atol=1.5)


@pytest.mark.parametrize("codec", CODECS)
def test_forced_key_frames_begin_closed_groups(codec: VideoCodec) -> None:
    settings = settings_for(codec, options={"preset": "veryfast"})
    forced = {7, 19, 20}
    with make(settings) as encoder:
        packets: list[EncodedPacket] = []
        for tick, frame in enumerate(moving(encoder.frame_spec, 30)):
            packets += encoder.encode(frame, tick, force_key_frame=tick in forced)
        packets += encoder.flush()
        described = encoder.format
    keys = [packet.ticks for packet in packets if packet.is_key]
    assert keys == [0, 7, 19, 20]
    for place, packet in enumerate(packets):
        if packet.is_key:  # closed: nothing after it in decode order is shown before it
            assert all(later.ticks > packet.ticks for later in packets[place + 1 :])
    tail = packets[next(index for index, packet in enumerate(packets) if packet.ticks == 19) :]
    assert len(decoded(codec, stream(described, tail), 64, 48, 8)) == 11


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    ("compression", "keys"),
    [
        ({"max_key_frame_interval": 8}, [0, 8, 16, 24, 32]),
        ({"max_key_frame_interval_duration": Fraction(1, 2)}, [0, 15, 30]),
        ({"max_key_frame_interval_duration": 0.5, "max_key_frame_interval": 10}, [0, 10, 20, 30]),
        ({"max_key_frame_interval_duration": 0.5, "max_key_frame_interval": 100}, [0, 15, 30]),
        ({"allow_temporal_compression": False}, list(range(40))),
    ],
)
def test_key_frame_intervals(codec: VideoCodec, compression: dict[str, Any], keys: list[int]) -> None:
    with make(settings_for(codec, **compression)) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 40))
    assert [packet.ticks for packet in packets if packet.is_key] == keys


@pytest.mark.parametrize("codec", CODECS)
def test_key_frame_seconds_hold_when_the_rate_varies(codec: VideoCodec) -> None:
    ticks = [index * index for index in range(40)]
    settings = settings_for(codec, max_key_frame_interval_duration=0.5)
    with make(settings, time_base=Fraction(1, 100), frame_rate=None) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 40), ticks)
    keys = {packet.ticks for packet in packets if packet.is_key}
    last = 0
    for tick in ticks[1:]:
        assert (tick in keys) == (tick - last >= 50)
        last = tick if tick in keys else last


@pytest.mark.parametrize("codec", CODECS)
def test_without_reordering_packets_come_in_display_order(codec: VideoCodec) -> None:
    settings = settings_for(codec, options={"preset": "veryfast"}, allow_frame_reordering=False)
    with make(settings) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 20))
    assert [packet.ticks for packet in packets] == list(range(20))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("allowed", [0, 1, 2, 4, 7, 11])
def test_no_more_frames_wait_inside_than_allowed(codec: VideoCodec, allowed: int) -> None:
    settings = settings_for(codec, options={"preset": "veryfast"}, max_frame_delay_count=allowed)
    with make(settings, threads=3) as encoder:
        out = 0
        for tick, frame in enumerate(moving(encoder.frame_spec, 24)):
            out += len(encoder.encode(frame, tick))
            assert tick + 1 - out <= allowed
        assert out + len(encoder.flush()) == 24


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("by", ["argument", "specification"])
def test_low_latency_holds_nothing_back_and_makes_one_key_frame(codec: VideoCodec, by: str) -> None:
    wanted = EncoderSpecification(low_latency=True) if by == "specification" else None
    settings = settings_for(codec, options={"preset": "veryfast"}, specification=wanted)
    with make(settings, low_latency=by == "argument", threads=2) as encoder:
        for tick, frame in enumerate(moving(encoder.frame_spec, 40)):
            packets = encoder.encode(frame, tick)
            assert [packet.ticks for packet in packets] == [tick]
            assert packets[0].is_key == (tick == 0)


@pytest.mark.parametrize("codec", CODECS)
def test_disposable_pictures_can_be_left_out(codec: VideoCodec) -> None:
    """The judge decodes what is left without a complaint, and as many pictures as were left."""
    settings = settings_for(codec, options={"preset": "veryfast", "bf": 3})
    with make(settings) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 24))
        described = encoder.format
    kept = [packet for packet in packets if not packet.disposable]
    assert 0 < len(kept) < len(packets)
    assert not any(packet.disposable for packet in packets if packet.is_key)
    assert len(decoded(codec, stream(described, kept), 64, 48, 8)) == len(kept)


@pytest.mark.parametrize("codec", CODECS)
def test_quality_and_rates_change_the_size(codec: VideoCodec) -> None:
    sizes = {}
    for name, given in {
        "best": {"quality": 0.9},
        "usual": {},
        "small": {"quality": 0.2},
        "rate": {"average_bit_rate": 60_000},
        "constant": {"constant_bit_rate": 900_000, "expected_source_frame_rate": 30},
    }.items():
        with make(settings_for(codec, 320, 240, **given)) as encoder:
            packets = run(encoder, moving(encoder.frame_spec, 30))
        sizes[name] = sum(packet.data.nbytes for packet in packets)
    assert sizes["best"] > sizes["usual"] > sizes["small"]
    assert sizes["rate"] < sizes["usual"]
    if codec is VideoCodec.H264:
        assert abs(sizes["constant"] * 8 - 900_000) < 300_000  # filler makes it so


@pytest.mark.parametrize("codec", CODECS)
def test_no_window_holds_more_than_its_limit(codec: VideoCodec) -> None:
    limit = 9_000
    settings = settings_for(codec, 160, 96, data_rate_limits=[limit, 1.0], average_bit_rate=72_000)
    with make(settings) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 90))
    sizes = [packet.data.nbytes for packet in packets]
    assert max(sum(sizes[index : index + 30]) for index in range(len(sizes) - 29)) <= limit


# ------------------------------------------------------------------------------------------------------ what goes wrong


def test_frames_of_another_shape_are_refused() -> None:
    with make(settings_for(VideoCodec.H264)) as encoder:
        for frame in (_av.empty_frame("yuv420p", 64, 48), _av.empty_frame("nv12", 66, 48)):
            with pytest.raises(FrameError, match="takes 64×48 nv12 frames"):
                encoder.encode(frame, 0)


def test_ticks_must_grow() -> None:
    with make(settings_for(VideoCodec.H264)) as encoder:
        first, second = moving(encoder.frame_spec, 2)
        encoder.encode(first, 5)
        for tick in (5, 4):
            with pytest.raises(TimestampError, match=f"tick {tick} does not come after tick 5"):
                encoder.encode(second, tick)


def test_after_flush_or_close_nothing_is_encoded() -> None:
    encoder = make(settings_for(VideoCodec.H264))
    frame = moving(encoder.frame_spec, 1)[0]
    assert len(encoder.encode(frame, 0) + encoder.flush()) == 1
    assert encoder.flush() == []
    with pytest.raises(InvalidStateError, match="after the flush"):
        encoder.encode(frame, 1)
    encoder.close()
    encoder.close()
    other = make(settings_for(VideoCodec.H264))
    other.close()
    assert other.flush() == []
    with pytest.raises(InvalidStateError, match="after the end"):
        other.encode(frame, 1)


@pytest.mark.parametrize(
    ("codec", "options", "message"),
    [
        (VideoCodec.H264, {"crfs": 20}, r"libx264 has no option 'crfs'"),
        (VideoCodec.HEVC, {"rc-lookahead": 20}, r"libx265 has no option 'rc-lookahead'"),
        (VideoCodec.H264, {"x264-params": "keyintt=9"}, "refuses the encoder options.*keyintt"),
        (VideoCodec.HEVC, {"x265-params": "psy-rdd=1"}, "does not understand its parameters.*psy-rdd"),
        (VideoCodec.H264, {"crf": "lots"}, "refuses the encoder options.*crf=lots"),
        (VideoCodec.HEVC, {"x265-params": "ref=abc"}, "libx265.*ref"),
    ],
)
def test_options_that_nobody_understands_are_refused(codec: VideoCodec, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        make(settings_for(codec, options=options))


def test_a_mistyped_option_is_recognised_where_pyav_can_list_them() -> None:
    with make(settings_for(VideoCodec.H264)) as encoder:
        if not _av.option_names(encoder._context):
            pytest.skip("this PyAV cannot list options")
    with pytest.raises(SettingsError, match="Did you mean 'crf'"):
        make(settings_for(VideoCodec.H264, options={"crff": 20}))


def test_an_encoder_that_does_not_open_says_why_and_what_else_to_try() -> None:
    settings = settings_for(VideoCodec.HEVC)
    spec = replace(frame_spec(settings, HD, False), width=2, height=2)
    with pytest.raises(EncodeError, match=r"libx265 could not be opened for 2×2 at 8 bits: .*too small") as caught:
        VideoEncoder(settings, spec, time_base=1 / THIRTY)
    assert "Try another size" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("codec", "width", "height", "limit"),
    [
        (VideoCodec.H264, 16, 16385, "at most 16384 pixels"),
        (VideoCodec.H264, 16400, 16, "at most 16384 pixels"),
        (VideoCodec.HEVC, 8, 8, "at least 16 pixels"),
        (VideoCodec.HEVC, 640, 14, "at least 16 pixels"),
        (VideoCodec.HEVC, 16, 4217, "at most 4216 pixels on the long side"),
    ],
)
def test_sizes_beyond_an_encoder_are_refused_before_it_is_made(
    codec: VideoCodec, width: int, height: int, limit: str
) -> None:
    with pytest.raises(SettingsError, match=f"{width}×{height}.*{limit}") as caught:
        frame_spec(VideoSettings(codec, width, height), HD, False)
    assert "another size" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("codec", "width", "height"),
    [
        (VideoCodec.H264, 1, 1),
        (VideoCodec.H264, 16384, 2),
        (VideoCodec.HEVC, 15, 15),
        (VideoCodec.HEVC, 16, 4096),
        (VideoCodec.HEVC, 32, 8194),
    ],
)
def test_sizes_at_the_limits_are_encoded(codec: VideoCodec, width: int, height: int) -> None:
    settings = settings_for(codec, width, height)
    with make(settings) as encoder:
        converter = PixelConverter(encoder.frame_spec)
        frame = converter.convert(PixelBuffer.from_array(np.zeros((height, width), np.uint8)))
        assert len([*encoder.encode(frame, 0), *encoder.flush()]) == 1


def test_a_size_is_needed() -> None:
    with pytest.raises(SettingsError, match="size of its pictures"):
        frame_spec(VideoSettings(VideoCodec.H264), HD, False)


def test_an_unknown_encoder_is_not_found() -> None:
    with pytest.raises(EncoderNotFoundError, match="h264_magic"):
        make(settings_for(VideoCodec.H264, specification=EncoderSpecification(encoder_id="h264_magic")))


class _Failing:
    """An encoder that fails in mid-film, as a device that is taken away does."""

    extradata = b"\0\0\0\1\x67"

    def encode(self, frame: Any) -> list[Any]:
        raise _av.FFmpegError(5, "device lost")


def test_a_failure_while_encoding_is_told_and_lets_go_of_the_encoder() -> None:
    encoder = make(settings_for(VideoCodec.H264))
    frame = moving(encoder.frame_spec, 1)[0]
    encoder._context = _Failing()
    with pytest.raises(EncodeError, match=r"libx264 failed while encoding: device lost") as caught:
        encoder.encode(frame, 0)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert encoder._context is None


class _Losing(_Failing):
    def encode(self, frame: Any) -> list[Any]:
        return []


def test_a_picture_that_never_comes_out_is_missed() -> None:
    encoder = make(settings_for(VideoCodec.H264))
    encoder._context = _Losing()
    encoder.encode(moving(encoder.frame_spec, 1)[0], 3)
    with pytest.raises(EncodeError, match="no packet for 1 of the pictures given to it, the first at tick 3"):
        encoder.flush()


def test_settings_without_effect_are_told_once() -> None:
    settings = VideoSettings(VideoCodec.H264, 64, 48, compression={"MaximizePowerEfficiency": True})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make(settings).close()
    messages = [str(item.message) for item in caught if item.category is SettingsWarning]
    assert len(messages) == 1
    assert "MaximizePowerEfficiency has no effect" in messages[0]


def test_what_encoder_options_won_over_is_told() -> None:
    with make(settings_for(VideoCodec.H264, options={"g": 5}, max_key_frame_interval=9)) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 12))
        assert [text for text in encoder.overridden if "MaxKeyFrameInterval" in text and "g=5" in text]
    assert [packet.ticks for packet in packets if packet.is_key] == [0, 5, 10]


# --------------------------------------------------------------------------------------------- silence, threads, memory


SILENT = """
from tests.codecs.encoding import make, moving, run, settings_for
from tests.codecs.test_video_encoder import CODECS
from reelwright.model.errors import SettingsError
for codec in CODECS:
    for given in {}, {"output_bit_depth": 10}, {"quality": 1}, {"average_bit_rate": 9000}, {"max_frame_delay_count": 1}:
        with make(settings_for(codec, **given)) as encoder:
            run(encoder, moving(encoder.frame_spec, 3))
    make(settings_for(codec)).close()
    for options in ({"preset": "x"}, {"nonsense": 1}, {"x264-params": "a=b", "x265-params": "a=b"}, {"crf": "many"}):
        try:
            make(settings_for(codec, options=options))
        except SettingsError:
            continue
        raise SystemExit(f"{options} went through")
"""


def test_nothing_reaches_the_terminal() -> None:
    import sys

    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    done = subprocess.run([sys.executable, "-c", SILENT], capture_output=True, cwd=root, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def task_count() -> int:
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()


@pytest.mark.parametrize("codec", CODECS)
def test_threads_end_with_close_even_with_frames_inside(codec: VideoCodec) -> None:
    gc.collect()
    before = task_count()
    encoder = make(settings_for(codec, 320, 240), threads=3)
    for tick, frame in enumerate(moving(encoder.frame_spec, 5)):
        encoder.encode(frame, tick)
    if os.path.isdir("/proc/self/task"):
        assert task_count() > before
    encoder.close()
    assert task_count() == before


@pytest.mark.parametrize("codec", CODECS)
def test_threads_end_with_a_failure(codec: VideoCodec) -> None:
    gc.collect()
    before = task_count()
    with pytest.raises(SettingsError):
        make(settings_for(codec, 320, 240, options={"nonsense": 1}), threads=3)
    gc.collect()
    assert task_count() == before


@pytest.mark.parametrize("codec", CODECS)
def test_pool_buffers_come_home_when_the_encoder_has_let_go(codec: VideoCodec) -> None:
    """Memory is never refilled while the encoder may look at it: every picture comes back as it was given."""
    settings = settings_for(codec, options={"preset": "veryfast", "crf": 4})
    with make(settings, threads=2) as encoder:
        spec = encoder.frame_spec
        attributes = PixelBufferAttributes(pixel_format=spec.pixel_format, width=64, height=48, color=HD)
        pool = PixelBufferPool(attributes)
        converter = PixelConverter(spec)
        packets: list[EncodedPacket] = []
        for index in range(20):
            buffer = pool.make_buffer()
            buffer.planes[0][...] = 20 + 10 * index
            for plane in buffer.planes[1:]:
                plane[...] = 128
            frame = converter.convert(buffer)
            del buffer
            packets += encoder.encode(frame, index)
            del frame
        packets += encoder.flush()
        data = stream(encoder.format, packets)
    means = [picture[0].mean() for picture in decoded(codec, data, 64, 48, 8)]
    np.testing.assert_allclose(means, 20 + 10 * np.arange(20), atol=1.5)
    gc.collect()
    assert pool.statistics().in_use == 0


def test_a_converter_made_for_one_codec_serves_its_encoder() -> None:
    for codec in CODECS:
        settings = settings_for(codec)
        assert make(settings).frame_spec == frame_spec(settings, HD, False)
    planar = frame_spec(settings_for(VideoCodec.H264), HD, False, source=PixelFormat.YUV420P)
    assert planar.pixel_format is PixelFormat.YUV420P
