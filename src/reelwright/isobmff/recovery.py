"""An ordinary movie from what an interrupted writer left: a film in fragments, or one with a journal.

Not a byte of the media moves. The header is made anew, from the one that was written and from the samples that lie in
the file, and goes behind everything; then one write of sixteen bytes makes all that lies between a single ``mdat``.
Until that write the file is what it was, and after it a movie: whoever is interrupted begins again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from reelwright.isobmff.box import Box, Buffer, fourcc, u32, u64
from reelwright.isobmff.edits import EditPlan
from reelwright.isobmff.journal_reader import JournalView, read_journal
from reelwright.isobmff.movie_reader import MovieReader, read_movie
from reelwright.isobmff.parse import scan
from reelwright.isobmff.recovered_header import RecoveredTrack, rebuilt_header
from reelwright.isobmff.recovered_samples import (
    final_edits,
    kept_rows,
    listed_boxes,
    moved,
    playing_time,
    table_of,
)
from reelwright.isobmff.sample_table import SampleTable
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError
from reelwright.model.facts import TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["RecoveredMovie", "SealableFile", "TrackRecovery", "recover_movie"]

_SEAL = 16  # bytes of the mdat header that makes a movie of it
_MOST_HEADER = 1 << 26
_MOST_BOXES = 1 << 20
_LONGEST_TYPE = 1 << 12


class SealableFile(Protocol):
    """A film to be made whole: what was left, open for writing."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def write(self, *buffers: Buffer) -> int:
        """Append buffers and return the offset of the first."""

    def overwrite(self, offset: int, data: Buffer) -> None:
        """Replace bytes, in one write."""

    def sync(self) -> None:
        """Have everything on the disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackRecovery:
    """What there is of a track.

    Attributes:
        samples: how many lie in the file; frames of linear PCM. missing: how many are told of and do not.
        duration: seconds of the movie in which it is presented.
    """

    track_id: int
    media_type: MediaType
    samples: int
    missing: int
    duration: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveredMovie:
    """What will become of a film.

    Attributes:
        method: ``"journal"``, ``"fragments"``, or ``"whole"`` when it needs no recovery.
        tracks: in the order of the film. duration: seconds it plays.
        lost_bytes: of media that nothing tells of, behind the last sample that is told of.
        lost_seconds: about how long they would play, at the rate of the rest; 0.0 when there are none.
        problems: what is odd about what was found, in words.
    """

    method: str
    tracks: tuple[TrackRecovery, ...]
    duration: Fraction
    lost_bytes: int = 0
    lost_seconds: float = 0.0
    problems: tuple[str, ...] = ()
    header: Box | None = None
    beginning: bytes = b""

    def seal(self, film: SealableFile) -> None:
        """Make the file a movie; does nothing with one that is whole. May be repeated, however it was interrupted.

        Raises:
            OSError: the disk failed.
        """
        if self.header is None:
            return
        end = film.size
        for buffer in self.header.buffers():
            film.write(buffer)
        film.sync()
        film.overwrite(0, self.beginning + u32(1) + fourcc("mdat") + u64(end - len(self.beginning)))
        film.sync()


def recover_movie(film: Source, journal: Source | None = None) -> RecoveredMovie:
    """See what can be made of a film whose writing was interrupted. Nothing is written.

    Args:
        film: the working file, or the film in fragments. journal: that stood beside it.

    Raises:
        InvalidMediaError: nothing can be made of it, and why. OSError: it cannot be read.
    """
    view = None if journal is None else read_journal(journal, film.size)
    whole = _whole(film)
    if view is None:
        if whole is not None:
            return _as_it_is(whole)
        return _Recovery(film, _fragmented(film, journal), film).movie()
    told = read_movie(view)
    distance = view.move.distance if view.move is not None and view.move.is_done(film) else 0
    if not distance:  # else the beginning may be overwritten, and its mark was found
        _check_origin(film, view)
    if whole is not None and _has_all(whole, told):
        return _as_it_is(whole)
    return _Recovery(film, told, view, distance).movie()


def _check_origin(film: Source, view: JournalView) -> None:
    """Both begin with the same ``ftyp``, or one of them is another film's."""
    beginning = _beginning(view)
    if film.read(0, len(beginning)) != beginning:
        raise InvalidMediaError(
            f"the journal {view.name} does not belong to {film.name}.",
            path=film.path,
            hint="The journal of a working file has its name and '.journal' behind it.",
        )


