"""What goes wrong while a film is written: a typed error that says where, nothing left, nobody waiting for ever."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time as clock
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.storage.doubles import Failing
from tests.writing import scene
from tests.writing.scene import (
    Background,
    audio_input,
    begun,
    filming,
    left,
    picture,
    stored_input,
    stream,
    video_input,
)

from reelwright import AssetWriter, AssetWriterInput, FileType, Time, WriterStatus, recover
from reelwright.codecs.audio_encoder import AudioEncoder
from reelwright.codecs.video_encoder import VideoEncoder
from reelwright.model.errors import (
    DiskFullError,
    EncodeError,
    OutputError,
    OutputNotFoundError,
    ReelwrightError,
    SettingsError,
)
from reelwright.storage.destination import BufferedDestination
from reelwright.writing.asset_writer import _unfinished

posix = pytest.mark.skipif(os.name == "nt", reason="limits and folders of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path: Path) -> Iterator[None]:
    """No thread, no descriptor, whatever happened."""
    with scene.nothing_left(tmp_path, but=("film.mp4", "film.mov")):
        yield
        assert not list(_unfinished), "a writer was neither finished nor cancelled"


def film(writer: AssetWriter, video: AssetWriterInput, count: int = 100) -> None:
    """Feed pictures until something happens."""
    for number in range(count):
        video.append(picture(number), Time(number, 25))
    writer.finish_writing()


def failing(writer: AssetWriter, video: AssetWriterInput, kind: type[ReelwrightError], count: int = 100) -> Any:
    """A film that fails: the error, with status and error of the writer looked at, and all the rest refused with it."""
    with pytest.raises(kind) as caught, writer:
        film(writer, video, count)
    assert writer.status is WriterStatus.FAILED
    assert type(writer.error) is type(caught.value)
    assert str(writer.error) == str(caught.value)
    assert not video.is_ready_for_more_media_data
    for call in (lambda: video.append(picture(0), 99), writer.finish_writing):
        with pytest.raises(kind):
            call()
    return caught.value


# Encoders ------------------------------------------------------------------------------------------------------------


def breaking(monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
    """The video encoder breaks at a picture."""
    encode, seen = VideoEncoder.encode, []

    def broken(self: VideoEncoder, *arguments: Any, **options: Any) -> Any:
        seen.append(1)
        if len(seen) > at:
            raise error
        return encode(self, *arguments, **options)

    monkeypatch.setattr(VideoEncoder, "encode", broken)


@pytest.mark.parametrize("at", [0, 1, 2, 30])
def test_the_encoder_fails_in_mid_film(path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    breaking(monkeypatch, at, EncodeError("the encoder has had enough", hint="Try again."))
    video = video_input()
    error = failing(begun(path, video), video, EncodeError)
    assert error.track == 1
    assert error.path == str(path)
    assert Time(at, 25) <= error.time <= Time(at + 1, 25), "the picture, or the one that pushed it in"
    assert error.hint == "Try again."
    assert left(path.parent) == []


@pytest.mark.parametrize("cause", [ValueError("what is this"), MemoryError(), SystemExit(1)])
def test_what_nobody_expected(path: Path, monkeypatch: pytest.MonkeyPatch, cause: BaseException) -> None:
    breaking(monkeypatch, 3, cause)
    video = video_input()
    error = failing(begun(path, video), video, ReelwrightError)
    assert type(cause).__name__ in str(error)
    assert error.time is not None
    assert "in broken" in error.__notes__[0]
    assert left(path.parent) == []


@pytest.mark.parametrize("options", [{"nonsense": "1"}, {"x264opts": "nonsense=1"}, {"profile": "nonsense"}])
def test_options_that_the_encoder_does_not_know(path: Path, options: dict[str, str]) -> None:
    video = video_input(settings={"encoder_options": options})
    writer = AssetWriter(path)
    writer.add(video)

    def start_and_film() -> None:
        writer.start_writing()
        writer.start_session(0)
        film(writer, video)

    with pytest.raises(SettingsError, match="nonsense") as caught, writer:
        start_and_film()
    assert (caught.value.track, caught.value.path) == (1, str(path))
    assert writer.status is WriterStatus.FAILED
    assert left(path.parent) == []


def test_the_sound_encoder_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: AudioEncoder, *arguments: Any) -> Any:
        raise EncodeError("no more sound")

    monkeypatch.setattr(AudioEncoder, "encode", broken)
    video, audio = video_input(), audio_input()
    writer = begun(path, video, audio)

    def both() -> None:
        audio.append(scene.sound_buffer(4800, 1))
        film(writer, video, 10_000)

    with pytest.raises(EncodeError, match="no more sound") as caught, writer:
        both()
    assert (caught.value.track, caught.value.time) == (2, Time(1))
    assert left(path.parent) == []


# Disks ---------------------------------------------------------------------------------------------------------------

LIMITED = """
import json, resource, signal, sys
from tests.writing.scene import *
from reelwright.model.errors import ReelwrightError
path, limit, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
video = video_input(settings={"encoder_options": {"qp": "1"}})
stored = stored_input(hint=stream().format)
audio = audio_input(AudioFormat.LINEAR_PCM)
noise = np.random.default_rng(1)
found = {}
gc.collect()
before = threads(), descriptors()
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    with filming(path, *{"video": [video], "audio": [audio], "both": [video, audio]}[kind]) as writer:
        writer_ = writer
        for number in range(2000):
            if kind != "audio":
                video.append(noise.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8), Time(number, 25))
            if kind != "video":
                audio.append(sound_buffer(24000, Time(number, 2)))
