"""Silence from a library that talks on its own: SVT-AV1 writes to stderr, past FFmpeg's log, about everything it does.

How much it says is read once in a process from the environment, when its first encoder is made. So one is made and let
go here, with that variable set for the moment.
"""

from __future__ import annotations

import os
import threading
from fractions import Fraction
from functools import lru_cache

from reelwright.codecs import _av

__all__ = ["silence_svt_av1"]

_VARIABLE = "SVT_LOG"
_FATAL = "0"  # the library's least level that it accepts
_turn = threading.Lock()


def silence_svt_av1() -> None:
    """See that SVT-AV1 says nothing from now on; whoever has set its variable keeps what they asked for."""
    with _turn:
        _once()


@lru_cache(maxsize=1)
def _once() -> None:
    if _VARIABLE in os.environ:
        return
    os.environ[_VARIABLE] = _FATAL
    try:
        context = _av.encoder_context("libsvtav1")
        context.width, context.height, context.pix_fmt = 64, 64, "yuv420p"
        context.time_base = Fraction(1, 30)
        context.options = {"preset": "12", "svtav1-params": "lp=1:pred-struct=1:lookahead=0"}
        context.open()
    finally:
        del os.environ[_VARIABLE]
