"""One track on its way into a movie: what it was configured with, its sample descriptions and tables, its ``trak``.

A track knows its samples' bytes only by place and size; the movie writer puts them into the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from fractions import Fraction

from reelwright.isobmff import headers
from reelwright.isobmff.box import Box, children, cstring, f8_8, fourcc, full_box, i16, u32, unsigned_f16_16
from reelwright.isobmff.codec_config import complete_format
from reelwright.isobmff.edits import EditPlan, edit_list, presented_bounds
from reelwright.isobmff.groups import roll_description, roll_distance, roll_groups
from reelwright.isobmff.language import language_letters, packed_language
from reelwright.isobmff.sample_entry import needs_stsd_version_1, sample_entry
from reelwright.isobmff.sample_table import Chunk, Extent, MediaTimes, SampleTable
from reelwright.isobmff.timeline import MAX_TIME_SCALE
from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time

__all__ = ["MovieTrack", "TrackOptions", "check_references", "presentation_time"]

_UNKNOWN_TIME_SCALE = 600  # of a track without samples: QuickTime's own default
_VISUAL = (
    MediaType.VIDEO,
    MediaType.AUXILIARY_PICTURE,
    MediaType.DEPTH_DATA,
    MediaType.TEXT,
    MediaType.SUBTITLE,
    MediaType.CLOSED_CAPTION,
)


@dataclass(kw_only=True, slots=True)
class TrackOptions:
    """What a track is besides its samples: the presentation properties of an ``AVAssetWriterInput``.

    Attributes:
        media_type: what it carries.
        language_code: three letters of ISO 639-2/T; None: taken from the tag, else undetermined.
        extended_language_tag: a BCP 47 tag, or None.
        transform: ``(a, b, c, d, tx, ty)`` of the display matrix (``CGAffineTransform``); None: as it is.
        natural_size: width and height to show; None or zeros: taken from the format (clean aperture × pixel aspect).
        volume: 1 is full; None: 1 for sound, 0 for anything else.
        enabled: whether players show the track unasked.
        alternate_group: number of the group of which players choose one track; 0 for none.
        references: ids of other tracks by kind of reference (``"tmcd"``, ``"chap"``, ``"cdsc"`` …).
        chunk_alignment: bytes that chunks in the file are aligned to; 0 or 1 for none.
        name: a name for people to read, or None.
    """

    media_type: MediaType
    language_code: str | None = None
    extended_language_tag: str | None = None
    transform: Sequence[headers.Number] | None = None
    natural_size: tuple[headers.Number, headers.Number] | None = None
    volume: headers.Number | None = None
    enabled: bool = True
    alternate_group: int = 0
    references: Mapping[str, Sequence[int]] = field(default_factory=dict)
    chunk_alignment: int = 0
    name: str | None = None

    def check(self) -> None:
        """See that everything fits into its box, so that nothing is found out when the film is done.

        Raises:
            InvalidArgumentError: a value that cannot be written.
        """
        packed_language(language_letters(self.language_code, self.extended_language_tag))
        headers.matrix(self.transform or headers.IDENTITY)
        unsigned_f16_16(*(self.natural_size or (0, 0)))
        f8_8(self.level)
        i16(self.alternate_group)
        for kind in self.references:
            fourcc(kind)
        for text in (self.extended_language_tag, self.name):
            cstring(text or "")
        if self.chunk_alignment < 0:
            raise InvalidArgumentError(
                f"chunk alignment {self.chunk_alignment} is negative.", hint="Give a number of bytes, or 0 for none."
            )

    @property
    def level(self) -> headers.Number:
        """The volume that is written."""
        if self.volume is not None:
            return self.volume
        return 1 if self.media_type is MediaType.AUDIO else 0


class MovieTrack:
    """A track of a movie being written; made by ``MovieWriter.add_track``.

    Attributes:
        track_id: its number in the file, from 1.
        trim_start, trim_end: sound at the ends of the media that is not presented: what the encoder put before the
            sound proper, and what it needed to fill its last packet. May be set any time before the movie is finished.
    """

    def __init__(self, track_id: int, options: TrackOptions, file_type: FileType, media_time_scale: int = 0) -> None:
        if not 0 <= media_time_scale <= MAX_TIME_SCALE:
            raise InvalidArgumentError(
                f"media time scale {media_time_scale} is not within 1 … {MAX_TIME_SCALE}.",
                hint="Give a number of ticks a second, or 0 to keep every time exactly.",
            )
        options.check()
        self.track_id = track_id
        self.options = options
        self.trim_start = Time.ZERO
        self.trim_end = Time.ZERO
        self.table = SampleTable(media_time_scale)
        self._file_type = file_type
        self._given: list[FormatDescription] = []
        self._formats: list[FormatDescription] = []  # the same, with what their codecs' configurations say
        self._entries: list[Box] = []
        self._is_unfilled = False
        self._tables: list[Box] | None = None  # made once, though a header in front is laid out more than once

    def describe(self, format: FormatDescription) -> int:
        """The number of the sample description for a format, from 1; a new one is added when none is equal.

        Raises:
            SettingsError: the file type has no sample entry for that format.
            FrameError: a format of another media type than the track's.
        """
        if format in self._given:
            return self._given.index(format) + 1
        if format.media_type is not self.options.media_type:
            raise FrameError(
                f"{format.media_type.name.lower()} samples ({format.media_subtype!r}) do not belong into a track of "
                f"{self.options.media_type.name.lower()}.",
                track=self.track_id,
            )
        self._entries.append(sample_entry(format, self._file_type))
        self._formats.append(complete_format(format))
        self._given.append(format)
        return len(self._given)

    @property
    def is_described(self) -> bool:
        """Whether it can be written at all: a track without a sample description stops readers."""
        return bool(self._formats)

    @property
    def formats(self) -> tuple[FormatDescription, ...]:
        """What its sample descriptions say, in their order."""
        return tuple(self._formats)

    @property
    def roll_distance(self) -> int:
        """Packets to decode before any that is wanted, as a negative number; 0 for none."""
        distances = [roll_distance(format) for format in self._formats]
        return min((distance or 0 for distance in distances), default=0) if None not in distances else 0

    @property
    def sample_count(self) -> int:
        return self.table.sample_count

    @property
    def chunk_count(self) -> int:
        return self.table.chunk_count

    @property
    def total_bytes(self) -> int:
        """Bytes of all its samples."""
        return self.table.total_bytes

    @property
    def media_time_scale(self) -> int:
        """Ticks a second of its media, so far; 0 when there are no samples and none was given."""
        return self.table.time_line.scale

    @property
    def media_duration(self) -> Fraction:
        """Seconds of all its samples, whether presented or not."""
        return Fraction(self.table.time_line.duration, self.media_time_scale or 1)

    def check(self, chunk: Chunk) -> None:
        """See that a chunk can be added, before its bytes are written.

        Raises:
            FrameError: its columns contradict each other or its payload, or its description is unknown.
        """
        if not 1 <= chunk.description <= len(self._formats):
            raise FrameError(
                f"sample description {chunk.description} is not known (there are {len(self._formats)}).",
                hint="Use the number that describe() gave.",
                track=self.track_id,
            )
        self.table.check(chunk)

    def append(self, chunk: Chunk, offset: int) -> MediaTimes:
        """Add a chunk that lies at ``offset`` in the file; returns its times in media ticks.

        Raises:
            TimestampError: times that run backwards or cannot be written in this track's time scale.
        """
        self._tables = None
        return self.table.append(chunk, offset)

    def unfilled(self, time_scale: int) -> MovieTrack:
        """The same track without samples, for a header whose samples come in fragments."""
        empty = copy(self)
        empty.table = SampleTable(time_scale)
        empty._tables = None
        empty._is_unfilled = True
        return empty

    def make_room_for_edges(self, moments: Iterable[Fraction]) -> None:
        """Refine the ticks so that edits can begin and end at these moments of the source, where they cut the media.

        Sound stays on the grid of its samples.
        """
        bounds = self.bounds()
        if bounds is None or self.options.media_type is MediaType.AUDIO:
            return
        for moment in moments:
            if bounds[0] < moment < bounds[1]:
                self._tables = None
                self.table.refine(moment.denominator)

    def extents(self) -> list[Extent]:
        """When its stretches without holes are presented."""
        return self.table.extents()

    def bounds(self) -> tuple[Fraction, Fraction] | None:
        """Start and end of what it can present, on the source's time line, without the trims; None for nothing."""
        trims = self.trim_start.fraction, self.trim_end.fraction
        return presented_bounds(self.extents(), self.media_time_scale, *trims)

    def box(self, plan: EditPlan, created: int, shift: int, present: frozenset[int]) -> Box:
        """``trak``, with all its chunks moved up by ``shift`` bytes.

        Args:
            present: ids of the tracks that are written; references to others are left out.
        """
        quicktime = self._file_type.is_quicktime
        options = self.options
        references = {
            kind: [track_id for track_id in track_ids if track_id in present]
            for kind, track_ids in options.references.items()
        }
        return Box(
            "trak",
            *children(
                (
                    self._track_header(plan, created),
                    headers.apertures(self._formats[0])
                    if quicktime and options.media_type is MediaType.VIDEO
                    else None,
                    edit_list(plan.edits),
                    headers.track_references(references),
                    self._media(created, shift),
                    headers.track_name(options.name) if quicktime and options.name else None,
                )
            ),
        )

    def _track_header(self, plan: EditPlan, created: int) -> Box:
        options = self.options
        return headers.track_header(
            track_id=self.track_id,
            created=created,
            duration=plan.duration,
            enabled=options.enabled,
            alternate_group=options.alternate_group,
            volume=options.level,
            transform=options.transform or headers.IDENTITY,
            size=self._size(),
        )

    def _size(self) -> tuple[headers.Number, headers.Number]:
        if self.options.natural_size and any(self.options.natural_size):
            return self.options.natural_size
        return self._formats[0].display_size if self.options.media_type in _VISUAL else (0, 0)

    def _media(self, created: int, shift: int) -> Box:
        options, quicktime = self.options, self._file_type.is_quicktime
        language = language_letters(options.language_code, options.extended_language_tag)
        tag = options.extended_language_tag
        return Box(
            "mdia",
            *children(
                (
                    headers.media_header(
                        created=created,
                        time_scale=self.media_time_scale or self._formats[0].sample_rate or _UNKNOWN_TIME_SCALE,
                        duration=self.table.time_line.duration,
                        language=language,
                    ),
                    headers.handler(options.media_type, options.name, quicktime=quicktime),
                    headers.extended_language(tag) if tag is not None else None,
                    self._media_information(shift),
                )
            ),
        )

    def _media_information(self, shift: int) -> Box:
        quicktime = self._file_type.is_quicktime
        return Box(
            "minf",
            *children(
                (
                    headers.media_information_header(self.options.media_type, quicktime=quicktime),
                    headers.data_handler() if quicktime else None,
                    headers.data_information(quicktime=quicktime),
                    self._sample_table(shift),
                )
            ),
        )

    def _sample_table(self, shift: int) -> Box:
        if self._tables is None:
            self._tables = self.table.boxes(quicktime=self._file_type.is_quicktime)
        return Box("stbl", self._descriptions(), *self._tables, self.table.chunk_offsets(shift), *self._groups())

    def _descriptions(self) -> Box:
        """``stsd``; version 1 announces sound of a high rate (ISO/IEC 14496-12, 12.2.3)."""
        version = int(any(needs_stsd_version_1(format, self._file_type) for format in self._formats))
        return full_box("stsd", version, 0, u32(len(self._entries)), *self._entries)

    def _groups(self) -> tuple[Box, ...]:
        distance = self.roll_distance
        if self._is_unfilled:
            return (roll_description(distance),) if distance else ()
        return roll_groups(distance, self.sample_count) if self.sample_count and distance else ()


def check_references(tracks: Sequence[MovieTrack]) -> None:
    """See that tracks refer only to one another.

    Raises:
        InvalidArgumentError: a track refers to one that does not exist.
    """
    known = {track.track_id for track in tracks}
    for track in tracks:
        for kind, track_ids in track.options.references.items():
            if unknown := sorted(set(track_ids) - known):
                raise InvalidArgumentError(
                    f"track {track.track_id} refers ({kind!r}) to tracks {unknown}, which do not exist.",
                    track=track.track_id,
                )


def presentation_time(chunk: Chunk) -> Time | None:
    """When the chunk's first sample is shown, for errors; None where that is what is wrong with it."""
    offset = chunk.offsets if isinstance(chunk.offsets, int) else next(iter(chunk.offsets), 0)
    return Time(chunk.decode + offset, chunk.timescale) if 0 < chunk.timescale <= MAX_TIME_SCALE else None
