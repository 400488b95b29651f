"""Which picture is meant by a moment of the asset: the one on show then, or the key frame nearest to it.

A ``Moment`` names a picture by its presentation time in the media, found without decoding anything. Movie files have
tables to look it up; in other containers the samples from the key frame before are gone through, without their bytes.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from reelwright.model.errors import NoImageError
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.passage import Passage, passages_of
from reelwright.reading.picture_places import PicturePlace, PicturePlaces, picture_places

__all__ = ["Moment", "MomentFinder", "Tolerance"]

_EVERYTHING = TimeRange(Time.ZERO, Time.POSITIVE_INFINITY)
_Reach = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture, and when it is shown.

    Attributes:
        presentation: media ticks; names the picture. duration: media ticks, None where only its sample says.
        start: asset seconds; when it begins to be shown (in this stretch of the asset, where edits show it repeatedly).
        passage: the stretch of the asset in which it is shown.
        group: presentation time of the key frame from which it is decoded; pictures of one group are decoded together.
    """

    presentation: int
    duration: int | None
    start: Fraction
    passage: Passage
    group: int

    @property
    def is_key(self) -> bool:
        """Whether it can be decoded alone."""
        return self.group == self.presentation


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far from the moment asked for a picture may lie, in seconds; None for as far as the asset goes."""

    before: Fraction | None
    after: Fraction | None

    def reach(self, time: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """The first and the last moment within it."""
        first = None if self.before is None else time - self.before
        return first, None if self.after is None else time + self.after

    @property
    def is_exact(self) -> bool:
        return self.before == 0 and self.after == 0


class MomentFinder:
    """Finds pictures of one track by moments of its asset."""

    def __init__(self, track: AssetTrack) -> None:
        self._track = track
        self._scale = track.facts.time_scale

    @cached_property
    def passages(self) -> list[Passage]:
        """What of the track is shown, in order, without the times in which nothing is."""
        edits = [segment.time_mapping for segment in self._track.segments]
        return [item for item in passages_of(edits, [_EVERYTHING]) if item.media_start is not None]

    @cached_property
    def _places(self) -> PicturePlaces:
        return picture_places(self._track)

    def find(self, time: Time, tolerance: Tolerance) -> Moment:
        """The picture that is meant by a moment.

        With tolerances it is the key frame nearest to the moment that begins within them (or is on show at the moment
        itself). Where there is none, it is the picture on show at the moment; where nothing is on show then, the
        nearest picture that begins within the tolerances.

        Raises:
            NoImageError: nothing is shown within the tolerances.
        """
        moment = time.fraction
        reach = tolerance.reach(moment)
        if not tolerance.is_exact:
            key = self._nearest_key(moment, reach)
            if key is not None:
                return key
        found = self._on_show(moment)
        if found is None and not tolerance.is_exact:
            found = self._nearest(moment, reach)
        if found is None:
            raise self._nothing(time)
        return found

    def _on_show(self, moment: Fraction) -> Moment | None:
        place = bisect_right(self.passages, moment, key=lambda passage: passage.start) - 1
        if place < 0 or moment >= self.passages[place].end:
            return None
        passage = self.passages[place]
        return self._moment(passage, self._places.shown_at(self._ticks(passage, moment)))

    def _ticks(self, passage: Passage, moment: Fraction) -> int:
        """The tick of the media in which a moment of a passage falls."""
        assert passage.media_start is not None
        return math.floor((passage.media_start + (moment - passage.start) * passage.rate) * self._scale)

    def _bounds(self, passage: Passage) -> tuple[int, int]:
        """The first and the last tick of the media that a passage shows."""
        assert passage.media_start is not None
        first = math.floor(passage.media_start * self._scale)
        return first, max(first, math.ceil(passage.media_end * self._scale) - 1)

    def _moment(self, passage: Passage, picture: PicturePlace | None) -> Moment | None:
        if picture is None:
            return None
        start = passage.start
        if passage.rate:
            start = max(start, passage.to_asset(Fraction(picture.presentation, self._scale)))
        return Moment(picture.presentation, picture.duration, start, passage, picture.key)

    # ------------------------------------------------------------------ within tolerances

    def _nearest_key(self, moment: Fraction, reach: _Reach) -> Moment | None:
        on_show = self._on_show(moment)
        if on_show is not None and on_show.is_key:
            return on_show
        found = [item for passage in self._within(reach) for item in self._keys(passage, moment)]
        return _closest((item for item in found if item.is_key), moment, reach)

    def _keys(self, passage: Passage, moment: Fraction) -> Iterator[Moment]:
        """The key frames of a passage around a moment, and the picture it begins with."""
        first, last = self._bounds(passage)
        wanted = min(max(self._ticks(passage, moment), first), last)
        around = (place for place in self._places.keys_around(wanted) if first <= place.presentation <= last)
        for place in (self._places.shown_at(first), *around):
            item = self._moment(passage, place)
            if item is not None:
                yield item

    def _nearest(self, moment: Fraction, reach: _Reach) -> Moment | None:
        """The last picture of a passage before the moment, or the first one of a passage after it."""
        found = []
        for passage in self._within(reach):
            first, last = self._bounds(passage)
            for place in (self._places.first_from(first), self._places.shown_at(last)):
                if place is not None and place.presentation <= last:
                    found.append(self._moment(passage, place))
        return _closest((item for item in found if item is not None), moment, reach)

    def _within(self, reach: _Reach) -> list[Passage]:
        first, last = reach
        return [
            passage
            for passage in self.passages
            if (first is None or passage.end > first) and (last is None or passage.start <= last)
        ]

    def _nothing(self, time: Time) -> NoImageError:
        shown = self._track.time_range
        return NoImageError(
            f"no picture is shown at {time:.3f} s: track {self._track.track_id} shows something from "
            f"{shown.start:.3f} to {shown.end:.3f} s.",
            time=time,
            track=self._track.track_id,
            hint="Ask for a moment within that, or let AssetImageGenerator's tolerances reach it.",
        )


def _closest(found: Iterable[Moment], moment: Fraction, reach: _Reach) -> Moment | None:
    """The one that begins nearest to a moment, the earlier of two; None when none begins within reach."""
    first, last = reach
    within = [item for item in found if (first is None or item.start >= first) and (last is None or item.start <= last)]
    return min(within, key=lambda item: (abs(item.start - moment), item.start), default=None)
