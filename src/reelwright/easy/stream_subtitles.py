"""Subtitles for streams, as programs have them: files of WebVTT or SubRip, texts with times, or tracks of a film."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from reelwright.isobmff.language import shortest_tag
from reelwright.model.errors import (
    DecoderNotFoundError,
    InvalidArgumentError,
    InvalidMediaError,
    MissingDependencyError,
)
from reelwright.model.kinds import MediaCharacteristic, MediaType, TrackAssociation
from reelwright.model.time import Time
from reelwright.reading.adaptors import AssetReaderOutputCaptionAdaptor
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.track_output import AssetReaderTrackOutput
from reelwright.streaming.subtitle_cues import Cue, SubtitleSource, caption_cue, plain_cue
from reelwright.streaming.subtitle_files import read_subtitles

__all__ = ["film_subtitles", "subtitle_sources", "track_language"]

_CAPTIONS = (MediaType.SUBTITLE, MediaType.CLOSED_CAPTION)
_HINT = 'Give "film.vtt", {"en": "film.en.vtt"}, or [(start, end, text), …] in seconds.'


def subtitle_sources(given: Any, begin: Time = Time.ZERO) -> list[SubtitleSource]:
    """What ``write_hls(subtitles=…)`` was given.

    Args:
        begin: of the pictures' time line, where the given times have their zero.

    Raises:
        InvalidArgumentError: something else, or times that are none. MediaNotFoundError, InvalidMediaError: a file.
    """
    if given is None or given is False:
        return []
    if isinstance(given, Mapping):
        return [_of(value, _language(key), begin) for key, value in given.items()]
    if isinstance(given, SubtitleSource):
        return [_of(given, None, begin)]
    if isinstance(given, (list, tuple)) and given and all(isinstance(each, SubtitleSource) for each in given):
        return [_of(each, None, begin) for each in given]
    return [_of(given, None, begin)]


def _language(key: Any) -> str:
    if not isinstance(key, str) or not key:
        raise InvalidArgumentError(f"{key!r} is no language.", hint='Give a tag such as "en" or "pt-BR".')
    return key


def _of(value: Any, language: str | None, begin: Time) -> SubtitleSource:
    if isinstance(value, SubtitleSource):
        found = value
    elif isinstance(value, (str, os.PathLike)):
        found = SubtitleSource(cues=read_subtitles(value), language=language)
    else:
        found = SubtitleSource(cues=_cues(value), language=language)
    return found if begin == Time.ZERO else found.moved(begin.fraction)


def _cues(value: Any) -> tuple[Cue, ...]:
    if not isinstance(value, Iterable):
        raise InvalidArgumentError(f"subtitles={value!r} are none.", hint=_HINT)
    return tuple(_cue(each) for each in value)


def _cue(value: Any) -> Cue:
    if isinstance(value, Cue):
        return value
    if not isinstance(value, (list, tuple)) or len(value) != 3 or not isinstance(value[2], str):
        raise InvalidArgumentError(f"{value!r} is no subtitle.", hint=_HINT)
    return plain_cue(_seconds(value[0]), _seconds(value[1]), value[2])


def _seconds(value: Any) -> Fraction:
    time = Time.of(value)
    if not time.is_numeric:
        raise InvalidArgumentError(f"{value!r} is no time of a subtitle.", hint=_HINT)
    return time.fraction


def film_subtitles(asset: Asset) -> tuple[list[SubtitleSource], list[str]]:
    """The subtitles of a film, track by track, and what could not be read, in words. Tracks without a text are left
    out, and titles of chapters are none.

    Raises:
        OSError: the film cannot be read.
    """
    found, problems = [], []
    for track in _text_tracks(asset):
        try:
            cues = _track_cues(asset, track)
        except (InvalidMediaError, DecoderNotFoundError, MissingDependencyError) as error:
            problems.append(f"the subtitles of track {track.track_id} are left out: {error}")
            continue
        if cues:
            is_forced = track.has_media_characteristic(MediaCharacteristic.CONTAINS_ONLY_FORCED_SUBTITLES)
            found.append(SubtitleSource(cues=cues, language=track_language(track), is_forced=is_forced))
    return found, problems


def _text_tracks(asset: Asset) -> list[AssetTrack]:
    chapters = {
        title.track_id for track in asset.tracks for title in track.associated_tracks(TrackAssociation.CHAPTER_LIST)
    }
    # QuickTime's text tracks are shown when they are enabled, and else kept for something else.
    return [
        track
        for track in asset.tracks
        if track.media_type in _CAPTIONS or (track.media_type is MediaType.TEXT and track.is_enabled)
        if track.track_id not in chapters
    ]


def _track_cues(asset: Asset, track: AssetTrack) -> tuple[Cue, ...]:
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(track)
        reader.add(output)
        adaptor = AssetReaderOutputCaptionAdaptor(output)
        reader.start_reading()
        captions = [caption for group in adaptor for caption in adaptor.captions_not_present_in_previous_groups(group)]
    return tuple(cue for caption in captions if (cue := caption_cue(caption)) is not None)


def track_language(track: AssetTrack) -> str | None:
    """The tag of a track's language, where it is known."""
    code = track.language_code
    tag = track.extended_language_tag or (None if code is None else shortest_tag(code))
    return None if tag == "und" else tag
