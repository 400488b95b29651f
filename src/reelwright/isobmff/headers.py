"""The boxes that introduce a movie, a track and its media: one function for each, nothing kept between them.

A box takes its 64-bit form (version 1) when one of its times needs it and not otherwise. Dates are seconds since 1904,
durations ticks of the time scale that stands beside them. ``quicktime`` chooses between the two dialects of the format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from reelwright.isobmff.box import (
    Box,
    cstring,
    f2_30,
    f8_8,
    f16_16,
    fourcc,
    full_box,
    i16,
    pstring,
    u16,
    u32,
    u64,
    unsigned_f16_16,
)
from reelwright.isobmff.language import packed_language
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

__all__ = [
    "IDENTITY",
    "Number",
    "apertures",
    "data_handler",
    "data_information",
    "extended_language",
    "handler",
    "matrix",
    "media_header",
    "media_information_header",
    "movie_header",
    "seconds_since_1904",
    "track_header",
    "track_name",
    "track_references",
]

Number = Fraction | int | float

IDENTITY: tuple[Number, ...] = (1, 0, 0, 1, 0, 0)

_1904_TO_1970 = 2_082_844_800
_DITHER_COPY = 0x40
_HALF = 0x8000
_ALIAS = "alis"
_PICTURES = (MediaType.VIDEO, MediaType.AUXILIARY_PICTURE, MediaType.DEPTH_DATA)


def seconds_since_1904(moment: datetime) -> int:
    """A moment as the file format counts it, in UTC (ISO/IEC 14496-12, 8.2.2.3).

    Raises:
        InvalidArgumentError: a moment without time zone, or before 1904.
    """
    if moment.utcoffset() is None:
        raise InvalidArgumentError(
            f"the date {moment.isoformat()} has no time zone, and the file keeps UTC.",
            hint="Give it one, for example with .astimezone() for local time or .replace(tzinfo=datetime.UTC).",
        )
    seconds = int(moment.timestamp() // 1) + _1904_TO_1970
    if seconds < 0:
        raise InvalidArgumentError(f"the date {moment.isoformat()} lies before 1904, where the file format begins.")
    return seconds


def _version(*times: int) -> int:
    return int(max(times) >= 1 << 32)


def _times(version: int, *times: int) -> bytes:
    return u64(*times) if version else u32(*times)


def matrix(transform: Sequence[Number]) -> bytes:
    """The nine numbers of a display matrix from ``(a, b, c, d, tx, ty)`` of a ``CGAffineTransform``.

    Raises:
        InvalidArgumentError: not six numbers, or one beyond ±32768.
    """
    if len(transform) != 6:
        raise InvalidArgumentError(
            f"transform {tuple(transform)!r} has {len(transform)} numbers instead of (a, b, c, d, tx, ty)."
        )
    a, b, c, d, tx, ty = transform
    rows = ((a, b, 0), (c, d, 0), (tx, ty, 1))
    return b"".join(f16_16(x, y) + f2_30(w) for x, y, w in rows)


def movie_header(*, created: int, time_scale: int, duration: int, next_track_id: int) -> Box:
    """``mvhd`` (ISO/IEC 14496-12, 8.2.2): normal rate, full volume, no transform. ``duration`` in movie ticks."""
    version = _version(created, duration)
    return full_box(
        "mvhd",
        version,
        0,
        _times(version, created, created),
        u32(time_scale),
        _times(version, duration),
        f16_16(1),
        f8_8(1),
        bytes(10),
        matrix(IDENTITY),
        bytes(24),
        u32(next_track_id),
    )


def track_header(
    *,
    track_id: int,
    created: int,
    duration: int,
    enabled: bool,
    alternate_group: int,
    volume: Number,
    transform: Sequence[Number],
    size: tuple[Number, Number],
) -> Box:
    """``tkhd`` (ISO/IEC 14496-12, 8.3.2). ``duration`` in movie ticks: the sum of the track's edits."""
    version = _version(created, duration)
    used_in_movie, is_enabled = 2, 1
    return full_box(
        "tkhd",
        version,
        used_in_movie | (is_enabled if enabled else 0),
        _times(version, created, created),
        u32(track_id, 0),
        _times(version, duration),
        bytes(8),
        i16(0, alternate_group),
        f8_8(volume),
        bytes(2),
        matrix(transform),
        unsigned_f16_16(*size),
    )


