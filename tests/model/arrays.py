"""Arrays of other libraries that can do no more than one protocol asks."""

from __future__ import annotations

from typing import Any

import numpy as np


class Shapeless:
    """DLPack and nothing else, as the protocol promises."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # the processor

    def __dlpack__(self, **given: Any) -> Any:
        return self._array.__dlpack__(**given)


class Convertible:
    """``__array__`` and nothing else."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._array


class Stored(Convertible):
    """An array in a file: numpy could read all of it, but it can be gone through."""

    def __iter__(self) -> Any:
        return iter(self._array)
