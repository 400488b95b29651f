"""The writer: what may be called when, how it begins and how it ends."""

from __future__ import annotations

import asyncio
import gc
import io
import multiprocessing
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.writing import scene
from tests.writing.scene import Background, audio_input, begun, filming, left, picture, stored_input, video_input

from reelwright import (
    AssetWriter,
    AssetWriterInput,
    AssetWriterInputPixelBufferAdaptor,
    AudioFormat,
    AudioSettings,
    BufferAttachment,
    EncoderSpecification,
    FileType,
    FormatDescription,
    MediaType,
    SampleBuffer,
    Time,
    VideoCodec,
    VideoSettings,
    WriterStatus,
)
from reelwright.codecs.video_encoder import VideoEncoder
from reelwright.model.errors import (
    EncodeError,
    EncoderNotFoundError,
    InvalidArgumentError,
    InvalidStateError,
    OperationCancelledError,
    OutputExistsError,
    OutputNotFoundError,
    OutputPermissionError,
    ReelwrightError,
    SettingsError,
    TimestampError,
    WritingIncompleteError,
)
from reelwright.storage.destination import BufferedDestination
from reelwright.writing.asset_writer import _unfinished

HINT = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=64, height=64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def appended(input: AssetWriterInput, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        input.append(picture(number), Time(number, 25))


# Every state ----------------------------------------------------------------------------------------------------------


class Stage:
    """A writer with one input in a state, and how to get rid of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.input = video_input()
        self.writer = AssetWriter(path)
        self.writer.add(self.input)

    def started(self) -> None:
        self.writer.start_writing()

    def in_session(self) -> None:
        self.started()
        self.writer.start_session(0)

    def after_a_picture(self) -> None:
        self.in_session()
        appended(self.input, 2)

    def ended(self) -> None:
        self.after_a_picture()
        self.writer.end_session(1)

    def finished(self) -> None:
        self.after_a_picture()
        self.writer.finish_writing()

    def failed(self) -> None:
        self.after_a_picture()
        self.writer._fail(EncodeError("broken"), self.input, Time(1, 25))

    def cancelled(self) -> None:
        self.after_a_picture()
        self.writer.cancel_writing()


STAGES = ("new", "started", "in_session", "ended", "finished", "failed", "cancelled")
LATE = STAGES[1:]


@pytest.fixture
def stage(request: pytest.FixtureRequest, path: Path) -> Iterator[Stage]:
    found = Stage(path)
    if request.param != "new":
        getattr(found, request.param)()
    yield found
    found.writer.cancel_writing()


def at(*stages: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("stage", stages, indirect=True)


SETTERS: dict[str, Callable[[Stage], None]] = {
    "should_optimize_for_network_use": lambda s: setattr(s.writer, "should_optimize_for_network_use", True),
    "directory_for_temporary_files": lambda s: setattr(s.writer, "directory_for_temporary_files", "/tmp"),
    "movie_time_scale": lambda s: setattr(s.writer, "movie_time_scale", 600),
    "transform": lambda s: setattr(s.input, "transform", (0, 1, -1, 0, 64, 0)),
    "media_time_scale": lambda s: setattr(s.input, "media_time_scale", 600),
}
ADDERS: dict[str, Callable[[Stage], Any]] = {
    "add": lambda s: s.writer.add(audio_input()),
    "input_receiver": lambda s: s.writer.input_receiver(audio_input()),
    "input_pixel_buffer_receiver": lambda s: s.writer.input_pixel_buffer_receiver(video_input()),
    "adaptor": lambda s: AssetWriterInputPixelBufferAdaptor(s.input),
}


@at("new")
@pytest.mark.parametrize("name", [*SETTERS, *ADDERS])
def test_everything_is_configured_before_the_start(stage: Stage, name: str) -> None:
    (SETTERS | ADDERS)[name](stage)
    if name in SETTERS:
        owner = stage.input if hasattr(AssetWriterInput, name) else stage.writer
        assert getattr(owner, name) in (True, "/tmp", 600, (0, 1, -1, 0, 64, 0))


@at(*LATE)
@pytest.mark.parametrize("name", [*SETTERS, *ADDERS])
def test_nothing_is_configured_after_the_start(stage: Stage, name: str) -> None:
    before = len(stage.writer.inputs)
    with pytest.raises(InvalidStateError, match=r"status \d") as caught:
        (SETTERS | ADDERS)[name](stage)
    if name in SETTERS:
        assert name in str(caught.value)
    assert len(stage.writer.inputs) == before
    assert not stage.writer.should_optimize_for_network_use
    assert stage.input.media_time_scale == 0


CALLS: dict[str, Callable[[Stage], Any]] = {
    "start_writing": lambda s: s.writer.start_writing(),
    "start": lambda s: s.writer.start(),
    "start_session": lambda s: s.writer.start_session(0),
    "end_session": lambda s: s.writer.end_session(1),
    "append": lambda s: s.input.append(picture(9), 9),
    "append_nowait": lambda s: s.input.append_nowait(picture(9), 9),
    "mark_as_finished": lambda s: s.input.mark_as_finished(),
    "request": lambda s: s.input.request_media_data_when_ready(lambda: None),
    "finish_writing": lambda s: s.writer.finish_writing(),
}
ILLEGAL = {
    "new": ["start_session", "end_session", "append", "append_nowait", "mark_as_finished", "request", "finish_writing"],
    "started": ["start_writing", "start", "end_session", "append", "append_nowait"],
    "in_session": ["start_writing", "start", "start_session"],
    "ended": ["start_writing", "start", "start_session", "end_session", "append", "append_nowait"],
    "finished": list(CALLS),
    "failed": ["start_writing", "start"],
    "cancelled": ["start_writing", "start"],
}


@pytest.mark.parametrize(
    ("stage", "call"), [(stage, call) for stage in STAGES for call in ILLEGAL[stage]], indirect=["stage"]
)
def test_a_call_at_the_wrong_moment_is_refused_and_changes_nothing(stage: Stage, call: str) -> None:
    before = stage.writer.status
    with pytest.raises(InvalidStateError) as caught:
        CALLS[call](stage)
    assert not isinstance(caught.value, OperationCancelledError)
    assert caught.value.hint
    assert stage.writer.status is before


@at("failed")
@pytest.mark.parametrize(
    "call", ["start_session", "end_session", "append", "append_nowait", "request", "finish_writing"]
)
def test_a_failed_writer_raises_its_error_anew(stage: Stage, call: str) -> None:
    assert stage.writer.status is WriterStatus.FAILED
    seen = []
    for _ in range(3):
        with pytest.raises(EncodeError, match="broken") as caught:
            CALLS[call](stage)
        seen.append((caught.value, len(caught.traceback)))
    (first, depth), *others = seen
    assert all(error is not first and length == depth for error, length in others), "tracebacks grow"
    assert (first.track, first.time, first.path) == (1, Time(1, 25), str(stage.path))
    assert stage.writer.error is not None
    assert (stage.writer.error.track, stage.writer.error.time) == (1, Time(1, 25))
    assert stage.writer.error.__traceback__ is None


@at("cancelled")
@pytest.mark.parametrize(
    "call", ["start_session", "end_session", "append", "append_nowait", "request", "finish_writing"]
)
def test_a_cancelled_writer_says_so(stage: Stage, call: str) -> None:
    with pytest.raises(OperationCancelledError) as caught:
        CALLS[call](stage)
    assert caught.value.code == -11878
    assert stage.writer.status is WriterStatus.CANCELLED
    assert stage.writer.error is None, "only a failure has an error"


@at("failed", "cancelled")
def test_marking_as_finished_and_cancelling_are_harmless_afterwards(stage: Stage) -> None:
    before = stage.writer.status
    stage.input.mark_as_finished()
    stage.writer.cancel_writing()
    assert stage.writer.status is before


@at(*STAGES)
def test_readiness_and_status(stage: Stage, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["stage"]
    assert stage.input.is_ready_for_more_media_data is (name in ("started", "in_session"))
    expected = {"new": 0, "finished": 2, "failed": 3, "cancelled": 4}.get(name, 1)
    assert stage.writer.status == expected
    assert (stage.writer.error is not None) is (name == "failed")
    assert (stage.writer.report is not None) is (name == "finished")


@at("in_session", "started", "ended")
def test_a_finished_input_takes_nothing(stage: Stage) -> None:
    stage.input.mark_as_finished()
    assert not stage.input.is_ready_for_more_media_data
    with pytest.raises(InvalidStateError):
        stage.input.append(picture(5), 5)
    stage.input.mark_as_finished()


def test_what_is_refused_says_that_the_input_is_finished(path: Path) -> None:
    video = video_input()
    with filming(path, video):
        appended(video, 2)
        video.mark_as_finished()
        with pytest.raises(InvalidStateError, match="marked as finished"):
            video.append(picture(2), 2)


@at("new")
def test_an_input_without_a_writer(stage: Stage) -> None:
    alone = video_input()
    for call in (
        lambda: alone.append(picture(0), 0),
        alone.mark_as_finished,
        lambda: alone.request_media_data_when_ready(lambda: None),
    ):
        with pytest.raises(InvalidStateError, match=r"writer\.add\(input\)"):
            call()
    assert not alone.is_ready_for_more_media_data


# Beginning ------------------------------------------------------------------------------------------------------------


def failing_start(writer: AssetWriter, kind: type[ReelwrightError], code: int | None = None) -> ReelwrightError:
    """``start_writing`` raises, status and error tell why, and starting again is a wrong call."""
    with pytest.raises(kind) as caught:
        writer.start_writing()
    assert writer.status is WriterStatus.FAILED
    assert type(writer.error) is type(caught.value)
    assert str(writer.error) == str(caught.value)
    if code is not None:
        assert caught.value.code == code
    with pytest.raises(InvalidStateError, match="status 3"):
        writer.start_writing()
    with pytest.raises(kind):
        writer.start_session(0)
    return caught.value


def test_an_existing_file_is_an_error_of_the_start(path: Path) -> None:
    path.write_bytes(b"old")
    writer = AssetWriter(path)
    writer.add(video_input())
    error = failing_start(writer, OutputExistsError, -11823)
    assert error.path == str(path)
    assert "overwrite=True" in str(error)
    assert path.read_bytes() == b"old"
    assert left(path.parent) == ["film.mp4"]


def test_an_old_file_is_replaced_only_by_a_whole_film(path: Path) -> None:
    path.write_bytes(b"old")
    video = video_input()

    def broken_off() -> None:
        with filming(path, video, overwrite=True):
            appended(video, 2)
            assert path.read_bytes() == b"old"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_off()
    assert path.read_bytes() == b"old"
    video = video_input()
    with filming(path, video, overwrite=True):
        appended(video, 2)
    assert len(scene.shown(path)) == 2


def test_a_missing_folder(tmp_path: Path) -> None:
    writer = AssetWriter(tmp_path / "missing" / "film.mp4")
    writer.add(video_input())
    error = failing_start(writer, OutputNotFoundError)
    assert error.path == str(tmp_path / "missing" / "film.mp4")
    assert left(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_folder_that_may_not_be_written(path: Path) -> None:
    path.parent.chmod(0o555)
    root = os.geteuid() == 0
    writer = AssetWriter(path)
    writer.add(video_input())
    try:
        if root:
            os.seteuid(65534)
        failing_start(writer, OutputPermissionError, -11884)
    finally:
        if root:
            os.seteuid(0)
        path.parent.chmod(0o755)


def test_no_inputs(path: Path) -> None:
    failing_start(AssetWriter(path), InvalidStateError, -11875)
    assert left(path.parent) == []


@pytest.mark.parametrize("encoder", ["libx265", "h264_nonesuch"])
def test_an_encoder_that_is_not_there_is_noticed_at_the_start(path: Path, encoder: str) -> None:
    writer = AssetWriter(path)
    writer.add(audio_input())
    writer.add(video_input(settings={"encoder_specification": EncoderSpecification(encoder_id=encoder)}))
    error = failing_start(writer, EncoderNotFoundError, -11834)
    assert error.track == 2
    assert encoder in str(error)
    assert left(path.parent) == []


def test_a_closed_file_object() -> None:
    target = io.BytesIO()
    writer = AssetWriter(target, FileType.MP4)
    writer.add(video_input())
    target.close()
    failing_start(writer, InvalidArgumentError)


def test_an_interrupted_start_stays_an_interrupt(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: BufferedDestination) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BufferedDestination, "open", interrupt)
    writer = AssetWriter(path)
    writer.add(video_input())
    with pytest.raises(KeyboardInterrupt):
        writer.start_writing()
    assert writer.status is WriterStatus.FAILED


@pytest.mark.parametrize(
    "make",
    [
        lambda: AssetWriter("film"),
        lambda: AssetWriter("film.xyz"),
        lambda: AssetWriter("film.mp4", "nonsense"),
        lambda: AssetWriter(io.BytesIO()),
        lambda: AssetWriter(None, FileType.MP4),
        lambda: AssetWriter("http://example.org/film.mp4"),
        lambda: AssetWriter(io.StringIO(), FileType.MP4),
    ],
)
def test_a_target_that_can_never_be_right_is_refused_at_once(make: Callable[[], AssetWriter]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert caught.value.hint


def test_what_a_writer_knows_about_itself(path: Path) -> None:
    writer = AssetWriter(path)
    assert writer.output_url == str(path)
    assert writer.output_file_type is FileType.MP4
    assert MediaType.VIDEO in writer.available_media_types
    assert MediaType.TIMECODE not in writer.available_media_types
    assert writer.inputs == ()
    assert writer.report is None
    assert not writer.should_optimize_for_network_use
    assert (writer.directory_for_temporary_files, writer.movie_time_scale) == (None, 0)
    assert "film.mp4" in repr(writer)
    assert "UNKNOWN" in repr(writer)
    assert AssetWriter(path, "MOV").output_file_type is FileType.MOV
    assert AssetWriter(io.BytesIO(), FileType.M4A).output_url is None
    assert AssetWriter(path.with_suffix(".wav")).available_media_types == ()


@pytest.mark.parametrize("value", [-1, 2**31, 1.5, "600", True])
def test_movie_time_scale_is_checked(path: Path, value: Any) -> None:
    writer = AssetWriter(path)
    with pytest.raises(InvalidArgumentError, match="movie time scale"):
        writer.movie_time_scale = value


# Adding ---------------------------------------------------------------------------------------------------------------

AAC = AudioSettings(AudioFormat.AAC, 48000, 2)
PCM = AudioSettings(AudioFormat.LINEAR_PCM, 48000, 2)
H264 = VideoSettings(VideoCodec.H264, 64, 64)
SOUND_HINT = FormatDescription(media_type=MediaType.AUDIO, media_subtype="mp4a", sample_rate=48000, channels=2)
ADD_MATRIX = [
    # suffix, media type, settings, hint, whether it may be added
    ("mp4", MediaType.VIDEO, H264, None, True),
    ("mp4", MediaType.AUDIO, AAC, None, True),
    ("mp4", MediaType.VIDEO, None, None, False),
    ("mp4", MediaType.VIDEO, None, HINT, True),
    ("mp4", MediaType.TIMECODE, None, None, False),
    ("mov", MediaType.VIDEO, None, None, True),
    ("mov", MediaType.AUDIO, PCM, None, True),
    ("mov", MediaType.TIMECODE, None, None, True),
    ("m4a", MediaType.AUDIO, AAC, None, True),
    ("m4a", MediaType.AUDIO, PCM, None, False),
    ("m4a", MediaType.VIDEO, H264, None, False),
    ("m4a", MediaType.AUDIO, None, None, False),
    ("m4a", MediaType.AUDIO, None, SOUND_HINT, True),
    ("wav", MediaType.AUDIO, PCM, None, False),
]


@pytest.mark.parametrize(("suffix", "kind", "settings", "hint", "fits"), ADD_MATRIX)
def test_what_may_be_added(tmp_path: Path, suffix: str, kind: MediaType, settings: Any, hint: Any, fits: bool) -> None:
    writer = AssetWriter(tmp_path / f"film.{suffix}")
    input = AssetWriterInput(kind, settings, hint)
    assert writer.can_add(input) is fits
    if fits:
        writer.add(input)
        assert writer.inputs == (input,)
    else:
        with pytest.raises(InvalidArgumentError) as caught:
            writer.add(input)
        assert caught.value.hint
        assert writer.inputs == ()
        assert AssetWriter(tmp_path / "film.mov").can_add(input), "a refused input belongs to nobody"


def test_the_missing_hint_is_named(path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="source_format_hint"):
        AssetWriter(path).add(stored_input())


def test_an_input_belongs_to_one_writer(path: Path) -> None:
    writer, input = AssetWriter(path), video_input()
    writer.add(input)
    for other in (writer, AssetWriter(path)):
        assert not other.can_add(input)
        with pytest.raises(InvalidStateError, match="belongs to a writer"):
            other.add(input)


def test_can_add_is_false_after_the_start(path: Path) -> None:
    writer = begun(path, video_input())
    assert not writer.can_add(audio_input())
    writer.cancel_writing()


@pytest.mark.parametrize(
    ("suffix", "settings", "kind", "fits"),
    [
        ("mp4", H264, "vide", True),
        ("mp4", {"AVVideoCodecKey": "avc1", "AVVideoWidthKey": 64, "AVVideoHeightKey": 64}, MediaType.VIDEO, True),
        ("mp4", {"AVVideoCodecKey": "nonsense"}, MediaType.VIDEO, False),
        ("mp4", AAC, MediaType.VIDEO, False),
        ("mp4", H264, MediaType.TEXT, False),
        ("m4a", PCM, MediaType.AUDIO, False),
        ("mov", PCM, "audio", True),
        ("m4a", H264, MediaType.VIDEO, False),
        ("mov", None, MediaType.TIMECODE, True),
        ("mp4", None, MediaType.TIMECODE, False),
    ],
)
def test_can_apply(tmp_path: Path, suffix: str, settings: Any, kind: Any, fits: bool) -> None:
    assert AssetWriter(tmp_path / f"film.{suffix}").can_apply(settings, kind) is fits


# Sessions: wrong times ------------------------------------------------------------------------------------------------

NO_TIMES = [Time.INVALID, Time.INDEFINITE, Time.POSITIVE_INFINITY, Time.NEGATIVE_INFINITY]


@pytest.mark.parametrize("time", NO_TIMES)
def test_a_session_needs_numeric_times(path: Path, time: Time) -> None:
    video = video_input()
    writer = begun(path, video, session=None)
    with pytest.raises(TimestampError, match="start_session"):
        writer.start_session(time)
    writer.start_session(3)
    with pytest.raises(TimestampError, match="end_session"):
        writer.end_session(time)
    with pytest.raises(TimestampError, match="before its start"):
        writer.end_session(Time(299, 100))
    video.append(picture(1), 3)
    writer.cancel_writing()


@pytest.mark.parametrize("time", ["soon", None, float("nan"), True])
def test_a_session_needs_times_at_all(path: Path, time: Any) -> None:
    writer = begun(path, video_input(), session=None)
    with pytest.raises(InvalidArgumentError):
        writer.start_session(time)
    writer.cancel_writing()


# Ending ---------------------------------------------------------------------------------------------------------------


def test_finishing_gives_a_film_and_a_report(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    appended(video, 5)
    report = writer.finish_writing()
    assert writer.report is report
    assert writer.status is WriterStatus.COMPLETED
    assert writer.error is None
    assert [s.number for s in scene.shown(path)] == list(range(5))
    assert left(path.parent) == ["film.mp4"]
    writer.cancel_writing()
    assert path.exists(), "cancelling comes too late"
    assert writer.status is WriterStatus.COMPLETED


def test_nothing_appended_is_no_film(path: Path) -> None:
    writer = begun(path, video_input())
    with pytest.raises(InvalidStateError, match="nothing was appended") as caught:
        writer.finish_writing()
    assert caught.value.code == -11800
    assert writer.status is WriterStatus.FAILED
    assert left(path.parent) == []


def test_finishing_without_a_session(path: Path) -> None:
    writer = begun(path, video_input(), session=None)
    with pytest.raises(InvalidStateError, match="nothing was appended"):
        writer.finish_writing()
    assert left(path.parent) == []


class Slow:
    """Holds up the encoder until told otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on, self.reached = threading.Event(), threading.Event()
        original = VideoEncoder.encode

        def encode(encoder: VideoEncoder, *arguments: Any, **options: Any) -> Any:
            self.reached.set()
            assert self.go_on.wait(20)
            return original(encoder, *arguments, **options)

        monkeypatch.setattr(VideoEncoder, "encode", encode)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    found = Slow(monkeypatch)
    yield found
    found.go_on.set()


def test_finishing_while_finishing(path: Path, slow: Slow) -> None:
    video = video_input()
    writer = begun(path, video)
    appended(video, 3)
    finishing = Background(writer.finish_writing)
    scene.wait_until(lambda: not video.is_ready_for_more_media_data, "it does not finish")
    assert writer.status is WriterStatus.WRITING
    with pytest.raises(InvalidStateError, match="being finished already"):
        writer.finish_writing()
    with pytest.raises(InvalidStateError):
        video.append(picture(3), 3)
    video.mark_as_finished()
    slow.go_on.set()
    assert finishing.result().track(MediaType.VIDEO).written == 3


def test_cancelling_while_finishing(path: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = []
    monkeypatch.setattr(VideoEncoder, "flush", lambda self: flushed.append(self) or [])
    video = video_input()
    writer = begun(path, video)
    appended(video, 3)
    finishing = Background(writer.finish_writing)
    assert slow.reached.wait(5)
    cancelling = Background(writer.cancel_writing)
    scene.wait_until(lambda: writer.status is WriterStatus.CANCELLED, "it is not cancelled")
    slow.go_on.set()
    cancelling.result()
    with pytest.raises(OperationCancelledError):
        finishing.result()
    assert left(path.parent) == []
    assert flushed == [], "nobody needs the rest any more"


def test_cancelling_while_the_film_is_put_in_place_comes_too_late(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = threading.Event(), threading.Event()
    commit = BufferedDestination.commit

    def waiting(self: BufferedDestination, **options: Any) -> None:
        reached.set()
        assert go_on.wait(10)
        commit(self, **options)

    monkeypatch.setattr(BufferedDestination, "commit", waiting)
    video = video_input()
    writer = begun(path, video)
    appended(video, 2)
    finishing = Background(writer.finish_writing)
    assert reached.wait(5)
    cancelling = Background(writer.cancel_writing)
    writer._fail(EncodeError("too late as well"), video)
    scene.wait_until(lambda: cancelling.is_running, "it does not wait for the outcome")
    assert writer.status is WriterStatus.WRITING
    go_on.set()
    cancelling.result()
    assert finishing.result() is writer.report
    assert writer.status is WriterStatus.COMPLETED
    assert len(scene.shown(path)) == 2


def test_a_film_that_cannot_be_put_in_place_fails(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    appended(video, 2)
    path.write_bytes(b"somebody else's")
    with pytest.raises(OutputExistsError) as caught:
        writer.finish_writing()
    assert writer.status is WriterStatus.FAILED
    (part,) = [name for name in left(path.parent) if name.endswith(".part")]
    assert part in str(caught.value), "the film is kept, and the error says where"
    assert path.read_bytes() == b"somebody else's"
    assert len(scene.shown(path.with_name(part))) == 2


@pytest.mark.parametrize("state", ["new", "started", "in_session", "after_a_picture", "ended"])
def test_cancelling_leaves_nothing(path: Path, state: str) -> None:
    stage = Stage(path)
    with scene.nothing_left(path.parent):
        if state != "new":
            getattr(stage, state)()
        stage.writer.cancel_writing()
    assert stage.writer.status is WriterStatus.CANCELLED
    assert stage.writer.error is None


def test_cancelling_while_an_append_waits(path: Path, slow: Slow) -> None:
    video = video_input()
    writer = begun(path, video)
    appending = Background(lambda: appended(video, 50))
    scene.wait_until(lambda: video.statistics().waits > 0, "nobody waits")
    cancelling = Background(writer.cancel_writing)
    with pytest.raises(OperationCancelledError):
        appending.result(1)
    slow.go_on.set()
    cancelling.result()
    assert left(path.parent) == []


def test_finishing_while_an_append_waits(path: Path, slow: Slow) -> None:
    video = video_input()
    writer = begun(path, video)
    appending = Background(lambda: appended(video, 50))
    assert slow.reached.wait(5)
    scene.wait_until(lambda: video.statistics().queued == 6, "nobody waits")
    taken = video.statistics().appended
    finishing = Background(writer.finish_writing)
    with pytest.raises(InvalidStateError, match="finish"):
        appending.result(1)
    slow.go_on.set()
    assert finishing.result().track(MediaType.VIDEO).written == taken


def test_two_threads_finish_at_once(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    appended(video, 4)
    barrier = threading.Barrier(2)

    def finish() -> Any:
        barrier.wait()
        return writer.finish_writing()

    both = [Background(finish), Background(finish)]
    errors = []
    for each in both:
        try:
            each.result()
        except InvalidStateError as error:
            errors.append(error)
    assert len(errors) == 1
    assert writer.status is WriterStatus.COMPLETED


def test_a_failure_while_finishing_is_the_outcome(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: VideoEncoder) -> Any:
        raise EncodeError("no end")

    monkeypatch.setattr(VideoEncoder, "flush", broken)
    video = video_input()
    writer = begun(path, video)
    appended(video, 3)
    with pytest.raises(EncodeError, match="no end") as caught:
        writer.finish_writing()
    assert caught.value.track == 1
    assert writer.status is WriterStatus.FAILED
    assert left(path.parent) == []


def test_an_interrupted_finish_stays_an_interrupt(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: BufferedDestination, **_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BufferedDestination, "commit", interrupt)
    video = video_input()
    writer = begun(path, video)
    appended(video, 2)
    with pytest.raises(KeyboardInterrupt):
        writer.finish_writing()
    assert writer.status is WriterStatus.FAILED
    assert "KeyboardInterrupt" in str(writer.error)
    assert left(path.parent) == []


def test_a_film_that_lost_a_packet_is_not_put_in_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reelwright.writing.feed import TrackFeed

    add, seen = TrackFeed.add, []

    def forgetful(self: TrackFeed, sample: Any) -> None:
        seen.append(sample)
        if len(seen) != 3:
            add(self, sample)

    monkeypatch.setattr(TrackFeed, "add", forgetful)
    video = video_input()
    writer = begun(path, video)
    appended(video, 5)
    with pytest.raises(WritingIncompleteError, match="5 samples were encoded, 4 written") as caught:
        writer.finish_writing()
    assert caught.value.report.tracks[0].written == 4
    assert writer.status is WriterStatus.FAILED
    assert left(path.parent) == []


# With blocks ----------------------------------------------------------------------------------------------------------


def test_leaving_finishes(path: Path) -> None:
    video = video_input()
    with filming(path, video) as writer:
        appended(video, 3)
    assert writer.status is WriterStatus.COMPLETED
    assert writer.report is not None
    assert len(scene.shown(path)) == 3


def test_an_exception_cancels_and_leaves_nothing(path: Path) -> None:
    video, writers = video_input(), []

    def broken_off() -> None:
        with filming(path, video) as writer:
            writers.append(writer)
            appended(video, 3)
            raise ZeroDivisionError

    with scene.nothing_left(path.parent):
        with pytest.raises(ZeroDivisionError):
            broken_off()
        assert writers[0].status is WriterStatus.CANCELLED


def test_the_body_may_finish_or_cancel_by_itself(path: Path) -> None:
    video = video_input()
    with filming(path, video) as writer:
        appended(video, 2)
        report = writer.finish_writing()
    assert writer.report is report
    with filming(path.with_name("other.mp4"), video_input()) as writer:
        writer.cancel_writing()
    assert writer.status is WriterStatus.CANCELLED
    assert left(path.parent) == ["film.mp4"]


def test_a_body_that_never_started_is_told(path: Path) -> None:
    with pytest.raises(InvalidStateError, match="start_writing"), AssetWriter(path) as writer:
        writer.add(video_input())
    assert writer.status is WriterStatus.UNKNOWN
    assert left(path.parent) == []


def test_a_failure_in_the_body_comes_out_even_if_nobody_looked(path: Path) -> None:
    video = video_input()

    def unaware() -> None:
        with filming(path, video) as writer:
            appended(video, 2)
            writer._fail(EncodeError("unseen"), video)

    with pytest.raises(EncodeError, match="unseen"):
        unaware()
    assert left(path.parent) == []


def test_async_with(path: Path) -> None:
    async def film() -> AssetWriter:
        video = video_input()
        async with AssetWriter(path) as writer:
            writer.add(video)
            writer.start_writing()
            writer.start_session(0)
            appended(video, 3)
        return writer

    assert asyncio.run(film()).status is WriterStatus.COMPLETED
    assert len(scene.shown(path)) == 3


def test_async_with_an_exception(path: Path) -> None:
    async def film() -> None:
        async with AssetWriter(path) as writer:
            writer.add(video_input())
            writer.start_writing()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(film())
    assert left(path.parent) == []


def test_finishing_asynchronously_lets_the_event_loop_go_on(path: Path, slow: Slow) -> None:
    async def film() -> Any:
        video = video_input()
        writer = begun(path, video)
        appended(video, 3)
        finishing = asyncio.create_task(writer.finish_writing_async())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not finishing.done()
        slow.go_on.set()
        return await finishing

    assert asyncio.run(film()).tracks[0].written == 3


# Any order, any target ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["video", "audio"])
def test_one_track_after_the_other(path: Path, first: str) -> None:
    video, audio = video_input(), audio_input()

    def pictures() -> None:
        appended(video, 75)

    def sound() -> None:
        for start in range(0, 3 * 48000, 4800):
            audio.append(scene.sound_buffer(4800, Time(start, 48000), start))

    with filming(path, video, audio) as writer:
        for feed in (pictures, sound) if first == "video" else (sound, pictures):
            feed()
    assert writer.report is not None
    assert len(scene.shown(path)) == 75
    assert writer.report.tracks[1].duration == 3


def chunk_order(path: Any) -> list[int]:
    """Track numbers of the chunks in the order they lie in the file."""
    from tests.isobmff.reading import chunk_places

    places = [
        (place, number)
        for number, trak in enumerate(scene.tracks(path))
        for place in chunk_places(trak.one("mdia", "minf", "stbl"))
    ]
    return [number for _, number in sorted(places)]


@pytest.mark.parametrize("how", ["concurrently", "one after the other"])
def test_chunks_of_a_second_take_turns(path: Path, how: str) -> None:
    video, audio = video_input(), audio_input(AudioFormat.LINEAR_PCM)

    def pictures() -> None:
        appended(video, 100)

    def sound() -> None:
        for start in range(0, 4 * 48000, 12000):
            audio.append(scene.sound_buffer(12000, Time(start, 48000), start))

    with filming(path.with_suffix(".mov"), video, audio):
        feeds = [pictures, sound]
        if how == "concurrently":
            feeds = [Background(feed).result for feed in feeds]
        for feed in feeds:
            feed()
    assert chunk_order(path.with_suffix(".mov")) == [0, 1] * 4


def test_a_track_that_is_never_fed(path: Path) -> None:
    video, audio = video_input(), audio_input()
    with filming(path, video, audio) as writer:
        appended(video, 50)
    assert len(scene.shown(path)) == 50
    assert writer.report is not None
    silent = writer.report.tracks[1]
    assert (silent.written, silent.start, silent.duration) == (0, None, 0)
    assert silent.codec == "mp4a.40.2", "the track says what it would have held"


@pytest.mark.parametrize("target", ["BytesIO", "file", "url", "str", "bytes path object"])
def test_targets(tmp_path: Path, target: str) -> None:
    path = tmp_path / "a film é.mp4"
    video = video_input()
    opened: Any = None
    if target == "BytesIO":
        opened = io.BytesIO()
    elif target == "file":
        opened = path.open("w+b")
    place: Any = opened or {"url": path.as_uri(), "str": str(path)}.get(target, path)
    with filming(place, video, file_type=FileType.MP4) as writer:
        appended(video, 3)
    assert writer.report is not None
    if target == "file":
        assert not opened.closed
        opened.close()
    result = opened if target == "BytesIO" else path
    if target == "BytesIO":
        opened.seek(0)
    assert writer.report.bytes == len(scene.content(result))
    assert [s.number for s in scene.shown(result)] == [0, 1, 2]


def test_a_cancelled_film_leaves_a_file_object_as_it_was() -> None:
    target = io.BytesIO(b"before")
    target.seek(6)
    video = video_input()
    writer = begun(target, video, file_type=FileType.MP4)
    appended(video, 3)
    writer.cancel_writing()
    assert target.getvalue() == b"before"


@pytest.mark.parametrize("first", [False, True])
def test_header_first_or_last(path: Path, first: bool) -> None:
    from tests.isobmff.reading import atoms

    video = video_input()
    with AssetWriter(path) as writer:
        writer.should_optimize_for_network_use = first
        writer.add(video)
        writer.start()
        writer.start_session(0)
        appended(video, 3)
    kinds = [atom.kind for atom in atoms(path.read_bytes())]
    assert (kinds.index("moov") < kinds.index("mdat")) is first
    assert writer.report is not None
    assert writer.report.header_method.startswith("first" if first else "last")


def test_movie_time_scale_transform_and_date_are_written(path: Path) -> None:
    video = video_input()
    video.transform = (0, 1, -1, 0, 64, 0)
    video.media_time_scale = 90000
    with AssetWriter(path, created=datetime(2001, 2, 3, tzinfo=UTC)) as writer:
        writer.movie_time_scale = 12345
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        appended(video, 3)
    assert scene.movie_scale(path) == 12345
    assert scene.media_scale(path) == 90000
    (trak,) = scene.tracks(path)
    matrix = trak.one("tkhd").numbers("9i", 40)
    assert matrix == (0, 1 << 16, 0, -(1 << 16), 0, 0, 64 << 16, 0, 1 << 30)
    created = scene.reading.movie(path.read_bytes()).one("mvhd").numbers("I")[0]
    assert created == 2_082_844_800 + int(datetime(2001, 2, 3, tzinfo=UTC).timestamp())


def test_a_temporary_directory_that_is_not_there(path: Path) -> None:
    writer = AssetWriter(path)
    writer.add(video_input())
    writer.directory_for_temporary_files = path.parent / "missing"
    failing_start(writer, OutputNotFoundError)


def _film_in_another_process(path: str) -> int:
    video = video_input()
    with filming(path, video) as writer:
        appended(video, 3)
    assert writer.report is not None
    return writer.report.tracks[0].written


def test_it_works_under_spawn(path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_film_in_another_process, (str(path),)) == 3
    assert len(scene.shown(path)) == 3


# Nothing is kept ------------------------------------------------------------------------------------------------------


def test_a_finished_writer_holds_no_encoder_and_no_file(path: Path) -> None:
    video = video_input()
    with filming(path, video) as writer:
        appended(video, 3)
        assert writer in _unfinished
    assert writer not in _unfinished
    lane = weakref.ref(video._lane)  # type: ignore[arg-type]
    assert (writer._output, writer._interleaver, writer._spill, video._feed) == (None,) * 4
    del writer, video
    gc.collect()
    assert lane() is None


def test_a_program_that_ends_without_finishing_leaves_nothing(path: Path) -> None:
    program = f"""
import sys
from tests.writing.scene import *
video = video_input()
writer = begun({str(path)!r}, video)
for number in range(20):
    video.append(picture(number), Time(number, 25))
assert left(Path({str(path.parent)!r}))
"""
    done = subprocess.run(
        [sys.executable, "-W", "default::ResourceWarning", "-c", program], capture_output=True, text=True, check=True
    )
    assert "was never finished" in done.stderr
    assert left(path.parent) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_its_parents_film_alone(path: Path) -> None:
    program = f"""
import os, sys
from tests.writing.scene import *
video = video_input()
writer = begun({str(path)!r}, video)
video.append(picture(1), 0)
child = os.fork()
if not child:
    sys.exit(0)
os.waitpid(child, 0)
video.append(picture(2), 1)
writer.finish_writing()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=60)
    assert len(scene.shown(path)) == 2


def test_marker_and_sessions_read_like_the_documentation(path: Path) -> None:
    """The example of the class, more or less."""
    with AssetWriter(path) as writer:
        video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, 64, 64))
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        for index in range(3):
            assert video.append(picture(index), Time(index, 30)) is True
        video.append(SampleBuffer.marker(Time(1, 2), BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION))
    assert scene.timings(path)[-1] == (Fraction(2, 30), Fraction(1, 2) - Fraction(2, 30))


def test_settings_of_the_wrong_kind_have_a_way_out(path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        AssetWriter(path.with_suffix(".m4a")).add(video_input())
    assert ".mov" in str(caught.value)
