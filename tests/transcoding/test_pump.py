"""The pump: everything of every source to every input, in order of time; ended together, whatever ends it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.easy import made
from tests.interop import decoded

from reelwright.easy.films import write_video
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import (
    FrameError,
    InvalidArgumentError,
    InvalidStateError,
    OperationCancelledError,
)
from reelwright.model.kinds import AudioFormat, MediaType, ScalingMode, VideoCodec, WriterStatus
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.segments import Segment
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.track_output import AssetReaderTrackOutput
from reelwright.transcoding.pump import Pipe, Pump
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput

FPS = 10
RATE = 8000


def pictures(count: int, start: int = 0) -> Iterator[SampleBuffer]:
    for index in range(count):
        picture = np.full((32, 32, 3), 20 + index % 200, np.uint8)
        timing = SampleTiming(Time(start + index, FPS), Time(1, FPS))
        yield SampleBuffer(image=made_buffer(picture), timings=[timing])


def made_buffer(picture: np.ndarray) -> Any:
    from reelwright.model.pixel import PixelBuffer

    return PixelBuffer.from_array(picture)


def sound(seconds: Fraction | int, start: int = 0) -> Iterator[SampleBuffer]:
    """In one long buffer: the pump takes it in pieces."""
    yield SampleBuffer.from_audio(np.zeros((int(seconds * RATE), 1), np.int16), RATE, Time(start, 1))


def video_input(**more: Any) -> AssetWriterInput:
    size = more.pop("size", (32, 32))
    settings = VideoSettings(VideoCodec.H264, *size, encoder_options=made.FAST, scaling_mode=ScalingMode.RESIZE)
    return AssetWriterInput(MediaType.VIDEO, settings, threads=1, **more)


def sound_input() -> AssetWriterInput:
    return AssetWriterInput(MediaType.AUDIO, AudioSettings(AudioFormat.LINEAR_PCM, RATE, 1))


def writer_of(target: Any, *inputs: AssetWriterInput) -> AssetWriter:
    writer = AssetWriter(target, "com.apple.quicktime-movie")
    for each in inputs:
        writer.add(each)
    return writer


def segmenter(*inputs: AssetWriterInput) -> AssetWriter:
    writer = AssetWriter.for_segments()
    writer.preferred_output_segment_interval = 1
    writer.initial_segment_start_time = 0
    for each in inputs:
        writer.add(each)
    return writer


def test_each_picture_goes_to_all_and_sound_keeps_in_step() -> None:
    big, small, heard = video_input(), video_input(size=(16, 16)), sound_input()
    files = [io.BytesIO(), io.BytesIO()]
    writers = [writer_of(files[0], big, heard), writer_of(files[1], small)]
    taken = 0
    ahead: list[Fraction] = []

    def counted() -> Iterator[SampleBuffer]:
        nonlocal taken
        for buffer in pictures(30):
            taken += 1
            ahead.append(Fraction(heard.statistics().appended or 0))
            yield buffer

    told: list[tuple[int, Time]] = []
    reports = Pump(
        writers,
        [Pipe(buffers=counted(), inputs=[big, small]), Pipe(buffers=sound(3), inputs=[heard])],
        progress=lambda *facts: told.append(facts),
    ).run()
    assert taken == 30, "each picture is made once, for all"
    assert [track.written for report in reports for track in report.tracks] == [30, 3 * RATE, 30]
    assert told == [(number, Time(number, FPS)) for number in range(1, 31)]
    assert ahead == sorted(ahead)
    assert 0 < ahead[15] < ahead[-1], "sound came with the pictures, not before or behind all of them"


def test_times_are_shifted_and_sound_ends_with_the_pictures() -> None:
    video, heard = video_input(), sound_input()
    writer = writer_of(io.BytesIO(), video, heard)
    shift = Time(5, 1)
    pipes = [
        Pipe(buffers=pictures(7), inputs=[video], shift=shift),
        Pipe(buffers=sound(2), inputs=[heard], shift=shift, is_leading=False),
    ]
    (report,) = Pump([writer], pipes, start=shift).run()
    shown, sounding = report.tracks
    assert (shown.written, shown.duration) == (7, Fraction(7, 10))
    assert (sounding.written, sounding.duration) == (RATE * 7 // 10, Fraction(7, 10))


def test_sound_that_leads_is_kept_whole_and_sound_alone_is_enough() -> None:
    video, heard = video_input(), sound_input()
    writer = writer_of(io.BytesIO(), video, heard)
    pipes = [Pipe(buffers=pictures(7), inputs=[video]), Pipe(buffers=sound(2), inputs=[heard])]
    assert Pump([writer], pipes).run()[0].tracks[1].written == 2 * RATE
    alone, done = sound_input(), []
    (report,) = Pump(
        [writer_of(io.BytesIO(), alone)],
        [Pipe(buffers=sound(1), inputs=[alone], is_leading=False)],
        progress=lambda pieces, time: done.append(time),
    ).run()
    assert report.tracks[0].written == RATE
    assert done[-1] == Time(1, 1)


def late_and_short() -> Iterator[SampleBuffer]:
    """Sound from 0.25 to 0.5 s, and from 0.75 to 0.9 s."""
    yield SampleBuffer.from_audio(np.full((RATE // 4, 1), 1000, np.int16), RATE, Time(1, 4))
    yield SampleBuffer.from_audio(np.full((RATE * 3 // 20, 1), 1000, np.int16), RATE, Time(3, 4))


@pytest.mark.parametrize("leads", [False, True])
@pytest.mark.parametrize(("count", "length"), [(15, 1.5), (8, 0.8)])
def test_silence_stands_where_there_is_no_sound(leads: bool, count: int, length: float, tmp_path: Path) -> None:
    video, heard = video_input(), sound_input()
    path = tmp_path / "film.mov"
    pipes = [
        Pipe(buffers=pictures(count), inputs=[video]),
        Pipe(buffers=late_and_short(), inputs=[heard], is_leading=leads, is_filled=True),
    ]
    Pump([writer_of(path, video, heard)], pipes).run()
    found = decoded.ffmpeg_pcm(path, "s16le").samples[:, 0]
    expected = np.zeros(int((max(length, 0.9) if leads else length) * RATE), np.int16)
    expected[RATE // 4 : RATE // 2] = expected[RATE * 3 // 4 : RATE * 9 // 10] = 1000
    assert np.array_equal(found, expected)


def test_sound_alone_is_filled_to_its_own_end() -> None:
    heard = sound_input()
    pipe = Pipe(buffers=late_and_short(), inputs=[heard], is_leading=False, is_filled=True)
    (report,) = Pump([writer_of(io.BytesIO(), heard)], [pipe]).run()
    assert report.tracks[0].duration == Fraction(9, 10)


def test_outputs_of_a_reader_are_sources(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write_video(made.film(12), path, fps=FPS, audio=(made.tone(1.2), 48000), encoder_options=made.FAST)
    with Asset(path) as asset, AssetReader(asset) as reader:
        outputs = [AssetReaderTrackOutput(track, {}) for track in asset.tracks]
        for output in outputs:
            reader.add(output)
        reader.start_reading()
        video = video_input()
        heard = AssetWriterInput(MediaType.AUDIO, AudioSettings(AudioFormat.AAC, 48000, 2))
        writer = writer_of(tmp_path / "copy.mov", video, heard)
        pipes = [Pipe(buffers=output, inputs=[input]) for output, input in zip(outputs, (video, heard), strict=True)]
        (report,) = Pump([writer], pipes).run()
    assert report.tracks[0].written == 12
    assert len(made.seen_levels(tmp_path / "copy.mov")) == 12


def test_segments_go_to_their_takers() -> None:
    video = video_input()
    writer = segmenter(video)
    taken: list[Segment] = []
    Pump([writer], [Pipe(buffers=pictures(25), inputs=[video])], takers={writer: taken.append}).run()
    assert [segment.report.leading.sample_count for segment in taken[1:] if segment.report.leading] == [10, 10, 5]


# ---------------------------------------------------------------------- what ends it


class Boom(Exception):
    pass


def breaking() -> Iterator[SampleBuffer]:
    yield from pictures(5)
    raise Boom


def unfit() -> Iterator[SampleBuffer]:
    yield from pictures(5)
    yield from sound(1)


def stop(done: int, time: Time) -> None:
    raise Boom


@pytest.mark.parametrize(
    ("source", "options", "error"),
    [
        (breaking, {}, Boom),
        (unfit, {}, FrameError),
        (lambda: pictures(500), {"progress": stop}, Boom),
        (lambda: pictures(500), {"cancel": "at once"}, OperationCancelledError),
        (lambda: iter(()), {}, InvalidStateError),
    ],
)
def test_whatever_ends_it_ends_all_writers(
    tmp_path: Path, source: Callable[[], Iterator[SampleBuffer]], options: dict[str, Any], error: type[Exception]
) -> None:
    before = threading.active_count()
    if "cancel" in options:
        options = {"cancel": threading.Event()}
        options["cancel"].set()
    inputs = [video_input(), video_input()]
    writers = [writer_of(tmp_path / f"{number}.mov", each) for number, each in enumerate(inputs)]
    buffers = source()
    with pytest.raises(error):
        Pump(writers, [Pipe(buffers=buffers, inputs=inputs)], **options).run()
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before
    assert next(iter(buffers), None) is None, "the source is closed"
    assert {writer.status for writer in writers} <= {WriterStatus.CANCELLED, WriterStatus.FAILED}


@pytest.mark.parametrize("error", [Boom(), OperationCancelledError("the taker's own."), KeyboardInterrupt()])
def test_a_taker_that_fails_ends_the_others_and_is_told_as_it_was(error: BaseException) -> None:
    before = threading.active_count()
    inputs = [video_input(), video_input()]
    writers = [segmenter(each) for each in inputs]
    taken: list[Segment] = []

    def fails(segment: Segment) -> None:
        if segment.number == 1:
            raise error

    with pytest.raises(type(error)) as caught:
        Pump(
            writers,
            [Pipe(buffers=pictures(100_000), inputs=inputs)],
            takers={writers[0]: fails, writers[1]: taken.append},
        ).run()
    assert caught.value is error
    assert threading.active_count() == before
    assert {writer.status for writer in writers} == {WriterStatus.CANCELLED}


def test_a_taker_that_fails_at_the_very_end_is_told_too() -> None:
    video = video_input()
    writer = segmenter(video)

    def fails(segment: Segment) -> None:
        if segment.is_last:
            raise Boom

    with pytest.raises(Boom):
        Pump([writer], [Pipe(buffers=pictures(15), inputs=[video])], takers={writer: fails}).run()


def test_an_encoder_that_fails_in_one_writer_ends_the_others(tmp_path: Path) -> None:
    settings = VideoSettings(VideoCodec.H264, 32, 32, encoder_options={"preset": "no such"})
    inputs = [video_input(), AssetWriterInput(MediaType.VIDEO, settings)]
    writers = [writer_of(tmp_path / f"{number}.mov", each) for number, each in enumerate(inputs)]
    before = threading.active_count()
    with pytest.raises(Exception, match="no such"):
        Pump(writers, [Pipe(buffers=pictures(1000), inputs=inputs)]).run()
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


def test_pipes_that_lead_nowhere_are_refused() -> None:
    video = video_input()
    writer = writer_of(io.BytesIO(), video)
    with pytest.raises(InvalidArgumentError, match="needs pipes"):
        Pump([writer], [])
    with pytest.raises(InvalidArgumentError, match="needs pipes"):
        Pump([writer], [Pipe(buffers=pictures(1), inputs=[])])
    with pytest.raises(InvalidArgumentError, match="none of the writers"):
        Pump([writer], [Pipe(buffers=pictures(1), inputs=[video_input()])])
