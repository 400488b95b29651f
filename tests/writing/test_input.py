"""An input: what its settings may be, what it takes, and that what it refuses leaves no trace."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.writing import scene
from tests.writing.scene import audio_input, begun, filming, picture, video_input

from reelwright import (
    AssetWriterInput,
    AudioFormat,
    AudioSettings,
    ColorProperties,
    FormatDescription,
    MediaType,
    SampleBuffer,
    SampleTiming,
    ScalingMode,
    Time,
    VideoCodec,
    VideoSettings,
)
from reelwright.model.errors import (
    FrameError,
    InvalidArgumentError,
    InvalidStateError,
    NotReadyError,
    SettingsError,
    TimestampError,
)
from reelwright.model.kinds import OnFull
from reelwright.model.pixel import PixelBuffer

H264 = VideoSettings(VideoCodec.H264, 64, 64)
AAC = AudioSettings(AudioFormat.AAC, 48000, 2)
VIDEO_HINT = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=320, height=240)
AUDIO_HINT = FormatDescription(media_type=MediaType.AUDIO, media_subtype="lpcm", sample_rate=44100, channels=2)

# Settings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settings", "hint", "word"),
    [
        (MediaType.VIDEO, AAC, None, "AudioSettings"),
        (MediaType.AUDIO, H264, None, "VideoSettings"),
        (MediaType.VIDEO, {"AVFormatIDKey": "aac ", "AVSampleRateKey": 48000}, None, "sound"),
        (MediaType.VIDEO, {}, None, ""),
        (MediaType.VIDEO, {"AVVideoWidthKey": 64, "AVVideoHeightKey": 64}, None, "codec"),
        (MediaType.VIDEO, {"AVVideoCodecKey": "avc1"}, None, "size"),
        (MediaType.VIDEO, {"AVVideoCodecKey": "avc1", "AVVideoWidthKey": 64}, None, "height"),
        (MediaType.VIDEO, {"AVVideoCodecKey": "avc1", "AVVideoWidthKey": 0, "AVVideoHeightKey": 64}, None, "Width"),
        (MediaType.VIDEO, {"AVVideoCodecKey": "mjp2", "AVVideoWidthKey": 64, "AVVideoHeightKey": 64}, None, "mjp2"),
        (MediaType.VIDEO, {"AVVideoCodecKey": "avc1", "Nonsense": 1}, VIDEO_HINT, "Nonsense"),
        (
            MediaType.VIDEO,
            {"AVVideoCodecKey": "avc1", "AVVideoScalingModeKey": "AVVideoScalingModeFit"},
            VIDEO_HINT,
            "Fit",
        ),
        (MediaType.VIDEO, {"AVVideoCodecKey": "avc1", "AVVideoDecompressionPropertiesKey": {}}, VIDEO_HINT, "decod"),
        (MediaType.AUDIO, {}, None, ""),
        (MediaType.AUDIO, {"AVFormatIDKey": "aac "}, None, "AVSampleRateKey"),
        (MediaType.AUDIO, {"AVFormatIDKey": "aac ", "AVSampleRateKey": 48000}, None, "AVNumberOfChannelsKey"),
        (MediaType.AUDIO, {"AVFormatIDKey": "lpcm", "AVSampleRateKey": 48000, "AVNumberOfChannelsKey": 1}, None, "PCM"),
        (
            MediaType.AUDIO,
            {"AVFormatIDKey": "aac ", "AVSampleRateKey": 48000, "AVNumberOfChannelsKey": 4},
            None,
            "AVChannelLayoutKey",
        ),
        (
            MediaType.AUDIO,
            {
                "AVFormatIDKey": "aac ",
                "AVSampleRateKey": 48000,
                "AVNumberOfChannelsKey": 2,
                "AVSampleRateConverterAudioQualityKey": 1,
            },
            None,
            "AVSampleRateConverterAudioQualityKey",
        ),
        (MediaType.TEXT, H264, None, "stored as they are"),
        (MediaType.TIMECODE, {"AVVideoCodecKey": "avc1"}, None, "stored as they are"),
        (MediaType.VIDEO, None, AUDIO_HINT, "audio"),
        (MediaType.AUDIO, AAC, VIDEO_HINT, "video"),
        (MediaType.VIDEO, H264, VIDEO_HINT.with_(width=0), "positive"),
        (MediaType.VIDEO, None, VIDEO_HINT.with_(height=-2), "positive"),
        (MediaType.VIDEO, None, "avc1", "source format hint"),
        ("nonsense", None, None, "nonsense"),
    ],
)
def test_settings_that_cannot_be_right(kind: Any, settings: Any, hint: Any, word: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        AssetWriterInput(kind, settings, hint)
    assert word.lower() in str(caught.value).lower()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("option", "value"),
    [("on_full", "explode"), ("background", "no colour"), ("assume", "no colour"), ("threads", -1), ("threads", "two")],
)
def test_options_that_cannot_be_right(option: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        AssetWriterInput(MediaType.VIDEO, H264, **{option: value})
    assert caught.value.hint


def test_settings_may_be_mappings_with_avfoundations_keys() -> None:
    video = AssetWriterInput("video", {"AVVideoCodecKey": "avc1", "AVVideoWidthKey": 64, "AVVideoHeightKey": 48})
    assert video.output_settings == VideoSettings(VideoCodec.H264, 64, 48)
    audio = AssetWriterInput("soun", {"AVFormatIDKey": "aac ", "AVSampleRateKey": 44100, "AVNumberOfChannelsKey": 1})
    assert audio.output_settings == AudioSettings(AudioFormat.AAC, 44100, 1, channel_layout="mono")
    assert (video.media_type, audio.media_type) == (MediaType.VIDEO, MediaType.AUDIO)


def test_a_hint_fills_in_what_settings_leave_out() -> None:
    video = AssetWriterInput(MediaType.VIDEO, {"AVVideoCodecKey": "hvc1"}, VIDEO_HINT)
    audio = AssetWriterInput(MediaType.AUDIO, {"AVFormatIDKey": "aac "}, AUDIO_HINT)
    assert isinstance(video.output_settings, VideoSettings)
    assert (video.output_settings.width, video.output_settings.height) == (320, 240)
    assert isinstance(audio.output_settings, AudioSettings)
    assert (audio.output_settings.sample_rate, audio.output_settings.channels) == (44100, 2)
    assert video.source_format_hint is VIDEO_HINT


def test_an_input_as_it_is_made() -> None:
    input = AssetWriterInput(MediaType.VIDEO, H264)
    assert input.on_full is OnFull.BLOCK
    assert input.transform == (1, 0, 0, 1, 0, 0)
    assert input.media_time_scale == 0
    assert input.source_format_hint is None
    assert not input.is_ready_for_more_media_data
    assert input.statistics().appended == 0
    assert AssetWriterInput(MediaType.TIMECODE).output_settings is None


@pytest.mark.parametrize(
    "value", [None, (1, 2), (1, 0, 0, 1, 0, "x"), (1, 0, 0, 1, float("nan"), 0), (1, 0, 0, 1, 10**6, 0), 3]
)
def test_a_transform_is_checked_at_once(value: Any) -> None:
    input = video_input()
    with pytest.raises(InvalidArgumentError):
        input.transform = value
    assert input.transform == (1, 0, 0, 1, 0, 0)


@pytest.mark.parametrize("value", [(0,) * 6, (1, 2, 2, 4, 0, 0), (1, 0, 0, 1e-9, 0, 0)])
def test_a_transform_that_leaves_nothing_to_see_is_refused(value: Any) -> None:
    input = video_input()
    with pytest.raises(InvalidArgumentError, match="squeezes pictures to nothing") as caught:
        input.transform = value
    assert "quarter turn" in str(caught.value.hint)
    assert input.transform == (1, 0, 0, 1, 0, 0)


def test_only_what_is_seen_has_a_transform() -> None:
    input = audio_input()
    input.transform = (1, 0, 0, 1, 0, 0)
    with pytest.raises(InvalidArgumentError, match="audio track is not seen") as caught:
        input.transform = (0, 1, -1, 0, 64, 0)
    assert caught.value.hint
    captions = AssetWriterInput(MediaType.SUBTITLE)
    captions.transform = (2, 0, 0, 2, 0, 0)
    assert captions.transform == (2, 0, 0, 2, 0, 0)


def test_a_transform_takes_any_numbers() -> None:
    input = video_input()
    input.transform = (0.5, 0, 0, Fraction(1, 3), np.float32(2), -1)
    assert input.transform == (Fraction(1, 2), 0, 0, Fraction(1, 3), 2, -1)


@pytest.mark.parametrize("value", [-1, 2**31, 0.5, "90000", True])
def test_a_media_time_scale_is_checked_at_once(value: Any) -> None:
    input = video_input()
    with pytest.raises(InvalidArgumentError, match="media time scale") as caught:
        input.media_time_scale = value
    assert caught.value.hint
    assert input.media_time_scale == 0


def test_sound_has_no_media_time_scale_of_its_own() -> None:
    with pytest.raises(InvalidArgumentError, match="sample rate"):
        audio_input().media_time_scale = 600


# Appending -----------------------------------------------------------------------------------------------------------

RGBA = np.zeros((64, 64, 4), np.uint8)


@pytest.mark.parametrize(
    ("sample", "time", "kind", "word"),
    [
        (picture(0), None, InvalidArgumentError, "needs a time"),
        (picture(0), "soon", InvalidArgumentError, "soon"),
        (picture(0), Time.INVALID, TimestampError, "numeric"),
        (picture(0), Time.INDEFINITE, TimestampError, "numeric"),
        (picture(0), Time.POSITIVE_INFINITY, TimestampError, "numeric"),
        ("picture", 1, FrameError, "picture"),
        (None, 1, FrameError, "picture"),
        (np.zeros((32, 32, 3), np.uint8), 1, FrameError, "32×32"),
        (np.zeros((64, 64, 3), np.int64), 1, FrameError, "int64"),
        (np.full((64, 64, 3), np.nan, np.float32), 1, FrameError, ""),
        (RGBA, 1, FrameError, "background"),
        (SampleBuffer(num_samples=0), None, FrameError, "without a picture"),
        (scene.sound_buffer(10), None, FrameError, "must hold images"),
        (SampleBuffer(b"packet", VIDEO_HINT, [SampleTiming(Time(1))]), None, FrameError, "store packets as they are"),
        (SampleBuffer(image=PixelBuffer.from_array(picture(1))), None, TimestampError, "numeric"),
        (
            SampleBuffer(image=PixelBuffer.from_array(picture(1)), timings=[SampleTiming(Time(1))]),
            1,
            InvalidArgumentError,
            "own times",
        ),
    ],
)
def test_what_a_video_input_refuses_leaves_no_trace(
    tmp_path: Path, sample: Any, time: Any, kind: type[Exception], word: str
) -> None:
    """Refused as the very first sample, and again in the middle: the film is as if it had never been offered."""
    video = video_input()
    with filming(tmp_path / "film.mp4", video) as writer:
        for number in range(3):
            with pytest.raises(kind) as caught:
                video.append(sample, time)
            assert word in str(caught.value)
            assert caught.value.hint  # type: ignore[attr-defined]
            video.append(picture(number), Time(number, 25))
    assert writer.report is not None
    (track,) = writer.report.tracks
    assert (track.appended, track.written, track.media_time_scale) == (3, 3, 25)
    assert track.notes == ()
    assert [shown.number for shown in scene.shown(tmp_path / "film.mp4")] == [0, 1, 2]


def test_errors_name_track_and_time(tmp_path: Path) -> None:
    video, other = video_input(), video_input()
    with filming(tmp_path / "film.mp4", video, other):
        video.append(picture(0), 0)
        with pytest.raises(FrameError) as caught:
            other.append(np.zeros((2, 2, 3), np.uint8), Time(7, 25))
        assert (caught.value.track, caught.value.time) == (2, Time(7, 25))


def test_the_first_picture_decides_the_colour_only_if_it_is_taken(tmp_path: Path) -> None:
    """A refused untagged YUV picture does not leave the film without tags."""
    video = video_input()
    with filming(tmp_path / "film.mp4", video) as writer:
        yuv = PixelBuffer([np.zeros((64, 64), np.uint8), np.zeros((32, 32, 2), np.uint8)], "NV12")
        with pytest.raises(TimestampError):
            video.append(SampleBuffer(image=yuv))
        video.append(picture(0), 0)
        video.append(picture(1), 1)
    assert writer.report is not None
    assert writer.report.tracks[0].notes == ()
    described = writer.report.tracks[0].format
    assert described is not None
    assert described.color == ColorProperties.HD


@pytest.mark.parametrize("late", [Time(4, 25), Time(3, 25), 0, Time(-1)])
def test_pictures_come_in_the_order_they_are_shown(tmp_path: Path, late: Any) -> None:
    video = video_input()
    with filming(tmp_path / "film.mp4", video):
        video.append(picture(1), Time(4, 25))
        with pytest.raises(TimestampError, match="does not come after") as caught:
            video.append(picture(2), late)
        assert caught.value.time == Time.of(late)
        video.append(picture(3), Time(5, 25))
    assert [shown.number for shown in scene.shown(tmp_path / "film.mp4")] == [1, 3]


def test_arrays_may_be_changed_once_append_has_returned(tmp_path: Path) -> None:
    canvas = picture(0)
    video = video_input()
    with filming(tmp_path / "film.mp4", video):
        for number in range(40):
            canvas[...] = picture(number)
            video.append(canvas, Time(number, 25))
            canvas[...] = 255
    assert [shown.number for shown in scene.shown(tmp_path / "film.mp4")] == list(range(40))


def test_sound_may_be_changed_once_append_has_returned(tmp_path: Path) -> None:
    audio = audio_input(AudioFormat.LINEAR_PCM)
    scratch = np.zeros((4800, 1), np.float32)
    with filming(tmp_path / "film.mov", audio):
        for start in range(0, 48000, 4800):
            scratch[...] = scene.sound(4800, start)
            audio.append(SampleBuffer.from_audio(scratch, scene.RATE, Time(start, scene.RATE)))
            scratch[...] = -1
    wave, _ = scene.heard(tmp_path / "film.mov")
    assert np.abs(wave - scene.sound(48000)).max() < 2 / 32768


def test_packets_may_be_changed_once_append_has_returned(tmp_path: Path) -> None:
    stream = scene.stream()
    stored = scene.stored_input(hint=stream.format)
    with filming(tmp_path / "film.mp4", stored):
        for packet in stream.packets:
            data = bytearray(packet.data)
            stored.append(stream.buffer(packet, data))  # type: ignore[arg-type]
            data[:] = bytes(len(data))
    assert [shown.number for shown in scene.shown(tmp_path / "film.mp4")] == list(range(12))


def test_append_says_true_and_times_may_be_anything_that_counts_seconds(tmp_path: Path) -> None:
    video = video_input()
    with filming(tmp_path / "film.mp4", video):
        for time in (0, 0.25, Fraction(1, 3), Time(1, 2)):
            assert video.append(picture(1), time) is True
        assert video.append_nowait(picture(1), 1, duration=0.5) is True
    assert scene.timings(tmp_path / "film.mp4") == [
        (0, Fraction(1, 4)),
        (Fraction(1, 4), Fraction(1, 12)),
        (Fraction(1, 3), Fraction(1, 6)),
        (Fraction(1, 2), Fraction(1, 2)),
        (1, Fraction(1, 2)),
    ]


def test_pictures_of_other_sizes_are_scaled_where_settings_say_how(tmp_path: Path) -> None:
    video = video_input(settings={"scaling_mode": ScalingMode.RESIZE})
    with filming(tmp_path / "film.mp4", video):
        for number in range(3):
            video.append(np.kron(picture(number), np.ones((number + 1, number + 1), np.uint8)), Time(number, 25))
    assert [shown.number for shown in scene.shown(tmp_path / "film.mp4")] == [0, 1, 2]


def test_a_background_takes_transparency(tmp_path: Path) -> None:
    video = video_input(background="#ffffff")
    with filming(tmp_path / "film.mp4", video):
        video.append(RGBA, 0)
        video.append(RGBA, 1)
    assert [shown.number for shown in scene.shown(tmp_path / "film.mp4")] == [0xFFFF, 0xFFFF]


# A full queue --------------------------------------------------------------------------------------------------------


class Gate:
    """Keeps the input's thread from taking anything until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import threading

        from reelwright.writing.video_lane import VideoLane

        self.opened, self.reached = threading.Event(), threading.Event()
        feed = VideoLane.feed

        def waiting(lane: VideoLane, item: Any) -> Any:
            self.reached.set()
            assert self.opened.wait(20)
            return feed(lane, item)

        monkeypatch.setattr(VideoLane, "feed", waiting)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = Gate(monkeypatch)
    yield found
    found.opened.set()


