"""Movie headers that QuickTime compressed: ``moov`` holding ``cmov``, which holds the real one, deflated.

The header that comes out says its own size beforehand (``cmvd``), which bounds what is inflated; the offsets in it are
those of the file.
"""

from __future__ import annotations

import zlib

from reelwright.isobmff.parse import BoxPlace, scan
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source, open_source

__all__ = ["inflated_header"]

_MOST_BYTES = 1 << 26  # of a header, packed or not
_MOST_RATIO = 1100  # deflate cannot do better


def inflated_header(source: Source, place: BoxPlace) -> Source:
    """The real movie header as a source of its own, its ``moov`` box first.

    Args:
        place: of the ``cmov`` box.

    Raises:
        InvalidMediaError: another compression than zlib's, or damage.
    """
    content = place.read(source, _MOST_BYTES)
    method, data = content.find("dcom"), content.find("cmvd")
    kind = method.fourcc() if method is not None else ""
    if kind != "zlib" or data is None:
        raise InvalidMediaError(
            f"{source.name} has a movie header compressed by {kind!r}, which is not known.", path=source.path
        )
    size = min(data.u32(), _MOST_BYTES, data.left * _MOST_RATIO)
    try:
        header = zlib.decompressobj().decompress(data.rest(), max(size, 1))
    except zlib.error as error:
        raise InvalidMediaError(f"{source.name} has a damaged movie header: {error}.", path=source.path) from error
    if header[4:8] != b"moov":
        raise InvalidMediaError(f"{source.name} has a compressed movie header with no movie in it.", path=source.path)
    inflated = open_source(header)
    if next(scan(inflated), None) is None:
        raise InvalidMediaError(f"{source.name} has a compressed movie header that ends too early.", path=source.path)
    inflated.name, inflated.path = source.name, source.path
    return inflated