def media_header(*, created: int, time_scale: int, duration: int, language: str) -> Box:
    """``mdhd`` (ISO/IEC 14496-12, 8.4.2). ``duration`` in media ticks: the sum of the track's sample durations."""
    version = _version(created, duration)
    return full_box(
        "mdhd",
        version,
        0,
        _times(version, created, created),
        u32(time_scale),
        _times(version, duration),
        u16(packed_language(language), 0),
    )


def extended_language(tag: str) -> Box:
    """``elng``: a BCP 47 tag (ISO/IEC 14496-12, 8.4.6)."""
    return full_box("elng", 0, 0, cstring(tag))


_MEDIA_NAMES = {
    MediaType.VIDEO: "Video",
    MediaType.AUDIO: "Sound",
    MediaType.TEXT: "Text",
    MediaType.CLOSED_CAPTION: "Closed Captions",
    MediaType.SUBTITLE: "Subtitles",
    MediaType.TIMECODE: "Time Code",
    MediaType.METADATA: "Metadata",
}


def handler(media_type: MediaType, name: str | None, *, quicktime: bool) -> Box:
    """``hdlr`` of a track's media (ISO/IEC 14496-12, 8.4.3; QuickTime names its component ``mhlr`` too)."""
    text = name or _MEDIA_NAMES.get(media_type, media_type.name.replace("_", " ").title())
    if quicktime:
        return full_box("hdlr", 0, 0, fourcc("mhlr"), fourcc(media_type.value), bytes(12), pstring(text))
    return full_box("hdlr", 0, 0, bytes(4), fourcc(media_type.value), bytes(12), cstring(text))


def data_handler() -> Box:
    """QuickTime's second ``hdlr``, in ``minf``: how the media's data is reached (QuickTime File Format, "Handler")."""
    return full_box("hdlr", 0, 0, fourcc("dhlr"), fourcc(_ALIAS), bytes(12), pstring("Data"))


def data_information(*, quicktime: bool) -> Box:
    """``dinf``: all media lies in this very file (ISO/IEC 14496-12, 8.7.1-2). QuickTime says so with an alias."""
    self_contained = full_box(_ALIAS if quicktime else "url ", 0, 1)
    return Box("dinf", full_box("dref", 0, 0, u32(1), self_contained))


def media_information_header(media_type: MediaType, *, quicktime: bool) -> Box:
    """The first box of ``minf``, by kind of media (ISO/IEC 14496-12, 12.1.2, 12.2.2, 12.3.2; QuickTime's ``gmhd``)."""
    if media_type in _PICTURES:
        mode = (_DITHER_COPY, _HALF, _HALF, _HALF) if quicktime else (0, 0, 0, 0)
        return full_box("vmhd", 0, 1, u16(*mode))
    if media_type is MediaType.AUDIO:
        return full_box("smhd", 0, 0, u16(0, 0))
    if quicktime:
        return Box("gmhd", full_box("gmin", 0, 0, u16(_DITHER_COPY, _HALF, _HALF, _HALF, 0, 0)))
    return full_box("nmhd", 0, 0)


def track_references(references: Mapping[str, Sequence[int]]) -> Box | None:
    """``tref``: ids of the tracks this one refers to, by kind of reference (ISO/IEC 14496-12, 8.3.3); None for none."""
    boxes = [Box(kind, u32(*track_ids)) for kind, track_ids in references.items() if track_ids]
    return Box("tref", *boxes) if boxes else None


def apertures(format: FormatDescription) -> Box | None:
    """``tapt``: clean, production and encoded size of a picture (QuickTime File Format, "Track Aperture Modes").

    None when the three are one: no clean aperture and square pixels.
    """
    pixel = format.pixel_aspect_ratio.ratio if format.pixel_aspect_ratio else Fraction(1)
    if format.clean_aperture is None and pixel == 1:
        return None
    sizes: dict[str, tuple[Number, Number]] = {
        "clef": format.display_size,
        "prof": (format.width * pixel, format.height),
        "enof": (format.width, format.height),
    }
    return Box("tapt", *(full_box(kind, 0, 0, unsigned_f16_16(*size)) for kind, size in sizes.items()))


def track_name(name: str) -> Box:
    """``udta`` with a track's name as QuickTime shows it (QuickTime File Format, "User Data Atoms")."""
    return Box("udta", Box("name", name.encode()))
