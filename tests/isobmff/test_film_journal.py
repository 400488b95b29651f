"""The order of media, records and the disk."""

from __future__ import annotations

from collections.abc import Callable

from tests.isobmff.fakes import Memory, jpeg, pictures

from reelwright.isobmff.film_journal import FilmJournal
from reelwright.isobmff.journal import MARK, MOVE, MovieJournal
from reelwright.isobmff.movie_writer import MovieWriter, TrackOptions
from reelwright.model.kinds import FileType, MediaType


class Listening(Memory):
    """A destination and a journal's file that say what is asked of them."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.records: list[bytes] = []

    def read(self, offset: int, length: int) -> bytes:
        return bytes(self.data[offset : offset + length])

    def sync_point(self) -> Callable[[], None]:
        self.said.append("handed over")
        return lambda: self.said.append("media safe")

    def append(self, record: bytes) -> None:
        self.said.append("record")
        self.records.append(record)

    def sync(self) -> None:
        self.said.append("record safe")


def begun() -> tuple[Listening, MovieWriter, FilmJournal]:
    there = Listening()
    there.is_in_memory = False
    journals: list[FilmJournal] = []
    writer = MovieWriter(there, FileType.MOV, at_move=lambda *move: journals[0].before_move(*move))
    track = writer.add_track(TrackOptions(media_type=MediaType.VIDEO))
    track.describe(jpeg())
    writer.begin()
    records = MovieJournal(writer.tracks, FileType.MOV, session_start=lambda: None)
    journals.append(FilmJournal(there, there, records))
    return there, writer, journals[0]


def test_a_record_comes_when_its_media_is_safe() -> None:
    there, writer, journal = begun()
    assert journal.note() is None
    writer.write_chunk(writer.tracks[0], pictures([1, 1]))
    make_safe = journal.note()
    assert there.said == ["handed over"]
    writer.write_chunk(writer.tracks[0], pictures([1], 2))  # meanwhile, another thread may do the rest
    assert make_safe is not None
    make_safe()
    assert there.said == ["handed over", "media safe", "record", "record safe"]
    journal.keep()
    journal.keep()
    assert there.said[4:] == ["handed over", "media safe", "record", "record safe"]
    assert len(there.records) == 2


def test_media_moves_when_everything_is_noted() -> None:
    there, writer, journal = begun()
    writer.write_chunk(writer.tracks[0], pictures([1] * 30))
    journal.keep()
    writer.write_chunk(writer.tracks[0], pictures([1], 30))
    before = bytes(there.data)
    writer.finish(session_start=None, session_end=None, header_first=True)
    assert len(there.records) == 3
    assert there.said[-4:] == ["handed over", "media safe", "record", "record safe"]
    move = there.records[-1]
    at = move.index(MOVE) + len(MOVE)
    place, distance = (int.from_bytes(move[start : start + 8], "big") for start in (at, at + 8))
    mark = move[at + 16 : at + 16 + MARK]
    assert there.read(place + distance, MARK) == mark
    assert before[place + 16 : place + MARK] == mark[16:]  # the size of the media came in between


def test_a_header_that_has_its_room_moves_nothing() -> None:
    there, writer, journal = begun()
    writer.write_chunk(writer.tracks[0], pictures([1]))
    journal.keep()
    writer.finish(session_start=None, session_end=None, header_first=False)
    assert len(there.records) == 1
