"""Everything about a media file as plain values with stable keys: what ``reelwright info --json`` prints.

Exact values are text fractions beside float seconds; what a file does not say is None. Nothing is decoded, and of files
without tables of samples no sample is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from reelwright.containers.movie_media import MovieMedia
from reelwright.easy.codec_names import codec_name
from reelwright.easy.format_words import color_words, light_words, stereo_words
from reelwright.isobmff.parse import scan
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.metadata import MetadataItem
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.track_samples import data_rate

__all__ = [
    "FileLayout",
    "SampleRow",
    "TrackNumbers",
    "file_layout",
    "inspect_asset",
    "overall_bit_rate",
    "sample_rows",
    "track_numbers",
]

_ROWS = 1024  # taken out of an index at a time


@dataclass(frozen=True, slots=True)
class FileLayout:
    """How a movie file is laid out.

    Attributes:
        header: first byte and bytes of the movie header. header_first: it lies before all samples.
        fragments: first bytes of the fragments' headers.
    """

    header: tuple[int, int]
    header_first: bool
    fragments: tuple[int, ...] = ()


def file_layout(asset: Asset) -> FileLayout | None:
    """The layout of a movie file; None for other files.

    Raises:
        OSError, InvalidMediaError: the file cannot be read.
    """
    media = asset.media
    if not isinstance(media, MovieMedia):
        return None
    header: tuple[int, int] | None = None
    samples: int | None = None
    fragments: list[int] = []
    try:
        for box in scan(media.source):
            if box.kind == "moov" and header is None:
                header = box.offset, box.end - box.offset
            elif box.kind == "mdat" and samples is None:
                samples = box.offset
            elif box.kind == "moof":
                fragments.append(box.offset)
    except InvalidMediaError:
        pass  # the rest is no box; the facts of the file say so among its problems
    assert header is not None  # else it would not have opened
    return FileLayout(header, samples is None or header[0] < samples, tuple(fragments))


@dataclass(frozen=True, slots=True)
class TrackNumbers:
    """Numbers of a track that come from its samples; None where only reading all of them would tell.

    Attributes:
        varies: frames last differently long. problems: what is wrong with its tables, in words.
    """

    sample_count: int | None = None
    total_bytes: int | None = None
    bit_rate: int | None = None
    frame_rate: Fraction | None = None
    varies: bool = False
    shortest: Time = Time.INVALID
    reorders: bool | None = None
    key_samples: int | None = None
    problems: tuple[str, ...] = ()


def track_numbers(track: AssetTrack) -> TrackNumbers:
    """Rates and counts, as far as they can be had without reading samples.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        index = track.asset.media.index(track.track_id)
    except InvalidMediaError as error:
        return TrackNumbers(track.facts.sample_count, problems=(error.message,))
    if index is None:
        return _stated_numbers(track)
    durations = index.durations[:-1] if len(index) > 1 else index.durations
    return TrackNumbers(
        sample_count=index.sample_count,
        total_bytes=index.total_bytes,
        bit_rate=round(data_rate(index)),
        frame_rate=track.nominal_frame_rate or None,
        varies=bool(durations.size) and int(durations.min()) != int(durations.max()),
        shortest=track.min_frame_duration,
        reorders=track.requires_frame_reordering,
        key_samples=None if index.sync is None else int(index.sync_rows.size),
        problems=index.problems,
    )


def _stated_numbers(track: AssetTrack) -> TrackNumbers:
    format = next(iter(track.format_descriptions), None)
    rate = None if format is None else format.extensions.get("FFmpegFrameRate")
    return TrackNumbers(
        sample_count=track.facts.sample_count,
        bit_rate=(format.bit_rate or None) if format is not None else None,
        frame_rate=rate if isinstance(rate, Fraction) else None,
    )


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample in a list: its number from 1, times in ticks of its track's media, bytes, place, kind."""

    number: int
    decode: int
    presentation: int
    duration: int
    size: int
    offset: int
    is_sync: bool
    description: int
    count: int


