"""Pictures laid upright before they are encoded, for players that do not turn them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from reelwright.model.format import CleanAperture
from reelwright.model.pixel import PixelBuffer
from reelwright.model.sample import SampleBuffer
from reelwright.reading.orientation import Orientation

__all__ = ["upright"]


def upright(buffers: Iterable[SampleBuffer], orientation: Orientation) -> Iterator[SampleBuffer]:
    """Pictures as they are seen, with square pixels left to whoever scales them.

    Their chroma must have the same resolution in both directions, as 4:2:0 and 4:4:4 have.
    """
    for buffer in buffers:
        yield buffer if buffer.image is None else replace(buffer, image=_turned(buffer.image, orientation))


def _turned(image: PixelBuffer, orientation: Orientation) -> PixelBuffer:
    width, height = orientation.size(image.width, image.height)
    clap = image.clean_aperture
    if clap is not None and orientation.swaps_sides:
        clap = CleanAperture(clap.height, clap.width, clap.vertical_offset, clap.horizontal_offset)
    return PixelBuffer(
        [np.ascontiguousarray(orientation.turned(plane)) for plane in image.planes],
        image.pixel_format,
        width=width,
        height=height,
        color=image.color,
        full_range=image.full_range,
        clean_aperture=clap,
    )
