"""From samples to chunks in the order they should lie on disk: tracks take turns by time.

Every track collects samples into chunks of about a second. A chunk is written once no other track can still bring an
earlier one; until then it waits. Tracks may come in any order and at any pace: what runs ahead waits packed, in memory
while that is little and beside the film when it is much. Beyond a limit, what waits longest is written out of turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reelwright.containers.engine import WrittenTrack
from reelwright.containers.movie import Chunk
from reelwright.storage.spill import Spill
from reelwright.writing.feed import Period, Sample, TrackFeed
from reelwright.writing.waiting import record_size

__all__ = ["Division", "Interleaver"]

_EVER = (-1 << 126, 1)  # ticks, and ticks a second: a moment before all others


@dataclass(slots=True)
class Division:
    """How a film is made in pieces.

    Attributes:
        end_period: called between the chunks of two periods: with the one that ended, and the one that begins.
        leads: whether a track has the say, while it lasts: no piece ends but where it goes on to the next.
        patience: how many periods a track may be behind another before nobody waits for it; None for any number.
    """

    end_period: Callable[[Period, Period], None]
    leads: Callable[[TrackFeed], bool] = lambda feed: False
    patience: int | None = None


class Interleaver:
    """Decides the order of chunks; ``write`` puts one into the file.

    Args:
        spill: where chunks wait. It is closed by whoever made it.
        division: for a film in pieces, whose feeds have dividers: all chunks of a period come before all of the next.

    Attributes:
        feeds: the tracks. out_of_turn: chunks that were written before their turn, for want of room to wait.
    """

    def __init__(
        self, write: Callable[[WrittenTrack, Chunk], None], spill: Spill, division: Division | None = None
    ) -> None:
        self._write = write
        self._spill = spill
        self._division = division
        self._period: Period = (0, 0)  # that is being written
        self.feeds: list[TrackFeed] = []
        self.out_of_turn = 0

    def push(self, feed: TrackFeed, samples: Iterable[Sample]) -> None:
        """Take samples of one track and write whatever can be written by now."""
        for sample in samples:
            if feed.divider is None:
                self._take(feed, sample)
                continue
            for period, part in feed.divider.divide(sample):
                feed.enter(period)
                self._take(feed, part)

    def _take(self, feed: TrackFeed, sample: Sample) -> None:
        was_collecting = feed.is_collecting
        feed.add(sample)
        if feed.closed or not was_collecting:  # else no track's next chunk has moved
            self._emit()
            self._park(feed)

    def finish(self, feed: TrackFeed) -> None:
        """No more samples of that track will come."""
        if not feed.finished:
            feed.finish()
            self._emit()
            self._park(feed)

    def look(self) -> None:
        """Feeds went on to another period by themselves: write what can be written by now."""
        self._emit()

    def _emit(self) -> None:
        while (feed := self._next()) is not None:
            self._write_head(feed)
        if self._division is not None:
            self._end_passed(self._division)

    def _write_head(self, feed: TrackFeed) -> None:
        chunk = feed.head
        assert chunk is not None
        if self._division is not None:
            self._go_on(self._division, feed.next_period)
        self._write(feed.track, chunk)
        feed.pop()

    def _go_on(self, division: Division, period: Period) -> None:
        """End the present period, if another has come and whoever leads is there."""
        if period <= self._period:
            return
        leading = (feed for feed in self.feeds if division.leads(feed) and feed.written and not feed.is_through)
        if any(feed.next_period[0] > period[0] for feed in leading):
            return
        division.end_period(self._period, period)
        self._period = period

    def _end_passed(self, division: Division) -> None:
        """End the period that all tracks have left, at once and not with the next chunk."""
        going_on = [feed.next_period for feed in self.feeds if not feed.is_through and not self._is_lost(feed)]
        if going_on:
            self._go_on(division, min(going_on))

    def _is_lost(self, feed: TrackFeed) -> bool:
        """Whether a track is so far behind that the others go on without it."""
        if self._division is None or self._division.patience is None or feed.head is not None:
            return False
        newest = max(other.period[0] for other in self.feeds)
        return newest - feed.period[0] > self._division.patience and feed.track.is_described

    def _park(self, feed: TrackFeed) -> None:
        """Put away the chunks of a feed whose turn has not come."""
        while feed.head is not None and feed.closed:
            if self._spill.has_room(record_size(feed.closed[0])):
                feed.park(self._spill)
            else:
                self._write_head(self._first_waiting())
                self.out_of_turn += 1
        feed.own_head()

    def _next(self) -> TrackFeed | None:
        """The feed whose first chunk is due, or None while a track could still bring an earlier one."""
        best: TrackFeed | None = None
        period, ticks, scale = (0, 0), 0, 1
        for feed in self.feeds:
            if feed.is_through or self._is_lost(feed):
                continue
            earliest, mine = feed.earliest_next() or _EVER, feed.next_period
            if best is None or mine < period or (mine == period and earliest[0] * scale < ticks * earliest[1]):
                best, period, (ticks, scale) = feed, mine, earliest
        return best if best is not None and best.head is not None else None

    def _first_waiting(self) -> TrackFeed:
        """The feed whose first chunk is the earliest of all that wait."""
        best: TrackFeed | None = None
        for feed in self.feeds:
            head, first = feed.head, best.head if best is not None else None
            if head is not None and (first is None or head.decode * first.timescale < first.decode * head.timescale):
                best = feed
        assert best is not None
        return best

    @property
    def waiting_bytes(self) -> int:
        """Bytes of media that wait for their turn, in memory or beside the film."""
        return sum(feed.waiting for feed in self.feeds)

    @property
    def peak_spilled(self) -> int:
        """The most bytes that lay beside the film at a time."""
        return self._spill.peak
