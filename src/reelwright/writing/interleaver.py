"""From samples to chunks in the order they should lie on disk: tracks take turns by time.

Every track collects samples into chunks of about a second. A chunk is written once no other track can still bring an
earlier one; until then it waits. Tracks may come in any order and at any pace: what runs ahead is kept in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from reelwright.containers.movie import Buffer, Chunk, MovieTrack
from reelwright.model.format import FormatDescription
from reelwright.model.time import Time
from reelwright.writing.clock import MediaClock

__all__ = ["Interleaver", "Sample", "TrackFeed"]

CHUNK_DURATION = Fraction(1)
CHUNK_BYTES = 1 << 20


@dataclass(slots=True)
class Sample:
    """One encoded sample on its way into the file, or a run of equal PCM frames.

    Attributes:
        payload: its bytes, in pieces. size: bytes of one sample. count: 1, or the number of PCM frames.
        presentation: when it is shown, on the source's time line. duration: how long one sample lasts.
        decode: when it is decoded; None for samples of our own encoders, whose decode times follow their durations.
        flags: ``SampleFlag`` bits.
        format: what it is.
    """

    payload: list[Buffer]
    size: int
    presentation: Time
    duration: Time
    format: FormatDescription
    decode: Time | None = None
    flags: int = 1
    count: int = 1


@dataclass(slots=True)
class TrackFeed:
    """One track's samples between its input and the file."""

    track: MovieTrack
    clock: MediaClock
    finished: bool = False
    written: int = 0
    formats: list[FormatDescription] = field(default_factory=list)
    ready: deque[tuple[Fraction, Chunk]] = field(default_factory=deque)
    _open: list[Sample] = field(default_factory=list)
    _open_duration: Fraction = Fraction(0)
    _open_bytes: int = 0
    _decode: tuple[int, int] | None = None  # running decode time of our own encoders' samples: ticks, scale
    _end: Fraction | None = None

    def add(self, sample: Sample) -> None:
        """Take a sample in decode order, or a run of PCM frames; a chunk that it completes goes to ``ready``."""
        for part in _parts(sample):
            self._add(part)

    def _add(self, sample: Sample) -> None:
        duration = sample.duration.fraction * sample.count
        start = self._start_of(sample)
        if self._open and not self._belongs(sample, start, duration):
            self._close_chunk()
        self._open.append(sample)
        self._open_duration += duration
        self._open_bytes += sample.size * sample.count
        self._end = start + duration

    def _start_of(self, sample: Sample) -> Fraction:
        if sample.decode is not None:
            return sample.decode.fraction
        return sample.presentation.fraction if self._end is None else self._end

    def _belongs(self, sample: Sample, start: Fraction, duration: Fraction) -> bool:
        """Whether the open chunk may hold this sample too: it follows at once, is of one kind, and the size suits."""
        first = self._open[0]
        return (
            (first.format is sample.format or first.format == sample.format)
            and start == self._end
            and self._open_duration + duration <= CHUNK_DURATION
            and self._open_bytes + sample.size * sample.count <= CHUNK_BYTES
        )

    def finish(self) -> None:
        self.finished = True
        self._close_chunk()

    def earliest_next(self) -> Fraction | None:
        """No chunk that is still to be written starts before this; None when nothing is known yet."""
        if self.ready:
            return self.ready[0][0]
        if self._open and self._end is not None:
            return self._end - self._open_duration
        return self._end

    def _close_chunk(self) -> None:
        if not self._open:
            return
        samples, scale = self._open, self.clock.timescale
        assert self._end is not None
        if samples[0].format not in self.formats:
            self.formats.append(samples[0].format)
        start = self._end - self._open_duration
        chunk = Chunk(
            description=self.track.describe(samples[0].format),
            timescale=scale,
            payload=[piece for sample in samples for piece in sample.payload],
            count=sum(sample.count for sample in samples),
            sizes=_column(samples, [sample.size for sample in samples]),
            decode=0,
            durations=0,
            offsets=0,
            flags=_column(samples, [sample.flags for sample in samples]),
        )
        self._set_times(chunk, samples)
        self.ready.append((start, chunk))
        self._open, self._open_duration, self._open_bytes = [], Fraction(0), 0

    def _set_times(self, chunk: Chunk, samples: list[Sample]) -> None:
        scale, ticks = chunk.timescale, self.clock.ticks
        shown = [ticks(sample.presentation, scale) for sample in samples]
        if samples[0].decode is None:
            durations = [
                ticks(sample.presentation + sample.duration, scale) - at
                if sample.count == 1
                else ticks(sample.duration, scale)
                for sample, at in zip(samples, shown, strict=True)
            ]
            decoded = self._running(shown[0], scale, samples, durations)
        else:
            given = [sample.presentation if sample.decode is None else sample.decode for sample in samples]
            decoded = [ticks(time, scale) for time in given]
            ends = [ticks(time + sample.duration, scale) for time, sample in zip(given, samples, strict=True)]
            durations = [end - at for end, at in zip(ends, decoded, strict=True)]
        chunk.decode = decoded[0]
        chunk.durations = _column(samples, durations)
        chunk.offsets = _column(samples, [at - dts for at, dts in zip(shown, decoded, strict=True)])

    def _running(self, first: int, scale: int, samples: list[Sample], durations: list[int]) -> list[int]:
        """Decode times that follow one another by the samples' own durations."""
        at = first if self._decode is None else self._decode[0] * (scale // self._decode[1])
        decoded = []
        for sample, duration in zip(samples, durations, strict=True):
            decoded.append(at)
            at += duration * sample.count
        self._decode = (at, scale)
        return decoded


def _parts(sample: Sample) -> Iterator[Sample]:
    """A run of PCM frames in pieces that fit into a chunk each; any other sample as it is."""
    most = sample.count
    if most > 1:
        most = max(1, min(int(CHUNK_DURATION / sample.duration.fraction), CHUNK_BYTES // sample.size))
    if sample.count <= most:
        yield sample
        return
    payload = memoryview(b"".join(sample.payload) if len(sample.payload) > 1 else sample.payload[0])
    for first in range(0, sample.count, most):
        count = min(most, sample.count - first)
        later = sample.duration * first
        yield replace(
            sample,
            payload=[payload[first * sample.size : (first + count) * sample.size]],
            presentation=sample.presentation + later,
            decode=None if sample.decode is None else sample.decode + later,
            count=count,
        )


def _column(samples: list[Sample], values: list[int]) -> list[int] | int:
    """A column of per-sample values: one number when all are equal, expanded for runs otherwise."""
    if len(set(values)) == 1:
        return values[0]
    if all(sample.count == 1 for sample in samples):
        return values
    return [value for sample, value in zip(samples, values, strict=True) for _ in range(sample.count)]


class Interleaver:
    """Decides the order of chunks; ``write`` puts one into the file."""

    def __init__(self, write: Callable[[MovieTrack, Chunk], None]) -> None:
        self._write = write
        self.feeds: list[TrackFeed] = []

    def push(self, feed: TrackFeed, samples: Iterable[Sample]) -> None:
        """Take samples of one track and write whatever can be written by now."""
        before = len(feed.ready)
        for sample in samples:
            feed.add(sample)
        if len(feed.ready) != before or len(self.feeds) > 1:
            self._emit()

    def finish(self, feed: TrackFeed) -> None:
        """No more samples of that track will come."""
        if not feed.finished:
            feed.finish()
            self._emit()

    def _emit(self) -> None:
        while (feed := self._next()) is not None:
            chunk = feed.ready.popleft()[1]
            self._write(feed.track, chunk)
            feed.written += chunk.count

    def _next(self) -> TrackFeed | None:
        """The feed whose first chunk is due, or None while a track could still bring an earlier one."""
        best: TrackFeed | None = None
        bound: Fraction | None = None
        for feed in self.feeds:
            earliest = feed.earliest_next()
            if feed.finished and not feed.ready:
                continue
            if earliest is None:
                return None
            if bound is None or earliest < bound:
                best, bound = feed, earliest
        return best if best is not None and best.ready else None

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait in memory for their turn."""
        return sum(
            memoryview(piece).nbytes for feed in self.feeds for _, chunk in feed.ready for piece in chunk.payload
        ) + sum(feed._open_bytes for feed in self.feeds)