def sample_rows(track: AssetTrack, limit: int | None = None) -> Iterator[SampleRow]:
    """The samples of a track in decode order, as they are needed; without tables the file is gone through.

    Args:
        limit: at most so many.

    Raises (iterating):
        InvalidMediaError, OSError: tables or the file cannot be read.
    """
    index = track.asset.media.index(track.track_id)
    if index is not None:
        most = len(index) if limit is None else min(limit, len(index))
        for first in range(0, most, _ROWS):
            yield from _index_rows(index, first, min(most, first + _ROWS))
        return
    stream = track.asset.media.stream(track.track_id)
    try:
        for place, sample in enumerate(stream):
            if limit is not None and place >= limit:
                return
            yield SampleRow(
                number=place + 1,
                decode=sample.decode,
                presentation=sample.presentation,
                duration=sample.duration,
                size=len(sample.data or b""),
                offset=sample.offset,
                is_sync=sample.is_sync,
                description=sample.description,
                count=sample.count,
            )
    finally:
        stream.close()


def _index_rows(index: SampleIndex, first: int, last: int) -> Iterator[SampleRow]:
    rows = slice(first, last)
    size = last - first
    sync = [True] * size if index.sync is None else index.sync[rows].tolist()
    descriptions = [0] * size if index.descriptions is None else index.descriptions[rows].tolist()
    counts = [1] * size if index.counts is None else index.counts[rows].tolist()
    times = (index.decode[rows].tolist(), index.presentation[rows].tolist(), index.durations[rows].tolist())
    places = (index.sizes[rows].tolist(), index.offsets[rows].tolist())
    columns = zip(*times, *places, sync, descriptions, counts, strict=True)
    for place, values in enumerate(columns, first + 1):
        yield SampleRow(place, *values)


def inspect_asset(asset: Asset) -> dict[str, Any]:
    """What a file says about itself and its tracks, ready for JSON.

    Raises:
        MediaNotFoundError, InvalidMediaError, OSError: it cannot be opened.
    """
    facts, layout = asset.facts, file_layout(asset)
    return {
        "path": asset.path,
        "container": facts.container,
        "major_brand": facts.major_brand or None,
        "minor_version": facts.minor_version if facts.major_brand else None,
        "compatible_brands": list(facts.compatible_brands),
        "size": facts.size if facts.size >= 0 else None,
        "duration": _time(asset.duration),
        "bit_rate": overall_bit_rate(asset),
        "time_scale": facts.time_scale,
        "header_first": None if layout is None else layout.header_first,
        "header_offset": None if layout is None else layout.header[0],
        "header_size": None if layout is None else layout.header[1],
        "contains_fragments": facts.contains_fragments,
        "fragment_count": 0 if layout is None else len(layout.fragments),
        "has_precise_timing": facts.has_precise_timing,
        "is_protected": asset.has_protected_content,
        "created": _moment(facts.created),
        "modified": _moment(facts.modified),
        "rate": _exact(facts.rate),
        "volume": _exact(facts.volume),
        "tracks": [_track(track) for track in asset.tracks],
        "chapters": [
            {
                "title": chapter.title,
                "start": _time(chapter.time_range.start),
                "end": _time(chapter.time_range.end),
                "language": chapter.language,
            }
            for chapter in asset.chapters
        ],
        "metadata": [_item(item) for item in asset.metadata],
        "problems": list(facts.problems),
    }


def overall_bit_rate(asset: Asset) -> int | None:
    """Bits of the whole file by its duration; None where either is not known."""
    length, size = asset.duration, asset.facts.size
    if size < 0 or not length.is_numeric or length <= Time.ZERO:
        return None
    return round(size * 8 / length.fraction)


def _exact(value: Fraction) -> dict[str, Any]:
    return {"exact": str(value), "value": float(value)}


def _time(time: Time) -> dict[str, Any] | None:
    return {"exact": str(time.fraction), "seconds": time.seconds} if time.is_numeric else None


