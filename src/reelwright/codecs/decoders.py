"""Which of FFmpeg's decoders reads which encoding of pictures, and what it must be told before the first sample.

A table leads from the files' four-character codes to decoders. Encodings whose configuration lies in a box of its own
get it here in the form that the decoder reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reelwright.codecs import _av
from reelwright.model.errors import DecoderNotFoundError, ProtectedMediaError
from reelwright.model.format import FormatDescription

__all__ = ["check_protection", "decoder_name", "decoder_settings", "extradata"]

# By the code in a movie file: ISO/IEC 14496-15 and other codec bindings, Apple's QuickTime File Format, and codes of
# other makers that QuickTime files hold.
_DECODERS = {
    **dict.fromkeys(("avc1", "avc2", "avc3", "avc4", "dva1", "dvav", "AVin", "ai55", "ai15"), "h264"),
    **dict.fromkeys(("hvc1", "hev1", "dvh1", "dvhe", "hvc2", "hev2", "muxa"), "hevc"),
    **dict.fromkeys(("vvc1", "vvi1"), "vvc"),
    **dict.fromkeys(("av01", "dav1"), "av1"),
    **dict.fromkeys(("vp09", "VP90"), "vp9"),
    **dict.fromkeys(("vp08", "VP80"), "vp8"),
    "mp4v": "mpeg4",
    **dict.fromkeys(("DIVX", "XVID", "3IV2", "3IVD", "fmp4", "FMP4", "DX50"), "mpeg4"),
    **dict.fromkeys(("mp1v", "m1v1", "m1v ", "mpeg"), "mpeg1video"),
    **dict.fromkeys(("mp2v", "m2v1", "AVmp"), "mpeg2video"),
    **dict.fromkeys(("s263", "h263", "H263", "M263", "U263"), "h263"),
    "h261": "h261",
    **dict.fromkeys(("jpeg", "mjpa", "AVDJ", "dmb1", "AVRn", "mjpg", "MJPG"), "mjpeg"),
    "mjpb": "mjpegb",
    "mjp2": "jpeg2000",
    "png ": "png",
    "gif ": "gif",
    "tiff": "tiff",
    "tga ": "targa",
    "WRLE": "bmp",
    **dict.fromkeys(("apco", "apcs", "apcn", "apch", "ap4h", "ap4x"), "prores"),
    **dict.fromkeys(("aprn", "aprh"), "prores_raw"),
    **dict.fromkeys(("AVdn", "AVdh", "dnxh"), "dnxhd"),
    "CFHD": "cfhd",
    "apv1": "apv",
    "icod": "aic",
    "SVQ1": "svq1",
    "svq1": "svq1",
    "svqi": "svq1",
    "SVQ3": "svq3",
    "cvid": "cinepak",
    "rle ": "qtrle",
    "rpza": "rpza",
    "azpr": "rpza",
    "smc ": "smc",
    "qdrw": "qdraw",
    "8BPS": "8bps",
    "pxlt": "pixlet",
    "Shr0": "sheervideo",
    "FFV1": "ffv1",
    "HFYU": "huffyuv",
    "FFVH": "ffvhuff",
    "FPS1": "fraps",
    "MSVC": "msvideo1",
    "VP30": "vp3",
    "VP31": "vp3",
    "VP6F": "vp6f",
    "FLV1": "flv",
    "IV32": "indeo3",
    "IV50": "indeo5",
    "vc-1": "vc1",
    "WVC1": "vc1",
    "WMV3": "wmv3",
    "drac": "dirac",
    "LOCO": "loco",
    "cine": "cinepak",
    **dict.fromkeys(("Hap1", "Hap5", "HapY", "HapA", "HapM"), "hap"),
    **dict.fromkeys(("DXD3", "DXDI"), "dxv"),
    **dict.fromkeys(("mx5p", "mx4p", "mx3p", "mx5n", "mx4n", "mx3n"), "mpeg2video"),
    **dict.fromkeys(("dvc ", "dvcp", "dvpp", "dvp ", "dv5p", "dv5n", "AVdv", "AVd1"), "dvvideo"),
    **dict.fromkeys(("dvhp", "dvh5", "dvh6", "dvh3", "dvh2", "dvhq"), "dvvideo"),
    **dict.fromkeys(
        ("raw ", "2vuy", "2Vuy", "yuv2", "yuvs", "BGRA", "RGBA", "ABGR", "b16g", "b48r", "b64a"), "rawvideo"
    ),
    **dict.fromkeys(("b16g", "b48r", "b64a", "yv12", "I420", "NO16"), "rawvideo"),
    "v210": "v210",
    "v308": "v308",
    "v408": "v408",
    "v410": "v410",
    "r210": "r210",
    "r10k": "r10k",
    "R10k": "r10k",
    "R10g": "r10k",
    "avr ": "avrn",
}
# Sony's XDCAM (xdv1, xd5a …) and HDV (hdv1, hdv2 …): MPEG-2, with the frame size and rate in the last character.
_MPEG2_FAMILIES = ("xdv", "xd5", "xdh", "xd4", "hdv", "xd3")
# MPEG-4's object type indications (ISO/IEC 14496-1, table 5).
_OBJECT_TYPES = {
    0x20: "mpeg4",
    0x21: "h264",
    0x23: "hevc",
    **dict.fromkeys(range(0x60, 0x66), "mpeg2video"),
    0x6A: "mpeg1video",
    0x6C: "mjpeg",
    0x6D: "png",
    0x6E: "jpeg2000",
    0xA3: "vc1",
    0xA4: "dirac",
    0xB1: "vp9",
}
# Decoders to be had for an encoding, the first one that this FFmpeg has counts: its own for AV1 only drives hardware.
_BETTER = {"av1": ("libdav1d", "libaom-av1")}
_PROTECTED = frozenset(("encv", "drmi"))
# No level of any standard has larger pictures (HEVC's 7.2: 142 606 336); what claims to be larger is damaged.
_MOST_PIXELS = 1 << 28

# _REORDERING: streams that do not say how far pictures are out of order (bitstream_restriction_flag 0) may be as far as
# their level allows (ITU-T H.264, E.2.1, max_num_reorder_frames). FFmpeg otherwise guesses, and loses a picture each
# time that it learns better.


def check_protection(format: FormatDescription) -> None:
    """See that pictures may be shown to a decoder.

    Raises:
        ProtectedMediaError: they are encrypted.
    """
    scheme = format.extensions.get("ProtectionScheme")
    if scheme is None and format.media_subtype not in _PROTECTED:
        return
    raise ProtectedMediaError(
        f"the pictures are encrypted (scheme {scheme or format.media_subtype!r}).",
        hint="Decrypt the file first, with the rights and the keys to do so.",
    )


def decoder_name(format: FormatDescription) -> str:
    """FFmpeg's name of the decoder for a format.

    Raises:
        ProtectedMediaError: the pictures are encrypted. DecoderNotFoundError: an encoding that no decoder here knows,
            or one that FFmpeg was built without.
    """
    check_protection(format)
    code = format.media_subtype
    name = format.extensions.get("FFmpegCodec")
    if name is None:
        name, code = _by_code(format)
    for candidate in _BETTER.get(str(name), (str(name),)) if name else ():
        if _av.has_decoder(candidate):
            return candidate
    known = f" ({name})" if name else ""
    raise DecoderNotFoundError(
        f"no decoder here knows pictures of the encoding {code!r}{known}.",
        hint="Read the stored samples (no output settings), or convert the file first.",
    )


def _by_code(format: FormatDescription) -> tuple[str | None, str]:
    """FFmpeg's name of the encoding, and how to speak of it."""
    code = format.media_subtype
    kind = format.extensions.get("ObjectTypeIndication")
    if code == "mp4v" and isinstance(kind, int):
        return _OBJECT_TYPES.get(kind), f"mp4v, object type {kind:#04x}"
    if code[:3] in _MPEG2_FAMILIES:
        return "mpeg2video", code
    return _DECODERS.get(code), code


