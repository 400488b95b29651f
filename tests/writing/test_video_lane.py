"""Pictures: how long each is shown, what the encoder is told, and that every packet finds its picture again."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from math import lcm
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.interop import tools
from tests.writing import scene
from tests.writing.scene import filming, picture, video_input

from reelwright import (
    BufferAttachment,
    ColorProperties,
    PixelBufferAttributes,
    PixelBufferPool,
    SampleBuffer,
    SampleTiming,
    Time,
    VideoCodec,
    VideoSettings,
    WritingReport,
)
from reelwright.codecs.video_encoder import EncodedPacket, VideoEncoder
from reelwright.model.errors import EncodeError, TimestampError
from reelwright.model.pixel import PixelBuffer
from reelwright.writing.clock import MediaClock
from reelwright.writing.lane import LaneOptions
from reelwright.writing.video_lane import VideoLane, _bframes

LARGEST = 2**31 - 1
Timing = tuple[Any, ...]  # time, and own duration if there is one


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def marker(time: Any) -> SampleBuffer:
    return SampleBuffer.marker(Time.of(time), BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION)


def film(path: Path, pictures: list[Timing | SampleBuffer], scale: int = 0, **settings: Any) -> WritingReport:
    video = video_input(settings=settings)
    video.media_time_scale = scale
    with filming(path, video) as writer:
        for number, each in enumerate(pictures):
            if isinstance(each, SampleBuffer):
                video.append(each)
            else:
                video.append(picture(number), *each)
    assert writer.report is not None
    return writer.report


# How long a picture is shown -----------------------------------------------------------------------------------------


def test_a_picture_is_shown_until_the_next(path: Path) -> None:
    """Whatever it says of its own duration."""
    film(path, [(0, 5), (1, 5), (Fraction(3, 2), 5), (4, 5)])
    assert scene.timings(path) == [(0, 1), (1, Fraction(1, 2)), (Fraction(3, 2), Fraction(5, 2)), (4, 5)]


def test_the_last_until_a_marker(path: Path) -> None:
    film(path, [(0,), (1, 9), marker(3)])
    assert scene.timings(path) == [(0, 1), (1, 2)]


def test_else_as_long_as_it_says_itself(path: Path) -> None:
    film(path, [(0,), (1, 3)])
    assert scene.timings(path) == [(0, 1), (1, 3)]


@pytest.mark.parametrize("own", [None, 0, -1, Time.INVALID, Time.INDEFINITE])
def test_else_as_long_as_the_one_before(path: Path, own: Any) -> None:
    film(path, [(0,), (1, own)])
    assert scene.timings(path) == [(0, 1), (1, 1)]


def test_the_only_picture_lasts_as_long_as_it_says(path: Path) -> None:
    report = film(path, [(0, 7)])
    assert scene.timings(path) == [(0, 7)]
    assert report.tracks[0].notes == ()


def test_the_only_picture_until_a_marker(path: Path) -> None:
    film(path, [(0,), marker(Fraction(7, 3))])
    assert scene.timings(path) == [(0, Fraction(7, 3))]


@pytest.mark.parametrize(
    ("rate", "duration"), [(None, Fraction(1, 30)), (25, Fraction(1, 25)), (29.97, Fraction(1001, 30000))]
)
def test_the_only_picture_as_long_as_the_expected_rate_says(path: Path, rate: Any, duration: Fraction) -> None:
    settings = {} if rate is None else {"compression": {"expected_source_frame_rate": rate}}
    report = film(path, [(0,)], **settings)
    assert scene.timings(path) == [(0, duration)]
    assert "the only picture" in report.tracks[0].notes[0]
    assert report.duration == duration


def test_the_only_picture_on_the_finest_grid(path: Path) -> None:
    """A duration that nobody asked for never makes a film fail."""
    report = film(path, [(Time(1, LARGEST),)])
    ((_, duration),) = scene.timings(path)
    assert abs(duration - Fraction(1, 30)) < Fraction(1, LARGEST)
    assert report.tracks[0].media_time_scale == LARGEST


def test_the_second_to_last_rule_looks_at_what_was_shown_not_at_what_was_said(path: Path) -> None:
    film(path, [(0,), (2,), (3,)])
    assert scene.timings(path)[-1] == (3, 1)


def test_a_picture_after_a_marker_leaves_a_pause(path: Path) -> None:
    film(path, [(0,), marker(1), (3,), marker(4)])
    assert scene.timings(path) == [(0, 1), (3, 1)]


@pytest.mark.parametrize(
    ("before", "time", "word"),
    [
        ([], 1, "there is none yet"),
        ([(1,)], 1, "cannot end the picture at 1"),
        ([(1,)], Fraction(1, 2), "cannot end the picture at 1"),
        ([(1,), marker(2)], 3, "a marker at"),
        ([(1,)], Time.INVALID, "cannot end"),
        ([(1,)], Time.POSITIVE_INFINITY, "cannot end"),
    ],
)
def test_a_marker_that_ends_nothing(path: Path, before: list[Any], time: Any, word: str) -> None:
    video = video_input()
    with filming(path, video) as writer:
        for each in before:
            video.append(each) if isinstance(each, SampleBuffer) else video.append(picture(1), *each)
        with pytest.raises(TimestampError) as caught:
            video.append(marker(time))
        assert word in str(caught.value).replace("Time(1, 1)", "1")
        assert caught.value.hint
        video.append(picture(2), 10)
    assert writer.report is not None
    assert writer.report.tracks[0].written == len([b for b in before if isinstance(b, tuple)]) + 1


def test_a_picture_before_the_marker_that_ended_the_last_one(path: Path) -> None:
    video = video_input()
    with filming(path, video):
        video.append(picture(0), 0)
        video.append(marker(2))
        with pytest.raises(TimestampError, match="before the marker"):
            video.append(picture(1), 1)
        video.append(picture(1), 2)
    assert scene.timings(path) == [(0, 2), (2, 2)]


# Exact times ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step", [Fraction(1001, 24000), Fraction(1001, 30000), Fraction(1, 60), Fraction(50, 3), Fraction(1, LARGEST)]
)
def test_steady_rates(path: Path, step: Fraction) -> None:
    report = film(path, [(Time.of(n * step),) for n in range(8)])
    assert scene.timings(path) == [(n * step, step) for n in range(8)]
    assert report.largest_rounding == 0
    assert report.duration == 8 * step


@pytest.mark.parametrize("seed", range(3))
def test_irregular_times(path: Path, seed: int) -> None:
    """Every time and duration comes back, the last one included, through B-frames."""
    dice = random.Random(seed)
    steps = [Fraction(dice.randint(1, 400), dice.choice((24, 25, 30, 1000, 1001))) for _ in range(30)]
    times = [sum(steps[:n], Fraction(0)) for n in range(30)]
    given: list[Any] = [(Time.of(time),) for time in times]
    given[-1] = (*given[-1], Time.of(steps[-1]))
    report = film(path, given, encoder_options={"preset": "veryfast"})
    assert scene.timings(path) == list(zip(times, steps, strict=True))
    assert report.largest_rounding == 0
    rows = scene.samples(path)
    assert any(row["cts"] != row["dts"] for row in rows), "no B-frames: nothing is proved"
    movie = tools.mp4box(path)
    assert movie["errors"] == []
    (edit,) = tools.boxes_of(movie, "elst")[0]["fields"]["entries"]
    scale = movie["samples"]["1"][0]["timescale"]
    seen = sorted(
        (Fraction(s["cts"] - edit["media_time"], scale), Fraction(s["duration"], scale)) for s in movie["samples"]["1"]
    )
    assert seen == list(zip(times, steps, strict=True))


@pytest.mark.parametrize("codec", [VideoCodec.H264, VideoCodec.HEVC])
def test_pictures_come_back_in_order_through_reordering(path: Path, codec: VideoCodec) -> None:
    options = {"preset": "veryfast"} if codec is VideoCodec.H264 else {"preset": "superfast", "x265-params": "pools=1"}
    film(path, [(Time(n, 25),) for n in range(20)], codec=codec, encoder_options=options)
    assert [(s.at, s.number) for s in scene.shown(path)] == [(Fraction(n, 25), n) for n in range(20)]
    rows = scene.samples(path)
    assert any(row["cts"] != row["dts"] for row in rows)
    assert [row["dts"] for row in rows] == list(range(20))


def test_a_time_that_does_not_fit_raises_and_the_film_goes_on(path: Path) -> None:
    video = video_input()
    with filming(path, video) as writer:
        video.append(picture(0), 0)
        video.append(picture(1), Time(1, 65537))
        for late in (Time(2, 65539), Time(1, LARGEST - 1)):
            with pytest.raises(TimestampError, match="media_time_scale") as caught:
                video.append(picture(99), Time(1) + late)
            assert caught.value.time is not None
            assert caught.value.track == 1
        with pytest.raises(TimestampError):  # so does a duration of its own
            video.append(picture(99), 1, Time(1, 65539))
        video.append(picture(2), Time(2, 65537))
        video.append(picture(3), Time(3, 65537))
    assert writer.report is not None
    (track,) = writer.report.tracks
    assert (track.appended, track.written, track.media_time_scale) == (4, 4, 65537)
    assert [s.number for s in scene.shown(path)] == [0, 1, 2, 3]


def test_a_pause_too_long_for_a_fine_grid_raises_at_its_append(path: Path) -> None:
    """Times in nanoseconds: readers count to 2.147 s."""
    video = video_input()
    with filming(path, video):
        video.append(picture(0), Time(1, 10**9))
        with pytest.raises(TimestampError, match="would last 5 s") as caught:
            video.append(picture(1), Time(5 * 10**9 + 1, 10**9))
        assert caught.value.time == Time(5 * 10**9 + 1, 10**9)
        with pytest.raises(TimestampError, match="would last"):
            video.append(marker(Fraction(5 * 10**9 + 1, 10**9)))
        with pytest.raises(TimestampError, match="would last"):
            video.append(picture(1), 1, 5)
        video.append(picture(1), Time(2 * 10**9 + 1, 10**9))
    assert scene.timings(path)[0][1] == 2


def test_reordering_too_far_for_a_fine_grid_raises_at_its_append(path: Path) -> None:
    video = video_input(settings={"encoder_options": {"preset": "veryfast"}})
    with filming(path, video) as writer:
        taken = [Time(1, 10**9), Time(9 * 10**8 + 1, 10**9)]
        for number, time in enumerate(taken):
            video.append(picture(number), time)
        refused = Time.INVALID

        def append_all() -> None:
            nonlocal refused
            for number in range(2, 9):
                refused = Time(number * 9 * 10**8 + 1, 10**9)
                video.append(picture(number), refused)
                taken.append(refused)

        with pytest.raises(TimestampError, match="decoded") as caught:
            append_all()
        assert caught.value.time == refused
        assert "AllowFrameReordering" in str(caught.value)
        taken.append(taken[-1] + Time(1, 10))
        video.append(picture(9), taken[-1])
    assert writer.report is not None
    assert writer.report.tracks[0].written == len(taken)
    assert [at for at, _ in scene.timings(path)] == [time.fraction for time in taken]


@pytest.mark.parametrize("before", range(2, 9))
def test_a_pause_is_not_reordered_across(path: Path, before: int) -> None:
    """However many pictures come before it, no decode time lies as far back as the pause is long."""
    video = video_input(settings={"encoder_options": {"preset": "medium"}})
    times = [Fraction(number, 30) for number in range(before)]
    times += [times[-1] + 20 + Fraction(number, 30) for number in range(6)]
    with filming(path, video):
        for number, time in enumerate(times):
            video.append(picture(number), time)
    assert [at for at, _ in scene.timings(path)] == times
    packets = tools.ffprobe(path)["packets"]
    early = [float(packet["pts_time"]) - float(packet["dts_time"]) for packet in packets]
    assert max(early) < 0.5
    assert [s.number for s in scene.shown(path)] == list(range(len(times)))


def test_without_reordering_pauses_may_be_longer(path: Path) -> None:
    video = video_input(
        settings={"encoder_options": {"preset": "veryfast"}, "compression": {"allow_frame_reordering": False}}
    )
    times = [Time(n * 2 * 10**9 + 1, 10**9) for n in range(5)]
    with filming(path, video):
        for number, time in enumerate(times):
            video.append(picture(number), time)
    assert scene.timings(path) == [(time.fraction, 2) for time in times]


@pytest.mark.parametrize(
    ("settings", "pictures"),
    [
        ({}, 0),
        ({"encoder_options": {"preset": "medium"}}, 3),
        ({"encoder_options": {"preset": "medium", "bf": "2"}}, 2),
        ({"encoder_options": {"preset": "veryslow"}}, 8),
        ({"codec": VideoCodec.HEVC, "encoder_options": {"preset": "medium"}}, 4),
        ({"codec": VideoCodec.HEVC, "encoder_options": {"preset": "slower"}}, 8),
        ({"compression": {"allow_frame_reordering": False}, "encoder_options": {"preset": "medium"}}, 0),
        ({"compression": {"profile_level": "H264_Baseline_AutoLevel"}, "encoder_options": {"preset": "medium"}}, 0),
    ],
)
def test_how_many_pictures_an_encoder_may_put_off(settings: dict[str, Any], pictures: int) -> None:
    assert _bframes(scene.video_settings(**settings)) == pictures


def test_a_marker_that_does_not_fit_ends_nothing(path: Path) -> None:
    video = video_input()
    with filming(path, video):
        video.append(picture(0), Time(1, LARGEST))
        with pytest.raises(TimestampError):
            video.append(marker(Fraction(1, 3)))
        video.append(marker(Fraction(5, LARGEST)))
    assert scene.timings(path)[0][1] == Fraction(4, LARGEST)


# A fixed time scale --------------------------------------------------------------------------------------------------


def test_a_fixed_scale_rounds_half_away_and_says_by_how_much(path: Path) -> None:
    times = [Fraction(n * 1001, 30000) for n in range(10)]
    report = film(path, [(Time.of(time),) for time in times], scale=600)
    ticks = [int(time * 600 + Fraction(1, 2)) for time in times]
    steps = [after - before for before, after in pairwise(ticks)]
    expected = [(Fraction(at, 600), Fraction(step, 600)) for at, step in zip(ticks, [*steps, steps[-1]], strict=True)]
    assert scene.timings(path) == expected
    assert scene.media_scale(path) == 600
    worst = max(abs(Fraction(tick, 600) - time) for tick, time in zip(ticks, times, strict=True))
    assert report.largest_rounding == report.tracks[0].largest_rounding == worst


def test_a_fixed_scale_takes_any_time(path: Path) -> None:
    """Times without a common scale, which no other film could hold; nothing drifts."""
    times = [Fraction(0), Fraction(1, 65537), Fraction(40, 65539), Fraction(5, 7), Fraction(10**6 + 1, 10**6)]
    film(path, [(Time.of(time),) for time in times], scale=90000)
    for (at, _), time in zip(scene.timings(path), times, strict=True):
        assert abs(at - time) <= Fraction(1, 180000)


def test_two_pictures_on_one_tick(path: Path) -> None:
    video = video_input()
    video.media_time_scale = 24
    with filming(path, video) as writer:
        video.append(picture(0), 0)
        with pytest.raises(TimestampError, match="same 1/24 s") as caught:
            video.append(picture(1), Time(1, 60))
        assert "media_time_scale" in str(caught.value)
        video.append(picture(1), Time(1, 30))
        video.append(picture(2), Time(1, 10))
    assert writer.report is not None
    assert [at for at, _ in scene.timings(path)] == [0, Fraction(1, 24), Fraction(2, 24)]
    assert writer.report.largest_rounding == Fraction(1, 10) - Fraction(2, 24)


def test_a_refused_time_is_not_among_the_roundings(path: Path) -> None:
    video = video_input()
    video.media_time_scale = 10
    with filming(path, video) as writer:
        video.append(picture(0), 0)
        with pytest.raises(TimestampError):
            video.append(picture(1), Time(49, 1000))
        video.append(picture(1), Time(1, 10))
    assert writer.report is not None
    assert writer.report.largest_rounding == 0


def test_an_own_duration_of_less_than_a_tick_is_a_tick(path: Path) -> None:
    film(path, [(0,), (1, Fraction(1, 1000))], scale=24)
    assert scene.timings(path)[-1] == (1, Fraction(1, 24))


def test_a_marker_on_a_fixed_scale(path: Path) -> None:
    video = video_input()
    video.media_time_scale = 24
    with filming(path, video):
        video.append(picture(0), 0)
        with pytest.raises(TimestampError, match="cannot end"):
            video.append(marker(Fraction(1, 60)))
        video.append(marker(Fraction(1, 10)))
    assert scene.timings(path) == [(0, Fraction(2, 24))]


# What the encoder is told --------------------------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each encoder was opened with."""
    found: list[dict[str, Any]] = []
    original = VideoEncoder.__init__

    def init(self: VideoEncoder, *arguments: Any, **options: Any) -> None:
        found.append(options)
        original(self, *arguments, **options)

    monkeypatch.setattr(VideoEncoder, "__init__", init)
    return found


