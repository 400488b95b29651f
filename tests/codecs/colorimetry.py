"""Colour by the book, in floating point: what code values should be (H.273), and what decoded ones mean.

Written from the standards' formulas without looking at the converter, so that both can be held against each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# H.273 table 4: (Kr, Kb) by matrix code.
LUMA = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
# H.273 table 2: chromaticities of red, green, blue by primaries code; white is D65 for all of these.
XY = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
WHITE = (0.3127, 0.3290)

# Primaries, secondaries, white, black, grey and skin: twelve colours that go wrong in different ways.
PATCHES = np.array(
    [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (0, 255, 255),
        (255, 0, 255),
        (255, 255, 0),
        (255, 255, 255),
        (0, 0, 0),
        (128, 128, 128),
        (255, 219, 172),
        (198, 134, 66),
        (89, 47, 42),
    ],
    np.uint8,
)


def patch_picture(width: int, height: int) -> Array:
    """Twelve flat patches, four across and three down, as 8-bit RGB."""
    rows = np.minimum(np.arange(height) * 3 // height, 2)
    columns = np.minimum(np.arange(width) * 4 // width, 3)
    picture: Array = PATCHES[rows[:, None] * 4 + columns[None, :]]
    return picture


def blocks(width: int, height: int, seed: int = 0, low: int = 0, high: int = 256) -> Array:
    """Random colours in flat blocks of 16 × 16, as 8-bit RGB."""
    colors = np.random.default_rng(seed).integers(low, high, (-(-height // 16), -(-width // 16), 3))
    picture: Array = np.kron(colors, np.ones((16, 16, 1), np.int64)).astype(np.uint8)
    return np.ascontiguousarray(picture[:height, :width])


def encode(rgb: Array, matrix: int, bits: int, full_range: bool = False) -> Array:
    """R'G'B' in 0…1 to Y'CbCr code values, not rounded (H.273, equations 20 to 38)."""
    kr, kb = LUMA[matrix]
    red, green, blue = np.moveaxis(np.asarray(rgb, np.float64), -1, 0)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    scale = 1 << (bits - 8)
    if full_range:
        most = (1 << bits) - 1
        return np.stack([luma * most, cb * most + 128 * scale, cr * most + 128 * scale], -1)
    return np.stack([(16 + 219 * luma) * scale, (128 + 224 * cb) * scale, (128 + 224 * cr) * scale], -1)


def decode(codes: Array, matrix: int, bits: int, full_range: bool = False) -> Array:
    """Y'CbCr code values to R'G'B', 0…1 where they are inside."""
    kr, kb = LUMA[matrix]
    luma, cb, cr = np.moveaxis(np.asarray(codes, np.float64), -1, 0)
    scale, most = 1 << (bits - 8), (1 << bits) - 1
    if full_range:
        luma, cb, cr = luma / most, (cb - 128 * scale) / most, (cr - 128 * scale) / most
    else:
        luma, cb, cr = (luma / scale - 16) / 219, (cb / scale - 128) / 224, (cr / scale - 128) / 224
    red, blue = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
    return np.stack([red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue], -1)


def to_xyz(primaries: int) -> Array:
    """The matrix from linear RGB to XYZ."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in XY[primaries]]).T
    white = np.array([WHITE[0] / WHITE[1], 1, (1 - WHITE[0] - WHITE[1]) / WHITE[1]])
    return columns * np.linalg.solve(columns, white)


def linear(values: Array, curve: int) -> Array:
    """Undo a transfer function: 1 (BT.709), 13 (sRGB), 8 (linear)."""
    values = np.maximum(values, 0)
    if curve == 13:
        return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return values if curve == 8 else np.where(values < 0.081, values / 4.5, ((values + 0.099) / 1.099) ** (1 / 0.45))


def curved(light: Array, curve: int) -> Array:
    """Apply a transfer function."""
    light = np.maximum(light, 0)
    if curve == 13:
        return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return light if curve == 8 else np.where(light < 0.018, light * 4.5, 1.099 * light**0.45 - 0.099)


def recolored(rgb: Array, source: tuple[int, int], target: tuple[int, int]) -> Array:
    """R'G'B' of (primaries, curve) as R'G'B' of others."""
    matrix = np.linalg.inv(to_xyz(target[0])) @ to_xyz(source[0])
    return curved(np.einsum("ij,...j->...i", matrix, linear(rgb, source[1])), target[1])
