"""Reading boxes: numbers out of bytes, children out of a box, boxes out of a file, with no length taken on trust.

``Parser`` walks through bytes in memory and raises ``InvalidMediaError`` where they end too early; ``scan`` lists the
boxes of a file by their headers alone, without touching what lies in them. Nothing is read that was not asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source

__all__ = ["BoxPlace", "Parser", "find", "scan"]

_U16, _U32, _U64 = struct.Struct(">H"), struct.Struct(">I"), struct.Struct(">Q")
_I16, _I32, _I64, _F32, _F64 = (struct.Struct(f">{code}") for code in "hiqfd")
_HEAD = struct.Struct(">I4s")


def _text(code: bytes) -> str:
    """A four-character code. All but a few are ASCII, which takes no table to decode."""
    return code.decode("ascii") if code.isascii() else code.decode("mac_roman")


class Parser:
    """Bytes being read from left to right.

    Args:
        data: the bytes, not copied. what: how messages call them (``"the box 'stsd'"``).

    Attributes:
        position: index of the next byte.
    """

    __slots__ = ("data", "position", "what")

    def __init__(self, data: bytes | bytearray | memoryview, what: str) -> None:
        self.data = memoryview(data)
        self.what = what
        self.position = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self.data) - self.position

    def take(self, size: int) -> memoryview:
        """The next ``size`` bytes, as a view.

        Raises:
            InvalidMediaError: there are fewer.
        """
        if not 0 <= size <= self.left:
            raise InvalidMediaError(f"{self.what} ends too early: {size} more bytes are needed, {self.left} are there.")
        start = self.position
        self.position = start + size
        return self.data[start : self.position]

    def skip(self, size: int) -> None:
        self.take(size)

    def rest(self) -> bytes:
        """All that is left."""
        return bytes(self.take(self.left))

    def bytes(self, size: int) -> bytes:
        return bytes(self.take(size))

    def u8(self) -> int:
        return self.take(1)[0]

    def _number(self, form: struct.Struct) -> Any:
        """The next number, read where it lies: a view for each would cost more than all else."""
        try:
            value = form.unpack_from(self.data, self.position)[0]
        except struct.error:
            self.take(form.size)  # which says what is missing
            raise
        self.position += form.size
        return value

    def u16(self) -> int:
        return int(self._number(_U16))

    def u24(self) -> int:
        return int.from_bytes(self.take(3), "big")

    def u32(self) -> int:
        return int(self._number(_U32))

    def u64(self) -> int:
        return int(self._number(_U64))

    def i8(self) -> int:
        return int.from_bytes(self.take(1), "big", signed=True)

    def i16(self) -> int:
        return int(self._number(_I16))

    def i32(self) -> int:
        return int(self._number(_I32))

    def i64(self) -> int:
        return int(self._number(_I64))

    def f32(self) -> float:
        return float(self._number(_F32))

    def f64(self) -> float:
        return float(self._number(_F64))

    def f16_16(self) -> Fraction:
        """Signed fixed point, 16 bits on each side of the point."""
        return Fraction(self.i32(), 1 << 16)

    def unsigned_f16_16(self) -> Fraction:
        return Fraction(self.u32(), 1 << 16)

    def f2_30(self) -> Fraction:
        return Fraction(self.i32(), 1 << 30)

    def f8_8(self) -> Fraction:
        return Fraction(self.i16(), 1 << 8)

    def fourcc(self) -> str:
        """A four-character code; ``©`` and its like are Mac Roman."""
        return _text(bytes(self.take(4)))

    def full_header(self) -> tuple[int, int]:
        """(version, flags) of a full box."""
        word = self.u32()
        return word >> 24, word & 0xFFFFFF

    def cstring(self) -> str:
        """UTF-8 up to a zero byte, which is passed over, or to the end; what is no UTF-8 becomes ``\ufffd``."""
        rest = bytes(self.data[self.position :])
        text, zero, _ = rest.partition(b"\0")
        self.position += len(text) + len(zero)
        return text.decode("utf-8", "replace")

    def pstring(self, size: int = 0) -> str:
        """A length byte and text, in a field of ``size`` bytes where one is given."""
        field = Parser(self.take(size), self.what) if size else self
        length = field.u8()
        data = bytes(field.take(min(length, field.left)))
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("mac_roman")

    def boxes(self) -> Iterator[tuple[str, Parser]]:
        """The boxes from here to the end: type and content.

        Fewer than eight bytes at the end, or a size of zero (QuickTime's terminator), end the list. A box that is
        longer than what holds it is cut off there, as players do.

        Raises:
            InvalidMediaError: a size below the box's own header.
        """
        while len(self.data) - self.position >= 8:
            size, code = _HEAD.unpack_from(self.data, self.position)
            self.position += 8
            kind = _text(code)
            header = 8
            if size == 0:
                return
            if size == 1:
                size, header = self.u64(), 16
            if size < header:
                raise InvalidMediaError(f"{self.what} holds a box {kind!r} of {size} bytes, less than its own header.")
            yield kind, Parser(self.take(min(size - header, self.left)), f"the box {kind!r}")

    def find(self, kind: str) -> Parser | None:
        """The first box of a type from here on, or None; the position stays."""
        here = self.position
        try:
            return next((content for found, content in self.boxes() if found == kind), None)
        finally:
            self.position = here


@dataclass(frozen=True, slots=True)
class BoxPlace:
    """Where a box lies in a file.

    Attributes:
        kind: four-character code. offset: of its first byte. header: bytes before its content. end: behind its last.
        is_cut: the box claims to end behind the file, or behind what holds it; ``end`` is where that really ends.
    """

    kind: str
    offset: int
    header: int
    end: int
    is_cut: bool = False

    @property
    def content(self) -> int:
        """Offset of its content."""
        return self.offset + self.header

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return self.end - self.content

    def read(self, source: Source, limit: int) -> Parser:
        """Its content; less of it where the file has become shorter.

        Raises:
            InvalidMediaError: it is larger than ``limit`` bytes.
        """
        if self.size > limit:
            raise InvalidMediaError(
                f"the box {self.kind!r} in {source.name} has {self.size} bytes, more than the {limit} that make sense.",
                path=source.path,
            )
        return Parser(source.read(self.content, self.size), f"the box {self.kind!r}")


def scan(source: Source, start: int = 0, end: int | None = None, *, most: int = 1_000_000) -> Iterator[BoxPlace]:
    """The boxes that lie one behind the other in part of a file, by their headers.

    Args:
        most: boxes to list; a file made to have more is given up.

    Raises:
        InvalidMediaError: a size below the box's own header, or more than ``most`` boxes.
    """
    position, stop = start, source.size if end is None else min(end, source.size)
    for _ in range(most):
        if stop - position < 8:
            return
        head = source.read(position, 16)
        if len(head) < 8:
            return
        size, code = _HEAD.unpack(head[:8])
        kind, header = _text(code), 8
        if size == 1:
            if len(head) < 16:
                return
            size, header = int(_U64.unpack(head[8:16])[0]), 16
        elif size == 0:
            if end is not None:
                return  # a terminator
            size = stop - position  # the last box of the file, to its end
        if size < header and kind == "free":
            size = header  # nothing is in it, whatever it says: players step over the header
        if size < header:
            raise InvalidMediaError(
                f"{source.name} holds a box {kind!r} of {size} bytes at {position}, less than its own header.",
                path=source.path,
            )
        yield BoxPlace(kind, position, header, min(position + size, stop), position + size > stop)
        position += size
    raise InvalidMediaError(f"{source.name} holds more than {most} boxes side by side.", path=source.path)


def find(boxes: list[BoxPlace], kind: str) -> BoxPlace | None:
    """The first box of a type."""
    return next((box for box in boxes if box.kind == kind), None)
