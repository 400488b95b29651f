"""One track's way in: what the caller appends is checked and converted at once, encoded by the input's own thread.

An input that encodes owns one thread and one bounded queue. An input without output settings stores what it is given
and needs neither, unless a receiver feeds it: an event loop must not wait for the disk. ``append`` waits for room;
readiness depends on this input's own queue only, never on other tracks.
Appends take turns (``_turn``), and nothing about a sample is remembered before there is room for it.
"""

from __future__ import annotations

import threading
import time as _clock
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from reelwright.codecs.pixels import background_color
from reelwright.containers.movie import TrackOptions
from reelwright.containers.registry import container
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidArgumentError, InvalidStateError, ReelwrightError, TimestampError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType, OnFull
from reelwright.model.pixel import PixelBuffer
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.seconds import exact_ratio
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time
from reelwright.writing.clock import LARGEST_TIMESCALE, MediaClock
from reelwright.writing.failure import reason_of
from reelwright.writing.lane import Lane, LaneOptions
from reelwright.writing.lanes import make_lane, resolve_settings
from reelwright.writing.live import Latency
from reelwright.writing.queue import BoundedQueue, Closed, QueueStatistics
from reelwright.writing.request import Request
from reelwright.writing.stall import InputState, Stalled, StallWatch
from reelwright.writing.states import Action, Outcome
from reelwright.writing.worker import Worker

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from reelwright.writing.asset_writer import AssetWriter
    from reelwright.writing.feed import TrackFeed

__all__ = ["AssetWriterInput"]

_UNSEEN = frozenset({MediaType.AUDIO, MediaType.METADATA, MediaType.HAPTIC})
_STORED = 32  # samples that may wait where a receiver stores them
_IDENTITY = tuple(map(Fraction, (1, 0, 0, 1, 0, 0)))


