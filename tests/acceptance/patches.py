"""Twelve flat colours as a picture, and the way back: from an encoder's planes to RGB by the matrix and range of H.273.

Everything here is numpy in 64-bit floats, written from the standard's equations, so that nothing of the library and
nothing of FFmpeg's scaler judges itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# Primaries, secondaries, white, black, grey, and skin from light to dark.
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
    "yellow": (255, 255, 0),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "light skin": (241, 194, 167),
    "medium skin": (198, 134, 103),
    "dark skin": (92, 56, 40),
}
COLUMNS, ROWS = 4, 3
# ITU-T H.273 table 4: weights of red and blue in luma, by code point and by the names FFmpeg and MediaInfo have for it.
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
MATRICES = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "bt2020nc": 9}


def picture(width: int, height: int) -> Array:
    """The patches as uint8 RGB, four in a row."""
    values = np.array(list(COLOURS.values()), np.uint8).reshape(ROWS, COLUMNS, 3)
    row = np.arange(height) * ROWS // height
    column = np.arange(width) * COLUMNS // width
    return np.ascontiguousarray(values[row[:, None], column[None, :]])


def _kernel(matrix: int) -> Array:
    """RGB (0…1) to luma (0…1) and colour differences (−½…½): H.273, equations 38 to 40."""
    red, blue = WEIGHTS[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    return np.stack([luma, ([0, 0, 1] - luma) / (2 * (1 - blue)), ([1, 0, 0] - luma) / (2 * (1 - red))])


def planes_of(rgb: Array, matrix: int, *, full_range: bool = False, bits: int = 8) -> tuple[Array, Array, Array]:
    """Planes of 4:2:0 for a picture of patches; chroma is that of every second pixel, so edges are not to be judged."""
    values = (rgb / 255.0) @ _kernel(matrix).T
    scale = 1 << (bits - 8)
    luma_span, chroma_span, foot = (255, 255, 0) if full_range else (219, 224, 16)
    if full_range:
        scale_full = ((1 << bits) - 1) / 255
        luma, chroma = values[..., 0] * luma_span * scale_full, values[..., 1:] * chroma_span * scale_full
    else:
        luma, chroma = (values[..., 0] * luma_span + foot) * scale, values[..., 1:] * chroma_span * scale
    chroma = chroma + (128 * scale)
    top = (1 << bits) - 1
    coded = [np.clip(np.floor(plane + 0.5), 0, top) for plane in (luma, chroma[::2, ::2, 0], chroma[::2, ::2, 1])]
    dtype = np.uint8 if bits == 8 else np.uint16
    y, cb, cr = (plane.astype(dtype) for plane in coded)
    return y, cb, cr


def rgb_of(planes: Sequence[Array], matrix: int, *, full_range: bool, bits: int) -> Array:
    """Planes of 4:2:0 as RGB in 8-bit units (floats, not clipped), each chroma value standing for four pixels."""
    y, cb, cr = planes
    rows, columns = y.shape
    chroma = (plane.repeat(2, 0).repeat(2, 1)[:rows, :columns] for plane in (cb, cr))
    return decoded(np.stack([y, *chroma], -1), matrix, full_range=full_range, bits=bits)


def decoded(codes: Array, matrix: int, *, full_range: bool, bits: int) -> Array:
    """Code values (…, 3) of luma and both colour differences as RGB in 8-bit units: H.273's equations, inverted."""
    scale, top = 1 << (bits - 8), (1 << bits) - 1
    foot = np.array([0 if full_range else 16, 128, 128]) * scale
    span = np.full(3, top) if full_range else np.array([219, 224, 224]) * scale
    rgb: Array = (codes - foot) / span @ np.linalg.inv(_kernel(matrix)).T * 255
    return rgb


def errors(planes: Sequence[Array], matrix: int, *, full_range: bool, bits: int) -> dict[str, float]:
    """By how much each patch is off at its worst pixel and channel, in 8-bit units.

    The pixels next to another patch are left out: a transform block of an encoder, 32 pixels at most, that contains an
    edge blurs it. What lies outside 0…255 counts as 0 or 255, as on every screen.
    """
    height, width = planes[0].shape
    found = {}
    for index, (name, colour) in enumerate(COLOURS.items()):
        row, column = divmod(index, COLUMNS)
        rows, columns = _inside(row, ROWS, height), _inside(column, COLUMNS, width)
        luma = planes[0][2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop]
        inner = [luma, *(plane[rows, columns] for plane in planes[1:])]
        if all(np.ptp(values) == 0 for values in inner):  # flat, as it should be: one pixel says it all
            inner = [values[:2, :2] if values is luma else values[:1, :1] for values in inner]
        rgb = rgb_of(inner, matrix, full_range=full_range, bits=bits)
        found[name] = float(np.abs(np.clip(rgb, 0, 255) - colour).max())
    return found


def _inside(index: int, count: int, length: int) -> slice:
    """Rows or columns of chroma well inside a patch."""
    margin = 32
    first, end = -(-index * length // count) + margin, (index + 1) * length // count - margin
    return slice(-(-first // 2), end // 2)
