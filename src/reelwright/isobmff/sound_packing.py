"""How the "samples" of old sound tables become bytes: QuickTime counts frames of sound, not packets.

The tables of uncompressed sound, and of encodings with packets of one size, count single frames of sound and often give
1 as the size of each; what a frame really takes is said by the sound description, or known for the encoding.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.isobmff.parse import Parser

__all__ = ["SoundPacking", "sound_packing"]

# Bytes of one value in encodings whose name fixes it.
_VALUE_BYTES = {"in24": 3, "in32": 4, "fl32": 4, "fl64": 8, "ulaw": 1, "alaw": 1}
_VALUE_BITS = frozenset({"raw ", "twos", "sowt", "NONE", "\0\0\0\0"})
# Frames and bytes (of one channel) in a packet of encodings of version 0 descriptions, which do not say it.
_PACKETS = {"ima4": (64, 34), "MAC3": (6, 2), "MAC6": (6, 1), "agsm": (160, 33)}
_ISO_PCM = frozenset({"ipcm", "fpcm"})


@dataclass(frozen=True, slots=True)
class SoundPacking:
    """Frames and bytes (of all channels) in one packet of constant size. is_pcm: a packet is one frame of values."""

    frames: int
    bytes: int
    is_pcm: bool

    def size_of(self, frames: int) -> int:
        """Bytes of so many frames."""
        return frames // self.frames * self.bytes


def sound_packing(kind: str, entry: Parser) -> SoundPacking | None:
    """The packing that a sound sample description tells; None for encodings with packets of their own.

    Args:
        entry: the content of the description's box. Both dialects' forms are understood.

    Raises:
        InvalidMediaError: it ends too early.
    """
    entry.skip(8)
    version = entry.u16()
    entry.skip(6)
    channels, bits = entry.u16(), entry.u16()
    compression = entry.i16()
    entry.skip(6)
    if version == 2:
        return _version_2(kind, entry)
    if kind in _VALUE_BYTES:
        return _pcm(channels * _VALUE_BYTES[kind])
    if kind in _VALUE_BITS:
        return _pcm(channels * max(1, bits // 8 if bits <= 64 else 2))
    if kind in _ISO_PCM:
        return _iso_pcm(channels, entry)
    if version == 1 and compression != -2:
        frames, _, size = entry.u32(), entry.u32(), entry.u32()
        if frames and size:
            return SoundPacking(frames, size, False)
    if kind in _PACKETS:
        frames, size = _PACKETS[kind]
        return SoundPacking(frames, size * max(1, channels), False)
    return None


def _version_2(kind: str, entry: Parser) -> SoundPacking | None:
    entry.skip(4 + 8)
    channels = entry.u32()
    entry.skip(4)
    bits, _, size, frames = entry.u32(), entry.u32(), entry.u32(), entry.u32()
    if kind == "lpcm":
        return _pcm(size or channels * (bits // 8))
    return SoundPacking(frames, size, kind in _VALUE_BYTES or kind in _VALUE_BITS) if frames and size else None


def _iso_pcm(channels: int, entry: Parser) -> SoundPacking | None:
    configuration = entry.find("pcmC")
    if configuration is None:
        return None
    configuration.full_header()
    configuration.skip(1)
    return _pcm(channels * (configuration.u8() // 8))


def _pcm(size: int) -> SoundPacking | None:
    return SoundPacking(1, size, True) if 0 < size < 1 << 16 else None
