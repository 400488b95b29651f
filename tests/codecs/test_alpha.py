"""Alpha: kept exactly where the codec has it, divided out of premultiplied pictures, laid over a background else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.codecs import colorimetry as book
from tests.codecs.test_convert import RGB, YUV, buffer, yuv_buffer

from reelwright.codecs import _av, alpha
from reelwright.codecs.convert import FrameSpec, PixelConverter
from reelwright.model.color import ColorProperties
from reelwright.model.errors import FrameError
from reelwright.model.kinds import ScalingMode
from reelwright.model.pixel import PixelBuffer, PixelFormat

Array = book.Array
HD = ColorProperties.HD
TARGETS = [PixelFormat.YUVA444P10, PixelFormat.YUVA420P]


def converter(kind: PixelFormat, width: int = 64, height: int = 48, **options: Any) -> PixelConverter:
    return PixelConverter(FrameSpec(pixel_format=kind, width=width, height=height, color=HD), **options)


def alpha_of(buffer: PixelBuffer) -> Array:
    kind = buffer.pixel_format
    return buffer.planes[-1] if kind.has_alpha_plane else buffer.planes[0][:, :, kind.channels.index("A")]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", [kind for kind in PixelFormat if kind.has_alpha])
def test_alpha_is_scaled_and_rounded_to_the_nearest(source: PixelFormat, target: PixelFormat) -> None:
    picture = book.blocks(64, 48, 1)
    if source.is_rgb:
        given = buffer(picture, source)
    else:
        codes = np.rint(book.encode(picture[8::16, 8::16] / 255, 1, source.bits))
        given = yuv_buffer(codes, source, color=HD)
    whole = 1 if source.dtype.kind == "f" else (1 << source.bits) - 1
    values = np.linspace(0, whole, 64 * 48).reshape(48, 64)
    alpha_of(given)[...] = values if whole == 1 else np.rint(values)
    frame = converter(target).convert(given)
    full = (1 << target.bits) - 1
    exact = alpha_of(given).astype(np.float64) / whole * full
    assert np.abs(_av.frame_planes(frame)[3] - exact).max() <= 0.5 + full / 65535
    middle = _av.frame_planes(frame)[0][8::16, 8::16]
    wanted = book.encode(picture[8::16, 8::16] / 255, 1, target.bits)[:, :, 0]
    assert np.abs(middle - wanted).max() < (1.1 if source.is_rgb else 3)  # 8-bit YUV has been rounded before


def test_eight_bits_come_back_from_ten() -> None:
    values = np.zeros((16, 256, 4), np.uint8)
    values[:, :, 3] = np.arange(256)
    frame = converter(PixelFormat.YUVA444P10, 256, 16).convert(PixelBuffer.from_array(values))
    ten = _av.frame_planes(frame)[3][0].astype(np.float64)
    np.testing.assert_array_equal(ten, np.floor(np.arange(256) * 1023 / 255 + 0.5))
    np.testing.assert_array_equal(np.rint(ten * 255 / 1023), np.arange(256))


def test_what_fits_already_is_not_touched() -> None:
    given = PixelBuffer.empty(PixelFormat.YUVA444P10, 64, 48, color=HD)
    rng = np.random.default_rng(3)
    for plane in given.planes:
        plane[...] = rng.integers(0, 1024, plane.shape)
    frame = converter(PixelFormat.YUVA444P10).convert(given)
    for plane, wanted in zip(_av.frame_planes(frame), given.planes, strict=True):
        np.testing.assert_array_equal(plane, wanted)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", [PixelFormat.RGB24, PixelFormat.GRAY16, PixelFormat.NV12])
def test_pictures_without_alpha_are_opaque(source: PixelFormat, target: PixelFormat) -> None:
    given = PixelBuffer.empty(source, 64, 48, color=HD)
    for plane in given.planes:
        plane[...] = 77
    assert (_av.frame_planes(converter(target).convert(given))[3] == (1 << target.bits) - 1).all()


@pytest.mark.parametrize("source", [PixelFormat.RGBA32, PixelFormat.RGBA_FLOAT, PixelFormat.YUVA444P])
def test_alpha_is_resized_with_its_picture(source: PixelFormat) -> None:
    given = PixelBuffer.empty(source, 128, 96, color=HD)
    for plane in given.planes:
        plane[...] = 0
    full = 1 if source.dtype.kind == "f" else 255
    alpha_of(given)[:, 64:] = full
    plane = _av.frame_planes(converter(PixelFormat.YUVA444P10, scaling_mode=ScalingMode.RESIZE).convert(given))[3]
    assert (plane[:, :28] == 0).all()
    assert (plane[:, 36:] == 1023).all()


@pytest.mark.parametrize("target", TARGETS)
def test_a_background_leaves_nothing_transparent(target: PixelFormat) -> None:
    given = buffer(book.blocks(64, 48, 2), PixelFormat.RGBA32, 0.0)
    frame = converter(target, background="white").convert(given)
    luma, _, _, plane = _av.frame_planes(frame)
    assert (plane == (1 << target.bits) - 1).all()
    assert (luma == 235 << (target.bits - 8)).all()


# ------------------------------------------------------------------------------------------------- YUV over a colour


@pytest.mark.parametrize("film", [HD, ColorProperties.SD, None], ids=["709", "601", "untagged"])
@pytest.mark.parametrize("source", [kind for kind in YUV if kind.has_alpha])
def test_transparent_yuv_is_laid_over_a_background(source: PixelFormat, film: ColorProperties | None) -> None:
    rgb = book.blocks(64, 48, 11)[8::16, 8::16] / 255
    matrix = 1 if film is None else int(film.matrix)
    codes = np.rint(book.encode(rgb, matrix, source.bits))
    given = yuv_buffer(codes, source, color=film)
    whole = (1 << source.bits) - 1
    alpha_of(given)[...] = round(0.25 * whole)
    spec = FrameSpec(pixel_format=PixelFormat.YUV420P10, width=64, height=48, color=film)
    frame = PixelConverter(spec, background=(0.0, 0.5, 1.0)).convert(given)
    share = round(0.25 * whole) / whole
    shown = np.clip(book.decode(codes, matrix, source.bits), 0, 1) * share + np.array([0, 0.5, 1]) * (1 - share)
    exact = book.encode(shown, matrix, 10)
    for index, plane in enumerate(_av.frame_planes(frame)):
        step = 2 if index else 1
        assert np.abs(plane[8 // step :: 16 // step, 8 // step :: 16 // step] - exact[:, :, index]).max() < 1.2


# ----------------------------------------------------------------------------------------------------- premultiplied


@pytest.mark.parametrize("source", [kind for kind in RGB if kind.has_alpha])
def test_premultiplied_colours_are_divided_by_their_alpha(source: PixelFormat) -> None:
    straight = book.blocks(64, 48, 7)
    full = 1 if source.dtype.kind == "f" else np.iinfo(source.dtype).max
    given = buffer(straight, source)
    share = np.linspace(0.25, 1, 48)[:, None]
    values = {letter: straight[:, :, index] / 255 * share for index, letter in enumerate("RGB")}
    values["A"] = np.broadcast_to(share, (48, 64))
    for position, letter in enumerate(source.channels):
        scaled = values[letter] * full
        given.planes[0][:, :, position] = scaled if full == 1 else np.rint(scaled)
    made = alpha.straight(given)
    assert made.pixel_format is (PixelFormat.RGBA_FLOAT if full == 1 else PixelFormat.RGBA64)
    whole = 1 if full == 1 else 65535
    colors = given.planes[0].astype(np.float64)
    order = [source.channels.index(letter) for letter in "RGBA"]
    exact = np.minimum(colors[:, :, order[:3]] / colors[:, :, order[3:]], 1) * whole
    assert np.abs(made.planes[0][:, :, :3] - exact).max() <= (1e-6 if full == 1 else 0.5)
    np.testing.assert_allclose(made.planes[0][:, :, 3] / whole, colors[:, :, order[3]] / full, atol=1e-6)
    frame = converter(PixelFormat.YUVA444P10, premultiplied=True).convert(given)
    luma = _av.frame_planes(frame)[0]
    wanted = book.encode(exact / whole, 1, 10)[:, :, 0]
    assert np.abs(luma - wanted).max() < 0.7


def test_what_is_wholly_transparent_has_no_colour() -> None:
    given = PixelBuffer.from_array(np.array([[[9, 9, 9, 0], [0, 0, 0, 0]]], np.uint8))
    np.testing.assert_array_equal(alpha.straight(given).planes[0], 0)


def test_opaque_pictures_are_straight_already() -> None:
    for given in (buffer(book.blocks(64, 48), PixelFormat.BGRA32), buffer(book.blocks(64, 48), PixelFormat.RGB24)):
        assert alpha.straight(given) is given


@pytest.mark.parametrize("source", [kind for kind in YUV if kind.has_alpha])
def test_premultiplied_yuv_is_refused(source: PixelFormat) -> None:
    given = PixelBuffer.empty(source, 64, 48, color=HD)
    for plane in given.planes:
        plane[...] = 50
    made = converter(PixelFormat.YUVA444P10, premultiplied=True)
    for call in (made.check, made.convert):
        with pytest.raises(FrameError, match=f"premultiplied {source.name} picture is not understood"):
            call(given)


def test_premultiplied_over_a_background_is_the_sum() -> None:
    given = PixelBuffer.from_array(np.full((48, 64, 4), (100, 50, 25, 128), np.uint8))
    frame = converter(PixelFormat.YUV420P10, premultiplied=True, background="white").convert(given)
    shown = (np.array([100, 50, 25]) + (255 - 128)) / 255
    luma, cb, cr = (plane[8, 8] for plane in _av.frame_planes(frame))
    assert np.abs(np.array([luma, cb, cr]) - book.encode(shown, 1, 10)).max() < 0.7
