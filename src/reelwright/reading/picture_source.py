"""One video track as a source of single pictures: which one is meant, and decoders that are kept from one to the next.

Decoders are lent to one user at a time; one that comes back is kept for whoever asks next, so that single pictures do
not each pay for starting one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reelwright.model.errors import NoImageError
from reelwright.model.kinds import MediaType
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.moments import MomentFinder
from reelwright.reading.pictures import PictureReader

if TYPE_CHECKING:
    from reelwright.reading.asset import Asset

__all__ = ["PictureSource", "shown_track"]


def shown_track(asset: Asset) -> AssetTrack:
    """The video track whose pictures stand for the asset: the first that is enabled, else the first.

    Raises:
        NoImageError: it has none. ReelwrightError, OSError: it cannot be opened.
    """
    tracks = asset.tracks_with_media_type(MediaType.VIDEO)
    if not tracks:
        kinds = ", ".join(dict.fromkeys(track.media_type.name.lower() for track in asset.tracks))
        raise NoImageError(f"{asset!r} has no video track, so there are no pictures: it holds {kinds or 'nothing'}.")
    return next((track for track in tracks if track.is_enabled), tracks[0])


class PictureSource:
    """Single pictures of one track; may be used by several threads.

    Attributes:
        track: they come from. finder: says which picture a moment means.
    """

    def __init__(self, track: AssetTrack) -> None:
        self.track = track
        self.finder = MomentFinder(track)
        self._lock = threading.Lock()
        self._idle: PictureReader | None = None

    @contextmanager
    def reader(self) -> Iterator[PictureReader]:
        """A decoder, for the length of a ``with`` block."""
        with self._lock:
            reader, self._idle = self._idle, None
        if reader is None:
            reader = PictureReader(self.track.asset.media, self.track.facts)
        try:
            yield reader
        finally:
            with self._lock:
                reader, self._idle = (None, reader) if self._idle is None else (reader, self._idle)
            if reader is not None:
                reader.close()

    def close(self) -> None:
        """Let go of the decoder that is kept; another one is made when it is needed."""
        with self._lock:
            reader, self._idle = self._idle, None
        if reader is not None:
            reader.close()
