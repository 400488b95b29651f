"""Films written into a caller's file object: at its current position, without closing it.

An object may be anything from ``BytesIO`` to a class of the caller's own, so nothing it does is taken on trust: it may
write short, raise what it likes, or be closed by its owner in mid-film. Objects that cannot be read back are given the
film in one go at the end, by way of a temporary file, unless it is known that nothing will be inserted.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reelwright.model.errors import OutputError, OutputExistsError
from reelwright.storage import platform
from reelwright.storage.address import object_name
from reelwright.storage.copy import copy_everything, move_up
from reelwright.storage.journal import Journal
from reelwright.storage.scratch import ScratchFile

__all__ = ["FileObject", "StagedObject", "reads_back"]

_log = logging.getLogger(__name__)

_PIECE = 8 << 20
"""Bytes handed to an object at a time: some send each ``write`` as one request, or copy it."""


def reads_back(target: Any) -> bool:
    """Whether what is written to the object can be read from it again."""
    if hasattr(target, "readable"):
        return bool(target.readable())
    return callable(getattr(target, "read", None))


class FileObject:
    """A film from the object's current position on; what lies before it is not touched.

    Bytes behind the position would stay behind the film and spoil it: they are refused, or cut off with ``overwrite``.
    """

    path: str | None = None

    def __init__(self, target: Any, *, overwrite: bool) -> None:
        self.display_name = object_name(target)
        self.readable = reads_back(target)
        self._target = target
        self._overwrite = overwrite
        self._begin = 0
        self._touched = False
        self._whole = 0  # bytes that make a film that grows

    def open(self) -> None:
        """Remember the position.

        Raises:
            OutputExistsError: there are bytes behind the position and ``overwrite`` was not asked for.
            OutputError: the object is closed, or does not say where it stands.
        """
        with self._asking("take"):
            self._begin = int(self._target.tell())
            end = int(self._target.seek(0, os.SEEK_END) or self._target.tell())
            self._target.seek(self._begin)
        if end > self._begin and not self._overwrite:
            message = f"{self.display_name} already holds {end - self._begin} bytes behind its position {self._begin}."
            hint = "Pass overwrite=True to cut them off, or move it to its end first."
            raise OutputExistsError(message, errno=errno.EEXIST, hint=hint)
        if end > self._begin:
            with self._asking("empty"):
                self._target.truncate(self._begin)

    def check(self) -> None:
        """Raise at once if the owner has closed the object.

        Raises:
            OutputError: it is closed.
        """
        if getattr(self._target, "closed", False):
            raise self._closed_error()

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None:
        """Write all *views* at *offset*, seeking first: the owner may have moved the object."""
        with self._asking("write to"):
            self._touched = True
            self._target.seek(self._begin + offset)
            for view in views:
                for start in range(0, view.nbytes, _PIECE):
                    self._write(view[start : start + _PIECE])

    def _write(self, view: memoryview) -> None:
        while view.nbytes:
            # Objects outside the io tree may keep what they get, or expect bytes and nothing else: they get a copy.
            count = self._target.write(view if isinstance(self._target, io.IOBase) else bytes(view))
            view = view[self._accepted(count, view.nbytes) :]

    def _accepted(self, count: Any, offered: int) -> int:
        if count is None and not isinstance(self._target, io.RawIOBase):
            return offered  # many classes of one's own return nothing; in the io tree None means "would block"
        if count is None:
            raise BlockingIOError(errno.EAGAIN, "it is in non-blocking mode and has no room at the moment")
        if not 0 < count <= offered:
            raise OSError(errno.EIO, f"its write() was given {offered} bytes and returned {count!r}")
        return int(count)

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill *view* with the bytes at *offset*."""
        with self._asking("read back from"):
            self._target.seek(self._begin + offset)
            while view.nbytes:
                data = self._target.read(view.nbytes)
                if not data or len(data) > view.nbytes:
                    raise OSError(errno.EIO, "it does not give back what was written to it")
                view[: len(data)] = data
                view = view[len(data) :]

    def insertion_block(self, length: int) -> int:
        """Any number of bytes will do."""
        return 1

    def make_room(self, offset: int, end: int, length: int) -> str:
        """Move the bytes."""
        move_up(self, offset, end, length)
        return "moved in place"

    def sync_point(self) -> Callable[[], None]:
        """Hand the object's own buffer to the system; syncing does nothing where it is no file of the system."""
        with self._asking("write to"):
            if hasattr(self._target, "flush"):
                self._target.flush()
        return self._sync

    def publish(self, length: int) -> None:
        """What was written so far is a film."""
        self._whole = length

    def open_journal(self) -> Journal | None:
        """There is none: nobody could find it."""
        return None

    def keep(self) -> str | None:
        """Leave what is a film, if something is; there is no path to tell."""
        if self._whole:
            self._cut(self._whole)
        return None

    def settle(self) -> None:
        """Nothing to do: the bytes are where they stay."""

    def finish(self, length: int, *, durable: bool) -> None:
        """Leave the object open, flushed, and at the end of the film; sync it if it is a file of the system."""
        with self._asking("finish"):
            self._target.seek(self._begin + length)
            if hasattr(self._target, "flush"):
                self._target.flush()
        if durable:
            with self._asking("sync"):
                self._sync()
        self._touched = False

    def _sync(self) -> None:
        try:
            descriptor = self._target.fileno()
        except (AttributeError, ValueError):  # which an UnsupportedOperation is, too
            return  # in memory, far away or closed: no disk of this machine to wait for
        platform.sync_file(descriptor)

    def abandon(self) -> None:
        """Cut the film off again if the object lets us; what cannot be undone is logged, for an error is under way."""
        self._cut(0)

    def _cut(self, length: int) -> None:
        """Leave so many bytes; what comes behind them goes, if the object lets us."""
        if not self._touched:
            return
        self._touched = False
        try:
            self._target.seek(self._begin + length)
            self._target.truncate(self._begin + length)
        except Exception as error:
            _log.warning("%s keeps part of an unfinished film: %s", self.display_name, error)

    def _closed_error(self) -> OutputError:
        message = f"{self.display_name} was closed by its owner while a film was being written to it."
        return OutputError(message, errno=errno.EBADF, hint="Keep it open until the film is finished.")

    @contextlib.contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        """Whatever a class of the caller's own raises is trouble with the output; its own error stays as the cause."""
        try:
            yield
        except OSError as error:
            if getattr(self._target, "closed", False):
                raise self._closed_error() from error
            raise
        except Exception as error:
            if getattr(self._target, "closed", False):
                raise self._closed_error() from error
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise OutputError(f"could not {doing} {self.display_name}: {reason}.", errno=errno.EIO) from error


