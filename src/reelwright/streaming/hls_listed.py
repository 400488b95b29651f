"""Segments as a media playlist prints them: durations that never drift, and tags that change what is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from reelwright.streaming.hls_tags import byte_range, decimal, key_tag, map_tag, nearest, uri_line
from reelwright.streaming.stream_segments import Resource, SegmentKey, StreamSegment

__all__ = ["Listed", "media_lines", "rounded", "with_state"]

_DIGITS = 6


@dataclass(slots=True)
class Listed:
    """A segment in the playlist with its duration as printed: rounded so that the sum of all never drifts."""

    segment: StreamSegment
    printed: Fraction


def rounded(seconds: Fraction) -> Fraction:
    return Fraction(nearest(seconds * 10**_DIGITS), 10**_DIGITS)


def with_state(all_listed: Iterable[Listed]) -> Iterator[tuple[Listed, list[str]]]:
    """Each segment with the tags that change what is in force: discontinuities, initialization segments, keys.

    Initialization segments are never encrypted: a key in force is lifted before one (RFC 8216, 4.3.2.5).
    """
    initialization: Resource | None = None
    key: SegmentKey | None = None
    for listed in all_listed:
        segment = listed.segment
        lines = ["#EXT-X-DISCONTINUITY"] if segment.is_discontinuous else []
        if segment.initialization is not None and segment.initialization != initialization:
            initialization = segment.initialization
            if key is not None:
                lines.append(key_tag(None))
                key = None
            lines.append(map_tag(initialization))
        if segment.key != key:
            key = segment.key
            lines.append(key_tag(key))
        yield listed, lines


def media_lines(listed: Listed) -> Iterator[str]:
    resource = listed.segment.resource
    yield f"#EXTINF:{decimal(listed.printed, _DIGITS)},"
    if resource.byte_range is not None:
        yield f"#EXT-X-BYTERANGE:{byte_range(resource.byte_range)}"
    yield uri_line(resource.uri)
