"""Every cell of the colour table, and every conversion that can or cannot be made."""

from __future__ import annotations

import pytest

from reelwright.codecs.tags import conversion_names, differs, output_color
from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.errors import SettingsError

HD, SD, HLG, P3 = ColorProperties.HD, ColorProperties.SD, ColorProperties.HLG, ColorProperties.WIDE_HD
UNTAGGED = ColorProperties(2, 2, 2)
SRGB = ColorProperties.SRGB


@pytest.mark.parametrize(
    ("settings", "source", "rgb", "assume", "tags", "converted"),
    [
        # settings say so, source untagged: tagged with settings, no conversion
        (SD, None, True, None, SD, False),
        (SD, None, False, None, SD, False),
        (HLG, UNTAGGED, True, None, HLG, False),
        # both: convert if different, tag with settings
        (HD, HD, False, None, HD, False),
        (HD, SD, False, None, HD, True),
        (HD, SD, True, None, HD, True),
        (HD, P3, True, None, HD, True),
        (HD, SRGB, True, None, HD, False),  # sRGB's curve counts as BT.709's, RGB's matrix is no difference
        (HD, ColorProperties(1, 1, 6), True, None, HD, False),
        (HD, ColorProperties(1, 1, 6), False, None, HD, True),
        # settings silent, source tagged: the source's tags
        (None, SD, False, None, SD, False),
        (None, HLG, True, None, HLG, False),
        (None, SRGB, True, None, ColorProperties(1, 13, 1), False),
        (None, ColorProperties(9, 16, 0), True, None, ColorProperties(9, 16, 9), False),
        (None, ColorProperties(6, 1, 2), True, None, SD, False),
        # neither: RGB and grey are sRGB and become BT.709, YUV stays untagged
        (None, None, True, None, HD, False),
        (None, UNTAGGED, True, None, HD, False),
        (None, None, False, None, None, False),
        (None, UNTAGGED, False, None, None, False),
        # assume= stands in for missing tags only
        (None, None, False, SD, SD, False),
        (None, None, True, P3, P3, False),
        (HD, None, False, SD, HD, True),
        (HD, HD, False, SD, HD, False),
        (UNTAGGED, SD, False, None, SD, False),
    ],
)
def test_every_cell(
    settings: ColorProperties | None,
    source: ColorProperties | None,
    rgb: bool,
    assume: ColorProperties | None,
    tags: ColorProperties | None,
    converted: bool,
) -> None:
    assert output_color(settings, source, rgb, assume) == (tags, converted)


@pytest.mark.parametrize("matrix", [ColorMatrix.RGB, ColorMatrix.ITU_R_2020_CONSTANT])
def test_a_matrix_that_cannot_make_420_is_refused(matrix: ColorMatrix) -> None:
    with pytest.raises(SettingsError, match=matrix.name) as caught:
        output_color(ColorProperties(1, 1, matrix), None, True)
    assert "ITU_R_709_2" in str(caught.value)


@pytest.mark.parametrize("curve", [1, 6, 13, 14, 15])
def test_curves_that_count_as_one(curve: int) -> None:
    assert not differs(ColorProperties(1, curve, 1), HD, source_is_rgb=False)


def test_code_points_with_one_meaning() -> None:
    assert not differs(ColorProperties(22, 1, 5), ColorProperties(5, 1, 6), source_is_rgb=False)
    assert not differs(ColorProperties(7, 1, 6), ColorProperties(6, 1, 6), source_is_rgb=False)
    assert differs(ColorProperties(5, 1, 6), ColorProperties(6, 1, 6), source_is_rgb=False)


def test_unspecified_differs_from_nothing() -> None:
    assert not differs(ColorProperties(2, 1, 1), P3, source_is_rgb=False)
    assert differs(ColorProperties(1, 2, 1), P3, source_is_rgb=False)


def test_names_for_a_conversion_of_primaries() -> None:
    assert conversion_names(P3, HD) == (["smpte432", "bt709", "bt709"], ["bt709", "bt709", "bt709"])


def test_equal_curves_get_one_name() -> None:
    source, target = conversion_names(ColorProperties(12, 13, 1), HD)
    assert source[1] == target[1] == "srgb"


def test_only_the_matrix_leaves_light_alone() -> None:
    """With PQ at both ends nothing has to be linearised, so no name of the curve is needed."""
    source, target = conversion_names(ColorProperties(9, 16, 1), ColorProperties(9, 16, 9))
    assert source[:2] == target[:2]
    assert (source[2], target[2]) == ("bt709", "bt2020nc")


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        (ColorProperties.HDR10, HD, "transfer function"),
        (HLG, HD, "transfer function"),
        (HD, ColorProperties.HDR10, "transfer function"),
        (ColorProperties(12, 16, 9), ColorProperties(9, 16, 9), "transfer function"),
        (ColorProperties(9, 1, ColorMatrix.ITU_R_2020_CONSTANT), HD, "matrix"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_a_way_out(
    source: ColorProperties, target: ColorProperties, kind: str
) -> None:
    with pytest.raises(SettingsError, match=f"the {kind} would have to be mapped") as caught:
        conversion_names(source, target)
    message = str(caught.value)
    assert source.transfer_function.name in message
    assert target.primaries.name in message
    assert "Give colour properties equal to the pictures' own tags" in message


def test_tables_name_members_of_the_model() -> None:
    assert {ColorPrimaries(code) for code in (1, 5, 6, 9, 12)} <= set(ColorPrimaries)
    assert conversion_names(HD, SD)[1][0] == "smpte170m"
    assert conversion_names(ColorProperties(2, 2, 6), HD) == (
        ["bt709", "bt709", "smpte170m"],
        ["bt709", "bt709", "bt709"],
    )
    assert TransferFunction.ITU_R_709 == 1
