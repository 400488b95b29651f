"""A film in fragments while it grows: where each complete fragment lies, and the header that belongs to all of them.

Whoever watches looks again and again at the end of the file, and reads each fragment's header once. Sealing such a
film leaves its fragments where they are; only what is in front of them is then another box, so the header is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from reelwright.isobmff.fragment_reader import FragmentTrack, SampleRun, read_fragments
from reelwright.isobmff.movie_reader import read_movie
from reelwright.isobmff.parse import BoxPlace, find, scan
from reelwright.model.errors import InvalidMediaError
from reelwright.model.kinds import MediaType
from reelwright.storage.source import Source

__all__ = ["GrowingMovie", "MovieFragment"]

_LARGEST_HEADER = 1 << 24
_BEFORE_MEDIA = frozenset({"moof", "styp", "sidx", "free", "skip", "prft", "emsg"})
_AFTER_FRAGMENTS = frozenset({"moov", "mfra"})
_MOST_BOXES = 64  # of one fragment


class MovieFragment(NamedTuple):
    """A fragment with its media: ``length`` bytes from ``offset`` on, seconds, and whether it begins with a sync
    sample."""

    offset: int
    length: int
    duration: Fraction
    is_independent: bool


class GrowingMovie:
    """What is known of a film that is being written; one thread at a time.

    Attributes:
        header: the boxes that a player needs before any fragment (``ftyp``, ``moov``); empty until they are there.
        fragments: those that are complete, in order. is_finished: no fragment follows.
    """

    def __init__(self) -> None:
        self.header = b""
        self.fragments: list[MovieFragment] = []
        self.is_finished = False
        self._tracks: dict[int, FragmentTrack] = {}
        self._pictures: set[int] = set()  # tracks that show something
        self._end = 0  # of what is known

    def look(self, source: Source) -> None:
        """Find out what was added to the file since the last time.

        Raises:
            InvalidMediaError: it is no film in fragments, or none yet. OSError: it cannot be read.
        """
        if not self.header:
            self._open(source)
        while not self.is_finished and self._take(source):
            pass

    def _open(self, source: Source) -> None:
        boxes: list[BoxPlace] = []
        for box in scan(source, most=_MOST_BOXES):
            boxes.append(box)
            if box.kind == "moov":
                break
        header = find(boxes, "moov")
        kept = [box for box in boxes if box.kind in ("ftyp", "moov")]
        if header is None or header.is_cut or sum(box.end - box.offset for box in kept) > _LARGEST_HEADER:
            raise InvalidMediaError(f"{source.name} has no movie header in front yet.", path=source.path)
        movie = read_movie(source)
        if not movie.is_fragmented:
            raise InvalidMediaError(
                f"{source.name} is no film in fragments.", path=source.path, hint="Set movie_fragment_interval."
            )
        self._tracks = movie.fragment_tracks()
        self._pictures = {number for number, track in movie.tracks.items() if track.facts.media_type is MediaType.VIDEO}
        self._end = header.end
        self.header = b"".join(source.read(box.offset, box.end - box.offset) for box in kept)

    def _take(self, source: Source) -> bool:
        """One more fragment; False where it is not complete."""
        boxes: list[BoxPlace] = []
        for box in scan(source, self._end, most=_MOST_BOXES):
            if box.kind in _AFTER_FRAGMENTS:
                self.is_finished = True
                return False
            if box.is_cut or (box.kind != "mdat" and box.kind not in _BEFORE_MEDIA):
                return False
            boxes.append(box)
            if box.kind == "mdat":
                self._add(source, boxes)
                return True
        return False

    def _add(self, source: Source, boxes: Sequence[BoxPlace]) -> None:
        places = [box for box in boxes if box.kind == "moof"]
        found = read_fragments(source, places, self._tracks).runs
        begin, self._end = self._end, boxes[-1].end
        leading = self._leading(found)
        runs = [] if leading is None else found[leading]
        if leading is None or not any(run.length > 0 for run in runs):
            return  # nothing that lasts
        duration = Fraction(sum(run.length for run in runs), self._tracks[leading].time_scale)
        is_sync = bool(next(run.sync[0] for run in runs if len(run.sync)))
        self.fragments.append(MovieFragment(begin, self._end - begin, duration, is_sync))

    def _leading(self, found: Mapping[int, Sequence[SampleRun]]) -> int | None:
        """The track by which a fragment is counted: the first with pictures, or else the first."""
        there = [number for number, runs in found.items() if any(len(run.sync) for run in runs)]
        return min(there, key=lambda number: number not in self._pictures, default=None)
