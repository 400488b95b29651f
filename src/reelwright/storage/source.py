"""Where bytes to be read come from: a file, bytes in memory, or a caller's file object.

A source is read by position only, so that several readers share one without disturbing each other. Nothing is mapped
into memory: a file that shrinks while it is read gives an error, not a crash.
"""

from __future__ import annotations

import io
import os
import stat
import threading
from collections.abc import Callable
from typing import Any, Protocol

from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError
from reelwright.storage.address import as_path
from reelwright.storage.platform import plain_storage

__all__ = ["Source", "SourceFile", "open_source"]

_MOST_BYTES = 1 << 30  # of one call: macOS refuses 2 GiB
_PIPE = "Read it into bytes, or write it to a file, and open that."


class Source(Protocol):
    """Bytes to be read.

    Attributes:
        name: how messages call it. path: of a local file, None for anything else. size: bytes in all.
    """

    name: str
    path: str | None
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes from ``offset``; fewer only where the source ends.

        Raises:
            OSError: the system's own. InvalidMediaError: the source was closed or broke.
        """

    def close(self) -> None:
        """Let go of what is held; what the caller opened stays open."""


def open_source(target: Any) -> Source:
    """Whatever a caller may name as the input: a path, a ``file://`` URL, bytes, or a binary file object.

    Raises:
        MediaNotFoundError: no such file. InvalidMediaError: a folder, a pipe or device, or an empty file.
        InvalidArgumentError: another kind of URL, text, an object that cannot be read or cannot seek.
        OSError: it cannot be opened.
    """
    if isinstance(target, (bytes, bytearray, memoryview)):
        source: Source = _Memory(target)
    elif isinstance(target, (str, os.PathLike)):
        source = _File(as_path(target))
    elif callable(getattr(target, "read", None)):
        source = _Object(target)
    else:
        raise InvalidArgumentError(
            f"a {type(target).__name__} is nothing that media can be read from.",
            hint="Give a path, a file:// URL, bytes or a binary file object.",
        )
    if not source.size:
        source.close()
        raise InvalidMediaError(f"{source.name} is empty.", path=source.path, hint="Was it written to the end?")
    return source


class _File:
    """A file, open until nobody reads any more: once it is closed, its number may be another file's."""

    def __init__(self, path: str) -> None:
        self.name = repr(path)
        self.path: str | None = path
        try:
            self._file = open(path, "rb", buffering=0, opener=_opened)  # noqa: SIM115
        except FileNotFoundError as error:
            hint = "Check the name and the folder."
            missing = MediaNotFoundError(f"there is no file {path!r}.", path=path, hint=hint)
            missing.errno, missing.filename = error.errno, path
            raise missing from None
        except IsADirectoryError:
            raise InvalidMediaError(f"{path!r} is a folder, not a media file.", path=path) from None
        about = os.fstat(self._file.fileno())
        if not stat.S_ISREG(about.st_mode):
            self._file.close()
            raise InvalidMediaError(f"{path!r} is no file but a pipe, a socket or a device.", path=path, hint=_PIPE)
        self.size = about.st_size
        self._has_places = hasattr(os, "pread") and not plain_storage()
        self._lock = threading.Lock()
        self._readers = 0
        self._is_closed = False

    def read(self, offset: int, size: int) -> bytes:
        if size <= 0 or offset < 0 or offset >= self.size:
            return b""
        size = min(size, self.size - offset)
        with self._lock:
            if self._is_closed:
                raise InvalidMediaError(f"{self.name} was closed while it was being read.", path=self.path)
            if not self._has_places:
                self._file.seek(offset)
                return _read_fully(self._file.read, size)
            self._readers += 1
        try:
            return self._read_at(offset, size)
        finally:
            with self._lock:
                self._readers -= 1
                self._close_if_unused()

    def _read_at(self, offset: int, size: int) -> bytes:
        number, position = self._file.fileno(), offset

        def more(size: int) -> bytes:
            nonlocal position
            data = os.pread(number, min(size, _MOST_BYTES), position)
            position += len(data)
            return data

        return _read_fully(more, size)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._is_closed and not self._readers:
            self._file.close()


def _opened(path: str, flags: int) -> int:
    """Opening a pipe must not wait for whoever writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class _Memory:
    path: str | None = None

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        try:
            self._view = memoryview(data).cast("B")
        except TypeError as error:
            raise InvalidArgumentError("memory that is not contiguous cannot be read as a file.") from error
        self.size = self._view.nbytes
        self.name = f"{self.size} bytes in memory"

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._view[offset : offset + size]) if size > 0 and offset >= 0 else b""

    def close(self) -> None:
        """Nothing is held open; the memory stays the caller's."""


class _Object:
    """A caller's file object, from its beginning; whoever else moves it does not disturb us while we hold the lock."""

    path: str | None = None

    def __init__(self, target: Any) -> None:
        name = getattr(target, "name", None)
        kind = type(target).__name__
        self.name = f"the {kind} of {name!r}" if isinstance(name, str) else f"the {kind} object"
        self._target = target
        self._lock = threading.Lock()
        if getattr(target, "closed", False):
            raise InvalidArgumentError(f"{self.name} is closed.", hint="Keep it open while it is being read.")
        if isinstance(target, io.TextIOBase) or hasattr(target, "encoding"):
            raise InvalidArgumentError(f"{self.name} gives text, but media is bytes.", hint="Open it in binary mode.")
        if not callable(getattr(target, "seek", None)) or (hasattr(target, "seekable") and not target.seekable()):
            raise InvalidArgumentError(
                f"{self.name} cannot go back to an earlier position.", hint="Read it into bytes first."
            )
        with self._lock:
            end = target.seek(0, os.SEEK_END)
            self.size = int(end if end is not None else target.tell())

    def read(self, offset: int, size: int) -> bytes:
        if size <= 0 or offset < 0 or offset >= self.size:
            return b""
        with self._lock:
            try:
                self._target.seek(offset)
                return _read_fully(self._target.read, min(size, self.size - offset))
            except ValueError as error:  # what closed file objects raise
                raise InvalidMediaError(f"{self.name} cannot be read: {error}.") from error

    def close(self) -> None:
        """The object stays open: it is the caller's."""


def _read_fully(read: Callable[[int], Any], size: int) -> bytes:
    """So many bytes, however few each call gives; fewer only where there are no more."""
    data = read(size) or b""
    if isinstance(data, bytes) and len(data) == size:
        return data
    found = bytearray()
    while data:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise InvalidMediaError(f"a file object gave a {type(data).__name__} where bytes were asked for.")
        found += data
        data = read(size - len(found)) if len(found) < size else b""
    if len(found) > size:
        raise InvalidMediaError(f"a file object gave {len(found)} bytes where {size} were asked for.")
    return bytes(found)


class SourceFile(io.RawIOBase):
    """A source as a file object of its own, with a position of its own, for libraries that want one."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to an offset; one behind the end gives nothing to read.

        Raises:
            ValueError: a position before the beginning, or another ``whence``.
        """
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._source.size}
        if whence not in starts or starts[whence] + offset < 0:
            raise ValueError(f"cannot seek to {offset} from {whence}")
        self._position = starts[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._source.read(self._position, view.nbytes)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
