"""The small boxes that say what a movie and its tracks are: one function a box, from its content to plain numbers.

Times are as the file has them, in ticks; "unknown" (all bits set) becomes None. Dates become seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from reelwright.isobmff.language import language_letters, unpacked_language
from reelwright.isobmff.mac_text import UNSPECIFIED, mac_language
from reelwright.isobmff.parse import Parser
from reelwright.model.facts import DataReference, EditEntry, Transform

__all__ = [
    "MediaHeader",
    "MovieHeader",
    "TrackExtends",
    "TrackHeader",
    "alias_path",
    "language_of",
    "read_data_references",
    "read_edits",
    "read_extends_header",
    "read_handler",
    "read_media_header",
    "read_movie_header",
    "read_references",
    "read_track_extends",
    "read_track_header",
]

_SINCE_1904 = 2_082_844_800
_LONGEST = 1 << 61  # ticks of anything: sums still are times
_MOST_EDITS = 1 << 20
_MOST_REFERENCES = 1 << 16


@dataclass(frozen=True, slots=True)
class MovieHeader:
    """``mvhd``. duration: in ticks of the movie, None when unknown."""

    created: int | None
    modified: int | None
    time_scale: int
    duration: int | None
    rate: Fraction
    volume: Fraction
    transform: Transform


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """``tkhd``. duration: in ticks of the movie, None when unknown."""

    flags: int
    created: int | None
    modified: int | None
    track_id: int
    duration: int | None
    layer: int
    alternate_group: int
    volume: Fraction
    transform: Transform
    size: tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class MediaHeader:
    """``mdhd``. duration: in ticks of the media, None when unknown. language: as the file has it."""

    created: int | None
    modified: int | None
    time_scale: int
    duration: int | None
    language: int


@dataclass(frozen=True, slots=True)
class TrackExtends:
    """``trex``: what samples in fragments are unless they say otherwise. description: from 1."""

    track_id: int
    description: int = 1
    duration: int = 0
    size: int = 0
    flags: int = 0


def _times(content: Parser, version: int) -> tuple[int | None, int | None]:
    """Creation and modification."""
    values = [content.u64() if version == 1 else content.u32() for _ in range(2)]
    created, modified = (value - _SINCE_1904 if value and value < 1 << 40 else None for value in values)
    return created, modified


def _duration(content: Parser, version: int) -> int | None:
    value, unknown = (content.u64(), (1 << 64) - 1) if version == 1 else (content.u32(), (1 << 32) - 1)
    return None if value == unknown or value > _LONGEST else value


def _matrix(content: Parser) -> Transform:
    """The six numbers that make an affine transform of a 3×3 matrix."""
    a, b, _, c, d, _, x, y, _ = (content.i32() for _ in range(9))
    return (
        Fraction(a, 1 << 16),
        Fraction(b, 1 << 16),
        Fraction(c, 1 << 16),
        Fraction(d, 1 << 16),
        Fraction(x, 1 << 16),
        Fraction(y, 1 << 16),
    )


def read_movie_header(content: Parser) -> MovieHeader:
    version, _ = content.full_header()
    created, modified = _times(content, version)
    time_scale = content.u32()
    duration = _duration(content, version)
    rate, volume = content.f16_16(), content.f8_8()
    content.skip(10)
    return MovieHeader(created, modified, time_scale, duration, rate, volume, _matrix(content))


def read_track_header(content: Parser) -> TrackHeader:
    version, flags = content.full_header()
    created, modified = _times(content, version)
    track_id = content.u32()
    content.skip(4)
    duration = _duration(content, version)
    content.skip(8)
    layer, group, volume = content.i16(), content.i16(), content.f8_8()
    content.skip(2)
    transform = _matrix(content)
    size = content.unsigned_f16_16(), content.unsigned_f16_16()
    return TrackHeader(flags, created, modified, track_id, duration, layer, group, volume, transform, size)


def read_media_header(content: Parser) -> MediaHeader:
    version, _ = content.full_header()
    created, modified = _times(content, version)
    time_scale = content.u32()
    return MediaHeader(created, modified, time_scale, _duration(content, version), content.u16())


def language_of(code: int) -> tuple[str | None, str | None]:
    """ISO 639-2 letters and, where they say less than the file does, a BCP 47 tag; of a language number of ``mdhd``."""
    if code < 0x400:
        tag = mac_language(code)
        return (None, None) if tag is None else (_letters(tag), tag)
    letters = unpacked_language(code) if code not in (UNSPECIFIED, 0x8000) else None
    return (None if letters == "und" else letters), None


def _letters(tag: str) -> str | None:
    letters = language_letters(None, tag)
    return None if letters == "und" else letters


def read_handler(content: Parser) -> tuple[str, str, str]:
    """Component type, handler and name of ``hdlr``, in either dialect."""
    content.full_header()
    component, handler = content.fourcc(), content.fourcc()
    if content.left < 12:
        return component, handler, ""
    content.skip(12)
    data = content.rest()
    if data and component != "\0\0\0\0" and data[0] == len(data[1:].rstrip(b"\0")):
        data = data[1:]  # counted text, QuickTime's
    text = data.split(b"\0")[0]
    return component, handler, text.decode("utf-8", "replace")


def read_edits(content: Parser, problems: list[str]) -> tuple[EditEntry, ...]:
    """``elst``. Only -1 stands for an empty edit (ISO/IEC 14496-12, 8.6.6.3); other negative times are times."""
    version, _ = content.full_header()
    stated = content.u32()
    there = content.left // (20 if version == 1 else 12)
    if there < stated:
        problems.append(f"the edit list promises {stated} edits but holds {there}.")
    edits = []
    for _ in range(min(stated, there, _MOST_EDITS)):
        duration = min(content.u64() if version == 1 else content.u32(), _LONGEST)
        media_time = content.i64() if version == 1 else content.i32()
        shown = None if media_time == -1 else max(-_LONGEST, min(media_time, _LONGEST))
        edits.append(EditEntry(duration, shown, content.f16_16()))
    return tuple(edits)


def read_references(content: Parser) -> dict[str, tuple[int, ...]]:
    """``tref``: numbers of tracks by kind of reference; zeros, which refer to nothing, are left out."""
    found: dict[str, list[int]] = {}
    for kind, box in content.boxes():
        numbers = [box.u32() for _ in range(min(box.left // 4, _MOST_REFERENCES))]
        found.setdefault(kind, []).extend(number for number in numbers if number)
    return {kind: tuple(numbers) for kind, numbers in found.items()}


def read_data_references(content: Parser) -> tuple[DataReference, ...]:
    """``dref``. An entry that is not understood still keeps its place."""
    content.full_header()
    stated = content.u32()
    found: list[DataReference] = []
    for kind, box in content.boxes():
        if len(found) == min(stated, _MOST_REFERENCES):
            break
        found.append(_data_reference(kind, box))
    return tuple(found)


def _data_reference(kind: str, box: Parser) -> DataReference:
    if box.left < 4:
        return DataReference(kind, None, False)
    _, flags = box.full_header()
    if flags & 1:
        return DataReference(kind)
    if kind == "url ":
        return DataReference(kind, box.cstring() or None, False)
    if kind == "urn ":
        box.cstring()
        return DataReference(kind, box.cstring() or None, False)
    return DataReference(kind, alias_path(box.rest()) if kind == "alis" else None, False)


def alias_path(record: bytes) -> str | None:
    """The POSIX path in a Macintosh alias record, else the name of the file; None when it says neither.

    The record has 150 fixed bytes, among them a counted name at byte 50, and tagged values behind them (tag 18 is the
    path from the volume's root, tag 19 where the volume is mounted).
    """
    content = Parser(record, "an alias record")
    if len(record) < 150:
        return None
    name = Parser(record[50:114], "an alias record").pstring(64)
    content.skip(150)
    tags: dict[int, bytes] = {}
    while content.left >= 4:
        tag, size = content.i16(), content.u16()
        if tag == -1 or size > content.left:
            break
        tags[tag] = content.bytes(size)
        content.skip(min(size % 2, content.left))
    path, mount = (tags.get(tag, b"").decode("utf-8", "replace").rstrip("\0") for tag in (18, 19))
    if path:
        return mount.rstrip("/") + "/" + path.lstrip("/")
    return name or None


def read_extends_header(content: Parser) -> int | None:
    """``mehd``: ticks of the movie."""
    version, _ = content.full_header()
    return _duration(content, version)


def read_track_extends(content: Parser) -> TrackExtends:
    content.full_header()
    return TrackExtends(content.u32(), content.u32(), content.u32(), content.u32(), content.u32())
