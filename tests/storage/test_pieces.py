"""Bytes that are made while they are written: in groups, none of them before its turn, and all that were announced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.errors import OutputError
from reelwright.storage import Destination, destination, open_destination
from reelwright.storage.commit import PartFile
from reelwright.storage.pieces import Streamed, gathered, pieces

PIECE = 1 << 17


class Numbered:
    """Pieces that are made one by one, each of its own number."""

    def __init__(self, count: int, size: int | None = None) -> None:
        self.size = count * PIECE if size is None else size
        self.count = count
        self.made = 0

    def buffers(self) -> Iterator[bytes]:
        for number in range(self.count):
            self.made += 1
            yield bytes([number]) * PIECE

    @property
    def content(self) -> bytes:
        return b"".join(bytes([number]) * PIECE for number in range(self.count))


def stored(target: Any, length: int = 9 << 20) -> Destination:
    """A film that has left memory."""
    opened = open_destination(target)
    opened.open()
    opened.write(b"m" * length)
    assert not opened.is_in_memory
    return opened


@pytest.mark.parametrize("replacing", [0, 40 * PIECE + 6])
def test_no_more_than_a_block_of_what_is_inserted_is_there_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replacing: int
) -> None:
    opened, parts = stored(tmp_path / "film"), Numbered(40)
    seen: list[tuple[int, int]] = []
    write_at = PartFile.write_at

    def watched(self: PartFile, offset: int, views: list[memoryview]) -> None:
        if parts.made:
            seen.append((offset, parts.made))
        write_at(self, offset, views)

    monkeypatch.setattr(PartFile, "write_at", watched)
    opened.insert(2, b"one", parts, b"two", replacing=replacing)
    assert [made for _, made in seen] == [8, 16, 24, 32, 40, 40]
    assert seen[1][0] == 2 + 3 + 8 * PIECE
    opened.commit()
    media = b"m" * ((9 << 20) - 2 - replacing)
    assert (tmp_path / "film").read_bytes() == b"mm" + b"one" + parts.content + b"two" + media


@pytest.mark.parametrize("announced", [-1, 1])
def test_a_film_with_other_bytes_than_announced_is_spoilt(tmp_path: Path, announced: int) -> None:
    opened, parts = stored(tmp_path / "film"), Numbered(3)
    parts.size += announced
    with pytest.raises(AssertionError, match="announced"):
        opened.insert(2, parts)
    with pytest.raises(OutputError, match="AssertionError"):
        opened.commit()
    opened.discard()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("announced", [-1, 1])
def test_in_memory_such_bytes_are_not_taken(tmp_path: Path, announced: int) -> None:
    parts = Numbered(3)
    parts.size += announced
    opened = open_destination(tmp_path / "film")
    opened.open()
    opened.write(b"media")
    with pytest.raises(AssertionError, match=re.escape(f"the {parts.size} ")):
        opened.insert(2, parts)
    opened.commit()
    assert (tmp_path / "film").read_bytes() == b"media"


def test_pieces_come_in_order_and_only_when_asked_for() -> None:
    parts = Numbered(4)
    assert isinstance(parts, Streamed)
    made = pieces([memoryview(b"first"), parts])
    assert next(made) == b"first"
    assert parts.made == 0
    assert next(made) == b"\0" * PIECE
    assert parts.made == 1


def test_groups_hold_everything() -> None:
    views = [memoryview(bytes(length)) for length in (1, 2, 0, 5, 1, 1)]
    assert [[view.nbytes for view in group] for group in gathered(views, 3)] == [[1, 2], [0, 5], [1, 1]]
    assert not list(gathered([], 3))
    assert destination.BLOCK == 8 * PIECE
