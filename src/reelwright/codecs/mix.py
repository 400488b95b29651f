"""Linear PCM of any kind into linear PCM of another: width, byte order, floats, layout of channels, sample rate.

``AudioConverter`` does as little as it can: equal formats pass through untouched, integers of another width are
shifted, and only a change of rate or a mix of channels goes through floats. It works a second at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelwright.codecs import pcm as linear
from reelwright.codecs.remix import Remix, speakers
from reelwright.codecs.resample import NORMAL, Quality, Resampler
from reelwright.model.errors import FrameError, InvalidStateError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.sample import BufferAttachment, SampleBuffer
from reelwright.model.time import Time

__all__ = ["AudioConverter"]

_FULL_SCALE = 1 + 2.0**-20  # more than rounding alone makes of 1, and less than half a step of 16 bits


class AudioConverter:
    """Sound from sample buffers in one format as blocks of bytes in another.

    >>> to_cd = AudioConverter(source, rate=44100, channels=2, pcm=PcmLayout(bits=16))
    >>> blocks = [*to_cd.convert(buffer), *to_cd.flush()]

    Args:
        source: linear PCM as it comes; every buffer must have this format.
        rate, channels, layout: the target's; ``layout`` is FFmpeg's name, None for the usual one of that many channels.
        pcm: how the target's values are stored; always interleaved.
        quality: the filter for a change of rate.

    Attributes:
        frames_in: frames received so far, after trims.
        clipped: values beyond full scale (±1) that integers could not hold and were cut to it.
        first_clipped: the first of them, as a frame of what comes out; None while there is none.
        is_rounded: whether integers came that the target's fewer bits could not hold.

    Raises:
        FrameError: a source that is not linear PCM.
        SettingsError: a layout that is unknown, or has no way into the other.
    """

    def __init__(
        self,
        source: FormatDescription,
        *,
        rate: int,
        channels: int,
        pcm: PcmLayout,
        layout: str | None = None,
        quality: Quality = NORMAL,
    ) -> None:
        self._source = source
        self._from = _linear(source)
        self._to = pcm
        if not pcm.is_interleaved:
            raise FrameError("sound is converted to interleaved values only.", hint="Use is_interleaved=True.")
        self._channels = channels
        self._remix = _remix(source, layout, channels)
        wide = linear.is_wide(self._from) and linear.is_wide(self._to)
        self._dtype = np.dtype(np.float64 if wide else np.float32)
        self._resampler = (
            None if rate == source.sample_rate else Resampler(source.sample_rate, rate, channels, self._dtype, quality)
        )
        self._same = self._is_same_layout()
        self._facts = _facts(source)
        self._finished = False
        self.frames_in = 0
        self.clipped = 0
        self.first_clipped: int | None = None
        self.is_rounded = False
        self._packed_frames = 0

    def _is_same_layout(self) -> bool:
        """Whether the stored bytes are already what is wanted. One channel is interleaved and planar at once."""
        ours = self._from
        order = ours.is_big_endian == self._to.is_big_endian or ours.bits == 8
        kind = (ours.bits, ours.is_float, ours.is_signed or ours.is_float)
        wanted = (self._to.bits, self._to.is_float, self._to.is_signed or self._to.is_float)
        flat = ours.is_interleaved or self._source.channels == 1
        return kind == wanted and order and flat and self._remix.is_identity and self._resampler is None

    @property
    def frames_out(self) -> int:
        """Frames that what came in makes at the target's rate, rounded to the nearest; ``flush`` delivers the last."""
        return self.frames_in if self._resampler is None else self._resampler.frames_out

    def convert(self, buffer: SampleBuffer) -> Iterator[memoryview]:
        """Take a buffer's sound and give what is ready, in blocks of about a second: views of the
        buffer's own memory if nothing changes.

        Trims at the buffer's start and end (``TrimDurationAtStart``, ``…AtEnd``) are cut off. It must be gone through
        to its end before the next call.

        Raises:
            FrameError: another format than the source's, no sound, or a float that is not a number.
            InvalidStateError: after ``flush``.
        """
        if self._finished:
            raise InvalidStateError("sound cannot follow after flush().", hint="Make a new converter.")
        self._check(buffer)
        yield from self._blocks(self._trimmed(buffer), buffer)

    def silence(self, frames: int) -> Iterator[memoryview]:
        """As if that many frames of silence (at the source's rate) had come."""
        if self._finished:
            raise InvalidStateError("silence cannot follow after flush().", hint="Make a new converter.")
        block = np.zeros((min(frames, self._source.sample_rate), self._source.channels), self._dtype)
        while frames > 0:
            part = block[:frames]
            frames -= len(part)
            self.frames_in += len(part)
            yield from self._delivered(part)

    def flush(self) -> Iterator[memoryview]:
        """The end of the sound that the resampler still holds."""
        if self._finished:
            return
        self._finished = True
        if self._resampler is not None:
            for numbers in self._resampler.flush():
                yield self._packed(numbers)
        self.close()

    def close(self) -> None:
        """Let go of the resampler; the counts stay. What was not flushed is lost, and nothing may follow."""
        self._finished = True
        if self._resampler is not None:
            self._resampler.close()

    def _check(self, buffer: SampleBuffer) -> None:
        if buffer.format is None or buffer.data is None:
            raise FrameError("a sample buffer without sound cannot be converted.", time=buffer.presentation_time)
        if buffer.format is not self._source and _facts(buffer.format) != self._facts:
            raise FrameError(
                f"the sound changes from {_text(self._source)} to {_text(buffer.format)} in the middle of a track.",
                hint="Convert it first, or write it to a track of its own.",
                time=buffer.presentation_time,
            )

    def _trimmed(self, buffer: SampleBuffer) -> NDArray[Any]:
        stored = linear.stored_frames(buffer.data, self._from, self._source.channels)
        if not buffer.attachments:
            return stored
        first = self._trim(buffer.trim_at_start, BufferAttachment.TRIM_DURATION_AT_START)
        last = self._trim(buffer.trim_at_end, BufferAttachment.TRIM_DURATION_AT_END)
        if first + last > len(stored):
            raise FrameError(
                f"trims of {first} and {last} frames are more than the {len(stored)} frames of their buffer.",
                hint="Trim no more than the buffer's duration.",
                time=buffer.presentation_time,
            )
        return stored[first : len(stored) - last]

    def _trim(self, trim: Time, key: str) -> int:
        frames = trim.fraction * self._source.sample_rate
        if frames < 0 or frames.denominator != 1:
            raise FrameError(
                f"{key} of {trim} is not a whole number of frames at {self._source.sample_rate} Hz.",
                hint=f"Give it as Time(frames, {self._source.sample_rate}).",
            )
        return int(frames)

    def _blocks(self, stored: NDArray[Any], buffer: SampleBuffer) -> Iterator[memoryview]:
        step = self._source.sample_rate
        for start in range(0, len(stored), step):
            linear.check_finite(stored[start : start + step], self._from, step, buffer.output_presentation_time, start)
        for start in range(0, len(stored), step):
            part = stored[start : start + step]
            self.frames_in += len(part)
            if self._same:
                yield part.reshape(-1).view(np.uint8).data
            else:
                yield from self._delivered(linear.values(part, self._from))

    def _delivered(self, numbers: NDArray[Any]) -> Iterator[memoryview]:
        mixed = self._mixed(numbers)
        if self._resampler is None:
            yield self._packed(mixed)
            return
        for part in self._resampler.convert(linear.to_float(mixed, self._dtype)):
            yield self._packed(part)

    def _packed(self, numbers: NDArray[Any]) -> memoryview:
        if not self._to.is_float and numbers.dtype.kind == "f" and numbers.size:
            self._count_clipped(numbers)
        if not self._to.is_float and numbers.dtype.kind == "i" and not self.is_rounded:
            self.is_rounded = bool((numbers & np.int32((1 << 32 - self._to.bits) - 1)).any())
        self._packed_frames += len(numbers)
        return linear.pack(numbers, self._to).data

    def _count_clipped(self, numbers: NDArray[Any]) -> None:
        if numbers.min() >= -_FULL_SCALE and numbers.max() <= _FULL_SCALE:
            return
        beyond = np.abs(numbers) > _FULL_SCALE
        self.clipped += int(np.count_nonzero(beyond))
        if self.first_clipped is None:
            self.first_clipped = self._packed_frames + int(beyond.any(axis=1).argmax())

    def _mixed(self, numbers: NDArray[Any]) -> NDArray[Any]:
        remix = self._remix
        if remix.is_identity:
            return numbers
        if remix.picks is None:
            return linear.to_float(numbers, self._dtype) @ remix.matrix.T.astype(self._dtype)
        mixed = np.zeros((len(numbers), self._channels), numbers.dtype)
        for target, origin in enumerate(remix.picks):
            if origin >= 0:
                mixed[:, target] = numbers[:, origin]
        return mixed


