"""Movie files (QuickTime, MP4 and their kin) behind the interface of all engines: ``MovieMedia``.

Opening reads headers only; a track's index is built when first asked for and kept. Samples are read by their places, so
any number of streams share one open file.
"""

from __future__ import annotations

import threading

from reelwright.containers.data_references import open_reference
from reelwright.containers.media import SampleStream
from reelwright.containers.movie_samples import IndexStream, first_row
from reelwright.isobmff.movie_reader import is_movie, read_movie
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import MediaFacts, TrackFacts
from reelwright.model.reference_restrictions import ReferenceRestrictions
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["MovieMedia", "is_movie"]


class MovieMedia:
    """A movie file opened for reading (``Media``).

    Args:
        source: closed with this. restrictions: which references to other files are not followed.
        alias_references: follow Macintosh alias records to files in the movie's folder.

    Raises:
        InvalidMediaError: no movie header, or none that says anything. OSError: it cannot be read.
    """

    def __init__(
        self,
        source: Source,
        *,
        restrictions: ReferenceRestrictions = ReferenceRestrictions.NONE,
        alias_references: bool = False,
    ) -> None:
        self._source = source
        self._restrictions = restrictions
        self._alias_references = alias_references
        self._movie = read_movie(source)
        self._tracks = {track.track_id: track for track in self._movie.facts.tracks}
        self._indexes: dict[int, SampleIndex] = {}
        self._others: dict[str, Source] = {}
        self._lock = threading.RLock()
        self._closed = False

    @property
    def facts(self) -> MediaFacts:
        return self._movie.facts

    @property
    def source(self) -> Source:
        """The movie file's bytes; open as long as this is."""
        return self._source

    def index(self, track_id: int) -> SampleIndex:
        """All samples of a track, built on first use.

        Raises:
            InvalidMediaError: no such track, the file was closed, or tables larger than any film's.
            OSError: they cannot be read.
        """
        self._checked(track_id)
        with self._lock:
            if track_id not in self._indexes:
                if self._closed:
                    raise InvalidMediaError(f"{self._source.name} was closed.", path=self._source.path)
                self._indexes[track_id] = self._movie.index(track_id)
            return self._indexes[track_id]

    def stream(self, track_id: int, start: int | None = None, *, with_data: bool = True) -> SampleStream:
        """The track's samples in decode order; see ``Media.stream``.

        Raises:
            InvalidMediaError: no such track, or the file was closed. OSError: its tables cannot be read.
        """
        facts = self._checked(track_id)
        index = self.index(track_id)
        row = 0 if start is None else first_row(index, start)
        return IndexStream(index, row, lambda number: self._home(facts, number), with_data, lambda: not self._closed)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for other in self._others.values():
                other.close()
            self._others.clear()
            self._source.close()

    def _checked(self, track_id: int) -> TrackFacts:
        facts = self._tracks.get(track_id)
        if facts is None:
            raise InvalidMediaError(
                f"{self._source.name} has no track {track_id}.",
                path=self._source.path,
                hint=f"Its tracks are {', '.join(map(str, self._tracks)) or 'none at all'}.",
            )
        return facts

    def _home(self, facts: TrackFacts, description: int) -> Source:
        """The file that holds samples of a description."""
        numbers, references = facts.format_references, facts.data_references
        number = numbers[description] if description < len(numbers) else 0
        reference = references[number] if number < len(references) else None
        if reference is None or reference.is_self_contained:
            return self._source
        key = f"{reference.kind}{reference.location}"
        with self._lock:
            if self._closed:
                raise InvalidMediaError(f"{self._source.name} was closed.", path=self._source.path)
            if key not in self._others:
                self._others[key] = open_reference(
                    self._source, reference, self._restrictions, alias_references=self._alias_references
                )
            return self._others[key]