def _beginning(film: Source) -> bytes:
    """``ftyp``, if the file begins with one."""
    first = next(iter(scan(film)), None)
    if first is None or first.kind != "ftyp":
        return b""
    if first.end > _LONGEST_TYPE:
        raise InvalidMediaError(f"the box 'ftyp' of {film.name} has {first.end} bytes.", path=film.path)
    return film.read(0, first.end)


def _fragmented(film: Source, journal: Source | None) -> MovieReader:
    """The reader of a film in fragments.

    Raises:
        InvalidMediaError: it is none.
    """
    boxes = listed_boxes(film)
    if journal is not None:
        why = f"its journal {journal.name} has no whole record"
    elif not any(box.kind == "moov" for box in boxes):
        why = "it has no header yet, and no journal stands beside it (one is begun after 60 s of media)"
    elif not any(box.kind == "moof" for box in boxes):
        why = "no fragment of it was completed"
    else:
        return read_movie(film)
    raise InvalidMediaError(
        f"nothing can be recovered of {film.name}: {why}.", path=film.path, hint="It can be deleted."
    )


# Films that are whole


def _whole(film: Source) -> MovieReader | None:
    """The reader of an ordinary movie whose samples all lie in the file; None for anything else."""
    try:
        boxes = list(scan(film, most=_MOST_BOXES))
        if any(box.is_cut or box.kind in ("moof", "\0\0\0\0") for box in boxes):
            return None
        reader = read_movie(film)
        if reader.facts.can_contain_fragments or reader.facts.problems or not reader.tracks:
            return None
        return reader if all(_is_sound(reader.index(number), film.size) for number in reader.tracks) else None
    except InvalidMediaError:
        return None


def _is_sound(index: SampleIndex, size: int) -> bool:
    if index.problems:
        return False
    return not len(index) or bool((index.sizes > 0).all() and (index.offsets + index.sizes <= size).all())


def _has_all(whole: MovieReader, told: MovieReader) -> bool:
    """Whether a movie has everything that its journal tells of: else its header is damaged, or another film's."""
    return all(number in whole.tracks and _begins_as(whole.index(number), told.index(number)) for number in told.tracks)


def _begins_as(index: SampleIndex, told: SampleIndex) -> bool:
    if index.counts is not None or told.counts is not None:  # rows are runs of frames, and cut elsewhere
        return index.total_bytes >= told.total_bytes
    count = len(told)
    if len(index) < count or index.time_scale != told.time_scale:
        return False
    begun = (index.sizes[:count] == told.sizes) & (index.durations[:count] == told.durations)
    shown = index.presentation[:count] - index.decode[:count] - (told.presentation - told.decode)
    moved = index.offsets[:count] - told.offsets
    return bool(begun.all()) and all(not values.size or bool((values == values[0]).all()) for values in (shown, moved))


def _as_it_is(whole: MovieReader) -> RecoveredMovie:
    tracks = tuple(
        TrackRecovery(
            track_id=number,
            media_type=track.facts.media_type,
            samples=whole.index(number).sample_count,
            missing=0,
            duration=track.facts.duration.fraction if track.facts.duration.is_numeric else Fraction(0),
        )
        for number, track in whole.tracks.items()
    )
    length = whole.facts.duration
    return RecoveredMovie(method="whole", tracks=tracks, duration=length.fraction if length.is_numeric else Fraction(0))


# Films that are not


