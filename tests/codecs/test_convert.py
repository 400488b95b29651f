"""Pictures into encoders' frames, held against the standards' formulas in floating point."""

from __future__ import annotations

import ctypes
import gc
import itertools
import mmap
import os
import sys
import threading
import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.codecs import colorimetry as book

from reelwright.codecs import _av
from reelwright.codecs.convert import FrameSpec, PixelConverter
from reelwright.codecs.pixels import background_color
from reelwright.model.color import ColorProperties
from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.format import CleanAperture, PixelAspectRatio
from reelwright.model.kinds import ScalingMode
from reelwright.model.pixel import PixelBuffer, PixelBufferAttributes, PixelFormat
from reelwright.model.pool import PixelBufferPool

Array = book.Array
HD, SD, HDR10 = ColorProperties.HD, ColorProperties.SD, ColorProperties.HDR10
OLD = _av.VERSION < (16, 0)  # FFmpeg 7.1's scaler may be three 10-bit steps off at the ends of ranges
TARGETS = [PixelFormat.NV12, PixelFormat.YUV420P, PixelFormat.YUV420P10, PixelFormat.P010]
RGB = [kind for kind in PixelFormat if kind.is_rgb]
YUV = [kind for kind in PixelFormat if kind.is_yuv]


def spec(kind: PixelFormat = PixelFormat.NV12, width: int = 64, height: int = 48, **facts: Any) -> FrameSpec:
    facts.setdefault("color", HD)
    return FrameSpec(pixel_format=kind, width=width, height=height, **facts)


def planes(frame: _av.VideoFrame) -> list[Array]:
    """Luma, Cb and Cr as code values, whatever the frame's layout; alpha left out."""
    found = _av.frame_planes(frame)
    if len(found) == 2:
        found = [found[0], found[1][:, :, 0], found[1][:, :, 1]]
    return [(plane >> 6 if frame.format.name == "p010le" else plane).astype(np.float64) for plane in found[:3]]


def centres(frame: _av.VideoFrame) -> Array:
    """Y'CbCr in the middle of each 16 × 16 block."""
    luma, cb, cr = planes(frame)
    return np.stack([luma[8::16, 8::16], cb[4::8, 4::8], cr[4::8, 4::8]], -1).astype(np.float64)


def buffer(rgb: Array, kind: PixelFormat, alpha: float = 1.0, **facts: Any) -> PixelBuffer:
    """8-bit RGB in another RGB format, with constant alpha."""
    full = 1.0 if kind.dtype.kind == "f" else np.iinfo(kind.dtype).max
    values = {
        "R": rgb[:, :, 0] / 255.0,
        "G": rgb[:, :, 1] / 255.0,
        "B": rgb[:, :, 2] / 255.0,
        "A": np.full(rgb.shape[:2], alpha),
    }
    scaled = np.stack([values[letter] for letter in kind.channels], -1) * full
    stacked = scaled if kind.dtype.kind == "f" else np.rint(scaled)
    return PixelBuffer([np.ascontiguousarray(stacked.astype(kind.dtype))], kind, **facts)


