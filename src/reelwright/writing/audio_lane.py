"""Encoding sound: buffers of linear PCM become one continuous run of packets.

Only the first buffer's time places the track; what follows is encoded edge to edge, as AVFoundation's writer does, and
holes are listed in the report. A buffer may ask for silence in the hole before it instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from reelwright.codecs.audio_encoder import AudioEncoder, EncodedSound
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import FrameError, TimestampError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.sample import BufferAttachment, SampleBuffer
from reelwright.model.time import Time
from reelwright.writing.clock import MediaClock
from reelwright.writing.interleaver import Sample
from reelwright.writing.lane import LaneFacts

__all__ = ["AudioLane"]

_SECONDS = Fraction(1, 2)  # of sound that may wait in the queue


@dataclass(slots=True)
class _Sound:
    buffer: SampleBuffer
    silence: int  # frames of silence to put before it

    @property
    def weight(self) -> Fraction:
        assert self.buffer.format is not None
        return Fraction(self.buffer.num_samples + self.silence, self.buffer.format.sample_rate)

    @property
    def time(self) -> Time:
        return self.buffer.presentation_time


class AudioLane:
    """The lane of a sound input with output settings."""

    capacity: Fraction | int = _SECONDS

    def __init__(
        self, settings: AudioSettings, hint: FormatDescription | None, clock: MediaClock, *, threads: int = 0
    ) -> None:
        self.clock = clock
        self.facts = LaneFacts()
        self._settings = settings
        self._hint = hint
        self._threads = threads
        self._source: FormatDescription | None = None
        self._encoder: AudioEncoder | None = None
        self._start: Time | None = None
        self._expected: Fraction | None = None  # where the next buffer should begin, in seconds
        self._last: Time | None = None
        self._length = 0  # frames of all packets so far

    def prepare(self, buffer: SampleBuffer, *, convert: bool) -> _Sound:
        """Check a buffer: linear PCM of the format that the first one had, at a time that moves forward."""
        given = buffer.format
        if buffer.num_samples == 0:
            return _Sound(buffer.__class__(b"", format=self._source or _silent(self._settings), num_samples=0), 0)
        if given is None or given.media_type is not MediaType.AUDIO:
            raise FrameError("a sound input takes sound: SampleBuffer.from_audio(array, rate, time).")
        if given.pcm is None:
            raise FrameError(
                f"the input has output settings, so its buffers must be uncompressed (linear PCM), not "
                f"{given.media_subtype!r}.",
                hint="Decode first, or make the input without output settings to store packets as they are.",
            )
        if self._source is not None and not _same(self._source, given):
            raise FrameError(
                f"the sound's format changed from {_name(self._source)} to {_name(given)} in mid-track.",
                hint="Convert it to the first buffer's format, or write another track.",
                time=buffer.presentation_time,
            )
        silence = self._place(buffer, given.sample_rate)
        self._source = self._source or given
        return _Sound(buffer, silence)

    def _place(self, buffer: SampleBuffer, rate: int) -> int:
        """Check a buffer's time, note a hole, and return the frames of silence that should fill it."""
        time = buffer.output_presentation_time
        if not time.is_numeric:
            raise TimestampError(f"sound needs a numeric presentation time, not {time}.", time=time)
        if self._last is not None and time <= self._last:
            raise TimestampError(
                f"sound at {time} does not come after the buffer before it, at {self._last}.",
                hint="Give each buffer the time at which the one before it ends.",
                time=time,
            )
        silence = 0
        if self._expected is not None:
            hole = time.fraction - self._expected
            frames = int(hole * rate + Fraction(1, 2)) if hole > 0 else 0
            if frames and BufferAttachment.FILL_DISCONTINUITIES_WITH_SILENCE in buffer.attachments:
                silence = frames
                self.facts.filled = self.facts.filled + Time(frames, rate)
            elif abs(hole) * rate > 1:
                self.facts.gaps.append((time, Time.of(hole.limit_denominator(1_000_000))))
        self._last = time
        self._expected = time.fraction + Fraction(buffer.num_samples, rate)
        if self._start is None:
            self._start = time
        self.facts.frames_in += buffer.num_samples + silence
        self.facts.appended += buffer.num_samples
        return silence

    def feed(self, item: _Sound) -> Iterable[Sample]:
        if not item.buffer.num_samples:
            return
        encoder = self._open()
        if item.silence:
            yield from self._samples(encoder.encode_silence(item.silence))
        yield from self._samples(encoder.encode(item.buffer))

    def _open(self) -> AudioEncoder:
        if self._encoder is None:
            assert self._source is not None
            self._encoder = AudioEncoder(self._settings, source=self._source, threads=self._threads or 1)
        return self._encoder

    def _samples(self, encoded: Iterable[EncodedSound]) -> Iterator[Sample]:
        """Packets as samples of the track: the first packet lies before the sound's start by the encoder's priming."""
        encoder = self._encoder
        assert encoder is not None
        for sound in encoded:
            described = encoder.format
            assert described is not None
            rate = described.sample_rate
            self.clock.admit(Time(1, rate))
            at = Time(self._first_frame(rate) - encoder.priming + sound.position, rate)
            size = memoryview(sound.data).nbytes // sound.count
            each = Time(sound.frames // sound.count, rate)
            self.facts.encoded += sound.count
            self._length += sound.frames
            yield Sample([sound.data], size, at, each, described, decode=at, count=sound.count)

    def _first_frame(self, rate: int) -> int:
        """Where the sound starts, on the track's grid: the nearest frame to the first buffer's time."""
        assert self._start is not None
        return self._start.ticks_rounded(rate)

    def finish(self) -> Iterable[Sample]:
        encoder = self._encoder
        if encoder is None:
            return
        tail = list(self._samples(encoder.flush()))
        described = encoder.format
        assert described is not None
        rate = described.sample_rate
        self.facts.frames_out = encoder.frames_out
        self.facts.trim_start = Time(encoder.priming, rate)
        self.facts.trim_end = Time(self._length - encoder.priming - encoder.frames_out, rate)
        yield from tail

    def close(self) -> None:
        if self._encoder is not None:
            self._encoder.close()

    def empty_format(self) -> FormatDescription | None:
        source = self._source or self._hint or _silent(self._settings)
        encoder = AudioEncoder(self._settings, source=source, threads=1)
        try:
            return encoder.format
        finally:
            encoder.close()


def _silent(settings: AudioSettings) -> FormatDescription:
    """A source like the settings, for a track that gets no sound at all."""
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=int(settings.sample_rate or 48000),
        channels=settings.channels or 2,
        pcm=PcmLayout(bits=32, is_float=True),
        frames_per_packet=1,
    )


def _same(one: FormatDescription, other: FormatDescription) -> bool:
    keys = ("sample_rate", "channels", "channel_layout", "pcm")
    return all(getattr(one, key) == getattr(other, key) for key in keys)


def _name(given: FormatDescription) -> str:
    assert given.pcm is not None
    kind = "float" if given.pcm.is_float else "int"
    return f"{given.sample_rate} Hz, {given.channels} channels, {kind}{given.pcm.bits}"
