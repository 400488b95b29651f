"""A movie in fragments: what was written stays a film if the program dies, and becomes an ordinary one when it ends.

The file begins as ``ftyp``, sixteen free bytes, and a header without samples; fragments follow, each a ``moof`` and its
``mdat``. To *seal* it, an ordinary header goes behind the last fragment, and then one write of sixteen bytes makes the
free bytes the header of an ``mdat`` that swallows everything up to there: not a byte of the media moves, and at every
moment the file is a film.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from reelwright.isobmff.box import Box, Buffer, fourcc, u32, u64
from reelwright.isobmff.brands import file_type_box
from reelwright.isobmff.fragment_boxes import first_sync_sample, random_access
from reelwright.isobmff.fragment_media import ByteQueue, FragmentMedia, Trafs, fragment_header
from reelwright.isobmff.fragment_opening import FragmentOpening, check_chunk
from reelwright.isobmff.headers import seconds_since_1904
from reelwright.isobmff.movie_plan import (
    MoviePlan,
    MovieSummary,
    Session,
    plan_movie,
    session_moments,
)
from reelwright.isobmff.sample_table import Chunk
from reelwright.isobmff.track import MovieTrack, TrackOptions, check_references, presentation_time
from reelwright.model.errors import InvalidArgumentError, InvalidStateError, ReelwrightError
from reelwright.model.kinds import FileType
from reelwright.model.time import Time

__all__ = ["FragmentDestination", "FragmentStep", "FragmentedMovieWriter"]

_FREE = 16
_PROMISE = 8  # bytes, size and type, that make a ``moof`` of what is written already; no disk tears so short a write
_MOST_BYTES = 1 << 30  # of a fragment, beyond which it ends by itself: places in it are counted in 31 bits


class FragmentDestination(Protocol):
    """The part of a ``storage`` destination that fragments need. It is open."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def write(self, *buffers: Buffer) -> int:
        """Append buffers and return the offset of the first."""

    def overwrite(self, offset: int, data: Buffer) -> None:
        """Replace bytes written before."""


class FragmentStep(StrEnum):
    """What was just written: at each of these the owner of the destination may bring it to the disk.

    What is written after a step must not reach the disk before what came before it.
    """

    MEDIA = "media"
    """A fragment, in its final place. The file does not tell of it yet: size and type of its first box are zeros."""
    FRAGMENT = "fragment"
    """These eight bytes: the fragment belongs to the film."""
    HEADER = "header"
    """What stands behind everything: the ordinary header. The file does not tell of it yet."""
    SEALED = "sealed"
    """The sixteen bytes that make it an ordinary film; or, where it stays in fragments, its durations."""