@pytest.mark.parametrize(
    ("step", "rate", "base"),
    [
        (Fraction(1001, 24000), Fraction(24000, 1001), Fraction(1001, 24000)),
        (Fraction(1, 60), Fraction(60), Fraction(1, 60)),
        (Fraction(50, 3), Fraction(3, 50), Fraction(50, 3)),
        (Fraction(1, 100_000), Fraction(1000), Fraction(1, 1000)),  # no encoder is told of such a rate
        (Fraction(33_333, 1_000_000), Fraction(30), Fraction(1, 1_000_000)),  # one interval of a camera's clock
    ],
)
def test_rate_and_ticks_come_from_the_first_two_pictures(
    path: Path, opened: list[dict[str, Any]], step: Fraction, rate: Fraction, base: Fraction
) -> None:
    film(path, [(Time.of(n * step),) for n in range(3)])
    (options,) = opened
    assert (options["frame_rate"], options["time_base"]) == (rate, base)
    assert options["threads"] == 1


def test_the_expected_rate_comes_first(path: Path, opened: list[dict[str, Any]]) -> None:
    """A jittery start misleads nobody who says what to expect; the times are exact all the same."""
    times = [Fraction(0), Fraction(1, 1000), Fraction(1, 25), Fraction(2, 25)]
    film(path, [(Time.of(time),) for time in times], compression={"expected_source_frame_rate": 25})
    assert opened[0]["frame_rate"] == 25
    assert opened[0]["time_base"] == Fraction(1, 25)
    assert [at for at, _ in scene.timings(path)] == times
    assert [s.number for s in scene.shown(path)] == [0, 1, 2, 3]


