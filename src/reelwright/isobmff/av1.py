"""AV1: what the configuration record ``av1C`` says, and the sequence header within it.

The record's own four bytes tell profile, level, depth and chroma; colour stands in the sequence header, which a record
may hold (AV1 Codec ISO Media File Format Binding, 2.3.3; AV1 Bitstream & Decoding Process Specification, 5.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer
from reelwright.model.errors import InvalidMediaError

__all__ = ["Av1Facts", "read_av1_record", "read_av1_tags"]

_RECORD_HEAD = 4
_SEQUENCE_HEADER = 1
_SRGB = (1, 13, 0)
_CHROMA = {0: "4:4:4", 2: "4:2:2", 3: "4:2:0"}
_WHAT = "the AV1 sequence header"


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
    if bits.bits(8) != 0x81:
        raise InvalidMediaError("the AV1 configuration record is not of version 1.")
    profile, level, high_tier = bits.bits(3), bits.bits(5), bits.flag()
    deep, twelve, mono = bits.flag(), bits.flag(), bits.flag()
    subsampling, position = bits.bits(2), bits.bits(2)
    depth = 8 if not deep else 12 if twelve and profile == 2 else 10
    chroma = "4:0:0" if mono else _CHROMA.get(subsampling)
    if chroma is None:
        raise InvalidMediaError("the AV1 configuration record speaks of chroma at half height and full width.")
    return Av1Facts(profile, level, high_tier, depth, chroma, position)


def read_av1_tags(record: Buffer) -> tuple[tuple[int, int, int] | None, bool | None]:
    """Colour (H.273 code points, None when untagged) and range of the sequence header in an ``av1C`` payload.

    Both are None where there is no sequence header.

    Raises:
        InvalidMediaError: it is broken.
    """
    for kind, content in _units(bytes(record)[_RECORD_HEAD:]):
        if kind == _SEQUENCE_HEADER:
            return _sequence_tags(BitReader(content, _WHAT))
    return None, None


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of open bitstream units (5.3); one without a size reaches to the end."""
    position = 0
    while position < len(data):
        head = data[position]
        position += 2 if head & 4 else 1
        size = len(data) - position
        if head & 2:
            size, position = _leb128(data, position)
        if size < 0 or position + size > len(data):
            raise InvalidMediaError("an AV1 unit is longer than the record that holds it.")
        yield head >> 3 & 15, data[position : position + size]
        position += size


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[position : position + 8]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    raise InvalidMediaError("the size of an AV1 unit does not end.")


def _sequence_tags(bits: BitReader) -> tuple[tuple[int, int, int] | None, bool]:
    """sequence_header_obu() up to color_range (5.5.1, 5.5.2)."""
    profile = bits.bits(3)
    bits.skip(1)
    reduced = bits.flag()
    if reduced:
        bits.skip(5)
    else:
        _skip_operating_points(bits)
    width, height = bits.bits(4) + 1, bits.bits(4) + 1
    bits.skip(width + height)
    if not reduced and bits.flag():
        bits.skip(4 + 3)
    bits.skip(3)
    if not reduced:
        _skip_tools(bits)
    bits.skip(3)
    if bits.flag() and profile == 2:
        bits.skip(1)
    if profile != 1:
        bits.skip(1)
    codes = (bits.bits(8), bits.bits(8), bits.bits(8)) if bits.flag() else None
    return codes, codes == _SRGB or bits.flag()


def _skip_operating_points(bits: BitReader) -> None:
    delay_bits = 0
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
        if bits.bits(5) > 7:
            bits.skip(1)
        if delay_bits and bits.flag():
            bits.skip(2 * delay_bits + 1)
        if display_delays and bits.flag():
            bits.skip(4)


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
