"""The thread of an input, with a lane and a file that are only lists."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.writing import scene

from reelwright import Time
from reelwright.writing.queue import BoundedQueue
from reelwright.writing.stall import Stalled, StallWatch
from reelwright.writing.worker import Worker


@dataclass
class Item:
    time: Time


class Lane:
    """Gives two samples for each that it is fed, and one in the end."""

    def __init__(self) -> None:
        self.is_closed = False

    def feed(self, item: Item) -> Iterable[str]:
        if item.time == Time(9):
            raise ValueError("broken")
        yield from (f"{item.time.value}a", f"{item.time.value}b")

    def finish(self) -> Iterable[str]:
        yield "end"

    def close(self) -> None:
        self.is_closed = True


class Film:
    """A worker at work: what it delivered and what failed."""

    def __init__(self, *times: int, watch: StallWatch | None = None, goes_on: bool = True) -> None:
        self.delivered: list[tuple[list[str], bool]] = []
        self.failures: list[tuple[BaseException, Time | None]] = []
        self.lane, self.queue = Lane(), BoundedQueue[Any](10, lambda: 0.0)
        self.gate = threading.Event()
        self.worker = Worker("reelwright-test", self.lane, self.queue, watch or StallWatch())  # type: ignore[arg-type]
        for time in times:
            self.queue.put(Item(Time(time)), 1)
        self.worker.start(self._deliver, self._fail, lambda: goes_on)  # type: ignore[arg-type]

    def _deliver(self, samples: Iterable[Any], *, last: bool = False) -> None:
        assert self.gate.wait(20)
        self.delivered.append((list(samples), last))

    def _fail(self, error: BaseException, time: Time | None) -> None:
        self.failures.append((error, time))

    def end(self) -> None:
        self.gate.set()
        self.queue.end()
        self.worker.join()


def test_everything_goes_through_and_the_rest_comes_last() -> None:
    film = Film(1, 2)
    film.end()
    assert film.delivered == [(["1a", "1b"], False), (["2a", "2b"], False), (["end"], True)]
    assert film.worker.reached == Time(2)
    assert film.lane.is_closed
    assert film.failures == []
    assert not film.worker.is_alive


def test_the_rest_is_left_where_the_film_does_not_go_on() -> None:
    film = Film(1, goes_on=False)
    film.end()
    assert [last for _, last in film.delivered] == [False]
    assert film.lane.is_closed


def test_a_failure_is_handed_on_with_its_time() -> None:
    film = Film(1, 9, 2)
    film.end()
    ((error, time),) = film.failures
    assert (str(error), time) == ("broken", Time(9))
    assert film.worker.reached == Time(1)
    assert film.lane.is_closed
    assert not film.worker.is_busy


def test_it_tells_where_it_stands() -> None:
    film = Film(3)
    scene.wait_until(lambda: film.worker.is_busy, "it does nothing")
    assert film.worker.last_in is not None
    assert (film.worker.last_out, film.worker.reached) == (None, None)
    film.gate.set()
    scene.wait_until(lambda: not film.worker.is_busy, "it never ends")
    assert film.worker.last_out is not None
    film.end()


def test_waiting_for_one_that_hangs_ends() -> None:
    film = Film(3, watch=StallWatch(0.02))
    with pytest.raises(Stalled):
        film.worker.join()
    assert film.worker.is_alive
    film.gate.set()
    film.queue.end()
    scene.wait_until(lambda: not film.worker.is_alive, "it never ends")
