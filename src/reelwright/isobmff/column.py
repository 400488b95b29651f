"""Columns of whole numbers, one for each sample, that stay small while a film grows for hours.

A column is written from left to right and never changed: values that repeat become one (count, value) pair, the rest is
kept in blocks of the narrowest integers that hold it. No Python object outlives the chunk that brought it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Column", "ColumnTail", "Integers", "change_points", "side_by_side"]

Integers = npt.NDArray[np.integer]

_BLOCK = 1 << 14
"""Values collected as they are before they are packed."""

_LONG_RUN = 256
"""A repetition from this length on gets a block of its own; a shorter one costs less among its neighbours."""

_WIDTHS = tuple(np.dtype(code) for code in ("u1", "i1", "u2", "i2", "u4", "i4", "i8"))


class Column:
    """An append-only column of integers.

    >>> column = Column()
    >>> column.append(512, 3)
    >>> column.append([512, 1024], 2)
    >>> [(counts.tolist(), values.tolist()) for counts, values in column.run_blocks()]
    [([4], [512]), ([1], [1024])]

    Attributes:
        length: how many values there are.
        low, high: the smallest and the largest of them; 0 while there are none.
    """

    __slots__ = ("_blocks", "_literals", "_run_length", "_run_value", "high", "length", "low")

    def __init__(self) -> None:
        self._blocks: list[tuple[Integers | None, Integers]] = []  # (counts, values); counts None: each value once
        self._literals: array[int] = array("q")  # behind the blocks
        self._run_value = 0  # behind the literals
        self._run_length = 0
        self.length = 0
        self.low = 0
        self.high = 0

    def append(self, values: int | Sequence[int], count: int) -> None:
        """Add ``count`` values: one number for all of them, or one each."""
        if not count:
            return
        if isinstance(values, int):
            if values == self._run_value and self._run_length:  # by far the most frequent case
                self._run_length += count
                self.length += count
                return
            low = high = int(values)
        else:
            low, high = min(values), max(values)
        if isinstance(values, int) or low == high:
            self._repeat(low, count)
        else:
            self._extend(values)
        self.low = min(self.low, low) if self.length else low
        self.high = max(self.high, high) if self.length else high
        self.length += count

    def _repeat(self, value: int, count: int) -> None:
        if self._run_length and value != self._run_value:
            self._close_run()
        self._run_value = value
        self._run_length += count

    def _extend(self, values: Sequence[int]) -> None:
        self._close_run()
        self._literals.extend(values)
        if len(self._literals) >= _BLOCK:
            self._pack_literals()

    def _close_run(self) -> None:
        length, self._run_length = self._run_length, 0
        if length >= _LONG_RUN:
            self._pack_literals()
            self._blocks.append((np.array([length]), _narrow(np.array([self._run_value]))))
        elif length:
            self._literals.extend([self._run_value] * length)
            if len(self._literals) >= _BLOCK:
                self._pack_literals()

    def _pack_literals(self) -> None:
        if self._literals:
            self._blocks.append(_pack(np.frombuffer(self._literals, np.int64)))
            self._literals = array("q")

    def multiply(self, factor: int) -> None:
        """Replace every value by ``factor`` times itself (a larger time scale has come)."""
        self._blocks = [(counts, _narrow(values.astype(np.int64) * factor)) for counts, values in self._blocks]
        self._literals = array("q", (value * factor for value in self._literals))
        self._run_value *= factor
        self.low *= factor
        self.high *= factor

    @property
    def bounds(self) -> tuple[int, int]:
        return self.low, self.high

    @property
    def constant(self) -> int | None:
        """The one value that the whole column repeats, or None; an empty column repeats 0."""
        return self.low if self.low == self.high else None

    @property
    def nbytes(self) -> int:
        """Bytes that the values take."""
        packed = sum(values.nbytes + (0 if counts is None else counts.nbytes) for counts, values in self._blocks)
        return packed + self._literals.itemsize * len(self._literals)

    def run_blocks(self) -> Iterator[tuple[Integers, Integers]]:
        """The whole column as counts and values, neighbours all different (int64): in pieces of bounded size, none of
        them empty."""
        counts = values = np.empty(0, np.int64)  # the last run, which may go on
        for many, part in self._parts():
            starts = change_points(part)
            lengths = np.diff(starts, append=part.size) if many is None else np.add.reduceat(many, starts)
            counts = np.concatenate([counts, lengths.astype(np.int64)])
            values = np.concatenate([values, part[starts].astype(np.int64)])
            joined = counts.size - lengths.size  # 1 behind the first block
            if joined and values[0] == values[1]:
                counts[1] += counts[0]
                counts, values = counts[1:], values[1:]
            if counts.size > 1:
                yield counts[:-1], values[:-1]
            counts, values = counts[-1:], values[-1:]
        if counts.size:
            yield counts, values

    def expand(self) -> Integers:
        """The whole column, one element a sample, in the narrowest type that the blocks have in common."""
        parts = list(self.blocks())
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def blocks(self) -> Iterator[Integers]:
        """The same in pieces of bounded size, none of them empty, in types that differ."""
        for many, part in self._parts():
            if many is None:
                yield part
            elif part.size > 1:
                yield np.repeat(part, many)
            else:
                for done in range(0, int(many[0]), _BLOCK):
                    yield np.repeat(part, min(_BLOCK, int(many[0]) - done))

    def tail(self, start: int) -> ColumnTail:
        """The values from one of them on; what comes before costs next to nothing."""
        parts: list[tuple[Integers | None, Integers]] = []
        known = self.length
        for part in reversed(self._parts()):
            if known <= start:
                break
            parts.append(part)
            known -= part[1].size if part[0] is None else int(part[0].sum())
        tail = ColumnTail(parts)
        tail.take(start - known)
        return tail

    def _parts(self) -> list[tuple[Integers | None, Integers]]:
        parts = list(self._blocks)
        if self._literals:
            # A copy, since an array cannot grow while numpy looks at its memory.
            parts.append((None, _narrow(np.array(self._literals, np.int64))))
        if self._run_length:
            parts.append((np.array([self._run_length]), _narrow(np.array([self._run_value]))))
        return parts


class ColumnTail:
    """Values of a column from left to right, as many at a time as are asked for.

    >>> column = Column()
    >>> column.append(512, 3)
    >>> column.append([512, 1024], 2)
    >>> tail = column.tail(1)
    >>> tail.take(3), tail.take(1)
    (512, 1024)

    Args:
        parts: as the column has them, the last one first.
    """

    def __init__(self, parts: list[tuple[Integers | None, Integers]]) -> None:
        self._parts = parts
        self._run = 0, 0  # how many of what: the rest of a repetition
        self._values: Integers = np.empty(0, np.int64)  # the rest of a block

    def take(self, count: int) -> int | Integers:
        """The next values, which must be there: one number where they are all the same, else one each (int64)."""
        taken: list[tuple[int, int | Integers]] = []
        left = count
        while left:
            self._fill()
            taken.append(self._next(left))
            left -= taken[-1][0]
        same = {value if isinstance(value, int) else None for _, value in taken}
        first = same.pop() if same else 0
        if not same and first is not None:
            return first
        values = np.empty(count, np.int64)
        done = 0
        for many, part in taken:
            values[done : done + many] = part
            done += many
        return int(values[0]) if (values == values[0]).all() else values

    def _next(self, most: int) -> tuple[int, int | Integers]:
        length, value = self._run
        if length:
            many = min(length, most)
            self._run = length - many, value
            return many, value
        part, self._values = self._values[:most], self._values[most:]
        return part.size, part

    def _fill(self) -> None:
        if self._run[0] or self._values.size:
            return
        counts, values = self._parts.pop()
        if counts is None:
            self._values = values
        elif counts.size == 1:
            self._run = int(counts[0]), int(values[0])
        else:
            self._values = np.repeat(values, counts)


def change_points(*columns: Integers) -> Integers:
    """Indices at which any of the columns (all of one length, not empty) differs from the element before, and 0."""
    changed = np.zeros(columns[0].size, np.bool_)
    changed[0] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changed)


def side_by_side(*columns: Column) -> Iterator[tuple[Integers, ...]]:
    """Columns of one length, in pieces that belong together."""
    sources = [column.blocks() for column in columns]
    rest: list[Integers] = [np.empty(0, np.int64) for _ in columns]
    while True:
        for number, source in enumerate(sources):
            if not rest[number].size:
                rest[number] = next(source, rest[number])
        size = min(part.size for part in rest)
        if not size:
            return
        yield tuple(part[:size] for part in rest)
        rest = [part[size:] for part in rest]


def _pack(values: Integers) -> tuple[Integers | None, Integers]:
    """Values as runs where that is smaller, else as they are; both narrow."""
    starts = change_points(values)
    whole = _narrow(values)
    if starts.size * (4 + whole.itemsize) >= whole.nbytes:
        return None, whole
    counts = np.diff(starts, append=values.size)
    return counts.astype(np.uint32), whole[starts]


def _narrow(values: Integers) -> Integers:
    low, high = int(values.min()), int(values.max())
    for width in _WIDTHS:
        if np.iinfo(width).min <= low and high <= np.iinfo(width).max:
            return values.astype(width)
    raise AssertionError("int64 holds every value a column takes")
