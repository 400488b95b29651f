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
# What damage is told by: FLAC's checksums, and errors that these decoders otherwise cover up.
_OPTIONS = {name: {"err_detect": "explode"} for name in ("ac3", "eac3", "dca")}
_OPTIONS["flac"] = {"err_detect": "crccheck+explode"}
# Dither that follows from the packet itself, not from how many there were before: the same from any start.
_OPTIONS["ac3"]["cons_noisegen"] = _OPTIONS["eac3"]["cons_noisegen"] = "1"
# Bytes of one channel's head in a block of 4-bit values, and the frames that the head itself holds.
_BLOCK_HEADS = {"adpcm_ms": (7, 2), "adpcm_ima_wav": (4, 1)}
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
    return SoundCodec(decoder, None, extradata, {**_OPTIONS.get(decoder, {}), **_block_options(decoder, format)})


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


def _block_options(decoder: str, format: FormatDescription) -> dict[str, str]:
    """What WAVE's block codings must be told: how long a block is, and how many bits a value has.

    Where it is not told, the number of frames in a block is, by the first two bytes of the configuration.
    """
    size = int(format.extensions.get("BytesPerPacket", 0))
    channels, config = format.channels, format.codec_config
    if decoder in _BLOCK_HEADS and not size and len(config) >= 2 and channels > 0:
        head, at_once = _BLOCK_HEADS[decoder]
        frames = int.from_bytes(config[:2], "little") - at_once
        size = frames * channels // 2 + head * channels if frames > 0 else 0
    options = {"block_align": str(size)} if size else {}
    return options | ({"bits_per_coded_sample": "4"} if decoder in _BLOCK_HEADS else {})


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


def _wave_atom(format: FormatDescription) -> bytes:
    """QDesign's configuration is the whole content of the ``wave`` atom."""
    return format.codec_config or format.atoms.get("wave", b"")


_CONFIGURATIONS: dict[str, Callable[[FormatDescription], bytes]] = {
    "opus": _opus_head,
    "flac": _flac_info,
    "alac": _alac_atom,
    "qdm2": _wave_atom,
    "qdmc": _wave_atom,
}
# Packets before the first wanted one that its sound depends on. One overlaps the next in transform codings; MPEG-1's
# layer III also borrows bits from up to 511 bytes before, which is few packets at usual bit rates and many at the
# lowest. Opus and AMR only forget slowly: after a second 16 bits tell no difference.
_PREROLL = {"aac": 2, "ac3": 1, "eac3": 1, "dca": 2, "vorbis": 1, "mp2float": 1, "mp1float": 1}
_PREROLL |= {"amrnb": 50, "amrwb": 50, "mp3float": 10}
_OPUS_FRAMES, _OPUS_PACKET = 48000, 960
_SBR_PREROLL, _SBR_RATE = 24, 24000  # its header comes about once a second
_LOW_BIT_RATE, _LOW_PREROLL = 32000, 26


def preroll_packets(format: FormatDescription) -> int:
    """How many packets a decoder must be given, and their sound dropped, before the first one whose sound counts.

    With them the sound is what decoding from the start would give; but for noise that an AAC encoder leaves to the
    decoder to make up, and the lowest seven bits of QuickTime's IMA coding, which only a start at the beginning has.
    """
    decoder = sound_codec(format).decoder
    if decoder is None:
        return 0
    if decoder == "opus":
        return -(-_OPUS_FRAMES // (format.frames_per_packet or _OPUS_PACKET))
    if decoder == "aac" and _has_band_replication(format):
        return _SBR_PREROLL
    low = 0 < format.sample_rate < _LOW_BIT_RATE or 0 < format.bit_rate < _LOW_BIT_RATE
    return _LOW_PREROLL if decoder == "mp3float" and low else _PREROLL.get(decoder, 0)


def _has_band_replication(format: FormatDescription) -> bool:
    """Whether AAC may be HE-AAC: it says so (object types 5 and 29), or its rate is one that may be doubled unsaid."""
    config = format.codec_config
    return 0 < format.sample_rate <= _SBR_RATE or (bool(config) and config[0] >> 3 in (5, 29))
