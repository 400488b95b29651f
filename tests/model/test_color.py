"""Colour: three ways to write a code point, one place where they meet."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction

# AVFoundation's strings and the code points they are written as (ITU-T H.273).
STRINGS = [
    *[("primaries", text, code) for text, code in {"ITU_R_709_2": 1, "EBU_3213": 5, "SMPTE_C": 6}.items()],
    *[("primaries", text, code) for text, code in {"P3_D65": 12, "ITU_R_2020": 9}.items()],
    *[("transfer_function", text, code) for text, code in {"ITU_R_709_2": 1, "SMPTE_240M_1995": 7}.items()],
    *[("transfer_function", text, code) for text, code in {"SMPTE_ST_2084_PQ": 16, "ITU_R_2100_HLG": 18}.items()],
    *[("transfer_function", text, code) for text, code in {"Linear": 8, "IEC_sRGB": 13}.items()],
    *[("matrix", text, code) for text, code in {"ITU_R_709_2": 1, "ITU_R_601_4": 6, "SMPTE_240M_1995": 7}.items()],
    ("matrix", "ITU_R_2020", 9),
]
KINDS = {"primaries": ColorPrimaries, "transfer_function": TransferFunction, "matrix": ColorMatrix}


def made(name: str, value: Any) -> Any:
    values = {"primaries": 1, "transfer_function": 1, "matrix": 1, name: value}
    return getattr(ColorProperties(**values), name)


@pytest.mark.parametrize(("name", "text", "code"), STRINGS)
def test_avfoundations_strings(name: str, text: str, code: int) -> None:
    assert made(name, text) == code
    assert type(made(name, text)) is KINDS[name]


@pytest.mark.parametrize("name", KINDS)
def test_code_points_and_member_names(name: str) -> None:
    for member in KINDS[name]:
        assert made(name, member) is member
        assert made(name, int(member)) is member
        assert made(name, member.name) in (member, *([ColorPrimaries.BT470_BG] if member.name == "EBU_3213" else []))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("value", ["ITU_R_710", 99, 3, None, True, 1.5])
def test_what_is_no_code_point(name: str, value: Any) -> None:
    with refused(repr(value), name.replace("_", " "), way_out="ITU_R_709_2"):
        made(name, value)


def test_the_recommended_triples() -> None:
    assert ColorProperties.HD.codes == (1, 1, 1)
    assert ColorProperties.SD.codes == (6, 1, 6)
    assert ColorProperties.WIDE_HD.codes == (12, 1, 1)
    assert ColorProperties.HDR10.codes == (9, 16, 9)
    assert ColorProperties.HLG.codes == (9, 18, 9)
    assert ColorProperties.SRGB.codes == (1, 13, 0)


KEYS = ("ColorPrimaries", "TransferFunction", "YCbCrMatrix")
VALUES = ("SMPTE_C", "ITU_R_709_2", "ITU_R_601_4")


@pytest.mark.parametrize("shape", ["{}", "AVVideo{}Key", "AVVideo{}", "kCVImageBuffer{}Key"])
def test_mappings_with_every_kind_of_key(shape: str) -> None:
    mapping = {shape.format(key): value for key, value in zip(KEYS, VALUES, strict=True)}
    assert ColorProperties.of(mapping) == ColorProperties.SD


def test_our_own_names_as_keys() -> None:
    mapping = {"primaries": 9, "transfer_function": 18, "matrix": 9}
    assert ColorProperties.of(mapping) == ColorProperties.HLG


def test_the_dataclass_itself() -> None:
    assert ColorProperties.of(ColorProperties.HD) is ColorProperties.HD


@pytest.mark.parametrize("missing", KEYS)
def test_all_three_are_required(missing: str) -> None:
    mapping = {key: value for key, value in zip(KEYS, VALUES, strict=True) if key != missing}
    with refused(repr(missing), "lack", way_out="ColorPrimaries, TransferFunction and YCbCrMatrix"):
        ColorProperties.of(mapping)


def test_an_unknown_key() -> None:
    with refused("'ColourPrimaries'", way_out="ColorPrimaries"):
        ColorProperties.of({**dict(zip(KEYS, VALUES, strict=True)), "ColourPrimaries": 1})


def test_what_is_no_mapping() -> None:
    with refused("(1, 1, 1)"):
        ColorProperties.of((1, 1, 1))  # type: ignore[arg-type]


def test_unspecified_is_no_tag() -> None:
    assert not ColorProperties(2, 2, 2).is_specified
    assert ColorProperties(2, 2, 1).is_specified


def test_high_dynamic_range_is_a_matter_of_transfer() -> None:
    assert ColorProperties.HDR10.is_hdr
    assert ColorProperties.HLG.is_hdr
    assert not ColorProperties(9, 14, 9).is_hdr


def test_values_are_hashable_and_survive_pickling() -> None:
    assert pickle.loads(pickle.dumps(ColorProperties.HLG)) == ColorProperties.HLG
    assert len({ColorProperties.HD, ColorProperties(1, 1, 1)}) == 1
