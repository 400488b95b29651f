"""The text of ``reelwright info``: a line for the file, a block for each track, then chapters and metadata.

A terminal gets lines that fit; what goes into a pipe or a file stays one fact a line, without colours.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.markup import escape

from reelwright.easy.codec_names import codec_name
from reelwright.easy.format_words import color_words, geometry_words, light_words, stereo_words, turn_words
from reelwright.easy.inspection import SampleRow, TrackNumbers, file_layout, overall_bit_rate, track_numbers
from reelwright.easy.media_words import (
    bit_rate_words,
    bytes_words,
    edit_words,
    frame_rate_words,
    relation_words,
    span_words,
    value_words,
)
from reelwright.isobmff.box_tree import BoxNode
from reelwright.model.facts import TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack

__all__ = ["show", "show_boxes", "show_samples"]

_LABEL = 12
_INDENT = 5
_MANY = 100  # chapters or items of metadata that are listed
_WIDEST_LABEL = 40
_BRANDS = {"qt  ": "QuickTime movie", "M4A ": "MPEG-4 audio", "M4V ": "MPEG-4 movie", "M4B ": "audio book"}
_CONTAINERS = {
    "mov": "QuickTime movie without brands",
    "matroska,webm": "Matroska",
    "mpegts": "MPEG transport stream",
    "mpeg": "MPEG program stream",
    "avi": "AVI",
    "flv": "Flash video",
    "mp3": "MP3",
    "aac": "AAC (ADTS)",
    "flac": "FLAC",
    "ogg": "Ogg",
    "wav": "WAVE",
    "caf": "Core Audio Format",
}


def show(out: Console, asset: Asset) -> None:
    """Print everything about an asset."""
    page = _Page(out)
    name = os.path.basename(asset.path or "") or "media"
    page.title(name, list(_file_facts(asset)))
    for label, value in _file_lines(asset):
        page.line(label, value, indent=2)
    for track in asset.tracks:
        page.title(f"  {track.track_id}  {_kind(track.facts)}", [_headline(track)])
        for label, value in _track_lines(track):
            page.line(label, value, indent=_INDENT)
    _show_chapters(page, asset)
    _show_metadata(page, asset.metadata)


class _Page:
    """Labelled lines: wrapped with a hanging indent on a terminal, whole elsewhere."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._width = out.width if out.is_terminal else 1 << 20

    def title(self, name: str, facts: list[str]) -> None:
        shown = escape(_printable(", ".join(filter(None, facts))))
        self._out.print(f"[bold]{escape(_printable(name))}[/bold]  {shown}", highlight=False)

    def line(self, label: str, value: str, *, indent: int, label_width: int = _LABEL) -> None:
        if not value:
            return
        room = max(20, self._width - indent - label_width)
        first, *rest = textwrap.wrap(_printable(value), room, break_long_words=False, break_on_hyphens=False) or [""]
        style = {"problem": "yellow", "protected": "red"}.get(label, "dim")
        shown = escape(_printable(label).ljust(label_width - 1))
        self._out.print(f"{' ' * indent}[{style}]{shown}[/{style}] {escape(first)}", highlight=False)
        for more in rest:
            self._out.print(" " * (indent + label_width) + escape(more), highlight=False)