def test_an_expected_rate_off_the_tracks_grid(path: Path, opened: list[dict[str, Any]]) -> None:
    film(path, [(Time(n, 24),) for n in range(4)], compression={"expected_source_frame_rate": 25})
    assert (opened[0]["frame_rate"], opened[0]["time_base"]) == (25, Fraction(1, 24))


@pytest.mark.parametrize(("given", "rate"), [([(0,)], 30), ([(0, Fraction(1, 12))], 12), ([(Time(1, LARGEST),)], 30)])
def test_a_single_picture_has_a_rate_too(
    path: Path, opened: list[dict[str, Any]], given: list[Timing | SampleBuffer], rate: int
) -> None:
    film(path, given)
    assert opened[0]["frame_rate"] == rate


@pytest.mark.parametrize(
    "times",
    [
        [0, Fraction(1, LARGEST), 1],  # far finer than anything an encoder counts
        [0, 1, Fraction(2 * LARGEST - 1, LARGEST)],  # the longest durations that readers count
        [0, 3_000_000, 3_000_001],  # a month
        [Fraction(17 * 10**14, 10**6), Fraction(17 * 10**14 + 40_000, 10**6), Fraction(17 * 10**14 + 80_000, 10**6)],
        [-5, Fraction(-9, 2), 0],
    ],
)
def test_extreme_times(path: Path, times: list[Any]) -> None:
    video = video_input()
    with filming(path, video, session=times[0]):
        for number, time in enumerate(times):
            video.append(picture(number), Time.of(time))
    assert [(s.at, s.number) for s in scene.shown(path)] == [(time - times[0], n) for n, time in enumerate(times)]


