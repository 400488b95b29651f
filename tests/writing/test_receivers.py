"""Receivers: ``await`` suspends while the queue is full, and the event loop never does the work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.writing import scene
from tests.writing.scene import audio_input, picture, video_input

from reelwright import (
    AssetWriter,
    AudioFormat,
    PixelBufferReceiver,
    PixelFormat,
    SampleBuffer,
    SampleBufferReceiver,
    SampleTiming,
    Time,
    WriterStatus,
)
from reelwright.codecs.convert import PixelConverter
from reelwright.containers.movie import MovieWriter
from reelwright.model.errors import (
    DiskFullError,
    EncodeError,
    FrameError,
    InvalidArgumentError,
    InvalidStateError,
    OperationCancelledError,
    TimestampError,
)
from reelwright.model.pixel import PixelBuffer
from reelwright.writing.video_lane import VideoLane

ATTRIBUTES = {"PixelFormatType": "NV12", "Width": 64, "Height": 64}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def started(path: Path, *, attributes: Any = None) -> tuple[AssetWriter, PixelBufferReceiver]:
    writer = AssetWriter(path)
    receiver = writer.input_pixel_buffer_receiver(video_input(), attributes)
    writer.start_writing()
    writer.start_session(0)
    return writer, receiver


async def stuff(receiver: PixelBufferReceiver) -> int:
    """Append until there is no room; how many pictures that took."""
    assert receiver.append_immediately(picture(0), 0)
    while receiver._input.statistics().queued:
        await asyncio.sleep(0.001)
    number = 1
    while receiver.append_immediately(picture(number), Time(number, 25)):
        number += 1
    return number


def test_pictures_and_sound_fed_by_two_tasks(path: Path) -> None:
    async def film() -> Any:
        writer = AssetWriter(path)
        pictures = writer.input_pixel_buffer_receiver(video_input())
        sound = writer.input_receiver(audio_input())
        assert isinstance(sound, SampleBufferReceiver)
        async with writer:
            writer.start_writing()
            writer.start_session(0)

            async def feed_pictures() -> None:
                for number in range(50):
                    await pictures.append(picture(number), Time(number, 25))
                pictures.finish()

            async def feed_sound() -> None:
                for start in range(0, 96000, 4800):
                    await sound.append(scene.sound_buffer(4800, Time(start, scene.RATE), start))
                sound.finish()

            await asyncio.gather(feed_pictures(), feed_sound())
        return writer.report

    report = asyncio.run(film())
    assert [s.number for s in scene.shown(path)] == list(range(50))
    assert [track.appended for track in report.tracks] == [50, 96000]


def test_one_task_may_feed_one_track_after_the_other(path: Path) -> None:
    async def film() -> None:
        writer = AssetWriter(path)
        pictures, sound = writer.input_pixel_buffer_receiver(video_input()), writer.input_receiver(audio_input())
        async with writer:
            writer.start_writing()
            writer.start_session(0)
            for start in range(0, 96000, 4800):
                await sound.append(scene.sound_buffer(4800, Time(start, scene.RATE), start))
            for number in range(50):
                await pictures.append(picture(number), Time(number, 25))

    asyncio.run(film())
    assert len(scene.shown(path)) == 50


def test_append_suspends_and_the_loop_goes_on(path: Path, gate: threading.Event) -> None:
    async def film() -> int:
        writer, receiver = started(path)
        number = await stuff(receiver)
        waiting = asyncio.create_task(receiver.append(picture(number), Time(number, 25)))
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not waiting.done()
        assert receiver.append_immediately(picture(99), 99) is False
        gate.set()
        await waiting
        report = await writer.finish_writing_async()
        assert report.tracks[0].written == number + 1
        return number

    number = asyncio.run(film())
    assert number == 7
    assert [s.number for s in scene.shown(path)] == list(range(8)), "what was not taken left no trace"


@pytest.mark.parametrize("end", ["fail", "cancel", "finish"])
def test_whoever_waits_is_woken_at_the_end(path: Path, gate: threading.Event, end: str) -> None:
    async def film() -> None:
        writer, receiver = started(path)
        number = await stuff(receiver)
        waiting = asyncio.create_task(receiver.append(picture(number), Time(number, 25)))
        await asyncio.sleep(0.01)
        ending = scene.Background(
            {
                "fail": lambda: writer._fail(EncodeError("broken"), receiver._input),
                "cancel": writer.cancel_writing,
                "finish": writer.finish_writing,
            }[end]
        )
        kind = {"fail": EncodeError, "cancel": OperationCancelledError, "finish": InvalidStateError}[end]
        with pytest.raises(kind):
            await asyncio.wait_for(waiting, 1)
        if end != "finish":
            with pytest.raises(kind):
                await receiver.append(picture(99), 99)
            with pytest.raises(kind):
                receiver.append_immediately(picture(99), 99)
        gate.set()
        ending.result()

    asyncio.run(film())
    assert scene.left(path.parent) == (["film.mp4"] if end == "finish" else [])


def test_a_cancelled_task_leaves_nothing(path: Path, gate: threading.Event) -> None:
    async def film() -> None:
        writer, receiver = started(path)
        number = await stuff(receiver)
        before = receiver._input.statistics()
        waiting = asyncio.create_task(receiver.append(picture(number), Time(number, 25)))
        await asyncio.sleep(0.01)
        assert len(receiver._input._queue._listeners) == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert receiver._input._queue._listeners == []
        assert receiver._input.statistics() == before
        gate.set()
        await receiver.append(picture(number), Time(number, 25))
        assert (await writer.finish_writing_async()).tracks[0].written == number + 1

    asyncio.run(film())


def test_many_tasks_may_wait_at_once(path: Path, gate: threading.Event) -> None:
    """Only one is let in at a time, and none is forgotten."""

    async def film() -> None:
        writer, receiver = started(path)
        number = await stuff(receiver)
        turn = asyncio.Lock()
        later = iter(range(number, number + 20))

        async def feed() -> None:
            async with turn:
                this = next(later)
                await receiver.append(picture(this), Time(this, 25))

        tasks = [asyncio.create_task(feed()) for _ in range(20)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*tasks)
        assert (await writer.finish_writing_async()).tracks[0].written == number + 20

    asyncio.run(film())


def test_a_loop_that_is_gone_disturbs_nobody(path: Path, gate: threading.Event) -> None:
    """A task was waiting when its loop was closed; the input's thread calls in vain."""
    writer, receiver = started(path)

    async def wait_for_ever() -> None:
        number = await stuff(receiver)
        task = asyncio.create_task(receiver.append(picture(number), Time(number, 25)))
        await asyncio.sleep(0.01)
        receiver._input._queue._listeners *= 2  # one of them stays when the task is cancelled
        del task

    asyncio.run(wait_for_ever())
    assert len(receiver._input._queue._listeners) == 1
    gate.set()
    assert writer.finish_writing().tracks[0].written == 7


