"""The small print of HTTP Live Streaming playlists: how attributes, numbers and moments are written.

Attribute lists have no escapes, so a value that would break out of its quotes is refused, not altered (RFC 8216, 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction

from reelwright.model.errors import InvalidArgumentError
from reelwright.streaming.stream_segments import ByteRange, Resource, SegmentKey, StreamPart

__all__ = [
    "VERSION",
    "attributes",
    "byte_range",
    "decimal",
    "key_tag",
    "map_tag",
    "moment",
    "nearest",
    "part_tag",
    "quoted",
    "uri_line",
]

VERSION = 7
"""Of the protocol. 6 allows ``EXT-X-MAP`` with ordinary segments; Apple asks for 7 where those are fragmented MP4."""


def nearest(seconds: Fraction) -> int:
    """The nearest integer, halves upwards: how ``EXT-X-TARGETDURATION`` compares durations (RFC 8216, 4.3.3.1)."""
    return (seconds + Fraction(1, 2)).__floor__()


def decimal(value: Fraction, digits: int) -> str:
    """A decimal number with at most so many digits behind the point, and without needless zeros."""
    scaled = nearest(value * 10**digits)
    whole, rest = divmod(scaled, 10**digits)
    fraction = f"{rest:0{digits}d}".rstrip("0")
    return f"{whole}.{fraction}" if fraction else str(whole)


def quoted(text: str) -> str:
    """A quoted string.

    Raises:
        InvalidArgumentError: it holds a quotation mark or a control character.
    """
    if '"' in text or not _is_plain(text):
        raise InvalidArgumentError(
            f"{text!r} cannot stand in a playlist: quotation marks and control characters have no escape there.",
            hint="Choose another name, or percent-encode the URI.",
        )
    return f'"{text}"'


def uri_line(uri: str) -> str:
    """A URI as a line of its own.

    Raises:
        InvalidArgumentError: it is empty, would be read as a tag or comment, or holds blanks or control characters.
    """
    if not uri or uri.startswith("#") or " " in uri or not _is_plain(uri):
        raise InvalidArgumentError(f"{uri!r} cannot be a line of a playlist.", hint="Percent-encode the URI.")
    return uri


def _is_plain(text: str) -> bool:
    return not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text)


def attributes(tag: str, values: Mapping[str, str | int | None]) -> str:
    """A tag with an attribute list; what is None is left out."""
    return f"#{tag}:" + ",".join(f"{name}={value}" for name, value in values.items() if value is not None)


def byte_range(place: ByteRange) -> str:
    return f"{place.length}@{place.offset}"


def moment(when: datetime) -> str:
    """A date and time in UTC, to the millisecond (ISO 8601)."""
    rounded = when.astimezone(UTC).isoformat(timespec="milliseconds")
    return rounded.replace("+00:00", "Z")


def map_tag(resource: Resource) -> str:
    place = resource.byte_range
    within = quoted(byte_range(place)) if place else None
    return attributes("EXT-X-MAP", {"URI": quoted(resource.uri), "BYTERANGE": within})


def key_tag(key: SegmentKey | None) -> str:
    if key is None:
        return "#EXT-X-KEY:METHOD=NONE"
    vector = f"0x{key.iv.hex().upper()}" if key.iv is not None else None
    return attributes("EXT-X-KEY", {"METHOD": "AES-128", "URI": quoted(key.uri), "IV": vector})


def part_tag(part: StreamPart) -> str:
    place = part.resource.byte_range
    return attributes(
        "EXT-X-PART",
        {
            "DURATION": decimal(part.duration, 5),
            "URI": quoted(part.resource.uri),
            "BYTERANGE": quoted(byte_range(place)) if place else None,
            "INDEPENDENT": "YES" if part.is_independent else None,
        },
    )
