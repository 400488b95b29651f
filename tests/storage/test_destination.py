"""The destination itself: the order of its calls, what it takes, and that it equals a bytearray in every place."""

from __future__ import annotations

import array
import doctest
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.storage.doubles import Dribbling, Minimal, WriteOnly

from reelwright.model.errors import (
    InvalidArgumentError,
    InvalidStateError,
    OutputError,
    OutputExistsError,
    OutputNotFoundError,
)
from reelwright.storage import Destination, copy, destination, objects, open_destination, platform
from reelwright.storage.destination import check_output


def test_the_example_runs() -> None:
    assert doctest.testmod(destination).failed == 0


def begun(target: Any, **options: Any) -> Destination:
    opened = open_destination(target, **options)
    opened.open()
    return opened


def finished(*buffers: Any) -> bytes:
    film = io.BytesIO()
    opened = begun(film)
    opened.write(*buffers)
    opened.commit()
    return film.getvalue()


# What may be written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("buffer", "content"),
    [
        (b"", b""),
        (b"ab", b"ab"),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"abcd")[1:3], b"bc"),
        (array.array("H", [0x6161]), b"aa"),
        (numpy.array([1, 2], ">u4"), b"\0\0\0\1\0\0\0\2"),
        (numpy.array([[1, 2], [3, 4]], "u1"), b"\1\2\3\4"),
        (numpy.zeros((0, 3), ">u2"), b""),
        (numpy.array(7, ">u2"), b"\0\7"),
        (numpy.array([(1, 2)], [("n", ">u2"), ("flag", "u1")]), b"\0\1\2"),
        (memoryview(numpy.array([1], ">u2")), b"\0\1"),
    ],
)
def test_every_contiguous_buffer_is_taken(buffer: Any, content: bytes) -> None:
    assert finished(b"<", buffer, b">") == b"<" + content + b">"


@pytest.mark.parametrize(
    ("buffer", "says"),
    [
        ("text", "not str"),
        (3, "not int"),
        ([1, 2], "not list"),
        (None, "not NoneType"),
        (memoryview(b"abcd")[::2], "not contiguous"),
        (numpy.zeros((4, 4), "u1")[:, :2], "ascontiguousarray"),
        (numpy.asfortranarray(numpy.zeros((2, 3))), "not contiguous"),
        (numpy.array(["2020-01-01"], "M8[s]"), "not ndarray"),
    ],
)
def test_everything_else_is_refused_before_anything_is_written(buffer: Any, says: str) -> None:
    opened = begun(io.BytesIO())
    for call in (
        lambda: opened.write(b"first", buffer),
        lambda: opened.overwrite(0, buffer),
        lambda: opened.insert(0, b"first", buffer),
    ):
        with pytest.raises(InvalidArgumentError, match=says):
            call()
    assert opened.size == 0
    assert opened.write(b"still usable") == 0


def test_buffers_may_be_reused_when_write_returns(tmp_path: Path) -> None:
    opened = begun(tmp_path / "film")
    for length in (10, 1 << 17, 9 << 20):
        buffer = bytearray(b"a" * length)
        opened.write(buffer)
        buffer[:] = b"b" * length
        buffer.clear()  # and resized: nothing of ours holds on to them
    opened.commit()
    assert set((tmp_path / "film").read_bytes()) == set(b"a")


def test_write_returns_where_the_first_buffer_landed() -> None:
    opened = begun(io.BytesIO())
    assert [opened.write(b"abc", b"d"), opened.write(), opened.write(b"e"), opened.size] == [0, 4, 4, 5]


# Memory ------------------------------------------------------------------------------------------------------------


def test_a_short_film_stays_in_memory_until_it_is_committed(tmp_path: Path) -> None:
    opened = begun(tmp_path / "film")
    (part,) = tmp_path.iterdir()
    for _ in range(7):
        opened.write(bytes(1 << 20))
    assert part.stat().st_size == 0
    assert opened.insert(0, b"header") == "in memory"
    opened.commit()
    assert (tmp_path / "film").stat().st_size == 7 * (1 << 20) + 6


def test_a_long_film_does_not(tmp_path: Path) -> None:
    opened = begun(tmp_path / "film")
    (part,) = tmp_path.iterdir()
    for _ in range(5000):
        opened.write(bytes(2000), bytes(200))
        assert opened.size - part.stat().st_size <= destination.MEMORY
    assert 0 < opened.size - part.stat().st_size <= destination.BLOCK
    assert opened.insert(0, b"header") == "moved in place"
    assert opened.insert(opened.size, b"trailer") == "in memory"
    opened.write(bytes(1 << 17))
    opened.discard()
    assert list(tmp_path.iterdir()) == []