def test_the_encoder_opens_with_the_second_picture(path: Path, opened: list[dict[str, Any]]) -> None:
    video = video_input()
    with filming(path, video):
        video.append(picture(0), 0)
        scene.wait_until(lambda: video.statistics().queued == 0, "it is not taken")
        assert opened == []
        video.append(picture(1), 1)
        scene.wait_until(lambda: len(opened) == 1, "it does not open")


def test_forced_key_frames(path: Path) -> None:
    video = video_input()
    with filming(path, video):
        for number in range(12):
            attachments = {BufferAttachment.FORCE_KEY_FRAME: True} if number in (3, 7) else {}
            image = PixelBuffer.from_array(picture(number))
            timing = SampleTiming(Time(number, 25))
            video.append(SampleBuffer(image=image, timings=[timing], attachments=attachments))
    assert [n for n, row in enumerate(scene.samples(path)) if row["sync"]] == [0, 3, 7]


def test_encoder_options_win_and_the_report_says_so(path: Path) -> None:
    report = film(path, [(0,), (1,)], compression={"max_key_frame_interval": 10}, encoder_options={"g": "5"})
    assert any("g" in text for text in report.tracks[0].overridden)


def test_a_packet_of_nobodys_picture_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder's own check aside: what is still inside at the end is noticed."""

    def quiet(self: VideoEncoder) -> list[EncodedPacket]:
        return []

    monkeypatch.setattr(VideoEncoder, "flush", quiet)
    video = video_input(settings={"encoder_options": {"preset": "veryfast"}})
    writer = scene.begun(path, video)
    for number in range(5):
        video.append(picture(number), Time(number, 25))
    with pytest.raises(EncodeError, match="to itself"):
        writer.finish_writing()


