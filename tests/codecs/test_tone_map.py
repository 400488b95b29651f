"""HDR and wide gamut for screens: the curves against published values, the table against the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.codecs import colorimetry as book
from tests.codecs.test_convert import yuv_buffer

from reelwright.codecs import _av
from reelwright.codecs.light import hlg_light, pq_light, pq_signal
from reelwright.codecs.picture_output import PictureOutput
from reelwright.codecs.tone_map import eetf, is_displayable, peak_of, tone_mapped
from reelwright.model.color import ColorPrimaries, ColorProperties
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.pixel import PixelBuffer, PixelFormat

Array = book.Array
HDR10, HLG, P3 = ColorProperties.HDR10, ColorProperties.HLG, ColorProperties.WIDE_HD
WIDE_SDR = ColorProperties(9, 1, 9)


def described(color: ColorProperties | None, **extensions: Any) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1", color=color, extensions=extensions)


@pytest.mark.parametrize(("nits", "signal"), [(0, 0.0), (100, 0.5081), (203, 0.5807), (1000, 0.7518), (10000, 1.0)])
def test_pq_by_the_standard(nits: float, signal: float) -> None:
    assert abs(pq_signal(np.array(nits)) - signal) < 1e-4
    assert abs(pq_light(np.array(signal)) - nits) < 1e-3 * max(nits, 1)


def test_hlgs_reference_white_is_203_nits() -> None:
    light = hlg_light(np.array([[0.75] * 3, [1.0] * 3, [0.0] * 3]), ColorPrimaries.ITU_R_2020)
    np.testing.assert_allclose(light[:, 0], [203, 1000, 0], atol=1)


@pytest.mark.parametrize("peak", [300.0, 1000.0, 4000.0, 10000.0])
def test_the_curve_rises_to_white_and_leaves_shadows_alone(peak: float) -> None:
    signal = np.linspace(0, pq_signal(np.array(peak)), 500)
    mapped = eetf(signal, peak)
    assert (np.diff(mapped) > 0).all()
    assert abs(mapped[-1] - pq_signal(np.array(203))) < 1e-6
    np.testing.assert_allclose(mapped[:50], signal[:50], atol=1e-12)


@pytest.mark.parametrize("color", [HDR10, HLG, P3, WIDE_SDR], ids=["PQ", "HLG", "P3", "2020"])
def test_greys_stay_grey_and_in_order(color: ColorProperties) -> None:
    ramp = np.linspace(0, 1, 300)[:, None].repeat(3, 1)
    mapped = tone_mapped(ramp, color, 1000.0)
    assert np.ptp(mapped, axis=1).max() < 1e-6
    assert (np.diff(mapped[:, 0]) >= 0).all()
    assert (mapped[0] == 0).all()
    np.testing.assert_allclose(mapped[-1], 1, atol=1e-6)


def test_sdr_greys_keep_their_values() -> None:
    ramp = np.linspace(0, 1, 50)[:, None].repeat(3, 1)
    np.testing.assert_allclose(tone_mapped(ramp, P3, 1000.0), ramp, atol=1e-6)


@pytest.mark.parametrize(("color", "signal"), [(HDR10, 0.5807), (HLG, 0.75)], ids=["PQ", "HLG"])
def test_reference_white_is_a_light_grey(color: ColorProperties, signal: float) -> None:
    code = tone_mapped(np.full((1, 3), signal), color, 1000.0)[0, 0] * 255
    assert 220 < code < 240


def test_colours_keep_their_hue() -> None:
    # Red in light of BT.709, at three brightnesses, as BT.2020 PQ.
    to_2020 = np.linalg.inv(book.to_xyz(9)) @ book.to_xyz(1)
    for nits in (50.0, 400.0, 900.0):
        light = to_2020 @ (np.array([1.0, 0.2, 0.1]) * nits)
        shown = book.linear(tone_mapped(pq_signal(light)[None], HDR10, 1000.0)[0], 13)
        np.testing.assert_allclose(shown / shown[0], [1, 0.2, 0.1], atol=0.01)


def test_colours_outside_stay_within_and_keep_their_order() -> None:
    shown = tone_mapped(np.array([[0.75, 0, 0], [0, 0.75, 0], [0, 0, 0.75]]), HDR10, 1000.0)
    assert (shown >= 0).all()
    assert (shown <= 1).all()
    np.testing.assert_array_equal(shown.argmax(1), [0, 1, 2])


@pytest.mark.parametrize(
    ("color", "shown"),
    [(None, True), (ColorProperties.HD, True), (ColorProperties.SD, True), (HDR10, False), (HLG, False), (P3, False)],
)
def test_what_needs_no_mapping(color: ColorProperties | None, shown: bool) -> None:
    assert is_displayable(color) is shown


@pytest.mark.parametrize(
    ("extensions", "peak"),
    [
        ({}, 1000.0),
        ({"ContentLightLevelInfo": b"\x02\x58\0\0"}, 600.0),
        ({"MasteringDisplayColorVolume": bytes(16) + (40_000_000).to_bytes(4, "big") + bytes(4)}, 4000.0),
        ({"ContentLightLevelInfo": b"\0\0\0\0"}, 1000.0),
        ({"ContentLightLevelInfo": b"\0\x01\0\0"}, 300.0),
        ({"MasteringDisplayColorVolume": bytes(16) + b"\xff" * 8}, 10000.0),
    ],
)
def test_the_peak_a_film_tells(extensions: dict[str, bytes], peak: float) -> None:
    assert peak_of(described(HDR10, **extensions)) == peak


@pytest.mark.parametrize("color", [HDR10, HLG, P3], ids=["PQ", "HLG", "P3"])
def test_frames_come_as_the_formula_says(color: ColorProperties) -> None:
    rgb = book.blocks(256, 192, 3, 60, 200)[8::16, 8::16] / 255
    rgb = 0.85 * rgb.mean(-1, keepdims=True) + 0.15 * rgb  # colours inside BT.709, as most of pictures are
    matrix = int(color.matrix)
    codes = np.rint(book.encode(rgb, matrix, 10))
    frame = _av.copied(yuv_buffer(codes, PixelFormat.YUV420P10))
    made = PictureOutput(displayable=True).buffer(frame, described(color))
    assert (made.pixel_format, made.color) == (PixelFormat.RGB24, ColorProperties.SRGB)
    exact = tone_mapped(book.decode(codes, matrix, 10), color, 1000.0) * 255
    error = np.abs(made.planes[0][8::16, 8::16] - exact)
    assert error.max() < 4
    assert error.mean() < 0.6


def test_the_table_follows_the_formula_to_the_edge_of_the_gamut() -> None:
    rgb = book.blocks(256, 192, 3, 30, 200)[8::16, 8::16] / 255
    codes = np.rint(book.encode(rgb, 9, 10))
    frame = _av.copied(yuv_buffer(codes, PixelFormat.YUV420P10))
    made = PictureOutput(displayable=True).buffer(frame, described(HDR10))
    error = np.abs(made.planes[0][8::16, 8::16] - tone_mapped(book.decode(codes, 9, 10), HDR10, 1000.0) * 255)
    # Where a channel reaches 0 the formula has an edge, and sRGB's curve is steep: steps between entries show there.
    assert error.mean() < 2
    assert np.median(error) < 0.6


def test_a_grey_ramp_comes_grey_and_in_order() -> None:
    given = PixelBuffer.empty(PixelFormat.YUV420P10, 876, 16)
    given.planes[0][...] = np.arange(64, 940)
    for plane in given.planes[1:]:
        plane[...] = 512
    made = PictureOutput(displayable=True).buffer(_av.copied(given), described(HDR10)).planes[0][0].astype(int)
    assert np.ptp(made, axis=1).max() <= 1
    assert (np.diff(made[:, 1]) >= 0).all()
    assert (made[0, 1], made[-1, 1]) == (0, 255)
    signal = ((np.arange(64, 940) - 64) / 876)[:, None].repeat(3, 1)
    assert np.abs(made - tone_mapped(signal, HDR10, 1000.0) * 255).max() < 2


def test_sizes_and_seeking_back() -> None:
    output = PictureOutput(displayable=True, width=32, pixel_format=PixelFormat.RGBA32)
    frame = _av.copied(yuv_buffer(np.full((3, 4, 3), 512.0), PixelFormat.YUV420P10))
    for ticks in (500, 3, 200, 200):
        frame.pts = ticks
        made = output.buffer(frame, described(HDR10))
        assert made.size == (32, 24)
        assert made.alpha_is_opaque()
        assert frame.pts == ticks


def test_sdr_is_only_converted() -> None:
    codes = np.rint(book.encode(book.blocks(64, 48, 4)[8::16, 8::16] / 255, 1, 8))
    frame = _av.copied(yuv_buffer(codes, PixelFormat.YUV420P))
    format = described(ColorProperties.HD)
    shown = PictureOutput(displayable=True).buffer(frame, format)
    plain = PictureOutput(pixel_format=PixelFormat.RGB24).buffer(frame, format)
    np.testing.assert_array_equal(shown.planes[0], plain.planes[0])
    assert shown.color == ColorProperties.HD
