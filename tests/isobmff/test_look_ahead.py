"""The window through which headers are read: right bytes, few reads."""

from __future__ import annotations

import random

from reelwright.isobmff.look_ahead import LookAhead
from reelwright.storage.source import open_source

DATA = bytes(random.Random(1).randbytes(5000))


class Counting:
    def __init__(self) -> None:
        self.name, self.size = "a test", len(DATA)
        self.path: str | None = None
        self.reads = 0

    def read(self, offset: int, size: int) -> bytes:
        self.reads += 1
        return DATA[offset : offset + size]

    def close(self) -> None:
        raise AssertionError("the source is the caller's")


def test_it_reads_what_the_source_has() -> None:
    window = LookAhead(open_source(DATA), 64)
    random_ = random.Random(2)
    for _ in range(2000):
        offset, size = random_.randrange(-5, 5100), random_.randrange(-2, 200)
        expected = DATA[offset : offset + size] if offset >= 0 and size > 0 else b""
        assert window.read(offset, size) == expected


def test_neighbours_cost_one_read() -> None:
    source = Counting()
    window = LookAhead(source, 1000)
    for offset in range(0, 900, 16):
        window.read(offset, 16)
    assert source.reads == 1
    window.read(950, 60)
    assert source.reads == 2


def test_large_reads_leave_the_window_where_it_is() -> None:
    source = Counting()
    window = LookAhead(source, 100)
    window.read(0, 10)
    window.read(2000, 1500)
    window.read(20, 10)
    assert source.reads == 2


def test_closing_it_leaves_the_source_open() -> None:
    window = LookAhead(Counting(), 100)
    window.read(0, 10)
    window.close()
    assert window.read(3, 2) == DATA[3:5]
