"""WebM and Matroska files through FFmpeg's muxer, with the calls of the movie engine.

Packets of all tracks are handed over in the order in which they are decoded: one goes to the muxer once no chunk that
is still to come can begin before it, so what waits here is a chunk of each track, and the muxer is told to hold nothing
back. Times in the file are milliseconds; a session is a shift, for there are no edit lists.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import av

from reelwright.containers.ffmpeg.mux_output import MuxOutput, Output
from reelwright.containers.ffmpeg.mux_streams import add_streams
from reelwright.containers.ffmpeg.mux_track import TICKS, MuxTrack
from reelwright.containers.movie import Chunk, MovieSummary, TrackOptions
from reelwright.model.errors import InvalidArgumentError, InvalidStateError, SettingsError
from reelwright.model.kinds import FileType
from reelwright.model.time import Time

__all__ = ["MatroskaWriter"]

_FORMATS = {FileType.WEBM: "webm", FileType.MATROSKA: "matroska"}
_LATE = 2  # seconds after which a track's first chunk is not waited for
_OPTIONS = {
    "fflags": "+bitexact",  # no random numbers
    "avoid_negative_ts": "disabled",
    "max_interleave_delta": "1",  # microseconds: the order is made here
    "default_mode": "passthrough",
}
_INDEX_FIRST = {"cues_to_front": "1"}
_BUFFER = 1 << 18


def _reopening(destination: Output, first: MuxOutput) -> Callable[..., MuxOutput]:
    """Opens the file once more, for the muxer that reads its own media to move it up."""
    return lambda url, flags, options: MuxOutput(destination, trouble_of=first)


class MatroskaWriter:
    """Writes ``.webm`` and ``.mkv``.

    Args:
        destination: an open destination, into which nothing was written yet.
        time_scale: 0 or 1000, ticks a second of the file: the muxer knows no other.
        created: the date in the file's header, with a time zone; None for now.
        is_index_first: put the index before the media, so that players can seek before they have the whole file; the
            muxer moves the media up for that.
        session_start: tells the moment of the source's time line that becomes the film's zero; asked once, with the
            first chunk. None, or an answer of None: the earliest chunk's start.
        is_through: whether all that a track will ever hold has been handed over, and its trims are set.

    Raises:
        InvalidArgumentError: another time scale.
    """

    def __init__(
        self,
        destination: Output,
        file_type: FileType,
        *,
        time_scale: int = 0,
        created: datetime | None = None,
        is_index_first: bool = False,
        session_start: Callable[[], Time | None] = lambda: None,
        is_through: Callable[[Any], bool] = lambda track: False,
    ) -> None:
        self._container: Any = None
        if time_scale not in (0, TICKS):
            raise InvalidArgumentError(
                f"{file_type.suffixes[0]} files count {TICKS} ticks a second here, not {time_scale}.",
                hint="Leave movie_time_scale 0; .mov and .mp4 have any.",
            )
        self._destination = destination
        self._file_type = file_type
        self._created = datetime.now(UTC) if created is None else created
        self._is_index_first = is_index_first
        self._session_start = session_start
        self._is_through = is_through
        self._tracks: list[MuxTrack] = []
        self._held: list[tuple[MuxTrack, Chunk]] = []  # the first ones, until the header is written
        self._output = MuxOutput(destination)
        self._streams: dict[int, Any] = {}
        self._start = Fraction(0)
        self._is_closed = False
        self._state = "new"

    @property
    def tracks(self) -> tuple[MuxTrack, ...]:
        return tuple(self._tracks)

    def add_track(self, options: TrackOptions, media_time_scale: int = 0) -> MuxTrack:
        """A new track. All tracks share the file's milliseconds, so ``media_time_scale`` only says what comes in.

        Raises:
            SettingsError: something is asked of the track that the file cannot say.
            InvalidStateError: the file was begun.
        """
        self._expect("add_track", "new", "Add all tracks before begin().")
        track = MuxTrack(len(self._tracks) + 1, options, self._file_type)
        self._tracks.append(track)
        return track

    def begin(self) -> None:
        """Get ready for media. Nothing is written yet, for the header tells what the tracks hold.

        Raises:
            InvalidStateError: the file was begun already.
        """
        self._expect("begin", "new", "It is called once.")
        self._state = "begun"

    def write_chunk(self, track: MuxTrack, chunk: Chunk) -> None:
        """Take a chunk, and write what comes before it.

        Raises:
            TimestampError: it is presented before the session starts. FrameError: it contradicts itself.
            SettingsError: the muxer cannot carry a track. InvalidStateError: the file is not begun, or finished.
            OutputError: the destination failed.
        """
        self._expect("write_chunk", "begun", "Call begin() first, and nothing after finish().")
        if self._container is None:
            self._held.append((track, chunk))
            if not self._knows_tracks(chunk):
                return
            self._open()
        elif not track.is_open:
            raise InvalidStateError("the file's header is written, and does not hold this track.", track=track.track_id)
        else:
            track.append(chunk)
        self._flush(chunk.decode * 1_000_000_000 // chunk.timescale)

    def finish(self, *, session_start: Time | None, session_end: Time | None, header_first: bool) -> MovieSummary:
        """Write what waits, and the index. The destination is not committed.

        Args:
            session_start, header_first: told before. session_end: moment of the source after which nothing may be
                presented; None: each track plays to its end.

        Raises:
            TimestampError: a track plays on after the session's end. SettingsError: there are no samples at all.
            OutputError: the destination failed. InvalidStateError: the file is not begun, or finished.
        """
        self._expect("finish", "begun", "Call begin() first, and finish() once.")
        if self._container is None and not self._held:
            raise SettingsError(
                f"{self._file_type.suffixes[0]} files hold no session of nothing: players do not open them.",
                hint="Append at least one sample, or write .mov or .mp4.",
            )
        if self._container is None:
            self._open()
        self._state = "finished"
        last = None if session_end is None else session_end.fraction - self._start
        for track in self._tracks:
            track.check_end(last)
        self._flush(None)
        with self._output.watched():
            self._is_closed = True  # it must not be asked twice
            self._container.close()
        return MovieSummary(
            header_method="first, rewritten" if self._is_index_first else "last",
            movie_time_scale=TICKS,
            duration=max((track.end for track in self._tracks if track.is_open), default=Fraction(0)),
            bytes=self._destination.size,
            tracks=tuple(track.summary() for track in self._tracks),
        )

    def _knows_tracks(self, latest: Chunk) -> bool:
        """Whether a chunk of each track is there, or those that are missing are late: the header need not wait."""
        first = self._held[0][1]
        waited = Fraction(latest.decode, latest.timescale) - Fraction(first.decode, first.timescale)
        described = {track.track_id for track in self._tracks if track.format is not None}
        return waited >= _LATE or described <= {track.track_id for track, _ in self._held}

    def _open(self) -> None:
        """Have everything before the media written, now that all tracks are described."""
        told = self._session_start()
        starts = (Fraction(chunk.decode, chunk.timescale) for _, chunk in self._held)
        self._start = told.fraction if told is not None else min(starts, default=Fraction(0))
        firsts: dict[int, Chunk] = {}
        for track, chunk in self._held:
            firsts.setdefault(track.track_id, chunk)
        known = [track for track in self._tracks if track.format is not None]
        described = [track.open(firsts.get(track.track_id), self._start) for track in known]
        with self._output.watched():
            container = av.open(
                self._output,
                "w",
                format=_FORMATS[self._file_type],
                container_options={**_OPTIONS, **(_INDEX_FIRST if self._is_index_first else {})},
                buffer_size=_BUFFER,
                io_open=_reopening(self._destination, self._output),
            )
        container.metadata["creation_time"] = self._created.astimezone(UTC).isoformat()
        self._container = container
        streams = add_streams(container, described)
        self._streams = {track.track_id: stream for track, stream in zip(known, streams, strict=True)}
        with self._output.watched():
            container.start_encoding()
        held, self._held = self._held, []
        for track, chunk in held:
            track.append(chunk)

    def _flush(self, before: int | None) -> None:
        """Hand over packets: all that are decoded before a moment (in nanoseconds), or all there are.

        Sound's newest packet stays until another one comes or nothing more will: the last one is to be trimmed.
        """
        while (track := self._next(before)) is not None:
            is_last = len(track.waiting) == 1
            packet = track.next_packet(is_last=is_last)
            packet.stream = self._streams[track.track_id]
            with self._output.watched():
                self._container.mux_one(packet)

    def _next(self, before: int | None) -> MuxTrack | None:
        """The track whose packet is due."""
        due = [track for track in self._tracks if track.waiting and not self._is_kept(track, before)]
        track = min(due, key=lambda track: track.waiting[0].order, default=None)
        return None if track is None or (before is not None and track.waiting[0].order >= before) else track

    def _is_kept(self, track: MuxTrack, before: int | None) -> bool:
        is_newest = track.is_audio and len(track.waiting) == 1
        return is_newest and before is not None and not self._is_through(track)

    def __del__(self) -> None:
        """A file that was given up: PyAV would complete it when it is collected, into what is there no more."""
        if self._container is not None and not self._is_closed:
            self._output.abandon()
            with contextlib.suppress(Exception):  # whatever it complains of, nobody wants the file
                self._container.close()

    def _expect(self, call: str, state: str, rule: str) -> None:
        if self._state != state:
            raise InvalidStateError(f"{call}() is not possible: the file is {self._state}.", hint=rule)
