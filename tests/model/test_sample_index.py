"""Columns of samples: which row is shown when, and from which it can be decoded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reelwright.model.sample_index import SampleIndex


def index(decode: list[int], duration: int = 10, **columns: Any) -> SampleIndex:
    count = len(decode)
    made = {name: np.array(column) for name, column in columns.items()}
    plain = {"offsets": np.arange(count) * 100, "sizes": np.full(count, 100), "durations": np.full(count, duration)}
    return SampleIndex(time_scale=100, decode=np.array(decode, np.int64), **{**plain, **made})


# Decoded I P B B, shown I B B P.
REORDERED = index([0, 10, 20, 30], composition=[10, 30, 0, 0], sync=[True, False, False, False])


def test_no_samples() -> None:
    empty = index([])
    assert (len(empty), empty.sample_count, empty.total_bytes, empty.end) == (0, 0, 0, 0)
    assert empty.row_shown_at(0) is None
    assert empty.presentation_order.tolist() == []
    assert empty.sync_rows.tolist() == []


def test_counts_and_bytes() -> None:
    assert (len(REORDERED), REORDERED.sample_count, REORDERED.total_bytes) == (4, 4, 400)
    runs = index([0, 480], counts=[480, 20], sizes=[1920, 80])
    assert (len(runs), runs.sample_count, runs.total_bytes) == (2, 500, 2000)


def test_presentation_is_decode_time_and_composition_offset() -> None:
    assert REORDERED.presentation.tolist() == [10, 40, 20, 30]
    assert REORDERED.presentation_order.tolist() == [0, 2, 3, 1]
    assert REORDERED.end == 50
    plain = index([0, 10])
    assert plain.presentation is plain.decode


@pytest.mark.parametrize(
    ("ticks", "row"), [(9, None), (10, 0), (19, 0), (20, 2), (30, 3), (39, 3), (40, 1), (49, 1), (1 << 40, 1)]
)
def test_what_is_shown_when(ticks: int, row: int | None) -> None:
    assert REORDERED.row_shown_at(ticks) == row


def test_negative_presentation_times() -> None:
    early = index([0, 10], composition=[-5, -5])
    assert early.row_shown_at(-6) is None
    assert [early.row_shown_at(ticks) for ticks in (-5, 4, 5)] == [0, 0, 1]
    assert early.end == 15


def test_of_two_shown_at_once_the_later_one_covers_the_other() -> None:
    assert index([0, 10, 10, 20]).row_shown_at(10) == 2


@pytest.mark.parametrize("composition", [None, [0, 0, 0, 0]])
def test_decode_times_that_go_back(composition: list[int] | None) -> None:
    """Fragments may say so."""
    columns = {} if composition is None else {"composition": composition}
    found = index([100, 110, 0, 10], **columns)
    assert found.presentation_order.tolist() == [2, 3, 0, 1]
    assert [found.row_shown_at(ticks) for ticks in (0, 15, 99, 100, 115)] == [2, 3, 3, 0, 1]
    assert found.end == 120


@pytest.mark.parametrize(
    ("sync", "expected"),
    [
        (None, [0, 1, 2, 3]),
        ([True, False, True, False], [0, 0, 2, 2]),
        ([False, False, True, False], [0, 0, 2, 2]),
        ([False, False, False, False], [0, 0, 0, 0]),
        ([True, True, True, True], [0, 1, 2, 3]),
    ],
)
def test_where_decoding_can_start(sync: list[bool] | None, expected: list[int]) -> None:
    found = index([0, 10, 20, 30], **({} if sync is None else {"sync": sync}))
    assert [found.sync_before(row) for row in range(4)] == expected


def test_rows_where_decoding_can_start() -> None:
    assert index([0, 10, 20]).sync_rows.tolist() == [0, 1, 2]
    assert REORDERED.sync_rows.tolist() == [0]


def test_the_end_is_that_of_the_last_shown_not_of_the_last_decoded() -> None:
    assert index([0, 10, 20], composition=[0, 50, 0]).end == 70
    assert index([0, 10], durations=[500, 10]).end == 500
