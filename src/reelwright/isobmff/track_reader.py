"""One track of a movie header: its facts from the small boxes, and the places of its sample tables, left unread.

Only a track that has no header is given up; anything else that is missing or damaged costs what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reelwright.isobmff import header_reader as headers
from reelwright.isobmff.box_walk import LARGE, BoxWalk
from reelwright.isobmff.entry_reader import EntryRead, is_protected, read_sample_entry
from reelwright.isobmff.metadata_reader import read_meta, read_user_data
from reelwright.isobmff.parse import BoxPlace, Parser, find
from reelwright.isobmff.sample_reader import TABLES, SampleTables, stated_duration, stated_sample_count
from reelwright.isobmff.sound_packing import SoundPacking, sound_packing
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import DataReference, TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import MAX_TIMESCALE, Time
from reelwright.storage.source import Source

__all__ = ["TrackReader", "media_type_of", "read_track"]

_MOST_ENTRIES = 1024
_ENABLED = 1
_TYPES = {"subt": MediaType.SUBTITLE, "subp": MediaType.SUBTITLE, "pict": MediaType.VIDEO, "MPEG": MediaType.MUXED}
_KNOWN: dict[str, MediaType] = {kind.value: kind for kind in MediaType if kind is not MediaType.OTHER}
_NO_MEDIA = headers.MediaHeader(None, None, 0, None, 0x55C4)


def media_type_of(handler: str) -> MediaType:
    """The kind of a track by its handler."""
    return _TYPES.get(handler, _KNOWN.get(handler, MediaType.OTHER))


@dataclass(frozen=True, slots=True)
class TrackReader:
    """A track: what it says about itself, and what is needed to read its samples.

    Attributes:
        facts: as the movie header has them. tables: places of the sample tables.
    """

    facts: TrackFacts
    tables: SampleTables


def read_track(
    source: Source, place: BoxPlace, *, quicktime: bool, movie_scale: int, extent: int
) -> TrackReader | None:
    """Read a ``trak`` box; None when it has no header and so no number.

    A header that leaves out how long the track is has it from the media's.

    Args:
        source: holds the header. quicktime: the file is of QuickTime's dialect.
        movie_scale: ticks of the movie a second. extent: bytes of the movie file.
    """
    walk = BoxWalk(source)
    boxes = walk.children(place)
    header = walk.read(find(boxes, "tkhd"), _header, None)
    if header is None:
        return None
    media = walk.children(find(boxes, "mdia"))
    handler = walk.read(find(media, "hdlr"), headers.read_handler, ("", "", ""))[1]
    kind = media_type_of(handler)
    information = walk.children(find(media, "minf"))
    tables = walk.children(find(information, "stbl"))
    entries = _Entries(kind, quicktime)
    walk.read(find(tables, "stsd"), entries.read, None, LARGE)
    if not entries.formats:
        walk.note(f"track {header.track_id} has no sample description.")
    facts = _with_media(_facts(walk, boxes, header, movie_scale), walk, media, handler, kind)
    if not header.duration and not facts.edits and facts.media_duration:
        facts = replace(facts, duration=Time(facts.media_duration, facts.time_scale))
    count = _sample_count(tables, source)
    times = find(tables, "stts")
    facts = replace(
        facts,
        formats=tuple(entries.formats),
        format_references=tuple(entries.references),
        is_protected=entries.is_protected,
        data_references=_data_references(walk, information),
        sample_count=count,
        sample_duration=stated_duration(times, source, count) if times is not None and count else 0,
        problems=(*walk.problems, *entries.problems),
    )
    local = _is_local(facts)
    places = {kind: [box for box in tables if box.kind == kind] for kind in TABLES}
    return TrackReader(
        facts,
        SampleTables(
            source=source,
            places={kind: found for kind, found in places.items() if found},
            time_scale=facts.time_scale,
            extent=extent if local else None,
            is_sound=kind is MediaType.AUDIO,
            packing=entries.packing,
        ),
    )


def _header(content: Parser) -> headers.TrackHeader | None:
    return headers.read_track_header(content)


def _facts(walk: BoxWalk, boxes: list[BoxPlace], header: headers.TrackHeader, movie_scale: int) -> TrackFacts:
    """What the track's own boxes say."""
    edits = walk.read(walk.within(find(boxes, "edts"), "elst"), lambda box: headers.read_edits(box, walk.problems), ())
    return TrackFacts(
        track_id=header.track_id,
        handler="",
        media_type=MediaType.OTHER,
        duration=Time.INVALID if header.duration is None else Time(header.duration, movie_scale),
        edits=edits,
        enabled=bool(header.flags & _ENABLED),
        layer=header.layer,
        alternate_group=header.alternate_group,
        volume=header.volume,
        transform=header.transform,
        size=header.size,
        references=walk.read(find(boxes, "tref"), headers.read_references, {}),
        metadata=read_metadata(walk, boxes),
        characteristics=_characteristics(walk, boxes),
        name=_name(walk, boxes),
        created=header.created,
        modified=header.modified,
    )


