"""International text, the boxes of 3GPP, and all others."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from tests.isobmff.metadata_cases import data, record

from reelwright.isobmff.box import f16_16, u8, u16
from reelwright.isobmff.language import packed_language
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.user_data import read_international_text, read_iso_box, read_raw_atom
from reelwright.model.metadata import MetadataItem

ENGLISH, GERMAN = packed_language("eng"), packed_language("deu")


def international(payload: bytes, kind: str = "©nam") -> Findings:
    findings = Findings()
    read_international_text(kind, Parser(payload, "a box"), findings)
    return findings


def iso(kind: str, payload: bytes) -> MetadataItem:
    findings = Findings()
    read_iso_box(kind, Parser(payload, "a box"), findings)
    return findings.items[0]


def test_several_records_in_several_languages() -> None:
    payload = record(b"A day", ENGLISH) + record("Öde".encode(), GERMAN) + record("été".encode("mac_roman"), 1)
    items = international(payload).items
    assert [(item.value, item.extended_language_tag) for item in items] == [
        ("A day", "en"),
        ("Öde", "de"),
        ("été", "fr"),
    ]
    assert {item.identifier for item in items} == {"udta/%A9nam"}


def test_a_record_longer_than_its_box_is_cut() -> None:
    found = international(u16(99, ENGLISH) + b"short")
    assert found.items[0].value == "short"
    assert "99" in found.problems[0]


def test_a_box_of_data_within_international_text() -> None:
    (item,) = international(data(1, b"iTunes was here").render()).items
    assert (item.key_space, item.value) == ("udta", "iTunes was here")


@pytest.mark.parametrize("kind", ["titl", "auth", "perf", "dscp", "gnre", "cprt", "coll", "ades"])
@pytest.mark.parametrize(
    ("text", "stored"),
    [("Öl", "Öl\0".encode()), ("Öl", b"\xfe\xff" + "Öl\0".encode("utf-16-be")), ("Öl", "Öl".encode())],
)
def test_text_with_a_language(kind: str, text: str, stored: bytes) -> None:
    item = iso(kind, bytes(4) + u16(GERMAN) + stored)
    assert (item.identifier, item.value, item.extended_language_tag) == (f"uiso/{kind}", "Öl", "de")


@pytest.mark.parametrize(
    ("kind", "payload", "value", "extra"),
    [
        ("albm", u16(ENGLISH) + b"Songs\0" + u8(7), "Songs", {"track": 7}),
        ("albm", u16(ENGLISH) + b"Songs\0", "Songs", {}),
        ("yrrc", u16(1999), 1999, {}),
        ("rtng", b"MPAAPG-1" + u16(ENGLISH) + b"13\0", "13", {"entity": "MPAA", "criteria": "PG-1"}),
        ("clsf", b"IAB " + u16(3, ENGLISH) + b"Art\0", "Art", {"entity": "IAB ", "table": 3}),
        ("date", b"2020-11-20T15:04:02+0100\0", "2020-11-20T15:04:02+0100", {}),
        ("date", u16(ENGLISH) + b"2020\0", "2020", {}),
    ],
)
def test_boxes_with_more_to_say(kind: str, payload: bytes, value: Any, extra: dict[str, Any]) -> None:
    item = iso(kind, bytes(4) + payload)
    assert (item.value, dict(item.extra_attributes)) == (value, extra)


def test_keywords_are_an_item_each() -> None:
    findings = Findings()
    payload = bytes(4) + u16(ENGLISH) + u8(2, 4) + b"sea\0" + u8(4) + b"sun\0"
    read_iso_box("kywd", Parser(payload, "a box"), findings)
    assert [item.value for item in findings.items] == ["sea", "sun"]


def test_a_place() -> None:
    numbers = f16_16(Fraction(-149, 2), Fraction(163, 4), 10)
    item = iso("loci", bytes(4) + u16(ENGLISH) + b"Home\0" + u8(1) + numbers + b"earth\0" + b"warm\0")
    assert item.value == "+40.7500-074.5000+10.000/"
    assert item.common_key == "location"
    assert dict(item.extra_attributes) == {
        "name": "Home",
        "role": "real",
        "longitude": Fraction(-149, 2),
        "latitude": Fraction(163, 4),
        "altitude": 10,
        "body": "earth",
        "notes": "warm",
    }


def test_what_only_looks_like_a_3gpp_box_is_kept_as_it_is() -> None:
    item = iso("titl", b"A title without a header")
    assert (item.key_space, item.value) == ("udta", b"A title without a header")
    assert iso("date", b"2017-01-31").value == "2017-01-31"


@pytest.mark.parametrize(("kind", "value"), [("name", "Mono"), ("XYZZ", b"Mono")])
def test_raw_atoms(kind: str, value: str | bytes) -> None:
    findings = Findings()
    read_raw_atom(kind, Parser(b"Mono", "a box"), findings)
    assert (findings.items[0].key, findings.items[0].value) == (kind, value)
