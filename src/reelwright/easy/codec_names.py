"""Encodings by the names people know: ``avc1`` with its configuration is "H.264 High, level 3.1" and "avc1.64001f".

Names come from four-character codes, profiles and levels from the string that browsers use (RFC 6381).
"""

from __future__ import annotations

from typing import NamedTuple

from reelwright.isobmff.codec_config import codec_string
from reelwright.model.errors import ReelwrightError
from reelwright.model.format import FormatDescription, PcmLayout

__all__ = ["CodecName", "codec_name"]

_NAMES = {
    **dict.fromkeys(("avc1", "avc2", "avc3", "avc4"), "H.264"),
    **dict.fromkeys(("hvc1", "hev1"), "HEVC"),
    **dict.fromkeys(("dvh1", "dvhe"), "Dolby Vision (HEVC)"),
    **dict.fromkeys(("dva1", "dvav"), "Dolby Vision (H.264)"),
    **dict.fromkeys(("vvc1", "vvi1"), "VVC"),
    **dict.fromkeys(("s263", "h263", "H263"), "H.263"),
    **dict.fromkeys(("jpeg", "mjpa", "mjpb"), "Motion JPEG"),
    **dict.fromkeys((".mp3", "mp3 ", "ms\0U"), "MP3"),
    **dict.fromkeys(("mhm1", "mhm2", "mha1", "mha2"), "MPEG-H 3D Audio"),
    "muxa": "HEVC with alpha",
    "dav1": "Dolby Vision (AV1)",
    "av01": "AV1",
    "vp08": "VP8",
    "vp09": "VP9",
    "mp4v": "MPEG-4 Visual",
    "mp2v": "MPEG-2 video",
    "mp1v": "MPEG-1 video",
    "apco": "ProRes 422 Proxy",
    "apcs": "ProRes 422 LT",
    "apcn": "ProRes 422",
    "apch": "ProRes 422 HQ",
    "ap4h": "ProRes 4444",
    "ap4x": "ProRes 4444 XQ",
    "aprn": "ProRes RAW",
    "aprh": "ProRes RAW HQ",
    "dvc ": "DV",
    "png ": "PNG",
    "raw ": "uncompressed",
    "rle ": "Animation",
    "2vuy": "uncompressed 4:2:2",
    "v210": "uncompressed 4:2:2, 10 bit",
    "SVQ1": "Sorenson Video",
    "SVQ3": "Sorenson Video 3",
    "mp4a": "AAC",
    "aac ": "AAC",
    ".mp2": "MPEG audio layer 2",
    ".mp1": "MPEG audio layer 1",
    "ac-3": "Dolby Digital (AC-3)",
    "ec-3": "Dolby Digital Plus (E-AC-3)",
    "ac-4": "Dolby AC-4",
    "mlpa": "Dolby TrueHD",
    "dtsc": "DTS",
    "dtsh": "DTS-HD",
    "dtsl": "DTS-HD lossless",
    "Opus": "Opus",
    "vorb": "Vorbis",
    "fLaC": "FLAC",
    "alac": "Apple Lossless",
    "samr": "AMR narrowband",
    "sawb": "AMR wideband",
    "iamf": "IAMF",
    "ulaw": "µ-law",
    "alaw": "A-law",
    "ima4": "IMA ADPCM",
    "QDM2": "QDesign Music 2",
    "tx3g": "3GPP timed text",
    "text": "QuickTime text",
    "wvtt": "WebVTT",
    "stpp": "TTML",
    "c608": "CEA-608 captions",
    "c708": "CEA-708 captions",
    "srt ": "SubRip",
    "ass ": "Advanced SubStation",
    "pgs ": "PGS subtitles",
    "dvds": "DVD subtitles",
    "dvbs": "DVB subtitles",
    "tmcd": "time code",
    "mebx": "timed metadata",
    "mett": "timed metadata as text",
    "metx": "timed metadata as XML",
    "rtp ": "RTP hints",
    "gpmd": "GoPro telemetry",
    "camm": "camera motion",
}
# ITU-T H.264, A.2: profile_idc, and the first byte of constraint flags where it makes a profile of its own.
_AVC = {66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2"}
_AVC |= {244: "High 4:4:4 Predictive", 44: "CAVLC 4:4:4 Intra", 118: "Multiview High", 128: "Stereo High"}
_HEVC = {1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Range Extensions", 5: "High Throughput"}
_HEVC |= {6: "Multiview Main", 7: "Scalable Main", 8: "3D Main", 9: "Screen Content", 11: "High Throughput SCC"}
_AV1 = {0: "Main", 1: "High", 2: "Professional"}
# ISO/IEC 14496-3, table 1.17, and object types of ISO/IEC 14496-1 for what is not AAC.
_MPEG4_SOUND = {
    "40.1": "AAC Main", "40.2": "AAC LC", "40.3": "AAC SSR", "40.4": "AAC LTP", "40.5": "HE-AAC", "40.23": "AAC LD",
    "40.29": "HE-AAC v2", "40.34": "MP3", "40.39": "AAC ELD", "40.36": "MPEG-4 ALS", "40.42": "xHE-AAC",
    "66": "MPEG-2 AAC Main", "67": "MPEG-2 AAC LC", "68": "MPEG-2 AAC SSR", "69": "MP3", "6B": "MP3",
    "A5": "Dolby Digital (AC-3)", "A6": "Dolby Digital Plus (E-AC-3)", "A9": "DTS", "AD": "Opus", "DD": "Vorbis",
    "E1": "QCELP",
}  # fmt: skip


class CodecName(NamedTuple):
    """An encoding in words, and as a ``codecs=`` parameter has it (RFC 6381)."""

    words: str
    string: str


def codec_name(format: FormatDescription) -> CodecName:
    """What the samples of a description are encoded as; without its configuration the name says less."""
    string = _string(format)
    if format.pcm is not None:
        return CodecName(_pcm(format.pcm), string)
    name = _NAMES.get(format.media_subtype) or _foreign_name(format)
    family, _, rest = string.partition(".")
    if family == "mp4a" and rest:
        return CodecName(_MPEG4_SOUND.get(rest, f"MPEG-4 sound {rest}"), string)
    details = _details(family, rest) if rest else ""
    return CodecName(f"{name} {details}".strip(), string)


def _foreign_name(format: FormatDescription) -> str:
    """FFmpeg's name where it has one, else the code itself."""
    return str(format.extensions.get("FFmpegCodec") or repr(format.media_subtype))


def _string(format: FormatDescription) -> str:
    if format.media_subtype == "av01" and "av1C" not in format.atoms and format.codec_config:
        format = format.with_(atoms={**format.atoms, "av1C": format.codec_config})
    try:
        return codec_string(format)
    except ReelwrightError:
        return format.media_subtype.strip()  # its configuration is missing or broken


def _details(family: str, rest: str) -> str:
    if family in ("avc1", "avc3"):
        profile, flags, level = bytes.fromhex(rest)
        return f"{_avc_profile(profile, flags)}, level {_avc_level(profile, flags, level)}"
    if family in ("hvc1", "hev1"):
        profile_text, _, level_text = rest.split(".")[:3]
        name = _HEVC.get(int(profile_text.lstrip("ABC")), f"profile {profile_text}")
        tier = ", High tier" if level_text.startswith("H") else ""
        return f"{name}, level {int(level_text[1:]) / 30:g}{tier}"
    if family == "av01":
        profile_text, level_text = rest.split(".")[:2]
        number = int(level_text[:2])
        tier = ", High tier" if level_text.endswith("H") else ""
        return f"{_AV1.get(int(profile_text), profile_text)}, level {2 + (number >> 2)}.{number & 3}{tier}"
    if family == "vp09":
        profile_text, level_text = rest.split(".")[:2]
        return f"profile {int(profile_text)}" + (f", level {int(level_text) / 10:g}" if int(level_text) else "")
    if family in ("dvh1", "dvhe", "dva1", "dvav", "dav1"):
        profile_text, level_text = rest.split(".")[:2]
        return f"profile {int(profile_text)}, level {int(level_text)}"
    return ""


def _avc_profile(profile: int, flags: int) -> str:
    name = _AVC.get(profile, f"profile {profile}")
    if profile == 66 and flags & 0x40:
        return f"Constrained {name}"
    intra = profile in (110, 122, 244) and flags & 0x10
    return f"{name} Intra" if intra else name


def _avc_level(profile: int, flags: int, level: int) -> str:
    if level == 9 or (level == 11 and profile in (66, 77, 88) and flags & 0x10):
        return "1b"
    return f"{level / 10:g}"


def _pcm(pcm: PcmLayout) -> str:
    kind = "float" if pcm.is_float else "integer" if pcm.is_signed else "unsigned integer"
    order = "" if pcm.bits <= 8 else ", big-endian" if pcm.is_big_endian else ", little-endian"
    return f"PCM {pcm.bits} bit {kind}{order}"
