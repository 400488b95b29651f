"""Films with a journal: what is left of them by kills, full disks, failures and cancels, and who waits for the disk."""

from __future__ import annotations

import errno
import io
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import pytest
from tests.writing import scene
from tests.writing.scene import audio_input, filming, left, nothing_left, picture, sound_buffer, stored_input

from reelwright import (
    AssetWriter,
    AssetWriterInput,
    DiskFullError,
    InvalidStateError,
    OutputError,
    SampleBuffer,
    SampleTiming,
    Time,
    WriterStatus,
    recover,
)
from reelwright.containers.movie import Chunk
from reelwright.storage import platform
from reelwright.writing import journalling as journalling_module
from reelwright.writing.journalling import Journalling
from reelwright.writing.stall import Stalled, StallWatch

posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits are the system's")

FPS, RATE = 25, scene.RATE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mov"


def journalled(target: Any, *inputs: AssetWriterInput, keeps: bool | None = True, **settings: Any) -> AssetWriter:
    """A writer with a journal, in its session."""
    writer = AssetWriter(target)
    for input in inputs:
        writer.add(input)
    writer.keeps_journal = keeps
    for name, value in settings.items():
        setattr(writer, name, value)
    writer.start_writing()
    writer.start_session(0)
    return writer


def stored(number: int) -> SampleBuffer:
    """A second of a film of photographs: one for each."""
    packet = scene.stream().packets[0]
    timing = SampleTiming(Time(number), Time(1), Time(number))
    return SampleBuffer(packet.data, scene.stream().format, timings=[timing])


def store(writer: AssetWriter, seconds: int, first: int = 0) -> None:
    for number in range(first, first + seconds):
        writer.inputs[0].append(stored(number))


def has_journal(folder: Path) -> bool:
    return any(entry.name.endswith(".journal") and entry.stat().st_size for entry in folder.iterdir())


def wait_for_journal(folder: Path) -> None:
    scene.wait_until(lambda: has_journal(folder), "no journal comes", 60)  # disks may be busy


def packets(path: Path) -> dict[str, list[tuple[Any, Any, str]]]:
    """What FFmpeg's demuxer gives of each track: times, and a digest of the bytes."""
    found: dict[str, list[tuple[Any, Any, str]]] = {}
    with av.open(str(path)) as film:
        for packet in film.demux():
            if packet.size:
                assert packet.time_base is not None
                shown, decoded = (None if at is None else at * packet.time_base for at in (packet.pts, packet.dts))
                digest = sha256(bytes(packet)).hexdigest()
                found.setdefault(packet.stream.type, []).append((shown, decoded, digest))
    return found


# Kills ----------------------------------------------------------------------------------------------------------------

SECONDS = 40
ENDLESS = """
import sys, time
from tests.writing.test_journalling import *
journalling_module._PAUSE = 0  # all this takes hardly a second
film(Path(sys.argv[1]), lambda second: print("on", flush=True) if second < SECONDS - 1 else sys.stdin.read())
"""


def film(path: Path, each: Callable[[int], Any] = lambda second: None) -> None:
    """Pictures and sound, of which the same bytes come each time; ``each`` is called after a second of both."""
    video, audio = scene.video_input(), audio_input()
    writer = journalled(path, video, audio)
    for second in range(SECONDS):
        for number in range(second * FPS, (second + 1) * FPS):
            video.append(picture(number), Time(number, FPS))
        audio.append(sound_buffer(RATE, second, second * RATE))
        each(second)
    writer.finish_writing()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, Any, str]]]:
    """The packets of the film that nobody interrupted."""
    path = tmp_path_factory.mktemp("whole") / "film.mov"
    film(path)
    return packets(path)


