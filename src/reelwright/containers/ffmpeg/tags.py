"""FFmpeg's tags as items of metadata, each in the key space of the file it came from.

FFmpeg renames the keys of many formats to names of its own ("album_artist"); here they get their format's key back, so
that what they mean can be looked up as for any other item. Keys that it left alone are taken as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reelwright.isobmff.language import shortest_tag
from reelwright.model.metadata import MetadataItem
from reelwright.model.metadata_keys import MetadataDataType, MetadataKeySpace

__all__ = ["items_from_tags"]

_TABLES = {
    MetadataKeySpace.ID3: """
        album=TALB composer=TCOM genre=TCON copyright=TCOP encoded_by=TENC title=TIT2 language=TLAN artist=TPE1
        album_artist=TPE2 performer=TPE3 disc=TPOS publisher=TPUB track=TRCK encoder=TSSE lyrics=USLT date=TDRC
        creation_time=TDEN album-sort=TSOA artist-sort=TSOP title-sort=TSOT compilation=TCMP grouping=TIT1
        comment=COMM
    """,
    MetadataKeySpace.VORBIS_COMMENT: "album_artist=ALBUMARTIST track=TRACKNUMBER disc=DISCNUMBER comment=DESCRIPTION",
    MetadataKeySpace.MATROSKA: "performer=LEAD_PERFORMER track=PART_NUMBER creation_time=DateUTC",
    MetadataKeySpace.AUDIO_FILE: """
        title=title artist=artist album=album genre=genre copyright=copyright composer=composer comment=comments
        track=track_number date=recorded_date encoder=encoding_application software=encoding_application
        encoded_by=source_encoder
    """,
    MetadataKeySpace.COMMON: """
        title=title artist=artist album=albumName genre=type copyright=copyrights comment=description
        description=description date=creationDate creation_time=creationDate publisher=publisher author=author
        encoder=software language=language location=location make=make model=model
    """,
}
_NAMES = {space: dict(pair.split("=") for pair in table.split()) for space, table in _TABLES.items()}
_SPACES = {
    "mp3": MetadataKeySpace.ID3,
    "aac": MetadataKeySpace.ID3,
    "tta": MetadataKeySpace.ID3,
    "ogg": MetadataKeySpace.VORBIS_COMMENT,
    "flac": MetadataKeySpace.VORBIS_COMMENT,
    "matroska": MetadataKeySpace.MATROSKA,
    "webm": MetadataKeySpace.MATROSKA,
    "wav": MetadataKeySpace.AUDIO_FILE,
    "w64": MetadataKeySpace.AUDIO_FILE,
    "aiff": MetadataKeySpace.AUDIO_FILE,
    "caf": MetadataKeySpace.AUDIO_FILE,
    "au": MetadataKeySpace.AUDIO_FILE,
    "avi": MetadataKeySpace.AUDIO_FILE,
}
_UNNAMED_SPACE = "ffmp"  # names of FFmpeg's own that have no common meaning
_SPOKEN = re.compile(r"(.+)-([a-z]{3})")
_FRAME = re.compile(r"[A-Z][A-Z0-9]{3}")
_PRIVATE = "id3v2_priv."
_UTF8 = MetadataDataType.UTF8.value


def items_from_tags(tags: Mapping[str, str], container: str) -> tuple[MetadataItem, ...]:
    """The items that the tags of a file or a stream stand for.

    Args:
        tags: as FFmpeg gives them. container: FFmpeg's short name (``"mp3"``, ``"matroska,webm"``).
    """
    space = _SPACES.get(container.split(",")[0], MetadataKeySpace.COMMON)
    return tuple(_item(space, name, value) for name, value in tags.items() if name)


def _item(space: MetadataKeySpace, name: str, value: str) -> MetadataItem:
    more: dict[str, Any] = {}
    if space is MetadataKeySpace.MATROSKA and (spoken := _SPOKEN.fullmatch(name)):
        name, more["extended_language_tag"] = spoken[1], shortest_tag(spoken[2])
    lower = name.lower()
    key = _NAMES[space].get(name if space is MetadataKeySpace.VORBIS_COMMENT else lower)
    if space is MetadataKeySpace.ID3 and key is None:
        return _frame(name, value)
    if space is MetadataKeySpace.COMMON and key is None:
        return MetadataItem(key_space=_UNNAMED_SPACE, key=name, value=value, data_type=_UTF8)
    if key is None:
        key = lower if space is MetadataKeySpace.AUDIO_FILE else name.upper()
    if space is MetadataKeySpace.AUDIO_FILE:
        key = key.replace("_", " ")
    return MetadataItem(key_space=space, key=key, value=value, data_type=_UTF8, **more)


def _frame(name: str, value: str) -> MetadataItem:
    """An ID3 frame that FFmpeg has no name for: a frame by its code, or one that the user named."""
    key, info = "TXXX", {"info": name}
    if name.startswith(_PRIVATE):
        key, info = "PRIV", {"info": name.removeprefix(_PRIVATE)}
    elif _FRAME.fullmatch(name):
        key, info = name, {}
    return MetadataItem(key_space=MetadataKeySpace.ID3, key=key, value=value, data_type=_UTF8, extra_attributes=info)