class AssetWriterInput:
    """One track to be written (``AVAssetWriterInput``).

    Args:
        media_type: what the track carries.
        output_settings: ``VideoSettings`` or ``AudioSettings`` (or a mapping with AVFoundation's keys) to encode what
            is appended; None stores packets as they are.
        source_format_hint: what will be appended; fills in settings left out. Needed to store packets outside ``.mov``.
        on_full: what ``append`` does when the queue is full. Only what is encoded may be dropped.
        queue_size: how much may wait for the encoder: pictures (6 by default) or seconds of sound (0.5). It bounds
            memory, and how far a live film lags behind. Stored samples are written in the thread that appends them,
            unless this gives them a queue, of so many samples, and a thread.
        background: colour to put behind transparent pixels: ``"#rrggbb"``, or RGB (0…255, or floats 0…1).
        assume: ``ColorProperties`` of untagged pictures.
        threads: encoder threads; 0 lets the encoder choose.

    One thread at a time appends to an input; different inputs may be fed from different threads.

    >>> video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, 1280, 720))
    >>> writer.add(video)

    Raises:
        SettingsError: settings that contradict themselves, the media type or the hint.
        InvalidArgumentError: an unknown media type; a hint of another media type or without a size.
    """

    def __init__(
        self,
        media_type: MediaType | str,
        output_settings: VideoSettings | AudioSettings | Mapping[str, Any] | None = None,
        source_format_hint: FormatDescription | None = None,
        *,
        on_full: OnFull | str = OnFull.BLOCK,
        queue_size: float | Fraction | None = None,
        background: Any = None,
        assume: ColorProperties | Mapping[str, Any] | None = None,
        threads: int = 0,
    ) -> None:
        self._media_type = MediaType(media_type)
        self._settings = resolve_settings(self._media_type, output_settings, source_format_hint)
        self._hint = source_format_hint
        self.on_full = on_full
        self._queue_size = self._checked_size(queue_size)
        self._options = LaneOptions(
            background=None if background is None else background_color(background),
            assume=None if assume is None else ColorProperties.of(assume),
            threads=_threads(threads),
        )
        self._transform: tuple[Any, ...] | None = None
        self._media_time_scale = 0
        self._is_live = False
        self._is_received = False  # a receiver must never work in its event loop
        self._writer: AssetWriter | None = None
        self._adaptor: object | None = None
        self._lane: Lane | None = None
        self._feed: TrackFeed | None = None
        self._worker: Worker | None = None
        self._watch = StallWatch()
        self._queue: BoundedQueue[Any] = BoundedQueue(0, _clock.monotonic)
        self._turn = threading.RLock()  # held by whoever appends
        self._request: Request | None = None
        self._finished = False
        self._dropped: list[Time] = []
        self._is_hurried = False  # whoever has the turn must not wait for anything
        self._first: Time | None = None  # times of what was appended,
        self._newest: Time | None = None

    # ------------------------------------------------------------------ what it is

    @property
    def media_type(self) -> MediaType:
        return self._media_type

    @property
    def output_settings(self) -> VideoSettings | AudioSettings | None:
        """The settings as given, with what the hint filled in; None for stored samples."""
        return self._settings

    @property
    def source_format_hint(self) -> FormatDescription | None:
        return self._hint

    @property
    def transform(self) -> tuple[Any, ...]:
        """How players should turn the picture: (a, b, c, d, tx, ty) as in ``CGAffineTransform``; nothing is rendered
        anew."""
        return self._transform or (1, 0, 0, 1, 0, 0)

    @transform.setter
    def transform(self, value: tuple[Any, ...]) -> None:
        self._configure("set transform")
        ratios = [exact_ratio(number) for number in value] if isinstance(value, Sequence) else []
        numbers = tuple(Fraction(*ratio) for ratio in ratios if ratio is not None)
        if len(numbers) != 6 or len(ratios) != 6:
            raise InvalidArgumentError(
                f"a transform has six numbers (a, b, c, d, tx, ty), not {value!r}.",
                hint="For a quarter turn to the right: (0, 1, -1, 0, height, 0).",
            )
        TrackOptions(media_type=self._media_type, transform=numbers).check()
        self._check_shows(numbers)
        self._transform = numbers

    def _check_shows(self, transform: tuple[Fraction, ...]) -> None:
        """Refuse a transform after which nothing would be seen, or where there is nothing to be seen."""
        if self._media_type in _UNSEEN and transform != _IDENTITY:
            raise InvalidArgumentError(
                f"a {self._media_type.name.lower()} track is not seen, so it has no transform.",
                hint="Set it on the input whose pictures are to be turned.",
            )
        a, b, c, d = (round(number * 65536) for number in transform[:4])  # as the file will hold them
        if a * d == b * c:
            shown = ", ".join(f"{float(number):g}" for number in transform)
            raise InvalidArgumentError(
                f"the transform ({shown}) squeezes pictures to nothing: a·d - b·c is 0.",
                hint="Use (1, 0, 0, 1, 0, 0) to leave them, (0, 1, -1, 0, height, 0) for a quarter turn to the right.",
            )

    @property
    def media_time_scale(self) -> int:
        """Ticks a second of the track's times; 0 (the default) finds the smallest scale that holds every time
        exactly."""
        return self._media_time_scale

    @media_time_scale.setter
    def media_time_scale(self, value: int) -> None:
        self._configure("set media_time_scale")
        if self._media_type is MediaType.AUDIO:
            raise InvalidArgumentError(
                "the media time scale of a sound track is its sample rate and cannot be set.",
                hint="Set AudioSettings.sample_rate instead.",
            )
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_TIMESCALE:
            raise InvalidArgumentError(
                f"media time scale {value!r} is not a whole number from 0 to {LARGEST_TIMESCALE}.",
                hint="Use for example 90000, or 0 to have every time exact.",
            )
        self._media_time_scale = value

    def _configure(self, what: str) -> None:
        if self._writer is not None:
            self._writer._judge(Action.CONFIGURE, what)

    @property
    def on_full(self) -> OnFull:
        """What ``append`` does when the queue is full: wait (BLOCK), throw away what has waited longest (DROP_OLDEST),
        or raise ``NotReadyError`` (RAISE). What is thrown away is counted by ``statistics`` and listed in the report:
        the picture before it is shown longer, and sound becomes silence; nothing after it moves."""
        return self._on_full

    @on_full.setter
    def on_full(self, value: OnFull | str) -> None:
        wanted = OnFull(value)
        if wanted is OnFull.DROP_OLDEST and self._settings is None:
            raise InvalidArgumentError(
                "stored samples cannot be dropped: those that follow may need them to be decoded.",
                hint="Use BLOCK or RAISE, or give the input output settings and pictures.",
            )
        self._on_full = wanted

    @property
    def queue_size(self) -> Fraction | None:
        """As given: pictures, seconds of sound or stored samples that may wait; None for the usual."""
        return self._queue_size

    def _checked_size(self, value: float | Fraction | None) -> Fraction | None:
        if value is None:
            return None
        ratio = None if isinstance(value, bool) else exact_ratio(value)
        size = Fraction(*ratio).limit_denominator(1_000_000) if ratio is not None else Fraction(0)
        is_sound = self._media_type is MediaType.AUDIO and self._settings is not None
        if size <= 0 or (not is_sound and size.denominator != 1):
            unit, usual = ("seconds of sound above 0", "0.5") if is_sound else ("a whole number of samples from 1", "6")
            raise InvalidArgumentError(f"queue_size={value!r} is not {unit}.", hint=f"Use for example {usual}.")
        return size

    @property
    def expects_media_data_in_real_time(self) -> bool:
        """Whether samples come from a live source, which does not wait (``expectsMediaDataInRealTime``); False by
        default.

        The encoder is then told to be fast and not to reorder pictures, where the settings do not say otherwise, and
        gets each picture at once. Times that would need more than a million ticks a second are rounded instead of
        refused, and two pictures on one tick are written a tick apart; ``largest_rounding`` in the report tells by how
        much. What happens when the encoder cannot keep up is the business of ``on_full``.
        """
        return self._is_live

    @expects_media_data_in_real_time.setter
    def expects_media_data_in_real_time(self, value: bool) -> None:
        self._configure("set expects_media_data_in_real_time")
        self._is_live = bool(value)

    # ------------------------------------------------------------------ supplying samples

    @property
    def is_ready_for_more_media_data(self) -> bool:
        """Whether ``append`` would not have to wait. False before the start, after the end of the session or of this
        input, and for ever after a failure."""
        writer = self._writer
        return writer is not None and writer._takes_media and not self._finished and self._queue.has_room

    def append(self, sample: Any, time: Any = None, duration: Any = None) -> bool:
        """Give the track its next sample, waiting while the queue is full.

        Args:
            sample: a ``SampleBuffer``, or a picture (``PixelBuffer``, an array, an image) together with ``time``.
            time: when the picture is shown: a ``Time``, or seconds. duration: how long, where it is the last one.

        Arrays, sound and packets are converted or copied before this returns and may be changed at once; buffers of a
        pool are read later, and go back to their pool by themselves. Returns True, for code that is used to asking.
        A sample that is refused leaves no trace: the next one may be appended.

        Raises:
            InvalidStateError: the writer has no open session, or this input is finished.
            FrameError: a picture or sound that does not fit the settings. TimestampError: a time that cannot be
                written.
            NotReadyError: the queue is full and ``on_full`` is RAISE.
            StalledError: it waited for longer than the writer's ``stall_timeout``, and nothing moved.
            ReelwrightError: the writer failed earlier: its stored error. OperationCancelledError: it was cancelled.
        """
        return self._append(sample, time, duration, OnFull(self.on_full), convert=True)

    def append_nowait(self, sample: Any, time: Any = None, duration: Any = None) -> bool:
        """Like ``append``, but raises ``NotReadyError`` instead of waiting for room."""
        return self._append(sample, time, duration, OnFull.RAISE, convert=True)

    def _append(self, sample: Any, time: Any, duration: Any, on_full: OnFull, *, convert: bool) -> bool:
        waits = on_full is not OnFull.RAISE
        if not self._turn.acquire(blocking=waits):
            self._queue.refuse()  # another thread is appending, and may be waiting
        try:
            writer, lane = self._check_append()
            if not waits and not self._queue.has_room:
                self._refuse()
            buffer = _as_buffer(sample, time, duration)
            self._is_hurried = not convert
            try:
                item = lane.prepare(buffer, convert=convert)
            except ReelwrightError as error:
                time = buffer.presentation_time
                error.about(track=writer._number_of(self), time=time if time.is_numeric else None)
                raise
            if writer._formats_due is not None and item.time.is_numeric and item.time >= writer._formats_due:
                writer._require_formats(self)
            if self._queue.capacity:
                self._enqueue(writer, lane, item, on_full)
            else:
                self._store(writer, lane, item)
        finally:
            self._turn.release()
        return True

    def _enqueue(self, writer: AssetWriter, lane: Lane, item: Any, on_full: OnFull) -> None:
        try:
            if item.weight and (dropped := self._queue.reserve(on_full)):
                self._dropped += [each.time for each in dropped]
                lane.drop(dropped)
            lane.take(item)
            self._first, self._newest = item.time if self._first is None else self._first, item.time
            self._queue.put(item, item.weight)
        except Closed:
            self._refuse()
        except Stalled:
            raise writer._stalled("append() waits for room in the queue", self, item.time) from None

    def _store(self, writer: AssetWriter, lane: Lane, item: Any) -> None:
        """For a lane that needs no thread: everything happens here."""
        if not self._watch.wait(writer._take_file):
            raise writer._stalled("append() waits for the file", self, item.time)
        try:
            try:
                lane.take(item)
                self._queue.pass_by()
                writer._deliver(self, lane.feed(item))
            finally:
                writer._file.release()
        except BaseException as error:
            writer._fail(error, self, item.time)
            raise writer._failure(error) from reason_of(error)

    def _refuse(self) -> NoReturn:
        """Say why the queue takes nothing: it is full, or closed because of the writer or of this input."""
        self._check_append()
        if self._queue.is_open:
            self._queue.refuse()
        raise InvalidStateError(
            "cannot append: the input was finished while the sample waited for room.",
            hint="Append everything before mark_as_finished() or finish_writing().",
        )

    def _check_append(self) -> tuple[AssetWriter, Lane]:
        writer = self._writer
        if writer is None:
            raise InvalidStateError(
                "cannot append: the input belongs to no writer yet.", hint="Call writer.add(input)."
            )
        if self._finished and writer._takes_media:
            raise InvalidStateError(
                "cannot append: the input is marked as finished.", hint="Append before mark_as_finished()."
            )
        if not (self._request is not None and self._request.is_here and writer._takes_last_media):
            writer._judge(Action.APPEND, "append")
        assert self._lane is not None
        return writer, self._lane

    def request_media_data_when_ready(self, using: Callable[[], None], *, on: Executor | None = None) -> None:
        """Have ``using`` called whenever there is room, until the input is finished or the writer ends.

        ``using`` should append while ``is_ready_for_more_media_data`` and return; at the end of its data it calls
        ``mark_as_finished()``. It runs in a thread of the input, or on the executor ``on``, where it takes a worker of
        its own. What it raises fails the writer. ``finish_writing`` waits for a call that is under way.

        Raises:
            InvalidStateError: called twice, before ``start_writing``, or after ``finish_writing``.
            InvalidArgumentError: ``using`` cannot be called.
        """
        writer = self._writer
        if writer is None:
            raise InvalidStateError("the input belongs to no writer yet.", hint="Call writer.add(input) first.")
        writer._judge(Action.REQUEST)
        if not callable(using):
            raise InvalidArgumentError(f"{using!r} cannot be called.", hint="Pass a function without arguments.")
        if self._request is not None:
            raise InvalidStateError(
                "request_media_data_when_ready was called on this input before.", hint="Once is enough."
            )
        self._request = Request(self, using)
        try:
            self._request.start(on)
        except BaseException:
            self._request = None
            raise

    def mark_as_finished(self) -> None:
        """No more samples will come. Others may go on; the writer still has to be finished.

        Raises:
            InvalidStateError: before ``start_writing`` and after completion.
        """
        writer = self._writer
        if writer is None:
            raise InvalidStateError(
                "cannot mark as finished: the input belongs to no writer yet.", hint="Call writer.add(input)."
            )
        if writer._judge(Action.MARK_AS_FINISHED) is Outcome.PROCEED:
            self._finish()

    def statistics(self) -> QueueStatistics:
        """Figures of the queue: waiting, peak, waits, drops; and how far the film is behind what was appended."""
        latency = self._lane.facts.latency if self._lane is not None else Latency()
        reached = self._worker.reached if self._worker is not None else self._newest
        newest, reached = self._newest, self._first if reached is None else reached
        return replace(
            self._queue.statistics(),
            behind=0.0 if newest is None or reached is None else max(0.0, float((newest - reached).fraction)),
            latency=latency.mean,
            peak_latency=latency.peak,
        )

    # ------------------------------------------------------------------ for the writer

    def _attach(self, writer: AssetWriter) -> None:
        self._writer = writer

    def _make_clock(self) -> MediaClock:
        return MediaClock(self._media_time_scale, is_live=self._is_live and self._media_type is not MediaType.AUDIO)

    def _prepare_lane(
        self,
        clock: MediaClock,
        describe: Callable[[FormatDescription], object],
        watch: StallWatch,
        is_key_moment: Callable[[Time], bool] | None,
    ) -> None:
        """Make the lane, at ``start_writing``; an encoder that does not exist is noticed here."""
        assert self._writer is not None
        alpha_apart = container(self._writer.output_file_type).carries_alpha_apart
        options = replace(
            self._options,
            is_live=self._is_live,
            carries_alpha_apart=alpha_apart,
            is_key_moment=is_key_moment,
        )
        self._lane = make_lane(self._media_type, self._settings, self._hint, clock, options, describe)
        usual = self._lane.capacity or (_STORED if self._is_received else 0)
        self._watch = watch
        self._queue = BoundedQueue(self._queue_size or usual, _clock.monotonic, watch)

    @property
    def _awaits_first_sample(self) -> bool:
        """Whether nothing was appended, and something may still be."""
        return not self._finished and not self._queue.appended

    def _expected_format(self) -> FormatDescription | None:
        """What a track without samples will hold, as the source format hint tells; None without one."""
        assert self._lane is not None
        return None if self._hint is None else self._lane.empty_format()

    def _start(self, feed: TrackFeed) -> None:
        self._feed = feed
        writer, lane = self._writer, self._lane
        assert writer is not None
        assert lane is not None
        if self._queue.capacity:
            self._worker = Worker(f"reelwright-{self._media_type.name.lower()}", lane, self._queue, self._watch)
            self._worker.start(
                deliver=partial(writer._deliver, self),
                fail=lambda error, time: writer._fail(error, self, time),
                goes_on=lambda: self._finished and writer._is_writing,
            )

    def _end_request(self) -> None:
        """Have no more calls made, and wait for the one under way.

        Raises:
            Stalled: it does not return, and nothing else moves.
        """
        if self._request is not None:
            self._request.end()

    def _finish(self) -> None:
        """Take nothing more; what is queued is still encoded."""
        lane, writer = self._lane, self._writer
        assert lane is not None
        assert writer is not None
        if self._queue.capacity:
            self._finished = True
            self._queue.end()
            return
        if not self._watch.wait(partial(_acquire, self._turn)):  # an append under way is part of the film
            raise writer._stalled("the end waits for an append", self)
        try:
            if self._finished:
                return
            self._finished = True
            self._queue.end()
            try:
                writer._deliver(self, lane.finish(), last=True)
            except BaseException as error:
                writer._fail(error, self)
                raise writer._failure(error) from reason_of(error)
        finally:
            self._turn.release()

    def _stop(self) -> None:
        """Let go of everything, for a failure or a cancel."""
        self._queue.close()
        if self._lane is None or self._queue.capacity:
            return
        if self._watch.wait(partial(_acquire, self._turn)):  # else an append hangs, and the lane holds no encoder
            try:
                self._lane.close()
            finally:
                self._turn.release()

    def _join(self) -> None:
        """Wait for the input's thread.

        Raises:
            Stalled: it does not end, and nothing else moves.
        """
        if self._worker is not None:
            self._worker.join()

    def _state(self, number: int) -> InputState:
        """Where the input stands, for the diagnosis of a stall."""
        assert self._lane is not None
        worker = self._worker
        return InputState(
            track=number,
            media_type=self._media_type.name.lower(),
            encoder=self._lane.facts.encoder,
            queued=self._queue.statistics().queued,
            is_full=not self._queue.has_room,
            is_finished=self._finished,
            last_in=None if worker is None else self._watch.since(worker.last_in),
            last_out=None if worker is None else self._watch.since(worker.last_out),
            thread=worker.name if worker is not None and worker.is_busy else "",
        )


