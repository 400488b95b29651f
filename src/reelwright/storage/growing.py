"""Films that are films while they grow: what is there already can be played, under the final name or by its receiver.

A file is created under its final name, or takes the place of an old one as soon as there is something to play. After a
failure it stays, cut off behind what plays. An object to which one can only append gets the bytes as they come.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Sequence

from reelwright.storage import platform
from reelwright.storage.commit import PartFile
from reelwright.storage.journal import Journal
from reelwright.storage.objects import FileObject

__all__ = ["AppendedObject", "GrowingFile"]


class GrowingFile(PartFile):
    """A film that grows under its final name, from its first ``publish`` on at the latest.

    Raises:
        OutputExistsError, OutputNotFoundError, OutputPermissionError, OutputError: from ``open``, as ``PartFile``.
    """

    _whole = 0  # bytes that make a film
    _is_named = False  # on the disk, too

    def _create(self, existing: os.stat_result | None) -> None:
        if existing is not None:
            super()._create(existing)  # the old file stays until there is something to put in its place
            return
        self._file = io.FileIO(self._final, "x+")
        self._part = self._final
        platform.lock_file(self._file.fileno())

    def publish(self, length: int) -> None:
        """The first bytes are a film by now: it takes the place of the old one, if there is one."""
        if self._part != self._final:
            with self._reporting("replace"):
                platform.sync_data(self._open_file().fileno())  # a power failure leaves one of the two
                self._replace()
        self._whole = length

    def _replace(self) -> None:
        if os.name == "nt":  # which moves no open file
            self._open_file().close()
        os.replace(self._part, self._final)
        self._part = self._final
        if os.name == "nt":
            self._file = io.FileIO(self._final, "r+")

    def sync_point(self) -> Callable[[], None]:
        """As of ``PartFile``; the first call that is made under the final name has that on the disk, too."""
        sync = super().sync_point()

        def sync_all() -> None:
            sync()
            if self._part == self._final and not self._is_named:
                with contextlib.suppress(PermissionError):  # a folder that may be written and not read
                    platform.sync_folder(os.path.dirname(self._final))
                self._is_named = True

        return sync_all

    def open_journal(self) -> Journal | None:
        """There is none: the film itself says where everything is."""
        return None

    def finish(self, length: int, *, durable: bool) -> None:
        """The film is complete, where it is.

        Raises:
            OutputError: it cannot take the place of the old file; or the disk failed.
        """
        self.publish(length)
        file = self._open_file()
        with self._reporting("finish"):
            if durable:
                platform.sync_file(file.fileno())
                platform.sync_folder(os.path.dirname(self._final))
            file.close()
        self._part = ""

    def keep(self) -> str | None:
        """Leave what plays, without what was to follow it; None when nothing does."""
        if not self._whole or not self._part:
            return None
        with contextlib.suppress(OSError, ValueError):  # then a torn fragment stays behind it, which readers pass over
            self._open_file().truncate(self._whole)
        part, self._part = self._part, ""
        return part


class AppendedObject(FileObject):
    """A film for an object that takes bytes at its end and nothing else: a pipe, a socket, a file opened to append."""

    _written = 0

    def open(self) -> None:
        """Nothing to remember: the film begins with whatever comes next."""
        self.readable = False
        self.check()

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None:
        """Append all *views*; they must follow what was written."""
        assert offset == self._written, "nothing that was sent can be replaced"
        with self._asking("write to"):
            for view in views:
                self._touched = True
                self._write(view)
                self._written += view.nbytes

    def publish(self, length: int) -> None:
        """Have everything sent."""
        with self._asking("write to"):
            if hasattr(self._target, "flush"):
                self._target.flush()

    def sync_point(self) -> Callable[[], None]:
        """Nothing to wait for: what becomes of the bytes is the receiver's business."""
        return lambda: None

    def keep(self) -> str | None:
        """What was sent stays sent."""
        self._touched = False
        return None

    def finish(self, length: int, *, durable: bool) -> None:
        """Have everything sent."""
        self.publish(length)
        self._touched = False

    def abandon(self) -> None:
        """Nothing can be taken back."""
        self._touched = False
