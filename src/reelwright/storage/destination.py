"""Where a film goes: bytes are appended, patched, inserted and read back, and become a film under its name, or nothing.

One class serves every kind of place. The end of what was written is kept in memory (all of a short film, the last
mebibyte of a long one) and the rest lies in a *medium*: a working file, or the caller's file object. So small buffers
cost one copy and no system call, and what is inserted near the end, or anywhere in a short film, costs nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, Protocol

from reelwright.model.errors import InvalidArgumentError, InvalidStateError, OutputError, output_error
from reelwright.storage.address import as_folder, as_path, check_file_object, is_append_only, is_file_object
from reelwright.storage.commit import PartFile
from reelwright.storage.growing import AppendedObject, GrowingFile
from reelwright.storage.journal import Journal, recovery_hint
from reelwright.storage.medium import Medium
from reelwright.storage.objects import FileObject, StagedObject, reads_back
from reelwright.storage.pieces import Streamed, bytes_of, gathered, pieces
from reelwright.storage.scratch import check_scratch_folder

__all__ = ["Destination", "check_output", "open_destination"]

MEMORY = 8 << 20
"""Bytes of a film kept in memory before any is written: a short film's header goes in front without a copy."""

BLOCK = 1 << 20
"""Bytes collected from small buffers afterwards. Measured with 2 kB samples: 64 KiB costs twice as much, 8 MiB too."""

DIRECT = 1 << 16
"""Buffers from this size on are not collected but written from where they are."""


class Destination(Protocol):
    """Where a film goes, whatever kind of place that is; made by :func:`open_destination`.

    The calls follow one order: ``open``; any of ``write``, ``overwrite``, ``insert``, ``read``; then ``commit`` or
    ``discard``. Another order raises :class:`InvalidStateError`. After an error from ``open`` or ``commit`` nothing is
    held any more; after an error from any other call the film is spoilt, every further call raises the same error, and
    ``discard`` cleans up. Offsets and sizes are bytes, counted from the first byte of the film. Not thread-safe.

    Example:
        >>> import io
        >>> film = io.BytesIO()
        >>> destination = open_destination(film)
        >>> destination.open()
        >>> destination.write(b"media", b"more media")
        0
        >>> destination.insert(0, b"header")
        'in memory'
        >>> destination.commit()
        >>> film.getvalue()
        b'headermediamore media'
    """

    @property
    def path(self) -> str | None:
        """The final name as given (URLs decoded), None for file objects."""

    @property
    def display_name(self) -> str:
        """How messages name the place."""

    @property
    def size(self) -> int:
        """Bytes of the film so far."""

    @property
    def is_in_memory(self) -> bool:
        """Whether no byte has left memory yet, so that insertions of any length cost nothing."""

    @property
    def insertion_block(self) -> int:
        """Bytes of which what is inserted near the beginning had best be a multiple, to cost no copy; 1: any number."""

    def open(self) -> None:
        """Take the place.

        Raises:
            OutputExistsError: the name is taken, or the object holds bytes behind its position, without ``overwrite``.
            OutputNotFoundError: there is no such folder, or no such ``temporary_directory``.
            OutputPermissionError: the folder, the file to be replaced or ``temporary_directory`` may not be written.
            OutputError: the name is a folder or a device; the object is closed.
        """

    def write(self, *buffers: Any) -> int:
        """Append contiguous bytes-like objects of any item type, and return the offset of the first.

        When it returns the caller may reuse the buffers. Small ones are collected, large ones written without a copy.

        Raises:
            InvalidArgumentError: not bytes-like or not C-contiguous; nothing was written then.
            DiskFullError, OutputError: the place failed.
        """

    def overwrite(self, offset: int, data: Any) -> None:
        """Replace bytes that were written before.

        Raises:
            InvalidArgumentError: the range reaches beyond what was written.
            DiskFullError, OutputError: the place failed.
        """

    def insert(self, offset: int, *data: Any, replacing: int = 0) -> str:
        """Put data at *offset* in the place of *replacing* bytes; everything behind moves up by the difference.

        Data are bytes-like objects, or :class:`~reelwright.storage.pieces.Streamed` ones, whose bytes are made as they
        are written; those must be what was announced, or the film is spoilt.
        Returns the method, for the report: ``"in memory"``, ``"reserved"`` (what is replaced is as long),
        ``"inserted"`` (a range of blocks, by the file system), ``"moved in place"``, or ``"rewritten"`` (in a temporary
        file, to be copied to an object that cannot be read back).

        Raises:
            InvalidArgumentError: the range lies beyond what was written; or what is put there is shorter, and not
                everything is in memory.
            InvalidStateError: ``open_destination`` was told that nothing will be inserted.
            DiskFullError, OutputError: the place failed.
        """

    def read(self, offset: int, length: int) -> bytes:
        """Our own bytes back.

        Raises:
            InvalidArgumentError: the range reaches beyond what was written.
            InvalidStateError: they went into an object that cannot be read.
            OutputError: the place failed.
        """

    def sync_point(self) -> Callable[[], None]:
        """Hand everything written so far to the system, and return the call that waits until the disk has it.

        That call may come from another thread and at any time; it raises the system's own ``OSError``. For file objects
        that are no files of the system it does nothing: nobody here knows where their bytes are.

        Raises:
            DiskFullError, OutputError: the place failed.
        """

    def sync(self) -> None:
        """Have everything written so far on the disk, as far as there is one: a sync point, waited for.

        Raises:
            DiskFullError, OutputError: the place failed.
        """

    def publish(self, length: int) -> None:
        """The first *length* bytes are a film that can be played, if the place was opened with ``growing``.

        Raises:
            InvalidArgumentError: so much was not written.
            DiskFullError, OutputError: the place failed.
        """

    def mend(self, offset: int, data: Any, length: int) -> None:
        """After an error and before ``keep``: replace bytes that are covered by a sync point, and ``publish`` *length*
        bytes that are, too. A disk that is full still takes this.

        Raises:
            OutputError: the place fails.
        """

    def open_journal(self) -> Journal | None:
        """The journal of this film, created at the first call; None for file objects, beside which there is no place.

        From its first record on, a film that fails is to be left for recovery (``keep``).

        Raises:
            DiskFullError, OutputError: it cannot be created.
        """

    def commit(self) -> None:
        """Make it a finished film, under its final name if it has one; its journal goes.

        With ``durable`` of :func:`open_destination`, or a journal, file and folder are on the disk when this returns.
        If only the name could not be given (:class:`OutputExistsError`: somebody took it), the film is kept under its
        working name, which the hint tells.
        A film that fails here and has a journal is kept for recovery, which the hint tells too.

        Raises:
            OutputExistsError, OutputNotFoundError, DiskFullError, OutputError: it is no film under that name.
        """

    def keep(self) -> str | None:
        """Instead of ``discard``, after a failure: leave the working file and its journal for recovery.

        Returns the path of the working file; None if there is no journal, or nothing in it: then nothing is left.

        Raises:
            OutputError: nothing was to be left, and the working file cannot be deleted.
        """

    def discard(self) -> None:
        """Leave nothing; does nothing after ``commit`` or when repeated.

        Raises:
            OutputError: the working file cannot be deleted (that it is gone already is no error).
        """

    def close(self) -> None:
        """The same as ``discard``, for ``contextlib.closing``: what is not committed is gone."""


