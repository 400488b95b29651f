"""What FFmpeg knows of a stream's encoding as a ``FormatDescription``.

The four-character codes are those of the movie file where it has one for the encoding. Whatever the code, FFmpeg's own
name stands in the extensions (``FFmpegCodec``), for that is what finds the decoder.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from reelwright.containers.ffmpeg.probe import color_of, tag_of
from reelwright.model.format import FormatDescription, PcmLayout, PixelAspectRatio
from reelwright.model.kinds import MediaType, VideoCodec

__all__ = ["codec_name", "describe", "frame_rate", "is_protected", "media_type"]

# Tags that FFmpeg makes of ASF's (extended) content encryption objects.
_ASF_PROTECTION = frozenset({"encryption", "asf_protection_type", "asf_key_id"})
_MEDIA_TYPES = {"video": MediaType.VIDEO, "audio": MediaType.AUDIO, "subtitle": MediaType.SUBTITLE}
# Sample entries of ISO/IEC 14496-12 and its codec bindings, else the codes of CoreMedia and Core Audio.
_CODES = {
    "h264": "avc1",
    "hevc": "hvc1",
    "vvc": "vvc1",
    "av1": "av01",
    "vp8": "vp08",
    "vp9": "vp09",
    "mpeg4": "mp4v",
    "mpeg1video": "mp1v",
    "mpeg2video": "mp2v",
    "mjpeg": "jpeg",
    "h263": "h263",
    "dvvideo": "dvc ",
    "png": "png ",
    "gif": "gif ",
    "rawvideo": "raw ",
    "ffv1": "FFV1",
    "aac": "mp4a",
    "aac_latm": "mp4a",
    "mp1": ".mp1",
    "mp2": ".mp2",
    "mp3": ".mp3",
    "ac3": "ac-3",
    "eac3": "ec-3",
    "ac4": "ac-4",
    "opus": "Opus",
    "vorbis": "vorb",
    "flac": "fLaC",
    "alac": "alac",
    "dts": "dtsc",
    "truehd": "mlpa",
    "amr_nb": "samr",
    "amr_wb": "sawb",
    "pcm_mulaw": "ulaw",
    "pcm_alaw": "alaw",
    "subrip": "srt ",
    "ass": "ass ",
    "webvtt": "wvtt",
    "mov_text": "tx3g",
    "hdmv_pgs_subtitle": "pgs ",
    "dvd_subtitle": "dvds",
    "dvb_subtitle": "dvbs",
    "eia_608": "c608",
}
# Sound frames in a packet, where the encoding fixes them and the demuxer does not say.
_FRAMES = {"aac": 1024, "ac3": 1536, "amr_nb": 160, "amr_wb": 320, "mp3": 1152, "mp2": 1152}
_PCM = re.compile(r"pcm_(?P<kind>[fsu])(?P<bits>8|16|24|32|64)(?P<order>le|be)?(?P<planar>_planar)?")
_UNKNOWN = "unknown"
_ALPHA_MODE = "alpha_mode"  # WebM's word for alpha that stands beside the pictures
_PRORES = "prores"
_PRORES_CODES = frozenset(codec.value for codec in VideoCodec if codec.is_prores)


def media_type(kind: str) -> MediaType:
    """Our name for one of FFmpeg's kinds of streams."""
    return _MEDIA_TYPES.get(kind, MediaType.OTHER)


def codec_name(stream: Any) -> str:
    """FFmpeg's name of the encoding (not of the decoder); ``"unknown"`` where it has no decoder to tell."""
    context = stream.codec_context
    return _UNKNOWN if context is None else str(context.codec.canonical_name)


def is_protected(stream: Any) -> bool:
    """Whether its samples are encrypted."""
    return _protection(stream) is not None


def _protection(stream: Any) -> str | None:
    """Whose encryption it is. FFmpeg tells by tags: of the stream in Matroska, of the whole file in ASF."""
    if any(str(key).lower() == "enc_key_id" for key in stream.metadata):
        return "matroska"
    tags = {str(key).lower() for key in stream.container.metadata}
    is_asf = "asf" in stream.container.format.name.split(",")
    return "asf" if is_asf and not tags.isdisjoint(_ASF_PROTECTION) else None


