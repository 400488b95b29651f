"""Cover pictures as items of metadata. FFmpeg shows them as streams with one packet; they are no tracks of ours.

The key is that of the file's own vocabulary where it has one for pictures, else the common one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from av.container import InputContainer

from reelwright.containers.ffmpeg.formats import codec_name
from reelwright.model.metadata import MetadataItem
from reelwright.model.metadata_keys import MetadataDataType, MetadataKeySpace

__all__ = ["artwork"]

_KEYS = {
    "mp3": (MetadataKeySpace.ID3, "APIC"),
    "flac": (MetadataKeySpace.VORBIS_COMMENT, "METADATA_BLOCK_PICTURE"),
    "ogg": (MetadataKeySpace.VORBIS_COMMENT, "METADATA_BLOCK_PICTURE"),
}
_COMMON = (MetadataKeySpace.COMMON, "artwork")
_DATA_TYPES = {
    "mjpeg": MetadataDataType.JPEG,
    "png": MetadataDataType.PNG,
    "gif": MetadataDataType.GIF,
    "bmp": MetadataDataType.BMP,
}


def artwork(container: InputContainer, covers: Sequence[Any]) -> tuple[MetadataItem, ...]:
    """One item for each cover stream; FFmpeg gives their packets before all others."""
    pictures: dict[int, bytes] = {}
    if covers:
        for packet, _ in zip(container.demux(*covers), covers, strict=False):
            if packet.size:
                pictures[packet.stream_index] = bytes(packet)
    space, key = _KEYS.get(container.format.name, _COMMON)
    return tuple(
        MetadataItem(
            key_space=space,
            key=key,
            value=pictures[cover.index],
            data_type=_DATA_TYPES.get(codec_name(cover), MetadataDataType.RAW),
            extra_attributes={"info": cover.metadata["title"]} if cover.metadata.get("title") else {},
        )
        for cover in covers
        if cover.index in pictures
    )
