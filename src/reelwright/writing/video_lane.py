"""Encoding pictures: conversion in the caller's thread, the encoder in the input's, exact times around both.

The encoder only needs times to spend its bits well; each packet is matched with the exact time of its picture. A
picture lasts until the next one; the last until a marker, else its own duration, else as long as the one before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reelwright.codecs.convert import PixelConverter
from reelwright.codecs.tags import output_color
from reelwright.codecs.video_encoder import EncodedPacket, FrameSpec, VideoEncoder, frame_spec
from reelwright.containers.movie import SampleFlag, SampleFraming, flags_of
from reelwright.model.color import ColorProperties
from reelwright.model.errors import FrameError, InvalidArgumentError, TimestampError
from reelwright.model.format import FormatDescription
from reelwright.model.pixel import PixelBuffer
from reelwright.model.sample import BufferAttachment, SampleAttachments, SampleBuffer
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time, frame_rate
from reelwright.writing.clock import MediaClock
from reelwright.writing.interleaver import Sample
from reelwright.writing.lane import LaneFacts, LaneOptions

__all__ = ["VideoLane"]

_PICTURES = 6  # that may wait in the queue
_FALLBACK = Time(1, 30)  # how long a film's only picture lasts when nobody says


@dataclass(slots=True)
class _Picture:
    """A checked picture: converted already, or to be converted in the input's thread; None for a marker."""

    image: Any
    time: Time
    duration: Time
    is_key: bool
    is_converted: bool

    @property
    def weight(self) -> int:
        return 1


@dataclass(slots=True)
class _Pending:
    """A picture in the encoder: its exact time, and how long it lasts once that is known."""

    time: Time
    duration: Time | None = None


