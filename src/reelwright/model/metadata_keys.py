"""The names of metadata: key spaces, formats, data types, identifiers, and which keys mean the same thing.

The tables are declared once. A key means a common one if ``COMMON_KEYS`` lists it; what is not listed has no
common meaning, however much its name may resemble one.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote_from_bytes, unquote_to_bytes

__all__ = [
    "COMMON_KEYS",
    "FORMATS",
    "IDENTIFIER_PREFIXES",
    "MetadataDataType",
    "MetadataFormat",
    "MetadataKey",
    "MetadataKeySpace",
    "identifier_for_key",
    "key_for_identifier",
    "key_space_for_identifier",
]

MetadataKey = str | int | bytes


class MetadataKeySpace(StrEnum):
    """Whose vocabulary a key belongs to (``AVMetadataKeySpace``).

    ``VORBIS_COMMENT`` and ``MATROSKA`` have no constant in AVFoundation; the first is spelled as AVFoundation shows it.
    """

    COMMON = "comn"
    QUICKTIME_METADATA = "mdta"
    QUICKTIME_USER_DATA = "udta"
    ISO_USER_DATA = "uiso"
    ITUNES = "itsk"
    ITUNES_LONG_FORM = "itlk"
    ID3 = "org.id3"
    ICY = "icy"
    HLS_DATE_RANGE = "lsdr"
    AUDIO_FILE = "caaf"
    VORBIS_COMMENT = "vorb"
    MATROSKA = "mkv"


class MetadataFormat(StrEnum):
    """In which form a file holds metadata (``AVMetadataFormat``)."""

    QUICKTIME_METADATA = "com.apple.quicktime.mdta"
    QUICKTIME_USER_DATA = "com.apple.quicktime.udta"
    ISO_USER_DATA = "org.mp4ra"
    ITUNES_METADATA = "com.apple.itunes"
    ID3_METADATA = "org.id3"
    HLS_METADATA = "com.apple.quicktime.HLS"
    UNKNOWN = "public.unknown"


class MetadataDataType(StrEnum):
    """CoreMedia's names of value types (``kCMMetadataBaseDataType_…``)."""

    RAW = "com.apple.metadata.datatype.raw-data"
    UTF8 = "com.apple.metadata.datatype.UTF-8"
    UTF16 = "com.apple.metadata.datatype.UTF-16"
    GIF = "com.apple.metadata.datatype.GIF"
    JPEG = "com.apple.metadata.datatype.JPEG"
    PNG = "com.apple.metadata.datatype.PNG"
    BMP = "com.apple.metadata.datatype.BMP"
    FLOAT32 = "com.apple.metadata.datatype.float32"
    FLOAT64 = "com.apple.metadata.datatype.float64"
    INT8 = "com.apple.metadata.datatype.int8"
    INT16 = "com.apple.metadata.datatype.int16"
    INT32 = "com.apple.metadata.datatype.int32"
    INT64 = "com.apple.metadata.datatype.int64"
    UINT8 = "com.apple.metadata.datatype.uint8"
    UINT16 = "com.apple.metadata.datatype.uint16"
    UINT32 = "com.apple.metadata.datatype.uint32"
    UINT64 = "com.apple.metadata.datatype.uint64"
    POINT_F32 = "com.apple.metadata.datatype.pointF32"
    DIMENSIONS_F32 = "com.apple.metadata.datatype.dimensionsF32"
    RECT_F32 = "com.apple.metadata.datatype.rectF32"
    POLYGON_F32 = "com.apple.metadata.datatype.polygonF32"
    POLYLINE_F32 = "com.apple.metadata.datatype.polylineF32"
    AFFINE_TRANSFORM_F64 = "com.apple.metadata.datatype.affineTransformF64"
    PERSPECTIVE_TRANSFORM_F64 = "com.apple.metadata.datatype.perspectiveTransformF64"
    JSON = "com.apple.metadata.datatype.json"
    LOCATION = "com.apple.metadata.datatype.location"


FORMATS: dict[str, MetadataFormat] = {
    MetadataKeySpace.QUICKTIME_METADATA: MetadataFormat.QUICKTIME_METADATA,
    MetadataKeySpace.QUICKTIME_USER_DATA: MetadataFormat.QUICKTIME_USER_DATA,
    MetadataKeySpace.ISO_USER_DATA: MetadataFormat.ISO_USER_DATA,
    MetadataKeySpace.ITUNES: MetadataFormat.ITUNES_METADATA,
    MetadataKeySpace.ITUNES_LONG_FORM: MetadataFormat.ITUNES_METADATA,
    MetadataKeySpace.ID3: MetadataFormat.ID3_METADATA,
    MetadataKeySpace.HLS_DATE_RANGE: MetadataFormat.HLS_METADATA,
}

# Where an identifier does not begin with the key space itself.
IDENTIFIER_PREFIXES: dict[str, str] = {MetadataKeySpace.ID3: "id3", MetadataKeySpace.COMMON: "common"}

