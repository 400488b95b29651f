"""Room inside a file without moving a byte: the file system is told to put new blocks between old ones.

Linux' ``FALLOC_FL_INSERT_RANGE`` does that on ext4 and XFS, for whole blocks at a block's beginning only. An offset
within a block is served all the same: the blocks go in before the one it lies in, and that block's first bytes, fewer
than one block, are written once more before them. A file system that refuses is remembered and not asked again.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import io
import os
import sys
from collections.abc import Callable

from reelwright.storage import platform
from reelwright.storage.cached import cached_bytes

__all__ = ["insert_range", "insertion_block", "insertion_is_faster"]

_INSERT_RANGE = 0x20  # FALLOC_FL_INSERT_RANGE of linux/falloc.h
_REFUSALS = frozenset({errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL})
_LARGEST_BLOCK = 1 << 16
"""Bytes; a larger "block" is a network drive's advice on how much to write at a time, and would waste space."""

_MEMORY_OVER_DISK = 8
"""How many times as fast memory moves bytes as a disk takes them; between 3 and 8 measured with a fast disk."""

_SURELY_LARGE = 1 << 30
"""Bytes of a file for which an insertion is tried where the system does not tell how much of it is on the disk yet."""

Fallocate = Callable[[int, int, int, int], int]

refusing: set[int] = set()
"""Register of the file systems (``st_dev``) that have said in this process that they cannot insert."""


def insertion_block(file: io.FileIO) -> int:
    """Bytes of the blocks in which room could be inserted into *file*; 1 where that is known to be impossible."""
    if platform.plain_storage() or _fallocate() is None or os.fstat(file.fileno()).st_dev in refusing:
        return 1
    block = os.fstatvfs(file.fileno()).f_bsize
    return block if 1 < block <= _LARGEST_BLOCK else 1


def insertion_is_faster(file: io.FileIO, length: int) -> bool:
    """Whether inserting before *length* bytes of *file* is likely to take less time than moving them.

    An insertion waits until all of them are on the disk, and that alone takes its time; moving takes the time of
    memory for what is in the system's cache, and the disk's for what has to be read back.
    """
    found = cached_bytes(file)
    if found is None:
        return length >= _SURELY_LARGE
    return found.unwritten < max(0, length - found.cached) + length // _MEMORY_OVER_DISK


def insert_range(file: io.FileIO, offset: int, length: int) -> bool:
    """Make room for *length* bytes at *offset*; False, and nothing has changed, where that cannot be done.

    The bytes before *offset* stay where they are, those from *offset* on move up. What the room holds is undefined.
    Everything behind is on the disk and out of the system's cache afterwards, which a fresh file has to be waited for.

    Raises:
        OSError: the file system failed half-way; the file is spoilt.
    """
    block, call = insertion_block(file), _fallocate()
    if call is None or block == 1 or not length or length % block:
        return False
    start = offset - offset % block
    kept = bytearray(offset - start)
    platform.read_into(file, start, memoryview(kept))
    if not _inserted(file.fileno(), call, start, length):
        return False
    platform.write_at(file, start, [memoryview(kept)])
    return True


def _inserted(descriptor: int, call: Fallocate, start: int, length: int) -> bool:
    before = os.fstat(descriptor)
    problem = call(descriptor, _INSERT_RANGE, start, length)
    while problem == errno.EINTR and os.fstat(descriptor).st_size == before.st_size:
        problem = call(descriptor, _INSERT_RANGE, start, length)
    if not problem:
        return True
    # ext4 and XFS lengthen the file before they shift anything: one that is longer now may have been shifted in part.
    if os.fstat(descriptor).st_size != before.st_size:
        raise OSError(problem, os.strerror(problem))
    if problem in _REFUSALS:
        refusing.add(before.st_dev)
    return False  # a full disk too: the next method needs room as well, and says what is wrong


@functools.cache
def _fallocate() -> Fallocate | None:
    """fallocate(2), giving 0 or an ``errno``; None where the system has no such call."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    # On 32-bit systems the plain name counts in 32 bits, the other one always in 64.
    call = getattr(library, "fallocate64", None) or getattr(library, "fallocate", None)
    if call is None:
        return None
    call.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return lambda *arguments: call(*arguments) and ctypes.get_errno()
