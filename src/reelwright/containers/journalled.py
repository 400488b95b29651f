"""Films with a journal: what the writer needs to keep a movie recoverable while it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from reelwright.containers.engine import FileWriter
from reelwright.isobmff.film_journal import FilmJournal
from reelwright.isobmff.headers import seconds_since_1904
from reelwright.isobmff.journal import MovieJournal
from reelwright.isobmff.movie_writer import MovieWriter
from reelwright.model.kinds import FileType
from reelwright.model.time import Time
from reelwright.storage.destination import Destination

__all__ = ["FilmJournal", "begin_journal"]


def begin_journal(
    destination: Destination,
    engine: FileWriter,
    file_type: FileType,
    *,
    session_start: Callable[[], Time | None],
    movie_time_scale: int,
    created: datetime,
) -> FilmJournal | None:
    """The journal of a film that is being written; None where there is none: beside a file object, and of files that
    are no movies.

    Args:
        destination: open. engine: what writes into it, begun. The others are as of the movie.

    Raises:
        DiskFullError, OutputError: the journal cannot be created.
    """
    if not isinstance(engine, MovieWriter):
        return None
    file = destination.open_journal()
    if file is None:
        return None
    movie = MovieJournal(
        engine.tracks,
        file_type,
        session_start=session_start,
        movie_time_scale=movie_time_scale,
        created=seconds_since_1904(created),
    )
    return FilmJournal(destination, file, movie)
