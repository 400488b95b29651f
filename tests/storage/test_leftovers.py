"""Working files that were left: finding them, telling which are in use, making films of them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.errors import DiskFullError, InvalidStateError, OutputExistsError, OutputNotFoundError
from reelwright.storage import platform
from reelwright.storage.destination import open_destination
from reelwright.storage.leftovers import LeftFilm, copy_of, final_path, journal_of, working_files


def leave(folder: Path, name: str = "film.mov", number: int = 1) -> Path:
    part = folder / f".{name}.{number:08x}.part"
    part.write_bytes(b"media")
    os.utime(part, ns=(number, number))
    return part


def test_working_files_are_found_by_the_name_of_their_film(tmp_path: Path) -> None:
    first, second = leave(tmp_path, number=1), leave(tmp_path, number=2)
    leave(tmp_path, "other.mov")
    leave(tmp_path, "film.mov.mov")
    (tmp_path / ".film.mov.0000000z.part").write_bytes(b"somebody else's")
    (tmp_path / ".film.mov.00000003.part").mkdir()
    assert working_files(str(tmp_path / "film.mov")) == [str(second), str(first)]
    assert working_files(str(tmp_path / "none.mov")) == []
    assert final_path(str(first)) == str(tmp_path / "film.mov")
    assert final_path(str(tmp_path / "film.mov")) is None
    assert journal_of(str(first)) is None
    Path(f"{first}.journal").write_bytes(b"")
    assert journal_of(str(first)) == f"{first}.journal"
    assert working_files(str(tmp_path / "film.mov")) == [str(second), str(first)]


def test_a_writers_own_names_are_known(tmp_path: Path) -> None:
    destination = open_destination(tmp_path / "film.mov")
    destination.open()
    (part,) = working_files(str(tmp_path / "film.mov"))
    assert final_path(part) == str(tmp_path / "film.mov")
    destination.discard()


def test_a_film_is_changed_where_it_lies_and_gets_its_name(tmp_path: Path) -> None:
    part = leave(tmp_path)
    film = LeftFilm(str(part))
    assert film.write(b" and", b" more") == 5
    film.overwrite(0, b"MEDIA")
    film.sync()
    assert film.size == 14
    film.put_at(str(tmp_path / "film.mov"))
    assert (tmp_path / "film.mov").read_bytes() == b"MEDIA and more"
    assert not part.exists()


def test_a_film_that_has_its_name_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(b"media")
    LeftFilm(str(path)).put_at(str(path))
    assert path.read_bytes() == b"media"


def test_nothing_is_replaced(tmp_path: Path) -> None:
    part = leave(tmp_path)
    (tmp_path / "film.mov").write_bytes(b"an old film")
    with pytest.raises(OutputExistsError, match=r"whole and kept as .*\.part"):
        LeftFilm(str(part)).put_at(str(tmp_path / "film.mov"))
    assert (tmp_path / "film.mov").read_bytes() == b"an old film"
    assert part.exists()


def test_troubles_are_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputNotFoundError):
        LeftFilm(str(tmp_path / "none.mov"))
    part = leave(tmp_path)
    film = LeftFilm(str(part))
    monkeypatch.setattr(platform, "write_at", full)
    with pytest.raises(DiskFullError, match=r"write to .*\.part"):
        film.write(b"more")
    film.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no advisory locks")
def test_a_film_that_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    program = f"""
        from reelwright.storage.destination import open_destination
        destination = open_destination({os.fspath(tmp_path / "film.mov")!r})
        destination.open()
        print("ready", flush=True)
        input()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        (part,) = working_files(str(tmp_path / "film.mov"))
        with pytest.raises(InvalidStateError, match="still being written"):
            LeftFilm(part)
        child.kill()
    LeftFilm(part).close()


def test_names_as_long_as_they_can_be_are_found(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 123 + ".mov")  # 250 bytes
    destination = open_destination(path)
    destination.open()
    destination.write(b"media")
    journal = destination.open_journal()
    assert journal is not None
    journal.append(b"record")
    assert destination.keep() == working_files(str(path))[0]
    part = working_files(str(path))[0]
    assert journal_of(part) == journal.path
    assert copy_of(part) is None
    Path(f"{part}.moved").write_bytes(b"")
    assert copy_of(part) == f"{part}.moved"
