"""A movie file understood: its boxes by their headers, the movie header, its tracks, and their samples on demand.

Opening touches headers only: no sample table is read before its track's samples are asked for. ``MovieReader`` gives
the facts at once and an index of a track's samples when told to; it keeps nothing open but the source it was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reelwright.isobmff import header_reader as headers
from reelwright.isobmff.box_walk import BoxWalk
from reelwright.isobmff.compressed_header import inflated_header
from reelwright.isobmff.fragment_durations import longest, with_fragment_durations
from reelwright.isobmff.fragment_reader import FragmentTrack
from reelwright.isobmff.gapless import with_gapless_edit
from reelwright.isobmff.group_reader import RollGroups, read_roll_groups
from reelwright.isobmff.look_ahead import LookAhead
from reelwright.isobmff.metadata_reader import nero_chapters
from reelwright.isobmff.movie_fragments import MovieFragments
from reelwright.isobmff.parse import BoxPlace, Parser, find, scan
from reelwright.isobmff.sample_reader import read_sample_index
from reelwright.isobmff.sample_runs import piece_frames
from reelwright.isobmff.track_reader import TrackReader, read_metadata, read_track
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import ChapterFacts, MediaFacts
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import MAX_TIMESCALE, Time
from reelwright.storage.source import Source

__all__ = ["MovieReader", "is_movie", "read_movie"]

_WHOLE_HEADER = 1 << 18  # a movie header up to this size is read at once
_MOST_TRACKS = 4096
_MOST_GROUPS = 64  # kinds of sample groups of one track
_BEGINNINGS = frozenset(
    re.findall("....", "ftypstypmoovmoofmdatwidefreeskippnotsidxssixuuidjunkpictprflemsgprftmframeta")
)
_QUICKTIME = "qt  "


@dataclass(frozen=True, slots=True)
class _FileType:
    major: str = ""
    minor: int = 0
    compatible: tuple[str, ...] = ()


def is_movie(source: Source) -> bool:
    """Whether the source begins as files of the QuickTime/ISO family do; only its first bytes are read."""
    head = source.read(0, 16)
    if len(head) < 8 or head[4:8].decode("mac_roman") not in _BEGINNINGS:
        return False
    size = int.from_bytes(head[:4], "big")
    return size in (0, 1) or size >= 8


def read_movie(source: Source) -> MovieReader:
    """Read a movie file's headers.

    Raises:
        InvalidMediaError: there is no movie header in it, or none that says anything. OSError: it cannot be read.
    """
    window = LookAhead(source)
    layout = _layout(window)
    if layout.movie is None:
        raise _no_movie(source, layout)
    if layout.movie.size <= _WHOLE_HEADER:
        window.prefetch(layout.movie.offset, layout.movie.end - layout.movie.offset)
    return MovieReader(source, window, layout)


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of a file, as far as the first fragment.

    Attributes:
        boxes: in order. movie: the header that counts. file_type: brands. problems: what is odd.
    """

    boxes: tuple[BoxPlace, ...]
    movie: BoxPlace | None
    file_type: _FileType
    problems: tuple[str, ...]


def _layout(source: Source) -> Layout:
    boxes: list[BoxPlace] = []
    movies: list[BoxPlace] = []
    problems: list[str] = []
    try:
        for box in scan(source):
            boxes.append(box)
            if box.is_cut:
                problems.append(f"the box {box.kind!r} at {box.offset} ends behind the end of the file.")
            if box.kind == "moov":
                movies.append(box)
            elif box.kind == "moof" and movies:
                break
    except InvalidMediaError as error:
        problems.append(error.message)
    if len(movies) > 1:
        problems.append(f"the file has {len(movies)} movie headers: the first is taken.")
    walk = BoxWalk(source, problems)
    file_type = walk.read(find(boxes, "ftyp") or find(boxes, "styp"), _file_type, _FileType())
    return Layout(tuple(boxes), movies[0] if movies else None, file_type, tuple(problems))


