"""Which decoder reads which encoding of sound: a table from the files' four-character codes to FFmpeg's names.

Linear PCM needs no decoder, only its layout. Encodings whose configuration the movie file stores in a box of its own
(``dOps``, ``dfLa``, ``alac``) get it here in the form that FFmpeg's decoders read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from reelwright.model.errors import DecoderNotFoundError, InvalidMediaError, ProtectedMediaError
from reelwright.model.format import FormatDescription, PcmLayout

__all__ = ["SoundCodec", "preroll_packets", "sound_codec"]


@dataclass(frozen=True, slots=True)
class SoundCodec:
    """How a track's sound is decoded.

    Attributes:
        decoder: FFmpeg's name; None for linear PCM. pcm: linear PCM's layout; None for anything else.
        extradata: the configuration as that decoder reads it. options: FFmpeg's, by name.
    """

    decoder: str | None
    pcm: PcmLayout | None = None
    extradata: bytes = b""
    options: dict[str, str] = field(default_factory=dict)


# By the code in a movie file. What QuickTime writes as "ms" and a number is WAVE's format tag.
_DECODERS = {
    "mp4a": "aac",
    "aac ": "aac",
    "aach": "aac",
    "aacp": "aac",
    ".mp3": "mp3float",
    "mp3 ": "mp3float",
    ".mp2": "mp2float",
    ".mp1": "mp1float",
    "ms\0U": "mp3float",
    "ms\0P": "mp2float",
    "alac": "alac",
    "fLaC": "flac",
    "flac": "flac",
    "ac-3": "ac3",
    "sac3": "ac3",
    "ec-3": "eac3",
    "Opus": "opus",
    "opus": "opus",
    "samr": "amrnb",
    "sawb": "amrwb",
    "ulaw": "pcm_mulaw",
    "alaw": "pcm_alaw",
    "ms\0\x06": "pcm_alaw",
    "ms\0\x07": "pcm_mulaw",
    "ima4": "adpcm_ima_qt",
    "ms\0\x02": "adpcm_ms",
    "ms\0\x11": "adpcm_ima_wav",
    "MAC3": "mace3",
    "MAC6": "mace6",
    "QDM2": "qdm2",
    "QDMC": "qdmc",
    "agsm": "gsm",
    "ms\x001": "gsm_ms",
    "Qclp": "qcelp",
    "sqcp": "qcelp",
    "sevc": "evrc",
    "spex": "speex",
    "ilbc": "ilbc",
    "dtsc": "dca",
    "dtsh": "dca",
    "dtsl": "dca",
    "dtse": "dca",
    "DTS ": "dca",
    "mlpa": "truehd",
    "nmos": "nellymoser",
}
# MPEG-4's object type indications (ISO/IEC 14496-1 table 5, and the registration authority's).
_OBJECT_TYPES = {
    0x40: "aac",
    0x66: "aac",
    0x67: "aac",
    0x68: "aac",
    0x69: "mp3float",
    0x6B: "mp3float",
    0xA5: "ac3",
    0xA6: "eac3",
    0xA9: "dca",
    0xAA: "dca",
    0xAB: "dca",
    0xAC: "dca",
    0xAD: "opus",
    0xDD: "vorbis",
    0xE1: "qcelp",
}
# FFmpeg's names of encodings, as its demuxers give them, whose decoder is called otherwise.
_RENAMED = {"mp3": "mp3float", "mp2": "mp2float", "mp1": "mp1float", "amr_nb": "amrnb", "amr_wb": "amrwb", "dts": "dca"}
# Where packets carry a checksum, damage shows by it; without being told to, these decoders go on regardless.
_CHECKED = {name: {"err_detect": "crccheck+explode"} for name in ("flac", "ac3", "eac3", "dca", "truehd", "mlp")}
_PCM_NAME = re.compile(r"pcm_([suf])(8|16|24|32|64)(le|be)?(_planar)?")
_PROTECTED = frozenset(("enca", "drms", "p608"))


def sound_codec(format: FormatDescription) -> SoundCodec:
    """How sound of a format is decoded.

    Raises:
        ProtectedMediaError: it is encrypted. DecoderNotFoundError: an encoding that nothing here decodes.
        InvalidMediaError: a configuration that is too short.
    """
    _check_protection(format)
    pcm = format.pcm or _named_pcm(str(format.extensions.get("FFmpegCodec", "")))
    if pcm is not None:
        return SoundCodec(None, pcm)
    decoder = _decoder(format)
    configure = _CONFIGURATIONS.get(decoder)
    extradata = format.codec_config if configure is None else configure(format)
    return SoundCodec(decoder, None, extradata, {**_CHECKED.get(decoder, {}), **_block_options(format)})


def _check_protection(format: FormatDescription) -> None:
    scheme = format.extensions.get("ProtectionScheme")
    if scheme is None and format.media_subtype not in _PROTECTED:
        return
    raise ProtectedMediaError(
        f"the sound is encrypted (scheme {scheme or format.media_subtype!r}).",
        hint="Decrypt the file first, with the rights and the keys to do so.",
    )


def _decoder(format: FormatDescription) -> str:
    named = format.extensions.get("FFmpegCodec")
    if named is not None:
        return _RENAMED.get(str(named), str(named))
    code = format.media_subtype
    found = _DECODERS.get(code)
    kind = format.extensions.get("ObjectTypeIndication")
    if code == "mp4a" and kind is not None:
        found, code = _OBJECT_TYPES.get(kind), f"mp4a, object type {kind:#04x}"
    if found is None:
        raise DecoderNotFoundError(
            f"no decoder here knows sound of the encoding {code!r}.",
            hint="Read the stored packets (no output settings), or convert the file first.",
        )
    return found


def _named_pcm(name: str) -> PcmLayout | None:
    """The layout that FFmpeg's name of linear PCM tells; None for 64-bit integers and what is no plain PCM."""
    found = _PCM_NAME.fullmatch(name)
    if found is None or (found[1] != "f" and found[2] == "64"):
        return None
    kind, bits, order, planar = found.groups()
    return PcmLayout(int(bits), kind == "f", order == "be", planar is None, kind != "u")


