"""What a finished film holds, counted: the answer of ``finish_writing``.

Three counts must agree for every track: what was appended, what came out of the encoder, and what is in the file. If
they do not, the film is not put in place and ``WritingIncompleteError`` says which count is off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from reelwright.containers.movie import MovieSummary, TrackSummary, codec_string
from reelwright.model.errors import WritingIncompleteError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.writing.players import PlayerVerdict, judge_players

if TYPE_CHECKING:
    from reelwright.writing.asset_writer import AssetWriter
    from reelwright.writing.feed import TrackFeed
    from reelwright.writing.input import AssetWriterInput
    from reelwright.writing.interleaver import Interleaver
    from reelwright.writing.lane import LaneFacts

__all__ = ["TrackReport", "WritingReport", "make_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackReport:
    """One track of the finished film.

    Attributes:
        track: its number, from 1. media_type: its kind. codec: RFC 6381 string such as ``avc1.640028``; None if
            unknown.
        format: what its samples are.
        appended, encoded, written: samples (pictures or packets; for sound that was encoded: frames of sound in
            ``appended``, packets in the others). dropped: times of samples thrown away because the queue was full.
        start, duration: when it is first presented (None: never) and for how long, in seconds from the film's
            beginning.
        bytes: its media. media_time_scale: ticks a second of its times.
        largest_rounding: seconds by which the least exact of its times was rounded; 0 when all are exact.
        audio_gaps: holes in appended sound that were closed up: (time, length), negative for overlaps.
        overridden: settings that ``encoder_options`` won over. notes: anything else worth knowing.
    """

    track: int
    media_type: MediaType
    codec: str | None
    format: FormatDescription | None
    appended: int
    encoded: int
    written: int
    dropped: tuple[Time, ...]
    start: Fraction | None
    duration: Fraction
    bytes: int
    media_time_scale: int
    largest_rounding: Fraction
    audio_gaps: tuple[tuple[Time, Time], ...] = ()
    overridden: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    _trouble: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingReport:
    """What ``finish_writing`` returns.

    Attributes:
        path: where the film is; None for file objects. file_type: its container. bytes: its size.
        duration: seconds, exactly. movie_time_scale: ticks a second of the movie's own times.
        largest_rounding: seconds by which the least exact time in the file was rounded; 0 when all are exact.
        header_method: where the header is and how it came there: ``"last"``, or ``"first, …"``: ``in memory`` (a short
            film), ``reserved`` (room was left for it), ``inserted`` (the file system put blocks before the media),
            ``moved in place`` (the media moved up), ``rewritten`` (for an object that cannot be read back).
        spilled: the most bytes that waited beside the film for other tracks, at a time.
        out_of_turn: chunks of samples (about a second each) that were written before their turn because more would have
            waited than ``spill_limit`` allows.
        av_offset: seconds by which the first picture comes after the first sound (negative: before); None without both.
        tracks: a ``TrackReport`` each.
        plays_on: what well-known players make of it: a ``PlayerVerdict`` each, by the player's name.
    """

    path: str | None
    file_type: FileType
    bytes: int
    duration: Fraction
    movie_time_scale: int
    largest_rounding: Fraction
    header_method: str
    av_offset: Fraction | None
    tracks: tuple[TrackReport, ...]
    plays_on: dict[str, PlayerVerdict]
    spilled: int = 0
    out_of_turn: int = 0

    def verify(self) -> None:
        """Compare the counts.

        Raises:
            WritingIncompleteError: a track does not hold what was appended to it.
        """
        troubles = [f"track {track.track}: {track._trouble}" for track in self.tracks if track._trouble]
        if troubles:
            error = WritingIncompleteError(
                f"the film does not hold what was appended: {'; '.join(troubles)}.",
                hint="Nothing was put in place; please report this with the settings used.",
            )
            error.report = self
            raise error

    def track(self, media_type: MediaType) -> TrackReport | None:
        """The first track of a kind."""
        return next((track for track in self.tracks if track.media_type is media_type), None)

    def __str__(self) -> str:
        lines = [
            f"{self.path or 'film'}: {float(self.duration):.3f} s, {self.bytes:,} bytes, header {self.header_method}"
        ]
        for track in self.tracks:
            what = f"  track {track.track} {track.media_type.name.lower()} {track.codec or '?'}: "
            counts = f"{track.appended} appended, {track.encoded} encoded, {track.written} written"
            dropped = f", {len(track.dropped)} dropped" if track.dropped else ""
            lines.append(f"{what}{counts}{dropped}, {float(track.duration):.3f} s")
            lines += [f"    {note}" for note in track.notes]
        if self.out_of_turn:
            lines.append(
                f"  {self.out_of_turn} chunks written out of turn: more would have waited than spill_limit allows"
            )
        lines += [f"  {verdict}" for verdict in self.plays_on.values()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The film itself, as notebooks show it."""
        from reelwright.writing.html import film_html

        return film_html(self.path, self)


