"""Conversions for some inputs, and turning: made once, told truly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from reelwright.model.color import ColorProperties
from reelwright.model.format import CleanAperture, PixelAspectRatio
from reelwright.model.pixel import PixelBuffer, PixelFormat
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time
from reelwright.reading.orientation import Orientation
from reelwright.transcoding.conversion import ForDisplay
from reelwright.transcoding.turning import upright


def shown(image: PixelBuffer) -> SampleBuffer:
    return SampleBuffer(image=image, timings=[SampleTiming(Time(3, 4), Time(1, 4))])


def deep(color: ColorProperties | None) -> PixelBuffer:
    luma, chroma = np.full((4, 6), 573, np.uint16), np.full((2, 3), 512, np.uint16)
    ratio = PixelAspectRatio(4, 3)
    return PixelBuffer([luma, chroma, chroma], PixelFormat.YUV420P10, color=color, pixel_aspect_ratio=ratio)


def test_hdr_becomes_untagged_rgb_once_for_all() -> None:
    convert, given = ForDisplay(), shown(deep(ColorProperties(9, 16, 9)))
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(convert, [given] * 8))
    assert all(each is made[0] for each in made)
    image = made[0].image
    assert image is not None
    assert (image.pixel_format, image.color, image.size) == (PixelFormat.RGB24, None, (6, 4))
    assert image.pixel_aspect_ratio == PixelAspectRatio(4, 3)
    assert made[0].timings == given.timings
    assert (image.planes[0] > 190).all()
    assert convert(shown(deep(ColorProperties(9, 16, 9)))) is not made[0]


@pytest.mark.parametrize("color", [None, ColorProperties.HD])
def test_what_can_be_shown_is_left_alone(color: ColorProperties | None) -> None:
    image = deep(color)
    assert ForDisplay()(shown(image)).image is image


def test_a_master_that_is_brighter_is_mapped_darker() -> None:
    given = shown(deep(ColorProperties(9, 16, 9)))
    bright = (10_000).to_bytes(2, "big") + bytes(2)
    usual, darker = (ForDisplay(more)(given).image for more in ({}, {"ContentLightLevelInfo": bright}))
    assert usual is not None
    assert darker is not None
    assert darker.planes[0].mean() < usual.planes[0].mean()


@pytest.mark.parametrize("orientation", Orientation)
def test_every_plane_is_turned(orientation: Orientation) -> None:
    planes = [np.arange(24, dtype=np.uint8).reshape(4, 6), *(np.arange(6, dtype=np.uint8).reshape(2, 3),) * 2]
    aperture = CleanAperture(4, 2, 1, 0)
    image = PixelBuffer(planes, PixelFormat.YUV420P, color=ColorProperties.HD, clean_aperture=aperture)
    (turned,) = upright([shown(image)], orientation)
    found = turned.image
    assert found is not None
    assert found.size == orientation.size(6, 4)
    assert found.color == ColorProperties.HD
    assert all(np.array_equal(new, orientation.turned(old)) for new, old in zip(found.planes, planes, strict=True))
    assert found.clean_aperture is not None
    assert (found.clean_aperture.width, found.clean_aperture.height) == orientation.size(4, 2)
