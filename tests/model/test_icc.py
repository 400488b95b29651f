"""Embedded profiles: colours come out in sRGB, and a profile that is sRGB or of no use changes nothing."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from reelwright.model.icc import to_srgb

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"


def adobe_rgb() -> bytes:
    """The profile of a photograph that is not in sRGB."""
    with Image.open(PHOTOS / "rocket.jpg") as image:
        profile: bytes = image.info["icc_profile"]
    return profile


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def flat(mode: str, *values: int) -> Image.Image:
    return Image.new(mode, (2, 2), values if len(values) > 1 else values[0])


def adobe_to_srgb(values: tuple[int, int, int]) -> np.ndarray:
    """The same by the published figures of both spaces (both have D65's white)."""
    linear = (np.array(values) / 255) ** (563 / 256)
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    srgb_to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    light = np.clip(np.linalg.solve(srgb_to_xyz, to_xyz @ linear), 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("values", [(0, 0, 0), (255, 255, 255), (200, 100, 50), (90, 130, 110), (128, 128, 128)])
def test_a_wide_profile_is_converted(values: tuple[int, int, int]) -> None:
    done = to_srgb(flat("RGB", *values), adobe_rgb())
    assert done.mode == "RGB"
    assert np.asarray(done)[0, 0] == pytest.approx(adobe_to_srgb(values), abs=1.5)


def test_alpha_is_carried_along() -> None:
    done = to_srgb(flat("RGBA", 200, 100, 50, 77), adobe_rgb())
    assert done.mode == "RGBA"
    assert np.asarray(done)[0, 0] == pytest.approx([*adobe_to_srgb((200, 100, 50)), 77], abs=1.5)


def test_grey_with_a_profile_of_colours_becomes_colour() -> None:
    done = to_srgb(flat("L", 128), adobe_rgb())
    assert np.asarray(done)[0, 0] == pytest.approx(adobe_to_srgb((128, 128, 128)), abs=1.5)


def test_srgb_in_other_words_changes_nothing() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8))
    assert to_srgb(image, srgb()) is image


def test_a_profile_of_no_use_is_logged_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    image = flat("RGB", 1, 2, 3)
    assert to_srgb(image, b"no profile at all") is image
    assert "cannot be used" in caplog.text


def test_a_profile_for_other_pictures_is_logged_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    image = flat("CMYK", 1, 2, 3, 4)
    assert to_srgb(image, adobe_rgb()) is image
    assert "it is for RGB, the picture is CMYK" in caplog.text


def test_a_profile_without_a_usable_space_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    image = flat("RGB", 1, 2, 3)
    assert to_srgb(image, lab) is image
    assert "its colour space is" in caplog.text


def test_a_profile_survives_its_file() -> None:
    file = io.BytesIO()
    flat("RGB", 200, 100, 50).save(file, "PNG", icc_profile=adobe_rgb())
    with Image.open(file) as image:
        done = to_srgb(image, image.info["icc_profile"])
    assert np.asarray(done)[0, 0] == pytest.approx(adobe_to_srgb((200, 100, 50)), abs=1.5)
