"""Timed metadata: the key table of a ``mebx`` sample entry, and samples made of values that refer to it.

A sample is a run of boxes, each named by the number that the table gives a key; the table also says of what type the
values are and in which language. Numbers that are not in the table are padding (QuickTime File Format, "Timed
Metadata Media").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reelwright.isobmff.mac_text import unicode_text
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.well_known import decode_named, decode_well_known
from reelwright.model.metadata import MetadataItem, TimedMetadataGroup, is_language_tag
from reelwright.model.metadata_keys import MetadataDataType
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

__all__ = ["TimedKey", "read_key_table", "read_opaque_sample", "read_sample"]

_FIELD = "fiel"  # the namespace of keys that only occur within another key's value


@dataclass(frozen=True, slots=True)
class TimedKey:
    """What one number of a key table stands for.

    Attributes:
        key_space: namespace of the key (``"mdta"``, ``"me4c"`` …). key: the key itself.
        type_number: of a well-known type; None where ``type_name`` names it.
        extended_language_tag: BCP 47, None for any. setup: bytes that whoever made the values needs to read them.
    """

    key_space: str
    key: str
    type_number: int | None = 0
    type_name: str = ""
    extended_language_tag: str | None = None
    setup: bytes = field(default=b"", repr=False)

    def decode(self, data: memoryview) -> tuple[Any, str | None]:
        """A value in Python, and the name of its type."""
        return (
            decode_named(self.type_name, data)
            if self.type_number is None
            else decode_well_known(self.type_number, data)
        )


def read_key_table(keys: bytes | memoryview | Parser, problems: list[str] | None = None) -> dict[int, TimedKey]:
    """The table in the content of the ``keys`` box of a ``mebx`` sample entry, by number.

    Args:
        problems: gets a sentence for everything that is left out.
    """
    content = keys if isinstance(keys, Parser) else Parser(keys, "the box 'keys'")
    findings = Findings(problems)
    table: dict[int, TimedKey] = {}
    for kind, entry in findings.boxes(content):
        with findings.tolerating():
            parts = dict(findings.boxes(entry))
            number = _number(kind)
            if "keyd" not in parts:
                findings.problems.append(f"the timed metadata key {number} does not say its key: left out.")
                continue
            table[number] = _key(parts)
    return table


def _number(kind: str) -> int:
    return int.from_bytes(kind.encode("mac_roman"), "big")


def _key(parts: dict[str, Parser]) -> TimedKey:
    declared = parts["keyd"]
    space, key = declared.fourcc(), unicode_text(declared.take(declared.left))
    number, name = _type(parts["dtyp"]) if "dtyp" in parts else (0, "")
    tag = parts["loca"].cstring() if "loca" in parts else ""
    setup = parts["setu"].rest() if "setu" in parts else b""
    return TimedKey(space, key, number, name, tag if is_language_tag(tag) else None, setup)


def _type(content: Parser) -> tuple[int | None, str]:
    """Namespace 0 numbers the well-known types, namespace 1 names others."""
    if content.u32() == 0:
        return content.u32(), ""
    return None, unicode_text(content.take(content.left))


def read_sample(
    data: bytes | memoryview,
    table: Mapping[int, TimedKey],
    time: Time,
    duration: Time,
    problems: list[str] | None = None,
) -> TimedMetadataGroup:
    """The items of one sample; none where it only says that nothing is known in its time.

    A value that is made of further values (a detected face) stays bytes; its fields are among the item's extra
    attributes by their keys.

    Args:
        time, duration: when the sample holds. problems: gets a sentence for everything that is left out.
    """
    findings = Findings(problems)
    has_fields = any(key.key_space == _FIELD for key in table.values())
    for kind, content in findings.boxes(Parser(data, "a timed metadata sample")):
        key = table.get(_number(kind))
        if key is None or key.key_space == _FIELD:
            continue
        with findings.tolerating():
            value, data_type = key.decode(content.data)
            extra = _fields(content, table, findings) if has_fields and isinstance(value, bytes) else {}
            findings.add(
                key.key_space,
                key.key,
                value,
                data_type,
                extended_language_tag=key.extended_language_tag,
                time=time,
                duration=duration,
                extra_attributes=extra,
            )
    return TimedMetadataGroup(tuple(findings.items), TimeRange(time, duration))


def _fields(content: Parser, table: Mapping[int, TimedKey], findings: Findings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, part in findings.boxes(content):
        key = table.get(_number(kind))
        if key is not None and key.key_space == _FIELD:
            found[key.key], _ = key.decode(part.data)
    return found


def read_opaque_sample(data: bytes, format_code: str, key: str, time: Time, duration: Time) -> TimedMetadataGroup:
    """A sample of metadata in a form that is not taken apart here (``mett``, ``urim``, ``gpmd`` …): one item of bytes.

    Args:
        format_code: of the sample entry; it becomes the key space. key: the MIME type or URI that the entry gives,
            empty where it gives none (the format's code then stands for it).
    """
    item = MetadataItem(
        key_space=format_code,
        key=key or format_code,
        value=data,
        data_type=MetadataDataType.RAW.value,
        time=time,
        duration=duration,
    )
    return TimedMetadataGroup((item,), TimeRange(time, duration))
