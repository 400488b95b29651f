"""Files that FFmpeg's demuxers read, behind the interface of all engines: ``FFmpegMedia``.

The file is opened once for its facts and closed again; every stream of samples is an opening of its own, so that
streams never disturb each other and no object of FFmpeg's is shared between threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reelwright.containers.ffmpeg.demuxer import Demuxer
from reelwright.containers.ffmpeg.facts import media_facts
from reelwright.containers.ffmpeg.packets import PacketStream
from reelwright.containers.ffmpeg.scrambling import scrambled_pids
from reelwright.containers.media import SampleStream
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import MediaFacts, TrackFacts
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["FFmpegMedia"]

_TRANSPORT_STREAM = "mpegts"


class FFmpegMedia:
    """A file of any container but the movie file: Matroska, transport streams, AVI, Ogg, MP3, WAV … (``Media``).

    Track numbers are FFmpeg's stream numbers plus one. Where the file begins at another time than 0, each track has an
    edit that moves its beginning there; samples keep the file's own times.

    Args:
        source: closed with this.

    Raises:
        InvalidMediaError: no media, a kind that is not read here, or a file that only points elsewhere.
        OSError: it cannot be read.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._closed = False
        demuxer = Demuxer(source)
        try:
            with demuxer.watched():
                self._facts = media_facts(demuxer.container, source.size)
                if _TRANSPORT_STREAM in self._facts.container.split(","):
                    numbers = [stream.id for stream in demuxer.container.streams]
                    self._facts = _with_scrambling(self._facts, numbers, scrambled_pids(source))
                if not self._facts.tracks:
                    raise demuxer.unreadable("it holds no tracks")
        finally:
            demuxer.close()

    @property
    def facts(self) -> MediaFacts:
        return self._facts

    def index(self, track_id: int) -> SampleIndex | None:
        """None: these containers have no tables of all samples."""
        self._checked(track_id)
        return None

    def stream(self, track_id: int, start: int | None = None, *, with_data: bool = True) -> SampleStream:
        """The track's samples in the order of the file; it may begin earlier than asked, never later.

        Raises:
            InvalidMediaError: no such track, or the file was closed. OSError: it cannot be read.
        """
        index = self._checked(track_id)
        return PacketStream(self._reopened, index, start, with_data, lambda: not self._closed)

    def close(self) -> None:
        self._closed = True
        self._source.close()

    def _reopened(self) -> Demuxer:
        if self._closed:
            raise InvalidMediaError(f"{self._source.name} was closed.", path=self._source.path)
        return Demuxer(self._source)

    def _checked(self, track_id: int) -> int:
        """The stream's number."""
        known = [track.track_id for track in self._facts.tracks]
        if track_id not in known:
            raise InvalidMediaError(
                f"{self._source.name} has no track {track_id}.",
                path=self._source.path,
                hint=f"Its tracks are {', '.join(map(str, known))}.",
            )
        return track_id - 1


def _with_scrambling(facts: MediaFacts, numbers: Sequence[int], scrambled: frozenset[int]) -> MediaFacts:
    """The facts with the tracks protected whose streams, by their own numbers, are scrambled."""

    def marked(track: TrackFacts) -> TrackFacts:
        if numbers[track.track_id - 1] not in scrambled:
            return track
        formats = tuple(
            one.with_(extensions={**one.extensions, "ProtectionScheme": _TRANSPORT_STREAM}) for one in track.formats
        )
        return replace(track, is_protected=True, formats=formats)

    return replace(facts, tracks=tuple(map(marked, facts.tracks)))
