"""Buffers of many samples that follow one another evenly: they pass through the writer as one piece, at no cost each.

Even means: each lasts as long as every other, is decoded when the one before it ends, and is shown as long after that
as every other. Sizes and facts may differ.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reelwright.containers.movie import Buffer, SampleFlag, flags_of
from reelwright.model.format import FormatDescription
from reelwright.model.sample import SampleAttachments, SampleBuffer, SampleTiming
from reelwright.model.time import Time

__all__ = ["Piece", "even_timing", "piece_of_run", "without_last"]

Column = int | Sequence[int]
_SYNC = int(SampleFlag.SYNC)


@dataclass(slots=True)
class Piece:
    """Samples ready for the file but for the duration of the last: one, or ``count`` that follow one another evenly.

    Attributes:
        size, flags: of all samples, or of each. presentation, decode: of the first. duration: of each.
    """

    payload: list[Buffer]
    size: Column
    presentation: Time
    decode: Time
    duration: Time
    flags: Column
    format: FormatDescription
    count: int = 1

    @property
    def last_decode(self) -> Time:
        """When its last sample is decoded."""
        return self.decode if self.count == 1 else self.decode + self.duration * (self.count - 1)


def even_timing(buffer: SampleBuffer) -> SampleTiming | None:
    """The first sample's timing if all samples follow from it evenly; None if they do not, or lack a length."""
    timings = buffer.timings
    if not timings:
        return None
    first = timings[0]
    if buffer.num_samples == 1:
        return first
    if not first.duration.is_numeric or first.duration <= Time.ZERO or not first.presentation.is_numeric:
        return None
    if len(timings) == 1:
        # What one timing says of decoding, it says of the first sample alone.
        return None if first.decode.is_valid else first
    return first if _is_even(first, timings) else None


def _is_even(first: SampleTiming, timings: Sequence[SampleTiming]) -> bool:
    step, scale, shown = first.duration, first.presentation.timescale, first.presentation.value
    decodes = first.decode.is_valid
    decode = first.decode.value if decodes else 0
    if step.timescale != scale or (decodes and first.decode.timescale != scale):
        return False
    for timing in timings:
        at, length, dts = timing.presentation, timing.duration, timing.decode
        if at.value != shown or at.timescale != scale or not at.is_numeric:
            return False
        if length.value != step.value or length.timescale != scale or not length.is_numeric:
            return False
        if dts.is_valid is not decodes:
            return False
        if decodes and (dts.value != decode or dts.timescale != scale or not dts.is_numeric):
            return False
        shown += step.value
        decode += step.value
    return True


def piece_of_run(
    buffer: SampleBuffer, timing: SampleTiming, format: FormatDescription, known: dict[SampleAttachments, int]
) -> Piece:
    """The buffer's samples, its bytes as they are, as one piece.

    Args:
        timing: what ``even_timing`` gave. known: flags worked out before, to be added to.
    """
    decode = timing.decode if timing.decode.is_valid else timing.presentation
    size: Column = buffer.size(0) if len(buffer.sizes) < 2 else array("q", buffer.sizes)
    count = buffer.num_samples
    flags = _flags(buffer.sample_attachments, known)
    return Piece([buffer.data], size, timing.presentation, decode, timing.duration, flags, format, count)


def _flags(facts: Sequence[SampleAttachments], known: dict[SampleAttachments, int]) -> Column:
    if not facts:
        return _SYNC
    for fact in facts if len(facts) == 1 else set(facts):
        if fact not in known:
            known[fact] = flags_of(fact)
    return known[facts[0]] if len(facts) == 1 else array("q", [known[fact] for fact in facts])


def without_last(run: Piece) -> tuple[Piece, Piece]:
    """A run of several samples as all but the last, and the last with bytes of its own, which may be kept for long."""
    count, data = run.count - 1, memoryview(run.payload[0])
    length = count * run.size if isinstance(run.size, int) else data.nbytes - run.size[count]
    later = run.duration * count
    last = replace(
        run,
        payload=[bytes(data[length:])],
        size=_at(run.size, count),
        flags=_at(run.flags, count),
        presentation=run.presentation + later,
        decode=run.decode + later,
        count=1,
    )
    return replace(run, payload=[data[:length]], size=_before(run.size), flags=_before(run.flags), count=count), last


def _at(column: Column, index: int) -> int:
    return column if isinstance(column, int) else column[index]


def _before(column: Column) -> Column:
    return column if isinstance(column, int) else column[:-1]
