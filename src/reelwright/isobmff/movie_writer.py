"""An ordinary movie file from chunks of samples: media first, as it comes, and the header when everything is known.

The file begins as ``ftyp``, eight spare bytes, ``mdat``; the spare bytes become part of the ``mdat`` header if it
outgrows 4 GiB. The header goes behind the media, or between ``ftyp`` and the spare bytes: into room that was reserved
there, or every chunk moves up by its length. The file is opened, committed and discarded by whoever owns the
destination.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from reelwright.isobmff.box import Box, Buffer, fourcc, u32, u64
from reelwright.isobmff.brands import file_type_box
from reelwright.isobmff.header_room import LARGEST_ROOM, SMALLEST_BOX, common_unit, free_space, laid_out
from reelwright.isobmff.headers import seconds_since_1904
from reelwright.isobmff.movie_plan import MovieSummary, TrackSummary, plan_movie, session_moments
from reelwright.isobmff.sample_table import Chunk, SampleFlag, dependency_flags
from reelwright.isobmff.timeline import MAX_TIME_SCALE
from reelwright.isobmff.track import MovieTrack, TrackOptions, check_references, presentation_time
from reelwright.model.errors import InvalidArgumentError, InvalidStateError, ReelwrightError
from reelwright.model.kinds import FileType
from reelwright.model.time import Time

__all__ = [
    "Chunk",
    "MovieDestination",
    "MovieSummary",
    "MovieTrack",
    "MovieWriter",
    "SampleFlag",
    "TrackOptions",
    "TrackSummary",
    "dependency_flags",
]

_SPARE = 8


class MovieDestination(Protocol):
    """The part of a ``storage`` destination that a movie needs. It is open."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def write(self, *buffers: Buffer) -> int:
        """Append buffers and return the offset of the first."""

    def overwrite(self, offset: int, data: Buffer) -> None:
        """Replace bytes written before."""

    @property
    def is_in_memory(self) -> bool:
        """Whether insertions of any length, also in the place of more bytes, cost nothing."""

    @property
    def insertion_block(self) -> int:
        """Bytes of which what is inserted had best be a multiple."""

    def insert(self, offset: int, *data: Buffer | Box, replacing: int = 0) -> str:
        """Put data in the place of ``replacing`` bytes; returns the method for the report.

        The bytes of a box are made as they are written, as ``buffers()`` gives them.
        """


