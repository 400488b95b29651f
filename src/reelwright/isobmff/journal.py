"""A film's journal: a movie without its media, whose fragments say where in the film in the making the samples lie.

Records are appended one behind the other: first ``ftyp``, ``moov`` and everything so far, then a ``moof`` for what came
since. Each ends with a checksum over itself and all before it, so that a torn or missing record is noticed. When the
header itself has become another (finer ticks, one more sample description), a new journal begins behind the old one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from reelwright.isobmff.box import Box, u32, u64
from reelwright.isobmff.brands import file_type_box
from reelwright.isobmff.edits import EMPTY, Edit, EditPlan
from reelwright.isobmff.fragment_boxes import FragmentRun, joined_runs, movie_fragment, stretches, track_fragment
from reelwright.isobmff.fragment_media import TrackClock
from reelwright.isobmff.fragment_opening import ticks, unfilled_header
from reelwright.isobmff.movie_plan import choose_movie_time_scale, session_window
from reelwright.isobmff.table_runs import TableRuns
from reelwright.isobmff.track import MovieTrack
from reelwright.model.kinds import FileType
from reelwright.model.time import Time

__all__ = ["CHECKSUM", "CHECKSUM_SIZE", "MARK", "MOVE", "MovieJournal"]

CHECKSUM = b"reelwright record "
"""What the content of a checksum's ``free`` box begins with."""
CHECKSUM_SIZE = 8 + len(CHECKSUM) + 4

MOVE = b"reelwright move "
"""What the content of the ``free`` box of a move begins with."""
MARK = 64
"""Bytes by which a move is told, if there are so many."""

_UNKNOWN_TIME_SCALE = 600
_MOST_SAMPLES = 1 << 18  # of a fragment, so that none is larger than readers bear
_FARTHEST = (1 << 31) - 1  # that a run may lie from the place its track fragment counts from


class _TrackHead(NamedTuple):
    """What of a track stands in the header: another one makes another journal."""

    time_scale: int
    base: int
    shift: int
    descriptions: int
    trim: Fraction


class MovieJournal:
    """Records of a movie being written. They are made by whoever writes its chunks, between two of them.

    Args:
        tracks: of the movie's writer. file_type: as of the movie.
        session_start: tells the moment of the source's time line that becomes the movie's zero; None: the earliest
            sample so far.
        movie_time_scale: as of ``MovieWriter``. created: seconds since 1904.
    """

    def __init__(
        self,
        tracks: Sequence[MovieTrack],
        file_type: FileType,
        *,
        session_start: Callable[[], Time | None],
        movie_time_scale: int = 0,
        created: int = 0,
    ) -> None:
        self._tracks = tracks
        self._opening = file_type_box(file_type).render()
        self._session_start = session_start
        self._movie_time_scale = movie_time_scale
        self._created = created
        self._heads: dict[int, _TrackHead] = {}
        self._start: Fraction | None = None
        self._runs: dict[int, TableRuns] = {}
        self._sequence_number = 0
        self._checksum = 0

    def record(self) -> bytes | None:
        """What has come since the last record; None when nothing has.

        It counts once it is in the journal's file, and may be put there only when the media it tells of is on the disk.
        """
        heads = {track.track_id: _head_of(track) for track in self._tracks if track.is_described}
        given = self._session_start()
        start = None if given is None else given.fraction
        boxes: list[Box] = []
        if heads != self._heads or start != self._start:
            self._heads, self._start = heads, start
            boxes.append(self._header())
            self._runs = {track_id: TableRuns(self._track(track_id).table) for track_id in heads}
            self._sequence_number = 0
        is_begun = bool(boxes)
        boxes += self._fragments()
        if not boxes:
            return None
        if not any(runs.samples for runs in self._runs.values()):
            self._heads = {}  # a film of nothing need not be told of
            return None
        return self._checked(([self._opening] if is_begun else []) + [box.render() for box in boxes])

    def moved(self, place: int, distance: int, mark: bytes) -> bytes:
        """A record that the media is about to move up to make room for the header in front.

        Args:
            place: offset of bytes that will move and not change. mark: these bytes, by which it will be seen whether
                they have moved. distance: how far.
        """
        return self._checked([Box("free", MOVE, u64(place, distance), mark).render()])

    def _checked(self, parts: list[bytes]) -> bytes:
        record = b"".join(parts)
        self._checksum = zlib.crc32(record, self._checksum)
        return record + Box("free", CHECKSUM, u32(self._checksum)).render()

    def _track(self, track_id: int) -> MovieTrack:
        return next(track for track in self._tracks if track.track_id == track_id)

    # The header

    def _header(self) -> Box:
        written = [self._track(track_id) for track_id in self._heads]
        start = session_window(written, (self._start, None)).start
        scale = self._movie_time_scale or choose_movie_time_scale(written, [start])
        clocks = {
            track.track_id: TrackClock(track, head.base, head.shift, head.time_scale, head.descriptions)
            for track, head in zip(written, self._heads.values(), strict=True)
        }
        return unfilled_header(
            clocks,
            {track_id: _edits(clock, start, scale) for track_id, clock in clocks.items()},
            created=self._created,
            time_scale=scale,
            next_track_id=len(self._tracks) + 1,
            duration=None,
        )

    # What came since the last record

    def _fragments(self) -> Iterator[Box]:
        waiting: list[Box] = []
        samples = 0
        for track_id, reader in self._runs.items():
            for runs in _portions(reader.more()):
                waiting += self._track_fragments(track_id, runs)
                samples += sum(map(_rows, runs))
                if samples >= _MOST_SAMPLES:
                    yield self._fragment(waiting)
                    waiting, samples = [], 0
        if waiting:
            yield self._fragment(waiting)

    def _fragment(self, trafs: Sequence[Box]) -> Box:
        self._sequence_number += 1
        return movie_fragment(self._sequence_number, trafs)

    def _track_fragments(self, track_id: int, runs: Sequence[FragmentRun]) -> Iterator[Box]:
        head, has_roll = self._heads[track_id], self._track(track_id).roll_distance != 0
        for run in runs:
            run.decode -= head.base
            run.offsets = run.offsets + head.shift
        for together in stretches(joined_runs(runs)):
            for near in _near(together):
                base = near[0].place
                yield track_fragment(track_id, near, base=base, start=-base, has_roll=has_roll)


