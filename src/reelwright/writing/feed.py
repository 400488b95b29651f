"""One track's samples between its input and the file: collected into chunks of about a second, packed while they wait.

In a film that is made in pieces each sample belongs to a period, and no chunk to two of them.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reelwright.containers.engine import WrittenTrack
from reelwright.containers.movie import Buffer, Chunk
from reelwright.model.format import FormatDescription
from reelwright.model.time import Time
from reelwright.storage.spill import Spill, SpillQueue
from reelwright.writing.clock import MediaClock
from reelwright.writing.waiting import pack, unpack

__all__ = ["CHUNK_BYTES", "CHUNK_SECONDS", "Divider", "Period", "Sample", "TrackFeed"]

CHUNK_SECONDS = 1
CHUNK_BYTES = 1 << 20
_SMALL = 1 << 12  # pieces below this are gathered in one buffer

Period = tuple[int, int]
"""The number of a fragment or segment, and of a part within it; both from 0."""


@dataclass(slots=True)
class Sample:
    """One encoded sample on its way into the file, or a run of samples that follow one another evenly.

    Attributes:
        payload: its bytes, in pieces; those of a run in one piece. size: bytes of one sample, or of each of a run.
        count: 1, or the length of the run.
        presentation: when the first is shown, on the source's time line. duration: how long each lasts.
        decode: when the first is decoded; None for samples of our own encoders, whose decode times follow their
            durations. Samples of a run are all shown as long after their decoding.
        flags: ``SampleFlag`` bits, of all or of each.
        format: what it is.
    """

    payload: list[Buffer]
    size: int | Sequence[int]
    presentation: Time
    duration: Time
    format: FormatDescription
    decode: Time | None = None
    flags: int | Sequence[int] = 1
    count: int = 1


class Divider(Protocol):
    """Says where a track's samples belong, in a film that is made in pieces."""

    def divide(self, sample: Sample) -> Iterable[tuple[Period, Sample]]:
        """The sample, or the run of samples in parts, each with its period; periods never go back."""


class _Values:
    """A column of an open chunk: one number while all are equal."""

    __slots__ = ("_count", "_many", "_value")

    def __init__(self) -> None:
        self._many: array[int] | None = None
        self._value = 0
        self._count = 0

    def add(self, value: int, count: int) -> None:
        if self._many is not None:
            if count == 1:
                self._many.append(value)
            else:
                self._many.extend(array("q", [value]) * count)
        elif value == self._value or not self._count:
            self._value = value
            self._count += count
        else:
            self._many = array("q", [self._value]) * self._count + array("q", [value]) * count

    def extend(self, values: Sequence[int]) -> None:
        if self._many is None:
            self._many = array("q", [self._value]) * self._count
        self._many.extend(values)

    def multiply(self, factor: int) -> None:
        self._value *= factor
        if self._many is not None:
            self._many = array("q", [value * factor for value in self._many])

    def take(self) -> Sequence[int] | int:
        """All values, or the one that they are; then there are none."""
        values, self._many = self._many, None
        value, self._count = self._value, 0
        if values is None:
            return value
        return values if min(values) != max(values) else values[0]


