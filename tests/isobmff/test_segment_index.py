"""Segment indexes and tables of random access, read by themselves."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.test_movie_fragments import mfra, sidx, tfra

from reelwright.isobmff.box import Box, full_box, u8, u16, u32
from reelwright.isobmff.parse import BoxPlace, scan
from reelwright.isobmff.segment_index import covered_ends, last_known_fragments, read_segment_index
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source, open_source


def placed(box: Box) -> tuple[Source, BoxPlace]:
    source = open_source(box.render())
    return source, next(scan(source))


def test_an_index_says_what_it_covers() -> None:
    found = read_segment_index(*placed(sidx(40, (100, 7), (50, 3), scale=10, track_id=4)))
    assert (found.track_id, found.time_scale, found.start, found.end) == (4, 10, 40, 50)
    assert found.last - found.first == 150
    assert found.end_seconds == 5


def test_the_older_version() -> None:
    box = full_box("sidx", 0, 0, u32(1, 10, 40, 6), u16(0, 1), u32(1 << 31 | 100, 7, 0))
    found = read_segment_index(*placed(box))
    assert (found.start, found.end, found.first, found.last) == (40, 47, box.size + 6, box.size + 106)


def test_an_index_cut_off() -> None:
    whole = sidx(0, (1, 1), (1, 1)).render()
    for size in range(8, len(whole)):
        with pytest.raises(InvalidMediaError):
            read_segment_index(*placed(Box("sidx", whole[8:size])))


def test_indexes_cover_all_fragments_or_nothing() -> None:
    index = read_segment_index(*placed(sidx(0, (100, 500))))
    inside, outside = (BoxPlace("moof", index.first + offset, 8, index.first + offset + 8) for offset in (10, 100))
    assert covered_ends([index], [inside]) == {1: Fraction(1, 2)}
    assert covered_ends([index], [inside, outside]) == {}


@pytest.mark.parametrize("version", [0, 1])
def test_the_last_entry_of_random_access(version: int) -> None:
    rows = [u32(1, 20) + u8(1, 1, 1), u32(2, 30) + u8(1, 1, 1)]
    box = full_box("tfra", 0, 0, u32(7, 0, 2), *rows) if version == 0 else tfra(7, (1, 20), (2, 30))
    assert last_known_fragments(open_source(mfra(box).render())) == {7: 30}


def test_random_access_that_promises_too_much_says_nothing() -> None:
    box = full_box("tfra", 1, 0, u32(7, 63, (1 << 32) - 1), bytes(100))
    assert last_known_fragments(open_source(mfra(box).render())) == {}
