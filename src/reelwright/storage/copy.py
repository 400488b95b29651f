"""Moving bytes: making room inside what is written, and copying one medium's bytes to another.

Room is made in place, from the back, in blocks that stay in the processor's cache. Measured with 1.5 GB on ext4 this
takes 0.2 s while the file is cached (2 s cold), a second file filled by ``copy_file_range`` 2.5 to 4.8 s (2 to 2.5 s
cold) and twice the disk; so there is neither a second file nor a kernel copy here, and nothing to fall back from. Where
the file system can do without moving anything (``insert_range``), this is what remains for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["RandomAccess", "SequentialWriter", "copy_everything", "copy_range", "move_up"]

BLOCK = 1 << 20
"""Bytes moved per step; 16 MiB took twice as long, 256 KiB a third longer."""


class SequentialWriter(Protocol):
    """Anything bytes can be put into at an offset."""

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None: ...


class RandomAccess(SequentialWriter, Protocol):
    """Anything whose bytes can also be read back."""

    def read_into(self, offset: int, view: memoryview) -> None: ...


def move_up(store: RandomAccess, start: int, end: int, distance: int) -> None:
    """Move the bytes from *start* to *end* up by *distance*, which leaves as much room at *start*."""
    # Room first: a full disk shows before anything has moved, and no file object is asked to write beyond its end.
    zeros = memoryview(bytes(min(BLOCK, distance)))
    for done in range(0, distance, BLOCK):
        store.write_at(end + done, [zeros[: distance - done]])
    block = memoryview(bytearray(min(BLOCK, end - start)))
    # From the back: every block lands on bytes that have moved already, whatever the distance.
    while end > start:
        piece = block[: min(BLOCK, end - start)]
        end -= piece.nbytes
        store.read_into(end, piece)
        store.write_at(end + distance, [piece])


def copy_everything(source: RandomAccess, target: SequentialWriter, length: int) -> None:
    """Copy the first *length* bytes of *source* to the same place in *target*."""
    copy_range(source, 0, length, target, 0)


def copy_range(source: RandomAccess, start: int, end: int, target: SequentialWriter, place: int) -> None:
    """Copy the bytes of *source* from *start* to *end* to *place* in *target*."""
    block = memoryview(bytearray(min(BLOCK, end - start)))
    for offset in range(start, end, BLOCK):
        piece = block[: min(BLOCK, end - offset)]
        source.read_into(offset, piece)
        target.write_at(place + offset - start, [piece])
