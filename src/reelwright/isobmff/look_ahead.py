"""A source read through a small window, so that walking from box to box costs few calls of the system.

Headers lie close together: one read of a few kilobytes answers many. Tables that are passed over are never touched.
"""

from __future__ import annotations

from reelwright.storage.source import Source

__all__ = ["LookAhead"]

_WINDOW = 8192


class LookAhead:
    """A source behind a window (``Source``); closing it leaves the source open."""

    def __init__(self, source: Source, window: int = _WINDOW) -> None:
        self.name = source.name
        self.path = source.path
        self.size = source.size
        self._source = source
        self._window = window
        self._start = 0
        self._data = b""

    def read(self, offset: int, size: int) -> bytes:
        if size <= 0 or offset < 0:
            return b""
        start = offset - self._start
        if start < 0 or start + size > len(self._data):
            if size >= self._window:
                return self._source.read(offset, size)
            self.prefetch(offset, self._window)
            start = 0
        return self._data[start : start + size]

    def prefetch(self, offset: int, size: int) -> None:
        """Move the window."""
        self._data = self._source.read(offset, size)
        self._start = offset

    def close(self) -> None:
        self._data = b""
