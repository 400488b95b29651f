"""Positioned reads and writes in every portion size, exclusive renames, and syncing."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelwright.storage import platform


@pytest.fixture
def file(tmp_path: Path) -> Iterator[io.FileIO]:
    with io.FileIO(tmp_path / "bytes", "x+") as opened:
        yield opened


def views(*parts: bytes) -> list[memoryview]:
    return [memoryview(part) for part in parts]


@pytest.mark.parametrize(("value", "plain"), [(None, False), ("", False), ("0", False), ("1", True), ("yes", True)])
def test_the_switch_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch, value: str | None, plain: bool) -> None:
    monkeypatch.delenv("REELWRIGHT_PLAIN_STORAGE")
    if value is not None:
        monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", value)
    assert platform.plain_storage() is plain


@pytest.mark.parametrize("most_bytes", [1, 3, 5, 100])
@pytest.mark.parametrize("most_buffers", [1, 2, 64])
def test_bytes_arrive_whatever_one_call_may_carry(
    file: io.FileIO, monkeypatch: pytest.MonkeyPatch, most_bytes: int, most_buffers: int
) -> None:
    monkeypatch.setattr(platform, "_MOST_BYTES", most_bytes)
    monkeypatch.setattr(platform, "_MOST_BUFFERS", most_buffers)
    platform.write_at(file, 4, views(b"abc", b"", b"defgh", b"i"))
    platform.write_at(file, 0, views(b"0123"))
    back = bytearray(13)
    platform.read_into(file, 0, memoryview(back))
    assert back == b"0123abcdefghi"


def test_short_writes_are_continued(file: io.FileIO, monkeypatch: pytest.MonkeyPatch, storage_mode: str) -> None:
    if storage_mode == "fast":
        if not hasattr(os, "pwritev"):
            pytest.skip("this system has no pwritev")
        real = os.pwritev
        monkeypatch.setattr(os, "pwritev", lambda fd, parts, at: real(fd, [parts[0][:2]], at))
    else:
        file = Short(file.name, "r+")
    platform.write_at(file, 0, views(b"abcde", b"fghij"))
    assert Path(file.name).read_bytes() == b"abcdefghij"
    file.close()


class Short(io.FileIO):
    """Takes two bytes at a time."""

    def write(self, data: bytes, /) -> int:
        return super().write(data[:2])


class Stubborn(io.FileIO):
    """Takes nothing and says nothing."""

    def write(self, data: bytes, /) -> int:
        return 0


def test_a_write_that_takes_nothing_is_an_error_not_a_loop(file: io.FileIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pwritev", lambda fd, parts, at: 0, raising=False)
    with Stubborn(file.name, "r+") as stubborn, pytest.raises(OSError, match="accepted no bytes") as caught:
        platform.write_at(stubborn, 0, views(b"abc"))
    assert caught.value.errno == errno.EIO


def test_reading_beyond_the_end_is_an_error(file: io.FileIO) -> None:
    platform.write_at(file, 0, views(b"abc"))
    with pytest.raises(OSError, match="shorter"):
        platform.read_into(file, 1, memoryview(bytearray(3)))


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no device that yields and swallows any amount")
def test_more_than_two_gibibytes_in_one_buffer() -> None:
    numpy = pytest.importorskip("numpy")
    huge = memoryview(numpy.zeros((1 << 31) + 5, numpy.uint8))  # never touched: no memory is taken
    counted = 0

    class Counting(io.FileIO):
        def write(self, data: memoryview, /) -> int:
            nonlocal counted
            count = super().write(data)
            counted += count
            return count

    with Counting("/dev/null", "w") as null:
        platform.write_at(null, 0, [huge])
    assert counted in (0, huge.nbytes)  # 0: the gathered call went past the object


def exclusive_rename_available() -> bool:
    return not platform.plain_storage() and sys.platform in ("linux", "darwin", "win32")


def test_an_exclusive_rename_moves(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "ü b"
    source.write_bytes(b"film")
    if platform.rename_without_replacing(str(source), str(target)):
        assert target.read_bytes() == b"film"
        assert not source.exists()
    else:
        assert not exclusive_rename_available()
        assert source.exists()
        assert not target.exists()


def test_an_exclusive_rename_never_replaces(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    if exclusive_rename_available():
        with pytest.raises(FileExistsError):
            platform.rename_without_replacing(str(source), str(target))
    else:
        assert not platform.rename_without_replacing(str(source), str(target))
    assert (source.read_bytes(), target.read_bytes()) == (b"new", b"old")


def test_a_file_system_without_exclusive_renames_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "_exclusive_rename", lambda: lambda source, target: errno.EINVAL)
    if os.name != "nt":
        assert platform.rename_without_replacing(str(tmp_path / "a"), str(tmp_path / "b")) is False


def test_files_and_folders_can_be_synced(file: io.FileIO, tmp_path: Path) -> None:
    platform.sync_file(file.fileno())
    platform.sync_folder(str(tmp_path))


def test_a_file_system_that_cannot_sync_folders_is_not_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EINVAL, "no")

    monkeypatch.setattr(os, "fsync", refuse)
    platform.sync_folder(str(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no call to sync a folder")
def test_a_folder_that_fails_to_sync_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no"):
        platform.sync_folder(str(tmp_path))