class VideoLane:
    """The lane of a video input with output settings."""

    capacity: Fraction | int = _PICTURES

    def __init__(self, settings: VideoSettings, clock: MediaClock, options: LaneOptions) -> None:
        self.clock = clock
        self.facts = LaneFacts()
        self._settings = settings
        self._options = options
        self._spec: FrameSpec | None = None
        self._converter: PixelConverter | None = None
        self._last: Time | None = None
        self._last_tick: int | None = None
        # the input's thread only:
        self._encoder: VideoEncoder | None = None
        self._framing: SampleFraming | None = None
        self._time_base = Fraction(1)
        self._first: _Picture | None = None
        self._tick: int | None = None
        self._newest: _Pending | None = None
        self._own: Time = Time.INVALID
        self._before: Time | None = None
        self._inside: dict[int, _Pending] = {}
        self._ready: deque[EncodedPacket] = deque()

    # ------------------------------------------------------------------ the caller's thread

    def prepare(self, buffer: SampleBuffer, *, convert: bool) -> _Picture:
        """Check a picture and its time, and convert it unless it is to be read later."""
        if not buffer.num_samples and buffer.image is None:
            return self._marker(buffer)
        image = buffer.image
        if image is None:
            raise FrameError(
                "the input has output settings, so its buffers must hold images, not compressed data.",
                hint="Make the input without output settings to store packets as they are.",
            )
        timing = buffer.timing(0)
        time = buffer.output_presentation_time
        self._check_time(time)
        converter = self._converter or self._make_converter(image)
        deferred = not convert or image.pooled
        picture = image if deferred else converter.convert(image)
        if deferred:
            converter.check(image)
        self.clock.admit(time)
        own = timing.duration
        if own.is_numeric and own > Time.ZERO:
            self.clock.admit(own)
        self._check_tick(time)
        self._last = time
        self.facts.appended += 1
        is_key = bool(buffer.attachments.get(BufferAttachment.FORCE_KEY_FRAME, False))
        return _Picture(picture, time, own, is_key, not deferred)

    def _marker(self, buffer: SampleBuffer) -> _Picture:
        time = buffer.presentation_time
        if BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION not in buffer.attachments:
            raise FrameError("a buffer without a picture says nothing to a video input.")
        if not time.is_numeric or self._last is None or time <= self._last:
            raise TimestampError(f"a marker at {time} cannot end the picture at {self._last}.", time=time)
        self.clock.admit(time)
        return _Picture(None, time, Time.INVALID, False, True)

    def _check_time(self, time: Time) -> None:
        if not time.is_numeric:
            raise TimestampError(f"a picture needs a numeric presentation time, not {time}.", time=time)
        if self._last is not None and time <= self._last:
            raise TimestampError(
                f"the picture at {time} does not come after the one before it, at {self._last}.",
                hint="Append pictures in the order they are shown, each with a later time.",
                time=time,
            )

    def _check_tick(self, time: Time) -> None:
        """With a fixed scale, two pictures must not fall on one tick."""
        if not self.clock.fixed:
            return
        tick = self.clock.ticks(time)
        if self._last_tick is not None and tick <= self._last_tick:
            raise TimestampError(
                f"the picture at {time} falls on the same 1/{self.clock.timescale} s as the one before it, at "
                f"{self._last}.",
                hint="Set a finer media_time_scale, or leave it 0.",
                time=time,
            )
        self._last_tick = tick

    def _make_converter(self, image: PixelBuffer) -> PixelConverter:
        """The first picture decides the film's colour tags, by AVFoundation's four cases."""
        kind = image.pixel_format
        rgb = kind.is_rgb or kind.is_gray
        tags, _ = output_color(self._settings.color, image.color, rgb, self._options.assume)
        full_range = False if rgb else bool(image.full_range)
        if tags is None:
            self.facts.notes.append("the pictures carry no colour tags, so the film has none; assume= names them")
        spec = frame_spec(self._settings, tags, full_range, source=kind)
        self._spec = spec
        self._converter = PixelConverter(
            spec,
            self._settings.scaling_mode,
            background=self._options.background,
            assume=self._options.assume,
            threads=self._options.conversion_threads,
        )
        return self._converter

    # ------------------------------------------------------------------ the input's thread

    def feed(self, item: _Picture) -> Iterable[Sample]:
        if item.image is None:
            self._end_newest(item.time)
        else:
            if self._newest is not None and self._newest.duration is None:
                self._end_newest(item.time)
            if not item.is_converted:
                assert self._converter is not None
                item.image = self._converter.convert(item.image, alias=True)
            if self._encoder is None and self._first is None:
                self._first = item  # the distance to the second picture tells the encoder the frame rate
                self._admit(item)
                return
            if self._encoder is None:
                self._open(item.time)
            self._admit(item)
            self._encode(item)
        yield from self._release()

    def _admit(self, item: _Picture) -> None:
        self._newest = _Pending(item.time)
        self._own = item.duration

    def _end_newest(self, time: Time) -> None:
        newest = self._newest
        if newest is not None:
            newest.duration = time - newest.time
            self._before = newest.duration

    def _open(self, second: Time | None) -> None:
        """Make the encoder, now that the first picture and the time of the second are known, and give it the first."""
        first, spec = self._first, self._spec
        assert first is not None
        assert spec is not None
        rate = self._rate(first, second)
        scale = self.clock.timescale
        self._time_base = 1 / rate if (1 / rate * scale).denominator == 1 else Fraction(1, scale)
        self._encoder = VideoEncoder(
            self._settings, spec, time_base=self._time_base, frame_rate=rate, threads=self._options.threads
        )
        self.facts.overridden = self._encoder.overridden
        newest, self._newest = self._newest, None
        assert newest is not None
        self._first = None
        self._send(first, newest)
        self._newest = newest

    def _rate(self, first: _Picture, second: Time | None) -> Fraction:
        expected = self._settings.compression.expected_source_frame_rate
        if expected:
            return frame_rate(expected)
        if second is not None:
            return 1 / (second.fraction - first.time.fraction)
        return 1 / (first.duration if first.duration.is_numeric and first.duration > Time.ZERO else _FALLBACK).fraction

    def _encode(self, item: _Picture) -> None:
        assert self._newest is not None
        self._send(item, self._newest)

    def _send(self, item: _Picture, pending: _Pending) -> None:
        assert self._encoder is not None
        exact = item.time.fraction / self._time_base
        tick = round(exact)
        if self._tick is not None and tick <= self._tick:
            tick = self._tick + 1  # only the encoder sees it
        self._tick = tick
        self._inside[tick] = pending
        self._ready.extend(self._encoder.encode(item.image, tick, force_key_frame=item.is_key))

    def _release(self) -> Iterator[Sample]:
        """Packets whose picture's duration is known by now, in decode order."""
        while self._ready:
            packet = self._ready[0]
            pending = self._inside[packet.ticks]
            if pending.duration is None:
                return
            self._ready.popleft()
            del self._inside[packet.ticks]
            yield self._sample(packet, pending)

    def _sample(self, packet: EncodedPacket, pending: _Pending) -> Sample:
        assert pending.duration is not None
        framed = self._frame(packet)
        facts = SampleAttachments(
            not_sync=not packet.is_key, is_depended_on_by_others=False if framed.is_disposable else None
        )
        self.facts.encoded += 1
        flags = flags_of(facts) if framed.is_disposable else int(SampleFlag.SYNC if packet.is_key else 0)
        return Sample(framed.payload, framed.size, pending.time, pending.duration, framed.format, flags=flags)

    def _frame(self, packet: EncodedPacket) -> Any:
        if self._framing is None:
            assert self._encoder is not None
            described = self._encoder.format
            assert described is not None
            self._framing = SampleFraming(described)
        return self._framing.frame(packet.data)

    def finish(self) -> Iterable[Sample]:
        if self._first is not None:
            self._open(None)
        if self._encoder is None:
            return
        newest = self._newest
        if newest is not None and newest.duration is None:
            own = self._own
            if own.is_numeric and own > Time.ZERO:
                newest.duration = own
            else:
                newest.duration = self._before or self._only()
        self._ready.extend(self._encoder.flush())
        yield from self._release()
        if self._inside or self._ready:
            raise InvalidArgumentError(f"the encoder kept {len(self._inside)} pictures to itself.", code=-11883)

    def _only(self) -> Time:
        expected = self._settings.compression.expected_source_frame_rate
        duration = Time.of(1 / frame_rate(expected)) if expected else _FALLBACK
        self.facts.notes.append(f"the only picture came without a duration; it lasts {duration}")
        self.clock.admit(duration)
        return duration

    def close(self) -> None:
        if self._encoder is not None:
            self._encoder.close()
        self._first = None
        self._inside.clear()
        self._ready.clear()

    def empty_format(self) -> FormatDescription | None:
        """What the track would have held: the encoder's own description of a film without pictures."""
        color: ColorProperties | None = self._settings.color
        encoder = VideoEncoder(
            self._settings,
            frame_spec(self._settings, color, False, source=None),
            time_base=Fraction(1, 30),
            frame_rate=Fraction(30),
            threads=1,
        )
        try:
            return encoder.format
        finally:
            encoder.close()
