"""What can go wrong with a disk or a file object: always a typed error, never anything left, no descriptor open."""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from tests.storage.doubles import Failing, WriteOnly

from reelwright.model.errors import (
    DiskFullError,
    InvalidStateError,
    OutputError,
    OutputExistsError,
    OutputNotFoundError,
    OutputPermissionError,
)
from reelwright.storage import Destination, open_destination, platform, scratch

LONG = 9 << 20
"""More than is kept in memory: such a write meets the disk at once."""

posix = pytest.mark.skipif(os.name == "nt", reason="permissions, devices and limits of POSIX")


@pytest.fixture(autouse=True, params=["fast", "plain"])
def storage_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "1" if request.param == "plain" else "0")
    return str(request.param)


def descriptors() -> list[str]:
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    gc.collect()
    before = descriptors()
    yield
    # Without a collection: what is closed by the garbage collector only is not closed.
    assert descriptors() == before


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return tmp_path / "film.mov"


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user without privileges, as whom the test runs: root may write anywhere and proves nothing."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def begun(target: Any, **options: Any) -> Destination:
    opened = open_destination(target, **options)
    opened.open()
    return opened


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def raising(number: int) -> Callable[..., Any]:
    def call(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def check_spoilt(opened: Destination, kind: type[OutputError]) -> None:
    """After a failure every call raises the same error, without what it held alive, and nothing can be committed."""
    for call in (lambda: opened.write(b"x"), lambda: opened.read(0, 0), lambda: opened.insert(0, b"x"), opened.commit):
        with pytest.raises(kind) as caught:
            call()
        assert caught.value.__cause__ is None


# Opening -------------------------------------------------------------------------------------------------------------


def test_an_existing_file_is_not_replaced_unasked(film: Path) -> None:
    film.write_bytes(b"old")
    with pytest.raises(OutputExistsError, match="overwrite=True") as caught:
        begun(film)
    assert isinstance(caught.value, FileExistsError)
    assert caught.value.code == -11823
    assert (caught.value.errno, caught.value.path) == (errno.EEXIST, str(film))
    assert left(film.parent) == ["film.mov"]
    assert film.read_bytes() == b"old"


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputNotFoundError, match="Create the folder first") as caught:
        begun(tmp_path / "missing" / "film.mov")
    assert isinstance(caught.value, FileNotFoundError)
    assert left(tmp_path) == []


