"""The items of iTunes, typed and untyped."""

from __future__ import annotations

from typing import Any

import pytest
from tests.isobmff.metadata_cases import content, data, free_form

from reelwright.isobmff.box import Box, u16, u32
from reelwright.isobmff.itunes_metadata import read_item_list
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.model.metadata_keys import MetadataDataType as Type


def read(*items: Box) -> Findings:
    findings = Findings()
    read_item_list(content(*items), findings)
    return findings


@pytest.mark.parametrize(
    ("kind", "number", "stored", "value", "data_type"),
    [
        ("©nam", 1, "Tëst".encode(), "Tëst", Type.UTF8),
        ("©nam", 0, b"untyped", "untyped", Type.UTF8),
        ("trkn", 0, u16(0, 2, 12, 0), (2, 12), Type.RAW),
        ("disk", 0, u16(0, 1, 3), (1, 3), Type.RAW),
        ("trkn", 0, b"\0\0\0", b"\0\0\0", Type.RAW),
        ("tmpo", 21, u16(120), 120, Type.INT16),
        ("cpil", 21, b"\1", 1, Type.INT8),
        ("cpil", 0, b"\1", 1, Type.INT8),
        ("cnID", 21, u32(77), 77, Type.INT32),
        ("covr", 13, b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe0", Type.JPEG),
        ("covr", 0, b"\x89PNG", b"\x89PNG", Type.PNG),
        ("covr", 0, b"????", b"????", Type.RAW),
        ("xxxx", 0, b"\1\2", b"\1\2", Type.RAW),
    ],
)
def test_values(kind: str, number: int, stored: bytes, value: Any, data_type: Type) -> None:
    (item,) = read(Box(kind, data(number, stored))).items
    assert (item.key_space, item.key, item.value, item.data_type) == ("itsk", kind, value, data_type.value)


def test_a_numbered_genre_is_named_too() -> None:
    (item,) = read(Box("gnre", data(0, u16(18)))).items
    assert (item.value, item.common_key, dict(item.extra_attributes)) == (18, "type", {"info": "Rock"})
    assert not read(Box("gnre", data(0, u16(999)))).items[0].extra_attributes


def test_several_covers_are_several_items() -> None:
    items = read(Box("covr", data(13, b"1"), data(14, b"2"))).items
    assert [item.value for item in items] == [b"1", b"2"]


def test_free_form_keys() -> None:
    (item,) = read(free_form("com.apple.iTunes", "My Mood", data(1, b"good"))).items
    assert item.identifier == "itlk/com.apple.iTunes.My%20Mood"
    assert item.value == "good"
    assert dict(item.extra_attributes) == {"mean": "com.apple.iTunes", "name": "My Mood"}


def test_a_free_form_key_that_says_nothing_is_left_out() -> None:
    findings = read(Box("----", data(1, b"lost")))
    assert not findings.items
    assert findings.problems


def test_a_broken_item_leaves_the_others() -> None:
    findings = read(Box("©ART", Box("data", b"\0")), Box("free"), Box("©nam", data(1, b"there")))
    assert [item.value for item in findings.items] == ["there"]
    assert len(findings.problems) == 1