def open_destination(
    target: Any,
    *,
    overwrite: bool = False,
    temporary_directory: str | os.PathLike[Any] | None = None,
    insertable: bool = True,
    durable: bool = False,
    room_by: str | None = None,
    growing: bool = False,
) -> Destination:
    """Name the place for a film; nothing is created or touched before its ``open``.

    Args:
        target: a path (``str`` or ``os.PathLike``), a ``file://`` URL (RFC 8089) or a seekable binary file object,
            which is written from its current position and left open.
        overwrite: replace an existing file (when the film is whole), or cut off what lies behind the object's position.
        temporary_directory: where scratch files go (``directoryForTemporaryFiles`` of AVAssetWriter); None for the
            system's folder. Only films longer than 8 MiB for objects that cannot be read back need one. The working
            file of a path always lies beside the output, since it could not be renamed from another file system.
        insertable: False promises that ``insert`` will not be called; such objects are then written directly.
        durable: have the finished file and its folder on the disk when ``commit`` returns.
        room_by: how ``insert`` makes room in the working file of a path: ``"inserted"`` or ``"moved in place"``; None
            for what is faster. For measurements; what cannot be inserted is moved all the same.
        growing: the film can be played while it is written (``publish``): it stands under its name from the beginning,
            or from the moment at which it replaces an old one, and what can be played stays there after a failure. File
            objects may then be such to which one can only append; nothing that was written to these is overwritten.
            Nothing can be inserted.

    Raises:
        InvalidArgumentError: a type, URL or object that can never be right; the message says why and what to do.
    """
    folder = as_folder(temporary_directory)
    if growing:
        return BufferedDestination(_growing(target, overwrite), folder, insertable=False, durable=durable)
    if isinstance(target, str | os.PathLike):
        if durable and room_by is None:
            room_by = "inserted"  # that waits for the disk, as commit will anyway, and leaves it nothing to write twice
        part = PartFile(as_path(target), overwrite=overwrite, room_by=room_by)
        return BufferedDestination(part, folder, insertable=insertable, durable=durable)
    _check_writable(target)
    check_file_object(target)
    medium: Medium = FileObject(target, overwrite=overwrite)
    if insertable and not reads_back(target):
        medium = StagedObject(FileObject(target, overwrite=overwrite), folder)
    return BufferedDestination(medium, folder, insertable=insertable, durable=durable)


