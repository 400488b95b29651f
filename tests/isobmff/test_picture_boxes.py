from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.entry_cases import read_picture

from reelwright.isobmff.box import Box, full_box, i32, u8, u16, u32
from reelwright.model.color import ColorProperties
from reelwright.model.format import CleanAperture, PixelAspectRatio


@pytest.mark.parametrize(
    ("payload", "color", "full_range"),
    [
        (b"nclc" + u16(1, 1, 1), ColorProperties.HD, None),
        (b"nclx" + u16(9, 16, 9) + b"\x80", ColorProperties.HDR10, True),
        (b"nclx" + u16(9, 18, 9) + b"\x00", ColorProperties.HLG, False),
        (b"nclx" + u16(1, 1, 1), ColorProperties.HD, None),  # as QuickTime writes it, without the range
        (b"nclc" + u16(2, 2, 2), None, None),
        (b"nclx" + u16(2, 2, 2) + b"\x80", None, True),
        (b"nclc" + u16(0, 0, 6), ColorProperties(2, 2, 6), None),
    ],
)
def test_colour(payload: bytes, color: ColorProperties | None, full_range: bool | None) -> None:
    read = read_picture("jpeg", Box("colr", payload))
    assert (read.format.color, read.format.full_range, read.problems) == (color, full_range, ())
    assert "colr" not in read.format.atoms


def test_code_points_that_are_not_known_are_unspecified() -> None:
    read = read_picture("jpeg", Box("colr", b"nclc", u16(99, 1, 1)))
    assert read.format.color == ColorProperties(2, 1, 1)
    assert read.problems == ("the colour tags (99, 1, 1) hold code points that are not known: taken as unspecified.",)


@pytest.mark.parametrize("kind", [b"prof", b"rICC"])
def test_profiles(kind: bytes) -> None:
    boxes = Box("colr", kind, b"an ICC profile"), Box("colr", b"nclc", u16(12, 13, 0))
    for order in (boxes, boxes[::-1]):
        found = read_picture("jpeg", *order).format
        assert found.extensions["ICCProfile"] == b"an ICC profile"
        assert found.color == ColorProperties(12, 13, 0)


def test_the_first_of_several_tags_counts() -> None:
    found = read_picture(
        "jpeg", Box("colr", b"nclc", u16(1, 1, 1)), Box("colr", b"nclx", u16(9, 16, 9), u8(0x80))
    ).format
    assert (found.color, found.full_range) == (ColorProperties.HD, None)


def fractions(*values: int) -> Box:
    return Box("clap", i32(*values))


def test_geometry() -> None:
    found = read_picture("jpeg", Box("pasp", u32(4, 3)), fractions(59, 1, 93, 2, -1, 2, 3, 4)).format
    assert found.pixel_aspect_ratio == PixelAspectRatio(4, 3)
    assert found.clean_aperture == CleanAperture(Fraction(59), Fraction(93, 2), Fraction(-1, 2), Fraction(3, 4))
    assert not {"pasp", "clap"} & found.atoms.keys()


@pytest.mark.parametrize(
    ("box", "problem"),
    [
        (fractions(59, 0, 40, 1, 0, 1, 0, 1), "denominator of zero"),
        (fractions(0, 1, 40, 1, 0, 1, 0, 1), "positive width"),
        (fractions(-5, 1, 40, 1, 0, 1, 0, 1), "positive width"),
        (fractions(65, 1, 48, 1, 0, 1, 0, 1), "reaches beyond the picture of 64×48"),
        (fractions(64, 1, 48, 1, 1, 1, 0, 1), "reaches beyond the picture of 64×48"),
        (fractions(1 << 30, 1, 48, 1, 0, 1, 0, 1), "Width"),
        (Box("clap", u32(64)), "ends too early"),
        (Box("pasp", u32(0, 1)), "HorizontalSpacing"),
        (Box("pasp", u32(1, 0)), "VerticalSpacing"),
        (Box("pasp", u32(1)), "ends too early"),
        (Box("colr", b"nclx", u16(1)), "ends too early"),
        (Box("colr"), "ends too early"),
        (Box("fiel", b"\1"), "ends too early"),
        (Box("fiel", b"\7\0"), "7 fields"),
        (Box("gama", b"\1"), "ends too early"),
        (Box("mdcv", bytes(23)), "23 bytes, not 24"),
        (Box("btrt", bytes(4)), "ends too early"),
        (Box("hfov", bytes(3)), "ends too early"),
        (Box("vexu", Box("eyes", full_box("stri", 0, 0))), "ends too early"),
    ],
)
def test_broken_boxes_are_noted_and_left_out(box: Box, problem: str) -> None:
    read = read_picture("jpeg", Box("clli", u16(1000, 400)), box)
    assert len(read.problems) == 1
    assert problem in read.problems[0]
    assert (read.format.pixel_aspect_ratio, read.format.clean_aperture, read.format.color) == (None, None, None)
    assert read.format.extensions["ContentLightLevelInfo"] == u16(1000, 400)


