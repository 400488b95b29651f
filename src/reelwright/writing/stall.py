"""Telling a stall from a wait: who waits for an encoder or the disk gives up when nothing has moved for too long.

No thread looks on. Whoever waits does so through the writer's one watch, in pieces no longer than what is left until
the time-out; whatever goes into an encoder, comes out of one or is written puts that off. When nobody waits, nothing
can stall: a source may be silent for as long as it likes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

__all__ = ["InputState", "StallWatch", "Stalled"]

_GRACE = 0.25  # seconds that threads get to end, once one of them is known to hang


class Stalled(Exception):
    """Nothing moved for too long; whoever waited knows what to make of it."""


@dataclass(frozen=True, slots=True)
class InputState:
    """Where one input stood when the writer stalled.

    Attributes:
        track: its number, from 1. media_type: its kind, as a word. encoder: who works for it; empty for stored samples.
        queued: samples waiting for it. is_full: whether an ``append`` would have to wait. is_finished: whether no more
            samples were to come.
        last_in, last_out: seconds since the encoder was last given something, and since it last gave something; None
            for never.
        thread: the name of its thread, where that was at work and so hangs; empty otherwise.
    """

    track: int
    media_type: str
    encoder: str
    queued: int
    is_full: bool
    is_finished: bool
    last_in: float | None
    last_out: float | None
    thread: str

    def __str__(self) -> str:
        who = f"{self.media_type}, {self.encoder}" if self.encoder else f"{self.media_type}, stored"
        full = ", full" if self.is_full else ""
        ended = ", no more to come" if self.is_finished else ""
        given, gave = _ago(self.last_in), _ago(self.last_out)
        hangs = f", thread {self.thread} hangs" if self.thread else ""
        return (
            f"track {self.track} ({who}): {self.queued} waiting{full}{ended}, last in {given}, last out {gave}{hangs}"
        )


def _ago(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s ago"


class StallWatch:
    """What all inputs of a writer wait with. Its methods may be called from any thread.

    Args:
        seconds: how long nothing may move while somebody waits; None for ever.

    Attributes:
        written: bytes of media that went to the file. has_fired: whether a stall was found.
    """

    def __init__(self, seconds: float | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.seconds = seconds
        self.written = 0
        self.has_fired = False
        self._clock = clock
        self._moved = clock()

    def note(self) -> float:
        """Something moved; returns when."""
        self._moved = self._clock()
        return self._moved

    def wrote(self, count: int) -> None:
        """Bytes went to the file."""
        self.written += count
        self.note()

    def since(self, moment: float | None) -> float | None:
        """Seconds since then."""
        return None if moment is None else self._clock() - moment

    def now(self) -> float:
        return self._clock()

    def left(self, began: float) -> float | None:
        """Seconds until a wait that began then has to be given up as things stand, at least 0; None for never."""
        if self.has_fired:
            return max(0.0, began + _GRACE - self._clock())
        if self.seconds is None:
            return None
        return max(0.0, max(began, self._moved) + self.seconds - self._clock())

    def is_over(self, began: float) -> bool:
        """Whether such a wait has to be given up now."""
        if self.left(began) != 0:
            return False
        self.has_fired = True
        return True

    def wait(self, wait: Callable[[float | None], object]) -> bool:
        """Call ``wait(seconds)`` until it says that what it waits for is there; False when it has to be given up."""
        began = self._clock()
        while not wait(self.left(began)):
            if self.is_over(began):
                return False
        return True

    def wait_for(self, wait: Callable[[float | None], object]) -> None:
        """The same.

        Raises:
            Stalled: it had to be given up.
        """
        if not self.wait(wait):
            raise Stalled

    def join(self, thread: threading.Thread | None) -> None:
        """Wait for a thread's end; for none, and for the one that asks, there is nothing to wait for.

        Raises:
            Stalled: it hangs.
        """
        if thread is None or thread is threading.current_thread():
            return

        def ended(seconds: float | None) -> bool:
            thread.join(seconds)
            return not thread.is_alive()

        self.wait_for(ended)
