"""Where pixels go: sizes, bars, crops, always on whole chroma values, by hand-counted examples and by properties."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.codecs.geometry import Placement, Rectangle, SourceShape, place, shown_part
from reelwright.model.errors import FrameError, SettingsError
from reelwright.model.format import CleanAperture
from reelwright.model.kinds import ScalingMode

ONE = Fraction(1)


def test_without_a_mode_sizes_must_be_equal() -> None:
    assert place(SourceShape(640, 480), 640, 480, ONE, None) == Placement(*[Rectangle(0, 0, 640, 480)] * 2)
    with pytest.raises(FrameError, match=r"641×480 pixels but the film is 640×480.*set a scaling mode"):
        place(SourceShape(641, 480), 640, 480, ONE, None)


def test_without_a_mode_the_clean_aperture_is_left_alone() -> None:
    source = SourceShape(640, 480, clean_aperture=CleanAperture(Fraction(600), Fraction(400)))
    assert place(source, 640, 480, ONE, None).crop == (0, 0, 640, 480)


def test_fit_is_refused() -> None:
    with pytest.raises(SettingsError, match="FIT"):
        place(SourceShape(64, 48), 64, 48, ONE, ScalingMode.FIT)


def test_resize_stretches() -> None:
    assert place(SourceShape(100, 50), 641, 481, ONE, ScalingMode.RESIZE) == Placement(
        Rectangle(0, 0, 100, 50), Rectangle(0, 0, 641, 481)
    )


@pytest.mark.parametrize(
    ("source", "target", "area"),
    [
        ((1920, 1080), (640, 480), (0, 60, 640, 360)),  # letterbox
        ((480, 640), (640, 480), (140, 0, 360, 480)),  # pillars
        ((4000, 3000), (1920, 1080), (240, 0, 1440, 1080)),
        ((100, 100), (641, 481), (78, 0, 482, 481)),  # odd: the limiting side whole, the other even
        ((1000, 1), (64, 64), (0, 30, 64, 2)),  # never thinner than one chroma value
        ((640, 480), (640, 480), (0, 0, 640, 480)),
    ],
)
def test_aspect(source: tuple[int, int], target: tuple[int, int], area: tuple[int, int, int, int]) -> None:
    placed = place(SourceShape(*source), *target, ONE, ScalingMode.RESIZE_ASPECT)
    assert placed.crop == (0, 0, *source)
    assert placed.area == area


def test_aspect_counts_pixel_aspects_of_both_sides() -> None:
    anamorphic = SourceShape(1440, 1080, pixel_aspect=Fraction(4, 3))
    assert place(anamorphic, 1920, 1080, ONE, ScalingMode.RESIZE_ASPECT).area == (0, 0, 1920, 1080)
    square = SourceShape(1920, 1080)
    assert place(square, 1440, 1080, Fraction(4, 3), ScalingMode.RESIZE_ASPECT).area == (0, 0, 1440, 1080)
    assert place(square, 1440, 1080, ONE, ScalingMode.RESIZE_ASPECT).area == (0, 134, 1440, 810)


@pytest.mark.parametrize(
    ("source", "step", "target", "crop"),
    [
        ((1920, 1080), 1, (640, 480), (240, 0, 1440, 1080)),
        ((480, 640), 1, (640, 480), (0, 140, 480, 360)),
        ((1920, 1080), 2, (641, 481), (240, 0, 1440, 1080)),
        ((101, 100), 1, (64, 64), (1, 0, 100, 100)),
    ],
)
def test_aspect_fill_crops_the_middle(
    source: tuple[int, int], step: int, target: tuple[int, int], crop: tuple[int, int, int, int]
) -> None:
    placed = place(SourceShape(*source, step), *target, ONE, ScalingMode.RESIZE_ASPECT_FILL)
    assert placed.crop == crop
    assert placed.area == (0, 0, *target)


def test_modes_use_only_the_clean_aperture() -> None:
    clap = CleanAperture(Fraction(600), Fraction(400), Fraction(10), Fraction(-20))
    source = SourceShape(640, 480, clean_aperture=clap)
    assert shown_part(source) == (30, 20, 600, 400)
    assert place(source, 640, 480, ONE, ScalingMode.RESIZE).crop == (30, 20, 600, 400)
    assert place(source, 600, 600, ONE, ScalingMode.RESIZE_ASPECT_FILL).crop == (130, 20, 400, 400)


def test_fractional_apertures_go_to_the_nearest_pixel_or_pair() -> None:
    clap = CleanAperture(Fraction(1281, 2), Fraction(477))
    assert shown_part(SourceShape(720, 480, 1, clean_aperture=clap)) == (40, 2, 640, 477)
    assert shown_part(SourceShape(720, 480, 2, clean_aperture=clap)) == (40, 2, 640, 476)


sides = st.integers(1, 4096)
aspects = st.fractions(Fraction(1, 4), 4, max_denominator=50)


@given(sides, sides, sides, sides, aspects, aspects, st.sampled_from([1, 2]))
def test_every_placement_lies_inside_on_whole_chroma_values(
    width: int, height: int, to_width: int, to_height: int, pixel: Fraction, to_pixel: Fraction, step: int
) -> None:
    source = SourceShape(width, height, step, pixel)
    for mode in (ScalingMode.RESIZE, ScalingMode.RESIZE_ASPECT, ScalingMode.RESIZE_ASPECT_FILL):
        crop, area = place(source, to_width, to_height, to_pixel, mode)
        assert crop.x % step == crop.y % step == 0
        assert 0 < crop.width <= width - crop.x
        assert 0 < crop.height <= height - crop.y
        assert area.x % 2 == area.y % 2 == 0
        assert 0 < area.width <= to_width - area.x
        assert 0 < area.height <= to_height - area.y
        assert area.width % 2 == 0 or area.width == to_width
        assert area.height % 2 == 0 or area.height == to_height


@given(st.integers(16, 4096), st.integers(16, 4096), st.integers(16, 4096), st.integers(16, 4096))
def test_aspect_is_kept_within_a_chroma_value(width: int, height: int, to_width: int, to_height: int) -> None:
    area = place(SourceShape(width, height), to_width, to_height, ONE, ScalingMode.RESIZE_ASPECT).area
    exact = min(Fraction(to_width, width), Fraction(to_height, height))
    assert abs(area.width - max(width * exact, 2)) <= 1
    assert abs(area.height - max(height * exact, 2)) <= 1
    assert abs((to_width - area.width) - 2 * area.x) <= 3
    assert abs((to_height - area.height) - 2 * area.y) <= 3
