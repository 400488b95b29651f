"""How Matroska names an encoding and what it keeps of its samples: codec id, CodecPrivate, frames as they are stored.

The rules are those of RFC 9559 and its codec mappings (``draft-ietf-cellar-codec``); WebM takes a few of them only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reelwright.containers.movie import Buffer
from reelwright.isobmff.codec_config import configuration_box, is_aac, is_pcm
from reelwright.model.errors import EncodeError, SettingsError
from reelwright.model.format import FormatDescription, PcmLayout

__all__ = ["Coding", "coding"]

_OPUS_PREROLL = 80_000_000  # nanoseconds that a decoder of Opus needs to converge (RFC 7845, 4.6)
_FLAC_HEAD = b"fLaC\x80\x00\x00\x22"  # the stream marker and the head of the only metadata block, STREAMINFO
_STREAMINFO = 34
_ALAC_COOKIE = 24
_PRORES_HEAD = 8


@dataclass(frozen=True, slots=True)
class Coding:
    """An encoding in Matroska's terms.

    Attributes:
        name: CodecID. private: CodecPrivate, empty for none. preroll: SeekPreRoll in nanoseconds.
        stored: makes of a sample's bytes what a block holds; None where that is the same.
    """

    name: str
    private: bytes = b""
    preroll: int = 0
    stored: Callable[[Buffer], Buffer] | None = None


def coding(format: FormatDescription) -> Coding:
    """The coding of a format's samples.

    Raises:
        SettingsError: an encoding that Matroska has no name for here. InvalidMediaError: its configuration is missing.
    """
    if is_pcm(format):
        return Coding(_pcm_name(format))
    if is_aac(format):
        return Coding("A_AAC", format.codec_config)
    made = _MAKERS.get(format.media_subtype)
    if made is None:
        raise SettingsError(
            f"Matroska files of {format.media_subtype!r} are not written here.", hint="Write .mov, which carries it."
        )
    return made(format)


def _record(name: str) -> Callable[[FormatDescription], Coding]:
    """An encoding whose CodecPrivate is the record that movie files keep in a box of the sample entry."""

    def made(format: FormatDescription) -> Coding:
        box = configuration_box(format)
        if box is None:
            raise SettingsError(f"a format description of {format.media_subtype!r} holds no configuration.")
        return Coding(name, box[1])

    return made


def _given(name: str, preroll: int = 0) -> Callable[[FormatDescription], Coding]:
    """An encoding whose CodecPrivate is what its encoder gave."""
    return lambda format: Coding(name, format.codec_config, preroll)


def _plain(name: str) -> Callable[[FormatDescription], Coding]:
    return lambda _: Coding(name)


def _prores(format: FormatDescription) -> Coding:
    return Coding("V_PRORES", format.media_subtype.encode("ascii"), stored=_without_prores_head)


def _without_prores_head(sample: Buffer) -> Buffer:
    """A frame of ProRes without its size and ``icpf``, which the mapping leaves out."""
    view = memoryview(sample).cast("B")
    if bytes(view[4:_PRORES_HEAD]) != b"icpf":
        raise EncodeError("a sample of ProRes does not begin with 'icpf'.", hint="It is damaged, or no ProRes.")
    return view[_PRORES_HEAD:]


def _flac(format: FormatDescription) -> Coding:
    config = format.codec_config
    if config[:4] == b"fLaC":
        return Coding("A_FLAC", config)
    return Coding("A_FLAC", _FLAC_HEAD + config[-_STREAMINFO:])


def _alac(format: FormatDescription) -> Coding:
    """The magic cookie, without the head of the atom that some encoders put before it."""
    config = format.codec_config
    return Coding("A_ALAC", config[-_ALAC_COOKIE:] if config[4:8] == b"alac" else config)


def _pcm_name(format: FormatDescription) -> str:
    pcm = format.pcm or PcmLayout()
    whole = pcm.is_interleaved or format.channels == 1
    if pcm.is_float and not pcm.is_big_endian and whole and pcm.bits in (32, 64):
        return "A_PCM/FLOAT/IEEE"
    if not pcm.is_float and whole and pcm.bits % 8 == 0 and pcm.is_signed is (pcm.bits > 8):
        return "A_PCM/INT/BIG" if pcm.is_big_endian and pcm.bits > 8 else "A_PCM/INT/LIT"
    raise SettingsError(
        f"Matroska holds no linear PCM of this kind: {pcm}.",
        hint="Write interleaved integers of 16, 24 or 32 bits (8 without a sign), or floats in little-endian.",
    )


_MAKERS: dict[str, Callable[[FormatDescription], Coding]] = {
    **dict.fromkeys(("avc1", "avc3"), _record("V_MPEG4/ISO/AVC")),
    **dict.fromkeys(("hvc1", "hev1"), _record("V_MPEGH/ISO/HEVC")),
    "av01": _record("V_AV1"),
    "vp08": _plain("V_VP8"),
    "vp09": _plain("V_VP9"),
    "jpeg": _plain("V_MJPEG"),
    **dict.fromkeys(("apco", "apcs", "apcn", "apch", "ap4h", "ap4x"), _prores),
    "Opus": _given("A_OPUS", _OPUS_PREROLL),
    "vorb": _given("A_VORBIS"),
    "fLaC": _flac,
    "alac": _alac,
    "ac-3": _plain("A_AC3"),
    "ec-3": _plain("A_EAC3"),
    ".mp3": _plain("A_MPEG/L3"),
}
