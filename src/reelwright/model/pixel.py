"""Pictures in memory: ``PixelBuffer``, which is numpy planes of a ``PixelFormat`` plus what their values mean.

The range (video or full) and the colour tags belong to the buffer, not to the format.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from reelwright.model.color import ColorProperties
from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.format import CleanAperture, PixelAspectRatio
from reelwright.model.pixel_format import PixelFormat

__all__ = ["PixelBuffer", "PixelBufferAttributes", "PixelFormat"]

Array = npt.NDArray[Any]


class PixelBuffer:
    """One picture: planes of values and what they mean (``CVPixelBuffer``).

    Args:
        planes: numpy arrays, one a plane, each of the shape ``pixel_format.plane_shape(i, width, height)``. Rows may be
            padded (strided), values within a row may not. They are kept, not copied.
        pixel_format: how to read them.
        width, height: picture size in pixels; taken from the first plane when left out.
        color: colour tags; None means untagged.
        full_range: True for full, False for video range; None means the format's usual one (full for RGB and grey,
            video range for YUV).
        pixel_aspect_ratio, clean_aperture: None for square pixels and the whole picture.

    >>> PixelBuffer.from_array(np.zeros((480, 640, 3), np.uint8)).size
    (640, 480)

    Raises:
        FrameError: planes of the wrong number, shape, dtype or stride.
    """

    __slots__ = (
        "__weakref__",
        "clean_aperture",
        "color",
        "full_range",
        "height",
        "pixel_aspect_ratio",
        "pixel_format",
        "planes",
        "pooled",
        "width",
    )

    def __init__(
        self,
        planes: Sequence[Array],
        pixel_format: PixelFormat | str,
        *,
        width: int | None = None,
        height: int | None = None,
        color: ColorProperties | None = None,
        full_range: bool | None = None,
        pixel_aspect_ratio: PixelAspectRatio | None = None,
        clean_aperture: CleanAperture | None = None,
    ) -> None:
        self.pixel_format = PixelFormat.of(pixel_format)
        self.planes = tuple(np.asarray(plane) for plane in planes)
        first = self.planes[0] if self.planes else np.empty((0, 0), np.uint8)
        self.height = first.shape[0] if height is None else height
        columns = first.shape[1] * self.pixel_format.planes[0].narrower if first.ndim > 1 else 0
        self.width = columns if width is None else width
        self.color = color
        self.full_range = not self.pixel_format.is_yuv if full_range is None else full_range
        self.pixel_aspect_ratio = pixel_aspect_ratio
        self.clean_aperture = clean_aperture
        self.pooled = False
        self._check()

    def _check(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise FrameError(
                f"a picture of {self.width}×{self.height} pixels is none.", hint="Give it at least one pixel."
            )
        expected = len(self.pixel_format.planes)
        if len(self.planes) != expected:
            raise FrameError(
                f"{self.pixel_format.name} has {expected} planes, {len(self.planes)} were given.",
                hint="PixelBuffer.from_array takes one array of any format.",
            )
        for index, plane in enumerate(self.planes):
            shape = self.pixel_format.plane_shape(index, self.width, self.height)
            if plane.shape != shape or plane.dtype != self.pixel_format.dtype:
                raise FrameError(
                    f"plane {index} of a {self.width}×{self.height} {self.pixel_format.name} picture must be "
                    f"{shape} {self.pixel_format.dtype}, not {plane.shape} {plane.dtype}.",
                    hint="Check width, height and pixel format.",
                )
            if not _has_plain_rows(plane):
                raise FrameError(
                    f"plane {index} has strides {plane.strides}: values in a row must lie side by side.",
                    hint="Pass plane.copy().",
                )

    @classmethod
    def empty(cls, pixel_format: PixelFormat | str, width: int, height: int, **facts: Any) -> Self:
        """A picture with its memory allocated, values not set."""
        kind = PixelFormat.of(pixel_format)
        shapes = [kind.plane_shape(index, width, height) for index in range(len(kind.planes))]
        planes = [np.empty(shape, kind.dtype) for shape in shapes]
        return cls(planes, kind, width=width, height=height, **facts)

    @classmethod
    def from_array(
        cls, array: npt.ArrayLike, pixel_format: PixelFormat | str | None = None, *, layout: str = "HWC", **facts: Any
    ) -> Self:
        """See an array of one picture as a buffer, without copying where the memory allows it.

        ``layout`` is ``"HWC"`` (rows × columns × values, or rows × columns for grey) or ``"CHW"``. Without a
        ``pixel_format`` the dtype and the number of values decide: 1 or none grey, 3 RGB, 4 RGBA; uint8, uint16, or
        floats (0…1, sRGB-encoded; float16 and float64 become float32); bool becomes black and white. The YUV formats
        take one array of their planes stacked as FFmpeg does (rows × 1.5 of 4:2:0, × 2 of 4:2:2, × 3 of 4:4:4);
        UYVY422 and YUYV422 take one of rows × columns × 2, AYUV64 one of rows × columns × 4.

        Raises:
            FrameError: a shape or dtype that is not a picture.
        """
        values = _plain(np.asarray(array), layout)
        kind = _infer(values) if pixel_format is None else PixelFormat.of(pixel_format)
        if values.dtype.kind == kind.dtype.kind and (kind.dtype.kind == "f" or values.itemsize == kind.dtype.itemsize):
            values = values.astype(kind.dtype, copy=False)
        if kind.is_yuv and kind.planes[0] != (4, 1, 1):
            return cls(_unstack(values, kind), kind, **facts)
        if kind.planes[0].values == 1 and values.ndim == 3 and values.shape[2] == 1:
            values = values[:, :, 0]
        if values.dtype != kind.dtype:
            raise FrameError(
                f"{kind.name} takes values of {kind.dtype}, the array has {values.dtype}.",
                hint="Convert the values, or leave pixel_format out.",
            )
        wanted = kind.planes[0].values
        if values.ndim != (2 if wanted == 1 else 3) or (wanted > 1 and values.shape[2] != wanted):
            raise FrameError(
                f"an array of shape {np.shape(array)} ({layout}) is no {kind.name} picture.",
                hint=f"{kind.name} has {wanted} value{'s' if wanted > 1 else ''} a pixel.",
            )
        return cls([values if _has_plain_rows(values) else values.copy()], kind, **facts)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    @property
    def nbytes(self) -> int:
        """Bytes of all planes."""
        return sum(plane.nbytes for plane in self.planes)

    @property
    def is_tagged(self) -> bool:
        return self.color is not None and self.color.is_specified

    def alpha_is_opaque(self) -> bool:
        """Whether every pixel's alpha is full; True for formats without alpha."""
        if not self.pixel_format.has_alpha:
            return True
        if self.pixel_format.has_alpha_plane:
            return bool(self.planes[-1].min() >= (1 << self.pixel_format.bits) - 1)
        alpha = self.planes[0][:, :, self.pixel_format.channels.index("A")]
        full = 1.0 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
        return bool(alpha.min() >= full)

    def __repr__(self) -> str:
        tags = f", color={self.color.codes}" if self.color else ""
        return f"<PixelBuffer {self.width}×{self.height} {self.pixel_format.name}{tags}>"


