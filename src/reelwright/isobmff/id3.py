"""ID3v2 tags, as far as they lie in movie files: text frames, comments, lyrics, links, pictures and private data.

A tag is a header, perhaps an extended one, and frames; lengths are "synchsafe" (seven bits a byte) in version 4, and
"unsynchronisation" puts a zero behind every byte 0xFF (ID3v2.2, 2.3 and 2.4 informal standards). Other frames are
kept as bytes; compressed and encrypted ones too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reelwright.isobmff.genres import GENRES
from reelwright.isobmff.language import shortest_tag
from reelwright.isobmff.mac_text import end_of_text
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.model.metadata_keys import MetadataDataType, MetadataKeySpace

__all__ = ["read_id3"]

_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_UTF8 = MetadataDataType.UTF8.value
_PICTURES = {
    "image/jpeg": MetadataDataType.JPEG,
    "image/jpg": MetadataDataType.JPEG,
    "jpg": MetadataDataType.JPEG,
    "image/png": MetadataDataType.PNG,
    "png": MetadataDataType.PNG,
}
_GENRE = re.compile(r"\((\d{1,3})\)|(\d{1,3})")
_MOST_FRAMES = 10_000
_LONGEST_LABEL = 1 << 16  # bytes in which a zero is looked for


def read_id3(content: Parser, findings: Findings, language: str | None = None) -> None:
    """Add the frames of a tag to the findings.

    Raises:
        InvalidMediaError: no tag, a version that is not known, or one that ends too early.
    """
    if content.bytes(3) != b"ID3":
        raise InvalidMediaError("an ID3 tag does not begin with 'ID3'.")
    version, _, flags = content.u8(), content.u8(), content.u8()
    if not 2 <= version <= 4:
        raise InvalidMediaError(f"an ID3 tag has the version 2.{version}, of which nothing is known.")
    data: bytes | memoryview = content.take(min(_synchsafe(content), content.left))
    if flags & 0x80 and version < 4:
        data = bytes(data).replace(b"\xff\x00", b"\xff")
    tag = Parser(data, "an ID3 tag")
    if flags & 0x40 and version > 2:
        size = tag.u32() if version == 3 else _synchsafe(tag) - 4
        tag.skip(size)
    for name, body in _frames(tag, version):
        with findings.tolerating():
            _frame(name, body, language, findings)


def _synchsafe(content: Parser) -> int:
    number = 0
    for byte in content.take(4):
        number = number << 7 | byte & 0x7F
    return number


def _frames(tag: Parser, version: int) -> Iterator[tuple[str, Parser]]:
    """Name and content of each frame; the content of one that is compressed or encrypted as it stands."""
    for _ in range(_MOST_FRAMES):
        header = 6 if version == 2 else 10
        if tag.left <= header or not tag.data[tag.position]:
            return  # padding
        name = tag.bytes(3 if version == 2 else 4).decode("latin-1")
        size = tag.u24() if version == 2 else tag.u32() if version == 3 else _synchsafe(tag)
        flags = 0 if version == 2 else tag.u16()
        data: bytes | memoryview = tag.take(size)
        if version == 4 and flags & 0x01:
            data = data[4:]  # a second length
        if version == 4 and flags & 0x02:
            data = bytes(data).replace(b"\xff\x00", b"\xff")
        changed = flags & (0xC0 if version == 3 else 0x0C)
        yield ("\0" if changed else "") + name, Parser(data, f"the ID3 frame {name!r}")


def _frame(name: str, body: Parser, language: str | None, findings: Findings) -> None:
    common: dict[str, Any] = {"extended_language_tag": language}
    extra: dict[str, Any] = {}
    kind = MetadataDataType.RAW.value
    value: Any
    if name in ("TXXX", "TXX", "WXXX", "WXX"):
        encoding = _encoding(body)
        extra["info"] = _text(body, encoding)
        value, kind = _rest(body, encoding if name[0] == "T" else "latin-1"), _UTF8
    elif name.startswith("T"):
        value, kind = _texts(name, body), _UTF8
    elif name.startswith("W"):
        value, kind = _rest(body, "latin-1"), _UTF8
    elif name in ("COMM", "COM", "USLT", "ULT"):
        encoding = _encoding(body)
        spoken = body.bytes(3).decode("latin-1").lower()
        if spoken.isascii() and spoken.isalpha():
            common["extended_language_tag"] = shortest_tag(spoken)
        extra["info"] = _text(body, encoding)
        value, kind = _rest(body, encoding), _UTF8
    elif name in ("APIC", "PIC"):
        encoding = _encoding(body)
        mime = body.bytes(3).decode("latin-1") if name == "PIC" else _text(body, "latin-1")
        extra = {"mime_type": mime, "picture_type": body.u8(), "info": _text(body, encoding)}
        kind = _PICTURES.get(mime.lower(), MetadataDataType.RAW).value
        value = body.rest()
    elif name in ("PRIV", "UFID", "UFI"):
        extra["info"] = _text(body, "latin-1")
        value = body.rest()
    else:
        value = body.rest()
    key = name.lstrip("\0").rjust(4, "\0")
    findings.add(MetadataKeySpace.ID3, key, value, kind, **common, extra_attributes=extra)


def _encoding(body: Parser) -> str:
    number = body.u8()
    if number not in _ENCODINGS:
        raise InvalidMediaError(f"{body.what} has the text encoding {number}, of which nothing is known.")
    return _ENCODINGS[number]


def _text(body: Parser, encoding: str) -> str:
    """A short text up to its zero, which is passed over; without one, all that is left."""
    unit = 2 if encoding.startswith("utf-16") else 1
    start = bytes(body.data[body.position : body.position + _LONGEST_LABEL])
    end = end_of_text(start, unit)
    if end == len(start):
        return _rest(body, encoding)
    body.skip(min(end + unit, body.left))
    return start[:end].decode(encoding, "replace")


def _rest(body: Parser, encoding: str) -> str:
    """All that is left as text, without zeros at its end."""
    return str(body.take(body.left), encoding, "replace").rstrip("\0")


def _texts(name: str, body: Parser) -> str:
    """A text frame's values, with a slash between, as version 3 writes them; numbers of genres by name."""
    values = _rest(body, _encoding(body)).split("\0")
    if name in ("TCON", "TCO"):
        values = [_genre(value) for value in values]
    return " / ".join(value.lstrip("\ufeff") for value in values if value)


def _genre(text: str) -> str:
    found = _GENRE.fullmatch(text)
    number = int(found[1] or found[2]) if found else len(GENRES)
    return GENRES[number] if number < len(GENRES) else text