def test_small_buffers_are_collected_and_large_ones_are_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = begun(tmp_path / "film")
    opened.write(bytes(destination.MEMORY))
    calls: list[list[int]] = []

    def write_at(file: object, offset: int, views: list[memoryview]) -> None:
        calls.append([view.nbytes for view in views])

    monkeypatch.setattr(platform, "write_at", write_at)
    opened.write(*[bytes(2000)] * 300)
    assert calls == []
    opened.write(bytes(3 << 20))
    assert calls == [[600_000, 3 << 20]]
    opened.discard()


# The order of calls --------------------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[Destination], object]] = {
    "write": lambda opened: opened.write(b"x"),
    "overwrite": lambda opened: opened.overwrite(0, b""),
    "insert": lambda opened: opened.insert(0, b"x"),
    "read": lambda opened: opened.read(0, 0),
    "commit": lambda opened: opened.commit(),
}


@pytest.mark.parametrize("call", CALLS)
def test_nothing_comes_before_open(call: str) -> None:
    with pytest.raises(InvalidStateError, match=rf"{call}\(\) needs an open output.*Call open\(\) first"):
        CALLS[call](open_destination(io.BytesIO()))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("end", ["commit", "discard", "close"])
def test_nothing_comes_after_the_end(call: str, end: str, tmp_path: Path) -> None:
    opened = begun(tmp_path / "film")
    getattr(opened, end)()
    with pytest.raises(InvalidStateError, match=f"is {'committed' if end == 'commit' else 'discarded'}"):
        CALLS[call](opened)


def test_open_comes_once(tmp_path: Path) -> None:
    opened = begun(tmp_path / "film")
    with pytest.raises(InvalidStateError, match="only once"):
        opened.open()
    opened.commit()
    with pytest.raises(InvalidStateError, match="committed"):
        opened.open()


def test_discard_may_be_repeated_and_does_not_undo_a_commit(tmp_path: Path) -> None:
    unopened = open_destination(tmp_path / "film")
    unopened.discard()
    opened = begun(tmp_path / "film")
    opened.commit()
    opened.discard()
    opened.close()
    assert (tmp_path / "film").exists()
    other = begun(tmp_path / "other")
    other.discard()
    other.discard()
    assert [entry.name for entry in tmp_path.iterdir()] == ["film"]


def test_what_was_promised_not_to_come_is_refused(tmp_path: Path) -> None:
    opened = begun(tmp_path / "film", insertable=False)
    with pytest.raises(InvalidStateError, match="insertable=False"):
        opened.insert(0, b"header")
    opened.discard()


def test_unreadable_bytes_are_not_read() -> None:
    opened = begun(WriteOnly(), insertable=False)
    opened.write(b"short")
    assert opened.read(1, 3) == b"hor"
    opened.write(bytes(9 << 20))
    with pytest.raises(InvalidStateError, match=r"w\+b"):
        opened.read(0, 1)
    opened.write(b"the film is none the worse")
    opened.commit()


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, 6), (5, 1), (6, 0), (1, -1)])
def test_ranges_must_lie_within_what_was_written(offset: int, length: int) -> None:
    opened = begun(io.BytesIO())
    opened.write(b"01234")
    with pytest.raises(InvalidArgumentError, match="not within the 5 bytes"):
        opened.read(offset, length)
    if length >= 0:
        with pytest.raises(InvalidArgumentError, match="not within the 5 bytes"):
            opened.overwrite(offset, bytes(length))
    if length == 0:
        with pytest.raises(InvalidArgumentError, match="not within the 5 bytes"):
            opened.insert(offset, b"x")
    assert opened.read(0, 5) == b"01234"


def test_an_error_from_open_keeps_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "film").touch()
    opened = open_destination(tmp_path / "film")
    with pytest.raises(OutputExistsError):
        opened.open()
    with pytest.raises(InvalidStateError, match="discarded"):
        opened.write(b"x")


# Every place equals a bytearray --------------------------------------------------------------------------------------


class Place:
    """One kind of place: how to open it, and how to read the finished film."""

    def __init__(self, target: Any, content: Callable[[], bytes], close: Callable[[], None] = lambda: None) -> None:
        self.target = target
        self.content = content
        self.close = close


def path(folder: Path) -> Place:
    target = folder / "film.mov"
    return Place(target, target.read_bytes)


def existing_path(folder: Path) -> Place:
    (folder / "film.mov").write_bytes(b"an old film, longer than most new ones " * 100)
    return path(folder)


def file_of(mode: str, buffering: int = -1) -> Callable[[Path], Place]:
    def place(folder: Path) -> Place:
        film = open(folder / "film.mov", mode, buffering=buffering)  # noqa: SIM115
        film.write(b"before")
        return Place(film, lambda: (folder / "film.mov").read_bytes().removeprefix(b"before"), film.close)

    return place


