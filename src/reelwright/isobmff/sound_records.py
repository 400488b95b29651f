"""What the configuration records of compressed sound say: rate, channels, frames of a packet, what decoders need.

One function a record (``esds``, ``alac``, ``dOps``, ``dfLa``, ``dac3``, ``dec3``, WAVE's header); ``read_sound_record``
knows which an encoding has. Records stay as the file has them, for it is they that go into the next file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reelwright.isobmff.bits import BitReader
from reelwright.isobmff.entry_boxes import EntryBoxes
from reelwright.isobmff.esds import AAC_OBJECTS, audio_facts, read_decoder_configuration
from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.model.layout import ChannelLayout, Speaker

__all__ = ["FRAMES_OF_PACKETS", "RECORDS", "SoundRecord", "read_sound_record"]

FRAMES_OF_PACKETS = {
    "mp4a": 1024,
    "samr": 160,
    "sawb": 320,
    "ac-3": 1536,
    "ec-3": 1536,
    "ima4": 64,
    "MAC3": 6,
    "MAC6": 6,
    "agsm": 160,
    "ulaw": 1,
    "alaw": 1,
    "ms\0\x06": 1,
    "ms\0\x07": 1,
}
"""Sound frames of one packet, where the encoding or its carriage fixes them."""

_MP3 = frozenset({".mp3", "mp3 ", "ms\0U"})
_MP3_OBJECTS = (0x69, 0x6B)
_WAVE_HEADER = 18
# The whole content of "wave" is what these codecs read.
_WHOLE_WAVE = frozenset({"QDM2", "QDMC", "spex"})
_FL, _FR, _FC, _LFE, _BC = Speaker.FL, Speaker.FR, Speaker.FC, Speaker.LFE, Speaker.BC
# ETSI TS 102 366, 4.4.2.3: speakers by acmod.
_DOLBY_CHANNELS = (
    (_FL, _FR), (_FC,), (_FL, _FR), (_FL, _FR, _FC), (_FL, _FR, _BC), (_FL, _FR, _FC, _BC),
    (_FL, _FR, Speaker.SL, Speaker.SR), (_FL, _FR, _FC, Speaker.SL, Speaker.SR),
)  # fmt: skip
_DOLBY_RATES = (48000, 44100, 32000)
_AC3_BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
# Dependent substreams' further speakers by bit of chan_loc (ETSI TS 102 366, table F.1).
_EXTENSION_CHANNELS = {0: (Speaker.FLC, Speaker.FRC), 1: (Speaker.BL, Speaker.BR), 2: (Speaker.BC,), 3: (Speaker.TC,)}
_EXTENSION_CHANNELS |= {6: (Speaker.TFL, Speaker.TFR), 7: (Speaker.TFC,)}
# Layouts by count: Vorbis' (Opus' mapping family 1, RFC 7845), FLAC's (RFC 9639), and ALAC's and AAC's.
_OPUS_LAYOUTS = ("", "mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
_FLAC_LAYOUTS = ("", "mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
_ALAC_LAYOUTS = ("", "mono", "stereo", "3.0", "4.0", "5.0", "5.1", "6.1(back)", "7.1(wide)")
_AAC_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "7.1(wide)", 11: "6.1(back)"}
# Channels by ChannelConfiguration (ISO/IEC 23001-8, table 9) of the immersive layouts that MPEG-H is made for.
_CICP_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 9: 3, 10: 4, 11: 7, 12: 8, 13: 24, 14: 8, 15: 12, 16: 10}
_CICP_CHANNELS |= {17: 12, 18: 14, 19: 12, 20: 14}
_AAC_LAYOUTS |= {12: "7.1", 14: "5.1.2(back)"}


@dataclass(slots=True)
class SoundRecord:
    """Fields of a format description that a record tells, and extensions."""

    facts: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


def read_sound_record(subtype: str, boxes: EntryBoxes, rate: int) -> SoundRecord:
    """What the configuration of an encoding says; empty where there is none.

    Args:
        boxes: of the entry, those within ``wave`` included. rate: frames a second by the entry.

    Raises:
        InvalidMediaError: the record is broken. What was told before it broke is lost with it.
    """
    if subtype in _MP3:
        return SoundRecord({"frames_per_packet": _mp3_frames(rate)})
    if subtype in _WHOLE_WAVE and (whole := boxes.payload("wave")):
        return SoundRecord({"codec_config": whole})
    if subtype.startswith("ms\0") and (header := boxes.parser(subtype)) is not None:
        return _wave_header(header)
    for kind, reader in _READERS.items():
        payload = boxes.payload(kind)
        if payload is not None:
            record = reader(Parser(payload, f"the box {kind!r}"), rate)
            if kind not in ("esds", "dac3", "dec3"):
                record.facts["codec_config"] = payload
            return record
    general = boxes.payload("glbl")
    return SoundRecord({"codec_config": general} if general else {})


def _mp3_frames(rate: int) -> int:
    """Layer III: 1152 frames at MPEG-1's rates, 576 at the lower ones (ISO/IEC 13818-3, 2.4.2.3)."""
    return 1152 if not rate or rate >= 32000 else 576