def extradata(format: FormatDescription) -> bytes:
    """The configuration of a format as its decoder reads it; empty where there is none."""
    find = _CONFIGURATIONS.get(format.media_subtype)
    return format.codec_config if find is None or "FFmpegCodec" in format.extensions else find(format)


def _soft_vc1(format: FormatDescription) -> bytes:
    """The sequence header behind seven bytes of ``dvc1`` (SMPTE RP 2025, "VC1DecSpecStruc")."""
    return format.codec_config or format.atoms.get("dvc1", b"")[7:]


def _field_atom(format: FormatDescription) -> bytes:
    """Motion JPEG's order of fields, as the whole ``fiel`` atom."""
    fields = format.extensions.get("FieldDetail"), format.extensions.get("FieldCount")
    stored = format.atoms.get("fiel", b"")
    if not stored and fields[1] == 2 and fields[0] in _BOTTOM_FIRST:
        stored = bytes((2, 6))
    return format.codec_config or (b"\0\0\0\x0afiel" + stored[:2] if stored else b"")


_BOTTOM_FIRST = ("TemporalBottomFirst", "SpatialFirstLineLate", 6)
_CONFIGURATIONS: dict[str, Callable[[FormatDescription], bytes]] = {
    "vc-1": _soft_vc1,
    "SVQ3": lambda format: format.codec_config or format.atoms.get("SMI ", b""),
    "mjp2": lambda format: format.codec_config or format.atoms.get("jp2h", b""),
    **dict.fromkeys(("mjpa", "mjpb", "jpeg"), _field_atom),
}


def decoder_settings(format: FormatDescription, name: str) -> dict[str, Any]:
    """What a decoder context is told: attributes by name, and ``options`` by FFmpeg's names.

    The container's size only matters to encodings that do not carry their own.
    """
    options = {"max_pixels": str(_MOST_PIXELS)}
    if name == "h264":
        options["strict"] = "strict"  # see _REORDERING
    settings: dict[str, Any] = {"options": options}
    if format.width > 0 and format.height > 0:
        settings["width"], settings["height"] = format.width, format.height
    depth = format.extensions.get("Depth")
    if isinstance(depth, int):
        settings["bits_per_coded_sample"] = depth
    tag = format.extensions.get("FFmpegCodecTag")
    if tag is None and "FFmpegCodec" not in format.extensions:
        tag = format.media_subtype
    if isinstance(tag, str) and len(tag) == 4:
        settings["codec_tag"] = tag
    layout = format.extensions.get("FFmpegPixelFormat")
    if name == "rawvideo" and layout:
        settings["pix_fmt"] = layout
    return settings
