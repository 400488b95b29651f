"""Films in fragments that grow: each fragment once it is whole, and the header that stays theirs."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import numpy as np
import pytest

from reelwright.isobmff.growing_movie import GrowingMovie
from reelwright.isobmff.movie_reader import read_movie
from reelwright.isobmff.parse import scan
from reelwright.model.errors import InvalidMediaError
from reelwright.model.kinds import MediaType, VideoCodec
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time
from reelwright.storage.source import open_source
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput

RATE, SECONDS = 8, 3


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same film left in fragments, sealed, and ordinary."""
    made = {}
    for name in ("fragments", "sealed", "ordinary"):
        path = tmp_path_factory.mktemp("films") / f"{name}.mp4"
        with AssetWriter(path) as writer:
            if name != "ordinary":
                writer.movie_fragment_interval = Time(1, 1)
            writer.seals_fragments = name == "sealed"
            settings = VideoSettings(VideoCodec.H264, 64, 48)
            input = AssetWriterInput(MediaType.VIDEO, settings, threads=1)
            writer.add(input)
            writer.start_writing()
            writer.start_session(0)
            for number in range(RATE * SECONDS):
                input.append(np.full((48, 64, 3), 9 * number, np.uint8), Time(number, RATE))
            writer.finish_writing()
        made[name] = path.read_bytes()
    return made


def look(movie: GrowingMovie, data: bytes) -> int:
    movie.look(open_source(data))
    return len(movie.fragments)


def test_each_fragment_is_found_once_its_last_byte_is_there(films: dict[str, bytes]) -> None:
    data = films["fragments"]
    boxes = list(scan(open_source(data)))
    header = next(box for box in boxes if box.kind == "moov")
    ends = [box.end for box in boxes if box.kind == "mdat"]
    assert len(ends) == SECONDS
    movie = GrowingMovie()
    assert look(movie, data[: header.end]) == 0
    for number, end in enumerate(ends):
        assert look(movie, data[: end - 1]) == number
        # The room for a header whose media is not yet on the disk holds zeros.
        assert look(movie, data[: end - 1] + bytes(1) + bytes(40)) == number + 1
    assert not movie.is_finished
    assert look(movie, data) == SECONDS
    assert movie.is_finished
    assert [(each.duration, each.is_independent) for each in movie.fragments] == [(Fraction(1), True)] * SECONDS
    assert [(each.offset, each.offset + each.length) for each in movie.fragments] == list(
        zip([header.end, *ends], ends, strict=False)
    )


def test_header_and_fragments_are_a_film(films: dict[str, bytes]) -> None:
    data, movie = films["fragments"], GrowingMovie()
    look(movie, data)
    pieces = b"".join(data[each.offset : each.offset + each.length] for each in movie.fragments)
    reader = read_movie(open_source(movie.header + pieces))
    assert reader.index(next(iter(reader.tracks))).sample_count == RATE * SECONDS


def test_a_film_that_is_sealed_meanwhile_has_its_fragments_where_they_were(films: dict[str, bytes]) -> None:
    sealed = films["sealed"]
    place = next(box.offset for box in scan(open_source(sealed)) if box.kind == "mdat")
    before = sealed[:place] + b"\0\0\0\x10free" + bytes(8) + sealed[place + 16 :]
    header = next(box for box in scan(open_source(before)) if box.kind == "moov")
    first = next(box.end for box in scan(open_source(before), header.end) if box.kind == "mdat")
    movie = GrowingMovie()
    assert look(movie, before[:first]) == 1
    kept = movie.header
    assert look(movie, sealed) == SECONDS
    assert movie.is_finished
    assert movie.header == kept


def test_a_header_that_is_not_whole_is_not_taken(films: dict[str, bytes]) -> None:
    data = films["fragments"]
    header = next(box for box in scan(open_source(data)) if box.kind == "moov")
    movie = GrowingMovie()
    for end in (20, header.offset + 8, header.end - 1):
        with pytest.raises(InvalidMediaError, match="no movie header in front yet"):
            look(movie, data[:end])
    assert movie.header == b""


@pytest.mark.parametrize("name", ["ordinary", "sealed"])
def test_other_films_are_none(films: dict[str, bytes], name: str) -> None:
    with pytest.raises(InvalidMediaError, match=r"no movie header in front|no film in fragments"):
        look(GrowingMovie(), films[name])


def test_damage_costs_what_it_hits_and_raises_nothing_else(films: dict[str, bytes]) -> None:
    whole = films["fragments"]
    chance = np.random.default_rng(5)
    for _ in range(200):
        data = bytearray(whole)
        for place in chance.integers(0, len(data), 6) % (2000 if chance.random() < 0.7 else len(data)):
            data[place] = chance.integers(256)
        movie = GrowingMovie()
        with contextlib.suppress(InvalidMediaError):
            look(movie, bytes(data))
        assert all(0 < each.offset < each.offset + each.length <= len(data) for each in movie.fragments)
        assert all(each.duration > 0 for each in movie.fragments)
