"""How a film gets its name: in one step, never over somebody else's, with the right permissions."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.errors import OutputError, OutputExistsError, OutputNotFoundError
from reelwright.storage import Destination, commit, open_destination, platform

posix = pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return tmp_path / "film.mov"


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def begun(target: Any, content: bytes = b"new", **options: Any) -> Destination:
    destination = open_destination(target, **options)
    destination.open()
    destination.write(content)
    return destination


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def refuse(number: int) -> Callable[..., None]:
    def call(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def test_while_writing_there_is_only_a_working_file(film: Path) -> None:
    destination = begun(film)
    (name,) = names(film.parent)
    assert re.fullmatch(r"\.film\.mov\.[0-9a-f]{8}\.part", name)
    destination.commit()
    assert names(film.parent) == ["film.mov"]
    assert film.read_bytes() == b"new"


def test_the_same_name_may_be_written_twice_at_once_and_the_first_to_finish_has_it(film: Path) -> None:
    first, second = begun(film, b"first"), begun(film, b"second")
    second.commit()
    with pytest.raises(OutputExistsError):
        first.commit()
    assert film.read_bytes() == b"second"


def test_a_durable_film_is_synced(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(platform, "sync_file", lambda descriptor: synced.append("file"))
    monkeypatch.setattr(platform, "sync_folder", lambda folder: synced.append(f"{folder} {names(film.parent)}"))
    begun(film).commit()
    assert synced == []
    begun(film, overwrite=True, durable=True).commit()
    assert synced == ["file", f"{film.parent} ['film.mov']"]


def test_the_name_is_relative_to_the_folder_at_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    destination = begun("film.mov")
    monkeypatch.chdir(tmp_path / "elsewhere")
    destination.commit()
    assert (tmp_path / "film.mov").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["x" * 251 + ".mov", "ü" * 125 + ".mov"])
def test_names_as_long_as_a_file_system_takes(tmp_path: Path, name: str) -> None:
    begun(tmp_path / name).commit()
    assert names(tmp_path) == [name]


def test_a_name_that_is_too_long_is_reported_at_open(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        begun(tmp_path / ("x" * 300))
    assert names(tmp_path) == []


# Permissions -----------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002, 0])
def test_a_new_film_has_the_permissions_of_any_new_file(film: Path, umask: Callable[[int], int], mask: int) -> None:
    umask(mask)
    begun(film).commit()
    assert stat.S_IMODE(film.stat().st_mode) == 0o666 & ~mask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_a_replaced_film_keeps_its_permissions(film: Path, mode: int) -> None:
    film.write_bytes(b"old")
    film.chmod(mode)
    destination = begun(film, overwrite=True)
    (part,) = (entry for entry in film.parent.iterdir() if entry != film)
    assert stat.S_IMODE(part.stat().st_mode) == mode, "never more open than the old film, not even while writing"
    destination.commit()
    assert stat.S_IMODE(film.stat().st_mode) == mode


@posix
def test_a_file_system_without_permissions_is_written_all_the_same(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film.write_bytes(b"old")
    monkeypatch.setattr(os, "fchmod", refuse(errno.EPERM))
    begun(film, overwrite=True).commit()
    assert film.read_bytes() == b"new"


@posix
def test_permissions_that_fail_to_be_set_leave_nothing(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film.write_bytes(b"old")
    monkeypatch.setattr(os, "fchmod", refuse(errno.EIO))
    with pytest.raises(OutputError):
        begun(film, overwrite=True)
    assert names(film.parent) == ["film.mov"]


# Replacing -------------------------------------------------------------------------------------------------------


def test_the_old_film_is_whole_until_the_new_one_is(film: Path) -> None:
    film.write_bytes(b"old")
    destination = begun(film, overwrite=True)
    assert film.read_bytes() == b"old"
    destination.commit()
    assert film.read_bytes() == b"new"
    assert names(film.parent) == ["film.mov"]


def test_the_old_film_survives_a_discarded_one(film: Path) -> None:
    film.write_bytes(b"old")
    begun(film, overwrite=True).discard()
    assert film.read_bytes() == b"old"
    assert names(film.parent) == ["film.mov"]


def test_overwriting_what_is_not_there_is_writing(film: Path) -> None:
    begun(film, overwrite=True).commit()
    assert film.read_bytes() == b"new"


@posix
def test_a_link_is_written_through_and_stays(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    real, link = tmp_path / "archive" / "2024.mov", tmp_path / "latest.mov"
    real.write_bytes(b"old")
    link.symlink_to(Path("archive", "2024.mov"))
    begun(link, overwrite=True).commit()
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert names(tmp_path / "archive") == ["2024.mov"]


@posix
def test_a_dangling_link_is_written_through_when_overwriting(tmp_path: Path) -> None:
    link = tmp_path / "latest.mov"
    link.symlink_to("2024.mov")
    begun(link, overwrite=True).commit()
    assert link.is_symlink()
    assert (tmp_path / "2024.mov").read_bytes() == b"new"


@posix
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_a_taken_name(tmp_path: Path, dangling: bool) -> None:
    link = tmp_path / "latest.mov"
    link.symlink_to("2024.mov")
    if not dangling:
        (tmp_path / "2024.mov").touch()
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        begun(link)
    assert not list(tmp_path.glob(".*"))


@posix
def test_a_link_that_leads_nowhere_but_to_itself(tmp_path: Path) -> None:
    link = tmp_path / "latest.mov"
    link.symlink_to("latest.mov")
    with pytest.raises(OutputError):
        begun(link, overwrite=True)


# Names taken in the meantime, by every method ----------------------------------------------------------------------


@pytest.fixture(params=["links", "exclusive rename", "neither"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The three ways to take a name; the plain mode knows only the last, whatever the system offers."""
    if request.param != "links":
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    if request.param == "neither":
        monkeypatch.setattr(platform, "_exclusive_rename", lambda: None)
    return str(request.param)


