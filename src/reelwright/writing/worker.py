"""The thread of one input: what was appended goes through the lane, and what comes out of it on to the file.

It ends when the queue does. A failure is handed on, never raised; who wants to know where it stands reads its figures.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from reelwright.model.time import Time
from reelwright.writing.feed import Sample
from reelwright.writing.lane import Lane
from reelwright.writing.queue import BoundedQueue
from reelwright.writing.stall import StallWatch

__all__ = ["Deliver", "Worker"]


class Deliver(Protocol):
    """Takes samples on to the file; ``last`` when no more will come."""

    def __call__(self, samples: Iterable[Sample], *, last: bool = False) -> None: ...


class Worker:
    """The thread and where it stands.

    Args:
        goes_on: whether what is still in the lane belongs into the film, once the queue has ended.

    Attributes:
        reached: time of the last sample that the lane was given; None before.
        last_in, last_out: when the lane was last given something, and last gave something.
        is_busy: whether the lane, or the file, is being waited for.
    """

    def __init__(self, name: str, lane: Lane, queue: BoundedQueue[Any], watch: StallWatch) -> None:
        self.reached: Time | None = None
        self.last_in: float | None = None
        self.last_out: float | None = None
        self.is_busy = False
        self.name = name
        self._lane = lane
        self._queue = queue
        self._watch = watch
        self._thread: threading.Thread | None = None

    def start(
        self,
        deliver: Deliver,
        fail: Callable[[BaseException, Time | None], None],
        goes_on: Callable[[], bool],
    ) -> None:
        self._thread = threading.Thread(target=self._run, args=(deliver, fail, goes_on), name=self.name, daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def join(self) -> None:
        """Wait for the thread's end, unless the caller is the thread itself.

        Raises:
            Stalled: it does not end, and nothing else moves.
        """
        self._watch.join(self._thread)

    def _run(
        self, deliver: Deliver, fail: Callable[[BaseException, Time | None], None], goes_on: Callable[[], bool]
    ) -> None:
        lane, time = self._lane, None
        try:
            while (item := self._queue.get()) is not None:
                time = item.time
                self.is_busy, self.last_in = True, self._watch.note()
                samples = self._noted(lane.feed(item))
                del item  # a pool's buffer must not be held while waiting for the next one
                deliver(samples)
                self.is_busy, self.reached = False, time
            if goes_on():
                self.is_busy, time = True, None
                deliver(self._noted(lane.finish()), last=True)
        except BaseException as error:
            fail(error, time)
        finally:
            lane.close()
            self.is_busy = False

    def _noted(self, samples: Iterable[Sample]) -> Iterator[Sample]:
        """The same samples, their coming noted for the watch."""
        for sample in samples:
            self.last_out = self._watch.note()
            yield sample
        self._watch.note()