def _growing(target: Any, overwrite: bool) -> Medium:
    if isinstance(target, str | os.PathLike):
        return GrowingFile(as_path(target), overwrite=overwrite)
    _check_writable(target)
    kind = AppendedObject if is_append_only(target) else FileObject
    return kind(target, overwrite=overwrite)


def _check_writable(target: Any) -> None:
    if isinstance(target, (bytes, bytearray, memoryview)):
        hint = "Give it as text: os.fsdecode(path). To write into memory, pass io.BytesIO()."
        raise InvalidArgumentError(f"a film cannot be written to {target!r:.80}: bytes are no path.", hint=hint)
    if not is_file_object(target):
        hint = "Give a path, a file:// URL or a binary file object open for writing."
        raise InvalidArgumentError(f"a film cannot be written to {target!r} ({type(target).__name__}).", hint=hint)


def check_output(target: Any, *, overwrite: bool = False) -> None:
    """See whether a film could be written there now, before work is put into making it. Nothing is created or changed.

    Args:
        target, overwrite: as for :func:`open_destination`.

    Raises:
        InvalidArgumentError: as :func:`open_destination`. OutputExistsError, OutputNotFoundError,
            OutputPermissionError, OutputError: what ``open`` would raise, as far as looking tells.
    """
    open_destination(target, overwrite=overwrite)
    if isinstance(target, str | os.PathLike):
        PartFile(as_path(target), overwrite=overwrite).look()
    elif not overwrite:  # with overwrite, taking the object would empty it
        FileObject(target, overwrite=False).open()


