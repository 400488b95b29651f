"""``recover``: a film from what an interrupted writer left on the disk."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction

from reelwright.isobmff.recovery import RecoveredMovie, TrackRecovery, recover_movie
from reelwright.model.errors import InvalidArgumentError, MediaNotFoundError, OutputExistsError
from reelwright.storage.address import as_path
from reelwright.storage.journal import JOURNAL_SUFFIX
from reelwright.storage.leftovers import LeftFilm, copy_of, final_path, journal_of, working_files
from reelwright.storage.source import open_source

__all__ = ["RecoveryReport", "recover"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveryReport:
    """What was recovered, and what was lost.

    Attributes:
        path: where the film is now. source: where it lay.
        method: ``"journal"`` or ``"fragments"``, whichever told where its samples are; ``"whole"``: it was complete,
            and at most its name was missing.
        tracks: samples and seconds of each track.
        duration: seconds that the film plays.
        lost_bytes: media behind the last sample that anything tells of; it stays in the file and is not played.
        lost_seconds: about how long that would play, at the rate of the rest.
        problems: what is odd about what was found.
    """

    path: str
    source: str
    method: str
    tracks: tuple[TrackRecovery, ...]
    duration: Fraction
    lost_bytes: int
    lost_seconds: float
    problems: tuple[str, ...]


def recover(path: str | os.PathLike[str], output: str | os.PathLike[str] | None = None) -> RecoveryReport:
    """Make a film of what a writer left that was killed, failed, or lost its power.

    The media stays where it lies; a header is added, and the file gets its name. If this is interrupted in turn, it can
    be done again. An existing file is never replaced.

    >>> recover("film.mov").duration
    Fraction(4210, 1)

    Args:
        path: the film's name, its working file (``.film.mov.….part``), that one's journal, or a film in fragments.
        output: name of the recovered film, in the same file system; by default the one it was to have. A film that has
            its name already is made whole where it is.

    Raises:
        MediaNotFoundError: there is neither such a film nor a working file of it.
        InvalidArgumentError: there are several working files of it: give one of them.
        InvalidMediaError: nothing can be recovered, and why.
        InvalidStateError: it is still being written.
        OutputExistsError: the name is taken. DiskFullError, OutputError: the disk failed.
    """
    left = _left(as_path(path))
    named = as_path(output) if output is not None else (final_path(left) or left)
    if os.path.lexists(named) and not (os.path.exists(named) and os.path.samefile(left, named)):
        raise OutputExistsError(
            f"{named!r} exists, and a recovered film replaces no other.",
            path=named,
            hint=f"Choose another output, or move that file out of the way. The film is kept as {left!r}.",
        )
    journal = journal_of(left)
    found = _finish(left, journal, named)
    for beside in (copy_of(left), journal):
        if beside is not None:
            os.unlink(beside)
    return RecoveryReport(
        path=named,
        source=left,
        method=found.method,
        tracks=found.tracks,
        duration=found.duration,
        lost_bytes=found.lost_bytes,
        lost_seconds=found.lost_seconds,
        problems=found.problems,
    )


def _finish(left: str, journal: str | None, named: str) -> RecoveredMovie:
    with ExitStack() as held:
        film = LeftFilm(left)  # first of all, for nobody may be writing it
        held.callback(film.close)
        source = open_source(left)
        held.callback(source.close)
        records = None
        if journal is not None and os.path.getsize(journal):
            records = open_source(journal)
            held.callback(records.close)
        found = recover_movie(source, records)
        found.seal(film)
        held.close()  # Windows renames no open file
        film.put_at(named)
    return found


def _left(path: str) -> str:
    """The file that holds the media."""
    if path.endswith(JOURNAL_SUFFIX):
        part = path.removesuffix(JOURNAL_SUFFIX)
        if not os.path.exists(part):
            raise MediaNotFoundError(
                f"there is no working file {part!r} to this journal.",
                path=path,
                hint="Without it there is no media; the journal can be deleted.",
            )
        return part
    if final_path(path) is not None:
        return path
    folder = os.path.dirname(os.path.realpath(path))
    parts = working_files(path) if os.path.isdir(folder) else []
    if len(parts) > 1:
        names = ", ".join(map(repr, parts))
        raise InvalidArgumentError(
            f"there are {len(parts)} working files of {path!r}, the newest first: {names}.", hint="Give one of them."
        )
    if parts:
        return parts[0]
    if not os.path.exists(path):
        raise MediaNotFoundError(
            f"there is neither a film {path!r} nor a working file of it.", path=path, hint="Check name and folder."
        )
    return path