def _with_media(facts: TrackFacts, walk: BoxWalk, media: list[BoxPlace], handler: str, kind: MediaType) -> TrackFacts:
    """The facts with what the media box says."""
    if not media:
        walk.note(f"track {facts.track_id} has no media.")
    header = walk.read(find(media, "mdhd"), headers.read_media_header, _NO_MEDIA)
    if not 0 < header.time_scale <= MAX_TIMESCALE:
        walk.note(f"track {facts.track_id} has a clock of {header.time_scale} ticks a second: 1 is taken instead.")
    letters, tag = headers.language_of(header.language)
    elng = walk.read(find(media, "elng"), _extended_language, None)
    return replace(
        facts,
        handler=handler,
        media_type=kind,
        time_scale=header.time_scale if 0 < header.time_scale <= MAX_TIMESCALE else 1,
        media_duration=header.duration or 0,
        language_code=letters,
        extended_language_tag=elng or tag,
    )


def _extended_language(content: Parser) -> str | None:
    content.full_header()
    return content.cstring() or None


def _data_references(walk: BoxWalk, information: list[BoxPlace]) -> tuple[DataReference, ...]:
    place = walk.within(find(information, "dinf"), "dref")
    return walk.read(place, headers.read_data_references, (), LARGE) or (DataReference("url "),)


def _is_local(facts: TrackFacts) -> bool:
    """Whether all samples lie in the movie file itself."""
    used = facts.format_references or (0,)
    return all(
        number >= len(facts.data_references) or facts.data_references[number].is_self_contained for number in used
    )


def _sample_count(tables: Sequence[BoxPlace], source: Source) -> int | None:
    place = next((box for box in tables if box.kind in ("stsz", "stz2")), None)
    return None if place is None else stated_sample_count(place, source)


# -- user data and metadata --------------------------------------------------------------------------------------------


def read_metadata(walk: BoxWalk, boxes: list[BoxPlace]) -> tuple[MetadataItem, ...]:
    """The items of a movie or track: its metadata boxes, then its user data."""
    found: list[MetadataItem] = []
    for box in boxes:
        if box.kind == "meta":
            found += walk.read(box, lambda content: read_meta(content, walk.problems), (), LARGE)
    for box in boxes:
        if box.kind == "udta":
            found += walk.read(box, lambda content: read_user_data(content, walk.problems), (), LARGE)
    return tuple(found)


def _characteristics(walk: BoxWalk, boxes: list[BoxPlace]) -> tuple[str, ...]:
    """QuickTime's ``tagc`` and the values of MPEG's ``kind``."""
    found: list[str] = []
    for box in walk.children(find(boxes, "udta")):
        if box.kind == "tagc":
            found.append(walk.read(box, Parser.cstring, ""))
        elif box.kind == "kind":
            found.append(walk.read(box, _kind, ""))
    return tuple(text for text in dict.fromkeys(found) if text)


def _kind(content: Parser) -> str:
    content.full_header()
    scheme, value = content.cstring(), content.cstring()
    return value or scheme


def _name(walk: BoxWalk, boxes: list[BoxPlace]) -> str | None:
    place = walk.within(find(boxes, "udta"), "name")
    name = walk.read(place, lambda content: content.rest().decode("utf-8", "replace"), "")
    return name.strip("\0") or None


# -- sample descriptions -----------------------------------------------------------------------------------------------


class _Entries:
    """The sample descriptions of a track, as far as they can be read."""

    def __init__(self, kind: MediaType, quicktime: bool) -> None:
        self._kind = kind
        self._quicktime = quicktime
        self.formats: list[FormatDescription] = []
        self.references: list[int] = []
        self.is_protected = False
        self.packing: SoundPacking | None = None  # of the first
        self.problems: list[str] = []

    def read(self, content: Parser) -> None:
        content.full_header()
        left = min(content.u32(), _MOST_ENTRIES)
        for kind, entry in content.boxes():
            if not left:
                return
            left -= 1
            self._add(kind, entry)

    def _add(self, kind: str, entry: Parser) -> None:
        if not self.formats:
            self.packing = self._packing(kind, Parser(entry.data, entry.what))
        read = self._read(kind, entry)
        self.formats.append(read.format)
        self.references.append(max(0, read.data_reference - 1))
        self.problems += read.problems
        self.is_protected |= is_protected(self.formats[-1])

    def _read(self, kind: str, entry: Parser) -> EntryRead:
        """The entry read; only its type where it is damaged, so that samples' numbers of descriptions stay right."""
        try:
            return read_sample_entry(kind, entry, self._kind, quicktime=self._quicktime)
        except InvalidMediaError as error:
            damaged = FormatDescription(media_type=self._kind, media_subtype=kind)
            return EntryRead(damaged, int.from_bytes(entry.data[6:8], "big"), (error.message,))

    def _packing(self, kind: str, entry: Parser) -> SoundPacking | None:
        if self._kind is not MediaType.AUDIO:
            return None
        try:
            return sound_packing(kind, entry)
        except InvalidMediaError:
            return None  # the description itself is found too short below
