"""Pixel buffers for display: as pictures of a decoder are made."""

from __future__ import annotations

import numpy as np
import pytest

from reelwright.codecs.display import DisplayConverter
from reelwright.codecs.tone_map import tone_mapped
from reelwright.model.color import ColorProperties
from reelwright.model.pixel import PixelBuffer, PixelFormat


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("level", [0.1, 0.4, 0.58, 0.75, 1.0])
def test_greys_follow_the_curve(transfer: int, level: float) -> None:
    color = ColorProperties(9, transfer, 9)
    luma = np.full((4, 4), round(64 + 876 * level), np.uint16)
    chroma = np.full((2, 2), 512, np.uint16)
    made = DisplayConverter().convert(PixelBuffer([luma, chroma, chroma], PixelFormat.YUV420P10, color=color))
    expected = tone_mapped(np.full(3, level), color, 1000.0) * 255
    assert (made.pixel_format, made.color) == (PixelFormat.RGB24, ColorProperties.SRGB)
    assert np.abs(made.planes[0] - expected).max() <= 2


def test_pictures_of_the_usual_kind_are_themselves() -> None:
    picture = PixelBuffer.from_array(np.zeros((4, 4, 3), np.uint8))
    assert DisplayConverter().convert(picture) is picture
