"""The bounded queue: its bound, what happens when it is full, and that nobody waits for ever."""

from __future__ import annotations

import itertools
import threading
from fractions import Fraction

import pytest
from tests.writing.scene import Background, wait_until

from reelwright.model.errors import NotReadyError
from reelwright.model.kinds import OnFull
from reelwright.writing.queue import BoundedQueue, Closed


def queue_of(capacity: Fraction | int = 2) -> BoundedQueue[str]:
    ticks = itertools.count()
    return BoundedQueue(capacity, lambda: next(ticks))


def filled(*items: str, capacity: Fraction | int = 2) -> BoundedQueue[str]:
    queue = queue_of(capacity)
    for item in items:
        queue.put(item, 1)
    return queue


def test_first_in_first_out() -> None:
    queue = filled("a", "b", "c", capacity=3)
    queue.end()
    assert [queue.get(), queue.get(), queue.get(), queue.get(), queue.get()] == ["a", "b", "c", None, None]


@pytest.mark.parametrize(("waiting", "room"), [([], True), ([1], True), ([1, 1], False), ([5], False), ([0, 0], True)])
def test_room_until_the_weight_reaches_the_bound(waiting: list[int], room: bool) -> None:
    queue = queue_of(2)
    for weight in waiting:
        queue.put("item", weight)
    assert queue.has_room is room


def test_an_item_heavier_than_the_bound_is_taken_when_nothing_waits() -> None:
    queue = queue_of(Fraction(1, 2))
    assert queue.reserve(OnFull.RAISE) == []
    queue.put("long", 10)
    with pytest.raises(NotReadyError):
        queue.reserve(OnFull.RAISE)


def test_a_queue_without_a_bound_to_speak_of_is_always_passed_by() -> None:
    queue = queue_of(0)
    assert queue.has_room
    queue.pass_by()
    assert queue.statistics().appended == queue.appended == 1


def test_full_and_raise() -> None:
    queue = filled("a", "b")
    with pytest.raises(NotReadyError, match=r"full \(2 waiting\)") as caught:
        queue.reserve(OnFull.RAISE)
    assert "append()" in str(caught.value)
    assert queue.get() == "a"


def test_full_and_drop_oldest() -> None:
    queue = filled("a", "b")
    assert queue.reserve(OnFull.DROP_OLDEST) == ["a"]
    queue.put("c", 1)
    assert [queue.get(), queue.get()] == ["b", "c"]
    assert queue.statistics().dropped == 1


def test_as_many_are_dropped_as_it_takes_and_marks_are_kept() -> None:
    queue = queue_of(1)
    queue.put("small", Fraction(1, 4))
    queue.put("mark", 0)
    queue.put("large", 2)
    queue.put("mark 2", 0)
    assert queue.reserve(OnFull.DROP_OLDEST) == ["small", "large"]
    queue.put("new", 1)
    assert [queue.get(), queue.get(), queue.get()] == ["mark", "mark 2", "new"]


def test_full_and_block() -> None:
    queue = filled("a", "b")
    waiting = Background(lambda: queue.reserve(OnFull.BLOCK))
    wait_until(lambda: queue.statistics().waits == 1, "it does not wait")
    assert waiting.is_running
    assert queue.get() == "a"
    assert waiting.result() == []
    assert queue.statistics().waited > 0


def test_whoever_waits_is_woken_when_half_of_the_queue_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = filled("a", "b", "c", "d", capacity=4)
    woken: list[int] = []
    monkeypatch.setattr(queue._went, "notify_all", lambda: woken.append(len(queue._items)))
    for _ in range(4):
        queue.get()
    assert woken == [2, 1, 0]


def test_after_a_moment_any_room_will_do() -> None:
    queue = filled("a", "b", "c", "d", capacity=4)
    waiting = Background(lambda: queue.reserve(OnFull.BLOCK))
    wait_until(lambda: queue.statistics().waits == 1, "it does not wait")
    queue.get()
    assert waiting.result() == []
    assert queue.statistics().queued == 3


@pytest.mark.parametrize("end", ["end", "close"])
def test_whoever_waits_is_woken_at_the_end(end: str) -> None:
    queue = filled("a", "b")
    appending = Background(lambda: queue.reserve(OnFull.BLOCK))
    watching = Background(queue.wait_for_room)
    wait_until(lambda: queue.statistics().waits == 1, "it does not wait")
    getattr(queue, end)()
    with pytest.raises(Closed):
        appending.result()
    assert watching.result() is False


@pytest.mark.parametrize("end", ["end", "close"])
def test_a_waiting_consumer_is_woken_at_the_end(end: str) -> None:
    queue = queue_of()
    consuming = Background(queue.get)
    getattr(queue, end)()
    assert consuming.result() is None


@pytest.mark.parametrize("on_full", list(OnFull))
def test_nothing_is_put_after_the_end(on_full: OnFull) -> None:
    queue = filled("a", "b")
    queue.end()
    with pytest.raises(Closed):
        queue.reserve(on_full)
    with pytest.raises(Closed):
        queue.put("c", 1)
    assert not queue.has_room
    assert not queue.is_open
    assert [queue.get(), queue.get(), queue.get()] == ["a", "b", None]


def test_close_forgets_what_waits() -> None:
    queue = filled("a", "b")
    queue.close()
    assert queue.get() is None
    assert queue.statistics().queued == 0


def test_wait_for_room() -> None:
    queue = filled("a", "b")
    assert filled().wait_for_room() is True
    given_up = threading.Event()
    watching = Background(lambda: queue.wait_for_room(until=given_up.is_set))
    given_up.set()
    queue.wake()
    assert watching.result() is False
    watching = Background(queue.wait_for_room)
    queue.get()
    assert watching.result() is True


def test_listeners_hear_of_room_and_of_the_end() -> None:
    queue, heard = filled("a", "b", "c", capacity=2), []
    stop = queue.listen(lambda: heard.append("room"))
    queue.get()
    assert heard == [], "still full"
    queue.get()
    assert heard == ["room"]
    queue.get()
    assert heard == ["room"], "there was room before"
    queue.end()
    queue.close()
    assert heard == ["room"] * 3
    stop()
    stop()
    queue.close()
    assert heard == ["room"] * 3


def test_listeners_are_called_without_the_lock() -> None:
    queue = filled("a", "b")
    seen = []
    queue.listen(lambda: seen.append(Background(queue.statistics).result().queued))
    queue.get()
    queue.close()
    assert seen == [1, 0]


def test_statistics() -> None:
    queue = filled("a", "b")
    queue.get()
    queue.put("c", 1)
    queue.put("mark", 0)
    figures = queue.statistics()
    assert (figures.queued, figures.peak, figures.capacity, figures.appended) == (3, 3, 2, 4)
    assert (figures.dropped, figures.waits, figures.waited) == (0, 0, 0)


def test_an_interrupted_wait_is_counted_and_puts_nothing() -> None:
    queue = filled("a", "b")

    class Interrupt(BaseException):
        pass

    def interrupted(*_: object) -> None:
        raise Interrupt

    queue._went.wait_for = interrupted  # type: ignore[method-assign, assignment]
    with pytest.raises(Interrupt):
        queue.reserve(OnFull.BLOCK)
    assert (queue.statistics().waits, queue.statistics().queued) == (1, 2)
    assert queue.statistics().waited > 0
