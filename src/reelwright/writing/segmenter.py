"""Films in segments: they go to nowhere but a queue, which a delegate's thread or an iterator empties.

Where segments are cut is AVFoundation's rule. Of a number of seconds, all tracks follow one grid on the source's time
line, and pictures that are encoded get their key frames where it cuts. Without one, the client says where; what is
appended from then on belongs to the next segment, however long it takes until it arrives here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from reelwright.containers.movie import Chunk
from reelwright.model.errors import ReelwrightError
from reelwright.model.kinds import MediaType
from reelwright.model.segments import Segment, SegmentReport, SegmentType
from reelwright.model.time import Time
from reelwright.writing.feed import Divider, Period, TrackFeed
from reelwright.writing.interleaver import Division, Interleaver
from reelwright.writing.periods import Cadence, Crossing, GridDivider, MarkedDivider
from reelwright.writing.segment_engine import SegmentEngine
from reelwright.writing.segment_plan import SegmentPlan
from reelwright.writing.segment_queue import SegmentQueue
from reelwright.writing.stall import StallWatch

if TYPE_CHECKING:
    from reelwright.writing.asset_writer import AssetWriter

__all__ = ["AssetWriterDelegate", "SegmentStream"]


class AssetWriterDelegate(Protocol):
    """Who is given segments (``AVAssetWriterDelegate``)."""

    def did_output_segment_data(
        self, writer: AssetWriter, data: bytes, segment_type: SegmentType, report: SegmentReport
    ) -> object:
        """A segment is ready. Called in a thread of its own, one segment after the other; what it raises fails the
        writer."""


class SegmentStream:
    """Segments as the writer's output.

    Args:
        folder: for what waits and does not fit into memory. deliver: gives a segment to the delegate; None where there
            is none, and the queue is emptied by others.
        fail: told of what the delegate raises, from its thread. watch: ends waits for a delegate that hangs.
    """

    outlives_programs = False

    def __init__(
        self,
        plan: SegmentPlan,
        queue: SegmentQueue,
        *,
        folder: str | None,
        deliver: Callable[[Segment], object] | None,
        fail: Callable[[BaseException], None],
        watch: StallWatch,
    ) -> None:
        self.engine = SegmentEngine(plan, queue)
        self.division = Division(self._end_period, leads=self._leads)
        self._plan = plan
        self._queue = queue
        self._folder = folder
        self._deliver = deliver
        self._fail = fail
        self._watch = watch
        self._thread: threading.Thread | None = None
        self._leading: list[Divider] = []
        self._marks = 0
        interval = plan.interval
        self._cadence = None if interval is None else Cadence(interval, interval, plan.start)

    def key_moment(self) -> Callable[[Time], bool] | None:
        return None if self._cadence is None else Crossing(self._cadence)

    def divider(self, media_type: MediaType) -> Divider:
        divider: Divider
        if self._cadence is None:
            divider = MarkedDivider()
        else:
            divider = GridDivider(self._cadence, patience=None, part=self._plan.part)
        if media_type is MediaType.VIDEO:
            self._leading.append(divider)
        return divider

    def _leads(self, feed: TrackFeed) -> bool:
        return self._cadence is not None and feed.divider in self._leading

    def open(self) -> None:
        self._queue.open(self._folder)
        if self._deliver is not None:
            self._thread = threading.Thread(target=self._run, args=(self._deliver,), name="reelwright-segments")
            self._thread.daemon = True
            self._thread.start()

    def _run(self, deliver: Callable[[Segment], object]) -> None:
        while True:
            try:
                segment = self._queue.take()
            except ReelwrightError:
                return  # the writer has ended, and those who use it are told
            if segment is None:
                return
            try:
                if not segment.is_part:
                    deliver(segment)
            except BaseException as error:
                self._fail(error)
                self._queue.forget()
                return

    def begin_session(self, start: Fraction) -> Time | None:
        if self._cadence is not None:
            self._cadence.session = start
        return None

    def write_chunk(self, track: Any, chunk: Chunk) -> None:
        self.engine.write_chunk(track, chunk)

    def _end_period(self, ended: Period, following: Period) -> None:
        self.engine.end_piece(ends_segment=ended[0] != following[0])

    def end_segment(self, interleaver: Interleaver, appended: Sequence[int]) -> None:
        self._marks += 1
        for feed, count in zip(interleaver.feeds, appended, strict=True):
            assert isinstance(feed.divider, MarkedDivider)
            feed.divider.mark(count)
            if feed.divider.is_past:
                feed.enter((self._marks, 0))
        interleaver.look()

    def settle(self) -> None:
        self._queue.end()
        self.join()

    def join(self) -> None:
        self._watch.join(self._thread)

    def commit(self) -> None:
        """Nothing to do: what was handed out is out."""

    def keep(self, error: ReelwrightError) -> None:
        """What was handed out is out."""

    def discard(self) -> None:
        """What was handed out is out."""
