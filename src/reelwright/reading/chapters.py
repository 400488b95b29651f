"""Chapters: titles over stretches of an asset's time, from chapter tracks or from lists that stand apart.

A track refers to its chapters' tracks by ``chap``: text tracks, one for each language, and tracks of pictures for the
same stretches (QuickTime File Format, "Chapter lists"). Files without them may have a list of another making (Nero's,
Matroska's); where there are both, the tracks count.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelwright.isobmff.language import shortest_tag
from reelwright.isobmff.text_samples import text_sample
from reelwright.model.errors import InvalidMediaError
from reelwright.model.kinds import MediaType, TrackAssociation
from reelwright.model.metadata import MetadataItem, TimedMetadataGroup, is_language_tag
from reelwright.model.metadata_keys import MetadataDataType, MetadataKeySpace
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

if TYPE_CHECKING:
    from reelwright.reading.asset import Asset
    from reelwright.reading.asset_track import AssetTrack

__all__ = ["Chapter", "ChapterList", "best_list", "chapter_groups", "chapter_lists"]

_UNDETERMINED = "und"
_PICTURES = {"jpeg": MetadataDataType.JPEG, "png ": MetadataDataType.PNG}
_ARTWORK = "artwork"
_MOST = 1 << 12  # chapters of one list; whoever has more of them wants to keep a reader busy


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter.

    Attributes:
        title: what it is called; empty where the file gives it no name.
        time_range: on the asset's time line.
        language: BCP 47 tag of the title; None when undetermined.
    """

    title: str
    time_range: TimeRange
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ChapterList:
    """All chapters in one language, in order.

    Attributes:
        language: BCP 47 tag; None when undetermined.
    """

    language: str | None
    chapters: tuple[Chapter, ...]

    @property
    def locale(self) -> str:
        """The language as locales are spelled (``"pt_BR"``); ``"und"`` when undetermined."""
        return (self.language or _UNDETERMINED).replace("-", "_")


def chapter_lists(asset: Asset) -> tuple[ChapterList, ...]:
    """The chapter lists of an asset, in the order of the file; reads the samples of its chapter tracks.

    Raises:
        InvalidMediaError, OSError: they cannot be read.
    """
    lists = []
    for track in _chapter_tracks(asset):
        if track.media_type in (MediaType.TEXT, MediaType.SUBTITLE):
            language = _language(track.extended_language_tag or shortest_tag(track.language_code or _UNDETERMINED))
            chapters = tuple(Chapter(title, span, language) for title, span in _titles(track))
            if chapters:
                lists.append(ChapterList(language, chapters))
    return tuple(lists) or _lists_apart(asset)


def _chapter_tracks(asset: Asset) -> list[AssetTrack]:
    """Tracks that are the chapters of any other, each once."""
    found: dict[int, AssetTrack] = {}
    for track in asset.tracks:
        for chapters in track.associated_tracks(TrackAssociation.CHAPTER_LIST):
            found.setdefault(chapters.track_id, chapters)
    return list(found.values())


def _titles(track: AssetTrack) -> Iterator[tuple[str, TimeRange]]:
    """Titles and when they hold. Samples without text fill gaps between chapters."""
    for data, span in itertools.islice(_samples(track), _MOST):
        try:
            title = text_sample(data).strip()
        except InvalidMediaError:
            continue  # not even a length
        if title:
            yield title, span


def _samples(track: AssetTrack) -> Iterator[tuple[bytes, TimeRange]]:
    """The track's samples with the stretches of the asset in which each is shown, in the order of those."""
    scale = track.natural_time_scale
    stream = track.asset.media.stream(track.track_id)
    try:
        samples = sorted(itertools.islice(stream, _MOST), key=lambda sample: sample.presentation)
    finally:
        stream.close()
    starts = [Time(sample.presentation, scale) for sample in samples]
    for segment in track.segments:
        source = segment.time_mapping.source
        place = len(starts) if segment.is_empty else max(0, bisect_right(starts, source.start) - 1)
        while place < len(starts) and starts[place] <= source.end:
            span = segment.shown(TimeRange(starts[place], Time(samples[place].duration, scale)))
            if span is not None:
                yield samples[place].data or b"", span
            place += 1


def _lists_apart(asset: Asset) -> tuple[ChapterList, ...]:
    lists: dict[str | None, list[Chapter]] = {}
    for facts in asset.facts.chapters:
        language = _language(shortest_tag(facts.language or _UNDETERMINED))
        chapter = Chapter(facts.title, TimeRange.from_times(facts.start, facts.end), language)
        lists.setdefault(language, []).append(chapter)
    return tuple(ChapterList(language, tuple(chapters)) for language, chapters in lists.items())


def _language(tag: str | None) -> str | None:
    return tag if tag is not None and tag != _UNDETERMINED and is_language_tag(tag) else None


# -- as groups of metadata ---------------------------------------------------------------------------------------------


def chapter_groups(asset: Asset, chapters: ChapterList, common_keys: Collection[str]) -> list[TimedMetadataGroup]:
    """One group a chapter: its title, and what else was asked for and holds in the same time.

    Args:
        common_keys: ``"artwork"`` adds the pictures of chapters.
    """
    pictures = list(_pictures(asset)) if _ARTWORK in common_keys else []
    groups = []
    for chapter in chapters.chapters:
        found = [item for item, span in pictures if not span.intersection(chapter.time_range).is_empty]
        groups.append(TimedMetadataGroup((_title_item(chapter), *found), chapter.time_range))
    return groups


def _title_item(chapter: Chapter) -> MetadataItem:
    return MetadataItem(
        key_space=MetadataKeySpace.COMMON,
        key="title",
        value=chapter.title,
        data_type=MetadataDataType.UTF8,
        extended_language_tag=chapter.language,
        time=chapter.time_range.start,
        duration=chapter.time_range.duration,
    )


def _pictures(asset: Asset) -> Iterator[tuple[MetadataItem, TimeRange]]:
    """The pictures of chapters, as they are stored, with the stretches in which they hold."""
    for track in _chapter_tracks(asset):
        kind = _PICTURES.get(track.format_descriptions[0].media_subtype) if track.format_descriptions else None
        if track.media_type is not MediaType.VIDEO or kind is None:
            continue
        for data, span in itertools.islice(_samples(track), _MOST):
            item = MetadataItem(
                key_space=MetadataKeySpace.COMMON,
                key=_ARTWORK,
                value=data,
                data_type=kind,
                time=span.start,
                duration=span.duration,
            )
            yield item, span


def best_list(lists: Sequence[ChapterList], languages: Iterable[str]) -> ChapterList | None:
    """The list in the most wanted language, else the first; None when there are none.

    Args:
        languages: BCP 47 tags, the most wanted first.
    """
    tags = [
        MetadataItem(key_space=MetadataKeySpace.COMMON, key="title", value=number, extended_language_tag=tag)
        for number, tag in enumerate(chapters.language for chapters in lists)
        if tag is not None
    ]
    for item in MetadataItem.items_filtered_and_sorted_by_languages(tags, languages):
        return lists[int(item.value)]
    return lists[0] if lists else None
