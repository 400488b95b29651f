"""The film of ``fragmented`` as an ordinary movie with a journal: all states that an interrupted writer could leave."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.isobmff.fakes import Memory
from tests.isobmff.fragmented import START, Film

from reelwright.isobmff.box import u32
from reelwright.isobmff.journal import CHECKSUM, MovieJournal
from reelwright.isobmff.movie_writer import MovieWriter
from reelwright.isobmff.recovery import RecoveredMovie, recover_movie
from reelwright.model.kinds import FileType
from reelwright.model.time import Time
from reelwright.storage.source import open_source


class State(NamedTuple):
    """Film and journal when a record was added, and how many samples each track had by then."""

    film: bytes
    journal: bytes
    samples: tuple[int, ...]


class Journalled:
    """The film with a record behind each second.

    Attributes:
        states: after each record. data: the finished film.
    """

    def __init__(self, file_type: FileType = FileType.MP4, *, every: int = 2) -> None:
        self.memory = Memory()
        self.states: list[State] = []
        self.film = Film(MovieWriter(self.memory, file_type))
        self.journal = MovieJournal(self.film.writer.tracks, file_type, session_start=lambda: Time(START))
        self.written = b""
        self.film.writer.begin()
        self.film.fill(every=every, after=self.note)
        self.unfinished = bytes(self.memory.data)
        self.summary = self.film.finish()

    def note(self) -> None:
        record = self.journal.record()
        assert record is not None
        assert self.journal.record() is None
        self.written += record
        samples = tuple(track.sample_count for track in self.film.writer.tracks)
        self.states.append(State(bytes(self.memory.data), self.written, samples))

    @property
    def data(self) -> bytes:
        return bytes(self.memory.data)


class SealedMemory(Memory):
    """A film that was left, in memory; ``steps`` are its bytes at each sync."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data += data
        self.steps: list[bytes] = []

    def sync(self) -> None:
        self.steps.append(bytes(self.data))


def recovered(film: bytes, journal: bytes | None = None) -> tuple[RecoveredMovie, bytes]:
    """What recovery says, and the film it makes."""
    found = recover_movie(open_source(film), None if journal is None else open_source(journal))
    memory = SealedMemory(film)
    found.seal(memory)
    return found, bytes(memory.data)


def prefixes(data: bytes) -> Iterator[bytes]:
    for length in range(len(data)):
        yield data[:length]


def counts(found: RecoveredMovie) -> tuple[Any, ...]:
    return tuple(track.samples for track in found.tracks)


def resealed(journal: bytes) -> bytes:
    """A damaged journal whose checksums are right: as somebody hostile would make it."""
    result, checksum, start = bytearray(journal), 0, 0
    place = journal.find(CHECKSUM)
    while place >= 0:
        checksum = zlib.crc32(result[start : place - 8], checksum)
        start = place + len(CHECKSUM) + 4
        result[start - 4 : start] = u32(checksum)
        place = journal.find(CHECKSUM, start)
    return bytes(result)