def describe(stream: Any) -> FormatDescription:
    """The format of a stream's samples.

    Priming is left at 0: FFmpeg's demuxers say with the packets themselves how much a decoder must drop.
    """
    name, context = codec_name(stream), stream.codec_context
    kind = media_type(stream.type)
    extensions: dict[str, Any] = {"FFmpegCodec": name}
    if (scheme := _protection(stream)) is not None:
        extensions["ProtectionScheme"] = scheme
    if context is None:
        return FormatDescription(media_type=kind, media_subtype=_code(name), extensions=extensions)
    if tag := tag_of(context):
        extensions["FFmpegCodecTag"] = tag
    facts: dict[str, Any] = {}
    if kind == MediaType.VIDEO:
        facts = _picture(stream)
        extensions |= _picture_extensions(stream)
        if name == _PRORES:
            return _prores(extensions, facts)
    elif kind == MediaType.AUDIO:
        facts = _sound(stream, name)
    return FormatDescription(
        media_type=kind,
        media_subtype=_code(name),
        codec_config=bytes(context.extradata or b""),
        bit_rate=max(0, context.bit_rate or 0) if kind in (MediaType.VIDEO, MediaType.AUDIO) else 0,
        extensions=extensions,
        **facts,
    )


def _prores(extensions: dict[str, Any], facts: dict[str, Any]) -> FormatDescription:
    """A code of ProRes that decoders know: FFmpeg does not tell Matroska's, and pictures tell only their chroma."""
    tag = str(extensions.get("FFmpegCodecTag"))
    usual = VideoCodec.PRORES_4444 if facts["chroma"] == "4:4:4" else VideoCodec.PRORES_422
    code = tag if tag in _PRORES_CODES else usual.value
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=code, extensions=extensions, **facts)


def _code(name: str) -> str:
    if _PCM.fullmatch(name):
        return "lpcm"
    return _CODES.get(name) or name[:4].ljust(4)


def frame_rate(stream: Any) -> Fraction | None:
    """Frames a second over the whole stream as far as FFmpeg believes; None when it contradicts itself.

    (Where a container gives no durations it takes them from the bitstream, whose clock may be far finer.)
    """
    average, base = stream.average_rate, stream.base_rate
    if not average or not base or average > base:
        return None
    return Fraction(average)


def _picture(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    aspect = getattr(stream, "sample_aspect_ratio", None) or context.sample_aspect_ratio or Fraction(1)
    codes = (context.color_primaries, context.color_trc, context.colorspace)
    return {
        "width": max(0, context.width),
        "height": max(0, context.height),
        "color": color_of(codes),
        "full_range": {1: False, 2: True}.get(int(context.color_range)),
        "pixel_aspect_ratio": None if aspect <= 0 or aspect == 1 else PixelAspectRatio.of(Fraction(aspect)),
        "bits_per_component": _depth(context),
        "chroma": _chroma(context),
    }


def _picture_extensions(stream: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if stream.codec_context.format is not None and stream.codec_context.pix_fmt:  # PyAV 17.1 crashes on no format
        found["FFmpegPixelFormat"] = stream.codec_context.pix_fmt
    if (rate := frame_rate(stream)) is not None:
        found["FFmpegFrameRate"] = rate
    if any(str(key).lower() == _ALPHA_MODE and value == "1" for key, value in stream.metadata.items()):
        found["FFmpegAlphaMode"] = True
    return found


def _depth(context: Any) -> int | None:
    pixels = context.format
    return pixels.components[0].bits if pixels is not None and pixels.components else None


def _chroma(context: Any) -> str | None:
    pixels = context.format
    if pixels is None or pixels.is_rgb or len(pixels.components) < 3:
        return None
    shares = (pixels.chroma_width(16), pixels.chroma_height(16))
    return {(8, 8): "4:2:0", (8, 16): "4:2:2", (16, 16): "4:4:4"}.get(shares)


def _sound(stream: Any, name: str) -> dict[str, Any]:
    context = stream.codec_context
    layout = context.layout
    nameless = not layout.nb_channels or any(channel.name == "NONE" for channel in layout.channels)
    pcm = _pcm(name)
    return {
        "sample_rate": max(0, context.sample_rate or 0),
        "channels": layout.nb_channels,
        "channel_layout": None if nameless else layout.name,
        "pcm": pcm,
        "frames_per_packet": 1 if pcm else context.frame_size or _FRAMES.get(name, 0),
    }


def _pcm(name: str) -> PcmLayout | None:
    found = _PCM.fullmatch(name)
    if found is None:
        return None
    return PcmLayout(
        bits=int(found["bits"]),
        is_float=found["kind"] == "f",
        is_big_endian=found["order"] == "be",
        is_interleaved=not found["planar"],
        is_signed=found["kind"] != "u",
    )
