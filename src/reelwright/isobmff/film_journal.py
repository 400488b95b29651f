"""The order in which a film and its journal reach the disk: the media first, and only then the record of it.

What costs time, waiting for the disk, is apart from what must happen between two chunks, so that another thread can do
it; here there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from reelwright.isobmff.journal import MARK, MovieJournal

__all__ = ["FilmJournal", "JournalFile", "JournalledDestination"]


class JournalFile(Protocol):
    """Where records go: a ``storage`` journal."""

    def append(self, record: bytes) -> None:
        """Add a record in one write."""

    def sync(self) -> None:
        """Have all records on the disk."""


class JournalledDestination(Protocol):
    """The part of a ``storage`` destination that is needed here. It is open."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes written before."""

    def sync_point(self) -> Callable[[], None]:
        """Hand over what was written, and return the call that waits until the disk has it."""


class FilmJournal:
    """Keeps a film recoverable.

    Args:
        destination: of the film. file: its journal, still empty. movie: makes the records.
    """

    def __init__(self, destination: JournalledDestination, file: JournalFile, movie: MovieJournal) -> None:
        self._destination = destination
        self._file = file
        self._movie = movie

    def note(self) -> Callable[[], None] | None:
        """See to all that was written so far; called between two chunks, by whoever writes them.

        Returns the call that makes it safe, which waits for the disk and may be made from another thread: once, and
        only when the one before has returned; until then, nothing new may be noted. None when nothing has come.
        Whatever it raises, a disk that is full for instance, the journal is at its end: note nothing more.

        Raises:
            OutputError: the film's destination failed.
        """
        record = self._movie.record()
        if record is None:
            return None
        wait = self._destination.sync_point()

        def make_safe() -> None:
            wait()
            self._file.append(record)
            self._file.sync()

        return make_safe

    def keep(self) -> None:
        """Note what was written so far, and wait until it is safe.

        Raises:
            OSError: the disk failed.
        """
        make_safe = self.note()
        if make_safe is not None:
            make_safe()

    def before_move(self, place: int, distance: int) -> None:
        """The film is complete, and its media about to move up (``at_move`` of ``MovieWriter``).

        Raises:
            OSError: the disk failed.
        """
        self.keep()
        self._destination.sync_point()()
        mark = self._destination.read(place, min(MARK, self._destination.size - place))
        self._file.append(self._movie.moved(place, distance, mark))
        self._file.sync()
