"""Sizes of images: apertures, pixel aspects, bounding boxes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reelwright import ApertureMode, CleanAperture, FormatDescription, MediaType, PixelAspectRatio
from reelwright.reading.image_shape import ImageShape, image_shape

CLEAN, PRODUCTION, ENCODED = ApertureMode


def shape(size: tuple[int, int], mode: ApertureMode = CLEAN, box: Any = (0, 0), **more: Any) -> ImageShape:
    swaps = more.pop("swaps_sides", False)
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=size[0], height=size[1], **more)
    return image_shape(size, format, mode, (Fraction(box[0]), Fraction(box[1])), swaps_sides=swaps)


def test_without_anything_a_picture_is_as_it_is() -> None:
    assert shape((640, 480)) == (640, 480, 0, 0, 640, 480)


@pytest.mark.parametrize(("mode", "size"), [(CLEAN, (1024, 576)), (PRODUCTION, (1048, 576)), (ENCODED, (720, 576))])
def test_apertures_of_a_wide_dv_picture(mode: ApertureMode, size: tuple[int, int]) -> None:
    # ITU-R BT.601: 703 of 720 columns are shown at 16:9, with pixels of 1024:703.
    clap = CleanAperture(Fraction(703), Fraction(576))
    found = shape((720, 576), mode, clean_aperture=clap, pixel_aspect_ratio=PixelAspectRatio(1024, 703))
    assert (found.image_width, found.image_height) == (size[0] if mode is not PRODUCTION else 1049, size[1])


def test_what_the_clean_aperture_hides_is_cut_off_where_it_lies() -> None:
    clap = CleanAperture(Fraction(100), Fraction(50), Fraction(-10), Fraction(20))
    assert shape((200, 100), clean_aperture=clap) == (200, 100, 40, 45, 100, 50)


def test_scaled_pictures_are_cut_in_proportion() -> None:
    clap = CleanAperture(Fraction(100), Fraction(50), Fraction(-10), Fraction(20))
    assert shape((200, 100), box=(50, 0), clean_aperture=clap) == (100, 50, 20, 22, 50, 25)


def test_an_aperture_that_does_not_fit_is_ignored() -> None:
    assert shape((100, 100), clean_aperture=CleanAperture(Fraction(200), Fraction(50)))[4:] == (100, 100)


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((320, 320), (320, 180)),
        ((0, 90), (160, 90)),
        ((100, 0), (100, 56)),
        ((1, 1), (1, 1)),
        ((4000, 4000), (1920, 1080)),
        ((1920, 1079), (1918, 1079)),
        ((Fraction(1, 3), 5), (1, 1)),
    ],
)
def test_images_fit_into_the_box_and_are_never_enlarged(box: Any, size: tuple[int, int]) -> None:
    assert shape((1920, 1080), box=box)[4:] == size


def test_the_box_is_that_of_the_turned_image() -> None:
    found = shape((1920, 1080), box=(90, 320), swaps_sides=True)
    assert (found.image_height, found.image_width) == (90, 160)


def test_the_whole_is_never_smaller_than_its_part() -> None:
    for width in range(1, 40):
        clap = CleanAperture(Fraction(width), Fraction(7), Fraction(40 - width, 2))
        for side in range(1, 12):
            found = shape((40, 7), box=(side, 0), clean_aperture=clap)
            assert 0 <= found.left <= found.width - found.image_width
            assert found.image_width <= side
