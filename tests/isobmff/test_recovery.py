"""Films in fragments that were left, recovered; what is hostile, odd or nothing at all."""

from __future__ import annotations

import random
from contextlib import suppress
from fractions import Fraction

import pytest
from tests.isobmff.fragmented import SECONDS, START, Fragmented, plain, seen
from tests.isobmff.journalled import Journalled, SealedMemory, counts, recovered, resealed
from tests.isobmff.reading import atoms, edits, movie, samples

from reelwright.isobmff.box import Box, u32
from reelwright.isobmff.recovery import recover_movie
from reelwright.model.errors import InvalidMediaError
from reelwright.model.kinds import FileType
from reelwright.model.time import Time
from reelwright.storage.source import open_source

MOVIES = [FileType.MOV, FileType.MP4]


@pytest.mark.parametrize("file_type", MOVIES)
def test_fragments_become_the_film_written_whole(file_type: FileType) -> None:
    made, whole = Fragmented(file_type, finish=False), plain(file_type)
    found, data = recovered(made.data)
    assert (found.method, found.lost_bytes, found.problems) == ("fragments", 0, ())
    assert counts(found) == (96, 189)
    assert [track.missing for track in found.tracks] == [0, 0]
    assert [atom.kind for atom in atoms(data)] == ["ftyp", "mdat", "moov"]
    for ours, theirs in zip(movie(data).all("trak"), movie(whole).all("trak"), strict=True):
        assert samples(ours, data) == samples(theirs, whole)
        assert ours.one("mdia", "minf", "stbl", "stsd").body == theirs.one("mdia", "minf", "stbl", "stsd").body
    assert edits(movie(data).all("trak")[0]) == edits(movie(whole).all("trak")[0])
    assert found.duration == Fraction(192512, 48000)  # the end of the sound's padding was not known yet
    assert recover_movie(open_source(data)).method == "whole"


def test_the_header_is_on_the_disk_before_the_film_depends_on_it() -> None:
    left = Fragmented(FileType.MP4, finish=False).data
    memory = SealedMemory(left)
    recover_movie(open_source(left)).seal(memory)
    first, last = memory.steps
    assert first.startswith(left)
    assert len(first) == len(last)
    assert [at for at, (before, after) in enumerate(zip(first, last, strict=True)) if before != after][-1] < 64
    assert last == bytes(memory.data) != first


