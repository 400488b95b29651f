"""The bounded queue between whoever appends and the input's own thread.

The bound is a weight (pictures, or seconds of sound), always with room for one item. Putting takes two steps:
``reserve`` waits until there is room, ``put`` never waits; so nothing is decided about an item before it is sure to be
taken. Whoever waits is woken when the queue closes, so that no call hangs after a failure. For a moment, room for one
item is not enough: threads that wake each other for every small one do little else.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Generic, NoReturn, TypeVar

from reelwright.model.errors import NotReadyError
from reelwright.model.kinds import OnFull
from reelwright.writing.stall import Stalled, StallWatch

__all__ = ["BoundedQueue", "Closed", "QueueStatistics"]

T = TypeVar("T")

_MOMENT = 0.005  # seconds in which half of the queue may become free, before any room will do


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """Figures of an input's queue.

    Attributes:
        queued: items waiting now. peak: most items that ever waited. capacity: the bound (pictures, or seconds of
            sound); 0 for an input without a queue.
        appended: items accepted since the beginning. dropped: items thrown away because the queue was full.
        waits: how often an ``append`` had to wait. waited: seconds spent in these waits.
        behind: seconds of media that were appended and not yet given to the encoder.
        latency, peak_latency: seconds from the call of ``append`` to the encoder's answer, on average and at most; 0
            where nothing is encoded.
    """

    queued: int
    peak: int
    capacity: Fraction
    appended: int
    dropped: int
    waits: int
    waited: float
    behind: float = 0.0
    latency: float = 0.0
    peak_latency: float = 0.0


class Closed(Exception):
    """The queue takes nothing any more; its owner knows why."""


class BoundedQueue(Generic[T]):
    """First in, first out. Producers take turns (``reserve`` and ``put`` belong together); there is one consumer.

    Args:
        capacity: most weight that may wait; 0 for a queue that is only passed by.
        clock: seconds, for the statistics. watch: ends waits that are in vain.
    """

    def __init__(self, capacity: Fraction | int, clock: Callable[[], float], watch: StallWatch | None = None) -> None:
        self.capacity = Fraction(capacity)
        self._clock = clock
        self._watch = watch or StallWatch()
        self._items: deque[tuple[T, Fraction | int]] = deque()
        self._weight: Fraction | int = 0
        self._changed = threading.Lock()
        self._came = threading.Condition(self._changed)  # for the consumer
        self._went = threading.Condition(self._changed)  # for whoever waits for room,
        self._pressed = 0  # of whom so many take any
        self._is_open = True
        self._peak = self._appended = self._dropped = self._waits = 0
        self._waited = 0.0
        self._listeners: list[Callable[[], None]] = []
        self._full_since: float | None = None  # when something had to be dropped first, since the last ``get``

    @property
    def has_room(self) -> bool:
        """Whether the next item would be taken at once."""
        return self._is_open and (not self._weight or self._weight < self.capacity)

    @property
    def _is_half_free(self) -> bool:
        return 2 * self._weight <= self.capacity or not self._weight

    @property
    def is_open(self) -> bool:
        """Whether anything can still be put."""
        return self._is_open

    def reserve(self, on_full: OnFull) -> list[T]:
        """See to it that the next ``put`` finds room. Returns the items that were dropped for it.

        Items without weight (marks between the others) are never dropped.

        Raises:
            NotReadyError: the queue is full and ``on_full`` is RAISE.
            Closed: the queue was closed, before or while waiting. Stalled: nothing moved for too long.
        """
        dropped: list[T] = []
        with self._changed:
            if self._is_open and not self.has_room:
                if on_full is OnFull.RAISE:
                    self.refuse()
                if on_full is OnFull.DROP_OLDEST:
                    dropped = self._drop()
                else:
                    self._wait()
            if not self._is_open:
                raise Closed
        return dropped

    def _drop(self) -> list[T]:
        if self._full_since is None:
            self._full_since = self._watch.now()
        elif self._watch.is_over(self._full_since):  # or a hung encoder would swallow a whole day in silence
            raise Stalled
        dropped = []
        kept: deque[tuple[T, Fraction | int]] = deque()
        while not self.has_room:
            item, weight = self._items.popleft()
            if weight:
                dropped.append(item)
                self._weight -= weight
            else:
                kept.append((item, weight))
        self._items.extendleft(reversed(kept))
        self._dropped += len(dropped)
        return dropped

    def _wait(self) -> None:
        self._waits += 1
        began = self._clock()
        try:
            self._wait_for(lambda: not self._is_open)
        finally:
            self._waited += self._clock() - began

    def _wait_for(self, until: Callable[[], bool]) -> None:
        """Wait for room; half of the queue for a moment, then any."""
        if self._went.wait_for(lambda: self._is_half_free or until(), _MOMENT):
            return
        self._pressed += 1
        try:
            self._watch.wait_for(partial(self._went.wait_for, lambda: self.has_room or until()))
        finally:
            self._pressed -= 1

    def put(self, item: T, weight: Fraction | int) -> None:
        """Add an item, at once.

        Raises:
            Closed: the queue was closed.
        """
        with self._changed:
            if not self._is_open:
                raise Closed
            self._items.append((item, weight))
            self._weight += weight
            self._appended += 1
            self._peak = max(self._peak, len(self._items))
            self._came.notify()

    def pass_by(self) -> None:
        """Count an item that needs no queue."""
        with self._changed:
            self._appended += 1

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
            while not self._items and self._is_open:
                self._came.wait()
            if not self._items:
                return None
            had_room = self.has_room
            item, weight = self._items.popleft()
            self._weight -= weight
            self._full_since = None
            if self._pressed or self._is_half_free:
                self._went.notify_all()
            gained_room = self.has_room and not had_room
        if gained_room:
            self.notify()
        return item

    def end(self) -> None:
        """No more items will be put; those waiting are still delivered."""
        with self._changed:
            self._is_open = False
            self._wake_all()
        self.notify()

    def close(self) -> None:
        """Forget everything and wake everybody; used on failure and on cancelling."""
        with self._changed:
            self._is_open = False
            self._items.clear()
            self._weight = 0
            self._wake_all()
        self.notify()

    def _wake_all(self) -> None:
        self._came.notify_all()
        self._went.notify_all()

    def notify(self) -> None:
        """Call the listeners, for instance because the writer's state changed. No lock is held meanwhile."""
        with self._changed:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener`` called, in whatever thread, each time there may be room; returns a function that stops
        it."""
        with self._changed:
            self._listeners.append(listener)

        def stop() -> None:
            with self._changed:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    def wait_for_room(self, until: Callable[[], bool] = lambda: False) -> bool:
        """Wait until there is room, the queue closes, or ``until`` is true at a ``wake``; returns whether there is
        room.

        Raises:
            Stalled: nothing moved for too long.
        """
        with self._changed:
            if not self.has_room:
                self._wait_for(lambda: not self._is_open or until())
            return self.has_room

    def wake(self) -> None:
        """Have those who wait look again."""
        with self._changed:
            self._wake_all()

    @property
    def appended(self) -> int:
        """Items accepted since the beginning."""
        return self._appended

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
