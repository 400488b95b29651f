"""The demuxer in a process of its own: the same answers, and a parent that survives whatever happens to the child."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from tests.containers.ffmpeg.made import FRAMES, made

from reelwright.containers.ffmpeg.isolated import IsolatedMedia, Limits
from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.model.errors import InvalidMediaError, MediaNotFoundError
from reelwright.storage.source import open_source

needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to stop a process with")
needs_limits = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux alone")


def isolated(target: Any, **limits: int) -> IsolatedMedia:
    return IsolatedMedia(open_source(target), Limits(**limits))


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """No descriptor more than before, and no child."""

    def held() -> tuple[int, set[str]]:
        gc.collect()
        listed = [path.read_text(encoding="ascii").split() for path in Path("/proc/self/task").glob("*/children")]
        return len(os.listdir("/proc/self/fd")), {child for some in listed for child in some}

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("the system does not list a process's descriptors")
    before = held()
    yield
    assert held() == before


@pytest.mark.parametrize("suffix", ["mkv", "ts", "ogg", "wav", "mp3"])
@pytest.mark.parametrize("way", ["path", "bytes", "object"])
def test_it_answers_as_the_demuxer_here(suffix: str, way: str, tmp_path: Path, nothing_left: None) -> None:
    path = tmp_path / f"film.{suffix}"
    path.write_bytes(made(suffix))
    target: Any = {"path": path, "bytes": made(suffix), "object": io.BytesIO(made(suffix))}[way]
    here, there = FFmpegMedia(open_source(target)), isolated(target)
    assert there.facts == here.facts
    for track in here.facts.tracks:
        assert list(there.stream(track.track_id)) == list(here.stream(track.track_id))
        start = track.time_scale
        assert list(there.stream(track.track_id, start)) == list(here.stream(track.track_id, start))
        without = list(there.stream(track.track_id, with_data=False))
        assert without == list(here.stream(track.track_id, with_data=False))
        assert there.index(track.track_id) is None
    here.close()
    there.close()


def test_streams_are_independent(nothing_left: None) -> None:
    media = isolated(made("mkv"))
    first, second = iter(media.stream(1)), media.stream(2)
    one = next(first)
    assert list(second)
    assert len(list(first)) == FRAMES - 1
    assert one.is_sync
    second.close()
    second.close()
    assert list(second) == []
    media.close()
    media.close()


def test_threads_take_turns(nothing_left: None) -> None:
    media = isolated(made("ts"))
    expected = list(media.stream(1))
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(list(media.stream(1)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
    media.close()


@pytest.mark.parametrize(
    "data", [b"no media at all" * 50, b"#EXTM3U\nhttp://x/y.ts", made("mkv")[:300]], ids=["text", "playlist", "cut"]
)
def test_complaints_about_the_file_come_through(data: bytes, nothing_left: None) -> None:
    with pytest.raises(InvalidMediaError) as here:
        FFmpegMedia(open_source(data))
    with pytest.raises(InvalidMediaError) as there:
        isolated(data)
    assert str(there.value) == str(here.value)
    assert there.value.path == here.value.path


def test_a_track_that_is_not_there(nothing_left: None) -> None:
    media = isolated(made("mkv"))
    with pytest.raises(InvalidMediaError, match="no track 9"):
        media.stream(9)
    assert len(list(media.stream(1))) == FRAMES  # a wrong question does no harm
    media.close()


def test_a_file_that_vanished(tmp_path: Path, nothing_left: None) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(made("mkv"))
    source = open_source(path)
    path.unlink()
    with pytest.raises((MediaNotFoundError, InvalidMediaError), match="there is no file"):
        IsolatedMedia(source)
    source.close()


def test_bytes_too_many_to_hand_over(nothing_left: None) -> None:
    with pytest.raises(InvalidMediaError, match=r"too large.*Write it to a file"):
        isolated(made("mkv"), in_memory=1000)


def test_a_source_that_ends_early(nothing_left: None) -> None:
    class Shrinking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return b""

    with pytest.raises(InvalidMediaError, match="ended while"):
        isolated(Shrinking(made("mkv")))


# -- children that die -------------------------------------------------------------------------------------------------


@needs_signals
@pytest.mark.parametrize("deadly", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_a_crash_is_an_error(deadly: str, nothing_left: None) -> None:
    media = isolated(made("mkv"))
    stream = media.stream(1)
    os.kill(media.pid, getattr(signal, deadly))
    with pytest.raises(InvalidMediaError, match=rf"crashed on it.*{deadly}"):
        list(stream)
    with pytest.raises(InvalidMediaError, match="crashed"):
        media.stream(1)
    stream.close()
    media.close()
    assert media.facts.tracks  # what was said stays said


@needs_signals
def test_a_stream_of_a_child_that_died_unnoticed_closes_in_peace(nothing_left: None) -> None:
    media = IsolatedMedia(open_source(made("ogg")))
    stream = media.stream(1)
    os.kill(media.pid, signal.SIGTERM)
    stream.close()
    with pytest.raises(InvalidMediaError, match="the process that reads"):
        media.stream(1)
    media.close()


@needs_signals
def test_a_child_that_hangs_is_given_up(nothing_left: None) -> None:
    media = isolated(made("mkv"), seconds=1)
    os.kill(media.pid, signal.SIGSTOP)
    with pytest.raises(InvalidMediaError, match="took longer than 1 s"):
        media.stream(1)
    media.close()


@needs_signals
def test_closing_ends_a_question_under_way(nothing_left: None) -> None:
    media = isolated(made("mkv"))
    os.kill(media.pid, signal.SIGSTOP)
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            media.stream(1)
        except InvalidMediaError as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    media.close()
    thread.join()
    (error,) = raised
    assert "was closed" in str(error)


def test_streams_of_a_closed_file_say_so(nothing_left: None) -> None:
    media = isolated(made("mkv"))
    stream = media.stream(1)
    media.close()
    with pytest.raises(InvalidMediaError, match="was closed"):
        list(stream)


def test_a_forgotten_file_leaves_nothing(nothing_left: None) -> None:
    media = isolated(made("mkv"))
    next(iter(media.stream(1)))
    del media
    gc.collect()


# -- limits ------------------------------------------------------------------------------------------------------------


def heavy(path: Path, size: int) -> Path:
    """A film whose second packet is enormous."""
    with av.open(str(path), "w", format="matroska") as output:
        stream = output.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "gray"
        for number, length in enumerate((1024, size)):
            packet = av.Packet(bytes(length))
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 25)
            output.mux(packet)
    return path


@needs_limits
def test_memory_is_bounded(tmp_path: Path, nothing_left: None) -> None:
    path = heavy(tmp_path / "heavy.mkv", 64 << 20)
    media = isolated(path)
    assert [len(one.data or b"") for one in media.stream(1)] == [1024, 64 << 20]
    media.close()
    bounded = isolated(path, memory=150 << 20)
    with pytest.raises(InvalidMediaError, match="more memory than"):
        list(bounded.stream(1))
    bounded.close()


@needs_limits
def test_the_child_is_confined(nothing_left: None) -> None:
    media = isolated(made("mkv"))
    limits = Path(f"/proc/{media.pid}/limits").read_text(encoding="ascii")
    rows = {line[:25].strip(): line[25:].split() for line in limits.splitlines()}
    assert rows["Max file size"][:2] == ["0", "0"]
    assert rows["Max core file size"][:2] == ["0", "0"]
    assert rows["Max open files"][:2] == ["64", "64"]
    assert rows["Max address space"][0] != "unlimited"
    assert rows["Max cpu time"][0] != "unlimited"
    media.close()


@needs_limits
def test_the_child_learns_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch, nothing_left: None) -> None:
    monkeypatch.setenv("A_SECRET", "of ours")
    media = isolated(made("mkv"))
    environment = Path(f"/proc/{media.pid}/environ").read_bytes()
    assert b"A_SECRET" not in environment
    assert os.readlink(f"/proc/{media.pid}/cwd") == "/"
    assert os.getsid(media.pid) != os.getsid(0)
    media.close()
