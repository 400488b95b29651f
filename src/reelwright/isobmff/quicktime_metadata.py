"""QuickTime metadata: the ``keys`` and ``ilst`` of a ``meta`` box whose handler is ``mdta``.

``keys`` numbers the keys from 1; an item of ``ilst`` is a box whose type is such a number, with one ``data`` box for
each value. A value's locale is a country and a language, or places in the lists ``ctry`` and ``lang`` beside them.
"""

from __future__ import annotations

from typing import Any

from reelwright.isobmff.language import shortest_tag, unpacked_language
from reelwright.isobmff.metadata_boxes import MOST_ITEMS, Findings
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.well_known import decode_well_known

__all__ = ["read_keyed_items"]

_LISTED = 255  # up to here, a country or language is a place in its list


def read_keyed_items(content: Parser, findings: Findings) -> None:
    """Add the items of a ``meta`` box, given from its first child on."""
    parts = {kind: part for kind, part in findings.boxes(content) if kind in ("keys", "ilst", "ctry", "lang")}
    if "keys" not in parts or "ilst" not in parts:
        return
    with findings.tolerating():
        keys = _keys(parts["keys"])
        lists = {kind: _lists(parts[kind]) if kind in parts else [] for kind in ("ctry", "lang")}
        for kind, item in findings.boxes(parts["ilst"]):
            number = int.from_bytes(kind.encode("mac_roman"), "big")
            if not 1 <= number <= len(keys):
                findings.problems.append(f"a metadata item has the key number {number} of {len(keys)}: left out.")
                continue
            with findings.tolerating():
                _item(keys[number - 1], item, lists, findings)


def _keys(content: Parser) -> list[tuple[str, str]]:
    """Namespace and key, in their order."""
    content.full_header()
    count = content.u32()
    found: list[tuple[str, str]] = []
    while len(found) < min(count, MOST_ITEMS) and content.left >= 8:
        size = content.u32()
        space = content.fourcc()
        found.append((space, str(content.take(size - 8), "utf-8", "replace").rstrip("\0")))
    return found


def _lists(content: Parser) -> list[list[int]]:
    """The lists of ``ctry`` or ``lang``: each a count and so many numbers."""
    content.full_header()
    count = content.u32()
    found: list[list[int]] = []
    while len(found) < min(count, _LISTED) and content.left >= 2:
        found.append([content.u16() for _ in range(content.u16())])
    return found


def _item(key: tuple[str, str], item: Parser, lists: dict[str, list[list[int]]], findings: Findings) -> None:
    for kind, content in findings.boxes(item):
        if kind == "data":
            number = content.u32() & 0xFFFFFF
            countries = _choices(content.u16(), lists["ctry"])
            languages = _choices(content.u16(), lists["lang"])
            value, data_type = decode_well_known(number, content.take(content.left))
            findings.add(*key, value, data_type, **_locale(countries, languages))


def _choices(number: int, lists: list[list[int]]) -> list[int]:
    if number > _LISTED:
        return [number]
    return lists[number - 1] if 1 <= number <= len(lists) else []


def _locale(countries: list[int], languages: list[int]) -> dict[str, Any]:
    """The first language and country as a tag; all of them among the extra attributes where there are several."""
    tags = [shortest_tag(letters) for code in languages if (letters := unpacked_language(code))]
    regions = [code.to_bytes(2, "big").decode("latin-1") for code in countries]
    regions = [region for region in regions if region.isascii() and region.isalpha()]
    tag = tags[0] if tags else None
    if regions:
        tag = f"{tag or 'und'}-{regions[0].upper()}"
    found: dict[str, Any] = {"extended_language_tag": tag}
    if len(tags) > 1 or len(regions) > 1:
        found["extra_attributes"] = {"languages": tuple(tags), "countries": tuple(regions)}
    return found
