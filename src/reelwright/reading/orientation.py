"""How pictures are turned to be seen upright: the eight transforms that only turn and mirror, of arrays and images.

A track's transform maps ``x' = a·x + c·y + tx`` and ``y' = b·x + d·y + ty``, y growing downwards. Whatever else one may
say (scaling, shearing, other angles, moving) is ignored, as ``AVAssetImageGenerator`` does.
"""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from reelwright.model.facts import Transform

__all__ = ["Orientation"]

Array = npt.NDArray[Any]

_SLACK = Fraction(1, 256)  # rotations that passed through floats are this near to whole numbers


class _Turn(NamedTuple):
    """Whether rows become columns first, and which directions are then reversed."""

    swaps: bool
    flips_columns: bool
    flips_rows: bool
    pillow: Image.Transpose | None


class Orientation(Enum):
    """One of the eight ways to lay a picture down (the names are EXIF's for the same)."""

    UPRIGHT = _Turn(False, False, False, None)
    MIRRORED = _Turn(False, True, False, Image.Transpose.FLIP_LEFT_RIGHT)
    TURNED_180 = _Turn(False, True, True, Image.Transpose.ROTATE_180)
    FLIPPED = _Turn(False, False, True, Image.Transpose.FLIP_TOP_BOTTOM)
    TRANSPOSED = _Turn(True, False, False, Image.Transpose.TRANSPOSE)
    TURNED_RIGHT = _Turn(True, True, False, Image.Transpose.ROTATE_270)
    TRANSVERSED = _Turn(True, True, True, Image.Transpose.TRANSVERSE)
    TURNED_LEFT = _Turn(True, False, True, Image.Transpose.ROTATE_90)

    @classmethod
    def of(cls, transform: Transform) -> Orientation:
        """What a track's transform comes to; UPRIGHT for one that is none of the eight."""
        whole = [round(part) for part in transform[:4]]
        if any(abs(part - near) > _SLACK for part, near in zip(transform[:4], whole, strict=True)):
            return cls.UPRIGHT
        return _MEANINGS.get(tuple(whole), cls.UPRIGHT)

    @property
    def swaps_sides(self) -> bool:
        """Whether width becomes height."""
        return self.value.swaps

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of a picture of that size once it is turned."""
        return (height, width) if self.swaps_sides else (width, height)

    def turned(self, array: Array) -> Array:
        """A view of an array of rows × columns (× values) as it is seen."""
        turn = self.value
        if turn.swaps:
            array = np.swapaxes(array, 0, 1)
        if turn.flips_columns:
            array = array[:, ::-1]
        return array[::-1] if turn.flips_rows else array

    def turned_image(self, image: Image.Image) -> Image.Image:
        """The image as it is seen; itself when there is nothing to turn."""
        return image if self.value.pillow is None else image.transpose(self.value.pillow)


# (a, b, c, d) -> what it does. x grows to the right and y down: (0, 1, -1, 0) turns to the right, as phones write it.
_MEANINGS: dict[tuple[int, ...], Orientation] = {
    (1, 0, 0, 1): Orientation.UPRIGHT,
    (-1, 0, 0, 1): Orientation.MIRRORED,
    (-1, 0, 0, -1): Orientation.TURNED_180,
    (1, 0, 0, -1): Orientation.FLIPPED,
    (0, 1, 1, 0): Orientation.TRANSPOSED,
    (0, 1, -1, 0): Orientation.TURNED_RIGHT,
    (0, -1, -1, 0): Orientation.TRANSVERSED,
    (0, -1, 1, 0): Orientation.TURNED_LEFT,
}