def make_report(writer: AssetWriter, interleaver: Interleaver, summary: MovieSummary) -> WritingReport:
    """Put together what the inputs, their lanes and the engine counted."""
    each = zip(writer.inputs, interleaver.feeds, summary.tracks, strict=True)
    tracks = tuple(_track(number, input, feed, found) for number, (input, feed, found) in enumerate(each, start=1))
    return WritingReport(
        path=writer.output_url,
        file_type=writer.output_file_type,
        bytes=summary.bytes,
        duration=summary.duration,
        movie_time_scale=summary.movie_time_scale,
        largest_rounding=max((track.largest_rounding for track in tracks), default=Fraction(0)),
        header_method=summary.header_method,
        av_offset=_offset(tracks),
        tracks=tracks,
        plays_on=judge_players(writer.output_file_type, [track.format for track in tracks if track.format is not None]),
        spilled=interleaver.peak_spilled,
        out_of_turn=interleaver.out_of_turn,
    )


def _track(number: int, input: AssetWriterInput, feed: TrackFeed, found: TrackSummary) -> TrackReport:
    assert input._lane is not None
    facts = input._lane.facts
    described = feed.formats[0] if feed.formats else None
    return TrackReport(
        track=number,
        media_type=input.media_type,
        codec=codec_string(described) if described else None,
        format=described,
        appended=facts.appended,
        encoded=facts.encoded,
        written=found.samples,
        dropped=tuple(input._dropped),
        start=found.presented_start,
        duration=found.presented_duration,
        bytes=found.bytes,
        media_time_scale=found.media_time_scale,
        largest_rounding=max(feed.clock.largest_error, found.largest_rounding, found.edit_rounding),
        audio_gaps=tuple(facts.gaps),
        overridden=facts.overridden,
        notes=(*facts.notes, *found.notes),
        _trouble=_trouble(input, feed, found),
    )


def _trouble(input: AssetWriterInput, feed: TrackFeed, found: TrackSummary) -> str | None:
    """Which count is off, or None."""
    assert input._lane is not None
    facts = input._lane.facts
    if feed.written != found.samples or facts.encoded != found.samples:
        return f"{facts.encoded} samples were encoded, {feed.written} written, {found.samples} are in the tables"
    if input.output_settings is not None and input.media_type is MediaType.AUDIO:
        return _sound_trouble(facts, found, feed.formats[0].sample_rate if feed.formats else 0)
    dropped = len(input._dropped)
    if facts.appended - dropped != facts.encoded:
        return f"{facts.appended} samples were appended and {dropped} dropped, but {facts.encoded} encoded"
    return None


def _sound_trouble(facts: LaneFacts, found: TrackSummary, rate: int) -> str | None:
    """For encoded sound of a rate: every frame reached the encoder, and the media without its trims is as long as those
    frames are."""
    if facts.frames_heard != facts.frames_in:
        return f"{facts.frames_in} frames of sound were appended, {facts.frames_heard} reached the encoder"
    presented = found.media_duration - facts.trim_start.fraction - facts.trim_end.fraction
    frames = presented * rate
    if facts.frames_in and frames != facts.frames_out:
        return f"{facts.frames_out} frames of sound must be presented, {frames} are"
    return None


def _offset(tracks: tuple[TrackReport, ...]) -> Fraction | None:
    starts: dict[MediaType, Fraction] = {}
    for track in tracks:
        if track.start is not None:
            starts.setdefault(track.media_type, track.start)
    if MediaType.VIDEO in starts and MediaType.AUDIO in starts:
        return starts[MediaType.VIDEO] - starts[MediaType.AUDIO]
    return None
