"""The writer: one object writes one film, once.

It owns the file and the order of chunks; where it stands is the business of its ``Life``, and its inputs own everything
about their samples. One lock, ``_file``, guards interleaver and file.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import threading
import warnings
import weakref
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from reelwright.containers.engine import WrittenTrack
from reelwright.containers.movie import Chunk, MovieSummary, TrackOptions
from reelwright.containers.registry import alpha_refusal, container, refusal
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import (
    InvalidArgumentError,
    InvalidStateError,
    NotReadyError,
    OperationCancelledError,
    OutputError,
    ReelwrightError,
    SettingsError,
    StalledError,
    TimestampError,
)
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType, WriterStatus
from reelwright.model.pixel import PixelBufferAttributes
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time
from reelwright.storage.destination import open_destination
from reelwright.storage.spill import Spill, spill_folder
from reelwright.writing.failure import reason_of, stored
from reelwright.writing.feed import Sample, TrackFeed
from reelwright.writing.input import AssetWriterInput
from reelwright.writing.interleaver import Interleaver
from reelwright.writing.lanes import codec_of, resolve_settings
from reelwright.writing.life import Life
from reelwright.writing.outputs import NOWHERE, make_output
from reelwright.writing.report import WritingReport, make_report
from reelwright.writing.stall import Stalled, StallWatch
from reelwright.writing.states import Action, Outcome, Phase
from reelwright.writing.writer_settings import WriterSettings

if TYPE_CHECKING:
    from reelwright.model.segments import Segment
    from reelwright.writing.output import Output
    from reelwright.writing.receivers import PixelBufferReceiver, SampleBufferReceiver
    from reelwright.writing.segment_queue import SegmentQueue
    from reelwright.writing.segmenter import AssetWriterDelegate

__all__ = ["AssetWriter"]


class AssetWriter(WriterSettings):
    """Writes one film (``AVAssetWriter``).

    Args:
        target: a path, a ``file://`` URL, or a writable binary file object. One that only takes bytes (a pipe, a
            socket, a file opened to append) gets a movie in fragments.
        file_type: the container; inferred from a path's suffix when left out.
        overwrite: replace an existing file, but not before the new one is whole.
        durable: have the finished file synced to the disk before ``finish_writing`` returns.
        created: the date in the file's headers, with a time zone; None for the moment of the start.
        stall_timeout: seconds; see the property.

    >>> with AssetWriter("film.mp4") as writer:
    ...     video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, 640, 480))
    ...     writer.add(video)
    ...     writer.start_writing()
    ...     writer.start_session(0)
    ...     for index, frame in enumerate(frames):
    ...         video.append(frame, Time(index, 30))

    Leaving the ``with`` block finishes the film, unless that was done inside; an exception leaving it cancels, and
    nothing is left. Used without ``with``, every writer that was started must be finished or cancelled.

    Raises:
        InvalidArgumentError: a target that cannot be written whatever happens, or an unknown file type.
    """

    Status = WriterStatus

    def __init__(
        self,
        target: str | os.PathLike[str] | io.IOBase | Any,
        file_type: FileType | str | None = None,
        *,
        overwrite: bool = False,
        durable: bool = False,
        created: datetime | None = None,
        stall_timeout: float | None = None,
    ) -> None:
        if target is not NOWHERE:  # what can never be right is said now
            open_destination(target, overwrite=overwrite, growing=True)
        self._file_type = _file_type(target, file_type)
        if target is not NOWHERE and not container(self._file_type).is_movie:
            open_destination(target, overwrite=overwrite)
        self._segments: SegmentQueue | None = None  # where the film is made in segments
        self._target = target
        self._overwrite = overwrite
        self._durable = durable
        self._created = created
        self._inputs: list[AssetWriterInput] = []
        self._life = Life()
        self.stall_timeout = stall_timeout
        self._watch = StallWatch()
        self._file = threading.RLock()
        self._owes_discard = False  # a thread hung while it wrote, and nothing could be deleted
        self._awaits_requests = True  # until finish_writing has seen the last call of every request block
        self._report: WritingReport | None = None
        self._session_start: Time | None = None
        self._session_end: Time | None = None
        self._delegate: weakref.ref[AssetWriterDelegate] | None = None
        self._formats_due: Time | None = None  # when all formats must be known, until they are
        self._output: Output | None = None
        self._interleaver: Interleaver | None = None
        self._spill: Spill | None = None

    @classmethod
    def for_segments(
        cls,
        content_type: FileType | str = FileType.MP4,
        *,
        created: datetime | None = None,
        stall_timeout: float | None = None,
    ) -> Self:
        """A writer whose film goes nowhere but, in segments, to ``delegate`` or whoever iterates over ``segments()``.

        Args:
            content_type: of the segments; MPEG-4 is the only one. created, stall_timeout: as of every writer.

        >>> writer = AssetWriter.for_segments()
        >>> writer.preferred_output_segment_interval = 6
        >>> writer.initial_segment_start_time = 10

        Raises:
            InvalidArgumentError: another content type.
        """
        if FileType(content_type) is not FileType.MP4:
            raise InvalidArgumentError(
                f"there are no segments of {FileType(content_type).value}.", hint="Use FileType.MP4."
            )
        from reelwright.writing.segment_queue import SegmentQueue

        writer = cls(NOWHERE, content_type, created=created, stall_timeout=stall_timeout)
        queue = writer._segments = SegmentQueue()
        forgotten = OperationCancelledError("the writer was forgotten before it was finished.")
        weakref.finalize(writer, queue.end, forgotten)  # or whoever iterates would wait for ever
        return writer

    # ------------------------------------------------------------------ what it is

    @property
    def output_url(self) -> str | None:
        """Where the film goes, as given; None for file objects."""
        return os.fspath(self._target) if isinstance(self._target, (str, os.PathLike)) else None

    @property
    def output_file_type(self) -> FileType:
        return self._file_type

    @property
    def available_media_types(self) -> tuple[MediaType, ...]:
        """Kinds of tracks the container holds."""
        return tuple(kind for kind in MediaType if kind in container(self._file_type).media_types)

    @property
    def status(self) -> WriterStatus:
        """Where the writer stands; may be read from any thread."""
        return self._life.status

    @property
    def error(self) -> ReelwrightError | None:
        """Why it failed; None unless ``status`` is FAILED."""
        return self._life.error

    @property
    def inputs(self) -> tuple[AssetWriterInput, ...]:
        """Its inputs in the order they were added: track 1, 2 …"""
        return tuple(self._inputs)

    @property
    def report(self) -> WritingReport | None:
        """What ``finish_writing`` returned; None before."""
        return self._report

    @property
    def delegate(self) -> AssetWriterDelegate | None:
        """Who is given segments (``AVAssetWriterDelegate``), in a thread of its own; kept weakly, as AVFoundation does.
        None leaves them to ``segments()``."""
        return None if self._delegate is None else self._delegate()

    @delegate.setter
    def delegate(self, value: AssetWriterDelegate | None) -> None:
        self._judge(Action.CONFIGURE, "set delegate")
        if value is not None and not callable(getattr(value, "did_output_segment_data", None)):
            raise InvalidArgumentError(
                f"{value!r} has no method did_output_segment_data.", hint="See AssetWriterDelegate."
            )
        self._delegate = None if value is None else weakref.ref(value)

    # ------------------------------------------------------------------ inputs

    def can_apply(
        self, output_settings: VideoSettings | AudioSettings | Mapping[str, Any] | None, media_type: MediaType | str
    ) -> bool:
        """Whether the container can hold a track of that kind with that encoding; None asks for stored samples."""
        kind = MediaType(media_type)
        try:
            settings = resolve_settings(kind, output_settings, None)
        except SettingsError:
            return False
        return self._container_refusal(kind, settings, None) is None

    def can_add(self, input: AssetWriterInput) -> bool:
        """Whether ``add`` would take this input now."""
        return self._life.phase is Phase.UNKNOWN and self._refusal(input) is None

    def add(self, input: AssetWriterInput) -> None:
        """Attach an input, before ``start_writing``; it becomes the next track.

        Raises:
            InvalidStateError: writing has started, or the input belongs to a writer already.
            SettingsError: the container cannot carry its kind or encoding.
            InvalidArgumentError: stored samples outside ``.mov`` without a source format hint.
        """
        self._judge(Action.ADD)
        error = self._refusal(input)
        if error is not None:
            raise error
        input._attach(self)
        self._inputs.append(input)

    def _refusal(self, input: AssetWriterInput) -> ReelwrightError | None:
        if input._writer is not None:
            return InvalidStateError("the input belongs to a writer already.", hint="Make a new input for each track.")
        hint = input.source_format_hint
        found = self._container_refusal(input.media_type, input.output_settings, hint)
        is_unknown = input.output_settings is None and hint is None
        if found is None and is_unknown and container(self._file_type).needs_format_hint:
            return InvalidArgumentError(
                f"to store samples as they are in {self._file_type.value}, the input needs a source_format_hint.",
                hint="Pass source_format_hint=FormatDescription(…) to AssetWriterInput.",
            )
        return found

    def _container_refusal(
        self, kind: MediaType, settings: VideoSettings | AudioSettings | None, hint: FormatDescription | None
    ) -> SettingsError | None:
        codec = codec_of(settings, hint)
        found = refusal(self._file_type, kind, codec, is_encoded=settings is not None)
        keeps_alpha = isinstance(settings, VideoSettings) and settings.compression.preserve_alpha_channel
        return alpha_refusal(self._file_type, codec) if found is None and keeps_alpha else found

    def input_receiver(self, input: AssetWriterInput) -> SampleBufferReceiver:
        """Attach an input and return the object through which sample buffers are pushed to it with ``await``."""
        from reelwright.writing.receivers import SampleBufferReceiver

        self.add(input)
        return SampleBufferReceiver(input)

    def input_pixel_buffer_receiver(
        self, input: AssetWriterInput, pixel_buffer_attributes: PixelBufferAttributes | Mapping[str, Any] | None = None
    ) -> PixelBufferReceiver:
        """Attach a video input and return the object through which pictures are pushed to it with ``await``."""
        from reelwright.writing.receivers import PixelBufferReceiver

        receiver = PixelBufferReceiver(input, pixel_buffer_attributes)
        self.add(input)
        return receiver

    # ------------------------------------------------------------------ control

    def start_writing(self) -> bool:
        """Take the output's name, create the file, and make every input ready. Returns True.

        Raises:
            OutputExistsError: there is a file of that name and ``overwrite`` was not set.
            OutputError: the folder is missing or may not be written.
            EncoderNotFoundError: no encoder for an input's codec.
            InvalidStateError: called before, or no input was added.
        """
        with self._file:
            self._judge(Action.START)
            try:
                self._open()
            except BaseException as error:
                self._fail(error)
                raise self._failure(error) from reason_of(error)
        return True

    def start(self) -> None:
        """The same as ``start_writing``."""
        self.start_writing()

    def _open(self) -> None:
        if not self._inputs:
            raise InvalidStateError("the writer has no inputs.", hint="Call add(input) first.", code=-11875)
        self._watch = StallWatch(self.stall_timeout)
        output = self._output = make_output(self)
        clocks = [input._make_clock() for input in self._inputs]
        for number, (input, clock) in enumerate(zip(self._inputs, clocks, strict=True), start=1):
            try:
                input._prepare_lane(clock, partial(self._describe, input), self._watch, output.key_moment())
            except ReelwrightError as error:
                error.about(track=number)
                raise
        output.open()
        limit = self.spill_limit if self._segments is None else None  # those cannot be out of turn
        self._spill = Spill(spill_folder(self._target, self.directory_for_temporary_files), limit=limit)
        self._interleaver = Interleaver(self._write_chunk, self._spill, output.division)
        for input, clock in zip(self._inputs, clocks, strict=True):
            options = TrackOptions(media_type=input.media_type, transform=input._transform)
            track = output.engine.add_track(options, input.media_time_scale)
            self._interleaver.feeds.append(TrackFeed(track, clock, output.divider(input.media_type)))
        output.engine.begin()
        self._life.go(Action.START, Phase.STARTED)
        _unfinished[self] = os.getpid()
        for input, feed in zip(self._inputs, self._interleaver.feeds, strict=True):
            input._start(feed)

    def start_session(self, source_time: Any) -> None:
        """Open the writer's only session: this moment of the source becomes the film's beginning.

        Raises:
            InvalidStateError: not started, or the session was opened before.
            TimestampError: no numeric time.
        """
        self._judge(Action.START_SESSION)
        start = _numeric(source_time, "start_session")
        if self._output is not None:
            self._formats_due = self._output.begin_session(start.fraction)
        self._life.go(Action.START_SESSION, Phase.SESSION)
        self._session_start = start

    def end_session(self, source_time: Any) -> None:
        """Close the session: what lies after this moment of the source is stored but not shown. Optional.

        Raises:
            InvalidStateError: no open session.
            TimestampError: no numeric time, or one before the session's start.
        """
        self._judge(Action.END_SESSION)
        end = _numeric(source_time, "end_session")
        if self._session_start is not None and end < self._session_start:
            raise TimestampError(
                f"the session cannot end at {end}, before its start at {self._session_start}.",
                hint="Both are moments of the source's time line, not of the film's.",
                time=end,
            )
        self._life.go(Action.END_SESSION, Phase.ENDED)
        self._session_end = end

    def flush_segment(self) -> None:
        """End a segment: what is appended from now on, which must begin with sync samples, belongs to the next one.

        Only where ``preferred_output_segment_interval`` is indefinite. A sample whose duration nobody told is held
        back until the next one comes, and its segment with it. Nothing happens when nothing was appended since.

        Raises:
            InvalidStateError: no session is open; the writer makes a file, or segments of a number of seconds.
        """
        if self._segments is None or not self.preferred_output_segment_interval.is_indefinite:
            raise InvalidStateError(
                "flush_segment() is for segments whose interval is indefinite.",
                hint="Use AssetWriter.for_segments() and preferred_output_segment_interval = Time.INDEFINITE.",
            )
        if self._judge(Action.FLUSH_SEGMENT) is Outcome.NOTHING:
            return
        self._require_formats(None)
        with self._file:
            if self._is_writing and self._interleaver is not None and self._output is not None:
                counts = [input._lane.facts.appended for input in self._inputs if input._lane is not None]
                try:
                    self._output.end_segment(self._interleaver, counts)
                except BaseException as error:
                    self._fail(error)
                    raise self._failure(error) from reason_of(error)

    def segments(self) -> Iterator[Segment]:
        """The segments, each as soon as it is complete, waiting for it; the end comes when the writer has finished.

        Beyond 64 MiB, segments that nobody takes wait in a scratch file. Where several iterate, each segment goes to
        one of them.

        Raises:
            InvalidStateError: the writer makes a file, or has a delegate.
            ReelwrightError: while iterating: what ended the writer, once everything before it was given.
        """
        return iter(self._taken_segments())

    def segments_async(self) -> AsyncIterator[Segment]:
        """``segments`` for coroutines: the event loop goes on meanwhile."""
        return self._taken_segments().each()

    def _taken_segments(self) -> SegmentQueue:
        if self._segments is None or self._delegate is not None:
            reason = "this writer makes a file" if self._segments is None else "its delegate is given them"
            raise InvalidStateError(
                f"there are no segments to take: {reason}.", hint="Use AssetWriter.for_segments(), without a delegate."
            )
        return self._segments

    def finish_writing(self) -> WritingReport:
        """Encode what is queued, write the header, put the file in place, and say what the film holds.

        Raises:
            InvalidStateError: not started, being finished, or finished before.
            WritingIncompleteError: the film does not hold what was appended.
            StalledError: an encoder or the disk hangs, and ``stall_timeout`` was set.
            ReelwrightError: what an encoder or the disk reported. What is left of the film, if anything, its hint says.
        """
        if self._life.phase is Phase.FAILED:
            self._join_as_can_be()
        self._life.go(Action.FINISH, Phase.FINISHING)
        output = self._output
        assert output is not None
        try:
            self._end_inputs()
            with self._file:
                report = self._complete(output)
            output.settle()
            with self._file:
                self._put_in_place(output, report)
            return report
        except BaseException as error:
            cause = self._stall("finish_writing() waits for what was appended") if isinstance(error, Stalled) else error
            self._fail(cause)
            self._join_as_can_be()
            with contextlib.suppress(Stalled):
                output.join()
            raise self._failure(cause) from reason_of(cause)

    def _end_inputs(self) -> None:
        """Have everything that was appended encoded and delivered."""
        for input in self._inputs:
            input._end_request()
        self._awaits_requests = False
        for input in self._inputs:
            input._finish()
        self._join_inputs()

    def _join_inputs(self) -> None:
        for input in self._inputs:
            input._join()

    def _join_as_can_be(self) -> list[str]:
        """Wait for the inputs' threads at the end of a writer; returns the names of those that hang."""
        for input in self._inputs:
            with contextlib.suppress(Stalled):
                input._join()
        workers = (input._worker for input in self._inputs)
        return [worker.name for worker in workers if worker is not None and worker.is_alive]

    def _complete(self, output: Output) -> WritingReport:
        self._life.check()
        assert self._interleaver is not None
        for feed in self._interleaver.feeds:
            self._interleaver.finish(feed)
        self._complete_tracks(self._interleaver)
        summary: MovieSummary = output.engine.finish(
            session_start=self._session_start,
            session_end=self._session_end,
            header_first=self.should_optimize_for_network_use,
        )
        report = make_report(self, self._interleaver, summary)
        report.verify()
        return report

    def _put_in_place(self, output: Output, report: WritingReport) -> None:
        self._life.check()
        self._commit(output)
        self._report = report
        self._life.complete()
        self._release()

    def _commit(self, output: Output) -> None:
        """Put the film in place; from here on it is too late to cancel."""
        self._life.seal()
        try:
            output.commit()
        except BaseException:
            self._life.unseal()
            raise

    def _complete_tracks(self, interleaver: Interleaver) -> None:
        if not any(feed.written for feed in interleaver.feeds) and self._session_end is None:
            raise InvalidStateError(
                "nothing was appended that makes a sample, so there is no film to finish.",
                hint="Append at least one sample, or cancel_writing(); a session of nothing needs end_session(time).",
                code=-11800,
            )
        for input, feed in zip(self._inputs, interleaver.feeds, strict=True):
            assert input._lane is not None
            self._tell_trims(input, feed)
            self._describe_empty(input, feed)

    @staticmethod
    def _describe_empty(input: AssetWriterInput, feed: TrackFeed) -> None:
        """Say what a track that got no sample would have held."""
        assert input._lane is not None
        if not feed.written and not feed.is_waiting and (empty := input._lane.empty_format()) is not None:
            feed.track.describe(empty)
            feed.formats.append(empty)

    async def finish_writing_async(self) -> WritingReport:
        """``finish_writing`` for coroutines: the event loop goes on meanwhile."""
        import asyncio  # has been, where a loop runs; other programs do without

        return await asyncio.get_running_loop().run_in_executor(None, self.finish_writing)

    def cancel_writing(self) -> None:
        """Stop and leave nothing behind; without effect once the writer has completed or failed.

        Raises:
            OutputError: the working file cannot be deleted.
        """
        is_first, output = self._life.cancel(), self._output
        self._stop_inputs()
        if is_first:
            self._discard()
        else:
            # Whoever puts the film in place, or cleans up after a failure, is through now.
            if self._watch.wait(self._take_file):
                self._file.release()
        if output is not None:
            with contextlib.suppress(Stalled):
                output.join()

    def _stop_inputs(self) -> None:
        """Have every input let go of what it holds, and wait until it did; a thread that hangs is left, and told of."""
        if self._life.is_sealed:
            return
        for input in self._inputs:
            input._stop()
        for input in self._inputs:
            with contextlib.suppress(Stalled):
                input._end_request()
        hanging = self._join_as_can_be()
        if hanging and self._life.phase is Phase.CANCELLED:
            words = f"{self!r} was cancelled, but {', '.join(hanging)} hangs and is left behind."
            warnings.warn(words, ResourceWarning, stacklevel=3)

    # ------------------------------------------------------------------ for the inputs

    @property
    def _takes_media(self) -> bool:
        """Whether inputs may be ready."""
        return self._life.takes_media

    @property
    def _is_writing(self) -> bool:
        return self._life.is_writing

    @property
    def _takes_last_media(self) -> bool:
        """Whether request blocks whose call is under way may still append, although the writer is being finished."""
        return self._life.phase is Phase.FINISHING and self._awaits_requests and self._session_end is None

    def _number_of(self, input: AssetWriterInput) -> int:
        """The track's number, from 1."""
        return self._inputs.index(input) + 1

    def _judge(self, action: Action, what: str | None = None) -> Outcome:
        return self._life.judge(action, what)

    def _failure(self, cause: BaseException) -> BaseException:
        """What to raise for a cause that ended the writer: the stored error; interrupts stay what they are."""
        return self._life.end() if isinstance(cause, Exception) else cause

    def _describe(self, input: AssetWriterInput, format: FormatDescription) -> None:
        """Take a format to an input's track.

        Raises:
            NotReadyError: another thread is writing, and whoever appends must not wait. SettingsError, FrameError: the
                file cannot hold that.
        """
        if input._is_hurried and not self._file.acquire(blocking=False):
            raise NotReadyError("the file is being written.", hint="Try again a little later.")
        if not input._is_hurried and not self._watch.wait(self._take_file):
            raise self._stalled("append() waits for the file", input)
        try:
            if self._is_writing and input._feed is not None:
                input._feed.track.describe(format)
        finally:
            self._file.release()

    def _require_formats(self, appending: AssetWriterInput | None) -> None:
        """The first fragment or segment ends: see that the formats of all inputs can be written in the header.

        Raises:
            InvalidStateError: of an input nothing is known.
        """
        for input in self._inputs:
            if input is not appending and input._awaits_first_sample:
                format = input._expected_format()
                if format is None:
                    raise InvalidStateError(
                        f"track {self._number_of(input)} ({input.media_type.name.lower()}) got no sample before the "
                        "first fragment or segment ends, so that the film's header cannot say what it holds.",
                        hint="Give the input a source_format_hint, append its first sample before this one, set a "
                        "longer initial_movie_fragment_interval, or mark the input as finished.",
                        track=self._number_of(input),
                    )
                self._describe(input, format)
        self._formats_due = None

    def _take_file(self, seconds: float | None) -> bool:
        """Take the lock, if it is free within that time."""
        return self._file.acquire(timeout=-1 if seconds is None else seconds)

    def _write_chunk(self, track: WrittenTrack, chunk: Chunk) -> None:
        assert self._output is not None
        self._output.write_chunk(track, chunk)
        self._watch.wrote(sum(memoryview(piece).nbytes for piece in chunk.payload))

    def _stall(self, waiting: str) -> StalledError:
        """The error that tells of a stall, with where everybody stood."""
        self._watch.has_fired = True
        states = tuple(input._state(number) for number, input in enumerate(self._inputs, start=1))
        error = StalledError(
            f"nothing moved for {self.stall_timeout:g} s although {waiting}: {'; '.join(map(str, states))}; "
            f"{self._watch.written:,} bytes written.",
            hint="An encoder or the disk hangs, or stall_timeout is shorter than one picture takes.",
        )
        error.waiting, error.inputs, error.written = waiting, states, self._watch.written
        return error

    def _stalled(self, waiting: str, input: AssetWriterInput, time: Time | None = None) -> BaseException:
        """Fail because of a stall; returns what the call that waits for an input is to raise."""
        error = self._stall(f"{waiting} of track {self._number_of(input)}")
        self._fail(error, input, time)
        return self._failure(error)

    def _deliver(self, input: AssetWriterInput, samples: Iterable[Sample], *, last: bool = False) -> None:
        """Pass samples of an input on to the file."""
        taken = list(samples)
        with self._file:
            if not self._is_writing or self._interleaver is None or input._feed is None:
                return
            try:
                if taken:
                    self._announce(input, input._feed, taken[0])
                if last:
                    self._tell_trims(input, input._feed)
                self._interleaver.push(input._feed, taken)
                if last and self._segments is not None:
                    self._describe_empty(input, input._feed)
                if last:
                    self._interleaver.finish(input._feed)
            finally:
                if self._owes_discard:
                    self._discard()

    @staticmethod
    def _announce(input: AssetWriterInput, feed: TrackFeed, sample: Sample) -> None:
        """Tell the track what begins, before any chunk is written: some files say it before all media."""
        assert input._lane is not None
        if not feed.formats and not feed.is_collecting:
            feed.track.trim_start = input._lane.facts.trim_start
            feed.track.describe(sample.format)

    @staticmethod
    def _tell_trims(input: AssetWriterInput, feed: TrackFeed) -> None:
        """Tell the track how much of its sound is not heard, now that all of it is there."""
        assert input._lane is not None
        feed.track.trim_start, feed.track.trim_end = input._lane.facts.trim_start, input._lane.facts.trim_end

    def _is_through(self, track: WrittenTrack) -> bool:
        """Whether all chunks of a track were handed over, and its trims told."""
        feeds = self._interleaver.feeds if self._interleaver is not None else []
        return any(feed.track is track and feed.finished and feed.head is None for feed in feeds)

    def _fail(self, cause: BaseException, input: AssetWriterInput | None = None, time: Time | None = None) -> None:
        """Store the first error, leave nothing, and wake everybody. When it returns, all of that is done."""
        number = self._number_of(input) if input is not None else None
        error = stored(cause, self.output_url).about(track=number, time=time)
        if not self._life.note(error):
            return
        try:
            self._discard(keep_for=error)
        except OutputError as further:
            error.add_note(str(further))
        finally:
            self._life.bury()
            for each in self._inputs:
                each._stop()

    def _discard(self, keep_for: ReelwrightError | None = None) -> None:
        """Leave nothing; after a failure, leave what is of use, and have the error tell of it.

        Raises:
            OutputError: a working file cannot be deleted, or a thread hangs while it writes.
        """
        if self._segments is not None:
            self._segments.end(keep_for or self._life.end(), forget=keep_for is None)
        if not self._watch.wait(self._take_file):
            _unfinished.pop(self, None)
            self._owes_discard = True
            raise OutputError(
                "a thread hangs while it writes, so the working file stays until that is over.", path=self.output_url
            )
        self._owes_discard = False
        try:
            if self._output is not None and keep_for is not None:
                self._output.keep(keep_for)
            elif self._output is not None:
                self._output.discard()
        finally:
            self._release()
            self._file.release()

    def _end_with_program(self) -> None:
        """The program ends without having finished the film."""
        if self._output is not None and self._output.outlives_programs:
            self._fail(InvalidStateError("the program ended before the film was finished."))
        else:
            self.cancel_writing()

    def _release(self) -> None:
        """Let go of the file and its tables."""
        _unfinished.pop(self, None)
        self._output = None
        self._interleaver = None
        if self._spill is not None:
            self._spill.close()
            self._spill = None
        for input in self._inputs:
            input._feed = None

    # ------------------------------------------------------------------ context manager

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.cancel_writing()
        elif self._life.phase not in (Phase.COMPLETED, Phase.CANCELLED):
            self.finish_writing()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import asyncio

        await asyncio.get_running_loop().run_in_executor(None, self.__exit__, kind, error, None)

    def __repr__(self) -> str:
        return f"<AssetWriter {self.output_url or self._target!r} {self.status.name}>"


def _file_type(target: Any, given: FileType | str | None) -> FileType:
    if given is not None:
        return FileType(given)
    if isinstance(target, (str, os.PathLike)):
        return FileType.for_path(target)
    raise InvalidArgumentError(
        "a file object has no suffix to tell the file type by.", hint="Pass file_type=FileType.MP4."
    )


def _numeric(value: Any, call: str) -> Time:
    time = Time.of(value)
    if not time.is_numeric:
        raise TimestampError(
            f"{call} needs a numeric time, not {time}.", hint="Give the first sample's time.", time=time
        )
    return time


_unfinished: weakref.WeakKeyDictionary[AssetWriter, int] = weakref.WeakKeyDictionary()
"""Writers at work, each with the process that started it: a forked child must leave them alone."""


@atexit.register
def _end_unfinished() -> None:
    """A program that ends without finishing a film is told, and leaves no working file behind; what can be played
    already stays."""
    with contextlib.ExitStack() as stack:
        for writer, process in list(_unfinished.items()):
            if process == os.getpid():
                words = f"{writer!r} was never finished, so there is no film."
                stack.callback(warnings.warn, words, ResourceWarning, stacklevel=1)
                stack.callback(writer._end_with_program)