@posix
@pytest.mark.parametrize("number", range(2))
def test_a_killed_film_is_the_beginning_of_the_whole_one(
    path: Path, whole: dict[str, list[tuple[Any, Any, str]]], number: int
) -> None:
    chance = random.Random(number)
    after, wait = chance.randrange(14, SECONDS - 5), chance.uniform(0, 0.05)
    command = [sys.executable, "-c", ENDLESS, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as child:
        assert child.stdout is not None
        for _ in range(after):
            assert child.stdout.readline() == b"on\n"
        wait_for_journal(path.parent)
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
    report = recover(path)
    assert left(path.parent) == ["film.mov"]
    assert report.method == "journal"
    found = packets(path)
    for kind, all_of_it in whole.items():
        assert found.get(kind, []) == all_of_it[: len(found.get(kind, []))]
    assert sorted(track.samples for track in report.tracks) == sorted(len(each) for each in found.values())
    if "video" in found:  # the first record may know of sound only
        assert [each.number for each in scene.shown(path)] == list(range(len(found["video"])))


# When there is one ----------------------------------------------------------------------------------------------------


def test_a_journal_begins_after_a_minute_of_media(path: Path) -> None:
    writer = journalled(path, stored_input(hint=scene.stream().format), keeps=None)
    store(writer, 60)
    scene.wait_until(lambda: writer._watch.written > 50 * len(stored(0).data), "nothing is written")
    assert not has_journal(path.parent)
    store(writer, 10, 60)
    wait_for_journal(path.parent)
    writer.finish_writing()
    assert left(path.parent) == ["film.mov"]


def test_no_journal_where_none_is_wanted_or_possible(path: Path) -> None:
    assert AssetWriter(path).keeps_journal is None
    with nothing_left(path.parent, but=["film.mov"]):
        writer = journalled(path, stored_input(hint=scene.stream().format), keeps=False)
        store(writer, 100)
        assert not has_journal(path.parent)
        writer.finish_writing()
    with filming(io.BytesIO(), stored_input(), file_type="mov") as into_memory:
        store(into_memory, 100)
    for target, kind in ((io.BytesIO(), "mov"), (path.with_suffix(".mkv"), None)):
        refused = AssetWriter(target, kind)
        refused.add(scene.video_input())
        refused.keeps_journal = True
        with pytest.raises(InvalidStateError, match="journal") as caught:
            refused.start_writing()
        assert caught.value.code == -11875
    assert left(path.parent) == ["film.mov"]


@pytest.mark.parametrize("header_first", [False, True])
def test_a_journal_changes_nothing_of_the_film(path: Path, header_first: bool) -> None:
    films = []
    for keeps in (True, False):
        target = path.with_name(f"{keeps}.mov")
        with nothing_left(path.parent, but=["True.mov", "False.mov"]):
            writer = AssetWriter(target, created=scene_date())
            writer.add(stored_input(hint=scene.stream().format))
            writer.keeps_journal, writer.should_optimize_for_network_use = keeps, header_first
            writer.start_writing()
            writer.start_session(0)
            store(writer, 100)
            if keeps:
                wait_for_journal(path.parent)
            writer.finish_writing()
        films.append(packets(target))
    assert films[0] == films[1]
    assert len(films[0]["video"]) == 100


def scene_date() -> Any:
    from datetime import UTC, datetime

    return datetime(2024, 2, 29, tzinfo=UTC)


# Ends -----------------------------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_what_can_be_recovered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = platform.write_at
    monkeypatch.setattr(journalling_module, "_PAUSE", 0)

    def full(file: Any, offset: int, views: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with nothing_left(path.parent, but=["film.mov"]):
        writer = journalled(path, stored_input(hint=scene.stream().format))
        store(writer, 30)
        wait_for_journal(path.parent)
        monkeypatch.setattr(platform, "write_at", full)
        with pytest.raises(DiskFullError) as caught:
            store(writer, 1000, 30)
        monkeypatch.setattr(platform, "write_at", write)
        assert writer.status is WriterStatus.FAILED
        assert caught.value.path == str(path)
        part, journal = sorted(left(path.parent), key=len)
        assert journal == f"{part}.journal"
        assert f"reelwright recover {path.parent / part}" in str(caught.value.hint)
        assert "Free some space" in str(caught.value.hint)
        report = recover(path)
        assert report.duration >= 1
        assert left(path.parent) == ["film.mov"]
        with pytest.raises(DiskFullError):
            writer.finish_writing()
    assert len(packets(path)["video"]) == report.tracks[0].samples


@pytest.mark.parametrize("end", ["cancel", "exception"])
def test_nothing_is_left_of_what_nobody_wants(path: Path, end: str) -> None:
    with nothing_left(path.parent):
        if end == "cancel":
            writer = journalled(path, stored_input(hint=scene.stream().format))
            store(writer, 30)
            wait_for_journal(path.parent)
            writer.cancel_writing()
            return
        with suppress(KeyError), journalled(path, stored_input(hint=scene.stream().format)) as writer:
            store(writer, 30)
            wait_for_journal(path.parent)
            raise KeyError


@pytest.mark.parametrize("when", ["writing", "finishing"])
def test_a_disk_that_cannot_sync_fails_the_film(path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Also where ``finish_writing`` holds the file while the thread waits for the disk."""
    gate = threading.Event()

    def broken(descriptor: int) -> None:
        assert gate.wait(20)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(platform, "sync_data", broken)
    with nothing_left(path.parent):
        writer = journalled(path, stored_input(hint=scene.stream().format), should_optimize_for_network_use=True)
        if when == "writing":
            gate.set()
            with suppress(OutputError):  # whoever comes too late is told of it too
                store(writer, 30)
            scene.wait_until(lambda: writer.status is WriterStatus.FAILED, "it does not fail")
        else:
            store(writer, 30)
            threading.Timer(0.2, gate.set).start()
        with pytest.raises(OutputError) as caught:
            writer.finish_writing()
        assert (caught.value.errno, caught.value.path) == (errno.EIO, str(path))


def test_nobody_who_appends_waits_for_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, syncs, sync = threading.Event(), [0], platform.sync_data

    def slow(descriptor: int) -> None:
        syncs[0] += 1
        assert gate.wait(20)
        sync(descriptor)

    monkeypatch.setattr(platform, "sync_data", slow)
    with nothing_left(path.parent, but=["film.mov"]):
        writer = journalled(path, stored_input(hint=scene.stream().format))
        store(writer, 100)
        scene.wait_until(lambda: writer._watch.written >= 90 * len(stored(0).data), "who writes waits for the disk")
        assert syncs == [1]  # one at a time
        gate.set()
        assert writer.finish_writing().duration == 100


def test_a_program_that_ends_keeps_what_it_had(path: Path) -> None:
    code = """
import sys
from tests.writing.test_journalling import *
writer = journalled(Path(sys.argv[1]), stored_input(hint=scene.stream().format))
store(writer, 40)
wait_for_journal(Path(sys.argv[1]).parent)
"""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, str(path)], cwd=root, check=True, timeout=60)
    assert recover(path).duration >= 1
    assert left(path.parent) == ["film.mov"]


# The cadence by itself ------------------------------------------------------------------------------------------------


class Notes:
    """A journal that counts."""

    def __init__(self) -> None:
        self.noted = 0
        self.moved: list[tuple[int, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    def note(self) -> Callable[[], None]:
        self.noted += 1

        def make_safe() -> None:
            self.gate.wait(20)
            if self.error is not None:
                raise self.error

        return make_safe

    def before_move(self, place: int, distance: int) -> None:
        self.moved.append((place, distance))


def made(notes: Notes, fail: Callable[[Any], Any], watch: StallWatch, starts: int = 0) -> Journalling:
    journal: Any = notes
    return Journalling(lambda: journal, starts=Fraction(starts), fail=fail, watch=watch)


def chunk(second: int) -> Chunk:
    return Chunk(1, 10, [b"x"], 1, 1, decode=second * 10, durations=10)


def test_notes_come_every_eight_seconds_but_not_more_often_than_the_clock_s() -> None:
    now, notes = [100.0], Notes()
    journalling = made(notes, pytest.fail, StallWatch(clock=lambda: now[0]), starts=3)
    for second in range(5, 8):
        journalling.wrote(chunk(second))
    assert not journalling.has_begun
    for second in range(8, 40):
        now[0] += 0.2
        journalling.wrote(chunk(second))
        journalling.join()
    assert notes.noted == 4
    for second in range(40, 80):
        now[0] += 0.05
        journalling.wrote(chunk(second))
        journalling.join()
    assert notes.noted == 6


def test_one_note_at_a_time_and_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journalling_module, "_PAUSE", 0)
    notes, failures = Notes(), list[BaseException]()
    journalling = made(notes, failures.append, StallWatch(0.05))
    notes.gate.clear()
    for second in range(20):
        journalling.wrote(chunk(second))
    assert notes.noted == 1
    for waits, error in ((journalling.settle, Stalled), (journalling.end, OutputError)):
        with pytest.raises(error):
            waits()
    with pytest.raises(Stalled):
        journalling.before_move(1, 2)
    notes.gate.set()
    journalling.join()
    journalling.before_move(1, 2)
    assert notes.moved == [(1, 2)]
    notes.error = OSError(errno.EIO, "broken")
    journalling.wrote(chunk(70))
    with pytest.raises(OSError, match="broken"):
        journalling.settle()
    assert failures == [notes.error]
    journalling.wrote(chunk(90))
    assert notes.noted == 2


def test_where_there_is_no_place_for_a_journal_nothing_happens() -> None:
    journalling = Journalling(lambda: None, starts=Fraction(0), fail=print, watch=StallWatch())
    journalling.wrote(chunk(0))
    journalling.before_move(1, 2)
    journalling.settle()
    journalling.end()
    assert not journalling.has_begun
