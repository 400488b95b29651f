"""Sample entries made by hand: fixed fields of each kind, to be followed by boxes."""

from __future__ import annotations

from reelwright.isobmff.box import Box, f64, pstring, u16, u32
from reelwright.isobmff.entry_reader import EntryRead, read_sample_entry
from reelwright.isobmff.parse import Parser
from reelwright.model.kinds import MediaType

HEAD = bytes(6) + u16(1)


def picture_fields(width: int = 64, height: int = 48, depth: int = 24, table: int = 0xFFFF, name: str = "") -> bytes:
    fixed = bytes(16) + u16(width, height) + u32(72 << 16, 72 << 16, 0) + u16(1)
    return HEAD + fixed + pstring(name, 32) + u16(depth, table)


def sound_fields(channels: int = 2, bits: int = 16, rate: int = 48000, version: int = 0, compression: int = 0) -> bytes:
    return HEAD + u16(version, 0) + u32(0) + u16(channels, bits, compression & 0xFFFF, 0) + u32(rate << 16)


def sound_fields_v1(frames: int, packet: int, size: int, compression: int = -2, **rest: int) -> bytes:
    return sound_fields(version=1, compression=compression, **rest) + u32(frames, packet, size, 2)


def sound_fields_v2(rate: float, channels: int, bits: int, flags: int, size: int, frames: int, extra: int = 0) -> bytes:
    old = u16(2, 0) + u32(0) + u16(3, 16, 0xFFFE, 0) + u32(0x10000, 72 + extra)
    return HEAD + old + f64(rate) + u32(channels, 0x7F000000, bits, flags, size, frames) + b"\xee" * extra


def read(
    kind: str, fields: bytes, *boxes: Box, media_type: MediaType = MediaType.VIDEO, quicktime: bool = True
) -> EntryRead:
    content = fields + b"".join(box.render() for box in boxes)
    return read_sample_entry(kind, Parser(content, f"the box {kind!r}"), media_type, quicktime=quicktime)


def read_picture(kind: str, *boxes: Box, quicktime: bool = True) -> EntryRead:
    return read(kind, picture_fields(), *boxes, quicktime=quicktime)


def read_sound(kind: str, fields: bytes, *boxes: Box, quicktime: bool = True) -> EntryRead:
    return read(kind, fields, *boxes, media_type=MediaType.AUDIO, quicktime=quicktime)
