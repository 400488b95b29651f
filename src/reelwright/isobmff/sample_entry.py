"""Sample entries: a track's format as the box that stands in ``stsd`` (ISO/IEC 14496-12, 8.5.2 and 12; QTFF).

One function a kind of entry. QuickTime and ISO files differ in fixed fields, in how colour and sound are told, and in
what is wrapped in what; ``sample_entry`` chooses by file type. Atoms that the caller gives stand in place of ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from reelwright.isobmff.box import Box, children, i32, pstring, u8, u16, u32
from reelwright.isobmff.codec_config import (
    audio_configuration,
    complete_format,
    configuration_box,
    is_aac,
    is_pcm,
    media_subtype,
)
from reelwright.isobmff.entry_protection import is_protected, protection_scheme
from reelwright.isobmff.esds import audio_facts
from reelwright.isobmff.pcm_entry import pcm_entry
from reelwright.isobmff.picture_boxes import FIELD_DETAILS, light_boxes
from reelwright.isobmff.sound_entry import (
    MAX_PLAIN_RATE,
    channel_layout_box,
    head,
    layout_box,
    sound_v0,
    sound_v1,
    sound_v2,
)
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType

__all__ = ["needs_stsd_version_1", "sample_entry"]

_PICTURES = (MediaType.VIDEO, MediaType.AUXILIARY_PICTURE, MediaType.DEPTH_DATA)
_MAX_SIDE = 65535
_RESOLUTION = 72 << 16
# Compressor names in QuickTime files, as QuickTime's writers give them, and in ISO files, as ISO/IEC 14496-15 (5.4.2.1
# and 8.4.1) and the bindings of AV1 (2.2.4) and VP9 ("VP Codec Sample Entry Box") recommend them.
_NAMES = {"avc1": ("H.264", "AVC Coding"), "hvc1": ("HEVC", "HEVC Coding")}
_NAMES |= {"av01": ("AV1", "AOM Coding"), "vp09": ("VP9", "VPC Coding"), "jpeg": ("Photo - JPEG", "")}
_NAMES |= {"apco": ("Apple ProRes 422 (Proxy)", ""), "apcs": ("Apple ProRes 422 (LT)", "")}
_NAMES |= {"apcn": ("Apple ProRes 422", ""), "apch": ("Apple ProRes 422 (HQ)", "")}
_NAMES |= {"ap4h": ("Apple ProRes 4444", ""), "ap4x": ("Apple ProRes 4444 XQ", "")}
_NAMES |= {"avc3": _NAMES["avc1"], "hev1": _NAMES["hvc1"]}
_FIELD_NUMBERS = {name: number for number, name in FIELD_DETAILS.items()}
# Core Audio's layout tags by AAC's channel configuration: channels stand in the order of the bitstream.
_AAC_LAYOUTS = {
    1: 100 << 16 | 1,
    2: 101 << 16 | 2,
    3: 114 << 16 | 3,
    4: 116 << 16 | 4,
    5: 120 << 16 | 5,
    6: 124 << 16 | 6,
    7: 127 << 16 | 8,
    11: 142 << 16 | 7,
    12: 183 << 16 | 8,
    14: 184 << 16 | 8,
}
# The same for Apple Lossless, whose channels stand in AAC's orders (ALACMagicCookieDescription), by their number.
_ALAC_LAYOUTS = {count: _AAC_LAYOUTS[count] for count in range(1, 7)} | {7: _AAC_LAYOUTS[11], 8: _AAC_LAYOUTS[7]}
# Boxes without which these entries mean nothing to a reader of ISO files.
_REQUIRED_ATOMS = {"av01": "av1C", "vp08": "vpcC", "vp09": "vpcC", "mp4v": "esds", "vvc1": "vvcC", "vvi1": "vvcC"}
_REQUIRED_ATOMS |= {"ac-3": "dac3", "ec-3": "dec3", "Opus": "dOps", "fLaC": "dfLa", "alac": "alac"}
_REQUIRED_ATOMS |= {"samr": "damr", "sawb": "damr"}
# Compressed sound that QuickTime describes in version 0, with its configuration box beside the fields.
_WRAPPED = frozenset({"alac"})  # whose box QuickTime looks for within "wave"
_PLAIN_SOUND = frozenset({"ac-3", "ec-3", "Opus", "fLaC", "ulaw", "alaw", "samr", "sawb"})


def needs_stsd_version_1(format: FormatDescription, file_type: FileType) -> bool:
    """Whether the entry stands in an ``stsd`` of version 1: PCM above 65535 frames a second in an ISO file.

    Compressed sound states its rate in its own configuration and keeps the entry that all readers know.
    """
    return is_pcm(format) and not file_type.is_quicktime and format.sample_rate > MAX_PLAIN_RATE


def sample_entry(format: FormatDescription, file_type: FileType, *, data_reference: int = 1) -> Box:
    """The box that describes samples of this format in a file of this type.

    Args:
        format: a picture or sound format; what it lacks is taken from its codec's configuration where possible.
        file_type: QuickTime's dialect for ``.mov`` and ``.qta``, MPEG's for all others.
        data_reference: number of the data reference, from 1, that says where the samples are.

    Raises:
        SettingsError: the format has no representation in such a file, or lacks what its entry needs.
        InvalidMediaError: the codec's configuration is missing or broken.
    """
    if is_protected(format):
        raise SettingsError(
            f"the samples are encrypted (scheme {protection_scheme(format)!r}); no file is written with such.",
            hint="Decrypt the file first.",
        )
    format = complete_format(format)
    quicktime = file_type.is_quicktime
    if format.media_type in _PICTURES:
        return _picture_entry(format, quicktime, data_reference)
    if format.media_type != MediaType.AUDIO:
        raise SettingsError(
            f"a track of kind {format.media_type.name} has no sample entry here.", hint="Pictures and sound have one."
        )
    if is_pcm(format):
        entry = pcm_entry(format, quicktime, data_reference)
        return _with_atoms(Box(entry.kind, *entry.parts, *children([_bit_rate(format, quicktime)])), format)
    if is_aac(format):
        return _aac_quicktime(format, data_reference) if quicktime else _aac_iso(format, data_reference)
    return _other_sound(format, quicktime, data_reference)


def _with_atoms(entry: Box, format: FormatDescription, carried: Iterable[str] = ()) -> Box:
    """The entry with the caller's atoms behind its boxes, in place of boxes of the same type.

    ``carried`` are atoms whose contents the entry holds already.
    """
    atoms = {kind: payload for kind, payload in format.atoms.items() if kind not in carried}
    kept = [part for part in entry.parts if not (isinstance(part, Box) and part.kind in atoms)]
    return Box(entry.kind, *kept, *(Box(kind, payload) for kind, payload in atoms.items()))


def _picture_entry(format: FormatDescription, quicktime: bool, data_reference: int) -> Box:
    configuration = configuration_box(format)
    if not quicktime:
        _check_required(format, configuration is not None)
    boxes = [
        Box(*configuration) if configuration else None,
        _color(format, quicktime),
        _color_profile(format),
        *light_boxes(format.extensions),
        _clean_aperture(format),
        _pixel_aspect(format),
        _fields(format) if quicktime else None,
        _bit_rate(format, quicktime),
    ]
    entry = Box(format.media_subtype, _picture_fields(format, quicktime, data_reference), *children(boxes))
    return _with_atoms(entry, format, carried=[configuration[0]] if configuration else [])


def _picture_fields(format: FormatDescription, quicktime: bool, data_reference: int) -> bytes:
    """The 78 bytes before the boxes; vendor and qualities are QuickTime's, zero in ISO files."""
    if not 0 < format.width <= _MAX_SIDE or not 0 < format.height <= _MAX_SIDE:
        raise SettingsError(
            f"pictures of {format.width}×{format.height} pixels have no sample entry: sides are 1 to {_MAX_SIDE}.",
            hint="Give width and height in the format description.",
        )
    short, formal = _NAMES.get(format.media_subtype, ("", ""))
    name = str(format.extensions.get("FormatName", short if quicktime else formal))
    depth = int(format.extensions.get("Depth", 24))
    origin = b"appl" + u32(0x200, 0x200) if quicktime else bytes(12)
    size = u16(format.width, format.height) + u32(_RESOLUTION, _RESOLUTION, 0)
    return head(data_reference) + bytes(4) + origin + size + u16(1) + pstring(name, 32) + u16(depth, 0xFFFF)


