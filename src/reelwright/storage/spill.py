"""Queues of bytes that wait for their place in a film: in memory up to a budget, in one scratch file beyond it.

A queue is a log that is written at its end and read from its front, in blocks. A block that is full stays in memory
while the budget lasts, else it goes to a free slot of the file; a slot that was read is free again. So neither memory
nor the file ever grows beyond what really waits, and nothing but a number is kept for a block on disk.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Any

from reelwright.storage.address import as_folder, as_path
from reelwright.storage.scratch import ScratchFile

__all__ = ["BLOCK", "BUDGET", "Spill", "SpillQueue", "spill_folder"]

BUDGET = 64 << 20
"""Bytes of full blocks kept in memory, of all queues together."""

BLOCK = 1 << 18
"""Bytes moved per step. Every queue has up to two blocks of its own in memory besides the budget."""


class Spill:
    """The memory and the file that queues share. Nothing is created before the budget is used up. Not thread-safe.

    Args:
        folder: where the scratch file goes; None for the system's folder.
        limit: the most bytes the file may take; None for what the disk holds.
        budget: bytes kept in memory.

    Attributes:
        peak: the most bytes that lay in the file at a time.

    >>> with Spill(None, limit=None) as spill:
    ...     queue = spill.queue()
    ...     queue.write(b"first", b"second")
    ...     bytes(queue.read(5)), queue.length
    (b'first', 6)
    """

    def __init__(self, folder: str | None, *, limit: int | None, budget: int = BUDGET) -> None:
        self._folder = folder
        self._most_in_memory = budget // BLOCK
        self._most_on_disk = None if limit is None else limit // BLOCK
        self._in_memory = 0  # blocks
        self._slots = 0  # blocks of the file, used or free
        self._free: list[int] = []
        self._file: ScratchFile | None = None
        self.peak = 0

    def queue(self) -> SpillQueue:
        """A new, empty queue."""
        return SpillQueue(self)

    def has_room(self, length: int) -> bool:
        """Whether any queue may be given as many bytes without the file growing beyond its limit."""
        if self._most_on_disk is None:
            return True
        free = self._most_in_memory - self._in_memory + self._most_on_disk - self.used_slots
        return length // BLOCK + 1 <= free

    @property
    def used_slots(self) -> int:
        """Blocks that lie in the file now."""
        return self._slots - len(self._free)

    def put(self, block: bytearray) -> bytearray | int:
        """Keep a full block; returns the block itself, or the number of its slot."""
        if self._in_memory < self._most_in_memory:
            self._in_memory += 1
            return block
        if self._file is None:
            self._file = ScratchFile(self._folder)
        slot = self._free[-1] if self._free else self._slots
        with memoryview(block) as view:
            self._file.write_at(slot * BLOCK, [view])
        if self._free:
            self._free.pop()
        else:
            self._slots += 1
        self.peak = max(self.peak, self.used_slots * BLOCK)
        return slot

    def take(self, kept: bytearray | int) -> bytearray:
        """The block that ``put`` kept, which is then forgotten."""
        if not isinstance(kept, int):
            self._in_memory -= 1
            return kept
        assert self._file is not None
        block = bytearray(BLOCK)
        with memoryview(block) as view:
            self._file.read_into(kept * BLOCK, view)
        self._free.append(kept)
        return block

    def close(self) -> None:
        """Delete the file; queues must not be used any more. May be repeated."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SpillQueue:
    """Bytes, first in, first out; made by :meth:`Spill.queue`.

    Attributes:
        length: bytes that can be read.

    Errors of the disk are those of :class:`ScratchFile`.
    """

    __slots__ = ("_front", "_front_at", "_middle", "_spill", "_tail", "length")

    def __init__(self, spill: Spill) -> None:
        self._spill = spill
        self._front = memoryview(b"")  # a block that is being read, from _front_at on
        self._front_at = 0
        self._middle: deque[bytearray | int] = deque()  # full blocks
        self._tail = bytearray()
        self.length = 0

    def write(self, *buffers: Any) -> None:
        """Add bytes at the end; they are copied."""
        for buffer in buffers:
            view = memoryview(buffer)
            view = view if view.format == "B" and view.ndim == 1 else view.cast("B")
            while view.nbytes:
                part = view[: BLOCK - len(self._tail)]
                self._tail += part
                self.length += part.nbytes
                view = view[part.nbytes :]
                if len(self._tail) == BLOCK:
                    self._middle.append(self._spill.put(self._tail))
                    self._tail = bytearray()

    def read(self, length: int) -> memoryview:
        """Take bytes from the front, all that are asked for."""
        assert length <= self.length, "more was read than written"
        end = self._front_at + length
        if end <= self._front.nbytes:
            taken, self._front_at = self._front[self._front_at : end], end
        else:
            taken = self._gathered(length)
        self.length -= length
        return taken

    def _gathered(self, length: int) -> memoryview:
        """Bytes that lie in more than one block."""
        gathered = bytearray()
        while True:
            part = self._front[self._front_at : self._front_at + length - len(gathered)]
            gathered += part
            self._front_at += part.nbytes
            if len(gathered) == length:
                return memoryview(gathered)
            self._next_block()

    def _next_block(self) -> None:
        if self._middle:
            block = self._spill.take(self._middle.popleft())
        else:
            block, self._tail = self._tail, bytearray()
        self._front, self._front_at = memoryview(block), 0


def spill_folder(target: Any, temporary_directory: str | os.PathLike[Any] | None) -> str | None:
    """Where bytes that wait for their place in a film are to go: the folder that was asked for, else the output's own,
    which has room for a film; None (the system's folder for temporary files) for a file object.

    Raises:
        InvalidArgumentError: as :func:`~reelwright.storage.address.as_path`.
    """
    if temporary_directory is not None or not isinstance(target, str | os.PathLike):
        return as_folder(temporary_directory)
    return os.path.dirname(os.path.realpath(as_path(target)))
