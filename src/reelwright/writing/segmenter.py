"""Films in segments: they go to nowhere but a queue, which a delegate's thread or an iterator empties.

Where segments are cut is AVFoundation's rule. Of a number of seconds, all tracks follow one grid on the source's time
line, and pictures that are encoded get their key frames where it cuts. Without one, the client says where; what is
appended from then on belongs to the next segment, however long it takes until it arrives here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from reelwright.containers.fragmented import MediaSegment, SegmentTrack, SegmentWriter
from reelwright.containers.movie import Buffer, Chunk, MovieSummary, MovieTrack, TrackOptions, TrackSummary
from reelwright.model.errors import InvalidStateError, ReelwrightError
from reelwright.model.kinds import FileTypeProfile, MediaType
from reelwright.model.segments import (
    Segment,
    SegmentReport,
    SegmentReportSampleInformation,
    SegmentTrackReport,
    SegmentType,
)
from reelwright.model.time import Time
from reelwright.writing.feed import Divider, Period, TrackFeed
from reelwright.writing.interleaver import Division, Interleaver
from reelwright.writing.periods import Cadence, Crossing, GridDivider, MarkedDivider
from reelwright.writing.segment_queue import SegmentQueue
from reelwright.writing.stall import StallWatch

if TYPE_CHECKING:
    from reelwright.writing.asset_writer import AssetWriter
    from reelwright.writing.input import AssetWriterInput

__all__ = ["AssetWriterDelegate", "SegmentEngine", "SegmentPlan", "SegmentStream"]

_USUAL = Time(6, 1)  # seconds of a segment, as Apple recommends for HTTP Live Streaming


class AssetWriterDelegate(Protocol):
    """Who is given segments (``AVAssetWriterDelegate``)."""

    def did_output_segment_data(
        self, writer: AssetWriter, data: bytes, segment_type: SegmentType, report: SegmentReport
    ) -> object:
        """A segment is ready. Called in a thread of its own, one segment after the other; what it raises fails the
        writer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPlan:
    """What the segments are to be, as the writer was configured.

    Attributes:
        profile: whose rules they keep. interval: seconds; None where the client says where they end.
        start: the moment of the source's time line from which intervals are counted. part: seconds of a part, or None.
        sequence_number: of the first. created: as of the writer.
    """

    profile: FileTypeProfile
    interval: Fraction | None
    start: Fraction = Fraction(0)
    part: Fraction | None = None
    sequence_number: int = 1
    created: datetime | None = None

    @classmethod
    def of(cls, writer: AssetWriter) -> SegmentPlan:
        """The plan that a writer's settings make.

        Raises:
            InvalidStateError: they contradict each other, or its inputs (-11875).
        """
        given, part = writer.preferred_output_segment_interval, writer.preferred_output_part_interval
        profile = writer.output_file_type_profile or FileTypeProfile.MPEG4_APPLE_HLS
        interval = None if given.is_indefinite else (given if given.is_valid else _USUAL)
        _check_inputs(writer.inputs, interval)
        if profile is FileTypeProfile.MPEG4_CMAF_COMPLIANT and len(writer.inputs) > 1:
            raise _wrong("a CMAF track file holds one track", "Use a writer for each input, or MPEG4_APPLE_HLS.")
        start = writer.initial_segment_start_time
        if interval is not None and not start.is_numeric:
            raise _wrong(
                "segments of a number of seconds are counted from initial_segment_start_time, which is not set",
                "Set it to the time of the first sample, in general the session's start.",
            )
        if part.is_valid and (interval is None or part >= interval):
            raise _wrong(
                f"parts of {part} do not fit into segments of {given}",
                "Set a preferred_output_segment_interval that is a few times as long.",
            )
        return cls(
            profile=profile,
            interval=None if interval is None else interval.fraction,
            start=start.fraction if start.is_numeric else Fraction(0),
            part=part.fraction if part.is_valid else None,
            sequence_number=writer.initial_movie_fragment_sequence_number,
            created=writer._created,
        )


