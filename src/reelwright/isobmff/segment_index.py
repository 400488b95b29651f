"""What a file says about its fragments as a whole: segment indexes (``sidx``) and random access (``mfra``).

Both let a reader learn how long a film is without reading all of its fragments (ISO/IEC 14496-12, 8.16.3 and 8.8.9).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reelwright.isobmff.parse import BoxPlace, Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source

__all__ = ["SegmentIndex", "covered_ends", "last_known_fragments", "read_segment_index"]

_LARGE = 1 << 24


@dataclass(frozen=True, slots=True)
class SegmentIndex:
    """One ``sidx``.

    Attributes:
        track_id: of the track it counts by. time_scale: its ticks a second.
        start, end: presentation times, in its ticks, of what it refers to.
        first: offset of the first byte it refers to. last: behind the last.
    """

    track_id: int
    time_scale: int
    start: int
    end: int
    first: int
    last: int

    @property
    def end_seconds(self) -> Fraction:
        return Fraction(self.end, self.time_scale)


def read_segment_index(source: Source, place: BoxPlace) -> SegmentIndex:
    """Read a ``sidx``.

    Raises:
        InvalidMediaError: it ends too early, or has no clock.
    """
    content = place.read(source, _LARGE)
    version, _ = content.full_header()
    track_id, time_scale = content.u32(), content.u32()
    if not time_scale:
        raise InvalidMediaError("a segment index has a clock of 0 ticks a second.")
    start = min(content.u64() if version else content.u32(), 1 << 61)
    first = place.end + (content.u64() if version else content.u32())
    content.skip(2)
    count = content.u16()
    duration = size = 0
    for _ in range(count):
        size += content.u32() & 0x7FFFFFFF
        duration += content.u32()
        content.skip(4)
    return SegmentIndex(track_id, time_scale, start, start + duration, first, first + size)


def covered_ends(indexes: Sequence[SegmentIndex], fragments: Sequence[BoxPlace]) -> dict[int, Fraction]:
    """Seconds at which each track ends, by segment indexes that together name every fragment; empty if they do not."""
    if not all(any(index.first <= place.offset < index.last for index in indexes) for place in _edges(fragments)):
        return {}
    ends: dict[int, Fraction] = {}
    for index in indexes:
        ends[index.track_id] = max(ends.get(index.track_id, Fraction(0)), index.end_seconds)
    return ends


def _edges(fragments: Sequence[BoxPlace]) -> Sequence[BoxPlace]:
    """The fragments that prove most: the first ones and the last."""
    return (*fragments[:2], *fragments[-2:])


def last_known_fragments(source: Source) -> dict[int, int]:
    """The offset of each track's last fragment, by the table at the end of a file; empty without a sound one.

    The file's last four bytes are the size of the table (``mfro``), whose entries (``tfra``) are in the order of time.
    """
    size = int.from_bytes(source.read(source.size - 4, 4), "big")
    if not 8 < size <= min(_LARGE, source.size):
        return {}
    table = Parser(source.read(source.size - size, size), "the table of random access")
    try:
        content = table.find("mfra")
        return {} if content is None else dict(_last_entries(content))
    except InvalidMediaError:
        return {}  # it is only a help, and the fragments themselves say the same


def _last_entries(table: Parser) -> Iterator[tuple[int, int]]:
    for kind, content in table.boxes():
        if kind != "tfra":
            continue
        version, _ = content.full_header()
        track_id, lengths, count = content.u32(), content.u32(), content.u32()
        numbers = sum((lengths >> shift & 3) + 1 for shift in (0, 2, 4))
        width = (16 if version else 8) + numbers
        if 0 < count * width <= content.left:
            content.skip((count - 1) * width + (8 if version else 4))
            yield track_id, content.u64() if version else content.u32()
