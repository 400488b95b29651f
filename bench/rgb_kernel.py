"""RGB24 to NV12 as loops that numba compiles: the right matrix, whole numbers only, each value rounded once.

A candidate of ``bench.rgb``, no part of the library (``docs/decisions.md`` says why). Rows are split into planes, which
stay in the cache; chroma is filtered before its matrix, so that nothing is rounded in between. All steps are taken in
integers that hold them, so that every machine gets the same values. The many casts keep numba from widening them to 64
bits at each step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import int32, njit, uint8, uint16, uint32

__all__ = ["coefficients", "exactly", "to_nv12"]

Array = npt.NDArray[Any]

_WEIGHTS = 32  # of the chroma filter: (1 2 1) across, (1 3 3 1) down
_LUMA, _CHROMA = 16, 12  # bits of the coefficients' fractions


def coefficients(kr: float, kb: float) -> Array:
    """The matrix of H.273 into 8-bit video range, row by row, for red, green and blue."""
    luma = np.array([kr, 1 - kr - kb, kb])
    blue, red = np.array([0, 0, 1]) - luma, np.array([1, 0, 0]) - luma
    chroma = np.array([blue / (2 * (1 - kb)), red / (2 * (1 - kr))]) * 224 / 255
    return np.rint([luma * 219 / 255 * 2**_LUMA, *(chroma * 2**_CHROMA)]).astype(np.int32)


def exactly(rgb: Array, matrix: Array) -> tuple[Array, Array]:
    """What ``to_nv12`` must compute, in plain numpy."""
    wide = rgb.astype(np.int64)
    parts = (wide * 256 * matrix[0] >> 16).sum(-1)
    luma = parts + 16 * 256 + 129 >> 8
    edged = np.pad(wide, ((1, 1), (1, 0), (0, 0)), "edge")
    down = edged[0:-3:2] + 3 * (edged[1:-2:2] + edged[2:-1:2]) + edged[3::2]
    sums = down[:, 0:-2:2] + 2 * down[:, 1:-1:2] + down[:, 2::2]
    chroma = sums @ matrix[1:].T.astype(np.int64) + (128 << 17) + (1 << 16) >> 17
    return luma.astype(np.uint8), chroma.astype(np.uint8)


@njit(nogil=True)
def _split(row: Array, planes: Array) -> None:
    red, green, blue = planes[0], planes[1], planes[2]
    for x in range(red.shape[0]):
        red[x] = row[3 * x]
        green[x] = row[3 * x + 1]
        blue[x] = row[3 * x + 2]


@njit(nogil=True)
def _share(value: Any, factor: Any) -> Any:
    return uint16(uint32(uint32(uint16(uint16(value) << uint16(8))) * uint32(factor)) >> uint32(16))


@njit(nogil=True)
def _luma(planes: Array, luma: Array, kr: Any, kg: Any, kb: Any) -> None:
    red, green, blue = planes[0], planes[1], planes[2]
    for x in range(luma.shape[0]):
        value = uint16(uint16(_share(red[x], kr) + _share(green[x], kg)) + _share(blue[x], kb))
        luma[x] = uint8(uint16(value + uint16(16 * 256 + 129)) >> uint16(8))


@njit(nogil=True)
def _down(above: Array, upper: Array, lower: Array, below: Array, sums: Array) -> None:
    for x in range(above.shape[0]):
        middle = uint16(uint16(upper[x]) + uint16(lower[x]))
        outer = uint16(uint16(above[x]) + uint16(below[x]))
        sums[x + 2] = uint16(outer + uint16(uint16(middle << uint16(1)) + middle))
    sums[1] = sums[2]


@njit(nogil=True)
def _across(pairs: Array, x: int) -> Any:
    """The odd value of one pair, and both of the next: pixels 2x - 1, 2x and 2x + 1."""
    sixteen = uint32(16)
    outer = uint32(uint32(pairs[x] >> sixteen) + uint32(pairs[x + 1] >> sixteen))
    return int32(uint32(outer + uint32(uint32(pairs[x + 1] & uint32(0xFFFF)) << uint32(1))))


@njit(nogil=True)
def _code(red: Any, green: Any, blue: Any, kr: Any, kg: Any, kb: Any) -> Any:
    value = int32(int32(int32(red * kr) + int32(green * kg)) + int32(int32(blue * kb) + int32((128 << 17) + (1 << 16))))
    return uint16(uint8(value >> int32(17)))


@njit(nogil=True)
def _chroma(pairs: Array, chroma: Array, matrix: Array) -> None:
    reds, greens, blues = pairs[0], pairs[1], pairs[2]
    ur, ug, ub = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    vr, vg, vb = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    for x in range(chroma.shape[0]):
        red, green, blue = _across(reds, x), _across(greens, x), _across(blues, x)
        cr = uint16(_code(red, green, blue, vr, vg, vb) << uint16(8))
        chroma[x] = uint16(_code(red, green, blue, ur, ug, ub) | cr)


@njit(nogil=True)
def to_nv12(rows: Array, luma: Array, chroma: Array, matrix: Array) -> None:
    """Convert a picture of even size.

    Args:
        rows: height × 3 width bytes. luma: height × width bytes, written. chroma: height/2 × width/2 pairs of Cb and
            Cr, seen as little-endian 16-bit integers, written. matrix: ``coefficients``.
    """
    height, width = luma.shape
    planes = np.empty((4, 3, width), np.uint8)  # of the four rows that a row of chroma is made from
    sums = np.empty((3, width + 2), np.uint16)
    pairs = sums.view(np.uint32)
    kr, kg, kb = uint16(matrix[0, 0]), uint16(matrix[0, 1]), uint16(matrix[0, 2])
    _split(rows[0], planes[0])
    _luma(planes[0], luma[0], kr, kg, kb)
    for y in range(0, height, 2):
        for row in range(y + 1, min(y + 3, height)):
            _split(rows[row], planes[row & 3])
            _luma(planes[row & 3], luma[row], kr, kg, kb)
        above, below = planes[max(y - 1, 0) & 3], planes[min(y + 2, height - 1) & 3]
        upper, lower = planes[y & 3], planes[(y + 1) & 3]
        for index in range(3):
            _down(above[index], upper[index], lower[index], below[index], sums[index])
        _chroma(pairs, chroma[y >> 1], matrix)