def _descriptor(content: Parser, rate: int) -> SoundRecord:
    found = read_decoder_configuration(content.rest())
    record = SoundRecord({}, {"ObjectTypeIndication": found.object_type})
    if found.average_bit_rate or found.max_bit_rate:
        record.facts["bit_rate"] = found.average_bit_rate or found.max_bit_rate
    if found.specific:
        record.facts["codec_config"] = found.specific
    if found.object_type in _MP3_OBJECTS:
        record.facts["frames_per_packet"] = _mp3_frames(rate)
    elif found.object_type in AAC_OBJECTS and found.specific:
        record.facts |= _aac(found.specific)
    return record


def _aac(config: bytes) -> dict[str, Any]:
    try:
        told = audio_facts(config)
    except InvalidMediaError:
        return {}
    found: dict[str, Any] = {"sample_rate": told.sample_rate}
    if told.frames_per_packet:
        found["frames_per_packet"] = told.frames_per_packet
    if told.channels:
        found["channels"] = told.channels
    layout = _AAC_LAYOUTS.get(told.channel_configuration)
    if layout and ChannelLayout.of(layout).channels == told.channels:
        found["channel_layout"] = layout
    return found


def _alac(content: Parser, rate: int) -> SoundRecord:
    """ALACSpecificConfig, with or without the four bytes of a full box before it."""
    if content.left not in (24, 48):
        content.full_header()
    frames = content.u32()
    content.skip(1)
    depth = content.u8()
    content.skip(3)
    channels = content.u8()
    content.skip(2 + 4)
    bit_rate, sample_rate = content.u32(), content.u32()
    facts = _counted(_ALAC_LAYOUTS, channels)
    facts |= {"frames_per_packet": frames, "bits_per_component": depth, "sample_rate": sample_rate}
    facts |= {"bit_rate": bit_rate}
    return SoundRecord({name: value for name, value in facts.items() if value})


def _opus(content: Parser, rate: int) -> SoundRecord:
    """Encapsulation of Opus in ISO Base Media File Format, 4.3.2: numbers are big-endian, 48000 frames a second."""
    content.skip(1)
    channels, skip = content.u8(), content.u16()
    content.skip(4 + 2)
    family = content.u8()
    facts: dict[str, Any] = _counted(_OPUS_LAYOUTS, channels) if family <= 1 else {"channels": channels}
    return SoundRecord({**facts, "sample_rate": 48000, "priming": skip})


