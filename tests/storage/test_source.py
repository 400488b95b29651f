"""Where bytes to be read come from: files, memory, file objects, and all that is none of these."""

from __future__ import annotations

import errno
import io
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError
from reelwright.storage import source as module
from reelwright.storage.source import Source, SourceFile, open_source

DATA = bytes(range(256)) * 16


class Slow:
    """A file object that gives little at a time, and is no ``io`` class at all."""

    def __init__(self, data: bytes, step: int = 3) -> None:
        self._file = io.BytesIO(data)
        self._step = step

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, self._step))

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)


class Mute(Slow):
    """Its ``seek`` says nothing; only ``tell`` knows."""

    def seek(self, offset: int, whence: int = 0) -> None:  # type: ignore[override]
        self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "a film.mov"
    place.write_bytes(DATA)
    return place


@pytest.fixture(params=["path", "text", "url", "bytes", "bytearray", "memoryview", "BytesIO", "file", "slow", "mute"])
def source(request: pytest.FixtureRequest, path: Path) -> Iterator[Source]:
    with path.open("rb") as file:
        targets: dict[str, Any] = {
            "path": path,
            "text": str(path),
            "url": path.as_uri(),
            "bytes": DATA,
            "bytearray": bytearray(DATA),
            "memoryview": memoryview(DATA).cast("H"),
            "BytesIO": io.BytesIO(DATA),
            "file": file,
            "slow": Slow(DATA),
            "mute": Mute(DATA),
        }
        opened = open_source(targets[request.param])
        yield opened
        opened.close()


def test_any_place_of_any_source(source: Source) -> None:
    assert source.size == len(DATA)
    for offset, size in ((0, 10), (1000, 500), (0, len(DATA)), (len(DATA) - 1, 1)):
        assert source.read(offset, size) == DATA[offset : offset + size]
        assert type(source.read(offset, size)) is bytes


def test_fewer_bytes_only_at_the_end(source: Source) -> None:
    assert source.read(len(DATA) - 5, 100) == DATA[-5:]
    assert source.read(10, 1 << 62) == DATA[10:]
    assert source.read(len(DATA), 1) == b""
    assert source.read(1 << 62, 10) == b""


@pytest.mark.parametrize(("offset", "size"), [(-1, 10), (5, 0), (5, -1), (-(1 << 62), 1 << 62)])
def test_places_that_do_not_exist(source: Source, offset: int, size: int) -> None:
    assert source.read(offset, size) == b""


def test_names_and_paths(path: Path) -> None:
    file = open_source(path)
    assert (file.name, file.path) == (repr(str(path)), str(path))
    memory, thing = open_source(DATA), open_source(io.BytesIO(DATA))
    assert (memory.name, memory.path) == ("4096 bytes in memory", None)
    assert (thing.name, thing.path) == ("the BytesIO object", None)
    with path.open("rb") as opened:
        assert open_source(opened).name == f"the BufferedReader of {str(path)!r}"
    file.close()


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match="there is no file") as caught:
        open_source(tmp_path / "no.mov")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, str(tmp_path / "no.mov"))
    assert isinstance(caught.value, FileNotFoundError)


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.mov").mkdir()
    with pytest.raises((InvalidMediaError, PermissionError)):  # Windows says that it may not be opened
        open_source(tmp_path / "folder.mov")


@pytest.mark.parametrize("kind", ["file", "bytes", "object"])
def test_nothing_in_it(tmp_path: Path, kind: str) -> None:
    (tmp_path / "empty.mov").touch()
    target: Any = {"file": tmp_path / "empty.mov", "bytes": b"", "object": io.BytesIO()}[kind]
    with pytest.raises(InvalidMediaError, match="is empty"):
        open_source(target)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_nobody_writes_into_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mov")
    with pytest.raises(InvalidMediaError, match="no file but a pipe"):
        open_source(tmp_path / "pipe.mov")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such device")
