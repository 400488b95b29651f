"""A Matroska or WebM file from chunks of samples: what is known first, then clusters, then the index.

The calls are those of the movie engine. Blocks of all tracks are put in the order in which they are decoded: a block
goes into the file once no chunk that is still to come can begin before it, so what waits is a chunk of each track. The
file's times are ticks of a millisecond unless it is told otherwise, and sessions are a shift, for there are no edits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

from reelwright.containers.matroska.clusters import Clusters, Output, TrimPlace
from reelwright.containers.matroska.ebml import UNKNOWN_SIZE, binary, date, element, head, real, text, unsigned, void
from reelwright.containers.matroska.track import MatroskaTrack
from reelwright.containers.movie import Chunk, MovieSummary, TrackOptions
from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.model.kinds import FileType
from reelwright.model.time import Time

__all__ = ["MatroskaWriter"]

_NANOSECONDS = 1_000_000_000
_MILLISECONDS = 1000
_FINEST = 100_000  # ticks a second: a block's 16 bits then reach a third of a second
_SEGMENT = 0x18538067
_INFO, _TRACKS, _CUES = b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\x1c\x53\xbb\x6b"
_SEEK_ROOM = 80  # bytes for three entries of the table of contents
_PLACE = 8  # bytes of a place in it
_PROGRAM = "reelwright"
_DOCUMENTS = {FileType.WEBM: "webm", FileType.MATROSKA: "matroska"}


class MatroskaWriter:
    """Writes ``.webm`` and ``.mkv``.

    Args:
        destination: an open destination, into which nothing was written yet.
        time_scale: ticks a second of all times in the file; 0 for 1000, which every reader expects.
        created: the date in the file's header, with a time zone; None for now.
        session_start: tells the moment of the source's time line that becomes the film's zero; asked once, with the
            first chunk. None, or an answer of None: the earliest chunk's start.

    Raises:
        InvalidArgumentError: a time scale that the file cannot hold.
    """

    def __init__(
        self,
        destination: Output,
        file_type: FileType,
        *,
        time_scale: int = 0,
        created: datetime | None = None,
        session_start: Callable[[], Time | None] | None = None,
    ) -> None:
        scale = time_scale or _MILLISECONDS
        if not 1 <= scale <= _FINEST or _NANOSECONDS % scale:
            raise InvalidArgumentError(
                f"a Matroska file cannot count {scale} ticks a second: a tick is a whole number of nanoseconds, and "
                f"there are at most {_FINEST}.",
                hint="Leave movie_time_scale 0 for 1000, or set 10000 or 100000.",
            )
        self._destination = destination
        self._file_type = file_type
        self._scale = scale
        self._created = datetime.now(UTC) if created is None else created
        self._session_start = session_start
        self._tracks: list[MatroskaTrack] = []
        self._held: list[tuple[MatroskaTrack, Chunk]] = []  # the first ones, until the header is written
        self._clusters: Clusters | None = None
        self._start = Fraction(0)
        self._origin = self._contents = self._duration = self._media = 0  # places in the file
        self._places: dict[bytes, int] = {}
        self._state = "new"

    @property
    def tracks(self) -> tuple[MatroskaTrack, ...]:
        return tuple(self._tracks)

    def add_track(self, options: TrackOptions, media_time_scale: int = 0) -> MatroskaTrack:
        """A new track. All tracks share the file's time scale, so ``media_time_scale`` only says what comes in.

        Raises:
            SettingsError: something is asked of the track that the file cannot say.
            InvalidStateError: the file was begun.
        """
        self._expect("add_track", "new", "Add all tracks before begin().")
        track = MatroskaTrack(len(self._tracks) + 1, options, self._file_type)
        self._tracks.append(track)
        return track

    def begin(self) -> None:
        """Get ready for media. Nothing is written yet, for the header tells what the tracks hold.

        Raises:
            InvalidStateError: the file was begun already.
        """
        self._expect("begin", "new", "It is called once.")
        self._state = "begun"

    def write_chunk(self, track: MatroskaTrack, chunk: Chunk) -> None:
        """Take a chunk, and write what comes before it.

        Raises:
            TimestampError: it is presented before the session starts. FrameError: it contradicts itself.
            InvalidStateError: the file is not begun, or finished. OutputError: the destination failed.
        """
        self._expect("write_chunk", "begun", "Call begin() first, and nothing after finish().")
        moment = chunk.decode * _NANOSECONDS // chunk.timescale
        if self._clusters is None:
            first = self._held[0][1] if self._held else None
            if first is None or first.decode * chunk.timescale == chunk.decode * first.timescale:
                self._held.append((track, chunk))
                return
            self._open()
        track.append(chunk)
        self._flush(moment)

    def finish(self, *, session_start: Time | None, session_end: Time | None, header_first: bool) -> MovieSummary:
        """Write what waits, and the index. The destination is not committed.

        Args:
            session_start: not needed any more. session_end: moment of the source after which nothing may be presented;
                None: each track plays to its end.
            header_first: put the index before the media, so that players can seek before they have the whole file.

        Raises:
            TimestampError: a track plays on after the session's end. OutputError: the destination failed.
            InvalidStateError: the file is not begun, or finished.
        """
        self._expect("finish", "begun", "Call begin() first, and finish() once.")
        if self._clusters is None:
            self._open()
        self._state = "finished"
        assert self._clusters is not None
        last = None if session_end is None else session_end.fraction - self._start
        for track in self._tracks:
            track.check_end(last)
        self._flush(None)
        self._clusters.close()
        for track in self._tracks:
            self._trim(track)
        end = max((track.end for track in self._tracks if track.is_open), default=Fraction(0))
        self._destination.overwrite(self._duration, real(0x4489, float(end * self._scale)))  # Duration
        method = self._write_index(header_first)
        self._close()
        return MovieSummary(
            header_method=method,
            movie_time_scale=self._scale,
            duration=end,
            bytes=self._destination.size,
            tracks=tuple(track.summary() for track in self._tracks),
        )

    # ------------------------------------------------------------------ before the media

    def _open(self) -> None:
        """Write everything before the media, now that each track's first chunk is there or its start is known."""
        self._start = self._zero()
        documents = element(
            0x1A45DFA3,  # EBML
            unsigned(0x4286, 1),  # EBMLVersion
            unsigned(0x42F7, 1),  # EBMLReadVersion
            unsigned(0x42F2, 4),  # EBMLMaxIDLength
            unsigned(0x42F3, 8),  # EBMLMaxSizeLength
            text(0x4282, _DOCUMENTS[self._file_type]),  # DocType
            unsigned(0x4287, 4),  # DocTypeVersion
            unsigned(0x4285, 2),  # DocTypeReadVersion
        )
        segment = head(_SEGMENT, 0)[:4] + UNKNOWN_SIZE
        self._origin = self._destination.write(documents, segment) + len(documents) + len(segment)
        self._contents = self._destination.write(void(_SEEK_ROOM))
        self._write_info()
        firsts: dict[int, Chunk] = {}
        for track, chunk in self._held:
            firsts.setdefault(track.track_id, chunk)
        entries = [
            track.open(firsts.get(track.track_id), self._start, self._scale)
            for track in self._tracks
            if track.format is not None
        ]
        self._places[_TRACKS] = self._destination.write(element(0x1654AE6B, *entries)) - self._origin
        self._media = self._destination.size
        self._clusters = Clusters(self._destination, self._origin, self._scale)
        held, self._held = self._held, []
        for track, chunk in held:
            track.append(chunk)

    def _zero(self) -> Fraction:
        told = self._session_start() if self._session_start is not None else None
        if told is not None:
            return told.fraction
        return min((Fraction(chunk.decode, chunk.timescale) for _, chunk in self._held), default=Fraction(0))

    def _write_info(self) -> None:
        before = [
            unsigned(0x2AD7B1, _NANOSECONDS // self._scale),  # TimestampScale
            text(0x4D80, _PROGRAM),  # MuxingApp
            text(0x5741, _PROGRAM),  # WritingApp
            date(0x4461, self._created),  # DateUTC
        ]
        info = element(0x1549A966, *before, real(0x4489, 0.0))
        start = self._destination.write(info)
        self._places[_INFO] = start - self._origin
        self._duration = start + len(info) - len(real(0x4489, 0.0))

    # ------------------------------------------------------------------ the media

    def _flush(self, before: int | None) -> None:
        """Put blocks into clusters: all that are decoded before a moment (in nanoseconds), or all there are."""
        assert self._clusters is not None
        while True:
            waiting = [track for track in self._tracks if track.waiting]
            if not waiting:
                return
            track = min(waiting, key=lambda track: track.waiting[0].decode)
            if before is not None and track.waiting[0].decode >= before:
                return
            self._clusters.add(track.next_block())

    # ------------------------------------------------------------------ the end

    def _trim(self, track: MatroskaTrack) -> None:
        """Say in a sound track's last block how much of it is not heard."""
        trim = round(track.trim_end.fraction * _NANOSECONDS)
        if trim <= 0 or track.last_trim is None:
            return
        self._destination.overwrite(track.last_trim.offset, TrimPlace.element(trim))

    def _write_index(self, is_first: bool) -> str:
        """Write ``Cues``; returns where, and how it came there."""
        assert self._clusters is not None
        cues = self._clusters.cues
        size = len(cues.box(0))
        if not size:
            return "last"
        if not is_first:
            self._places[_CUES] = self._destination.write(cues.box(0)) - self._origin
            return "last"
        self._places[_CUES] = self._media - self._origin
        return f"first, {self._destination.insert(self._media, cues.box(size))}"

    def _close(self) -> None:
        """Write the table of contents and the length of the whole."""
        entries = [
            element(0x4DBB, binary(0x53AB, identifier), unsigned(0x53AC, place, _PLACE))  # Seek: SeekID, SeekPosition
            for identifier, place in self._places.items()
        ]
        contents = element(0x114D9B74, *entries)
        self._destination.overwrite(self._contents, contents + void(_SEEK_ROOM - len(contents)))
        size = self._destination.size - self._origin
        self._destination.overwrite(self._origin - len(UNKNOWN_SIZE), head(_SEGMENT, size, 8)[4:])

    def _expect(self, call: str, state: str, rule: str) -> None:
        if self._state != state:
            raise InvalidStateError(f"{call}() is not possible: the file is {self._state}.", hint=rule)
