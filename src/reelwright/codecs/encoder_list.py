"""The encoders of this machine and what each can do, found out by letting each encode a moment of film or sound.

FFmpeg lists what it was built with; whether a device is there, whether pictures come out in another order, whether one
picture in is one packet out shows only at work. Nothing here is told from a table that could be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from reelwright.codecs import _av
from reelwright.codecs.catalog import formats, hardware, software, trouble
from reelwright.codecs.sound_family import families
from reelwright.codecs.video_encoder import EncodedPacket, VideoEncoder, frame_spec
from reelwright.model.codec_traits import traits
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import EncodeError, EncoderNotFoundError, SettingsError
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelFormat
from reelwright.model.settings import VideoSettings

__all__ = ["AudioEncoderEntry", "VideoEncoderEntry", "audio_encoders", "video_encoders"]

_WIDTH, _HEIGHT = 320, 240  # no device refuses it for being small
_PICTURES = 8
_RATE = Fraction(30)
_LIBRARY = re.compile(
    rb"x264 - core ([0-9]+[^ ]*(?: r[0-9]+[^ ]*)?(?: [0-9a-f]{7})?)|x265 \(build ([^)]*)\) - ([^:]*)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoEncoderEntry:
    """One video encoder for one codec (after ``VTCopyVideoEncoderList``).

    Attributes:
        codec: four-character code of what it writes. codec_name: how people call that.
        encoder_id: its name, for ``EncoderSpecification(encoder_id=…)`` (``kVTVideoEncoderList_EncoderID``).
        display_name: FFmpeg's description. is_hardware: whether it needs a device.
        works: whether it encoded something here; reason: FFmpeg's words when not.
        bit_depths: bits a component that it takes, of those written here. chroma: ``"4:2:0"`` ….
        pixel_formats: pictures it is given, by ``PixelFormat``'s names; others are converted to one of them.
        has_alpha: whether it keeps an alpha channel.
        supports_frame_reordering: whether packets came out in another order than pictures; None unless it works.
        supports_low_latency: whether one picture in was one packet out with ``low_latency``; None unless it works.
        supports_multi_pass: whether it can be run in several passes; nothing here makes more than one.
        version: the library's own, where its bitstream tells, or FFmpeg's for its own encoders.
    """

    codec: str
    codec_name: str
    encoder_id: str
    display_name: str
    is_hardware: bool
    works: bool
    reason: str = ""
    bit_depths: tuple[int, ...] = ()
    chroma: str = ""
    pixel_formats: tuple[str, ...] = ()
    has_alpha: bool = False
    supports_frame_reordering: bool | None = None
    supports_low_latency: bool | None = None
    supports_multi_pass: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioEncoderEntry:
    """One sound encoder.

    Attributes:
        format: Core Audio's four-character code of what it writes. encoder_id, display_name: FFmpeg's.
        works: whether it encoded something here; reason: FFmpeg's words when not.
        version: FFmpeg's, for its own encoders.
    """

    format: str
    encoder_id: str
    display_name: str
    works: bool
    reason: str = ""
    version: str = ""


@lru_cache(maxsize=1)
def video_encoders() -> tuple[VideoEncoderEntry, ...]:
    """Every encoder that this FFmpeg has of the video codecs known here, each tried (in about a second; kept)."""
    pairs = ((codec, name) for codec in VideoCodec for name in (software(codec), *hardware(codec)))
    return tuple(_video_entry(codec, name) for codec, name in pairs if _av.find_encoder(name) is not None)


@lru_cache(maxsize=1)
def audio_encoders() -> tuple[AudioEncoderEntry, ...]:
    """Every encoder that this FFmpeg has of the compressed sound formats known here, each tried."""
    return tuple(_audio_entries())


def _video_entry(codec: VideoCodec, name: str) -> VideoEncoderEntry:
    encoder = _av.find_encoder(name)
    assert encoder is not None
    taken = {bits: formats(name, codec, bits) for bits in sorted(traits(codec).depths)}
    alpha = tuple(kind for bits in taken for kind in formats(name, codec, bits, alpha=True))
    given = tuple(dict.fromkeys(kind.name for kind in (*(kind for some in taken.values() for kind in some), *alpha)))
    probe = _Probe.of(codec, name) if given else _Probe(reason=f"takes no {traits(codec).chroma} pictures from memory")
    return VideoEncoderEntry(
        codec=codec.value,
        codec_name=_spoken(codec),
        encoder_id=name,
        display_name=encoder.long_name,
        is_hardware=name in hardware(codec),
        works=not probe.reason,
        reason=probe.reason,
        bit_depths=tuple(bits for bits, some in taken.items() if some),
        chroma=traits(codec).chroma,
        pixel_formats=given,
        has_alpha=bool(alpha),
        supports_frame_reordering=probe.reorders,
        supports_low_latency=probe.is_immediate,
        version=probe.version or _own_version(name, codec),
    )


def _spoken(codec: VideoCodec) -> str:
    """The six of ProRes by their own names."""
    if not codec.is_prores:
        return traits(codec).name
    words = [word if word.isdigit() or word in ("HQ", "LT", "XQ") else word.title() for word in codec.name.split("_")]
    return " ".join(["ProRes", *words[1:]])


@dataclass(frozen=True, slots=True)
class _Probe:
    """What an encoder did when it was tried."""

    reason: str = ""
    reorders: bool | None = None
    is_immediate: bool | None = None
    version: str = ""

    @classmethod
    def of(cls, codec: VideoCodec, name: str) -> _Probe:
        specification = EncoderSpecification(encoder_id=name)
        wrong = trouble(codec, name, traits(codec).depths[0], False, specification)
        if wrong:
            return cls(reason=wrong)
        try:
            packets, config = _encoded(codec, specification, _PICTURES)
        except (EncodeError, EncoderNotFoundError, SettingsError) as error:
            return cls(reason=error.message.rstrip("."))
        ticks = [packet.ticks for packet in packets]
        stream = config + b"".join(bytes(packet.data) for packet in packets)
        return cls("", ticks != sorted(ticks), _is_immediate(codec, name), _library_version(stream))


def _is_immediate(codec: VideoCodec, name: str) -> bool:
    """Whether a picture comes out as it goes in, with low latency asked for."""
    with _encoder(codec, EncoderSpecification(encoder_id=name, low_latency=True)) as encoder:
        done = encoder.encode(_picture(encoder.frame_spec.pixel_format), 0)
        encoder.flush()
        return len(done) == 1


def _encoded(codec: VideoCodec, specification: EncoderSpecification, count: int) -> tuple[list[EncodedPacket], bytes]:
    packets: list[EncodedPacket] = []
    with _encoder(codec, specification) as encoder:
        for tick in range(count):
            packets += encoder.encode(_picture(encoder.frame_spec.pixel_format), tick)
        packets += encoder.flush()
        return packets, encoder.format.codec_config if encoder.format is not None else b""


def _encoder(codec: VideoCodec, specification: EncoderSpecification) -> VideoEncoder:
    settings = VideoSettings(codec, _WIDTH, _HEIGHT, encoder_specification=specification)
    spec = frame_spec(settings, None, full_range=False)
    return VideoEncoder(settings, spec, time_base=1 / _RATE, frame_rate=_RATE, threads=1)


def _picture(kind: PixelFormat) -> _av.VideoFrame:
    frame = _av.empty_frame(kind.ffmpeg_name, _WIDTH, _HEIGHT)
    for plane in _av.frame_planes(frame):
        plane[...] = 0
    return frame


def _library_version(stream: bytes) -> str:
    """The version that x264 and x265 write into their streams as user data."""
    match = _LIBRARY.search(stream)
    if match is None:
        return ""
    if match[1] is not None:
        return f"core {match[1].decode('ascii', 'replace')}"
    return f"build {match[2].decode('ascii', 'replace')}, {match[3].decode('ascii', 'replace').strip()}"


def _own_version(name: str, codec: VideoCodec | None = None) -> str:
    """FFmpeg's version, for encoders that are its own."""
    if name.startswith("lib") or (codec is not None and name in hardware(codec)):
        return ""
    return "libavcodec " + ".".join(map(str, _av.libraries()["libavcodec"]["version"]))


def _audio_entries() -> Iterator[AudioEncoderEntry]:
    for sound, family in families().items():
        name = family.encoder
        encoder = _av.find_encoder(name)
        if encoder is None:
            continue
        reason = _av.try_sound(name)
        yield AudioEncoderEntry(
            format=sound.value,
            encoder_id=name,
            display_name=encoder.long_name,
            works=not reason,
            reason=reason,
            version=_own_version(name),
        )
