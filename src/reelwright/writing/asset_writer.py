"""The writer: one object writes one film, once.

It owns the state (see ``states``), the file and the order of chunks; its inputs own everything about their samples. Two
locks: ``_state`` guards phase and error and is never held while waiting; ``_file`` guards the interleaver and the file.
"""

from __future__ import annotations

import asyncio
import copy
import io
import os
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from reelwright.containers.movie import MovieSummary, MovieWriter, TrackOptions
from reelwright.containers.registry import container, refusal
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import (
    InvalidArgumentError,
    InvalidStateError,
    OperationCancelledError,
    ReelwrightError,
    SettingsError,
)
from reelwright.model.kinds import FileType, MediaType, WriterStatus
from reelwright.model.pixel import PixelBufferAttributes
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time
from reelwright.storage.destination import Destination, open_destination
from reelwright.writing.clock import LARGEST_TIMESCALE, MediaClock
from reelwright.writing.input import AssetWriterInput
from reelwright.writing.interleaver import Interleaver, Sample, TrackFeed
from reelwright.writing.lanes import codec_of, resolve_settings
from reelwright.writing.receivers import PixelBufferReceiver, SampleBufferReceiver
from reelwright.writing.report import WritingReport, make_report
from reelwright.writing.states import Action, Outcome, Phase, judge, status_of

__all__ = ["AssetWriter"]