def _file_type(content: Parser) -> _FileType:
    major, minor = content.fourcc(), content.u32()
    brands = (content.fourcc() for _ in range(min(content.left // 4, 1024)))
    return _FileType(major, minor, tuple(dict.fromkeys(brand for brand in brands if brand != "\0\0\0\0")))


def _no_movie(source: Source, layout: Layout) -> InvalidMediaError:
    kinds = ", ".join(dict.fromkeys(repr(box.kind) for box in layout.boxes[:16]))
    if any(box.kind == "moof" for box in layout.boxes):
        hint = "It is a media segment: put the initialization segment that belongs to it in front."
    elif any(box.kind == "mdat" for box in layout.boxes):
        hint = "Its writing was not finished, or its end is missing."
    else:
        hint = "It is no movie file."
    return InvalidMediaError(
        f"{source.name} has no movie header, only {kinds or 'nothing'}.", path=source.path, hint=hint
    )


class MovieReader:
    """A movie file's facts, and its samples on demand; one thread at a time.

    Attributes:
        facts: what the file says. tracks: the readable tracks by number.
    """

    def __init__(self, source: Source, header: LookAhead, layout: Layout) -> None:
        assert layout.movie is not None
        self._source = source
        self._walk = BoxWalk(header, list(layout.problems))
        self._layout = layout
        self._boxes = self._walk.children(layout.movie)
        packed = find(self._boxes, "cmov")
        if packed is not None:
            self._walk.source = inflated_header(header, packed)
            self._boxes = self._walk.children(next(scan(self._walk.source)))
        self._movie = self._movie_header()
        self._extends = self._read_extends()
        self.tracks: dict[int, TrackReader] = {track.facts.track_id: track for track in self._read_tracks()}
        self._fragments = self._find_fragments()
        self.facts: MediaFacts = self._facts()

    def index(self, track_id: int) -> SampleIndex:
        """All samples of a track.

        Raises:
            InvalidMediaError: tables larger than any film's. OSError: they cannot be read.
        """
        track = self.tracks[track_id]
        index = read_sample_index(track.tables)
        if self._fragments is None:
            return index
        return self._fragments.extended(track_id, index, is_sound=track.tables.is_sound)

    def _movie_header(self) -> headers.MovieHeader:
        found = self._walk.read(find(self._boxes, "mvhd"), _movie_header, None)
        if found is None:
            raise InvalidMediaError(
                f"{self._source.name} has a movie header without 'mvhd'.", path=self._source.path, hint="It is damaged."
            )
        if not 0 < found.time_scale <= MAX_TIMESCALE:
            self._walk.note(f"the movie has a clock of {found.time_scale} ticks a second: 1 is taken instead.")
            found = replace(found, time_scale=1)
        return found

    def _read_extends(self) -> dict[int, headers.TrackExtends]:
        """Defaults of samples in fragments, by track."""
        found: dict[int, headers.TrackExtends] = {}
        for box in self._walk.children(find(self._boxes, "mvex")):
            if box.kind == "trex":
                extends = self._walk.read(box, headers.read_track_extends, None)
                if extends is not None:
                    found[extends.track_id] = extends
        return found

    @property
    def is_fragmented(self) -> bool:
        """Whether the header says that fragments follow (``mvex``), be there any or not."""
        return find(self._boxes, "mvex") is not None

    def fragment_tracks(self) -> dict[int, FragmentTrack]:
        """What must be known of the tracks to read fragments, by number."""
        known = {}
        for number, track in self.tracks.items():
            extends = self._extends.get(number, headers.TrackExtends(number))
            packing, scale = track.tables.packing, track.tables.time_scale
            known[number] = FragmentTrack(
                extends,
                scale,
                begin=track.facts.media_duration if track.facts.sample_count else 0,
                packing=packing,
                piece=piece_frames(packing, scale, max(1, extends.duration)) if packing else 1,
                rolls=self._roll_groups(track),
            )
        return known

    def _find_fragments(self) -> MovieFragments | None:
        if not any(box.kind == "moof" for box in self._layout.boxes):
            return None
        return MovieFragments(self._source, self._layout.boxes, self.fragment_tracks())

    def _roll_groups(self, track: TrackReader) -> dict[str, RollGroups]:
        """The descriptions that samples in fragments may refer to, too."""
        places = track.tables.places.get("sgpd", ())[:_MOST_GROUPS]
        found = [self._walk.read(place, read_roll_groups, None) for place in places]
        return {groups.kind: groups for groups in found if groups is not None}

    @property
    def _is_quicktime(self) -> bool:
        brands = self._layout.file_type
        return brands.major in (_QUICKTIME, "") and (brands.major == _QUICKTIME or not brands.compatible)

    def _read_tracks(self) -> Iterator[TrackReader]:
        known: set[int] = set()
        places = [box for box in self._boxes if box.kind == "trak"]
        for place in places[:_MOST_TRACKS]:
            track = read_track(
                self._walk.source,
                place,
                quicktime=self._is_quicktime,
                movie_scale=self._movie.time_scale,
                extent=self._source.size,
            )
            if track is None:
                self._walk.note("a track without a header is left out.")
            elif track.facts.track_id in known:
                self._walk.note(f"a second track with the number {track.facts.track_id} is left out.")
            else:
                known.add(track.facts.track_id)
                yield track

    def _facts(self) -> MediaFacts:
        movie, brands = self._movie, self._layout.file_type
        extends = find(self._boxes, "mvex")
        tracks = tuple(track.facts for track in self.tracks.values())
        metadata = read_metadata(self._walk, self._boxes)
        duration = Time.INVALID if movie.duration is None else Time(movie.duration, movie.time_scale)
        if self._fragments is not None:
            tracks = with_fragment_durations(tracks, self._fragments, movie)
            duration = longest(track.duration for track in tracks)
        else:
            trimmed = with_gapless_edit(tracks, metadata, movie.time_scale)
            duration = duration if trimmed == tracks else trimmed[0].duration
            tracks = trimmed
        if not movie.duration and self._fragments is None:
            duration = longest(track.duration for track in tracks)
        return MediaFacts(
            container="mov",
            tracks=tracks,
            major_brand=brands.major,
            minor_version=brands.minor,
            compatible_brands=brands.compatible,
            size=self._source.size,
            time_scale=movie.time_scale,
            duration=duration,
            rate=movie.rate,
            volume=movie.volume,
            transform=movie.transform,
            created=movie.created,
            modified=movie.modified,
            metadata=metadata,
            chapters=self._chapters(duration),
            can_contain_fragments=extends is not None,
            contains_fragments=self._fragments is not None,
            duration_hint=self._hint(extends),
            problems=tuple(self._walk.problems),
        )

    def _hint(self, extends: BoxPlace | None) -> Time:
        """``mehd``: how long all fragments will be together, as far as their writer knew."""
        hint = self._walk.read(self._walk.within(extends, "mehd"), headers.read_extends_header, None)
        return Time(hint, self._movie.time_scale) if hint else Time.INVALID

    def _chapters(self, duration: Time) -> tuple[ChapterFacts, ...]:
        place = self._walk.within(find(self._boxes, "udta"), "chpl")
        return self._walk.read(place, lambda content: nero_chapters(content, duration), ())


def _movie_header(content: Parser) -> headers.MovieHeader | None:
    return headers.read_movie_header(content)
