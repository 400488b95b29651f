"""Readers that break every promise, to see that the watch notices."""

from __future__ import annotations

import os
import threading
import time
import warnings

from reelwright.model.errors import InvalidMediaError

__all__ = ["damaged", "held", "large", "read", "typed"]

held: list[bytes] = []


def read(name: str, data: bytes) -> None:
    """Do what the seed file's name says, but only to damaged data."""
    if data == b"whole":
        return
    {
        "abort": os.abort,
        "exit": lambda: os._exit(0),
        "loop": _loop,
        "swallowing": _swallowing_loop,
        "deaf": _deaf,
        "memory": lambda: held.append(bytes(1 << 30)),
        "touched": lambda: held.append(b"x" * (200 << 20)) or held.append(b"x" * (200 << 20)),
        "key": lambda: {}["key"],
        "warning": lambda: warnings.warn("a division by zero", RuntimeWarning, stacklevel=1),
        "thread": _in_thread,
        "destructor": _Broken,
        "good": lambda: None,
    }[name]()


def damaged(data: bytes, number: int) -> bytes:
    """Every second case stays whole."""
    return data if number % 2 else b"damaged"


def typed(name: str, data: bytes) -> None:
    """One of the errors that are promised, where nobody catches it."""
    if data != b"whole":
        raise InvalidMediaError("damaged")


def _loop() -> None:
    while True:
        pass


def _swallowing_loop() -> None:
    """It gives up only when asked twice."""
    try:
        _loop()
    except BaseException:
        _loop()


def _deaf() -> None:
    """Out of the reach of alarms: signals are blocked."""
    import signal

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGVTALRM, signal.SIGALRM})
    time.sleep(600)


def _in_thread() -> None:
    thread = threading.Thread(target=lambda: {}["key"])
    thread.start()
    thread.join()


class _Broken:
    def __del__(self) -> None:
        raise KeyError("key")


def large(name: str, data: bytes) -> None:
    """A hundred mebibytes, which are allowed, let go of at once."""
    if data != b"whole":
        held.append(b"x" * (100 << 20))
        held.clear()