def test_a_device_without_end_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="device"):
        open_source("/dev/zero")


def test_a_refused_file_leaves_no_descriptor_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.mov").touch()
    files: list[Any] = []

    def remembering(*args: Any, **options: Any) -> Any:
        files.append(open(*args, **options))  # noqa: SIM115
        return files[-1]

    monkeypatch.setattr(module, "open", remembering, raising=False)
    for target in (tmp_path / "empty.mov", Path(os.devnull)):
        with pytest.raises(InvalidMediaError):
            open_source(target)
    assert [file.closed for file in files] == [True, True]


@pytest.mark.parametrize(
    "target", [io.StringIO("text"), 7, None, object(), "http://example.com/a.mov", "rtsp://example.com/a"]
)
def test_what_media_cannot_be_read_from(target: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        open_source(target)


def test_a_file_opened_as_text(path: Path) -> None:
    with path.open(encoding="latin-1") as file, pytest.raises(InvalidArgumentError, match="gives text"):
        open_source(file)


def test_memory_with_gaps() -> None:
    with pytest.raises(InvalidArgumentError, match="not contiguous"):
        open_source(memoryview(DATA)[::2])


def test_an_object_that_cannot_go_back() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with open(reading, "rb") as pipe, pytest.raises(InvalidArgumentError, match="cannot go back"):
        open_source(pipe)


def test_an_object_without_seek() -> None:
    class Stream:
        def read(self, size: int) -> bytes:
            return b""

    with pytest.raises(InvalidArgumentError, match="cannot go back"):
        open_source(Stream())


def test_an_object_that_is_closed() -> None:
    file = io.BytesIO(DATA)
    source = open_source(file)
    file.close()
    with pytest.raises(InvalidMediaError, match="closed"):
        source.read(0, 1)
    with pytest.raises(InvalidArgumentError, match="is closed"):
        open_source(file)


def test_closing_leaves_the_callers_object_open() -> None:
    file = io.BytesIO(DATA)
    open_source(file).close()
    assert not file.closed


@pytest.mark.parametrize(("answer", "complaint"), [(b"four", "4 bytes where 2"), ("te", "a str where bytes")])
def test_an_object_that_gives_what_was_not_asked_for(answer: Any, complaint: str) -> None:
    class Odd(Slow):
        def read(self, size: int) -> Any:
            return answer

    with pytest.raises(InvalidMediaError, match=complaint):
        open_source(Odd(DATA)).read(0, 2)


def test_an_object_that_ends_early_or_gives_nothing() -> None:
    class Short(Slow):
        def read(self, size: int) -> Any:
            return super().read(size) or None

    source = open_source(Short(DATA))
    source.size += 10  # as if it had shrunk
    assert source.read(len(DATA) - 4, 14) == DATA[-4:]


def test_an_error_of_the_disk_comes_as_it_is() -> None:
    class Failing(Slow):
        def read(self, size: int) -> bytes:
            raise OSError(errno.EIO, "the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        open_source(Failing(DATA)).read(0, 1)


def test_a_file_that_shrinks_gives_what_is_left(path: Path) -> None:
    source = open_source(path)
    os.truncate(path, 100)
    assert source.read(90, 50) == DATA[90:100]
    assert source.read(200, 50) == b""
    source.close()


def test_a_file_that_grows_keeps_its_size(path: Path) -> None:
    source = open_source(path)
    with path.open("ab") as file:
        file.write(b"more")
    assert (source.size, source.read(len(DATA) - 2, 10)) == (len(DATA), DATA[-2:])
    source.close()


def test_reading_after_closing(path: Path) -> None:
    source = open_source(path)
    source.close()
    source.close()
    with pytest.raises(InvalidMediaError, match="was closed"):
        source.read(0, 1)


def test_without_positioned_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pread", raising=False)
    source = open_source(path)
    assert source.read(1000, 500) == DATA[1000:1500]
    assert source.read(0, 1 << 40) == DATA
    source.close()
    with pytest.raises(InvalidMediaError, match="was closed"):
        source.read(0, 1)


@pytest.mark.skipif(not hasattr(os, "pread"), reason="this system has no positioned reads")
def test_calls_that_give_little_are_repeated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pread = os.pread
    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "0")
    monkeypatch.setattr(os, "pread", lambda number, size, offset: pread(number, min(size, 7), offset))
    source = open_source(path)
    assert source.read(5, 3000) == DATA[5:3005]
    source.close()


@pytest.mark.skipif(not hasattr(os, "pread"), reason="this system has no positioned reads")
def test_closing_waits_for_whoever_still_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the number of the closed file could be another's before the read begins."""
    pread, began, go_on = os.pread, threading.Event(), threading.Event()

    def held(number: int, size: int, offset: int) -> bytes:
        began.set()
        assert go_on.wait(20)
        return pread(number, size, offset)

    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "0")
    monkeypatch.setattr(os, "pread", held)
    source = open_source(path)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(source.read, 100, 50)
        assert began.wait(20)
        source.close()
        with pytest.raises(InvalidMediaError, match="was closed"):
            source.read(0, 1)
        go_on.set()
        assert reading.result(20) == DATA[100:150]
    assert source._file.closed  # type: ignore[attr-defined]