def _has_plain_rows(values: Array) -> bool:
    """Whether the values of a row lie side by side and the rows one after the other, padding allowed.

    numpy calls an array of one row or column contiguous whatever its strides say; codecs do read those strides.
    """
    packed = values.itemsize * (values.shape[2] if values.ndim == 3 else 1)
    inner = values.ndim == 2 or values.strides[2] == values.itemsize
    return inner and values.strides[1] == packed and values.strides[0] >= packed * values.shape[1]


def _plain(values: Array, layout: str) -> Array:
    """The array as HWC in native byte order, with odd number types turned into the nearest one a format has."""
    if layout not in ("HWC", "CHW"):
        raise InvalidArgumentError(f"layout {layout!r} is unknown.", hint='Use "HWC" or "CHW".')
    if values.ndim == 3 and layout == "CHW":
        values = values.transpose(1, 2, 0)
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * np.uint8(255)
    if values.dtype.kind == "f":
        return values.astype(np.float32, copy=False)
    if not values.dtype.isnative:
        return values.astype(values.dtype.newbyteorder("="))
    return values


_INFERRED = {
    ("u1", 1): PixelFormat.GRAY8,
    ("u1", 3): PixelFormat.RGB24,
    ("u1", 4): PixelFormat.RGBA32,
    ("u2", 1): PixelFormat.GRAY16,
    ("u2", 3): PixelFormat.RGB48,
    ("u2", 4): PixelFormat.RGBA64,
    ("f4", 3): PixelFormat.RGB_FLOAT,
    ("f4", 4): PixelFormat.RGBA_FLOAT,
}


def _infer(values: Array) -> PixelFormat:
    if values.ndim not in (2, 3):
        raise FrameError(
            f"an array of shape {values.shape} is no picture: rows × columns or rows × columns × values is needed.",
            hint="Pass one frame at a time.",
        )
    count = 1 if values.ndim == 2 else values.shape[2]
    kind = f"{values.dtype.kind}{values.dtype.itemsize}"
    found = _INFERRED.get((kind, count))
    if found is None and kind == "f4" and count == 1:
        raise FrameError("grey pictures of floats are not understood.", hint="Scale them to uint8 or uint16.")
    if found is None and count not in (1, 3, 4):
        first = values.shape[0] in (1, 3, 4)
        hint = 'Pass layout="CHW".' if first else "Give 1 (grey), 3 (RGB) or 4 (RGBA) values a pixel."
        raise FrameError(f"an array of shape {values.shape} has {count} values a pixel.", hint=hint)
    if found is None:
        raise FrameError(
            f"pictures of dtype {values.dtype} are not understood.",
            hint="Use uint8, uint16, or floats within 0…1.",
        )
    return found


