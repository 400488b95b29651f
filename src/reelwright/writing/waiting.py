"""Chunks that wait for their turn, as plain bytes: a record each of eleven numbers, the columns that vary, the payload.

Records live for one film in one process, so numbers lie there as this machine has them. Packed, a chunk costs no Python
object and may wait on disk as well as in memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from reelwright.containers.movie import Buffer, Chunk
from reelwright.storage.spill import SpillQueue

__all__ = ["pack", "record_size", "unpack"]

_COLUMNS = ("sizes", "durations", "offsets", "flags")
_NUMBERS = 7 + len(_COLUMNS)
_WIDTH = array("q").itemsize
_LOW = (1 << 62) - 1  # a decode time takes two numbers: 64-bit times in a finer scale outgrow one


def record_size(chunk: Chunk) -> int:
    """Bytes of the chunk's record."""
    columns = sum(not isinstance(getattr(chunk, name), int) for name in _COLUMNS)
    return (_NUMBERS + columns * chunk.count) * _WIDTH + chunk.payload_size


def pack(chunk: Chunk, queue: SpillQueue) -> None:
    """Put a chunk's record at the end of a queue; its bytes are copied."""
    many, values, columns = 0, [], list[Buffer]()
    for bit, name in enumerate(_COLUMNS):
        column: Sequence[int] | int = getattr(chunk, name)
        if isinstance(column, int):
            values.append(column)
        else:
            many |= 1 << bit
            values.append(0)
            columns.append(memoryview(array("q", column)).cast("B"))
    high, low = chunk.decode >> 62, chunk.decode & _LOW
    head = array("q", (chunk.description, chunk.timescale, chunk.count, high, low, chunk.payload_size, many, *values))
    queue.write(head, *columns, *chunk.payload)


def unpack(queue: SpillQueue) -> Chunk:
    """Take the first chunk out of a queue."""
    description, timescale, count, high, low, size, many, *values = _numbers(queue, _NUMBERS)
    columns: list[Sequence[int] | int] = [
        _numbers(queue, count) if many >> bit & 1 else value for bit, value in enumerate(values)
    ]
    sizes, durations, offsets, flags = columns
    return Chunk(
        description=description,
        timescale=timescale,
        payload=[queue.read(size)],
        count=count,
        sizes=sizes,
        decode=high << 62 | low,
        durations=durations,
        offsets=offsets,
        flags=flags,
    )


def _numbers(queue: SpillQueue, count: int) -> array[int]:
    numbers = array("q")
    numbers.frombytes(queue.read(count * _WIDTH))
    return numbers