# One row for each common key; columns: mdta (behind "com.apple.quicktime."), udta, itsk, uiso, ID3, Vorbis, Matroska.
# Keys side by side are parted by a blank. Vorbis: the field names of the Vorbis I comment specification and those in
# use; Matroska: RFC 9559's tag names.
_TABLE = """
title | title displayname | ©nam | ©nam | titl | TIT2 TT2 | TITLE | TITLE
creator | | | | | | |
subject | | | | | TIT1 TT1 | | SUBJECT
description | description comment | ©des ©cmt ©inf | ©des desc ©cmt | dscp | COMM COM | DESCRIPTION COMMENT | DESCRIPTION COMMENT
publisher | publisher | ©pub | ©pub | | TPUB TPB | PUBLISHER ORGANIZATION LABEL | PUBLISHER
contributor | producer performer | ©prf ©prd | ©prf | | TPE2 TP2 IPLS TIPL IPL | PERFORMER ALBUMARTIST | ACCOMPANIMENT
creationDate | creationdate year | ©day | ©day | date yrrc | TDRC TYER TDAT TYE TDA | DATE | DATE_RECORDED DateUTC
lastModifiedDate | | | | | TDTG | |
type | genre | ©gen | ©gen gnre | gnre | TCON TCO | GENRE | GENRE
format | | ©fmt | | | TFLT TFT | |
identifier | | | | | UFID UFI TSRC TRC | ISRC | ISRC
source | | ©src | ©src | | TMED TMT WOAS WAS | SOURCEMEDIA | ORIGINAL_MEDIA_TYPE
language | | | | | TLAN TLA | LANGUAGE |
relation | | | | | | |
location | location.ISO6709 | ©xyz | ©xyz | loci | | LOCATION | RECORDING_LOCATION
copyrights | copyright | ©cpy | cprt | cprt | TCOP TCR | COPYRIGHT | COPYRIGHT
albumName | album | ©alb | ©alb | albm | TALB TAL | ALBUM | ALBUM
author | author | ©aut | ©aut | auth | TEXT TXT | AUTHOR LYRICIST | LYRICIST WRITTEN_BY
artist | artist | ©ART | ©ART | perf | TPE1 TP1 | ARTIST | ARTIST
artwork | artwork | | covr | thmb | APIC PIC | METADATA_BLOCK_PICTURE |
make | make | ©mak | | | | |
model | model | ©mod | | | | |
software | software | ©swr | ©too | | TSSE TSS TENC TEN | ENCODER | ENCODER
accessibilityDescription | accessibility.description | ©ade | | ades | | |
"""  # noqa: E501
_COLUMNS = (
    (MetadataKeySpace.QUICKTIME_METADATA, "com.apple.quicktime."),
    (MetadataKeySpace.QUICKTIME_USER_DATA, ""),
    (MetadataKeySpace.ITUNES, ""),
    (MetadataKeySpace.ISO_USER_DATA, ""),
    (MetadataKeySpace.ID3, ""),
    (MetadataKeySpace.VORBIS_COMMENT, ""),
    (MetadataKeySpace.MATROSKA, ""),
)

# Keys of AudioFile's info dictionary, which hold blanks.
_AUDIO_FILE = {
    "title": "title",
    "artist": "artist",
    "album": "albumName",
    "genre": "type",
    "copyright": "copyrights",
    "comments": "description",
    "recorded date": "creationDate",
    "year": "creationDate",
    "encoding application": "software",
}


def _common_keys() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {
        (MetadataKeySpace.AUDIO_FILE, key): common for key, common in _AUDIO_FILE.items()
    }
    for row in _TABLE.strip().splitlines():
        common, *cells = (cell.strip() for cell in row.split("|"))
        found[MetadataKeySpace.COMMON, common] = common
        for (space, prefix), cell in zip(_COLUMNS, cells, strict=True):
            found.update({(space, prefix + key): common for key in cell.split()})
    return found


COMMON_KEYS: dict[tuple[str, str], str] = _common_keys()
_PREFIXES = {prefix: space for space, prefix in IDENTIFIER_PREFIXES.items()}


def identifier_for_key(key: MetadataKey, key_space: str) -> str | None:
    """``"<key space>/<key, percent-escaped>"`` (``AVMetadataItem.identifier(forKey:keySpace:)``).

    Text is escaped as Latin-1 where it can be (so ``©`` is ``%A9``), keys of ``mdta`` as UTF-8; a number stands for the
    four characters of its 32 bits.

    Returns:
        None when no identifier can be made: a key space of other than one to four printable ASCII characters, an empty
        key, a number of more than 32 bits.
    """
    prefix = IDENTIFIER_PREFIXES.get(key_space, key_space)
    if prefix == key_space and not (1 <= len(key_space) <= 4 and key_space.isascii() and key_space.isprintable()):
        return None
    if "/" in prefix or key in ("", b""):
        return None
    if isinstance(key, int):
        if not 0 <= key < 1 << 32:
            return None
        key = key.to_bytes(4, "big")
    data = key if isinstance(key, bytes) else _key_bytes(key, key_space)
    return f"{prefix}/{quote_from_bytes(data, safe='')}"


def _key_bytes(key: str, key_space: str) -> bytes:
    if key_space != MetadataKeySpace.QUICKTIME_METADATA:
        try:
            return key.encode("latin-1")
        except UnicodeEncodeError:
            pass  # not one of the spaces of four-character codes
    return key.encode("utf-8", "replace")


def key_space_for_identifier(identifier: str) -> str | None:
    """The key space of an identifier; None when it is none (``AVMetadataItem.keySpace(forIdentifier:)``)."""
    prefix, slash, key = identifier.partition("/")
    if not (prefix and slash and key):
        return None
    space = _PREFIXES.get(prefix, prefix)
    return space if space in IDENTIFIER_PREFIXES or len(space) <= 4 else None


def key_for_identifier(identifier: str) -> str | None:
    """The key of an identifier as text; None when it is none (``AVMetadataItem.key(forIdentifier:)``)."""
    space = key_space_for_identifier(identifier)
    if space is None:
        return None
    data = unquote_to_bytes(identifier.partition("/")[2])
    if space == MetadataKeySpace.QUICKTIME_METADATA:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass  # written by somebody else's rule
    return data.decode("latin-1")
