"""Which picture of a track is on show at a moment of its media, and where decoding it begins: found without decoding.

Tables of samples answer at once. Without tables the samples from the key frame before the moment are gone through, and
what was learned is kept for questions about moments nearby.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

import numpy as np

from reelwright.containers.media import StoredSample
from reelwright.containers.movie_samples import first_row
from reelwright.model.sample_index import Column, SampleIndex
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.stored import samples_of

__all__ = ["PicturePlace", "PicturePlaces", "picture_places"]


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """One picture of the media, in ticks.

    Attributes:
        presentation: when it begins to be shown. duration: until the next one; None where only its sample says.
        key: when the picture begins to be shown from which it is decoded: its own time for key frames.
    """

    presentation: int
    duration: int | None
    key: int


class PicturePlaces(Protocol):
    """What can be asked about the pictures of a track; times are ticks of its media."""

    def shown_at(self, ticks: int) -> PicturePlace | None:
        """The picture on show at a moment: the last one that begins at or before it; None before the first."""

    def first_from(self, ticks: int) -> PicturePlace | None:
        """The picture on show at a moment, else the first one after it."""

    def keys_around(self, ticks: int) -> Iterator[PicturePlace]:
        """The last key frame that begins at or before a moment and, where tables tell, the first one after it."""


def picture_places(track: AssetTrack) -> PicturePlaces:
    """The pictures of a video track."""
    index = track.asset.media.index(track.track_id)
    return _Scan(track) if index is None else _Table(index)


class _Table:
    """Pictures of a track with an index."""

    def __init__(self, index: SampleIndex) -> None:
        self._index = index

    @cached_property
    def _shown(self) -> Column:
        """All presentation times, ascending."""
        return self._index.presentation[self._index.presentation_order]

    @cached_property
    def _keys(self) -> Column:
        """The presentation times of all key frames, ascending."""
        return np.sort(self._index.presentation[self._index.sync_rows])

    def shown_at(self, ticks: int) -> PicturePlace | None:
        row = self._index.row_shown_at(ticks)
        return None if row is None else self._place(row)

    def first_from(self, ticks: int) -> PicturePlace | None:
        if not len(self._index):
            return None
        return self.shown_at(max(ticks, int(self._shown[0])))

    def keys_around(self, ticks: int) -> Iterator[PicturePlace]:
        after = int(np.searchsorted(self._keys, ticks, "right"))
        for key in self._keys[max(after - 1, 0) : after + 1].tolist():
            place = self.shown_at(key)
            if place is not None:
                yield place

    def _place(self, row: int) -> PicturePlace:
        shown = int(self._index.presentation[row])
        follows = int(np.searchsorted(self._shown, shown, "right"))
        duration = int(self._index.durations[row])
        if follows < len(self._shown):
            duration = int(self._shown[follows]) - shown
        return PicturePlace(shown, duration, int(self._index.presentation[first_row(self._index, shown)]))


class _Scan:
    """Pictures of a track without an index: what the samples before a moment say."""

    def __init__(self, track: AssetTrack) -> None:
        self._media = track.asset.media
        self._facts = track.facts
        # The samples from a key frame to a moment, as of the last question: where it ends, and (time, key frame).
        self._last: tuple[int, list[tuple[int, bool]]] | None = None

    def shown_at(self, ticks: int) -> PicturePlace | None:
        found = self._until(ticks)
        shown = max((time for time, _ in found if time <= ticks), default=None)
        return None if shown is None else self._place(shown, found)

    def first_from(self, ticks: int) -> PicturePlace | None:
        on_show = self.shown_at(ticks)
        if on_show is not None:
            return on_show
        nearest: int | None = None
        for sample in self._samples(ticks, None):
            if nearest is not None and sample.decode > nearest:
                break  # whatever follows is shown later still
            nearest = sample.presentation if nearest is None else min(nearest, sample.presentation)
        return None if nearest is None else PicturePlace(nearest, None, nearest)

    def keys_around(self, ticks: int) -> Iterator[PicturePlace]:
        keys = [time for time, is_key in self._until(ticks) if is_key and time <= ticks]
        if keys:
            yield PicturePlace(max(keys), None, max(keys))

    def _place(self, shown: int, found: list[tuple[int, bool]]) -> PicturePlace:
        keys = [time for time, is_key in found if is_key and time <= shown]
        return PicturePlace(shown, None, max(keys, default=min(time for time, _ in found)))

    def _until(self, ticks: int) -> list[tuple[int, bool]]:
        """The samples from the key frame at or before a moment up to it, at least."""
        last = self._last
        if last is not None and last[1] and min(time for time, _ in last[1]) <= ticks <= last[0]:
            return last[1]
        found = [(sample.presentation, sample.is_sync) for sample in self._samples(ticks, ticks + 1)]
        self._last = ticks, found
        return found

    def _samples(self, ticks: int, end: int | None) -> Iterator[StoredSample]:
        scale = self._facts.time_scale
        last = None if end is None else Fraction(end, scale)
        return samples_of(self._media, self._facts, Fraction(ticks, scale), last, with_data=False)
