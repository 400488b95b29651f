"""Language codes, packed and derived."""

from __future__ import annotations

import pytest

from reelwright.isobmff.language import language_letters, packed_language
from reelwright.model.errors import InvalidArgumentError


@pytest.mark.parametrize(("code", "packed"), [("und", 0x55C4), ("eng", 0x15C7), ("spa", 0x4E01)])
def test_letters_are_packed_in_five_bits_each(code: str, packed: int) -> None:
    assert packed_language(code) == packed


@pytest.mark.parametrize("code", ["en", "ENG", "e1g", "engl", "äbc", ""])
def test_anything_but_three_letters_is_refused(code: str) -> None:
    with pytest.raises(InvalidArgumentError, match="three lower-case letters") as raised:
        packed_language(code)
    assert "ISO 639-2/T" in str(raised.value)


@pytest.mark.parametrize(
    ("code", "tag", "letters"),
    [
        (None, None, "und"),
        ("deu", None, "deu"),
        ("deu", "en-GB", "deu"),
        (None, "en-GB", "eng"),
        (None, "DE", "deu"),
        (None, "zh-Hant", "zho"),
        (None, "fil-PH", "fil"),
        (None, "x-klingon", "und"),
        (None, "i-klingon", "und"),
    ],
)
def test_a_track_takes_its_code_or_its_tags_language(code: str | None, tag: str | None, letters: str) -> None:
    assert language_letters(code, tag) == letters
