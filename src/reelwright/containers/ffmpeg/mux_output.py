"""A ``storage`` destination as the file object that FFmpeg's muxers write to, and what goes wrong there told typed.

FFmpeg collects small writes, so an error may come to light with a later call; the first one is kept and raised as it
was, for what FFmpeg makes of it says nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from reelwright.codecs._av import FFmpegError, reason
from reelwright.containers.movie import Buffer
from reelwright.model.errors import OutputError

__all__ = ["MuxOutput", "Output"]


class Output(Protocol):
    """The part of a ``storage`` destination that a muxer needs. It is open."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def write(self, *buffers: Buffer) -> int:
        """Append buffers and return the offset of the first."""

    def overwrite(self, offset: int, data: Buffer) -> None:
        """Replace bytes written before."""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes written before."""


class MuxOutput:
    """What FFmpeg sees: ``write``, ``seek``, ``tell``, and ``read`` for the second opening that moves media up."""

    name = ""

    def __init__(self, destination: Output, *, trouble_of: MuxOutput | None = None) -> None:
        self._destination = destination
        self._place = 0
        self._keeper = trouble_of or self
        self.trouble: Exception | None = None
        self._is_abandoned = False

    def abandon(self) -> None:
        """Let whatever is still written go nowhere: the destination is not wanted, or is another's by now."""
        self._is_abandoned = True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        if self._keeper._is_abandoned:
            return view.nbytes
        with self._kept():
            gap = self._place - self._destination.size  # the muxer writes what belongs there later
            if gap > 0:
                self._destination.write(bytes(gap))
            known = max(0, min(view.nbytes, self._destination.size - self._place))
            if known:
                self._destination.overwrite(self._place, view[:known])
            if known < view.nbytes:
                self._destination.write(view[known:])
            self._place += view.nbytes
        return view.nbytes

    def read(self, length: int = -1) -> bytes:
        if self._keeper._is_abandoned:
            return b""
        with self._kept():
            rest = self._destination.size - self._place
            data = self._destination.read(self._place, rest if length < 0 else min(rest, length))
            self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        end = 0 if self._keeper._is_abandoned else self._destination.size
        self._place = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: end}[whence] + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """The destination is closed by whoever opened it."""

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._keeper.trouble = self._keeper.trouble or error
            raise

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What the destination raised within, as it was; what FFmpeg itself complains of, as an ``OutputError``."""
        words = None
        try:
            yield
        except FFmpegError as error:
            words = reason(error)
        except OSError as error:
            words = reason(error)
        if self.trouble is not None:
            raise self.trouble
        if words is not None:
            raise OutputError(f"FFmpeg's muxer failed: {words}.", hint="Please report this with the settings used.")
