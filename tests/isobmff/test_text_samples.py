"""QuickTime text samples in their encodings."""

from __future__ import annotations

import pytest

from reelwright.isobmff.box import Box, u16, u32
from reelwright.isobmff.text_samples import text_sample
from reelwright.model.errors import InvalidMediaError

UTF8, UTF16, ROMAN = u32(0x08000100), u32(0x0100), u32(0)


@pytest.mark.parametrize(
    ("stored", "after", "text"),
    [
        ("Kapitel 四".encode(), b"", "Kapitel 四"),
        ("Kapitel 四".encode(), Box("encd", UTF8).render(), "Kapitel 四"),
        ("Kapitel 四".encode(), Box("encd", UTF16).render(), "Kapitel 四"),
        (b"\xfe\xff" + "四".encode("utf-16-be"), b"", "四"),
        (b"\xff\xfe" + "四".encode("utf-16-le"), Box("encd", UTF16).render(), "四"),
        ("Café".encode("mac_roman"), Box("encd", ROMAN).render(), "Café"),
        (b"\xff", Box("encd", UTF8).render(), "\ufffd"),
        (b"zero\0", b"", "zero"),
        (b"", b"", ""),
        (b"text", b"\0\0\0\1rest", "text"),
        (b"text", Box("styl", bytes(14)).render() + Box("encd", UTF8).render(), "text"),
    ],
)
def test_text(stored: bytes, after: bytes, text: str) -> None:
    assert text_sample(u16(len(stored)) + stored + after) == text


def test_text_that_is_cut_off_is_what_is_there() -> None:
    assert text_sample(u16(100) + b"short") == "short"


def test_a_sample_without_a_length_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="text sample"):
        text_sample(b"\0")
