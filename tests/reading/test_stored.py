"""Stored samples as buffers: times, trims and marks that edits leave on them, and runs of PCM cut to the frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.reading.fakes import AAC, AVC, FakeMedia, FakeStream, index_of, media_facts, sound_track, video_track
from tests.reading.films import film, with_edits

from reelwright import Asset, AssetReader, AssetReaderTrackOutput, BufferAttachment, InvalidMediaError, Time
from reelwright.containers.media import StoredSample
from reelwright.model.facts import TrackFacts
from reelwright.model.sample import SampleBuffer
from reelwright.reading.passage import Passage
from reelwright.reading.stored import StoredReader, attachments_of, check_described, description_of, samples_of

ONE = Fraction(1)


def passage(start: Any, end: Any, media: Any, rate: Any = 1) -> Passage:
    return Passage(Fraction(start), Fraction(end), None if media is None else Fraction(media), Fraction(rate))


def stored(track: TrackFacts, *passages: Passage, index: Any = None) -> list[SampleBuffer]:
    media = FakeMedia(media_facts(track), {track.track_id: index or index_of([100] * 6)})
    found = list(StoredReader(media, track).buffers(passages))
    assert all(stream.is_closed for stream in media.streams)
    return found


def test_an_edit_within_a_sample_trims_it_at_both_ends() -> None:
    (only,) = [each for each in stored(video_track(), passage(10, "10.1", "0.05")) if not hidden(each)]
    assert (only.presentation_time, only.duration) == (Time(5970, 600), Time(100, 600))
    assert (only.trim_at_start, only.trim_at_end) == (Time(30, 600), Time(10, 600))
    assert (only.output_presentation_time, only.output_duration) == (Time(10, 1), Time(1, 10))
    assert only.data.nbytes == 10


def hidden(buffer: SampleBuffer) -> bool:
    return buffer.attachment(0).do_not_display


def test_samples_that_only_decoding_needs_say_so() -> None:
    sync = np.array([True, False, False, False, False, False])
    found = stored(video_track(), passage(0, "0.5", "0.5"), index=index_of([100] * 6, sync=sync))
    assert [hidden(each) for each in found] == [True] * 3 + [False] * 3
    for each in found[:3]:
        assert (each.trim_at_start, each.trim_at_end, each.output_duration) == (each.duration, Time.ZERO, Time.ZERO)
    assert found[3].presentation_time == Time.ZERO
    assert [each.attachment(0).not_sync for each in found] == [False] + [True] * 5


def test_passages_come_in_order_with_markers_where_nothing_is_shown() -> None:
    found = stored(video_track(), passage(0, 2, None), passage(2, "2.5", "0.5"), passage("2.5", 3, 0))
    assert BufferAttachment.EMPTY_MEDIA in found[0].attachments
    assert (found[0].num_samples, found[0].presentation_time, found[0].timings[0].duration) == (
        0,
        Time.ZERO,
        Time(2, 1),
    )
    shown = [each for each in found[1:] if not hidden(each)]
    assert [each.presentation_time for each in shown] == [Time(12 + each, 6) for each in range(6)]


@pytest.mark.parametrize("rate", [2, Fraction(1, 3)])
def test_durations_stay_the_media_s_own_at_another_speed(rate: Any) -> None:
    found = stored(video_track(), passage(1, 1 + Fraction(1, 3) / rate, 0, rate))
    assert [each.attachments[BufferAttachment.SPEED_MULTIPLIER] for each in found] == [rate] * 2
    assert [each.duration for each in found] == [Time(1, 6)] * 2
    assert [each.output_duration.fraction for each in found] == [Fraction(1, 6) / rate] * 2
    assert [each.presentation_time.fraction for each in found] == [1, 1 + Fraction(1, 6) / rate]


@pytest.mark.parametrize("rate", [2, Fraction(1, 3), 1])
def test_a_passage_of_any_speed_that_begins_within_a_sample_begins_when_it_should(rate: Any) -> None:
    found = stored(video_track(), passage(7, 9, Fraction(1, 24), rate))
    assert found[0].trim_at_start == Time(25, 600)
    assert found[0].output_presentation_time == Time(7, 1)
    assert found[0].output_duration.fraction == Fraction(75, 600) / rate
    assert found[1].output_presentation_time.fraction == 7 + Fraction(75, 600) / rate


def test_a_dwell_is_one_sample_for_as_long_as_it_lasts() -> None:
    (only,) = [each for each in stored(video_track(), passage(4, 9, "0.25", 0)) if not hidden(each)]
    assert only.output_presentation_time == Time(4, 1)
    assert only.output_duration == Time(5, 1)


def test_the_first_sample_of_sound_tells_of_its_priming_even_that_there_is_none() -> None:
    index = index_of([1024] * 3, 48_000)
    first, *others = stored(sound_track(), passage(0, 1, 0), index=index)
    assert first.attachments[BufferAttachment.TRIM_DURATION_AT_START] == Time.ZERO
    assert all(BufferAttachment.TRIM_DURATION_AT_START not in each.attachments for each in others)
    primed, *_ = stored(sound_track(), passage(0, 1, Fraction(1000, 48_000)), index=index)
    assert primed.trim_at_start == Time(1000, 48_000)
    assert primed.output_presentation_time == Time.ZERO


class Counted(FakeMedia):
    """Packets of 1024 frames in a file that counts milliseconds: 256 frames of priming, and 800 that are padding."""

    def stream(self, track_id: int, start: int | None = None, *, with_data: bool = True) -> FakeStream:
        samples = [
            StoredSample(b"a", -5, -5, 21, skip_start=256, frames=1024),
            StoredSample(b"b", 16, 16, 21, frames=1024),
            StoredSample(b"c", 37, 37, 5, skip_end=800, frames=1024),
        ]
        self.streams.append(FakeStream(samples))
        return self.streams[-1]


@pytest.mark.parametrize(
    ("begin", "end", "trims"),
    [
        (0, "0.042", [(256, 0), (0, 0), (0, 800)]),
        ("0.010", "0.042", [(256 + 464, 0), (0, 0), (0, 800)]),
        (0, "0.039", [(256, 0), (0, 0), (0, 144 + 784)]),
        ("0.020", "0.030", [(1024, 0), (192, 352)]),
    ],
)
def test_sound_that_counts_its_frames_is_trimmed_to_the_frame(begin: Any, end: Any, trims: Any) -> None:
    """48 frames are a millisecond."""
    track = sound_track(time_scale=1000)
    whole = passage(0, Fraction(end) - Fraction(begin), begin)
    found = list(StoredReader(Counted(media_facts(track)), track).buffers([whole]))
    assert all(each.duration == Time(1024, 48_000) for each in found)
    assert [(each.trim_at_start, each.trim_at_end) for each in found] == [
        (Time(before, 48_000), Time(after, 48_000)) for before, after in trims
    ]
    if not begin:
        assert found[0].output_presentation_time == Time.ZERO
        assert found[0].presentation_time == found[0].decode_time == Time(-256, 48_000)


def test_runs_of_pcm_are_cut_to_the_frame_and_keep_their_place() -> None:
    scale = Asset(film()).facts.time_scale
    asset = Asset(with_edits(film(), [(scale // 4, 12_345, ONE), (scale // 4, 3, ONE)], track=1))
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(asset.tracks[1])
        reader.add(output)
        reader.start_reading()
        found = list(output)
    written = (np.arange(48_000) % 30_000).astype(np.int16)
    values = np.concatenate([each.array[:, 0] for each in found])
    assert np.array_equal(values, np.concatenate([written[12_345:24_345], written[3:12_003]]))
    assert all(each.trim_at_start == each.trim_at_end == Time.ZERO for each in found)
    end = Time.ZERO
    for each in found:
        assert each.presentation_time == end
        end = each.presentation_time + each.duration


# ---------------------------------------------------------------------- the parts


def test_reading_ends_with_the_stretch_that_is_asked_for() -> None:
    track = video_track()
    media = FakeMedia(media_facts(track), {1: index_of([100] * 6)})
    assert [each.decode for each in samples_of(media, track, Fraction(0), Fraction(1, 4))] == [0, 100]
    assert [each.decode for each in samples_of(media, track, Fraction(1, 2), None)] == [300, 400, 500]
    assert [each.data for each in samples_of(media, track, Fraction(0), Fraction(1, 6), with_data=False)] == [None]


def test_samples_that_are_shown_before_they_are_decoded_are_not_missed() -> None:
    track = video_track()
    media = FakeMedia(media_facts(track), {1: index_of([100] * 4, offsets=[0, 0, 0, -200])})
    assert [each.decode for each in samples_of(media, track, Fraction(0), Fraction(200, 600))] == [0, 100, 200, 300]


def test_attachments_say_what_the_tables_say() -> None:
    sample = StoredSample(data=b"", decode=0, presentation=0, duration=1, is_sync=False, dependencies=0b01_01_10_00)
    found = attachments_of(sample)
    assert (found.not_sync, found.partial_sync, found.do_not_display) == (True, False, False)
    assert (found.depends_on_others, found.is_depended_on_by_others) == (True, False)
    assert (found.has_redundant_coding, found.earlier_display_times_allowed) == (None, True)
    assert attachments_of(sample, hidden=True).do_not_display


def test_descriptions_that_are_not_there() -> None:
    sample = StoredSample(data=b"", decode=0, presentation=0, duration=1, description=7)
    assert description_of(video_track(formats=(AVC, AAC)), sample) is AAC
    with pytest.raises(InvalidMediaError, match="has no sample description") as caught:
        check_described(video_track(formats=()))
    assert caught.value.hint
