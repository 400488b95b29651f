"""Names for ``codecs=`` parameters (RFC 6381) of encodings whose facts stand in a box of the sample entry.

One function a family, each with the document that says how its name is made. H.264, HEVC and AAC, whose names come from
their own configuration, are named in ``codec_config``.
"""

from __future__ import annotations

from collections.abc import Callable

from reelwright.isobmff.av1 import read_av1_record
from reelwright.isobmff.esds import read_decoder_configuration
from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription

__all__ = ["record_string"]

_DOLBY_VISION = ("dvcC", "dvvC", "dvwC")
_VISUAL_SEQUENCE = b"\0\0\1\xb0"
_MPEG4_VISUAL = 0x20
# H.273's code points that names leave out together with 4:2:0 and video range: BT.709 and "unspecified".
_PLAIN_COLORS = (None, (1, 1, 1))
# Names in use for MPEG audio's layer III, whose entries are called otherwise (media players' registries).
_SPELLED = {".mp3": "mp3", "ms\0U": "mp3"}


def record_string(format: FormatDescription) -> str | None:
    """The name that the boxes of a sample entry tell; None for encodings that go by their four-character code.

    Raises:
        InvalidMediaError: a box is broken.
    """
    reader = _READERS.get(format.media_subtype)
    return _SPELLED.get(format.media_subtype) if reader is None else reader(format)


def _parser(format: FormatDescription, kind: str) -> Parser:
    payload = format.atoms.get(kind)
    if payload is None:
        raise InvalidMediaError(
            f"a format description of {format.media_subtype!r} lacks the box {kind!r}, which tells its name.",
            hint="Give it in atoms, as the source file has it.",
        )
    return Parser(payload, f"the box {kind!r}")


def _av1(format: FormatDescription) -> str:
    """AV1 Codec ISO Media File Format Binding, 5: the rest behind the bit depth is given where any of it is unusual."""
    facts = read_av1_record(_parser(format, "av1C").rest())
    name = f"av01.{facts.profile}.{facts.level:02d}{'H' if facts.high_tier else 'M'}.{facts.bit_depth:02d}"
    if facts.chroma == "4:2:0" and not format.full_range and _codes(format) in _PLAIN_COLORS:
        return name
    shares = {"4:4:4": "00", "4:2:2": "10"}.get(facts.chroma, "11")
    place = facts.chroma_position if shares == "11" else 0
    colors = ".".join(f"{code:02d}" for code in _codes(format) or (1, 1, 1))
    return f"{name}.{int(facts.chroma == '4:0:0')}.{shares}{place}.{colors}.{int(bool(format.full_range))}"


def _codes(format: FormatDescription) -> tuple[int, int, int] | None:
    return format.color.codes if format.color else None


def _vp9(format: FormatDescription) -> str:
    """VP Codec ISO Media File Format Binding, "Codecs Parameter String"."""
    record = _parser(format, "vpcC")
    record.skip(4)
    profile, level, bits = record.u8(), record.u8(), record.u8()
    codes = record.u8(), record.u8(), record.u8()
    name = f"{format.media_subtype}.{profile:02d}.{level:02d}.{bits >> 4:02d}"
    subsampling, full_range = bits >> 1 & 7, bits & 1
    if subsampling <= 1 and not full_range and codes in ((1, 1, 1), (2, 2, 2)):
        return name
    return ".".join([name, *(f"{number:02d}" for number in (subsampling, *codes, full_range))])


def _vvc(format: FormatDescription) -> str:
    """ISO/IEC 14496-15, annex E.6: profile, tier and level, without what is optional."""
    record = _parser(format, "vvcC")
    record.skip(4)
    if not record.u8() & 1:
        return format.media_subtype
    record.skip(2 + 1 + 1)
    profile, level = record.u8(), record.u8()
    return f"{format.media_subtype}.{profile >> 1}.{'H' if profile & 1 else 'L'}{level}"


def _dolby_vision(format: FormatDescription) -> str:
    """Dolby Vision Streams Within the ISO Base Media File Format, "Codecs parameter string"."""
    kind = next((kind for kind in _DOLBY_VISION if kind in format.atoms), _DOLBY_VISION[0])
    record = _parser(format, kind)
    record.skip(2)
    bits = record.u16()
    return f"{format.media_subtype}.{bits >> 9:02d}.{bits >> 3 & 63:02d}"


def _mpeg4_visual(format: FormatDescription) -> str:
    """RFC 6381, 3.3: the object type in hexadecimal digits, and MPEG-4 Visual's profile and level in decimal ones."""
    found = read_decoder_configuration(_parser(format, "esds").rest())
    _, start, rest = found.specific.partition(_VISUAL_SEQUENCE)
    profile = f".{rest[0]}" if found.object_type == _MPEG4_VISUAL and start and rest else ""
    return f"mp4v.{found.object_type:02X}{profile}"


def _mpeg_h(format: FormatDescription) -> str:
    """ISO/IEC 23008-3, 20.7: the profile and level in hexadecimal digits."""
    record = _parser(format, "mhaC")
    record.skip(1)
    return f"{format.media_subtype}.0x{record.u8():02X}"


def _timed_text(format: FormatDescription) -> str:
    """W3C TTML Media Type Definition, 4: the processor profile where the entry's MIME type names it."""
    mime = format.atoms.get("mime", b"")[4:].partition(b"\0")[0].decode("ascii", "replace")
    _, named, profile = mime.partition("codecs=")
    if named:
        return f"stpp.ttml.{profile.strip().strip(chr(34)).removeprefix('stpp.ttml.')}"
    return "stpp.ttml" if "ttml" in str(format.extensions.get("Namespace", "")) else "stpp"


_READERS: dict[str, Callable[[FormatDescription], str]] = {
    "av01": _av1,
    **dict.fromkeys(("vp08", "vp09"), _vp9),
    **dict.fromkeys(("vvc1", "vvi1"), _vvc),
    **dict.fromkeys(("dvh1", "dvhe", "dva1", "dvav", "dav1"), _dolby_vision),
    "mp4v": _mpeg4_visual,
    **dict.fromkeys(("mhm1", "mhm2", "mha1", "mha2"), _mpeg_h),
    "stpp": _timed_text,
}
