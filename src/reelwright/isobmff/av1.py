"""AV1: configuration records, the sequence header within them, and temporal units as samples.

The record's own four bytes tell profile, level, depth and chroma; size and colour stand in the sequence header, from
which a record is made (AV1 Codec ISO Media File Format Binding, 2.3.3; AV1 Bitstream & Decoding Process Specification,
5). Encoders' extradata need not be the header that they code: the one in the samples is the one that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer, u8
from reelwright.model.errors import InvalidMediaError

__all__ = [
    "Av1Facts",
    "Av1Sample",
    "SequenceHeader",
    "av1_record",
    "av1_sample",
    "read_av1_record",
    "read_av1_tags",
    "read_sequence_header",
    "sequence_header_bytes",
    "sequence_header_of",
    "updated_av1_record",
]

_RECORD_HEAD = 4
_VERSION = 0x81
_SEQUENCE_HEADER, _DELIMITER, _FRAME_HEADER, _METADATA, _FRAME = 1, 2, 3, 5, 6
_REDUNDANT_HEADER, _TILE_LIST, _PADDING = 7, 8, 15
# What samples do not hold (Binding, 2.4): delimiters, repeated headers, tile lists and padding.
_LEFT_OUT = frozenset({_DELIMITER, _REDUNDANT_HEADER, _TILE_LIST, _PADDING})
_SRGB = (1, 13, 0)
_CHROMA = {0: "4:4:4", 2: "4:2:2", 3: "4:2:0"}
_WHAT = "the AV1 sequence header"
_LIGHT = (b"\1", b"\2")  # metadata_type of METADATA_TYPE_HDR_CLL and METADATA_TYPE_HDR_MDCV (6.7.1)
_KEY_FRAME = 0
_MOST_UNITS = 1 << 16  # a frame has at most 4096 tiles (A.3), each at most a unit of its own


@dataclass(frozen=True, slots=True)
class Av1Facts:
    """What a record says by itself.

    Attributes:
        profile, level: seq_profile and seq_level_idx. high_tier: True for the High tier.
        bit_depth: 8, 10 or 12. chroma: ``"4:2:0"`` … ``"4:0:0"``. chroma_position: chroma_sample_position.
    """

    profile: int
    level: int
    high_tier: bool
    bit_depth: int
    chroma: str
    chroma_position: int


def read_av1_record(record: Buffer) -> Av1Facts:
    """Read an ``av1C`` payload.

    Raises:
        InvalidMediaError: it is too short, of another version, or holds reserved values.
    """
    bits = BitReader(bytes(record), "the AV1 configuration record")
    if bits.bits(8) != _VERSION:
        raise InvalidMediaError("the AV1 configuration record is not of version 1.")
    profile, level, high_tier = bits.bits(3), bits.bits(5), bits.flag()
    deep, twelve, mono = bits.flag(), bits.flag(), bits.flag()
    subsampling, position = bits.bits(2), bits.bits(2)
    depth = 8 if not deep else 12 if twelve and profile == 2 else 10
    chroma = "4:0:0" if mono else _CHROMA.get(subsampling)
    if chroma is None:
        raise InvalidMediaError("the AV1 configuration record speaks of chroma at half height and full width.")
    return Av1Facts(profile, level, high_tier, depth, chroma, position)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceHeader:
    """What sequence_header_obu() says (5.5) of what a file has to know.

    Attributes:
        profile: seq_profile. level, high_tier: of operating point 0. is_reduced: of a still picture, in short form.
        width, height: the largest pictures. bit_depth: 8, 10 or 12. is_monochrome: there is no chroma.
        subsampling: subsampling_x and subsampling_y. chroma_position: chroma_sample_position, 0 when not told.
        color_codes: H.273 code points, None when untagged. full_range: color_range.
    """

    profile: int
    level: int
    high_tier: bool
    is_reduced: bool
    width: int
    height: int
    bit_depth: int
    is_monochrome: bool
    subsampling: tuple[bool, bool]
    chroma_position: int
    color_codes: tuple[int, int, int] | None
    full_range: bool


class Av1Sample(NamedTuple):
    """A temporal unit as the file stores it.

    Attributes:
        buffers: views of the packet, to be written one after the other. size: their bytes.
        is_sync: it begins with a sequence header and a shown key frame. header: the sequence header, empty if none.
    """

    buffers: list[Buffer]
    size: int
    is_sync: bool
    header: bytes


class _Unit(NamedTuple):
    """An open bitstream unit: where its header, its content and what follows it begin."""

    kind: int
    start: int
    content: int
    stop: int


def read_av1_tags(record: Buffer) -> tuple[tuple[int, int, int] | None, bool | None]:
    """Colour (H.273 code points, None when untagged) and range of the sequence header in an ``av1C`` payload.

    Both are None where there is no sequence header.

    Raises:
        InvalidMediaError: it is broken.
    """
    header = sequence_header_of(record)
    return (None, None) if header is None else (header.color_codes, header.full_range)


def sequence_header_of(record: Buffer) -> SequenceHeader | None:
    """The sequence header that an ``av1C`` payload holds; None where there is none.

    Raises:
        InvalidMediaError: it is broken.
    """
    content = _first(memoryview(record).cast("B")[_RECORD_HEAD:], _SEQUENCE_HEADER)
    return None if content is None else read_sequence_header(content)


def sequence_header_bytes(record: Buffer) -> bytes:
    """The same as it is coded (the content of its unit), to be compared with others; empty where there is none.

    Raises:
        InvalidMediaError: the units do not add up.
    """
    return _first(memoryview(record).cast("B")[_RECORD_HEAD:], _SEQUENCE_HEADER) or b""


def av1_record(config: Buffer) -> bytes:
    """An ``av1C`` payload from an encoder's extradata: a record, which stays as it is, or open bitstream units.

    The record holds the sequence header, and light levels and the mastering display among them (Binding, 2.3.4); other
    metadata (time codes, ITU-T T.35) is of one picture.

    Raises:
        InvalidMediaError: neither, or without a sequence header.
    """
    data = memoryview(config).cast("B")
    if len(data) and data[0] == _VERSION:
        read_av1_record(data)
        return bytes(data)
    content = _first(data, _SEQUENCE_HEADER)
    if content is None:
        raise InvalidMediaError(
            "the AV1 configuration holds no sequence header.",
            hint="Give the encoder's extradata or an 'av1C' record as codec_config, or begin with a key frame.",
        )
    metadata = [
        unit for unit in _units(data) if unit.kind == _METADATA and data[unit.content : unit.stop][:1] in _LIGHT
    ]
    return _record(content, [bytes(data[unit.start : unit.stop]) for unit in metadata])


def updated_av1_record(record: Buffer, header: bytes) -> bytes:
    """The record of another sequence header (the content of its unit), with the metadata of this one.

    Raises:
        InvalidMediaError: the header is broken.
    """
    data = memoryview(record).cast("B")[_RECORD_HEAD:]
    metadata = [bytes(data[unit.start : unit.stop]) for unit in _units(data) if unit.kind == _METADATA]
    return _record(header, metadata)


def _record(content: bytes, metadata: list[bytes]) -> bytes:
    header = read_sequence_header(content)
    deep = header.bit_depth > 8
    bits = header.high_tier << 7 | deep << 6 | (header.bit_depth == 12) << 5 | header.is_monochrome << 4
    bits |= header.subsampling[0] << 3 | header.subsampling[1] << 2 | header.chroma_position
    unit = u8(_SEQUENCE_HEADER << 3 | 2) + _leb128_of(len(content)) + content
    return u8(_VERSION, header.profile << 5 | header.level, bits, 0) + unit + b"".join(metadata)


def _leb128_of(value: int) -> bytes:
    pieces = []
    while value > 0x7F:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    return u8(*pieces, value)


def av1_sample(packet: Buffer) -> Av1Sample:
    """A temporal unit as a sample: without delimiters, and with a look at what it begins with (Binding, 2.4 and 2.5).

    Args:
        packet: units in the low-overhead format (5.2), as encoders and demuxers give them. It must stay unchanged until
            it is written.

    Raises:
        InvalidMediaError: the units do not add up, or nothing is left.
    """
    data = memoryview(packet).cast("B")
    units = list(_units(data))
    kept = [unit for unit in units if unit.kind not in _LEFT_OUT]
    if not kept:
        raise InvalidMediaError(f"an AV1 packet of {len(data)} bytes holds no picture.")
    header = next((bytes(data[unit.content : unit.stop]) for unit in kept if unit.kind == _SEQUENCE_HEADER), b"")
    frame = next((unit for unit in kept if unit.kind in (_FRAME_HEADER, _FRAME)), None)
    is_sync = bool(header) and frame is not None and (_is_reduced(header) or _is_key(data, frame))
    buffers = [data[start:stop] for start, stop in _joined(kept)]
    return Av1Sample(list(buffers), sum(map(len, buffers)), is_sync, header)


def _joined(units: list[_Unit]) -> list[tuple[int, int]]:
    """Ranges of the packet that hold these units, as few as there can be."""
    ranges: list[tuple[int, int]] = []
    for unit in units:
        if ranges and ranges[-1][1] == unit.start:
            ranges[-1] = (ranges[-1][0], unit.stop)
        else:
            ranges.append((unit.start, unit.stop))
    return ranges


def _is_reduced(header: bytes) -> bool:
    """Whether reduced_still_picture_header is set (5.5.1): every frame is a key frame, and does not say so."""
    return bool(header[0] & 0x08)


def _is_key(data: memoryview, frame: _Unit) -> bool:
    """Whether uncompressed_header() (5.9.2) begins a key frame that is shown at once."""
    bits = BitReader(bytes(data[frame.content : frame.content + 1]), "an AV1 frame header")
    shows_existing, kind, is_shown = bits.flag(), bits.bits(2), bits.flag()
    return not shows_existing and kind == _KEY_FRAME and is_shown


def _first(data: memoryview, kind: int) -> bytes | None:
    """Content of the first unit of a kind."""
    return next((bytes(data[unit.content : unit.stop]) for unit in _units(data) if unit.kind == kind), None)


def _units(data: memoryview) -> Iterator[_Unit]:
    """Open bitstream units (5.3); one without a size reaches to the end."""
    position = number = 0
    while position < len(data):
        head, start = data[position], position
        number += 1
        if number > _MOST_UNITS:
            raise InvalidMediaError(f"an AV1 packet consists of more than {_MOST_UNITS} units.")
        if head & 0x80:
            raise InvalidMediaError(
                "an AV1 unit begins with a bit that is forbidden.",
                hint="Packets are open bitstream units in the low-overhead format, not in that of annex B.",
            )
        position += 2 if head & 4 else 1
        size = len(data) - position
        if head & 2:
            size, position = _leb128(data, position)
        if size < 0 or position + size > len(data):
            raise InvalidMediaError("an AV1 unit is longer than what holds it.")
        yield _Unit(head >> 3 & 15, start, position, position + size)
        position += size


def _leb128(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[position : position + 8]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    raise InvalidMediaError("the size of an AV1 unit does not end.")


def read_sequence_header(content: bytes) -> SequenceHeader:
    """Read sequence_header_obu() up to chroma_sample_position (5.5.1, 5.5.2).

    Raises:
        InvalidMediaError: it ends too early.
    """
    bits = BitReader(content, _WHAT)
    profile = bits.bits(3)
    bits.skip(1)
    is_reduced = bits.flag()
    level, high_tier = (bits.bits(5), False) if is_reduced else _operating_points(bits)
    sizes = bits.bits(4) + 1, bits.bits(4) + 1
    width, height = bits.bits(sizes[0]) + 1, bits.bits(sizes[1]) + 1
    if not is_reduced and bits.flag():
        bits.skip(4 + 3)
    bits.skip(3)
    if not is_reduced:
        _skip_tools(bits)
    bits.skip(3)
    return SequenceHeader(
        profile=profile,
        level=level,
        high_tier=high_tier,
        is_reduced=is_reduced,
        width=width,
        height=height,
        **_color_config(bits, profile),
    )


def _color_config(bits: BitReader, profile: int) -> dict[str, Any]:
    """color_config() (5.5.2)."""
    deep = bits.flag()
    depth = (12 if bits.flag() else 10) if deep and profile == 2 else 10 if deep else 8
    mono = profile != 1 and bits.flag()
    codes = (bits.bits(8), bits.bits(8), bits.bits(8)) if bits.flag() else None
    subsampling, position = (True, True), 0
    full_range = (not mono and codes == _SRGB) or bits.flag()
    if codes == _SRGB and not mono:
        subsampling = (False, False)
    elif not mono:
        subsampling = _subsampling(bits, profile, depth)
        position = bits.bits(2) if all(subsampling) else 0
    found = {"bit_depth": depth, "is_monochrome": mono, "subsampling": subsampling, "chroma_position": position}
    return {**found, "color_codes": codes, "full_range": full_range}


def _subsampling(bits: BitReader, profile: int, depth: int) -> tuple[bool, bool]:
    if profile == 0:
        return True, True
    if profile == 1:
        return False, False
    if depth < 12:
        return True, False
    across = bits.flag()
    return across, across and bits.flag()


def _operating_points(bits: BitReader) -> tuple[int, bool]:
    """Pass over timing and operating points; level and tier of the first point."""
    delay_bits = 0
    levels: list[tuple[int, bool]] = []
    if bits.flag():
        bits.skip(64)
        if bits.flag():
            bits.ue()
        if bits.flag():
            delay_bits = bits.bits(5) + 1
            bits.skip(32 + 5 + 5)
    display_delays = bits.flag()
    for _ in range(bits.bits(5) + 1):
        bits.skip(12)
        level = bits.bits(5)
        levels.append((level, level > 7 and bits.flag()))
        if delay_bits and bits.flag():
            bits.skip(2 * delay_bits + 1)
        if display_delays and bits.flag():
            bits.skip(4)
    return levels[0]


def _skip_tools(bits: BitReader) -> None:
    bits.skip(4)
    order_hints = bits.flag()
    if order_hints:
        bits.skip(2)
    screen_content = 2 if bits.flag() else bits.bits(1)
    if screen_content and not bits.flag():
        bits.skip(1)
    if order_hints:
        bits.skip(3)
