"""Reports of segments, from runs made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.isobmff.test_fragment_boxes import run

from reelwright.isobmff.fragment_media import TrackClock
from reelwright.isobmff.segment_report import SegmentSample, SegmentTrack, report_track
from reelwright.isobmff.track import MovieTrack, TrackOptions
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time


def report(*runs: Any, media_type: MediaType = MediaType.VIDEO, **settings: int) -> SegmentTrack:
    track = MovieTrack(4, TrackOptions(media_type=media_type), FileType.MP4)
    values = {"hidden": 0, "late": 0, "media": 0} | settings
    return report_track(TrackClock(track, 0, 0, 10, 1), list(runs), **values)


def test_pictures_out_of_order() -> None:
    first = run(3, 100, place=7, sizes=[9, 5, 5], offsets=[2, 3, -1], flags=[1, 0, 0])
    made = report(first, run(2, 104, 40), media=50, late=3)
    assert made == SegmentTrack(
        track_id=4,
        media_type=MediaType.VIDEO,
        earliest_presentation=Time(101, 10),
        duration=Time(6, 10),  # a hole of one tick is a part of it
        first_sample=SegmentSample(Time(102, 10), offset=57, length=9, is_sync=True),
        late_by=Time(3, 10),
        samples=5,
    )


def test_the_first_sample_may_be_no_start() -> None:
    made = report(run(2, 5, flags=0, sizes=np.array([3, 4])))
    assert made.first_sample == SegmentSample(Time(5, 10), offset=0, length=3, is_sync=False)


def test_what_an_edit_hides_is_not_presented() -> None:
    made = report(run(5, 0), media_type=MediaType.AUDIO, hidden=2)
    assert (made.earliest_presentation, made.duration, made.first_sample) == (Time(0, 10), Time(3, 10), None)
    later = report(run(5, 5), media_type=MediaType.AUDIO, hidden=2)
    assert (later.earliest_presentation, later.duration) == (Time(3, 10), Time(5, 10))
    assert report(run(2, 0), media_type=MediaType.AUDIO, hidden=9).duration == Time(0, 10)
