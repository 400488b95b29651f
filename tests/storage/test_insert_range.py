"""Ranges of blocks put into files: by the real file system where it can, and by one that fails in every known way."""

from __future__ import annotations

import errno
import io
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.storage.conftest import FORCED
from tests.storage.file_systems import inserts_ranges

from reelwright.model.errors import DiskFullError, InvalidArgumentError, OutputError
from reelwright.storage import Destination, commit, insert_range, open_destination
from reelwright.storage.cached import CachedBytes

BLOCK = 4096
NO_RANGES = "the file system inserts no ranges, or plain storage is forced"
CONTENT = random.Random(0).randbytes(5 * BLOCK + 123)


@pytest.fixture(autouse=True)
def storage_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once is enough: there is no plain way to insert."""
    if FORCED:
        pytest.skip(NO_RANGES)
    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "0")


@pytest.fixture(autouse=True)
def nobody_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insert_range, "refusing", set())


@pytest.fixture
def file(tmp_path: Path) -> Iterator[io.FileIO]:
    with io.FileIO(tmp_path / "file", "x+") as opened:
        opened.write(CONTENT)
        yield opened


@pytest.fixture
def block(file: io.FileIO, tmp_path: Path) -> int:
    """The block of a file system that can insert."""
    if not inserts_ranges(tmp_path):
        pytest.skip(NO_RANGES)
    return insert_range.insertion_block(file)


def content(file: io.FileIO) -> bytes:
    file.seek(0)
    return file.readall() or b""


@pytest.mark.parametrize("offset", [0, 1, 28, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7, len(CONTENT) - 1])
@pytest.mark.parametrize("blocks", [1, 3])
def test_everything_behind_moves(file: io.FileIO, block: int, offset: int, blocks: int) -> None:
    assert insert_range.insert_range(file, offset, blocks * block)
    found = content(file)
    assert found[:offset] == CONTENT[:offset]
    assert found[offset + blocks * block :] == CONTENT[offset:]


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK + 1])
def test_only_whole_blocks_are_inserted(file: io.FileIO, length: int) -> None:
    assert not insert_range.insert_range(file, 28, length)
    assert content(file) == CONTENT
    assert not insert_range.refusing, "nobody was asked"


def test_plain_storage_inserts_nothing(file: io.FileIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "1")
    assert insert_range.insertion_block(file) == 1
    assert not insert_range.insert_range(file, 0, BLOCK)
    assert content(file) == CONTENT


def test_other_systems_insert_nothing(file: io.FileIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insert_range, "_fallocate", lambda: None)
    assert insert_range.insertion_block(file) == 1
    assert not insert_range.insert_range(file, 0, BLOCK)


@pytest.mark.parametrize(("advised", "block"), [(512, 512), (1 << 16, 1 << 16), (1 << 20, 1), (1, 1), (0, 1)])
def test_only_a_block_of_a_file_system_counts(
    file: io.FileIO, monkeypatch: pytest.MonkeyPatch, advised: int, block: int
) -> None:
    """A network drive calls a mebibyte its block, so much would be wasted on every film."""
    told = os.statvfs_result((advised, *os.fstatvfs(file.fileno())[1:]))
    monkeypatch.setattr(os, "fstatvfs", lambda _: told)
    monkeypatch.setattr(insert_range, "_fallocate", lambda: answering(0))
    assert insert_range.insertion_block(file) == block


# File systems that refuse and fail -----------------------------------------------------------------------------------


def answering(*answers: int, grow: bool = False) -> Callable[[int, int, int, int], int]:
    """A fallocate(2) that answers so, one after the other; the file grows before a failure where asked."""
    left = list(answers)

    def call(descriptor: int, mode: int, offset: int, length: int) -> int:
        assert mode == 0x20
        assert not offset % BLOCK
        assert not length % BLOCK
        if grow:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size + length)
        return left.pop(0)

    return call


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def ask(*answers: int, grow: bool = False) -> None:
        call = answering(*answers, grow=grow)
        monkeypatch.setattr(insert_range, "_fallocate", lambda: call)

    return ask


@pytest.mark.parametrize("refusal", [errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_who_refuses_is_asked_once(file: io.FileIO, asked: Callable[..., None], refusal: int) -> None:
    asked(refusal)
    assert not insert_range.insert_range(file, 0, BLOCK)
    assert insert_range.insertion_block(file) == 1
    assert not insert_range.insert_range(file, 0, BLOCK)
    assert content(file) == CONTENT


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EPERM, errno.EIO, errno.EFBIG])
def test_who_fails_before_anything_changed_is_asked_again(
    file: io.FileIO, asked: Callable[..., None], trouble: int
) -> None:
    asked(trouble, trouble)
    for _ in range(2):
        assert insert_range.insertion_block(file) == BLOCK
        assert not insert_range.insert_range(file, 0, BLOCK)
    assert content(file) == CONTENT


@pytest.mark.parametrize("trouble", [errno.EIO, errno.ENOSPC, errno.EINTR, errno.EOPNOTSUPP])
def test_a_failure_half_way_is_told(file: io.FileIO, asked: Callable[..., None], trouble: int) -> None:
    asked(trouble, grow=True)
    with pytest.raises(OSError) as caught:  # noqa: PT011
        insert_range.insert_range(file, 0, BLOCK)
    assert caught.value.errno == trouble
    assert not insert_range.refusing


def test_an_interrupted_call_is_repeated(file: io.FileIO, asked: Callable[..., None]) -> None:
    asked(errno.EINTR, errno.EINTR, errno.EOPNOTSUPP)
    assert not insert_range.insert_range(file, 0, BLOCK)
    assert insert_range.refusing


# When it is worth it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "cached", "unwritten", "faster"),
    [
        (1 << 30, 1 << 30, 0, True),  # all of it is on the disk already
        (1 << 30, 0, 0, True),  # and would have to be read back
        (1 << 30, 1 << 30, 1 << 30, False),  # just written: memory is faster than the disk
        (1 << 30, 1 << 30, 100 << 20, True),  # the last seconds of a long film
        (16 << 20, 16 << 20, 8 << 20, False),
        (50 << 30, 8 << 30, 4 << 30, True),  # more than memory holds
        (16 << 30, 8 << 30, 4 << 30, True),  # half of it would have to be read back
    ],
)
def test_what_is_faster(
    file: io.FileIO, monkeypatch: pytest.MonkeyPatch, length: int, cached: int, unwritten: int, faster: bool
) -> None:
    monkeypatch.setattr(insert_range, "cached_bytes", lambda _: CachedBytes(cached, unwritten))
    assert insert_range.insertion_is_faster(file, length) is faster


@pytest.mark.parametrize(("length", "faster"), [(1 << 29, False), (1 << 30, True)])
def test_what_is_faster_where_the_system_does_not_tell(
    file: io.FileIO, monkeypatch: pytest.MonkeyPatch, length: int, faster: bool
) -> None:
    monkeypatch.setattr(insert_range, "cached_bytes", lambda _: None)
    assert insert_range.insertion_is_faster(file, length) is faster


def test_a_film_that_will_be_waited_for_is_not_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insert_range, "cached_bytes", lambda _: CachedBytes(9 << 20, 9 << 20))
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(insert_range, "insertion_block", lambda _: BLOCK)
    monkeypatch.setattr(commit, "insertion_block", lambda _: BLOCK)
    monkeypatch.setattr(commit, "insert_range", lambda _, offset, length: calls.append((offset, length)))
    for durable in (False, True):
        opened = begun(tmp_path / f"{durable}.mov", durable=durable)
        assert opened.insertion_block == (BLOCK if durable else 1)
        assert opened.insert(28, bytes(BLOCK)) == "moved in place"
        opened.discard()
    assert calls == [(28, BLOCK)], "who asks for durable gets an insertion where there is one"


# Destinations --------------------------------------------------------------------------------------------------------

LONG = random.Random(1).randbytes(9 << 20)  # more than stays in memory


def begun(path: Path, **options: Any) -> Destination:
    opened = open_destination(path, **options)
    opened.open()
    opened.write(LONG[: 9 << 20])
    opened.write(b"tail")
    return opened


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("replacing", [0, 100, BLOCK + 5])
def test_a_destination_inserts_in_the_place_of_bytes(tmp_path: Path, replacing: int) -> None:
    opened = begun(tmp_path / "film.mov", room_by="inserted")
    header = random.Random(2).randbytes(2 * opened.insertion_block + replacing)
    assert opened.insert(28, header[:50], header[50:], replacing=replacing) == "inserted"
    opened.write(b"more")
    opened.overwrite(0, b"X")
    opened.commit()
    model = LONG[:28] + header + LONG[28 + replacing :] + b"tailmore"
    assert (tmp_path / "film.mov").read_bytes() == b"X" + model[1:]


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("room_by", ["inserted", "moved in place"])
def test_what_is_as_long_goes_where_it_was_reserved(tmp_path: Path, room_by: str) -> None:
    opened = begun(tmp_path / "film.mov", room_by=room_by)
    assert opened.insert(28, b"h" * 100, replacing=100) == "reserved"
    opened.commit()
    assert (tmp_path / "film.mov").read_bytes() == LONG[:28] + b"h" * 100 + LONG[128:] + b"tail"


def test_nothing_is_taken_out_of_what_was_stored(tmp_path: Path) -> None:
    opened = begun(tmp_path / "film.mov")
    with pytest.raises(InvalidArgumentError, match="50 bytes cannot be taken out"):
        opened.insert(28, b"h" * 50, replacing=100)
    opened.discard()


@pytest.mark.usefixtures("block")
def test_ranges_that_fit_no_blocks_are_moved(tmp_path: Path) -> None:
    opened = begun(tmp_path / "film.mov", room_by="inserted")
    assert opened.insert(28, b"header") == "moved in place"
    opened.commit()
    assert (tmp_path / "film.mov").read_bytes() == LONG[:28] + b"header" + LONG[28:] + b"tail"


@pytest.mark.parametrize("refusal", [errno.EOPNOTSUPP, errno.ENOSPC, errno.EIO])
def test_a_refusal_leads_to_the_next_method(tmp_path: Path, asked: Callable[..., None], refusal: int) -> None:
    asked(refusal)
    opened = begun(tmp_path / "film.mov", room_by="inserted")
    assert opened.insertion_block == BLOCK
    assert opened.insert(28, bytes(BLOCK)) == "moved in place"
    opened.commit()
    assert (tmp_path / "film.mov").read_bytes() == LONG[:28] + bytes(BLOCK) + LONG[28:] + b"tail"


@pytest.mark.parametrize(("trouble", "kind"), [(errno.EIO, OutputError), (errno.ENOSPC, DiskFullError)])
def test_a_failure_half_way_spoils_the_film(
    tmp_path: Path, asked: Callable[..., None], trouble: int, kind: type[OutputError]
) -> None:
    asked(trouble, grow=True)
    opened = begun(tmp_path / "film.mov", room_by="inserted")
    with pytest.raises(kind) as caught:
        opened.insert(28, bytes(BLOCK))
    assert caught.value.errno == trouble
    with pytest.raises(kind):
        opened.commit()
    opened.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_when_the_header_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """The range is inserted as a hole; its blocks are taken only when something is written there."""
    opened = begun(tmp_path / "film.mov", room_by="inserted")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("reelwright.storage.platform._write_gathered", full)
    with pytest.raises(DiskFullError):
        opened.insert(28, bytes(block))
    opened.discard()
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"], "the one of the fixture"
