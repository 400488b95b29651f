"""A header on its way to the front while the file system refuses, fails half-way or is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.writing.scene import nothing_left, picture, shown, video_input

from reelwright import AssetWriter, Time, WriterStatus, WritingReport
from reelwright.model.errors import DiskFullError, OutputError
from reelwright.storage import commit, copy, destination, insert_range, platform

BLOCK = 4096

pytestmark = pytest.mark.skipif(
    os.environ.get("REELWRIGHT_PLAIN_STORAGE") == "1", reason="nothing is asked of the file system"
)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    with nothing_left(tmp_path, but=("film.mp4",)):
        yield tmp_path / "film.mp4"


@pytest.fixture(autouse=True)
def inserting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Films of a kilobyte have their header inserted."""
    monkeypatch.setattr(insert_range, "refusing", set())
    monkeypatch.setattr(commit, "insertion_is_faster", lambda *_: True)
    monkeypatch.setattr(destination, "MEMORY", 1 << 10)
    monkeypatch.setattr(destination, "BLOCK", 1 << 10)


def answer(monkeypatch: pytest.MonkeyPatch, number: int, *, half_way: bool = False) -> list[int]:
    """Let the file system give this error; returns the calls it got."""
    asked: list[int] = []

    def call(descriptor: int, mode: int, offset: int, length: int) -> int:
        asked.append(length)
        if half_way:  # the file is longer already, and some of it may have moved
            os.ftruncate(descriptor, os.fstat(descriptor).st_size + length)
        return number

    monkeypatch.setattr(insert_range, "_fallocate", lambda: call)
    return asked


def film(path: Path, *, overwrite: bool = False) -> tuple[AssetWriter, Callable[[], WritingReport]]:
    """A film of which only the end is missing."""
    writer, video = AssetWriter(path, overwrite=overwrite), video_input()
    writer.should_optimize_for_network_use = True
    writer.add(video)
    writer.start_writing()
    writer.start_session(0)
    for number in range(12):
        video.append(picture(number), Time(number, 25))
    return writer, writer.finish_writing


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENOSPC, errno.EIO, errno.EPERM])
def test_a_refusal_leads_to_the_next_method(path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    asked = answer(monkeypatch, number)
    _, finish = film(path)
    assert finish().header_method == "first, moved in place"
    assert len(asked) == 1
    assert not asked[0] % BLOCK
    assert [each.number for each in shown(path)] == list(range(12))


def test_a_file_system_that_cannot_is_asked_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, errno.EOPNOTSUPP)
    for _ in range(2):
        film(path, overwrite=True)[1]()
    assert len(asked) == 1
    assert [each.number for each in shown(path)] == list(range(12))


@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, OutputError), (errno.ENOSPC, DiskFullError)])
def test_a_failure_half_way(path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[OutputError]) -> None:
    """The working file is spoilt: it goes, with a typed error, and the old film stays."""
    path.write_bytes(b"the old film")
    answer(monkeypatch, number, half_way=True)
    writer, finish = film(path, overwrite=True)
    with pytest.raises(kind) as caught:
        finish()
    assert caught.value.errno == number
    assert caught.value.path == str(path)
    assert writer.status is WriterStatus.FAILED
    assert path.read_bytes() == b"the old film"
    assert [entry.name for entry in path.parent.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize("refused", [False, True], ids=["after the insertion", "while the media moves"])
def test_a_disk_that_fills_up_between(path: Path, monkeypatch: pytest.MonkeyPatch, refused: bool) -> None:
    """The header's own blocks are taken when it is written into the inserted room, or when the media makes some."""
    if refused:
        answer(monkeypatch, errno.ENOSPC)
    writer, finish = film(path)
    write = platform.write_at

    def full(file: Any, offset: int, views: Any) -> None:
        if writer.status is not WriterStatus.WRITING or sum(view.nbytes for view in views) >= BLOCK:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(file, offset, views)

    monkeypatch.setattr(platform, "write_at", full)
    with pytest.raises(DiskFullError) as caught:
        finish()
    assert caught.value.path == str(path)
    assert writer.status is WriterStatus.FAILED
    assert list(path.parent.iterdir()) == []


def test_a_disk_that_fails_while_the_media_moves(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, errno.EOPNOTSUPP)
    writer, finish = film(path)
    monkeypatch.setattr(copy, "BLOCK", 512)
    read, calls = platform.read_into, []

    def broken(file: Any, offset: int, view: memoryview) -> None:
        calls.append(offset)
        if len(calls) == 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        read(file, offset, view)

    monkeypatch.setattr(platform, "read_into", broken)
    with pytest.raises(OutputError) as caught:
        finish()
    assert caught.value.errno == errno.EIO
    assert writer.status is WriterStatus.FAILED
    assert list(path.parent.iterdir()) == []
