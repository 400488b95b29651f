"""What can be written: bytes-like objects of any kind, and bytes that are made only while they are written.

A header's tables may be as large as hundreds of megabytes, and their number of bytes is known before any is made: so
they pass through a destination in pieces, a group of which is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pickle import PickleBuffer
from typing import Any, Protocol, runtime_checkable

from reelwright.model.errors import InvalidArgumentError

__all__ = ["Streamed", "bytes_of", "gathered", "pieces"]


@runtime_checkable
class Streamed(Protocol):
    """Bytes that nobody wants in memory all at once: their number is known, and they are made in pieces."""

    @property
    def size(self) -> int:
        """How many bytes the pieces have together."""

    def buffers(self) -> Iterable[Any]:
        """The pieces, bytes-like objects, in order."""


def bytes_of(buffer: Any) -> memoryview:
    """The bytes of any C-contiguous buffer, whatever its shape and item type (big-endian numpy tables too).

    Raises:
        InvalidArgumentError: it is not bytes-like, or not contiguous.
    """
    try:
        view = memoryview(buffer)
    except (TypeError, ValueError, BufferError) as error:
        message = f"only bytes-like objects can be written, not {type(buffer).__name__}: {error}."
        raise InvalidArgumentError(message) from error
    if not view.c_contiguous:
        hint = "Pass numpy.ascontiguousarray(…) of it."
        raise InvalidArgumentError(
            f"a {type(buffer).__name__} whose bytes are not contiguous cannot be written.", hint=hint
        )
    # memoryview.cast knows neither byte orders nor empty shapes; a PickleBuffer gives the bytes of both.
    return view if view.format == "B" and view.ndim == 1 else PickleBuffer(view).raw()


def pieces(parts: Iterable[memoryview | Streamed]) -> Iterator[memoryview]:
    """The bytes of all parts, those of streamed ones made one piece after the other."""
    for part in parts:
        if not isinstance(part, Streamed):
            yield part
            continue
        left = part.size
        for piece in map(bytes_of, part.buffers()):
            left -= piece.nbytes
            assert left >= 0, f"{part!r} makes more than the {part.size} bytes it announced"
            yield piece
        assert not left, f"{part!r} makes {left} bytes fewer than the {part.size} it announced"


def gathered(views: Iterable[memoryview], length: int) -> Iterator[list[memoryview]]:
    """Views in groups of *length* bytes or a little more, each to be written at once."""
    group: list[memoryview] = []
    size = 0
    for view in views:
        group.append(view)
        size += view.nbytes
        if size >= length:
            yield group
            group, size = [], 0
    if group:
        yield group
