"""Silence from a library that talks on its own: SVT-AV1 writes to stderr, past FFmpeg's log, about everything it does.

How much it says is read from the environment when an encoder is made (by version 4 only when the first one is), so the
variable is set for that moment, and is as it was before anybody could notice.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["silenced"]

_VARIABLE = "SVT_LOG"
_FATAL = "0"  # the least that the library accepts
_turn = threading.Lock()


@contextmanager
def silenced(encoder: str) -> Iterator[None]:
    """While an encoder of that name is made: see that it will say nothing. Whoever has set the variable is heard."""
    if encoder != "libsvtav1":
        yield
        return
    with _turn:
        if _VARIABLE in os.environ:
            yield
            return
        os.environ[_VARIABLE] = _FATAL
        try:
            yield
        finally:
            del os.environ[_VARIABLE]
