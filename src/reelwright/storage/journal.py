"""The side file of a film in the making: records that say where its media lies, for whoever must make a film of them.

It stands beside the working file as ``<working file>.journal``, is only ever appended to, and goes when the film gets
its name. What its records say is not known here.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from collections.abc import Iterator
from typing import Any

from reelwright.model.errors import InvalidStateError, output_error
from reelwright.storage import platform
from reelwright.storage.pieces import bytes_of

__all__ = ["JOURNAL_SUFFIX", "Journal", "recovery_hint"]

JOURNAL_SUFFIX = ".journal"


class Journal:
    """Records beside a working file. Not thread-safe, but ``sync`` may be called from another thread than ``append``,
    one after the other.

    Args:
        part: path of the working file; its journal's name must not be taken.

    Raises:
        OutputError: it cannot be created.
    """

    def __init__(self, part: str) -> None:
        self.path = part + JOURNAL_SUFFIX
        self.size = 0
        self._is_named = False
        with self._reporting("create"):
            self._file: io.FileIO | None = io.FileIO(self.path, "x+")

    def append(self, record: Any) -> None:
        """Add a record in one write, which the disk may still hold back.

        Raises:
            DiskFullError, OutputError: it is not, or not wholly, there; nothing may be added behind it.
        """
        view = bytes_of(record)
        with self._reporting("write to"):
            platform.write_at(self._open_file(), self.size, [view])
        self.size += view.nbytes

    def sync(self) -> None:
        """Have all records on the disk, and at the first time the names of both files too.

        Raises:
            OutputError: the disk failed.
        """
        with self._reporting("write to"):
            platform.sync_data(self._open_file().fileno())
            if not self._is_named:
                platform.sync_folder(os.path.dirname(self.path))
                self._is_named = True

    def close(self) -> None:
        """Let go of it, and leave it where it is."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what was synced stays; what was not, nobody was promised
                file.close()

    def remove(self) -> None:
        """Delete it: the film is whole, or not wanted.

        Raises:
            OutputError: it cannot be deleted (that it is gone already is no error).
        """
        self.close()
        with self._reporting("remove"), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(self.path)

    def _open_file(self) -> io.FileIO:
        if self._file is None:
            raise InvalidStateError(f"the journal {self.path!r} is closed.")
        return self._file

    @contextlib.contextmanager
    def _reporting(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise output_error(error, f"{doing} the journal", self.path) from error


def recovery_hint(part: str) -> str:
    """What to do about a film that failed and left its working file and journal."""
    return f"What was written is kept: run `reelwright recover {shlex.quote(part)}`, or call reelwright.recover()."
