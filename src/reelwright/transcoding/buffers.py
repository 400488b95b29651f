"""Sample buffers on their way through the pump: moved in time, divided, cut off at an end.

Nothing is copied but the few facts about a buffer; pictures and sound stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from reelwright.model.format import FormatDescription
from reelwright.model.sample import BufferAttachment, SampleBuffer, SampleTiming
from reelwright.model.time import Time

__all__ = ["ended_by", "in_pieces", "shifted", "silence", "unbroken"]

_PIECES = 10
"""A second of sound is fed in so many pieces, at the least."""


def shifted(buffers: Iterable[SampleBuffer], by: Time) -> Iterator[SampleBuffer]:
    """Buffers with ``by`` added to their presentation times; decode times, which uncompressed media has none of, are
    dropped."""
    for buffer in buffers:
        timings = [SampleTiming(timing.presentation + by, timing.duration) for timing in buffer.timings]
        yield replace(buffer, timings=timings)


def in_pieces(buffers: Iterable[SampleBuffer]) -> Iterator[SampleBuffer]:
    """Linear PCM in pieces of a tenth of a second at the most."""
    for buffer in buffers:
        rate = buffer.format.sample_rate if buffer.format is not None else 0
        most = max(1, rate // _PIECES)
        if buffer.num_samples <= most or buffer.attachments:
            yield buffer
            continue
        for first in range(0, buffer.num_samples, most):
            yield _part(buffer, first, min(most, buffer.num_samples - first))


def unbroken(buffers: Iterable[SampleBuffer], begin: Time) -> Iterator[SampleBuffer]:
    """Linear PCM with silence from ``begin`` to its first buffer; holes behind that are left to the input, which is
    asked to fill them."""
    is_first = True
    for buffer in buffers:
        if is_first and buffer.format is not None:
            is_first = False
            late = (buffer.presentation_time - begin).fraction
            if late > 0:
                frames = int(late * buffer.format.sample_rate)
                yield from silence(buffer.format, begin, frames)
        filling = {**buffer.attachments, BufferAttachment.FILL_DISCONTINUITIES_WITH_SILENCE: True}
        yield replace(buffer, attachments=filling)


def silence(format: FormatDescription, begin: Time, frames: int | None = None) -> Iterator[SampleBuffer]:
    """Silence in pieces of a tenth of a second: so many frames of it, or without end."""
    rate, pcm = format.sample_rate, format.pcm
    piece = max(1, rate // _PIECES)
    # Zero is the middle of everything but unsigned values, which have 8 bits.
    still = b"\x80" if pcm is not None and not (pcm.is_signed or pcm.is_float) else b"\0"
    data = still * (piece * format.bytes_per_frame)
    for number in count():
        left = piece if frames is None else min(piece, frames - number * piece)
        if left <= 0:
            return
        timing = SampleTiming(begin + Time(number * piece, rate), Time(1, rate))
        yield SampleBuffer(data[: left * format.bytes_per_frame], format=format, timings=[timing], num_samples=left)


def ended_by(buffer: SampleBuffer, end: Time) -> SampleBuffer | None:
    """What of linear PCM lies before a moment, to the frame; None when nothing does."""
    begin = buffer.presentation_time
    if begin + buffer.duration <= end:
        return buffer
    if begin >= end:
        return None
    assert buffer.format is not None
    count = int((end - begin).fraction * buffer.format.sample_rate)
    return replace(_part(buffer, 0, count), attachments=buffer.attachments) if count else None


def _part(buffer: SampleBuffer, first: int, count: int) -> SampleBuffer:
    assert buffer.format is not None
    unit = buffer.format.bytes_per_frame
    data = buffer.data[first * unit : (first + count) * unit]
    timing = SampleTiming(buffer.timing(first).presentation, buffer.timing(0).duration)
    return SampleBuffer(data, format=buffer.format, timings=[timing], num_samples=count)
