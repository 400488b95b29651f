"""Boxes and the numbers inside them: the only place where bytes of the file format are packed.

A ``Box`` is a type and its contents: buffers, numbers already packed, and child boxes. It is never joined before it is
written: ``buffers()`` lists the pieces; a table of a million samples is a ``Stream``, whose bytes are made as they are
written (ISO/IEC 14496-12, 4.2).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from reelwright.model.errors import InvalidArgumentError

__all__ = [
    "Box",
    "Buffer",
    "Stream",
    "children",
    "cstring",
    "f2_30",
    "f8_8",
    "f16_16",
    "f64",
    "fourcc",
    "full_box",
    "i16",
    "i32",
    "i64",
    "pstring",
    "u8",
    "u16",
    "u24",
    "u32",
    "u64",
    "unsigned_f16_16",
]

Buffer = bytes | bytearray | memoryview
_HEADER = struct.Struct(">I4s")
_LARGE_HEADER = struct.Struct(">I4sQ")


class Stream:
    """Bytes that are made when they are written, in pieces: only their number is known before, and nobody keeps them.

    Args:
        size: how many they are. make: makes them, the same each time.
    """

    __slots__ = ("make", "size")

    def __init__(self, size: int, make: Callable[[], Iterable[Buffer]]) -> None:
        self.size = size
        self.make = make

    def buffers(self) -> Iterable[Buffer]:
        return self.make()


class Box:
    """One box: ``kind`` is its four-character code, ``parts`` what lies in it, in order.

    >>> Box("free", bytes(4)).render()
    b'\\x00\\x00\\x00\\x0cfree\\x00\\x00\\x00\\x00'
    """

    __slots__ = ("kind", "parts")

    def __init__(self, kind: str, *parts: Buffer | Box | Stream) -> None:
        self.kind = kind
        self.parts = parts

    @property
    def content_size(self) -> int:
        return sum(part.size if isinstance(part, (Box, Stream)) else memoryview(part).nbytes for part in self.parts)

    @property
    def size(self) -> int:
        """Bytes of the whole box, header included (16 bytes of header from 4 GiB on)."""
        content = self.content_size
        return content + _header_size(content)

    def buffers(self) -> Iterator[Buffer]:
        """The box's bytes as pieces to be written one after the other."""
        for piece in self._laid_out()[0]:
            if isinstance(piece, Stream):
                yield from piece.buffers()
            else:
                yield piece

    def _laid_out(self) -> tuple[list[Buffer | Stream], int]:
        """The pieces and their length, from the inside out: no box is measured once for each box around it."""
        pieces: list[Buffer | Stream] = [b""]
        content = 0
        for part in self.parts:
            if isinstance(part, Box):
                inner, length = part._laid_out()
                pieces += inner
            else:
                length = part.size if isinstance(part, Stream) else memoryview(part).nbytes
                pieces.append(part)
            content += length
        size, code = content + _header_size(content), fourcc(self.kind)
        pieces[0] = _HEADER.pack(size, code) if size < 1 << 32 else _LARGE_HEADER.pack(1, code, size)
        return pieces, size

    def render(self) -> bytes:
        """The whole box as one piece of bytes."""
        return b"".join(self.buffers())

    def child(self, *path: str) -> Box | None:
        """The first box found along a path of types below this one, or None."""
        found = self
        for kind in path:
            inner = next((part for part in found.parts if isinstance(part, Box) and part.kind == kind), None)
            if inner is None:
                return None
            found = inner
        return found

    def __repr__(self) -> str:
        return f"<Box {self.kind} {self.size}>"


def _header_size(content: int) -> int:
    return 8 if content + 8 < 1 << 32 else 16


def full_box(kind: str, version: int, flags: int, *parts: Buffer | Box | Stream) -> Box:
    """A box that begins with a version and 24 flag bits (ISO/IEC 14496-12, 4.2.2)."""
    return Box(kind, u32(version << 24 | flags), *parts)


def children(boxes: Iterable[Box | None]) -> tuple[Box, ...]:
    """The boxes that are there, in order."""
    return tuple(box for box in boxes if box is not None)


def _pack(code: str, values: tuple[int, ...]) -> bytes:
    try:
        return struct.pack(f">{len(values)}{code}", *values)
    except struct.error as error:
        bits = struct.calcsize(code) * 8
        raise InvalidArgumentError(f"{values!r} do not fit {bits}-bit fields of the file format.") from error


def u8(*values: int) -> bytes:
    return _pack("B", values)


def u16(*values: int) -> bytes:
    return _pack("H", values)


def u24(value: int) -> bytes:
    return _pack("I", (value << 8,))[:3]


def u32(*values: int) -> bytes:
    return _pack("I", values)


def u64(*values: int) -> bytes:
    return _pack("Q", values)


def i16(*values: int) -> bytes:
    return _pack("h", values)


def i32(*values: int) -> bytes:
    return _pack("i", values)


def i64(*values: int) -> bytes:
    return _pack("q", values)


def f64(value: float) -> bytes:
    return struct.pack(">d", value)


def _fixed(value: Fraction | int | float, bits: int) -> int:
    if isinstance(value, int):
        return value << bits
    scaled = Fraction(value) * (1 << bits)
    return int(scaled + Fraction(1, 2) if scaled >= 0 else scaled - Fraction(1, 2))


def f16_16(*values: Fraction | int | float) -> bytes:
    """Signed fixed point, 16 bits on each side of the point, rounded half away from zero."""
    return i32(*(_fixed(value, 16) for value in values))


def unsigned_f16_16(*values: Fraction | int | float) -> bytes:
    """Fixed point without a sign: the width and height of a track reach 65535."""
    return u32(*(_fixed(value, 16) for value in values))


def f2_30(*values: Fraction | int | float) -> bytes:
    """Signed fixed point with 30 bits behind the point."""
    return i32(*(_fixed(value, 30) for value in values))


def f8_8(*values: Fraction | int | float) -> bytes:
    """Signed fixed point, 8 bits on each side of the point."""
    return i16(*(_fixed(value, 8) for value in values))


def fourcc(code: str) -> bytes:
    """A four-character code as bytes; ``©`` and its like are Mac Roman, as QuickTime has it."""
    encoded = code.encode("mac_roman")
    if len(encoded) != 4:
        raise InvalidArgumentError(f"{code!r} is not a four-character code.")
    return encoded


def cstring(text: str) -> bytes:
    """UTF-8 with a zero byte at its end."""
    if "\0" in text:
        raise InvalidArgumentError(f"{text!r} holds a zero character, which would end it early in the file.")
    return text.encode() + b"\0"


def pstring(text: str, size: int = 0) -> bytes:
    """A length byte and UTF-8, cut to what fits; padded with zeros to ``size`` bytes where one is given."""
    encoded = text.encode()[: (size or 256) - 1]
    encoded = encoded.decode(errors="ignore").encode()
    return (bytes([len(encoded)]) + encoded).ljust(size, b"\0")
