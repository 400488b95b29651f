"""Making room and copying, for every relation of length, distance and block."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from reelwright.storage import copy


class Memory:
    """Random access to a bytearray."""

    def __init__(self, content: bytes) -> None:
        self.content = bytearray(content)

    def write_at(self, offset: int, views: Sequence[memoryview]) -> None:
        assert offset <= len(self.content), "nothing is written beyond the end: not every object can leave holes"
        data = b"".join(views)
        self.content[offset : offset + len(data)] = data

    def read_into(self, offset: int, view: memoryview) -> None:
        view[:] = self.content[offset : offset + view.nbytes]


@pytest.mark.parametrize("block", [1, 4, 7, 100])
@pytest.mark.parametrize("distance", [1, 3, 7, 8, 50])
@pytest.mark.parametrize("start", [0, 5, 24, 25])
def test_everything_behind_moves(monkeypatch: pytest.MonkeyPatch, block: int, distance: int, start: int) -> None:
    monkeypatch.setattr(copy, "BLOCK", block)
    content = bytes(range(25))
    store = Memory(content)
    copy.move_up(store, start, len(content), distance)
    assert store.content[:start] == content[:start]
    assert store.content[start + distance :] == content[start:]


@pytest.mark.parametrize("length", [0, 1, 6, 7, 8, 20])
def test_everything_is_copied(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setattr(copy, "BLOCK", 7)
    target = Memory(b"")
    copy.copy_everything(Memory(bytes(range(30))), target, length)
    assert target.content == bytes(range(length))
