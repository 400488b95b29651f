"""Encoding pictures: conversion in the caller's thread, the encoder in the input's, exact times around both.

The encoder only needs times to spend its bits well; each packet is matched with the exact time of its picture. A
picture lasts until the next one; the last until a marker, else its own duration, else as long as the one before it.

A picture waits for the next one before it is encoded, so that one before a long pause can begin a group of its own:
reordered across the pause, all decode times before it would lie as far back as the pause is long. Live pictures, and
those that ask for low latency, are encoded at once unless they may be reordered: only how long they last is still open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic
from typing import Any

from reelwright.codecs.catalog import choose
from reelwright.codecs.convert import PixelConverter
from reelwright.codecs.tags import output_color
from reelwright.codecs.video_encoder import EncodedPacket, FrameSpec, VideoEncoder, frame_spec
from reelwright.codecs.video_options import Family, plan_encoder
from reelwright.containers.alpha_apart import joined
from reelwright.containers.movie import SampleFlag, SampleFraming, flags_of
from reelwright.model.errors import EncodeError, FrameError, TimestampError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelBuffer
from reelwright.model.sample import BufferAttachment, SampleAttachments, SampleBuffer
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time, frame_rate
from reelwright.writing.clock import MediaClock, Scale
from reelwright.writing.feed import Sample
from reelwright.writing.lane import LaneFacts, LaneOptions
from reelwright.writing.live import NOMINAL_RATE, likely_rate, tuned

__all__ = ["VideoLane"]

_PICTURES = 6  # that may wait in the queue
_FALLBACK = Time(1, 30)  # how long a film's only picture lasts when nobody says
_SYNC = int(SampleFlag.SYNC)
_LIVE_TIME_BASE = Fraction(1, 90_000)  # of an encoder whose pictures' times are not known yet
# B-frames in a row, by preset: x264's and x265's own tables; 3 and 4 where a preset is not named.
_BFRAMES: dict[Family, dict[str, int]] = {
    Family.X264: {"ultrafast": 0, "veryslow": 8, "placebo": 16},
    Family.X265: {"slower": 8, "veryslow": 8, "placebo": 8},
}
_USUAL_BFRAMES = {
    Family.X264: 3,
    Family.X265: 4,
    **dict.fromkeys((Family.SVT_AV1, Family.VPX, Family.PRORES, Family.JPEG), 0),  # come out as they are shown
}
# A picture that lasts this many seconds, and this many times as long as the one before it, is followed by a pause.
_PAUSE, _PAUSE_FACTOR = Time(1), 4
# What samples are to the file when no other needs them, by whether decoding can begin there.
_DISPOSABLE = {
    is_key: flags_of(SampleAttachments(not_sync=not is_key, is_depended_on_by_others=False)) for is_key in (False, True)
}


@dataclass(frozen=True, slots=True)
class _Look:
    """What the first picture decided: frames of which kind the encoder gets, and who makes them in the caller's thread.

    A converter belongs to one thread; the input's thread makes one of its own for pictures that are read there.
    """

    spec: FrameSpec
    converter: PixelConverter


@dataclass(slots=True)
class _Picture:
    """A checked picture: converted already, or to be converted in the input's thread; ``image`` is None for a marker.

    ``time`` is as given, ``at`` as it will be written, which a fixed time scale may round. ``since`` is when it was
    appended, on the machine's clock.
    """

    image: Any
    time: Time
    at: Time
    duration: Time
    scale: Scale
    look: _Look | None = None
    is_key: bool = False
    is_converted: bool = True
    since: float = 0.0

    @property
    def weight(self) -> int:
        return 0 if self.image is None else 1


@dataclass(slots=True)
class _Span:
    """When a picture in the encoder is shown, and how long, exactly: None until the next one tells.

    ``own`` is what it says itself, which counts when it is the last one; ``since`` when it was appended.
    """

    at: Time
    own: Time
    since: float
    duration: Time | None = None


class VideoLane:
    """The lane of a video input with output settings.

    Raises:
        EncoderNotFoundError: no encoder here can do what the settings ask for.
        SettingsError: encoder options that can never be right.
    """

    capacity: Fraction | int = _PICTURES

    def __init__(self, settings: VideoSettings, clock: MediaClock, options: LaneOptions) -> None:
        self.clock = clock
        self.facts = LaneFacts()
        settings = _carried(settings, options)
        self._settings = tuned(settings) if options.is_live else settings
        self._options = options
        self._look: _Look | None = None
        self._last: _Picture | None = None
        self._steps: deque[Time] = deque(maxlen=_bframes(self._settings))  # between pictures that may be reordered
        self._step: Time | None = None  # between the last two pictures,
        self._even = 0  # which as many before them had
        self._marker: _Picture | None = None  # that ended the last picture
        self._is_at_once = not self._steps.maxlen and (options.is_live or _is_low_latency(settings))
        self._owed: deque[Time] = deque()  # times of key frames that were dropped
        # the input's thread only:
        self._converter: PixelConverter | None = None
        self._encoder: VideoEncoder | None = None
        self._framing: SampleFraming | None = None
        self._time_base = Fraction(1)
        self._held: _Picture | None = None  # waits for the next one, which tells how long it lasts
        self._latest: _Span | None = None  # encoded already, but nobody knows yet how long it lasts
        self._before: Time | None = None  # how long the picture before it lasts
        self._is_after_pause = False
        self._tick: int | None = None
        self._inside: dict[int, _Span] = {}
        self._packets: deque[EncodedPacket] = deque()  # out of the encoder, and not yet on to the file

    # ------------------------------------------------------------------ the caller's thread

    def prepare(self, buffer: SampleBuffer, *, convert: bool) -> _Picture:
        """Check a picture and its time, and convert it unless it is to be read later."""
        if not buffer.num_samples:
            return self._prepare_marker(buffer)
        image = buffer.image
        if image is None:
            raise FrameError(
                "the input has output settings, so its buffers must hold images, not compressed data or sound.",
                hint="Make the input without output settings to store packets as they are.",
            )
        since, time = monotonic(), buffer.output_presentation_time
        length = buffer.output_duration
        grid = self.clock.grid_for(time, length)
        at = self._check_time(time, grid)
        own = self._own_duration(length, time, at, grid)
        scale = self._scale_for(at, own)
        look = self._look or self._make_look(image)
        is_late = not convert or image.pooled
        if is_late:
            look.converter.check(image)
        picture = image if is_late else look.converter.convert(image)
        is_key = bool(buffer.attachments.get(BufferAttachment.FORCE_KEY_FRAME, False))
        return _Picture(picture, time, at, own, scale, look, is_key, not is_late, since)

    def _prepare_marker(self, buffer: SampleBuffer) -> _Picture:
        time = buffer.presentation_time
        if BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION not in buffer.attachments:
            raise FrameError(
                "a buffer without a picture says nothing to a video input.",
                hint="Only SampleBuffer.marker(time, BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION) does.",
            )
        last, at = self._last, self.clock.snap(time, self.clock.grid_for(time)) if time.is_numeric else time
        if not time.is_numeric or last is None or at <= last.at or self._marker is not None:
            ended = f" (a marker at {self._marker.time} ended it already)" if self._marker is not None else ""
            what = f"the picture at {last.time}{ended}" if last is not None else "a picture: there is none yet"
            raise TimestampError(
                f"a marker at {time} cannot end {what}.",
                hint="Append it after the picture, with a later time.",
                time=time,
            )
        return _Picture(None, time, at, Time.INVALID, self._scale_for(at, Time.INVALID))

    def _check_time(self, time: Time, grid: int) -> Time:
        """See that a time lies behind everything before it; returns it as it will be written, on the grid.

        Two live pictures that fall on one tick are written a tick apart.
        """
        if not time.is_numeric:
            raise TimestampError(
                f"a picture needs a numeric presentation time, not {time}.", hint="Give seconds, or a Time.", time=time
            )
        last, marker, at = self._last, self._marker, self.clock.snap(time, grid)
        if marker is not None and at < marker.at:
            raise TimestampError(
                f"the picture at {time} comes before the marker at {marker.time} that ended the one before it.",
                hint="Append pictures in the order they are shown.",
                time=time,
            )
        if last is not None and time <= last.time:
            raise TimestampError(
                f"the picture at {time} does not come after the one before it, at {last.time}.",
                hint="Append pictures in the order they are shown, each with a later time.",
                time=time,
            )
        if last is not None and at <= last.at:
            if self.clock.is_live:
                return last.at + Time(1, grid or self.clock.timescale)
            raise TimestampError(
                f"the picture at {time} falls on the same 1/{self.clock.timescale} s as the one before it, at "
                f"{last.time}.",
                hint="Set a finer media_time_scale, or leave it 0.",
                time=time,
            )
        return at

    def _scale_for(self, at: Time, own: Time) -> Scale:
        """The time scale that holds a picture, its distance from the one before it, and what reordering makes of it."""
        gap = at - self._last.at if self._last is not None else Time.ZERO
        if self._is_even(gap, at) and (own is Time.INVALID or own == gap):
            return self.clock.scale  # nothing new
        step, before = gap.fraction, self._steps[-1] if self._steps else None
        reach = Fraction(0)
        if self._steps.maxlen and not _is_pause(gap, before):
            reach = sum((each.fraction for each in self._steps), step)
        if not own.is_numeric:
            return self.clock.scale_for(at, lasts=step, leads=reach)
        return self.clock.scale_for(own, at, lasts=max(step, own.fraction), leads=reach)

    def _is_even(self, step: Time, at: Time) -> bool:
        """Whether a picture follows as those before it did, so that the time scale holds it and its reordering."""
        if step != self._step or self._even <= (self._steps.maxlen or 0):
            return False
        return not self.clock.timescale % at.timescale

    def _own_duration(self, own: Time, time: Time, at: Time, grid: int) -> Time:
        """What counts when the picture turns out to be the last one; INVALID when nothing was said."""
        if not own.is_numeric or own <= Time.ZERO:
            return Time.INVALID
        return self.clock.at_least_a_tick(self.clock.snap(time + own, grid) - at, grid) if grid else own

    def _make_look(self, image: PixelBuffer) -> _Look:
        """The first picture decides the film's colour tags, by AVFoundation's four cases."""
        kind = image.pixel_format
        rgb = kind.is_rgb or kind.is_gray
        tags, _ = output_color(self._settings.color, image.color, rgb, self._options.assume)
        full_range = False if rgb else bool(image.full_range)
        spec = frame_spec(self._settings, tags, full_range, source=kind)
        return _Look(spec, self._make_converter(spec))

    def _make_converter(self, spec: FrameSpec) -> PixelConverter:
        return PixelConverter(
            spec,
            self._settings.scaling_mode,
            background=self._options.background,
            assume=self._options.assume,
            threads=self._options.conversion_threads,
        )

    def take(self, item: _Picture) -> None:
        self.clock.adopt(item.scale)
        if item.at is not item.time:
            self.clock.note_rounding(abs(item.at.fraction - item.time.fraction))
        if item.image is None:
            self._marker = item
            return
        if self._last is not None:
            self._note_step(item.at - self._last.at)
        # its times only, not its memory
        self._last, self._marker = _Picture(None, item.time, item.at, item.duration, item.scale), None
        self.facts.appended += 1
        if self._look is None:
            assert item.look is not None
            self._look = item.look
            if item.look.spec.color is None:
                self.facts.notes.append("the pictures carry no colour tags, so the film has none; assume= names them")

    def _note_step(self, step: Time) -> None:
        """Remember how far apart pictures are that may be reordered; none is, across a pause."""
        self._step, self._even = step, self._even + 1 if step == self._step else 0
        if not self._steps.maxlen:
            return
        if self._steps and _is_pause(step, self._steps[-1]):
            self._steps.clear()
        self._steps.append(step)

    def drop(self, items: Sequence[_Picture]) -> None:
        self._owed.extend(item.at for item in items if item.is_key)

    # ------------------------------------------------------------------ the input's thread

    def feed(self, item: _Picture) -> Iterable[Sample]:
        if self._latest is not None:
            self._end_latest(item.at - self._latest.at)
            yield from self._done()
        if self._is_at_once:
            if item.image is not None:
                self._latest = self._encode(self._converted(item), None)
        else:
            held, self._held = self._held, None if item.image is None else self._converted(item)
            if held is not None:
                self._encode(held, item.at - held.at)
        yield from self._done()

    def _converted(self, item: _Picture) -> _Picture:
        if item.is_converted:
            return item
        if self._converter is None:
            assert item.look is not None
            self._converter = self._make_converter(item.look.spec)
        return replace(item, image=self._converter.convert(item.image, alias=True), is_converted=True)

    def _encode(self, item: _Picture, duration: Time | None) -> _Span:
        """Give the encoder a picture; ``duration`` where it is known."""
        encoder = self._encoder or self._open(item, duration)
        is_key, self._is_after_pause = item.is_key or self._is_after_pause, False
        while self._owed and self._owed[0] < item.at:
            self._owed.popleft()
            is_key = True
        if duration is not None:
            is_key = self._ends_group(duration) or is_key
        if self._options.is_key_moment is not None:
            is_key = self._options.is_key_moment(item.at) or is_key
        tick = self._nearest_tick(item.at)
        if self._tick is not None and tick <= self._tick:
            tick = self._tick + 1  # only the encoder sees it
        self._tick = tick
        span = self._inside[tick] = _Span(item.at, item.duration, item.since, duration)
        self._take_out(encoder.encode(item.image, tick, force_key_frame=is_key))
        return span

    def _nearest_tick(self, at: Time) -> int:
        tick, rest = divmod(at.value * self._time_base.denominator, at.timescale * self._time_base.numerator)
        return round(at.fraction / self._time_base) if rest else tick

    def _end_latest(self, duration: Time) -> None:
        """Now it is known how long the picture before lasts; behind a pause, the next one begins a group."""
        assert self._latest is not None
        self._latest.duration, self._latest = duration, None
        self._is_after_pause = self._ends_group(duration)

    def _ends_group(self, duration: Time) -> bool:
        """Whether a picture that lasts so long is followed by a pause; what it lasts is remembered."""
        before, self._before = self._before, duration
        return _is_pause(duration, before)

    def _take_out(self, packets: Iterable[EncodedPacket]) -> None:
        now = monotonic()
        for packet in packets:
            self.facts.latency.note(now - self._inside[packet.ticks].since)
            self._packets.append(packet)

    def _done(self) -> Iterator[Sample]:
        """The samples that can go to the file by now, in decode order."""
        while self._packets and (duration := self._inside[self._packets[0].ticks].duration) is not None:
            packet = self._packets.popleft()
            yield self._sample(packet, self._inside.pop(packet.ticks).at, duration)

    def _open(self, first: _Picture, duration: Time | None) -> VideoEncoder:
        """Make the encoder, now that the first picture is known, and how long it lasts unless it is live."""
        assert first.look is not None
        rate = self._rate(duration)
        self._time_base = _LIVE_TIME_BASE if duration is None else _time_base(rate, self.clock.timescale)
        self._encoder = VideoEncoder(
            self._settings, first.look.spec, time_base=self._time_base, frame_rate=rate, threads=self._options.threads
        )
        self.facts.encoder, self.facts.overridden = self._encoder.name, self._encoder.overridden
        return self._encoder

    def _rate(self, first: Time | None) -> Fraction:
        """Frames a second, as far as the encoder needs to know: as told, else as the first picture's duration says."""
        expected = self._settings.compression.expected_source_frame_rate
        if expected:
            return frame_rate(expected)
        return NOMINAL_RATE if first is None else likely_rate(first.fraction)

    def _sample(self, packet: EncodedPacket, at: Time, duration: Time) -> Sample:
        framed = self._frame(packet)
        self.facts.encoded += 1
        flags = _DISPOSABLE[packet.is_key] if framed.is_disposable else _SYNC if packet.is_key else 0
        return Sample(framed.payload, framed.size, at, duration, framed.format, flags=flags)

    def _frame(self, packet: EncodedPacket) -> Any:
        if self._framing is None:
            assert self._encoder is not None
            described = self._encoder.format
            assert described is not None
            self._framing = SampleFraming(described, frame_rate=self._encoder.frame_rate)
        framed = self._framing.frame(packet.data)
        if packet.alpha is None:
            return framed
        payload = joined(framed.payload, packet.alpha)
        return framed._replace(payload=payload, size=sum(memoryview(piece).nbytes for piece in payload))

    def finish(self) -> Iterable[Sample]:
        held, self._held = self._held, None
        if held is not None:
            self._encode(held, self._length_of_last(held.duration))
        elif self._latest is not None:
            self._end_latest(self._length_of_last(self._latest.own))
        yield from self._done()
        if self._encoder is None:
            return
        self._take_out(self._encoder.flush())
        yield from self._done()
        if self._inside:
            raise EncodeError(
                f"the encoder kept {len(self._inside)} pictures to itself.",
                hint="Please report this with the settings.",
            )

    def _length_of_last(self, own: Time) -> Time:
        return own if own.is_numeric else self._before or self._only()

    def _only(self) -> Time:
        """How long the film's only picture lasts when nobody said so."""
        expected = self._settings.compression.expected_source_frame_rate
        wanted = Time.of(1 / frame_rate(expected)) if expected else _FALLBACK
        duration = self.clock.fitted(wanted)
        self.facts.notes.append(f"the only picture came without a duration; it lasts {duration}")
        return duration

    def close(self) -> None:
        if self._encoder is not None:
            self._encoder.close()
        self._held = self._latest = None
        self._inside.clear()
        self._packets.clear()

    def empty_format(self) -> FormatDescription | None:
        """What the track would have held: the encoder's own description of a film without pictures."""
        encoder = VideoEncoder(
            self._settings,
            frame_spec(self._settings, self._settings.color, False, source=None),
            time_base=Fraction(1, 30),
            frame_rate=Fraction(30),
            threads=1,
        )
        try:
            return encoder.format
        finally:
            encoder.close()


