"""Key tables and samples of timed metadata."""

from __future__ import annotations

import random
import struct

import pytest
from tests.isobmff.metadata_cases import numbered

from reelwright.isobmff.box import Box, u32
from reelwright.isobmff.timed_metadata import TimedKey, read_key_table, read_opaque_sample, read_sample
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

START, LENGTH = Time(3, 10), Time(1, 10)
RECT = struct.pack(">4f", 0.25, 0.5, 0.125, 1)


def key(number: int, name: str, *, space: str = "mdta", kind: Box | None = None, more: tuple[Box, ...] = ()) -> Box:
    kind = kind or Box("dtyp", u32(0, 1))
    return numbered(number, Box("keyd", space.encode() + name.encode()), kind, *more)


TABLE_BYTES = b"".join(
    box.render()
    for box in (
        key(1, "com.example.title", more=(Box("loca", b"en-GB\0"), Box("setu", b"\1\2"))),
        key(2, "com.example.where", kind=Box("dtyp", u32(0, 72))),
        key(7, "com.example.mood", kind=Box("dtyp", u32(1), b"com.example.mood")),
        key(9, "fact", space="me4c", kind=Box("dtyp", u32(0, 67))),
        key(20, "com.example.face", kind=Box("dtyp", u32(1), b"com.example.face")),
        key(21, "com.example.face.id", space="fiel", kind=Box("dtyp", u32(0, 77))),
    )
)


def sample(*boxes: Box) -> bytes:
    return b"".join(box.render() for box in boxes)


def test_a_table_says_key_type_language_and_setup() -> None:
    table = read_key_table(TABLE_BYTES)
    assert table[1] == TimedKey("mdta", "com.example.title", 1, "", "en-GB", b"\1\2")
    assert table[7] == TimedKey("mdta", "com.example.mood", None, "com.example.mood")
    assert table[9].key_space == "me4c"
    assert sorted(table) == [1, 2, 7, 9, 20, 21]


def test_a_table_entry_without_a_key_is_left_out() -> None:
    problems: list[str] = []
    table = read_key_table(sample(numbered(1, Box("dtyp", u32(0, 1))), numbered(2, Box("keyd", b"mdtaa"))), problems)
    assert table == {2: TimedKey("mdta", "a", 0)}
    assert "key 1" in problems[0]


def test_a_language_that_is_none_says_nothing() -> None:
    table = read_key_table(key(1, "a", more=(Box("loca", b"not a tag\0"),)).render())
    assert table[1].extended_language_tag is None


def test_a_sample_is_a_group_of_items() -> None:
    stored = sample(numbered(2, RECT), numbered(1, "Größe".encode()), numbered(7, b"\1"), numbered(9, u32(5)))
    group = read_sample(stored, read_key_table(TABLE_BYTES), START, LENGTH)
    assert group.time_range == TimeRange(START, LENGTH)
    assert [(item.identifier, item.value) for item in group.items] == [
        ("mdta/com.example.where", (0.25, 0.5, 0.125, 1.0)),
        ("mdta/com.example.title", "Größe"),
        ("mdta/com.example.mood", b"\1"),
        ("me4c/fact", 5),
    ]
    assert group.items[1].extended_language_tag == "en-GB"
    assert group.items[2].data_type == "com.example.mood"
    assert {(item.time, item.duration) for item in group.items} == {(START, LENGTH)}


def test_several_values_of_one_key() -> None:
    group = read_sample(sample(numbered(1, b"a"), numbered(1, b"b")), read_key_table(TABLE_BYTES), START, LENGTH)
    assert [item.value for item in group.items] == ["a", "b"]


def test_values_within_a_value_are_attributes() -> None:
    inner = sample(numbered(21, u32(3)))
    (item,) = read_sample(sample(numbered(20, inner)), read_key_table(TABLE_BYTES), START, LENGTH).items
    assert item.value == inner
    assert dict(item.extra_attributes) == {"com.example.face.id": 3}


@pytest.mark.parametrize("stored", [b"", numbered(0).render(), numbered(99, b"x").render(), b"\0"])
def test_a_sample_may_say_nothing(stored: bytes) -> None:
    assert read_sample(stored, read_key_table(TABLE_BYTES), START, LENGTH).items == ()


def test_a_broken_sample_gives_what_is_whole() -> None:
    problems: list[str] = []
    stored = numbered(1, b"a").render() + b"\0\0\0\2\0\0\0\1"
    group = read_sample(stored, read_key_table(TABLE_BYTES), START, LENGTH, problems)
    assert [item.value for item in group.items] == ["a"]
    assert problems


@pytest.mark.parametrize(("given", "name"), [("application/x", "application/x"), ("", "mett")])
def test_what_is_not_taken_apart_is_one_item(given: str, name: str) -> None:
    (item,) = read_opaque_sample(b"\1\2", "mett", given, START, LENGTH).items
    assert (item.key_space, item.key, item.value, item.time) == ("mett", name, b"\1\2", START)


@pytest.mark.parametrize("seed", range(100))
def test_any_bytes_are_lived_with(seed: int) -> None:
    chance = random.Random(seed)
    table = bytearray(TABLE_BYTES)
    stored = bytearray(sample(numbered(2, RECT), numbered(1, b"text"), numbered(20, sample(numbered(21, u32(3))))))
    for some in (table, stored):
        for _ in range(chance.randint(0, 6)):
            some[chance.randrange(len(some))] = chance.randrange(256)
    for item in read_sample(bytes(stored), read_key_table(bytes(table)), START, LENGTH).items:
        hash(item)
