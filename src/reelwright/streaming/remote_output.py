"""Streams on file systems that are far away, through ``fsspec`` (extra ``streaming``): whole objects, tried again.

Stores of objects show an object when all of it has arrived. Elsewhere it is written under a working name, its length is
compared, and then it is moved. A store may fail for a moment; every step can be repeated without harm.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, TypeVar

from reelwright.model.errors import InvalidArgumentError, MissingDependencyError, OutputError, output_error
from reelwright.streaming.output import Buffer, check_name, growth_refused
from reelwright.streaming.stream_segments import ByteRange

__all__ = ["RemoteOutput"]

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_WHOLE = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "ocilake", "oss", "hf", "memory"})
"""Protocols whose stores show an object only when it is complete: no working name is needed."""

_FINAL = (FileNotFoundError, PermissionError, NotImplementedError, IsADirectoryError, NotADirectoryError)


class RemoteOutput:
    """A folder of an ``fsspec`` file system.

    Args:
        file_system: an ``fsspec.AbstractFileSystem``. folder: in it, as its own paths go.
        attempts: for each step, at least one. delay: seconds before the second, doubled before each that follows.
        sleep: how to wait.

    Raises:
        InvalidArgumentError: no attempts.
    """

    def __init__(
        self,
        file_system: Any,
        folder: str,
        *,
        attempts: int = 5,
        delay: float = 0.2,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if attempts < 1:
            raise InvalidArgumentError(f"{attempts} attempts write nothing.")
        self._system = file_system
        self._folder = folder.rstrip("/")
        self._attempts = attempts
        self._delay = delay
        self._sleep = sleep
        protocol = file_system.protocol
        names = {protocol} if isinstance(protocol, str) else set(protocol)
        self._is_whole = bool(names & _WHOLE)
        self._folders: set[str] = set()

    @classmethod
    def at(cls, url: str) -> RemoteOutput:
        """The output that a URL names.

        Raises:
            InvalidArgumentError: ``fsspec`` does not know its kind.
            MissingDependencyError: ``fsspec``, or what it needs for it, is not installed.
        """
        try:
            core = import_module("fsspec.core")
        except ImportError as error:
            raise MissingDependencyError(
                f"{url!r} is reached through fsspec, which is not installed.",
                hint="Install it with: pip install 'reelwright[streaming]'.",
            ) from error
        try:
            system, folder = core.url_to_fs(url)
        except ImportError as error:
            raise MissingDependencyError(f"{url!r} cannot be reached: {error}.") from error
        except ValueError as error:
            raise InvalidArgumentError(f"{url!r} names nothing to write to: {error}.") from error
        return cls(system, folder)

    def write(self, name: str, buffers: Iterable[Buffer]) -> int:
        """As ``StreamOutput.write``; the object is in memory for as long."""
        path, data = self._path(name), b"".join(buffers)
        if self._is_whole:
            self._try("write", path, lambda: self._system.pipe_file(path, data))
        else:
            self._make_folder(path)
            self._try("write", path, lambda: self._write_and_move(path, data))
        return len(data)

    def append(self, name: str, buffers: Iterable[Buffer]) -> ByteRange:
        """Always raises: objects do not grow."""
        raise growth_refused(self._path(name))

    def remove(self, name: str) -> None:
        """As ``StreamOutput.remove``."""
        path = self._path(name)
        with contextlib.suppress(FileNotFoundError):
            self._try("delete", path, lambda: self._system.rm_file(path))

    def _path(self, name: str) -> str:
        return f"{self._folder}/{check_name(name)}"

    def _make_folder(self, path: str) -> None:
        folder = path.rpartition("/")[0]
        if folder and folder not in self._folders:
            self._try("create the folder of", path, lambda: self._system.makedirs(folder, exist_ok=True))
            self._folders.add(folder)

    def _write_and_move(self, path: str, data: bytes) -> None:
        folder, _, name = path.rpartition("/")
        working = f"{folder}/.{name[:200]}.{secrets.token_hex(4)}.part"
        try:
            self._system.pipe_file(working, data)
            self._system.invalidate_cache(folder)
            stored = self._system.size(working)
            if stored != len(data):
                raise OSError(errno.EIO, f"{stored} of {len(data)} bytes arrived")
            self._system.mv(working, path)
        except BaseException:
            with contextlib.suppress(Exception):  # the error under way is the one to tell
                self._system.rm_file(working)
            raise

    def _try(self, doing: str, path: str, step: Callable[[], _Result]) -> _Result:
        """Take a step until it succeeds; what a store raises is of any class."""
        for attempt in range(1, self._attempts + 1):
            try:
                return step()
            except Exception as error:
                if attempt == self._attempts or isinstance(error, _FINAL):
                    raise _explained(error, doing, path) from error
                _log.info("could not %s %s (attempt %d of %d): %s", doing, path, attempt, self._attempts, error)
                self._sleep(self._delay * 2 ** (attempt - 1))
        raise AssertionError("there is at least one attempt")


def _explained(error: Exception, doing: str, path: str) -> OutputError:
    if isinstance(error, OSError):
        return output_error(error, doing, path)
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return OutputError(f"could not {doing} {path!r}: {reason}.", path=path, errno=errno.EIO)
