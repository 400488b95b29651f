"""Runs of sound onto one grid of frames: what a decoder makes, converted, each frame at its place on the time line.

Frame ``n`` of the output is due at ``n / rate`` seconds, wherever a run began: before a resampler a run is led in with
silence from a moment that both rates have a frame at. So the same moment gives the same values from any start.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from reelwright.codecs.mix import AudioConverter
from reelwright.codecs.resample import MASTERING, NORMAL
from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.sample import SampleBuffer

__all__ = ["Piece", "SoundGrid"]

_LOWEST, _HIGHEST = 100, 1 << 22  # frames a second; what a file says beyond that is a mistake, and would cost much


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound as a decoder makes it: linear PCM of that format, from a position in frames at its own rate."""

    format: FormatDescription
    position: int
    data: memoryview
    frames: int

    @property
    def end(self) -> int:
        return self.position + self.frames

    def without(self, start: int, end: int) -> Piece:
        """The piece without so many frames at its ends."""
        if not start and not end:
            return self
        size = self.format.bytes_per_frame
        data = self.data[start * size : (self.frames - end) * size]
        return Piece(self.format, self.position + start, data, self.frames - start - end)


class SoundGrid:
    """Pieces in, blocks of one format out.

    Pieces that follow one another make a run; a gap, a step back or another format ends it and begins a new one.

    Raises:
        SettingsError: a layout that there is no way to.
    """

    def __init__(self, output: SoundFormat, *, mastering: bool = False) -> None:
        self._output = output
        self._quality = MASTERING if mastering else NORMAL
        self._converter: AudioConverter | None = None
        self._format: FormatDescription | None = None
        self._end = 0
        self._next = 0
        self._first = 0

    @property
    def end(self) -> int | None:
        """Where the run so far ends, in frames at the pieces' rate; None when there is none."""
        return None if self._converter is None else self._end

    def take(self, piece: Piece) -> Iterator[PcmBlock]:
        """Take the next piece and give what is ready.

        Raises:
            FrameError: a float that is not a number. InvalidMediaError: a rate that no sound has, where it is changed.
        """
        if self._converter is None or piece.position != self._end or piece.format != self._format:
            yield from self.finish()
            yield from self._begin(piece)
        assert self._converter is not None
        self._end = piece.end
        buffer = SampleBuffer(piece.data, format=piece.format, num_samples=piece.frames)
        yield from self._blocks(self._converter.convert(buffer))

    def finish(self) -> Iterator[PcmBlock]:
        """The end of the run; another may follow."""
        converter, self._converter = self._converter, None
        if converter is not None:
            yield from self._blocks(converter.flush())

    def _begin(self, piece: Piece) -> Iterator[PcmBlock]:
        output = self._output
        _check_rates(piece.format.sample_rate, output.rate)
        self._converter = AudioConverter(
            piece.format,
            rate=output.rate,
            channels=output.channels,
            pcm=output.pcm,
            layout=output.layout,
            quality=self._quality,
        )
        self._format = piece.format
        ratio = Fraction(output.rate, piece.format.sample_rate)
        lead = piece.position % ratio.denominator
        self._next = int((piece.position - lead) * ratio)
        self._first = math.floor(piece.position * ratio + Fraction(1, 2))
        if lead:
            yield from self._blocks(self._converter.silence(lead))

    def _blocks(self, parts: Iterable[memoryview]) -> Iterator[PcmBlock]:
        size = self._output.bytes_per_frame
        for part in parts:
            block = PcmBlock(self._next, part, part.nbytes // size)
            self._next = block.end
            kept = block.cut(self._first, block.end)
            if kept.frames:
                yield kept


def _check_rates(rate: int, wanted: int) -> None:
    if rate != wanted and not (min(rate, wanted) >= _LOWEST and max(rate, wanted) <= _HIGHEST):
        raise InvalidMediaError(
            f"sound at {rate} frames a second cannot be brought to {wanted}.",
            hint=f"Rates are changed from {_LOWEST} to {_HIGHEST} frames a second; ask for the sound's own.",
        )