def yuv_buffer(codes: Array, kind: PixelFormat, **facts: Any) -> PixelBuffer:
    """Code values of blocks (as ``centres`` returns them) as a picture of 16 × 16 blocks, alpha opaque."""
    shift = 6 if kind.name in ("P010", "P210", "P410") else 0
    luma, cb, cr = (np.rint(codes[:, :, index]).astype(kind.dtype) << shift for index in range(3))
    if kind.planes[0].values == 4:  # packed: the letters of the name say how
        named = {"Y": luma, "U": cb, "V": cr}
        named["A"] = np.full_like(luma, (1 << kind.bits) - 1)
        block = np.ones((16, 16 // kind.planes[0].narrower), kind.dtype)
        values = [np.kron(named[letter], block) for letter in kind.name[:4]]
        return PixelBuffer([np.ascontiguousarray(np.stack(values, -1))], kind, **facts)
    across, down = kind.subsampling

    def grown(values: Array, size: tuple[int, int]) -> Array:
        grown: Array = np.kron(values, np.ones(size, kind.dtype))
        return grown

    chroma = [grown(values, (16 // down, 16 // across)) for values in (cb, cr)]
    if len(kind.planes) == 2:
        chroma = [np.ascontiguousarray(np.stack(chroma, -1))]
    alpha = [np.full((16 * luma.shape[0], 16 * luma.shape[1]), (1 << kind.bits) - 1, kind.dtype)]
    return PixelBuffer([grown(luma, (16, 16)), *chroma, *(alpha if kind.has_alpha else [])], kind, **facts)


# ---------------------------------------------------------------------------------------------------- RGB and grey


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("color", [HD, SD, HDR10], ids=["709", "601", "2020"])
@pytest.mark.parametrize("source", RGB)
def test_rgb_goes_through_the_right_matrix_into_video_range(
    source: PixelFormat, color: ColorProperties, target: PixelFormat
) -> None:
    picture = book.blocks(128, 96, seed=1)
    frame = PixelConverter(spec(target, 128, 96, color=color)).convert(buffer(picture, source))
    exact = book.encode(picture[8::16, 8::16] / 255, int(color.matrix), target.bits)
    # Rounding costs 0.5; FFmpeg's fixed-point matrices and our second rounding of deep pictures the rest.
    assert np.abs(centres(frame) - exact).max() < 0.8
    assert (frame.colorspace, frame.color_range) == (int(color.matrix), 1)


@pytest.mark.parametrize("target", TARGETS)
def test_rgb_into_full_range(target: PixelFormat) -> None:
    picture = book.blocks(128, 96, seed=2)
    frame = PixelConverter(spec(target, 128, 96, full_range=True)).convert(buffer(picture, PixelFormat.RGB24))
    exact = book.encode(picture[8::16, 8::16] / 255, 1, target.bits, full_range=True)
    assert np.abs(centres(frame) - exact).max() < (3.1 if OLD else 1.1)
    assert frame.color_range == 2


@pytest.mark.parametrize("color", [None, ColorProperties(1, 13, 2)])
def test_rgb_without_a_matrix_to_go_by_takes_bt709(color: ColorProperties | None) -> None:
    picture = book.blocks(64, 48)
    frame = PixelConverter(spec(color=color)).convert(buffer(picture, PixelFormat.BGR24))
    assert np.abs(centres(frame) - book.encode(picture[8::16, 8::16] / 255, 1, 8)).max() < 0.8


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("source_full", [True, False])
@pytest.mark.parametrize("source", [PixelFormat.GRAY8, PixelFormat.GRAY16])
def test_grey_becomes_luma_and_neutral_chroma(
    source: PixelFormat, source_full: bool, full: bool, target: PixelFormat
) -> None:
    codes = np.arange(64 * 48).reshape(48, 64).astype(np.float64)
    codes = np.floor(codes * ((1 << source.bits) - 1) / codes.max())
    grey = PixelBuffer([codes.astype(source.dtype)], source, full_range=source_full)
    luma, cb, cr = planes(PixelConverter(spec(target, full_range=full)).convert(grey))
    step = 1 << (source.bits - 8)
    value = codes / ((1 << source.bits) - 1) if source_full else (codes / step - 16) / 219
    depth = 1 << (target.bits - 8)
    exact = value * ((1 << target.bits) - 1) if full else (16 + 219 * value) * depth
    assert np.abs(luma - np.clip(exact, 0, (1 << target.bits) - 1)).max() <= 0.5 + 1e-9
    assert set(np.unique(cb)) == set(np.unique(cr)) == {128 * depth}


def test_grey_and_white_rgb_agree() -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    grey = PixelConverter(spec()).convert(PixelBuffer([ramp], PixelFormat.GRAY8))
    color = PixelConverter(spec()).convert(PixelBuffer.from_array(np.repeat(ramp[:, :, None], 3, axis=2)))
    assert np.abs(planes(grey)[0].astype(int) - planes(color)[0]).max() <= 1  # ties may fall either way
    np.testing.assert_array_equal(planes(grey)[1], planes(color)[1])


@pytest.mark.parametrize("source", [PixelFormat.RGB48, PixelFormat.RGBA64, PixelFormat.RGB_FLOAT, PixelFormat.GRAY16])
def test_ten_bits_keep_more_than_eight(source: PixelFormat) -> None:
    """A ramp in steps of half a 10-bit code value: every luma code appears, which 8-bit steps could never give."""
    values = np.linspace(0, 1, 1752)
    if source.is_gray:
        picture = PixelBuffer([np.tile(np.rint(values * 65535).astype(np.uint16), (16, 1))], source)
    else:
        rgb = np.repeat(np.tile(values, (16, 1))[:, :, None], len(source.channels), axis=2)
        if source.has_alpha:
            rgb[:, :, 3] = 1
        scaled = rgb if source.dtype.kind == "f" else np.rint(rgb * 65535)
        picture = PixelBuffer([scaled.astype(source.dtype)], source)
    luma, cb, _ = planes(PixelConverter(spec(PixelFormat.YUV420P10, 1752, 16)).convert(picture))
    assert np.unique(luma[8]).size == 877  # 64 … 940
    assert np.abs(luma[8] - (64 + 876 * values)).max() < 0.55
    assert set(np.unique(cb)) <= {511, 512, 513}


@pytest.mark.parametrize("source", [PixelFormat.RGB48, PixelFormat.P010])
def test_deep_pictures_are_rounded_to_eight_bits_and_not_dithered(source: PixelFormat) -> None:
    picture = book.blocks(64, 48, seed=3)
    if source.is_rgb:
        deep = buffer(picture, source)
    else:
        deep = yuv_buffer(book.encode(picture[8::16, 8::16] / 255, 1, 10), source, color=HD)
    luma = planes(PixelConverter(spec()).convert(deep))[0]
    for top in range(0, 48, 16):
        for left in range(0, 64, 16):
            assert np.unique(luma[top : top + 16, left : left + 16]).size == 1


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", [PixelFormat.RGB24, PixelFormat.BGR24, PixelFormat.BGRA32, PixelFormat.RGB48])
@pytest.mark.parametrize("color", [None, ColorProperties.WIDE_HD], ids=["plain", "recoloured"])
def test_chroma_lies_left_between_the_rows(
    color: ColorProperties | None, source: PixelFormat, target: PixelFormat
) -> None:
    """One blue pixel in grey: each chroma value takes as much of it as a triangle filter on even columns says."""
    shares = []
    for row, column in ((20, 20), (20, 21), (21, 20)):
        picture = np.full((48, 64, 3), 60, np.uint8)
        picture[row, column] = (60, 60, 220)
        film = spec(target, color=ColorProperties(9, 1, 9) if color else HD)
        cb = planes(PixelConverter(film).convert(buffer(picture, source, color=color)))[1].astype(float)
        shares.append(cb[9:12, 9:12] - cb[0, 0])
    whole = sum(share.sum() for share in shares) / 3 * 4  # each of the four pixels gives a quarter, in all
    even, right, below = (share / whole * 16 for share in shares)
    allowed = 0.25 if target.bits == 8 else 0.1
    np.testing.assert_allclose(even, [[0, 1, 0], [0, 3, 0], [0, 0, 0]], atol=allowed)
    np.testing.assert_allclose(right, [[0, 0.5, 0.5], [0, 1.5, 1.5], [0, 0, 0]], atol=allowed)
    np.testing.assert_allclose(below, [[0, 0, 0], [0, 3, 0], [0, 1, 0]], atol=allowed)


def test_photographs_come_within_rounding() -> None:
    """Noise, where every skipped pixel would show: chroma is the average of all pixels around."""
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 256, (96, 128, 3), np.uint8)
    luma, cb, cr = planes(PixelConverter(spec(PixelFormat.NV12, 128, 96)).convert(PixelBuffer.from_array(picture)))
    exact = book.encode(picture / 255, 1, 8)
    assert np.abs(luma - exact[:, :, 0]).max() < 0.6
    across = (exact[:, :-2] + 2 * exact[:, 1:-1] + exact[:, 2:])[:, 1::2] / 4  # columns 2, 4 …
    inner = across[1:-1]
    down = (inner[0:-3:2] + 3 * inner[1:-2:2] + 3 * inner[2:-1:2] + inner[3::2]) / 8  # rows 1, 2 … of chroma
    assert np.abs(cb[1:-1, 1:] - down[:, :, 1]).max() < 1.1
    assert np.abs(cr[1:-1, 1:] - down[:, :, 2]).max() < 1.1


# ------------------------------------------------------------------------------------------------------------- YUV


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", YUV)
def test_yuv_of_equal_colour_only_changes_layout_and_depth(source: PixelFormat, target: PixelFormat) -> None:
    codes = np.rint(book.encode(book.blocks(64, 48, 4)[8::16, 8::16] / 255, 1, source.bits))
    frame = PixelConverter(spec(target)).convert(yuv_buffer(codes, source, color=HD))
    exact = codes * 2.0 ** (target.bits - source.bits)
    # 12 bits are rounded to 10 before they are to 8, and FFmpeg's way to P010 is a little off.
    assert np.abs(centres(frame) - exact).max() <= (3 if OLD else 0.75 if source.bits == 12 else 0.5)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", YUV)
@pytest.mark.parametrize("full", [True, False])
def test_yuv_range_is_converted(source: PixelFormat, target: PixelFormat, full: bool) -> None:
    rgb = book.blocks(64, 48, 4)[8::16, 8::16] / 255
    codes = np.rint(book.encode(rgb, 1, source.bits, full_range=full))
    frame = PixelConverter(spec(target, full_range=not full)).convert(
        yuv_buffer(codes, source, color=HD, full_range=full)
    )
    exact = book.encode(book.decode(codes, 1, source.bits, full), 1, target.bits, not full)
    assert np.abs(centres(frame) - exact).max() < (1.1 if source.bits == 12 else 0.8)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", YUV)
@pytest.mark.parametrize(("from_", "to"), [(SD, HD), (HD, SD)], ids=["601 to 709", "709 to 601"])
def test_yuv_matrix_is_converted(
    source: PixelFormat, target: PixelFormat, from_: ColorProperties, to: ColorProperties
) -> None:
    from_ = ColorProperties(1, 1, from_.matrix)
    to = ColorProperties(1, 1, to.matrix)
    rgb = book.blocks(64, 48, 6, 30, 220)[8::16, 8::16] / 255
    codes = np.rint(book.encode(rgb, int(from_.matrix), source.bits))
    frame = PixelConverter(spec(target, color=to)).convert(yuv_buffer(codes, source, color=from_))
    exact = book.encode(book.decode(codes, int(from_.matrix), source.bits), int(to.matrix), target.bits)
    assert np.abs(centres(frame) - exact).max() < (1.1 if source.bits == 12 else 0.8)
    assert frame.colorspace == int(to.matrix)


def test_untagged_yuv_is_not_converted() -> None:
    codes = np.rint(book.encode(book.blocks(64, 48, 7)[8::16, 8::16] / 255, 6, 8))
    frame = PixelConverter(spec(color=HD)).convert(yuv_buffer(codes, PixelFormat.YUV420P))
    np.testing.assert_array_equal(centres(frame), codes)


def test_assume_names_the_colour_of_untagged_pictures() -> None:
    rgb = book.blocks(64, 48, 8, 30, 220)[8::16, 8::16] / 255
    codes = np.rint(book.encode(rgb, 6, 8))
    assumed = ColorProperties(1, 1, 6)
    frame = PixelConverter(spec(color=HD), assume=assumed).convert(yuv_buffer(codes, PixelFormat.NV12))
    assert np.abs(centres(frame) - book.encode(book.decode(codes, 6, 8), 1, 8)).max() < 0.8


def test_yuv_tagged_with_the_rgb_matrix_is_refused() -> None:
    tagged = yuv_buffer(np.full((3, 4, 3), 128.0), PixelFormat.NV12, color=ColorProperties.SRGB)
    with pytest.raises(FrameError, match="RGB matrix"):
        PixelConverter(spec()).convert(tagged)


# ------------------------------------------------------------------------------------- primaries and transfer functions


@pytest.mark.parametrize("target", [PixelFormat.NV12, PixelFormat.YUV420P10])
@pytest.mark.parametrize("source", [PixelFormat.RGB24, PixelFormat.RGB_FLOAT, PixelFormat.GRAY8])
@pytest.mark.parametrize(
    ("from_", "to"),
    [
        (ColorProperties(1, 13, 0), ColorProperties(12, 1, 1)),
        (ColorProperties.WIDE_HD, ColorProperties(9, 1, 9)),
        (HD, SD),
        (ColorProperties(1, 8, 1), HD),
    ],
    ids=["sRGB to P3", "P3 to 2020", "709 to SMPTE-C", "linear to 709"],
)
def test_primaries_and_curves_are_really_converted(
    source: PixelFormat, target: PixelFormat, from_: ColorProperties, to: ColorProperties
) -> None:
    low = 60 if from_.transfer_function == 8 else 30
    picture = book.blocks(64, 48, 9, low, 200)
    if source.is_gray:
        picture[:] = picture[:, :, :1]
        given = PixelBuffer([picture[:, :, 0].copy()], source, color=from_)
    else:
        given = buffer(picture, source, color=from_)
    frame = PixelConverter(spec(target, color=to)).convert(given)
    curve = int(from_.transfer_function)
    same_curve = curve in (1, 13)
    rgb = book.recolored(
        picture[8::16, 8::16] / 255, (int(from_.primaries), curve), (int(to.primaries), curve if same_curve else 1)
    )
    exact = book.encode(rgb, int(to.matrix), target.bits)
    assert np.abs(centres(frame) - exact).max() < (1.0 if target.bits == 8 else 2.0)


def test_yuv_primaries_are_really_converted() -> None:
    rgb = book.blocks(64, 48, 10, 40, 200)[8::16, 8::16] / 255
    codes = np.rint(book.encode(rgb, 1, 10))
    given = yuv_buffer(codes, PixelFormat.P010, color=ColorProperties.WIDE_HD)
    frame = PixelConverter(spec(PixelFormat.YUV420P10, color=ColorProperties(9, 1, 9))).convert(given)
    wide = book.recolored(book.decode(codes, 1, 10), (12, 1), (9, 1))
    assert np.abs(centres(frame) - book.encode(wide, 9, 10)).max() < 2.0


@pytest.mark.parametrize("kind", [PixelFormat.RGB24, PixelFormat.NV12])
def test_what_cannot_be_converted_is_refused_by_both_check_and_convert(kind: PixelFormat) -> None:
    converter = PixelConverter(spec(color=HD))
    picture = PixelBuffer.empty(kind, 64, 48, color=HDR10)
    for call in (converter.check, converter.convert):
        with pytest.raises(SettingsError, match="SMPTE_ST_2084_PQ"):
            call(picture)


# ------------------------------------------------------------------------------------------------------------ alpha


@pytest.mark.parametrize("kind", [kind for kind in RGB if kind.has_alpha])
def test_opaque_alpha_is_dropped_and_other_alpha_refused(kind: PixelFormat) -> None:
    picture = book.blocks(64, 48, 11)
    frame = PixelConverter(spec()).convert(buffer(picture, kind))
    assert np.abs(centres(frame) - book.encode(picture[8::16, 8::16] / 255, 1, 8)).max() < 0.8
    see_through = buffer(picture, kind)
    see_through.planes[0][20, 30, kind.channels.index("A")] = 0
    for call in (PixelConverter(spec()).convert, PixelConverter(spec()).check):
        with pytest.raises(FrameError, match=f"{kind.name} picture has transparent pixels.*background="):
            call(see_through)


@pytest.mark.parametrize("kind", [kind for kind in YUV if kind.has_alpha])
def test_transparent_yuv_is_refused_without_a_background(kind: PixelFormat) -> None:
    codes = np.rint(book.encode(book.blocks(64, 48, 11)[8::16, 8::16] / 255, 1, kind.bits))
    given = yuv_buffer(codes, kind, color=HD)
    PixelConverter(spec()).check(given)
    alpha = given.planes[-1] if kind.has_alpha_plane else given.planes[0][:, :, 0]
    alpha[20, 30] = 0
    with pytest.raises(FrameError, match=f"{kind.name} picture has transparent pixels.*background="):
        PixelConverter(spec()).convert(given)


@pytest.mark.parametrize("alpha", [0.0, 0.4, 0.996])
@pytest.mark.parametrize("background", [(255, 128, 0), (1.0, 128 / 255, 0.0), "#ff8000"])
@pytest.mark.parametrize("kind", [kind for kind in RGB if kind.has_alpha])
def test_background_is_mixed_in_encoded_values(kind: PixelFormat, background: Any, alpha: float) -> None:
    picture = book.blocks(64, 48, 12)
    frame = PixelConverter(spec(PixelFormat.YUV420P10), background=background).convert(buffer(picture, kind, alpha))
    share = alpha if kind.dtype.kind == "f" else round(alpha * np.iinfo(kind.dtype).max) / np.iinfo(kind.dtype).max
    mixed = picture[8::16, 8::16] / 255 * share + np.array([255, 128, 0]) / 255 * (1 - share)
    tolerance = 3.0 if kind.bits == 8 else 0.8  # 8-bit mixtures are rounded to 8 bits first
    assert np.abs(centres(frame) - book.encode(mixed, 1, 10)).max() < tolerance


@pytest.mark.parametrize(
    ("background", "expected"),
    [
        ("#fff", (1, 1, 1)),
        ("#F80", (1, 136 / 255, 0)),
        ("White", (1, 1, 1)),
        ("black", (0, 0, 0)),
        ("#000080", (0, 0, 128 / 255)),
    ],
)
def test_colours_by_name_and_by_digits(background: str, expected: tuple[float, ...]) -> None:
    assert background_color(background) == expected


@pytest.mark.parametrize(
    "background", ["teal", "#ggg", "fff", "#ffff", (1, 2), (0.5, 0.5, 1.5), (300, 0, 0), "#12", 7, (True, False, True)]
)
def test_backgrounds_that_are_no_colours(background: Any) -> None:
    with pytest.raises(SettingsError, match=r'is no colour.*"#rrggbb", "#rgb", "black", "white"'):
        PixelConverter(spec(), background=background)


# --------------------------------------------------------------------------------------------- values that mean nothing


@pytest.mark.parametrize(
    ("value", "message"), [(np.nan, "not numbers"), (255.0, "values up to 255.*Divide by 255"), (np.inf, "up to inf")]
)
@pytest.mark.parametrize("kind", [PixelFormat.RGB_FLOAT, PixelFormat.RGBA_FLOAT])
def test_floats_that_cannot_be_meant(kind: PixelFormat, value: float, message: str) -> None:
    picture = buffer(book.blocks(64, 48), kind)
    picture.planes[0][5, 6, 1] = value
    for call in (PixelConverter(spec()).convert, PixelConverter(spec()).check):
        with pytest.raises(FrameError, match=message):
            call(picture)


def test_floats_just_outside_are_clipped() -> None:
    picture = np.zeros((48, 64, 3), np.float32)
    picture[:, 32:] = 1.2
    picture[:, :32] = -0.3
    luma = planes(PixelConverter(spec()).convert(PixelBuffer.from_array(picture)))[0]
    assert (luma[0, 0], luma[0, 63]) == (16, 235)


def test_rgb_in_video_range_is_refused() -> None:
    with pytest.raises(FrameError, match="video range"):
        PixelConverter(spec()).convert(PixelBuffer.empty(PixelFormat.RGB24, 64, 48, full_range=False))


# ------------------------------------------------------------------------------------------------------ size and place


def test_another_size_needs_a_scaling_mode() -> None:
    picture = PixelBuffer.empty(PixelFormat.RGB24, 65, 48)
    for call in (PixelConverter(spec()).convert, PixelConverter(spec()).check):
        with pytest.raises(FrameError, match="65×48 pixels but the film is 64×48"):
            call(picture)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("source", [PixelFormat.RGB24, PixelFormat.RGB48, PixelFormat.GRAY8, PixelFormat.GRAY16])
def test_bars_are_black(source: PixelFormat, full: bool, target: PixelFormat) -> None:
    picture = PixelBuffer.empty(source, 160, 90)
    picture.planes[0][...] = np.iinfo(source.dtype).max
    converter = PixelConverter(spec(target, 128, 96, full_range=full), ScalingMode.RESIZE_ASPECT)
    luma, cb, cr = planes(converter.convert(picture))
    depth = 1 << (target.bits - 8)
    black, white = (0, (1 << target.bits) - 1) if full else (16 * depth, 235 * depth)
    assert (luma[:12] == black).all()
    assert (luma[-12:] == black).all()
    assert (np.abs(luma[12:84].astype(int) - white) <= (3 if OLD else 1)).all()
    assert (cb[:6] == 128 * depth).all()
    assert (cr[-6:] == 128 * depth).all()


def test_pillars_are_black_and_the_picture_between_them() -> None:
    converter = PixelConverter(spec(PixelFormat.YUV420P, 128, 96), ScalingMode.RESIZE_ASPECT)
    luma, cb, _ = planes(converter.convert(PixelBuffer.from_array(np.full((200, 100, 3), 255, np.uint8))))
    assert (luma[:, :40] == 16).all()
    assert (luma[:, 40:88] == 235).all()
    assert (luma[:, 88:] == 16).all()
    assert (cb == 128).all()


@pytest.mark.parametrize("source", [*RGB, PixelFormat.NV12, PixelFormat.P010, PixelFormat.YUV420P])
def test_aspect_fill_shows_the_middle(source: PixelFormat) -> None:
    """Blue at the sides must be gone, red in the middle must fill."""
    picture = np.zeros((96, 256, 3), np.uint8)
    picture[:, :] = (0, 0, 255)
    picture[:, 60:196] = (255, 0, 0)
    if source.is_rgb:
        given = buffer(picture, source)
    else:
        given = yuv_buffer(book.encode(picture[8::16, 8::16] / 255, 1, source.bits), source, color=HD)
    frame = PixelConverter(spec(width=96, height=96), ScalingMode.RESIZE_ASPECT_FILL).convert(given)
    exact = book.encode(np.array([1.0, 0, 0]), 1, 8)
    luma, cb, cr = planes(frame)
    middle = slice(20, 76), slice(20, 76)
    for plane, wanted in ((luma[middle], exact[0]), (cb[10:38, 10:38], exact[1]), (cr[10:38, 10:38], exact[2])):
        assert np.abs(plane - wanted).max() < 2.0


def test_clean_aperture_is_cropped_away_when_scaling() -> None:
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[16:80, 32:112] = 255
    clap = CleanAperture(Fraction(80), Fraction(64), Fraction(8), Fraction(0))
    given = PixelBuffer.from_array(picture, clean_aperture=clap)
    luma = planes(PixelConverter(spec(width=80, height=64), ScalingMode.RESIZE).convert(given))[0]
    assert (luma == 235).all()


def test_pixel_aspect_counts() -> None:
    given = PixelBuffer.from_array(np.full((96, 96, 3), 255, np.uint8), pixel_aspect_ratio=PixelAspectRatio(4, 3))
    luma = planes(PixelConverter(spec(width=128, height=96), ScalingMode.RESIZE_ASPECT).convert(given))[0]
    assert (luma == 235).all()


def test_resizing_is_bicubic_and_centred() -> None:
    """A smooth wave, shrunk: the result is the wave at the new pixels' centres."""
    columns = (np.arange(256) + 0.5) / 256
    wave = np.tile(0.5 + 0.4 * np.sin(2 * np.pi * columns * 3), (64, 1))
    grey = PixelBuffer([np.rint(wave * 65535).astype(np.uint16)], PixelFormat.GRAY16)
    rgb = PixelBuffer([np.repeat(np.rint(wave * 65535).astype(np.uint16)[:, :, None], 3, 2)], PixelFormat.RGB48)
    exact = 64 + 876 * (0.5 + 0.4 * np.sin(2 * np.pi * (np.arange(128) + 0.5) / 128 * 3))
    for picture in (grey, rgb):
        converter = PixelConverter(spec(PixelFormat.YUV420P10, 128, 32), ScalingMode.RESIZE)
        luma = planes(converter.convert(picture))[0]
        assert np.abs(luma[16, 8:-8] - exact[8:-8]).max() < 3


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("size", [(63, 47), (63, 48), (64, 47), (1, 1), (3, 5)])
@pytest.mark.parametrize("source", [PixelFormat.RGB24, PixelFormat.GRAY8, PixelFormat.RGB_FLOAT, *YUV])
def test_odd_sizes_repeat_the_edge(source: PixelFormat, size: tuple[int, int], target: PixelFormat) -> None:
    width, height = size
    made = spec(target, width, height)
    given = PixelBuffer.empty(source, width, height, color=HD)
    rng = np.random.default_rng(13)
    for plane in given.planes:
        top = 1 if plane.dtype.kind == "f" else 1 << min(source.bits, 16)
        shift = 6 if source is PixelFormat.P010 else 0
        plane[...] = (rng.random(plane.shape) if top == 1 else rng.integers(0, top, plane.shape) << shift).astype(
            plane.dtype
        )
    if source.is_yuv and source.has_alpha:
        given.planes[-1][...] = (1 << source.bits) - 1
    frame = PixelConverter(made).convert(given)
    luma, cb, _ = planes(frame)
    assert (frame.width, frame.height) == (made.coded_width, made.coded_height)
    assert luma.shape == (height + height % 2, width + width % 2)
    assert cb.shape == (-(-height // 2), -(-width // 2))
    np.testing.assert_array_equal(luma[:, width:], luma[:, width - 1 : width].repeat(width % 2, axis=1))
    np.testing.assert_array_equal(luma[height:], luma[height - 1 : height].repeat(height % 2, axis=0))
    if source is target:
        shift = 6 if source is PixelFormat.P010 else 0
        np.testing.assert_array_equal(luma[:height, :width], given.planes[0] >> shift)


def test_odd_sizes_are_shown_without_their_padding() -> None:
    assert spec(width=641, height=481).coded_aperture == CleanAperture(641, 481, Fraction(-1, 2), Fraction(-1, 2))
    assert spec(width=640, height=481).coded_aperture == CleanAperture(640, 481, 0, Fraction(-1, 2))
    assert spec(width=640, height=480).coded_aperture is None
    asked = CleanAperture(600, 400, 10, 5)
    assert spec(width=640, height=480, clean_aperture=asked).coded_aperture == asked
    moved = spec(width=641, height=480, clean_aperture=asked).coded_aperture
    assert moved == CleanAperture(600, 400, Fraction(19, 2), 5)
    assert moved.fits(642, 480)


# --------------------------------------------------------------------------------------------- memory, copies, threads


@pytest.mark.skipif(2 not in _av.SHARED_PLANES, reason="this PyAV cannot share planes, so they are copied")
def test_what_fits_already_is_wrapped_from_pools_and_copied_from_arrays() -> None:
    pool = PixelBufferPool(PixelBufferAttributes(pixel_format=PixelFormat.NV12, width=64, height=48, color=HD))
    converter = PixelConverter(spec())
    pooled = pool.make_buffer()
    for plane in pooled.planes:
        plane[...] = 77
    frame = converter.convert(pooled)
    pooled.planes[0][0, 0] = 99
    assert planes(frame)[0][0, 0] == 99
    own = PixelBuffer.empty(PixelFormat.NV12, 64, 48, color=HD)
    own.planes[0][...] = 77
    frame = converter.convert(own)
    own.planes[0][...] = 99
    assert planes(frame)[0][0, 0] == 77
    frame = converter.convert(own, alias=True)
    own.planes[0][...] = 11
    assert planes(frame)[0][0, 0] == 11


@pytest.mark.skipif(2 not in _av.SHARED_PLANES, reason="this PyAV cannot share planes, so they are copied")
def test_a_wrapped_pool_buffer_is_not_reused_while_the_frame_lives() -> None:
    pool = PixelBufferPool(PixelBufferAttributes(pixel_format=PixelFormat.P010, width=64, height=48, color=HD))
    converter = PixelConverter(spec(PixelFormat.P010))
    frame = converter.convert(pool.make_buffer())
    gc.collect()
    second = pool.make_buffer()
    second.planes[0][...] = 0
    assert pool.statistics().created == 2
    del frame, second
    gc.collect()
    pool.make_buffer()
    assert pool.statistics().created == 2


@pytest.mark.parametrize("kind", [PixelFormat.RGB24, PixelFormat.NV12, PixelFormat.YUV420P10, PixelFormat.GRAY8])
def test_padded_rows_and_read_only_memory(kind: PixelFormat) -> None:
    attributes = PixelBufferAttributes(pixel_format=kind, width=70, height=50, color=HD, bytes_per_row_alignment=256)
    padded = PixelBufferPool(attributes).make_buffer()
    tight = PixelBuffer.empty(kind, 70, 50, color=HD)
    rng = np.random.default_rng(14)
    for one, other in zip(padded.planes, tight.planes, strict=True):
        one[...] = other[...] = rng.integers(0, 1 << kind.bits, one.shape).astype(kind.dtype)
        one.setflags(write=False)
    made = spec(PixelFormat.NV12 if kind.bits == 8 else PixelFormat.YUV420P10, 70, 50)
    frames = [PixelConverter(made).convert(item, alias=True) for item in (padded, tight)]
    for one, other in zip(planes(frames[0]), planes(frames[1]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_sources_are_never_written_to() -> None:
    for kind in PixelFormat:
        given = PixelBuffer.empty(kind, 66, 50, color=HD)
        for plane in given.planes:
            plane[...] = 0.5 if plane.dtype.kind == "f" else 40 << (6 if kind is PixelFormat.P010 else 0)
        if kind.has_alpha:
            full = 1 if kind.dtype.kind == "f" else (1 << kind.bits) - 1
            alpha = given.planes[-1] if kind.is_yuv else given.planes[0][:, :, kind.channels.index("A")]
            alpha[...] = full
        before = [plane.copy() for plane in given.planes]
        for target in (PixelFormat.NV12, PixelFormat.YUV420P10):
            for mode in ScalingMode.RESIZE_ASPECT, ScalingMode.RESIZE_ASPECT_FILL:
                PixelConverter(spec(target, 64, 64, color=ColorProperties(9, 1, 9)), mode).convert(given)
        for plane, copy in zip(given.planes, before, strict=True):
            np.testing.assert_array_equal(plane, copy)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", PixelFormat)
def test_frames_own_their_memory_unless_asked_otherwise(source: PixelFormat, target: PixelFormat) -> None:
    for mode in None, ScalingMode.RESIZE_ASPECT_FILL:
        given = PixelBuffer.empty(source, 64, 48, color=HD)
        for plane in given.planes:
            plane[...] = 1 if plane.dtype.kind == "f" else np.iinfo(plane.dtype).max >> (0 if source.has_alpha else 1)
        frame = PixelConverter(spec(target), mode).convert(given, alias=False)
        before = [plane.copy() for plane in planes(frame)]
        for plane in given.planes:
            plane[...] = 0
        for plane, copy in zip(planes(frame), before, strict=True):
            np.testing.assert_array_equal(plane, copy)


@pytest.mark.skipif(sys.platform != "linux", reason="needs mprotect")
@pytest.mark.parametrize("size", [(640, 480), (642, 482), (333, 251)])
@pytest.mark.parametrize("kind", [PixelFormat.RGB24, PixelFormat.BGR24, PixelFormat.BGRA32, PixelFormat.GRAY8])
def test_nothing_is_read_behind_the_picture(kind: PixelFormat, size: tuple[int, int]) -> None:
    """A picture that ends where a forbidden page begins, as a mapped file's last frame may: reading on would crash."""
    width, height = size
    shape = kind.plane_shape(0, width, height)
    count = int(np.prod(shape))
    pages = -(-count // mmap.PAGESIZE)
    area = mmap.mmap(-1, (pages + 1) * mmap.PAGESIZE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mprotect(ctypes.c_void_p(start + pages * mmap.PAGESIZE), mmap.PAGESIZE, 0) == 0
    try:
        raw = (ctypes.c_uint8 * count).from_address(start + pages * mmap.PAGESIZE - count)
        values = np.frombuffer(raw, np.uint8).reshape(shape)
        values[...] = 200
        if kind.has_alpha:
            values[:, :, kind.channels.index("A")] = 255
        for target in (PixelFormat.NV12, PixelFormat.YUV420P):
            PixelConverter(spec(target, width, height)).convert(PixelBuffer([values], kind))
            PixelConverter(spec(target, 320, 240), ScalingMode.RESIZE).convert(PixelBuffer([values], kind))
    finally:
        libc.mprotect(ctypes.c_void_p(start + pages * mmap.PAGESIZE), mmap.PAGESIZE, 3)


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_memory_stays_flat() -> None:
    """2000 conversions of pictures that take turns in size and format, more kinds than chains are kept for."""
    sizes = [(64, 48), (48, 64), (100, 80), (80, 100), (33, 47), (128, 96)]
    pictures = [PixelBuffer.from_array(book.blocks(*size)) for size in sizes]
    pictures += [buffer(book.blocks(64, 48), kind) for kind in (PixelFormat.RGB48, PixelFormat.BGRA32)]
    pictures += [PixelBuffer.empty(PixelFormat.GRAY8, width, 40) for width in (50, 60, 70)]
    converter = PixelConverter(spec(width=128, height=96), ScalingMode.RESIZE_ASPECT)
    same = PixelConverter(spec())

    def turn(count: int) -> None:
        for index in range(count):
            converter.convert(pictures[index % len(pictures)])
            same.convert(pictures[0])

    turn(200)
    gc.collect()
    before = resident()
    turn(1000)
    gc.collect()
    assert resident() - before < 4 << 20
    assert len(converter._chains) <= 4
    assert len(converter._plans) <= 4


def test_pictures_of_several_kinds_taking_turns_are_told_apart() -> None:
    """What is remembered of one kind is not taken for another's."""
    colors = None, ColorProperties.HD, ColorProperties(6, 6, 6)
    shapes = None, PixelAspectRatio(4, 3)
    noise = np.random.default_rng(5).integers(0, 256, (96, 96), np.uint8)
    kinds = itertools.product((True, False), colors, shapes)
    pictures = [
        PixelBuffer.from_array(noise, "YUV420P", full_range=full, color=color, pixel_aspect_ratio=shape)
        for full, color, shape in kinds
    ]
    target = spec(width=64, height=64)
    together = PixelConverter(target, ScalingMode.RESIZE_ASPECT)
    for index in (*range(len(pictures)), *range(len(pictures))):
        alone = PixelConverter(target, ScalingMode.RESIZE_ASPECT).convert(pictures[index])
        for ours, wanted in zip(
            _av.frame_planes(together.convert(pictures[index])), _av.frame_planes(alone), strict=True
        ):
            np.testing.assert_array_equal(ours, wanted)


@pytest.mark.parametrize("kind", [PixelFormat.RGB48, PixelFormat.RGBA_FLOAT])
@pytest.mark.parametrize("target", [PixelFormat.YUV420P10, PixelFormat.NV12])
def test_deep_pictures_leave_nothing_behind(kind: PixelFormat, target: PixelFormat) -> None:
    """They are spread out in the same memory one after the other, which what came of them does not share."""
    first, second = (buffer(book.blocks(64, 48, seed), kind) for seed in (1, 2))
    small = buffer(book.blocks(32, 24, 3), kind)
    converter = PixelConverter(spec(target), ScalingMode.RESIZE)
    turns = [first, second, small, first, second]
    frames = [converter.convert(picture) for picture in turns]
    for frame, picture in zip(frames, turns, strict=True):
        alone = PixelConverter(spec(target), ScalingMode.RESIZE).convert(picture)
        for ours, wanted in zip(planes(frame), planes(alone), strict=True):
            np.testing.assert_array_equal(ours, wanted)


def test_other_threads_run_while_pixels_are_converted() -> None:
    """The interpreter's lock is released: a thread that only counts gets most of a processor."""
    picture = PixelBuffer.from_array(book.blocks(1920, 1080))
    converter = PixelConverter(spec(width=1920, height=1080))
    converter.convert(picture)
    longest, stop = 0.0, threading.Event()

    def watch() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not stop.is_set():
            time.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    before = sys.getswitchinterval()
    sys.setswitchinterval(1.0)  # whoever waits for the lock waits until it is given up
    thread = threading.Thread(target=watch)
    try:
        thread.start()
        gaps = []
        for _ in range(8):
            longest = 0.0
            started = time.perf_counter()
            converter.convert(picture)
            gaps.append(longest / (time.perf_counter() - started))
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(before)
    assert min(gaps) < 0.5  # in one call at least the other thread was never shut out for half its length


# --------------------------------------------------------------------------------------------------------------- specs


def test_specs_refuse_what_no_encoder_takes() -> None:
    with pytest.raises(SettingsError, match="RGB24"):
        spec(PixelFormat.RGB24)
    with pytest.raises(SettingsError, match="no pixels"):
        spec(width=0)


def test_frames_carry_the_films_tags() -> None:
    frame = PixelConverter(spec(color=ColorProperties(9, 18, 9), full_range=True)).convert(
        PixelBuffer.empty(PixelFormat.RGB24, 64, 48)
    )
    assert (frame.colorspace, frame.color_range) == (9, 2)
    untagged = PixelConverter(spec(color=None)).convert(PixelBuffer.empty(PixelFormat.NV12, 64, 48))
    assert (untagged.colorspace, untagged.color_range) == (2, 1)
    if _av.VERSION >= (18, 0):
        assert (frame.color_primaries, frame.color_trc) == (9, 18)
        assert (untagged.color_primaries, untagged.color_trc) == (2, 2)