def test_a_folder_that_is_a_file(film: Path) -> None:
    film.touch()
    with pytest.raises(OutputNotFoundError):
        begun(film / "film.mov")
    assert left(film.parent) == ["film.mov"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_in_place_of_a_file(tmp_path: Path, overwrite: bool) -> None:
    with pytest.raises(OutputError, match=r"it is a folder.*Name a file inside it") as caught:
        begun(tmp_path, overwrite=overwrite)
    assert caught.value.errno == errno.EISDIR
    assert left(tmp_path) == []
    assert not list(tmp_path.parent.glob(".*.part"))


@posix
def test_an_unwritable_folder(unprivileged: Path) -> None:
    unprivileged.chmod(0o555)
    with pytest.raises(OutputPermissionError) as caught:
        begun(unprivileged / "film.mov")
    assert isinstance(caught.value, PermissionError)
    assert caught.value.code == -11884
    assert left(unprivileged) == []


@posix
def test_a_write_protected_file_is_not_replaced(unprivileged: Path) -> None:
    film = unprivileged / "film.mov"
    film.write_bytes(b"old")
    film.chmod(0o444)
    with pytest.raises(OutputPermissionError, match=r"write-protected.*Make it writable"):
        begun(film, overwrite=True)
    assert left(unprivileged) == ["film.mov"]


@posix
def test_a_folder_that_cannot_even_be_looked_into(unprivileged: Path) -> None:
    unprivileged.chmod(0)
    with pytest.raises(OutputPermissionError):
        begun(unprivileged / "film.mov")


@posix
@pytest.mark.parametrize("overwrite", [False, True])
def test_devices_are_never_replaced(overwrite: bool) -> None:
    with pytest.raises(OutputError, match="a device, a pipe or a socket"):
        begun("/dev/full", overwrite=overwrite)
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@posix
def test_pipes_are_never_replaced(film: Path) -> None:
    os.mkfifo(film)
    with pytest.raises(OutputError, match="a device, a pipe or a socket"):
        begun(film, overwrite=True)
    assert left(film.parent) == ["film.mov"]


def test_a_read_only_file_system(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "FileIO", raising(errno.EROFS))
    with pytest.raises(OutputPermissionError):
        begun(film)
    assert left(film.parent) == []


@pytest.mark.parametrize("target", ["path", "BytesIO"])
def test_a_missing_temporary_directory(film: Path, target: str) -> None:
    missing = film.parent / "scratch"
    with pytest.raises(OutputNotFoundError, match="temporary_directory=") as caught:
        begun(film if target == "path" else io.BytesIO(), temporary_directory=missing)
    assert str(missing) in str(caught.value)
    assert left(film.parent) == []


def test_a_temporary_directory_that_is_a_file(film: Path) -> None:
    film.touch()
    with pytest.raises(OutputError):
        begun(io.BytesIO(), temporary_directory=film)


@posix
def test_an_unwritable_temporary_directory(unprivileged: Path) -> None:
    unprivileged.chmod(0o555)
    with pytest.raises(OutputPermissionError, match="temporary_directory="):
        begun(io.BytesIO(), temporary_directory=unprivileged)


# A full disk ---------------------------------------------------------------------------------------------------------

_LIMITED = """
import json, os, resource, signal, sys
from pathlib import Path
from reelwright.model.errors import DiskFullError
from reelwright.storage import open_destination

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder, case, length = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
limit = 10 << 20
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
film = folder / "film.mov"
if case == "replaced":
    film.write_bytes(b"old")
target = open(film, "wb") if case == "object" else film
options = {"insertable": False} if case == "object" else {}
destination = open_destination(target, overwrite=True, **options)
destination.open()
result = {"when": None}
try:
    while destination.size < length:
        destination.write(bytes(100_000))
    if case == "inserted":
        result["when"] = "insert"
        destination.insert(0, bytes(2 << 20))
    result["when"] = "commit"
    destination.commit()
except DiskFullError as error:
    result |= {"code": error.code, "text": str(error), "oserror": isinstance(error, OSError)}
destination.discard()
result["at most"] = destination.size <= limit + (1 << 20)
if case == "object":
    result["size"] = os.fstat(target.fileno()).st_size
    target.close()
result["left"] = sorted(os.listdir(folder))
result["film"] = film.read_bytes().decode() if film.exists() else None
result["open"] = [n for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}") and int(n) > 2]
print(json.dumps(result))
"""


def limited(folder: Path, case: str, length: int) -> dict[str, Any]:
    """Write with a file-size limit of 10 MiB in a process of its own, and hear what happened."""
    command = [sys.executable, "-W", "error", "-c", _LIMITED, str(folder), case, str(length)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["code"] == -11807
    assert result["oserror"]
    assert "Free some space" in result["text"]
    assert result["open"] == []
    return result


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="file-size limits and /proc of Linux")
class TestFileSizeLimit:
    """``RLIMIT_FSIZE``: writes go short at the limit and then fail with ``EFBIG``."""

    def test_in_mid_film(self, tmp_path: Path) -> None:
        result = limited(tmp_path, "new", 30 << 20)
        assert (result["when"], result["left"]) == (None, [])
        assert result["at most"], "the film is not collected in memory while the disk is full"

    def test_at_the_end(self, tmp_path: Path) -> None:
        """The last mebibyte is in memory: the limit shows when it is written, at the latest by commit."""
        result = limited(tmp_path, "new", (10 << 20) + 1)
        assert (result["when"], result["left"]) == ("commit", [])

    def test_while_making_room(self, tmp_path: Path) -> None:
        result = limited(tmp_path, "inserted", 9_500_000)
        assert (result["when"], result["left"]) == ("insert", [])

    def test_the_old_film_stays(self, tmp_path: Path) -> None:
        result = limited(tmp_path, "replaced", 30 << 20)
        assert (result["left"], result["film"]) == (["film.mov"], "old")

    def test_a_file_object_is_cut_off(self, tmp_path: Path) -> None:
        result = limited(tmp_path, "object", 30 << 20)
        assert (result["left"], result["size"]) == (["film.mov"], 0)


@posix
@pytest.mark.parametrize(("length", "call"), [(10, "commit"), (LONG, "write")])
def test_a_device_that_is_always_full(length: int, call: str) -> None:
    full = open("/dev/full", "wb", buffering=0)  # noqa: SIM115
    opened = begun(full, insertable=False)
    if call == "commit":
        opened.write(bytes(length))
    with pytest.raises(DiskFullError, match="No space left on device"):
        opened.write(bytes(length)) if call == "write" else opened.commit()
    opened.discard()
    full.close()


@posix
def test_a_buffered_object_on_a_full_disk_is_found_out_by_commit() -> None:
    full = open("/dev/full", "wb")  # noqa: SIM115
    opened = begun(full)
    opened.write(b"a film shorter than the object's own buffer")
    with pytest.raises(DiskFullError):
        opened.commit()
    with pytest.raises(OSError, match="No space left"):
        full.close()  # the owner's own trouble: the object still holds what it could not write


def test_a_disk_that_fills_up_spoils_the_film_for_good(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = begun(film)
    with monkeypatch.context() as patch:
        patch.setattr(platform, "write_at", raising(errno.ENOSPC))
        with pytest.raises(DiskFullError) as caught:
            opened.write(bytes(LONG))
    assert isinstance(caught.value.__cause__, OSError)
    check_spoilt(opened, DiskFullError)
    opened.discard()
    assert left(film.parent) == []


def test_a_spoilt_film_does_not_keep_the_callers_frames_alive(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = begun(film)
    frame = numpy.zeros(LONG, numpy.uint8)
    alive = weakref.ref(frame)
    monkeypatch.setattr(platform, "write_at", raising(errno.EIO))
    with contextlib.suppress(OutputError):
        opened.write(frame)
    del frame
    gc.collect()
    assert alive() is None
    opened.discard()


@pytest.mark.parametrize("call", ["overwrite", "insert", "read"])
def test_every_call_reports_the_disk(film: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    opened = begun(film)
    opened.write(bytes(LONG))
    monkeypatch.setattr(platform, "write_at", raising(errno.EIO))
    monkeypatch.setattr(platform, "read_into", raising(errno.EIO))
    argument = 4 if call == "read" else b"data"
    with pytest.raises(OutputError) as caught:
        getattr(opened, call)(0, argument)
    assert caught.value.errno == errno.EIO
    assert str(film) in str(caught.value)
    check_spoilt(opened, OutputError)
    opened.discard()
    assert left(film.parent) == []


# Finishing -----------------------------------------------------------------------------------------------------------


def test_a_short_film_on_a_failing_disk_fails_at_commit_and_leaves_nothing(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = begun(film)
    opened.write(b"short")
    monkeypatch.setattr(platform, "write_at", raising(errno.EIO))
    with pytest.raises(OutputError):
        opened.commit()
    assert left(film.parent) == []
    with pytest.raises(InvalidStateError):
        opened.commit()


def test_a_disk_that_reports_its_failure_only_when_synced(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = begun(film, durable=True)
    opened.write(b"film")
    monkeypatch.setattr(platform, "sync_file", raising(errno.EIO))
    with pytest.raises(OutputError):
        opened.commit()
    assert left(film.parent) == []


def test_a_folder_that_cannot_be_synced_does_not_cost_the_film(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = begun(film, durable=True)
    opened.write(b"film")
    monkeypatch.setattr(platform, "sync_folder", raising(errno.EIO))
    with pytest.raises(OutputError):
        opened.commit()
    assert film.read_bytes() == b"film"
    assert left(film.parent) == ["film.mov"]


def test_a_network_drive_that_reports_its_failure_only_when_closed(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(io.FileIO):
        def close(self) -> None:
            was_open = not self.closed
            super().close()
            if was_open:
                raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(io, "FileIO", Late)
    opened = begun(film)
    opened.write(b"film")
    with pytest.raises(DiskFullError):
        opened.commit()
    assert left(film.parent) == []
    other = begun(film)
    other.discard()
    assert left(film.parent) == []


@pytest.mark.parametrize("length", [10, LONG])
@posix
def test_a_folder_that_is_removed_in_mid_film(film: Path, length: int) -> None:
    folder = film.parent / "folder"
    folder.mkdir()
    opened = begun(folder / "film.mov")
    opened.write(bytes(length))
    shutil.rmtree(folder)
    opened.write(bytes(length))
    with pytest.raises(OutputNotFoundError, match="was removed while"):
        opened.commit()
    opened.discard()
    assert left(film.parent) == []


@posix
@pytest.mark.parametrize("replaced_by", ["nothing", "a file"])
def test_discarding_what_is_gone_already_is_no_error(film: Path, replaced_by: str) -> None:
    folder = film.parent / "folder"
    folder.mkdir()
    opened = begun(folder / "film.mov")
    shutil.rmtree(folder)
    if replaced_by == "a file":
        folder.touch()
    opened.discard()
    opened.discard()


@posix
def test_a_film_that_cannot_be_discarded_says_so_and_can_be_tried_again(unprivileged: Path) -> None:
    opened = begun(unprivileged / "film.mov")
    opened.write(b"film")
    unprivileged.chmod(0o555)
    with pytest.raises(OutputPermissionError):
        opened.discard()
    unprivileged.chmod(0o755)
    opened.discard()
    assert left(unprivileged) == []


@posix
def test_a_folder_that_is_closed_to_us_keeps_the_finished_film(unprivileged: Path) -> None:
    opened = begun(unprivileged / "film.mov")
    opened.write(b"film")
    unprivileged.chmod(0)
    with pytest.raises(OutputPermissionError, match="is complete and kept as"):
        opened.commit()
    unprivileged.chmod(0o755)
    (kept,) = unprivileged.iterdir()
    assert kept.read_bytes() == b"film"


@posix
def test_a_folder_that_loses_its_permission_keeps_the_finished_film(unprivileged: Path) -> None:
    opened = begun(unprivileged / "film.mov")
    opened.write(b"film")
    unprivileged.chmod(0o555)
    with pytest.raises(OutputPermissionError, match="is complete and kept as"):
        opened.commit()
    (kept,) = unprivileged.iterdir()
    assert kept.read_bytes() == b"film"


# File objects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("insertable", [True, False])
@pytest.mark.parametrize("call", ["write", "commit"])
def test_an_object_closed_by_its_owner(film: Path, insertable: bool, call: str) -> None:
    with open(film, "wb") as owned:
        opened = begun(owned, insertable=insertable)
        opened.write(b"beginning")
    with pytest.raises(OutputError, match=r"closed by its owner.*Keep it open until") as caught:
        opened.write(b"more") if call == "write" else opened.commit()
    assert str(film) in str(caught.value)
    opened.discard()
    assert film.read_bytes() == b""


def test_an_object_closed_before_it_is_opened() -> None:
    owned = io.BytesIO()
    opened = open_destination(owned)
    owned.close()
    with pytest.raises(OutputError, match="closed by its owner"):
        opened.open()


def test_an_object_that_closes_itself_under_a_write() -> None:
    class Vanishing(io.BytesIO):
        def write(self, data: Any, /) -> int:
            self.close()
            return super().write(data)

    opened = begun(Vanishing())
    with pytest.raises(OutputError, match="closed by its owner"):
        opened.write(bytes(LONG))
    opened.discard()


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFullError, "No space left"),
        (OSError("the tape is torn"), OutputError, "the tape is torn"),
        (TimeoutError("no answer"), OutputError, "no answer"),
        (ValueError("bad bucket"), OutputError, "ValueError: bad bucket"),
        (KeyError("session"), OutputError, "KeyError: 'session'"),
        (RuntimeError(), OutputError, "RuntimeError"),
        (BufferError("exported"), OutputError, "BufferError: exported"),
    ],
)
def test_whatever_an_object_raises_becomes_trouble_with_the_output(
    error: Exception, kind: type[OutputError], says: str
) -> None:
    owned = Failing(10 << 20, error)
    opened = begun(owned)
    opened.write(bytes(LONG))
    assert owned.tell() == LONG
    with pytest.raises(kind, match=says) as caught:
        opened.write(bytes(LONG))
    assert caught.value.__cause__ is error
    assert "Failing object" in str(caught.value)
    assert caught.value.path is None
    check_spoilt(opened, kind)
    opened.discard()
    assert owned.getvalue() == b""


@pytest.mark.parametrize("answer", [0, -1, 1 << 40, "3"])
def test_an_object_that_answers_nonsense(answer: object) -> None:
    class Odd(io.BytesIO):
        def write(self, data: Any, /) -> Any:
            return answer

    opened = begun(Odd())
    with pytest.raises(OutputError):
        opened.write(bytes(LONG))
    opened.discard()


@posix
def test_an_object_in_non_blocking_mode_that_has_no_room() -> None:
    class Busy(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, offset: int, whence: int = 0, /) -> int:
            return offset

        def tell(self) -> int:
            return 0

        def write(self, data: Any, /) -> None:
            return None

    opened = begun(Busy(), insertable=False)
    with pytest.raises(OutputError, match="non-blocking"):
        opened.write(bytes(LONG))
    opened.discard()


@pytest.mark.parametrize("answer", [b"", b"much more than was asked for" * 1000_000])
def test_an_object_that_does_not_give_back_what_was_written(answer: bytes) -> None:
    class Forgetful(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return answer

    opened = begun(Forgetful())
    opened.write(bytes(LONG))
    with pytest.raises(OutputError, match="does not give back"):
        opened.insert(0, b"header")
    opened.discard()


def test_an_object_that_cannot_say_where_it_stands() -> None:
    class Lost(io.BytesIO):
        def tell(self) -> int:
            raise io.UnsupportedOperation("tell")

    with pytest.raises(OutputError, match="tell"):
        begun(Lost())


def test_a_staged_film_leaves_no_scratch_when_the_object_fails(tmp_path: Path) -> None:
    class Broken(Failing):
        def readable(self) -> bool:
            return False

    owned = Broken(1 << 20, OSError(errno.EIO, "broken"))
    opened = begun(owned, temporary_directory=tmp_path)
    opened.write(bytes(LONG))
    with pytest.raises(OutputError):
        opened.commit()
    assert owned.getvalue() == b""
    assert left(tmp_path) == []


def test_a_staged_film_is_discarded_with_its_scratch(tmp_path: Path) -> None:
    opened = begun(WriteOnly(), temporary_directory=tmp_path)
    opened.write(bytes(LONG))
    opened.discard()
    assert left(tmp_path) == []


def test_a_scratch_folder_that_goes_in_mid_film(tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()
    opened = begun(WriteOnly(), temporary_directory=folder)
    folder.rmdir()
    with pytest.raises(OutputNotFoundError, match="temporary_directory="):
        opened.write(bytes(LONG))
    opened.discard()


def test_an_interrupted_write_spoils_the_film(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever catches the interrupt and goes on must not finish a film with a hole in it."""

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    opened = begun(film)
    with monkeypatch.context() as patch:
        patch.setattr(platform, "write_at", interrupt)
        with pytest.raises(KeyboardInterrupt):
            opened.write(bytes(LONG))
    check_spoilt(opened, OutputError)
    opened.discard()
    assert left(film.parent) == []


def test_an_interrupted_commit_leaves_nothing(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    opened = begun(film)
    opened.write(b"film")
    monkeypatch.setattr(platform, "write_at", interrupt)
    with pytest.raises(KeyboardInterrupt):
        opened.commit()
    assert left(film.parent) == []


def test_a_failed_clean_up_does_not_hide_what_went_wrong(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = begun(film)
    opened.write(b"film")
    with monkeypatch.context() as patch:
        patch.setattr(platform, "write_at", raising(errno.ENOSPC))
        patch.setattr(os, "unlink", raising(errno.EIO))
        with pytest.raises(DiskFullError) as caught:
            opened.commit()
    assert "working file" in caught.value.__notes__[0]
    opened.discard()
    assert left(film.parent) == []


def test_scratch_files_report_what_they_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = scratch.ScratchFile(str(tmp_path))
    monkeypatch.setattr(platform, "read_into", raising(errno.EIO))
    with pytest.raises(OutputError, match="could not read a temporary file in"):
        made.read_into(0, memoryview(bytearray(1)))
    made.close()
