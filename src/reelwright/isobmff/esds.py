"""AAC and its relatives: what an AudioSpecificConfig says, and the descriptor ``esds`` that carries it.

A sample entry ``mp4a`` names no rate or channel count that a decoder would trust: those stand in the
AudioSpecificConfig (ISO/IEC 14496-3, 1.6), wrapped in the descriptors of ISO/IEC 14496-1, 7.2.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.box import Buffer, u8, u16, u24, u32
from reelwright.model.errors import InvalidMediaError

__all__ = [
    "AAC_OBJECT",
    "AAC_OBJECTS",
    "AudioFacts",
    "DecoderConfiguration",
    "audio_facts",
    "elementary_stream_descriptor",
    "read_decoder_configuration",
    "read_elementary_stream_descriptor",
]

AAC_OBJECT = 0x40
"""objectTypeIndication of MPEG-4 audio (ISO/IEC 14496-1, table 5)."""

AAC_OBJECTS = (AAC_OBJECT, 0x66, 0x67, 0x68)
"""Object types with an AudioSpecificConfig: MPEG-4 audio, and MPEG-2's AAC of three profiles."""

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_EXPLICIT_RATE = 15
# Channels by channelConfiguration (ISO/IEC 14496-3, table 1.19); 0 is told by a program config element.
_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 13: 24, 14: 8}
_SBR, _PS, _USAC, _LD, _ELD = 5, 29, 42, 23, 39
_GENERAL_AUDIO = frozenset({1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23})
_SYNC_EXTENSION, _PS_EXTENSION = 0x2B7, 0x548
# Frames of one USAC packet by coreSbrFrameLengthIndex (ISO/IEC 23003-3, table 75).
_USAC_FRAMES = (768, 1024, 2048, 2048, 4096)
_WHAT = "the AudioSpecificConfig"
_STREAM, _DECODER, _SPECIFIC, _SYNC_LAYER = 3, 4, 5, 6
_BUFFER_BYTES_PER_CHANNEL = 768


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What an AudioSpecificConfig says.

    Attributes:
        object_type: the audio object type signalled first: 2 AAC-LC, 5 HE-AAC, 29 HE-AAC v2, 42 USAC …
        sample_rate: frames a second that a full decoder delivers. core_rate: without spectral band replication.
        channels: channels delivered. channel_configuration: as coded, 0 for a program config element.
        frames_per_packet: sound frames of one packet at ``sample_rate``; 0 for object types that are not known here.
    """

    object_type: int
    sample_rate: int
    core_rate: int
    channels: int
    channel_configuration: int
    frames_per_packet: int


def audio_facts(config: Buffer) -> AudioFacts:
    """Read an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), signalling of SBR and PS included.

    Raises:
        InvalidMediaError: it is too short, or holds reserved values.
    """
    bits = BitReader(bytes(config), _WHAT)
    first = kind = _object_type(bits)
    core_rate = rate = _rate(bits)
    configuration = bits.bits(4)
    parametric = first == _PS
    if first in (_SBR, _PS):
        rate = _rate(bits)
        kind = _object_type(bits)
    frames, channels = _core(bits, kind, configuration)
    if first not in (_SBR, _PS) and kind in _GENERAL_AUDIO:
        rate, parametric = _extension(bits, core_rate)
    if channels == 1 and parametric:
        channels = 2
    return AudioFacts(first, rate, core_rate, channels, configuration, frames * rate // core_rate)


def _object_type(bits: BitReader) -> int:
    kind = bits.bits(5)
    if kind == 0:
        raise InvalidMediaError(
            f"{_WHAT} names no audio object type.",
            hint="Give codec_config as the encoder's extradata (for AAC in ADTS there is none: convert it first).",
        )
    return 32 + bits.bits(6) if kind == 31 else kind


def _rate(bits: BitReader) -> int:
    index = bits.bits(4)
    rate = bits.bits(24) if index == _EXPLICIT_RATE else dict(enumerate(_RATES)).get(index, 0)
    if not rate:
        raise InvalidMediaError(f"{_WHAT} holds no valid sample rate (index {index}).")
    return rate


def _core(bits: BitReader, kind: int, configuration: int) -> tuple[int, int]:
    """Frames of a packet and channels, from the part that depends on the object type."""
    if configuration and configuration not in _CHANNELS:
        raise InvalidMediaError(f"{_WHAT} holds the reserved channel configuration {configuration}.")
    channels = _CHANNELS.get(configuration, 0)
    if kind == _USAC:
        return _usac_frames(bits), channels
    if kind == _ELD:
        return (480 if bits.flag() else 512), channels
    if kind not in _GENERAL_AUDIO:
        return 0, channels
    short = bits.flag()
    frames = (480 if short else 512) if kind == _LD else 960 if short else 1024
    if bits.flag():
        bits.skip(14)
    extended = bits.flag()
    if not configuration:
        channels = _program_channels(bits)
    _skip_general_extension(bits, kind, extended)
    return frames, channels


def _usac_frames(bits: BitReader) -> int:
    """The head of UsacConfig() (ISO/IEC 23003-3, 5.2)."""
    if bits.bits(5) == 31:
        bits.skip(24)
    index = bits.bits(3)
    if index >= len(_USAC_FRAMES):
        raise InvalidMediaError(f"{_WHAT} holds the reserved frame length index {index}.")
    return _USAC_FRAMES[index]


def _program_channels(bits: BitReader) -> int:
    """Channels of program_config_element() (ISO/IEC 14496-3, 4.4.1.1), which is read to its end."""
    bits.skip(4 + 2 + 4)
    elements = bits.bits(4) + bits.bits(4) + bits.bits(4)
    low, associated, coupling = bits.bits(2), bits.bits(3), bits.bits(4)
    for size in (4, 4, 3):
        if bits.flag():
            bits.skip(size)
    channels = low
    for _ in range(elements):
        channels += 2 if bits.flag() else 1
        bits.skip(4)
    bits.skip(4 * low + 4 * associated + 5 * coupling)
    bits.skip(-bits.position % 8)
    bits.skip(8 * bits.bits(8))
    if not channels:
        raise InvalidMediaError(f"{_WHAT} describes a program without channels.")
    return channels


def _skip_general_extension(bits: BitReader, kind: int, extended: bool) -> None:
    if kind in (6, 20):
        bits.skip(3)
    if extended:
        bits.skip({22: 16, 17: 3, 19: 3, 20: 3, 23: 3}.get(kind, 0) + 1)


def _extension(bits: BitReader, core_rate: int) -> tuple[int, bool]:
    """SBR and PS announced behind the end, for decoders that know of them (14496-3, 1.6.5.3): (rate, PS present)."""
    if bits.left < 16 or bits.bits(11) != _SYNC_EXTENSION or _object_type(bits) != _SBR or not bits.flag():
        return core_rate, False
    rate = _rate(bits)
    parametric = bits.left >= 12 and bits.bits(11) == _PS_EXTENSION and bits.flag()
    return rate, parametric


def _descriptor(tag: int, *parts: bytes) -> bytes:
    """A descriptor whose length takes four bytes, the form in which QuickTime and FFmpeg write it."""
    size = sum(map(len, parts))
    length = bytes(0x80 | size >> shift & 0x7F for shift in (21, 14, 7)) + bytes([size & 0x7F])
    return bytes([tag]) + length + b"".join(parts)


def elementary_stream_descriptor(
    config: Buffer, average_bit_rate: int = 0, max_bit_rate: int = 0, buffer_size: int = 0
) -> bytes:
    """The payload of ``esds``, version and flags included, for an AudioSpecificConfig (ISO/IEC 14496-14, 5.6).

    Args:
        config: the AudioSpecificConfig.
        average_bit_rate, max_bit_rate: bits a second, 0 where not known; the largest is never below the average.
        buffer_size: bytes of the decoder's buffer; by default AAC's 6144 bits a channel.

    Raises:
        InvalidMediaError: a broken configuration.
    """
    facts = audio_facts(config)
    size = buffer_size or _BUFFER_BYTES_PER_CHANNEL * facts.channels
    rates = u32(max(max_bit_rate, average_bit_rate), average_bit_rate)
    decoder = _descriptor(_DECODER, u8(AAC_OBJECT, 5 << 2 | 1), u24(size), rates, _descriptor(_SPECIFIC, bytes(config)))
    return u32(0) + _descriptor(_STREAM, u16(0), u8(0), decoder, _descriptor(_SYNC_LAYER, u8(2)))


@dataclass(frozen=True, slots=True)
class DecoderConfiguration:
    """What an ``esds`` says of the decoder that a stream needs.

    Attributes:
        object_type: objectTypeIndication. average_bit_rate, max_bit_rate: bits a second, 0 where not told.
        specific: decoder specific info, empty where there is none.
    """

    object_type: int
    average_bit_rate: int
    max_bit_rate: int
    specific: bytes


def read_decoder_configuration(payload: Buffer) -> DecoderConfiguration:
    """Read an ``esds`` payload, version and flags included.

    Raises:
        InvalidMediaError: a descriptor is missing, or longer than what holds it.
    """
    stream = _find(bytes(payload)[4:], _STREAM)
    flags = stream[2] if len(stream) > 2 else 0
    start = 3 + (2 if flags & 0x80 else 0)
    if flags & 0x40:
        start += 1 + (stream[start] if len(stream) > start else 0)
    start += 2 if flags & 0x20 else 0
    decoder = _find(stream[start:], _DECODER)
    if len(decoder) < 13:
        raise InvalidMediaError("the decoder descriptor in 'esds' is too short.")
    highest, average = int.from_bytes(decoder[5:9], "big"), int.from_bytes(decoder[9:13], "big")
    specific = next((content for tag, content in _descriptors(decoder[13:]) if tag == _SPECIFIC), b"")
    return DecoderConfiguration(decoder[0], average, highest, specific)


def read_elementary_stream_descriptor(payload: Buffer) -> tuple[int, bytes]:
    """(objectTypeIndication, decoder specific info) of an ``esds`` payload; the latter may be empty.

    Raises:
        InvalidMediaError: a descriptor is missing, or longer than what holds it.
    """
    found = read_decoder_configuration(payload)
    return found.object_type, found.specific


def _find(data: bytes, wanted: int) -> bytes:
    for tag, content in _descriptors(data):
        if tag == wanted:
            return content
    raise InvalidMediaError(f"'esds' lacks the descriptor of tag {wanted}.")


def _descriptors(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of descriptors that lie one behind the other (ISO/IEC 14496-1, 8.3.3)."""
    position = 0
    while position + 1 < len(data):
        tag, size, position = data[position], 0, position + 1
        for _ in range(4):
            byte = data[position] if position < len(data) else 0
            size, position = size << 7 | byte & 0x7F, position + 1
            if byte < 128:
                break
        if position + size > len(data):
            raise InvalidMediaError(f"the descriptor of tag {tag} in 'esds' is longer than what holds it.")
        yield tag, data[position : position + size]
        position += size
