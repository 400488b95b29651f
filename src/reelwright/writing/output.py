"""Where a film goes and in which form: what the writer asks of an ordinary file, of one in fragments, and of segments.

The writer knows inputs, sessions and the order of chunks; everything about the place and the pieces lies behind this
seam. The calls come from whoever holds the writer's file lock, but for ``settle`` and ``join``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Protocol

from reelwright.containers.engine import FileWriter
from reelwright.containers.journalled import FilmJournal, begin_journal
from reelwright.containers.movie import Chunk, ExpectedTrack
from reelwright.containers.registry import make_writer
from reelwright.model.errors import ReelwrightError
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.storage.destination import Destination, open_destination
from reelwright.storage.journal import recovery_hint
from reelwright.writing.feed import Divider
from reelwright.writing.interleaver import Division, Interleaver
from reelwright.writing.journalling import Journalling
from reelwright.writing.stall import StallWatch

__all__ = ["FilePlan", "Output", "WholeFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """What a file is to be, as the writer was configured.

    Attributes:
        target, overwrite, durable, temporary: as of the writer. movie_time_scale, created, header_first: as of it.
        session_start, is_through: as of ``make_writer``.
        journal_from: seconds of media from which on an ordinary film has a journal; None for never.
    """

    target: Any
    file_type: FileType
    overwrite: bool
    durable: bool
    temporary: str | os.PathLike[str] | None
    movie_time_scale: int
    created: datetime | None
    header_first: bool
    session_start: Callable[[], Time | None]
    is_through: Callable[[Any], bool]
    journal_from: Fraction | None = None


class Output(Protocol):
    """See the module's text."""

    @property
    def engine(self) -> FileWriter:
        """What writes the file; after ``open``."""

    @property
    def division(self) -> Division | None:
        """How the film is made in pieces; None for one piece."""

    @property
    def outlives_programs(self) -> bool:
        """Whether what is written is of use to somebody when the program ends without finishing it."""

    def key_moment(self) -> Callable[[Time], bool] | None:
        """What tells of the pictures of a track, in the order they are shown, which are to be key frames."""

    def divider(self, media_type: MediaType) -> Divider | None:
        """What divides a track's samples."""

    def open(self) -> None:
        """Take the place.

        Raises:
            OutputError: it cannot be taken. InvalidArgumentError: settings that the file cannot hold.
        """

    def begin_session(self, start: Fraction) -> Time | None:
        """This moment of the source becomes the film's beginning. Returns the one at which all formats must be known;
        None for the end."""

    def write_chunk(self, track: Any, chunk: Chunk) -> None:
        """The next chunk of a track."""

    def end_segment(self, interleaver: Interleaver, appended: Sequence[int]) -> None:
        """What is appended from now on belongs to the next segment.

        Args:
            appended: how many samples of each track were appended so far.
        """

    def settle(self) -> None:
        """Everything is written: wait for those who are given it. The caller does not hold the lock.

        Raises:
            Stalled: they hang.
        """

    def join(self) -> None:
        """The writer has ended: wait for threads of this output. The caller does not hold the lock.

        Raises:
            Stalled: one hangs.
        """

    def commit(self) -> None:
        """Put it in place."""

    def keep(self, error: ReelwrightError) -> None:
        """After a failure: leave what is of use, and let the error's hint tell of it."""

    def discard(self) -> None:
        """Leave nothing."""


class WholeFile:
    """An ordinary file: it is a film when it is finished, and not before.

    Args:
        fail, watch: as of ``Journalling``.
    """

    engine: FileWriter
    division: Division | None = None

    def __init__(
        self,
        plan: FilePlan,
        expected: Sequence[ExpectedTrack],
        *,
        fail: Callable[[BaseException], None],
        watch: StallWatch,
    ) -> None:
        self._plan = plan
        self._created = plan.created or datetime.now(UTC)  # the same in the film and in its journal
        self._expected = expected
        self._destination: Destination = open_destination(
            plan.target,
            overwrite=plan.overwrite,
            temporary_directory=plan.temporary,
            insertable=plan.header_first,
            durable=plan.durable,
        )
        self._journalling: Journalling | None = None
        if plan.journal_from is not None:
            self._journalling = Journalling(self._begin_journal, starts=plan.journal_from, fail=fail, watch=watch)

    @property
    def outlives_programs(self) -> bool:
        return self._journalling is not None and self._journalling.has_begun

    def key_moment(self) -> Callable[[Time], bool] | None:
        return None

    def divider(self, media_type: MediaType) -> Divider | None:
        return None

    def open(self) -> None:
        self._destination.open()
        plan = self._plan
        self.engine = make_writer(
            plan.file_type,
            self._destination,
            movie_time_scale=plan.movie_time_scale,
            created=self._created,
            header_first=plan.header_first,
            session_start=plan.session_start,
            is_through=plan.is_through,
            expected=self._expected,
            at_move=self._before_move,
        )

    def _begin_journal(self) -> FilmJournal | None:
        plan = self._plan
        return begin_journal(
            self._destination,
            self.engine,
            plan.file_type,
            session_start=plan.session_start,
            movie_time_scale=plan.movie_time_scale,
            created=self._created,
        )

    def _before_move(self, place: int, distance: int) -> None:
        if self._journalling is not None:
            self._journalling.before_move(place, distance)

    def begin_session(self, start: Fraction) -> Time | None:
        return None

    def write_chunk(self, track: Any, chunk: Chunk) -> None:
        self.engine.write_chunk(track, chunk)
        if self._journalling is not None:
            self._journalling.wrote(chunk)

    def end_segment(self, interleaver: Interleaver, appended: Sequence[int]) -> None:
        """There are none."""

    def settle(self) -> None:
        if self._journalling is not None:
            self._journalling.settle()

    def join(self) -> None:
        if self._journalling is not None:
            self._journalling.join()

    def commit(self) -> None:
        self._destination.commit()

    def keep(self, error: ReelwrightError) -> None:
        try:
            self._end_journal()
        finally:
            kept = self._destination.keep()
            if kept is not None:
                before = f"{error.hint} " if error.hint else ""
                error.hint = before + recovery_hint(kept)

    def discard(self) -> None:
        try:
            self._end_journal()
        finally:
            self._destination.discard()

    def _end_journal(self) -> None:
        if self._journalling is not None:
            self._journalling.end()
