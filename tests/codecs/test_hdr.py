"""Linear light as PQ and HLG, held against the standards' formulas; and what has been encoded already left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.codecs import colorimetry as book

from reelwright.codecs import _av
from reelwright.codecs.convert import FrameSpec, PixelConverter
from reelwright.codecs.hdr import BRIGHTEST, from_light, is_light_for
from reelwright.codecs.light import hlg_light, hlg_signal, luminance, pq_light, pq_signal
from reelwright.model.color import ColorPrimaries, ColorProperties
from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.pixel import PixelBuffer, PixelFormat

Array = book.Array
HDR10, HLG = ColorProperties.HDR10, ColorProperties.HLG
LINEAR_2020 = ColorProperties(9, 8, 0)


def pq(nits: Array) -> Array:
    """SMPTE ST 2084, equation 5.2, written out from the standard."""
    power = (np.clip(nits, 0, 10000) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(nits: Array) -> Array:
    """BT.2100: the inverse OOTF of a display of 1000 nits, then the OETF of table 5."""
    shown = np.clip(nits, 0, None) / 1000
    brightness = shown @ np.array([0.2627, 0.6780, 0.0593])
    scene = shown * np.where(brightness > 0, brightness, 1)[..., None] ** ((1 - 1.2) / 1.2)
    dark = np.sqrt(3 * scene)
    bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-6)) + 0.55991073
    return np.clip(np.where(scene <= 1 / 12, dark, bright), 0, 1)


def light(brightest: float = 20.0, seed: int = 1) -> Array:
    """Blocks of linear colours of all brightnesses, as floats."""
    rng = np.random.default_rng(seed)
    colors = rng.random((3, 4, 3)) ** 3 * brightest
    colors[0, 0], colors[0, 1], colors[0, 2] = 0, 1, brightest
    picture: Array = np.kron(colors, np.ones((16, 16, 1))).astype(np.float32)
    return picture


def spec(color: ColorProperties = HDR10, kind: PixelFormat = PixelFormat.YUV444P10, **facts: Any) -> FrameSpec:
    return FrameSpec(pixel_format=kind, width=64, height=48, color=color, **facts)


def planes(frame: _av.VideoFrame) -> Array:
    return np.stack(_av.frame_planes(frame)[:3], -1).astype(np.float64)


@pytest.mark.parametrize("kind", [PixelFormat.RGB_FLOAT, PixelFormat.RGB48])
@pytest.mark.parametrize("color", [HDR10, HLG], ids=["PQ", "HLG"])
def test_signals_are_written_as_they_are(color: ColorProperties, kind: PixelFormat) -> None:
    rgb = np.random.default_rng(2).random((48, 64, 3))
    values = rgb.astype(np.float32) if kind is PixelFormat.RGB_FLOAT else np.rint(rgb * 65535).astype(np.uint16)
    frame = PixelConverter(spec(color)).convert(PixelBuffer([values], kind, color=color))
    assert np.abs(planes(frame) - book.encode(rgb, 9, 10)).max() < 0.55


@pytest.mark.parametrize(("primaries", "matrix"), [(9, 0), (1, 1), (12, 0), (2, 2)], ids=["2020", "709", "P3", "none"])
@pytest.mark.parametrize("film", [HDR10, HLG], ids=["PQ", "HLG"])
def test_light_is_put_onto_the_films_curve(film: ColorProperties, primaries: int, matrix: int) -> None:
    values = light(40 if film is HDR10 else 3)
    given = PixelBuffer.from_array(values, color=ColorProperties(primaries, 8, matrix))
    frame = PixelConverter(spec(film)).convert(given)
    mixing = np.eye(3) if primaries in (2, 9) else np.linalg.inv(book.to_xyz(9)) @ book.to_xyz(primaries)
    nits = np.maximum(values.astype(np.float64) @ mixing.T, 0) * 203
    exact = book.encode(pq(nits) if film is HDR10 else hlg(nits), 9, 10)
    assert np.abs(planes(frame) - exact).max() < 0.6
    assert frame.colorspace == 9


@pytest.mark.parametrize("film", [HDR10, HLG], ids=["PQ", "HLG"])
def test_one_is_reference_white(film: ColorProperties) -> None:
    """BT.2408, table 1: 203 nits are 58 % of PQ and 75 % of HLG."""
    white = PixelBuffer.from_array(np.ones((48, 64, 3), np.float32), color=LINEAR_2020)
    luma = planes(PixelConverter(spec(film)).convert(white))[..., 0]
    assert round((luma[0, 0] - 64) / 876 * 100) == (58 if film is HDR10 else 75)


@pytest.mark.parametrize(
    "kind", [PixelFormat.RGBA_FLOAT, PixelFormat.RGBA_HALF, PixelFormat.RGBA64, PixelFormat.ARGB64]
)
def test_every_deep_layout_is_light_too_and_keeps_its_alpha(kind: PixelFormat) -> None:
    rgb = light(1.0)
    full = 1 if kind.dtype.kind == "f" else 65535
    values = np.full((48, 64, 4), 0.5)
    for position, letter in enumerate(kind.channels):
        if letter != "A":
            values[:, :, position] = rgb[:, :, "RGB".index(letter)]
    made = np.ascontiguousarray((values if full == 1 else np.rint(values * full)).astype(kind.dtype))
    given = PixelBuffer([made], kind, color=LINEAR_2020)
    frame = PixelConverter(spec(kind=PixelFormat.YUVA444P10)).convert(given)
    order = [kind.channels.index(letter) for letter in "RGB"]
    exact = book.encode(pq(made[:, :, order].astype(np.float64) / full * 203), 9, 10)
    assert np.abs(planes(frame) - exact).max() < 0.6
    assert (_av.frame_planes(frame)[3] == 512).all()


def test_grey_light() -> None:
    given = PixelBuffer([np.full((48, 64), 65535, np.uint16)], PixelFormat.GRAY16, color=LINEAR_2020)
    luma = planes(PixelConverter(spec()).convert(given))[0, 0, 0]
    assert abs(luma - (64 + 876 * float(pq(np.array(203.0))))) < 0.6


def test_light_beyond_the_curve_is_clipped_and_what_cannot_be_meant_refused() -> None:
    bright = np.full((48, 64, 3), BRIGHTEST, np.float32)
    converter = PixelConverter(spec(HLG))
    assert planes(converter.convert(PixelBuffer.from_array(bright, color=LINEAR_2020)))[0, 0, 0] == 940
    bright[3, 4, 1] = 60
    for call in (converter.check, converter.convert):
        with pytest.raises(FrameError, match=r"values up to 60; floats must lie within 0…49\.26"):
            call(PixelBuffer.from_array(bright, color=LINEAR_2020))
    dark = np.full((48, 64, 3), -np.inf, np.float32)
    assert planes(converter.convert(PixelBuffer.from_array(dark, color=LINEAR_2020)))[0, 0, 0] == 64
    with pytest.raises(FrameError, match="0…1"):
        PixelConverter(spec(ColorProperties.HD)).convert(PixelBuffer.from_array(bright, color=ColorProperties.HD))


@pytest.mark.parametrize(
    "color", [ColorProperties.HD, HLG, ColorProperties(11, 8, 0), ColorProperties(6, 8, 0)], ids=str
)
def test_what_is_not_understood_is_refused(color: ColorProperties) -> None:
    given = PixelBuffer.from_array(np.zeros((48, 64, 3), np.float32), color=color)
    assert not is_light_for(given, color, HDR10)
    converter = PixelConverter(spec(HDR10))
    for call in (converter.check, converter.convert):
        with pytest.raises(SettingsError, match="cannot be converted"):
            call(given)


def test_check_lets_light_pass() -> None:
    PixelConverter(spec()).check(PixelBuffer.from_array(light(), color=LINEAR_2020))


def test_assumed_light() -> None:
    given = PixelBuffer.from_array(light())
    tagged = PixelBuffer.from_array(light(), color=LINEAR_2020)
    ours = PixelConverter(spec(), assume=LINEAR_2020).convert(given)
    np.testing.assert_array_equal(planes(ours), planes(PixelConverter(spec()).convert(tagged)))


def test_curves_are_each_others_inverse() -> None:
    signal = np.linspace(0, 1, 301)[:, None] * np.array([1.0, 0.8, 0.3])
    np.testing.assert_allclose(pq_signal(pq_light(signal)), signal, atol=1e-6)
    back = hlg_signal(hlg_light(signal, ColorPrimaries.ITU_R_2020), ColorPrimaries.ITU_R_2020)
    np.testing.assert_allclose(back[1:], signal[1:], atol=1e-6)
    assert from_light(PixelBuffer.from_array(light()), LINEAR_2020, HDR10).planes[0].dtype == np.float32
    np.testing.assert_allclose(luminance(ColorPrimaries.ITU_R_2020), (0.2627, 0.6780, 0.0593), atol=1e-4)
