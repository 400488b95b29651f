"""EBML, the notation that Matroska and WebM are written in (RFC 8794): elements of an id, a length and a payload.

An element is made whole, as bytes; only clusters, which hold the media, stay lists of buffers. Ids stand in the tables
of RFC 9559 with their length marker, so that an id is written as it is.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

__all__ = [
    "UNKNOWN_SIZE",
    "binary",
    "date",
    "element",
    "head",
    "real",
    "signed",
    "size_of",
    "text",
    "unsigned",
    "vint",
    "void",
]

UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_VOID = 0xEC


def vint(value: int, length: int = 0) -> bytes:
    """A variable-length number (RFC 8794, 4), as short as it can be, or of ``length`` bytes."""
    length = length or next(size for size in range(1, 9) if value < (1 << 7 * size) - 1)
    return (value | 1 << 7 * length).to_bytes(length, "big")


def head(identifier: int, size: int, length: int = 0) -> bytes:
    """Id and length of an element whose payload follows; ``length``: bytes that the length itself takes."""
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big") + vint(size, length)


def size_of(*pieces: bytes) -> int:
    return sum(len(piece) for piece in pieces)


def element(identifier: int, *payload: bytes) -> bytes:
    """A master element of others, or a binary one."""
    return b"".join((head(identifier, size_of(*payload)), *payload))


binary = element


def unsigned(identifier: int, value: int, length: int = 0) -> bytes:
    """An unsigned number; ``length``: bytes it takes, 0 for as few as it can."""
    return element(identifier, value.to_bytes(length or max(1, (value.bit_length() + 7) // 8), "big"))


def signed(identifier: int, value: int, length: int = 0) -> bytes:
    """A signed number."""
    return element(identifier, value.to_bytes(length or value.bit_length() // 8 + 1, "big", signed=True))


def real(identifier: int, value: float) -> bytes:
    """A number of 64-bit floating point."""
    return element(identifier, np.array(value, ">f8").tobytes())


def text(identifier: int, value: str) -> bytes:
    return element(identifier, value.encode("utf-8"))


def date(identifier: int, value: datetime) -> bytes:
    """A moment: nanoseconds since the beginning of 2001, UTC."""
    passed = value.astimezone(UTC) - _EPOCH
    seconds = passed.days * 86_400 + passed.seconds
    return signed(identifier, seconds * 1_000_000_000 + passed.microseconds * 1000, 8)


def void(size: int) -> bytes:
    """Room of exactly so many bytes, at least two, that readers skip."""
    length = 1 if size < 128 else 8
    return head(_VOID, size - 1 - length, length) + bytes(size - 1 - length)
