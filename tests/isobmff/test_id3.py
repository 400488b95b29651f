"""ID3v2 tags of three versions."""

from __future__ import annotations

import struct

import pytest

from reelwright.isobmff.id3 import read_id3
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.model.metadata import MetadataItem


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name: str, body: bytes, version: int = 4, flags: int = 0) -> bytes:
    if version == 2:
        return name.encode() + len(body).to_bytes(3, "big") + body
    size = synchsafe(len(body)) if version == 4 else struct.pack(">I", len(body))
    return name.encode() + size + struct.pack(">H", flags) + body


def tag(*frames: bytes, version: int = 4, flags: int = 0, padding: int = 0) -> bytes:
    body = b"".join(frames) + bytes(padding)
    return b"ID3" + bytes([version, 0, flags]) + synchsafe(len(body)) + body


def read(data: bytes) -> list[MetadataItem]:
    findings = Findings()
    read_id3(Parser(data, "a tag"), findings)
    return findings.items


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        (b"\0caf\xe9", "café"),
        (b"\1" + "café".encode("utf-16"), "café"),
        (b"\2" + "café".encode("utf-16-be"), "café"),
        (b"\3" + "café\0".encode(), "café"),
        (b"\3one\0two", "one / two"),
    ],
)
@pytest.mark.parametrize("version", [3, 4])
def test_text_in_four_encodings(encoded: bytes, text: str, version: int) -> None:
    (item,) = read(tag(frame("TIT2", encoded, version), version=version, padding=20))
    assert (item.identifier, item.common_key, item.value) == ("id3/TIT2", "title", text)


def test_names_of_three_characters() -> None:
    (item,) = read(tag(frame("TT2", b"\0old", 2), version=2))
    assert (item.identifier, item.common_key, item.value) == ("id3/%00TT2", "title", "old")


@pytest.mark.parametrize(("text", "genre"), [(b"17", "Rock"), (b"(17)", "Rock"), (b"999", "999"), (b"Own", "Own")])
def test_genres_by_number_or_name(text: bytes, genre: str) -> None:
    assert read(tag(frame("TCON", b"\0" + text)))[0].value == genre


def test_frames_with_a_label() -> None:
    items = read(
        tag(
            frame("TXXX", b"\0MOOD\0good"),
            frame("COMM", b"\3deuWas?\0Gut."),
            frame("WXXX", b"\0home\0https://example.com"),
            frame("PRIV", b"me@example.com\0\1\2"),
            frame("APIC", b"\0image/png\0\3front\0\x89PNG"),
            frame("POPM", b"\1\2"),
        )
    )
    assert [(item.key, item.value, item.extra_attributes.get("info")) for item in items] == [
        ("TXXX", "good", "MOOD"),
        ("COMM", "Gut.", "Was?"),
        ("WXXX", "https://example.com", "home"),
        ("PRIV", b"\1\2", "me@example.com"),
        ("APIC", b"\x89PNG", "front"),
        ("POPM", b"\1\2", None),
    ]
    assert items[1].extended_language_tag == "de"
    assert items[4].data_type == "com.apple.metadata.datatype.PNG"
    assert items[4].extra_attributes["picture_type"] == 3


def test_unsynchronised_frames() -> None:
    assert read(tag(frame("PRIV", b"a\0\xff\x00\xe0", 4, flags=2)))[0].value == b"\xff\xe0"
    whole = frame("PRIV", b"a\0\xff\xe0", 3).replace(b"\xff", b"\xff\x00")
    assert read(tag(whole, version=3, flags=0x80))[0].value == b"\xff\xe0"


def test_extended_headers_are_passed_over() -> None:
    assert read(tag(synchsafe(6) + b"\1\0", frame("TIT2", b"\0x"), flags=0x40))[0].value == "x"
    assert read(tag(struct.pack(">I", 6) + bytes(6), frame("TIT2", b"\0x", 3), version=3, flags=0x40))[0].value == "x"


def test_frames_that_are_compressed_stay_bytes() -> None:
    assert read(tag(frame("TIT2", b"\x78\x9c", 4, flags=0x08)))[0].value == b"\x78\x9c"


def test_an_unknown_encoding_costs_its_frame_only() -> None:
    assert [item.value for item in read(tag(frame("TIT2", b"\x09x"), frame("TPE1", b"\0y")))] == ["y"]


@pytest.mark.parametrize("data", [b"XYZ" + bytes(7), b"ID3\5\0\0" + bytes(4), b"ID3\4"])
def test_what_is_no_tag_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        read(data)


def test_a_long_run_of_zeros_is_read_at_once() -> None:
    assert read(tag(frame("TIT2", bytes(2_000_000))))[0].value == ""
