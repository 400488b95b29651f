"""Sound sample entries read: QuickTime's three versions and MPEG's two, linear PCM of all names, codecs' records.

What a codec's own configuration says of rate and channels stands before the entry's fields, which for compressed sound
are often constants. A layout of version 1 is told by what follows: MPEG's has boxes where QuickTime's has four numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from reelwright.isobmff.channel_boxes import read_channel_layout
from reelwright.isobmff.entry_boxes import EntryBoxes, looks_like_boxes
from reelwright.isobmff.entry_protection import original_format
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.sound_records import FRAMES_OF_PACKETS, RECORDS, read_sound_record
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.layout import ChannelLayout

__all__ = ["read_sound_entry"]

# Boxes that the description's fields tell completely.
_TOLD = frozenset({"enda", "srat", "btrt", "pcmC", "\0\0\0\0"})
_FLOAT, _BIG_ENDIAN, _SIGNED, _ALIGNED_HIGH, _NON_INTERLEAVED = 1, 2, 4, 16, 32
_VARIABLE = -2  # the compression ID of packets of different sizes
_STRUCTURE = 72  # bytes of version 2's fixed part, from the box's first byte on
_MOST_CHANNELS = (1 << 16) - 1
# Names of linear PCM that fix bits and kind; byte order is told by "enda", else big.
_NAMED_PCM = {"in24": (24, False), "in32": (32, False), "fl32": (32, True), "fl64": (64, True)}
_PLAIN_PCM = frozenset({"raw ", "NONE", "\0\0\0\0", "twos", "sowt", "lpcm"})


@dataclass(slots=True)
class _Fields:
    """The fixed fields of an entry, of whichever version. bytes: of a packet of all channels, 0 where not told."""

    version: int
    channels: int
    bits: int
    rate: int
    frames: int = 0
    bytes: int = 0
    flags: int | None = None


def read_sound_entry(kind: str, content: Parser, problems: list[str]) -> FormatDescription:
    """Read an entry from behind its data reference number.

    Args:
        problems: gets a sentence for everything that is left out.

    Raises:
        InvalidMediaError: it is shorter than its fixed fields.
    """
    fields = _fixed_fields(content, problems)
    boxes = EntryBoxes(content, problems)
    wave = boxes.parser("wave")
    wrapped = frozenset() if wave is None else boxes.add(wave)
    with boxes.tolerating():
        if (rate := boxes.parser("srat")) is not None:
            rate.full_header()
            fields.rate = rate.u32()
    subtype, protection = original_format(kind, boxes)
    pcm = None
    with boxes.tolerating():
        pcm = _pcm_layout(subtype, fields, boxes)
    facts, extensions = _pcm_facts(pcm, fields) if pcm else _compressed_facts(subtype, fields, boxes)
    facts.setdefault("bit_rate", _bit_rate(boxes))
    layout = read_channel_layout(boxes, facts["channels"], keep_order=pcm is not None)
    # A wrapper whose record is known is dissolved, and made anew by whoever writes; others stay whole.
    known = pcm is not None or any(kind in boxes for kind in RECORDS)
    told = _TOLD | (wrapped - RECORDS | {"wave"} if known else wrapped)
    told |= set() if layout is None else {"chan", "chnl"}
    if layout is not None:
        facts["channel_layout"] = layout
    elif not facts.get("channel_layout") and facts["channels"] in (1, 2):
        facts["channel_layout"] = ChannelLayout.default(facts["channels"]).name
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm" if pcm else subtype,
        pcm=pcm,
        atoms=boxes.atoms(told),
        extensions={**extensions, **protection},
        **facts,
    )


def _fixed_fields(content: Parser, problems: list[str]) -> _Fields:
    version = content.u16()
    content.skip(2 + 4)
    channels, bits, compression = content.u16(), content.u16(), content.i16()
    content.skip(2)
    fields = _Fields(version, channels, bits, content.u32() >> 16)
    if version == 2:
        return _version_2(content, problems)
    if version == 1 and not looks_like_boxes(content) and content.left >= 16:
        frames, _, size, _ = content.u32(), content.u32(), content.u32(), content.u32()
        fields.frames = frames
        fields.bytes = 0 if compression == _VARIABLE else size
    return fields


def _version_2(content: Parser, problems: list[str]) -> _Fields:
    structure, rate, channels = content.u32(), content.f64(), content.u32()
    content.skip(4)
    bits, flags, size, frames = content.u32(), content.u32(), content.u32(), content.u32()
    if 0 < structure - _STRUCTURE <= content.left:
        content.skip(structure - _STRUCTURE)
    if not (math.isfinite(rate) and 0 <= rate < 1 << 32):
        problems.append(f"a sample rate of {rate} is none.")
        rate = 0
    if channels > _MOST_CHANNELS:
        problems.append(f"{channels} channels are more than sound can have.")
        channels = 0
    return _Fields(2, channels, bits, round(rate), frames, size, flags)


def _pcm_layout(subtype: str, fields: _Fields, boxes: EntryBoxes) -> PcmLayout | None:
    """How values lie, None for what is no linear PCM (QuickTime File Format, sound formats; ISO/IEC 23003-5)."""
    if subtype in ("ipcm", "fpcm"):
        content = boxes.parser("pcmC")
        if content is None:
            return PcmLayout(fields.bits, subtype == "fpcm", is_big_endian=True)
        content.full_header()
        little = content.u8() & 1
        return PcmLayout(content.u8(), subtype == "fpcm", not little)
    if subtype in _NAMED_PCM:
        bits, is_float = _NAMED_PCM[subtype]
        return PcmLayout(bits, is_float, not _is_little_endian(boxes))
    if subtype not in _PLAIN_PCM:
        return None
    if subtype == "lpcm" and fields.flags is not None:
        return _flagged_layout(fields)
    return _plain_layout(subtype, fields.bits, boxes)


def _plain_layout(subtype: str, bits: int, boxes: EntryBoxes) -> PcmLayout:
    """16 bits are signed under all of these names, 8 bits only as "twos" and "sowt"."""
    signed = subtype in ("twos", "sowt", "lpcm")
    bits = bits if bits in (8, 16, 24, 32, 64) else 16 if signed else 8
    little = subtype in ("sowt", "lpcm") or _is_little_endian(boxes)
    return PcmLayout(bits, is_big_endian=bits > 8 and not little, is_signed=signed or bits > 8)


def _flagged_layout(fields: _Fields) -> PcmLayout:
    flags = fields.flags or 0
    is_float, interleaved = bool(flags & _FLOAT), not flags & _NON_INTERLEAVED
    bits = fields.bits
    if fields.bytes and fields.channels:
        # Values of, say, 20 bits stand in as many bytes as a frame has for each channel.
        held = fields.bytes * 8 // (fields.channels if interleaved else 1)
        bits = held if held > bits and flags & _ALIGNED_HIGH else bits
    bits = (bits + 7) // 8 * 8
    return PcmLayout(bits, is_float, bool(flags & _BIG_ENDIAN), interleaved, is_float or bool(flags & _SIGNED))


def _is_little_endian(boxes: EntryBoxes) -> bool:
    content = boxes.parser("enda")
    return content is not None and bool(content.u16() & 1)


def _pcm_facts(pcm: PcmLayout, fields: _Fields) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"sample_rate": fields.rate, "channels": fields.channels, "frames_per_packet": 1}, {}


def _compressed_facts(subtype: str, fields: _Fields, boxes: EntryBoxes) -> tuple[dict[str, Any], dict[str, Any]]:
    facts: dict[str, Any] = {
        "sample_rate": fields.rate,
        "channels": fields.channels,
        "frames_per_packet": fields.frames or FRAMES_OF_PACKETS.get(subtype, 0),
    }
    extensions: dict[str, Any] = {"BytesPerPacket": fields.bytes} if fields.bytes else {}
    with boxes.tolerating():
        record = read_sound_record(subtype, boxes, fields.rate)
        facts |= record.facts
        extensions |= record.extensions
    return facts, extensions


def _bit_rate(boxes: EntryBoxes) -> int:
    """Average bits a second (``btrt``), or the highest where that alone is told."""
    with boxes.tolerating():
        if (content := boxes.parser("btrt")) is not None:
            content.skip(4)
            highest, average = content.u32(), content.u32()
            return average or highest
    return 0