except ReelwrightError as error:
    found = {"kind": type(error).__name__, "text": str(error), "path": error.path, "track": error.track,
             "time": error.time is not None, "code": error.code, "errno": error.errno, "hint": error.hint}
    error = None
found["status"] = writer_.status.name
found["left"] = left(path.parent)
wait_until(lambda: threads() <= before[0], "threads are left")
found["descriptors"] = descriptors() - before[1]
print(json.dumps(found))
"""


@posix
@pytest.mark.parametrize(
    ("limit", "kind"),
    [(8192, "video"), (8 << 20, "video"), ((8 << 20) + 100_000, "video"), (9 << 20, "audio"), (9 << 20, "both")],
)
def test_a_full_disk(path: Path, limit: int, kind: str) -> None:
    """A limit on the file's size, met when memory is first written out, later, and at the end."""
    path = path.with_suffix(".mov")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path), str(limit), kind], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["kind"] == "DiskFullError"
    assert found["code"] == -11807
    assert found["path"] == str(path)
    assert found["errno"]
    assert found["hint"]
    assert found["status"] == "FAILED"
    assert found["descriptors"] == 0
    if kind == "audio":  # more than a minute, so that there is a journal
        part, journal = sorted(found["left"], key=len)
        assert journal == f"{part}.journal"
        assert f"reelwright recover {path.parent / part}" in found["hint"]
        assert recover(path).duration >= 60
        path.unlink()
    else:
        assert found["left"] == []


WAITING = """
import json, os, resource, signal, sys
from functools import partial
from tests.writing.scene import *
from reelwright.model.errors import ReelwrightError
from reelwright.storage.spill import Spill
from reelwright.writing import asset_writer
asset_writer.Spill = partial(Spill, budget=1 << 20)
path, how = Path(sys.argv[1]), sys.argv[2]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
tracks = [audio_input(AudioFormat.LINEAR_PCM) for _ in range(2)]
writer = begun(path, *tracks)
if how == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
try:
    for number in range(60):
        tracks[0].append(sound_buffer(24000, Time(number, 2)))
    writer.finish_writing() if how == "full" else os.kill(os.getpid(), signal.SIGKILL)
except ReelwrightError as error:
    print(json.dumps({"kind": type(error).__name__, "path": error.path, "track": error.track, "errno": error.errno,
                      "time": error.time is not None, "status": writer.status.name, "left": left(path.parent)}))
"""


def waiting(path: Path, how: str) -> subprocess.CompletedProcess[str]:
    """A film one track of which waits for the other, beside the film."""
    command = [sys.executable, "-c", WAITING, str(path.with_suffix(".mov")), how]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


