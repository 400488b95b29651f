"""Metadata of a whole file or track, looked at in the ways that assets and tracks offer.

The items come as the engine found them; here they are only picked and counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from reelwright.model.metadata import MetadataItem
from reelwright.model.metadata_keys import MetadataFormat, MetadataKeySpace

__all__ = ["WithMetadata", "creation_date_of", "lyrics_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)

_LYRICS = frozenset(
    {
        (MetadataKeySpace.ITUNES, "©lyr"),
        (MetadataKeySpace.QUICKTIME_USER_DATA, "©lyr"),
        (MetadataKeySpace.ID3, "USLT"),
        (MetadataKeySpace.ID3, "ULT"),
        (MetadataKeySpace.VORBIS_COMMENT, "LYRICS"),
        (MetadataKeySpace.MATROSKA, "LYRICS"),
    }
)


class WithMetadata:
    """What has metadata and offers views of it; a base of ``Asset`` and ``AssetTrack``."""

    @property
    def metadata(self) -> tuple[MetadataItem, ...]:
        """All items, in every form there is."""
        raise NotImplementedError

    @property
    def common_metadata(self) -> tuple[MetadataItem, ...]:
        """The items whose keys mean something in common terms."""
        return tuple(item for item in self.metadata if item.common_key is not None)

    @property
    def available_metadata_formats(self) -> tuple[MetadataFormat, ...]:
        """The forms in which there is metadata, in the order in which they occur."""
        return tuple(dict.fromkeys(item.format for item in self.metadata))

    def metadata_for_format(self, format: MetadataFormat | str) -> tuple[MetadataItem, ...]:
        """The items of one form; none for a form that does not occur."""
        return tuple(item for item in self.metadata if item.format == format)


def lyrics_of(items: Iterable[MetadataItem]) -> str | None:
    """The text of the first item that holds lyrics."""
    for item in items:
        key = item.key.lstrip("\0") if isinstance(item.key, str) else None
        if key is not None and (item.key_space, key) in _LYRICS and item.string_value:
            return item.string_value
    return None


def creation_date_of(items: Iterable[MetadataItem], created: int | None) -> MetadataItem | None:
    """The first item that says when the file was made, else one made of its header's date.

    Args:
        created: seconds since 1970; None when the header does not say. What lies beyond the calendar says nothing.
    """
    for item in items:
        if item.common_key == "creationDate":
            return item
    if created is None or not _FIRST <= created <= _LAST:
        return None
    moment = _EPOCH + timedelta(seconds=created)
    return MetadataItem(key_space=MetadataKeySpace.COMMON, key="creationDate", value=moment)
