"""The pump: uncompressed media in, inputs of one writer or of several fed, everything ended together.

It works in the caller's thread: what it is fed from reads ahead by itself, and each input encodes in a thread of its
own. Media goes on by time, whichever track is behind comes next; inputs that are full make it wait. What goes wrong
anywhere, in a source, an encoder or whoever takes segments, ends all writers and is raised once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from reelwright.model.errors import InvalidArgumentError, OperationCancelledError, ReelwrightError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType, WriterStatus
from reelwright.model.sample import SampleBuffer
from reelwright.model.segments import Segment
from reelwright.model.time import Time
from reelwright.transcoding.buffers import ended_by, in_pieces, shifted, silence, unbroken
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput
from reelwright.writing.report import WritingReport

__all__ = ["Conversion", "Pipe", "Progress", "Pump", "Taker"]

Progress = Callable[[int, Time], object]
Taker = Callable[[Segment], object]
Conversion = Callable[[SampleBuffer], SampleBuffer]

_ENDED = (WriterStatus.FAILED, WriterStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """One run of media, and who encodes it.

    Attributes:
        buffers: pictures or linear PCM, by time: an output of a reader, or anything that gives sample buffers.
        inputs: each is given everything; they belong to the pump's writers.
        conversions: of what some of the inputs are given, before they convert it to their own size and format; called
            from several threads.
        shift: is added to all times.
        is_leading: what reaches beyond the end of the leading pipes is cut off, to the frame, from those that follow.
            Where none leads, all do.
        is_filled: of sound: silence stands where there is none, from the pump's start to the end of what leads.
    """

    buffers: Iterable[SampleBuffer]
    inputs: Sequence[AssetWriterInput]
    conversions: Mapping[AssetWriterInput, Conversion] = field(default_factory=dict)
    shift: Time = Time.ZERO
    is_leading: bool = True
    is_filled: bool = False

    @property
    def media_type(self) -> MediaType:
        return self.inputs[0].media_type


class Pump:
    """Feeds writers that have their inputs and are not started yet, and finishes them.

    Args:
        writers: each is started, and its session at ``start``.
        pipes: what their inputs are fed from.
        start: the moment at which the sessions start, on the time line that shifted buffers are on.
        takers: who is given the segments of which writer (``AssetWriter.for_segments``), in a thread for each.
        progress: called as ``progress(pictures, moment)`` after each picture, or piece of sound where there are none;
            what it raises cancels.
        cancel: cancels once it is set, which is looked at between buffers.

    Raises:
        InvalidArgumentError: no pipes, or a pipe without inputs or with those of another writer.

    >>> Pump([writer], [Pipe(buffers=output, inputs=[input])]).run()
    """

    def __init__(
        self,
        writers: Sequence[AssetWriter],
        pipes: Sequence[Pipe],
        *,
        start: Time = Time.ZERO,
        takers: Mapping[AssetWriter, Taker] | None = None,
        progress: Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        known = [input for writer in writers for input in writer.inputs]
        if not pipes or any(not pipe.inputs for pipe in pipes):
            raise InvalidArgumentError("a pump needs pipes, and each of them an input.")
        if any(input not in known for pipe in pipes for input in pipe.inputs):
            raise InvalidArgumentError("an input belongs to none of the writers.", hint="Call writer.add(input) first.")
        self._writers = list(writers)
        none_leads = not any(pipe.is_leading for pipe in pipes)
        self._pipes = [replace(pipe, is_leading=True) for pipe in pipes] if none_leads else list(pipes)
        self._start = start
        self._takers = dict(takers or {})
        self._progress = progress
        self._cancel = cancel
        self._threads: list[threading.Thread] = []
        self._failure: BaseException | None = None  # of a taker, the first
        self._pictures = 0

    def run(self) -> tuple[WritingReport, ...]:
        """Feed everything to its end and finish the writers; their reports, in their order.

        Raises:
            OperationCancelledError: ``cancel`` was set. Whatever a source, ``progress``, a taker or a writer raises.
                All writers are cancelled then, or have failed, and no thread is left.
        """
        widest = max(len(pipe.inputs) for pipe in self._pipes)
        pool = ThreadPoolExecutor(widest, "reelwright-pump") if widest > 1 else None
        try:
            self._begin()
            self._feed([_Flow(pipe, pool, self._start) for pipe in self._pipes])
            return self._finish()
        except BaseException as error:
            self._give_up()
            if self._failure is not None and self._failure is not error:
                raise self._failure from self._failure.__cause__
            raise
        finally:
            if pool is not None:
                pool.shutdown()
            for pipe in self._pipes:
                if isinstance(pipe.buffers, Generator):
                    pipe.buffers.close()

    def _begin(self) -> None:
        for writer in self._writers:
            writer.start_writing()
            writer.start_session(self._start)
        for writer, taker in self._takers.items():
            thread = threading.Thread(target=self._take, args=(writer, taker), name="reelwright-segments", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _take(self, writer: AssetWriter, taker: Taker) -> None:
        try:
            for segment in writer.segments():
                taker(segment)
        except BaseException as error:
            if not (writer.status in _ENDED and isinstance(error, ReelwrightError)):
                self._failure = self._failure or error
            # else the writer has ended, and whoever uses it is told

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._cancel is not None and self._cancel.is_set():
            raise OperationCancelledError("the operation was cancelled.")

    def _feed(self, flows: list[_Flow]) -> None:
        """Feed what comes first by time, until nothing is left."""
        has_pictures = any(flow.is_seen for flow in flows)
        end = Time.NEGATIVE_INFINITY
        while True:
            self._check()
            waiting = [flow for flow in flows if flow.load()]
            if not waiting:
                return
            leads = any(flow.is_leading for flow in waiting)
            flow = min(waiting, key=lambda each: each.due)
            reached = flow.feed(None if flow.is_leading or leads else end)
            if flow.is_leading:
                end = max(end, reached)
            if flow.is_seen or not has_pictures:
                self._pictures += 1
                if self._progress is not None:
                    self._progress(self._pictures, reached)

    def _finish(self) -> tuple[WritingReport, ...]:
        reports = tuple(writer.finish_writing() for writer in self._writers)
        self._join()
        if self._failure is not None:
            raise self._failure
        return reports

    def _give_up(self) -> None:
        with contextlib.ExitStack() as stack:  # all of them, whatever one of them says to it
            stack.callback(self._join)
            for writer in self._writers:
                stack.callback(writer.cancel_writing)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._threads = []


class _Flow:
    """A pipe while it is fed: the buffer that comes next, or None at the end."""

    def __init__(self, pipe: Pipe, pool: Executor | None, start: Time) -> None:
        self.pipe = pipe
        self.is_seen = pipe.media_type is not MediaType.AUDIO
        self.is_leading = pipe.is_leading
        self.head: SampleBuffer | None = None
        self._pool = pool if len(pipe.inputs) > 1 else None
        self._buffers = self._prepared(pipe, start)
        self._format: FormatDescription | None = None
        self._reached = start
        self._is_over = False

    def _prepared(self, pipe: Pipe, start: Time) -> Iterator[SampleBuffer]:
        buffers = iter(pipe.buffers) if self.is_seen else in_pieces(pipe.buffers)
        if pipe.shift != Time.ZERO:
            buffers = shifted(buffers, pipe.shift)
        return unbroken(buffers, start) if pipe.is_filled and not self.is_seen else buffers

    def load(self) -> bool:
        """Have the next buffer; False at the end, which the inputs are told."""
        if self.head is None and not self._is_over:
            self.head = next(self._buffers, None)
            if self.head is None and self.pipe.is_filled and self._format is not None:
                self._buffers = silence(self._format, self._reached)
                self.head = next(self._buffers)
                self.is_leading = False
            if self.head is None:
                self._end()
        return self.head is not None

    @property
    def due(self) -> tuple[Time, int]:
        """When the next buffer's turn is: sound is due when it ends, so that what it belongs to is there before it."""
        assert self.head is not None
        if self.is_seen:
            return self.head.presentation_time, 0
        return self.head.presentation_time + self.head.duration, 1

    def feed(self, end: Time | None) -> Time:
        """Feed the next buffer, without what lies behind an end; returns when the buffer ends."""
        head = self.head
        assert head is not None
        self.head = None
        reached = head.presentation_time + (head.duration if head.duration.is_numeric else Time.ZERO)
        kept = head if end is None else ended_by(head, end)
        if kept is None:
            self._end()
            return reached
        self._append(kept)
        self._format, self._reached = head.format, reached
        return reached

    def _append(self, buffer: SampleBuffer) -> None:
        if self._pool is None:
            self._give(self.pipe.inputs[0], buffer)
            return
        # Each input converts to its own size in the thread that appends: they do it side by side.
        futures = [self._pool.submit(self._give, input, buffer) for input in self.pipe.inputs]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise errors[0]

    def _give(self, input: AssetWriterInput, buffer: SampleBuffer) -> None:
        conversion = self.pipe.conversions.get(input)
        input.append(buffer if conversion is None else conversion(buffer))

    def _end(self) -> None:
        self._is_over = True
        for input in self.pipe.inputs:
            input.mark_as_finished()