def _printable(text: str) -> str:
    """What a file says must not steer the terminal it is shown on."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)


# ---------------------------------------------------------------------- the file


def _file_facts(asset: Asset) -> Iterator[str]:
    facts = asset.facts
    if facts.major_brand:
        yield _BRANDS.get(facts.major_brand, "MPEG-4 file")
    else:
        yield _CONTAINERS.get(facts.container, facts.container)
    yield span_words(asset.duration)
    if facts.size >= 0:
        yield f"{facts.size:,} bytes"
    if rate := overall_bit_rate(asset):
        yield bit_rate_words(rate)


def _file_lines(asset: Asset) -> Iterator[tuple[str, str]]:
    facts, layout = asset.facts, file_layout(asset)
    if facts.major_brand:
        others = [brand for brand in facts.compatible_brands if brand != facts.major_brand]
        yield "brands", ", ".join(brand.strip() for brand in [facts.major_brand, *others])
    if layout is not None:
        offset, size = layout.header
        place = "first" if layout.header_first else "last"
        yield "header", f"{place} ({bytes_words(size)} at {offset:,})"
        if layout.fragments:
            yield "fragments", f"{len(layout.fragments):,}"
        elif asset.can_contain_fragments:
            yield "fragments", "none yet"
    made = asset.creation_date
    if made is not None:
        yield "made", value_words(made)
    if not facts.has_precise_timing:
        yield "times", "estimated: only reading the whole file would tell"
    if asset.has_protected_content:
        yield "protected", "some tracks are encrypted"
    for problem in facts.problems:
        yield "problem", problem


# ---------------------------------------------------------------------- tracks


def _kind(facts: TrackFacts) -> str:
    if facts.media_type is MediaType.OTHER:
        return repr(facts.handler)
    return facts.media_type.name.lower().replace("_", " ")


def _headline(track: AssetTrack) -> str:
    names = [codec_name(format) for format in track.format_descriptions]
    told = [name.words if name.words == name.string else f"{name.words} ({name.string})" for name in names]
    return "; ".join(dict.fromkeys(told)) or "without a format"


def _track_lines(track: AssetTrack) -> Iterator[tuple[str, str]]:
    facts, numbers = track.facts, track_numbers(track)
    yield "name", facts.name or ""
    for number, format in enumerate(facts.formats, 1):
        if len(facts.formats) > 1:
            yield "format", f"{number} of {len(facts.formats)}"
        yield from _format_lines(format, facts)
    yield "rate", _rate(numbers)
    yield "time", ", ".join(filter(None, (_length(track), edit_words(facts, track.asset.facts))))
    yield "samples", ", ".join(_sample_facts(numbers))
    yield "language", ", ".join(filter(None, (facts.language_code, facts.extended_language_tag)))
    yield "presented", ", ".join(_presentation(facts))
    yield "relations", "; ".join(relation_words(facts))
    yield "tagged", ", ".join(tag.removeprefix("public.") for tag in facts.characteristics)
    if facts.is_protected:
        schemes = {str(format.extensions.get("ProtectionScheme", "")) for format in facts.formats} - {""}
        yield "protected", f"encrypted ({', '.join(sorted(schemes))})" if schemes else "encrypted"
    for reference in facts.data_references:
        if not reference.is_self_contained:
            yield "samples in", reference.location or f"another file ({reference.kind.strip()!r})"
    for item in facts.metadata:
        yield "metadata", f"{_item_label(item)}: {value_words(item)}"
    for problem in (*facts.problems, *numbers.problems):
        yield "problem", problem


def _format_lines(format: FormatDescription, facts: TrackFacts) -> Iterator[tuple[str, str]]:
    picture = list(geometry_words(format))
    if picture or facts.media_type is MediaType.VIDEO:
        yield "picture", ", ".join(filter(None, (*picture, turn_words(facts.transform))))
        told = color_words(format)
        yield "colour", told if told and format.color else ", ".join(filter(None, ("no tags", told)))
        yield "light", "; ".join(light_words(format))
        yield "stereo", stereo_words(format)
    if format.channels or format.sample_rate:
        yield "sound", ", ".join(_sound(format))
        yield "priming", _priming(format, facts)


def _sound(format: FormatDescription) -> Iterator[str]:
    if format.sample_rate:
        yield f"{format.sample_rate:,} Hz"
    if format.channels:
        channels = f"{format.channels} channel{'s' * (format.channels != 1)}"
        known = format.channel_layout
        yield known if known in ("mono", "stereo") else f"{channels} ({known})" if known else channels
    if format.frames_per_packet > 1:
        yield f"{format.frames_per_packet:,} frames a packet"


def _priming(format: FormatDescription, facts: TrackFacts) -> str:
    """What stands before the sound proper: the edit list's word, else the description's."""
    first = facts.edits[0].media_time if facts.edits else None
    if first and facts.time_scale and format.sample_rate:
        return f"{round(first * format.sample_rate / facts.time_scale):,} frames (edit list)"
    return f"{format.priming:,} frames (codec)" if format.priming else ""


def _rate(numbers: TrackNumbers) -> str:
    if numbers.frame_rate is None or numbers.sample_count == 1:
        return ""
    phrases = [frame_rate_words(numbers.frame_rate, varies=numbers.varies)]
    if phrases[0].endswith("on average") and numbers.shortest.is_numeric:
        phrases.append(f"frames of {float(numbers.shortest.fraction) * 1000:.1f} ms and more")
    if numbers.reorders:
        phrases.append("frames reordered")
    return ", ".join(phrases)


def _length(track: AssetTrack) -> str:
    return span_words(track.facts.duration) if track.facts.duration.is_numeric else ""


def _sample_facts(numbers: TrackNumbers) -> Iterator[str]:
    if numbers.sample_count is not None:
        yield f"{numbers.sample_count:,} sample{'s' * (numbers.sample_count != 1)}"
    if numbers.key_samples is not None:
        yield f"{numbers.key_samples:,} key"
    if numbers.total_bytes is not None:
        yield f"{numbers.total_bytes:,} bytes"
    if numbers.bit_rate:
        yield bit_rate_words(numbers.bit_rate)


def _presentation(facts: TrackFacts) -> Iterator[str]:
    if not facts.enabled:
        yield "not enabled"
    if facts.alternate_group:
        yield f"alternate group {facts.alternate_group}"
    if facts.layer:
        yield f"layer {facts.layer}"
    if facts.media_type is MediaType.AUDIO and facts.volume != 1:
        yield f"volume {float(facts.volume):g}"


# ---------------------------------------------------------------------- chapters and metadata


def _show_chapters(page: _Page, asset: Asset) -> None:
    chapters = asset.chapters
    if not chapters:
        return
    page.title("  chapters", [f"{len(chapters)}"])
    for chapter in chapters[:_MANY]:
        page.line(_clock(chapter.time_range.start), chapter.title or "(no title)", indent=_INDENT)
    if len(chapters) > _MANY:
        page.line("…", f"and {len(chapters) - _MANY} more", indent=_INDENT)


def _clock(time: Time) -> str:
    return span_words(time).removesuffix(" s")


def _show_metadata(page: _Page, items: tuple[MetadataItem, ...]) -> None:
    """Items with a common meaning first, the others under their own keys."""
    if not items:
        return
    page.title("  metadata", [f"{len(items)} item{'s' * (len(items) != 1)}"])
    ordered = sorted(items, key=lambda item: item.common_key is None)[:_MANY]
    width = min(_WIDEST_LABEL, max(_LABEL, *(len(_item_label(item)) + 2 for item in ordered)))
    for item in ordered:
        language = f" [{item.extended_language_tag}]" if item.extended_language_tag else ""
        page.line(_item_label(item), value_words(item) + language, indent=_INDENT, label_width=width)
    if len(items) > _MANY:
        page.line("…", f"and {len(items) - _MANY} more", indent=_INDENT)


def _item_label(item: MetadataItem) -> str:
    """``creationDate`` as "creation date"; keys without a common meaning as they are, less Apple's long beginning."""
    if item.common_key:
        return re.sub("([A-Z])", lambda found: f" {found[1].lower()}", item.common_key)
    return (item.identifier or repr(item.key)).replace("mdta/com.apple.quicktime.", "")


