"""Sound at another speed: its pitch going along, as on a tape, or kept.

Varispeed is the resampler, exact to the frame. Both of AVFoundation's algorithms that keep the pitch, spectral and time
domain, are FFmpeg's ``atempo`` here, which overlaps pieces of the waveform where they fit best (WSOLA); what is
heard then lies within some 40 ms of where it should.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reelwright.codecs import pcm as linear
from reelwright.codecs.resample import Resampler
from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.codecs.sound_graph import SoundGraph, frame_bytes, nameless, sound_frame
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import AudioTimePitchAlgorithm

__all__ = ["stretch"]

_STEP = 16384  # frames put through at a time
_LEAST_TEMPO = Fraction(1, 2)  # that one atempo can do; the highest is 100
_MOST_PARTS = 1 << 20  # of a rate written as a fraction; finer ones are rounded to it
_LEAST_RATE, _MOST_RATE = Fraction(1, 100), Fraction(100)


def stretch(
    blocks: Iterable[PcmBlock],
    format: SoundFormat,
    rate: Fraction,
    algorithm: AudioTimePitchAlgorithm = AudioTimePitchAlgorithm.SPECTRAL,
) -> Iterator[PcmBlock]:
    """The sound played ``rate`` times as fast, in blocks that follow one another from position 0.

    Args:
        blocks: in the order of time, positions from 0 on; gaps are silence. format: what they are, and what comes out.
        rate: media time by playing time: 2 is twice as fast. From 1/100 to 100.

    As many frames come out as ``frames / rate``, rounded to the nearest (halves up).

    Raises:
        InvalidArgumentError: a rate out of range.
    """
    rate = Fraction(rate)
    if not _LEAST_RATE <= rate <= _MOST_RATE:
        raise InvalidArgumentError(
            f"sound cannot be played at {float(rate):g} times its speed.", hint="Use a rate from 1/100 to 100."
        )
    return _stretched(_filled(blocks, format), format, rate, algorithm)


def _stretched(
    parts: Iterator[NDArray[Any]], format: SoundFormat, rate: Fraction, algorithm: AudioTimePitchAlgorithm
) -> Iterator[PcmBlock]:
    position = 0
    changer = _changer(format, rate, algorithm)
    for numbers in _changed(parts, changer):
        yield PcmBlock(position, linear.pack(numbers, format.pcm).data, len(numbers))
        position += len(numbers)


class _Changer(Protocol):
    def convert(self, numbers: NDArray[Any]) -> Iterator[NDArray[Any]]: ...

    def flush(self) -> Iterator[NDArray[Any]]: ...


def _changed(parts: Iterator[NDArray[Any]], changer: _Changer) -> Iterator[NDArray[Any]]:
    for numbers in parts:
        yield from changer.convert(numbers)
    yield from changer.flush()


def _changer(format: SoundFormat, rate: Fraction, algorithm: AudioTimePitchAlgorithm) -> _Changer:
    if algorithm is not AudioTimePitchAlgorithm.VARISPEED:
        return _Tempo(format, rate)
    fine = rate.limit_denominator(_MOST_PARTS)
    scale = -(-format.rate // min(fine.numerator, fine.denominator))  # numbers that look like rates of sound
    return Resampler(fine.numerator * scale, fine.denominator * scale, format.channels, _dtype(format))


def _dtype(format: SoundFormat) -> np.dtype[Any]:
    return np.dtype(np.float64 if linear.is_wide(format.pcm) else np.float32)


def _filled(blocks: Iterable[PcmBlock], format: SoundFormat) -> Iterator[NDArray[Any]]:
    """The blocks as floats, a step at a time, gaps filled with silence, what overlaps left out."""
    end = 0
    for block in blocks:
        while block.position > end:
            silence = np.zeros((min(_STEP, block.position - end), format.channels), _dtype(format))
            end += len(silence)
            yield silence
        while (part := block.cut(end, end + _STEP)).frames:
            stored = linear.stored_frames(part.data, format.pcm, format.channels)
            yield linear.to_float(linear.values(stored, format.pcm), _dtype(format))
            end = part.end


class _Tempo:
    """FFmpeg's ``atempo``, with exactly as many frames out as the rate says.

    It works window by window and so ends a little early or late; what it lacks is silence, what is too much is cut.
    """

    def __init__(self, format: SoundFormat, rate: Fraction) -> None:
        self._rate = rate
        self._dtype = _dtype(format)
        self._channels = format.channels
        self._kind = ("flt" if self._dtype == np.float32 else "dbl", nameless(format.channels), format.rate)
        self._graph = SoundGraph(*self._kind, [("atempo", repr(float(one))) for one in _tempos(rate)])
        self._frames_in = 0
        self._delivered = 0

    @property
    def _frames_out(self) -> int:
        return math.floor(self._frames_in / self._rate + Fraction(1, 2))

    def convert(self, numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
        values = np.ascontiguousarray(numbers, self._dtype)
        frame = sound_frame(values.data, len(values), self._kind, self._frames_in)
        self._frames_in += len(values)
        for ready in self._graph.run(frame):
            yield from self._cut(np.frombuffer(frame_bytes(ready), self._dtype).reshape(-1, self._channels))

    def flush(self) -> Iterator[NDArray[Any]]:
        if self._frames_in:
            for ready in self._graph.run(None):
                yield from self._cut(np.frombuffer(frame_bytes(ready), self._dtype).reshape(-1, self._channels))
        while lacking := self._frames_out - self._delivered:
            yield from self._cut(np.zeros((min(lacking, _STEP), self._channels), self._dtype))

    def _cut(self, numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
        kept = numbers[: self._frames_out - self._delivered]
        self._delivered += len(kept)
        if len(kept):
            yield kept


def _tempos(rate: Fraction) -> Iterator[Fraction]:
    """The rate as a product of what one filter can do."""
    while rate < _LEAST_TEMPO:
        yield _LEAST_TEMPO
        rate /= _LEAST_TEMPO
    yield rate
