"""What the system tells of a file in its cache: the truth, or nothing."""

from __future__ import annotations

import io
import mmap
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelwright.storage import cached

SIZE = 1 << 20


@pytest.fixture
def file(tmp_path: Path) -> Iterator[io.FileIO]:
    with io.FileIO(tmp_path / "file", "x+") as opened:
        opened.write(bytes(SIZE))
        yield opened


def test_what_was_written_is_cached_and_synced_later(file: io.FileIO, storage_mode: str) -> None:
    found = cached.cached_bytes(file)
    if storage_mode == "plain":
        assert found is None
        return
    if found is None:
        pytest.skip("the system does not tell (Linux does since 6.5)")
    assert found.cached == SIZE
    assert 0 <= found.unwritten <= SIZE, "the system may have begun to write"
    os.fsync(file.fileno())
    synced = cached.cached_bytes(file)
    assert synced is not None
    assert synced.unwritten == 0


def test_what_is_on_its_way_to_the_disk_is_not_there_yet(
    file: io.FileIO, monkeypatch: pytest.MonkeyPatch, storage_mode: str
) -> None:
    def counted(_number: int, _descriptor: int, _range: Any, pages: Any, _flags: int) -> int:
        pages._obj.cached, pages._obj.dirty, pages._obj.in_flight = 100, 3, 4
        return 0

    monkeypatch.setattr(cached, "_cachestat", lambda: counted)
    found = cached.CachedBytes(100 * mmap.PAGESIZE, 7 * mmap.PAGESIZE)
    assert cached.cached_bytes(file) == (None if storage_mode == "plain" else found)


def test_nothing_is_told_by_other_systems(file: io.FileIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached, "_cachestat", lambda: None)
    assert cached.cached_bytes(file) is None
    monkeypatch.setattr(cached, "_cachestat", lambda: lambda *_: -1)
    assert cached.cached_bytes(file) is None


def test_the_call_is_made_where_its_number_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = cached._cachestat.__wrapped__
    monkeypatch.setattr("platform.machine", lambda: "alpha")
    assert unknown() is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert unknown() is None
