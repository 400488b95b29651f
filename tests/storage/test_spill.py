"""Queues of bytes, in memory and on disk, against plain bytes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.model.errors import InvalidArgumentError, OutputNotFoundError
from reelwright.storage import spill as spill_module
from reelwright.storage.spill import Spill, spill_folder

BLOCK = 16
steps = st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 70)), max_size=60)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill_module, "BLOCK", BLOCK)


@settings(max_examples=60)
@given(steps, st.sampled_from([0, 1, 3, 100]), st.sampled_from([None, 0, 2 * BLOCK, 9 * BLOCK]))
def test_queues_hold_what_bytes_hold(feeding: list[tuple[int, bool, int]], blocks: int, limit: int | None) -> None:
    """Whatever the order; and nobody who asks for room first makes the file too large."""
    with Spill(None, limit=limit, budget=blocks * BLOCK) as spill:
        queues, plain = [spill.queue() for _ in range(3)], [bytearray() for _ in range(3)]
        for step, (number, writes, length) in enumerate(feeding):
            queue, expected = queues[number], plain[number]
            if writes and spill.has_room(length):
                data = bytes((step + n) % 251 for n in range(length))
                queue.write(data[: length // 2], memoryview(data)[length // 2 :])
                expected += data
            elif not writes:
                length = min(length, len(expected))
                assert queue.read(length) == expected[:length]
                del expected[:length]
            assert [len(each) for each in plain] == [each.length for each in queues]
            assert limit is None or spill.used_slots * BLOCK <= limit
        for queue, expected in zip(queues, plain, strict=True):
            assert queue.read(queue.length) == expected
        assert spill.used_slots == 0
        assert limit is None or spill.peak <= limit


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Folders in which scratch files were made."""
    folders, make = [], spill_module.ScratchFile

    def noted(folder: str | None) -> object:
        folders.append(folder)
        return make(folder)

    monkeypatch.setattr(spill_module, "ScratchFile", noted)
    return folders


def test_a_file_is_made_when_the_budget_is_used_up(files: list[str | None], tmp_path: Path) -> None:
    with Spill(str(tmp_path), limit=None, budget=2 * BLOCK) as spill:
        queue = spill.queue()
        queue.write(bytes(3 * BLOCK - 1))
        assert (files, spill.peak) == ([], 0)
        queue.write(b"\1")
        assert (files, spill.peak) == ([str(tmp_path)], BLOCK)
    assert list(tmp_path.iterdir()) == []


def test_places_in_the_file_are_used_again(tmp_path: Path) -> None:
    with Spill(str(tmp_path), limit=None, budget=0) as spill:
        queue = spill.queue()
        queue.write(bytes(4 * BLOCK))
        for _ in range(50):
            queue.write(bytes(3 * BLOCK))
            queue.read(3 * BLOCK)
        assert spill.peak <= 8 * BLOCK


def test_room(tmp_path: Path) -> None:
    with Spill(str(tmp_path), limit=2 * BLOCK, budget=BLOCK) as spill:
        queue = spill.queue()
        assert spill.has_room(3 * BLOCK - 1)
        assert not spill.has_room(3 * BLOCK)
        queue.write(bytes(2 * BLOCK))
        assert (spill.has_room(BLOCK - 1), spill.has_room(BLOCK)) == (True, False)
        queue.read(2 * BLOCK)
        assert spill.has_room(3 * BLOCK - 1)


def test_no_limit_is_room_for_anything() -> None:
    assert Spill(None, limit=None).has_room(1 << 60)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    queue = Spill(str(tmp_path / "nowhere"), limit=None, budget=0).queue()
    with pytest.raises(OutputNotFoundError, match="nowhere"):
        queue.write(bytes(BLOCK))


def test_closing_twice_is_once(tmp_path: Path) -> None:
    spill = Spill(str(tmp_path), limit=None, budget=0)
    spill.queue().write(bytes(BLOCK))
    spill.close()
    spill.close()


def test_the_folder_is_the_films_own_unless_another_is_named(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.mov").symlink_to(tmp_path / "real" / "film.mov")
    assert spill_folder(tmp_path / "film.mov", None) == str(tmp_path)
    assert spill_folder(f"file://{tmp_path}/a%20film.mov", None) == str(tmp_path)
    assert spill_folder(tmp_path / "link.mov", None) == str(tmp_path / "real"), "where the working file is"
    assert spill_folder(tmp_path / "film.mov", tmp_path / "real") == str(tmp_path / "real")
    assert spill_folder(io.BytesIO(), None) is None
    assert spill_folder(io.BytesIO(), "scratch") == "scratch"
    with pytest.raises(InvalidArgumentError):
        spill_folder("film.mov", 3)  # type: ignore[arg-type]