@pytest.mark.parametrize("file_type", MOVIES)
def test_every_state_of_the_writer_gives_what_was_promised(file_type: FileType) -> None:
    made = Fragmented(file_type)
    reference = seen(plain(file_type), 1)
    for number, (step, state) in enumerate(made.states):
        if number == 0:
            with pytest.raises(InvalidMediaError, match="no fragment of it was completed"):
                recovered(state)
            continue
        found, data = recovered(state)
        promised = min(SECONDS, (number + 1) // 2) * 24
        assert found.method == ("whole" if step == "sealed" else "fragments")
        assert seen(data, 1) == reference[:promised]


def test_a_film_cut_off_anywhere_keeps_what_is_there() -> None:
    made = Fragmented(FileType.MP4, finish=False).data
    reference = {track: seen(made, track) for track in (1, 2)}
    lot = random.Random(1)
    before = (0, 0)
    for length in sorted(lot.sample(range(len(made)), 60)):
        try:
            found, data = recovered(made[:length])
        except InvalidMediaError:
            assert before == (0, 0), length
            continue
        assert counts(found) >= before
        before = counts(found)
        for track in (1, 2):
            kept = seen(data, track)
            assert kept == reference[track][: len(kept)]
    assert before > (80, 150)


def test_fragments_without_edits_keep_their_own_times() -> None:
    made = Fragmented(FileType.MP4, finish=False, is_combinable=True, is_sealed=False).data
    found, data = recovered(made)
    assert counts(found) == (96, 189)
    pictures, sound = movie(data).all("trak")
    assert edits(pictures)[0] == (START * 48000, -1)
    assert edits(sound)[0] == (START * 48000 - 1024, -1)
    assert found.duration == START + Fraction(192512, 48000)


def test_a_film_that_stays_in_fragments_can_be_made_ordinary() -> None:
    made = Fragmented(FileType.MP4, is_sealed=False).data
    found, data = recovered(made)
    assert found.duration == SECONDS  # its header knew the end by then
    assert found.lost_bytes == 0
    for ours, theirs in zip(movie(data).all("trak"), movie(plain()).all("trak"), strict=True):
        assert samples(ours, data) == samples(theirs, plain())
        assert edits(ours) == edits(theirs)


def test_a_fragment_that_begins_early_cuts_the_sample_before_it_short() -> None:
    made = bytearray(Fragmented(FileType.MP4, finish=False).data)
    place = made.index(b"tfdt", made.index(b"tfdt", made.index(b"tfdt") + 4) + 4)  # of the second fragment's pictures
    made[place + 15] -= 1
    found, data = recovered(bytes(made))
    assert counts(found) == (96, 189)
    assert seen(data, 1)[23].duration == 0


def test_what_is_not_about_samples_stays_byte_by_byte() -> None:
    made = Fragmented(FileType.MOV, finish=False).data
    place = made.index(b"moov") - 4
    extra = Box("udta", Box("\xa9nam", b"\0\4\0\0film")).render()
    size = int.from_bytes(made[place : place + 4], "big")
    header = u32(size + len(extra)) + made[place + 4 : place + size] + extra
    # Fragments of QuickTime count from the beginning of the file: room is taken from the free box in front.
    assert made[place - 16 : place - 8] == u32(16) + b"free"
    data = recovered(_moved(made[:place] + header + made[place + size :], len(extra)))[1]
    assert [box.kind for box in movie(data).children] == ["mvhd", "trak", "trak", "udta"]
    assert extra in data[data.rindex(b"moov") :]


def _moved(data: bytes, distance: int) -> bytes:
    """A film whose fragments' absolute places are moved up."""
    moved, place = bytearray(data), data.find(b"tfhd")
    while place >= 0:
        base = int.from_bytes(data[place + 12 : place + 20], "big") + distance
        moved[place + 12 : place + 20] = base.to_bytes(8, "big")
        place = data.find(b"tfhd", place + 4)
    return bytes(moved)


def test_what_is_no_film_of_ours_is_refused_with_a_reason() -> None:
    ordinary = plain(FileType.MP4)
    assert recover_movie(open_source(ordinary)).method == "whole"
    cases: list[tuple[bytes, str]] = [
        (ordinary[: ordinary.rindex(b"moov") + 50], "no fragment of it was completed"),
        (ordinary[: ordinary.rindex(b"moov") - 4], "no header yet, and no journal"),
        (b"RIFF" + bytes(100), "no header yet"),
        (bytes(4096), "no header yet"),
        (u32(5000) + b"ftyp" + bytes(4992) + Fragmented(FileType.MP4, finish=False).data, "has 5000 bytes"),
    ]
    for data, reason in cases:
        with pytest.raises(InvalidMediaError, match=reason):
            recovered(data)


@pytest.mark.parametrize("kind", ["journal", "fragments"])
def test_damage_raises_only_what_is_promised(kind: str) -> None:
    made = Journalled()
    film, journal = made.unfinished, made.written if kind == "journal" else None
    if journal is None:
        film = Fragmented(FileType.MP4, finish=False).data
    lot = random.Random(kind)
    for _ in range(60):
        damaged = bytearray(journal or film)
        for _ in range(lot.randrange(1, 4)):
            damaged[lot.randrange(min(len(damaged), 3000))] = lot.choice([0, 1, 0x7F, 0x80, 0xFF])
        with suppress(InvalidMediaError):
            if journal is None:
                recovered(bytes(damaged))
            else:
                recovered(film, resealed(bytes(damaged)))


def test_tracks_without_samples_and_odd_edits_stay() -> None:
    made = Fragmented(FileType.MP4, finish=False, session_start=lambda: Time(START - 1)).data
    found, data = recovered(made)
    assert edits(movie(data).all("trak")[0])[0] == (48000, -1)
    assert found.duration == 1 + Fraction(192512, 48000)


def test_encrypted_fragments_and_foreign_samples_are_refused() -> None:
    made = Fragmented(FileType.MP4, finish=False).data
    place = made.index(b"avc1", made.index(b"stsd"))
    with pytest.raises(InvalidMediaError, match="encrypted"):
        recovered(made[:place] + b"encv" + made[place + 4 :])
    place = made.index(b"url \0\0\0\1")
    with pytest.raises(InvalidMediaError, match="in another file"):
        recovered(made[: place + 7] + b"\0" + made[place + 8 :])
