"""What a timed text entry says of its samples."""

from __future__ import annotations

import pytest

from reelwright.isobmff.box import Box, i16, pstring, u8, u16, u32
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.text_entry import TextDefaults, read_text_extensions
from reelwright.model.caption import CaptionRegion, CaptionUnit
from reelwright.model.errors import InvalidMediaError

STYLE = u16(0, 0, 1) + u8(2, 18, 255, 255, 0, 255)
FONTS = Box("ftab", u16(1, 1), pstring("Serif")).render()


def entry(*, flags: int = 0, align: bytes = b"\1", box: tuple[int, ...] = (0, 0, 0, 0), more: bytes = FONTS) -> Parser:
    return Parser(u32(flags) + align + b"\xff" + bytes(4) + i16(*box) + STYLE + more, "the box 'tx3g'")


def test_the_fields_have_coremedias_names() -> None:
    assert read_text_extensions(entry(flags=0x80000000, box=(10, 20, 50, 120))) == {
        "displayFlags": 0x80000000,
        "horizontalJustification": 1,
        "verticalJustification": -1,
        "backgroundColor": (0, 0, 0, 0),
        "defaultTextBox": (10, 20, 50, 120),
        "defaultStyle": (0, 0, 1, 2, 18, (255, 255, 0, 255)),
        "fontTable": {1: "Serif"},
    }


@pytest.mark.parametrize("more", [b"", Box("ftab", u16(9, 1)).render(), b"\0\0\0\1ftab"])
def test_fonts_may_be_missing(more: bytes) -> None:
    assert read_text_extensions(entry(more=more))["fontTable"] == {}


def test_an_entry_that_is_cut_off_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="tx3g"):
        read_text_extensions(Parser(bytes(20), "the box 'tx3g'"))


@pytest.mark.parametrize(
    ("align", "alignment"),
    [(b"\0", "left"), (b"\1", "center"), (b"\xff", "right"), (b"\5", None)],
)
def test_defaults_out_of_the_extensions(align: bytes, alignment: str | None) -> None:
    defaults = TextDefaults.of(read_text_extensions(entry(flags=0x80000000, align=align, box=(10, 20, 50, 120))))
    assert defaults.text_alignment == alignment
    assert defaults.all_forced
    assert defaults.region == CaptionRegion.of(20, 10, 100, 40, CaptionUnit.PIXELS)


def test_without_extensions_nothing_is_assumed() -> None:
    assert TextDefaults.of({}) == TextDefaults()
    assert TextDefaults.of(read_text_extensions(entry())).region is None
