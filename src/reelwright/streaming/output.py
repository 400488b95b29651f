"""Where a stream's segments and playlists go: a folder of this machine, or any file system that ``fsspec`` knows.

Whatever has a name is whole: objects and playlists appear, and are replaced, in one step. Only what is written behind
the end of a file that playlists refer to by byte ranges grows, and no playlist names bytes that are not there yet.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Protocol

from reelwright.model.errors import InvalidArgumentError, OutputError, output_error
from reelwright.storage import platform
from reelwright.streaming.stream_segments import ByteRange

__all__ = ["Buffer", "FolderOutput", "StreamOutput", "check_name", "open_output"]

Buffer = bytes | bytearray | memoryview


class StreamOutput(Protocol):
    """What a stream is written to. Names are relative, with ``/`` between folders, which come by themselves."""

    def write(self, name: str, buffers: Iterable[Buffer]) -> int:
        """Make an object, or replace it, in one step; returns its size.

        Raises:
            OutputError: it could not be written; nothing of it is left, and what was there before is.
        """

    def append(self, name: str, buffers: Iterable[Buffer]) -> ByteRange:
        """Write behind the end of a file, and tell where.

        Raises:
            OutputError: it could not be written, or files do not grow there.
        """

    def remove(self, name: str) -> None:
        """Delete an object; one that is gone already is no trouble.

        Raises:
            OutputError: it could not be deleted.
        """


def check_name(name: str) -> PurePosixPath:
    """A name as a path below the output.

    Raises:
        InvalidArgumentError: it leads elsewhere, or means something else on another system.
    """
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or any(char in name for char in "\\:\0"):
        raise InvalidArgumentError(
            f"{name!r} is no name for a part of a stream.", hint='Give a relative one, such as "720p/1.m4s".'
        )
    return path


class FolderOutput:
    """A folder of this machine; it is created when it is missing.

    Args:
        durable: bring each object to the disk before it gets its name.

    Raises:
        OutputError: the folder cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str], *, durable: bool = False) -> None:
        self.folder = Path(folder).absolute()
        self._durable = durable
        self._ends: dict[str, int] = {}  # of files that grow
        self._make(self.folder)

    def write(self, name: str, buffers: Iterable[Buffer]) -> int:
        target = self._path(name)
        # Beside it, for only within one folder is a rename always one step; with a dot, for servers not to show it.
        working = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
        try:
            with open(working, "xb") as file:
                size = _write_all(file, buffers)
                if self._durable:
                    platform.sync_file(file.fileno())
            _replace(working, target)
        except OSError as error:
            with contextlib.suppress(OSError):
                working.unlink()
            raise output_error(error, "write", target) from error
        if self._durable:
            platform.sync_folder(os.fspath(target.parent))
        return size

    def append(self, name: str, buffers: Iterable[Buffer]) -> ByteRange:
        target = self._path(name)
        start = self._ends.get(name, 0)
        try:
            # What an earlier stream, or a write that failed, left behind the end is cut off.
            with open(target, "r+b" if start else "wb") as file:
                file.truncate(start)
                file.seek(start)
                size = _write_all(file, buffers)
                if self._durable:
                    platform.sync_file(file.fileno())
        except OSError as error:
            raise output_error(error, "write to", target) from error
        self._ends[name] = start + size
        return ByteRange(start, size)

    def remove(self, name: str) -> None:
        target = self._path(name)
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise output_error(error, "delete", target) from error

    def _path(self, name: str) -> Path:
        target = self.folder / check_name(name)
        if target.parent != self.folder:
            self._make(target.parent)
        return target

    @staticmethod
    def _make(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(error, "create the folder", folder) from error


def _replace(working: Path, target: Path) -> None:
    """Windows does not replace a file that somebody is reading, and playlists are read all the time: it is asked again
    for a second."""
    for _ in range(50 if os.name == "nt" else 0):
        with contextlib.suppress(PermissionError):
            os.replace(working, target)
            return
        time.sleep(0.02)
    os.replace(working, target)


def _write_all(file: object, buffers: Iterable[Buffer]) -> int:
    size = 0
    for buffer in buffers:
        size += file.write(buffer)  # type: ignore[attr-defined]
    return size


def open_output(target: str | os.PathLike[str] | StreamOutput, *, durable: bool = False) -> StreamOutput:
    """The output that a path, a URL (``s3://bucket/folder``, ``memory://…``) or an output of the caller's own names.

    Raises:
        InvalidArgumentError: a URL of a kind that ``fsspec`` does not know.
        MissingDependencyError: a URL, and ``fsspec`` or what it needs for it is not installed.
        OutputError: a folder that cannot be made.
    """
    if isinstance(target, str) and "://" in target:
        scheme, _, rest = target.partition("://")
        if scheme == "file":
            from urllib.request import url2pathname

            return FolderOutput(url2pathname(rest.removeprefix("localhost")), durable=durable)
        from reelwright.streaming.remote_output import RemoteOutput

        return RemoteOutput.at(target)
    if isinstance(target, (str, os.PathLike)):
        return FolderOutput(target, durable=durable)
    return target


def growth_refused(name: str) -> OutputError:
    return OutputError(
        f"{name!r} cannot grow: files of this kind of output are written whole.",
        errno=errno.ENOTSUP,
        hint="Write each segment as an object of its own.",
    )
