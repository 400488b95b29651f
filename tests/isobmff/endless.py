"""A film without end whose bytes follow from their numbers, written with a journal or in fragments until it is killed.

As a program (``python -m tests.isobmff.endless PATH journal|fragments [finishing]``) it says "ready", and then, after
each interval, how many samples of each track are safe by then; with ``finishing`` the film comes to an end.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from tests.isobmff.fakes import RATE, jpeg, pcm

from reelwright.containers.movie_media import MovieMedia
from reelwright.isobmff.film_journal import FilmJournal
from reelwright.isobmff.fragment_writer import FragmentedMovieWriter
from reelwright.isobmff.journal import MovieJournal
from reelwright.isobmff.movie_writer import Chunk, MovieWriter, SampleFlag, TrackOptions
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.storage.destination import Destination, open_destination
from reelwright.storage.source import open_source
from reelwright.storage.spill import Spill

FPS = 24
PICTURES, FRAMES = 6, RATE // 4  # of a chunk: a quarter of a second
START = 5  # second of the source

Safe = Callable[[tuple[int, int]], None]


def picture(number: int) -> bytes:
    """A picture that none other is like, of a length of its own."""
    seed = hashlib.sha256(number.to_bytes(8, "big")).digest()
    return seed * (20 + number * 7 % 50) + seed[: number % 31]


def sound(first: int, count: int) -> bytes:
    """Frames of 16 bits that count up."""
    return np.arange(first, first + count).astype("<u2").tobytes()


def chunks(number: int) -> tuple[Chunk, Chunk]:
    """The pictures and the sound of a quarter of a second; pictures are reordered by twos."""
    first = number * PICTURES
    shown = [first + (at ^ 1) for at in range(PICTURES)]
    payload: list[Any] = [picture(first + at) for at in range(PICTURES)]
    flags = [int(SampleFlag.SYNC) if at == 0 else 0 for at in range(PICTURES)]
    offsets = [at - first - place for place, at in enumerate(shown)]
    pictures = Chunk(
        1, FPS, payload, PICTURES, [len(piece) for piece in payload], first + START * FPS, 1, offsets, flags
    )
    start = number * FRAMES
    return pictures, Chunk(1, RATE, [sound(start, FRAMES)], FRAMES, 2, start + START * RATE, 1)


class Endless:
    """A film being written to a destination.

    Args:
        every: chunks of an interval.
    """

    def __init__(self, destination: Destination, kind: str, safe: Safe, *, every: int = 4) -> None:
        self.destination = destination
        self.safe = safe
        self.every = every
        self.written = 0
        if kind == "journal":
            self.writer: Any = MovieWriter(destination, FileType.MOV, at_move=self._before_move)
        else:
            queue = Spill(None, limit=None).queue()
            self.writer = FragmentedMovieWriter(
                destination, FileType.MOV, queue, session_start=self.start, at_step=lambda step: destination.sync()
            )
        self.kind = kind
        self.tracks = [self.writer.add_track(TrackOptions(media_type=MediaType.VIDEO))]
        self.tracks.append(self.writer.add_track(TrackOptions(media_type=MediaType.AUDIO)))
        for track, format in zip(self.tracks, (jpeg(), pcm()), strict=True):
            track.describe(format)
        self.journal: FilmJournal | None = None
        self.writer.begin()

    @staticmethod
    def start() -> Time:
        return Time(START)

    def go_on(self, count: int) -> None:
        """Write so many quarters of a second, and make them safe at each interval."""
        for _ in range(count):
            for track, chunk in zip(self.tracks, chunks(self.written), strict=True):
                self.writer.write_chunk(track, chunk)
            self.written += 1
            if self.written % self.every == 0:
                self._make_safe()

    def _make_safe(self) -> None:
        if self.kind == "fragments":
            self.writer.end_fragment()
        else:
            self._journal().keep()
        self.safe((self.written * PICTURES, self.written * FRAMES))

    def _journal(self) -> FilmJournal:
        if self.journal is None:
            file = self.destination.open_journal()
            assert file is not None
            records = MovieJournal(self.tracks, FileType.MOV, session_start=self.start)
            self.journal = FilmJournal(self.destination, file, records)
        return self.journal

    def _before_move(self, place: int, distance: int) -> None:
        if self.journal is not None:
            self.journal.before_move(place, distance)

    def finish(self, *, header_first: bool = False) -> str:
        """Complete the film; returns how its header got its place."""
        summary = self.writer.finish(session_start=self.start(), session_end=None, header_first=header_first)
        self.destination.commit()
        return str(summary.header_method)


def check(path: str | os.PathLike[str], at_least: Sequence[int]) -> tuple[int, int]:
    """See that a film holds the first samples of ours, in their times, and return how many."""
    with closing(MovieMedia(open_source(Path(path)))) as media:
        source = open_source(Path(path))
        pictures, frames = media.index(1), media.index(2)
        found = len(pictures), frames.sample_count
        for number, (offset, size) in enumerate(zip(pictures.offsets.tolist(), pictures.sizes.tolist(), strict=True)):
            assert source.read(offset, size) == picture(number)
        data = b"".join(
            source.read(*place) for place in zip(frames.offsets.tolist(), frames.sizes.tolist(), strict=True)
        )
        source.close()
        assert data == sound(0, found[1])
        shown = (pictures.presentation - pictures.presentation.min()) * FPS // pictures.time_scale
        assert shown.tolist() == [at ^ 1 for at in range(found[0])]
        assert all(have >= need for have, need in zip(found, at_least, strict=True))
    return found


def main(path: str, kind: str, how: str = "") -> None:
    print("ready", flush=True)
    destination = open_destination(path, growing=kind == "fragments")
    destination.open()
    film = Endless(destination, kind, lambda safe: print(*safe, flush=True))
    film.go_on(40 if how else 1 << 30)
    film.finish(header_first=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
