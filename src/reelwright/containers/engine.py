"""What every engine that writes files is to the writer: tracks are added, described and fed chunks; then it finishes.

Which engine writes a file type, the registry knows.
"""

from __future__ import annotations

from typing import Any, Protocol

from reelwright.containers.movie import Chunk, MovieSummary, TrackOptions
from reelwright.model.format import FormatDescription
from reelwright.model.time import Time

__all__ = ["FileWriter", "WrittenTrack"]


class WrittenTrack(Protocol):
    """A track of a file being written.

    Attributes:
        trim_start, trim_end: sound at the ends of its media that is not presented.
    """

    trim_start: Time
    trim_end: Time

    @property
    def is_described(self) -> bool:
        """Whether a format of it is known."""

    def describe(self, format: FormatDescription) -> int:
        """The number of a format's description, from 1; raises ``SettingsError`` where the file cannot hold it."""


class FileWriter(Protocol):
    """Writes one file into an open destination; the calls follow the order in which they stand here."""

    def add_track(self, options: TrackOptions, media_time_scale: int = 0) -> WrittenTrack:
        """A new track; raises ``SettingsError`` or ``InvalidArgumentError`` for what the file cannot say of it."""

    def begin(self) -> None:
        """Write what comes before the media, as far as it is known."""

    def write_chunk(self, track: Any, chunk: Chunk) -> None:
        """Take a chunk of a track that this writer has made."""

    def finish(self, *, session_start: Time | None, session_end: Time | None, header_first: bool) -> MovieSummary:
        """Complete the file; the destination is not committed."""