class MovieWriter:
    """Writes a QuickTime movie or an ISO base media file (``.mov``, ``.mp4``, ``.m4v``, ``.m4a``).

    The calls follow one order: ``add_track`` for every track, ``begin``, ``write_chunk`` as often as there is media,
    ``finish``. After an error from the destination the file is spoilt; after any other error from ``write_chunk``
    nothing was written and the film can go on.

    Example:
        >>> import io
        >>> from reelwright.model.format import FormatDescription
        >>> from reelwright.model.kinds import MediaType
        >>> from reelwright.storage.destination import open_destination
        >>> film = io.BytesIO()
        >>> destination = open_destination(film)
        >>> destination.open()
        >>> writer = MovieWriter(destination, FileType.MOV)
        >>> track = writer.add_track(TrackOptions(media_type=MediaType.VIDEO))
        >>> photographs = FormatDescription(
        ...     media_type=MediaType.VIDEO, media_subtype="jpeg", width=320, height=240
        ... )
        >>> number = track.describe(photographs)
        >>> writer.begin()
        >>> writer.write_chunk(track, Chunk(number, 24, [b"a JPEG file"], 1, 11, decode=0, durations=48))
        >>> writer.finish(session_start=Time.ZERO, session_end=None, header_first=True).duration
        Fraction(2, 1)
        >>> destination.commit()

    Args:
        destination: an open destination, into which nothing was written yet.
        movie_time_scale: ticks a second of edits and durations (``AVAssetWriter.movieTimeScale``); 0: the least common
            multiple of the tracks' scales and the session's edges, as far as it fits, else the rate of the sound.
        created: the date in the file's headers, with a time zone; None for now.
        at_move: called when the media is about to move up, to make room for the header in front: with the offset of
            bytes that will move as they are, and how far. A journal has to know before it happens.
        reserve: bytes to leave for a header in front (see ``room_for``), at least 8, or 0 for none. A header that needs
            more is put in front all the same; room that is not used becomes a ``free`` box.

    Raises:
        InvalidArgumentError: a file type that is no movie; a time scale, date or room that cannot be written.
    """

    def __init__(
        self,
        destination: MovieDestination,
        file_type: FileType,
        *,
        movie_time_scale: int = 0,
        created: datetime | None = None,
        reserve: int = 0,
        at_move: Callable[[int, int], None] = lambda place, distance: None,
    ) -> None:
        if not 0 <= movie_time_scale <= MAX_TIME_SCALE:
            raise InvalidArgumentError(
                f"movie time scale {movie_time_scale} is not within 1 … {MAX_TIME_SCALE}.",
                hint="Give a number of ticks a second, or 0 to have one chosen.",
            )
        if reserve and not SMALLEST_BOX <= reserve <= LARGEST_ROOM:
            raise InvalidArgumentError(
                f"{reserve} bytes cannot be reserved.", hint=f"Give {SMALLEST_BOX} to {LARGEST_ROOM}, or 0 for none."
            )
        self._destination = destination
        self._file_type = file_type
        self._file_type_box = file_type_box(file_type)
        self._movie_time_scale = movie_time_scale
        self._created = seconds_since_1904(datetime.now(UTC) if created is None else created)
        self._tracks: list[MovieTrack] = []
        self._reserved = reserve
        self._at_move = at_move
        self._state = "new"

    @property
    def tracks(self) -> tuple[MovieTrack, ...]:
        return tuple(self._tracks)

    def add_track(self, options: TrackOptions, media_time_scale: int = 0) -> MovieTrack:
        """A new track. ``media_time_scale``: ticks a second to which its times are rounded; 0 keeps every time exact.

        Raises:
            InvalidArgumentError: an option that cannot be written.
            InvalidStateError: the file was begun.
        """
        self._expect("add_track", "new", "Add all tracks before begin().")
        track = MovieTrack(len(self._tracks) + 1, options, self._file_type, media_time_scale)
        self._tracks.append(track)
        return track

    def begin(self) -> None:
        """Write what comes before the media.

        Raises:
            InvalidArgumentError: a track refers to one that does not exist.
            InvalidStateError: the file was begun already.
            OutputError: the destination failed.
        """
        self._expect("begin", "new", "It is called once.")
        check_references(self._tracks)
        spare = Box("wide" if self._file_type.is_quicktime else "free")
        open_end = u32(0) + fourcc("mdat")  # until it is closed, the media reaches to the end of the file
        room = free_space(self._reserved, 0)
        self._destination.write(*self._file_type_box.buffers(), room, *spare.buffers(), open_end)
        self._state = "begun"

    def write_chunk(self, track: MovieTrack, chunk: Chunk) -> None:
        """Append a chunk's bytes to the file and its samples to the track.

        Raises:
            FrameError: the chunk's columns contradict each other or its payload, or its description is unknown.
            TimestampError: its times run backwards or do not fit the track's time scale.
            InvalidStateError: the file is not begun, or finished.
            OutputError: the destination failed.
        """
        self._expect("write_chunk", "begun", "Call begin() first, and nothing after finish().")
        padding = bytes(self._padding(self._destination.size, track.options.chunk_alignment))
        try:
            track.check(chunk)
            track.append(chunk, self._destination.size + len(padding))
        except ReelwrightError as error:
            error.about(track=track.track_id, time=presentation_time(chunk))
            raise
        self._destination.write(*([padding] if padding else []), *chunk.payload)

    @staticmethod
    def _padding(offset: int, alignment: int) -> int:
        return -offset % alignment if alignment > 1 else 0

    def finish(self, *, session_start: Time | None, session_end: Time | None, header_first: bool) -> MovieSummary:
        """Write the header and close the media. The destination is not committed.

        Args:
            session_start: moment of the source's time line that becomes the movie's zero; None: the earliest sample's.
            session_end: moment after which nothing is presented; None: each track plays to its end.
            header_first: put the header before the media, so that players can begin while they still receive.

        Raises:
            TimestampError: a session that is not numeric or ends before it starts.
            InvalidStateError: the file is not begun, or finished.
            OutputError: the destination failed.
        """
        self._expect("finish", "begun", "Call begin() first, and finish() once.")
        session = session_moments(session_start, session_end)
        plan = plan_movie(self._tracks, session, self._movie_time_scale)
        self._state = "finished"
        long_media = self._close_media(self._destination.size)

        def header(shift: int) -> Box:
            return plan.header(self._created, shift)

        method = self._insert_header(header, long_media) if header_first else self._append_header(header)
        return plan.summary(method, self._destination.size)

    def _close_media(self, end: int) -> bool:
        """Give ``mdat`` its size; True when it needed the spare bytes for a 64-bit one (ISO/IEC 14496-12, 4.2.2)."""
        spare = self._file_type_box.size + self._reserved
        size = end - spare - _SPARE
        if size < 1 << 32:
            self._destination.overwrite(spare + _SPARE, u32(size))
            return False
        self._destination.overwrite(spare, u32(1) + fourcc("mdat") + u64(size + _SPARE))
        return True

    def _append_header(self, header: Callable[[int], Box]) -> str:
        for buffer in header(0).buffers():  # one by one: tables of millions of samples are made as they are written
            self._destination.write(buffer)
        return "last"

    def _insert_header(self, header: Callable[[int], Box], long_media: bool) -> str:
        """Put the header behind ``ftyp``: into the room that was reserved, or that the destination makes."""
        box, length = self._lay_out(header)
        padding = free_space(length - box.size, 0 if long_media else _SPARE)
        place = self._file_type_box.size
        if length > self._reserved and not self._destination.is_in_memory:
            self._at_move(place + self._reserved, length - self._reserved)
        return f"first, {self._destination.insert(place, box, padding, replacing=self._reserved)}"

    def _lay_out(self, header: Callable[[int], Box]) -> tuple[Box, int]:
        """The header, and the length of the place for it."""
        alignments = (track.options.chunk_alignment for track in self._tracks)
        unit = common_unit(alignments, self._destination.insertion_block)
        least = 0 if self._destination.is_in_memory else self._reserved
        return laid_out(header, self._reserved, unit, least)

    def _expect(self, call: str, state: str, rule: str) -> None:
        if self._state != state:
            raise InvalidStateError(f"{call}() is not possible: the movie is {self._state}.", hint=rule)
