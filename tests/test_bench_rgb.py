"""Roads from RGB to 4:2:0, as ``bench.rgb`` judges them: its formulas, the library's road, numba's loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bench import rgb

from reelwright.codecs import _av
from reelwright.codecs.convert import FrameSpec, PixelConverter
from reelwright.model.color import ColorProperties
from reelwright.model.pixel import PixelBuffer, PixelFormat
from tests.codecs import colorimetry as book


def noise(width: int, height: int, seed: int = 0) -> Any:
    """The hardest picture: every pixel of its own, many at the ends of the range."""
    random = np.random.default_rng(seed)
    values = random.integers(-64, 320, (height, width, 3))
    return np.clip(values, 0, 255).astype(np.uint8)


def test_flat_colours_are_by_the_book() -> None:
    picture = book.blocks(64, 48)
    luma, chroma = rgb.exact(picture)
    found = np.concatenate([luma[8::16, 8::16, None], chroma[4::8, 4::8]], -1)
    assert np.abs(found - book.encode(picture[8::16, 8::16] / 255, 1, 8)).max() < 1e-9


def test_chroma_lies_left_between_the_rows() -> None:
    """A ramp tells the place: its value there is chroma's."""
    down, across = np.mgrid[0:16, 0:16]
    blue = np.zeros((16, 16, 3))
    blue[..., 2] = 3 * across + 5 * down
    _, chroma = rgb.exact(blue)
    y, x = np.mgrid[0:8, 0:8]
    place = 3 * (2 * x) + 5 * (2 * y + 0.5)
    assert np.abs(chroma[1:-1, 1:, 0] - (128 + 224 / 255 * 0.5 * place)[1:-1, 1:]).max() < 1e-9


@pytest.mark.parametrize("source", ["RGB24", "BGR24", "RGBA32", "BGRA32", "ARGB32", "ABGR32"])
@pytest.mark.parametrize(("target", "limit"), [(PixelFormat.NV12, 0.53), (PixelFormat.YUV420P, 0.75)])
def test_our_road_is_as_near_as_rounding_allows(source: str, target: PixelFormat, limit: float) -> None:
    """FFmpeg's scaler rounds less well into three planes than into two."""
    kind, picture = PixelFormat[source], noise(198, 70)
    letters = {"R": picture[..., 0], "G": picture[..., 1], "B": picture[..., 2], "A": np.full((70, 198), 255, np.uint8)}
    values = np.ascontiguousarray(np.stack([letters[letter] for letter in kind.channels], -1))
    spec = FrameSpec(pixel_format=target, width=198, height=70, color=ColorProperties.HD)
    luma, *rest = _av.frame_planes(PixelConverter(spec).convert(PixelBuffer([values], kind)))
    chroma = rest[0] if len(rest) == 1 else np.stack(rest, -1)
    for found, right in zip((luma, chroma), rgb.exact(picture), strict=True):
        assert np.abs(found - right).max() < limit


@pytest.mark.parametrize(("kr", "kb"), [(0.2126, 0.0722), (0.299, 0.114), (0.2627, 0.0593)], ids=["709", "601", "2020"])
def test_numbas_loops_are_exact(kr: float, kb: float) -> None:
    pytest.importorskip("numba", reason="numba is no dependency; python -m bench.rgb says what it would bring")
    from bench import rgb_kernel

    matrix = rgb_kernel.coefficients(kr, kb)
    for width, height in ((2, 2), (6, 4), (198, 70)):
        picture = noise(width, height, seed=width)
        luma, pairs = np.empty((height, width), np.uint8), np.empty((height // 2, width // 2), "<u2")
        rgb_kernel.to_nv12(picture.reshape(height, -1), luma, pairs, matrix)
        wanted = rgb_kernel.exactly(picture, matrix)
        assert np.array_equal(luma, wanted[0])
        assert np.array_equal(pairs.view(np.uint8).reshape(wanted[1].shape), wanted[1])
