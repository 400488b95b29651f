"""Where a film lives while it is written, and how it gets its name.

It is written to ``.<name>.<random>.part`` in the output's own folder, because only within one file system can a
finished file take its final name in one step: nobody ever sees half a film under the name they asked for, and an old
film is not touched before the new one is whole.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence

from reelwright.model.errors import (
    OutputError,
    OutputExistsError,
    OutputNotFoundError,
    OutputPermissionError,
    output_error,
)
from reelwright.storage import platform
from reelwright.storage.copy import copy_range, move_up
from reelwright.storage.insert_range import insert_range, insertion_block, insertion_is_faster
from reelwright.storage.journal import Journal

__all__ = ["MOVED_SUFFIX", "PartFile", "put_in_place", "shortened"]

MOVED_SUFFIX = ".moved"
"""Behind the name of a working file: its copy with room for a header, until that is whole."""

_LONGEST_NAME = 228
"""Bytes of the final name that the working name repeats: 255 is the limit of nearly every file system."""


class PartFile:
    """A film on its way to a path.

    A final name that is a symbolic link is written *through* with ``overwrite``, as ``open(path, "wb")`` does: the
    working file lies beside the file the link points to, that file is replaced, and the link stays. Without, any link
    is a taken name. An existing file's permissions are kept; a new one gets what the umask (or the folder's default
    ACL) gives any new file. Its owner is whoever writes.

    ``room_by`` is the way room is made in it (``"inserted"``, ``"moved in place"``); None takes what is faster.
    """

    readable = True

    def __init__(self, path: str, *, overwrite: bool, room_by: str | None = None) -> None:
        self.path: str | None = path
        self.display_name = path
        self._overwrite = overwrite
        self._room_by = room_by
        self._given = path
        self._final = self._part = ""
        self._file: io.FileIO | None = None
        self._journal: Journal | None = None
        self._told: PartFile | None = None  # what the journal tells of, when the film goes on in a copy

    def open(self) -> None:
        """Create the working file.

        Raises:
            OutputExistsError: the name is taken and ``overwrite`` was not asked for.
            OutputNotFoundError: there is no such folder.
            OutputPermissionError: the folder, or the file to be replaced, may not be written.
            OutputError: the name belongs to a folder or a device, or is too long.
        """
        with self._reporting("create"):
            existing = self._existing()
            # Absolute, too: the process may change its folder while the film is written.
            self._final = os.path.realpath(self._given)
            self._create(existing)

    def look(self) -> None:
        """Raise what ``open`` would, as far as that shows without creating anything."""
        with self._reporting("create"):
            self._existing()
            os.stat(os.path.dirname(os.path.realpath(self._given)))

    def _existing(self) -> os.stat_result | None:
        """What has the name already, once it is known that it may be replaced."""
        existing = _status(self._given)
        if existing is not None:
            self._check_replaceable(existing)
        elif os.path.islink(self._given) and not self._overwrite:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        return existing

    def _check_replaceable(self, existing: os.stat_result) -> None:
        if stat.S_ISDIR(existing.st_mode):
            hint = f"Name a file inside it, for instance {os.path.join(self._given, 'film.mov')!r}."
            raise self._error(OutputError, "it is a folder", errno.EISDIR, hint)
        if not stat.S_ISREG(existing.st_mode):
            # Replacing a device node or a pipe with a film is never what was meant.
            hint = "Write to an ordinary file, or pass an open file object."
            raise self._error(OutputError, "it is a device, a pipe or a socket", errno.EINVAL, hint)
        if not self._overwrite:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if not os.access(self._given, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            # A rename could replace it on POSIX, not on Windows; and write protection says what its owner wants.
            hint = "Make it writable, delete it, or choose another name."
            raise self._error(OutputPermissionError, "it is write-protected", errno.EACCES, hint)

    def _create(self, existing: os.stat_result | None) -> None:
        self._part = _working_name(self._final)
        self._file = io.FileIO(self._part, "x+")  # exclusive, binary, not inherited by children, mode by the umask
        platform.lock_file(self._file.fileno())  # so that nobody takes it for what a dead process left
        if existing is not None and hasattr(os, "fchmod"):
            _keep_permissions(self._file.fileno(), existing)

    def check(self) -> None:
        """Nothing to ask: a file once open stays so."""

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None:
        """Write all *views* at *offset*."""
        platform.write_at(self._open_file(), offset, views)

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill *view* with the bytes at *offset*."""
        platform.read_into(self._open_file(), offset, view)

    def insertion_block(self, length: int) -> int:
        """The file system's block where a range is to be inserted, else 1."""
        return insertion_block(self._open_file()) if self._inserts(length) else 1

    def make_room(self, offset: int, end: int, length: int) -> str:
        """Insert a range of blocks, or else move the bytes; nobody else has the working file in use.

        A range that is no multiple of the block is not inserted, so ask for ``insertion_block`` before.
        """
        if self._inserts(end - offset) and insert_range(self._open_file(), offset, length):
            return "inserted"
        if self._journal is not None and self._journal.size:
            self._copy_apart(offset, end, length)
            return "rewritten"
        move_up(self, offset, end, length)
        return "moved in place"

    def _copy_apart(self, offset: int, end: int, length: int) -> None:
        """Go on with a copy that has the room: what a journal tells of stays as it is until the film is whole."""
        self._told = PartFile(self._given, overwrite=self._overwrite)
        told = self._told
        told._part, told._file = self._part, self._open_file()
        self._part, self._file = self._part + MOVED_SUFFIX, None
        self._file = io.FileIO(self._part, "x+")
        if hasattr(os, "fchmod"):
            _keep_permissions(self._file.fileno(), os.fstat(told._open_file().fileno()))
        copy_range(told, 0, offset, self, 0)
        copy_range(told, offset, end, self, offset + length)

    def _inserts(self, length: int) -> bool:
        if self._room_by is not None:
            return self._room_by == "inserted"
        return insertion_is_faster(self._open_file(), length)

    def sync_point(self) -> Callable[[], None]:
        """Wait for the disk; once the film is finished or given up, there is nothing left to wait for."""
        file = self._open_file()

        def sync() -> None:
            with contextlib.suppress(ValueError):  # it is closed
                platform.sync_data(file.fileno())

        return sync

    def publish(self, length: int) -> None:
        """It is a film when it is finished, and not before."""

    def open_journal(self) -> Journal | None:
        """Create a journal beside the working file."""
        if self._journal is None:
            self._journal = Journal(self._part)
        return self._journal

    def settle(self) -> None:
        """Nothing to do: the bytes are where they stay."""

    def finish(self, length: int, *, durable: bool) -> None:
        """Give the film its final name; if that fails, the film is kept under its working name and the hint says so.

        Raises:
            OutputExistsError: somebody else took the name in the meantime.
            OutputNotFoundError: the folder or the working file was removed.
            OutputError: everything else, for instance the old file open in another program (Windows).
        """
        file = self._open_file()
        # What a journal could bring back until now is not given up before the film itself is safe.
        durable = durable or self._journal is not None
        if durable:
            platform.sync_file(file.fileno())
        file.close()  # before the rename: Windows moves no open file; and some network drives report a full disk here
        try:
            put_in_place(self._part, self._final, overwrite=self._overwrite)
        except OSError as error:
            raise self._not_in_place(error) from error
        self._part = ""
        if durable:
            platform.sync_folder(os.path.dirname(self._final))
        if self._told is not None:
            self._told.abandon()
        if self._journal is not None:
            self._journal.remove()

    def _not_in_place(self, cause: OSError) -> OutputError:
        part, self._part = self._part, ""  # from now on the film is its maker's, and abandoning it must not delete it
        if isinstance(cause, FileNotFoundError | NotADirectoryError):
            gone = f"its working file {part!r} was removed while it was being written"
            return self._error(
                OutputNotFoundError, gone, cause.errno, "Leave the folder alone until the film is finished."
            )
        error = output_error(cause, "put the finished film at", self.path)
        if isinstance(error, OutputExistsError):
            error.message = f"{self.path!r} was created by somebody else while the film was being written."
        error.hint = f"The film is complete and kept as {part!r}: rename it, or delete it."
        return error

    def keep(self) -> str | None:
        """Leave working file and journal as they are, for ``recover``."""
        if not self._part or self._journal is None or not self._journal.size:
            return None
        if self._told is not None:
            self._remove()  # a copy that was not finished
            self._part, self._file, self._told = self._told._part, self._told._file, None
        part, self._part = self._part, ""
        self._journal.close()
        self._journal = None
        return part

    def abandon(self) -> None:
        """Delete the working file and its journal; a kept or finished film stays."""
        if self._journal is not None:
            self._journal.remove()
            self._journal = None
        if self._told is not None:
            self._told.abandon()
            self._told = None
        self._remove()

    def _remove(self) -> None:
        if self._file is not None:
            # A full network drive may report at the close what no longer matters: the bytes are going anyway.
            with contextlib.suppress(OSError):
                self._file.close()
        if self._part:
            # NotADirectoryError: a folder above it has been replaced by a file, so it is as gone as can be.
            with (
                contextlib.suppress(FileNotFoundError, NotADirectoryError),
                self._reporting("remove the working file of"),
            ):
                os.unlink(self._part)
            self._part = ""

    def _open_file(self) -> io.FileIO:
        assert self._file is not None, "the destination opens the medium first"
        return self._file

    def _error(self, kind: type[OutputError], reason: str, number: int | None, hint: str) -> OutputError:
        return kind(f"could not write {self.path!r}: {reason}.", path=self.path, errno=number, hint=hint)

    @contextlib.contextmanager
    def _reporting(self, doing: str) -> Iterator[None]:
        try:
            yield
        except NotADirectoryError as error:
            reason = f"{os.path.dirname(self._given)!r} is not a folder"
            raise self._error(OutputNotFoundError, reason, error.errno, "Choose or create a folder.") from error
        except OutputError:
            raise
        except OSError as error:
            raise output_error(error, doing, self.path) from error


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _keep_permissions(descriptor: int, existing: os.stat_result) -> None:
    try:
        os.fchmod(descriptor, stat.S_IMODE(existing.st_mode) & 0o777)
    except OSError as error:
        # FAT and some network drives keep no permissions and say so: then there are none to lose.
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise


def _working_name(final: str) -> str:
    folder, name = os.path.split(final)
    return os.path.join(folder, f".{shortened(name)}.{os.urandom(4).hex()}.part")


def shortened(name: str) -> str:
    """As much of a film's name as its working file's can hold."""
    while len(os.fsencode(name)) > _LONGEST_NAME:
        name = name[:-1]
    return name


def put_in_place(part: str, final: str, *, overwrite: bool) -> None:
    """Let the file *part* take the name *final*, in one step for whoever looks on.

    Without *overwrite* nothing is ever replaced, even when the name is taken at the last moment: by link-and-unlink,
    by an exclusive rename where there are no hard links (FAT, some network drives), or by reserving the name first.

    Raises:
        FileExistsError: the name is taken and *overwrite* is False.
        OSError: the system's own; *part* is then still there.
    """
    if overwrite:
        os.replace(part, final)
    elif not (_link_and_unlink(part, final) or platform.rename_without_replacing(part, final)):
        _reserve_and_replace(part, final)


def _link_and_unlink(part: str, final: str) -> bool:
    if platform.plain_storage() or os.name == "nt" or not hasattr(os, "link"):
        return False  # Windows renames exclusively by itself, and links only on NTFS
    try:
        os.link(part, final)
    except FileExistsError:
        # Over NFS a link may have been made although its answer was lost and the repeated call found the name taken.
        if not _same_file(part, final):
            raise
    except OSError:
        return False  # whatever the reason, the next method meets it too, or does without links
    os.unlink(part)
    return True


def _same_file(part: str, final: str) -> bool:
    try:
        return os.path.samefile(part, final)
    except FileNotFoundError:
        return False  # a dangling link holds the name


def _reserve_and_replace(part: str, final: str) -> None:
    """Take the name with an empty file, which nobody else can then create, and replace that one."""
    os.close(os.open(final, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    try:
        os.replace(part, final)
    except OSError:
        os.unlink(final)
        raise
