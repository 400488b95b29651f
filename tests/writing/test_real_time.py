"""Live sources: nothing is lost in silence, nothing shifts, no odd time ends a recording, and pictures do not wait.

Pictures carry their number, and the films are read back by FFmpeg.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.examples import example
from tests.writing import scene
from tests.writing.scene import audio_input, begun, filming, picture, video_input

from reelwright import (
    AssetWriterInput,
    BufferAttachment,
    EncoderSpecification,
    MediaType,
    OnFull,
    SampleBuffer,
    SampleTiming,
    Time,
    TimestampError,
    VideoCodec,
    WritingReport,
)
from reelwright.codecs.video_encoder import VideoEncoder
from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.model.pixel import PixelBuffer

LOW_LATENCY = {"encoder_specification": EncoderSpecification(low_latency=True)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def facts_of(video: AssetWriterInput) -> tuple[int, int]:
    """Packets that came out of the encoder, and samples that went on to the file."""
    assert video._lane is not None
    return video._lane.facts.latency.count, video._lane.facts.encoded


def wait_for(ask: Callable[[], Any], answer: Any) -> None:
    scene.wait_until(lambda: bool(ask() == answer), f"it never becomes {answer}")


def live_input(**more: Any) -> AssetWriterInput:
    video = video_input(**more)
    video.expects_media_data_in_real_time = True
    return video


def film(path: Path, times: list[Any], scale: int = 0, live: bool = True) -> WritingReport:
    video = video_input()
    video.expects_media_data_in_real_time = live
    video.media_time_scale = scale
    with filming(path, video) as writer:
        for number, at in enumerate(times):
            video.append(picture(number), at)
    assert writer.report is not None
    return writer.report


# The property --------------------------------------------------------------------------------------------------------


def test_it_is_off_unless_asked_for_and_fixed_by_the_start(path: Path) -> None:
    video = video_input()
    assert video.expects_media_data_in_real_time is False
    video.expects_media_data_in_real_time = True
    with filming(path, video):
        with pytest.raises(InvalidStateError, match="expects_media_data_in_real_time"):
            video.expects_media_data_in_real_time = False
        video.append(picture(0), 0)
    assert video.expects_media_data_in_real_time is True


def test_sound_may_be_live_too(tmp_path: Path) -> None:
    audio = audio_input()
    audio.expects_media_data_in_real_time = True
    with filming(tmp_path / "film.m4a", audio) as writer:
        for start in range(0, 9600, 960):
            audio.append(scene.sound_buffer(960, Time(start, scene.RATE), start))
    assert writer.report is not None
    assert writer.report.tracks[0].appended == 9600
    assert 0 < audio.statistics().latency <= audio.statistics().peak_latency


# The queue's size ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "six", float("nan")])
def test_a_queue_holds_whole_pictures(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="queue_size") as caught:
        video_input(queue_size=value)
    assert caught.value.hint


def test_a_queue_of_sound_is_counted_in_seconds(tmp_path: Path) -> None:
    audio = audio_input(queue_size=0.05)
    assert audio.queue_size == Fraction(1, 20)
    with pytest.raises(InvalidArgumentError, match="seconds of sound"):
        audio_input(queue_size=0)
    with filming(tmp_path / "film.m4a", audio):
        audio.append(scene.sound_buffer(480))
        assert audio.statistics().capacity == Fraction(1, 20)


def test_the_queue_is_as_long_as_asked_for(path: Path, gate: threading.Event) -> None:
    video = video_input(queue_size=2)
    writer = begun(path, video)
    video.append(picture(0), 0)
    scene.wait_until(lambda: not video.statistics().queued, "the first is not taken")
    number = 1
    while video.is_ready_for_more_media_data:
        video.append(picture(number), number)
        number += 1
    assert number == 3
    figures = video.statistics()
    assert (figures.queued, figures.capacity, figures.behind) == (2, 2, 2.0)
    gate.set()
    writer.finish_writing()
    assert video.statistics().behind == 0
    assert 0 < video.statistics().latency <= video.statistics().peak_latency


def test_stored_samples_get_a_queue_where_they_are_given_one(path: Path) -> None:
    stream = scene.stream()
    stored = AssetWriterInput(MediaType.VIDEO, None, stream.format, queue_size=3)
    with filming(path, stored):
        assert stored.statistics().capacity == 3
        for buffer in stream.buffers():
            stored.append(buffer)
    assert [s.number for s in scene.shown(path)] == list(range(12))


def test_stored_samples_are_never_dropped() -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be dropped"):
        AssetWriterInput(MediaType.VIDEO, None, scene.stream().format, on_full=OnFull.DROP_OLDEST)
    stored = scene.stored_input()
    with pytest.raises(InvalidArgumentError, match="cannot be dropped"):
        stored.on_full = OnFull.DROP_OLDEST
    assert stored.on_full is OnFull.BLOCK


# Drops ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("live", [True, False])
def test_a_dropped_key_frame_moves_to_the_next_picture(path: Path, gate: threading.Event, live: bool) -> None:
    video = video_input(on_full="drop-oldest", queue_size=2)
    video.expects_media_data_in_real_time = live
    writer = begun(path, video)
    video.append(picture(0), 0)
    scene.wait_until(lambda: not video.statistics().queued, "the first is not taken")
    for number in range(1, 6):
        timing = [SampleTiming(Time(number, 25))]
        forced = {BufferAttachment.FORCE_KEY_FRAME: True} if number == 3 else {}
        video.append(SampleBuffer(image=PixelBuffer.from_array(picture(number)), timings=timing, attachments=forced))
    gate.set()
    report = writer.finish_writing()
    assert report.tracks[0].dropped == tuple(Time(n, 25) for n in (1, 2, 3))
    assert [s.number for s in scene.shown(path)] == [0, 4, 5]
    assert [bool(s["sync"]) for s in scene.samples(path)] == [True, True, False]


# Times ---------------------------------------------------------------------------------------------------------------


def test_times_that_fit_are_exact(path: Path) -> None:
    times = [Fraction(0), Fraction(1, 25), Fraction(67, 1000), Fraction(1, 10), Fraction(133_334, 1_000_000)]
    report = film(path, times)
    assert [at for at, _ in scene.timings(path)] == times
    assert report.largest_rounding == 0


def test_a_clock_in_nanoseconds_is_rounded_and_may_pause(path: Path) -> None:
    """Exactly it would need a scale in which no picture may last more than two seconds."""
    times = [Time(n, 10**9) for n in (1, 33_333_334, 66_666_667, 9_000_000_001)]
    report = film(path, times)
    (track,) = report.tracks
    assert track.media_time_scale == 10**6
    assert 0 < track.largest_rounding <= Fraction(1, 2_000_000)
    errors = [abs(at - given.fraction) for (at, _), given in zip(scene.timings(path), times, strict=True)]
    assert max(errors) == track.largest_rounding


def test_odd_fractions_are_rounded_to_what_the_track_has_already(path: Path) -> None:
    times = [Time(0), Time(1, 30000), Time(4001, 65537), Time(8001, 65539)]
    with pytest.raises(TimestampError):
        film(path, times, live=False)
    report = film(path, times)
    assert report.tracks[0].media_time_scale == 990_000
    assert 0 < report.largest_rounding <= Fraction(1, 2 * 990_000)
    assert [s.number for s in scene.shown(path)] == [0, 1, 2, 3]


def test_two_on_one_tick_are_written_a_tick_apart(path: Path) -> None:
    report = film(path, [Time(0), Time(1, 1000), Time(2, 1000), Time(40, 1000)], scale=100)
    assert [at for at, _ in scene.timings(path)] == [0, Fraction(1, 100), Fraction(2, 100), Fraction(4, 100)]
    assert [s.number for s in scene.shown(path)] == [0, 1, 2, 3]
    assert report.largest_rounding == Fraction(18, 1000)


def test_times_must_still_grow(path: Path) -> None:
    video = live_input()
    with filming(path, video):
        video.append(picture(0), Time(5, 10**9))
        for late in (Time(5, 10**9), Time(4, 10**9)):
            with pytest.raises(TimestampError, match="does not come after"):
                video.append(picture(1), late)
        video.append(picture(2), Time(6, 10**9))
    assert [s.number for s in scene.shown(path)] == [0, 2]


def test_stored_samples_are_rounded_too(path: Path) -> None:
    stream = scene.stream()
    stored = scene.stored_input(hint=stream.format)
    stored.expects_media_data_in_real_time = True
    with filming(path, stored) as writer:
        for packet in stream.packets:
            at, decode = (Time(value * 40_000_000 + 7, 10**9) for value in (packet.pts, packet.dts))
            stored.append(SampleBuffer(packet.data, stream.format, timings=[SampleTiming(at, Time.INVALID, decode)]))
    assert writer.report is not None
    assert writer.report.largest_rounding == Fraction(7, 10**9)
    assert [s.number for s in scene.shown(path)] == list(range(12))


# Pictures do not wait ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", [VideoCodec.H264, VideoCodec.HEVC])
@pytest.mark.parametrize("live", [True, False])
def test_low_latency_answers_every_picture(path: Path, codec: VideoCodec, live: bool) -> None:
    """All packets are out while the last picture's length is still open; that one sample waits, and no other."""
    video = video_input(settings={"codec": codec, **LOW_LATENCY})
    video.expects_media_data_in_real_time = live
    with filming(path, video):
        for number in range(5):
            video.append(picture(number), Time(number, 25))
            wait_for(partial(facts_of, video), (number + 1, number))
    assert [s.number for s in scene.shown(path)] == list(range(5))
    assert scene.timings(path)[-1] == (Fraction(4, 25), Fraction(1, 25))


