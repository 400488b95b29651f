"""Steps on arrays before and after FFmpeg's scaler: floats, depth, grey, cropping, bars and edges.

Everything here is plain numpy on planes, in the picture's own code values; what FFmpeg does exactly is left to FFmpeg.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.codecs.geometry import Rectangle
from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = [
    "background_color",
    "checked",
    "cropped",
    "gray_as_rgb",
    "luma_table",
    "narrow",
    "neutral",
    "put",
    "spread",
]

Array = npt.NDArray[Any]
Background = tuple[float, float, float]

_NAMED = {"black": (0.0, 0.0, 0.0), "white": (1.0, 1.0, 1.0)}
_STRIP = 64  # rows worked on at a time: few enough to stay in the processor's cache
_WHITE = 255 << 8  # FFmpeg's scaler takes 16-bit RGB for 8-bit RGB with eight bits more, so that white is not 65535
_FLOAT_LIMIT = 2.0
_HALF_ROUNDING = 1.001  # by which a limit may seem exceeded in floats of 16 bits


def background_color(value: Any) -> Background:
    """Read a colour, sRGB-encoded: ``"#rrggbb"``, ``"#rgb"`` (each digit stands for two), ``"black"``, ``"white"`` (in
    any case), three integers 0…255 or three floats 0…1.

    Raises:
        SettingsError: anything else.
    """
    if isinstance(value, str):
        digits = value.removeprefix("#")
        if value.lower() in _NAMED:
            return _NAMED[value.lower()]
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        if value.startswith("#") and len(digits) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            value = tuple(bytes.fromhex(digits))
    numbers = isinstance(value, Sequence) and all(isinstance(part, Real) for part in value)
    if numbers and len(value) == 3 and not any(isinstance(part, bool) for part in value):
        whole = all(isinstance(part, int | np.integer) for part in value)
        parts = [float(part) / (255 if whole else 1) for part in value]
        if all(0 <= part <= 1 for part in parts):
            return parts[0], parts[1], parts[2]
    raise SettingsError(
        f"background {value!r} is no colour.",
        hint='Use "#rrggbb", "#rgb", "black", "white", three integers from 0 to 255, or three floats from 0 to 1.',
    )


def checked(buffer: PixelBuffer, brightest: float | None = None) -> PixelBuffer:
    """The picture itself, once its values are known to mean something.

    Args:
        brightest: the largest value that floats of light may have; None where they are encoded, and end at 1.

    Raises:
        FrameError: floats that are not numbers or far beyond 0…1; RGB in video range.
    """
    kind = buffer.pixel_format
    if kind.is_rgb and not buffer.full_range:
        raise FrameError(
            f"a {kind.name} picture in video range is not understood: RGB uses the full range here.",
            hint="Expand it first, or leave full_range out.",
        )
    if kind.dtype.kind != "f":
        return buffer
    largest = float(buffer.planes[0].max())
    if not largest <= (_FLOAT_LIMIT if brightest is None else brightest * _HALF_ROUNDING):
        what = "holds values that are not numbers (NaN)" if largest != largest else f"has values up to {largest:g}"
        raise FrameError(
            f"a {kind.name} picture {what}; floats must lie within 0…{brightest or 1:.4g}.",
            hint="Divide by 255 if they run from 0 to 255, or clip them.",
        )
    return buffer


def cropped(buffer: PixelBuffer, part: Rectangle) -> PixelBuffer:
    """The picture's part, as views; the rectangle starts at whole chroma values."""
    if part == (0, 0, buffer.width, buffer.height):
        return buffer
    planes = []
    for index, plane in enumerate(buffer.pixel_format.planes):
        rows, columns = buffer.pixel_format.plane_shape(index, part.width, part.height)[:2]
        top, left = part.y // plane.shorter, part.x // plane.narrower
        planes.append(buffer.planes[index][top : top + rows, left : left + columns])
    return PixelBuffer(
        planes,
        buffer.pixel_format,
        width=part.width,
        height=part.height,
        color=buffer.color,
        full_range=buffer.full_range,
        pixel_aspect_ratio=buffer.pixel_aspect_ratio,
    )


def spread(buffer: PixelBuffer, green_blue_red: Sequence[Array]) -> None:
    """Write 16-bit or float RGB, without alpha, into planes as FFmpeg's scaler understands them; floats are clipped."""
    source = buffer.planes[0]
    scaled = _scaled_floats if source.dtype.kind == "f" else _scaled_integers
    for top in range(0, buffer.height, _STRIP):
        strip = scaled(source[top : top + _STRIP])
        for plane, letter in zip(green_blue_red, "GBR", strict=True):
            plane[top : top + _STRIP] = strip[:, :, buffer.pixel_format.channels.index(letter)]