def _check_required(format: FormatDescription, configured: bool) -> None:
    """ISO files describe an encoding by its configuration box; without one, nobody can read them."""
    needed = _REQUIRED_ATOMS.get(format.media_subtype)
    if configured or needed in format.atoms or (needed is None and format.atoms):
        return
    raise SettingsError(
        f"{format.media_subtype!r} needs its configuration box{f' {needed!r}' if needed else ''} in an ISO file.",
        hint="Give it in the format description's atoms, as the source file has it, or write a .mov file.",
    )


def _color(format: FormatDescription, quicktime: bool) -> Box | None:
    """``colr``: QuickTime knows ``nclc`` only, which cannot say full range; then, and in ISO files, ``nclx``."""
    if format.color is None or not format.color.is_specified:
        return None
    codes = u16(*format.color.codes)
    if quicktime and not format.full_range:
        return Box("colr", b"nclc", codes)
    return Box("colr", b"nclx", codes, u8(0x80 if format.full_range else 0))


def _color_profile(format: FormatDescription) -> Box | None:
    """A second ``colr``, for an ICC profile (``kCMFormatDescriptionExtension_ICCProfile``)."""
    profile = format.extensions.get("ICCProfile")
    return Box("colr", b"prof", bytes(profile)) if profile else None


def _pixel_aspect(format: FormatDescription) -> Box | None:
    """``pasp``; square pixels are said to be square where there is a clean aperture.

    Otherwise FFmpeg, and with it Chrome, finds that the track is smaller than its pictures and stretches them.
    """
    ratio = format.pixel_aspect_ratio
    if ratio is None and format.clean_aperture is not None:
        return Box("pasp", u32(1, 1))
    return Box("pasp", u32(ratio.horizontal_spacing, ratio.vertical_spacing)) if ratio else None


