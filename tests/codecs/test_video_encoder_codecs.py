"""ProRes, JPEG, AV1 and VP9 at work: true colours, tags, counts, key frames, alpha."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.codecs import colorimetry as book
from tests.codecs.encoding import NEW, PRORES, decoded, make, moving, rgb, run, settings_for

from reelwright.codecs import _av
from reelwright.codecs.convert import PixelConverter
from reelwright.codecs.video_encoder import frame_spec
from reelwright.model.color import ColorMatrix, ColorProperties
from reelwright.model.errors import SettingsError
from reelwright.model.hdr import ContentLightLevel, MasteringDisplay
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelBuffer, PixelFormat

HD, HDR10, HLG = ColorProperties.HD, ColorProperties.HDR10, ColorProperties.HLG
AV1, VP9, JPEG = VideoCodec.AV1, VideoCodec.VP9, VideoCodec.JPEG
INTRA = [*PRORES, JPEG]
# Largest error of a flat patch in 255: what the depth and the codec's usual quality cost.
BOUNDS = {VideoCodec.PRORES_4444: 0.5, VideoCodec.PRORES_4444_XQ: 0.5, AV1: 1.7, VP9: 1.7, JPEG: 1.7}
LAYOUTS = {
    VideoCodec.PRORES_4444: (PixelFormat.YUV444P10, "4:4:4", 10),
    VideoCodec.PRORES_4444_XQ: (PixelFormat.YUV444P10, "4:4:4", 10),
    JPEG: (PixelFormat.YUV420P, "4:2:0", 8),
    AV1: (PixelFormat.YUV420P, "4:2:0", 8),
    VP9: (PixelFormat.YUV420P, "4:2:0", 8),
}


# ---------------------------------------------------------------------------------------------------------- true pixels


@pytest.mark.parametrize("codec", NEW)
def test_twelve_patches_come_back(codec: VideoCodec) -> None:
    width, height = 512, 384
    quality = {} if codec.is_prores else {"quality": 1.0}
    picture = PixelBuffer.from_array(book.patch_picture(width, height))
    with make(settings_for(codec, width, height, **quality)) as encoder:
        frame = PixelConverter(encoder.frame_spec).convert(picture)
        packets = run(encoder, [frame])
        assert encoder.format is not None
        config = encoder.format.codec_config
    back = rgb(decoded(codec, packets, config)[0], 6 if codec is JPEG else 1, codec is JPEG)
    rows, columns = back.shape[0] // 3, back.shape[1] // 4
    worst = 0.0
    for index, color in enumerate(book.PATCHES):
        row, column = divmod(index, 4)
        inside = back[rows * row + 16 : rows * (row + 1) - 16, columns * column + 16 : columns * (column + 1) - 16]
        worst = max(worst, float(np.abs(inside - color).max()))
    assert worst <= BOUNDS.get(codec, 0.5)


@pytest.mark.parametrize("codec", NEW)
def test_what_comes_out_is_what_was_said(codec: VideoCodec) -> None:
    layout, chroma, bits = LAYOUTS.get(codec, (PixelFormat.YUV422P10, "4:2:2", 10))
    with make(settings_for(codec)) as encoder:
        assert encoder.frame_spec.pixel_format is layout
        packets = run(encoder, moving(encoder.frame_spec, 10))
        made = encoder.format
    assert made is not None
    assert (made.media_subtype, made.width, made.height) == (codec.value, 64, 48)
    assert (made.chroma, made.bits_per_component) == (chroma, bits)
    assert [packet.ticks for packet in packets] == list(range(10))
    assert all(len(packet.data) for packet in packets)
    if codec in INTRA:
        assert all(packet.is_key and not packet.disposable for packet in packets)
    else:
        assert [packet.ticks for packet in packets if packet.is_key] == [0]
    assert len(decoded(codec, packets, made.codec_config)) == 10


@pytest.mark.parametrize("codec", PRORES)
def test_prores_headers(codec: VideoCodec) -> None:
    """SMPTE RDD 36, 5.1: frame identifier, header size, version, creator, size, chroma, colour, alpha."""
    with make(settings_for(codec), HDR10) as encoder:
        frame = moving(encoder.frame_spec, 1)[0]
        _av.tag(frame, (1, 1, 1), False)  # the encoder goes by the film's tags
        head = bytes(run(encoder, [frame])[0].data[:28])
    is_444 = codec in (VideoCodec.PRORES_4444, VideoCodec.PRORES_4444_XQ)
    assert head[4:8] == b"icpf"
    assert int.from_bytes(head[10:12], "big") == int(is_444)
    assert head[12:16] == b"apl0"
    assert (int.from_bytes(head[16:18], "big"), int.from_bytes(head[18:20], "big")) == (64, 48)
    assert head[20] >> 6 == (3 if is_444 else 2)
    assert tuple(head[22:25]) == HDR10.codes
    assert head[25] & 15 == 0


def test_the_six_of_prores_differ_as_they_should() -> None:
    """Each one's data rate is above the one before it (Apple's white paper: 45, 102, 147, 220, 330, 500 Mb/s)."""
    sizes = []
    for codec in PRORES:
        with make(settings_for(codec, 192, 128)) as encoder:
            noisy = _av.empty_frame(encoder.frame_spec.pixel_format.ffmpeg_name, 192, 128)
            for plane in _av.frame_planes(noisy):
                plane[...] = np.random.default_rng(1).integers(64, 900, plane.shape)
            sizes.append(len(run(encoder, [noisy])[0].data))
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 6


@pytest.mark.parametrize(
    ("codec", "color", "full", "expected"),
    [
        (AV1, HD, False, (1, 1, 1, 1)),
        (AV1, HD, True, (1, 1, 1, 2)),
        (AV1, HDR10, False, (9, 16, 9, 1)),
        (AV1, HLG, False, (9, 18, 9, 1)),
        (AV1, None, False, (2, 2, 2, 1)),
        (VP9, HD, False, (None, None, 1, 1)),  # names the matrix alone
        (VP9, ColorProperties.SD, True, (None, None, 6, 2)),
        (VP9, HDR10, False, (None, None, 9, 1)),
        (VideoCodec.PRORES_422, HD, False, (1, 1, 1, None)),
        (VideoCodec.PRORES_422, HD, True, (1, 1, 1, None)),
        (VideoCodec.PRORES_4444, HLG, False, (9, 18, 9, None)),
        (VideoCodec.PRORES_422, None, False, (2, 2, 2, None)),
        (JPEG, HD, False, (None, None, 5, 2)),  # JFIF is BT.470 B/G's matrix, which is BT.601's
    ],
)
def test_the_bitstream_carries_the_films_tags(
    codec: VideoCodec, color: ColorProperties | None, full: bool, expected: tuple[int | None, ...]
) -> None:
    with make(settings_for(codec), color, full) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 2))
        made = encoder.format
    assert made is not None
    assert made.full_range == (codec is JPEG or (full and not codec.is_prores))
    frame = decoded(codec, packets, made.codec_config)[0]
    found = (frame.color_primaries, frame.color_trc, int(frame.colorspace), int(frame.color_range))
    for seen, wanted in zip(found, expected, strict=True):
        assert wanted is None or int(seen) == wanted
    if codec is JPEG:
        assert made.color == ColorProperties(1, 1, ColorMatrix.ITU_R_601)
    else:
        assert made.color == color


@pytest.mark.parametrize("codec", [AV1, VideoCodec.HEVC, VideoCodec.H264])
def test_hdr_films_have_10_bits_and_hdr_metadata(codec: VideoCodec) -> None:
    display, level = MasteringDisplay("P3-D65", 1000, 0.0001), ContentLightLevel(1000, 400)
    settings = settings_for(
        codec,
        options={} if codec is AV1 else {"preset": "ultrafast"},
        mastering_display_color_volume=display,
        content_light_level_info=level,
    )
    with make(settings, HDR10) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 3))
        made = encoder.format
    assert made is not None
    assert made.bits_per_component == 10
    assert made.extensions["MasteringDisplayColorVolume"] == display.payload
    assert made.extensions["ContentLightLevelInfo"] == level.payload
    first = bytes(next(packet for packet in packets if packet.is_key).data)
    if codec is AV1:  # metadata OBUs in its own units: 0.16 and 24.8 fixed point (AV1, 6.7.4)
        assert bytes.fromhex("03e80190") in first
        assert (1000 << 8).to_bytes(4, "big") in first
    else:  # SEI messages 137 and 144 hold the same values as the boxes, start codes emulation prevented
        assert b"\x89\x18" + display.payload[:16] in first
        assert b"\x90\x04" + level.payload in first


@pytest.mark.parametrize("codec", [VideoCodec.PRORES_422, VP9])
def test_where_the_bitstream_has_no_place_for_hdr_metadata_the_file_has(codec: VideoCodec) -> None:
    with make(settings_for(codec, content_light_level_info=(600, 0)), HDR10) as encoder:
        run(encoder, moving(encoder.frame_spec, 1))
        assert encoder.format is not None
        assert encoder.format.extensions["ContentLightLevelInfo"] == bytes.fromhex("02580000")


# ----------------------------------------------------------------------------------------------------------- key frames


@pytest.mark.parametrize("codec", [AV1, VP9])
@pytest.mark.parametrize(
    ("compression", "forced", "expected"),
    [
        ({}, (), [0]),
        ({}, (0, 7, 8), [0, 7, 8]),
        ({"max_key_frame_interval": 6}, (), [0, 6, 12, 18]),
        ({"max_key_frame_interval_duration": 0.25}, (), [0, 8, 16]),
        ({"max_key_frame_interval": 5, "max_key_frame_interval_duration": 0.25}, (), [0, 5, 10, 15]),
        ({"max_key_frame_interval": 1}, (), list(range(20))),
        ({"allow_temporal_compression": False}, (), list(range(20))),
    ],
    ids=repr,
)
def test_key_frames(
    codec: VideoCodec, compression: dict[str, Any], forced: tuple[int, ...], expected: list[int]
) -> None:
    with make(settings_for(codec, **compression)) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 20), forced=forced)
        assert encoder.format is not None
        config = encoder.format.codec_config
    assert [packet.ticks for packet in packets] == list(range(20))
    assert [packet.ticks for packet in packets if packet.is_key] == expected
    # Decoding can begin at every key frame: all pictures from there on come out.
    for start in expected[1:3]:
        assert len(decoded(codec, packets[start:], config)) == 20 - start


@pytest.mark.parametrize("codec", [AV1, VP9])
def test_long_films_have_one_packet_for_each_picture(codec: VideoCodec) -> None:
    """Hidden pictures (alternate references) travel inside the packets of shown ones."""
    with make(settings_for(codec, 96, 64, options={"preset": 8} if codec is AV1 else {"cpu-used": 4})) as encoder:
        frames = moving(encoder.frame_spec, 80)
        ticks = [tick * 3 + tick % 2 for tick in range(80)]  # rates vary
        packets = run(encoder, frames, ticks)
        assert encoder.format is not None
        config = encoder.format.codec_config
    assert [packet.ticks for packet in packets] == ticks
    assert len(decoded(codec, packets, config)) == 80
    if codec is AV1:
        kept = [packet for packet in packets if not packet.disposable]
        assert 0 < len(kept) < 80
        assert len(decoded(codec, kept, config)) == len(kept)


# ---------------------------------------------------------------------------------------------------------------- alpha


def gradient(width: int, height: int) -> tuple[PixelBuffer, Any]:
    """A flat colour behind an alpha that grows from left to right."""
    alpha = np.tile(np.linspace(0, 255, width).round().astype(np.uint8), (height, 1))
    picture = np.empty((height, width, 4), np.uint8)
    picture[..., :3] = (200, 120, 40)
    picture[..., 3] = alpha
    return PixelBuffer.from_array(picture), alpha


@pytest.mark.parametrize("codec", [VideoCodec.PRORES_4444, VideoCodec.PRORES_4444_XQ, VP9])
def test_alpha_comes_back(codec: VideoCodec) -> None:
    picture, alpha = gradient(128, 64)
    compression = {"quality": 1.0} if codec is VP9 else {}
    with make(settings_for(codec, 128, 64, **compression), source=picture.pixel_format) as encoder:
        assert encoder.frame_spec.has_alpha
        frame = PixelConverter(encoder.frame_spec).convert(picture)
        packets = run(encoder, [frame] * 4, forced=(2,))
        made = encoder.format
    assert made is not None
    assert made.extensions["ContainsAlphaChannel"] is True
    frames = decoded(codec, packets, alpha=codec is VP9)
    assert len(frames) == 4
    if codec is VP9:
        assert all(packet.alpha is not None for packet in packets)
        found = _av.frame_planes(frames[-1])[0].astype(int)
        assert np.abs(found - alpha).max() <= 3
        assert len(decoded(codec, packets[2:], alpha=True)) == 2  # the alpha's key frames lie where the film's do
        assert "Depth" not in made.extensions
    else:
        assert bytes(packets[0].data[25:26])[0] & 15 == 2  # 16 bits (RDD 36, table 8)
        layout = _av.frame_layout(frames[-1])
        found = _av.frame_planes(frames[-1])[3] / ((1 << layout.bits) - 1) * 255
        assert np.abs(found - alpha).max() < 0.5
        assert made.extensions["Depth"] == 32


@pytest.mark.parametrize("codec", [VideoCodec.PRORES_4444, VP9])
def test_alpha_is_kept_as_asked(codec: VideoCodec) -> None:
    plain, transparent = PixelFormat.RGB24, PixelFormat.RGBA32
    cases = [(None, plain, False), (None, transparent, True), (True, plain, True), (False, transparent, False)]
    for asked, source, kept in cases:
        spec = frame_spec(settings_for(codec, preserve_alpha_channel=asked), HD, False, source=source)
        assert spec.has_alpha == kept
    with make(settings_for(codec, preserve_alpha_channel=False), source=transparent) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 2))
        assert packets[0].alpha is None
        assert encoder.format is not None
        assert not {"Depth", "ContainsAlphaChannel"} & encoder.format.extensions.keys()


def test_codecs_without_alpha_get_none() -> None:
    for codec in VideoCodec:
        spec = frame_spec(settings_for(codec), HD, False, source=PixelFormat.RGBA32)
        assert spec.has_alpha == (codec in (VideoCodec.PRORES_4444, VideoCodec.PRORES_4444_XQ, VP9))


# ---------------------------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("codec", "width", "height", "rule"),
    [
        (AV1, 64, 2, "at least 4 pixels a side"),
        (AV1, 16386, 64, "at most 16384 pixels a side"),
        (AV1, 64, 8706, "at most 8704 rows"),
        (JPEG, 65502, 16, "at most 65500 pixels a side"),
    ],
)
def test_sizes_that_an_encoder_cannot_do(codec: VideoCodec, width: int, height: int, rule: str) -> None:
    with pytest.raises(SettingsError, match=rule):
        frame_spec(settings_for(codec, width, height), HD, False)


@pytest.mark.parametrize("codec", NEW)
def test_small_and_odd_sizes(codec: VideoCodec) -> None:
    for width, height in ((5, 7), (33, 17)):
        with make(settings_for(codec, width, height)) as encoder:
            packets = run(encoder, moving(encoder.frame_spec, 3))
            made = encoder.format
        assert made is not None
        across, down = encoder.frame_spec.pixel_format.subsampling
        assert (made.width, made.height) == (width + width % across, height + height % down)
        frames = decoded(codec, packets, made.codec_config)
        assert [(frame.width, frame.height) for frame in frames] == [(made.width, made.height)] * 3
