"""Films that can be played while they grow: where they stand, what replaces what, and what a failure leaves."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.errors import DiskFullError, InvalidStateError, OutputExistsError
from reelwright.storage import platform
from reelwright.storage.destination import open_destination
from reelwright.storage.growing import GrowingFile

FILM = b"film"


def growing(target: Any, **more: Any) -> Any:
    destination = open_destination(target, growing=True, **more)
    destination.open()
    return destination


def test_a_new_file_stands_under_its_name_at_once(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    destination = growing(path)
    assert os.listdir(tmp_path) == ["film.mov"]
    destination.write(FILM)
    destination.publish(destination.size)
    assert path.read_bytes() == FILM
    destination.overwrite(0, b"F")
    destination.write(b" and more")
    destination.commit()
    assert path.read_bytes() == b"Film and more"
    assert os.listdir(tmp_path) == ["film.mov"]


def test_a_taken_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"old")
    with pytest.raises(OutputExistsError):
        growing(path)
    assert path.read_bytes() == b"old"


def test_a_name_taken_at_the_last_moment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mov"

    def looked(self: GrowingFile) -> None:
        path.write_bytes(b"theirs")

    monkeypatch.setattr(GrowingFile, "_existing", looked)
    with pytest.raises(OutputExistsError):
        growing(path, overwrite=True)
    assert path.read_bytes() == b"theirs"


def test_an_old_file_is_replaced_when_there_is_something_to_play(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"old")
    path.chmod(0o640)
    destination = growing(path, overwrite=True)
    destination.write(FILM)
    assert path.read_bytes() == b"old"
    destination.publish(destination.size)
    assert path.read_bytes() == FILM
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["film.mov"]
    destination.discard()
    assert os.listdir(tmp_path) == []


def test_the_disk_has_a_film_before_it_replaces_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"old")
    seen: list[tuple[str, bytes]] = []
    sync, folder = platform.sync_data, platform.sync_folder

    def synced(descriptor: int) -> None:
        seen.append(("film", path.read_bytes()))
        sync(descriptor)

    def named(where: str) -> None:
        seen.append(("name", path.read_bytes()))
        folder(where)

    monkeypatch.setattr(platform, "sync_data", synced)
    monkeypatch.setattr(platform, "sync_folder", named)
    destination = growing(path, overwrite=True)
    destination.write(FILM)
    destination.sync()
    destination.publish(destination.size)
    assert seen == [("film", b"old"), ("film", b"old")]
    destination.sync()
    destination.sync()
    assert seen[2:] == [("film", FILM), ("name", FILM), ("film", FILM)]
    destination.commit()


def test_the_name_of_a_new_film_reaches_the_disk_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[str] = []
    monkeypatch.setattr(platform, "sync_folder", folders.append)
    destination = growing(tmp_path / "film.mov")
    destination.write(FILM)
    wait = destination.sync_point()
    wait()
    assert folders == [str(tmp_path)]
    destination.discard()
    wait()
    assert folders == [str(tmp_path)]


def test_an_old_file_stays_when_nothing_was_published(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"old")
    destination = growing(path, overwrite=True)
    destination.write(FILM)
    assert destination.keep() is None
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["film.mov"]


@pytest.mark.parametrize("published", [True, False])
def test_a_failure_leaves_what_plays(tmp_path: Path, published: bool) -> None:
    path = tmp_path / "film.mov"
    destination = growing(path)
    destination.write(FILM)
    if published:
        destination.publish(destination.size)
    destination.write(bytes(9 << 20))  # more than is kept in memory
    kept = destination.keep()
    assert kept == (str(path) if published else None)
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == ([FILM] if published else [])


def test_what_reached_the_place_can_be_mended_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mov"
    destination = growing(path)
    destination.write(b"....", FILM)
    destination.sync()
    write_at = platform.write_at

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(platform, "write_at", full)
    destination.write(b"more")
    with pytest.raises(DiskFullError):
        destination.sync()
    monkeypatch.setattr(platform, "write_at", write_at)
    with pytest.raises(DiskFullError):
        destination.overwrite(0, b"whol")
    with pytest.raises(InvalidStateError):
        destination.mend(8, b"m", 9)
    destination.mend(0, b"whol", 8)
    assert destination.keep() == str(path)
    assert path.read_bytes() == b"wholfilm"


def test_a_short_film_can_be_finished_without_being_published(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"old")
    destination = growing(path, overwrite=True, durable=True)
    destination.write(FILM)
    destination.commit()
    assert path.read_bytes() == FILM


def test_nothing_is_inserted(tmp_path: Path) -> None:
    destination = growing(tmp_path / "film.mov")
    destination.write(FILM)
    with pytest.raises(InvalidStateError):
        destination.insert(0, b"header")
    destination.discard()


def test_an_object_keeps_what_plays() -> None:
    film = io.BytesIO(b"before")
    film.seek(6)
    destination = growing(film)
    destination.write(FILM)
    destination.publish(destination.size)
    destination.write(b"torn")
    destination.sync()
    assert destination.keep() is None
    assert film.getvalue() == b"before" + FILM


class Pipe:
    """Takes bytes and nothing else."""

    def __init__(self) -> None:
        self.got = bytearray()

    def write(self, data: bytes) -> int:
        self.got += data[:3]
        return len(data[:3])


def test_an_object_that_only_takes_bytes_gets_them_in_order() -> None:
    pipe = Pipe()
    destination = growing(pipe)
    destination.write(FILM)
    assert not pipe.got
    destination.publish(destination.size)
    assert pipe.got == FILM
    destination.write(b" and more")
    destination.commit()
    assert pipe.got == b"film and more"


def test_a_file_that_is_open_for_appending(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"log")
    with path.open("ab") as file:
        destination = growing(file)
        destination.write(FILM)
        destination.publish(destination.size)
        assert path.read_bytes() == b"logfilm"
        destination.discard()
    assert path.read_bytes() == b"logfilm"
