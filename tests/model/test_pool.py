"""The pool uses memory again only when nobody sees it, has an age and a limit, and takes buffers home from anywhere."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest
from tests.model.refusal import refused

from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.model.pixel import PixelBufferAttributes, PixelFormat
from reelwright.model.pool import PixelBufferPool

ATTRIBUTES = PixelBufferAttributes(
    pixel_format=PixelFormat.NV12, width=35, height=17, color=ColorProperties.HD, full_range=True
)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def address(buffer: Any) -> int:
    return int(buffer.planes[0].ctypes.data)


@pytest.mark.parametrize("kind", PixelFormat)
def test_buffers_are_what_the_attributes_say(kind: PixelFormat) -> None:
    attributes = PixelBufferAttributes(
        pixel_format=kind, width=35, height=17, color=ColorProperties.HD, full_range=True, bytes_per_row_alignment=128
    )
    made = PixelBufferPool(attributes).make_buffer()
    assert (made.pixel_format, made.size, made.color, made.full_range) == (kind, (35, 17), ColorProperties.HD, True)
    assert made.pooled
    for plane in made.planes:
        assert plane.ctypes.data % 128 == plane.strides[0] % 128 == 0
        plane[...] = 1
    assert not any(np.shares_memory(one, other) for one in made.planes for other in made.planes if one is not other)


def test_memory_comes_back() -> None:
    pool = PixelBufferPool(ATTRIBUTES)
    first = pool.make_buffer()
    place = address(first)
    assert pool.statistics() == (1, 0, 1)
    del first
    assert pool.statistics() == (0, 1, 1)
    second = pool.make_buffer()
    assert address(second) == place
    assert pool.statistics() == (1, 0, 1)


@pytest.mark.parametrize(
    "look",
    [
        lambda buffer: buffer.planes[0],
        lambda buffer: buffer.planes[1][1:, ::2],
        lambda buffer: memoryview(buffer.planes[0]),
        lambda buffer: buffer.planes[0].T,
        lambda buffer: buffer.planes[0].view(np.int8),
    ],
    ids=["plane", "slice", "memoryview", "turned", "other type"],
)
def test_memory_that_is_looked_at_is_not_used_again(look: Any) -> None:
    pool = PixelBufferPool(ATTRIBUTES)
    first = pool.make_buffer()
    place, view = address(first), look(first)
    del first
    assert address(pool.make_buffer()) != place
    del view
    other = pool.make_buffer()
    assert address(other) == place or address(pool.make_buffer()) == place


def test_two_in_use_are_two() -> None:
    pool = PixelBufferPool(ATTRIBUTES)
    one, two = pool.make_buffer(), pool.make_buffer()
    assert not np.shares_memory(one.planes[0], two.planes[0])


def test_the_threshold() -> None:
    pool = PixelBufferPool(ATTRIBUTES, allocation_threshold=2)
    held = [pool.make_buffer(), pool.make_buffer()]
    with refused("2 buffers", kind=InvalidStateError, way_out="allocation_threshold"):
        pool.make_buffer()
    held.pop()
    assert pool.make_buffer().size == (35, 17)
    with pytest.raises(InvalidStateError) as caught:
        PixelBufferPool(ATTRIBUTES, allocation_threshold=0).make_buffer()
    assert caught.value.code == -6689


def test_what_is_not_needed_grows_old() -> None:
    clock = Clock()
    pool = PixelBufferPool(ATTRIBUTES, minimum_buffer_count=2, maximum_buffer_age=1, clock=clock)
    held = [pool.make_buffer() for _ in range(5)]
    del held
    assert pool.statistics() == (0, 5, 5)
    clock.now += 1.5
    assert pool.statistics() == (0, 2, 5)


def test_what_is_used_all_the_time_does_not_keep_the_rest_young() -> None:
    clock = Clock()
    pool = PixelBufferPool(ATTRIBUTES, maximum_buffer_age=1, clock=clock)
    held = [pool.make_buffer() for _ in range(4)]
    del held
    for _ in range(4):
        clock.now += 0.5
        pool.make_buffer()
    assert pool.statistics() == (0, 1, 4)


def test_age_zero_keeps_for_ever() -> None:
    clock = Clock()
    pool = PixelBufferPool(ATTRIBUTES, maximum_buffer_age=0, clock=clock)
    pool.make_buffer()
    clock.now += 1e9
    assert pool.statistics() == (0, 1, 1)


def test_flush_frees_what_is_not_in_use() -> None:
    pool = PixelBufferPool(ATTRIBUTES)
    held, other = pool.make_buffer(), pool.make_buffer()
    del other
    pool.flush()
    assert pool.statistics() == (1, 0, 2)
    assert held.size == (35, 17)


def test_a_buffer_outlives_its_pool() -> None:
    buffer = PixelBufferPool(ATTRIBUTES).make_buffer()
    gc.collect()
    buffer.planes[0][...] = 7
    assert (buffer.planes[0] == 7).all()


def test_a_buffer_may_come_home_while_the_pool_is_at_work() -> None:
    """The garbage collector may run anywhere, also inside a method of the pool that holds the lock."""
    pool = PixelBufferPool(ATTRIBUTES)
    held = [pool.make_buffer()]
    original = pool._age

    def age() -> None:
        held.clear()
        original()

    pool._age = age  # type: ignore[method-assign]
    done = threading.Thread(target=pool.flush, daemon=True)
    done.start()
    done.join(5)
    assert not done.is_alive(), "the pool waits for itself"
    assert pool.statistics() == (0, 1, 1)


def test_threads_never_share_a_buffer() -> None:
    pool, wrong = PixelBufferPool(ATTRIBUTES), []

    def work(number: int) -> None:
        for _ in range(200):
            buffer = pool.make_buffer()
            buffer.planes[0][...] = number
            if not (buffer.planes[0] == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert pool.statistics().in_use == 0
    assert pool.statistics().created < 20, "800 pictures need no more memory than are alive at a time"


@pytest.mark.parametrize(
    "attributes",
    [{}, {"Width": 4, "Height": 4}, {"PixelFormatType": "420v", "Width": 4}, PixelBufferAttributes(width=4)],
)
def test_attributes_must_be_complete(attributes: Any) -> None:
    with refused(repr(attributes), kind=InvalidArgumentError, way_out="the width and the height"):
        PixelBufferPool(attributes)


@pytest.mark.parametrize("name", ["minimum_buffer_count", "maximum_buffer_age", "allocation_threshold"])
def test_nothing_is_negative(name: str) -> None:
    with refused("-1", kind=InvalidArgumentError, way_out="Use 0"):
        PixelBufferPool(ATTRIBUTES, **{name: -1})
