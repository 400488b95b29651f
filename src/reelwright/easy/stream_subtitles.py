"""Subtitles for streams, as programs have them: files of WebVTT or SubRip, texts with times, or tracks of a film."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import Time
from reelwright.streaming.subtitle_cues import Cue, SubtitleSource, plain_cue
from reelwright.streaming.subtitle_files import read_subtitles

__all__ = ["subtitle_sources"]

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
