"""What a destination writes into: the few calls that a file, a file object and later kinds of place have in common.

A medium knows offsets and bytes, nothing of what was promised to the caller; it may raise any ``OSError``, which the
destination turns into the library's own. Offsets count from the start of the film, wherever that lies in the medium.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from reelwright.storage.journal import Journal

__all__ = ["Medium"]


class Medium(Protocol):
    """A place for bytes; in order: ``open``, reads and writes, ``settle``, ``finish``; or ``abandon`` at any time."""

    path: str | None
    """The final name as given, None for file objects."""
    display_name: str
    """How messages name the place."""

    @property
    def readable(self) -> bool:
        """Whether written bytes can be read back."""

    def open(self) -> None:
        """Take the place; on failure nothing is left of the attempt."""

    def check(self) -> None:
        """Raise if the place has gone in the meantime; called often, so it must cost next to nothing."""

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None:
        """Write all *views* behind each other."""

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill *view* with written bytes."""

    def insertion_block(self, length: int) -> int:
        """Bytes of which room had best be a multiple, where *length* bytes have to move up; 1: any number will do."""

    def make_room(self, offset: int, end: int, length: int) -> str:
        """Move the bytes from *offset* to *end*, the last one written, up by *length*; returns how, for the report."""

    def sync_point(self) -> Callable[[], None]:
        """What has to be called, by whatever thread, to have all bytes written so far on the disk; where no disk can be
        seen it does nothing."""

    def publish(self, length: int) -> None:
        """The first *length* bytes are a film by now, if a place for one that grows was asked for."""

    def open_journal(self) -> Journal | None:
        """A journal beside the film, which goes with it; None where there is no place for one."""

    def settle(self) -> None:
        """No byte written so far will be moved any more."""

    def finish(self, length: int, *, durable: bool) -> None:
        """Make the *length* bytes written the finished film, under its final name if it has one."""

    def keep(self) -> str | None:
        """Leave the film and its journal as they are, for recovery, and return the film's path; None and nothing done
        without a journal that says something."""

    def abandon(self) -> None:
        """Give the place back as it was found, as far as it can be; may be called at any time, and again."""
