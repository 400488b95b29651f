"""iTunes metadata: the ``ilst`` of a ``meta`` box whose handler is ``mdir``.

An item is a box named for its key that holds one ``data`` box for each value; ``----`` holds a key of any name, made of
a ``mean`` (whose it is) and a ``name``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reelwright.isobmff.genres import GENRES
from reelwright.isobmff.mac_text import unicode_text
from reelwright.isobmff.metadata_boxes import Findings, code_text
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.well_known import decode_well_known
from reelwright.model.metadata_keys import MetadataDataType, MetadataKeySpace

__all__ = ["read_item_list"]

# Keys whose values were also written without a type (0).
_PAIRS = {"trkn", "disk"}  # number and count
_GENRE = "gnre"
_NUMBER_KEYS = """
cpil pgap pcst tmpo hdvd stik rtng tvsn tves shwm plID cnID geID atID sfID cmID akID ©mvi ©mvc
"""
_NUMBERS = set(_NUMBER_KEYS.split())
_PICTURES = {b"\xff\xd8\xff": 13, b"\x89PN": 14, b"GIF": 12}


def read_item_list(content: Parser, findings: Findings) -> None:
    """Add the items of an ``ilst`` to the findings."""
    for kind, item in findings.boxes(content):
        with findings.tolerating():
            if kind == "----":
                _free_form(item, findings)
            elif kind not in ("free", "skip"):
                _named(code_text(kind), item, findings)


def _named(key: str, item: Parser, findings: Findings) -> None:
    for number, data in _values(item, findings):
        value, data_type = _decoded(key, number, data)
        more: dict[str, Any] = {}
        if key == _GENRE and isinstance(value, int) and 0 < value <= len(GENRES):
            more["extra_attributes"] = {"info": GENRES[value - 1]}
        findings.add(MetadataKeySpace.ITUNES, key, value, data_type, **more)


def _free_form(item: Parser, findings: Findings) -> None:
    start, names = item.position, {"mean": "", "name": ""}
    for kind, content in findings.boxes(item):
        if kind in names:
            content.full_header()
            names[kind] = unicode_text(content.take(content.left))
    item.position = start
    for number, data in _values(item, findings):
        value, data_type = decode_well_known(number, data)
        key = ".".join(part for part in names.values() if part)
        findings.add(MetadataKeySpace.ITUNES_LONG_FORM, key, value, data_type, extra_attributes=names)


def _values(item: Parser, findings: Findings) -> Iterator[tuple[int, memoryview]]:
    """Type number and bytes of each ``data`` box; the locale between them is zero in all of iTunes' files."""
    for kind, content in findings.boxes(item):
        if kind == "data":
            number = content.u32() & 0xFFFFFF
            content.skip(4)
            yield number, content.take(content.left)


def _decoded(key: str, number: int, data: memoryview) -> tuple[Any, str | None]:
    if key in _PAIRS and len(data) >= 6:
        return tuple(int.from_bytes(data[start : start + 2], "big") for start in (2, 4)), MetadataDataType.RAW.value
    if key == _GENRE and len(data) == 2:
        return int.from_bytes(data, "big"), MetadataDataType.UINT16.value
    if number == 0:
        number = _implied(key, data)
    return decode_well_known(number, data)


def _implied(key: str, data: memoryview) -> int:
    """The type number of a value that is written without one, from its key and its first bytes."""
    if key in _NUMBERS:
        return 21
    if key == "covr":
        return _PICTURES.get(bytes(data[:3]), 0)
    return 1 if key.startswith("©") else 0
