"""FLAC: ``dfLa`` from STREAMINFO (RFC 9639, 8.2; Encapsulation of FLAC in ISO Base Media File Format, 3.3.2).

Encoders give the bare block, FLAC files the signature and all blocks; the box holds blocks, each behind its header.
"""

from __future__ import annotations

from reelwright.isobmff.box import Buffer, u8, u24, u32
from reelwright.model.errors import InvalidMediaError

__all__ = ["flac_record"]

_SIGNATURE = b"fLaC"
_STREAMINFO = 34
_LAST = 0x80


def flac_record(config: Buffer) -> bytes:
    """A ``dfLa`` payload from a STREAMINFO block, from the start of a FLAC file, or from such a payload itself.

    Raises:
        InvalidMediaError: none of these.
    """
    data = bytes(config)
    if len(data) == _STREAMINFO:
        return u32(0) + _block(data)
    start = len(_SIGNATURE)
    is_file = data.startswith(_SIGNATURE)
    if len(data) >= start + 4 + _STREAMINFO and (is_file or not any(data[:start])):
        kind, size = data[start] & ~_LAST, int.from_bytes(data[start + 1 : start + 4], "big")
        if kind == 0 and size == _STREAMINFO:
            return u32(0) + _block(data[start + 4 : start + 4 + size]) if is_file else data
    raise InvalidMediaError(
        f"{len(data)} bytes are no FLAC stream information.",
        hint="Give the encoder's extradata (STREAMINFO, 34 bytes) or a file's 'dfLa' box.",
    )


def _block(content: bytes) -> bytes:
    return u8(_LAST) + u24(len(content)) + content
