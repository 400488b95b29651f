"""Where bytes to be read come from: a file, bytes in memory, or a caller's file object.

A source is read by position only, so that several readers share one without disturbing each other. Nothing is mapped
into memory: a file that shrinks while it is read gives an error, not a crash.
"""

from __future__ import annotations

import io
import os
import threading
from typing import Any, Protocol

from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError
from reelwright.storage.address import as_path

__all__ = ["Source", "SourceFile", "open_source"]


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
        MediaNotFoundError: no such file. InvalidMediaError: a folder, or an empty file.
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
    def __init__(self, path: str) -> None:
        self.name = repr(path)
        self.path: str | None = path
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        except FileNotFoundError as error:
            hint = "Check the name and the folder."
            missing = MediaNotFoundError(f"there is no file {path!r}.", path=path, hint=hint)
            missing.errno, missing.filename = error.errno, path
            raise missing from None
        except IsADirectoryError:
            raise InvalidMediaError(f"{path!r} is a folder, not a media file.", path=path) from None
        self._lock = threading.Lock()
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, size: int) -> bytes:
        if size <= 0 or offset < 0 or offset >= self.size:
            return b""
        size = min(size, self.size - offset)
        if self._file.closed:
            raise InvalidMediaError(f"{self.name} was closed while it was being read.", path=self.path)
        if hasattr(os, "pread"):
            data = os.pread(self._file.fileno(), size, offset)
            while len(data) < size:
                more = os.pread(self._file.fileno(), size - len(data), offset + len(data))
                if not more:
                    break
                data += more
            return data
        with self._lock:
            self._file.seek(offset)
            return _read_fully(self._file, size)

    def close(self) -> None:
        self._file.close()


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
                return _read_fully(self._target, min(size, self.size - offset))
            except ValueError as error:  # what closed file objects raise
                raise InvalidMediaError(f"{self.name} cannot be read: {error}.") from error

    def close(self) -> None:
        """The object stays open: it is the caller's."""


def _read_fully(target: Any, size: int) -> bytes:
    data = target.read(size) or b""
    while len(data) < size:
        more = target.read(size - len(data))
        if not more:
            break
        data += more
    if len(data) > size:
        raise InvalidMediaError(f"a file object gave {len(data)} bytes where {size} were asked for.")
    return bytes(data)


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
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._source.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._source.read(self._position, view.nbytes)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
