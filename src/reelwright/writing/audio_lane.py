"""Encoding sound: buffers of linear PCM become one continuous run of packets.

Only the first buffer's time places the track; what follows is encoded edge to edge, as AVFoundation's writer does, and
holes are listed in the report. A buffer may ask for silence in the hole before it instead. Every buffer carries its
place in the run, so that one dropped from a full queue leaves silence and nothing after it moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from time import monotonic

from reelwright.codecs import pcm
from reelwright.codecs.audio_encoder import AudioEncoder, EncodedSound
from reelwright.containers.movie import SampleFraming
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import EncodeError, FrameError, InvalidArgumentError, TimestampError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.sample import BufferAttachment, SampleBuffer
from reelwright.model.time import Time
from reelwright.writing.clock import MediaClock
from reelwright.writing.feed import Sample
from reelwright.writing.lane import LaneFacts

__all__ = ["AudioLane"]

_SECONDS = Fraction(1, 2)  # of sound that may wait in the queue


@dataclass(frozen=True, slots=True)
class _Sound:
    """A checked buffer.

    Attributes:
        frames: how many of its frames sound, after its trims. position: frames of the run before it.
        silence: frames of silence to be put in front of it, for a hole. gap: a hole that is closed up instead.
        expected: when the buffer after it should begin. since: when it was appended, on the machine's clock.
    """

    buffer: SampleBuffer
    time: Time
    frames: int = 0
    position: int = 0
    silence: int = 0
    gap: Fraction = Fraction(0)
    expected: Fraction | None = None
    since: float = 0.0

    @property
    def weight(self) -> Fraction | int:
        if not self.frames:
            return 0
        assert self.buffer.format is not None
        return Fraction(self.frames + self.silence, self.buffer.format.sample_rate)


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
        self._start: Time | None = None
        self._expected: Fraction | None = None  # when the next buffer should begin, in seconds
        self._last: Time | None = None
        # the input's thread only:
        self._encoder: AudioEncoder | None = None
        self._framing: SampleFraming | None = None
        self._length = 0  # frames of all packets so far

    # ------------------------------------------------------------------ the caller's thread

    def prepare(self, buffer: SampleBuffer, *, convert: bool) -> _Sound:
        """Check a buffer: linear PCM of the format that the first one had, at a time that moves forward.

        Memory that the caller could change is copied.
        """
        if buffer.num_samples == 0:
            return self._prepare_empty(buffer)
        since, given = monotonic(), self._check_format(buffer)
        frames = _frames_after_trims(buffer, given.sample_rate)
        time = self._check_time(buffer)
        if convert:
            assert given.pcm is not None
            stored = pcm.stored_frames(buffer.data, given.pcm, given.channels)
            pcm.check_finite(stored, given.pcm, given.sample_rate, time)
        sound = replace(self._place(buffer, time, frames, given.sample_rate), since=since)
        if buffer.data.readonly:
            return sound
        return replace(sound, buffer=replace(buffer, data=bytes(buffer.data)))

    @staticmethod
    def _prepare_empty(buffer: SampleBuffer) -> _Sound:
        if BufferAttachment.EMPTY_MEDIA in buffer.attachments:
            raise FrameError(
                "a sound input that encodes takes no empty-media markers.",
                hint="Leave the hole out; FILL_DISCONTINUITIES_WITH_SILENCE on the next buffer fills it.",
            )
        return _Sound(buffer, buffer.presentation_time)

    def _check_format(self, buffer: SampleBuffer) -> FormatDescription:
        given = buffer.format
        if given is None or given.media_type is not MediaType.AUDIO or buffer.data is None:
            raise FrameError(
                f"a sound input takes sound, not {'a picture' if buffer.image is not None else 'other samples'}.",
                hint="Wrap it: SampleBuffer.from_audio(array, rate, time).",
            )
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
            )
        return given

    def _check_time(self, buffer: SampleBuffer) -> Time:
        time = buffer.output_presentation_time
        if not time.is_numeric:
            raise TimestampError(
                f"sound needs a numeric presentation time, not {time}.", hint="Give seconds, or a Time.", time=time
            )
        if self._last is not None and time <= self._last:
            raise TimestampError(
                f"sound at {time} does not come after the buffer before it, at {self._last}.",
                hint="Give each buffer the time at which the one before it ends.",
                time=time,
            )
        return time

    def _place(self, buffer: SampleBuffer, time: Time, frames: int, rate: int) -> _Sound:
        """Measure the hole before a buffer; one that is to be filled makes silence, any other is closed up.

        Differences of up to one frame are the times' own roughness. They are not forgotten, so that a drift is noticed
        once it has grown to a frame.
        """
        length = Fraction(frames, rate)
        hole = Fraction(0) if self._expected is None else time.fraction - self._expected
        silence = 0
        if hole > 0 and BufferAttachment.FILL_DISCONTINUITIES_WITH_SILENCE in buffer.attachments:
            silence = int(hole * rate + Fraction(1, 2))
        gap = hole if not silence and abs(hole) * rate > 1 else Fraction(0)
        begin = time.fraction if gap or self._expected is None else self._expected + Fraction(silence, rate)
        return _Sound(buffer, time, frames, self.facts.frames_in + silence, silence, gap, begin + length)

    def take(self, item: _Sound) -> None:
        if not item.frames:
            return
        given = item.buffer.format
        assert given is not None
        self._source = self._source or given
        if self._start is None:
            self._start = item.time
        self._last, self._expected = item.time, item.expected
        if item.gap:
            self.facts.gaps.append((item.time, Time.of(item.gap.limit_denominator(1_000_000))))
        self.facts.filled = self.facts.filled + Time(item.silence, given.sample_rate)
        self.facts.frames_in += item.silence + item.frames
        self.facts.appended += item.frames

    def drop(self, items: Sequence[_Sound]) -> None:
        """Nothing to do: the next buffer knows its place in the run, and silence is put before it."""

    # ------------------------------------------------------------------ the input's thread

    def feed(self, item: _Sound) -> Iterable[Sample]:
        if not item.frames:
            return
        encoder = self._open(item)
        missing = item.position - encoder.frames_in  # a hole to be filled, and what was dropped from the full queue
        if missing:
            yield from self._samples(encoder.encode_silence(missing))
        yield from self._samples(encoder.encode(item.buffer))
        self.facts.latency.note(monotonic() - item.since)

    def _open(self, item: _Sound) -> AudioEncoder:
        if self._encoder is None:
            assert item.buffer.format is not None
            self._encoder = AudioEncoder(self._settings, source=item.buffer.format, threads=self._threads or 1)
            self._framing = SampleFraming(self._encoder.format)
            self.facts.encoder, self.facts.overridden = self._settings.format.name, self._encoder.overridden
        return self._encoder

    def _samples(self, encoded: Iterable[EncodedSound]) -> Iterator[Sample]:
        """Packets as samples of the track: the first packet lies before the sound's start by the encoder's priming."""
        encoder, framing = self._encoder, self._framing
        assert encoder is not None
        assert framing is not None
        rate = encoder.format.sample_rate
        self.clock.admit(Time(1, rate))
        first = self._first_frame(rate) - encoder.priming
        for sound in encoded:
            at = Time(first + sound.position, rate)
            size = memoryview(sound.data).nbytes // sound.count
            each = Time(sound.frames // sound.count, rate)
            self.facts.encoded += sound.count
            self._length += sound.frames
            framed = framing.frame(sound.data)
            yield Sample(framed.payload, size, at, each, framed.format, decode=at, count=sound.count)

    def _first_frame(self, rate: int) -> int:
        """Where the sound starts, on the track's grid: the nearest frame to the first buffer's time."""
        assert self._start is not None
        frame = self._start.ticks_rounded(rate)
        self.clock.note_rounding(abs(Fraction(frame, rate) - self._start.fraction))
        return frame

    def finish(self) -> Iterable[Sample]:
        encoder = self._encoder
        if encoder is None:
            return
        tail = list(self._samples(encoder.flush()))
        if self._length != encoder.frames_encoded:
            raise EncodeError(
                f"the encoder made {encoder.frames_encoded} frames of sound, {self._length} reached the track.",
                hint="Please report this with the settings.",
            )
        rate = encoder.format.sample_rate
        self.facts.frames_heard = encoder.frames_in
        self.facts.frames_out = encoder.frames_out
        self.facts.trim_start = Time(encoder.priming, rate)
        self.facts.trim_end = Time(self._length - encoder.priming - encoder.frames_out, rate)
        if encoder.clipped is not None:
            count, first = encoder.clipped
            at = (self._first_frame(rate) + first) / rate
            self.facts.notes.append(f"{count} values beyond full scale (±1) were clipped, the first at {at:.3f} s")
        if encoder.is_rounded:
            kept = encoder.format.bits_per_component
            self.facts.notes.append(f"values were rounded to the {kept} bits that are kept")
        yield from tail

    def close(self) -> None:
        if self._encoder is not None:
            self._encoder.close()

    def empty_format(self) -> FormatDescription | None:
        """What the track would have held: for encodings that are described by their packets, as silence has it."""
        source = self._source or self._hint or _silent(self._settings)
        encoder = AudioEncoder(self._settings, source=source, threads=1)
        try:
            # As many frames as make one of the track's, whatever its rate.
            silence = [*encoder.encode_silence(-(-source.sample_rate // encoder.format.sample_rate)), *encoder.flush()]
            return SampleFraming(encoder.format).frame(silence[0].data).format
        finally:
            encoder.close()


def _frames_after_trims(buffer: SampleBuffer, rate: int) -> int:
    """Frames of a buffer that sound.

    Raises:
        InvalidArgumentError: trims that are no whole frames, or more than the buffer has.
    """
    left = buffer.num_samples
    for trim in (buffer.trim_at_start, buffer.trim_at_end):
        frames = trim.fraction * rate if trim.is_numeric else Fraction(-1)
        if frames < 0 or frames.denominator != 1:
            raise InvalidArgumentError(
                f"a trim of {trim} is not a whole number of frames at {rate} Hz.",
                hint=f"Give it as Time(frames, {rate}).",
            )
        left -= int(frames)
    if left < 0:
        raise InvalidArgumentError(
            f"trims of {buffer.trim_at_start} and {buffer.trim_at_end} are more than the buffer's "
            f"{buffer.num_samples} frames.",
            hint="Trim no more than the buffer's duration.",
        )
    return left


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