def _check_inputs(inputs: Sequence[AssetWriterInput], interval: Time | None) -> None:
    kinds = [input.media_type for input in inputs]
    stored = [input for input in inputs if input.output_settings is None]
    if any(kind not in (MediaType.VIDEO, MediaType.AUDIO) for kind in kinds):
        raise _wrong("segments hold pictures and sound, nothing else", "Write other media by another writer.")
    if len(set(kinds)) < len(kinds):
        raise _wrong("segments hold one track of a kind", "Use a writer for each rendition.")
    if interval is None and len(stored) < len(inputs):
        raise _wrong(
            "only stored samples can be cut by flush_segment()",
            "Set a number of seconds, or leave out output settings.",
        )
    if interval is not None and stored and len(inputs) > 1:
        raise _wrong(
            "stored samples can be cut into segments of a number of seconds from one input only",
            "Use a writer for each input, or an indefinite interval with flush_segment().",
        )


def _wrong(what: str, hint: str) -> InvalidStateError:
    return InvalidStateError(f"{what}.", hint=hint, code=-11875)


# The engine --------------------------------------------------------------------------------------------------------


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


# The output --------------------------------------------------------------------------------------------------------


class SegmentStream:
    """Segments as the writer's output.

    Args:
        folder: for what waits and does not fit into memory. deliver: gives a segment to the delegate; None where there
            is none, and the queue is emptied by others.
        fail: told of what the delegate raises, from its thread. watch: ends waits for a delegate that hangs.
    """

    outlives_programs = False

    def __init__(
        self,
        plan: SegmentPlan,
        queue: SegmentQueue,
        *,
        folder: str | None,
        deliver: Callable[[Segment], object] | None,
        fail: Callable[[BaseException], None],
        watch: StallWatch,
    ) -> None:
        self.engine = SegmentEngine(plan, queue)
        self.division = Division(self._end_period, leads=self._leads)
        self._plan = plan
        self._queue = queue
        self._folder = folder
        self._deliver = deliver
        self._fail = fail
        self._watch = watch
        self._thread: threading.Thread | None = None
        self._leading: list[Divider] = []
        self._marks = 0
        interval = plan.interval
        self._cadence = None if interval is None else Cadence(interval, interval, plan.start)

    def key_moment(self) -> Callable[[Time], bool] | None:
        return None if self._cadence is None else Crossing(self._cadence)

    def divider(self, media_type: MediaType) -> Divider:
        divider: Divider
        if self._cadence is None:
            divider = MarkedDivider()
        else:
            divider = GridDivider(self._cadence, patience=None, part=self._plan.part)
        if media_type is MediaType.VIDEO:
            self._leading.append(divider)
        return divider

    def _leads(self, feed: TrackFeed) -> bool:
        return self._cadence is not None and feed.divider in self._leading

    def open(self) -> None:
        self._queue.open(self._folder)
        if self._deliver is not None:
            self._thread = threading.Thread(target=self._run, args=(self._deliver,), name="reelwright-segments")
            self._thread.daemon = True
            self._thread.start()

    def _run(self, deliver: Callable[[Segment], object]) -> None:
        while True:
            try:
                segment = self._queue.take()
            except ReelwrightError:
                return  # the writer has ended, and those who use it are told
            if segment is None:
                return
            try:
                if not segment.is_part:
                    deliver(segment)
            except BaseException as error:
                self._fail(error)
                return

    def begin_session(self, start: Fraction) -> Time | None:
        return None

    def write_chunk(self, track: Any, chunk: Chunk) -> None:
        self.engine.write_chunk(track, chunk)

    def _end_period(self, ended: Period, following: Period) -> None:
        self.engine.end_piece(ends_segment=ended[0] != following[0])

    def end_segment(self, interleaver: Interleaver, appended: Sequence[int]) -> None:
        self._marks += 1
        for feed, count in zip(interleaver.feeds, appended, strict=True):
            assert isinstance(feed.divider, MarkedDivider)
            feed.divider.mark(count)
            if feed.divider.is_past:
                feed.enter((self._marks, 0))
        interleaver.look()

    def settle(self) -> None:
        self._queue.end()
        self.join()

    def join(self) -> None:
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return

        def ended(seconds: float | None) -> bool:
            thread.join(seconds)
            return not thread.is_alive()

        self._watch.wait_for(ended)

    def commit(self) -> None:
        """Nothing to do: what was handed out is out."""

    def keep(self, error: ReelwrightError) -> None:
        """What was handed out is out."""

    def discard(self) -> None:
        """What was handed out is out."""
