"""Sample buffers on their way through the pump: moved in time, divided, cut off at an end.

Nothing is copied but the few facts about a buffer; pictures and sound stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time

__all__ = ["ended_by", "in_pieces", "shifted"]

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


def ended_by(buffer: SampleBuffer, end: Time) -> SampleBuffer | None:
    """What of linear PCM lies before a moment, to the frame; None when nothing does."""
    begin = buffer.presentation_time
    if begin + buffer.duration <= end:
        return buffer
    if begin >= end:
        return None
    assert buffer.format is not None
    count = int((end - begin).fraction * buffer.format.sample_rate)
    return _part(buffer, 0, count) if count else None


def _part(buffer: SampleBuffer, first: int, count: int) -> SampleBuffer:
    assert buffer.format is not None
    unit = buffer.format.bytes_per_frame
    data = buffer.data[first * unit : (first + count) * unit]
    timing = SampleTiming(buffer.timing(first).presentation, buffer.timing(0).duration)
    return SampleBuffer(data, format=buffer.format, timings=[timing], num_samples=count)