# ---------------------------------------------------------------------- boxes and samples


def show_boxes(nodes: Iterable[BoxNode]) -> None:
    """The tree of boxes, one a line: place, size, kind, what it says."""
    print(f"{'offset':>14} {'size':>14}  box")
    for node in nodes:
        said = _printable(f"{node.kind}  {node.summary}").rstrip()
        print(f"{node.offset:>14,} {node.size:>14,}  {'  ' * node.depth}{said}")


def show_samples(track: AssetTrack, rows: Iterable[SampleRow]) -> None:
    """A track's samples, one a line, in seconds of its media; a format's number only where there are several."""
    scale = track.natural_time_scale
    counted = track.media_type is MediaType.AUDIO
    print(f"track {track.track_id}, times in seconds of its media ({scale:,} ticks a second)")
    heads = f"{'number':>8} {'decoded':>14} {'shown':>14} {'lasts':>11} {'bytes':>11} {'offset':>14}  key  format"
    print(heads + ("   frames" if counted else ""))
    for row in rows:
        times = f"{row.decode / scale:>14.6f} {row.presentation / scale:>14.6f} {row.duration / scale:>11.6f}"
        place = f"{row.offset:>14,}" if row.offset >= 0 else f"{'?':>14}"
        frames = f" {row.count:>8,}" if counted else ""
        key = "key" if row.is_sync else "   "
        print(f"{row.number:>8} {times} {row.size:>11,} {place}  {key}  {row.description + 1:>6}{frames}")
