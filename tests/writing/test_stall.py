"""A stall is found by whoever waits, told with a diagnosis, and never mistaken for silence.

Encoders hang at a gate that the test opens in the end, so that nothing is left behind.
"""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.writing import scene
from tests.writing.scene import audio_input, begun, filming, picture, video_input

from reelwright import AssetWriter, AssetWriterInput, Time, WriterStatus
from reelwright.containers.movie import MovieWriter
from reelwright.model.errors import InvalidArgumentError, InvalidStateError, OperationCancelledError, StalledError
from reelwright.model.kinds import OnFull
from reelwright.writing.queue import BoundedQueue
from reelwright.writing.stall import Stalled, StallWatch
from reelwright.writing.video_lane import VideoLane

SOON = 0.1  # seconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


@pytest.fixture
def hung(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Encoders of pictures hang from the third picture on; the event is set when one does, and the test frees them."""
    gate, reached = threading.Event(), threading.Event()
    feed = VideoLane.feed

    def hanging(lane: VideoLane, item: Any) -> Any:
        if item.time >= Time(2, 25):
            reached.set()
            assert gate.wait(20)
        return feed(lane, item)

    monkeypatch.setattr(VideoLane, "feed", hanging)
    yield reached
    gate.set()
    scene.wait_until(lambda: not _working(), "the thread did not end once it was free")


def _working() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("reelwright")]


@contextmanager
def held(lock: Any) -> Iterator[None]:
    """Another thread has the lock."""
    taken, gate = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            taken.set()
            assert gate.wait(20)

    holding = scene.Background(hold)
    assert taken.wait(5)
    yield
    gate.set()
    holding.result()


def impatient(writer: AssetWriter, hangs: threading.Event) -> None:
    """From now on, when something hangs, a moment is enough; before, a busy machine may be as slow as it likes."""
    assert hangs.wait(5)
    writer._watch.seconds = SOON


def feed(video: AssetWriterInput, count: int, first: int = 0) -> None:
    for number in range(first, count):
        video.append(picture(number), Time(number, 25))


# The watch -----------------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_time_out_nobody_ever_gives_up() -> None:
    clock = Clock()
    watch = StallWatch(None, clock)
    clock.now += 10**9
    assert watch.left(100) is None
    assert not watch.is_over(100)


def test_silence_before_the_wait_does_not_count() -> None:
    clock = Clock()
    watch = StallWatch(10, clock)
    clock.now += 1000
    assert watch.left(clock.now) == 10
    began = clock.now
    clock.now += 9
    assert (watch.left(began), watch.is_over(began)) == (1, False)
    clock.now += 1
    assert watch.is_over(began)
    assert watch.has_fired


@pytest.mark.parametrize("move", ["note", "wrote"])
def test_whatever_moves_puts_it_off(move: str) -> None:
    clock = Clock()
    watch = StallWatch(10, clock)
    asked = []

    def wait(seconds: float | None) -> bool:
        asked.append(seconds)
        assert seconds is not None
        clock.now += 6 if len(asked) == 1 else seconds
        if len(asked) == 1:
            watch.note() if move == "note" else watch.wrote(7)
        return False

    with pytest.raises(Stalled):
        watch.wait_for(wait)
    assert asked == [10, 10]
    assert watch.written == (7 if move == "wrote" else 0)


def test_once_it_has_fired_nobody_waits_long() -> None:
    clock = Clock()
    watch = StallWatch(10, clock)
    watch.has_fired = True
    left = watch.left(clock.now)
    assert left is not None
    assert 0 < left < 1
    assert watch.wait(lambda _: True), "who need not wait gets what it asked for"


def test_a_queue_gives_up_too() -> None:
    queue: BoundedQueue[str] = BoundedQueue(1, lambda: 0.0, StallWatch(0.01))
    queue.put("one", 1)
    with pytest.raises(Stalled):
        queue.reserve(OnFull.BLOCK)
    with pytest.raises(Stalled):
        queue.wait_for_room()
    assert queue.statistics().queued == 1


def test_a_queue_from_which_nothing_is_taken_stalls_although_it_drops() -> None:
    clock = Clock()
    watch = StallWatch(10, clock)
    queue: BoundedQueue[str] = BoundedQueue(1, clock, watch)
    queue.put("one", 1)
    clock.now += 100
    assert queue.reserve(OnFull.DROP_OLDEST) == ["one"], "it was silent before, not stalled"
    queue.put("two", 1)
    clock.now += 9
    assert queue.reserve(OnFull.DROP_OLDEST) == ["two"]
    queue.put("three", 1)
    clock.now += 1
    with pytest.raises(Stalled):
        queue.reserve(OnFull.DROP_OLDEST)


def test_a_queue_from_which_something_is_taken_may_drop_for_ever() -> None:
    clock = Clock()
    queue: BoundedQueue[str] = BoundedQueue(1, clock, StallWatch(10, clock))
    for _ in range(5):
        queue.put("one", 1)
        assert queue.reserve(OnFull.DROP_OLDEST) == ["one"]
        queue.put("two", 1)
        clock.now += 9
        assert queue.get() == "two"


# The setting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, -1, True, "soon", float("inf"), float("nan"), 1e300])
def test_a_time_out_is_checked_at_once(path: Path, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="stall_timeout") as caught:
        AssetWriter(path, stall_timeout=value)
    assert caught.value.hint
    writer = AssetWriter(path)
    with pytest.raises(InvalidArgumentError, match="stall_timeout"):
        writer.stall_timeout = value
    assert writer.stall_timeout is None


def test_it_is_fixed_by_the_start(path: Path) -> None:
    writer = AssetWriter(path, stall_timeout=20)
    assert writer.stall_timeout == 20
    writer.stall_timeout = 30
    writer.add(video := video_input())
    writer.start_writing()
    writer.start_session(0)
    with pytest.raises(InvalidStateError, match="stall_timeout"):
        writer.stall_timeout = None
    feed(video, 3)
    writer.finish_writing()
    assert writer.stall_timeout == 30


# Who waits -----------------------------------------------------------------------------------------------------------


def test_append_waits_in_vain(path: Path, hung: threading.Event) -> None:
    video, audio = video_input(), audio_input()
    writer = begun(path, video, audio, stall_timeout=60)
    audio.append(scene.sound_buffer(480))
    feed(video, 4)
    impatient(writer, hung)
    with pytest.raises(StalledError) as caught:
        feed(video, 50, first=4)
    error = caught.value
    assert isinstance(error, TimeoutError)
    assert (error.track, error.time) == (1, Time(9, 25))
    assert error.waiting == "append() waits for room in the queue of track 1"
    hanging, idle = error.inputs
    assert (hanging.encoder, hanging.queued, hanging.is_full, hanging.thread) == (
        "libx264",
        6,
        True,
        "reelwright-video",
    )
    assert (idle.encoder, idle.queued, idle.is_full, idle.thread) == ("AAC", 0, False, "")
    assert hanging.last_in is not None
    assert hanging.last_in >= SOON
    assert hanging.last_out is not None
    for words in ("track 1 (video, libx264): 6 waiting, full", "thread reelwright-video hangs", "0 bytes written"):
        assert words in str(error)
    assert writer.status is WriterStatus.FAILED
    assert scene.left(path.parent) == []
    with pytest.raises(StalledError, match="although append"):
        video.append(picture(99), 99)
    with pytest.raises(StalledError):
        audio.append(scene.sound_buffer(480, 1))
    with pytest.raises(StalledError):
        writer.finish_writing()
    writer.cancel_writing()


def test_finishing_waits_in_vain(path: Path, hung: threading.Event) -> None:
    video = video_input()
    writer = begun(path, video, stall_timeout=SOON)
    feed(video, 4)
    with pytest.raises(StalledError, match="although finish_writing") as caught:
        writer.finish_writing()
    assert caught.value.inputs[0].is_finished
    assert "no more to come" in str(caught.value)
    assert isinstance(writer.error, StalledError)
    assert scene.left(path.parent) == []


def test_leaving_the_block_raises_it_as_well(path: Path, hung: threading.Event) -> None:
    video = video_input()
    with pytest.raises(StalledError), filming(path, video, stall_timeout=SOON):
        feed(video, 4)
    assert scene.left(path.parent) == []


def test_a_request_block_waits_in_vain(path: Path, hung: threading.Event) -> None:
    """Nobody else waits, and yet the writer does not hang for ever."""
    video = video_input()
    writer = begun(path, video, stall_timeout=SOON)
    numbers = iter(range(1000))

    def block() -> None:
        while video.is_ready_for_more_media_data:
            number = next(numbers)
            video.append(picture(number), Time(number, 25))

    video.request_media_data_when_ready(block)
    scene.wait_until(lambda: writer.status is WriterStatus.FAILED, "it waits for ever")
    with pytest.raises(StalledError, match="a request block waits for room in the queue of track 1"):
        writer.finish_writing()


def test_a_request_block_that_hangs_itself(path: Path) -> None:
    gate, reached = threading.Event(), threading.Event()
    video = video_input()
    writer = begun(path, video, stall_timeout=SOON)

    def block() -> None:
        video.append(picture(0), 0)
        reached.set()
        assert gate.wait(20)

    video.request_media_data_when_ready(block)
    assert reached.wait(5)
    with pytest.raises(StalledError, match="although finish_writing"):
        writer.finish_writing()
    gate.set()
    scene.wait_until(lambda: not _working(), "the block's thread did not end")


def test_a_receiver_waits_in_vain(path: Path, hung: threading.Event) -> None:
    async def film() -> AssetWriter:
        writer = AssetWriter(path, stall_timeout=SOON)
        receiver = writer.input_pixel_buffer_receiver(video_input())
        writer.start_writing()
        writer.start_session(0)

        async def feed() -> None:
            for number in range(50):
                await receiver.append(picture(number), Time(number, 25))

        with pytest.raises(StalledError, match="a receiver waits for room"):
            await feed()
        return writer

    assert asyncio.run(film()).status is WriterStatus.FAILED
    assert scene.left(path.parent) == []


def test_cancelling_leaves_what_hangs_and_says_so(path: Path, hung: threading.Event) -> None:
    video = video_input()
    writer = begun(path, video, stall_timeout=SOON)
    feed(video, 4)
    assert hung.wait(5)
    with pytest.warns(ResourceWarning, match="reelwright-video hangs"):
        writer.cancel_writing()
    assert writer.status is WriterStatus.CANCELLED
    assert scene.left(path.parent) == []
    with pytest.raises(OperationCancelledError):
        video.append(picture(9), 9)


def test_silence_is_no_stall(path: Path) -> None:
    """Nothing has moved for longer than the time-out whenever the source says something, and when it ends."""
    video = video_input(queue_size=1)
    with filming(path, video, stall_timeout=60) as writer:
        for number in range(8):
            writer._watch._moved -= 1000
            video.append(picture(number), Time(number, 25))
        writer._watch._moved -= 1000
    assert len(scene.shown(path)) == 8


def test_slow_is_not_hung(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finishing waits for longer than the time-out, but something moves all the while."""
    feed_once, gate, clock = VideoLane.feed, threading.Event(), Clock()

    def slow(lane: VideoLane, item: Any) -> Any:
        assert gate.wait(20)
        clock.now += 40
        return feed_once(lane, item)

    monkeypatch.setattr(VideoLane, "feed", slow)
    video = video_input(queue_size=12)
    with filming(path, video, stall_timeout=60) as writer:
        writer._watch._clock = clock
        writer._watch.note()
        feed(video, 12)
        gate.set()
    assert clock.now > 100 + 400
    assert len(scene.shown(path)) == 12


# A disk that hangs ---------------------------------------------------------------------------------------------------


def test_a_disk_that_hangs_is_told_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that writes holds the file: nobody hangs with it, and it deletes the file when it comes back."""
    gate, is_hung = threading.Event(), threading.Event()

    def hanging(*_: Any) -> None:
        is_hung.set()
        assert gate.wait(20)

    monkeypatch.setattr(MovieWriter, "write_chunk", hanging)
    video = video_input()
    writer = begun(path, video, stall_timeout=60)
    feed(video, 28)  # a chunk holds a second
    impatient(writer, is_hung)
    with pytest.raises(StalledError) as caught:
        feed(video, 100, first=28)
    assert any("hangs while it writes" in note for note in caught.value.__notes__)
    assert writer.status is WriterStatus.FAILED
    assert len(scene.left(path.parent)) == 1
    gate.set()
    scene.wait_until(lambda: not _working(), "the thread did not end once it was free")
    assert scene.left(path.parent) == []


def test_stored_samples_wait_for_a_disk_that_hangs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One track's append hangs in the disk; another's, and the end, wait for it in vain."""
    gate, is_hung = threading.Event(), threading.Event()

    def hanging(*_: Any) -> None:
        is_hung.set()
        assert gate.wait(20)

    monkeypatch.setattr(MovieWriter, "write_chunk", hanging)
    stream = scene.stream(count=60)
    first, second = (scene.stored_input(hint=stream.format) for _ in range(2))
    writer = begun(path, first, second, stall_timeout=60)
    second.mark_as_finished()

    def store() -> None:
        for buffer in stream.buffers():
            first.append(buffer)

    storing = scene.Background(store)
    impatient(writer, is_hung)
    with pytest.raises(StalledError, match="although the end waits for an append of track 1"):
        writer.finish_writing()
    gate.set()
    with pytest.raises(StalledError):
        storing.result()
    assert scene.left(path.parent) == []


def test_an_append_waits_for_the_file_of_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = scene.stream()
    stored = scene.stored_input(hint=stream.format)
    writer = begun(path, stored, stall_timeout=SOON)
    stored.append(stream.buffers()[0])
    with held(writer._file), pytest.raises(StalledError, match=r"append\(\) waits for the file of track 1"):
        stored.append(stream.buffers()[1])
    assert writer.status is WriterStatus.FAILED
    writer._discard()


# The error -----------------------------------------------------------------------------------------------------------


def test_the_error_can_be_kept_copied_and_sent(path: Path, hung: threading.Event) -> None:
    video = video_input()
    writer = begun(path, video, stall_timeout=SOON)
    feed(video, 4)
    with pytest.raises(StalledError) as caught:
        writer.finish_writing()
    for other in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        assert str(other) == str(caught.value)
        assert (other.inputs, other.waiting) == (caught.value.inputs, caught.value.waiting)
        assert other.path == str(path)
