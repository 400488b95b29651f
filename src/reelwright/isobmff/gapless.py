"""Sound without an edit list whose file says in iTunes' own way what an encoder added: ``iTunSMPB``.

The comment holds hexadecimal numbers: a zero, the frames of priming, the frames of padding, the frames between them.
FFmpeg reads it as an edit list too, where a file that is all sound has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from reelwright.model.facts import EditEntry, TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time

__all__ = ["with_gapless_edit"]

_NAME = "iTunSMPB"
_NUMBERS = re.compile(r"\s*[0-9A-Fa-f]{8}\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{16})\b")


def with_gapless_edit(
    tracks: tuple[TrackFacts, ...], metadata: Iterable[MetadataItem], movie_scale: int
) -> tuple[TrackFacts, ...]:
    """The tracks, the only one of them with an edit if it is sound without one and the file says how to trim it."""
    if len(tracks) != 1 or tracks[0].media_type is not MediaType.AUDIO or tracks[0].edits:
        return tracks
    for item in metadata:
        match = _NUMBERS.match(str(item.value)) if _NAME in str(item.key) and item.value is not None else None
        if match is None:
            continue
        priming, _, valid = (int(number, 16) for number in match.groups())
        track = tracks[0]
        length = round(Fraction(valid * movie_scale, track.time_scale))
        if not 0 < valid <= track.media_duration - priming or length >= 1 << 62:
            return tracks
        return (replace(track, edits=(EditEntry(length, priming),), duration=Time(length, movie_scale)),)
    return tracks