def _carried(settings: VideoSettings, options: LaneOptions) -> VideoSettings:
    """The settings without what the file has no place for: alpha that stands beside the pictures.

    Pictures that are opaque lose nothing then; others are refused, or laid over a background.
    """
    if settings.codec is not VideoCodec.VP9 or options.carries_alpha_apart:
        return settings
    return replace(settings, compression=replace(settings.compression, preserve_alpha_channel=False))


def _bframes(settings: VideoSettings) -> int:
    """How many pictures the encoder may put off: what it is told, or what its preset brings.

    Raises:
        EncoderNotFoundError, SettingsError: as ``choose`` and ``plan_encoder``.
    """
    name = choose(settings.codec, settings.encoder_specification, settings.bit_depth)
    options = plan_encoder(settings, name, frame_rate=NOMINAL_RATE, low_latency=_is_low_latency(settings)).options
    told, preset, family = options.get("bf", ""), options.get("preset", ""), Family.of(name)
    if told.isdecimal():
        return int(told)
    return _BFRAMES.get(family, {}).get(preset, _USUAL_BFRAMES.get(family, max(_USUAL_BFRAMES.values())))


def _is_low_latency(settings: VideoSettings) -> bool:
    return settings.encoder_specification is not None and settings.encoder_specification.low_latency


def _is_pause(step: Time, before: Time | None) -> bool:
    """Whether a picture that lasts so long is followed by a pause, after one that lasted as long as ``before``."""
    return before is not None and step > _PAUSE and step > before * _PAUSE_FACTOR


def _time_base(rate: Fraction, timescale: int) -> Fraction:
    """The length of an encoder's tick: a frame where frames lie on whole ticks of the track, else a tick of the
    track."""
    frame = 1 / rate
    return frame if (frame * timescale).denominator == 1 else Fraction(1, timescale)
