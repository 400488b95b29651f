"""Scratch files: room beside memory for bytes that are not in their final place yet.

They lie in the folder the caller named, or in the system's; they have no name where the system can do without (and then
vanish even with a killed process), and are gone at the latest when they are closed.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import cast

from reelwright.model.errors import OutputError, output_error
from reelwright.storage import platform

__all__ = ["ScratchFile", "check_scratch_folder"]


class ScratchFile:
    """An unnamed file to write to and read from at any offset.

    Raises:
        OutputNotFoundError: there is no such folder.
        OutputPermissionError: the folder may not be written.
        OutputError: it cannot be made for another reason.
    """

    def __init__(self, folder: str | None) -> None:
        import tempfile  # opens some ten modules, and few films put anything aside

        self._folder = folder
        try:
            # Unbuffered gives the plain FileIO; on Windows it is wrapped in an object that deletes the file.
            self._handle = tempfile.TemporaryFile(dir=folder, prefix=".reelwright-", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise self._explained(error, "create a temporary file in") from error
        self._file = cast(io.FileIO, getattr(self._handle, "file", self._handle))

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None:
        """Write all *views* at *offset*; errors name the folder."""
        try:
            platform.write_at(self._file, offset, views)
        except OSError as error:
            raise self._explained(error, "write a temporary file in") from error

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill *view* with the bytes at *offset*; errors name the folder."""
        try:
            platform.read_into(self._file, offset, view)
        except OSError as error:
            raise self._explained(error, "read a temporary file in") from error

    def close(self) -> None:
        """Delete it; may be repeated."""
        # A full network drive may report at the close what no longer matters: the bytes are going anyway.
        with contextlib.suppress(OSError):
            self._handle.close()

    def _explained(self, cause: OSError, doing: str) -> OutputError:
        import tempfile

        error = output_error(cause, doing, self._folder or tempfile.gettempdir())
        error.hint = f"{error.hint or ''} temporary_directory= names another place for temporary files.".lstrip()
        return error


def check_scratch_folder(folder: str | None) -> None:
    """Find out at once whether temporary files can be made in the folder that was asked for.

    Raises:
        OutputNotFoundError, OutputPermissionError, OutputError: as :class:`ScratchFile`.
    """
    if folder is not None:
        ScratchFile(folder).close()