@posix
def test_a_disk_that_is_full_of_what_waits(path: Path) -> None:
    done = waiting(path, "full")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "kind": "DiskFullError", "path": str(path.parent), "track": 1, "errno": 27, "time": True, "status": "FAILED",
        "left": [],
    }  # fmt: skip


@posix
def test_a_killed_process_leaves_only_its_working_file(path: Path) -> None:
    assert waiting(path, "kill").returncode == -9
    (name,) = left(path.parent)
    assert name.endswith(".part")
    (path.parent / name).unlink()


@posix
def test_a_full_disk_at_the_very_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All the media fits; the header does not."""
    import resource
    import signal

    video = video_input()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = begun(path, video)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        error = failing(writer, video, DiskFullError, count=5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert error.path == str(path)
    assert left(path.parent) == []


class Disk:
    """Breaks a destination's ``write`` at the n-th call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
        self.calls = 0
        write = BufferedDestination.write

        def broken(destination: BufferedDestination, *buffers: Any) -> int:
            self.calls += 1
            if self.calls > at:
                raise error
            return write(destination, *buffers)

        monkeypatch.setattr(BufferedDestination, "write", broken)


def stored_film(input: AssetWriterInput) -> None:
    """Feed packets, the same ones over and over, until something happens."""
    for number in range(0, 240, 12):
        for packet in stream().packets:
            later = scene.Packet(packet.data, packet.pts + number, packet.dts + number, packet.is_key)
            input.append(stream().buffer(later))


@pytest.mark.parametrize("kind", ["encoded", "stored"])
@pytest.mark.parametrize("at", [1, 2])
def test_errors_of_the_disk_name_everything(path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, at: int) -> None:
    """In the input's thread for encoded pictures, in ``append`` itself for stored ones."""
    Disk(monkeypatch, at, OutputError("the disk is gone", hint="Put it back."))
    video = video_input() if kind == "encoded" else stored_input(hint=stream().format)
    writer = begun(path, video)
    with pytest.raises(OutputError, match="the disk is gone") as caught, writer:
        film(writer, video) if kind == "encoded" else stored_film(video)
    assert (caught.value.track, caught.value.path, caught.value.hint) == (1, str(path), "Put it back.")
    assert caught.value.time is not None
    assert writer.status is WriterStatus.FAILED
    assert left(path.parent) == []


def test_one_tracks_thread_may_meet_an_error_with_anothers_chunk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever completes the pattern writes for both; the error comes out at either input."""
    video, audio = video_input(), audio_input()
    writer = begun(path, video, audio)
    Disk(monkeypatch, 0, OutputError("the disk is gone"))

    def both() -> None:
        for number in range(60):
            video.append(picture(number), Time(number, 25))
        for start in range(0, 480_000, 4800):
            audio.append(scene.sound_buffer(4800, Time(start, scene.RATE), start))
        writer.finish_writing()

    with pytest.raises(OutputError, match="the disk is gone"), writer:
        both()
    assert left(path.parent) == []


def test_a_closed_file_object(path: Path) -> None:
    target = io.BytesIO()
    video = video_input()
    writer = begun(target, video, file_type=FileType.MP4)
    video.append(picture(0), 0)
    video.append(picture(1), 1)
    target.close()
    with pytest.raises(OutputError, match="closed by its owner") as caught:
        writer.finish_writing()
    assert writer.status is WriterStatus.FAILED
    assert caught.value.hint


def test_a_closed_file_is_noticed_while_the_film_goes_on(path: Path) -> None:
    file = path.open("w+b")
    video = video_input()
    writer = begun(file, video, file_type=FileType.MP4)
    file.close()
    error = failing(writer, video, OutputError, count=500)
    assert error.time is not None, "not only at the end"
    path.unlink()


def test_a_file_object_that_fails_is_left_as_it_was() -> None:
    target = Failing(1000, OSError(5, "Input/output error"))
    target.write(b"mine")
    video = video_input()
    failing(begun(target, video, file_type=FileType.MP4), video, OutputError, count=100)
    assert target.getvalue() == b"mine"


@posix
def test_the_folder_is_removed_in_mid_film(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    video = video_input()
    writer = begun(folder / "film.mp4", video)
    for number in range(5):
        video.append(picture(number), Time(number, 25))
    shutil.rmtree(folder)
    with pytest.raises(OutputNotFoundError) as caught, writer:
        writer.finish_writing()
    assert caught.value.path == str(folder / "film.mp4")
    assert writer.status is WriterStatus.FAILED
    assert left(tmp_path) == []


# Interrupts ----------------------------------------------------------------------------------------------------------


def test_an_interrupt_while_append_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, for real."""
    import _thread

    slow = threading.Event()
    encode = VideoEncoder.encode

    def waiting(self: VideoEncoder, *arguments: Any, **options: Any) -> Any:
        slow.wait(20)
        return encode(self, *arguments, **options)

    monkeypatch.setattr(VideoEncoder, "encode", waiting)
    video = video_input()
    writer = begun(path, video)

    def interrupt() -> None:
        scene.wait_until(lambda: video.statistics().waits > 0, "it does not wait")
        _thread.interrupt_main()
        slow.set()

    interrupting = Background(interrupt)
    with pytest.raises(KeyboardInterrupt), writer:
        film(writer, video, 100_000)
    interrupting.result()
    assert writer.status is WriterStatus.CANCELLED
    assert left(path.parent) == []


