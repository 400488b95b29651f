"""Journals: what their records hold, when a new one begins, and what is made of a film that has one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from tests.isobmff.fakes import RATE, ZEROS, Memory, Sparse, jpeg, pcm, pictures, sound
from tests.isobmff.fragmented import seen
from tests.isobmff.journalled import Journalled, counts, prefixes, recovered
from tests.isobmff.reading import edits, movie, samples

from reelwright.isobmff.journal import MovieJournal
from reelwright.isobmff.journal_reader import read_journal
from reelwright.isobmff.movie_reader import read_movie
from reelwright.isobmff.movie_writer import Chunk, MovieWriter, SampleFlag, TrackOptions
from reelwright.model.errors import InvalidMediaError
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.storage.source import open_source

MOVIES = [FileType.MOV, FileType.MP4]
SYNC = int(SampleFlag.SYNC)


class Made:
    """A film of pictures and sound, whose chunks are made by hand, and its journal."""

    def __init__(self, *, memory: Memory | None = None, scale: int = 0, start: Time | None = None) -> None:
        self.memory = memory or Memory()
        self.writer = MovieWriter(self.memory, FileType.MOV)
        self.video = self.writer.add_track(TrackOptions(media_type=MediaType.VIDEO), scale)
        self.audio = self.writer.add_track(TrackOptions(media_type=MediaType.AUDIO))
        self.video.describe(jpeg())
        self.audio.describe(pcm())
        self.writer.begin()
        self.movie = MovieJournal(self.writer.tracks, FileType.MOV, session_start=lambda: start)
        self.start = start
        self.written = b""

    def add(self, *chunks: Chunk, sound: bool = False) -> None:
        for chunk in chunks:
            self.writer.write_chunk(self.audio if sound else self.video, chunk)

    def note(self) -> bytes:
        record = self.movie.record()
        self.written += record or b""
        return record or b""

    def finished(self) -> bytes:
        self.writer.finish(session_start=self.start, session_end=None, header_first=False)
        return bytes(self.memory.data)

    def compare(self) -> None:
        """What the journal gives back is the film, to the last sample, edit and description."""
        self.note()
        _, ours = recovered(bytes(self.memory.data), self.written)
        theirs = self.finished()
        for mine, other in zip(movie(ours).all("trak"), movie(theirs).all("trak"), strict=True):
            assert samples(mine, ours) == samples(other, theirs)
            assert edits(mine) == edits(other)
            table, same = mine.one("mdia", "minf", "stbl"), other.one("mdia", "minf", "stbl")
            for kind in ("stsd", "stts", "ctts", "stss", "stps", "sdtp", "stsz", "sgpd", "sbgp"):
                assert [box.body for box in table.all(kind)] == [box.body for box in same.all(kind)], kind
            assert mine.one("mdia", "mdhd").body[12:] == other.one("mdia", "mdhd").body[12:]
            assert mine.one("tkhd").body[12:] == other.one("tkhd").body[12:]
        assert movie(ours).one("mvhd").body[12:] == movie(theirs).one("mvhd").body[12:]


@pytest.mark.parametrize("file_type", MOVIES)
def test_a_film_is_recovered_up_to_its_last_record(file_type: FileType) -> None:
    made = Journalled(file_type)
    reference = {track: seen(made.data, track) for track in (1, 2)}
    for state in made.states:
        for film in (state.film, made.unfinished):
            found, data = recovered(film, state.journal)
            assert found.method == "journal"
            assert counts(found) == state.samples
            assert film[48:] == data[48 : len(film)]  # the media, byte by byte
            assert found.lost_bytes == len(film) - len(state.film)
            for track, samples_before in zip((1, 2), state.samples, strict=True):
                assert seen(data, track) == reference[track][:samples_before]


def test_a_record_costs_little_and_only_for_what_is_new() -> None:
    made = Journalled(every=1)
    lengths = np.diff([0, *(len(state.journal) for state in made.states)])
    assert max(lengths[1:]) < 600  # 36 samples of two tracks
    assert all(state.journal.count(b"moov") == 1 for state in made.states)


def test_the_journal_is_torn_at_any_byte() -> None:
    made = Journalled()
    ends = [len(state.journal) for state in made.states]
    film = made.unfinished
    known = {counts(recovered(film, made.written[:end])[0]) for end in ends}
    for journal in prefixes(made.written):
        whole = sum(len(journal) >= end for end in ends)
        view = read_journal(open_source(journal), len(film)) if journal else None
        assert (view is not None) == (whole > 0)
        if view is not None:
            assert view.lost == len(journal) - ends[whole - 1]
    assert len(known) == len(ends)


def test_a_damaged_record_ends_the_journal() -> None:
    made = Journalled()
    ends = [len(state.journal) for state in made.states]
    for place in range(ends[0], ends[1], 3):
        damaged = bytearray(made.written)
        damaged[place] ^= 1
        assert counts(recovered(made.unfinished, bytes(damaged))[0]) == made.states[0].samples, place
    swapped = made.written[: ends[0]] + made.written[ends[1] :]
    assert counts(recovered(made.unfinished, swapped)[0]) == made.states[0].samples


def test_nothing_can_be_made_of_a_journal_without_a_whole_record() -> None:
    made = Journalled()
    for journal in (made.states[0].journal[:-1], b"\0" * 5000, b"\xff" * 100, b"\0\0\0\x01ftyp" + b"\xff" * 8):
        with pytest.raises(InvalidMediaError, match="no whole record"):
            recovered(made.unfinished, journal)


def test_a_journal_belongs_to_its_film() -> None:
    made, other = Journalled(FileType.MP4), Journalled(FileType.MOV)
    with pytest.raises(InvalidMediaError, match="does not belong"):
        recovered(made.unfinished, other.written)


def test_a_film_that_was_finished_keeps_its_header() -> None:
    made = Journalled()
    found, data = recovered(made.data, made.written)
    assert found.method == "whole"
    assert data == made.data
    # A header that is not what the journal tells of is none, though it could be read.
    table = made.data.rindex(b"stsz")
    damaged = made.data[: table + 17] + b"\1" + made.data[table + 18 :]
    found, data = recovered(damaged, made.written)
    assert found.method == "journal"
    assert seen(data, 2) == seen(made.data, 2)[: counts(found)[1]]


# What films there are


def test_nothing_new_makes_no_record() -> None:
    made = Made()
    assert made.note() == b""
    made.add(pictures([1, 1, 1]))
    assert made.note()
    assert made.note() == b""
    made.compare()


def test_finer_ticks_begin_a_new_journal() -> None:
    made = Made()
    made.add(pictures([1, 1, 1]))
    made.add(sound(100), sound=True)
    made.note()
    made.add(pictures([2, 3], 5 * 3, timescale=120))
    made.compare()
    assert made.written.count(b"ftyp") == 2


def test_another_description_begins_a_new_journal() -> None:
    made = Made()
    made.add(pictures([1, 1, 1]))
    made.note()
    number = made.video.describe(jpeg(width=640))
    made.add(pictures([1, 1], 3, description=number))
    made.note()
    made.add(pictures([1, 1], 5))
    made.compare()
    assert made.written.count(b"ftyp") == 2


def test_a_track_may_begin_later() -> None:
    made = Made()
    made.add(pictures(24, count=3))
    made.note()
    made.add(sound(RATE, 24 * RATE), sound=True)
    made.compare()


def test_holes_become_edits() -> None:
    made = Made()
    made.add(pictures([1] * 24))
    made.add(sound(RATE), sound=True)
    made.note()
    made.add(pictures([1] * 24, 48))
    made.add(sound(RATE, 3 * RATE), sound=True)
    made.compare()


def test_reordered_and_partly_synchronous_pictures() -> None:
    made = Made()
    made.add(pictures([1] * 6, offsets=[0, 2, -1, 2, -1, -2], flags=[SYNC, 0, 0, int(SampleFlag.PARTIAL_SYNC), 0, 0]))
    made.compare()


def test_rounded_times() -> None:
    made = Made(scale=1000)
    for number in range(5):
        made.add(pictures([1001] * 3, number * 3003, timescale=30000))
        made.note()
    made.compare()


def test_a_session_that_begins_within_the_media() -> None:
    made = Made(start=Time(1, 2))
    made.add(pictures([1] * 24))
    made.add(sound(RATE // 2, RATE), sound=True)
    made.compare()


def test_sound_of_many_hours_takes_a_few_bytes() -> None:
    sparse = Sparse()
    made = Made(memory=sparse)
    second = len(ZEROS) // 2
    chunk = Chunk(1, RATE, [memoryview(ZEROS)], second, 2, 0, 1)
    for number in range(1200):  # five gigabytes: places behind 4 GiB, and runs too long for one
        chunk.decode = number * second
        made.add(chunk, sound=True)
        if number % 100 == 0:
            made.note()
    made.note()
    assert len(made.written) < 4000
    view = read_journal(open_source(made.written), sparse.size)
    assert view is not None
    index = read_movie(view).index(2)
    assert index.sample_count == 1200 * second
    assert int((index.offsets + index.sizes).max()) == sparse.size


def test_chunks_far_apart_count_from_places_of_their_own() -> None:
    sparse = Sparse()
    made = Made(memory=sparse)
    for number in range(1100):
        made.add(Chunk(1, 24, [memoryview(ZEROS)[:5]], 1, 5, number, 1))
        made.add(Chunk(1, RATE, [memoryview(ZEROS)], len(ZEROS) // 2, 2, number * len(ZEROS) // 2, 1), sound=True)
    made.note()
    view = read_journal(open_source(made.written), sparse.size)
    assert view is not None
    index = read_movie(view).index(1)
    assert np.diff(index.offsets).tolist() == [len(ZEROS) + 5] * 1099


def test_roll_groups_and_priming_stay() -> None:
    made = Journalled()
    _, data = recovered(made.unfinished, made.written)
    track = movie(data).all("trak")[1]
    assert [box.kind for box in track.one("mdia", "minf", "stbl").children][-2:] == ["sgpd", "sbgp"]
    assert edits(track)[0][1] == 1024


@pytest.mark.parametrize("is_done", [True, False])
def test_media_that_moves_up_is_found_where_it_is(is_done: bool) -> None:
    made = Journalled()
    room, place = 8192, 32
    film = bytearray(made.unfinished)
    mark = bytes(film[place : place + 64])
    journal = made.written + made.journal.moved(place, room, mark)
    if is_done:
        film[place:place] = bytes(room)
        film[:4] = bytes(4)  # the first block had to be written once more, and was not
    found, data = recovered(bytes(film), journal)
    assert counts(found) == made.states[-1].samples
    assert seen(data, 1) == seen(made.data, 1)[: counts(found)[0]]
    assert found.duration == Fraction(3)
