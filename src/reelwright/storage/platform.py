"""What differs between operating systems: positioned reads and writes, renaming without replacing, syncing.

Every function has a fast path and a plain one that needs nothing beyond ``seek``, ``read``, ``write`` and ``rename``.
The plain ones run where a system lacks the call, and everywhere when ``REELWRIGHT_PLAIN_STORAGE=1`` is set: that is how
the path that Windows and odd file systems take is tested on Linux.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Sequence

__all__ = [
    "lock_file",
    "plain_storage",
    "read_into",
    "rename_without_replacing",
    "sync_data",
    "sync_file",
    "sync_folder",
    "write_at",
]

_MOST_BYTES = 1 << 30
"""Bytes per system call: Linux cuts a call short at 2 GiB - 4 KiB, macOS and Windows refuse 2 GiB outright."""

_MOST_BUFFERS = 64
"""Buffers per gathered write; POSIX promises only 16 (``_XOPEN_IOV_MAX``), every system with ``pwritev`` takes 1024."""

_AT_WORKING_FOLDER = -100  # AT_FDCWD of fcntl.h
_RENAME_NOREPLACE = 1  # renameat2(2)
_RENAME_EXCL = 4  # renamex_np(2) of macOS


def plain_storage() -> bool:
    """Whether the plain fallbacks are forced; read at every call, so that a test can switch in mid-film."""
    return os.environ.get("REELWRIGHT_PLAIN_STORAGE", "") not in ("", "0")


def write_at(file: io.FileIO, offset: int, views: Sequence[memoryview]) -> None:
    """Write all *views* (bytes, one-dimensional) behind each other at *offset*, however little each call takes.

    Raises:
        OSError: the system's own; ``EIO`` if it reports that nothing was written without saying why.
    """
    gathered = not plain_storage() and hasattr(os, "pwritev")
    write = _write_gathered if gathered else _write_one
    pending = [view for view in views if view.nbytes]
    while pending:
        count = write(file, offset, pending)
        if not count:
            raise OSError(errno.EIO, "the system accepted no bytes")
        offset += count
        pending = _remainder(pending, count)


def _write_gathered(file: io.FileIO, offset: int, views: Sequence[memoryview]) -> int:
    return os.pwritev(file.fileno(), _beginning(views), offset)


def _write_one(file: io.FileIO, offset: int, views: Sequence[memoryview]) -> int:
    file.seek(offset)
    return file.write(views[0][:_MOST_BYTES]) or 0


def _beginning(views: Sequence[memoryview]) -> list[memoryview]:
    """As many of the first bytes as one call may carry."""
    room = _MOST_BYTES
    taken: list[memoryview] = []
    for view in views[:_MOST_BUFFERS]:
        taken.append(view[:room])
        room -= taken[-1].nbytes
        if not room:
            break
    return taken


def _remainder(views: Sequence[memoryview], count: int) -> list[memoryview]:
    """What is left of *views* once *count* bytes of them are written."""
    for number, view in enumerate(views):
        if count < view.nbytes:
            return [view[count:], *views[number + 1 :]]
        count -= view.nbytes
    return []


def read_into(file: io.FileIO, offset: int, view: memoryview) -> None:
    """Fill *view* with the bytes at *offset*.

    Raises:
        OSError: the system's own; ``EIO`` if the file ends before *view* is full.
    """
    positioned = not plain_storage() and hasattr(os, "preadv")
    while view.nbytes:
        part = view[:_MOST_BYTES]
        if positioned:
            count = os.preadv(file.fileno(), [part], offset)
        else:
            file.seek(offset)
            count = file.readinto(part) or 0
        if not count:
            raise OSError(errno.EIO, "the file is shorter than what was written to it")
        offset += count
        view = view[count:]


def rename_without_replacing(source: str, target: str) -> bool:
    """Rename in one step that fails if *target* exists; False where this system or file system cannot.

    Raises:
        FileExistsError: *target* exists.
    """
    if os.name == "nt":
        os.rename(source, target)  # Windows' own rename never replaces
        return True
    call = None if plain_storage() else _exclusive_rename()
    if call is None:
        return False
    problem = call(os.fsencode(source), os.fsencode(target))
    if problem in (errno.EEXIST, errno.ENOENT):
        raise OSError(problem, os.strerror(problem), source, None, target)
    # Any other refusal (EINVAL: the file system knows no such flag, ENOSYS: the kernel) is left to the next method.
    return not problem


def _exclusive_rename() -> Callable[[bytes, bytes], int] | None:
    """A function of (source, target) giving 0 or an ``errno``; None where the C library has no such call."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return lambda source, target: library.renamex_np(source, target, _RENAME_EXCL) and ctypes.get_errno()
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        here = _AT_WORKING_FOLDER
        return lambda source, target: (
            library.renameat2(here, source, here, target, _RENAME_NOREPLACE) and ctypes.get_errno()
        )
    return None


def sync_file(descriptor: int) -> None:
    """Have the file's bytes on the medium before returning."""
    if sys.platform == "darwin":
        import fcntl

        # fsync(2) of macOS stops at the drive's cache; this is the call that empties it.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def sync_data(descriptor: int) -> None:
    """Have the file's bytes, and its length, on the medium; its dates may follow later."""
    if hasattr(os, "fdatasync") and sys.platform != "darwin" and not plain_storage():
        os.fdatasync(descriptor)
    else:
        sync_file(descriptor)


def lock_file(descriptor: int) -> bool:
    """Lock a file that is open for writing until it is closed or its process dies; False when somebody else has.

    Locks are advice, and True is the answer of systems and file systems that have none.
    """
    try:
        import fcntl
    except ImportError:
        return True  # Windows: an open file is protected from being renamed anyway
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def sync_folder(folder: str) -> None:
    """Have the folder's names on the medium before returning; Windows has no such call and needs none on NTFS."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # EINVAL: a file system (CIFS, some FUSE) without folders to sync
            raise
    finally:
        os.close(descriptor)
