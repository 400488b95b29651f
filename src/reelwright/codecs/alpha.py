"""Alpha: kept where the codec has it, dropped where it is opaque, or mixed with a background.

Alpha is straight (not premultiplied) and uses all its values, from 0 to the largest, in YUV's video range too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.model.errors import FrameError
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["as_gray", "opaque", "without_plane"]

Array = npt.NDArray[Any]

_WITHOUT_ALPHA = {
    PixelFormat.RGBA32: PixelFormat.RGB24,
    PixelFormat.BGRA32: PixelFormat.RGB24,
    PixelFormat.ARGB32: PixelFormat.RGB24,
    PixelFormat.RGBA64: PixelFormat.RGB48,
    PixelFormat.RGBA_FLOAT: PixelFormat.RGB_FLOAT,
}
_GRAY = {8: PixelFormat.GRAY8, 10: PixelFormat.GRAY10, 12: PixelFormat.GRAY12, 16: PixelFormat.GRAY16}
_STRIP = 64  # rows worked on at a time: few enough to stay in the processor's cache


def as_gray(buffer: PixelBuffer) -> PixelBuffer | None:
    """A picture's alpha as a grey picture in full range, floats in 16 bits; None for formats without alpha."""
    kind = buffer.pixel_format
    if not kind.has_alpha:
        return None
    if kind.is_yuv:
        values, bits = buffer.planes[-1], kind.bits
    else:
        values, bits = buffer.planes[0][:, :, kind.channels.index("A")], min(kind.bits, 16)
    if values.dtype.kind == "f":
        values = (np.clip(values, 0, 1) * np.float32(65535) + np.float32(0.5)).astype(np.uint16)
    return PixelBuffer([np.ascontiguousarray(values)], _GRAY[bits], full_range=True)


def opaque(buffer: PixelBuffer, background: tuple[float, float, float] | None) -> PixelBuffer:
    """The picture without alpha: dropped where it is full everywhere, else laid over a background.

    Alpha is straight (not premultiplied) and the mix is made of the encoded values, as browsers and Pillow do.

    Raises:
        FrameError: alpha that is not opaque, without a background.
    """
    kind = buffer.pixel_format
    if kind.is_yuv and kind.has_alpha:
        return _opaque_planes(buffer)
    if not kind.has_alpha or buffer.alpha_is_opaque():
        return buffer
    if background is None:
        raise FrameError(
            f"a {kind.name} picture has transparent pixels, and the codec carries no alpha.",
            hint="Pass background= (a colour to lay it over), or append pictures without alpha.",
        )
    return PixelBuffer(
        [_composited(buffer, background)],
        _WITHOUT_ALPHA[kind],
        color=buffer.color,
        pixel_aspect_ratio=buffer.pixel_aspect_ratio,
        clean_aperture=buffer.clean_aperture,
    )


def _opaque_planes(buffer: PixelBuffer) -> PixelBuffer:
    if not buffer.alpha_is_opaque():
        raise FrameError(
            f"a {buffer.pixel_format.name} picture has transparent pixels, and the codec carries no alpha.",
            hint="Convert it to RGBA64 first (read it as that), and pass background= (a colour to lay it over).",
        )
    return without_plane(buffer)


def without_plane(buffer: PixelBuffer) -> PixelBuffer:
    """YUV without its plane of alpha, whatever that says; other pictures as they are."""
    if not (buffer.pixel_format.is_yuv and buffer.pixel_format.has_alpha):
        return buffer
    return PixelBuffer(
        buffer.planes[:-1],
        PixelFormat[buffer.pixel_format.name.replace("YUVA", "YUV")],
        width=buffer.width,
        height=buffer.height,
        color=buffer.color,
        full_range=buffer.full_range,
        pixel_aspect_ratio=buffer.pixel_aspect_ratio,
        clean_aperture=buffer.clean_aperture,
    )


def _composited(buffer: PixelBuffer, background: tuple[float, float, float]) -> Array:
    kind, source = buffer.pixel_format, buffer.planes[0]
    order = [kind.channels.index(letter) for letter in "RGB"]
    result = np.empty((buffer.height, buffer.width, 3), kind.dtype)
    mix = _mix_floats if kind.dtype.kind == "f" else _mix_integers
    full = 1.0 if kind.dtype.kind == "f" else float(np.iinfo(kind.dtype).max)
    for top in range(0, buffer.height, _STRIP):
        strip = source[top : top + _STRIP]
        alpha = strip[:, :, kind.channels.index("A")]
        for channel, position in enumerate(order):
            mix(strip[:, :, position], alpha, background[channel] * full, result[top : top + _STRIP, :, channel])
    return result


def _mix_integers(color: Array, alpha: Array, behind: float, out: Array) -> None:
    full = int(np.iinfo(color.dtype).max)
    share: Any = alpha.astype(np.uint64 if full >= 1 << 15 else np.uint32)
    total = color.astype(share.dtype) * share
    total += (full - share) * round(behind) + full // 2
    out[...] = total // full


def _mix_floats(color: Array, alpha: Array, behind: float, out: Array) -> None:
    share = np.clip(alpha, 0, 1)
    out[...] = color * share + np.float32(behind) * (1 - share)
