"""Pixel formats as data: how many planes a picture has, their subsampling, and the type and names of their values.

The range (video or full) belongs to the pictures: Core Video's two codes for one layout ('420v', '420f') are one
``PixelFormat`` here.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from reelwright.model.errors import InvalidArgumentError

__all__ = ["PixelFormat"]


class _Plane(NamedTuple):
    """One plane: its values at each place, and how much narrower and shorter than the picture it is."""

    values: int
    narrower: int = 1
    shorter: int = 1


class _Layout(NamedTuple):
    core_video: tuple[str, ...]  # video-range code first, full-range code second where there are two
    ffmpeg: str
    dtype: str
    planes: tuple[_Plane, ...]
    bits: int
    channels: str  # "RGB", "BGRA", "Y", "YUV", "YUVA"


_FULL_SIZE = _Plane(1)
_420 = (_FULL_SIZE, _Plane(1, 2, 2), _Plane(1, 2, 2))
_422 = (_FULL_SIZE, _Plane(1, 2), _Plane(1, 2))
_444 = (_FULL_SIZE, _FULL_SIZE, _FULL_SIZE)
_BIPLANAR = (_FULL_SIZE, _Plane(2, 2, 2))
_BIPLANAR_422 = (_FULL_SIZE, _Plane(2, 2))
_BIPLANAR_444 = (_FULL_SIZE, _Plane(2))
_PACKED_422 = (_Plane(4, 2),)  # two luma and two chroma values for every two pixels

# Two of Core Video's codes are numbers of bits, from before there were letters.
_NUMBERS = {24: "24RG", 32: "ARGB"}
# Codes of Core Video that are not understood, with what holds the same or nearly the same values.
_NEAREST = {
    "v210": "P210 (x422) or YUV422P10",
    "v216": "P210 (x422) or YUV422P10",
    "v308": "NV24 (444v)",
    "v408": "YUVA444P or AYUV64 (y416)",
    "r408": "YUVA444P or AYUV64 (y416)",
    "v410": "P410 (x444)",
    "b48r": "RGB48",
    "b16g": "GRAY16 (L016)",
    "b32a": "RGBA64 (l64r)",
    "L00h": "GRAY16 (L016)",
    "L00f": "GRAY16 (L016)",
}


def _four_characters(code: str | int) -> str:
    """Core Video's code as text, whether it came as text or as a number."""
    if isinstance(code, str):
        return code
    if isinstance(code, int) and code in _NUMBERS:
        return _NUMBERS[code]
    return code.to_bytes(4, "big").decode("latin-1") if isinstance(code, int) and 0 <= code < 1 << 32 else ""


