"""Walking boxes: what is missing or broken costs what it says, and is noted."""

from __future__ import annotations

import pytest

from reelwright.isobmff.box import Box, u32
from reelwright.isobmff.box_walk import BoxWalk
from reelwright.isobmff.parse import BoxPlace, Parser, scan
from reelwright.storage.source import open_source


def walk_of(*boxes: Box) -> tuple[BoxWalk, list[BoxPlace]]:
    source = open_source(b"".join(box.render() for box in boxes))
    return BoxWalk(source), list(scan(source))


def test_children() -> None:
    walk, (outer,) = walk_of(Box("moov", Box("trak", b"a"), Box("udta"), Box("trak", b"bc")))
    assert [(box.kind, box.size) for box in walk.children(outer)] == [("trak", 1), ("udta", 0), ("trak", 2)]
    assert walk.problems == []


def test_children_behind_some_bytes() -> None:
    walk, (outer,) = walk_of(Box("meta", bytes(4), Box("hdlr", b"abc")))
    assert [box.kind for box in walk.children(outer, skip=4)] == ["hdlr"]
    assert walk.children(outer) == []  # four zeros end the list


def test_nothing_has_no_children() -> None:
    walk, (outer,) = walk_of(Box("moov"))
    assert walk.children(None) == []
    assert walk.children(outer) == []
    assert walk.within(None, "udta") is None


def test_children_up_to_the_first_that_makes_no_sense() -> None:
    walk, (outer,) = walk_of(Box("moov", Box("trak"), u32(5), b"udta", Box("trak")))
    assert [box.kind for box in walk.children(outer)] == ["trak"]
    assert "less than its own header" in walk.problems[0]


def test_a_child_ends_where_its_parent_does() -> None:
    walk, (outer, _) = walk_of(Box("moov", u32(100), b"udta", b"abc"), Box("free", bytes(200)))
    (child,) = walk.children(outer)
    assert (child.end, child.is_cut) == (outer.end, True)


def test_children_without_end_are_given_up() -> None:
    walk, (outer,) = walk_of(Box("moov", Box("free").render() * 10_001))
    assert len(walk.children(outer)) == 10_000
    assert "more than 10000 boxes" in walk.problems[0]


def test_a_box_deep_inside() -> None:
    walk, (outer,) = walk_of(Box("moov", Box("udta", Box("free")), Box("udta", Box("name", b"late"))))
    assert walk.within(outer) is outer
    found = walk.within(outer, "udta", "free")
    assert found is not None
    assert (found.kind, walk.within(outer, "udta", "name")) == ("free", None)  # the first of each type counts


def test_what_a_function_makes_of_a_box() -> None:
    walk, (box,) = walk_of(Box("data", u32(7)))
    assert walk.read(box, Parser.u32, None) == 7
    assert walk.read(None, Parser.u32, "nothing") == "nothing"
    assert walk.problems == []


@pytest.mark.parametrize(("limit", "complaint"), [(4, "ends too early"), (3, "more than the 3")])
def test_damage_is_noted_and_the_default_taken(limit: int, complaint: str) -> None:
    walk, (box,) = walk_of(Box("data", u32(7)))
    assert walk.read(box, Parser.u64, None, limit) is None
    assert complaint in walk.problems[0]


def test_errors_that_are_none_of_the_files_come_through() -> None:
    walk, (box,) = walk_of(Box("data", u32(7)))

    def wrong(content: Parser) -> int:
        raise KeyError(content.what)

    with pytest.raises(KeyError):
        walk.read(box, wrong, 0)
