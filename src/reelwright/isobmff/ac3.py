"""AC-3 and E-AC-3: ``dac3`` and ``dec3`` from the headers of the first packet's frames (ETSI TS 102 366).

Neither has a configuration beside its packets: every frame begins with all a decoder needs, and the boxes repeat some
of it bit for bit (annex F). A packet of E-AC-3 may hold several frames: of substreams, and of fewer than six blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer, u16
from reelwright.model.errors import InvalidMediaError

__all__ = ["ac3_record", "enhanced_ac3_record"]

_SYNC = b"\x0b\x77"
_MOST_BSID_AC3, _MOST_BSID = 10, 16
_RATES, _REDUCED_RATES = (48000, 44100, 32000), (24000, 22050, 16000)
_REDUCED = 3  # fscod of the rates that E-AC-3 has beyond AC-3's
_BLOCKS = (1, 2, 3, 6)
_FRAMES_OF_BLOCK = 256
_INDEPENDENT, _DEPENDENT, _CONVERTED = 0, 1, 2  # kinds of substreams
_MOST_FRAMES = 64  # in one packet: 8 programmes with their dependents, of six frames each at most, and room
_HEAD = 64  # bytes of a frame within which its header ends
_MOST_KILOBITS = (1 << 13) - 1


def ac3_record(packet: Buffer) -> bytes:
    """A ``dac3`` payload (annex F.4) from an AC-3 frame (4.4).

    Raises:
        InvalidMediaError: the packet does not begin with such a frame.
    """
    bits = _header(bytes(memoryview(packet).cast("B")[:_HEAD]), "AC-3")
    bits.skip(16)
    sampling, size = bits.bits(2), bits.bits(6)
    identifier, mode, coding = bits.bits(5), bits.bits(3), bits.bits(3)
    if sampling == len(_RATES) or size > 37 or identifier > _MOST_BSID_AC3:
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


def _header(data: bytes, name: str) -> BitReader:
    """The bits of a frame behind its sync word."""
    if not data.startswith(_SYNC):
        raise InvalidMediaError(
            f"the packet does not begin with a frame of {name}: its first bytes are {data[:2].hex() or 'none'}.",
            hint="Give whole frames, in the order of their bytes in the standard (0b77 …).",
        )
    bits = BitReader(data, f"the {name} frame header")
    bits.skip(16)
    return bits


@dataclass(frozen=True, slots=True)
class _Frame:
    """One frame's header: kind and number of its substream, its bytes, its frames of sound; then what ``dec3`` repeats.

    places: bits of ``chan_loc`` for the speakers that a dependent substream adds.
    """

    kind: int
    number: int
    size: int
    length: int
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
        InvalidMediaError: the packet does not begin with an independent frame, or its frames do not add up.
    """
    frames = list(_frames(memoryview(packet).cast("B")))
    first = frames[0]
    if first.kind == _DEPENDENT:
        raise InvalidMediaError("the packet begins with a dependent frame of E-AC-3, without what it depends on.")
    # Only frames of one programme follow one another in time; others run beside them.
    heard = sum(frame.length for frame in frames if frame.kind != _DEPENDENT and frame.number == first.number)
    measured = -(-sum(frame.size for frame in frames) * 8 * first.rate // heard)
    kilobits = min(((bit_rate or measured) + 500) // 1000, _MOST_KILOBITS)
    programmes = _programmes(frames)
    return u16(kilobits << 3 | len(programmes) - 1) + b"".join(_programme(each) for each in programmes)


def _programmes(frames: list[_Frame]) -> list[list[_Frame]]:
    """Frames by their programme: an independent one and the dependents that follow it."""
    found: dict[int, list[_Frame]] = {}
    current = frames[0].number
    for frame in frames:
        current = current if frame.kind == _DEPENDENT else frame.number
        found.setdefault(current, []).append(frame)
    return list(found.values())


def _programme(frames: list[_Frame]) -> bytes:
    """The fields of one independent substream, and the speakers that its dependents add."""
    head = frames[0]
    dependents = {frame.number: frame.places for frame in frames if frame.kind == _DEPENDENT}
    word = head.sampling << 14 | head.identifier << 9 | head.mode << 4 | head.coding << 1 | head.low
    if not dependents:
        return u16(word) + bytes(1)
    places = 0
    for added in dependents.values():
        places |= added
    return u16(word) + u16(len(dependents) << 9 | places)


def _frames(packet: memoryview) -> Iterator[_Frame]:
    """The frames of a packet, of which the last may be cut; what is behind the last is padding."""
    offset = 0
    for number in range(_MOST_FRAMES):
        if offset >= len(packet) and number:
            return
        data = bytes(packet[offset : offset + _HEAD])
        if number and not data.startswith(_SYNC):
            return
        frame = _frame(data)
        yield frame
        offset += frame.size
    raise InvalidMediaError(f"the packet holds more than {_MOST_FRAMES} frames of E-AC-3.")


def _frame(data: bytes) -> _Frame:
    """One frame's header (annex E, table E1.2)."""
    bits = _header(data, "E-AC-3")
    kind, number, size, sampling = bits.bits(2), bits.bits(3), (bits.bits(11) + 1) * 2, bits.bits(2)
    low_rate = sampling == _REDUCED
    code = bits.bits(2)
    if kind > _CONVERTED or (low_rate and code == _REDUCED):
        raise InvalidMediaError("the packet holds a frame of a kind or rate that E-AC-3 does not have.")
    blocks = _BLOCKS[3 if low_rate else code]
    rate = _REDUCED_RATES[code] if low_rate else _RATES[sampling]
    coding, low, identifier = bits.bits(3), bits.flag(), bits.bits(5)
    if not _MOST_BSID_AC3 < identifier <= _MOST_BSID:
        raise InvalidMediaError(f"the packet holds a frame with bitstream identification {identifier}, no E-AC-3.")
    for _ in range(1 if coding else 2):
        bits.skip(5)
        _optional(bits, 8)
    places = _places(bits.bits(16)) if kind == _DEPENDENT and bits.flag() else 0
    mode = _mode(bits, kind, coding, low, blocks)
    return _Frame(kind, number, size, blocks * _FRAMES_OF_BLOCK, rate, sampling, identifier, mode, coding, low, places)


def _optional(bits: BitReader, count: int) -> None:
    """Bits that are there if the one before them says so."""
    if bits.flag():
        bits.skip(count)


def _places(channel_map: int) -> int:
    """A dependent frame's channel map as ``chan_loc``: Lc/Rc, Lrs/Rrs, Cs … of table E1.4, and LFE2 (table F.1)."""
    return sum(1 << bit for bit in range(8) if channel_map >> (10 - bit) & 1) | (channel_map >> 1 & 1) << 8


def _mode(bits: BitReader, kind: int, coding: int, low: bool, blocks: int) -> int:
    """``bsmod``, what the sound is for, which stands behind the mixing metadata; 0, the main sound, where not told."""
    if bits.flag() and not _skip_mixing(bits, kind, coding, low, blocks):
        return 0
    return bits.bits(3) if bits.flag() else 0


def _skip_mixing(bits: BitReader, kind: int, coding: int, low: bool, blocks: int) -> bool:
    """Pass over the mixing metadata; False where a mixer's own data, of another length each, bar the way."""
    if coding > 2:
        bits.skip(2)
        bits.skip(6 if coding & 1 else 0)
        bits.skip(6 if coding & 4 else 0)
    if low:
        _optional(bits, 5)
    if kind != _INDEPENDENT:
        return True
    for _ in range(2 if coding else 3):
        _optional(bits, 6)
    definition = bits.bits(2)
    if definition == 3:
        return False
    bits.skip((0, 5, 12)[definition])
    for _ in range(0 if coding >= 2 else 1 if coding else 2):
        _optional(bits, 14)
    if bits.flag():
        for _ in range(1 if blocks == 1 else blocks):
            if blocks == 1:
                bits.skip(5)
            else:
                _optional(bits, 5)
    return True
