"""How long an asset plays: what its header says, unless its tracks say otherwise.

Movie headers are wrong in known ways: they say nothing, forget the empty edits of a track, or say too little where
pictures that are shown late have no edit list that would bring them forward. Then the samples decide.
"""

from __future__ import annotations

from collections.abc import Callable

from reelwright.model.facts import MediaFacts, TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

__all__ = ["asset_duration"]

_LARGE = 1 << 62


def asset_duration(facts: MediaFacts, longest: Callable[[], Time], *, prefer_precise: bool) -> Time:
    """The duration of an asset.

    Args:
        longest: the end of its longest track, as its samples and edits have it; asked only when it matters.
        prefer_precise: ask it in any case, and believe it.
    """
    stated = facts.duration if facts.duration.is_numeric and facts.duration > Time.ZERO else None
    if stated is not None and not prefer_precise and not _may_be_longer(facts, stated):
        return stated
    found = longest()
    if found > Time.ZERO and (prefer_precise or stated is None or found > stated):
        return found
    hint = facts.duration_hint
    return stated or (hint if hint.is_numeric else Time.ZERO)


def _may_be_longer(facts: MediaFacts, stated: Time) -> bool:
    """Whether some track may last longer than the header says, by what can be known without its samples."""
    if facts.container != "mov" or facts.contains_fragments:
        return False  # its engine found it by the ends of the tracks
    tick = Time(1, facts.time_scale)
    return any(_claim(track, facts.time_scale) > stated + tick for track in facts.tracks)


def _claim(track: TrackFacts, movie_scale: int) -> Time:
    """How long a track says it is; longer than anything where only its samples could tell."""
    if track.edits:
        edits = Time(min(sum(edit.duration for edit in track.edits), _LARGE), movie_scale)
        return max(edits, track.duration) if track.duration.is_numeric else edits
    if track.media_type is MediaType.VIDEO and track.sample_count != 0:
        return Time.POSITIVE_INFINITY
    return Time(min(track.media_duration, _LARGE), track.time_scale)