@dataclass(slots=True)
class TrackFeed:
    """One track's samples between its input and the file.

    Attributes:
        written: samples that went into the file. formats: what they are.
        closed: chunks that are complete and were not put away yet.
        waiting: bytes of media that were not written yet.
        divider: divides its samples among periods; None while all belong to one.
        period: the one that its next sample belongs to, or a later one.
    """

    track: WrittenTrack
    clock: MediaClock
    divider: Divider | None = None
    period: Period = (0, 0)
    finished: bool = False
    written: int = 0
    formats: list[FormatDescription] = field(default_factory=list)
    closed: deque[Chunk] = field(default_factory=deque)
    waiting: int = 0
    _queue: SpillQueue | None = None
    _head: Chunk | None = None
    _periods: deque[Period] = field(default_factory=deque)  # of the chunks that are complete and not written
    # The chunk that is being collected, in ticks of _scale
    _scale: int = 1
    _format: FormatDescription | None = None  # None while it is empty
    _payload: list[Buffer] = field(default_factory=list)
    _sizes: _Values = field(default_factory=_Values)
    _durations: _Values = field(default_factory=_Values)
    _offsets: _Values = field(default_factory=_Values)
    _flags: _Values = field(default_factory=_Values)
    _count: int = 0
    _bytes: int = 0
    _start: int = 0
    _end: int | None = None  # of the last sample

    # Collecting

    def enter(self, period: Period) -> None:
        """What comes now belongs to another period."""
        if period > self.period:
            self._close_chunk()
            self.period = period

    def add(self, sample: Sample) -> None:
        """Take samples in decode order; chunks that they complete go to ``closed``."""
        scale, ticks = self.clock.timescale, self.clock.ticks
        if scale != self._scale:
            self._rescale(scale)
        each, shown = ticks(sample.duration, scale), ticks(sample.presentation, scale)
        following = shown if self._end is None else self._end
        start = following if sample.decode is None else ticks(sample.decode, scale)
        if self._format is not None and (self._end != start or not self._is_kind(sample.format)):
            self._close_chunk()
        if sample.count == 1:
            size, flags = _first(sample.size), _first(sample.flags)
            if self._format is not None and not self._fits(each, size):
                self._close_chunk()
            self._open(sample.format, start)
            for piece in sample.payload:
                self._store(piece)
            self._sizes.add(size, 1)
            self._flags.add(flags, 1)
            self._count_in(1, each, shown - start, size)
        else:
            self._add_run(sample, each, start, shown - start)

    def _is_kind(self, format: FormatDescription) -> bool:
        return self._format is format or self._format == format

    def _fits(self, each: int, size: int) -> bool:
        assert self._end is not None
        length = self._end - self._start + each
        return length <= CHUNK_SECONDS * self._scale and self._bytes + size <= CHUNK_BYTES

    def _open(self, format: FormatDescription, start: int) -> None:
        if self._format is None:
            self._format, self._start, self._end = format, start, start

    def _count_in(self, count: int, each: int, offset: int, size: int) -> None:
        assert self._end is not None
        self._durations.add(each, count)
        self._offsets.add(offset, count)
        self._count += count
        self._bytes += size
        self.waiting += size
        self._end += each * count

    def _store(self, piece: Buffer) -> None:
        """Keep bytes; small ones are copied together, so that they cost no object each."""
        if len(piece) >= _SMALL:
            self._payload.append(piece)
        elif self._payload and isinstance(self._payload[-1], bytearray):
            self._payload[-1] += piece
        else:
            self._payload.append(bytearray(piece))

    def _add_run(self, run: Sample, each: int, start: int, offset: int) -> None:
        """Divide a run among as many chunks as it takes."""
        payload, first, at = memoryview(run.payload[0]), 0, 0
        while first < run.count:
            count, length = self._fitting(run, first, each, start)
            if not count:
                self._close_chunk()
                continue
            self._open(run.format, start)
            part = payload[at : at + length]
            self._store(bytes(part) if first + count == run.count else part)  # the rest may wait for long
            _extend(self._sizes, run.size, first, count)
            _extend(self._flags, run.flags, first, count)
            self._count_in(count, each, offset, length)
            first, at, start = first + count, at + length, start + each * count

    def _fitting(self, run: Sample, first: int, each: int, start: int) -> tuple[int, int]:
        """How many samples of a run the open chunk still takes, and their bytes; one at least if it is empty."""
        is_empty = self._format is None
        count = run.count - first
        if each:
            taken = 0 if is_empty else start - self._start
            count = min(count, (CHUNK_SECONDS * self._scale - taken) // each)
        room = CHUNK_BYTES - self._bytes
        if isinstance(run.size, int):
            count = max(0, min(count, room // run.size)) or int(is_empty)
            return count, count * run.size
        count = max(0, count) or int(is_empty)
        length = sum(run.size[first : first + count])
        while count and length > room and not (is_empty and count == 1):
            count -= 1
            length -= run.size[first + count]
        return count, length

    def finish(self) -> None:
        self.finished = True
        self._close_chunk()

    def _close_chunk(self) -> None:
        if self._format is None:
            return
        if self._format not in self.formats:
            self.formats.append(self._format)
        chunk = Chunk(
            description=self.track.describe(self._format),
            timescale=self._scale,
            payload=self._payload,
            count=self._count,
            sizes=self._sizes.take(),
            decode=self._start,
            durations=self._durations.take(),
            offsets=self._offsets.take(),
            flags=self._flags.take(),
        )
        self.closed.append(chunk)
        self._periods.append(self.period)
        self._format, self._payload, self._count, self._bytes = None, [], 0, 0

    def _rescale(self, scale: int) -> None:
        """The clock's scale has grown; what was collected follows it."""
        factor, rest = divmod(scale, self._scale)
        assert not rest, "a clock's scale grows by whole factors"
        self._scale = scale
        self._start *= factor
        self._end = None if self._end is None else self._end * factor
        self._durations.multiply(factor)
        self._offsets.multiply(factor)

    @property
    def is_collecting(self) -> bool:
        """Whether a chunk is open."""
        return self._format is not None

    # Waiting

    @property
    def is_waiting(self) -> bool:
        """Whether anything was taken and not written yet."""
        return self.is_collecting or self.head is not None

    @property
    def is_through(self) -> bool:
        """Whether everything was written."""
        return self.finished and self.head is None

    @property
    def head(self) -> Chunk | None:
        """The first chunk that is not written yet, if one is complete."""
        if self._head is None:
            if self._queue is not None and self._queue.length:
                self._head = unpack(self._queue)
            elif self.closed:
                self._head = self.closed.popleft()
        return self._head

    def pop(self) -> None:
        """The first chunk was written."""
        assert self._head is not None
        self.written += self._head.count
        self.waiting -= self._head.payload_size
        self._head = None
        self._periods.popleft()

    def park(self, spill: Spill) -> None:
        """Put the first of the closed chunks behind those that wait."""
        if self._queue is None:
            self._queue = spill.queue()
        pack(self.closed.popleft(), self._queue)

    def own_head(self) -> None:
        """The first chunk is going to wait: the caller's memory, of which it may be a small part, is let go."""
        if self._head is not None and any(not isinstance(piece, bytearray) for piece in self._head.payload):
            self._head.payload = [bytearray().join(self._head.payload)]

    @property
    def next_period(self) -> Period:
        """No chunk that is still to be written belongs to an earlier one."""
        return self._periods[0] if self._periods else self.period

    def earliest_next(self) -> tuple[int, int] | None:
        """No chunk that is still to be written starts before this (ticks, ticks a second); None: nothing is known."""
        head = self.head
        if head is not None:
            return head.decode, head.timescale
        if self._format is not None:
            return self._start, self._scale
        return None if self._end is None else (self._end, self._scale)


def _first(values: int | Sequence[int]) -> int:
    return values if isinstance(values, int) else values[0]


def _extend(column: _Values, values: int | Sequence[int], first: int, count: int) -> None:
    if isinstance(values, int):
        column.add(values, count)
    else:
        column.extend(values[first : first + count])
