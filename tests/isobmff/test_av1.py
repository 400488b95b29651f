from __future__ import annotations

import pytest

from reelwright.isobmff.av1 import (
    Av1Facts,
    av1_record,
    av1_sample,
    read_av1_record,
    read_av1_tags,
    read_sequence_header,
    sequence_header_bytes,
    sequence_header_of,
    updated_av1_record,
)
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


# ------------------------------------------------------------------ records made


def unit(kind: int, content: bytes, *, sized: bool = True) -> bytes:
    return bytes([kind << 3 | sized << 1]) + (bytes([len(content)]) if sized else b"") + content


DELIMITER, METADATA, PADDING, REPEATED = unit(2, b""), unit(5, b"\1abc\x80"), unit(15, b"\x80"), unit(7, b"\x10\x80")
# Frames (OBU_FRAME) that begin with show_existing_frame, frame_type and show_frame.
KEY, HIDDEN_KEY, INTER = unit(6, b"\x10rest"), unit(6, b"\x00rest"), unit(6, b"\x30rest")
SHOWN_AGAIN = unit(3, b"\x80")


@pytest.mark.parametrize("profile", [0, 1, 2])
@pytest.mark.parametrize("branches", [{}, {"reduced": True}, {"timing": True, "points": 3}])
def test_records_say_what_the_header_says(profile: int, branches: dict[str, int]) -> None:
    header = sequence_header(profile, (1, 1, 1), **branches)  # type: ignore[arg-type]
    found = read_sequence_header(header)
    assert (found.profile, found.width, found.height) == (profile, 640, 480)
    assert found.is_reduced == bool(branches.get("reduced"))
    assert found.high_tier != found.is_reduced
    made = av1_record(DELIMITER + unit(1, header) + METADATA + KEY)
    assert made == made[:4] + unit(1, header) + METADATA
    chroma, depth = {0: ("4:2:0", 10), 1: ("4:4:4", 10), 2: ("4:4:4", 12)}[profile]
    facts = read_av1_record(made)
    assert (facts.profile, facts.level, facts.high_tier) == (profile, 8, found.high_tier)
    assert (facts.bit_depth, facts.chroma) == (found.bit_depth, chroma) == (depth, chroma)
    assert sequence_header_of(made) == found
    assert sequence_header_bytes(made) == header


@pytest.mark.parametrize(("deep", "twelve", "depth", "bits"), [(0, 0, 8, 0), (1, 0, 10, 0x40), (1, 1, 12, 0x60)])
def test_depths_of_the_professional_profile(deep: int, twelve: int, depth: int, bits: int) -> None:
    text = Bits().put(2, 3).put(0).put(1).put(8, 5).put(9, 4).put(9, 4).put(639, 10).put(479, 10).put(0b101, 3)
    text.put(0b111, 3).put(deep)
    if deep:
        text.put(twelve)
    header = text.put(0).put(0).put(0).put(0b10 if twelve else 0, 2).put(1, 7).bytes()  # 4:2:2, told for 12 bits
    assert read_sequence_header(header).bit_depth == depth
    made = av1_record(unit(1, header))
    assert made[2] & 0x7C == bits | 0x08
    assert read_av1_record(made).bit_depth == depth


def test_metadata_of_one_picture_is_not_the_tracks() -> None:
    header = sequence_header()
    mastering, timed, dynamic = (unit(5, bytes([kind]) + b"abc\x80") for kind in (2, 5, 4))
    made = av1_record(unit(1, header) + timed + METADATA + dynamic + mastering + unit(5, b"") + KEY)
    assert made[4:] == unit(1, header) + METADATA + mastering


def test_a_record_stays_as_it_is() -> None:
    ready = record(sequence_header())
    assert av1_record(ready) == ready
    alone = bytes.fromhex("81 04 0c 00")
    assert av1_record(alone) == alone
    assert sequence_header_bytes(alone) == b""
    assert sequence_header_of(alone) is None


def test_another_header_keeps_the_metadata() -> None:
    before = av1_record(unit(1, sequence_header(0, (1, 1, 1))) + METADATA)
    after = updated_av1_record(before, sequence_header(0, (9, 16, 9)))
    assert after == av1_record(unit(1, sequence_header(0, (9, 16, 9))) + METADATA)
    assert read_av1_tags(after) == ((9, 16, 9), False)


@pytest.mark.parametrize("config", [b"", b"\x81\x04", DELIMITER + KEY, b"\xff\0\0\0\0", unit(1, b"\0")])
def test_configurations_without_a_header(config: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        av1_record(config)


# ------------------------------------------------------------------ samples


def test_samples_are_views_without_what_does_not_belong_into_files() -> None:
    header = unit(1, sequence_header())
    packet = DELIMITER + header + METADATA + REPEATED + KEY + PADDING
    sample = av1_sample(packet)
    assert b"".join(sample.buffers) == header + METADATA + KEY
    assert sample.size == len(header + METADATA + KEY)
    assert len(sample.buffers) == 2
    assert all(isinstance(piece, memoryview) and piece.obj is packet for piece in sample.buffers)
    assert sample.header == sequence_header()


@pytest.mark.parametrize(
    ("units", "is_sync"),
    [
        (unit(1, sequence_header()) + KEY, True),
        (unit(1, sequence_header(reduced=True)) + INTER, True),
        (unit(1, sequence_header()) + HIDDEN_KEY + INTER, False),
        (unit(1, sequence_header()) + INTER, False),
        (unit(1, sequence_header()) + SHOWN_AGAIN, False),
        (unit(1, sequence_header()) + unit(3, b"\x90\x80"), False),  # of frame 1, whose number looks like a key frame
        (unit(1, sequence_header()), False),
        (KEY, False),
        (INTER + HIDDEN_KEY, False),
        (unit(6, b"\x10rest", sized=False), False),
    ],
)
def test_sync_samples_begin_with_a_header_and_a_shown_key_frame(units: bytes, is_sync: bool) -> None:
    sample = av1_sample(DELIMITER + units)
    assert sample.is_sync is is_sync
    assert b"".join(sample.buffers) == units


def test_units_beyond_counting_are_refused() -> None:
    """Each costs far more memory than the two bytes that it takes in the file."""
    most = 1 << 16
    assert av1_sample(PADDING * (most - 1) + KEY).size == len(KEY)
    for units in (PADDING * most + KEY, KEY + unit(15, b"") * (1 << 20)):
        with pytest.raises(InvalidMediaError, match="more than 65536 units"):
            av1_sample(units)


@pytest.mark.parametrize("packet", [b"", DELIMITER, DELIMITER + PADDING, KEY[:-1], b"\x80" + KEY, b"\x32"])
def test_packets_that_are_no_temporal_unit(packet: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        av1_sample(packet)
