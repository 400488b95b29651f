"""What is known of pictures without H.264's or HEVC's parameter sets: records of AV1, VP9 and VVC, and fixed encodings.

HEVC's alpha layer is found here too: an SEI message in the decoder's record announces it.
"""

from __future__ import annotations

from typing import Any

from reelwright.isobmff.av1 import read_av1_record, read_av1_tags
from reelwright.isobmff.hevc import parameter_sets
from reelwright.isobmff.parameter_facts import CHROMA
from reelwright.isobmff.parse import Parser
from reelwright.model.color import ColorProperties
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription

__all__ = ["describe_record", "describe_tags"]

_ALPHA_CHANNEL_INFO = 165  # payloadType of HEVC's alpha channel information (ITU-T H.265, D.2.38)
# Bits of a component and chroma of encodings that have no choice.
_FIXED = {
    **dict.fromkeys(("apco", "apcs", "apcn", "apch", "v210"), (10, "4:2:2")),
    **dict.fromkeys(("ap4h", "ap4x"), (12, "4:4:4")),
    **dict.fromkeys(("2vuy", "yuvs", "yuv2"), (8, "4:2:2")),
    **dict.fromkeys(("v308", "v408"), (8, "4:4:4")),
    **dict.fromkeys(("s263", "h263", "H263"), (8, "4:2:0")),
    "v410": (10, "4:4:4"),
    "v216": (16, "4:2:2"),
    "mp4v": (8, "4:2:0"),
}
_MPEG4_VISUAL = 0x20


def describe_record(format: FormatDescription) -> FormatDescription:
    """The description with what it lacks filled in from its codec's record or name; what is there stays.

    Raises:
        InvalidMediaError: the record is broken.
    """
    found: dict[str, Any] = {}
    for kind, reader in (("av1C", _av1), ("vpcC", _vp9), ("vvcC", _vvc)):
        if kind in format.atoms:
            found = reader(Parser(format.atoms[kind], f"the box {kind!r}"))
    if format.media_subtype in _FIXED and format.extensions.get("ObjectTypeIndication", _MPEG4_VISUAL) == _MPEG4_VISUAL:
        found["bits_per_component"], found["chroma"] = _FIXED[format.media_subtype]
    missing = {name: value for name, value in found.items() if getattr(format, name) is None}
    record = format.atoms.get("hvcC")
    if record and _has_alpha(record):
        missing["extensions"] = {**format.extensions, "ContainsAlphaChannel": True}
    return format.with_(**missing) if missing else format


def describe_tags(format: FormatDescription) -> FormatDescription:
    """The description with colour and range filled in from AV1's sequence header, where they are lacking.

    Raises:
        InvalidMediaError: the header is broken.
    """
    if "av1C" not in format.atoms or None not in (format.color, format.full_range):
        return format
    codes, full_range = read_av1_tags(format.atoms["av1C"])
    color = format.color or (None if codes is None else _color(codes))
    return format.with_(color=color, full_range=full_range if format.full_range is None else format.full_range)


def _has_alpha(record: bytes) -> bool:
    return any(_ALPHA_CHANNEL_INFO in _message_types(unit[2:]) for unit in parameter_sets(record).sei)


def _message_types(content: bytes) -> list[int]:
    """payloadTypes of the messages of one SEI unit (ITU-T H.265, 7.3.5)."""
    found, position = [], 0
    while position + 2 < len(content):
        numbers = []
        for _ in range(2):
            number = 0
            while position < len(content) and content[position] == 0xFF:
                number, position = number + 0xFF, position + 1
            numbers.append(number + (content[position] if position < len(content) else 0))
            position += 1
        found.append(numbers[0])
        position += numbers[1]
    return found


def _color(codes: tuple[int, int, int]) -> ColorProperties | None:
    try:
        color = ColorProperties(*codes)
    except SettingsError:
        return None
    return color if color.is_specified else None


def _av1(record: Parser) -> dict[str, Any]:
    facts = read_av1_record(record.rest())
    return {"bits_per_component": facts.bit_depth, "chroma": facts.chroma}


def _vp9(record: Parser) -> dict[str, Any]:
    """VP Codec ISO Media File Format Binding, "VP Codec Configuration Box"."""
    record.skip(4 + 2)
    bits = record.u8()
    codes = record.u8(), record.u8(), record.u8()
    chroma = {0: "4:2:0", 1: "4:2:0", 2: "4:2:2", 3: "4:4:4"}.get(bits >> 1 & 7)
    found = {"bits_per_component": bits >> 4, "chroma": chroma, "full_range": bool(bits & 1)}
    return {**found, "color": _color(codes)}


def _vvc(record: Parser) -> dict[str, Any]:
    """VvcDecoderConfigurationRecord (ISO/IEC 14496-15, 11.2.4.2.2)."""
    record.skip(4)
    if not record.u8() & 1:
        return {}
    bits = record.u16()
    return {"chroma": CHROMA[bits & 3], "bits_per_component": (record.u8() >> 5) + 8}
