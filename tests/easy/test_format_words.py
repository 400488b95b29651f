"""Colour, light, geometry and stereo in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reelwright.easy.format_words import (
    color_words,
    geometry_words,
    light_words,
    number,
    stereo_words,
    turn_words,
)
from reelwright.model.color import ColorProperties
from reelwright.model.facts import IDENTITY, Transform
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import MediaType


def described(**facts: object) -> FormatDescription:
    given = {"width": 1920, "height": 1080, **facts}
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1", **given)  # type: ignore[arg-type]


def turned(a: int, b: int, c: int, d: int) -> Transform:
    return Fraction(a), Fraction(b), Fraction(c), Fraction(d), Fraction(0), Fraction(0)


def test_numbers_have_no_exponents_and_no_trailing_zeros() -> None:
    assert [number(value) for value in (1.5, 30, Fraction(1, 3), 1e-9, 1e9)] == [
        "1.5",
        "30",
        "0.333333",
        "0",
        "1000000000",
    ]
    assert number(29.97003, 3) == "29.97"
    assert number(100, 0) == "100"


@pytest.mark.parametrize(
    ("codes", "full_range", "words"),
    [
        ((1, 1, 1), False, "BT.709, video range"),
        ((9, 16, 9), False, "BT.2020 PQ, video range"),
        ((9, 18, 9), None, "BT.2020 HLG"),
        ((6, 6, 6), True, "BT.601 (525 lines), full range"),
        ((5, 6, 5), False, "BT.601 (625 lines), video range"),
        ((12, 1, 1), False, "Display P3 primaries, BT.709 curve, BT.709 matrix, video range"),
        ((1, 13, 0), True, "BT.709 primaries, sRGB curve, RGB matrix, full range"),
        ((1, 2, 1), None, "BT.709 with an untold curve"),
        ((2, 2, 1), None, "BT.709 matrix"),
        ((2, 2, 2), False, "video range"),
    ],
)
def test_colour_by_the_names_of_standards(codes: tuple[int, int, int], full_range: bool | None, words: str) -> None:
    assert color_words(described(color=ColorProperties(*codes), full_range=full_range)) == words


def test_no_colour_no_words() -> None:
    assert color_words(described()) == ""


def mastering(points: list[tuple[float, float]], most: float, least: float) -> bytes:
    """Green, blue, red and white, then luminance."""
    values = [round(part * 50000).to_bytes(2, "big") for point in points for part in point]
    return b"".join(values) + round(most * 10000).to_bytes(4, "big") + round(least * 10000).to_bytes(4, "big")


def test_light() -> None:
    p3 = mastering([(0.265, 0.69), (0.15, 0.06), (0.68, 0.32), (0.3127, 0.329)], 1000, 0.0001)
    found = described(
        extensions={
            "MasteringDisplayColorVolume": p3,
            "ContentLightLevelInfo": (1100).to_bytes(2, "big") + (180).to_bytes(2, "big"),
            "AmbientViewingEnvironment": (3140000).to_bytes(4, "big") + bytes(4),
        },
        atoms={"dvvC": bytes([1, 0, 8 << 1, 4 << 3, 4 << 4])},
    )
    assert list(light_words(found)) == [
        "mastered on P3, 0.0001 to 1000 cd/m²",
        "brightest pixel 1100 cd/m², brightest frame 180 cd/m² on average",
        "to be seen in 314 lux",
        "Dolby Vision profile 8.4, level 4",
    ]


def test_a_display_of_its_own_is_told_by_its_points() -> None:
    own = mastering([(0.245, 0.703), (0.138, 0.052), (0.678, 0.322), (0.31, 0.33)], 4000.5, 0)
    (words,) = light_words(described(extensions={"MasteringDisplayColorVolume": own}))
    assert words == "mastered on red (0.678, 0.322), green (0.245, 0.703), blue (0.138, 0.052), 0 to 4000.5 cd/m²"


def test_records_that_are_cut_off_are_not_told() -> None:
    cut = {"MasteringDisplayColorVolume": bytes(23), "ContentLightLevelInfo": b"\0", "AmbientViewingEnvironment": b""}
    assert list(light_words(described(extensions=cut, atoms={"dvcC": b"\1\0"}))) == []


def test_geometry() -> None:
    plain = described(bits_per_component=10, chroma="4:2:0")
    assert list(geometry_words(plain)) == ["1920×1080", "4:2:0 10 bit"]
    dv = described(
        width=720,
        height=576,
        pixel_aspect_ratio=PixelAspectRatio(59, 54),
        clean_aperture=CleanAperture(Fraction(703), Fraction(576)),
        extensions={"CVFieldCount": 2, "CVFieldDetail": "TemporalBottomFirst", "ContainsAlphaChannel": True},
    )
    assert list(geometry_words(dv)) == [
        "720×576",
        "of which 703×576 are shown",
        "pixels 59:54",
        "seen as 768.09×576",
        "with alpha",
        "interlaced, bottom field first",
    ]
    assert list(geometry_words(described(pixel_aspect_ratio=PixelAspectRatio(1, 1)))) == ["1920×1080"]


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        (IDENTITY, ""),
        (turned(0, 1, -1, 0), "turned 90° clockwise"),
        (turned(-1, 0, 0, -1), "turned 180°"),
        (turned(0, -1, 1, 0), "turned 90° counter-clockwise"),
        (turned(-1, 0, 0, 1), "mirrored"),
        (turned(1, 0, 0, -1), "mirrored and turned 180°"),
        (turned(2, 0, 0, 2), ""),
        (turned(1, 1, -1, 1), "turned 45° clockwise"),
    ],
)
def test_turns(transform: Transform, words: str) -> None:
    assert turn_words(transform) == words


def test_stereo() -> None:
    both = {
        "HasLeftStereoEyeView": True,
        "HasRightStereoEyeView": True,
        "HeroEye": "Left",
        "StereoCameraBaseline": 19240,
    }
    both |= {"HorizontalDisparityAdjustment": 200, "HorizontalFieldOfView": 63400, "ProjectionKind": "Rectilinear"}
    assert stereo_words(described(extensions=both)) == (
        "both eyes, left one leads, cameras 19.24 mm apart, disparity 2 %, field of view 63.4°, Rectilinear"
    )
    assert stereo_words(described(extensions={"HasRightStereoEyeView": True})) == "right eye"
    assert stereo_words(described()) == ""