def _acquire(lock: threading.RLock, seconds: float | None) -> bool:
    return lock.acquire(timeout=-1 if seconds is None else seconds)


def _threads(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidArgumentError(f"{value!r} is no number of threads.", hint="Use 0 to let the encoder choose.")
    return value


def _as_buffer(sample: Any, time: Any, duration: Any) -> SampleBuffer:
    """What was appended as a sample buffer: as it is, or a picture with its time."""
    if isinstance(sample, SampleBuffer):
        if time is not None or duration is not None:
            raise InvalidArgumentError(
                "a SampleBuffer carries its own times.", hint="Pass it without time and duration: append(buffer)."
            )
        return sample
    if time is None:
        raise InvalidArgumentError(
            f"a {type(sample).__name__} needs a time: append(picture, time).",
            hint="Sound is wrapped with SampleBuffer.from_audio(array, rate, time).",
        )
    at = Time.of(time)
    if not at.is_numeric:
        raise TimestampError(f"{at} is no time at which a picture can be shown.", hint="Give a numeric time.", time=at)
    length = Time.INVALID if duration is None else Time.of(duration)
    image = sample if isinstance(sample, PixelBuffer) else picture(sample)
    return SampleBuffer(image=image, timings=[SampleTiming(at, length)])


def picture(value: Any) -> PixelBuffer:
    """An array or image of one picture as a pixel buffer.

    Raises:
        FrameError: something that is no picture.
    """
    from reelwright.model.picture import pixel_buffer

    return pixel_buffer(value)
