"""Apple Lossless: the decoder's configuration as a box, out of any of the wrappings it comes in.

ALACSpecificConfig is 24 bytes, to which a layout of 24 bytes may be added (ALACMagicCookieDescription). Encoders give
it within a box of its own, old files within two.
"""

from __future__ import annotations

from reelwright.isobmff.box import Buffer, u32
from reelwright.model.errors import InvalidMediaError

__all__ = ["alac_record"]

_BARE = (24, 48)


def alac_record(config: Buffer) -> bytes:
    """The payload of the ``alac`` box within the entry: version, flags, and the configuration.

    Args:
        config: the bare configuration, with version and flags before it, or as a whole box (FFmpeg's 36 bytes), which
            may stand behind a ``frma``.

    Raises:
        InvalidMediaError: none of these.
    """
    data = bytes(config)
    if data[4:8] == b"frma":
        data = data[12:]
    if data[4:8] == b"alac":
        data = data[8:]
    if len(data) - 4 in _BARE and not any(data[:4]):
        data = data[4:]
    if len(data) not in _BARE or not data[9]:
        raise InvalidMediaError(
            f"{len(bytes(config))} bytes are no configuration of Apple Lossless.",
            hint="Give the encoder's extradata (36 bytes), or a file's 'alac' box.",
        )
    return u32(0) + data
