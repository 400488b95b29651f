"""The engine of films in segments: a file's writer whose file is a queue.

It makes the initialization segment when the first piece of media ends, a report of what is in each, and a whole segment
of its parts; and it counts what went through, for the writer's own report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from reelwright.containers.fragmented import MediaSegment, SegmentTrack, SegmentWriter
from reelwright.containers.movie import Buffer, Chunk, MovieSummary, MovieTrack, TrackOptions, TrackSummary
from reelwright.model.segments import (
    Segment,
    SegmentReport,
    SegmentReportSampleInformation,
    SegmentTrackReport,
    SegmentType,
)
from reelwright.model.time import Time
from reelwright.writing.segment_plan import SegmentPlan
from reelwright.writing.segment_queue import SegmentQueue

__all__ = ["SegmentEngine"]


@dataclass(slots=True)
class _Written:
    """What went through of a track."""

    samples: int = 0
    chunks: int = 0
    bytes: int = 0
    duration: Fraction = Fraction(0)
    first: Fraction | None = None

    def add(self, chunk: Chunk) -> None:
        total = chunk.durations * chunk.count if isinstance(chunk.durations, int) else sum(chunk.durations)
        self.samples += chunk.count
        self.chunks += 1
        self.bytes += chunk.payload_size
        self.duration += Fraction(total, chunk.timescale)
        if self.first is None:
            offset = chunk.offsets if isinstance(chunk.offsets, int) else chunk.offsets[0]
            self.first = Fraction(chunk.decode + offset, chunk.timescale)


@dataclass(slots=True)
class _Open:
    """The parts of a segment that is not complete."""

    pieces: list[Buffer] = field(default_factory=list)
    reports: list[SegmentReport] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    sequence_number: int = 0


class SegmentEngine:
    """A ``FileWriter`` that writes to a queue; ``end_piece`` between the chunks of two pieces."""

    def __init__(self, plan: SegmentPlan, queue: SegmentQueue) -> None:
        self._plan = plan
        self._queue = queue
        self._writer = SegmentWriter(plan.profile, created=plan.created, first_sequence_number=plan.sequence_number)
        self._tracks: list[MovieTrack] = []
        self._written: dict[int, _Written] = {}
        self._is_announced = False
        self._number = 0
        self._open = _Open()
        self._size = 0

    def add_track(self, options: TrackOptions, media_time_scale: int = 0) -> MovieTrack:
        track = self._writer.add_track(options, media_time_scale)
        self._tracks.append(track)
        self._written[track.track_id] = _Written()
        return track

    def begin(self) -> None:
        """Nothing can be said before the formats are known."""

    def write_chunk(self, track: MovieTrack, chunk: Chunk) -> None:
        self._writer.write_chunk(track, chunk)
        self._written[track.track_id].add(chunk)

    def end_piece(self, *, ends_segment: bool, is_last: bool = False) -> None:
        """What was written since the last call is a segment, or the next part of one."""
        if not self._is_announced and any(written.samples for written in self._written.values()):
            self._announce()
        is_part = self._plan.part is not None
        made = self._writer.end_segment(is_part=is_part, is_last=is_last) if self._is_announced else None
        if made is not None:
            self._size += made.size
            if is_part:
                self._put_part(made)
            else:
                self._put(made.buffers, _report(made, self._tracks), made.sequence_number, is_last=is_last)
        if ends_segment and self._open.reports:
            whole, self._open = self._open, _Open()
            self._put(whole.pieces, _joined(whole), whole.sequence_number, is_last=is_last)

    def _announce(self) -> None:
        tracks = (
            SegmentTrackReport(track_id=track.track_id, media_type=track.options.media_type, format=track.formats[0])
            for track in self._tracks
            if track.is_described
        )
        kind = SegmentType.INITIALIZATION
        buffers = self._writer.initialization()
        report = SegmentReport(segment_type=kind, track_reports=tuple(tracks))
        self._size += sum(map(len, buffers))
        self._queue.put(Segment(data=b"", segment_type=kind, report=report), buffers)
        self._is_announced = True

    def _put_part(self, made: MediaSegment) -> None:
        report, open = _report(made, self._tracks), self._open
        part = Segment(
            data=b"",
            segment_type=SegmentType.SEPARABLE,
            report=report,
            number=self._number,
            sequence_number=made.sequence_number,
            part=len(open.reports),
        )
        self._queue.put(part, made.buffers)
        open.sequence_number = open.sequence_number or made.sequence_number
        open.offsets.append(sum(len(piece) for piece in open.pieces))
        open.pieces += made.buffers
        open.reports.append(report)

    def _put(self, pieces: Iterable[Buffer], report: SegmentReport, sequence_number: int, *, is_last: bool) -> None:
        segment = Segment(
            data=b"",
            segment_type=SegmentType.SEPARABLE,
            report=report,
            number=self._number,
            sequence_number=sequence_number,
            is_last=is_last,
        )
        self._queue.put(segment, pieces)
        self._number += 1

    def finish(self, *, session_start: Time | None, session_end: Time | None, header_first: bool) -> MovieSummary:
        """Hand out the last segment."""
        self.end_piece(ends_segment=True, is_last=True)
        zero = Fraction(0) if session_start is None else session_start.fraction
        tracks = tuple(self._summary(track, zero) for track in self._tracks)
        ends = (
            track.presented_start + track.presented_duration for track in tracks if track.presented_start is not None
        )
        return MovieSummary(
            header_method="segments",
            movie_time_scale=max((track.media_time_scale for track in self._tracks), default=1),
            duration=max(ends, default=Fraction(0)),
            bytes=self._size,
            tracks=tracks,
        )

    def _summary(self, track: MovieTrack, zero: Fraction) -> TrackSummary:
        written = self._written[track.track_id]
        hidden = track.trim_start.fraction + track.trim_end.fraction
        return TrackSummary(
            track_id=track.track_id,
            media_type=track.options.media_type,
            samples=written.samples,
            chunks=written.chunks,
            bytes=written.bytes,
            media_time_scale=track.media_time_scale,
            media_duration=written.duration,
            presented_start=None if written.first is None else written.first + track.trim_start.fraction - zero,
            presented_duration=max(Fraction(0), written.duration - hidden),
            largest_rounding=track.table.time_line.largest_rounding,
            edit_rounding=Fraction(0),
            edits=0,
            is_written=track.is_described,
        )


def _report(made: MediaSegment, tracks: Sequence[MovieTrack]) -> SegmentReport:
    formats = {track.track_id: track.formats[0] for track in tracks if track.is_described}
    reports = tuple(_track_report(found, formats) for found in made.tracks)
    return SegmentReport(segment_type=SegmentType.SEPARABLE, track_reports=reports)


def _track_report(found: SegmentTrack, formats: dict[int, Any]) -> SegmentTrackReport:
    first = found.first_sample
    return SegmentTrackReport(
        track_id=found.track_id,
        media_type=found.media_type,
        earliest_presentation_time_stamp=found.earliest_presentation,
        duration=found.duration,
        first_video_sample_information=None
        if first is None
        else SegmentReportSampleInformation(
            presentation_time_stamp=first.presentation,
            offset=first.offset,
            length=first.length,
            is_sync_sample=first.is_sync,
        ),
        sample_count=found.samples,
        late_by=found.late_by,
        format=formats.get(found.track_id),
    )


def _joined(open: _Open) -> SegmentReport:
    """The report of a segment whose parts have one each."""
    found: dict[int, SegmentTrackReport] = {}
    for offset, report in zip(open.offsets, open.reports, strict=True):
        for track in report.track_reports:
            before = found.get(track.track_id)
            found[track.track_id] = _moved(track, offset) if before is None else _extended(before, track)
    return SegmentReport(segment_type=SegmentType.SEPARABLE, track_reports=tuple(found.values()))


def _moved(track: SegmentTrackReport, offset: int) -> SegmentTrackReport:
    first = track.first_video_sample_information
    if first is None or not offset:
        return track
    return replace(track, first_video_sample_information=replace(first, offset=first.offset + offset))


def _extended(track: SegmentTrackReport, more: SegmentTrackReport) -> SegmentTrackReport:
    earliest = min(track.earliest_presentation_time_stamp, more.earliest_presentation_time_stamp)
    return replace(
        track,
        earliest_presentation_time_stamp=earliest,
        duration=track.duration + more.duration,
        sample_count=track.sample_count + more.sample_count,
    )
