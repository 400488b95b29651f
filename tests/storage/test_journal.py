"""The journal beside a working file: when it is there, when it goes, and what a failure leaves."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.errors import DiskFullError, InvalidStateError, OutputError
from reelwright.storage import platform
from reelwright.storage.destination import Destination, open_destination
from reelwright.storage.journal import Journal, recovery_hint


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def begun(folder: Path, *records: bytes, **options: Any) -> tuple[Destination, Journal]:
    destination = open_destination(folder / "film.mov", **options)
    destination.open()
    destination.write(b"media")
    journal = destination.open_journal()
    assert journal is not None
    for record in records:
        journal.append(record)
    return destination, journal


def part_of(folder: Path) -> Path:
    (part,) = folder.glob(".film.mov.*.part")
    return part


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_journal_stands_beside_the_working_file_and_goes_with_it(tmp_path: Path) -> None:
    destination, journal = begun(tmp_path, b"one", b"two")
    assert destination.open_journal() is journal
    assert journal.path == f"{part_of(tmp_path)}.journal"
    destination.sync()
    journal.sync()
    assert Path(journal.path).read_bytes() == b"onetwo"
    assert journal.size == 6
    assert part_of(tmp_path).read_bytes() == b"media"
    destination.commit()
    assert names(tmp_path) == ["film.mov"]
    with pytest.raises(InvalidStateError, match="closed"):
        journal.append(b"three")


def test_discarding_leaves_nothing(tmp_path: Path) -> None:
    destination, _ = begun(tmp_path, b"one")
    destination.discard()
    destination.discard()
    assert names(tmp_path) == []


def test_a_failed_film_is_kept_with_its_journal(tmp_path: Path) -> None:
    destination, journal = begun(tmp_path, b"one")
    destination.sync()
    part = str(part_of(tmp_path))
    assert destination.keep() == part
    destination.discard()
    assert names(tmp_path) == [os.path.basename(part), os.path.basename(journal.path)]
    assert f"reelwright recover {part}" in recovery_hint(part)


@pytest.mark.parametrize("records", [(), None])
def test_without_a_record_nothing_is_kept(tmp_path: Path, records: tuple[bytes, ...] | None) -> None:
    destination = open_destination(tmp_path / "film.mov")
    destination.open()
    if records is not None:
        destination.open_journal()
    assert destination.keep() is None
    assert names(tmp_path) == []


def test_a_film_that_fails_at_its_commit_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    destination, _ = begun(tmp_path, b"one")
    monkeypatch.setattr(platform, "write_at", full)
    with pytest.raises(DiskFullError, match="No space left") as caught:
        destination.commit()
    assert caught.value.hint == recovery_hint(str(part_of(tmp_path)))
    assert len(names(tmp_path)) == 2


def test_a_film_whose_name_is_taken_needs_no_journal_any_more(tmp_path: Path) -> None:
    destination, _ = begun(tmp_path, b"one")
    (tmp_path / "film.mov").write_bytes(b"somebody else's")
    with pytest.raises(OutputError, match="created by somebody else"):
        destination.commit()
    assert part_of(tmp_path).read_bytes() == b"media"
    assert len(names(tmp_path)) == 2


def test_a_disk_that_is_full_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    destination, journal = begun(tmp_path, b"one")
    with monkeypatch.context() as broken:
        broken.setattr(platform, "write_at", full)
        broken.setattr(platform, "sync_data", full)
        with pytest.raises(DiskFullError, match=r"write to the journal .*\.journal"):
            journal.append(b"two")
        with pytest.raises(DiskFullError):
            journal.sync()
        with pytest.raises(DiskFullError):
            destination.sync()
    assert journal.size == 3
    destination.keep()


def test_media_with_a_journal_is_on_the_disk_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[str]] = []
    monkeypatch.setattr(platform, "sync_file", lambda descriptor: synced.append(names(tmp_path)))
    destination, _ = begun(tmp_path, b"one")
    destination.commit()
    (present,) = synced
    assert "film.mov" not in present
    assert len(present) == 2


def test_a_sync_point_may_be_waited_for_later_and_elsewhere(tmp_path: Path) -> None:
    destination, _ = begun(tmp_path)
    wait = destination.sync_point()
    assert part_of(tmp_path).read_bytes() == b"media"
    destination.write(b"more")
    wait()
    destination.discard()
    wait()


@pytest.mark.parametrize("readable", [True, False])
def test_objects_have_no_journal_and_no_disk(readable: bool) -> None:
    class Target(io.BytesIO):
        def readable(self) -> bool:
            return readable

    target = Target()
    destination = open_destination(target)
    destination.open()
    destination.write(b"media")
    assert destination.open_journal() is None
    destination.sync()
    assert destination.keep() is None
    assert target.getvalue() == b""


def test_an_object_that_is_a_file_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(platform, "sync_file", synced.append)
    with open(tmp_path / "film.mov", "w+b") as file:
        destination = open_destination(file)
        destination.open()
        destination.write(b"media")
        destination.sync()
        assert (tmp_path / "film.mov").read_bytes() == b"media"
        assert synced == [file.fileno()]
        destination.discard()


# Room for a header, while a journal tells where everything is


def filled(folder: Path, *records: bytes) -> tuple[Destination, bytes]:
    destination = open_destination(folder / "film.mov", room_by="moved in place")
    destination.open()
    media = bytes(range(256)) * (40 << 10)
    destination.write(media)
    journal = destination.open_journal()
    assert journal is not None
    destination.sync()
    for record in records:
        journal.append(record)
    return destination, media


def test_with_a_journal_media_is_not_moved_but_copied(tmp_path: Path) -> None:
    destination, media = filled(tmp_path, b"one")
    part = part_of(tmp_path)
    assert destination.insert(24, b"header", replacing=2) == "rewritten"
    assert part.read_bytes() == media
    assert len(names(tmp_path)) == 3
    assert destination.read(20, 14) == media[20:24] + b"header" + media[26:30]
    destination.write(b"more")
    destination.commit()
    assert (tmp_path / "film.mov").read_bytes() == media[:24] + b"header" + media[26:] + b"more"
    assert names(tmp_path) == ["film.mov"]


def test_a_journal_without_records_is_no_reason_to_copy(tmp_path: Path) -> None:
    destination, _ = filled(tmp_path)
    assert destination.insert(24, b"header") == "moved in place"
    destination.discard()


@pytest.mark.parametrize("end", ["keep", "discard"])
def test_an_unfinished_copy_goes(tmp_path: Path, end: str) -> None:
    destination, media = filled(tmp_path, b"one")
    part = part_of(tmp_path)
    destination.insert(24, b"header")
    if end == "discard":
        destination.discard()
        assert names(tmp_path) == []
    else:
        assert destination.keep() == str(part)
        assert part.read_bytes() == media
        assert names(tmp_path) == [part.name, f"{part.name}.journal"]


def test_a_copy_that_fails_leaves_what_the_journal_tells_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    destination, media = filled(tmp_path, b"one")
    part, write = part_of(tmp_path), platform.write_at

    def limited(file: Any, offset: int, views: Any) -> None:
        if offset > 1 << 21:
            full()
        write(file, offset, views)

    monkeypatch.setattr(platform, "write_at", limited)
    with pytest.raises(DiskFullError):
        destination.insert(24, b"header")
    assert destination.keep() == str(part)
    assert part.read_bytes() == media
    assert len(names(tmp_path)) == 2