def _block_options(format: FormatDescription) -> dict[str, str]:
    size = format.extensions.get("BytesPerPacket")
    return {} if not size else {"block_align": str(int(size))}


def _configuration(format: FormatDescription, atom: str, least: int) -> bytes:
    stored = format.codec_config or format.atoms.get(atom, b"")
    if len(stored) < least:
        raise InvalidMediaError(
            f"the configuration of {format.media_subtype!r} sound has {len(stored)} bytes, not {least} or more.",
            hint="The file is damaged; its sound cannot be decoded.",
        )
    return stored


def _opus_head(format: FormatDescription) -> bytes:
    """RFC 7845's identification header; ``dOps`` is the same in big-endian numbers, without the name."""
    stored = _configuration(format, "dOps", 11)
    if stored.startswith(b"OpusHead"):
        return stored
    skip, rate, gain = stored[2:4][::-1], stored[4:8][::-1], stored[8:10][::-1]
    return b"OpusHead\x01" + stored[1:2] + skip + rate + gain + stored[10:]


def _flac_info(format: FormatDescription) -> bytes:
    """The 34 bytes of STREAMINFO, out of ``dfLa`` (version and block header before it) or a native file's head."""
    stored = _configuration(format, "dfLa", 34)
    if stored.startswith(b"fLaC"):
        return stored[8:42]
    return stored if len(stored) == 34 else stored[8:42]


def _alac_atom(format: FormatDescription) -> bytes:
    """The whole ``alac`` atom: length, name, version, and 24 bytes that say how it is coded."""
    stored = _configuration(format, "alac", 24)
    if stored[4:8] == b"alac":
        return stored
    cookie = stored if len(stored) in (28, 52) else bytes(4) + stored
    return (len(cookie) + 8).to_bytes(4, "big") + b"alac" + cookie


_CONFIGURATIONS: dict[str, Callable[[FormatDescription], bytes]] = {
    "opus": _opus_head,
    "flac": _flac_info,
    "alac": _alac_atom,
}
# Packets before the first wanted one whose sound the later ones need; measured, and see RFC 7845 (80 ms) for Opus.
_PREROLL = {"aac": 2, "mp3float": 10, "ac3": 1, "eac3": 1, "vorbis": 2, "mp2float": 2, "mp1float": 2}


def preroll_packets(format: FormatDescription) -> int:
    """How many packets a decoder must be given, and their sound dropped, before the first one whose sound counts."""
    codec = sound_codec(format)
    if codec.decoder == "opus":
        return -(-3840 // (format.frames_per_packet or 120))
    return 0 if codec.decoder is None else _PREROLL.get(codec.decoder, 0)
