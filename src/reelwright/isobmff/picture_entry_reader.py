"""Picture sample entries read: fixed fields, and what codec configuration and further boxes say about the pictures.

What the container says stands before what the codec's parameter sets say, which fill in the rest. Boxes whose content
the description's own fields hold are not repeated among its atoms, so that a changed field is written as changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reelwright.isobmff.codec_config import complete_format, describe_parameters
from reelwright.isobmff.entry_boxes import EntryBoxes, looks_like_boxes
from reelwright.isobmff.entry_protection import original_format
from reelwright.isobmff.esds import read_elementary_stream_descriptor
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.picture_boxes import read_geometry, read_picture_boxes
from reelwright.isobmff.picture_records import describe_record, describe_tags
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

__all__ = ["read_picture_entry"]

# Boxes that the description's fields and extensions tell completely.
_TOLD = frozenset({"colr", "pasp", "clap", "fiel", "btrt", "\0\0\0\0"})
# The box whose content is what a decoder is configured with, by encoding.
_RECORDS = {"avc1": "avcC", "avc2": "avcC", "avc3": "avcC", "avc4": "avcC", "hvc1": "hvcC", "hev1": "hvcC"}
_RECORDS |= {"dvav": "avcC", "dva1": "avcC", "dvh1": "hvcC", "dvhe": "hvcC", "dav1": "av1C", "av01": "av1C"}
_RECORDS |= {"vvc1": "vvcC", "vvi1": "vvcC", "muxa": "hvcC"}
_GENERAL = "glbl"
# Encodings under another name (Dolby Vision's, and H.264's with extensions) that are described by the same sets.
_BASES = {
    "dvh1": "hvc1",
    "dvhe": "hev1",
    "dva1": "avc1",
    "dvav": "avc3",
    "avc2": "avc1",
    "avc4": "avc3",
    "muxa": "hvc1",
}
# Encodings of QuickTime whose depth of 32 bits means that there is an alpha channel.
_WITH_ALPHA = frozenset({"ap4h", "ap4x", "rle ", "png ", "raw ", "tga ", "8BPS", "tiff"})
_ALPHA_DEPTH = 32
_GREY = 32  # added to the depth of pictures in shades of grey
_TABLE_IN_ENTRY = 0


def read_picture_entry(
    kind: str, content: Parser, media_type: MediaType, problems: list[str], *, quicktime: bool
) -> FormatDescription:
    """Read an entry from behind its data reference number.

    Args:
        problems: gets a sentence for everything that is left out.

    Raises:
        InvalidMediaError: it is shorter than its fixed fields.
    """
    extensions = _origin(content, quicktime)
    width, height = content.u16(), content.u16()
    content.skip(4 + 4 + 4 + 2)
    if name := _text(content):
        extensions["FormatName"] = name
    depth, table = content.u16(), content.u16()
    extensions["Depth"] = depth
    if table == _TABLE_IN_ENTRY and depth % _GREY in (1, 2, 4, 8) and not looks_like_boxes(content):
        try:
            extensions |= _color_table(content)
        except InvalidMediaError as error:
            problems.append(error.message)
    boxes = EntryBoxes(content, problems)
    subtype, protection = original_format(kind, boxes)
    facts = {"width": width, "height": height, **read_geometry(boxes, width, height)}
    found, further = read_picture_boxes(boxes)
    if depth == _ALPHA_DEPTH and subtype in _WITH_ALPHA:
        further["ContainsAlphaChannel"] = True
    config, described = _configuration(subtype, boxes)
    format = FormatDescription(
        media_type=media_type,
        media_subtype=subtype,
        codec_config=config,
        atoms=boxes.atoms(_TOLD),
        extensions={**extensions, **further, **described, **protection},
        **facts,
        **found,
    )
    return _completed(format, boxes)


def _origin(content: Parser, quicktime: bool) -> dict[str, Any]:
    """Who made the description, and qualities: QuickTime's fields, which are reserved in ISO files."""
    version, revision, vendor = content.u16(), content.u16(), content.fourcc()
    temporal, spatial = content.u32(), content.u32()
    if not quicktime:
        return {}
    found: dict[str, Any] = {"Version": version, "RevisionLevel": revision}
    found |= {"TemporalQuality": temporal, "SpatialQuality": spatial}
    found = {key: value for key, value in found.items() if value}
    return found if vendor == "\0\0\0\0" else {**found, "Vendor": vendor}


def _text(content: Parser) -> str:
    return content.pstring(32).rstrip("\0 ")


def _color_table(content: Parser) -> dict[str, Any]:
    """The palette in the entry itself: (red, green, blue) of 16 bits each (QuickTime File Format, color table)."""
    content.skip(4 + 2)
    count = content.u16() + 1
    if count > 256:
        raise InvalidMediaError(f"{content.what} holds a palette of {count} colours, more than 256.")
    colors = []
    for _ in range(count):
        content.skip(2)
        colors.append((content.u16(), content.u16(), content.u16()))
    return {"ColorTable": tuple(colors)}


def _configuration(subtype: str, boxes: EntryBoxes) -> tuple[bytes, dict[str, Any]]:
    """The decoder's configuration, and what the descriptor of MPEG-4 pictures says of them."""
    record = boxes.payload(_RECORDS.get(subtype, _GENERAL)) or boxes.payload(_GENERAL)
    if record is not None:
        # FFmpeg's decoders read VVC's record without the version and flags that stand before it in a file.
        return record[4:] if "vvcC" in boxes else record, {}
    descriptor = boxes.payload("esds")
    if descriptor is not None:
        with boxes.tolerating():
            kind, specific = read_elementary_stream_descriptor(descriptor)
            return specific, {"ObjectTypeIndication": kind}
    return b"", {}


def _completed(format: FormatDescription, boxes: EntryBoxes) -> FormatDescription:
    """With what parameter sets or the codec's record say; broken ones leave the description as it is."""
    completers: tuple[Callable[[FormatDescription], FormatDescription], ...]
    completers = (_with_parameters, describe_record, describe_tags)
    for complete in completers:
        with boxes.tolerating():
            format = complete(format)
    return format


def _with_parameters(format: FormatDescription) -> FormatDescription:
    """The container's tags stand, but for one: writers (AVFoundation's and GoPro's too) leave ``colr``'s bit for full
    range unset over streams that are coded in full range and say so."""
    subtype = format.media_subtype
    based = complete_format(format.with_(media_subtype=_BASES.get(subtype, subtype)))
    if format.full_range is False:
        facts = describe_parameters(based)
        if facts is not None and facts.full_range:
            based = based.with_(full_range=True)
    return based.with_(media_subtype=subtype)
