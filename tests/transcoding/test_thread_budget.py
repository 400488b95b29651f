"""One budget of threads for all encoders."""

from __future__ import annotations

import os

import pytest

from reelwright.model.errors import InvalidArgumentError
from reelwright.transcoding.thread_budget import divided_threads


@pytest.mark.parametrize(
    ("budget", "weights", "shares"),
    [
        (8, [1920 * 1080, 1280 * 720, 640 * 360], [4, 3, 1]),
        (2, [5, 3, 1], [1, 1, 1]),
        (16, [7], [16]),
        (6, [1, 1, 1], [2, 2, 2]),
        (5, [0, 0], [1, 4]),
    ],
)
def test_shares_follow_the_work(budget: int, weights: list[int], shares: list[int]) -> None:
    found = divided_threads(budget, weights)
    assert min(found) >= 1
    if sum(weights):
        assert found == shares
        assert sum(found) == max(budget, len(weights))


def test_none_stands_for_the_cores() -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert divided_threads(0, [1]) == [cores]


@pytest.mark.parametrize("budget", [-1, 1.5, True, "4"])
def test_what_is_no_number_is_refused(budget: int) -> None:
    with pytest.raises(InvalidArgumentError, match="no number of threads"):
        divided_threads(budget, [1])
