"""Keys and items of QuickTime metadata, with locales of every kind."""

from __future__ import annotations

import pytest
from tests.isobmff.metadata_cases import content, data, keys, numbered

from reelwright.isobmff.box import Box, full_box, u16, u32
from reelwright.isobmff.language import packed_language
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.isobmff.quicktime_metadata import read_keyed_items

US = int.from_bytes(b"US", "big")
CA = int.from_bytes(b"CA", "big")
ENGLISH, FRENCH = packed_language("eng"), packed_language("fra")


def read(*boxes: Box) -> Findings:
    findings = Findings()
    read_keyed_items(content(*boxes), findings)
    return findings


def test_items_refer_to_keys_by_number() -> None:
    found = read(
        keys("com.apple.quicktime.make", "com.example.größe"),
        Box("ilst", numbered(2, data(67, u32(7))), numbered(1, data(1, b"Apple"), data(1, b"Banana"))),
    )
    assert [(item.key, item.value) for item in found.items] == [
        ("com.example.größe", 7),
        ("com.apple.quicktime.make", "Apple"),
        ("com.apple.quicktime.make", "Banana"),
    ]
    assert found.items[1].common_key == "make"


def test_the_namespace_is_the_key_space() -> None:
    found = read(keys("©nam", space="udta"), Box("ilst", numbered(1, data(1, b"x"))))
    assert found.items[0].key_space == "udta"


@pytest.mark.parametrize(
    ("country", "language", "tag"),
    [(0, 0, None), (0, ENGLISH, "en"), (US, ENGLISH, "en-US"), (US, 0, "und-US"), (0, packed_language("und"), None)],
)
def test_locales(country: int, language: int, tag: str | None) -> None:
    found = read(keys("a"), Box("ilst", numbered(1, data(1, b"x", country << 16 | language))))
    assert found.items[0].extended_language_tag == tag


def test_locales_in_lists() -> None:
    countries = full_box("ctry", 0, 0, u32(2), u16(1, US), u16(2, CA, US))
    languages = full_box("lang", 0, 0, u32(1), u16(2, FRENCH, ENGLISH))
    found = read(keys("a"), Box("ilst", numbered(1, data(1, b"x", 2 << 16 | 1))), countries, languages)
    (item,) = found.items
    assert item.extended_language_tag == "fr-CA"
    assert dict(item.extra_attributes) == {"languages": ("fr", "en"), "countries": ("CA", "US")}


def test_a_place_beyond_the_lists_says_nothing() -> None:
    found = read(keys("a"), Box("ilst", numbered(1, data(1, b"x", 9 << 16 | 9))))
    assert found.items[0].extended_language_tag is None


def test_a_number_without_a_key_is_left_out() -> None:
    found = read(keys("a"), Box("ilst", numbered(2, data(1, b"x")), numbered(1, data(1, b"y"))))
    assert [item.value for item in found.items] == ["y"]
    assert "2 of 1" in found.problems[0]


def test_more_keys_than_there_are_do_no_harm() -> None:
    table = full_box("keys", 0, 0, u32(0xFFFFFFFF), u32(9), b"mdtaa")
    found = read(table, Box("ilst", numbered(1, data(1, b"x"))))
    assert [item.key for item in found.items] == ["a"]


def test_a_key_that_is_longer_than_its_box_costs_the_items_only() -> None:
    found = read(full_box("keys", 0, 0, u32(1), u32(999), b"mdtaa"), Box("ilst", numbered(1, data(1, b"x"))))
    assert not found.items
    assert found.problems


def test_without_keys_there_are_no_items() -> None:
    assert not read(Box("ilst", numbered(1, data(1, b"x")))).items
