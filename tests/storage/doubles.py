"""File objects of the kinds that callers bring: minimal, dribbling, write-only, failing."""

from __future__ import annotations

import io
from typing import Any


class Minimal:
    """The least a file object can be: it answers nothing, keeps what it gets, and cannot be read."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.position = 0
        self.kept: list[bytes] = []

    def write(self, data: bytes) -> None:
        assert type(data) is bytes, "classes outside the io tree are given plain bytes"
        assert self.position <= len(self.content), "it cannot leave holes"
        self.kept.append(data)
        self.content[self.position : self.position + len(data)] = data
        self.position += len(data)

    def seek(self, offset: int, whence: int = 0) -> None:
        self.position = offset + (len(self.content) if whence == 2 else 0)

    def tell(self) -> int:
        return self.position

    def truncate(self, size: int) -> None:
        del self.content[size:]

    def getvalue(self) -> bytes:
        return bytes(self.content)


class Dribbling(io.BytesIO):
    """Takes and gives at most three bytes at a time, as unbuffered files may."""

    def write(self, data: Any, /) -> int:
        return super().write(memoryview(data)[:3])

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3 if size is None or size < 0 else min(size, 3))


class WriteOnly(io.BytesIO):
    """A BytesIO that cannot be read back."""

    def readable(self) -> bool:
        return False

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("read although it said that it is not readable")


class Failing(io.BytesIO):
    """Raises once it holds a number of bytes."""

    def __init__(self, room: int, error: Exception) -> None:
        super().__init__()
        self._room = room
        self._error = error

    def write(self, data: Any, /) -> int:
        if self.tell() + len(data) > self._room:
            raise self._error
        return super().write(data)
