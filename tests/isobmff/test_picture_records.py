from __future__ import annotations

import pytest
from tests.isobmff.entry_cases import read_picture
from tests.isobmff.test_av1 import record, sequence_header

from reelwright.isobmff.box import Box, u16
from reelwright.model.color import ColorProperties


def test_av1() -> None:
    payload = record(sequence_header(color=(9, 16, 9), full=True))
    found = read_picture("av01", Box("av1C", payload), quicktime=False).format
    assert (found.bits_per_component, found.chroma, found.codec_config) == (10, "4:2:0", payload)
    assert (found.color, found.full_range) == (ColorProperties.HDR10, True)
    assert found.atoms == {"av1C": payload}


def test_the_containers_colour_stands_before_av1s() -> None:
    payload = record(sequence_header(color=(9, 16, 9), full=True))
    found = read_picture("av01", Box("av1C", payload), Box("colr", b"nclc", u16(1, 1, 1))).format
    assert (found.color, found.full_range) == (ColorProperties.HD, True)


@pytest.mark.parametrize("codes", [(2, 2, 2), (99, 1, 1), None])
def test_av1_without_colour(codes: tuple[int, int, int] | None) -> None:
    found = read_picture("av01", Box("av1C", record(sequence_header(color=codes)))).format
    assert (found.color, found.full_range) == (None, False)


def test_a_broken_sequence_header_costs_colour_only() -> None:
    read = read_picture("av01", Box("av1C", record(sequence_header())[:9]))
    assert (read.format.bits_per_component, read.format.color) == (10, None)
    assert len(read.problems) == 1


@pytest.mark.parametrize(
    ("payload", "depth", "chroma", "color", "full_range"),
    [
        ("01000000 00 1f 80 02 02 02 0000", 8, "4:2:0", None, False),
        ("01000000 02 0a a2 09 10 09 0000", 10, "4:2:0", ColorProperties.HDR10, False),
        ("01000000 03 0a c5 01 01 01 0000", 12, "4:2:2", ColorProperties.HD, True),
        ("01000000 01 0a 86 01 0d 00 0000", 8, "4:4:4", ColorProperties.SRGB, False),
        ("01000000 01 0a 8e 63 01 01 0000", 8, None, None, False),
    ],
)
def test_vp9(payload: str, depth: int, chroma: str | None, color: ColorProperties | None, full_range: bool) -> None:
    read = read_picture("vp09", Box("vpcC", bytes.fromhex(payload)), quicktime=False)
    found = read.format
    assert (found.bits_per_component, found.chroma, found.color, found.full_range) == (depth, chroma, color, full_range)
    assert (found.codec_config, read.problems) == (b"", ())


def test_vvc() -> None:
    # version and flags; lengths of four bytes and a profile; output layer set 0, 1 sub-layer, 4:2:0; 10 bits
    payload = bytes.fromhex("00000000 ff 0011 5f 01 02 20")
    found = read_picture("vvc1", Box("vvcC", payload), quicktime=False).format
    assert (found.bits_per_component, found.chroma, found.codec_config) == (10, "4:2:0", payload[4:])
    assert read_picture("vvc1", Box("vvcC", bytes.fromhex("00000000 fe"))).format.chroma is None


@pytest.mark.parametrize(
    ("kind", "depth", "chroma"),
    [("apco", 10, "4:2:2"), ("ap4x", 12, "4:4:4"), ("v210", 10, "4:2:2"), ("2vuy", 8, "4:2:2"), ("s263", 8, "4:2:0"),
     ("jpeg", None, None)],
)  # fmt: skip
def test_encodings_without_a_choice(kind: str, depth: int | None, chroma: str | None) -> None:
    found = read_picture(kind).format
    assert (found.bits_per_component, found.chroma) == (depth, chroma)


@pytest.mark.parametrize(("kind", "atom"), [("av01", "av1C"), ("vp09", "vpcC"), ("vvc1", "vvcC")])
def test_broken_records_are_noted(kind: str, atom: str) -> None:
    read = read_picture(kind, Box(atom, b"\x81"), Box("colr", b"nclc", u16(1, 1, 1)))
    assert (read.format.width, read.format.color, read.format.bits_per_component) == (64, ColorProperties.HD, None)
    assert len(read.problems) == 1