def _unstack(values: Array, kind: PixelFormat) -> list[Array]:
    """Cut one array of a picture's planes, one below the other, into its planes, as views.

    Planes narrower than the picture fill rows of its width; 4:2:0 so has rows × 1.5, 4:2:2 rows × 2, 4:4:4 rows × 3.
    """
    if kind.planes[0].values > 1:
        return [_paired(values, kind)]
    height = sum(Fraction(plane.values, plane.narrower * plane.shorter) for plane in kind.planes)
    narrower, shorter = kind.subsampling
    rows = values.shape[0] / height
    whole = values.ndim == 2 and rows.denominator == 1 and not (rows % shorter or values.shape[1] % narrower)
    if not whole or not values.flags.c_contiguous:
        raise FrameError(
            f"stacked {kind.name} planes need one contiguous array of (rows × {float(height):g}) × columns with even "
            f"rows and columns, not {values.shape}.",
            hint="Pass the planes one by one to PixelBuffer(planes, pixel_format).",
        )
    shapes = [kind.plane_shape(index, values.shape[1], int(rows)) for index in range(len(kind.planes))]
    ends = list(accumulate(math.prod(shape) for shape in shapes))
    parts = np.split(values.reshape(-1), ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _paired(values: Array, kind: PixelFormat) -> Array:
    """Two values for every pixel as four for every two pixels."""
    if values.ndim != 3 or values.shape[1] % 2 or values.shape[2] != 2 or not values.flags.c_contiguous:
        raise FrameError(
            f"{kind.name} needs one contiguous array of rows × columns × 2 with even columns, not {values.shape}.",
            hint="Pass rows × (columns / 2) × 4 values to PixelBuffer([values], pixel_format).",
        )
    return values.reshape(values.shape[0], values.shape[1] // 2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelBufferAttributes:
    """What a pool's buffers, or a source's, are like (``CVPixelBufferCreationAttributes``).

    Raises:
        InvalidArgumentError: a size that is not positive, an unknown pixel format.
    """

    pixel_format: PixelFormat | None = None
    width: int | None = None
    height: int | None = None
    color: ColorProperties | None = None
    full_range: bool | None = None
    bytes_per_row_alignment: int = 64
    extensions: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        code: Any = self.pixel_format
        if code is not None:
            object.__setattr__(self, "pixel_format", PixelFormat.of(code))
            if not isinstance(code, PixelFormat) and self.full_range is None:
                object.__setattr__(self, "full_range", PixelFormat.code_is_full_range(code))
        for name in ("width", "height", "bytes_per_row_alignment"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value <= 0):
                raise InvalidArgumentError(
                    f"{name} {value!r} of a pixel buffer is not a positive whole number.",
                    hint="Leave it out, or give one.",
                )

    @classmethod
    def of(cls, value: Self | Mapping[str, Any] | None) -> Self | None:
        """Read a mapping with Core Video's keys (``PixelFormatType``, ``Width``, ``Height`` …); None stays None.

        Keys that only concern Core Video (``IOSurfaceProperties`` …) are kept in ``extensions``. Of several pixel
        formats the first counts.

        Raises:
            InvalidArgumentError: no mapping, or a value the dataclass refuses.
        """
        if value is None or isinstance(value, cls):
            return value
        keys = {
            "PixelFormatType": "pixel_format",
            "Width": "width",
            "Height": "height",
            "BytesPerRowAlignment": "bytes_per_row_alignment",
        }
        if not isinstance(value, Mapping):
            raise InvalidArgumentError(
                f"pixel buffer attributes cannot be {value!r}.", hint="Pass PixelBufferAttributes or a mapping."
            )
        known: dict[str, Any] = {}
        other: dict[str, Any] = {}
        for key, item in value.items():
            name = keys.get(str(key).removeprefix("kCVPixelBuffer").removesuffix("Key"), str(key))
            (known if name in cls.__dataclass_fields__ else other)[name] = item
        kind = known.get("pixel_format")
        if isinstance(kind, (list, tuple)):
            known["pixel_format"] = kind[0] if kind else None
        return cls(**known, extensions=other)

    @property
    def is_complete(self) -> bool:
        """Whether a pool can be made of it: pixel format, width and height are all known."""
        return None not in (self.pixel_format, self.width, self.height)