def test_an_interrupt_while_a_packet_is_stored(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes may be missing in the middle of the file then: the writer has failed, and the interrupt goes on."""
    Disk(monkeypatch, 1, KeyboardInterrupt())
    input = stored_input(hint=stream().format)
    writer = begun(path, input)
    with pytest.raises(KeyboardInterrupt):
        stored_film(input)
    assert writer.status is WriterStatus.FAILED
    with pytest.raises(ReelwrightError, match="KeyboardInterrupt"):
        writer.finish_writing()
    assert left(path.parent) == []


# Waking --------------------------------------------------------------------------------------------------------------


def test_everybody_who_waits_is_woken_by_a_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An append, a loop that asks for readiness, a block and a finish: within a second."""
    go_on = threading.Event()
    encode = VideoEncoder.encode

    def broken(self: VideoEncoder, *arguments: Any, **options: Any) -> Any:
        assert go_on.wait(20)
        raise EncodeError("broken")

    monkeypatch.setattr(VideoEncoder, "encode", broken)
    videos = [video_input() for _ in range(3)]
    writer = begun(path, *videos)

    def append() -> None:
        for number in range(100):
            videos[0].append(picture(number), Time(number, 25))

    def ask() -> None:
        number = 0
        while writer.status is WriterStatus.WRITING:
            if videos[1].is_ready_for_more_media_data:
                videos[1].append(picture(number), Time(number, 25))
                number += 1
            clock.sleep(0.001)

    called = []

    def block() -> None:
        called.append(1)
        while videos[2].is_ready_for_more_media_data:
            videos[2].append(picture(len(called)), Time(len(called), 25))
            called.append(1)

    appending, asking = Background(append), Background(ask)
    videos[2].request_media_data_when_ready(block)
    scene.wait_until(lambda: videos[0].statistics().waits > 0 and len(called) > 3, "nobody waits")
    began = clock.monotonic()
    go_on.set()
    with pytest.raises(EncodeError):
        appending.result(1)
    with contextlib.suppress(EncodeError):  # it was about to append
        asking.result(1)
    assert clock.monotonic() - began < 1
    assert writer.status is WriterStatus.FAILED
    with pytest.raises(EncodeError):
        writer.finish_writing()
    assert encode is not VideoEncoder.encode


def breaking_at_the_end(monkeypatch: pytest.MonkeyPatch, go_on: threading.Event) -> None:
    def broken(self: VideoEncoder) -> Any:
        assert go_on.wait(20)
        raise EncodeError("broken")

    monkeypatch.setattr(VideoEncoder, "flush", broken)


def test_finishing_is_woken_by_a_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = video_input()
    writer = begun(path, video)
    for number in range(4):
        video.append(picture(number), Time(number, 25))
    go_on = threading.Event()
    breaking_at_the_end(monkeypatch, go_on)
    finishing = Background(writer.finish_writing)
    go_on.set()
    with pytest.raises(EncodeError):
        finishing.result(1)


def test_two_inputs_fail_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One error is kept, and nobody waits for anybody."""
    breaking(monkeypatch, 10, EncodeError("broken"))
    for _ in range(10):
        videos = [video_input(), video_input()]
        writer = begun(path, *videos)

        def feed(video: AssetWriterInput) -> None:
            for number in range(10_000):
                video.append(picture(number), Time(number, 25))

        both = [Background(lambda video=video: feed(video)) for video in videos]  # type: ignore[misc]
        for each in both:
            with pytest.raises(EncodeError):
                each.result()
        writer.cancel_writing()
        assert left(path.parent) == []


@pytest.mark.parametrize("seed", range(15))
def test_cancelling_at_any_moment(path: Path, seed: int) -> None:
    """With two tracks fed by two threads, one of them stored; whatever the moment, nothing is left."""
    import random

    dice = random.Random(seed)
    video, stored = video_input(), stored_input(hint=stream().format)
    writer = begun(path, video, stored)

    def feed(input: AssetWriterInput) -> None:
        for number in range(100_000):
            if input is video:
                input.append(picture(number), Time(number, 25))
            else:
                packet = stream().packets[0]
                input.append(stream().buffer(scene.Packet(packet.data, number, number, True)))

    feeding = [Background(lambda: feed(video)), Background(lambda: feed(stored))]
    clock.sleep(dice.random() * 0.02)
    if dice.random() < 0.3:
        finishing = Background(writer.finish_writing)
        clock.sleep(dice.random() * 0.005)
    else:
        finishing = None
    writer.cancel_writing()
    for each in [*feeding, *([finishing] if finishing else [])]:
        with contextlib.suppress(ReelwrightError):  # of ours, whatever it is: no assertion, no deadlock
            each.result()
    if writer.status is WriterStatus.COMPLETED:
        assert left(path.parent) == ["film.mp4"]
    else:
        assert writer.status is WriterStatus.CANCELLED
        assert left(path.parent) == []


# In the long run -----------------------------------------------------------------------------------------------------


def resident() -> int:
    """Bytes of memory this process uses."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("only Linux tells how much memory is in use")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("end", ["finish", "cancel", "fail"])
def test_memory_threads_and_descriptors_stay_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """Thirty films after a warm-up; encoders of 640×360 would show."""
    import numpy as np

    from reelwright import MediaType, VideoCodec, VideoSettings

    frame = np.zeros((360, 640, 3), np.uint8)

    def one(index: int) -> None:
        settings = VideoSettings(VideoCodec.H264, 640, 360, encoder_options={"preset": "ultrafast"})
        video = AssetWriterInput(MediaType.VIDEO, settings, threads=1)
        audio = audio_input()
        writer = begun(tmp_path / f"film{index}.mp4", video, audio)
        for number in range(4):
            video.append(frame, Time(number, 25))
        audio.append(scene.sound_buffer(9600))
        if end == "finish":
            writer.finish_writing()
        elif end == "cancel":
            writer.cancel_writing()
        else:
            writer._fail(EncodeError("broken"), video)
            with pytest.raises(EncodeError):
                writer.finish_writing()

    for index in range(8):
        one(index)
    gc.collect()
    before = resident(), scene.threads(), scene.descriptors()
    for index in range(8, 38):
        one(index)
    gc.collect()
    scene.wait_until(lambda: scene.threads() <= before[1], "threads are left")
    assert scene.descriptors() <= before[2]
    assert resident() - before[0] < 40 << 20, "thirty leaked encoders take more"
    assert all(not name.endswith(".part") for name in left(tmp_path))
    for name in left(tmp_path):
        (tmp_path / name).unlink()


def test_a_long_film_keeps_its_memory(path: Path) -> None:
    """Chunks are written as they come; nothing of a sample is kept but its figures."""
    video = video_input()
    with filming(path, video) as writer:
        for number in range(300):
            video.append(picture(number), Time(number, 25))
        gc.collect()
        before = resident()
        for number in range(300, 3300):
            video.append(picture(number), Time(number, 25))
        assert writer._interleaver is not None
        assert writer._interleaver.waiting_bytes < 100_000
        assert resident() - before < 8 << 20
    path.unlink()
