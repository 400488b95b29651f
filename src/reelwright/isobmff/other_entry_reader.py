"""Sample entries of tracks that are neither pictures nor sound: time codes, text, subtitles, captions, metadata, hints.

Most consist of a few fields, which become extensions, and of boxes, which become atoms; of a kind that is not known,
the boxes are kept where its content looks like boxes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reelwright.isobmff.entry_boxes import EntryBoxes, looks_like_boxes
from reelwright.isobmff.entry_protection import original_format
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.text_entry import read_text_extensions
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

__all__ = ["read_other_entry"]

_TX3G_FIELDS = 30  # bytes of a "tx3g" entry before its boxes


def read_other_entry(kind: str, content: Parser, media_type: MediaType, problems: list[str]) -> FormatDescription:
    """Read an entry from behind its data reference number; fields that end too early are left out, and noted."""
    extensions: dict[str, Any] = {}
    reader = _READERS.get(kind)
    if reader is not None:
        try:
            extensions = reader(content)
        except InvalidMediaError as error:
            problems.append(error.message)
    boxes = EntryBoxes(content if reader or looks_like_boxes(content) else Parser(b"", content.what), problems)
    subtype, protection = original_format(kind, boxes)
    return FormatDescription(
        media_type=media_type,
        media_subtype=subtype,
        atoms=boxes.atoms(),
        extensions={**extensions, **protection},
    )


def _nothing(content: Parser) -> dict[str, Any]:
    return {}


def _time_code(content: Parser) -> dict[str, Any]:
    """QuickTime File Format, timecode sample description; keys of ``kCMTimeCodeFormatDescriptionExtension_…``."""
    content.skip(4)
    flags, scale, duration, quanta = content.u32(), content.u32(), content.u32(), content.u8()
    content.skip(1)
    found: dict[str, Any] = {"TimeCodeFlags": flags, "FrameQuanta": quanta}
    if 0 < scale < 1 << 31:
        found["FrameDuration"] = Time(duration, scale)
    name = content.find("name")
    if name is not None and name.left >= 4:
        size, language = name.u16(), name.u16()
        text = name.bytes(min(size, name.left)).decode("utf-8", "replace").rstrip("\0")
        found["SourceReferenceName"] = {"Value": text, "LangCode": language}
    return found


def _quicktime_text(content: Parser) -> dict[str, Any]:
    """QuickTime File Format, text sample description; keys of ``kCMTextFormatDescriptionExtension_…``.

    FFmpeg writes the fields of ``tx3g`` under this name; their font table gives them away.
    """
    if bytes(content.data[content.position + _TX3G_FIELDS + 4 :][:4]) == b"ftab":
        return read_text_extensions(content)
    found: dict[str, Any] = {"displayFlags": content.u32(), "textJustification": content.i32()}
    found["backgroundColor"] = content.u16(), content.u16(), content.u16()
    found["defaultTextBox"] = tuple(content.i16() for _ in range(4))
    content.skip(8)
    font, face = content.u16(), content.u16()
    content.skip(1 + 2)
    color = content.u16(), content.u16(), content.u16()
    found["defaultStyle"] = {"font": font, "face": face, "color": color}
    if content.left:
        found["defaultFontName"] = content.pstring()
    return found


def _timed_text_markup(content: Parser) -> dict[str, Any]:
    """``stpp`` (ISO/IEC 14496-12, 12.6.3): name spaces, schemas, and MIME types of what samples refer to."""
    return {
        "Namespace": content.cstring(),
        "SchemaLocation": content.cstring(),
        "AuxiliaryMimeTypes": content.cstring(),
    }


def _text_stream(content: Parser) -> dict[str, Any]:
    """``sbtt``, ``stxt`` and ``mett``: the encoding of compressed content, and a MIME type."""
    return {"ContentEncoding": content.cstring(), "MimeFormat": content.cstring()}


def _markup_metadata(content: Parser) -> dict[str, Any]:
    """``metx`` (ISO/IEC 14496-12, 12.3.3): XML, by its name space."""
    found = {"ContentEncoding": content.cstring(), "Namespace": content.cstring()}
    return {**found, "SchemaLocation": content.cstring()}


def _hints(content: Parser) -> dict[str, Any]:
    """``rtp `` and its like (ISO/IEC 14496-12, 9.1.2)."""
    return {
        "HintTrackVersion": content.u16(),
        "HighestCompatibleVersion": content.u16(),
        "MaxPacketSize": content.u32(),
    }


_READERS: dict[str, Callable[[Parser], dict[str, Any]]] = {
    **dict.fromkeys(("tmcd", "tc64", "cn32", "cn64"), _time_code),
    "text": _quicktime_text,
    "tx3g": read_text_extensions,
    "stpp": _timed_text_markup,
    **dict.fromkeys(("sbtt", "stxt", "mett"), _text_stream),
    "metx": _markup_metadata,
    **dict.fromkeys(("rtp ", "srtp", "rrtp", "rsrp", "fdp ", "sm2t"), _hints),
    **dict.fromkeys(("wvtt", "c608", "c708", "mebx", "urim", "mp4s"), _nothing),
}
