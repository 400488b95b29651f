"""How much of a file is in the system's cache, and how much of that is not on the disk yet.

Linux tells that since 6.5 (``cachestat``), in microseconds and without touching the file. Everywhere else the answer is
None, and whoever asks needs a rule for that.
"""

from __future__ import annotations

import ctypes
import functools
import io
import mmap
import platform as machine
import sys
from collections.abc import Callable
from typing import NamedTuple

from reelwright.storage import platform

__all__ = ["CachedBytes", "cached_bytes"]

_CACHESTAT = 451  # the same number on every architecture below (asm-generic/unistd.h)
_ARCHITECTURES = frozenset({"x86_64", "aarch64", "riscv64", "ppc64le", "s390x"})


class CachedBytes(NamedTuple):
    """Bytes of a file in the cache, and those of them that still have to be written to the disk."""

    cached: int
    unwritten: int


class _Range(ctypes.Structure):
    _fields_ = (("offset", ctypes.c_uint64), ("length", ctypes.c_uint64))


class _Pages(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("cached", "dirty", "in_flight", "evicted", "missed"))


def cached_bytes(file: io.FileIO) -> CachedBytes | None:
    """What the cache holds of *file*, in whole pages; None where the system does not tell."""
    call = None if platform.plain_storage() else _cachestat()
    if call is None:
        return None
    everything, pages = _Range(0, 0), _Pages()
    if call(_CACHESTAT, file.fileno(), ctypes.byref(everything), ctypes.byref(pages), 0):
        return None  # an older kernel, a sandbox that forbids it, or a file system without a page cache
    size = mmap.PAGESIZE
    return CachedBytes(pages.cached * size, (pages.dirty + pages.in_flight) * size)


@functools.cache
def _cachestat() -> Callable[..., int] | None:
    if sys.platform != "linux" or sys.maxsize < 1 << 32 or machine.machine() not in _ARCHITECTURES:
        return None
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.POINTER(_Range), ctypes.POINTER(_Pages), ctypes.c_uint]
    call.restype = ctypes.c_long
    return call
