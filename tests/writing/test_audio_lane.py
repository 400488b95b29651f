"""Sound that is encoded: one run of frames, holes closed or filled, trims cut, and every frame accounted for."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.writing import scene
from tests.writing.scene import RATE, audio_input, filming

from reelwright import (
    AssetWriterInput,
    AudioFormat,
    AudioSettings,
    BufferAttachment,
    FormatDescription,
    MediaType,
    PcmLayout,
    SampleBuffer,
    SampleTiming,
    Time,
    WritingReport,
)
from reelwright.model.errors import FrameError, InvalidArgumentError, TimestampError
from reelwright.writing.audio_lane import AudioLane

FILL = BufferAttachment.FILL_DISCONTINUITIES_WITH_SILENCE
PCM = AudioFormat.LINEAR_PCM


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sound.mov"


def at(frames: Any) -> Time:
    return Time(frames, RATE)


def film(path: Path, *buffers: SampleBuffer, format: AudioFormat = PCM) -> WritingReport:
    audio = audio_input(format)
    with filming(path, audio) as writer:
        for buffer in buffers:
            audio.append(buffer)
    assert writer.report is not None
    return writer.report


def run(start: int, frames: int, place: int | None = None, **attachments: Any) -> SampleBuffer:
    """``frames`` frames of the numbered wave from ``start`` on, at ``place`` (where they belong, if left out)."""
    return scene.sound_buffer(frames, at(start if place is None else place), start, **attachments)


def assert_heard(path: Path, expected: Any) -> None:
    wave, begin = scene.heard(path)
    assert begin == 0
    assert wave.shape == expected.shape
    assert np.abs(wave - expected).max() < 1.5 / 32768


def test_buffers_of_any_size_become_one_run(path: Path) -> None:
    sizes = [1, 7, 1024, 5000, 30, 48000, 999]
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    report = film(path, *(run(start, size) for start, size in zip(starts, sizes, strict=True)))
    assert_heard(path, scene.sound(sum(sizes)))
    (track,) = report.tracks
    assert track.appended == track.encoded == track.written == sum(sizes)
    assert track.duration == Fraction(sum(sizes), RATE)
    assert track.audio_gaps == ()
    assert track.media_time_scale == RATE


@pytest.mark.parametrize("frames", [1, 1023, 1024, 1025, 5000])
def test_aac_is_as_long_as_what_was_appended(path: Path, frames: int) -> None:
    report = film(path, run(0, frames), format=AudioFormat.AAC)
    assert report.duration == report.tracks[0].duration == Fraction(frames, RATE)
    assert report.tracks[0].appended == frames


def test_a_hole_is_closed_up_and_listed(path: Path) -> None:
    report = film(path, run(0, 1000), run(1000, 1000, place=1500), run(2000, 500, place=2500))
    assert_heard(path, scene.sound(2500))
    assert report.tracks[0].audio_gaps == ((at(1500), at(500)),)


def test_an_overlap_is_closed_up_and_listed(path: Path) -> None:
    report = film(path, run(0, 1000), run(1000, 1000, place=900))
    assert_heard(path, scene.sound(2000))
    assert report.tracks[0].audio_gaps == ((at(900), at(-100)),)


def test_a_hole_may_be_filled_with_silence(path: Path) -> None:
    report = film(path, run(0, 1000), run(1500, 1000, **{FILL: True}), run(2500, 500))
    expected = scene.sound(3000)
    expected[1000:1500] = 0
    assert_heard(path, expected)
    (track,) = report.tracks
    assert track.audio_gaps == ()
    assert (track.appended, track.written) == (2500, 3000), "silence was not appended"


@pytest.mark.parametrize(("tenths", "filled"), [(1004, 100), (1006, 101)])
def test_a_hole_is_filled_to_the_nearest_frame(path: Path, tenths: int, filled: int) -> None:
    late = scene.sound_buffer(500, Time(10_000 + tenths, RATE * 10), 1000, **{FILL: True})
    film(path, run(0, 1000), late)
    assert_heard(path, np.concatenate([scene.sound(1000), np.zeros((filled, 1)), scene.sound(500, 1000)]))


def test_filling_reaches_back_to_the_buffer_before_and_no_further(path: Path) -> None:
    """A hole that was closed up stays closed."""
    film(path, run(0, 1000), run(1000, 1000, place=3000), run(2000, 1000, place=4500, **{FILL: True}))
    expected = np.concatenate([scene.sound(2000), np.zeros((500, 1)), scene.sound(1000, 2000)])
    assert_heard(path, expected)


def test_rough_times_neither_tear_nor_drift(path: Path) -> None:
    """Microseconds for a grid of 1/48000: a thousand buffers, and not one gap."""
    buffers = [scene.sound_buffer(100, round(n * 100 / RATE, 6), n * 100) for n in range(500)]
    report = film(path, *buffers)
    assert report.tracks[0].audio_gaps == ()
    assert report.duration == Fraction(50_000, RATE)


@pytest.mark.parametrize("fill", [False, True])
def test_a_drift_is_noticed_when_it_has_grown_to_a_frame(path: Path, fill: bool) -> None:
    """Each buffer a third of a frame late: nobody is far off its neighbour, but together they are."""
    more = {FILL: True} if fill else {}
    buffers = [scene.sound_buffer(100, Time(n * 301, 3 * RATE), n * 100, **more) for n in range(31)]
    report = film(path, *buffers)
    late = 10  # frames by which the last one is late
    if fill:
        assert abs(report.tracks[0].written - (3100 + late)) <= 1
    else:
        assert report.tracks[0].written == 3100
        assert abs(sum(length.fraction for _, length in report.tracks[0].audio_gaps) * RATE - late) <= 2


def test_trims_are_cut_off(path: Path) -> None:
    """What a decoder delivers in front of the sound proper, and behind it."""
    start, end = BufferAttachment.TRIM_DURATION_AT_START, BufferAttachment.TRIM_DURATION_AT_END
    wave = scene.sound(3000)
    buffers = [
        SampleBuffer.from_audio(np.zeros((512, 1), np.float32), RATE, at(-700), **{start: at(512)}),
        SampleBuffer.from_audio(np.r_[np.zeros((188, 1), np.float32), wave[:1000]], RATE, at(-188), **{start: at(188)}),
        SampleBuffer.from_audio(wave[1000:2000], RATE, at(1000)),
        SampleBuffer.from_audio(np.r_[wave[2000:], np.ones((24, 1), np.float32)], RATE, at(2000), **{end: at(24)}),
    ]
    report = film(path, *buffers)
    assert_heard(path, wave)
    (track,) = report.tracks
    assert (track.appended, track.audio_gaps, track.start) == (3000, (), 0)


@pytest.mark.parametrize("trim", [Time(1, 7), Time(-1, RATE), Time(101, RATE), Time.INVALID])
@pytest.mark.parametrize("where", [BufferAttachment.TRIM_DURATION_AT_START, BufferAttachment.TRIM_DURATION_AT_END])
def test_trims_that_cannot_be(path: Path, trim: Time, where: BufferAttachment) -> None:
    audio = audio_input(PCM)
    with filming(path, audio) as writer:
        with pytest.raises(InvalidArgumentError) as caught:
            audio.append(run(0, 100, **{where: trim}))
        assert caught.value.hint
        audio.append(run(0, 100))
    assert writer.report is not None
    assert writer.report.tracks[0].appended == 100


STEREO = SampleBuffer.from_audio(np.zeros((10, 2), np.float32), RATE, 1)
SLOW = SampleBuffer.from_audio(np.zeros((10, 1), np.float32), 44100, 1)
INTEGERS = SampleBuffer.from_audio(np.zeros((10, 1), np.int16), RATE, 1)
PACKET = SampleBuffer(
    b"packet",
    FormatDescription(media_type=MediaType.AUDIO, media_subtype="mp4a", sample_rate=RATE, channels=1),
    [SampleTiming(Time(1), Time(1024, RATE))],
)
NOISE = scene.sound(10)
NOISE[7] = np.nan


@pytest.mark.parametrize(
    ("buffer", "kind", "word"),
    [
        (STEREO, FrameError, "2 channels"),
        (SLOW, FrameError, "44100 Hz"),
        (INTEGERS, FrameError, "int16"),
        (PACKET, FrameError, "uncompressed"),
        (SampleBuffer.from_audio(NOISE, RATE, 1), FrameError, "frame 7"),
        (SampleBuffer.from_audio(np.full((10, 1), np.inf, np.float32), RATE, 1), FrameError, "frame"),
        (run(0, 10, place=0), TimestampError, "does not come after"),
        (run(0, 10, place=-5), TimestampError, "does not come after"),
        (scene.sound_buffer(10, Time.INVALID), TimestampError, "numeric"),
        (scene.sound_buffer(10, Time.INDEFINITE), TimestampError, "numeric"),
        (SampleBuffer.marker(Time(1), BufferAttachment.EMPTY_MEDIA), FrameError, "empty-media"),
        (scene.stream().buffers()[0], FrameError, "takes sound"),
    ],
)
def test_what_is_refused_leaves_no_trace(path: Path, buffer: SampleBuffer, kind: type[Exception], word: str) -> None:
    audio = audio_input(PCM)
    with filming(path, audio) as writer:
        for start in range(0, 3000, 1000):
            audio.append(run(start, 1000))
            with pytest.raises(kind) as caught:
                audio.append(buffer)
            assert word in str(caught.value)
            assert caught.value.hint  # type: ignore[attr-defined]
            assert caught.value.track == 1  # type: ignore[attr-defined]
    assert_heard(path, scene.sound(3000))
    assert writer.report is not None
    assert writer.report.tracks[0].audio_gaps == ()


def test_the_first_format_counts_only_once_it_is_taken(path: Path) -> None:
    audio = audio_input(PCM)
    with filming(path, audio):
        with pytest.raises(TimestampError):
            audio.append(SampleBuffer.from_audio(np.zeros((10, 2), np.float32), RATE, Time.INVALID))
        audio.append(run(0, 100))
    assert_heard(path, scene.sound(100))


def test_an_array_is_not_sound_until_it_is_wrapped(path: Path) -> None:
    audio = audio_input(PCM)
    with filming(path, audio):
        with pytest.raises(InvalidArgumentError, match="from_audio"):
            audio.append(scene.sound(100))
        with pytest.raises(FrameError, match="from_audio"):
            audio.append(scene.picture(1), 0)
        audio.append(run(0, 100))


def test_empty_buffers_say_nothing(path: Path) -> None:
    report = film(path, run(0, 0), run(0, 100), run(100, 0), run(100, 100))
    assert_heard(path, scene.sound(200))
    assert report.tracks[0].audio_gaps == ()


def test_nothing_but_empty_buffers_is_no_film(path: Path) -> None:
    writer = scene.begun(path, audio_input())
    writer.inputs[0].append(run(0, 0))
    with pytest.raises(RuntimeError, match="nothing was appended"):
        writer.finish_writing()


def test_big_endian_planar_and_integers_come_out_right(path: Path) -> None:
    wave = (scene.sound(1000) * 32768).astype(np.int16)
    stereo = np.c_[wave, -wave]
    planar = FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=RATE,
        channels=2,
        pcm=PcmLayout(bits=16, is_big_endian=True, is_interleaved=False),
        frames_per_packet=1,
    )
    audio = AssetWriterInput(MediaType.AUDIO, AudioSettings(PCM, RATE, 2))
    with filming(path, audio):
        for start in (0, 500):
            data = stereo[start : start + 500].T.astype(">i2").tobytes()
            audio.append(SampleBuffer(data, planar, [SampleTiming(at(start), at(1))]))
    assert_heard(path, stereo / 32768)


def test_rate_and_layout_are_converted(path: Path) -> None:
    audio = AssetWriterInput(MediaType.AUDIO, AudioSettings(PCM, 24000, 2))
    with filming(path, audio) as writer:
        for start in range(0, 4800, 480):
            audio.append(run(start, 480))
    assert writer.report is not None
    (track,) = writer.report.tracks
    assert (track.appended, track.written, track.media_time_scale) == (4800, 2400, 24000)
    assert track.duration == Fraction(1, 10)


def test_what_a_hint_leaves_open_comes_from_the_sound(path: Path) -> None:
    hint = FormatDescription(media_type=MediaType.AUDIO, media_subtype="lpcm", sample_rate=RATE, channels=1)
    audio = AssetWriterInput(MediaType.AUDIO, {"AVFormatIDKey": "aac "}, hint)
    with filming(path, audio) as writer:
        audio.append(run(0, 1000))
    assert writer.report is not None
    assert writer.report.tracks[0].media_time_scale == RATE


# A full queue --------------------------------------------------------------------------------------------------------


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keeps the input's thread waiting until it is set."""
    import threading

    opened = threading.Event()
    feed = AudioLane.feed

    def waiting(lane: AudioLane, item: Any) -> Any:
        assert opened.wait(20)
        return feed(lane, item)

    monkeypatch.setattr(AudioLane, "feed", waiting)
    yield opened
    opened.set()


