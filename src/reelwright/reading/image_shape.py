"""How large an image becomes and which part of the decoded picture it shows: aperture mode, aspect, bounding box.

Pure arithmetic in exact fractions. The decoded picture is scaled as a whole and then cut, so that the size of an image
follows from the part that is shown, never from what surrounds it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from reelwright.model.format import CleanAperture, FormatDescription
from reelwright.model.kinds import ApertureMode

__all__ = ["ImageShape", "image_shape"]


class ImageShape(NamedTuple):
    """Width and height that the whole picture is scaled to, and the part of the result that is the image."""

    width: int
    height: int
    left: int
    top: int
    image_width: int
    image_height: int


def image_shape(
    size: tuple[int, int],
    format: FormatDescription,
    mode: ApertureMode,
    maximum: tuple[Fraction, Fraction],
    *,
    swaps_sides: bool = False,
) -> ImageShape:
    """The shape of images of one kind of pictures.

    * CLEAN_APERTURE shows the clean aperture with the pixels' aspect, PRODUCTION_APERTURE the whole picture with it,
      ENCODED_PIXELS the pixels as they are (``AVAssetImageGenerator.ApertureMode``).
    * Images fit into the maximum size and are never enlarged; 0 is no limit. The limits are those of the image as it is
      delivered, after turning.

    Args:
        size: of the decoded picture. swaps_sides: the image is turned by a quarter afterwards.
    """
    clean = format.clean_aperture if mode is ApertureMode.CLEAN_APERTURE else None
    if clean is None or not clean.fits(*size):
        clean = CleanAperture(Fraction(size[0]), Fraction(size[1]))
    pasp = None if mode is ApertureMode.ENCODED_PIXELS else format.pixel_aspect_ratio
    aspect = pasp.ratio if pasp is not None else Fraction(1)
    limits = maximum[::-1] if swaps_sides else maximum
    scale = _scale((clean.width * aspect, clean.height), limits)
    across, down = scale * aspect, scale
    width, left, image_width = _side(size[0], clean.width, clean.horizontal_offset, across)
    height, top, image_height = _side(size[1], clean.height, clean.vertical_offset, down)
    return ImageShape(width, height, left, top, image_width, image_height)


def _scale(shown: tuple[Fraction, Fraction], limits: tuple[Fraction, Fraction]) -> Fraction:
    return min([Fraction(1), *(limit / side for side, limit in zip(shown, limits, strict=True) if limit)])


def _side(coded: int, shown: Fraction, offset: Fraction, scale: Fraction) -> tuple[int, int, int]:
    """(length of the whole picture, where the image begins in it, length of the image), in pixels of the image."""
    image = max(1, round(shown * scale))
    whole = max(image, round(coded * scale))
    start = (Fraction(coded) / 2 + offset - shown / 2) * scale
    return whole, min(max(0, round(start)), whole - image), image
