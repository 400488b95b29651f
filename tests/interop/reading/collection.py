"""The collection of media that others made: where it lies, what of it is media, and how its samples are read here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.track_output import AssetReaderTrackOutput

MEDIA = Path(__file__).parents[3].parent / "shared" / "media"
SUFFIXES = {
    *(".mov", ".mp4", ".m4a", ".m4v", ".3gp", ".isma", ".mkv", ".mka", ".webm", ".ts", ".avi", ".flv"),
    *(".mp3", ".flac", ".ogg", ".opus", ".amr", ".ac3", ".adts", ".caf"),
}
needs_collection = pytest.mark.skipif(
    not MEDIA.is_dir(), reason="the collection of real media is not beside the repository"
)


def media_files() -> list[Path]:
    """Every media file of the collection; the same order on every machine."""
    return sorted(path for path in MEDIA.rglob("*") if path.suffix.lower() in SUFFIXES)


def name_of(path: Path) -> str:
    """A file's name within the collection."""
    return path.relative_to(MEDIA).as_posix()


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored sample: its time on the asset's time line and its duration, as exact pairs of value and scale."""

    time: tuple[int, int]
    duration: tuple[int, int]
    key: bool
    data: memoryview
    hidden: bool

    @property
    def microseconds(self) -> int:
        value, scale = self.time
        return value * 10**6 // scale


def stored_samples(track: AssetTrack) -> Iterator[Stored]:
    """A track's samples as they are stored, in decode order; empty edits left out."""
    with AssetReader(track.asset) as reader:
        output = AssetReaderTrackOutput(track, None)
        reader.add(output)
        reader.start_reading()
        for buffer in output:
            if not buffer.num_samples:
                continue
            attached = buffer.attachment(0)
            shown, lasts = buffer.presentation_time, buffer.duration
            yield Stored(
                (shown.value, shown.timescale),
                (lasts.value, lasts.timescale),
                not attached.not_sync,
                buffer.data,
                attached.do_not_display,
            )