def _scaled_integers(strip: Array) -> Array:
    """Each value times 256 / 257 (65535 becomes ``_WHITE``)."""
    shares: Array = strip // np.uint16(257)
    return np.subtract(strip, shares, out=shares)


def _scaled_floats(strip: Array) -> Array:
    values = strip * np.float32(_WHITE)
    np.clip(values, 0, _WHITE, out=values)
    values += np.float32(0.5)
    return values.astype(np.uint16)


def narrow(source: Sequence[Array], target: Sequence[Array], kind: PixelFormat, full_range: bool) -> None:
    """16-bit planes to a format of 8 or 10 bits with as many, rounded to nearest; alpha is left alone."""
    for index, (values, into) in enumerate(zip(source, target[:3], strict=True)):
        for top in range(0, values.shape[0], _STRIP):
            strip = _rounded(values[top : top + _STRIP], kind.bits, full_range, index > 0)
            if kind is PixelFormat.P010:
                strip <<= 6
            np.copyto(into[top : top + _STRIP], strip, casting="unsafe")


def _rounded(values: Array, bits: int, full_range: bool, is_chroma: bool) -> Array:
    """16-bit code values to fewer bits.

    Video range counts in powers of two. In full range white is 65535, and 255 or 1023; chroma's middle is 32768, and
    128 or 512, which lies a little higher among these values.
    """
    shift = 16 - bits
    half = 1 << (shift - 1)
    middle = half - (half >> bits) if full_range and is_chroma else 0
    bias = np.uint16(half + middle)
    codes: Array = np.minimum(values, np.uint16(65535 - bias))
    codes += bias
    if full_range:
        codes -= codes >> bits
    codes >>= shift
    return codes


@lru_cache(maxsize=8)
def luma_table(kind: PixelFormat, full_range: bool, target: PixelFormat, target_full_range: bool) -> Array:
    """The luma code value for every grey code value (H.273, equations 20 to 28), rounded to nearest."""
    count = 1 << kind.bits
    grey = np.arange(count, dtype=np.float64)
    scale = 1 << (kind.bits - 8)
    grey = grey / (count - 1) if full_range else (grey / scale - 16) / 219
    depth = target.bits
    luma = grey * ((1 << depth) - 1) if target_full_range else (16 + 219 * grey) * (1 << (depth - 8))
    codes = np.clip(np.floor(luma + 0.5), 0, (1 << depth) - 1).astype(target.dtype)
    table: Array = codes << (target.dtype.itemsize * 8 - depth) if target is PixelFormat.P010 else codes
    table.setflags(write=False)
    return table


def gray_as_rgb(buffer: PixelBuffer) -> PixelBuffer:
    """A grey picture as RGB of the same depth and full range."""
    kind = PixelFormat.RGB24 if buffer.pixel_format is PixelFormat.GRAY8 else PixelFormat.RGB48
    grey, bits = buffer.planes[0], buffer.pixel_format.bits
    if not buffer.full_range or bits != kind.bits:
        codes, full = np.arange(1 << bits, dtype=np.float64), (1 << kind.bits) - 1
        light = codes / ((1 << bits) - 1) if buffer.full_range else (codes / (1 << (bits - 8)) - 16) / 219
        table = np.clip(np.floor(light * full + 0.5), 0, full).astype(kind.dtype)
        grey = table.take(grey, mode="clip")
    values = np.repeat(grey[:, :, None], 3, axis=2)
    return PixelBuffer([values], kind, color=buffer.color, pixel_aspect_ratio=buffer.pixel_aspect_ratio)


def neutral(kind: PixelFormat, plane: int, full_range: bool) -> int:
    """The code value of black in a plane: least luma, chroma in the middle, opaque alpha."""
    if plane == 3:
        return (1 << kind.bits) - 1
    value = (128 if plane else 0 if full_range else 16) << (kind.bits - 8)
    return value << 6 if kind is PixelFormat.P010 else value


def put(
    target: Sequence[Array],
    source: Sequence[Array],
    kind: PixelFormat,
    area: Rectangle,
    shown: tuple[int, int],
    full_range: bool,
) -> None:
    """Lay a YUV picture into a larger one: black around it, the last column and row ``shown`` repeated after it."""
    for index, (into, values) in enumerate(zip(target, source, strict=True)):
        across, down = kind.planes[index].narrower, kind.planes[index].shorter
        top, left = area.y // down, area.x // across
        bottom, right = top + values.shape[0], left + values.shape[1]
        black = neutral(kind, index, full_range)
        into[:top], into[bottom:] = black, black
        into[top:bottom, :left], into[top:bottom, right:] = black, black
        into[top:bottom, left:right] = values
        columns, rows = -(-shown[0] // across), -(-shown[1] // down)
        into[:, columns:] = into[:, columns - 1 : columns]
        into[rows:] = into[rows - 1]
