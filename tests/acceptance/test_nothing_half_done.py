"""Nothing half done: whatever ends a film early gives one typed error, and leaves no file, no thread and no descriptor.

Each way to fail is tried as a program meets it, through ``write_video`` or a writer; an old film under the same name is
as it was before.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import reelwright as rw
from reelwright.codecs.video_encoder import VideoEncoder
from tests.acceptance.films import HEIGHT, WIDTH, number_of, numbered
from tests.interop import decoded
from tests.writing import scene

FAST = {"preset": "ultrafast"}
OLD = b"the old film"


@pytest.fixture(params=["new name", "old film"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where the film should go; afterwards the folder is as it was, and nothing else is left either."""
    path = tmp_path / "film.mp4"
    is_there = request.param == "old film"
    if is_there:
        path.write_bytes(OLD)
    with scene.nothing_left(tmp_path):
        yield path
    assert scene.left(tmp_path) == (["film.mp4"] if is_there else [])
    if is_there:
        assert path.read_bytes() == OLD


def pictures(count: int = 60, error: BaseException | None = None) -> Iterator[Any]:
    for number in range(count):
        yield numbered(number)
    if error is not None:
        raise error


def write(out: Any, frames: Iterator[Any], **more: Any) -> rw.WritingReport:
    return rw.write_video(frames, out, fps=25, overwrite=True, encoder_options=FAST, **more)


def begun(out: Any, **more: Any) -> tuple[rw.AssetWriter, rw.AssetWriterInput]:
    writer = rw.AssetWriter(out, overwrite=True, **more)
    settings = rw.VideoSettings(rw.VideoCodec.H264, WIDTH, HEIGHT, encoder_options=FAST)
    video = rw.AssetWriterInput(rw.MediaType.VIDEO, settings)
    writer.add(video)
    writer.start_writing()
    writer.start_session(0)
    return writer, video


class Interruption(Exception):
    """What the caller's own code raises."""


@pytest.mark.parametrize("count", [0, 1, 59])
def test_the_callers_generator_fails(path: Path, count: int) -> None:
    cause = Interruption("the camera was unplugged")
    with pytest.raises(Interruption) as caught:
        write(path, pictures(count, cause))
    assert caught.value is cause


def test_control_c(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(path, pictures(30, KeyboardInterrupt()))


def test_progress_cancels(path: Path) -> None:
    def progress(done: int, total: int | None) -> None:
        if done == 20:
            raise Interruption

    with pytest.raises(Interruption):
        write(path, pictures(), progress=progress)


def test_a_picture_that_is_none(path: Path) -> None:
    def frames() -> Iterator[Any]:
        yield from pictures(10)
        yield "no picture"

    with pytest.raises(rw.FrameError, match="frame 10"):
        write(path, frames())


@pytest.mark.parametrize("at", [0, 30])
def test_the_encoder_fails(path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    encode, calls = VideoEncoder.encode, []

    def broken(self: VideoEncoder, *given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) > at:
            raise rw.EncodeError("libx264 failed while encoding: Generic error.", hint="Encode it again.")
        return encode(self, *given, **more)

    monkeypatch.setattr(VideoEncoder, "encode", broken)
    with pytest.raises(rw.EncodeError, match="Generic error") as caught:
        write(path, pictures())
    assert (caught.value.track, caught.value.path) == (1, str(path))
    assert caught.value.time is not None


@pytest.mark.parametrize("count", [0, 1, 40])
def test_cancelling(path: Path, count: int) -> None:
    writer, video = begun(path)
    for number, picture in enumerate(pictures(count)):
        video.append(picture, rw.Time(number, 25))
    writer.cancel_writing()
    assert writer.status is rw.WriterStatus.CANCELLED
    with pytest.raises(rw.OperationCancelledError):
        video.append(numbered(0), 99)
    with pytest.raises(rw.ReelwrightError):
        writer.finish_writing()


def test_leaving_the_block_with_an_error(path: Path) -> None:
    writer, video = begun(path)

    def fail() -> None:
        video.append(numbered(0), 0)
        raise Interruption

    with pytest.raises(Interruption), writer:
        fail()
    assert writer.status is rw.WriterStatus.CANCELLED


def test_a_file_object_that_is_closed(tmp_path: Path) -> None:
    with scene.nothing_left(tmp_path):
        target = io.BytesIO()
        writer, video = begun(target, file_type="mp4")
        video.append(numbered(0), 0)
        target.close()
        with pytest.raises(rw.OutputError, match="closed"):
            writer.finish_writing()
        assert writer.status is rw.WriterStatus.FAILED


def test_an_existing_film_is_safe_and_noticed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(OLD)
    started = []

    def frames() -> Iterator[Any]:
        started.append(True)
        yield numbered(0)

    with scene.nothing_left(tmp_path):
        with pytest.raises(rw.OutputExistsError, match="overwrite=True"):
            rw.write_video(frames(), path, fps=25)
        assert not started
    assert path.read_bytes() == OLD


def test_the_old_film_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(OLD)
    seen = set()

    def frames() -> Iterator[Any]:
        for picture in pictures(20):
            seen.add(path.read_bytes())
            yield picture

    with scene.nothing_left(tmp_path):
        write(path, frames())
    assert seen == {OLD}
    assert [number_of(frame[0]) for frame in decoded.ffmpeg_raw_video(path).frames] == list(range(20))


# A limit on the size of files meets the process as a full disk meets a program.
FULL = """
import json, resource, signal, sys
from pathlib import Path
import numpy as np
import reelwright as rw
from tests.writing import scene

path, limit = Path(sys.argv[1]), int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
noise = np.random.default_rng(1)
before = scene.threads(), scene.descriptors()
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
frames = (noise.integers(0, 256, (240, 320, 3), dtype=np.uint8) for _ in range(400))
found = {}
try:
    rw.write_video(frames, path, fps=25, overwrite=True, encoder_options={"preset": "ultrafast", "qp": 8})
except rw.DiskFullError as error:
    found = {"code": error.code, "path": error.path, "hint": error.hint, "text": str(error)}
    error = None
frames.close()
scene.wait_until(lambda: scene.threads() <= before[0], "threads are left")
print(json.dumps(found | {"descriptors": scene.descriptors() - before[1]}))
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
@pytest.mark.parametrize("limit", [4096, 9 << 20])
def test_the_disk_is_full(path: Path, limit: int) -> None:
    command = [sys.executable, "-c", FULL, str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert (found["code"], found["path"]) == (-11807, str(path))
    assert found["hint"]
    assert found["descriptors"] == 0
