"""Numbers out of bytes and boxes out of files, with lengths that lie."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import pytest

from reelwright.isobmff.box import Box, u32, u64
from reelwright.isobmff.parse import BoxPlace, Parser, find, scan
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source, open_source


def parser(data: bytes) -> Parser:
    return Parser(data, "the box 'test'")


def places(data: bytes, start: int = 0, end: int | None = None, **limits: int) -> list[tuple[str, int, int, int]]:
    found = scan(open_source(data), start, end, **limits)
    return [(box.kind, box.offset, box.header, box.end) for box in found]


# -- numbers and text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("u8", "ff", 255),
        ("u16", "fffe", 0xFFFE),
        ("u24", "fffefd", 0xFFFEFD),
        ("u32", "fffefdfc", 0xFFFEFDFC),
        ("u64", "8000000000000001", (1 << 63) + 1),
        ("i8", "80", -128),
        ("i16", "8001", -32767),
        ("i32", "ffffffff", -1),
        ("i64", "8000000000000000", -(1 << 63)),
        ("f32", "3fc00000", 1.5),
        ("f64", "bff8000000000000", -1.5),
        ("f16_16", "fffe8000", Fraction(-3, 2)),
        ("unsigned_f16_16", "fffe8000", Fraction(0x1FFFD, 2)),
        ("f2_30", "40000000", 1),
        ("f8_8", "ff80", Fraction(-1, 2)),
        ("fourcc", "a96e616d", "©nam"),
        ("full_header", "01000203", (1, 0x203)),
    ],
)
def test_numbers(name: str, data: str, expected: Any) -> None:
    raw = bytes.fromhex(data)
    content = parser(raw + b"rest")
    found = getattr(content, name)()
    assert found == expected
    assert (content.position, content.left) == (len(raw), 4)
    with pytest.raises(InvalidMediaError, match=r"the box 'test' ends too early: \d+ more bytes are needed"):
        getattr(parser(raw[:-1]), name)()


def test_taking_more_than_there_is_takes_nothing() -> None:
    content = parser(b"abc")
    for size in (4, -1, 1 << 70):
        with pytest.raises(InvalidMediaError):
            content.take(size)
    assert (content.position, content.rest(), content.left) == (0, b"abc", 0)


def test_bytes_are_not_copied_until_asked_for() -> None:
    data = bytearray(b"abcdef")
    view = parser(data).take(3)
    data[0] = ord("x")
    assert bytes(view) == b"xbc"
    content = parser(data)
    content.skip(2)
    assert (content.bytes(2), type(content.bytes(1))) == (b"cd", bytes)


@pytest.mark.parametrize(
    ("data", "text", "left"),
    [(b"ab\0cd", "ab", 2), (b"ab", "ab", 0), (b"\0ab", "", 2), (b"", "", 0), (b"a\xff\0", "a\ufffd", 0)],
)
def test_text_up_to_its_zero(data: bytes, text: str, left: int) -> None:
    content = parser(data)
    assert (content.cstring(), content.left) == (text, left)


@pytest.mark.parametrize(
    ("data", "size", "text", "left"),
    [
        (b"\2abc", 0, "ab", 1),
        (b"\2ab\0\0xyz", 5, "ab", 3),
        (b"\xffab", 0, "ab", 0),
        (b"\xff1234rest", 5, "1234", 4),
        (b"\2\xc3\xa9", 0, "é", 0),
        (b"\1\x8e", 0, "é", 0),  # Mac Roman
    ],
)
def test_counted_text(data: bytes, size: int, text: str, left: int) -> None:
    content = parser(data)
    assert (content.pstring(size), content.left) == (text, left)


# -- boxes in memory ---------------------------------------------------------------------------------------------------


def children(data: bytes) -> list[tuple[str, bytes]]:
    return [(kind, content.rest()) for kind, content in parser(data).boxes()]


def test_boxes_in_a_box() -> None:
    large = u32(1) + b"larg" + u64(19) + b"xyz"
    assert children(Box("free", b"ab").render() + large + Box("skip").render()) == [
        ("free", b"ab"),
        ("larg", b"xyz"),
        ("skip", b""),
    ]


@pytest.mark.parametrize("rest", [b"", b"\0" * 4, b"\0" * 7, b"\0" * 12, u32(0) + b"mdat" + b"abc"])
def test_what_ends_the_boxes_in_a_box(rest: bytes) -> None:
    assert children(Box("free", b"ab").render() + rest) == [("free", b"ab")]


def test_a_box_longer_than_what_holds_it_is_cut_off() -> None:
    assert children(u32(100) + b"free" + b"abc") == [("free", b"abc")]
    assert children(u32(1) + b"free" + u64((1 << 64) - 1) + b"abc") == [("free", b"abc")]


@pytest.mark.parametrize("data", [u32(7) + b"free", u32(1) + b"free" + u64(15), u32(1) + b"free" + bytes(7)])
def test_boxes_shorter_than_their_own_headers(data: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        children(data)


def test_finding_a_box_moves_nothing() -> None:
    content = parser(b"head" + Box("free", b"a").render() + Box("skip", b"b").render() + Box("skip", b"c").render())
    content.skip(4)
    found = content.find("skip")
    assert found is not None
    assert (found.rest(), content.position, content.find("none")) == (b"b", 4, None)
    with pytest.raises(InvalidMediaError):
        parser(u32(3) + b"free").find("skip")


# -- boxes in a file ---------------------------------------------------------------------------------------------------


def test_boxes_of_a_file() -> None:
    data = Box("ftyp", b"abcd").render() + u32(1) + b"mdat" + u64(18) + b"xy" + Box("moov").render()
    assert places(data) == [("ftyp", 0, 8, 12), ("mdat", 12, 16, 30), ("moov", 30, 8, 38)]
    assert places(data, 12) == places(data)[1:]


class Sparse:
    """A file of many gigabytes, of which only some bytes are there."""

    name, path = "a sparse file", None

    def __init__(self, size: int, pieces: dict[int, bytes]) -> None:
        self.size = size
        self.pieces = pieces
        self.asked = 0

    def read(self, offset: int, size: int) -> bytes:
        self.asked += size
        data = self.pieces.get(offset, bytes(16))
        return data[:size]

    def close(self) -> None: ...


def test_boxes_behind_many_gigabytes() -> None:
    far = (5 << 32) + 16
    source: Source = Sparse(far + 8, {0: u32(1) + b"mdat" + u64(far), far: u32(8) + b"moov" + bytes(8)})
    assert [(box.kind, box.offset, box.size) for box in scan(source)] == [
        ("mdat", 0, far - 16),
        ("moov", far, 0),
    ]
    assert isinstance(source, Sparse)
    assert source.asked == 32, "only headers are read"


def test_size_zero_reaches_to_the_end_of_a_file_but_ends_a_box() -> None:
    data = Box("free").render() + u32(0) + b"mdat" + bytes(20)
    assert places(data) == [("free", 0, 8, 8), ("mdat", 8, 8, 36)]
    assert places(data, 0, len(data)) == [("free", 0, 8, 8)]


def test_boxes_that_claim_to_end_behind_the_file() -> None:
    (box,) = scan(open_source(u32(1000) + b"mdat" + bytes(10)))
    assert (box.end, box.size, box.is_cut) == (18, 10, True)
    (box,) = scan(open_source(u32(1) + b"mdat" + u64((1 << 64) - 1)))
    assert (box.end, box.is_cut) == (16, True)
    inner, *_ = scan(open_source(u32(20) + b"free" + bytes(40)), 0, 12)
    assert (inner.end, inner.is_cut) == (12, True)


@pytest.mark.parametrize("end", [0, 7, 8, 100])
def test_an_end_behind_the_file_counts_for_nothing(end: int) -> None:
    assert places(Box("free").render(), 0, end) == ([("free", 0, 8, 8)] if end >= 8 else [])


def test_a_file_cut_off_within_a_header() -> None:
    whole = Box("ftyp", b"abcd").render() + u32(1) + b"mdat" + u64(16)
    for size in range(12, len(whole)):
        assert places(whole[:size])[:1] == [("ftyp", 0, 8, 12)]
        assert len(places(whole[:size])) == 1


def test_an_empty_space_of_no_size_is_stepped_over() -> None:
    assert places(u32(4) + b"free" + Box("moov").render()) == [("free", 0, 8, 8), ("moov", 8, 8, 16)]


@pytest.mark.parametrize("data", [u32(7) + b"moov", u32(1) + b"moov" + u64(15)])
def test_boxes_of_a_file_shorter_than_their_own_headers(data: bytes) -> None:
    with pytest.raises(InvalidMediaError, match=r"at 0, less than its own header"):
        places(data)


def test_boxes_without_end_are_given_up() -> None:
    data = Box("free").render() * 5
    assert len(places(data, most=6)) == 5
    with pytest.raises(InvalidMediaError, match="more than 4 boxes"):
        places(data, most=4)


def test_reading_a_box() -> None:
    source = open_source(Box("free", b"abc").render())
    (box,) = scan(source)
    assert (box.content, box.read(source, 3).rest()) == (8, b"abc")
    with pytest.raises(InvalidMediaError, match="has 3 bytes, more than the 2"):
        box.read(source, 2)


def test_a_file_that_shrank_gives_what_is_left() -> None:
    place = BoxPlace("free", 0, 8, 20)
    content = place.read(open_source(io.BytesIO(bytes(12))), 100)
    assert content.left == 4
    with pytest.raises(InvalidMediaError, match="'free' ends too early"):
        content.u64()


def test_finding_a_box_in_a_list() -> None:
    boxes = list(scan(open_source(Box("free", b"a").render() + Box("free").render())))
    assert find(boxes, "free") is boxes[0]
    assert find(boxes, "moov") is None
