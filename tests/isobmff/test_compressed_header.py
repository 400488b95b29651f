"""Movie headers that were deflated, as QuickTime could."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from tests.isobmff.movies import FTYP, MEDIA, Track, moov, tables

from reelwright.isobmff.box import Box, fourcc, u32
from reelwright.isobmff.movie_reader import MovieReader, read_movie
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import open_source


def packed(header: bytes, *, method: str = "zlib", size: int | None = None) -> bytes:
    data = Box("cmvd", u32(len(header) if size is None else size), zlib.compress(header))
    return Box("moov", Box("cmov", Box("dcom", fourcc(method)), data)).render()


def reader(box: bytes) -> MovieReader:
    return read_movie(open_source(FTYP.render() + Box("mdat", bytes(40)).render() + box))


def test_a_header_is_inflated() -> None:
    found = reader(packed(moov(Track(tables([3, 4]))).render()))
    index = found.index(1)
    assert index.offsets.tolist() == [MEDIA, MEDIA + 3]
    assert index.problems == ()
    assert found.facts.size == found._source.size


@pytest.mark.parametrize(
    "box",
    [
        packed(moov(Track()).render(), method="lzma"),
        packed(b"no movie here"),
        packed(b""),
        Box("moov", Box("cmov")).render(),
        Box("moov", Box("cmov", Box("dcom", b"zlib"), Box("cmvd", u32(9), b"no zlib"))).render(),
        packed(u32(1) + b"moov" + bytes(4)),
    ],
)
def test_what_cannot_be_inflated_is_refused(box: bytes) -> None:
    with pytest.raises(InvalidMediaError, match="header"):
        reader(box)


def test_no_more_is_inflated_than_the_header_says() -> None:
    """A bomb: a few kilobytes that would become many megabytes."""
    header = moov(Track(tables([3, 4])), Box("free", bytes(1 << 26))).render()
    with pytest.raises(InvalidMediaError):
        reader(packed(header, size=40))


@pytest.mark.parametrize("size", [(1 << 32) - 1, 1 << 20])
def test_a_size_that_promises_too_much_costs_nothing(size: int) -> None:
    assert len(reader(packed(moov(Track(tables([3]))).render(), size=size)).index(1)) == 1


def test_a_header_larger_than_any_films_is_not_inflated_whole() -> None:
    header = moov(Track(tables([3, 4])), Box("free", bytes(150 << 20))).render()
    box = packed(header)
    tracemalloc.start()
    try:
        reader(box)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 150 << 20