# Pictures of several kinds -------------------------------------------------------------------------------------------


def test_arrays_and_pool_buffers_may_take_turns(path: Path) -> None:
    """They are converted in different threads, each with a converter of its own: no picture is mistaken for another."""
    pool = PixelBufferPool(PixelBufferAttributes(pixel_format="RGB24", width=64, height=64))  # type: ignore[arg-type]
    video = video_input()
    with filming(path, video):
        for number in range(120):
            rgb = np.repeat(picture(number)[..., None], 3, axis=2)
            if number % 2:
                buffer = pool.make_buffer()
                buffer.planes[0][...] = rgb
                video.append(buffer, Time(number, 25))
                del buffer
            else:
                video.append(rgb, Time(number, 25))
    assert [s.number for s in scene.shown(path)] == list(range(120))


@pytest.mark.parametrize("pooled", [False, True])
def test_the_first_picture_decides_and_later_ones_are_converted_to_it(path: Path, pooled: bool) -> None:
    """Red in RGB makes a BT.709 film; red with BT.601's values and tags looks the same in it."""
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 255
    planes = [np.full((64, 64), 81, np.uint8), np.zeros((32, 32, 2), np.uint8)]
    planes[1][...] = 90, 240
    standard = PixelBuffer(planes, "NV12", color=ColorProperties(1, 1, 6))
    standard.pooled = pooled
    video = video_input(settings={"encoder_options": {"qp": "4"}})
    with filming(path, video):
        video.append(red, 0)
        video.append(standard, 1)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]
    for frame in frames:
        assert abs(int(frame[0, 0]) - 63) <= 2
        assert abs(int(frame[64, 0]) - 102) <= 2
        assert abs(int(frame[80, 0]) - 240) <= 2


