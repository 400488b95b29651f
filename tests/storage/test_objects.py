"""Films in a caller's file object: where it stands, flushed, left open, and nothing left when discarded."""

from __future__ import annotations

import errno
import io
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from tests.storage.doubles import Dribbling, Minimal, WriteOnly

from reelwright.model.errors import OutputError, OutputExistsError
from reelwright.storage import Destination, destination, open_destination, platform, scratch


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing worth mentioning stays in memory."""
    monkeypatch.setattr(destination, "MEMORY", 4)
    monkeypatch.setattr(destination, "BLOCK", 4)
    monkeypatch.setattr(destination, "DIRECT", 2)


def begun(target: Any, content: bytes = b"0123456789", **options: Any) -> Destination:
    opened = open_destination(target, **options)
    opened.open()
    opened.write(content)
    return opened


def count_scratch_files(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    made: list[str | None] = []
    real = scratch.ScratchFile.__init__

    def init(self: scratch.ScratchFile, folder: str | None) -> None:
        made.append(folder)
        real(self, folder)

    monkeypatch.setattr(scratch.ScratchFile, "__init__", init)
    return made


def test_the_film_begins_at_the_current_position() -> None:
    film = io.BytesIO(b"before")
    film.seek(0, os.SEEK_END)
    opened = begun(film)
    assert opened.size == 10
    opened.insert(0, b"head")
    opened.commit()
    assert film.getvalue() == b"beforehead0123456789"
    assert film.tell() == 20


@pytest.mark.usefixtures("small")
def test_the_owner_may_move_the_object_in_between() -> None:
    film = io.BytesIO()
    opened = begun(film)
    film.seek(3)
    opened.write(b"more")
    film.seek(1)
    opened.overwrite(0, b"X")
    opened.commit()
    assert film.getvalue() == b"X123456789more"
    assert film.tell() == 14


def test_bytes_behind_the_position_are_not_lost_unasked() -> None:
    film = io.BytesIO(b"old content")
    film.seek(4)
    with pytest.raises(OutputExistsError, match="7 bytes behind its position 4") as caught:
        begun(film)
    assert "overwrite=True" in str(caught.value)
    assert (film.getvalue(), film.tell()) == (b"old content", 4)


def test_bytes_behind_the_position_are_cut_off_when_overwriting() -> None:
    film = io.BytesIO(b"old content that is longer than the film")
    film.seek(4)
    begun(film, overwrite=True).commit()
    assert film.getvalue() == b"old 0123456789"


def test_an_object_that_cannot_be_cut_off_says_so() -> None:
    class Fixed(io.BytesIO):
        def truncate(self, size: int | None = None, /) -> int:
            raise io.UnsupportedOperation("fixed length")

    with pytest.raises(OutputError, match="fixed length"):
        begun(Fixed(b"old"), overwrite=True)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", [io.BytesIO, Dribbling, WriteOnly, Minimal])
def test_a_discarded_film_is_cut_off_again(kind: type[Any]) -> None:
    film = kind()
    film.write(b"abc")
    begun(film, insertable=False).discard()
    assert film.getvalue() == b"abc"
    assert film.tell() == 3


@pytest.mark.usefixtures("small")
def test_what_cannot_be_cut_off_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Endless(io.BytesIO):
        def truncate(self, size: int | None = None, /) -> int:
            raise io.UnsupportedOperation("no")

    opened = begun(Endless())
    with caplog.at_level(logging.WARNING):
        opened.discard()
    assert "keeps part of an unfinished film" in caplog.text


def test_files_are_flushed_and_left_open(tmp_path: Path) -> None:
    with open(tmp_path / "film.mov", "wb") as film:
        begun(film).commit()
        assert (tmp_path / "film.mov").read_bytes() == b"0123456789"
        assert not film.closed
        film.write(b"after")
    assert (tmp_path / "film.mov").read_bytes() == b"0123456789after"


def test_a_durable_film_is_synced_where_there_is_something_to_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(platform, "sync_file", synced.append)
    with open(tmp_path / "film.mov", "wb") as film:
        begun(film, durable=True).commit()
        assert synced == [film.fileno()]
    begun(io.BytesIO(), durable=True).commit()
    begun(Minimal(), durable=True).commit()
    assert len(synced) == 1


@pytest.mark.usefixtures("small")
def test_minimal_objects_get_bytes_they_may_keep() -> None:
    film = Minimal()
    frame = bytearray(b"frame 1")
    opened = open_destination(film, insertable=False)
    opened.open()
    opened.write(frame)
    frame[:] = b"frame 2"
    opened.commit()
    assert b"".join(film.kept) == b"frame 1"


@pytest.mark.usefixtures("small")
def test_objects_that_keep_the_views_they_get_do_no_harm() -> None:
    class Keeping(io.BytesIO):
        def __init__(self) -> None:
            super().__init__()
            self.kept: list[object] = []

        def write(self, data: Any, /) -> int:
            self.kept.append(data)
            return super().write(data)

    film = Keeping()
    opened = begun(film, b"a")
    for letter in (b"b", b"c", b"d", b"e", b"f"):
        opened.write(letter)
    opened.commit()
    assert film.getvalue() == b"abcdef"


# Staging ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", [WriteOnly, Minimal])
def test_unreadable_objects_are_staged(kind: type[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_scratch_files(monkeypatch)
    film = kind()
    opened = begun(film, temporary_directory=tmp_path)
    assert film.getvalue() == b""
    assert opened.read(0, 10) == b"0123456789"
    assert opened.insert(0, b"header") == "rewritten"
    opened.write(b"tail")
    opened.commit()
    assert film.getvalue() == b"header0123456789tail"
    assert set(made) == {str(tmp_path)}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "length", "insertable"),
    [(WriteOnly, 10, True), (WriteOnly, 9 << 20, False), (io.BytesIO, 9 << 20, True)],
)
def test_no_scratch_file_where_none_is_needed(
    monkeypatch: pytest.MonkeyPatch, kind: type[io.BytesIO], length: int, insertable: bool
) -> None:
    made = count_scratch_files(monkeypatch)
    film = kind()
    begun(film, bytes(length), insertable=insertable).commit()
    assert film.tell() == length
    assert made == []


@pytest.mark.usefixtures("small")
def test_a_full_scratch_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    film = WriteOnly()
    opened = open_destination(film, temporary_directory=tmp_path)
    opened.open()
    monkeypatch.setattr(scratch.platform, "write_at", full)
    with pytest.raises(OutputError, match="temporary_directory=") as caught:
        opened.write(b"0123456789")
    assert caught.value.errno == errno.ENOSPC
    assert str(tmp_path) in str(caught.value)
    opened.discard()
    assert film.getvalue() == b""


def test_a_scratch_file_has_no_name_to_be_left(tmp_path: Path) -> None:
    made = scratch.ScratchFile(str(tmp_path))
    made.write_at(0, [memoryview(b"abc")])
    if os.name != "nt":
        assert list(tmp_path.iterdir()) == []
    made.close()
    assert list(tmp_path.iterdir()) == []


def test_the_systems_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(OutputError, match="missing"):
        scratch.ScratchFile(None)
