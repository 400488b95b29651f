"""One track of a stream while it is written: a segment writer at one end, files and playlists at the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from reelwright.containers.movie import codec_string
from reelwright.model.errors import InvalidStateError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.segments import Segment, SegmentType
from reelwright.streaming.bit_rates import BitRates
from reelwright.streaming.rendition import PICTURES, PLAYLIST, StreamRendition, segment_facts
from reelwright.streaming.stream_report import RenditionReport
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput
from reelwright.writing.report import WritingReport

__all__ = ["StreamTrack"]


@dataclass(slots=True, kw_only=True)
class StreamTrack:
    """A track and its rendition.

    Attributes:
        size: of pictures. has_pictures_list: it has an I-frame playlist.
        aim: bits a second that the encoder aims at; 0 where that is not known.
        changed: called when something new is listed. guard: held while anything is.
        language: of sound, RFC 5646's tag. program_date_time: of the first segment.
        format: what the samples are, once the first segment is out.
    """

    writer: AssetWriter
    input: AssetWriterInput
    rendition: StreamRendition
    changed: Callable[[], object]
    guard: AbstractContextManager[object]
    size: tuple[int, int] | None = None
    has_pictures_list: bool = False
    aim: int = 0
    language: str | None = None
    program_date_time: datetime | None = None
    format: FormatDescription | None = None
    segments: int = 0
    bytes: int = 0
    duration: Fraction = Fraction(0)
    _has_parts: bool = False

    @property
    def name(self) -> str:
        return self.rendition.name

    @property
    def playlist_name(self) -> str:
        """Of its media playlist, as seen from the stream's folder."""
        return f"{self.name}/{PLAYLIST}"

    @property
    def pictures_name(self) -> str:
        """Of its I-frame playlist, where it has one."""
        return f"{self.name}/{PICTURES}"

    @property
    def time_scale(self) -> int:
        """Ticks a second of its times."""
        return self.input.media_time_scale or self.known_format.sample_rate

    @property
    def media_type(self) -> MediaType:
        return self.input.media_type

    @property
    def codec(self) -> str:
        return codec_string(self.known_format)

    @property
    def known_format(self) -> FormatDescription:
        """What its samples are.

        Raises:
            InvalidStateError: nothing is written yet.
        """
        if self.format is None:
            raise InvalidStateError(f"nothing of {self.name!r} has been written.")
        return self.format

    def take(self, segment: Segment) -> None:
        """Write a segment, or a part of one, and list it.

        Raises:
            OutputError: it could not be written.
        """
        with self.guard:
            self._take(segment)

    def _take(self, segment: Segment) -> None:
        if segment.segment_type is SegmentType.INITIALIZATION:
            self.format = segment.report.track_reports[0].format
            self.rendition.initialize([segment.data])
            return
        if segment.is_part:
            self.rendition.add_part([segment.data], segment_facts(segment.report.track_reports))
            self._has_parts = True
            return
        self._list(segment)
        self.changed()

    def _list(self, segment: Segment) -> None:
        date = self.program_date_time if not self.segments else None
        if self._has_parts:
            made = self.rendition.end_segment(program_date_time=date)
        else:
            facts = segment_facts(segment.report.track_reports)
            made = self.rendition.add([segment.data], facts, program_date_time=date)
        self.segments += 1
        self.bytes += made.size
        self.duration += made.duration

    def bit_rates(self, *, is_final: bool) -> BitRates | None:
        """As measured; while more may come, at least what the encoder aims at. None before the first segment."""
        found = self.rendition.playlist.bit_rates
        if found is None or is_final:
            return found
        return BitRates(max(found.peak, self.aim), max(found.average, self.aim))

    def report(self, writing: WritingReport) -> RenditionReport:
        rates = self.bit_rates(is_final=True)
        assert rates is not None
        return RenditionReport(
            name=self.name,
            media_type=self.media_type,
            playlist=self.playlist_name,
            codec=self.codec,
            size=self.size,
            bit_rates=rates,
            segments=self.segments,
            bytes=self.bytes,
            duration=self.duration,
            writing=writing,
        )