def stuffed(video: AssetWriterInput, gate: Gate) -> int:
    """Append until the queue is full; how many pictures that took, the one in the encoder's hands included."""
    video.append(picture(0), 0)
    assert gate.reached.wait(5)
    number = 1
    while video.is_ready_for_more_media_data:
        video.append_nowait(picture(number), Time(number, 25))
        number += 1
    return number


def test_the_queue_takes_six_pictures_and_no_more(tmp_path: Path, gate: Gate) -> None:
    video = video_input()
    writer = begun(tmp_path / "film.mp4", video)
    number = stuffed(video, gate)
    assert number == 7, "six wait, one is being encoded"
    assert not video.is_ready_for_more_media_data
    before = video.statistics()
    with pytest.raises(NotReadyError, match="full"):
        video.append_nowait(picture(99), 99)
    assert video.statistics() == before, "a refused picture leaves no trace"
    gate.opened.set()
    video.append(picture(number), Time(number, 25))
    report = writer.finish_writing()
    assert (report.tracks[0].appended, report.tracks[0].written) == (8, 8)
    assert report.tracks[0].media_time_scale == 25


def test_on_full_raise(tmp_path: Path, gate: Gate) -> None:
    video = video_input(on_full="raise")
    writer = begun(tmp_path / "film.mp4", video)
    number = stuffed(video, gate)
    with pytest.raises(NotReadyError):
        video.append(picture(number), Time(number, 25))
    video.on_full = "block"  # type: ignore[assignment]
    waiting = scene.Background(lambda: video.append(picture(number), Time(number, 25)))
    scene.wait_until(lambda: video.statistics().waits == 1, "it does not wait")
    gate.opened.set()
    waiting.result()
    assert writer.finish_writing().tracks[0].written == number + 1