def test_a_live_picture_is_given_to_the_encoder_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    encode = VideoEncoder.encode

    def noted(self: VideoEncoder, frame: Any, ticks: int, **options: Any) -> Any:
        given.append(ticks)
        return encode(self, frame, ticks, **options)

    monkeypatch.setattr(VideoEncoder, "encode", noted)
    video = live_input()
    with filming(path, video):
        for number in range(4):
            video.append(picture(number), Time(number, 25))
            wait_for(partial(len, given), number + 1)


def test_pictures_that_may_be_reordered_wait_for_the_next(path: Path) -> None:
    """Or a pause could not be kept apart from what comes before it."""
    video = live_input(settings={"compression": {"allow_frame_reordering": True}, "encoder_options": {"bf": "2"}})
    with filming(path, video):
        for number in (0, 1, 2, 3, 100, 101):
            video.append(picture(number), Time(number, 25))
    assert [at * 25 for at, _ in scene.timings(path)] == [0, 1, 2, 3, 100, 101]


def test_a_group_begins_after_a_pause(path: Path) -> None:
    film(path, [Time(n, 25) for n in (0, 1, 2, 250, 251)])
    assert [bool(s["sync"]) for s in scene.samples(path)] == [True, False, False, True, False]
    assert scene.timings(path)[2] == (Fraction(2, 25), Fraction(248, 25))


