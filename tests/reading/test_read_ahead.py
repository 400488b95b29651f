"""Reading ahead: order, bounds, errors that travel, and threads that end with their owners."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator

import pytest

from reelwright.reading.read_ahead import ReadAhead

NAME = "a test reads ahead"


def running() -> int:
    return sum(thread.name == NAME for thread in threading.enumerate())


def wait_until(condition: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.001)


class Counting:
    """Numbers, and how many were asked for."""

    def __init__(self, most: int = 1 << 60) -> None:
        self.given = 0
        self.is_closed = False
        self._most = most

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if self.given >= self._most:
            raise StopIteration
        self.given += 1
        return self.given

    def close(self) -> None:
        self.is_closed = True


def test_items_come_in_order_and_end() -> None:
    ahead = ReadAhead(iter([1, 2, 3]), name=NAME)
    assert [ahead.next() for _ in range(5)] == [1, 2, 3, None, None]
    ahead.stop()
    assert not running()


def test_no_more_is_read_than_the_bound_allows() -> None:
    source = Counting()
    ahead = ReadAhead(iter(source), most_items=3, name=NAME)
    wait_until(lambda: ahead.queued == 3)
    time.sleep(0.02)
    assert source.given == 4  # three waiting, one in the thread's hand
    assert ahead.next() == 1
    wait_until(lambda: source.given == 5)
    ahead.stop()


def test_the_bound_counts_weight() -> None:
    source = Counting()
    ahead = ReadAhead(iter(source), weigh=lambda _: 10, most_items=100, most_weight=25, name=NAME)
    wait_until(lambda: ahead.queued == 2)
    time.sleep(0.02)
    assert (ahead.queued, source.given) == (2, 3)
    ahead.stop()


def test_one_item_finds_room_however_large() -> None:
    ahead = ReadAhead(iter([7]), weigh=lambda _: 1 << 40, name=NAME)
    assert ahead.next() == 7
    ahead.stop()


def test_errors_come_after_what_was_read_and_come_again() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    ahead = ReadAhead(broken(), name=NAME)
    assert ahead.next() == 1
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            ahead.next()
    ahead.stop()
    assert ahead.next() is None


def test_stopping_closes_the_source_and_ends_the_thread() -> None:
    source = Counting()
    ahead = ReadAhead(iter(source), name=NAME)
    ahead.next()
    ahead.stop()
    assert source.is_closed
    assert not running()
    assert ahead.next() is None


def test_whoever_waits_is_woken_by_a_stop() -> None:
    never = threading.Event()

    def silent() -> Iterator[int]:
        never.wait(30)
        yield 1

    ahead = ReadAhead(silent(), name=NAME)
    found: list[int | None] = []
    waiter = threading.Thread(target=lambda: found.append(ahead.next()))
    waiter.start()
    stopper = threading.Thread(target=ahead.stop)
    stopper.start()
    waiter.join(10)
    assert found == [None]
    never.set()
    stopper.join(10)
    assert not running()


def test_an_owner_that_is_dropped_takes_its_thread_along() -> None:
    source = Counting()
    ahead = ReadAhead(iter(source), name=NAME)
    ahead.next()
    del ahead
    gc.collect()
    wait_until(lambda: not running())
    assert source.is_closed


def test_items_taken_are_not_kept() -> None:
    class Item:
        pass

    import weakref

    items = [Item(), Item()]
    references = [weakref.ref(item) for item in items]
    source = iter(items)
    ahead = ReadAhead(source, name=NAME)
    del items, source
    first = ahead.next()
    assert first is references[0]()
    del first
    assert ahead.next() is not None
    assert ahead.next() is None
    gc.collect()
    assert [reference() for reference in references] == [None, None]
    ahead.stop()


def test_whoever_waits_hears_of_a_source_that_cannot_be_closed() -> None:
    class Stuck(Counting):
        def close(self) -> None:
            raise OSError("the disk is gone")

    ahead = ReadAhead(iter(Stuck(1)), name=NAME)
    assert ahead.next() == 1
    with pytest.raises(OSError, match="the disk is gone"):
        ahead.next()
    ahead.stop()