def test_untagged_pictures_make_an_untagged_film_unless_somebody_knows(path: Path) -> None:
    def yuv() -> PixelBuffer:
        return PixelBuffer([np.zeros((64, 64), np.uint8), np.full((32, 32, 2), 128, np.uint8)], "NV12")

    for assume in (
        None,
        ColorProperties.HD,
        {"ColorPrimaries": "ITU_R_709_2", "TransferFunction": "ITU_R_709_2", "YCbCrMatrix": "ITU_R_709_2"},
    ):
        video = video_input(assume=assume)
        with filming(path, video, overwrite=True) as writer:
            video.append(yuv(), 0)
            video.append(yuv(), 1)
        assert writer.report is not None
        (track,) = writer.report.tracks
        assert track.format is not None
        if assume is None:
            assert track.format.color is None
            assert any("assume=" in note for note in track.notes)
        else:
            assert track.format.color == ColorProperties.HD
            assert track.notes == ()


def test_ten_bits(path: Path) -> None:
    film(
        path,
        [(0,), (1,)],
        codec=VideoCodec.HEVC,
        compression={"output_bit_depth": 10},
        encoder_options={"preset": "ultrafast", "x265-params": "pools=1"},
    )
    assert tools.ffprobe(path)["streams"][0]["pix_fmt"] == "yuv420p10le"


