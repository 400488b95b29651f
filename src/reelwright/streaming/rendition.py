"""One rendition of a stream in the making: segments come in, files and an up-to-date playlist go out.

The order of writing is what makes it safe to read at any time: first the media, then the playlist that names it, and
only at the end are files deleted that no playlist has named for long enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Protocol

from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.streaming.encryption import SegmentCipher
from reelwright.streaming.hls import MediaPlaylist, PlaylistType
from reelwright.streaming.output import Buffer, StreamOutput, check_name
from reelwright.streaming.stream_segments import ByteRange, Resource, StreamPart, StreamSegment

__all__ = ["PICTURES", "PLAYLIST", "SegmentFacts", "StreamRendition", "TrackReport", "segment_facts"]

PLAYLIST = "index.m3u8"
PICTURES = "i-frames.m3u8"
_INITIALIZATION = "init.mp4"
_ONE_FILE = "media.mp4"


class SampleReport(Protocol):
    """What ``SegmentReportSampleInformation`` says of a segment's first picture."""

    @property
    def offset(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def is_sync_sample(self) -> bool: ...


class TrackReport(Protocol):
    """What ``SegmentTrackReport`` says of a track."""

    @property
    def media_type(self) -> MediaType: ...
    @property
    def earliest_presentation_time_stamp(self) -> Time: ...
    @property
    def duration(self) -> Time: ...
    @property
    def first_video_sample_information(self) -> SampleReport | None: ...


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """What a playlist must know of a segment, or of a part of one: as ``StreamSegment`` has it."""

    start: Fraction
    duration: Fraction
    is_independent: bool
    first_picture: int | None


def segment_facts(reports: Sequence[TrackReport]) -> SegmentFacts:
    """The facts about a segment by its report: it is counted by its pictures, or else by its first track.

    Raises:
        InvalidArgumentError: a report of nothing.
    """
    if not reports:
        raise InvalidArgumentError("a segment without tracks cannot be listed.")
    leading = next((each for each in reports if each.media_type is MediaType.VIDEO), reports[0])
    sample = leading.first_video_sample_information
    is_sync = sample is None or sample.is_sync_sample
    return SegmentFacts(
        start=leading.earliest_presentation_time_stamp.fraction,
        duration=leading.duration.fraction,
        is_independent=is_sync,
        first_picture=sample.offset + sample.length if sample is not None and is_sync else None,
    )


class StreamRendition:
    """Writes one rendition below a folder of its own: ``init.mp4``, ``00001.m4s`` …, ``index.m3u8``; in one file,
    ``media.mp4`` holds all of it. Segments of text are files of their own, ``00001.vtt`` …, and need no ``init.mp4``.

    Args:
        output: of the whole stream. name: of the folder in it.
        playlist: to be kept up to date. in_one_file: segments are byte ranges of one file; not for live playlists.
        cipher: encrypts segments. has_pictures: write an I-frame playlist as well, ``i-frames.m3u8``.
        is_text: segments are WebVTT.

    Raises:
        InvalidArgumentError: a name that leads elsewhere, or options that exclude each other.
    """

    def __init__(
        self,
        output: StreamOutput,
        name: str,
        playlist: MediaPlaylist,
        *,
        in_one_file: bool = False,
        cipher: SegmentCipher | None = None,
        has_pictures: bool = False,
        is_text: bool = False,
    ) -> None:
        check_name(name)
        if in_one_file and playlist.playlist_type is PlaylistType.LIVE:
            raise InvalidArgumentError(
                "a live stream in one file would grow for ever.", hint="Write segments as files of their own."
            )
        if has_pictures and cipher is not None:
            raise InvalidArgumentError("pictures of encrypted segments cannot be fetched by themselves.")
        self.name = name
        self.playlist = playlist
        self._output = output
        self._in_one_file = in_one_file
        self._cipher = cipher
        self._has_pictures = has_pictures
        self._is_text = is_text
        self._ending = "vtt" if is_text else "m4s"
        self._initialization: Resource | None = None
        self._initializations = 0
        self._number = 0  # of the segment that was written last
        self._pieces: list[Buffer] = []  # of the segment whose parts are out
        self._facts: list[SegmentFacts] = []
        self._old_parts: list[tuple[int, str]] = []  # number of their segment, name

    @property
    def template(self) -> str | None:
        """How segments are called, for ``dash.Representation``; None where they are byte ranges."""
        return None if self._in_one_file else f"{self.name}/$Number%05d$.{self._ending}"

    @property
    def first_number(self) -> int:
        """The number in the name of the first segment that is listed, for ``dash.Representation``."""
        return self._number - len(self.playlist.segments) + 1

    def segments(self) -> list[StreamSegment]:
        """What is listed, with URIs as seen from the output's folder: for ``dash.Representation``."""
        return [
            replace(
                each,
                resource=self._from_above(each.resource),
                initialization=each.initialization and self._from_above(each.initialization),
            )
            for each in self.playlist.segments
        ]

    def _from_above(self, resource: Resource) -> Resource:
        return replace(resource, uri=f"{self.name}/{resource.uri}")

    def initialize(self, data: Iterable[Buffer]) -> None:
        """Write the initialization segment; another one, where the format changes, is for the segments that follow.

        Raises:
            OutputError: it could not be written.
        """
        self._initializations += 1
        number = self._initializations
        name = _INITIALIZATION if number == 1 else _INITIALIZATION.replace(".", f"{number}.")
        self._initialization = self._store(name, data)[0]

    def add(
        self,
        data: Iterable[Buffer],
        facts: SegmentFacts,
        *,
        program_date_time: datetime | None = None,
        is_discontinuous: bool = False,
    ) -> StreamSegment:
        """Write a segment and list it.

        Args:
            facts: by ``segment_facts``. program_date_time, is_discontinuous: as of ``StreamSegment``.

        Raises:
            InvalidStateError: there is no initialization segment yet, or parts of another segment are out.
            OutputError: it could not be written; it is not listed.
        """
        if self._facts:
            raise InvalidStateError("parts of a segment are out.", hint="Call end_segment() first.")
        made = self._list(data, facts, program_date_time, is_discontinuous)
        self._update()
        return made

    def _list(
        self, data: Iterable[Buffer], facts: SegmentFacts, program_date_time: datetime | None, is_discontinuous: bool
    ) -> StreamSegment:
        initialization = None if self._is_text else self._require_initialization()
        key = None
        if self._cipher is not None:
            encrypted, key = self._cipher.encrypt(data, self.playlist.next_sequence)
            data = [encrypted]
        resource, size = self._store(f"{self._number + 1:05d}.{self._ending}", data)
        made = StreamSegment(
            resource,
            facts.duration,
            size,
            initialization,
            start=facts.start,
            is_independent=facts.is_independent,
            first_picture=facts.first_picture,
            program_date_time=program_date_time,
            is_discontinuous=is_discontinuous,
            key=key,
        )
        self.playlist.add_segment(made)
        self._number += 1
        return made

    def add_part(self, data: Iterable[Buffer], facts: SegmentFacts) -> None:
        """Write a part of the next segment and announce it, and the one that follows.

        Raises:
            InvalidArgumentError: the part is too long.
            InvalidStateError: parts are not offered, or not possible: in one file, encrypted, before ``initialize``.
            OutputError: it could not be written; it is not announced.
        """
        self._require_initialization()
        if self._in_one_file or self._cipher is not None:
            raise InvalidStateError("parts are written for segments that are clear files of their own.")
        pieces = [bytes(piece) for piece in data]
        name = self._part_name(len(self._facts))
        self._old_parts.append((self._number + 1, name))
        part = StreamPart(Resource(name), facts.duration, facts.is_independent)
        self.playlist.check_part(part)
        self._store(name, pieces)
        self._pieces += pieces
        self._facts.append(facts)
        self.playlist.add_part(part)
        self.playlist.hint(Resource(self._part_name(len(self._facts))))
        self._write_playlist()

    def end_segment(self, *, program_date_time: datetime | None = None) -> StreamSegment:
        """Write and list the segment whose parts are out.

        Raises:
            InvalidStateError: there are none.
            OutputError: it could not be written.
        """
        if not self._facts:
            raise InvalidStateError("no parts of a segment are out.", hint="Call add_part() first, or add().")
        first = self._facts[0]
        whole = replace(first, duration=sum((each.duration for each in self._facts), Fraction(0)))
        made = self._list(self._pieces, whole, program_date_time, False)
        self._pieces, self._facts = [], []
        self.playlist.hint(Resource(self._part_name(0)))
        self._update()
        return made

    def finish(self) -> None:
        """List what is left and write the last playlist.

        Raises:
            OutputError: it could not be written.
        """
        if self._facts:
            self.end_segment()
        self.playlist.finish()
        self._write_playlists()

    def _part_name(self, part: int) -> str:
        return f"{self._number + 1:05d}.{part}.m4s"

    def _require_initialization(self) -> Resource:
        if self._initialization is None:
            raise InvalidStateError("there is no initialization segment yet.", hint="Call initialize() first.")
        return self._initialization

    def _store(self, name: str, data: Iterable[Buffer]) -> tuple[Resource, int]:
        if self._in_one_file:
            place: ByteRange = self._output.append(f"{self.name}/{_ONE_FILE}", data)
            return Resource(_ONE_FILE, place), place.length
        return Resource(name), self._output.write(f"{self.name}/{name}", data)

    def _update(self) -> None:
        if self.playlist.playlist_type is not PlaylistType.VOD:
            self._write_playlists()
        for segment in self.playlist.expired():
            self._output.remove(f"{self.name}/{segment.resource.uri}")
        # Parts are listed for three target durations, and somebody may still be fetching those of before.
        while self._old_parts and self._old_parts[0][0] < self._number - 2 * self.playlist.segments_with_parts:
            self._output.remove(f"{self.name}/{self._old_parts.pop(0)[1]}")

    def _write_playlist(self) -> None:
        self._output.write(f"{self.name}/{PLAYLIST}", [self.playlist.text().encode()])

    def _write_playlists(self) -> None:
        self._write_playlist()
        if self._has_pictures and any(segment.picture for segment in self.playlist.segments):
            self._output.write(f"{self.name}/{PICTURES}", [self.playlist.i_frame_text().encode()])
