"""Sample groups: how far back to begin, and which samples are open random access points."""

from __future__ import annotations

import pytest

from reelwright.isobmff.box import Box, fourcc, full_box, i16, u32
from reelwright.isobmff.group_reader import rap_members, read_roll_groups, roll_distance
from reelwright.isobmff.groups import roll_groups
from reelwright.isobmff.parse import Parser


def parsed(*boxes: Box) -> list[Parser]:
    return [Parser(box.render()[8:], f"the box {box.kind!r}") for box in boxes]


def members(kind: str, *runs: tuple[int, int]) -> Box:
    return full_box("sbgp", 0, 0, fourcc(kind), u32(len(runs)), *(u32(*run) for run in runs))


@pytest.mark.parametrize("distance", [-1, -10])
def test_what_our_writer_writes_comes_back(distance: int) -> None:
    description, member = roll_groups(distance, 5)
    assert roll_distance(parsed(description), parsed(member), []) == distance


def test_only_descriptions_in_use_count() -> None:
    description = full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 3), i16(-1, -7, 4))
    assert roll_distance(parsed(description), parsed(members("roll", (3, 0), (2, 1))), []) == -1
    assert roll_distance(parsed(description), parsed(members("roll", (3, 3))), []) == 0
    assert roll_distance(parsed(description), parsed(members("prol", (3, 2))), []) == 0


def test_descriptions_with_lengths_of_their_own_and_a_default() -> None:
    own = full_box("sgpd", 1, 0, fourcc("prol"), u32(0, 2), u32(2), i16(-2), u32(4), i16(-5, 0))
    assert roll_distance(parsed(own), parsed(members("prol", (1, 2))), []) == -5
    default = full_box("sgpd", 2, 0, fourcc("roll"), u32(2, 1, 1), i16(-4))
    assert roll_distance(parsed(default), [], []) == -4


def test_other_groups_say_nothing_here() -> None:
    assert roll_distance(parsed(full_box("sgpd", 1, 0, fourcc("tele"), u32(1, 1), b"\0")), [], []) == 0


def test_damage_is_noted() -> None:
    problems: list[str] = []
    description = full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 2), i16(-1))
    assert roll_distance(parsed(description), parsed(members("roll", (1, 1))), problems) == 0
    assert len(problems) == 1


def test_random_access_points() -> None:
    found = rap_members(parsed(members("roll", (9, 1)), members("rap ", (1, 0), (1, 1))), 4, [])
    assert found is not None
    assert found.tolist() == [False, True, False, False]
    assert rap_members(parsed(members("roll", (9, 1))), 4, []) is None


def test_members_without_end_cost_nothing() -> None:
    found = rap_members(parsed(members("rap ", ((1 << 32) - 1, 1), ((1 << 32) - 1, 0))), 3, [])
    assert found is not None
    assert found.tolist() == [True, True, True]


def test_version_2_has_a_length_and_a_default() -> None:
    box = full_box("sgpd", 2, 0, fourcc("roll"), u32(2, 1, 2), i16(-4, -9))
    assert roll_distance(parsed(box), [], []) == -4
    assert roll_distance(parsed(box), parsed(members("roll", (5, 2))), []) == -9


def test_what_goes_forward_needs_nothing_before_it() -> None:
    box = full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 1), i16(3))
    assert roll_distance(parsed(box), parsed(members("roll", (1, 1))), []) == 0


@pytest.mark.parametrize(("number", "expected"), [(1, -2), (2, -5), (0x10001, -7), (0x10002, 0), (3, 0), (0, 0)])
def test_fragments_refer_to_the_headers_descriptions_and_to_their_own(number: int, expected: int) -> None:
    header = read_roll_groups(*parsed(full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 2), i16(-2, -5))))
    assert header is not None
    own = full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 1), i16(-7))
    found = roll_distance(parsed(own), parsed(members("roll", (1, number))), [], {"roll": header})
    assert found == expected


def test_a_fragment_that_numbers_its_own_descriptions_from_1() -> None:
    own = full_box("sgpd", 1, 0, fourcc("roll"), u32(2, 1), i16(-7))
    assert roll_distance(parsed(own), parsed(members("roll", (1, 1))), [], {}) == -7
