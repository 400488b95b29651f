"""Opus: ``dOps`` from the identification header that encoders give (RFC 7845, 5.1).

The box holds the header's fields without its signature, in another byte order and with a version of its own
(Encapsulation of Opus in ISO Base Media File Format, 4.3.2). Pre-skip is the priming; the clock is always 48 kHz.
"""

from __future__ import annotations

from reelwright.isobmff.box import Buffer, i16, u8, u16, u32
from reelwright.model.errors import InvalidMediaError

__all__ = ["OPUS_RATE", "opus_record", "opus_roll_distance"]

OPUS_RATE = 48000
"""Frames a second of every Opus stream in a file, whatever rate its sound was made from."""

_SIGNATURE = b"OpusHead"
_HEAD = 11  # bytes of the fields behind the signature
_SHORTEST_PACKET = 120
_CONVERGENCE = 3840  # frames, 80 ms, after which a decoder's output is right


def opus_record(config: Buffer) -> bytes:
    """A ``dOps`` payload from an ``OpusHead``, or from a ``dOps`` payload, which stays as it is.

    Raises:
        InvalidMediaError: neither, or too short for the channels it speaks of.
    """
    data = bytes(config)
    if not data.startswith(_SIGNATURE):
        if len(data) < _HEAD or data[0]:
            raise _broken(data)
        _check_mapping(data)
        return data
    head = data[len(_SIGNATURE) :]
    if len(head) < _HEAD or head[0] >> 4:
        raise _broken(data)
    skip, rate = int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:8], "little")
    gain = int.from_bytes(head[8:10], "little", signed=True)
    record = u8(0, head[1]) + u16(skip) + u32(rate) + i16(gain) + u8(head[10])
    return record + _check_mapping(record + head[_HEAD:])


def _check_mapping(record: bytes) -> bytes:
    """The mapping table behind the fields: streams, coupled streams, and one number a channel but in family 0."""
    channels, family = record[1], record[10]
    size = 2 + channels if family else 0
    if not channels or (not family and channels > 2) or len(record) < _HEAD + size:
        raise InvalidMediaError(f"the Opus header speaks of {channels} channels without telling where they are coded.")
    return record[_HEAD : _HEAD + size]


def opus_roll_distance(frames_per_packet: int) -> int:
    """Packets that take 80 ms, as a negative number; unknown lengths (0) are taken for the shortest."""
    frames = frames_per_packet or _SHORTEST_PACKET
    return -((_CONVERGENCE + frames - 1) // frames)


def _broken(data: bytes) -> InvalidMediaError:
    return InvalidMediaError(
        f"{len(data)} bytes are no Opus identification header.",
        hint="Give the encoder's extradata ('OpusHead' …) or a file's 'dOps' box.",
    )