def test_on_full_drop_oldest(tmp_path: Path, gate: Gate) -> None:
    """What is dropped is listed, and the picture before it is shown in its place."""
    video = video_input(on_full="drop-oldest")
    writer = begun(tmp_path / "film.mp4", video)
    number = stuffed(video, gate)  # 0 is being encoded, 1 to 6 wait
    for late in (number, number + 1):
        video.append(picture(late), Time(late, 25))
    assert video.statistics().dropped == 2
    gate.opened.set()
    report = writer.finish_writing()
    (track,) = report.tracks
    assert track.dropped == (Time(1, 25), Time(2, 25))
    assert (track.appended, track.encoded, track.written) == (9, 7, 7)
    assert "2 dropped" in str(report)
    assert scene.timings(tmp_path / "film.mp4") == [
        (Fraction(0), Fraction(3, 25)),
        *((Fraction(n, 25), Fraction(1, 25)) for n in range(3, 9)),
    ]
    assert [s.number for s in scene.shown(tmp_path / "film.mp4")] == [0, *range(3, 9)]


def test_a_marker_is_never_dropped(tmp_path: Path, gate: Gate) -> None:
    video = video_input(on_full="drop-oldest")
    writer = begun(tmp_path / "film.mp4", video)
    number = stuffed(video, gate)
    video.append(SampleBuffer.marker(Time(number, 25), "EndsPreviousSampleDuration"))  # type: ignore[arg-type]
    for late in range(number + 10, number + 16):
        video.append(picture(late), Time(late, 25))
    gate.opened.set()
    report = writer.finish_writing()
    assert report.tracks[0].dropped == tuple(Time(n, 25) for n in range(1, 7))
    assert scene.timings(tmp_path / "film.mp4")[0] == (0, Fraction(number, 25))


