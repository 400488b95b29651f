"""What a media segment holds of each track, computed from the runs of samples that were put into it.

Playlists are made from these reports: durations, byte ranges, and where the first picture is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelwright.isobmff.fragment_boxes import FragmentRun
from reelwright.isobmff.fragment_media import TrackClock
from reelwright.isobmff.sample_table import SampleFlag
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

__all__ = ["SegmentSample", "SegmentTrack", "report_track"]


@dataclass(frozen=True, slots=True)
class SegmentSample:
    """The first picture of a segment (``AVAssetSegmentReportSampleInformation``).

    Attributes:
        presentation: when it is shown. offset: bytes from the start of the segment. length: bytes.
        is_sync: whether decoding can start there.
    """

    presentation: Time
    offset: int
    length: int
    is_sync: bool


@dataclass(frozen=True, slots=True)
class SegmentTrack:
    """What a segment holds of a track (``AVAssetSegmentTrackReport``).

    Attributes:
        earliest_presentation: the first moment at which anything of it is presented, on the time line of the segments.
        duration: from there to where the next segment goes on.
        first_sample: of pictures, in decode order; None for other media.
        late_by: how much later everything stands than on the source's time line, because the stream begins too close
            to 0 for what must be decoded first; 0 where it does not.
        samples: how many there are.
    """

    track_id: int
    media_type: MediaType
    earliest_presentation: Time
    duration: Time
    first_sample: SegmentSample | None
    late_by: Time
    samples: int


def report_track(clock: TrackClock, runs: Sequence[FragmentRun], *, hidden: int, late: int, media: int) -> SegmentTrack:
    """The report of a track.

    Args:
        runs: in decode order. hidden: ticks of its media behind the edit. late: ticks by which all times are late.
        media: bytes of the segment before its media.
    """
    track, scale = clock.track, clock.time_scale
    earliest = min(run.presentation()[0] for run in runs) - hidden
    start = max(0, earliest)  # what comes before 0 is not presented
    length = runs[-1].end - runs[0].decode - (start - earliest)
    is_picture = track.options.media_type is MediaType.VIDEO
    return SegmentTrack(
        track_id=track.track_id,
        media_type=track.options.media_type,
        earliest_presentation=Time(start, scale),
        duration=Time(max(0, length), scale),
        first_sample=_first_sample(runs[0], scale, media) if is_picture else None,
        late_by=Time(late, scale),
        samples=sum(run.count for run in runs),
    )


def _first_sample(run: FragmentRun, scale: int, media: int) -> SegmentSample:
    offset, size, flags = (int(np.ravel(values)[0]) for values in (run.offsets, run.sizes, run.flags))
    return SegmentSample(
        presentation=Time(run.decode + offset, scale),
        offset=media + run.place,
        length=size,
        is_sync=bool(flags & SampleFlag.SYNC),
    )