class FragmentedMovieWriter:
    """Writes a film in fragments: the calls of ``MovieWriter``, and ``end_fragment`` as often as is wished.

    Edits, time scales and sample descriptions are settled by the first fragment. What does not fit them any more
    raises; a track with a ``media_time_scale`` of its own rounds. A sealed film is settled anew when it ends.

    Args:
        destination: an open destination, into which nothing was written yet.
        queue: where the bytes of a fragment wait for its end; from a ``Spill`` of the caller.
        session_start: tells, at the first fragment, the moment of the source's time line that becomes the movie's
            zero; None: the earliest sample of that fragment.
        is_through: tells whether nothing more will come of a track; one without a description can then be left out.
        movie_time_scale, created: as of ``MovieWriter``.
        first_sequence_number: of the first fragment (``initialMovieFragmentSequenceNumber``), from 1.
        is_combinable: fragments of several films are to be put together (``producesCombinableFragments``): times are
            those of the source, and there are no edits. Such a film is not sealed.
        duration_hint: how long it is expected to become (``overallDurationHint``); None when nobody knows.
        is_sealed: make it an ordinary movie at the end.
        is_append_only: nothing that was written can be replaced; such a film is not sealed.
        at_step: called after each step of ``FragmentStep``.

    Raises:
        InvalidArgumentError: a file type that is no movie, a sequence number, scale or date that cannot be written; a
            film that is to be sealed and cannot be.
    """

    def __init__(
        self,
        destination: FragmentDestination,
        file_type: FileType,
        queue: ByteQueue,
        *,
        session_start: Callable[[], Time | None],
        is_through: Callable[[MovieTrack], bool] = lambda track: False,
        movie_time_scale: int = 0,
        created: datetime | None = None,
        first_sequence_number: int = 1,
        is_combinable: bool = False,
        duration_hint: Time | None = None,
        is_sealed: bool = True,
        is_append_only: bool = False,
        at_step: Callable[[FragmentStep], None] = lambda step: None,
    ) -> None:
        if is_sealed and (is_append_only or is_combinable):
            what = "combinable fragments" if is_combinable else "fragments that can only be appended"
            raise InvalidArgumentError(f"a film of {what} cannot be sealed.", hint="Pass is_sealed=False.")
        if not 1 <= first_sequence_number < 1 << 32:
            raise InvalidArgumentError(f"sequence number {first_sequence_number} is not within 1 … 2³² − 1.")
        self._destination = destination
        self._file_type = file_type
        # default-base-is-moof and tfdt: ISO/IEC 14496-12, annex E.10 and E.11
        self._file_type_box = file_type_box(file_type, *(() if file_type.is_quicktime else ("iso6",)))
        self._media = FragmentMedia(queue)
        self._session_start = session_start
        self._is_through = is_through
        self._movie_time_scale = movie_time_scale
        self._created = seconds_since_1904(datetime.now(UTC) if created is None else created)
        self._sequence_number = first_sequence_number
        self._is_combinable = is_combinable
        self._duration_hint = duration_hint
        self._is_sealed = is_sealed
        self._is_append_only = is_append_only
        self._at_step = at_step
        self._tracks: list[MovieTrack] = []
        self._opening: FragmentOpening | None = None
        self._opening_place = (0, 0)  # offset and bytes
        self._random_access: dict[int, array[int]] = {}
        self._state = "new"

    @property
    def tracks(self) -> tuple[MovieTrack, ...]:
        return tuple(self._tracks)

    def add_track(self, options: TrackOptions, media_time_scale: int = 0) -> MovieTrack:
        """As ``MovieWriter.add_track``."""
        self._expect("add_track", "new", "Add all tracks before begin().")
        track = MovieTrack(len(self._tracks) + 1, options, self._file_type, media_time_scale)
        self._tracks.append(track)
        return track

    def begin(self) -> None:
        """Write what comes before everything else.

        Raises:
            InvalidArgumentError: a track refers to one that does not exist.
            InvalidStateError: the file was begun already.
            OutputError: the destination failed.
        """
        self._expect("begin", "new", "It is called once.")
        check_references(self._tracks)
        self._destination.write(*self._file_type_box.buffers(), *Box("free", bytes(_FREE - 8)).buffers())
        self._state = "begun"

    def write_chunk(self, track: MovieTrack, chunk: Chunk) -> None:
        """Take a chunk for the fragment that is being collected. One that would outgrow 1 GiB is ended before it.

        Raises:
            FrameError: the chunk contradicts itself, or its description is unknown or came after the first fragment.
            TimestampError: its times run backwards, or do not fit what the first fragment settled.
            InvalidStateError: the file is not begun, or finished.
            OutputError: the destination, or the scratch file, failed.
        """
        self._expect("write_chunk", "begun", "Call begin() first, and nothing after finish().")
        try:
            track.check(chunk)
            if self._opening is not None:
                check_chunk(self._opening.clocks, track, chunk)
            if self._media and self._media.payload + chunk.payload_size > _MOST_BYTES:
                self.end_fragment()
            times = track.append(chunk, 0)
        except ReelwrightError as error:
            error.about(track=track.track_id, time=presentation_time(chunk))
            raise
        self._media.add(chunk, track, times)

    def end_fragment(self) -> bool:
        """Make a fragment of the chunks since the last one; False when there were none.

        Raises:
            InvalidStateError: a track has no sample description yet, and is not through; the file is not begun, or
                finished.
            TimestampError: a sample lies before the zero of combinable fragments.
            OutputError: the destination, or the scratch file, failed.
        """
        self._expect("end_fragment", "begun", "Call begin() first, and nothing after finish().")
        if not self._media:
            return False
        opening = self._opened()
        head, trafs = self._laid_out(opening)
        offset = self._destination.size
        if self._is_append_only:
            self._destination.write(head)
            self._write_media()
        else:
            self._destination.write(bytes(_PROMISE), head[_PROMISE:])
            self._write_media()
            self._at_step(FragmentStep.MEDIA)
            self._destination.overwrite(offset, head[:_PROMISE])
        self._media.settle(offset + len(head))
        self._note_random_access(trafs, offset)
        self._sequence_number = self._sequence_number % ((1 << 32) - 1) + 1
        self._at_step(FragmentStep.FRAGMENT)
        return True

    def _laid_out(self, opening: FragmentOpening) -> tuple[bytes, Trafs]:
        """The fragment's ``moof`` with the header of ``mdat`` that follows, and its runs."""
        self._media.lay_out(0)
        draft = self._header(opening, self._media.trafs(opening.clocks), 0, 0)
        # Alignment can only add to the media, and not by so much that its header would be another.
        large = self._media.length + draft.size > (1 << 32) - (1 << 24)
        length = draft.size + (16 if large else 8)
        start = self._destination.size + length
        self._media.lay_out(start)
        trafs = self._media.trafs(opening.clocks)
        size = self._media.length
        mdat = u32(1) + fourcc("mdat") + u64(size + 16) if large else u32(size + 8) + fourcc("mdat")
        return self._header(opening, trafs, start, length).render() + mdat, trafs

    def _header(self, opening: FragmentOpening, trafs: Trafs, media: int, from_moof: int) -> Box:
        """QuickTime counts places from the beginning of the file, ISO files from the ``moof``."""
        base, start = (media, 0) if self._file_type.is_quicktime else (None, from_moof)
        return fragment_header(trafs, opening.clocks, self._sequence_number, base=base, start=start)

    def _write_media(self) -> None:
        for piece in self._media.drain():
            self._destination.write(piece)

    def _note_random_access(self, trafs: Trafs, moof: int) -> None:
        traf = 1
        for track_id, groups in trafs.items():
            found = first_sync_sample(groups, moof, traf)
            traf += len(groups)
            if found is not None and found.time >= 0:
                self._random_access.setdefault(track_id, array("Q")).extend(found)

    # The header that comes before the fragments

    def _opened(self) -> FragmentOpening:
        if self._opening is None:
            for track in self._tracks:
                self._require_description(track)
            start, _ = session_moments(self._session_start(), None)
            opening = FragmentOpening(self._tracks, start, self._movie_time_scale, is_combinable=self._is_combinable)
            header = opening.header(self._created, self._hinted()).render()
            self._opening_place = self._destination.write(header), len(header)
            self._opening = opening
        return self._opening

    def _require_description(self, track: MovieTrack) -> None:
        if not track.is_described and not self._is_through(track):
            raise InvalidStateError(
                f"track {track.track_id} ({track.options.media_type.name.lower()}) got no sample before the first "
                "fragment ended, so that its header cannot say what it holds.",
                hint="Give the input a source_format_hint, a first sample, or a longer initial_movie_fragment_interval;"
                " or mark it as finished.",
            ).about(track=track.track_id)

    def _hinted(self) -> Fraction | None:
        hint = self._duration_hint
        return hint.fraction if hint is not None and hint.is_numeric else None

    # The end

    def finish(self, *, session_start: Time | None, session_end: Time | None, header_first: bool) -> MovieSummary:
        """Make an ordinary movie of it, or complete the fragments. The destination is not committed.

        Args:
            session_start, session_end: as of ``MovieWriter.finish``.
            header_first: has no effect: the header of a film in fragments stands where it can be written without
                touching the media (``header_method`` of the summary tells).

        Raises:
            TimestampError, InvalidStateError, OutputError: as ``MovieWriter.finish`` and ``end_fragment``.
        """
        self._expect("finish", "begun", "Call begin() first, and finish() once.")
        session = session_moments(session_start, session_end)
        if self._is_sealed and self._opening is None:
            self._place_media()  # a film shorter than a fragment never was anything but ordinary
        else:
            self.end_fragment()
        self._state = "finished"
        if self._is_sealed:
            return self._seal(session)
        opening = self._opened()
        plan = plan_movie(self._tracks, session, opening.time_scale)
        self._complete(opening, plan, session)
        return plan.summary("fragmented", self._destination.size)

    def _place_media(self) -> None:
        start = self._destination.size
        self._media.lay_out(start)
        self._write_media()
        self._media.settle(start)

    def _seal(self, session: Session) -> MovieSummary:
        for track in self._tracks:
            track.table.time_line.is_fixed = False  # the new header may be finer
        plan = plan_movie(self._tracks, session, self._movie_time_scale)
        place = self._file_type_box.size
        size = self._destination.size - place
        for buffer in plan.header(self._created).buffers():
            self._destination.write(buffer)
        self._at_step(FragmentStep.HEADER)
        self._destination.overwrite(place, u32(1) + fourcc("mdat") + u64(size))
        self._at_step(FragmentStep.SEALED)
        return plan.summary("last", self._destination.size)

    def _complete(self, opening: FragmentOpening, plan: MoviePlan, session: Session) -> None:
        """Durations, where the header can still be replaced by one as long; and the table of random access."""
        if self._random_access:
            self._destination.write(*random_access(self._random_access).buffers())
        if self._is_append_only:
            return
        self._at_step(FragmentStep.HEADER)
        limits = {track.track_id: track.bounds() for track in self._tracks}
        ends = {
            track_id: interval[1] if session[1] is None else min(interval[1], session[1])
            for track_id, interval in limits.items()
            if interval is not None
        }
        header = opening.header(self._created, Fraction(plan.duration, plan.time_scale), ends).render()
        offset, length = self._opening_place
        if len(header) == length:
            self._destination.overwrite(offset, header)
            self._at_step(FragmentStep.SEALED)

    def _expect(self, call: str, state: str, rule: str) -> None:
        if self._state != state:
            raise InvalidStateError(f"{call}() is not possible: the movie is {self._state}.", hint=rule)
