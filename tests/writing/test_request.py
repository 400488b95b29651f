"""``request_media_data_when_ready``: the block is called while there is room, and neither too often nor too late."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.writing import scene
from tests.writing.scene import audio_input, begun, picture, video_input

from reelwright import AssetWriterInput, Time, WriterStatus
from reelwright.model.errors import (
    EncodeError,
    InvalidArgumentError,
    InvalidStateError,
    OperationCancelledError,
    ReelwrightError,
)
from reelwright.writing.video_lane import VideoLane


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


@pytest.fixture(params=["thread", "executor"])
def on(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    if request.param == "thread":
        yield None
        return
    with ThreadPoolExecutor(2) as executor:
        yield executor


class Source:
    """Numbered pictures; ``block`` appends them as a block should."""

    def __init__(self, input: AssetWriterInput, count: int) -> None:
        self.input, self.numbers, self.calls = input, iter(range(count)), 0
        self.ended = threading.Event()
        self.threads: set[str] = set()

    def block(self) -> None:
        self.calls += 1
        self.threads.add(threading.current_thread().name)
        while self.input.is_ready_for_more_media_data:
            number = next(self.numbers, None)
            if number is None:
                self.input.mark_as_finished()
                self.ended.set()
                return
            self.input.append_nowait(picture(number), Time(number, 25))


def test_a_film_by_request(path: Path, on: Executor | None) -> None:
    video = video_input()
    writer = begun(path, video)
    source = Source(video, 60)
    video.request_media_data_when_ready(source.block, on=on)
    assert source.ended.wait(10)
    assert writer.finish_writing().tracks[0].written == 60
    assert source.calls >= 2, "it is called again when there is room again"
    assert [s.number for s in scene.shown(path)] == list(range(60))
    assert threading.current_thread().name not in source.threads


def test_pictures_and_sound_by_request(path: Path) -> None:
    video, audio = video_input(), audio_input()
    writer = begun(path, video, audio)
    source = Source(video, 50)
    starts = iter(range(0, 96000, 4800))
    done = threading.Event()

    def sound() -> None:
        while audio.is_ready_for_more_media_data:
            start = next(starts, None)
            if start is None:
                audio.mark_as_finished()
                done.set()
                return
            audio.append(scene.sound_buffer(4800, Time(start, scene.RATE), start))

    video.request_media_data_when_ready(source.block)
    audio.request_media_data_when_ready(sound)
    assert done.wait(10)
    assert source.ended.wait(10)
    report = writer.finish_writing()
    assert [track.appended for track in report.tracks] == [50, 96000]


def test_a_block_that_appends_one_at_a_time_is_not_held_up(path: Path) -> None:
    """Pauses are for blocks that had nothing."""
    video = video_input()
    writer = begun(path, video)
    numbers = iter(range(100))
    done = threading.Event()

    def block() -> None:
        number = next(numbers, None)
        if number is None:
            video.mark_as_finished()
            done.set()
        else:
            video.append(picture(number), Time(number, 25))

    began = clock.monotonic()
    video.request_media_data_when_ready(block)
    assert done.wait(10)
    assert clock.monotonic() - began < 0.9, "a pause of 10 ms for each of 100 would be a second"
    writer.finish_writing()


def test_a_block_that_has_nothing_is_called_again_but_does_not_spin(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    calls = []
    video.request_media_data_when_ready(lambda: calls.append(1))
    scene.wait_until(lambda: len(calls) >= 3, "it is not called again")
    before = len(calls)
    clock.sleep(0.1)
    assert len(calls) - before <= 15
    video.append(picture(0), 0)
    writer.finish_writing()
    after = len(calls)
    clock.sleep(0.05)
    assert len(calls) == after, "it is called after the end"


@pytest.mark.parametrize("end", ["finish", "cancel", "fail", "end_session", "mark"])
def test_it_is_not_called_after_the_end(path: Path, on: Executor | None, end: str) -> None:
    video = video_input()
    writer = begun(path, video)
    calls = []
    video.append(picture(0), 0)
    video.request_media_data_when_ready(lambda: calls.append(1), on=on)
    scene.wait_until(lambda: len(calls) > 0, "it is not called")
    {
        "finish": writer.finish_writing,
        "cancel": writer.cancel_writing,
        "fail": lambda: writer._fail(EncodeError("broken")),
        "end_session": lambda: writer.end_session(1),
        "mark": video.mark_as_finished,
    }[end]()
    clock.sleep(0.02)
    after = len(calls)
    clock.sleep(0.05)
    assert len(calls) == after
    if end in ("end_session", "mark"):
        writer.finish_writing()
        assert writer.status is WriterStatus.COMPLETED


@pytest.mark.parametrize("kind", [ZeroDivisionError, SystemExit])
def test_what_a_block_raises_fails_the_writer(path: Path, on: Executor | None, kind: type[BaseException]) -> None:
    video = video_input()
    writer = begun(path, video)

    def block() -> None:
        raise kind("my mistake")

    video.request_media_data_when_ready(block, on=on)
    scene.wait_until(lambda: writer.status is WriterStatus.FAILED, "it does not fail")
    assert kind.__name__ in str(writer.error)
    assert "my mistake" in str(writer.error)
    assert writer.error is not None
    assert writer.error.track == 1
    assert any("in block" in note for note in writer.error.__notes__), "where it happened is told"
    with pytest.raises(ReelwrightError, match="my mistake"):
        video.append(picture(0), 0)
    assert scene.left(path.parent) == []


def test_a_mistake_of_ours_keeps_its_type(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    video.request_media_data_when_ready(lambda: video.append(picture(0), None))
    scene.wait_until(lambda: writer.status is WriterStatus.FAILED, "it does not fail")
    assert isinstance(writer.error, InvalidArgumentError)


def test_once_is_enough(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    source = Source(video, 3)
    video.request_media_data_when_ready(source.block)
    with pytest.raises(InvalidStateError, match="before"):
        video.request_media_data_when_ready(source.block)
    assert source.ended.wait(5)
    assert writer.finish_writing().tracks[0].written == 3


def test_what_cannot_be_called_is_refused(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    with pytest.raises(InvalidArgumentError, match="function"):
        video.request_media_data_when_ready("block")  # type: ignore[arg-type]
    video.request_media_data_when_ready(Source(video, 1).block)
    writer.cancel_writing()


def test_an_executor_that_is_shut_down(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        video.request_media_data_when_ready(lambda: None, on=executor)
    source = Source(video, 2)
    video.request_media_data_when_ready(source.block)
    assert source.ended.wait(5)
    writer.finish_writing()


def test_an_executor_that_never_comes_to_it_holds_nobody_up(path: Path) -> None:
    busy, calls = threading.Event(), []
    with ThreadPoolExecutor(1) as executor:
        executor.submit(busy.wait)
        video = video_input()
        writer = begun(path, video)
        video.append(picture(0), 0)
        video.request_media_data_when_ready(lambda: calls.append(1), on=executor)
        try:
            assert scene.Background(writer.finish_writing).result(5).tracks[0].written == 1
        finally:
            busy.set()
    assert calls == []


def test_finishing_waits_for_the_call_under_way(path: Path, on: Executor | None) -> None:
    """What the block still appends belongs to the film, even if ``finish_writing`` was called meanwhile."""
    video = video_input()
    writer = begun(path, video)
    inside, go_on = threading.Event(), threading.Event()

    def block() -> None:
        video.append(picture(0), 0)
        inside.set()
        assert go_on.wait(10)
        for number in range(1, 20):
            video.append(picture(number), Time(number, 25))

    video.request_media_data_when_ready(block, on=on)
    assert inside.wait(5)
    finishing = scene.Background(writer.finish_writing)
    scene.wait_until(lambda: not video.is_ready_for_more_media_data, "it does not finish")
    with pytest.raises(InvalidStateError):
        video.append(picture(99), 99)
    go_on.set()
    assert finishing.result().tracks[0].written == 20


def test_not_after_the_sessions_end(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    inside, go_on = threading.Event(), threading.Event()
    errors = []

    def block() -> None:
        video.append(picture(0), 0)
        inside.set()
        assert go_on.wait(10)
        try:
            video.append(picture(1), 1)
        except InvalidStateError as error:
            errors.append(error)

    video.request_media_data_when_ready(block)
    assert inside.wait(5)
    writer.end_session(1)
    finishing = scene.Background(writer.finish_writing)
    scene.wait_until(lambda: writer._life.phase.value == "finishing", "it does not finish")
    go_on.set()
    assert finishing.result().tracks[0].written == 1
    assert len(errors) == 1


@pytest.mark.parametrize("call", ["finish_writing", "cancel_writing"])
def test_the_block_may_end_the_writer_itself(path: Path, on: Executor | None, call: str) -> None:
    video, other = video_input(), video_input()
    writer = begun(path, video, other)
    done = threading.Event()
    outcome: list[Any] = []

    def block() -> None:
        for number in range(10):
            video.append(picture(number), Time(number, 25))
        outcome.append(getattr(writer, call)())
        done.set()

    other_calls = []
    other.request_media_data_when_ready(lambda: other_calls.append(1))
    video.request_media_data_when_ready(block, on=on)
    assert done.wait(10), "it waits for itself"
    if call == "finish_writing":
        assert outcome[0].tracks[0].written == 10
        assert writer.status is WriterStatus.COMPLETED
    else:
        assert writer.status is WriterStatus.CANCELLED
        assert scene.left(path.parent) == []


def test_cancelling_while_a_blocks_append_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    feed = VideoLane.feed

    def waiting(lane: VideoLane, item: Any) -> Any:
        assert gate.wait(20)
        return feed(lane, item)

    monkeypatch.setattr(VideoLane, "feed", waiting)
    video = video_input()
    writer = begun(path, video)
    errors: list[BaseException] = []

    def block() -> None:
        try:
            for number in range(50):
                video.append(picture(number), Time(number, 25))
        except BaseException as error:
            errors.append(error)
            raise

    video.request_media_data_when_ready(block)
    scene.wait_until(lambda: video.statistics().waits > 0, "it does not wait")
    cancelling = scene.Background(writer.cancel_writing)
    scene.wait_until(lambda: len(errors) == 1, "it is not woken")
    gate.set()
    cancelling.result()
    assert isinstance(errors[0], OperationCancelledError)
    assert writer.status is WriterStatus.CANCELLED
    assert scene.left(path.parent) == []


def test_a_block_may_open_the_session(path: Path) -> None:
    """Readiness comes with the start, as in AVFoundation: clients look at it and open the session then."""
    video = video_input()
    writer = begun(path, video, session=None)
    opened = []
    done = threading.Event()
    block: Callable[[], None]

    def block() -> None:
        if not opened:
            opened.append(1)
            writer.start_session(1)
        video.append(picture(0), 1)
        video.mark_as_finished()
        done.set()

    video.request_media_data_when_ready(block)
    assert done.wait(5)
    assert writer.finish_writing().tracks[0].start == 0
