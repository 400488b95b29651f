"""Headers in front by every method, in real files: the samples lie where the tables say, and all padding is boxes."""

from __future__ import annotations

import io
import struct
import tracemalloc
from array import array
from pathlib import Path
from typing import Any

import pytest
from tests.isobmff.fakes import ZEROS, Sparse, pictures, sound
from tests.isobmff.reading import atoms, chunk_places, movie, samples
from tests.isobmff.test_movie_writer import Film
from tests.storage.doubles import WriteOnly
from tests.storage.file_systems import inserts_ranges

from reelwright.isobmff.box import Box, Buffer
from reelwright.isobmff.header_room import LARGEST_ROOM, ExpectedTrack, room_for
from reelwright.isobmff.movie_writer import Chunk, MovieSummary, TrackOptions
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import FileType, MediaType
from reelwright.storage import destination
from reelwright.storage.destination import open_destination

BLOCK = 4096
EXPECTED = room_for([ExpectedTrack(samples=48, chunks=2), ExpectedTrack(samples=0, chunks=2)])


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films of a few kilobytes are too long for memory."""
    monkeypatch.setattr(destination, "MEMORY", 1 << 12)
    monkeypatch.setattr(destination, "BLOCK", 1 << 10)


def simple(film: Film) -> None:
    film.add(pictures([1] * 24), sound(3000, fill=7), pictures([1] * 24, 24, fill=70), sound(3000, 3000, fill=8))


def written(target: Any, method: str | None, file_type: FileType = FileType.MP4, reserve: int = 0) -> MovieSummary:
    place = open_destination(target, room_by=method)
    place.open()
    film = Film(file_type, memory=place, reserve=reserve)  # type: ignore[arg-type]
    simple(film)
    summary = film.finish(header_first=True)
    place.commit()
    return summary


def reference(file_type: FileType = FileType.MP4) -> Film:
    film = Film(file_type)
    simple(film)
    film.finish()
    return film


def check(data: bytes, file_type: FileType = FileType.MP4) -> list[str]:
    """See that a film holds what the reference holds; returns its boxes."""
    film = reference(file_type)
    for found, expected in zip(movie(data).all("trak"), film.traks, strict=True):
        wanted = [sample["data"] for sample in samples(expected, film.data)]
        assert [sample["data"] for sample in samples(found, data)] == wanted
    return [atom.kind for atom in atoms(data)]


def needs_insertion(folder: Path) -> None:
    if not inserts_ranges(folder):
        pytest.skip("the file system inserts no ranges, or plain storage is forced")


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("file_type", [FileType.MP4, FileType.MOV])
@pytest.mark.parametrize(
    ("method", "reserve", "says"),
    [
        (None, EXPECTED, "reserved"),
        ("moved in place", 0, "moved in place"),
        ("moved in place", 100, "moved in place"),
        ("inserted", 0, "inserted"),
        ("inserted", 100, "inserted"),
        ("inserted", 1000, "inserted"),
    ],
)
def test_every_method(tmp_path: Path, file_type: FileType, method: str | None, reserve: int, says: str) -> None:
    path = tmp_path / "film"
    summary = written(path, method, file_type, reserve)
    kinds = check(path.read_bytes(), file_type)
    assert summary.bytes == path.stat().st_size
    spare = "wide" if file_type.is_quicktime else "free"
    if method == "inserted":
        needs_insertion(tmp_path)
        header = next(atom for atom in atoms(path.read_bytes()) if atom.kind == "mdat").offset
        assert (header - reference(file_type).boxes[2].offset - reserve) % BLOCK == 0
    assert summary.header_method == f"first, {says}"
    # What is left of reserved and inserted room takes in the spare bytes before the media.
    assert kinds == ["ftyp", "moov", spare if says == "moved in place" else "free", "mdat"]


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("more", [-1, 0, 1, 7, 8])
def test_reserved_room_that_fits_to_the_byte_or_not_quite(tmp_path: Path, more: int) -> None:
    """Less than eight bytes cannot become a box."""
    exact = next(atom for atom in reference().boxes if atom.kind == "moov")
    size = len(exact.body) + 8
    summary = written(tmp_path / "film", "moved in place", reserve=size + more)
    check((tmp_path / "film").read_bytes())
    assert summary.header_method == ("first, reserved" if more in (0, 8) else "first, moved in place")


@pytest.mark.parametrize("reserve", [8, 100, EXPECTED])
def test_a_short_film_carries_no_padding(reserve: int) -> None:
    """Whatever was reserved, it is the film that it would have been without."""
    with_room, without = io.BytesIO(), io.BytesIO()
    assert written(with_room, None, reserve=reserve).header_method == "first, in memory"
    written(without, None)
    assert with_room.getvalue() == without.getvalue()


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("reserve", [0, 100])
def test_an_object_that_cannot_be_read_back(reserve: int) -> None:
    film = WriteOnly()
    assert written(film, None, reserve=reserve).header_method == "first, rewritten"
    check(film.getvalue())


@pytest.mark.usefixtures("long")
def test_reserved_room_stays_free_when_the_header_comes_last(tmp_path: Path) -> None:
    place = open_destination(tmp_path / "film")
    place.open()
    film = Film(memory=place, reserve=EXPECTED)  # type: ignore[arg-type]
    simple(film)
    assert film.finish(header_first=False).header_method == "last"
    place.commit()
    assert check((tmp_path / "film").read_bytes()) == ["ftyp", "free", "free", "mdat", "moov"]


@pytest.mark.parametrize("reserve", [-1, 1, 7, LARGEST_ROOM + 1])
def test_room_that_is_no_box(reserve: int) -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be reserved"):
        Film(reserve=reserve)


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("reserve", [0, 1001])
@pytest.mark.parametrize("method", ["inserted", "moved in place"])
def test_aligned_chunks_stay_aligned(tmp_path: Path, method: str, reserve: int) -> None:
    place = open_destination(tmp_path / "film", room_by=method)
    place.open()
    video = TrackOptions(media_type=MediaType.VIDEO, chunk_alignment=48)
    film = Film(memory=place, video=video, reserve=reserve)  # type: ignore[arg-type]
    simple(film)
    film.finish(header_first=True)
    place.commit()
    data = (tmp_path / "film").read_bytes()
    assert all(place % 48 == 0 for place in chunk_places(movie(data).all("trak")[0].one("mdia", "minf", "stbl")))
    check(data)


# Long tables


def peak_of_finishing(path: Path, *, first: bool, samples: int = 400_000) -> tuple[int, int]:
    """Bytes that finishing a film of irregular samples takes at most, and the length of its tables."""
    place = open_destination(path, room_by="moved in place")
    place.open()
    film = Film(memory=place)  # type: ignore[arg-type]
    each, start = samples // 40, 0
    for number in range(40):
        sizes, durations = [1 + (at + number) % 3 for at in range(each)], [1 + at * 7 % 5 for at in range(each)]
        data = bytes(sum(sizes))
        film.add(Chunk(1, 24, [data], each, array("q", sizes), start, array("q", durations), array("q", durations)))
        start += sum(durations)
    media = place.size
    tracemalloc.start()
    try:
        film.finish(header_first=first)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    tables = place.size - media
    place.commit()
    return peak, tables


@pytest.mark.usefixtures("long")
def test_tables_are_not_gathered_in_memory_to_be_put_in_front(tmp_path: Path) -> None:
    last, _ = peak_of_finishing(tmp_path / "last", first=False)
    first, tables = peak_of_finishing(tmp_path / "first", first=True)
    assert tables > 8_000_000
    assert first < last + 2_500_000  # a block to be written, and one to move the media


# Beyond 32 bits, without a disk


class Blocks(Sparse):
    """A sparse destination that left memory, on a file system with blocks."""

    is_in_memory = False

    def __init__(self, block: int) -> None:
        super().__init__()
        self.insertion_block = block
        self.inserted: list[tuple[int, int]] = []

    def insert(self, offset: int, *data: Buffer | Box, replacing: int = 0) -> str:
        length = sum(piece.size if isinstance(piece, Box) else memoryview(piece).nbytes for piece in data)
        assert length >= replacing
        assert (length - replacing) % self.insertion_block == 0
        self.inserted.append((length, replacing))
        super().insert(offset, *data, replacing=replacing)
        return "reserved" if length == replacing else "inserted"


@pytest.mark.parametrize("block", [1, BLOCK])
@pytest.mark.parametrize("reserve", [0, 200, 20000])
@pytest.mark.parametrize("short", [-8, 8, 700, 1500, 5000, 30000])
def test_offsets_that_grow_to_64_bits_because_the_media_moves(block: int, reserve: int, short: int) -> None:
    """The last chunk lies so many bytes before 4 GiB, before the header comes."""
    memory = Blocks(block)
    film = Film(memory=memory, reserve=reserve)
    until = (1 << 32) - short - memory.size
    whole, rest = divmod(until, len(ZEROS))
    for number in range(whole):
        film.writer.write_chunk(film.video, pictures_of(len(ZEROS), number))
    film.writer.write_chunk(film.video, pictures_of(rest, whole))
    film.writer.write_chunk(film.video, pictures_of(8, whole + 1))
    before = memory.size
    summary = film.finish(header_first=True)
    data = bytes(memory.data)
    stbl = movie(data[: len(data) - _opening(data)]).all("trak")[0].one("mdia", "minf", "stbl")
    shift = memory.inserted[0][0] - reserve
    places = chunk_places(stbl)
    assert places[-1] == (1 << 32) - short + shift
    assert ("co64" in stbl.kinds) == (places[-1] > (1 << 32) - 1)
    assert summary.bytes == before + shift
    assert (summary.header_method == "first, reserved") == (shift == 0)


@pytest.mark.parametrize("block", [1, BLOCK])
@pytest.mark.parametrize("reserve", [0, 20000])
@pytest.mark.parametrize("gibibytes", [3, 5])
def test_padding_ends_where_the_media_begins(block: int, reserve: int, gibibytes: int) -> None:
    """Its box takes in the spare bytes before the media, unless the media's own header needed them."""
    memory = Blocks(block)
    film = Film(memory=memory, reserve=reserve)
    for number in range(gibibytes << 8):
        film.writer.write_chunk(film.video, pictures_of(len(ZEROS), number))
    film.finish(header_first=True)
    data = bytes(memory.data)
    kinds, place = [], 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        kinds.append(kind.decode())
        place += (
            (struct.unpack_from(">Q", data, place + 8)[0] if size == 1 else size) if kind != b"mdat" else _opening(data)
        )
    assert place == len(data), "the media's header is the last of what is kept"
    is_padded = bool(reserve or block > 1)
    assert kinds == ["ftyp", "moov", *(["free"] if is_padded or gibibytes < 4 else []), "mdat"]


def _opening(data: bytes) -> int:
    """Bytes of the media's box header at the end of what a sparse destination keeps."""
    return 16 if data[-16:-8] == b"\0\0\0\1mdat" else 8


def pictures_of(size: int, number: int) -> Chunk:
    return Chunk(1, 24, [memoryview(ZEROS)[:size]], 1, size, number, 1)
