"""What an interrupted writer left in a folder: how its working files are found, and how one becomes a film after all.

A working file is changed where it lies, in few and small steps, and takes its final name at the end, which must be
free: whoever is interrupted in between finds it again as a working file.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from typing import Any

from reelwright.model.errors import InvalidStateError, OutputError, output_error
from reelwright.storage import platform
from reelwright.storage.commit import MOVED_SUFFIX, put_in_place, shortened
from reelwright.storage.journal import JOURNAL_SUFFIX
from reelwright.storage.pieces import bytes_of

__all__ = ["LeftFilm", "copy_of", "final_path", "journal_of", "working_files"]

_WORKING_NAME = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.part", re.DOTALL)


def working_files(path: str) -> list[str]:
    """The working files of a film beside its final name, the newest first.

    Raises:
        OSError: the folder cannot be read.
    """
    folder, name = os.path.split(os.path.realpath(path))
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            match = _WORKING_NAME.fullmatch(entry.name)
            if match is not None and match["name"] == shortened(name) and entry.is_file(follow_symlinks=False):
                found.append((entry.stat().st_mtime_ns, entry.path))
    return [path for _, path in sorted(found, reverse=True)]


def final_path(part: str) -> str | None:
    """The name that the film in a working file was to have; None for any other file."""
    folder, name = os.path.split(part)
    match = _WORKING_NAME.fullmatch(name)
    return None if match is None else os.path.join(folder, match["name"])


def journal_of(part: str) -> str | None:
    """The journal beside a working file; None when there is none."""
    journal = part + JOURNAL_SUFFIX
    return journal if os.path.isfile(journal) else None


def copy_of(part: str) -> str | None:
    """The unfinished copy of a working file, made to have room for its header; None when there is none."""
    copy = part + MOVED_SUFFIX
    return copy if os.path.isfile(copy) else None


class LeftFilm:
    """A film that was left, open to be made whole where it lies.

    Args:
        path: of the file.

    Raises:
        InvalidStateError: it is still being written. OutputError: it cannot be opened for writing.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with self._reporting("open"):
            self._file = io.FileIO(path, "r+")
            self.size = os.fstat(self._file.fileno()).st_size
            if not platform.lock_file(self._file.fileno()):
                self._file.close()
                hint = "Wait until its writer has finished, or end that process."
                raise InvalidStateError(f"{path!r} is still being written.", hint=hint, path=path)

    def write(self, *buffers: Any) -> int:
        """Append buffers and return the offset of the first.

        Raises:
            DiskFullError, OutputError: they could not all be written.
        """
        start = self.size
        for buffer in buffers:
            view = bytes_of(buffer)
            self.overwrite(self.size, view)
            self.size += view.nbytes
        return start

    def overwrite(self, offset: int, data: Any) -> None:
        """Replace bytes, in one write.

        Raises:
            DiskFullError, OutputError: they could not all be written.
        """
        with self._reporting("write to"):
            platform.write_at(self._file, offset, [bytes_of(data)])

    def sync(self) -> None:
        """Have everything on the disk.

        Raises:
            OutputError: the disk failed.
        """
        with self._reporting("write to"):
            platform.sync_file(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def put_at(self, final: str) -> None:
        """Close it and give it its name, for good; an existing file is never replaced.

        Raises:
            OutputExistsError: the name is taken. OutputError: it cannot be given.
        """
        self.close()
        if os.path.exists(final) and os.path.samefile(self.path, final):
            return
        try:
            put_in_place(self.path, final, overwrite=False)
            platform.sync_folder(os.path.dirname(os.path.abspath(final)))
        except OSError as error:
            problem = output_error(error, "put the recovered film at", final)
            problem.hint = f"It is whole and kept as {self.path!r}: move it, or choose another output."
            raise problem from error

    @contextlib.contextmanager
    def _reporting(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OutputError:
            raise
        except OSError as error:
            raise output_error(error, doing, self.path) from error
