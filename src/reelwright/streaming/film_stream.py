"""A film in fragments as a stream of its own, to be watched while it is recorded: a playlist of ranges of its bytes.

Nothing is written for that. The playlist is made from what the file holds when somebody asks, and goes on to be true
when the film is sealed, for its fragments stay where they are.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from reelwright.isobmff.growing_movie import GrowingMovie
from reelwright.isobmff.movie_reader import read_movie
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source, open_source
from reelwright.streaming.hls import MediaPlaylist, PlaylistType
from reelwright.streaming.hls_tags import nearest
from reelwright.streaming.preview_files import ServedFile, open_file
from reelwright.streaming.stream_segments import ByteRange, Resource, StreamSegment

__all__ = ["FILM", "FILM_PLAYLIST", "INITIALIZATION", "FilmStream"]

FILM = "film"
"""What the playlist calls the film, whatever its own name."""
FILM_PLAYLIST = "index.m3u8"
INITIALIZATION = "init.mp4"
"""What the playlist calls the film's header, which is not read from the file: sealing changes what lies before it."""


class FilmStream:
    """A film's playlist and header; any thread may ask.

    Args:
        path: of the film; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._movie = GrowingMovie()
        self._file: tuple[int, int] | None = None
        self._is_whole = False

    def open(self) -> ServedFile | None:
        """The file, to be closed; a link is followed, for the film was named by whoever started the server."""
        return open_file(Path(os.path.realpath(self._path)))

    @property
    def header(self) -> bytes | None:
        """The initialization segment; None while there is none."""
        with self._lock:
            self._look()
            return self._movie.header or None

    @property
    def playlist(self) -> str | None:
        """What can be played by now; None while that is nothing, or where the film has no fragments."""
        with self._lock:
            self._look()
            return self._text() if self._movie.fragments else None

    @property
    def is_whole(self) -> bool:
        """Whether it is an ordinary film, which is played as it is."""
        with self._lock:
            self._look()
            return self._is_whole

    def _look(self) -> None:
        """Find out what the file holds now; nothing where it is not there, or nothing yet."""
        with contextlib.suppress(OSError, InvalidMediaError):
            status = os.stat(self._path)
            if self._file != (status.st_dev, status.st_ino):  # another film of that name
                self._movie, self._file = GrowingMovie(), (status.st_dev, status.st_ino)
                self._is_whole = False
            source = open_source(self._path)
            with contextlib.closing(source):
                self._is_whole = not self._movie.header and _is_ordinary(source)
                if not self._is_whole:
                    self._movie.look(source)

    def _text(self) -> str:
        fragments = self._movie.fragments
        longest = max(fragment.duration for fragment in fragments)
        # Nobody knows how long fragments will be: what it is set to may rise.
        playlist = MediaPlaylist(PlaylistType.EVENT, target_duration=max(1, nearest(longest)))
        header = Resource(INITIALIZATION)
        for fragment in fragments:
            place = Resource(FILM, ByteRange(fragment.offset, fragment.length))
            playlist.add_segment(
                StreamSegment(place, fragment.duration, fragment.length, header, is_independent=fragment.is_independent)
            )
        if self._movie.is_finished:
            playlist.finish()
        return playlist.text()


def _is_ordinary(source: Source) -> bool:
    try:
        return not read_movie(source).is_fragmented
    except InvalidMediaError:
        return False