@pytest.mark.parametrize(
    ("payload", "known"),
    [
        (u8(1, 0), {"CVFieldCount": 1}),
        (u8(2, 0), {"CVFieldCount": 2}),
        (u8(2, 1), {"CVFieldCount": 2, "CVFieldDetail": "TemporalTopFirst"}),
        (u8(2, 6), {"CVFieldCount": 2, "CVFieldDetail": "TemporalBottomFirst"}),
        (u8(2, 9), {"CVFieldCount": 2, "CVFieldDetail": "SpatialFirstLineEarly"}),
        (u8(2, 14), {"CVFieldCount": 2, "CVFieldDetail": "SpatialFirstLineLate"}),
        (u8(2, 77), {"CVFieldCount": 2}),
    ],
)
def test_fields(payload: bytes, known: dict[str, object]) -> None:
    assert read_picture("jpeg", Box("fiel", payload)).format.extensions == {"Depth": 24, **known}


def test_light_levels_are_coremedias_bytes_and_stay_for_the_next_file() -> None:
    payloads = {"mdcv": bytes(range(24)), "clli": u16(1000, 400), "amve": u32(314000) + u16(1, 2), "cclv": b"volume"}
    found = read_picture("jpeg", *(Box(kind, payload) for kind, payload in payloads.items())).format
    assert dict(found.atoms) == payloads
    assert found.extensions["MasteringDisplayColorVolume"] == payloads["mdcv"]
    assert found.extensions["ContentLightLevelInfo"] == payloads["clli"]
    assert found.extensions["AmbientViewingEnvironment"] == payloads["amve"]
    assert found.extensions["ContentColorVolume"] == payloads["cclv"]


def test_gamma_chroma_place_and_bit_rate() -> None:
    boxes = Box("gama", u32(0x23333)), Box("chrm", u8(0, 99)), Box("btrt", u32(0, 9_000_000, 5_000_000))
    found = read_picture("jpeg", *boxes).format
    assert found.extensions["GammaLevel"] == Fraction(0x23333, 65536)
    assert (found.extensions["ChromaLocationTopField"], "ChromaLocationBottomField" in found.extensions) == (
        "Left",
        False,
    )
    assert found.bit_rate == 5_000_000
    assert read_picture("jpeg", Box("btrt", u32(0, 9_000_000, 0))).format.bit_rate == 9_000_000


def test_stereo() -> None:
    eyes = Box(
        "eyes",
        full_box("stri", 0, 0, u8(3)),
        full_box("hero", 0, 0, u8(2)),
        Box("cams", full_box("blin", 0, 0, u32(19240))),
        Box("cmfy", full_box("dadj", 0, 0, i32(-200))),
    )
    projection = Box("proj", full_box("prji", 0, 0, b"hequ"))
    packing = Box("pack", full_box("pkin", 0, 0, b"side"))
    found = read_picture("jpeg", Box("vexu", eyes, projection, packing), Box("hfov", u32(63400)))
    assert found.problems == ()
    assert found.format.extensions == {
        "Depth": 24,
        "HasLeftStereoEyeView": True,
        "HasRightStereoEyeView": True,
        "HeroEye": "Right",
        "StereoCameraBaseline": 19240,
        "HorizontalDisparityAdjustment": -200,
        "ProjectionKind": "HalfEquirectangular",
        "ViewPackingKind": "SideBySide",
        "HorizontalFieldOfView": 63400,
    }
    assert {"vexu", "hfov"} <= found.format.atoms.keys()


@pytest.mark.parametrize(
    ("bits", "left", "right", "more"),
    [(1, True, False, {}), (2, False, True, {}), (7, True, True, {"HasAdditionalViews": True}),
     (11, True, True, {"StereoEyeViewsReversed": True})],
)  # fmt: skip
def test_eyes(bits: int, left: bool, right: bool, more: dict[str, bool]) -> None:
    eyes = Box("vexu", Box("eyes", full_box("stri", 0, 0, u8(bits)), full_box("hero", 0, 0, u8(0))))
    found = read_picture("jpeg", eyes).format.extensions
    assert found == {"Depth": 24, "HasLeftStereoEyeView": left, "HasRightStereoEyeView": right, **more}


def test_projections_that_are_not_known_go_by_their_code() -> None:
    box = Box("vexu", Box("proj", full_box("prji", 0, 0, b"abcd")))
    assert read_picture("jpeg", box).format.extensions["ProjectionKind"] == "abcd"
