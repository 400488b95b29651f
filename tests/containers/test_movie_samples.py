"""Samples by their places: where a stream begins, and which rows are read together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reelwright.containers.media import StoredSample
from reelwright.containers.movie_samples import IndexStream, first_row
from reelwright.model.errors import InvalidMediaError
from reelwright.model.sample_index import SampleIndex

DATA = bytes(range(251)) * 100


def index(count: int = 6, **columns: Any) -> SampleIndex:
    plain = {
        "offsets": np.arange(count) * 10,
        "sizes": np.full(count, 10),
        "decode": np.arange(count) * 100,
        "durations": np.full(count, 100),
    }
    made = {name: value if name == "roll_distance" else np.array(value) for name, value in columns.items()}
    return SampleIndex(time_scale=1000, **{**plain, **made})


class Bytes:
    """A source that notes what is read."""

    def __init__(self, data: bytes = DATA, name: str = "a test") -> None:
        self.name, self.size = name, len(data)
        self.path: str | None = None
        self.reads: list[tuple[int, int]] = []
        self._data = data

    def read(self, offset: int, size: int) -> bytes:
        self.reads.append((offset, size))
        return self._data[offset : offset + size]

    def close(self) -> None: ...


def samples(found: SampleIndex, source: Bytes, row: int = 0) -> list[StoredSample]:
    return list(IndexStream(found, row, lambda number: source, True, lambda: True))


# -- where to begin ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "row"), [(-5, 0), (0, 0), (99, 0), (100, 1), (350, 3), (10_000, 5)])
def test_where_every_sample_will_do(start: int, row: int) -> None:
    assert first_row(index(), start) == row
    assert first_row(index(sync=[True] * 6), start) == row
    assert first_row(index(partial_sync=[False, False, True, False, False, False]), start) == row


def test_nothing_to_begin_with() -> None:
    assert first_row(index(0), 5) == 0


def test_before_the_first_one_shown_that_one_is_meant() -> None:
    late = index(3, composition=[200, 0, 0], sync=[True, True, True])
    assert late.presentation_order.tolist() == [1, 0, 2]
    assert first_row(late, 0) == 1


@pytest.mark.parametrize(("distance", "row"), [(-1, 3), (-2, 2), (-9, 0), (0, 4)])
def test_sound_that_needs_packets_before(distance: int, row: int) -> None:
    assert first_row(index(roll_distance=distance), 400) == row


def test_a_random_access_point_and_packets_before() -> None:
    found = index(sync=[True, False, True, False, False, False], roll_distance=-1)
    assert [first_row(found, start) for start in (500, 400, 300, 200, 100)] == [2, 2, 2, 0, 0]


def test_partial_sync_samples_add_to_the_others() -> None:
    found = index(sync=[True, *[False] * 5], partial_sync=[False, False, False, True, False, False])
    assert [first_row(found, start) for start in (500, 300, 299)] == [3, 3, 0]


def test_no_random_access_point_at_all() -> None:
    assert first_row(index(sync=[False] * 6), 500) == 0


# -- what is read together ---------------------------------------------------------------------------------------------


def test_neighbours_are_read_at_once_and_cut_apart() -> None:
    source = Bytes()
    found = samples(index(), source)
    assert source.reads == [(0, 60)]
    assert [sample.data for sample in found] == [DATA[start : start + 10] for start in range(0, 60, 10)]
    assert [(sample.row, sample.offset) for sample in found] == [(row, row * 10) for row in range(6)]


@pytest.mark.parametrize(
    ("offsets", "reads"),
    [
        ([0, 10, 4000, 20_000, 20_010, 20_020], [(0, 4010), (20_000, 30)]),
        ([50, 40, 30, 20, 10, 0], [(50, 10), (40, 10), (30, 10), (20, 10), (10, 10), (0, 10)]),
        ([0, 5, 10, 20, 30, 40], [(0, 10), (5, 10), (10, 40)]),  # they overlap
        ([7, 7, 7, 7, 7, 7], [(7, 10)] * 6),
    ],
)
def test_gaps_steps_back_and_overlaps(offsets: list[int], reads: list[tuple[int, int]]) -> None:
    source = Bytes()
    found = samples(index(offsets=offsets), source)
    assert source.reads == reads
    assert [sample.data for sample in found] == [DATA[start : start + 10] for start in offsets]


def test_samples_in_another_file_are_read_from_there() -> None:
    sources = [Bytes(), Bytes(b"x" * 100, "another")]
    found = index(descriptions=[0, 0, 1, 1, 0, 0])
    read = list(IndexStream(found, 0, lambda number: sources[number], True, lambda: True))
    assert [sample.data for sample in read[2:4]] == [b"x" * 10] * 2
    assert [sample.description for sample in read] == [0, 0, 1, 1, 0, 0]
    assert (sources[0].reads, sources[1].reads) == ([(0, 20), (40, 20)], [(20, 20)])


def test_without_data_no_source_is_asked_for() -> None:
    def none(number: int) -> Any:
        raise AssertionError(number)

    found = list(IndexStream(index(descriptions=[3] * 6), 2, none, False, lambda: True))
    assert [(sample.data, sample.row) for sample in found] == [(None, row) for row in range(2, 6)]


def test_what_tables_say_of_each_sample() -> None:
    found = index(
        composition=[0, 200, 0, 0, 0, 0],
        sync=[True, *[False] * 5],
        partial_sync=[False, True, *[False] * 4],
        dependencies=[0x20, 0x14, 0, 0, 0, 0],
        counts=[5, 4, 1, 1, 1, 1],
    )
    first, second, *_ = samples(found, Bytes())
    assert (first.decode, first.presentation, first.is_sync, first.partial_sync, first.count) == (0, 0, True, False, 5)
    assert (second.presentation, second.is_sync, second.partial_sync, second.dependencies) == (300, False, True, 0x14)


# -- what cannot be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offsets", [[0, 10, 95], [0, 10, 100], [0, 10, 1 << 61]])
def test_what_lies_before_the_cut_comes_first(offsets: list[int]) -> None:
    stream = iter(IndexStream(index(3, offsets=offsets), 0, lambda number: Bytes(DATA[:100]), True, lambda: True))
    assert [next(stream).row, next(stream).row] == [0, 1]
    with pytest.raises(InvalidMediaError, match="sample 3 "):
        next(stream)


def test_a_sample_before_the_beginning() -> None:
    with pytest.raises(InvalidMediaError, match="sample 1 "):
        samples(index(1, offsets=[-5]), Bytes())


def test_a_source_that_shrank() -> None:
    source = Bytes(DATA[:25])
    source.size = 60
    with pytest.raises(InvalidMediaError, match="sample 3 "):
        samples(index(), source)


def test_empty_samples_cost_no_bytes() -> None:
    found = samples(index(3, sizes=[0, 10, 0], offsets=[0, 0, 10]), Bytes(DATA[:10]))
    assert [sample.data for sample in found] == [b"", DATA[:10], b""]


def test_the_file_may_be_closed_between_groups() -> None:
    is_open = iter([True, False])
    stream = iter(IndexStream(index(offsets=range(0, 60_000, 10_000)), 0, lambda _: Bytes(bytes(60_000)), True,
                              lambda: next(is_open)))  # fmt: skip
    assert next(stream).row == 0
    with pytest.raises(InvalidMediaError, match="was closed"):
        next(stream)