def _linear(source: FormatDescription) -> PcmLayout:
    if source.pcm is None or source.sample_rate <= 0 or source.channels <= 0:
        raise FrameError(
            f"sound of kind {source.media_subtype!r} is not linear PCM with a rate and channels.",
            hint="An input with output settings takes uncompressed sound (SampleBuffer.from_audio).",
        )
    return source.pcm


def _remix(source: FormatDescription, layout: str | None, channels: int) -> Remix:
    target = speakers(layout, channels)
    nameless = source.channel_layout is None and source.channels == channels
    return Remix(target if nameless else speakers(source.channel_layout, source.channels), target)


def _facts(description: FormatDescription) -> tuple[Any, ...]:
    layout = description.channel_layout
    return description.sample_rate, description.pcm, speakers(layout, description.channels)


def _text(description: FormatDescription) -> str:
    pcm = description.pcm
    if pcm is None:
        return f"{description.media_subtype!r}"
    kind = "float" if pcm.is_float else "int" if pcm.is_signed else "unsigned int"
    order = "big-endian " if pcm.is_big_endian else ""
    plan = "" if pcm.is_interleaved else "planar "
    layout = description.channel_layout or f"{description.channels} channels"
    return f"{order}{plan}{kind}{pcm.bits} {description.sample_rate} Hz {layout}"