@pytest.mark.parametrize("end", [0.5, None])
def test_markers_and_own_durations_end_live_pictures(path: Path, end: float | None) -> None:
    video = live_input()
    with filming(path, video):
        video.append(picture(0), 0)
        video.append(SampleBuffer.marker(Time(1, 8), BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION))
        video.append(picture(1), 0.25, end)
    first, last = scene.timings(path)
    assert first == (0, Fraction(1, 8))
    assert last == (Fraction(1, 4), Fraction(1, 2) if end else Fraction(1, 8))


def test_a_single_live_picture_has_a_length(path: Path) -> None:
    report = film(path, [0])
    assert report.duration == Fraction(1, 30)
    assert "the only picture" in report.tracks[0].notes[0]


# A whole recording ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def camera() -> Iterator[ModuleType]:
    with example("camera") as module:
        yield module


def test_a_camera_that_is_faster_than_the_encoder(
    camera: ModuleType, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every picture is in the film, at its time, or in the list of drops; never more wait than were allowed."""
    encode = VideoEncoder.encode

    def slow(self: VideoEncoder, *arguments: Any, **options: Any) -> Any:
        time.sleep(0.05)
        return encode(self, *arguments, **options)

    monkeypatch.setattr(VideoEncoder, "encode", slow)
    recording = camera.record(camera.SimulatedCamera(scene.SIDE, scene.SIDE, fps=60), path, 0.8, queue_size=3)
    (track,), figures, taken = recording.report.tracks, recording.figures, recording.taken
    assert (figures.peak, figures.dropped) == (3, len(track.dropped))
    assert 0 < len(track.dropped) < len(taken) == track.appended == 48
    assert camera.missing(recording, path) == []
    # The same by another reader, and without the example's own judgement.
    dropped = {taken.index(moment) for moment in track.dropped}
    expected = [(n, t.fraction - taken[0].fraction) for n, t in enumerate(taken) if n not in dropped]
    assert [(s.number, s.at) for s in scene.shown(path)] == expected
    assert track.largest_rounding == 0


def test_a_camera_that_is_not_drops_nothing_and_is_found_out_when_it_lies(camera: ModuleType, path: Path) -> None:
    recording = camera.record(
        camera.SimulatedCamera(scene.SIDE, scene.SIDE, fps=100), path, 0.1, queue_size=10, encoder_options=scene.FAST
    )
    assert recording.report.tracks[0].dropped == ()
    assert camera.missing(recording, path) == []
    recording.taken.insert(3, recording.taken[3] + Time(1, 1000))
    assert camera.missing(recording, path) != []


def test_what_the_cameras_thread_raises_ends_the_recording(camera: ModuleType, path: Path) -> None:
    class Broken(camera.SimulatedCamera):  # type: ignore[misc, name-defined]
        def run(self, seconds: float, deliver: Any) -> None:
            deliver(picture(0), 0.0)
            raise OSError("unplugged")

    with pytest.raises(OSError, match="unplugged"):
        camera.record(Broken(scene.SIDE, scene.SIDE), path, 1)
    assert scene.left(path.parent) == []