def test_nothing_is_converted_in_the_event_loop(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = set()
    convert = PixelConverter.convert

    def noted(self: PixelConverter, *arguments: Any, **options: Any) -> Any:
        where.add(threading.current_thread().name)
        return convert(self, *arguments, **options)

    monkeypatch.setattr(PixelConverter, "convert", noted)

    async def film() -> None:
        writer, receiver = started(path, attributes=ATTRIBUTES)
        pool = receiver.pixel_buffer_pool
        assert pool is not None
        for number in range(6):
            rgb = np.repeat(picture(number)[..., None], 3, axis=2)
            if number % 2:
                buffer = pool.make_buffer()
                buffer.planes[0][...], buffer.planes[1][...] = picture(number), 128
                await receiver.append(buffer, Time(number, 25))
            elif number % 4:
                image = PixelBuffer.from_array(rgb)
                await SampleBufferReceiver(receiver._input).append(
                    SampleBuffer(image=image, timings=[SampleTiming(Time(number, 25))])
                )
            else:
                await receiver.append(rgb, Time(number, 25))
        await writer.finish_writing_async()

    asyncio.run(film())
    assert where == {"reelwright-video"}
    assert [s.number for s in scene.shown(path)] == list(range(6))


def test_mistakes_are_told_at_the_call(path: Path) -> None:
    async def film() -> None:
        writer, receiver = started(path)
        await receiver.append(picture(0), 0)
        for wrong, time, kind in (
            (np.zeros((8, 8, 3), np.uint8), 1, FrameError),
            (picture(1), 0, TimestampError),
            (picture(1), Time.INVALID, TimestampError),
            (picture(1), None, InvalidArgumentError),
        ):
            with pytest.raises(kind):
                await receiver.append(wrong, time)
            with pytest.raises(kind):
                receiver.append_immediately(wrong, time)
        await receiver.append(picture(1), 1)
        assert (await writer.finish_writing_async()).tracks[0].written == 2

    asyncio.run(film())


def test_wrong_moments(path: Path) -> None:
    async def film() -> None:
        writer = AssetWriter(path)
        receiver = writer.input_pixel_buffer_receiver(video_input())
        with pytest.raises(InvalidStateError, match="start_writing"):
            await receiver.append(picture(0), 0)
        writer.start_writing()
        with pytest.raises(InvalidStateError, match="start a session"):
            receiver.append_immediately(picture(0), 0)
        writer.start_session(0)
        await receiver.append(picture(0), 0)
        receiver.finish()
        with pytest.raises(InvalidStateError, match="marked as finished"):
            await receiver.append(picture(1), 1)
        await writer.finish_writing_async()

    asyncio.run(film())


def test_a_receiver_waits_for_a_threads_turn(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Classic appends from a thread and a receiver on one input: not meant to be, but neither blocks the loop."""
    reached, go_on = threading.Event(), threading.Event()
    convert = PixelConverter.convert

    def slow(self: PixelConverter, *arguments: Any, **options: Any) -> Any:
        if threading.current_thread() is not threading.main_thread() and not go_on.is_set():
            reached.set()
            assert go_on.wait(10)
        return convert(self, *arguments, **options)

    monkeypatch.setattr(PixelConverter, "convert", slow)

    async def film() -> None:
        writer, receiver = started(path)
        appending = scene.Background(lambda: receiver._input.append(picture(0), 0))
        assert reached.wait(5)
        assert receiver.append_immediately(picture(1), 1) is False
        waiting = asyncio.create_task(receiver.append(picture(1), 1))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        go_on.set()
        await waiting
        appending.result()
        assert (await writer.finish_writing_async()).tracks[0].written == 2

    asyncio.run(film())


def test_the_pool_comes_with_the_start_and_goes_with_the_end(path: Path) -> None:
    writer = AssetWriter(path)
    receiver = writer.input_pixel_buffer_receiver(video_input(), ATTRIBUTES)
    assert receiver.source_pixel_buffer_attributes is not None
    assert receiver.source_pixel_buffer_attributes.pixel_format is PixelFormat.NV12
    assert receiver.pixel_buffer_pool is None
    writer.start_writing()
    pool = receiver.pixel_buffer_pool
    assert pool is not None
    assert receiver.pixel_buffer_pool is pool
    writer._fail(EncodeError("broken"))
    assert receiver.pixel_buffer_pool is None


def test_without_attributes_there_is_no_pool(path: Path) -> None:
    writer, receiver = started(path)
    assert receiver.pixel_buffer_pool is None
    assert receiver.source_pixel_buffer_attributes is None
    writer.cancel_writing()


def test_sound_has_no_pixel_buffer_receiver(path: Path) -> None:
    writer, audio = AssetWriter(path), audio_input()
    with pytest.raises(InvalidArgumentError):
        writer.input_pixel_buffer_receiver(audio)
    with pytest.raises(InvalidArgumentError):
        writer.input_pixel_buffer_receiver(video_input(), {"PixelFormatType": "nonsense"})
    assert writer.inputs == ()
    assert writer.can_add(audio)


def test_handed_over_sound_may_be_changed(path: Path) -> None:
    async def film() -> None:
        writer = AssetWriter(path.with_suffix(".mov"))
        receiver = writer.input_receiver(audio_input(AudioFormat.LINEAR_PCM))
        writer.start_writing()
        writer.start_session(0)
        for start in range(0, 9600, 960):
            wave = scene.sound(960, start)
            await receiver.append(SampleBuffer.from_audio(wave, scene.RATE, Time(start, scene.RATE)))
            wave[...] = -1
        await writer.finish_writing_async()

    asyncio.run(film())
    wave, _ = scene.heard(path.with_suffix(".mov"))
    assert np.abs(wave - scene.sound(9600)).max() < 2 / 32768


def test_a_failure_in_the_background_comes_out_at_the_next_call(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = VideoLane.feed

    def broken(lane: VideoLane, item: Any) -> Any:
        if item.time == Time(3, 25):
            raise EncodeError("broken")
        return feed(lane, item)

    monkeypatch.setattr(VideoLane, "feed", broken)

    async def film() -> AssetWriter:
        writer, receiver = started(path)

        async def feed() -> None:
            for number in range(1000):
                await receiver.append(picture(number), Time(number, 25))

        with pytest.raises(EncodeError, match="broken") as caught:
            await feed()
        assert (caught.value.track, caught.value.time) == (1, Time(3, 25))
        return writer

    assert asyncio.run(film()).status is WriterStatus.FAILED
    assert scene.left(path.parent) == []


# Stored samples -------------------------------------------------------------------------------------------------------


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Writing a chunk takes until the event is set."""
    opened = threading.Event()
    write = MovieWriter.write_chunk

    def slow(self: MovieWriter, *arguments: Any) -> None:
        assert threading.current_thread() is not threading.main_thread()
        assert opened.wait(20)
        write(self, *arguments)

    monkeypatch.setattr(MovieWriter, "write_chunk", slow)
    yield opened
    opened.set()


def test_stored_samples_are_not_written_in_the_event_loop(path: Path, slow_disk: threading.Event) -> None:
    """The disk hangs, and the loop goes on: samples are taken while there is room, then ``append`` suspends."""
    stream = scene.stream(count=60)

    async def film() -> None:
        writer = AssetWriter(path)
        stored = scene.stored_input(hint=stream.format)
        receiver = writer.input_receiver(stored)
        writer.start_writing()
        writer.start_session(0)
        assert stored.statistics().capacity == 32
        buffers = iter(stream.buffers())

        async def feed() -> None:
            for buffer in buffers:
                await receiver.append(buffer)

        feeding, turns = asyncio.create_task(feed()), 0
        while stored.statistics().queued < 32:
            await asyncio.sleep(0.001)
            turns += 1
        assert not receiver.append_immediately(stream.buffers()[-1])
        assert not feeding.done()
        assert turns > 0
        slow_disk.set()
        await feeding
        report = await writer.finish_writing_async()
        assert (report.tracks[0].appended, report.tracks[0].written) == (60, 60)

    asyncio.run(film())
    assert [s.number for s in scene.shown(path)] == list(range(60))


def test_a_new_format_does_not_wait_for_the_disk_either(tmp_path: Path, slow_disk: threading.Event) -> None:
    """To be checked, a format needs the file; while another track is being written, there is no room for it."""
    path, stream = tmp_path / "film.mov", scene.stream(count=60)

    async def film() -> None:
        writer = AssetWriter(path)
        first, second = (writer.input_receiver(scene.stored_input(hint=stream.format)) for _ in range(2))
        writer.start_writing()
        writer.start_session(0)
        second.finish()
        for buffer in stream.buffers()[:40]:
            await first.append(buffer)
        while writer._file.acquire(blocking=False):  # until the first track's thread holds it
            writer._file.release()
            await asyncio.sleep(0.001)
        assert first.append_immediately(_of_another_format(stream, 3)) is False
        waiting = asyncio.create_task(first.append(_of_another_format(stream, 3)))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        slow_disk.set()
        await waiting
        report = await writer.finish_writing_async()
        assert report.tracks[0].written == 41

    asyncio.run(film())


def _of_another_format(stream: scene.Stream, seconds: int) -> SampleBuffer:
    timing = SampleTiming(Time(seconds), Time.INVALID, Time(seconds))
    return SampleBuffer(stream.packets[0].data, stream.format.with_(width=32), timings=[timing])


def test_what_the_file_cannot_hold_is_told_at_the_call(path: Path) -> None:
    stream = scene.stream()

    async def film() -> None:
        writer = AssetWriter(path)
        receiver = writer.input_receiver(scene.stored_input(hint=stream.format))
        writer.start_writing()
        writer.start_session(0)
        for buffer in stream.buffers():
            await receiver.append(buffer)
        with pytest.raises(FrameError):
            await receiver.append(scene.sound_buffer(10, 9))
        assert (await writer.finish_writing_async()).tracks[0].written == 12

    asyncio.run(film())


def test_samples_handed_over_may_be_changed(path: Path) -> None:
    stream = scene.stream()

    async def film() -> None:
        writer = AssetWriter(path)
        receiver = writer.input_receiver(scene.stored_input(hint=stream.format))
        async with writer:
            writer.start_writing()
            writer.start_session(0)
            for packet in stream.packets:
                data = bytearray(packet.data)
                await receiver.append(stream.buffer(packet, data))  # type: ignore[arg-type]
                data[:] = bytes(len(data))

    asyncio.run(film())
    assert [s.number for s in scene.shown(path)] == list(range(12))


def test_a_disk_that_fails_is_told_by_the_next_call(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MovieWriter, "write_chunk", full)
    stream = scene.stream(count=60)

    async def film() -> AssetWriter:
        writer = AssetWriter(path)
        receiver = writer.input_receiver(scene.stored_input(hint=stream.format))
        writer.start_writing()
        writer.start_session(0)

        async def feed() -> None:
            for buffer in stream.buffers():
                await receiver.append(buffer)
            await writer.finish_writing_async()

        with pytest.raises(DiskFullError):
            await feed()
        return writer

    assert asyncio.run(film()).status is WriterStatus.FAILED
    assert scene.left(path.parent) == []
