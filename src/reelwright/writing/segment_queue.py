"""Segments on their way out: what was made waits for whoever takes it, in memory while that is little.

Nobody who appends ever waits for somebody who takes: beyond 64 MiB, what waits lies in a scratch file.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from reelwright.model.errors import ReelwrightError
from reelwright.model.segments import Segment
from reelwright.storage.spill import Spill
from reelwright.writing.failure import fresh

__all__ = ["SegmentQueue"]


class SegmentQueue:
    """First in, first out; any thread may put and take."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Segment, int]] = deque()  # without their bytes, and how many these are
        self._spill: Spill | None = None
        self._bytes: Any = None
        self._is_over = False
        self._error: ReelwrightError | None = None
        self._listeners: list[Callable[[], None]] = []

    def open(self, folder: str | None) -> None:
        """Use a folder for what does not fit into memory."""
        self._spill = Spill(folder, limit=None)
        self._bytes = self._spill.queue()
        weakref.finalize(self, self._spill.close)  # where nobody takes them

    def put(self, segment: Segment, pieces: Iterable[Any]) -> None:
        """Add a segment, whose bytes come in pieces; what comes after the end is too late for anybody."""
        with self._changed:
            if self._is_over:
                return
            before = self._bytes.length
            self._bytes.write(*pieces)
            self._waiting.append((segment, self._bytes.length - before))
            self._changed.notify_all()
        self._tell()

    def end(self, error: ReelwrightError | None = None, *, forget: bool = False) -> None:
        """Nothing more will come: because of an error, if there is one. ``forget`` what waits."""
        with self._changed:
            if self._is_over:
                return
            self._is_over, self._error = True, error
            if forget:
                self.forget()
            self._changed.notify_all()
        self._tell()

    def forget(self) -> None:
        """Nobody will take what waits: let go of it."""
        with self._changed:
            self._waiting.clear()
            self._close()

    def _tell(self) -> None:
        with self._changed:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def _close(self) -> None:
        if self._spill is not None:
            self._spill.close()
            self._spill = self._bytes = None

    @property
    def _has_something(self) -> bool:
        """Whether ``take`` would not wait."""
        return bool(self._waiting) or self._is_over

    def take(self) -> Segment | None:
        """The next segment, waiting for it; None at the end.

        Raises:
            ReelwrightError: what ended the writer, once everything before it was taken.
        """
        with self._changed:
            while not self._has_something:
                self._changed.wait()
            return self._pop()

    def _pop(self) -> Segment | None:
        if not self._waiting:
            self._close()
            if self._error is not None:
                raise fresh(self._error)
            return None
        segment, length = self._waiting.popleft()
        return replace(segment, data=bytes(self._bytes.read(length)))

    def __iter__(self) -> Iterator[Segment]:
        while (segment := self.take()) is not None:
            yield segment

    async def each(self) -> AsyncIterator[Segment]:
        """The same for coroutines."""
        import asyncio

        loop, came = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(came.set)

        stop = self.listen(tell)
        try:
            while True:
                came.clear()
                with self._changed:
                    is_there = self._has_something
                    segment = self._pop() if is_there else None
                if segment is not None:
                    yield segment
                elif is_there:
                    return
                else:
                    await came.wait()
        finally:
            stop()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener`` called, in whatever thread, when there may be something to take; returns what ends that."""
        with self._changed:
            self._listeners.append(listener)

        def stop() -> None:
            with self._changed:
                self._listeners.remove(listener)

        return stop
