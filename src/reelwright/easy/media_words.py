"""Times, sizes, rates, edits and relations of media files in words that fit on a line."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from fractions import Fraction

from PIL import Image

from reelwright.easy.format_words import number
from reelwright.model.facts import MediaFacts, TrackFacts
from reelwright.model.metadata import MetadataItem
from reelwright.model.metadata_keys import MetadataDataType
from reelwright.model.time import Time

__all__ = [
    "bit_rate_words",
    "bytes_words",
    "edit_words",
    "frame_rate_words",
    "relation_words",
    "span_words",
    "value_words",
]

_NTSC = 1001
_SMALL = 100  # denominators that people can read
_LONG = 72
_EDITS = 4  # told one by one; of more, the rest is counted
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
_REFERENCES = {
    "tmcd": "time code in",
    "chap": "chapters in",
    "cdsc": "describes",
    "cdep": "depends on",
    "fall": "falls back to",
    "folw": "goes with subtitles in",
    "forc": "forced subtitles in",
    "sync": "synchronised with",
    "scpt": "transcript in",
    "hint": "hints for",
    "vdep": "auxiliary to depth of",
    "auxl": "auxiliary to",
    "font": "fonts in",
    "subt": "subtitles in",
    "rndr": "rendered with metadata in",
    "ssrc": "made from",
}
_PICTURES = {MetadataDataType.JPEG: "JPEG", MetadataDataType.PNG: "PNG", MetadataDataType.GIF: "GIF"}
_PICTURES |= {MetadataDataType.BMP: "BMP"}


def span_words(time: Time) -> str:
    """A length or a moment: ``"12.480 s"``, from a minute on ``"1:02:03.456"``."""
    if not time.is_numeric:
        return "unknown"
    milliseconds = round(abs(time.fraction) * 1000)
    sign = "-" if time.fraction < 0 and milliseconds else ""
    seconds, rest = divmod(milliseconds, 1000)
    if seconds < 60:
        return f"{sign}{seconds}.{rest:03} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{clock}:{seconds:02}.{rest:03}"


def bytes_words(count: int) -> str:
    """``"45 kB"``: three figures, powers of 1000."""
    size, unit = Fraction(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    digits = 0 if unit == 0 or size >= 100 else 1 if size >= 10 else 2
    return f"{number(size, digits)} {_UNITS[unit]}"


def bit_rate_words(rate: Fraction | float) -> str:
    """``"128 kbit/s"``, ``"4.51 Mbit/s"``."""
    for size, unit in ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")):
        if rate >= size * 0.9995:
            value = float(rate) / size
            return f"{number(value, 0 if value >= 100 else 1 if value >= 10 else 2)} {unit}"
    return f"{number(rate, 0)} bit/s"


def frame_rate_words(rate: Fraction, *, varies: bool = False) -> str:
    """``"29.97 fps (30000/1001)"``, ``"25 fps"``, ``"24.31 fps on average"``."""
    if not rate:
        return ""
    shown = f"{number(rate, 3)} fps"
    if varies and rate.denominator not in (1, _NTSC):
        return f"{shown} on average"
    readable = rate.denominator in (_NTSC, *range(2, _SMALL))
    return f"{shown} ({rate})" if readable else shown


def edit_words(track: TrackFacts, media: MediaFacts) -> str:
    """The edit list: ``"skips the first 0.080 s"``; empty when there is none, or it plays everything from the start."""
    edits = track.edits
    if len(edits) == 1 and edits[0].media_time is not None and edits[0].rate == 1:
        skipped = Time(edits[0].media_time, track.time_scale)
        return f"skips the first {span_words(skipped)}" if skipped else ""
    told = list(_each_edit(track, media))
    if len(told) > _EDITS:
        told[_EDITS:] = [f"and {len(told) - _EDITS} more"]
    return "; then ".join(told)


def _each_edit(track: TrackFacts, media: MediaFacts) -> Iterator[str]:
    for edit in track.edits:
        length = Time(edit.duration, media.time_scale)
        lasting = span_words(length) if edit.duration else "the rest"
        if edit.media_time is None:
            yield f"nothing for {lasting}"
        elif edit.rate == 0:
            yield f"the moment {span_words(Time(edit.media_time, track.time_scale))} held for {lasting}"
        else:
            speed = "" if edit.rate == 1 else f" at {number(edit.rate, 3)}× speed"
            yield f"{lasting} from {span_words(Time(edit.media_time, track.time_scale))}{speed}"


def relation_words(track: TrackFacts) -> Iterator[str]:
    """Which other tracks it refers to, and how."""
    for kind, numbers in track.references.items():
        tracks = "track" if len(numbers) == 1 else "tracks"
        yield f"{_REFERENCES.get(kind, repr(kind))} {tracks} {', '.join(map(str, numbers))}"


def value_words(item: MetadataItem) -> str:
    """An item's value on one line, shortened; pictures by kind, size and bytes."""
    if isinstance(item.value, bytes):
        return _data_words(item, item.value)
    parts = item.value if isinstance(item.value, tuple) else ()
    text = ", ".join(number(part) for part in parts) or item.string_value or ""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"


def _data_words(item: MetadataItem, data: bytes) -> str:
    kind = _PICTURES.get(MetadataDataType(item.data_type)) if item.data_type in list(MetadataDataType) else None
    found = _picture(data) if kind or item.common_key == "artwork" else None
    if found is not None:
        return f"{found[0]} {found[1]}×{found[2]}, {bytes_words(len(data))}"
    return f"{kind}, {bytes_words(len(data))}" if kind else f"{bytes_words(len(data))} of data"


def _picture(data: bytes) -> tuple[str, int, int] | None:
    """Format and size of an encoded picture, None when it is none; nothing is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                return str(picture.format), *picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
