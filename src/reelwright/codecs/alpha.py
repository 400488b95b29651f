"""Alpha: kept where the codec has it, dropped where it is opaque, or mixed with a background.

Alpha is straight (premultiplied pictures are divided by it first) and uses all its values, from 0 to the largest, in
YUV's video range too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.model.errors import FrameError
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["as_gray", "opaque", "straight", "without_plane"]

Array = npt.NDArray[Any]

_WITHOUT_ALPHA = {
    PixelFormat.RGBA32: PixelFormat.RGB24,
    PixelFormat.BGRA32: PixelFormat.RGB24,
    PixelFormat.ARGB32: PixelFormat.RGB24,
    PixelFormat.RGBA64: PixelFormat.RGB48,
    PixelFormat.RGBA_FLOAT: PixelFormat.RGB_FLOAT,
    PixelFormat.ABGR32: PixelFormat.RGB24,
    PixelFormat.ARGB64: PixelFormat.RGB48,
    PixelFormat.RGBA_HALF: PixelFormat.RGB_FLOAT,
}
_GRAY = {8: PixelFormat.GRAY8, 10: PixelFormat.GRAY10, 12: PixelFormat.GRAY12, 16: PixelFormat.GRAY16}
_STRIP = 64  # rows worked on at a time: few enough to stay in the processor's cache


def as_gray(buffer: PixelBuffer) -> PixelBuffer | None:
    """A picture's alpha as a grey picture in full range, floats in 16 bits; None for formats without alpha."""
    kind = buffer.pixel_format
    if not kind.has_alpha:
        return None
    if kind.has_alpha_plane:
        values, bits = buffer.planes[-1], kind.bits
    else:
        values, bits = buffer.planes[0][:, :, kind.channels.index("A")], min(kind.bits, 16)
    if values.dtype.kind == "f":
        values = (np.clip(values.astype(np.float32), 0, 1) * np.float32(65535) + np.float32(0.5)).astype(np.uint16)
    return PixelBuffer([np.ascontiguousarray(values, dtype=_GRAY[bits].dtype)], _GRAY[bits], full_range=True)


def straight(buffer: PixelBuffer) -> PixelBuffer:
    """A premultiplied RGB picture with its colours divided by their alpha: RGBA64 or RGBA_FLOAT; nothing is black.

    Raises:
        FrameError: premultiplied YUV.
    """
    kind = buffer.pixel_format
    if not kind.has_alpha or buffer.alpha_is_opaque():
        return buffer
    if kind.is_yuv:
        raise FrameError(
            f"a premultiplied {kind.name} picture is not understood: its colours cannot be divided by alpha as YUV.",
            hint="Append straight alpha, or premultiplied RGB.",
        )
    target = PixelFormat.RGBA_FLOAT if kind.dtype.kind == "f" else PixelFormat.RGBA64
    result = np.empty((buffer.height, buffer.width, 4), target.dtype)
    order = [kind.channels.index(letter) for letter in "RGBA"]
    for top in range(0, buffer.height, _STRIP):
        result[top : top + _STRIP] = _divided(buffer.planes[0][top : top + _STRIP, :, order], target)
    return PixelBuffer(
        [result],
        target,
        color=buffer.color,
        pixel_aspect_ratio=buffer.pixel_aspect_ratio,
        clean_aperture=buffer.clean_aperture,
    )


def _divided(strip: Array, target: PixelFormat) -> Array:
    full = 1 if strip.dtype.kind == "f" else np.iinfo(strip.dtype).max
    share = strip[:, :, 3:].astype(np.float64) / full
    colors = np.zeros((*strip.shape[:2], 3))
    np.divide(strip[:, :, :3], share * full, out=colors, where=share > 0)
    values = np.concatenate([colors, share], axis=2)
    if target.dtype.kind == "f":
        floats: Array = values.astype(np.float32)
        return floats
    rounded: Array = np.rint(np.minimum(values, 1) * 65535).astype(np.uint16)
    return rounded


def opaque(buffer: PixelBuffer, background: tuple[float, float, float] | None) -> PixelBuffer:
    """The picture without alpha: dropped where it is full everywhere, else laid over a background.

    The mix is made of the encoded values, as browsers and Pillow do. YUV can only be mixed once it is RGB.

    Raises:
        FrameError: alpha that is not opaque, without a background.
    """
    kind = buffer.pixel_format
    if not kind.has_alpha or buffer.alpha_is_opaque():
        return without_plane(buffer)
    if background is None or kind.is_yuv:
        raise FrameError(
            f"a {kind.name} picture has transparent pixels, and the film carries no alpha.",
            hint="Pass background= (a colour to lay it over), or append pictures without alpha; ProRes 4444 in .mov "
            "and VP9 in .webm keep it.",
        )
    return PixelBuffer(
        [_composited(buffer, background)],
        _WITHOUT_ALPHA[kind],
        color=buffer.color,
        pixel_aspect_ratio=buffer.pixel_aspect_ratio,
        clean_aperture=buffer.clean_aperture,
    )


def without_plane(buffer: PixelBuffer) -> PixelBuffer:
    """YUV without its plane of alpha, whatever that says; other pictures as they are."""
    if not buffer.pixel_format.has_alpha_plane:
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
    result = np.empty((buffer.height, buffer.width, 3), _WITHOUT_ALPHA[kind].dtype)
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
