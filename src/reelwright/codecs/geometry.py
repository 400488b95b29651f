"""Where the pixels go: which part of a source is used, how large it becomes, and where it lies in the coded picture.

Pure arithmetic on integers and fractions, in pixels. The display area starts at the coded picture's top left corner;
what makes its width and height even lies to the right and below, and a clean aperture hides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.format import CleanAperture, PixelAspectRatio
from reelwright.model.kinds import ScalingMode

__all__ = ["Placement", "Rectangle", "SourceShape", "place", "shown_part"]


class Rectangle(NamedTuple):
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SourceShape:
    """What geometry needs to know of a source picture; ``step`` is 2 where chroma is subsampled, else 1."""

    width: int
    height: int
    step: int = 1
    pixel_aspect: Fraction = Fraction(1)
    clean_aperture: CleanAperture | None = None


class Placement(NamedTuple):
    """``crop`` of the source is scaled to ``area``'s size and put at its place in the display area."""

    crop: Rectangle
    area: Rectangle

    @property
    def scales(self) -> bool:
        return self.crop[2:] != self.area[2:]


def place(source: SourceShape, width: int, height: int, pixel_aspect: Fraction, mode: ScalingMode | None) -> Placement:
    """Fit a source into a display area of ``width`` × ``height`` pixels (``AVVideoScalingModeKey``).

    Without a mode the sizes must be equal and nothing is cropped. With one, only the source's clean aperture is used.
    Sizes of pictures with bars and positions are even, so that bars begin at whole chroma values.

    Raises:
        FrameError: sizes differ and there is no mode. SettingsError: ``ScalingMode.FIT``, which writers refuse.
    """
    whole = Rectangle(0, 0, width, height)
    if mode is None:
        if (source.width, source.height) != (width, height):
            raise FrameError(
                f"the picture is {source.width}×{source.height} pixels but the film is {width}×{height}.",
                hint="Append pictures of that size, or set a scaling mode, for example ScalingMode.RESIZE_ASPECT.",
            )
        return Placement(whole, whole)
    if mode is ScalingMode.FIT:
        raise SettingsError(
            "ScalingMode.FIT cannot be used for writing (AVVideoScalingModeFit).",
            hint="Use RESIZE, RESIZE_ASPECT or RESIZE_ASPECT_FILL.",
        )
    crop = shown_part(source)
    if mode is ScalingMode.RESIZE:
        return Placement(crop, whole)
    if mode is ScalingMode.RESIZE_ASPECT_FILL:
        return Placement(_filling_part(crop, source, Fraction(width, height) * pixel_aspect), whole)
    return Placement(crop, _fitting_area(crop, source.pixel_aspect / pixel_aspect, width, height))


def shown_part(source: SourceShape) -> Rectangle:
    """The clean aperture in whole pixels: edges at the nearest pixel, or pair of pixels where chroma is shared."""
    clap = source.clean_aperture
    if clap is None or not clap.fits(source.width, source.height):
        return Rectangle(0, 0, source.width, source.height)
    left = Fraction(source.width) / 2 + clap.horizontal_offset - clap.width / 2
    top = Fraction(source.height) / 2 + clap.vertical_offset - clap.height / 2
    x, width = _edges(left, left + clap.width, source.width, source.step)
    y, height = _edges(top, top + clap.height, source.height, source.step)
    return Rectangle(x, y, width, height)


def _edges(start: Fraction, end: Fraction, limit: int, step: int) -> tuple[int, int]:
    """(first pixel, count) of an interval: it starts at a multiple of ``step`` and ends at one or at the limit."""
    first = min(_nearest(start, step), (limit - 1) // step * step)
    last = limit if end == limit else min(max(_nearest(end, step), first + step), limit)
    return first, last - first


def _nearest(value: Fraction, step: int) -> int:
    """The multiple of ``step`` nearest to a value, halves up."""
    return int((value / step + Fraction(1, 2)) // 1) * step


def _filling_part(part: Rectangle, source: SourceShape, aspect: Fraction) -> Rectangle:
    """The largest centred part of a rectangle with the display aspect ratio wanted."""
    width, height = Fraction(part.width), Fraction(part.height)
    if width * source.pixel_aspect > height * aspect:
        width = height * aspect / source.pixel_aspect
    else:
        height = width * source.pixel_aspect / aspect
    left, top = part.x + (part.width - width) / 2, part.y + (part.height - height) / 2
    x, columns = _edges(left, left + width, part.x + part.width, source.step)
    y, rows = _edges(top, top + height, part.y + part.height, source.step)
    return Rectangle(x, y, columns, rows)


def _fitting_area(part: Rectangle, pixel_aspect: Fraction, width: int, height: int) -> Rectangle:
    """The largest centred area with the part's display aspect ratio, in target pixels."""
    aspect = Fraction(part.width, part.height) * pixel_aspect
    if aspect >= Fraction(width, height):
        columns, rows = width, _even_below(width / aspect, height)
    else:
        columns, rows = _even_below(height * aspect, width), height
    return Rectangle((width - columns) // 4 * 2, (height - rows) // 4 * 2, columns, rows)


def _even_below(value: Fraction, limit: int) -> int:
    """The even number nearest to a value, at least 2; the limit itself, odd or not, when that is what it comes to."""
    even = max(_nearest(value, 2), 2)
    return limit if even >= limit or abs(value - limit) < Fraction(1, 2) else even


def aspect_of(ratio: PixelAspectRatio | None) -> Fraction:
    """Width to height of one pixel; 1 when nothing is said."""
    return ratio.ratio if ratio else Fraction(1)
