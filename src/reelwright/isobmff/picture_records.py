"""What the configuration records of AV1 and VP9, and HEVC's alpha layer, say about pictures."""

from __future__ import annotations

from typing import Any

from reelwright.isobmff.parse import Parser
from reelwright.model.format import FormatDescription

__all__ = ["describe_record"]


def describe_record(format: FormatDescription) -> FormatDescription:
    """The description with what it lacks filled in from an ``av1C`` or ``vpcC`` record; what is there stays.

    Raises:
        InvalidMediaError: the record ends too early.
    """
    if "av1C" in format.atoms:
        found = _av1(Parser(format.atoms["av1C"], "the box 'av1C'"))
    elif "vpcC" in format.atoms:
        found = _vp9(Parser(format.atoms["vpcC"], "the box 'vpcC'"))
    else:
        return format
    return format.with_(**{name: value for name, value in found.items() if getattr(format, name) is None})


def _av1(record: Parser) -> dict[str, Any]:
    """AV1 Codec ISO Media File Format Binding, 2.3.3."""
    record.skip(1)
    profile = record.u8() >> 5
    bits = record.u8()
    depth = 8 if not bits & 0x40 else 12 if profile == 2 and bits & 0x20 else 10
    chroma = "4:0:0" if bits & 0x10 else {0: "4:4:4", 8: "4:2:2", 12: "4:2:0"}.get(bits & 0xC)
    return {"bits_per_component": depth, "chroma": chroma}


def _vp9(record: Parser) -> dict[str, Any]:
    """VP Codec ISO Media File Format Binding."""
    record.skip(4 + 2)
    bits = record.u8()
    chroma = {0: "4:2:0", 1: "4:2:0", 2: "4:2:2", 3: "4:4:4"}.get(bits >> 1 & 7)
    return {"bits_per_component": bits >> 4, "chroma": chroma, "full_range": bool(bits & 1)}
