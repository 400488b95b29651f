"""What encoders are given: which layouts, and padding only where chroma is shared."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reelwright.codecs.frame_spec import TARGETS, FrameSpec
from reelwright.model.errors import SettingsError
from reelwright.model.format import CleanAperture
from reelwright.model.pixel import PixelFormat


@pytest.mark.parametrize(
    ("kind", "coded", "aperture"),
    [
        ("NV12", (642, 482), (Fraction(-1, 2), Fraction(-1, 2))),
        ("YUVA420P", (642, 482), (Fraction(-1, 2), Fraction(-1, 2))),
        ("YUV422P10", (642, 481), (Fraction(-1, 2), Fraction(0))),
        ("YUV444P10", (641, 481), None),
        ("YUVA444P10", (641, 481), None),
    ],
)
def test_odd_sizes_are_padded_where_chroma_is_shared(
    kind: str, coded: tuple[int, int], aperture: tuple[Fraction, Fraction] | None
) -> None:
    spec = FrameSpec(pixel_format=PixelFormat[kind], width=641, height=481)
    assert (spec.coded_width, spec.coded_height) == coded
    assert spec.is_padded == (aperture is not None)
    assert spec.coded_aperture == (None if aperture is None else CleanAperture(641, 481, *aperture))
    even = FrameSpec(pixel_format=PixelFormat[kind], width=640, height=480)
    assert (even.coded_width, even.coded_height, even.coded_aperture) == (640, 480, None)


def test_an_aperture_asked_for_keeps_its_place() -> None:
    asked = CleanAperture(600, 400, 10, 5)
    across = FrameSpec(pixel_format=PixelFormat.YUV422P10, width=641, height=481, clean_aperture=asked)
    assert across.coded_aperture == CleanAperture(600, 400, Fraction(19, 2), 5)
    neither = FrameSpec(pixel_format=PixelFormat.YUV444P10, width=641, height=481, clean_aperture=asked)
    assert neither.coded_aperture == asked


def test_alpha_is_the_layouts() -> None:
    with_alpha = {kind for kind in TARGETS if FrameSpec(pixel_format=kind, width=16, height=16).has_alpha}
    assert with_alpha == {PixelFormat.YUVA420P, PixelFormat.YUVA444P10}


@pytest.mark.parametrize("kind", [PixelFormat.RGB24, PixelFormat.AYUV64, PixelFormat.YUV420P12, PixelFormat.GRAY8])
def test_other_layouts_are_refused(kind: PixelFormat) -> None:
    with pytest.raises(SettingsError, match=f"do not take {kind.name} pictures.*YUVA444P10"):
        FrameSpec(pixel_format=kind, width=16, height=16)