def test_waiting_pictures_are_bounded_in_memory(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is appended, no more frames are made than fit into the queue, one in work, and one on its way."""
    from reelwright.codecs.convert import PixelConverter

    video = video_input()
    writer = begun(tmp_path / "film.mp4", video)
    made = []
    convert = PixelConverter.convert

    def counted(converter: PixelConverter, *arguments: Any, **options: Any) -> Any:
        made.append(1)
        return convert(converter, *arguments, **options)

    monkeypatch.setattr(PixelConverter, "convert", counted)

    def feed() -> None:
        for number in range(30):
            video.append(picture(number), Time(number, 25))

    feeding = scene.Background(feed)
    assert gate.reached.wait(5)
    scene.wait_until(lambda: video.statistics().queued == 6 and video.statistics().waits > 0, "it never waits")
    assert len(made) == 8
    assert feeding.is_running
    gate.opened.set()
    feeding.result()
    assert writer.finish_writing().tracks[0].written == 30
    assert video.statistics().peak == 6


def test_another_thread_appending_means_not_ready(tmp_path: Path, gate: Gate) -> None:
    """``append_nowait`` never waits, not even for another thread's turn."""
    video = video_input()
    writer = begun(tmp_path / "film.mp4", video)
    number = stuffed(video, gate)
    waiting = scene.Background(lambda: video.append(picture(number), Time(number, 25)))
    scene.wait_until(lambda: video.statistics().waits == 1, "it does not wait")
    with pytest.raises(NotReadyError):
        video.append_nowait(picture(number + 1), Time(number + 1, 25))
    gate.opened.set()
    waiting.result()
    writer.finish_writing()


def test_statistics(tmp_path: Path, gate: Gate) -> None:
    video, stored = video_input(), scene.stored_input(hint=scene.stream().format)
    writer = begun(tmp_path / "film.mp4", video, stored)
    number = stuffed(video, gate)
    figures = video.statistics()
    assert (figures.queued, figures.peak, figures.capacity, figures.appended) == (6, 6, 6, number)
    for buffer in scene.stream().buffers():
        stored.append(buffer)
    figures = stored.statistics()
    assert (figures.queued, figures.capacity, figures.appended) == (0, 0, 12)
    gate.opened.set()
    writer.finish_writing()


def test_an_interrupted_append_took_nothing(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while ``append`` waits for room: who catches it may go on."""
    from reelwright.writing.queue import BoundedQueue

    def interrupted(self: Any) -> None:
        raise KeyboardInterrupt

    video = video_input()
    writer = begun(tmp_path / "film.mp4", video)
    number = stuffed(video, gate)
    with monkeypatch.context() as patch:
        patch.setattr(BoundedQueue, "_wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            video.append(picture(number), Time(number, 25))
    gate.opened.set()
    video.append(picture(number), Time(number, 25))
    report = writer.finish_writing()
    assert report.tracks[0].written == number + 1


def test_two_threads_on_one_input_take_turns(tmp_path: Path) -> None:
    """Not how it is meant to be used, but no sample may get lost over it."""
    import threading

    video = video_input()
    lock, number = threading.Lock(), iter(range(40))

    def feed() -> None:
        while True:
            with lock:
                this = next(number, None)
                if this is None:
                    return
                video.append(picture(this), Time(this, 25))

    with filming(tmp_path / "film.mp4", video) as writer:
        for each in [scene.Background(feed), scene.Background(feed)]:
            each.result()
    assert writer.report is not None
    assert writer.report.tracks[0].written == 40


def test_marking_as_finished_lets_the_rest_be_encoded(tmp_path: Path) -> None:
    video = video_input()
    writer = begun(tmp_path / "film.mp4", video)
    for number in range(6):
        video.append(picture(number), Time(number, 25))
    video.mark_as_finished()
    video.mark_as_finished()
    with pytest.raises(InvalidStateError, match="marked as finished"):
        video.append(picture(9), 9)
    assert writer.finish_writing().tracks[0].written == 6


def test_settings_error_is_an_invalid_argument() -> None:
    assert issubclass(SettingsError, InvalidArgumentError)
