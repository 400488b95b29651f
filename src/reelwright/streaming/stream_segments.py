"""What playlists and manifests are made from: facts about segments that were written, and where they lie.

Nothing here holds media. A resource is an object of its own or a range of bytes in a longer one; durations are exact,
so that playlists can be rounded once, where they are printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from reelwright.model.errors import InvalidArgumentError

__all__ = ["ByteRange", "Resource", "SegmentKey", "StreamPart", "StreamSegment"]

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class ByteRange:
    """``length`` bytes from ``offset`` on.

    Raises:
        InvalidArgumentError: a negative offset, or no bytes.
    """

    offset: int
    length: int

    def __post_init__(self) -> None:
        if self.offset < 0 or self.length < 1:
            raise InvalidArgumentError(f"{self.length} bytes at {self.offset} are no range of a file.")

    @property
    def last(self) -> int:
        """The place of its last byte, as HTTP and DASH count ranges."""
        return self.offset + self.length - 1


@dataclass(frozen=True, slots=True)
class Resource:
    """Something to fetch: a URI, as it is to be printed, and the range of bytes in it unless it is all of it."""

    uri: str
    byte_range: ByteRange | None = None


@dataclass(frozen=True, slots=True)
class SegmentKey:
    """How a segment is encrypted: AES-128 in CBC over all of it (RFC 8216, 4.3.2.4).

    Attributes:
        uri: where players fetch the key's 16 bytes.
        iv: the initialization vector, 16 bytes; None for the segment's media sequence number.

    Raises:
        InvalidArgumentError: a vector of another length.
    """

    uri: str
    iv: bytes | None = None

    def __post_init__(self) -> None:
        if self.iv is not None and len(self.iv) != _KEY_BYTES:
            raise InvalidArgumentError(f"an initialization vector has {_KEY_BYTES} bytes, not {len(self.iv)}.")


@dataclass(frozen=True, slots=True)
class StreamPart:
    """A piece of a segment that players may fetch before the segment is complete.

    Attributes:
        duration: seconds. is_independent: it begins with a sync sample.
    """

    resource: Resource
    duration: Fraction
    is_independent: bool = False


@dataclass(frozen=True, slots=True)
class StreamSegment:
    """A media segment that was written.

    Attributes:
        duration: seconds, exact. size: bytes, as stored.
        initialization: the initialization segment it needs; None where it needs none (text).
        start: its earliest presentation on the stream's time line, seconds (``EarliestPresentationTimeStamp``).
        is_independent: it begins with a sync sample.
        first_picture: bytes of the segment up to the end of its first picture, when that is a sync sample: what a
            player must fetch to show one picture. Counted from the segment's own start.
        program_date_time: the moment at which its start was captured; with a time zone.
        is_discontinuous: times or formats do not go on from the segment before.
        key: how it is encrypted. parts: in which it could be had before.

    Raises:
        InvalidArgumentError: a duration or size that is not positive, a first picture longer than the segment, a moment
            without a time zone.
    """

    resource: Resource
    duration: Fraction
    size: int
    initialization: Resource | None
    start: Fraction = Fraction(0)
    is_independent: bool = True
    first_picture: int | None = None
    program_date_time: datetime | None = None
    is_discontinuous: bool = False
    key: SegmentKey | None = None
    parts: tuple[StreamPart, ...] = ()

    def __post_init__(self) -> None:
        if self.duration <= 0 or self.size <= 0:
            raise InvalidArgumentError(
                f"a segment of {self.size} bytes and {self.duration} s cannot be listed.",
                hint="Leave out segments without samples.",
            )
        if self.first_picture is not None and not 0 < self.first_picture <= self.size:
            raise InvalidArgumentError(
                f"the first picture ends {self.first_picture} bytes into a segment of {self.size}."
            )
        if self.program_date_time is not None and self.program_date_time.tzinfo is None:
            raise InvalidArgumentError("program_date_time has no time zone.", hint="Give one, for example UTC.")

    @property
    def picture(self) -> Resource | None:
        """The range to fetch for its first picture; None where that is none, or encrypted with the whole segment."""
        if self.first_picture is None or self.key is not None:
            return None
        inside = self.resource.byte_range
        return Resource(self.resource.uri, ByteRange(inside.offset if inside else 0, self.first_picture))