def _moment(seconds: int | None) -> str | None:
    """In ISO 8601; None where it is not known, or beyond the calendar."""
    try:
        return None if seconds is None else (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return None


def _track(track: AssetTrack) -> dict[str, Any]:
    facts, numbers = track.facts, track_numbers(track)
    return {
        "id": track.track_id,
        "media_type": track.media_type.name.lower(),
        "handler": facts.handler,
        "name": facts.name,
        "enabled": track.is_enabled,
        "language_code": track.language_code,
        "extended_language_tag": track.extended_language_tag,
        "time_scale": facts.time_scale,
        "media_duration": facts.media_duration,
        "duration": _time(facts.duration),
        "natural_size": [_exact(side) for side in track.natural_size],
        "transform": [str(value) for value in facts.transform],
        "layer": facts.layer,
        "volume": _exact(facts.volume),
        "alternate_group": facts.alternate_group,
        "references": {kind: list(numbers) for kind, numbers in facts.references.items()},
        "characteristics": sorted(track.media_characteristics),
        "edits": [
            {"duration": edit.duration, "media_time": edit.media_time, "rate": str(edit.rate)} for edit in facts.edits
        ],
        "sample_count": numbers.sample_count,
        "key_sample_count": numbers.key_samples,
        "total_bytes": numbers.total_bytes,
        "bit_rate": numbers.bit_rate,
        "frame_rate": None if numbers.frame_rate is None else _exact(numbers.frame_rate),
        "frame_rate_varies": numbers.varies,
        "min_frame_duration": _time(numbers.shortest),
        "reorders_frames": numbers.reorders,
        "is_self_contained": track.is_self_contained,
        "is_protected": facts.is_protected,
        "created": _moment(facts.created),
        "modified": _moment(facts.modified),
        "formats": [_format(format) for format in facts.formats],
        "metadata": [_item(item) for item in facts.metadata],
        "problems": [*facts.problems, *numbers.problems],
    }


def _format(format: FormatDescription) -> dict[str, Any]:
    name, clean, aspect = codec_name(format), format.clean_aperture, format.pixel_aspect_ratio
    sides = () if clean is None else (clean.width, clean.height, clean.horizontal_offset, clean.vertical_offset)
    return {
        "codec": format.media_subtype,
        "codec_string": name.string,
        "codec_name": name.words,
        "width": format.width or None,
        "height": format.height or None,
        "clean_aperture": [str(side) for side in sides] or None,
        "pixel_aspect_ratio": None if aspect is None else [aspect.horizontal_spacing, aspect.vertical_spacing],
        "chroma": format.chroma,
        "bits_per_component": format.bits_per_component,
        "color": None if format.color is None else list(format.color.codes),
        "color_words": color_words(format) or None,
        "full_range": format.full_range,
        "light": list(light_words(format)),
        "stereo": stereo_words(format) or None,
        "sample_rate": format.sample_rate or None,
        "channels": format.channels or None,
        "channel_layout": format.channel_layout,
        "frames_per_packet": format.frames_per_packet or None,
        "priming": format.priming,
        "bit_rate": format.bit_rate or None,
        "boxes": sorted(format.atoms),
        "extensions": {key: _plain(value) for key, value in format.extensions.items()},
    }


def _item(item: MetadataItem) -> dict[str, Any]:
    return {
        "identifier": item.identifier,
        "common_key": item.common_key,
        "key_space": str(item.key_space),
        "value": _plain(item.value),
        "data_type": item.data_type,
        "language": item.extended_language_tag,
        "extra": {key: _plain(value) for key, value in item.extra_attributes.items()},
    }


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: bytes in hexadecimal with their number, or only their number when they are many."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        return {"bytes": len(data), "hex": data.hex()} if len(data) <= 256 else {"bytes": len(data)}
    if isinstance(value, Time):
        return _time(value)
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if hasattr(value, "items"):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    is_json = value is None or isinstance(value, (int, str)) or (isinstance(value, float) and math.isfinite(value))
    return value if is_json else str(value)