class AssetWriter:
    """Writes one film (``AVAssetWriter``).

    Args:
        target: a path, a ``file://`` URL, a writable and seekable binary file object, or ``BytesIO``.
        file_type: the container; inferred from a path's suffix when left out.
        overwrite: replace an existing file, but not before the new one is whole.
        durable: have the finished file synced to the disk before ``finish_writing`` returns.

    >>> with AssetWriter("film.mp4") as writer:
    ...     video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, 640, 480))
    ...     writer.add(video)
    ...     writer.start_writing()
    ...     writer.start_session(0)
    ...     for index, frame in enumerate(frames):
    ...         video.append(frame, Time(index, 30))

    Leaving the ``with`` block finishes the film; an exception leaving it cancels, and nothing is left.

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
    ) -> None:
        self._target = target
        self._file_type = _file_type(target, file_type)
        self._overwrite = overwrite
        self._durable = durable
        self._created = created
        self._optimize = False
        self._temporary: str | os.PathLike[str] | None = None
        self._movie_time_scale = 0
        self._inputs: list[AssetWriterInput] = []
        self._state = threading.RLock()
        self._file = threading.RLock()
        self._phase = Phase.UNKNOWN
        self._error: ReelwrightError | None = None
        self._report: WritingReport | None = None
        self._session_start: Time | None = None
        self._session_end: Time | None = None
        open_destination(target, overwrite=overwrite)  # what can never be right is said now
        self._destination: Destination | None = None
        self._movie: MovieWriter | None = None
        self._interleaver: Interleaver | None = None

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
        return status_of(self._phase)

    @property
    def error(self) -> ReelwrightError | None:
        """Why it failed; None unless ``status`` is FAILED."""
        return self._error if self._phase is Phase.FAILED else None

    @property
    def inputs(self) -> tuple[AssetWriterInput, ...]:
        """Its inputs in the order they were added: track 1, 2 …"""
        return tuple(self._inputs)

    @property
    def report(self) -> WritingReport | None:
        """What ``finish_writing`` returned; None before."""
        return self._report

    @property
    def should_optimize_for_network_use(self) -> bool:
        """Put the header before the media, so that players can begin before they have the whole file."""
        return self._optimize

    @should_optimize_for_network_use.setter
    def should_optimize_for_network_use(self, value: bool) -> None:
        self._judge(Action.CONFIGURE, "set should_optimize_for_network_use")
        self._optimize = bool(value)

    @property
    def directory_for_temporary_files(self) -> str | os.PathLike[str] | None:
        """Where scratch files go; None leaves the choice to the writer. All are deleted at the end, whatever the end
        is."""
        return self._temporary

    @directory_for_temporary_files.setter
    def directory_for_temporary_files(self, value: str | os.PathLike[str] | None) -> None:
        self._judge(Action.CONFIGURE, "set directory_for_temporary_files")
        self._temporary = value

    @property
    def movie_time_scale(self) -> int:
        """Ticks a second of the movie's own times (durations, edits); 0 finds one that holds every edit exactly."""
        return self._movie_time_scale

    @movie_time_scale.setter
    def movie_time_scale(self, value: int) -> None:
        self._judge(Action.CONFIGURE, "set movie_time_scale")
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_TIMESCALE:
            raise InvalidArgumentError(
                f"movie time scale {value!r} is not a whole number from 0 to {LARGEST_TIMESCALE}."
            )
        self._movie_time_scale = value

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
        return refusal(self._file_type, kind, codec_of(settings, None)) is None

    def can_add(self, input: AssetWriterInput) -> bool:
        """Whether ``add`` would take this input now."""
        return self._phase is Phase.UNKNOWN and self._refusal(input) is None

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
        found = refusal(self._file_type, input.media_type, codec_of(input.output_settings, hint))
        stored = input.output_settings is None and hint is None
        if found is None and stored and container(self._file_type).needs_format_hint:
            return InvalidArgumentError(
                f"to store samples as they are in {self._file_type.value}, the input needs a source_format_hint.",
                hint="Pass source_format_hint=FormatDescription(…) to AssetWriterInput.",
            )
        return found

    def input_receiver(self, input: AssetWriterInput) -> SampleBufferReceiver:
        """Attach an input and return the object through which sample buffers are pushed to it with ``await``."""
        self.add(input)
        return SampleBufferReceiver(input)

    def input_pixel_buffer_receiver(
        self, input: AssetWriterInput, pixel_buffer_attributes: PixelBufferAttributes | Mapping[str, Any] | None = None
    ) -> PixelBufferReceiver:
        """Attach a video input and return the object through which pictures are pushed to it with ``await``."""
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
        self._judge(Action.START)
        try:
            self._open()
        except BaseException as error:
            self._fail(error)
            raise self._stored_error() from error
        return True

    def start(self) -> None:
        """The same as ``start_writing``."""
        self.start_writing()

    def _open(self) -> None:
        if not self._inputs:
            raise InvalidStateError("the writer has no inputs.", hint="Call add(input) first.", code=-11875)
        clocks = [MediaClock(input.media_time_scale) for input in self._inputs]
        for input, clock in zip(self._inputs, clocks, strict=True):
            input._prepare_lane(clock)
        self._destination = open_destination(
            self._target,
            overwrite=self._overwrite,
            temporary_directory=self._temporary,
            insertable=self._optimize,
        )
        self._destination.open()
        self._movie = MovieWriter(
            self._destination, self._file_type, movie_time_scale=self._movie_time_scale, created=self._created
        )
        self._interleaver = Interleaver(self._movie.write_chunk)
        for input, clock in zip(self._inputs, clocks, strict=True):
            options = TrackOptions(media_type=input.media_type, transform=input._transform)
            feed = TrackFeed(self._movie.add_track(options, input.media_time_scale), clock)
            self._interleaver.feeds.append(feed)
            input._feed = feed
        self._movie.begin()
        self._phase = Phase.STARTED
        for input in self._inputs:
            assert input._feed is not None
            input._start(input._feed)

    def start_session(self, source_time: Any) -> None:
        """Open the writer's only session: this moment of the source becomes the film's beginning.

        Raises:
            InvalidStateError: not started, or the session was opened before. InvalidArgumentError: no numeric time.
        """
        if self._judge(Action.START_SESSION) is Outcome.PROCEED:
            self._session_start = _numeric(source_time, "start_session")
            self._phase = Phase.SESSION
            for input in self._inputs:
                input._queue.notify()

    def end_session(self, source_time: Any) -> None:
        """Close the session: what lies after this moment of the source is stored but not shown. Optional.

        Raises:
            InvalidStateError: no open session. InvalidArgumentError: no numeric time, or one before the session's
                start.
        """
        if self._judge(Action.END_SESSION) is Outcome.PROCEED:
            end = _numeric(source_time, "end_session")
            assert self._session_start is not None
            if end < self._session_start:
                raise InvalidArgumentError(
                    f"the session cannot end at {end}, before its start at {self._session_start}."
                )
            self._session_end = end
            self._phase = Phase.ENDED

    def finish_writing(self) -> WritingReport:
        """Encode what is queued, write the header, put the file in place, and say what the film holds.

        Raises:
            InvalidStateError: not started, being finished, or finished before.
            WritingIncompleteError: the film does not hold what was appended.
            ReelwrightError: what an encoder or the disk reported; nothing is left of the file.
        """
        with self._state:
            self._judge(Action.FINISH)
            self._phase = Phase.FINISHING
        try:
            for input in self._inputs:
                input._finish()
            for input in self._inputs:
                input._join()
            self._check_finishing()
            with self._file:
                self._check_finishing()
                return self._complete()
        except BaseException as error:
            self._fail(error)
            for input in self._inputs:
                input._join()
            raise self._stored_error() from error

    def _complete(self) -> WritingReport:
        assert self._movie is not None
        assert self._interleaver is not None
        assert self._destination is not None
        for feed in self._interleaver.feeds:
            self._interleaver.finish(feed)
        self._complete_tracks()
        summary: MovieSummary = self._movie.finish(
            session_start=self._session_start, session_end=self._session_end, header_first=self._optimize
        )
        report = make_report(self, summary)
        report.verify()
        self._check_finishing()
        self._destination.commit(durable=self._durable)
        self._report = report
        with self._state:
            self._phase = Phase.COMPLETED
        return report

    def _complete_tracks(self) -> None:
        assert self._interleaver is not None
        if not any(feed.written for feed in self._interleaver.feeds) and self._session_end is None:
            raise InvalidStateError(
                "nothing was appended, so there is no film to finish.",
                hint="Append at least one sample, or cancel_writing(); a session of nothing needs end_session(time).",
                code=-11800,
            )
        for input, feed in zip(self._inputs, self._interleaver.feeds, strict=True):
            assert input._lane is not None
            feed.track.trim_start, feed.track.trim_end = input._lane.facts.trim_start, input._lane.facts.trim_end
            if not feed.written and (empty := input._lane.empty_format()) is not None:
                feed.track.describe(empty)
                feed.formats.append(empty)

    def _check_finishing(self) -> None:
        if self._phase is Phase.CANCELLED:
            raise _cancelled()
        if self._phase is Phase.FAILED:
            raise self._stored_error()

    async def finish_writing_async(self) -> WritingReport:
        """``finish_writing`` for coroutines: the event loop goes on meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(None, self.finish_writing)

    def cancel_writing(self) -> None:
        """Stop and leave nothing behind; without effect once the writer has completed or failed."""
        with self._state:
            outcome = self._judge(Action.CANCEL)
            if outcome is Outcome.PROCEED:
                self._phase = Phase.CANCELLED
        for input in self._inputs:
            input._stop()
        for input in self._inputs:
            input._join()
        if outcome is Outcome.PROCEED:
            self._discard()

    # ------------------------------------------------------------------ for the inputs

    @property
    def _is_open(self) -> bool:
        """Whether inputs may be ready."""
        return self._phase in (Phase.STARTED, Phase.SESSION, Phase.ENDED)

    @property
    def _is_writing(self) -> bool:
        return self._phase in (Phase.STARTED, Phase.SESSION, Phase.ENDED, Phase.FINISHING)

    def _judge(self, action: Action, what: str | None = None) -> Outcome:
        outcome = judge(action, self._phase, what)
        if outcome is Outcome.RAISE_ERROR:
            raise self._stored_error()
        return outcome

    def _stored_error(self) -> ReelwrightError:
        """A fresh copy of what ended the writer: a raised error would keep its frames, and with them encoders,
        alive."""
        if self._error is None:
            return _cancelled()
        return copy.copy(self._error)

    def _deliver(self, input: AssetWriterInput, samples: Iterable[Sample], *, last: bool = False) -> None:
        """Pass samples of an input on to the file."""
        feed = input._feed
        assert feed is not None
        assert self._interleaver is not None
        taken = list(samples)
        try:
            with self._file:
                if not self._is_writing:
                    return
                self._interleaver.push(feed, taken)
                if last:
                    self._interleaver.finish(feed)
        except ReelwrightError as error:
            self._fail(error, input)
            raise

    def _fail(self, cause: BaseException, input: AssetWriterInput | None = None) -> None:
        """Store the first error, wake everybody, and leave nothing."""
        with self._state:
            if self._phase in (Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED):
                return
            error = _as_error(cause)
            if input is not None and input in self._inputs:
                error.about(track=self._inputs.index(input) + 1)
            self._error = error
            self._phase = Phase.FAILED
        for each in self._inputs:
            each._stop()
        self._discard()

    def _discard(self) -> None:
        with self._file:
            if self._destination is not None:
                self._destination.discard()
            self._movie = None
            self._interleaver = None

    # ------------------------------------------------------------------ context manager

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.cancel_writing()
        elif self._phase not in (Phase.COMPLETED, Phase.CANCELLED):
            self.finish_writing()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.__exit__, kind, error, None)

    def __repr__(self) -> str:
        return f"<AssetWriter {self.output_url or self._target!r} {self.status.name}>"


def _file_type(target: Any, given: FileType | str | None) -> FileType:
    if given is None:
        if isinstance(target, (str, os.PathLike)):
            return FileType.for_path(target)
        raise InvalidArgumentError(
            "a file object has no suffix to tell the file type by.", hint="Pass file_type=FileType.MP4."
        )
    try:
        return FileType(given)
    except ValueError:
        text = str(given)
        if text.upper() in FileType.__members__:
            return FileType[text.upper()]
    known = ", ".join(f"FileType.{name}" for name in FileType.__members__)
    raise InvalidArgumentError(f"{given!r} is no file type.", hint=f"Use one of {known}.")


def _numeric(value: Any, call: str) -> Time:
    time = Time.of(value)
    if not time.is_numeric:
        raise InvalidArgumentError(f"{call} needs a numeric time, not {time}.", hint="Give the first sample's time.")
    return time


def _cancelled() -> OperationCancelledError:
    return OperationCancelledError("the writer was cancelled; nothing of it is left.", hint="Make a new writer.")


def _as_error(cause: BaseException) -> ReelwrightError:
    """One of our errors, without the frames that the original holds on to."""
    if isinstance(cause, ReelwrightError):
        return copy.copy(cause)
    return ReelwrightError(f"writing failed: {type(cause).__name__}: {cause}")
