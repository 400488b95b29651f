"""Segments for streaming: an initialization segment, then media segments of one ``moof`` and one ``mdat`` each.

Nothing is written anywhere: a segment is handed out as buffers, with a report of what is in it, and forgotten. Times
are those of the source's time line, as HTTP Live Streaming and DASH have it; what decodes before the first presentation
needs room there, so a stream had better not begin at 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction

from reelwright.isobmff.box import Box, Buffer, fourcc, u32
from reelwright.isobmff.edits import Edit, EditPlan
from reelwright.isobmff.fragment_boxes import Subsegment, producer_time, segment_index, segment_type
from reelwright.isobmff.fragment_media import FragmentMedia, TrackClock, Trafs, fragment_header
from reelwright.isobmff.fragment_opening import check_description, ticks, time_scale_of, unfilled_header
from reelwright.isobmff.headers import seconds_since_1904
from reelwright.isobmff.movie_plan import choose_movie_time_scale
from reelwright.isobmff.sample_table import Chunk
from reelwright.isobmff.segment_brands import initialization_type_box, segment_brands
from reelwright.isobmff.segment_report import SegmentSample, SegmentTrack, report_track
from reelwright.isobmff.track import MovieTrack, TrackOptions, presentation_time
from reelwright.model.errors import FrameError, InvalidArgumentError, InvalidStateError, ReelwrightError, TimestampError
from reelwright.model.kinds import FileType, FileTypeProfile, MediaType
from reelwright.storage.spill import Spill

__all__ = ["MediaSegment", "SegmentSample", "SegmentTrack", "SegmentWriter"]

_IN_MEMORY = 1 << 62
_MDAT = 8
_MOST_BYTES = 1 << 30  # of a segment, which waits in memory and whose places are counted in 31 bits


@dataclass(frozen=True, slots=True)
class MediaSegment:
    """A segment as it is to be sent or stored.

    Attributes:
        buffers: its bytes in pieces. size: their number.
        sequence_number: of its ``moof``. tracks: what is in it, in the order of the tracks.
    """

    buffers: tuple[Buffer, ...]
    size: int
    sequence_number: int
    tracks: tuple[SegmentTrack, ...]


class SegmentWriter:
    """Makes segments: the calls are ``add_track``, ``write_chunk`` for some media, ``initialization`` once, and then
    ``end_segment`` and ``write_chunk`` in turn.

    Where a segment begins is the caller's business: at a sync sample of the pictures, for players to be able to start
    with it. Sample descriptions and time scales are settled by ``initialization``.

    Args:
        profile: which rules the segments keep. ``MPEG4_APPLE_HLS``: composition offsets are not negative, pictures and
            sound may share segments, there are no edits, and priming of sound comes before its first presentation.
            ``MPEG4_CMAF_COMPLIANT``: one track; a segment's first picture is shown at its decode time, priming is
            behind an edit.
        created: as of ``MovieWriter``. first_sequence_number: of the first segment, from 1.
        has_type_box: begin segments with ``styp``. has_index: give each a ``sidx``.

    Raises:
        InvalidArgumentError: a sequence number or date that cannot be written.
    """

    def __init__(
        self,
        profile: FileTypeProfile,
        *,
        created: datetime | None = None,
        first_sequence_number: int = 1,
        has_type_box: bool = False,
        has_index: bool = False,
    ) -> None:
        if not 1 <= first_sequence_number < 1 << 32:
            raise InvalidArgumentError(f"sequence number {first_sequence_number} is not within 1 … 2³² − 1.")
        self._profile = profile
        self._created = seconds_since_1904(datetime.now(UTC) if created is None else created)
        self._sequence_number = first_sequence_number
        self._has_type_box = has_type_box
        self._has_index = has_index
        self._tracks: list[MovieTrack] = []
        self._media = FragmentMedia(Spill(None, limit=None, budget=_IN_MEMORY).queue(), closes_holes=True)
        self._clocks: dict[int, TrackClock] = {}
        self._initialization: tuple[Buffer, ...] = ()
        self._hidden: dict[int, int] = {}  # media ticks behind the edit, by track id
        self._anchors: set[int] = set()  # tracks that have had samples
        self._late: Fraction | None = None  # seconds; known with the first segment

    @property
    def is_cmaf(self) -> bool:
        return self._profile is FileTypeProfile.MPEG4_CMAF_COMPLIANT

    def add_track(self, options: TrackOptions, media_time_scale: int = 0) -> MovieTrack:
        """As ``MovieWriter.add_track``.

        Raises:
            InvalidArgumentError: an option that cannot be written; a second track for CMAF.
            InvalidStateError: the initialization segment is made.
        """
        if self._clocks:
            raise InvalidStateError("add_track() is not possible: the initialization segment is made.")
        if self.is_cmaf and self._tracks:
            raise InvalidArgumentError(
                "a CMAF track file holds one track (ISO/IEC 23000-19, 7.3.1).",
                hint="Use a writer for each track, or the profile MPEG4_APPLE_HLS.",
            )
        track = MovieTrack(len(self._tracks) + 1, options, FileType.MP4, media_time_scale)
        self._tracks.append(track)
        return track

    def write_chunk(self, track: MovieTrack, chunk: Chunk) -> None:
        """Take a chunk for the segment that is being collected; its payload is copied.

        Raises:
            FrameError, TimestampError: as ``FragmentedMovieWriter.write_chunk``.
            InvalidStateError: the segment would have more than 1 GiB.
        """
        try:
            track.check(chunk)
            self._require_room(chunk)
            if self._clocks:
                check_description(self._clocks, track, chunk)
            times = track.append(chunk, 0)
        except ReelwrightError as error:
            error.about(track=track.track_id, time=presentation_time(chunk))
            raise
        self._media.add(chunk, track, times)

    def _require_room(self, chunk: Chunk) -> None:
        if self._media.payload + chunk.payload_size > _MOST_BYTES:
            raise InvalidStateError(
                f"the segment would have more than {_MOST_BYTES:,} bytes.",
                hint="End segments more often: by flush_segment(), a shorter interval, or more sync samples.",
            )

    def initialization(self) -> tuple[Buffer, ...]:
        """The initialization segment: ``ftyp`` and a ``moov`` without samples. Formats and priming must be known.

        The first call settles what the segments have in common; later ones give the same bytes.

        Raises:
            InvalidStateError: a track has no sample description yet.
        """
        if not self._initialization:
            self._initialization = self._settled()
        return self._initialization

    def _settled(self) -> tuple[Buffer, ...]:
        for track in self._tracks:
            if not track.is_described:
                raise InvalidStateError(
                    f"track {track.track_id} ({track.options.media_type.name.lower()}) has no sample description yet.",
                    hint="Give the input a source_format_hint or a first sample.",
                )
        for track in self._tracks:
            scale = time_scale_of(track)
            self._hidden[track.track_id] = ticks(track.trim_start.fraction, scale) if self.is_cmaf else 0
            self._clocks[track.track_id] = TrackClock(track, 0, 0, scale, len(track.formats))
        header = unfilled_header(
            self._clocks,
            {track_id: self._edits(track_id) for track_id in self._clocks},
            created=self._created,
            time_scale=choose_movie_time_scale(self._tracks),
            next_track_id=len(self._tracks) + 1,
            duration=None,
        )
        formats = [format for track in self._tracks for format in track.formats]
        return (*initialization_type_box(self._profile, formats).buffers(), *header.buffers())

    def _edits(self, track_id: int) -> EditPlan:
        hidden = self._hidden[track_id]
        return EditPlan((Edit(0, hidden),)) if hidden else EditPlan()

    # Where the file's time line lies

    def _anchor(self) -> None:
        """Settle how the times of tracks that came are counted, so that the first of them is not before 0."""
        fresh = [track for track in self._tracks if track.sample_count and track.track_id not in self._anchors]
        anchors = {track.track_id: self._anchored(track) for track in fresh}
        early = {
            track_id: Fraction(clock.base - clock.track.table.time_line.stretches[0].source, clock.time_scale)
            for track_id, clock in anchors.items()
        }
        if self._late is None:
            self._late = max(Fraction(0), *early.values())
        for track_id, clock in anchors.items():
            if early[track_id] > self._late:
                raise TimestampError(
                    f"the track's first sample decodes {early[track_id]} s before 0.",
                    hint="Begin the stream at a later moment of its time line, for example at 10 s.",
                    track=track_id,
                )
            late = ticks(self._late, clock.time_scale)
            self._clocks[track_id] = replace(clock, base=clock.base - late)
            self._anchors.add(track_id)

    def _anchored(self, track: MovieTrack) -> TrackClock:
        clock = self._clocks[track.track_id]
        if not self.is_cmaf:
            shift = track.table.composition_shift
        elif track.options.media_type is MediaType.VIDEO:
            # The first picture is shown when it is decoded: offsets become smaller, decode times later.
            shift = track.table.time_line.stretches[0].source - track.extents()[0].first
        else:
            return replace(clock, base=-self._hidden[track.track_id])
        return replace(clock, base=shift, shift=shift)

    # Segments

    def end_segment(
        self, *, is_part: bool = False, is_last: bool = False, produced: datetime | None = None
    ) -> MediaSegment | None:
        """Make a segment of the chunks since the last one; None when there were none.

        Args:
            is_part: it is a part of a segment, for low latency; only its first part must start with a sync sample.
            is_last: nothing will follow.
            produced: when its first sample was made, to be told by ``prft``.

        Raises:
            InvalidStateError: ``initialization`` was not called.
            TimestampError: a track that came later decodes before 0.
        """
        if not self._clocks:
            raise InvalidStateError("a segment needs initialization() before it.")
        if not self._media:
            return None
        self._anchor()
        self._media.lay_out(0)
        trafs = self._media.trafs(self._clocks)
        if self.is_cmaf:
            self._require_one_description(trafs)
        head = [self._producer_time(trafs, produced)] if produced is not None else []
        length = self._fragment(trafs, 0).size + _MDAT
        mdat = u32(self._media.length + _MDAT) + fourcc("mdat")
        fragment = [*head, self._fragment(trafs, length).render(), mdat, *self._media.drain()]
        before = self._before(trafs, fragment, is_part=is_part, is_last=is_last)
        media = sum(map(len, [*before, *head])) + length
        buffers = (*before, *fragment)
        made = MediaSegment(buffers, sum(map(len, buffers)), self._sequence_number, self._report(trafs, media))
        self._next()
        return made

    def _next(self) -> None:
        self._media.clear()
        for track in self._tracks:
            track.table.forget()
        self._sequence_number = self._sequence_number % ((1 << 32) - 1) + 1

    @staticmethod
    def _require_one_description(trafs: Trafs) -> None:
        for track_id, groups in trafs.items():
            if len(groups) > 1:
                raise FrameError(
                    "a CMAF segment cannot hold two sample descriptions.",
                    hint="End the segment before the format changes.",
                    track=track_id,
                )

    def _fragment(self, trafs: Trafs, start: int) -> Box:
        return fragment_header(trafs, self._clocks, self._sequence_number, base=None, start=start)

    def _producer_time(self, trafs: Trafs, produced: datetime) -> bytes:
        track_id = self._leading(trafs)
        return producer_time(track_id, produced, trafs[track_id][0][0].decode).render()

    def _before(self, trafs: Trafs, fragment: Sequence[Buffer], *, is_part: bool, is_last: bool) -> list[bytes]:
        """What may stand before the fragment: ``styp``, ``sidx``."""
        made = []
        if self._has_type_box:
            brands = segment_brands(self._profile, is_part=is_part, is_last=is_last, is_indexed=self._has_index)
            made.append(segment_type(brands).render())
        if self._has_index:
            (leading,) = self._report({track_id: trafs[track_id] for track_id in [self._leading(trafs)]}, 0)
            first = leading.first_sample
            whole = Subsegment(sum(map(len, fragment)), leading.duration.value, first is None or first.is_sync)
            earliest = leading.earliest_presentation
            made.append(segment_index(leading.track_id, earliest.timescale, earliest.value, [whole]).render())
        return made

    def _leading(self, trafs: Trafs) -> int:
        """The track by which a segment is counted: the first with pictures, or the first."""
        pictures = (number for number in trafs if self._clocks[number].track.options.media_type is MediaType.VIDEO)
        return next(pictures, next(iter(trafs)))

    def _report(self, trafs: Trafs, media: int) -> tuple[SegmentTrack, ...]:
        late = self._late or Fraction(0)
        return tuple(
            report_track(
                self._clocks[track_id],
                [run for runs in groups for run in runs],
                hidden=self._hidden[track_id],
                late=ticks(late, self._clocks[track_id].time_scale),
                media=media,
            )
            for track_id, groups in trafs.items()
        )
