"""How many frames of sound a packet decodes to, told by the packet itself where its encoding says so.

Containers that count milliseconds round every duration; a track that is stored elsewhere needs the exact ones.
"""

from __future__ import annotations

from reelwright.isobmff.alac import alac_record
from reelwright.isobmff.bits import BitReader
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription

__all__ = ["packet_frames"]

_USUAL = {"ec-3": 1536}  # six blocks, where frames are put together to samples (ETSI TS 102 366, annex F)


def packet_frames(format: FormatDescription, packet: bytes) -> int:
    """Frames at the format's sample rate, before anything is dropped at the ends; 0 where they are not told.

    Args:
        packet: its first 16 bytes are enough.
    """
    reader = _READERS.get(format.media_subtype)
    if reader is None:
        return format.frames_per_packet or _USUAL.get(format.media_subtype, 0)
    try:
        return reader(format, packet)
    except InvalidMediaError:
        return 0


def _opus(format: FormatDescription, packet: bytes) -> int:
    """The table-of-contents byte (RFC 6716, 3.1), and how many of its frames there are (3.2)."""
    bits = BitReader(packet, "an Opus packet")
    kind, _, code = bits.bits(5), bits.bits(1), bits.bits(2)
    if kind < 12:
        tenths = (100, 200, 400, 600)[kind % 4]
    else:
        tenths = (100, 200)[kind % 2] if kind < 16 else (25, 50, 100, 200)[kind % 4]
    count = (1, 2, 2)[code] if code < 3 else bits.bits(8) & 63
    return tenths * count * format.sample_rate // 10_000


def _alac(format: FormatDescription, packet: bytes) -> int:
    """The element's own number of frames where it has one, else that of the configuration (ALACSpecificConfig)."""
    bits = BitReader(packet, "an Apple Lossless packet")
    bits.skip(3 + 4 + 12)
    is_short, _ = bits.flag(), bits.bits(2 + 1)
    return bits.bits(32) if is_short else int.from_bytes(alac_record(format.codec_config)[4:8], "big")


def _flac(format: FormatDescription, packet: bytes) -> int:
    """The block size of a frame header (RFC 9639, 9.1.1)."""
    bits = BitReader(packet, "a FLAC frame")
    if bits.bits(14) != 0x3FFE:
        return 0
    bits.skip(2)
    code = bits.bits(4)
    if code < 6 or code > 7:
        return 192 if code == 1 else 144 << code if code < 6 else 1 << code
    bits.skip(12)
    ones = 0
    while bits.flag():  # of the coded number's first byte, which tell how many bytes follow (9.1.5)
        ones += 1
    if ones > 7:
        return 0
    bits.skip(7 - ones + 8 * max(0, ones - 1))
    return bits.bits(8 if code == 6 else 16) + 1


_READERS = {"Opus": _opus, "alac": _alac, "fLaC": _flac}