def test_a_free_name_is_taken(film: Path, method: str) -> None:
    begun(film).commit()
    assert names(film.parent) == ["film.mov"]
    assert film.read_bytes() == b"new"


def test_a_name_taken_in_the_meantime_is_left_alone_and_the_film_kept(film: Path, method: str) -> None:
    destination = begun(film)
    film.write_bytes(b"somebody else's")
    with pytest.raises(OutputExistsError) as caught:
        destination.commit()
    (kept,) = film.parent.glob(".*.part")
    assert repr(str(kept)) in str(caught.value)
    assert "somebody else" in str(caught.value)
    assert caught.value.path == str(film)
    destination.discard()
    assert kept.read_bytes() == b"new"
    assert film.read_bytes() == b"somebody else's"


@posix
def test_a_dangling_link_in_the_meantime_is_left_alone_too(film: Path, method: str) -> None:
    destination = begun(film)
    film.symlink_to("nowhere")
    with pytest.raises(OutputExistsError, match="is complete and kept as"):
        destination.commit()
    assert film.is_symlink()
    assert not (film.parent / "nowhere").exists()


def test_a_folder_in_the_meantime_is_left_alone_too(film: Path, method: str) -> None:
    destination = begun(film)
    film.mkdir()
    with pytest.raises(OutputExistsError, match="is complete and kept as"):
        destination.commit()


def test_overwriting_a_folder_that_came_in_the_meantime_keeps_the_film(film: Path) -> None:
    destination = begun(film, overwrite=True)
    film.mkdir()
    with pytest.raises(OutputError, match="is complete and kept as"):
        destination.commit()
    assert [kept.read_bytes() for kept in film.parent.glob(".*.part")] == [b"new"]


def test_a_failed_replacement_gives_the_reserved_name_back(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film.with_suffix(".part").write_bytes(b"new")
    monkeypatch.setattr(os, "replace", refuse(errno.EIO))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        commit._reserve_and_replace(str(film.with_suffix(".part")), str(film))
    assert names(film.parent) == ["film.part"]


def test_a_program_that_holds_the_old_film_open_keeps_the_new_one(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace a file that is open elsewhere."""
    film.write_bytes(b"old")
    destination = begun(film, overwrite=True)
    monkeypatch.setattr(os, "replace", refuse(errno.EACCES))
    with pytest.raises(PermissionError, match="is complete and kept as"):
        destination.commit()
    assert film.read_bytes() == b"old"
    assert [kept.read_bytes() for kept in film.parent.glob(".*.part")] == [b"new"]


@posix
def test_a_link_that_was_made_although_the_answer_was_lost(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS repeats a call whose answer is lost, and then finds the name taken: by itself."""
    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "0")  # links belong to the fast path only
    real = os.link

    def link(source: str, target: str) -> None:
        real(source, target)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    monkeypatch.setattr(os, "link", link)
    begun(film).commit()
    assert names(film.parent) == ["film.mov"]


@posix
def test_a_working_file_that_was_removed_is_not_called_kept(film: Path, method: str) -> None:
    destination = begun(film)
    for part in film.parent.glob(".*.part"):
        part.unlink()
    with pytest.raises(OutputNotFoundError, match="was removed while") as caught:
        destination.commit()
    assert "kept" not in str(caught.value)
    assert names(film.parent) == []
