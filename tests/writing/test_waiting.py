"""Chunks as records and back."""

from __future__ import annotations

from array import array
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelwright.containers.movie import Chunk
from reelwright.storage.spill import Spill
from reelwright.writing.waiting import pack, record_size, unpack

numbers = st.integers(-(1 << 40), 1 << 40)


def columns(count: int) -> st.SearchStrategy[Any]:
    many = st.lists(numbers, min_size=count, max_size=count)
    return numbers | many | many.map(lambda values: array("q", values))


@st.composite
def chunks(draw: st.DrawFn) -> Chunk:
    count = draw(st.integers(1, 5))
    return Chunk(
        description=draw(st.integers(1, 9)),
        timescale=draw(st.integers(1, (1 << 31) - 1)),
        payload=draw(st.lists(st.binary(max_size=9), max_size=3)),
        count=count,
        sizes=draw(columns(count)),
        decode=draw(st.integers(-(1 << 94), 1 << 94)),
        durations=draw(columns(count)),
        offsets=draw(columns(count)),
        flags=draw(columns(count)),
    )


def facts(chunk: Chunk) -> Any:
    many = (chunk.sizes, chunk.durations, chunk.offsets, chunk.flags)
    plain = [column if isinstance(column, int) else list(column) for column in many]
    return chunk.description, chunk.timescale, chunk.count, chunk.decode, plain, b"".join(chunk.payload)


@given(st.lists(chunks(), max_size=4))
def test_what_comes_out_is_what_went_in(given: list[Chunk]) -> None:
    queue = Spill(None, limit=None).queue()
    for chunk in given:
        before = queue.length
        pack(chunk, queue)
        assert queue.length - before == record_size(chunk)
    assert [facts(unpack(queue)) for _ in given] == [facts(chunk) for chunk in given]
    assert queue.length == 0
