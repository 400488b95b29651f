"""One media file as this library sees it, in the words that all readers are brought to; and whether two of them agree.

A view has a dictionary of fields for the file (place 0) and one for each of our tracks, by its number. What a reader
does not say is not there. Values are plain: numbers, strings, and lists of them.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reelwright.isobmff.genres import GENRES
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from tests.interop.reading.words import (
    CODECS,
    CONTAINERS,
    KINDS,
    OUR_TAGS,
)

View = dict[int, dict[str, Any]]
_DATES = ("mkv/DateUTC", "common/creationDate")

# ---------------------------------------------------------------- this library


def our_view(path: Path) -> View:
    with Asset(path) as asset:
        view: View = {0: _our_file(asset)}
        for track in asset.tracks:
            view[track.track_id] = _our_track(track)
        return {place: known(fields) for place, fields in view.items()}


def known(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those that say nothing."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], ())}


def _our_file(asset: Asset) -> dict[str, Any]:
    facts = asset.facts
    kinds = [track.media_type for track in asset.tracks]
    fields = {
        "container": CONTAINERS.get(facts.container, facts.container),
        "major brand": facts.major_brand.strip(),
        "duration": _seconds(asset.duration),
        "created": facts.created if facts.created is not None else date_of(_text_of(asset, _DATES)),
        "video tracks": kinds.count(MediaType.VIDEO),
        "sound tracks": kinds.count(MediaType.AUDIO),
        "chapters": [[round(c.time_range.start.seconds * 1000), c.title] for c in asset.chapters],
        "file size": facts.size if facts.size > 0 else None,
    }
    found = [(item.identifier, item.value) for item in asset.metadata]
    for name, identifiers in OUR_TAGS.items():
        values = [value for identifier in identifiers for key, value in found if key == identifier]
        fields[name] = _tag(values[0]) if values else None
    if fields["genre"] is None and (number := _text_of(asset, ("itsk/gnre",))):
        fields["genre"] = GENRES[int(number) - 1]
    return fields


def _text_of(asset: Asset, identifiers: tuple[str, ...]) -> str | None:
    return next((str(item.value) for item in asset.metadata if item.identifier in identifiers), None)


def _tag(value: Any) -> Any:
    if isinstance(value, bytes):
        return None
    if isinstance(value, tuple):
        return "/".join(map(str, value))
    return str(value).strip().replace("\r\n", "\n")


def _our_track(track: AssetTrack) -> dict[str, Any]:
    facts = track.facts
    fields: dict[str, Any] = {
        "kind": KINDS.get(track.media_type.name, "other"),
        "language": track.language_code,
        "enabled": track.is_enabled,
        "start": _seconds(track.time_range.start),
        "duration": _seconds(track.time_range.duration),
        "alternate group": facts.alternate_group or None,
        "created": facts.created,
    }
    if facts.formats:
        fields |= _our_format(track, facts.formats[0])
    is_pcm = bool(facts.formats) and facts.formats[0].bytes_per_frame > 0
    if not is_pcm:
        fields["samples"] = track.sample_index.sample_count
    fields["bytes"] = track.total_sample_data_length
    return fields


def _our_format(track: AssetTrack, format: FormatDescription) -> dict[str, Any]:
    codec = format.extensions.get("FFmpegCodec") or CODECS.get(format.media_subtype)
    fields = {"codec": codec, "fourcc": format.media_subtype.strip()}
    if track.media_type is MediaType.VIDEO:
        index, size = track.sample_index, track.natural_size
        length = int(index.durations.sum())
        aspect = format.pixel_aspect_ratio
        a, b = track.preferred_transform[:2]
        fields |= {
            "width": format.width,
            "height": format.height,
            "pixel aspect": float(aspect.ratio) if aspect else 1.0,
            "display aspect": float(size[0] / size[1]) if size[1] else None,
            "rotation": round(math.degrees(math.atan2(b, a))) % 360,
            "nominal rate": float(track.nominal_frame_rate) or None,
            "average rate": len(index) * index.time_scale / length if length else None,
            "bit depth": format.bits_per_component,
            "chroma": format.chroma,
            "range": None if format.full_range is None else "full" if format.full_range else "video",
        }
        if format.color is not None:
            codes = format.color.codes
            names = ("primaries", "transfer", "matrix")
            fields |= {name: code for name, code in zip(names, codes, strict=True) if code != 2}
        fields |= _our_hdr(format)
    if track.media_type is MediaType.AUDIO:
        fields |= {
            "sample rate": format.sample_rate or None,
            "channels": format.channels or None,
            "layout": format.channel_layout,
            "bit depth": format.pcm.bits if format.pcm else format.bits_per_component,
        }
    return fields


def _our_hdr(format: FormatDescription) -> dict[str, Any]:
    found: dict[str, Any] = {}
    light = format.extensions.get("ContentLightLevelInfo")
    if light:
        found["content light"] = [int.from_bytes(light[:2], "big"), int.from_bytes(light[2:4], "big")]
    colours = format.extensions.get("MasteringDisplayColorVolume")
    if colours:
        values = [int.from_bytes(colours[place : place + 2], "big") / 50000 for place in range(0, 16, 2)]
        green, blue, red, white = values[0:2], values[2:4], values[4:6], values[6:8]
        lights = [int.from_bytes(colours[16:20], "big") / 10000, int.from_bytes(colours[20:24], "big") / 10000]
        found["mastering display"] = [round(value, 5) for value in (*red, *green, *blue, *white, *lights)]
    vision = next((format.atoms[box] for box in ("dvcC", "dvvC", "dvwC") if box in format.atoms), None)
    if vision is not None:
        found["Dolby Vision"] = [vision[2] >> 1, (vision[2] & 1) << 5 | vision[3] >> 3]
    return found


def _seconds(time: Time) -> float | None:
    return time.seconds if time.is_numeric else None


def date_of(text: str | None) -> int | None:
    """Seconds since 1970 of a date in Coordinated Universal Time, however it is spelled."""
    found = re.search(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)", text or "")
    if found is None:
        return None
    moment = datetime.datetime(*(int(part) for part in found.groups()), tzinfo=datetime.UTC)  # type: ignore[arg-type,misc]
    return round(moment.timestamp())


# ---------------------------------------------------------------- comparing


def differs(field: str, ours: Any, theirs: Any) -> bool:
    """Whether two readers contradict each other, as far as the coarser of them says it."""
    tolerances = {"duration": 0.0021, "start": 0.0011, "pixel aspect": 0.0006, "display aspect": 0.0006}
    tolerances |= {"nominal rate": 0.0006, "average rate": 0.0006, "sample rate": 0.5}
    if field in tolerances:
        return bool(abs(ours - theirs) > tolerances[field])
    if field == "mastering display":
        return _apart(ours, theirs, 0.0001)
    if field == "chapters":
        titles = [[title for _, title in chapters] for chapters in (ours, theirs)]
        return titles[0] != titles[1] or _apart([time for time, _ in ours], [time for time, _ in theirs], 1)
    if field in ("location", "Apple's location"):
        return _apart(_place(ours), _place(theirs), 0.0006)
    if field == "language":
        return bool(ours[:2] != theirs[:2])
    return bool(ours != theirs)


def _place(text: str) -> list[float]:
    """Latitude, longitude and altitude of ISO 6709, where it is not said 0."""
    numbers = [float(number) for number in re.findall(r"[+-][\d.]+", text)]
    return [*numbers, 0.0, 0.0, 0.0][:3]


def _apart(ours: Iterable[float], theirs: Iterable[float], tolerance: float) -> bool:
    one, other = list(ours), list(theirs)
    return len(one) != len(other) or any(abs(a - b) > tolerance for a, b in zip(one, other, strict=True))
