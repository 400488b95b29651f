"""A media file opened for reading: one interface over the movie engine and FFmpeg's demuxers.

``Media`` gives a file's facts at once and its samples on demand. The movie engine knows every sample's place
(``index``); other containers are gone through from a key frame on (``stream``), which works for both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from reelwright.model.facts import MediaFacts
from reelwright.model.sample_index import SampleIndex

__all__ = ["Media", "SampleStream", "StoredSample"]


@dataclass(slots=True)
class StoredSample:
    """One sample as it lies in the file (for linear PCM: a run of frames), in ticks of its track's media.

    Attributes:
        data: its bytes; None where only its place was asked for.
        decode, presentation, duration: ticks. is_sync: decoding can start here.
        description: number of its format in the track's facts, from 0.
        count: PCM frames in it; 1 for anything else.
        row: its row in the track's index; -1 where there is none.
        dependencies: the byte of ``sdtp``; 0 when nothing is said. partial_sync: QuickTime's ``stps``.
        skip_start, skip_end: sound frames that a decoder must drop at its ends, where the container says so per packet.
        frames: sound frames that it decodes to before any are dropped, at the format's sample rate, where the container
            counts too coarsely to say how long it lasts, but the encoding does; 0 elsewhere.
        offset: its first byte in the file that holds it; -1 where that is not known.
    """

    data: bytes | None
    decode: int
    presentation: int
    duration: int
    is_sync: bool = True
    description: int = 0
    count: int = 1
    row: int = -1
    dependencies: int = 0
    partial_sync: bool = False
    skip_start: int = 0
    skip_end: int = 0
    frames: int = 0
    offset: int = -1


class SampleStream(Protocol):
    """Samples of one track in decode order; used by one thread at a time."""

    def __iter__(self) -> Iterator[StoredSample]:
        """From where the stream was opened to the end.

        Raises (iterating):
            InvalidMediaError: samples beyond the end of the file, damage. ForbiddenReferenceError: samples in another
                file that may not be opened.
        """

    def close(self) -> None:
        """Let go of what is held open for it."""


class Media(Protocol):
    """A media file opened for reading. Its methods may be called from several threads."""

    @property
    def facts(self) -> MediaFacts:
        """What the file says about itself and its tracks."""

    def index(self, track_id: int) -> SampleIndex | None:
        """All samples of a track as columns, built on first use; None where the container has no tables.

        Raises:
            InvalidMediaError: tables that contradict each other beyond repair.
        """

    def stream(self, track_id: int, start: int | None = None, *, with_data: bool = True) -> SampleStream:
        """The track's samples in decode order.

        Args:
            start: a presentation time in media ticks: the stream begins at the last sample, at or before the one shown
                then, from which decoding can start (and, for sound, its roll distance earlier). None: the beginning.
            with_data: False leaves ``data`` None and reads nothing.

        Raises:
            InvalidMediaError: no such track.
        """

    def close(self) -> None:
        """Close the file. Streams that are still open end with an error."""
