"""Boxes and packed numbers, byte for byte."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from reelwright.isobmff import box
from reelwright.isobmff.box import Box, Stream, full_box
from reelwright.model.errors import InvalidArgumentError


def test_a_box_is_its_size_its_type_and_its_parts() -> None:
    inner = Box("free", b"ab")
    outer = Box("moov", inner, b"xyz")
    assert outer.render() == b"\0\0\0\x15moov" + b"\0\0\0\x0afreeab" + b"xyz"
    assert outer.size == 21
    assert outer.content_size == 13


def test_buffers_are_handed_on_and_not_copied() -> None:
    table = memoryview(bytearray(b"table"))
    assert any(piece is table for piece in Box("free", table).buffers())


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ((1 << 32) - 9, "ffffffff 6d646174"),
        ((1 << 32) - 8, "00000001 6d646174 0000000100000008"),
        (1 << 40, "00000001 6d646174 0000010000000010"),
    ],
)
def test_from_four_gibibytes_on_a_box_has_a_64_bit_size(content: int, header: str) -> None:
    # one byte, seen as often as there are places
    vast = Box("mdat", memoryview(np.broadcast_to(np.uint8(0), content)))
    assert next(iter(vast.buffers())) == bytes.fromhex(header)
    assert vast.size == content + len(bytes.fromhex(header))


def test_a_full_box_begins_with_version_and_flags() -> None:
    assert full_box("vmhd", 1, 0x000203, b"!").render() == b"\0\0\0\x0dvmhd" + b"\x01\x00\x02\x03!"


def test_children_are_found_by_their_path() -> None:
    deep = Box("stbl", b"...", Box("stts"))
    tree = Box("moov", Box("trak", deep))
    assert tree.child("trak", "stbl") is deep
    assert tree.child("trak", "stbl", "stts") is deep.parts[1]
    assert tree.child("trak", "stsd") is None
    assert tree.child("mdia", "stbl") is None
    assert tree.child() is tree


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (box.u8(1, 255), "01ff"),
        (box.u16(1, 0xFFFE), "0001fffe"),
        (box.u24(0x010203), "010203"),
        (box.u32(1, 0xFFFFFFFE), "00000001fffffffe"),
        (box.u64(1 << 32), "0000000100000000"),
        (box.i16(-2), "fffe"),
        (box.i32(-2, 5), "fffffffe00000005"),
        (box.i64(-2), "fffffffffffffffe"),
        (box.f64(1.5), "3ff8000000000000"),
        (box.f16_16(1, Fraction(-3, 2), 0.25), "00010000fffe800000004000"),
        (box.f16_16(Fraction(1, 1 << 17), Fraction(-1, 1 << 17)), "00000001ffffffff"),
        (box.unsigned_f16_16(65535, Fraction(1, 2)), "ffff000000008000"),
        (box.f2_30(1, -2), "4000000080000000"),
        (box.f8_8(1, Fraction(-1, 2)), "0100ff80"),
        (box.fourcc("avc1"), "61766331"),
        (box.fourcc("©nam"), "a96e616d"),
        (box.cstring("ä"), "c3a400"),
        (box.pstring("abc"), "03616263"),
        (box.pstring("abc", 6), "036162630000"),
        (box.pstring("abcdefgh", 6), "056162636465"),
    ],
)
def test_numbers_and_texts_are_packed(packed: bytes, expected: str) -> None:
    assert packed.hex() == expected


def test_a_pascal_string_is_not_cut_inside_a_character() -> None:
    assert box.pstring("aaaaä", 6) == b"\x04aaaa\0"
    assert box.pstring("ä" * 200)[0] == 254


@pytest.mark.parametrize(
    "pack",
    [
        lambda: box.u8(256),
        lambda: box.u16(-1),
        lambda: box.u24(1 << 24),
        lambda: box.u32(1 << 32),
        lambda: box.u64(-1),
        lambda: box.i16(1 << 15),
        lambda: box.i32(1 << 31),
        lambda: box.f16_16(32768),
        lambda: box.unsigned_f16_16(-1),
        lambda: box.f8_8(200),
    ],
)
def test_numbers_that_do_not_fit_are_refused(pack: object) -> None:
    with pytest.raises(InvalidArgumentError, match="do not fit"):
        pack()  # type: ignore[operator]


def test_codes_and_texts_that_would_be_misread_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="four-character code"):
        box.fourcc("abc")
    with pytest.raises(InvalidArgumentError, match="zero character"):
        box.cstring("a\0b")


def test_a_stream_is_made_when_it_is_written_and_each_time_anew() -> None:
    made: list[int] = []

    def pieces() -> list[bytes]:
        made.append(1)
        return [b"ab", b"cd"]

    box = full_box("stsz", 0, 0, Stream(4, pieces), Box("free"))
    assert box.size == 8 + 4 + 4 + 8
    assert made == []
    assert box.render() == box.render() == bytes.fromhex("00000018 7374737a 00000000") + b"abcd" + Box("free").render()
    assert made == [1, 1]