class BufferedDestination:
    """The one :class:`Destination`: a medium, and the film's end in memory."""

    def __init__(
        self, medium: Medium, temporary_directory: str | None, *, insertable: bool, durable: bool = False
    ) -> None:
        self._medium = medium
        self._temporary_directory = temporary_directory
        self._insertable = insertable
        self._durable = durable
        self._state = "new"
        self._failure: OutputError | None = None
        self._tail = bytearray()
        self._stored = 0  # bytes in the medium; the tail begins here

    @property
    def path(self) -> str | None:
        return self._medium.path

    @property
    def display_name(self) -> str:
        return self._medium.display_name

    @property
    def size(self) -> int:
        return self._stored + len(self._tail)

    @property
    def is_in_memory(self) -> bool:
        return not self._stored

    @property
    def insertion_block(self) -> int:
        self._expect_open("insertion_block")
        return self._medium.insertion_block(self._stored) if self._stored else 1

    def open(self) -> None:
        if self._state != "new":
            raise InvalidStateError(f"open() comes first and only once; this output is {self._state}.")
        with self._cleaning_up(), self._failing("open"):
            check_scratch_folder(self._temporary_directory)
            self._medium.open()
        self._state = "open"

    def write(self, *buffers: Any) -> int:
        self._expect_open("write")
        views = [bytes_of(buffer) for buffer in buffers]
        self._medium.check()
        start = self.size
        for view in views:
            self._append(view)
        return start

    def _append(self, view: memoryview) -> None:
        room = (BLOCK if self._stored else MEMORY) - len(self._tail)
        if view.nbytes < max(DIRECT, room):
            self._tail += view
            if view.nbytes >= room:
                self._flush()
        else:
            self._flush(view)

    def _flush(self, *more: memoryview) -> None:
        """Write the tail, and *more* behind it, to the medium."""
        tail, self._tail = self._tail, bytearray()  # a new one: an object may hold on to the old one's memory
        views = [view for view in (memoryview(tail), *more) if view.nbytes]
        if views:
            with self._failing("write to"):
                self._medium.write_at(self._stored, views)
            self._stored += sum(view.nbytes for view in views)

    def overwrite(self, offset: int, data: Any) -> None:
        self._expect_open("overwrite")
        view = bytes_of(data)
        self._expect_written(offset, view.nbytes)
        stored = max(0, min(view.nbytes, self._stored - offset))
        if stored:
            with self._failing("write to"):
                self._medium.write_at(offset, [view[:stored]])
        inside = offset + stored - self._stored
        if stored < view.nbytes:
            self._tail[inside : inside + view.nbytes - stored] = view[stored:]

    def insert(self, offset: int, *data: Any, replacing: int = 0) -> str:
        self._expect_open("insert")
        if not self._insertable:
            raise InvalidStateError("nothing can be inserted: the output was opened with insertable=False.")
        parts = [part if isinstance(part, Streamed) else bytes_of(part) for part in data]
        self._expect_written(offset, replacing)
        if offset >= self._stored:
            inside = offset - self._stored
            self._tail[inside : inside + replacing] = b"".join(pieces(parts))
            return "in memory"
        length = sum(part.size if isinstance(part, Streamed) else part.nbytes for part in parts)
        if length < replacing:
            raise InvalidArgumentError(
                f"{replacing - length} bytes cannot be taken out of what is no longer in memory."
            )
        return self._insert_stored(offset, parts, length, replacing)

    def _insert_stored(self, offset: int, parts: list[memoryview | Streamed], length: int, replacing: int) -> str:
        if offset + replacing > self._stored:
            self._flush()
        method = "reserved"
        with self._failing("write to"):
            if length > replacing:
                method = self._medium.make_room(offset, self._stored, length - replacing)
                self._stored += length - replacing
            for views in gathered(pieces(parts), BLOCK):
                self._medium.write_at(offset, views)
                offset += sum(view.nbytes for view in views)
        return method

    def read(self, offset: int, length: int) -> bytes:
        self._expect_open("read")
        self._expect_written(offset, length)
        stored = max(0, min(length, self._stored - offset))
        if stored and not self._medium.readable:
            raise InvalidStateError(
                f"what was written to {self.display_name} cannot be read back.",
                hint="Give an object that can be read too (mode 'w+b'), or a path.",
            )
        data = bytearray(length)
        with memoryview(data) as view:
            if stored:
                with self._failing("read back from"):
                    self._medium.read_into(offset, view[:stored])
            inside = offset + stored - self._stored
            if stored < length:
                view[stored:] = self._tail[inside : inside + length - stored]
        return bytes(data)

    def sync_point(self) -> Callable[[], None]:
        self._expect_open("sync_point")
        self._flush()
        with self._failing("write to"):
            return self._medium.sync_point()

    def sync(self) -> None:
        wait = self.sync_point()
        with self._failing("write to"):
            wait()

    def publish(self, length: int) -> None:
        self._expect_open("publish")
        self._expect_written(0, length)
        if length > self._stored:
            self._flush()
        with self._failing("write to"):
            self._medium.publish(length)

    def mend(self, offset: int, data: Any, length: int) -> None:
        view = bytes_of(data)
        if self._state != "open" or not 0 <= offset <= offset + view.nbytes <= length <= self._stored:
            raise InvalidStateError(f"bytes {offset} to {length} have not gone to {self.display_name}.")
        with self._typed("write to"):
            self._medium.write_at(offset, [view])
            self._medium.publish(length)

    def open_journal(self) -> Journal | None:
        self._expect_open("open_journal")
        with self._typed("write to"):
            return self._medium.open_journal()

    def commit(self) -> None:
        self._expect_open("commit")
        with self._cleaning_up(), self._failing("finish"):
            self._medium.settle()
            self._flush()
            self._medium.finish(self._stored, durable=self._durable)
        self._state = "committed"

    def keep(self) -> str | None:
        kept = self._medium.keep() if self._state == "open" else None
        self.discard()
        return kept

    def discard(self) -> None:
        if self._state != "committed":
            self._state = "discarded"
            self._tail = bytearray()
            with self._typed("clean up"):
                self._medium.abandon()

    def close(self) -> None:
        self.discard()

    def _expect_open(self, call: str) -> None:
        if self._state != "open":
            first = " Call open() first." if self._state == "new" else ""
            raise InvalidStateError(f"{call}() needs an open output, and {self.display_name} is {self._state}.{first}")
        if self._failure is not None:
            raise copy(self._failure)

    def _expect_written(self, offset: int, length: int) -> None:
        if offset < 0 or length < 0 or offset + length > self.size:
            raise InvalidArgumentError(
                f"bytes {offset} to {offset + length} are not within the {self.size} bytes written so far."
            )

    @contextlib.contextmanager
    def _failing(self, doing: str) -> Iterator[None]:
        """An error of the place spoils the film for good: bytes may be missing in its middle."""
        try:
            with self._typed(doing):
                yield
        except OutputError as error:
            self._failure = copy(error)  # without its traceback, which would keep the caller's buffers alive
            raise
        except BaseException as error:
            reason = f"it was interrupted by {type(error).__name__}"
            self._failure = OutputError(f"could not {doing} {self.display_name!r}: {reason}.", path=self.path)
            raise

    @contextlib.contextmanager
    def _typed(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OutputError:
            raise
        except OSError as cause:
            error = output_error(cause, doing, self.path or self.display_name)
            error.path = error.filename = self.path
            raise error from cause

    @contextlib.contextmanager
    def _cleaning_up(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            try:
                kept = self.keep()
            except OutputError as further:
                error.add_note(str(further))
            else:
                if kept is not None and isinstance(error, OutputError):
                    error.hint = recovery_hint(kept)
            raise