def test_many_threads_read_one_source(source: Source) -> None:
    def total(start: int) -> bool:
        places = range(start, len(DATA) - 64, 97)
        return all(source.read(place, 64) == DATA[place : place + 64] for place in places)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(total, range(8)))


# -- a source as a file object -----------------------------------------------------------------------------------------


def test_a_source_as_a_file() -> None:
    file = SourceFile(open_source(DATA))
    assert (file.readable(), file.seekable(), file.writable()) == (True, True, False)
    assert (file.read(4), file.tell()) == (DATA[:4], 4)
    assert file.readall() == DATA[4:]
    assert file.read(4) == b""
    assert file.seek(-6, os.SEEK_END) == len(DATA) - 6
    assert file.seek(2, os.SEEK_CUR) == len(DATA) - 4
    assert file.read() == DATA[-4:]
    assert (file.seek(len(DATA) + 50), file.read(1)) == (len(DATA) + 50, b"")


@pytest.mark.parametrize(("offset", "whence"), [(-1, 0), (-5, 1), (-len(DATA) - 1, 2), (0, 3), (0, -1)])
def test_places_that_a_file_does_not_have(offset: int, whence: int) -> None:
    file = SourceFile(open_source(DATA))
    file.seek(4)
    with pytest.raises(ValueError, match="cannot seek"):
        file.seek(offset, whence)
    assert file.tell() == 4


def test_buffers_of_any_kind_are_filled() -> None:
    file, numbers = SourceFile(open_source(DATA)), memoryview(bytearray(8)).cast("I")
    assert file.readinto(numbers) == 8
    assert bytes(numbers) == DATA[:8]
    file.seek(-3, os.SEEK_END)
    assert file.readinto(numbers) == 3


def test_a_buffered_reader_on_top() -> None:
    reader = io.BufferedReader(SourceFile(open_source(DATA)), 100)
    assert reader.peek(1)[:1] == DATA[:1]
    assert reader.read(300) == DATA[:300]
    reader.seek(1000)
    assert reader.read(10) == DATA[1000:1010]
    reader.seek(-10, os.SEEK_END)
    assert reader.read() == DATA[-10:]


def test_files_on_one_source_do_not_disturb_each_other() -> None:
    source = open_source(Slow(DATA))
    one, other = SourceFile(source), SourceFile(source)
    assert (one.read(10), other.read(3), one.read(10)) == (DATA[:10], DATA[:3], DATA[10:20])
    one.close()
    assert other.read(3) == DATA[3:6]
