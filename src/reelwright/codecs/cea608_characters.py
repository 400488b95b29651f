"""The characters and colours of CEA-608: what the bytes of line 21 stand for (ANSI/CTA-608-E, 5 and annexes)."""

from __future__ import annotations

from reelwright.model.caption import RgbaColor

__all__ = ["COLORS", "ITALIC", "ROWS", "basic", "extended", "special"]

# Where the basic characters differ from ASCII.
_BASIC = {0x2A: "á", 0x5C: "é", 0x5E: "í", 0x5F: "ó", 0x60: "ú", 0x7B: "ç", 0x7C: "÷", 0x7D: "Ñ", 0x7E: "ñ", 0x7F: "█"}
_SPECIAL = "®°½¿™¢£♪à\u00a0èâêîôû"
_EXTENDED = {
    0x12: "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»",
    0x13: "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘",
}

# By the first byte of a preamble address code (its channel bit cleared): the rows for a second byte below 0x60 and from
# there on, counted from 0.
ROWS = {
    0x10: (10, 10),
    0x11: (0, 1),
    0x12: (2, 3),
    0x13: (11, 12),
    0x14: (13, 14),
    0x15: (4, 5),
    0x16: (6, 7),
    0x17: (8, 9),
}

ITALIC = 7  # instead of a colour
COLORS: tuple[RgbaColor | None, ...] = (
    None,  # white, which is what text is without being told
    (0, 255, 0, 255),
    (0, 0, 255, 255),
    (0, 255, 255, 255),
    (255, 0, 0, 255),
    (255, 255, 0, 255),
    (255, 0, 255, 255),
    None,
)


def basic(byte: int) -> str:
    """A character of the basic set, 0x20–0x7F."""
    return _BASIC.get(byte, chr(byte))


def special(byte: int) -> str:
    """A special character, by its second byte 0x30–0x3F."""
    return _SPECIAL[byte - 0x30]


def extended(first: int, second: int) -> str:
    """An extended character, by 0x12 or 0x13 and 0x20–0x3F."""
    return _EXTENDED[first][second - 0x20]
