"""Frames of 4:2:2, 4:4:4 and JPEG's kind, and deep pictures rounded once: pixel by pixel against H.273 in floats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.codecs import colorimetry as book
from tests.codecs.test_convert import RGB, YUV, buffer, planes, spec, yuv_buffer

from reelwright.codecs import _av
from reelwright.codecs.convert import PixelConverter
from reelwright.model.color import ColorProperties
from reelwright.model.kinds import ScalingMode
from reelwright.model.pixel import PixelBuffer, PixelFormat

Array = book.Array
HD, HDR10 = ColorProperties.HD, ColorProperties.HDR10
JPEG = ColorProperties(1, 1, 6)
OLD = _av.VERSION < (16, 0)  # FFmpeg 7.1's scaler may be three 10-bit steps off at the ends of ranges
NEW = [PixelFormat.YUV422P10, PixelFormat.YUV444P10, PixelFormat.YUVA444P10, PixelFormat.YUVA420P]


def noise(kind: PixelFormat, seed: int = 5, **facts: Any) -> tuple[PixelBuffer, Array]:
    """A picture of random colours, every pixel another, and the same as R'G'B' in 0…1."""
    rng = np.random.default_rng(seed)
    full = 1 if kind.dtype.kind == "f" else np.iinfo(kind.dtype).max
    rgb = rng.random((48, 64, 3)) if full == 1 else rng.integers(0, full + 1, (48, 64, 3))
    values = np.full((48, 64, len(kind.channels)), full, np.float64)
    for position, letter in enumerate(kind.channels):
        if letter != "A":
            values[:, :, position] = rgb[:, :, "RGB".index(letter)]
    made = np.ascontiguousarray(values.astype(kind.dtype))
    order = [kind.channels.index(letter) for letter in "RGB"]
    return PixelBuffer([made], kind, **facts), made[:, :, order].astype(np.float64) / full


def shared(exact: Array, kind: PixelFormat, centered: bool = False) -> Array:
    """Chroma of every pixel as chroma of the layout, averaged by triangles around where it lies, without the edges."""
    across, down = kind.subsampling
    if centered:
        wide = (exact[:, 1:-4:2] + 3 * exact[:, 2:-3:2] + 3 * exact[:, 3:-2:2] + exact[:, 4:-1:2]) / 8
    elif across == 2:
        wide = (exact[:, :-2] + 2 * exact[:, 1:-1] + exact[:, 2:])[:, 1::2] / 4
    else:
        wide = exact
    if down == 1:
        return wide
    inner = wide[1:-1]
    return (inner[0:-3:2] + 3 * inner[1:-2:2] + 3 * inner[2:-1:2] + inner[3::2]) / 8


def errors(frame: _av.VideoFrame, exact: Array, kind: PixelFormat, centered: bool = False) -> float:
    """The largest error of all three planes, edges of subsampled chroma left out."""
    luma, *chroma = planes(frame)
    across, down = kind.subsampling
    worst = float(np.abs(luma - exact[:, :, 0]).max())
    for index, plane in enumerate(chroma, 1):
        wanted = shared(exact[:, :, index], kind, centered)
        rows = slice(1, -1) if down == 2 else slice(None)
        columns = slice(1, -1) if centered else slice(1, None) if across == 2 else slice(None)
        worst = max(worst, float(np.abs(plane[rows, columns] - wanted).max()))
    return worst


@pytest.mark.parametrize("target", NEW)
@pytest.mark.parametrize("color", [HD, HDR10], ids=["709", "2020"])
@pytest.mark.parametrize("source", RGB)
def test_rgb_is_right_in_every_pixel(source: PixelFormat, color: ColorProperties, target: PixelFormat) -> None:
    picture, rgb = noise(source)
    frame = PixelConverter(spec(target, color=color)).convert(picture)
    exact = book.encode(rgb, int(color.matrix), target.bits)
    # Rounding costs 0.5, FFmpeg's fixed-point matrices the rest; its short way from RGB to 8 bits is a little rougher.
    limit = 0.56 if target.bits == 10 else 0.75
    assert errors(frame, exact, target) < (3.1 if OLD else limit)
    assert (frame.colorspace, frame.color_range) == (int(color.matrix), 1)


