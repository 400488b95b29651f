from __future__ import annotations

import pytest

from reelwright.isobmff.av1 import Av1Facts, read_av1_record, read_av1_tags
from reelwright.model.errors import InvalidMediaError


class Bits:
    """Bits written one behind the other."""

    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, count: int = 1) -> Bits:
        self.text += f"{value:0{count}b}"
        return self

    def bytes(self) -> bytes:
        padded = self.text.ljust(-(-len(self.text) // 8) * 8, "0")
        return int(padded, 2).to_bytes(len(padded) // 8, "big")


def sequence_header(
    profile: int = 0,
    color: tuple[int, int, int] | None = (9, 16, 9),
    full: bool = False,
    *,
    reduced: bool = False,
    timing: bool = False,
    points: int = 1,
    hints: bool = True,
    screen: bool = True,
    identifiers: bool = False,
) -> bytes:
    """sequence_header_obu() (AV1 specification, 5.5.1), with every branch to be taken or not."""
    bits = Bits().put(profile, 3).put(0).put(reduced)
    if reduced:
        bits.put(8, 5)
    else:
        bits.put(timing)
        if timing:
            bits.put(1, 32).put(25, 32).put(1).put(1).put(1)  # equal intervals of one tick; a decoder model follows
            bits.put(9, 5).put(1, 32).put(4, 5).put(4, 5)
        bits.put(timing).put(points - 1, 5)
        for index in range(points):
            bits.put(0, 12).put(8 if index == 0 else 5, 5)
            if index == 0:
                bits.put(1)
            if timing:
                bits.put(1).put(3, 10).put(3, 10).put(0).put(1).put(2, 4)
    bits.put(9, 4).put(9, 4).put(639, 10).put(479, 10)
    if not reduced:
        bits.put(identifiers)
        if identifiers:
            bits.put(1, 4).put(1, 3)
    bits.put(0b101, 3)
    if not reduced:
        bits.put(0b1111, 4).put(hints)
        if hints:
            bits.put(0b11, 2)
        bits.put(screen)
        if not screen:
            bits.put(0)
        else:
            bits.put(0).put(1)
        if hints:
            bits.put(6, 3)
    bits.put(0b111, 3).put(1)
    if profile == 2:
        bits.put(1)
    if profile != 1:
        bits.put(0)
    bits.put(color is not None)
    for code in color or ():
        bits.put(code, 8)
    return bits.put(full).put(1, 7).bytes()


def record(header: bytes, head: bytes = bytes.fromhex("81 04 4c 00")) -> bytes:
    return head + b"\x0a" + bytes([len(header)]) + header


@pytest.mark.parametrize(
    ("head", "facts"),
    [
        ("81 04 0c 00", Av1Facts(0, 4, False, 8, "4:2:0", 0)),
        ("81 08 4e 00", Av1Facts(0, 8, False, 10, "4:2:0", 2)),
        ("81 28 c0 00", Av1Facts(1, 8, True, 10, "4:4:4", 0)),
        ("81 48 68 00", Av1Facts(2, 8, False, 12, "4:2:2", 0)),
        ("81 08 1c 00", Av1Facts(0, 8, False, 8, "4:0:0", 0)),
    ],
)
def test_the_record_itself(head: str, facts: Av1Facts) -> None:
    assert read_av1_record(bytes.fromhex(head)) == facts
    assert read_av1_tags(bytes.fromhex(head)) == (None, None)


@pytest.mark.parametrize("broken", ["", "81", "8104", "80 04 0c 00", "82 04 0c 00", "81 04 04 00"])
def test_broken_records(broken: str) -> None:
    with pytest.raises(InvalidMediaError):
        read_av1_record(bytes.fromhex(broken))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("color", [(9, 16, 9), (1, 1, 1), None])
@pytest.mark.parametrize("profile", [0, 1, 2])
@pytest.mark.parametrize(
    "branches",
    [
        {},
        {"reduced": True},
        {"timing": True},
        {"points": 3},
        {"timing": True, "points": 4},
        {"hints": False},
        {"screen": False},
        {"identifiers": True},
    ],
)
def test_colour_stands_behind_every_branch(
    branches: dict[str, int], profile: int, color: tuple[int, int, int] | None, full: bool
) -> None:
    header = sequence_header(profile, color, full, **branches)  # type: ignore[arg-type]
    assert read_av1_tags(record(header)) == (color, full)


def test_srgb_is_full_range_without_saying_so() -> None:
    assert read_av1_tags(record(sequence_header(1, (1, 13, 0), False))) == ((1, 13, 0), True)


def test_units_before_the_header_are_passed_over() -> None:
    header = sequence_header()
    metadata = b"\x2a\x03abc"
    extended = b"\x0e\x00" + bytes([len(header)]) + header
    sizeless = b"\x08" + header
    for units in (metadata + extended, metadata + sizeless):
        assert read_av1_tags(bytes(4) + units) == ((9, 16, 9), False)


@pytest.mark.parametrize(
    "units", [b"\x0a\x7f\0", b"\x0a" + b"\xff" * 9, b"\x0a", b"\x0a\x01\x00", b"\x0e", b"\x0a\x00"]
)
def test_broken_units(units: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        read_av1_tags(bytes(4) + units)


def test_headers_cut_anywhere() -> None:
    header = sequence_header(timing=True, points=2)
    for size in range(len(header) - 2):
        with pytest.raises(InvalidMediaError, match="ends too early"):
            read_av1_tags(record(header[:size]))