def object_of(kind: Callable[[], Any]) -> Callable[[Path], Place]:
    def place(folder: Path) -> Place:
        film = kind()
        film.write(b"abc")
        return Place(film, lambda: film.getvalue().removeprefix(b"abc"))

    return place


PLACES = {
    "path": path,
    "existing path": existing_path,
    "file w+b": file_of("w+b"),
    "unbuffered w+b": file_of("w+b", 0),
    "file wb": file_of("wb"),
    "BytesIO": object_of(io.BytesIO),
    "dribbling": object_of(Dribbling),
    "write-only": object_of(WriteOnly),
    "minimal": object_of(Minimal),
}

METHODS = {"in memory", "reserved", "inserted", "moved in place", "rewritten"}
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.lists(st.binary(max_size=40), max_size=6)),
        st.tuples(st.just("overwrite"), st.floats(0, 1), st.binary(max_size=60)),
        st.tuples(st.just("insert"), st.floats(0, 1), st.lists(st.binary(max_size=40), max_size=3), st.integers(0, 40)),
        st.tuples(st.just("read"), st.floats(0, 1), st.integers(0, 100)),
    ),
    max_size=25,
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits so small that a few hundred bytes cross all of them."""
    limits = [(destination, "MEMORY", 48), (destination, "BLOCK", 16), (destination, "DIRECT", 8)]
    limits += [(copy, "BLOCK", 7), (objects, "_PIECE", 5), (platform, "_MOST_BYTES", 11)]
    with mock.patch.multiple(platform, _MOST_BUFFERS=2):
        for module, name, value in limits:
            monkeypatch.setattr(module, name, value)
        yield


class Streaming:
    """Bytes in pieces, of which it knows how many have been asked for."""

    def __init__(self, content: bytes, *pieces: bytes, size: int | None = None) -> None:
        self.size = len(content) if size is None else size
        self.pieces = [*pieces, content[sum(map(len, pieces)) :]]
        self.made = 0

    def buffers(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.made += 1
            yield piece


def play(opened: Destination, model: bytearray, operation: tuple[Any, ...]) -> None:
    """Do the same to the destination and to the bytearray."""
    name, *arguments = operation
    if name == "write":
        assert opened.write(*arguments[0]) == len(model)
        model += b"".join(arguments[0])
        return
    offset = round(arguments[0] * len(model))
    if name == "insert":
        data = b"".join(arguments[1])
        replacing = min(arguments[2], len(model) - offset)
        if not opened.is_in_memory:
            replacing = min(replacing, len(data))
        parts = [
            Streaming(part, part[: len(part) // 2]) if number % 2 else part for number, part in enumerate(arguments[1])
        ]
        assert opened.insert(offset, *parts, replacing=replacing) in METHODS
        model[offset : offset + replacing] = data
    elif name == "overwrite":
        data = arguments[1][: len(model) - offset]
        opened.overwrite(offset, data)
        model[offset : offset + len(data)] = data
    else:
        length = min(arguments[1], len(model) - offset)
        assert opened.read(offset, length) == model[offset : offset + length]


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("kind", PLACES)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS, keep=st.booleans())
def test_any_sequence_equals_a_bytearray(
    kind: str, tmp_path: Path, operations: list[tuple[Any, ...]], keep: bool
) -> None:
    for left in tmp_path.iterdir():
        left.unlink()
    place = PLACES[kind](tmp_path)
    before = place.content() if not kind.startswith("path") else b""
    opened = begun(place.target, overwrite=True, temporary_directory=tmp_path)
    model = bytearray()
    for operation in operations:
        play(opened, model, operation)
        assert opened.size == len(model)
    if keep:
        opened.commit()
        assert place.content() == model
    else:
        opened.discard()
        if not isinstance(place.target, os.PathLike) or kind == "existing path":
            assert place.content() == before
    place.close()
    wanted = {"film.mov"} if "file" in kind or "buffered" in kind or kind == "existing path" else set()
    assert {entry.name for entry in tmp_path.iterdir()} == wanted | ({"film.mov"} if keep and kind == "path" else set())


def test_looking_at_a_place_finds_what_opening_would_and_changes_nothing(tmp_path: Path) -> None:
    taken, film = tmp_path / "taken", io.BytesIO(b"precious")
    taken.write_bytes(b"precious")
    check_output(tmp_path / "free")
    check_output(taken, overwrite=True)
    check_output(film, overwrite=True)
    check_output(io.BytesIO())
    for target in (taken, film):
        with pytest.raises(OutputExistsError):
            check_output(target)
    with pytest.raises(OutputNotFoundError):
        check_output(tmp_path / "missing" / "film")
    with pytest.raises(OutputError, match="it is a folder"):
        check_output(tmp_path, overwrite=True)
    assert (taken.read_bytes(), film.getvalue(), film.tell()) == (b"precious", b"precious", 0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]