def _flac(content: Parser, rate: int) -> SoundRecord:
    """STREAMINFO (RFC 9639, 8.2), which is the first block of ``dfLa``."""
    content.full_header()
    if content.u8() & 0x7F or content.u24() < 34:
        raise InvalidMediaError("the box 'dfLa' does not begin with STREAMINFO.")
    least, most = content.u16(), content.u16()
    content.skip(6)
    word = content.u64()
    facts = _counted(_FLAC_LAYOUTS, (word >> 41 & 7) + 1)
    facts |= {"sample_rate": word >> 44, "bits_per_component": (word >> 36 & 31) + 1}
    if least == most:
        facts["frames_per_packet"] = most
    return SoundRecord({name: value for name, value in facts.items() if value})


def _counted(layouts: tuple[str, ...], channels: int) -> dict[str, Any]:
    """Channels, and the layout that a codec fixes for their number."""
    if not channels:
        raise InvalidMediaError("the sound's configuration speaks of no channels.")
    return {"channels": channels, **({"channel_layout": layouts[channels]} if channels < len(layouts) else {})}


def _ac3(content: Parser, rate: int) -> SoundRecord:
    """``dac3`` (ETSI TS 102 366, F.4)."""
    bits = BitReader(content.rest(), content.what)
    sampling = bits.bits(2)
    bits.skip(5 + 3)
    facts = _dolby(sampling, _DOLBY_CHANNELS[bits.bits(3)], bits.flag())
    index = bits.bits(5)
    if index < len(_AC3_BIT_RATES):
        facts["bit_rate"] = _AC3_BIT_RATES[index] * 1000
    return SoundRecord(facts)


def _enhanced_ac3(content: Parser, rate: int) -> SoundRecord:
    """``dec3`` (ETSI TS 102 366, F.6): the first independent substream, and the speakers its dependents add."""
    bits = BitReader(content.rest(), content.what)
    bit_rate = bits.bits(13) * 1000
    bits.skip(3)
    sampling = bits.bits(2)
    bits.skip(5 + 1 + 1 + 3)
    speakers: tuple[Speaker, ...] = _DOLBY_CHANNELS[bits.bits(3)]
    low = bits.flag()
    bits.skip(3)
    if bits.bits(4):
        places = bits.bits(9)
        further = [pair for bit, pair in _EXTENSION_CHANNELS.items() if places >> bit & 1]
        speakers += tuple(speaker for pair in further for speaker in pair if speaker not in speakers)
    return SoundRecord({**_dolby(sampling, speakers, low), "bit_rate": bit_rate})


def _dolby(sampling: int, speakers: tuple[Speaker, ...], low: bool) -> dict[str, Any]:
    layout = ChannelLayout((*speakers, _LFE) if low else speakers)
    facts: dict[str, Any] = {"channels": layout.channels, "channel_layout": layout.name}
    return {**facts, "sample_rate": _DOLBY_RATES[sampling]} if sampling < len(_DOLBY_RATES) else facts


def _mpeg_h(content: Parser, rate: int) -> SoundRecord:
    """MHADecoderConfigurationRecord (ISO/IEC 23008-3, 20.5): channels by their configuration's number."""
    content.skip(2)
    channels = _CICP_CHANNELS.get(content.u8(), 0)
    return SoundRecord({"channels": channels} if channels else {})


def _wave_header(content: Parser) -> SoundRecord:
    """WAVEFORMATEX, little-endian, as QuickTime keeps it for encodings that come from WAVE."""
    data = content.rest()
    if len(data) < 16:
        raise InvalidMediaError(f"the {content.what} has {len(data)} bytes, less than a WAVE format header.")
    bytes_a_second, block = int.from_bytes(data[8:12], "little"), int.from_bytes(data[12:14], "little")
    return SoundRecord(
        {"bit_rate": bytes_a_second * 8, "codec_config": data[_WAVE_HEADER:]},
        {"BytesPerPacket": block} if block else {},
    )


_READERS: dict[str, Callable[[Parser, int], SoundRecord]] = {
    "esds": _descriptor,
    "alac": _alac,
    "dOps": _opus,
    "dfLa": _flac,
    "dac3": _ac3,
    "dec3": _enhanced_ac3,
    "mhaC": _mpeg_h,
}
RECORDS = frozenset(_READERS)
"""Types of the boxes that hold such records."""
