"""The bounded queue between whoever appends and the input's own thread.

The bound is a weight (pictures, or seconds of sound), always with room for one item. Whoever waits is woken when the
queue closes, so that no call hangs after a failure.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, NoReturn, TypeVar

from reelwright.model.errors import NotReadyError
from reelwright.model.kinds import OnFull

__all__ = ["BoundedQueue", "QueueStatistics"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """Figures of an input's queue.

    Attributes:
        queued: items waiting now. peak: most items that ever waited. capacity: the bound (pictures, or seconds of
            sound).
        appended: items accepted since the beginning. dropped: items thrown away because the queue was full.
        waits: how often an ``append`` had to wait. waited: seconds spent in these waits.
    """

    queued: int
    peak: int
    capacity: Fraction
    appended: int
    dropped: int
    waits: int
    waited: float


class BoundedQueue(Generic[T]):
    """First in, first out, between one or more producers and one consumer.

    Args:
        capacity: most weight that may wait.
        clock: seconds, for the statistics.
    """

    def __init__(self, capacity: Fraction | int, clock: Callable[[], float]) -> None:
        self.capacity = Fraction(capacity)
        self._clock = clock
        self._items: deque[tuple[T, Fraction | int]] = deque()
        self._weight: Fraction | int = 0
        self._changed = threading.Condition()
        self._closed = False
        self._ended = False
        self._peak = self._appended = self._dropped = self._waits = 0
        self._waited = 0.0
        self._on_room: list[Callable[[], None]] = []

    @property
    def has_room(self) -> bool:
        """Whether the next item would be taken at once."""
        return not self._closed and not self._ended and (not self._items or self._weight < self.capacity)

    @property
    def is_open(self) -> bool:
        """Whether anything can still be put."""
        return not self._closed and not self._ended

    def put(self, item: T, weight: Fraction | int, on_full: OnFull) -> T | None:
        """Add an item; returns the one that was dropped for it, or None.

        Raises:
            NotReadyError: the queue is full and ``on_full`` is RAISE.
            Closed: the queue was closed, before or while waiting.
        """
        with self._changed:
            dropped = None
            if not self.has_room and not self._closed:
                dropped = self._make_room(on_full)
            if self._closed or self._ended:
                raise Closed
            self._items.append((item, weight))
            self._weight += weight
            self._appended += 1
            self._peak = max(self._peak, len(self._items))
            self._changed.notify_all()
            return dropped

    def _make_room(self, on_full: OnFull) -> T | None:
        if on_full is OnFull.RAISE:
            self.refuse()
        if on_full is OnFull.DROP_OLDEST:
            item, weight = self._items.popleft()
            self._weight -= weight
            self._dropped += 1
            return item
        self._waits += 1
        began = self._clock()
        self._changed.wait_for(lambda: self.has_room or self._closed or self._ended)
        self._waited += self._clock() - began
        return None

    def refuse(self) -> NoReturn:
        """Say that there is no room.

        Raises:
            NotReadyError: always.
        """
        raise NotReadyError(
            f"the input's queue is full ({len(self._items)} waiting).",
            hint="Wait until is_ready_for_more_media_data is true, or use append(), which waits.",
        )

    def get(self) -> T | None:
        """The next item; None when no more will come, or when the queue was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended or self._closed)
            if self._closed or not self._items:
                return None
            item, weight = self._items.popleft()
            self._weight -= weight
            self._changed.notify_all()
            listeners = list(self._on_room) if self.has_room else []
        for listener in listeners:
            listener()
        return item

    def end(self) -> None:
        """No more items will be put; those waiting are still delivered."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self.notify()

    def close(self) -> None:
        """Forget everything and wake everybody; used on failure and on cancelling."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._weight = 0
            self._changed.notify_all()
        self.notify()

    def notify(self) -> None:
        """Call the listeners, for instance because the writer's state changed."""
        for listener in list(self._on_room):
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener`` called, in whatever thread, each time there may be room; returns a function that stops
        it."""
        self._on_room.append(listener)

        def stop() -> None:
            if listener in self._on_room:
                self._on_room.remove(listener)

        return stop

    def wait_for_room(self, timeout: float | None = None) -> bool:
        """Wait until there is room; False when the time is over, True also when the queue closed."""
        with self._changed:
            return self._changed.wait_for(lambda: self.has_room or self._closed or self._ended, timeout)

    def statistics(self) -> QueueStatistics:
        with self._changed:
            return QueueStatistics(
                queued=len(self._items),
                peak=self._peak,
                capacity=self.capacity,
                appended=self._appended,
                dropped=self._dropped,
                waits=self._waits,
                waited=self._waited,
            )


class Closed(Exception):
    """The queue takes nothing any more; its owner knows why."""
