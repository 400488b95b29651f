"""What a file says about itself, copied out of FFmpeg's structures into plain facts; nothing of FFmpeg's is kept.

The asset's time line begins at 0, as AVFoundation's does, but many files begin later (a recording cut out of a
broadcast) or a little earlier. The rule here: time 0 is the start of the earliest picture or sound of the file. Where
that is not 0 on a stream's own clock, an edit says so, as it would in a movie file; samples keep the file's times.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.container import InputContainer

from reelwright.containers.ffmpeg.artwork import artwork
from reelwright.containers.ffmpeg.clock import Clock
from reelwright.containers.ffmpeg.formats import codec_name, describe, is_protected, media_type
from reelwright.containers.ffmpeg.tags import items_from_tags
from reelwright.model.facts import ChapterFacts, EditEntry, MediaFacts, TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.model.time import MAX_TIMESCALE, Time

__all__ = ["is_cover", "is_track", "media_facts"]

_MICROSECOND = Fraction(1, 1_000_000)
_COARSE = 1_000_000  # the movie's clock where the streams' clocks have no common one
_TIMED = (MediaType.VIDEO, MediaType.AUDIO)
_HANDLERS = {MediaType.OTHER: "data"}
# Containers whose length FFmpeg estimates from the bit rate or from a few packets at the end.
_ESTIMATED = frozenset(
    {"aac", "ac3", "ac4", "amr", "amrnb", "amrwb", "dts", "dtshd", "eac3", "loas", "mlp", "mp3", "truehd"}
    | {"h261", "h263", "h264", "hevc", "m4v", "mjpeg", "mpeg", "mpegts", "mpegvideo", "obu", "vc1", "vvc"}
)
_CHARACTERISTICS = {
    "forced": "public.subtitles.forced-only",
    "hearing_impaired": "public.accessibility.describes-music-and-sound",
    "visual_impaired": "public.accessibility.describes-video",
    "original": "public.original-content",
    "comment": "public.auxiliary-content",
    "dub": "public.translation.dubbed",
}
_NO_TIMES = "its samples carry no times: they follow each other at the rate that the bitstream says, or at 25 a second"
_NO_CODEC = "FFmpeg has no decoder here that could tell its encoding"


def is_cover(stream: Any) -> bool:
    """A still picture that stands for the whole file."""
    return "attached_pic" in _roles(stream)


def is_track(stream: Any) -> bool:
    """Whether a stream is a track of the asset: neither a cover nor an attached file."""
    return stream.type in ("video", "audio", "subtitle", "data") and not is_cover(stream)


def _roles(stream: Any) -> set[str]:
    return {role.name for role in type(stream.disposition) if role in stream.disposition and role.name}


def media_facts(container: InputContainer, size: int) -> MediaFacts:
    """The facts of an open file of so many bytes."""
    spans = [_span(stream) for stream in container.streams if is_track(stream)]
    origin = min((span.start for span in spans if span.is_timed and span.start is not None), default=Fraction(0))
    scale = _common_scale(spans)
    length = _length(container, spans, origin)
    tracks = tuple(_track(span, origin, scale, length, container.format.name) for span in spans)
    return MediaFacts(
        container=container.format.name,
        tracks=tracks,
        size=size,
        time_scale=scale,
        duration=Time.INVALID if length is None else _time(length, scale),
        metadata=(
            *items_from_tags(container.metadata, container.format.name),
            *artwork(container, [stream for stream in container.streams if is_cover(stream)]),
        ),
        chapters=_chapters(container.chapters(), origin, length),
        has_precise_timing=_ESTIMATED.isdisjoint(container.format.name.split(",")),
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """A stream and where it lies in time, in seconds of the file; None where the file does not say."""

    stream: Any
    clock: Clock
    start: Fraction | None
    end: Fraction | None

    @property
    def is_timed(self) -> bool:
        return media_type(self.stream.type) in _TIMED


def _span(stream: Any) -> _Span:
    clock = Clock.of(stream.time_base)
    first, duration = clock.ticks(stream.start_time), clock.ticks(stream.duration)
    start = None if first is None else clock.seconds(first)
    end = None if not duration or duration < 0 else (start or 0) + clock.seconds(duration)
    return _Span(stream, clock, start, end)


def _common_scale(spans: Sequence[_Span]) -> int:
    """A clock on which every stream's ticks are whole, if there is one."""
    scale = math.lcm(*(span.clock.scale for span in spans)) if spans else 1
    return scale if scale <= MAX_TIMESCALE else _COARSE