def test_scales_add_up(path: Path) -> None:
    report = film(path, [(0,), (Fraction(1, 24),), (Fraction(1, 7),), (Fraction(1, 5),)])
    assert report.tracks[0].media_time_scale == lcm(24, 7, 5)


def test_a_time_scale_is_worked_out_again_only_where_something_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = VideoSettings(VideoCodec.H264, scene.SIDE, scene.SIDE)
    lane = VideoLane(settings, MediaClock(), LaneOptions())
    reaches: list[Fraction] = []
    asked = lane.clock.scale_for

    def scale_for(*times: Time, lasts: Fraction = Fraction(0), leads: Fraction = Fraction(0)) -> Any:
        reaches.append(leads)
        return asked(*times, lasts=lasts, leads=leads)

    monkeypatch.setattr(lane.clock, "scale_for", scale_for)

    def append(time: Time, duration: Time = Time.INVALID) -> int:
        before = len(reaches)
        buffer = SampleBuffer(image=PixelBuffer.from_array(picture(0)), timings=[SampleTiming(time, duration)])
        lane.take(lane.prepare(buffer, convert=True))
        return len(reaches) - before

    assert [append(Time(index, 30)) for index in range(9)] == [1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert reaches[-1] == lane.clock.scale.farthest == Fraction(4, 30)  # three may be put off
    assert append(Time(9, 30), Time(1, 30)) == 0  # which is what it lasts anyway
    assert append(Time(10, 30), Time(2, 30)) == 1
    assert append(Time(826, 2250)) == 1  # a little late
    assert lane.clock.timescale == 2250
    lane.close()
