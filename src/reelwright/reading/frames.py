"""``Frame``: one picture of an asset as an array, for notebooks and numerical work, and the ways to have many of them.

Frames are upright: where a track says its pictures are to be turned by quarters or mirrored, arrays are views that do
so. Their pixels are those that are stored, of whatever shape; images for people are ``AssetImageGenerator``'s.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from reelwright.model.errors import InvalidArgumentError, NoImageError
from reelwright.model.pixel import PixelBuffer, PixelFormat
from reelwright.model.time import Time, TimeLike
from reelwright.reading.orientation import Orientation

if TYPE_CHECKING:
    from reelwright.reading.asset import Asset

__all__ = ["Frame", "frame_at", "frames_between"]

_SHOWN = 640  # the longer side of a frame in a notebook


@dataclass(frozen=True, eq=False, repr=False)
class Frame:
    """One picture of an asset (a tensor for those who compute, a picture for those who look).

    >>> frame = asset[1.5]
    >>> frame.array.shape, frame.time, frame.duration
    ((1080, 1920, 3), Time(45045, 30000), Time(1001, 30000))

    Attributes:
        time: when it begins to be shown, on the asset's time line. duration: for how long.
        buffer: its planes as they were decoded, not turned; read-only.
        orientation: how it is turned to be upright.
    """

    time: Time
    duration: Time
    buffer: PixelBuffer
    orientation: Orientation = Orientation.UPRIGHT

    @cached_property
    def array(self) -> npt.NDArray[Any]:
        """Rows × columns × values, upright, read-only; uint8 RGB unless another pixel format was asked for.

        Raises:
            InvalidArgumentError: a format of several planes, which no one array holds.
        """
        if len(self.buffer.planes) > 1:
            raise InvalidArgumentError(
                f"a {self.buffer.pixel_format.name} picture has {len(self.buffer.planes)} planes: it is no one array.",
                hint="Take frame.buffer.planes, or ask for another pixel format, such as PixelFormat.RGB24.",
            )
        array = self.orientation.turned(self.buffer.planes[0])
        array.flags.writeable = False
        return array

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, upright."""
        return self.orientation.size(self.buffer.width, self.buffer.height)

    @property
    def image(self) -> Image.Image:
        """The same as a Pillow image of its own, pixel by pixel.

        Raises:
            InvalidArgumentError: a pixel format that Pillow has no mode for.
        """
        if self.buffer.pixel_format not in _IN_PILLOW:
            raise InvalidArgumentError(
                f"Pillow has no images of {self.buffer.pixel_format.name}.",
                hint=f"Ask for frames of {' or '.join(kind.name for kind in _IN_PILLOW)}.",
            )
        return Image.fromarray(np.ascontiguousarray(self.array))

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if dtype is None or np.dtype(dtype) == self.array.dtype:
            return self.array.copy() if copy else self.array
        if copy is False:
            raise ValueError(f"a frame of {self.array.dtype} is no array of {np.dtype(dtype)} without a copy.")
        return self.array.astype(dtype)

    def _repr_png_(self) -> bytes:
        """For notebooks: with square pixels, at most 640 pixels wide and high."""
        image = self.image
        pasp = self.buffer.pixel_aspect_ratio
        across = float(pasp.ratio) if pasp is not None else 1.0
        width, height = (across, 1.0) if not self.orientation.swaps_sides else (1.0, across)
        width, height = image.width * width, image.height * height
        scale = min(1.0, _SHOWN / max(width, height))
        image = image.resize((max(1, round(width * scale)), max(1, round(height * scale))))
        file = io.BytesIO()
        image.save(file, "PNG")
        return file.getvalue()

    def __repr__(self) -> str:
        width, height = self.size
        kind = self.buffer.pixel_format.name
        return f"<Frame at {self.time:.3f} s for {self.duration:.3f} s: {width}×{height} {kind}>"


_IN_PILLOW = (PixelFormat.RGB24, PixelFormat.RGBA32, PixelFormat.GRAY8)


@dataclass(frozen=True, slots=True)
class FrameWish:
    """How frames are wanted: their pixel format, and their size once upright (None: as they are)."""

    pixel_format: PixelFormat
    size: tuple[int, int] | None


def frame_at(asset: Asset, time: TimeLike) -> Frame:
    """The frame on show at a moment: ``asset[1.5]``.

    Raises:
        NoImageError: nothing is on show then. InvalidArgumentError: no moment in time.
        ReelwrightError, OSError: what reading and decoding raise.
    """
    from reelwright.reading.frame_reading import single_frame

    moment = Time.of(time)
    if not moment.is_numeric:
        raise NoImageError(f"there is no frame at {time!r}.", hint="Give seconds.")
    return single_frame(asset, moment)


def frames_between(
    asset: Asset,
    start: TimeLike | None = None,
    end: TimeLike | None = None,
    *,
    step: TimeLike | None = None,
    pixel_format: PixelFormat | str = PixelFormat.RGB24,
    size: tuple[int, int] | None = None,
) -> Iterator[Frame]:
    """The frames shown in a stretch of an asset: see ``Asset.frames``."""
    from reelwright.reading.frame_reading import each_frame, stepped_frames

    first = Time.ZERO if start is None else Time.of(start)
    last = Time.POSITIVE_INFINITY if end is None else Time.of(end)
    wish = FrameWish(PixelFormat.of(pixel_format), _checked_size(size))
    if not first.is_numeric or not (last.is_numeric or last.is_positive_infinity):
        raise InvalidArgumentError(f"there are no frames from {start!r} to {end!r}.", hint="Give seconds.")
    if step is None:
        return each_frame(asset, first, last, wish)
    apart = Time.of(step)
    if not apart.is_numeric or apart <= Time.ZERO:
        raise InvalidArgumentError(f"a step of {step!r} leads nowhere.", hint="Give seconds above 0.")
    return stepped_frames(asset, first, last, apart.fraction, wish)


def _checked_size(size: tuple[int, int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    sides = tuple(size) if isinstance(size, Sequence) else ()
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise InvalidArgumentError(f"{size!r} is no size.", hint="Give (width, height) in whole pixels.")
    return sides


def moments_apart(first: Time, last: Time, step: Fraction) -> Iterator[Time]:
    """``first``, ``first + step`` … before ``last``, each worked out anew so that nothing adds up."""
    number = 0
    while (moment := Time.of(first.fraction + number * step)) < last:
        yield moment
        number += 1