def test_the_queue_takes_half_a_second(path: Path, gate: Any) -> None:
    audio = audio_input(PCM)
    writer = scene.begun(path, audio)
    audio.append(run(0, 100))
    scene.wait_until(lambda: audio.statistics().queued == 0, "it is not taken")
    start = 100
    while audio.is_ready_for_more_media_data:
        audio.append(run(start, 4800))
        start += 4800
    assert start == 100 + RATE // 2
    gate.set()
    writer.finish_writing()


def test_dropped_sound_becomes_silence_and_nothing_after_it_moves(path: Path, gate: Any) -> None:
    audio = audio_input(PCM, on_full="drop-oldest")
    writer = scene.begun(path, audio)
    audio.append(run(0, 4800))
    scene.wait_until(lambda: audio.statistics().queued == 0, "it is not taken")
    for start in range(4800, 4800 * 9, 4800):
        audio.append(run(start, 4800))
    gate.set()
    report = writer.finish_writing()
    expected = scene.sound(4800 * 9)
    expected[4800 : 4800 * 4] = 0
    assert_heard(path, expected)
    (track,) = report.tracks
    assert track.dropped == (at(4800), at(9600), at(14400))
    assert (track.appended, track.written) == (4800 * 9, 4800 * 9)


def test_dropping_the_first_buffer_keeps_the_tracks_place(
    path: Path, gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = audio_input(PCM, on_full="drop-oldest")
    monkeypatch.setattr(AudioLane, "capacity", Fraction(1, 100))
    writer = scene.begun(path, audio)
    audio.append(run(0, 10))
    scene.wait_until(lambda: audio.statistics().queued == 0, "it is not taken")
    audio.append(run(10, 4800))
    audio.append(run(4810, 4800))
    gate.set()
    report = writer.finish_writing()
    expected = scene.sound(9610)
    expected[10:4810] = 0
    assert_heard(path, expected)
    assert report.tracks[0].dropped == (at(10),)


def test_lost_sound_is_noticed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The count of frames that reached the encoder is compared with what was appended."""
    from reelwright.model.errors import WritingIncompleteError

    feed = AudioLane.feed
    seen = []

    def forgetful(lane: AudioLane, item: Any) -> Any:
        seen.append(item)
        return () if len(seen) == 3 else feed(lane, item)

    monkeypatch.setattr(AudioLane, "feed", forgetful)
    audio = audio_input(PCM)
    writer = scene.begun(path, audio)
    for start in range(0, 3000, 1000):
        audio.append(run(start, 1000))
    with pytest.raises(WritingIncompleteError, match="3000 frames of sound were appended, 2000 reached"):
        writer.finish_writing()
    assert scene.left(path.parent) == []


@pytest.mark.parametrize(("format", "rate"), [(PCM, RATE), (PCM, 44100)])
def test_what_was_clipped_is_in_the_report(path: Path, format: AudioFormat, rate: int) -> None:
    loud = np.zeros((RATE, 1), np.float32)
    loud[24000:24100] = 1.5
    audio = AssetWriterInput(MediaType.AUDIO, AudioSettings(format, rate, 1))
    with filming(path, audio, session=3) as writer:
        audio.append(SampleBuffer.from_audio(loud, RATE, 3))
    assert writer.report is not None
    (note,) = writer.report.tracks[0].notes
    found = re.fullmatch(r"(\d+) values beyond full scale \(±1\) were clipped, the first at 3\.(499|500) s", note)
    assert found
    assert abs(int(found[1]) - 100 * rate / RATE) <= 15  # the resampler rings around the edges


def test_sound_within_full_scale_gets_no_note(path: Path) -> None:
    full = np.tile(np.array([[1], [-1]], np.float32), (500, 1))
    assert film(path, SampleBuffer.from_audio(full, RATE, 0)).tracks[0].notes == ()
    assert (
        film(path.with_suffix(".mp4"), SampleBuffer.from_audio(full * 2, RATE, 0), format=AudioFormat.AAC)
        .tracks[0]
        .notes
        == ()
    )


@pytest.mark.parametrize("frames", [0, 1, 5])
@pytest.mark.parametrize("format", [PCM, AudioFormat.AAC, AudioFormat.FLAC])
def test_sound_too_short_for_a_frame_of_the_track_is_an_empty_track(
    path: Path, format: AudioFormat, frames: int
) -> None:
    """At 384 kHz, of which a track of 8 kHz keeps a frame in 48."""
    sound = SampleBuffer.from_audio(np.full((48, 1), 1000, np.int16), 384_000, Time.ZERO)
    audio = AssetWriterInput(MediaType.AUDIO, AudioSettings(format, 8000, 1), sound.format)
    video = scene.video_input()
    with filming(path, video, audio) as writer:
        video.append(scene.picture(1), Time.ZERO, Time(1, 2))
        if frames:
            audio.append(SampleBuffer.from_audio(np.full((frames, 1), 1000, np.int16), 384_000, Time.ZERO))
    assert writer.report is not None
    track = writer.report.tracks[1]
    assert (track.appended, track.encoded, track.duration) == (frames, 0, 0)
    assert track.format is not None
    assert track.format.sample_rate == 8000
