"""When a film's journal is written, and by whom, so that nobody who appends waits for the disk.

Between two chunks it is noted what was written so far; a thread of its own brings first the media and then that note to
the disk, and while it does, nothing further is noted. The thread ends with the note: it says that it is through before
it reports a failure, so that whoever holds the writer's lock may wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction

from reelwright.containers.journalled import FilmJournal
from reelwright.containers.movie import Chunk
from reelwright.model.errors import OutputError
from reelwright.writing.stall import StallWatch

__all__ = ["JOURNAL_FROM", "Journalling"]

JOURNAL_FROM = Fraction(60)
"""Seconds of media from which on a film has a journal, unless the writer was told otherwise."""

_EVERY = Fraction(8)
"""Seconds from note to note: with the chunk by which the moment is told, and the one that is not complete yet, each of
a second, no more than ten are ever missing."""

_PAUSE = 1.0
"""Seconds of the clock from note to note, at least: a film that is made thousands of times faster than it plays is not
to be held up, and loses no more than a second's work."""


class Journalling:
    """Keeps a film's journal. Its calls come from whoever holds the writer's lock, but for ``settle`` and ``join``.

    Args:
        begin: opens the journal; None where there is no place for one.
        starts: seconds of media after which it begins.
        fail: told of what the disk reports, from the thread. watch: ends waits for a disk that hangs.
    """

    def __init__(
        self,
        begin: Callable[[], FilmJournal | None],
        *,
        starts: Fraction,
        fail: Callable[[BaseException], None],
        watch: StallWatch,
    ) -> None:
        self._begin = begin
        self._starts = starts
        self._fail = fail
        self._watch = watch
        self._journal: FilmJournal | None = None
        self._due: Fraction | None = None  # on the media's time line, once there is media
        self._reached = Fraction(0)
        self._again = watch.now()  # before then nothing is noted
        self._is_through = threading.Event()
        self._is_through.set()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    @property
    def has_begun(self) -> bool:
        """Whether there is a journal."""
        return self._journal is not None

    def wrote(self, chunk: Chunk) -> None:
        """A chunk was written: note it and those before it, if it is time.

        Raises:
            OutputError: the film's destination failed, or the journal cannot be created.
        """
        start = Fraction(chunk.decode, chunk.timescale)
        if self._due is None:
            self._reached, self._due = start, start + self._starts
        self._reached = max(self._reached, start)
        if self._reached >= self._due and self._is_through.is_set() and self._watch.now() >= self._again:
            self._note()

    def _note(self) -> None:
        if self._journal is None:
            self._journal = self._begin()
        if self._journal is None or self._failure is not None:
            return
        make_safe = self._journal.note()
        self._due, self._again = self._reached + _EVERY, self._watch.now() + _PAUSE
        if make_safe is not None:
            self._is_through.clear()
            self._thread = threading.Thread(target=self._run, args=(make_safe,), name="reelwright-journal", daemon=True)
            self._thread.start()

    def _run(self, make_safe: Callable[[], None]) -> None:
        try:
            make_safe()
        except BaseException as error:
            self._failure = error
        self._is_through.set()
        if self._failure is not None:
            self._fail(self._failure)

    def before_move(self, place: int, distance: int) -> None:
        """The media is about to move up, as of ``FilmJournal``.

        Raises:
            OSError: what the disk reported. Stalled: it hangs.
        """
        self._watch.wait_for(self._is_through.wait)
        self._check()
        if self._journal is not None:
            self._journal.before_move(place, distance)

    def settle(self) -> None:
        """Nothing more will be written: wait for the disk. The caller does not hold the lock.

        Raises:
            OSError: what the disk reported. Stalled: it hangs.
        """
        self.join()
        self._check()

    def join(self) -> None:
        """Wait for the thread's end. The caller does not hold the lock.

        Raises:
            Stalled: it hangs.
        """
        self._watch.join(self._thread)

    def end(self) -> None:
        """The film is given up: see that nobody is at work at its files any more.

        Raises:
            OutputError: the disk hangs.
        """
        if not self._watch.wait(self._is_through.wait):
            raise OutputError("the disk does not answer, and a thread that waits for it is left behind.")

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
