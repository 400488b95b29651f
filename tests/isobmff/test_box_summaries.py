"""Lines on boxes: true to all versions, whatever the bytes."""

from __future__ import annotations

import random

import pytest

from reelwright.isobmff.box import Box, fourcc, full_box, i32, i64, u8, u16, u32, u64
from reelwright.isobmff.box_summaries import _SUMMARIES, summary_of
from reelwright.isobmff.parse import scan
from reelwright.storage.source import Source, open_source


def line(box: Box, path: str = "") -> str:
    source = open_source(box.render())
    (place,) = scan(source)
    return summary_of(place, source, path)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (full_box("sgpd", 0, 0, fourcc("roll"), u32(3)), "'roll': 3 descriptions"),
        (full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 3)), "'roll': 3 descriptions"),
        (full_box("sgpd", 2, 0, fourcc("roll"), u32(2, 1, 3)), "'roll': 3 descriptions"),
        (full_box("sbgp", 1, 0, fourcc("tele"), u32(0, 5)), "'tele': 5 runs"),
        (full_box("cslg", 1, 0, i64(-1, 2, 3, 4, 1 << 40)), f"shift -1, least 2, greatest 3, start 4, end {1 << 40}"),
        (full_box("mehd", 1, 0, u64(1 << 40)), f"{1 << 40} ticks"),
        (full_box("mehd", 0, 0, u32((1 << 32) - 1)), "unknown length"),
        (full_box("tfdt", 0, 0, u32(9)), "9 ticks"),
        (full_box("trun", 0, 0x301, u32(2), i32(-8)), "2 samples, data at -8, flags 0x301"),
        (
            full_box("elst", 1, 0, u32(1), u64(9), i64(-1), u32(1 << 16)),
            "1 edits: 9@empty",
        ),
        (
            full_box("elst", 0, 0, u32(7), u32(9), i32(-2), u32(1 << 15)),
            "7 edits: 9@-2×0.5 …",
        ),
        (
            full_box("sidx", 1, 0, u32(1, 1000), u64(500, 0), u16(0, 3)),
            "track 1, from 500/1000 = 0.500 s, 3 references",
        ),
        (full_box("sidx", 0, 0, u32(1, 0), u32(500, 0), u16(0, 3)), "track 1, from 500/0, 3 references"),
        (Box("colr", fourcc("nclx"), u16(1, 1, 1), u8(0)), "nclx 1-1-1 limited"),
        (Box("pasp", u32(4, 3)), "4:3"),
        (Box("data", u32(1, 0), b"a\x1b[31m\n"), r"'a·[31m·'"),
        (Box("data", u32(1, 0), b"a" * 81), repr("a" * 80) + " …"),
    ],
)
def test_lines(box: Box, expected: str) -> None:
    assert line(box) == expected


def test_what_a_box_is_depends_on_where_it_lies() -> None:
    assert line(Box("avc1", bytes(6), u16(2)), "/moov/trak/mdia/minf/stbl/stsd") == "data reference 2"
    assert line(Box("avc1", bytes(6), u16(2))) == ""
    assert line(Box("data", u32(1, 2, 3, 4, 5)), "/moov/trak/tref") == "tracks 1, 2, 3, 4 …"


class Counting:
    """A source of zeros that notes how many were asked for."""

    name, path, size = "zeros", None, 1 << 40

    def __init__(self) -> None:
        self.asked = 0

    def read(self, offset: int, size: int) -> bytes:
        self.asked += size
        return bytes(size)

    def close(self) -> None: ...


def test_of_large_tables_only_the_beginning_is_read() -> None:
    zeros = Counting()
    source: Source = zeros
    place = next(iter(scan(open_source(u32(1) + b"stsz" + u64(1 << 40))))).__class__("stsz", 0, 16, 1 << 40)
    assert summary_of(place, source, "").startswith("0 samples")
    assert zeros.asked <= 4096


@pytest.mark.parametrize("kind", sorted(_SUMMARIES))
def test_any_bytes_make_a_line(kind: str) -> None:
    random_ = random.Random(kind)
    for size in range(64):
        for data in (bytes(size), b"\xff" * size, random_.randbytes(size)):
            found = line(Box(kind, data))
            assert found.isprintable()
