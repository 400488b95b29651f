"""User data: QuickTime's international text (``©nam`` …), the boxes that 3GPP defined (``titl`` …), and all others.

International text may hold several records, one for each language. The boxes of 3GPP are full boxes with one language
each (3GPP TS 26.244, 8). What is neither is kept as bytes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from reelwright.isobmff.language import shortest_tag, unpacked_language
from reelwright.isobmff.mac_text import end_of_text, language_tag, mac_text, unicode_text
from reelwright.isobmff.metadata_boxes import Findings, code_text
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.well_known import decode_well_known
from reelwright.model.metadata_keys import MetadataDataType, MetadataKeySpace

__all__ = ["ISO_BOXES", "read_international_text", "read_iso_box", "read_raw_atom"]

ISO_BOXES = frozenset("titl auth perf dscp gnre cprt albm yrrc rtng clsf kywd loci coll date ades".split())  # noqa: SIM905
_UTF8 = MetadataDataType.UTF8.value
_UDTA, _UISO = MetadataKeySpace.QUICKTIME_USER_DATA, MetadataKeySpace.ISO_USER_DATA
_ROLES = {0: "shooting", 1: "real", 2: "fictional"}
_TEXT_ATOMS = ("name", "tnam")


def read_international_text(kind: str, content: Parser, findings: Findings) -> None:
    """The records of a box whose type begins with ``©``; one that holds a ``data`` box, as iTunes writes, too."""
    key = code_text(kind)
    if bytes(content.data[4:8]) == b"data":
        for inner, data in findings.boxes(content):
            if inner == "data":
                number = data.u32() & 0xFFFFFF
                data.skip(4)
                findings.add(_UDTA, key, *decode_well_known(number, data.take(data.left)))
        return
    while content.left >= 4:
        size, code = content.u16(), content.u16()
        if size > content.left:
            findings.problems.append(f"the text of {kind!r} claims {size} bytes where {content.left} are left.")
        text = mac_text(content.take(min(size, content.left)), code)
        findings.add(_UDTA, key, text, _UTF8, extended_language_tag=language_tag(code))


def read_raw_atom(kind: str, content: Parser, findings: Findings) -> None:
    """A box of user data that is nothing but its payload: a name is text, anything else stays bytes."""
    data = content.take(content.left)
    if kind in _TEXT_ATOMS:
        findings.add(_UDTA, code_text(kind), unicode_text(data), _UTF8)
    else:
        findings.add(_UDTA, code_text(kind), bytes(data), MetadataDataType.RAW.value)


def read_iso_box(kind: str, content: Parser, findings: Findings) -> None:
    """One of ``ISO_BOXES``; a box of that name that is no full box of version 0 is kept as bytes."""
    if content.left < 4 or any(content.data[:4]):
        if kind == "date" and bytes(content.data[:4]).isdigit():
            findings.add(_UISO, kind, unicode_text(content.take(content.left)), _UTF8)
        else:
            read_raw_atom(kind, content, findings)
        return
    content.full_header()
    if kind == "yrrc":
        findings.add(_UISO, kind, content.u16(), MetadataDataType.UINT16.value)
    elif kind == "kywd":
        _keywords(content, findings)
    elif kind == "loci":
        _place(content, findings)
    else:
        _text(kind, content, findings)


def _text(kind: str, content: Parser, findings: Findings) -> None:
    extra: dict[str, Any] = {}
    if kind == "rtng":
        extra = {"entity": content.fourcc(), "criteria": content.fourcc()}
    elif kind == "clsf":
        extra = {"entity": content.fourcc(), "table": content.u16()}
    tag = None
    if kind != "date" or not bytes(content.data[content.position : content.position + 2]).isdigit():
        tag = _language(content)
    text = _string(content)
    if kind == "albm" and content.left:
        extra["track"] = content.u8()
    findings.add(_UISO, kind, text, _UTF8, extended_language_tag=tag, extra_attributes=extra)


def _keywords(content: Parser, findings: Findings) -> None:
    tag = _language(content)
    for _ in range(content.u8()):
        word = unicode_text(content.take(content.u8()))
        findings.add(_UISO, "kywd", word, _UTF8, extended_language_tag=tag)


def _place(content: Parser, findings: Findings) -> None:
    tag, name = _language(content), _string(content)
    role = content.u8()
    longitude, latitude, altitude = content.f16_16(), content.f16_16(), content.f16_16()
    extra: dict[str, Any] = {"name": name, "role": _ROLES.get(role, str(role))}
    extra |= {"longitude": longitude, "latitude": latitude, "altitude": altitude}
    extra |= {"body": _string(content), "notes": _string(content)}
    text = f"{_signed(latitude, 2)}{_signed(longitude, 3)}{_signed(altitude, 0)}/"
    findings.add(_UISO, "loci", text, _UTF8, extended_language_tag=tag, extra_attributes=extra)


def _signed(number: Fraction, digits: int) -> str:
    """As ISO 6709 has it: a sign, so many digits before the point, and four behind it, which 16 bits justify."""
    return f"{float(number):+0{digits + 6}.4f}" if digits else f"{float(number):+.3f}"


def _language(content: Parser) -> str | None:
    letters = unpacked_language(content.u16() & 0x7FFF)
    return shortest_tag(letters) if letters else None


def _string(content: Parser) -> str:
    """UTF-8, or UTF-16 behind a byte order mark, up to its zero or the end."""
    rest = content.data[content.position :]
    if bytes(rest[:2]) not in (b"\xfe\xff", b"\xff\xfe"):
        return content.cstring()
    data = bytes(rest)
    end = end_of_text(data, 2)
    content.skip(min(end + 2, content.left))
    return unicode_text(data[:end])
