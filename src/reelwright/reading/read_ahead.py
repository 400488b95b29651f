"""Reading ahead: a thread goes through an iterator while the caller works, as far as a bound allows.

The thread knows only what it shares with its owner, never the owner: an owner that is dropped in the middle is
collected, and that stops the thread. Errors travel to whoever takes the next item.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["ReadAhead"]

T = TypeVar("T")


class _Shared(Generic[T]):
    """What owner and thread share. ``items`` holds what was read and not yet taken."""

    def __init__(self, weigh: Callable[[T], int], most_items: int, most_weight: int) -> None:
        self.changed = threading.Condition()
        self.items: deque[tuple[T, int]] = deque()
        self.weight = 0
        self.is_stopped = False
        self.is_at_end = False
        self.error: BaseException | None = None
        self._weigh = weigh
        self._most_items = most_items
        self._most_weight = most_weight

    def put(self, item: T) -> bool:
        """Add an item once there is room; False when nobody wants it any more."""
        weight = self._weigh(item)
        with self.changed:
            while not self.is_stopped and self._is_full(weight):
                self.changed.wait()
            if self.is_stopped:
                return False
            self.items.append((item, weight))
            self.weight += weight
            self.changed.notify_all()
            return True

    def _is_full(self, weight: int) -> bool:
        if not self.items:
            return False  # one item always finds room, however large it is
        return len(self.items) >= self._most_items or self.weight + weight > self._most_weight

    def end(self, error: BaseException | None) -> None:
        with self.changed:
            self.is_at_end, self.error = True, error
            self.changed.notify_all()

    def stop(self) -> None:
        with self.changed:
            self.is_stopped = True
            self.items.clear()
            self.weight = 0
            self.changed.notify_all()


def _run(shared: _Shared[Any], source: Iterator[Any]) -> None:
    error: BaseException | None = None
    try:
        for item in source:
            if not shared.put(item):
                break
            del item  # or it would live until the next one is there
    except BaseException as trouble:  # whatever it is, it belongs to whoever takes the next item
        error = trouble
    try:
        close = getattr(source, "close", None)
        if close is not None:
            close()
    except BaseException as trouble:
        error = error or trouble
    finally:
        shared.end(error)  # in any case: somebody may be waiting


class ReadAhead(Generic[T]):
    """An iterator read ahead by a thread of its own.

    Args:
        source: what is gone through; closed in the thread when it ends or is stopped, if it has ``close``.
        weigh: how much an item counts against ``most_weight`` (bytes).
        most_items, most_weight: how far to read ahead; one item always finds room.
        name: of the thread.

    >>> ahead = ReadAhead(iter(range(3)), name="numbers")
    >>> ahead.next(), ahead.next(), ahead.next(), ahead.next()
    (0, 1, 2, None)
    """

    def __init__(
        self,
        source: Iterator[T],
        *,
        weigh: Callable[[T], int] = lambda _: 0,
        most_items: int = 8,
        most_weight: int = 64 << 20,
        name: str,
    ) -> None:
        self._shared: _Shared[T] = _Shared(weigh, most_items, most_weight)
        self._thread = threading.Thread(target=_run, args=(self._shared, source), name=name, daemon=True)
        weakref.finalize(self, self._shared.stop)
        self._thread.start()

    def next(self) -> T | None:
        """The next item, waiting for it; None at the end, and once it is stopped.

        Raises:
            whatever the source raised; each time anew.
        """
        shared = self._shared
        with shared.changed:
            while not (shared.items or shared.is_at_end or shared.is_stopped):
                shared.changed.wait()
            if not shared.items:
                if shared.error is not None and not shared.is_stopped:
                    raise shared.error
                return None
            item, weight = shared.items.popleft()
            shared.weight -= weight
            shared.changed.notify_all()
            return item

    @property
    def queued(self) -> int:
        """Items read and not taken."""
        return len(self._shared.items)

    def stop(self) -> None:
        """Read no further, and wait until the thread has let go of the source."""
        self._shared.stop()
        if self._thread is not threading.current_thread():
            self._thread.join()
