"""AC-3 and E-AC-3: ``dac3`` and ``dec3`` from the headers of the first packet's frames (ETSI TS 102 366).

Neither has a configuration beside its packets: every frame begins with all a decoder needs, and the boxes repeat some
of it bit for bit (annex F). A packet of E-AC-3 may hold several frames: substreams, and frames of fewer than six blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer, u16
from reelwright.model.errors import InvalidMediaError

__all__ = ["ac3_record", "enhanced_ac3_frames", "enhanced_ac3_record"]

_SYNC = b"\x0b\x77"
_MOST_BSID_AC3, _MOST_BSID = 10, 16
_RATES, _REDUCED_RATES = (48000, 44100, 32000), (24000, 22050, 16000)
_BLOCKS = (1, 2, 3, 6)
_FRAMES_OF_BLOCK = 256
_DEPENDENT = 1
_MOST_FRAMES = 64  # in one packet: 8 programmes with their dependents, of six frames each at most, and room


def ac3_record(packet: Buffer) -> bytes:
    """A ``dac3`` payload (annex F.4) from an AC-3 frame (4.4).

    Raises:
        InvalidMediaError: the packet does not begin with such a frame.
    """
    data = _checked(bytes(memoryview(packet).cast("B")[:16]), "AC-3")
    bits = BitReader(data, "the AC-3 frame header")
    bits.skip(16 + 16)
    sampling, size = bits.bits(2), bits.bits(6)
    identifier, mode, coding = bits.bits(5), bits.bits(3), bits.bits(3)
    if sampling == 3 or size > 37 or identifier > _MOST_BSID_AC3:
        raise InvalidMediaError("the packet begins with a frame that is no AC-3.")
    if coding & 1 and coding != 1:
        bits.skip(2)
    if coding & 4:
        bits.skip(2)
    if coding == 2:
        bits.skip(2)
    low = bits.flag()
    word = sampling << 22 | identifier << 17 | mode << 14 | coding << 11 | low << 10 | size >> 1 << 5
    return word.to_bytes(3, "big")


@dataclass(frozen=True, slots=True)
class _Frame:
    """One frame's header: how it belongs to the others, its bytes, blocks and rate, and fields as ``dec3`` has them."""

    kind: int
    size: int
    blocks: int
    rate: int
    sampling: int
    identifier: int
    mode: int
    coding: int
    low: bool
    places: int


def enhanced_ac3_record(packet: Buffer, bit_rate: int = 0) -> bytes:
    """A ``dec3`` payload (annex F.6) from all frames of a packet of E-AC-3 (annex E).

    Args:
        bit_rate: bits a second where known; else what this packet's size comes to.

    Raises:
        InvalidMediaError: the packet does not begin with such a frame, or its frames do not add up.
    """
    frames = _frames(packet)
    first = frames[0]
    time = _heard(frames)
    measured = -(-sum(frame.size for frame in frames) * 8 * first.rate // time)
    kilobits = min((bit_rate or measured) + 500, 8191_000) // 1000
    programmes = _programmes(frames)
    return u16(kilobits << 3 | len(programmes) - 1) + b"".join(_programme(each) for each in programmes)


def enhanced_ac3_frames(packet: Buffer) -> int:
    """Frames of sound that a packet holds: 1536, unless it is shorter than an access unit."""
    return _heard(_frames(packet))


def _heard(frames: Sequence[_Frame]) -> int:
    """Only frames of the first programme follow one another in time; others run beside them."""
    leading = [frame for frame in frames if frame.kind != _DEPENDENT]
    substreams = {frame.identifier_of_programme for frame in leading} if False else None
    del substreams
    return sum(frame.blocks for frame in leading) * _FRAMES_OF_BLOCK