def _clean_aperture(format: FormatDescription) -> Box | None:
    """``clap`` (ISO/IEC 14496-12, 12.1.4): four fractions, the offsets from centre to centre."""
    clean = format.clean_aperture
    if clean is None:
        return None
    if not clean.fits(format.width, format.height):
        raise SettingsError(
            f"the clean aperture {clean.width}×{clean.height} at offset ({clean.horizontal_offset}, "
            f"{clean.vertical_offset}) reaches beyond the picture of {format.width}×{format.height}.",
            hint="The rectangle is centred; offsets move it from there.",
        )
    values = clean.width, clean.height, clean.horizontal_offset, clean.vertical_offset
    return Box("clap", *(i32(value.numerator, value.denominator) for value in values))


def _fields(format: FormatDescription) -> Box | None:
    """``fiel``, where the format says how many fields a picture has (``kCMFormatDescriptionExtension_FieldCount``)."""
    count = format.extensions.get("CVFieldCount")
    if count is None:
        return None
    detail = format.extensions.get("CVFieldDetail")
    number = 0 if detail is None else _FIELD_NUMBERS.get(str(detail), -1)
    if count not in (1, 2) or number < 0 or (count == 1 and number):
        raise SettingsError(
            f"{count!r} fields of detail {detail!r} have no representation.",
            hint=f"Use 1 without a detail, or 2 with one of {', '.join(_FIELD_NUMBERS)}.",
        )
    return Box("fiel", u8(count, number))


