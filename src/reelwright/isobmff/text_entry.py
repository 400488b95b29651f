"""What a ``tx3g`` sample entry says of its samples: flags, box, alignment and the looks of text without a style.

It travels in a format description's ``extensions`` under CoreMedia's keys (``kCMTextFormatDescriptionExtension_…``),
so that the samples can be read with the description alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reelwright.isobmff.parse import Parser
from reelwright.model.caption import CaptionAlignment, CaptionRegion, CaptionUnit, RgbaColor
from reelwright.model.errors import InvalidMediaError

__all__ = ["TextDefaults", "TextStyle", "read_text_box", "read_text_extensions", "read_text_style"]

_ALIGNMENTS = {0: CaptionAlignment.LEFT, 1: CaptionAlignment.CENTER, -1: CaptionAlignment.RIGHT}
_ALL_FORCED = 0x80000000


@dataclass(frozen=True, slots=True)
class TextStyle:
    """One style record (3GPP TS 26.245, 5.16.1): from which character to which, and how they look."""

    start: int
    end: int
    font: int
    face: int
    size: int
    color: RgbaColor


@dataclass(frozen=True, slots=True)
class TextDefaults:
    """What holds for every sample of a track unless it says otherwise."""

    display_flags: int = 0
    text_alignment: CaptionAlignment | None = None
    region: CaptionRegion | None = None
    style: TextStyle | None = None

    @property
    def all_forced(self) -> bool:
        return bool(self.display_flags & _ALL_FORCED)

    @classmethod
    def of(cls, extensions: Mapping[str, Any]) -> TextDefaults:
        """From what ``read_text_extensions`` gave; nothing is assumed where an entry is missing."""
        box, style = extensions.get("defaultTextBox"), extensions.get("defaultStyle")
        return cls(
            int(extensions.get("displayFlags", 0)),
            _ALIGNMENTS.get(extensions.get("horizontalJustification", 9)),
            None if box is None else _region(*box),
            None if style is None else TextStyle(*style),
        )


def read_text_extensions(content: Parser) -> dict[str, Any]:
    """The fixed fields of a ``tx3g`` entry, given from behind its data reference index, under CoreMedia's keys.

    Boxes are (top, left, bottom, right) in pixels, colours (red, green, blue, opacity), a style (first character, last,
    font, face bits, size, colour), the font table maps numbers to names.

    Raises:
        InvalidMediaError: the entry ends too early.
    """
    found: dict[str, Any] = {
        "displayFlags": content.u32(),
        "horizontalJustification": content.i8(),
        "verticalJustification": content.i8(),
        "backgroundColor": _color(content),
        "defaultTextBox": tuple(content.i16() for _ in range(4)),
    }
    style = read_text_style(content)
    found["defaultStyle"] = (style.start, style.end, style.font, style.face, style.size, style.color)
    try:
        found["fontTable"] = _fonts(content)
    except InvalidMediaError:
        found["fontTable"] = {}  # players do without
    return found


def read_text_style(content: Parser) -> TextStyle:
    """The next style record.

    Raises:
        InvalidMediaError: fewer than 12 bytes are left.
    """
    return TextStyle(content.u16(), content.u16(), content.u16(), content.u8(), content.u8(), _color(content))


def read_text_box(content: Parser) -> CaptionRegion | None:
    """The next box: top, left, bottom and right; None for an empty one, which stands for the track's whole box.

    Raises:
        InvalidMediaError: fewer than 8 bytes are left.
    """
    return _region(content.i16(), content.i16(), content.i16(), content.i16())


def _region(top: int, left: int, bottom: int, right: int) -> CaptionRegion | None:
    if bottom <= top or right <= left:
        return None
    return CaptionRegion.of(left, top, right - left, bottom - top, CaptionUnit.PIXELS)


def _color(content: Parser) -> RgbaColor:
    return content.u8(), content.u8(), content.u8(), content.u8()


def _fonts(content: Parser) -> dict[int, str]:
    table = content.find("ftab")
    if table is None:
        return {}
    return {table.u16(): table.pstring() for _ in range(table.u16())}