@pytest.mark.parametrize("target", [PixelFormat.NV12, PixelFormat.YUV420P, PixelFormat.YUVA420P])
@pytest.mark.parametrize("source", [kind for kind in RGB if kind.bits > 8])
def test_deep_pictures_are_rounded_once(source: PixelFormat, target: PixelFormat) -> None:
    picture, rgb = noise(source)
    frame = PixelConverter(spec(target)).convert(picture)
    assert errors(frame, book.encode(rgb, 1, 8), target) < (1.1 if OLD else 0.52)


@pytest.mark.parametrize("target", [PixelFormat.NV12, PixelFormat.YUVA420P, PixelFormat.YUV422P10])
def test_recoloured_pictures_are_rounded_once(target: PixelFormat) -> None:
    color = ColorProperties.WIDE_HD
    picture = buffer(book.blocks(64, 48, 9, 60, 180), PixelFormat.RGB48, color=color)
    frame = PixelConverter(spec(target, color=ColorProperties(9, 1, 9))).convert(picture)
    wide = book.recolored(book.blocks(64, 48, 9, 60, 180) / 255, (12, 1), (9, 1))
    exact = book.encode(wide, 9, target.bits)
    across, down = target.subsampling
    for index, plane in enumerate(planes(frame)):
        step = (1, 1) if index == 0 else (across, down)
        wanted = exact[8::16, 8::16, index]
        error = np.abs(plane[8 // step[1] :: 16 // step[1], 8 // step[0] :: 16 // step[0]] - wanted).max()
        assert error < (0.75 if target.bits == 8 else 1.5)  # FFmpeg's colorspace filter computes in 15 bits


@pytest.mark.parametrize("target", NEW)
@pytest.mark.parametrize("source", YUV)
def test_yuv_only_changes_layout_and_depth(source: PixelFormat, target: PixelFormat) -> None:
    codes = np.rint(book.encode(book.blocks(64, 48, 4)[8::16, 8::16] / 255, 1, source.bits))
    frame = PixelConverter(spec(target)).convert(yuv_buffer(codes, source, color=HD))
    across, down = target.subsampling
    for index, plane in enumerate(planes(frame)):
        step = (1, 1) if index == 0 else (across, down)
        middle = plane[8 // step[1] :: 16 // step[1], 8 // step[0] :: 16 // step[0]]
        assert np.abs(middle - codes[:, :, index] * 2.0 ** (target.bits - source.bits)).max() <= (3 if OLD else 0.5)


@pytest.mark.parametrize("target", NEW)
@pytest.mark.parametrize("source", [PixelFormat.NV12, PixelFormat.P010, PixelFormat.YUVA444P12, PixelFormat.AYUV64])
def test_yuv_matrix_and_range_are_converted(source: PixelFormat, target: PixelFormat) -> None:
    rgb = book.blocks(64, 48, 6, 30, 220)[8::16, 8::16] / 255
    codes = np.rint(book.encode(rgb, 6, source.bits, True))
    given = yuv_buffer(codes, source, color=JPEG, full_range=True)
    frame = PixelConverter(spec(target)).convert(given)
    exact = book.encode(book.decode(codes, 6, source.bits, True), 1, target.bits)
    across, down = target.subsampling
    for index, plane in enumerate(planes(frame)):
        step = (1, 1) if index == 0 else (across, down)
        middle = plane[8 // step[1] :: 16 // step[1], 8 // step[0] :: 16 // step[0]]
        assert np.abs(middle - exact[:, :, index]).max() < 0.8


@pytest.mark.parametrize("source", [PixelFormat.RGB24, PixelFormat.BGRA32, PixelFormat.RGB48, PixelFormat.RGB_FLOAT])
def test_jpegs_kind_is_bt601_in_full_range_with_chroma_in_the_middle(source: PixelFormat) -> None:
    picture, rgb = noise(source)
    film = spec(PixelFormat.YUV420P, color=JPEG, full_range=True, centered_chroma=True)
    frame = PixelConverter(film).convert(picture)
    exact = book.encode(rgb, 6, 8, full_range=True)
    assert errors(frame, np.clip(exact, 0, 255), film.pixel_format, centered=True) < (3.1 if OLD else 0.6)
    assert (frame.colorspace, frame.color_range) == (6, 2)


def test_chroma_of_video_moves_to_the_middle_for_jpeg() -> None:
    """Chroma that rises by 4 from value to value, left-sited: half a pixel to the right it is one more."""
    ramp = np.tile(np.arange(32) * 4 + 64, (24, 1)).astype(np.uint8)
    given = PixelBuffer([np.full((48, 64), 126, np.uint8), ramp, ramp], PixelFormat.YUV420P, color=JPEG)
    film = spec(PixelFormat.YUV420P, color=JPEG, full_range=True, centered_chroma=True)
    cb = planes(PixelConverter(film).convert(given))[1]
    exact = (ramp[12, 2:-2] + 1 - 128.0) * 255 / 224 + 128
    assert np.abs(cb[12, 2:-2] - exact).max() < 0.6


def test_what_is_jpegs_kind_already_stays_as_it_is() -> None:
    given = PixelBuffer.empty(PixelFormat.YUV420P, 64, 48, color=JPEG, full_range=True)
    rng = np.random.default_rng(6)
    for plane in given.planes:
        plane[...] = rng.integers(0, 256, plane.shape)
    film = spec(PixelFormat.YUV420P, color=JPEG, full_range=True, centered_chroma=True)
    for plane, wanted in zip(planes(PixelConverter(film).convert(given)), given.planes, strict=True):
        np.testing.assert_array_equal(plane, wanted)


@pytest.mark.parametrize("source", [PixelFormat.RGB24, PixelFormat.GRAY8, PixelFormat.RGB_FLOAT, PixelFormat.UYVY422])
@pytest.mark.parametrize("target", NEW)
@pytest.mark.parametrize("size", [(63, 47), (1, 1)])
def test_odd_sizes_repeat_the_edge(source: PixelFormat, target: PixelFormat, size: tuple[int, int]) -> None:
    width, height = size
    made = spec(target, width, height)
    given = PixelBuffer.empty(source, width, height, color=HD)
    given.planes[0][...] = 1 if source.dtype.kind == "f" else 200
    given.planes[0][-1] = 0 if source.dtype.kind == "f" else 60
    frame = PixelConverter(made).convert(given)
    assert (frame.width, frame.height) == (made.coded_width, made.coded_height)
    luma = planes(frame)[0]
    np.testing.assert_array_equal(luma[:, width:], luma[:, width - 1 : width].repeat(made.coded_width - width, axis=1))
    np.testing.assert_array_equal(luma[height:], luma[height - 1 : height].repeat(made.coded_height - height, axis=0))


@pytest.mark.parametrize("target", NEW)
def test_bars_are_black_and_opaque(target: PixelFormat) -> None:
    picture = np.full((90, 160, 4), 255, np.uint8)
    picture[:, :, 3] = 100
    given = PixelBuffer.from_array(picture)
    if not target.has_alpha:
        given = PixelBuffer.from_array(picture[:, :, :3].copy())
    frame = PixelConverter(spec(target, 128, 96), ScalingMode.RESIZE_ASPECT).convert(given)
    luma, cb, cr = planes(frame)
    depth, down = 1 << (target.bits - 8), target.subsampling[1]
    assert (luma[:12] == 16 * depth).all()
    assert (luma[84:] == 16 * depth).all()
    assert (np.abs(luma[12:84] - 235 * depth) <= depth).all()
    assert (cb[: 12 // down] == 128 * depth).all()
    assert (cr[84 // down :] == 128 * depth).all()
    if target.has_alpha:
        full = (1 << target.bits) - 1
        alpha = _av.frame_planes(frame)[3]
        assert (alpha[:12] == full).all()
        assert (alpha[12:84] == round(100 * full / 255)).all()
