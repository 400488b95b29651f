"""The classic way to feed an input: a block that is called whenever there is room.

The block runs in a thread of its own, or as one job of the caller's executor. ``end`` is what makes finishing safe: it
waits for a call that is under way, and what that call still appends belongs to the film.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from reelwright.writing.stall import Stalled

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from reelwright.writing.input import AssetWriterInput

__all__ = ["Request"]

_PAUSE = 0.01  # seconds until the next call of a block that appended nothing although there was room


class Request:
    """The calls of one block for one input."""

    def __init__(self, input: AssetWriterInput, using: Callable[[], None]) -> None:
        self._input = input
        self._using = using
        self._lock = threading.Lock()
        self._is_ended = threading.Event()
        self._is_done = threading.Event()
        self._thread: int | None = None  # the one in which the block runs

    def start(self, executor: Executor | None) -> None:
        """Begin, in a new thread or on an executor."""
        if executor is not None:
            executor.submit(self._serve)
        else:
            threading.Thread(target=self._serve, name="reelwright-request", daemon=True).start()

    @property
    def is_here(self) -> bool:
        """Whether the code that asks is called by the block."""
        return self._thread == threading.get_ident()

    def end(self) -> None:
        """Make no more calls, and wait for the one under way unless it is the caller's own.

        Raises:
            Stalled: the call does not return, and nothing else moves.
        """
        with self._lock:
            self._is_ended.set()
            is_running = self._thread is not None
        self._input._queue.wake()
        if is_running and not self.is_here:
            self._input._watch.wait_for(self._is_done.wait)

    def _serve(self) -> None:
        with self._lock:
            if self._is_ended.is_set():  # the executor came to it too late
                return
            self._thread = threading.get_ident()
        try:
            self._call_when_ready()
        except BaseException as error:
            writer = self._input._writer
            assert writer is not None
            if isinstance(error, Stalled):
                writer._stalled("a request block waits for room in the queue", self._input)
            else:
                writer._fail(error, self._input)
        finally:
            self._thread = None
            self._is_done.set()

    def _call_when_ready(self) -> None:
        input, queue = self._input, self._input._queue
        while self._may_go_on():
            if not queue.wait_for_room(until=self._is_ended.is_set) or not self._may_go_on():
                continue
            before = queue.appended
            self._using()
            if queue.appended == before and not input._finished:
                self._is_ended.wait(_PAUSE)

    def _may_go_on(self) -> bool:
        writer = self._input._writer
        return (
            not self._is_ended.is_set()
            and not self._input._finished
            and writer is not None
            and writer._takes_media
            and self._input._queue.is_open
        )
