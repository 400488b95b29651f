"""Segments under AES-128, as HTTP Live Streaming has it: each in CBC mode as a whole, with PKCS #7 padding.

The cipher is the library ``cryptography``'s (extra ``streaming``). A vector is never used twice with a key: by default
it is the segment's media sequence number (RFC 8216, 5.2), which no playlist repeats.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from reelwright.model.errors import InvalidArgumentError, MissingDependencyError
from reelwright.streaming.stream_segments import SegmentKey

__all__ = ["KEY_LENGTH", "SegmentCipher", "new_key"]

KEY_LENGTH = 16
_BLOCK = 16
_MOST_SEGMENTS = 1 << 64


def new_key() -> bytes:
    """A key nobody can guess, 16 bytes."""
    return secrets.token_bytes(KEY_LENGTH)


class SegmentCipher:
    """Encrypts the segments of one playlist, or of several that share a key: then each needs vectors of its own.

    Args:
        key: 16 bytes. uri: where players fetch it, as it is to be printed.
        random_vectors: give each segment a random vector, stated in the playlist, in place of its sequence number: for
            a key that more than one playlist uses.

    Raises:
        InvalidArgumentError: a key of another length.
        MissingDependencyError: ``cryptography`` is not installed.
    """

    def __init__(self, key: bytes, uri: str, *, random_vectors: bool = False) -> None:
        if len(key) != KEY_LENGTH:
            raise InvalidArgumentError(f"an AES-128 key has {KEY_LENGTH} bytes, not {len(key)}.")
        self._key = bytes(key)
        self._uri = uri
        self._random = random_vectors
        _ciphers()

    def encrypt(self, buffers: Iterable[bytes | bytearray | memoryview], sequence: int) -> tuple[bytes, SegmentKey]:
        """A segment's bytes encrypted, up to 16 more than they were, and what the playlist must say of them.

        Args:
            sequence: the media sequence number under which it will be listed.

        Raises:
            InvalidArgumentError: no such sequence number.
        """
        if not 0 <= sequence < _MOST_SEGMENTS:
            raise InvalidArgumentError(f"{sequence} is no media sequence number.")
        vector = secrets.token_bytes(_BLOCK) if self._random else sequence.to_bytes(_BLOCK, "big")
        ciphers, padding = _ciphers()
        encryptor = ciphers.Cipher(ciphers.algorithms.AES(self._key), ciphers.modes.CBC(vector)).encryptor()
        padder = padding.PKCS7(8 * _BLOCK).padder()
        made = bytearray()
        for buffer in buffers:
            made += encryptor.update(padder.update(buffer))
        made += encryptor.update(padder.finalize()) + encryptor.finalize()
        return bytes(made), SegmentKey(self._uri, vector if self._random else None)


def _ciphers() -> tuple[Any, Any]:
    try:
        ciphers = import_module("cryptography.hazmat.primitives.ciphers")
        return ciphers, import_module("cryptography.hazmat.primitives.padding")
    except ImportError as error:
        raise MissingDependencyError(
            "segments are encrypted with cryptography, which is not installed.",
            hint="Install it with: pip install 'reelwright[streaming]'.",
        ) from error