class StagedObject:
    """A film for an object that cannot be read back: in a temporary file until nothing can be inserted any more."""

    path: str | None = None
    readable = True

    def __init__(self, target: FileObject, folder: str | None) -> None:
        self.display_name = target.display_name
        self._target = target
        self._folder = folder
        self._scratch: ScratchFile | None = None
        self._staged = 0
        self._settled = False

    def open(self) -> None:
        """Take the object; the temporary file comes with the first bytes that need it."""
        self._target.open()

    def check(self) -> None:
        """Raise at once if the owner has closed the object."""
        self._target.check()

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None:
        """Write to the temporary file, or to the object once the film is settled."""
        if self._settled:
            self._target.write_at(offset, views)
            return
        if self._scratch is None:
            self._scratch = ScratchFile(self._folder)
        self._scratch.write_at(offset, views)
        self._staged = max(self._staged, offset + sum(view.nbytes for view in views))

    def read_into(self, offset: int, view: memoryview) -> None:
        """Read the temporary file."""
        assert self._scratch is not None, "only what was written is read"
        self._scratch.read_into(offset, view)

    def insertion_block(self, length: int) -> int:
        """Any number of bytes will do."""
        return 1

    def make_room(self, offset: int, end: int, length: int) -> str:
        """Move the bytes of the temporary file; with the copy from there to the object, the film is written twice."""
        move_up(self, offset, end, length)
        return "rewritten"

    def sync_point(self) -> Callable[[], None]:
        """Nothing to wait for: what lies in a temporary file is no film for anybody else."""
        return lambda: None

    def publish(self, length: int) -> None:
        """Nobody sees it before it is finished."""

    def open_journal(self) -> Journal | None:
        """There is none: nobody could find it."""
        return None

    def keep(self) -> str | None:
        """Nothing is kept: without a journal, nobody could use it."""
        return None

    def settle(self) -> None:
        """Hand the object what is staged; a short film has nothing staged and never sees a temporary file."""
        if self._scratch is not None:
            copy_everything(self._scratch, self._target, self._staged)
        self._settled = True

    def finish(self, length: int, *, durable: bool) -> None:
        """Finish the object and delete the temporary file."""
        self._target.finish(length, durable=durable)
        self._close_scratch()

    def abandon(self) -> None:
        """Delete the temporary file and cut off what the object may have got."""
        self._close_scratch()
        self._target.abandon()

    def _close_scratch(self) -> None:
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None
