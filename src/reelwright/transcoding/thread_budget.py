"""One number of threads, divided among encoders that work side by side: none takes the whole machine for itself."""

from __future__ import annotations

import os
from collections.abc import Sequence

from reelwright.model.errors import InvalidArgumentError

__all__ = ["divided_threads"]


def divided_threads(budget: int, weights: Sequence[int]) -> list[int]:
    """Encoder threads by how much there is to do, at least one for each.

    Args:
        budget: threads in all; 0 for as many as this process has cores. weights: for example pixels a second.

    Raises:
        InvalidArgumentError: a budget that is no number of threads.

    >>> divided_threads(8, [1920 * 1080, 1280 * 720, 640 * 360])
    [4, 3, 1]
    """
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 0:
        raise InvalidArgumentError(f"{budget!r} is no number of threads.", hint="Use 0 for one for each core.")
    left = (budget or _cores()) - len(weights)
    if left <= 0:
        return [1] * len(weights)
    shares = [left * weight / (sum(weights) or 1) for weight in weights]
    found = [1 + int(share) for share in shares]
    by_need = sorted(range(len(weights)), key=lambda index: int(shares[index]) - shares[index])
    for index in by_need[: left - sum(map(int, shares))]:
        found[index] += 1
    return found


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