def _head_of(track: MovieTrack) -> _TrackHead:
    table, found = track.table, track.table.time_line.stretches
    return _TrackHead(
        time_scale=track.media_time_scale or track.formats[0].sample_rate or _UNKNOWN_TIME_SCALE,
        base=found[0].source if found else 0,
        shift=table.composition_shift,
        descriptions=len(track.formats),
        trim=track.trim_start.fraction,
    )


def _edits(clock: TrackClock, start: Fraction, scale: int) -> EditPlan:
    """From when on a track is presented, without an end: as in the header of any film in fragments."""
    extents = clock.track.extents()
    if not extents:
        return EditPlan()
    first = Fraction(min(extent.first for extent in extents), clock.time_scale) + clock.track.trim_start.fraction
    shown = max(start, first)
    lead = ticks(shown - start, scale)
    media_time = ticks(shown, clock.time_scale) - clock.base + clock.shift
    return EditPlan(((Edit(lead, EMPTY),) if lead else ()) + (Edit(0, media_time),))


def _portions(runs: Iterator[FragmentRun]) -> Iterator[list[FragmentRun]]:
    """Runs in lists, none of which has many more samples than a fragment may have."""
    portion: list[FragmentRun] = []
    samples = 0
    for run in runs:
        portion.append(run)
        samples += _rows(run)
        if samples >= _MOST_SAMPLES:
            yield portion
            portion, samples = [], 0
    if portion:
        yield portion


def _rows(run: FragmentRun) -> int:
    """Rows in a fragment's tables, at most: none where all samples are alike, as in linear PCM."""
    alike = all(isinstance(values, int) for values in (run.sizes, run.durations, run.offsets, run.flags))
    return 1 if alike else run.count


def _near(runs: Sequence[FragmentRun]) -> Iterator[list[FragmentRun]]:
    """Runs whose places count from the first one's; the next list begins where one lies too far off, or before it."""
    near: list[FragmentRun] = []
    for run in runs:
        if near and not 0 <= run.place - near[0].place <= _FARTHEST:
            yield near
            near = []
        near.append(run)
    if near:
        yield near