class _Recovery:
    """A movie in the making.

    Args:
        film: where the samples lie. reader: knows them. described: the file that it reads: the film itself or a
            journal. distance: bytes by which the media has moved since.
    """

    def __init__(self, film: Source, reader: MovieReader, described: Source, distance: int = 0) -> None:
        self._film = film
        self._reader = reader
        self._described = described
        self._distance = distance
        self._beginning = _beginning(described)

    def movie(self) -> RecoveredMovie:
        """What will become of it.

        Raises:
            InvalidMediaError: no sample lies in the file, or they cannot be put into an ordinary movie.
        """
        for track in self._reader.tracks.values():
            self._check(track.facts)
        indexes = {number: moved(self._reader.index(number), self._distance) for number in self._reader.tracks}
        start, end = len(self._beginning) + _SEAL, self._film.size
        kept = {number: kept_rows(index, start, end) for number, index in indexes.items()}
        if not any(len(index) for index in kept.values()):
            raise InvalidMediaError(
                f"nothing can be recovered of {self._film.name}: none of its samples lies in the file.",
                path=self._film.path,
            )
        try:
            return self._rebuilt(indexes, kept)
        except InvalidArgumentError as error:
            raise InvalidMediaError(
                f"{self._film.name} cannot be made an ordinary movie: {error.message}", path=self._film.path
            ) from error

    @property
    def _is_told_by_journal(self) -> bool:
        return self._described is not self._film

    def _check(self, facts: TrackFacts) -> None:
        if facts.is_protected:
            raise InvalidMediaError(
                f"track {facts.track_id} of {self._film.name} is encrypted in fragments, which only they can say.",
                path=self._film.path,
            )
        if any(not reference.is_self_contained for reference in facts.data_references):
            raise InvalidMediaError(
                f"track {facts.track_id} of {self._film.name} has its samples in another file.", path=self._film.path
            )

    def _rebuilt(self, indexes: Mapping[int, SampleIndex], kept: Mapping[int, SampleIndex]) -> RecoveredMovie:
        scale = self._reader.facts.time_scale
        plans = self._plans({number: table_of(index) for number, index in kept.items()})
        tracks = {number: RecoveredTrack(*plans[number], kept[number].roll_distance) for number in kept}
        lost = self._film.size - self._told_until(kept)
        duration = Fraction(max(edits.duration for _, edits in plans.values()), scale)
        return RecoveredMovie(
            method="journal" if self._is_told_by_journal else "fragments",
            tracks=tuple(self._summary(number, indexes[number], kept[number], plans[number][1]) for number in kept),
            duration=duration,
            lost_bytes=lost,
            lost_seconds=float(duration * lost / sum(index.total_bytes for index in kept.values())),
            problems=self._reader.facts.problems,
            header=rebuilt_header(self._header_content(), tracks, quicktime=self._is_quicktime),
            beginning=self._beginning,
        )

    def _told_until(self, kept: Mapping[int, SampleIndex]) -> int:
        """Offset behind the last sample, and behind the table that completes a film in fragments."""
        ends = [int((index.offsets + index.sizes).max()) for index in kept.values() if len(index)]
        if not self._is_told_by_journal:
            ends += [box.end for box in listed_boxes(self._film) if box.kind == "mfra" and not box.is_cut]
        return max(ends)

    def _plans(self, tables: Mapping[int, SampleTable]) -> dict[int, tuple[SampleTable, EditPlan]]:
        scale = self._reader.facts.time_scale
        edits = {number: self._reader.tracks[number].facts.edits for number in tables}
        playing = max(playing_time(edits[number], table, scale) for number, table in tables.items())
        return {number: (table, final_edits(edits[number], table, scale, playing)) for number, table in tables.items()}

    @property
    def _is_quicktime(self) -> bool:
        return self._reader.facts.major_brand in ("qt  ", "")

    def _header_content(self) -> bytes:
        place = next(box for box in scan(self._described) if box.kind == "moov")
        return place.read(self._described, _MOST_HEADER).rest()

    def _summary(self, number: int, told: SampleIndex, kept: SampleIndex, edits: EditPlan) -> TrackRecovery:
        return TrackRecovery(
            track_id=number,
            media_type=self._reader.tracks[number].facts.media_type,
            samples=kept.sample_count,
            missing=told.sample_count - kept.sample_count,
            duration=Fraction(edits.presented, self._reader.facts.time_scale),
        )