def _length(container: InputContainer, spans: Sequence[_Span], origin: Fraction) -> Fraction | None:
    """Seconds of the whole: exact where every stream states its own end, else what the file's header says."""
    timed = [span.end for span in spans if span.is_timed]
    ends = [end for end in timed if end is not None]
    if ends and len(ends) == len(timed) and max(ends) > origin:
        return max(ends) - origin
    stated = container.duration
    return None if stated is None or not 0 < stated < 1 << 62 else stated * _MICROSECOND


def _time(seconds: Fraction, scale: int) -> Time:
    return Time(round(seconds * scale), scale)


def _track(span: _Span, origin: Fraction, movie_scale: int, length: Fraction | None, container_name: str) -> TrackFacts:
    stream, clock = span.stream, span.clock
    kind = media_type(stream.type)
    format_ = describe(stream)
    roles = _roles(stream)
    tags = {str(key).lower(): str(value) for key, value in stream.metadata.items()}
    extent = length if span.end is None or not span.is_timed else max(Fraction(0), span.end - origin)
    return TrackFacts(
        track_id=stream.index + 1,
        handler=_HANDLERS.get(kind, kind.value),
        media_type=kind,
        formats=(format_,),
        format_references=(0,),
        time_scale=clock.scale,
        media_duration=max(0, clock.ticks(stream.duration) or 0),
        duration=Time.INVALID if extent is None else _time(extent, clock.scale),
        edits=_edits(clock, origin, movie_scale, extent),
        enabled="default" in roles or kind in _TIMED,
        volume=Fraction(1) if kind == MediaType.AUDIO else Fraction(0),
        size=format_.display_size if kind == MediaType.VIDEO else (Fraction(0), Fraction(0)),
        language_code=_letters(tags.get("language")),
        extended_language_tag=_language_tag(tags.get("language")),
        name=tags.get("title") or None,
        metadata=items_from_tags(_own_tags(stream), container_name),
        characteristics=tuple(word for role, word in _CHARACTERISTICS.items() if role in roles),
        is_protected=is_protected(stream),
        sample_count=stream.frames or None,
        problems=_problems(span),
    )


def _own_tags(stream: Any) -> dict[str, str]:
    """A stream's tags less what is a fact of its track."""
    return {str(key): str(value) for key, value in stream.metadata.items() if key.lower() != "language"}


def _edits(clock: Clock, origin: Fraction, movie_scale: int, extent: Fraction | None) -> tuple[EditEntry, ...]:
    begin = clock.at(origin)
    if begin == 0 or extent is None:
        return ()
    return (EditEntry(duration=math.ceil(extent * movie_scale), media_time=begin),)


def _letters(language: str | None) -> str | None:
    is_code = language is not None and len(language) == 3 and language.isascii() and language.isalpha()
    return language.lower() if language is not None and is_code and language.lower() != "und" else None


def _language_tag(language: str | None) -> str | None:
    """A tag that says more than three letters ("en-GB"), as newer Matroska files have them."""
    if not language or len(language) == 3 or not language.isascii():
        return None
    return language if all(part.isalnum() for part in language.split("-")) else None


def _problems(span: _Span) -> tuple[str, ...]:
    found = []
    if codec_name(span.stream) == "unknown":
        found.append(_NO_CODEC)
    if span.start is None and media_type(span.stream.type) == MediaType.VIDEO:
        found.append(_NO_TIMES)
    return tuple(found)


def _chapters(
    chapters: Sequence[Mapping[str, Any]], origin: Fraction, length: Fraction | None
) -> tuple[ChapterFacts, ...]:
    """Chapters on the asset's time line; what lies before its start begins there."""
    found = []
    for chapter in chapters:
        clock = Clock.of(chapter["time_base"])
        start, end = clock.ticks(chapter["start"]), clock.ticks(chapter["end"])
        if start is None:
            continue
        begin = max(Fraction(0), clock.seconds(start) - origin)
        finish = length if end is None else clock.seconds(end) - origin
        tags = {str(key).lower(): str(value) for key, value in chapter["metadata"].items()}
        found.append(
            ChapterFacts(
                start=_time(begin, clock.scale),
                end=_time(max(begin, finish if finish is not None else begin), clock.scale),
                title=tags.get("title", ""),
                language=_letters(tags.get("language")),
            )
        )
    return tuple(found)
