"""Several streams of sound added up to one, window by window, on one time line.

Every stream counts with its full level, as in ``AVAssetReaderAudioMixOutput`` without an audio mix: a sum beyond full
scale is clipped where the output is integers, and stays as it is in floats. Where no stream has sound there is silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelwright.codecs import pcm as linear
from reelwright.codecs.sound_format import FLOATS, PcmBlock, SoundFormat
from reelwright.model.format import PcmLayout

__all__ = ["mix", "mixing_format"]

_WINDOW = 16384  # frames added up at a time: memory stays the same however many streams there are


def mixing_format(output: SoundFormat) -> SoundFormat:
    """What streams must be decoded to before they are mixed: floats at the output's rate, in its layout.

    Single precision holds integers of 24 bits exactly; outputs of more are mixed in double precision.
    """
    wide = PcmLayout(64, is_float=True, is_big_endian=FLOATS.is_big_endian)
    return SoundFormat(output.rate, output.channels, output.layout, wide if linear.is_wide(output.pcm) else FLOATS)


def mix(inputs: Sequence[Iterator[PcmBlock]], output: SoundFormat, start: int, end: int) -> Iterator[PcmBlock]:
    """All frames from ``start`` to ``end``, in blocks that follow one another.

    Args:
        inputs: streams in ``mixing_format(output)``, each in the order of time; they are read only as far as needed.
            Frames outside the range are left out, and so are those that a stream has given before.
        start, end: positions on the streams' common time line.
    """
    lanes = [_Lane(blocks, start, mixing_format(output)) for blocks in inputs]
    dtype = np.dtype(f"f{mixing_format(output).pcm.bytes_per_value}")
    for position in range(start, end, _WINDOW):
        sums = np.zeros((min(_WINDOW, end - position), output.channels), dtype)
        for lane in lanes:
            lane.add(sums, position)
        yield PcmBlock(position, linear.pack(sums, output.pcm).data, len(sums))


class _Lane:
    """One stream, read as far as the window reaches."""

    def __init__(self, blocks: Iterator[PcmBlock], start: int, format: SoundFormat) -> None:
        self._blocks = iter(blocks)
        self._next: PcmBlock | None = next(self._blocks, None)
        self._heard = start
        self._format = format

    def add(self, sums: NDArray[Any], position: int) -> None:
        """Add what the stream has within a window that begins at a position."""
        end = position + len(sums)
        while self._next is not None and self._next.position < end:
            part = self._next.cut(max(self._heard, position), end)
            if part.frames:
                values = linear.stored_frames(part.data, self._format.pcm, self._format.channels)
                sums[part.position - position : part.end - position] += values
                self._heard = part.end
            if self._next.end > end:
                return
            self._next = next(self._blocks, None)
