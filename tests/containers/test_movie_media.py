"""Movie files as media: facts, indexes, streams from any moment, bytes as they lie in the file."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
from tests.isobmff.movies import (
    MEDIA,
    Track,
    ctts,
    film,
    marks,
    sound_entry,
    stco,
    stsc,
    stsz,
    stsz_fixed,
    stts,
    tables,
)

from reelwright.containers.media import Media, StoredSample
from reelwright.containers.movie_media import MovieMedia, is_movie
from reelwright.isobmff.box import Box
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source, open_source

PAYLOAD = bytes(range(256)) * 40


class Counting:
    """A source that notes what is read."""

    def __init__(self, data: bytes) -> None:
        self.name, self.size = "a test", len(data)
        self.path: str | None = None
        self._data = data
        self.reads: list[tuple[int, int]] = []
        self.closed = False

    def read(self, offset: int, size: int) -> bytes:
        self.reads.append((offset, size))
        return self._data[offset : offset + size]

    def close(self) -> None:
        self.closed = True


def media_of(*boxes: Box, **options: object) -> MovieMedia:
    return MovieMedia(open_source(film(Track(boxes, **options), payload=PAYLOAD)))  # type: ignore[arg-type]


def samples_of(media: Media, start: int | None = None, *, with_data: bool = True) -> list[StoredSample]:
    return list(media.stream(1, start, with_data=with_data))


def test_samples_carry_their_bytes_and_all_that_tables_say() -> None:
    media = media_of(*tables([3, 4, 5], ctts((3, 200)), marks("stss", 1), marks("stps", 3)))
    first, second, third = samples_of(media)
    assert (first.data, second.data, third.data) == (PAYLOAD[:3], PAYLOAD[3:7], PAYLOAD[7:12])
    assert [sample.decode for sample in (first, second, third)] == [0, 100, 200]
    assert [sample.presentation for sample in (first, second, third)] == [200, 300, 400]
    assert [sample.is_sync for sample in (first, second, third)] == [True, False, False]
    assert [sample.partial_sync for sample in (first, second, third)] == [False, False, True]
    assert [sample.row for sample in (first, second, third)] == [0, 1, 2]
    assert second.offset == MEDIA + 3


def test_without_data_nothing_is_read() -> None:
    source = Counting(film(Track(tables([3, 4])), payload=PAYLOAD))
    media = MovieMedia(source)
    media.index(1)
    source.reads.clear()
    found = samples_of(media, with_data=False)
    assert [sample.data for sample in found] == [None, None]
    assert source.reads == []


def test_neighbours_are_read_together() -> None:
    source = Counting(film(Track(tables([10] * 100)), payload=PAYLOAD))
    media = MovieMedia(source)
    media.index(1)
    source.reads.clear()
    assert b"".join(sample.data or b"" for sample in samples_of(media)) == PAYLOAD[:1000]
    assert source.reads == [(MEDIA, 1000)]


def test_one_read_is_bounded() -> None:
    size = 3 << 20
    source = Counting(film(Track(tables([size, size])), payload=bytes(2 * size)))
    media = MovieMedia(source)
    media.index(1)
    source.reads.clear()
    assert len(samples_of(media)) == 2
    assert [length for _, length in source.reads] == [size, size]


def test_samples_that_lie_backwards_or_far_apart_are_read_by_themselves() -> None:
    media = media_of(stts((3, 1)), stsz([2, 2, 2]), stsc((1, 1, 1)), stco(MEDIA + 50, MEDIA + 10, MEDIA + 9000))
    assert [sample.data for sample in samples_of(media)] == [PAYLOAD[50:52], PAYLOAD[10:12], PAYLOAD[9000:9002]]


def test_more_samples_than_are_looked_at_together() -> None:
    found = samples_of(media_of(*tables([2] * 3000)))
    assert b"".join(sample.data or b"" for sample in found) == PAYLOAD[:6000]


@pytest.mark.parametrize(
    ("start", "first"), [(None, 0), (-5, 0), (0, 0), (399, 0), (400, 4), (799, 4), (800, 8), (10**9, 8)]
)
def test_a_stream_begins_where_decoding_can(start: int | None, first: int) -> None:
    media = media_of(*tables([1] * 10, marks("stss", 1, 5, 9)))
    assert samples_of(media, start)[0].row == first


def test_pictures_shown_before_an_open_random_access_point_need_what_lies_before_it() -> None:
    """Decode order I P | I b b: both b are shown before the second I, which follows them in time."""
    offsets = ctts((2, 100), (1, 300), (2, 0))
    media = media_of(*tables([1] * 5, offsets, marks("stss", 1, 3)))
    assert media.index(1).presentation.tolist() == [100, 200, 500, 300, 400]
    assert samples_of(media, 300)[0].row == 0
    assert samples_of(media, 500)[0].row == 2


def test_partial_sync_samples_are_good_enough_to_begin() -> None:
    media = media_of(*tables([1] * 6, marks("stss", 1), marks("stps", 4)))
    assert samples_of(media, 450)[0].row == 3


def test_no_sample_from_which_decoding_could_begin() -> None:
    assert samples_of(media_of(*tables([1] * 3, marks("stss"))), 250)[0].row == 0


def test_runs_of_sound() -> None:
    boxes = (stts((30, 1)), stsz_fixed(4, 30), stsc((1, 10, 1)), stco(MEDIA, MEDIA + 100, MEDIA + 40))
    media = media_of(*boxes, handler="soun", entries=[sound_entry()], scale=48000)
    found = samples_of(media, 15)
    assert [(sample.count, sample.decode, len(sample.data or b"")) for sample in found] == [(10, 10, 40), (10, 20, 40)]
    assert found[0].data == PAYLOAD[100:140]


def test_samples_behind_the_end_come_as_far_as_they_are_there() -> None:
    media = media_of(*tables([5000, 5000, 5000]))
    stream = iter(media.stream(1))
    assert [next(stream).row, next(stream).row] == [0, 1]
    with pytest.raises(InvalidMediaError, match=r"sample 3 .* lies behind the end"):
        next(stream)


@pytest.mark.parametrize("size", [1 << 31, (1 << 32) - 1])
def test_a_sample_of_absurd_size_costs_nothing(size: int) -> None:
    with pytest.raises(InvalidMediaError, match="behind the end"):
        samples_of(media_of(*tables([size])))


def test_an_empty_track() -> None:
    media = media_of(*tables([]))
    assert samples_of(media) == samples_of(media, 100) == []


def test_a_sample_of_no_bytes_at_the_end_of_the_file() -> None:
    media = media_of(*tables([0], start=1 << 20))
    assert [sample.data for sample in samples_of(media)] == [b""]


def test_no_such_track() -> None:
    media = media_of(*tables([1]))
    with pytest.raises(InvalidMediaError, match="has no track 7"):
        media.index(7)
    with pytest.raises(InvalidMediaError, match="has no track 7"):
        media.stream(7)


def test_an_index_is_built_once_by_whoever_comes_first() -> None:
    media = media_of(*tables([1] * 50))
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(media.index(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(index is found[0] for index in found)


def test_closing_ends_streams_with_an_error() -> None:
    source = Counting(film(Track(tables([3] * 2000)), payload=PAYLOAD))
    media = MovieMedia(source)
    stream = iter(media.stream(1))
    next(stream)
    media.close()
    assert source.closed
    with pytest.raises(InvalidMediaError, match="closed"):
        list(stream)
    fresh = MovieMedia(Counting(film(Track(tables([3])))))
    fresh.close()
    with pytest.raises(InvalidMediaError, match="closed"):
        fresh.index(1)


def test_a_closed_stream_gives_nothing_more() -> None:
    stream = media_of(*tables([3] * 5)).stream(1)
    iterator = iter(stream)
    next(iterator)
    stream.close()
    assert list(iterator) == []


def test_any_source_will_do(tmp_path: Path) -> None:
    data = film(Track(tables([3, 4])), payload=PAYLOAD)
    path = tmp_path / "film.mov"
    path.write_bytes(data)
    for target in (path, data, io.BytesIO(data)):
        media = MovieMedia(open_source(target))
        assert [sample.data for sample in samples_of(media)] == [PAYLOAD[:3], PAYLOAD[3:7]]
        media.close()


@pytest.mark.parametrize(
    "start", [b"\0\0\0\x14ftypqt  ", b"\0\0\0\x01mdat\0\0\0\0", b"\0\0\0\x08wide\0\0", b"\0\0\0\0mdat"]
)
def test_movies_are_known_by_their_first_box(start: bytes) -> None:
    assert is_movie(open_source(start + bytes(16)))


@pytest.mark.parametrize("start", [b"RIFF\0\0\0\0", b"\x1aE\xdf\xa3", b"\0\0\0\x03moov", b"OggS", b"ID3", b"G" * 20])
def test_other_files_are_not(start: bytes) -> None:
    source: Source = open_source(start)
    assert not is_movie(source)
