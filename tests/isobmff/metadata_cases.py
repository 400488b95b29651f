"""Metadata boxes made by hand for the tests of their readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelwright.isobmff.box import Box, full_box, u8, u16, u32
from reelwright.isobmff.parse import Parser

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"


def real(name: str) -> Path:
    """A file that others made, where this machine has it."""
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path


def content(*boxes: Box) -> Parser:
    """What a box that holds these boxes contains."""
    return Parser(b"".join(box.render() for box in boxes), "a box made by hand")


def data(kind: int, value: bytes, locale: int = 0) -> Box:
    return Box("data", u32(kind), u32(locale), value)


def handler(kind: str) -> Box:
    return full_box("hdlr", 0, 0, u32(0), kind.encode(), u32(0, 0, 0), u8(0))


def keys(*names: str, space: str = "mdta") -> Box:
    entries = [u32(len(name.encode()) + 8) + space.encode() + name.encode() for name in names]
    return full_box("keys", 0, 0, u32(len(entries)), *entries)


def numbered(number: int, *boxes: Box | bytes) -> Box:
    """A box whose type is a number."""
    return Box(u32(number).decode("mac_roman"), *boxes)


def free_form(mean: str, name: str, *values: Box) -> Box:
    parts = full_box("mean", 0, 0, mean.encode()), full_box("name", 0, 0, name.encode())
    return Box("----", *parts, *values)


def record(text: bytes, language: int) -> bytes:
    return u16(len(text), language) + text
