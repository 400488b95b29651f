"""Macintosh languages and text, and where text ends."""

from __future__ import annotations

import pytest

from reelwright.isobmff.language import packed_language, shortest_tag, unpacked_language
from reelwright.isobmff.mac_text import end_of_text, language_tag, mac_language, mac_text, unicode_text


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        (0, "en"),
        (11, "ja"),
        (19, "zh-Hant"),
        (94, "eo"),
        (95, None),
        (127, None),
        (128, "cy"),
        (151, "nn"),
        (152, None),
        (packed_language("eng"), "en"),
        (packed_language("gsw"), "gsw"),
        (packed_language("und"), None),
        (0x7FFF, None),
        (0x400, None),
    ],
)
def test_languages_of_both_kinds(code: int, tag: str | None) -> None:
    assert language_tag(code) == tag


def test_all_macintosh_languages_are_there() -> None:
    assert sum(mac_language(code) is not None for code in range(0x400)) == 95 + 24


@pytest.mark.parametrize("letters", ["aaa", "zzz", "eng"])
def test_packed_letters_come_back(letters: str) -> None:
    assert unpacked_language(packed_language(letters)) == letters


def test_numbers_that_are_no_letters() -> None:
    assert unpacked_language(0) is None
    assert unpacked_language(0x7FFF) is None


def test_two_letters_where_there_are_two() -> None:
    assert [shortest_tag(code) for code in ("deu", "gsw", "und")] == ["de", "gsw", None]


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (b"\x8e\x9f", 0, "éü"),
        ("é".encode(), 0, "é"),
        ("日本".encode("shift_jis"), 11, "日本"),
        ("Привет".encode("mac_cyrillic"), 32, "Привет"),
        ("Ελλάς".encode("mac_greek"), 14, "Ελλάς"),
        ("żółw".encode("mac_latin2"), 25, "żółw"),
        ("中文".encode("big5"), 19, "中文"),
        ("한국".encode("euc_kr"), 23, "한국"),
        (b"plain", 999, "plain"),
        ("ß".encode(), packed_language("deu"), "ß"),
        (b"\xff", packed_language("deu"), "\ufffd"),
        ("ö\0\0".encode(), packed_language("deu"), "ö"),
        (b"\xfe\xff" + "ö".encode("utf-16-be"), 0, "ö"),
        (b"\xff\xfe" + "ö".encode("utf-16-le"), packed_language("deu"), "ö"),
    ],
)
def test_text_in_the_encoding_of_its_language(data: bytes, code: int, text: str) -> None:
    assert mac_text(data, code) == text
    assert mac_text(memoryview(data), code) == text


def test_a_utf8_byte_order_mark_is_no_text() -> None:
    assert unicode_text(b"\xef\xbb\xbfa") == "a"


@pytest.mark.parametrize(
    ("data", "unit", "end"),
    [
        (b"ab\0c", 1, 2),
        (b"abc", 1, 3),
        (b"a\0\0\0\0b", 2, 2),
        (b"\0a\0b\0\0", 2, 4),
        (b"\0a\0\0b\0", 2, 2),
        (b"", 2, 0),
    ],
)
def test_where_text_ends(data: bytes, unit: int, end: int) -> None:
    assert end_of_text(data, unit) == end
