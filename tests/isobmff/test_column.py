"""Columns of numbers against plain lists."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.isobmff import column as column_module
from reelwright.isobmff.column import Column, change_points, side_by_side

values = st.integers(-(1 << 40), 1 << 40) | st.integers(0, 3)
pieces = st.lists(st.lists(values, min_size=1, max_size=12) | st.tuples(values, st.integers(1, 700)), max_size=12)


def build(parts: list[list[int] | tuple[int, int]]) -> tuple[Column, list[int]]:
    column, plain = Column(), list[int]()
    for part in parts:
        if isinstance(part, tuple):
            column.append(part[0], part[1])
            plain += [part[0]] * part[1]
        else:
            column.append(part, len(part))
            plain += part
    return column, plain


def runs(column: Column) -> list[tuple[int, int]]:
    """Counts and values, in pieces that are never empty."""
    blocks = list(column.run_blocks())
    assert all(counts.size for counts, _ in blocks)
    return [run for counts, found in blocks for run in zip(counts.tolist(), found.tolist(), strict=True)]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few values, so that short columns have many."""
    monkeypatch.setattr(column_module, "_BLOCK", 16)


@given(pieces)
def test_a_column_holds_what_a_list_holds(parts: list[list[int] | tuple[int, int]]) -> None:
    column, plain = build(parts)
    assert column.length == len(plain)
    assert column.expand().tolist() == plain
    assert (column.low, column.high) == ((min(plain), max(plain)) if plain else (0, 0))
    assert column.constant == (plain[0] if len(set(plain)) == 1 else None if plain else 0)


@given(pieces)
def test_runs_are_maximal_and_complete(parts: list[list[int] | tuple[int, int]]) -> None:
    column, plain = build(parts)
    found = runs(column)
    assert [value for count, value in found for _ in range(count)] == plain
    assert all(one[1] != other[1] for one, other in pairwise(found))
    assert all(count > 0 for count, _ in found)


@given(pieces, st.integers(2, 100), pieces)
def test_multiplication_reaches_every_value(
    before: list[list[int] | tuple[int, int]], factor: int, after: list[list[int] | tuple[int, int]]
) -> None:
    column, plain = build(before)
    column.multiply(factor)
    plain = [value * factor for value in plain]
    for part in after:
        if isinstance(part, tuple):
            column.append(part[0], part[1])
            plain += [part[0]] * part[1]
        else:
            column.append(part, len(part))
            plain += part
    assert column.expand().tolist() == plain
    assert (column.low, column.high) == ((min(plain), max(plain)) if plain else (0, 0))


def test_repetition_costs_nothing() -> None:
    column = Column()
    for _ in range(1000):
        column.append(4, 48000)
    assert column.length == 48_000_000
    assert column.nbytes == 0
    assert runs(column) == [(48_000_000, 4)]


@pytest.mark.parametrize(("largest", "width"), [(255, 1), (65535, 2), (1 << 20, 4), ((1 << 32) - 1, 4)])
def test_values_are_kept_as_narrow_as_they_are(largest: int, width: int) -> None:
    column = Column()
    rng = np.random.default_rng(1)
    for _ in range(1000):
        column.append([*rng.integers(0, largest, 31, endpoint=True).tolist(), largest], 32)
    assert column.nbytes <= 32_000 * width + 16 * 8


def test_nothing_appended_changes_nothing() -> None:
    column = Column()
    column.append(7, 0)
    column.append([], 0)
    assert (column.length, column.low, column.high) == (0, 0, 0)


def test_change_points_of_several_columns() -> None:
    first, second = np.array([1, 1, 2, 2, 2]), np.array([1, 1, 1, 1, 9])
    assert change_points(first, second).tolist() == [0, 2, 4]


@given(pieces)
def test_blocks_are_the_column_in_pieces(parts: list[list[int] | tuple[int, int]]) -> None:
    column, plain = build(parts)
    blocks = list(column.blocks())
    assert [value for block in blocks for value in block.tolist()] == plain
    assert all(0 < block.size < 16 + max(12, 255) for block in blocks), "a block and what completed it"


@given(pieces, st.randoms())
def test_columns_side_by_side(parts: list[list[int] | tuple[int, int]], random: Random) -> None:
    first, plain = build(parts)
    other_plain = [random.choice((0, 0, 0, 7)) for _ in plain]
    second = Column()
    for value in other_plain:
        second.append(value, 1)
    rows = [row for pair in side_by_side(first, second) for row in zip(*(part.tolist() for part in pair), strict=True)]
    assert rows == list(zip(plain, other_plain, strict=True))


def test_empty_columns_side_by_side() -> None:
    assert list(side_by_side(Column(), Column())) == []


def test_a_column_is_taken_from_any_place_on() -> None:
    column, kept = Column(), []
    for number in range(60):
        values = [number % 5] * (700 if number % 4 == 0 else 3) + [number * 1000, -number]
        column.append(values, len(values))
        kept += values
    for start in (0, 1, 699, 700, 705, len(kept) - 1, len(kept)):
        tail = column.tail(start)
        found: list[int] = []
        for size in (1, 2, 700, 3):
            size = min(size, len(kept) - start - len(found))
            taken = tail.take(size)
            found += [taken] * size if isinstance(taken, int) else taken.tolist()
            assert found == kept[start : start + len(found)]