class PixelFormat(Enum):
    """How a picture's values lie in memory (``kCVPixelFormatType_…``).

    16-bit values use all 16 bits; planar values and grey of 10 and 12 bits the low ones; those of P010, P210 and P410
    the high 10 of 16. Floats are 0…1, those of RGBA_HALF of 16 bits. ARGB64's values have their high byte first.
    UYVY422, YUYV422 and AYUV64 have their values side by side, in the order of their names. Alpha is straight, full
    range, and the last plane of the formats named YUVA…. The planar formats beyond Core Video's, which the decoders of
    FFmpeg deliver, have FFmpeg's names.

    Attributes:
        planes: what each plane is like. dtype: of the values. bits: significant ones of a value.
        channels: names of the values in the order they lie: ``"BGRA"``, ``"Y"``, ``"YUV"``.
        subsampling: how many pixels across and down share one pair of colour differences: (2, 2) for 4:2:0.
        is_rgb, is_gray, is_yuv: what the values are; YUV stands for luma and colour differences.
        has_alpha: whether there is alpha. has_alpha_plane: whether it has a plane of its own, the last one.
        ffmpeg_name: FFmpeg's name of the layout; that of floats and of ARGB64 names the values only.
        is_ffmpegs: whether FFmpeg knows this layout: it has floats in planes, and no 16-bit values with alpha first.
    """

    RGB24 = _Layout(("24RG",), "rgb24", "u1", (_Plane(3),), 8, "RGB")
    BGR24 = _Layout(("24BG",), "bgr24", "u1", (_Plane(3),), 8, "BGR")
    RGBA32 = _Layout(("RGBA",), "rgba", "u1", (_Plane(4),), 8, "RGBA")
    BGRA32 = _Layout(("BGRA",), "bgra", "u1", (_Plane(4),), 8, "BGRA")
    ARGB32 = _Layout(("ARGB",), "argb", "u1", (_Plane(4),), 8, "ARGB")
    GRAY8 = _Layout(("L008",), "gray", "u1", (_Plane(1),), 8, "Y")
    GRAY16 = _Layout(("L016",), "gray16le", "u2", (_Plane(1),), 16, "Y")
    RGB48 = _Layout(("l48r",), "rgb48le", "u2", (_Plane(3),), 16, "RGB")
    RGBA64 = _Layout(("l64r",), "rgba64le", "u2", (_Plane(4),), 16, "RGBA")
    RGB_FLOAT = _Layout(("RGfF",), "gbrpf32le", "f4", (_Plane(3),), 32, "RGB")
    RGBA_FLOAT = _Layout(("RGfA",), "gbrapf32le", "f4", (_Plane(4),), 32, "RGBA")
    ABGR32 = _Layout(("ABGR",), "abgr", "u1", (_Plane(4),), 8, "ABGR")
    ARGB64 = _Layout(("b64a",), "rgba64be", ">u2", (_Plane(4),), 16, "ARGB")
    RGBA_HALF = _Layout(("RGhA",), "rgbaf16le", "f2", (_Plane(4),), 16, "RGBA")
    AYUV64 = _Layout(("y416",), "ayuv64le", "u2", (_Plane(4),), 16, "AYUV")
    NV12 = _Layout(("420v", "420f"), "nv12", "u1", _BIPLANAR, 8, "YUV")
    P010 = _Layout(("x420", "xf20"), "p010le", "u2", _BIPLANAR, 10, "YUV")
    YUV420P = _Layout(("y420", "f420"), "yuv420p", "u1", _420, 8, "YUV")
    YUV420P10 = _Layout(("yp10", "fp10"), "yuv420p10le", "u2", _420, 10, "YUV")
    GRAY10 = _Layout(("L010",), "gray10le", "u2", (_Plane(1),), 10, "Y")
    GRAY12 = _Layout(("L012",), "gray12le", "u2", (_Plane(1),), 12, "Y")
    NV16 = _Layout(("422v", "422f"), "nv16", "u1", _BIPLANAR_422, 8, "YUV")
    NV24 = _Layout(("444v", "444f"), "nv24", "u1", _BIPLANAR_444, 8, "YUV")
    P210 = _Layout(("x422", "xf22"), "p210le", "u2", _BIPLANAR_422, 10, "YUV")
    P410 = _Layout(("x444", "xf44"), "p410le", "u2", _BIPLANAR_444, 10, "YUV")
    UYVY422 = _Layout(("2vuy",), "uyvy422", "u1", _PACKED_422, 8, "YUV")
    YUYV422 = _Layout(("yuvs", "yuvf"), "yuyv422", "u1", _PACKED_422, 8, "YUV")
    YUV422P = _Layout((), "yuv422p", "u1", _422, 8, "YUV")
    YUV444P = _Layout((), "yuv444p", "u1", _444, 8, "YUV")
    YUV422P10 = _Layout((), "yuv422p10le", "u2", _422, 10, "YUV")
    YUV444P10 = _Layout((), "yuv444p10le", "u2", _444, 10, "YUV")
    YUV420P12 = _Layout((), "yuv420p12le", "u2", _420, 12, "YUV")
    YUV422P12 = _Layout((), "yuv422p12le", "u2", _422, 12, "YUV")
    YUV444P12 = _Layout((), "yuv444p12le", "u2", _444, 12, "YUV")
    YUVA420P = _Layout((), "yuva420p", "u1", (*_420, _FULL_SIZE), 8, "YUVA")
    YUVA444P = _Layout((), "yuva444p", "u1", (*_444, _FULL_SIZE), 8, "YUVA")
    YUVA422P10 = _Layout((), "yuva422p10le", "u2", (*_422, _FULL_SIZE), 10, "YUVA")
    YUVA444P10 = _Layout((), "yuva444p10le", "u2", (*_444, _FULL_SIZE), 10, "YUVA")
    YUVA444P12 = _Layout((), "yuva444p12le", "u2", (*_444, _FULL_SIZE), 12, "YUVA")

    def __init__(
        self, core_video: tuple[str, ...], ffmpeg: str, dtype: str, planes: tuple[_Plane, ...], bits: int, channels: str
    ) -> None:
        # Plain attributes: every picture asks for them many times, and an Enum's ``value`` is slow.
        self.planes = planes
        self.bits = bits
        self.channels = channels
        self.ffmpeg_name = ffmpeg
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.subsampling = max(plane.narrower for plane in planes), max(plane.shorter for plane in planes)
        self.is_rgb = "R" in channels
        self.is_gray = channels == "Y"
        self.is_yuv = "U" in channels
        self.has_alpha = "A" in channels
        self.has_alpha_plane = self.has_alpha and len(planes) > 1
        self.is_ffmpegs = self.dtype.kind != "f" and self.dtype.isnative

    @classmethod
    def of(cls, value: PixelFormat | str | int) -> PixelFormat:
        """Read a member, its name, or Core Video's four-character code (as text or number).

        Raises:
            InvalidArgumentError: a format that is not known.
        """
        if isinstance(value, PixelFormat):
            return value
        code = _four_characters(value)
        for member in cls:
            if code == member.name or code in member.value.core_video:
                return member
        nearest = f"The nearest is {_NEAREST[code]}. " if code in _NEAREST else ""
        raise InvalidArgumentError(
            f"{value!r} is no pixel format known here.", hint=f"{nearest}Use one of: {', '.join(cls.__members__)}."
        )

    @staticmethod
    def code_is_full_range(code: str | int) -> bool | None:
        """Whether a Core Video code says full range: True, False, or None when it does not speak of range."""
        code = _four_characters(code)
        for member in PixelFormat:
            codes = member.value.core_video
            if code in codes and len(codes) == 2:
                return code == codes[1]
        return None

    def plane_shape(self, index: int, width: int, height: int) -> tuple[int, ...]:
        """Shape of one plane: (rows, columns) or (rows, columns, values), odd sizes rounded up."""
        plane = self.planes[index]
        rows, columns = -(-height // plane.shorter), -(-width // plane.narrower)
        return (rows, columns) if plane.values == 1 else (rows, columns, plane.values)
