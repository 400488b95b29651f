"""Changing the sample rate with FFmpeg's resampler, to the sample.

The resampler mirrors the sound at its ends and decides by itself how much it delivers. Here it never sees an end: it is
led in and out with silence, whole periods of the rate ratio, which are cut off again; so the first frame stays at time
zero and the length is what the ratio says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelwright.codecs.sound_graph import SoundGraph, frame_bytes, nameless, sound_frame

__all__ = ["MASTERING", "NORMAL", "Quality", "Resampler"]


@dataclass(frozen=True, slots=True)
class Quality:
    """How long the resampler's filter is, and how close to the half of the lower rate it reaches (``cutoff``)."""

    filter_size: int
    cutoff: float
    kaiser_beta: int

    @property
    def options(self) -> str:
        return (
            f"filter_size={self.filter_size}:phase_shift=10:linear_interp=1:exact_rational=1"
            f":cutoff={self.cutoff}:filter_type=kaiser:kaiser_beta={self.kaiser_beta}"
        )


_SILENCE = 1 << 16  # frames at most at a time: odd rates have long periods
NORMAL = Quality(filter_size=64, cutoff=0.97, kaiser_beta=9)
MASTERING = Quality(filter_size=256, cutoff=0.985, kaiser_beta=12)


class Resampler:
    """Frames × channels of floats at one rate to the same at another; the channels are left as they are.

    Args:
        source_rate, target_rate: frames a second, both positive.
        channels: 1 to 64.
        dtype: ``float32`` or ``float64``: what goes in, comes out, and is calculated with.
    """

    def __init__(
        self, source_rate: int, target_rate: int, channels: int, dtype: Any, quality: Quality = NORMAL
    ) -> None:
        ratio = Fraction(target_rate, source_rate)
        self._ratio = ratio
        self._channels = channels
        self._dtype = np.dtype(dtype)
        self._rate = source_rate
        self._graph: SoundGraph | None = SoundGraph(
            self._sample_format,
            nameless(channels),
            source_rate,
            [("aresample", f"sample_rate={target_rate}:internal_sample_fmt={self._sample_format}p:{quality.options}")],
        )
        reach = quality.filter_size * max(1, math.ceil(1 / ratio))
        periods = -(-reach // ratio.denominator)
        self._lead = periods * ratio.denominator
        self._skip = periods * ratio.numerator
        self._pushed = 0
        self._frames_in = 0
        self._delivered = 0

    @property
    def _sample_format(self) -> str:
        return "flt" if self._dtype == np.float32 else "dbl"

    @property
    def frames_out(self) -> int:
        """Frames that what came in makes at the new rate, rounded to the nearest."""
        return math.floor(self._frames_in * self._ratio + Fraction(1, 2))

    def convert(self, numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """Give it the next frames and take what is ready."""
        while self._pushed < self._lead:
            yield from self._push_silence(self._lead - self._pushed)
        self._frames_in += len(numbers)
        yield from self._push(numbers)

    def flush(self) -> Iterator[NDArray[Any]]:
        """The frames still inside. Nothing may follow."""
        while self._delivered < self.frames_out:
            yield from self._push_silence(self._lead)

    def close(self) -> None:
        """Let go of FFmpeg's resampler; the count stays."""
        self._graph = None

    def _push_silence(self, frames: int) -> Iterator[NDArray[Any]]:
        yield from self._push(np.zeros((min(frames, _SILENCE), self._channels), self._dtype))

    def _push(self, numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
        kind = (self._sample_format, nameless(self._channels), self._rate)
        values = np.ascontiguousarray(numbers, dtype=self._dtype)
        frame = sound_frame(values.data, len(values), kind, self._pushed)
        self._pushed += len(values)
        assert self._graph is not None
        for ready in self._graph.run(frame):
            yield from self._cut(np.frombuffer(frame_bytes(ready), self._dtype).reshape(-1, self._channels))

    def _cut(self, numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
        dropped = min(self._skip, len(numbers))
        self._skip -= dropped
        kept = numbers[dropped : dropped + self.frames_out - self._delivered]
        self._delivered += len(kept)
        if len(kept):
            yield kept