def _bit_rate(format: FormatDescription, quicktime: bool) -> Box | None:
    """``btrt`` (ISO/IEC 14496-12, 8.5.2.2), in ISO files: buffer size not known, highest and average bits a second."""
    return Box("btrt", u32(0, format.bit_rate, format.bit_rate)) if format.bit_rate and not quicktime else None


def _aac_quicktime(format: FormatDescription, data_reference: int) -> Box:
    """Version 1, or 2 for rates above 65535; the descriptor stands in ``wave``, the channel layout behind it."""
    kind, descriptor = _descriptor(format)
    frames = format.frames_per_packet
    if format.sample_rate > MAX_PLAIN_RATE:
        fields = sound_v2(format, data_reference, 0, 0, 0, frames)
    else:
        fields = sound_v1(format, data_reference, frames, 0, 0)
    wave = Box("wave", Box("frma", b"mp4a"), Box("mp4a", u32(0)), Box(kind, descriptor), u32(8, 0))
    entry = Box("mp4a", fields, *children([wave, _aac_layout(format)]))
    return _with_atoms(entry, format, carried=["esds"])


def _aac_iso(format: FormatDescription, data_reference: int) -> Box:
    kind, descriptor = _descriptor(format)
    fields = sound_v0(format, data_reference)
    entry = Box("mp4a", fields, *children([Box(kind, descriptor), _bit_rate(format, quicktime=False)]))
    return _with_atoms(entry, format, carried=["esds"])


def _descriptor(format: FormatDescription) -> tuple[str, bytes]:
    box = configuration_box(format)
    assert box is not None
    return box


def _aac_layout(format: FormatDescription) -> Box | None:
    """``chan`` in the order of the coded channels, where AAC's configuration fixes it; else the caller's layout."""
    config = audio_configuration(format)
    facts = audio_facts(config) if config else None
    tag = _AAC_LAYOUTS.get(facts.channel_configuration) if facts and facts.channels == format.channels else None
    return layout_box(tag) if tag and tag & 0xFFFF == format.channels else channel_layout_box(format)


def _other_sound(format: FormatDescription, quicktime: bool, data_reference: int) -> Box:
    """Sound of other encodings: fixed fields of the version that fits, and their boxes, which are atoms."""
    subtype = media_subtype(format)
    # Lossless encodings tell how many bits they keep; for others it is always 16.
    bits = format.bits_per_component or 16
    if not quicktime:
        _check_required(format, configured=False)
        fields = sound_v0(format, data_reference, bits)
    elif format.sample_rate > MAX_PLAIN_RATE:
        fields = sound_v2(format, data_reference, 0, 0, 0, format.frames_per_packet)
    elif subtype in _PLAIN_SOUND or format.frames_per_packet <= 1:
        fields = sound_v0(format, data_reference, bits)
    else:
        fields = sound_v1(format, data_reference, format.frames_per_packet, 0, 0)
    wrapped = [_wave(subtype, format.atoms[subtype])] if quicktime and subtype in _WRAPPED & format.atoms.keys() else []
    layout = layout_box(_ALAC_LAYOUTS[format.channels]) if wrapped and format.channels in _ALAC_LAYOUTS else None
    entry = _with_atoms(Box(subtype, fields, *wrapped, *children([layout])), format, _WRAPPED if wrapped else ())
    # GStreamer and MediaInfo look for Opus' box right behind the fields.
    rate = None if "btrt" in format.atoms else _bit_rate(format, quicktime)
    return Box(entry.kind, *entry.parts, *children([rate]))


def _wave(subtype: str, configuration: bytes) -> Box:
    """QuickTime's wrapper around the configuration of a decoder, closed by an empty box."""
    return Box("wave", Box("frma", subtype.encode()), Box(subtype, configuration), u32(8, 0))
