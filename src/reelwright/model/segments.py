"""Segments of a stream as they are handed out, and the reports of what is in them that playlists are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

__all__ = ["Segment", "SegmentReport", "SegmentReportSampleInformation", "SegmentTrackReport", "SegmentType"]


class SegmentType(IntEnum):
    """What a segment is (``AVAssetSegmentType``)."""

    INITIALIZATION = 1
    """The header that all others need: it comes first, once."""
    SEPARABLE = 2
    """Media: one ``moof`` and one ``mdat``, or one pair for each of its parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReportSampleInformation:
    """The first picture of a segment, in decode order (``AVAssetSegmentReportSampleInformation``).

    Attributes:
        presentation_time_stamp: when it is shown. offset: bytes from the start of the segment. length: bytes.
        is_sync_sample: whether decoding can start with it.
    """

    presentation_time_stamp: Time
    offset: int
    length: int
    is_sync_sample: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTrackReport:
    """What a segment holds of one track (``AVAssetSegmentTrackReport``).

    Attributes:
        track_id: its number in the file. media_type: its kind.
        earliest_presentation_time_stamp: when the first of it is presented, on the stream's time line; invalid in an
            initialization segment.
        duration: from there to where the next segment goes on; invalid in an initialization segment.
        first_video_sample_information: of pictures; None for other media and in an initialization segment.
        sample_count: how many samples there are.
        late_by: how much later everything stands than on the source's time line, because the stream begins too close
            to 0 for what must be decoded first.
        format: what the samples are.
    """

    track_id: int
    media_type: MediaType
    earliest_presentation_time_stamp: Time = Time.INVALID
    duration: Time = Time.INVALID
    first_video_sample_information: SegmentReportSampleInformation | None = None
    sample_count: int = 0
    late_by: Time = Time.ZERO
    format: FormatDescription | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReport:
    """What a segment holds (``AVAssetSegmentReport``).

    Attributes:
        segment_type: as it is handed out. track_reports: one for each track in it.
    """

    segment_type: SegmentType
    track_reports: tuple[SegmentTrackReport, ...] = ()

    @property
    def leading(self) -> SegmentTrackReport | None:
        """The track that segments are counted by: the first with pictures, or the first."""
        pictures = (track for track in self.track_reports if track.media_type is MediaType.VIDEO)
        return next(pictures, next(iter(self.track_reports), None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment, or a part of one, as ``AssetWriter.segments`` gives it.

    Attributes:
        data: its bytes. segment_type: what it is. report: what is in it.
        number: of the segment among those with media, from 0; None for the initialization segment.
        sequence_number: of its first ``moof``; 0 for the initialization segment.
        part: its number within the segment, from 0, where it is a part of one; None for a whole segment.
        is_last: whether nothing comes after it.
    """

    data: bytes = field(repr=False)
    segment_type: SegmentType
    report: SegmentReport
    number: int | None = None
    sequence_number: int = 0
    part: int | None = None
    is_last: bool = False

    @property
    def is_part(self) -> bool:
        """Whether it is a part, which comes before the segment that holds it again as a whole."""
        return self.part is not None

    @property
    def duration(self) -> Time:
        """How long its leading track goes on; invalid for an initialization segment."""
        leading = self.report.leading
        return Time.INVALID if leading is None else leading.duration

    @property
    def start(self) -> Time:
        """When the first of its leading track is presented; invalid for an initialization segment."""
        leading = self.report.leading
        return Time.INVALID if leading is None else leading.earliest_presentation_time_stamp

    @property
    def is_independent(self) -> bool:
        """Whether players can start with it: its first picture is a sync sample, or it has no pictures."""
        first = [track.first_video_sample_information for track in self.report.track_reports]
        return all(sample.is_sync_sample for sample in first if sample is not None)
