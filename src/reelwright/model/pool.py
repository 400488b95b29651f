"""A recycling pool of pixel buffers: memory is used again only when nobody can see it any more.

A buffer goes home when its last holder lets go of it, the encoder included. Views of its planes count as holders:
memory that some array still looks at waits until that array is gone, however long the ``PixelBuffer`` itself is gone.
"""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.model.pixel import PixelBuffer, PixelBufferAttributes

__all__ = ["PixelBufferPool", "PoolStatistics"]


class PoolStatistics(NamedTuple):
    """``in_use`` buffers are held by somebody, ``free`` ones wait; ``created`` counts allocations since the start."""

    in_use: int
    free: int
    created: int


class _Block:
    """The memory of one buffer, and when it came home."""

    __slots__ = ("memory", "since")

    def __init__(self, size: int, alignment: int) -> None:
        whole = np.empty(size + alignment, np.uint8)
        start = -whole.ctypes.data % alignment
        # A memoryview in between makes ``memory`` the owner that views refer to, not the larger array around it.
        self.memory = np.frombuffer(whole.data[start : start + size], np.uint8)
        self.since = 0.0

    def holders(self) -> int:
        return sys.getrefcount(self.memory)

    def is_seen(self) -> bool:
        """Whether any array besides ours looks at the memory (numpy views hold a reference to their owner)."""
        return self.holders() > _UNSEEN


_UNSEEN = _Block(1, 1).holders()


class PixelBufferPool:
    """Buffers of one format and size, used again and again (``CVPixelBufferPool``).

    Args:
        attributes: pixel format, width and height are required.
        minimum_buffer_count: buffers that are kept however old they are.
        maximum_buffer_age: seconds after which unused buffers above that number are freed; 0 keeps them for ever.
        allocation_threshold: most buffers alive at a time; None for no limit.

    >>> pool = PixelBufferPool(PixelBufferAttributes(pixel_format=PixelFormat.NV12, width=1920, height=1080))
    >>> buffer = pool.make_buffer()

    Raises:
        InvalidArgumentError: incomplete attributes (``kCVReturnInvalidPoolAttributes``), a negative number.
    """

    def __init__(
        self,
        attributes: PixelBufferAttributes | Mapping[str, Any],
        *,
        minimum_buffer_count: int = 0,
        maximum_buffer_age: float = 1.0,
        allocation_threshold: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        known = PixelBufferAttributes.of(attributes)
        if known is None or not known.is_complete:
            raise InvalidArgumentError(
                f"a pixel buffer pool cannot be made of {attributes!r}.",
                hint="Give the pixel format, the width and the height.",
                code=-6691,
            )
        numbers = (minimum_buffer_count, maximum_buffer_age, allocation_threshold or 0)
        if min(numbers) < 0:
            raise InvalidArgumentError(
                f"a pixel buffer pool cannot have a negative count or age: {numbers}.",
                hint="Use 0 for no minimum or no ageing, None for no threshold.",
                code=-6691,
            )
        self.attributes = known
        self.minimum_buffer_count = minimum_buffer_count
        self.maximum_buffer_age = maximum_buffer_age
        self.allocation_threshold = allocation_threshold
        self._clock = clock
        self._lock = threading.Lock()
        self._free: list[_Block] = []  # the longest unused first
        self._used: dict[int, _Block] = {}
        self._returned: deque[_Block] = deque()  # came home, not yet taken in
        self._created = 0
        self._planes, self._size = self._plan(known)

    @staticmethod
    def _plan(known: PixelBufferAttributes) -> tuple[list[tuple[int, int, tuple[int, ...]]], int]:
        """Where each plane lies in a block: (offset, bytes a row, shape), and the block's size."""
        assert known.pixel_format is not None
        assert known.width is not None
        assert known.height is not None
        align, total, planes = known.bytes_per_row_alignment, 0, []
        for index, plane in enumerate(known.pixel_format.planes):
            shape = known.pixel_format.plane_shape(index, known.width, known.height)
            row = -(-shape[1] * plane.values * known.pixel_format.dtype.itemsize // align) * align
            planes.append((total, row, shape))
            total += row * shape[0]
        return planes, total

    def make_buffer(self) -> PixelBuffer:
        """A buffer whose values are left over from its last use, without attachments.

        Raises:
            InvalidStateError: all ``allocation_threshold`` buffers are in use
                (``kCVReturnWouldExceedAllocationThreshold``).
        """
        with self._lock:
            self._take_in()
            block = self._take_free() or self._allocate()
            buffer = self._dress(block)
            self._used[id(block)] = block
        weakref.finalize(buffer, self._come_home, block).atexit = False
        return buffer

    def _take_free(self) -> _Block | None:
        """The block that was used last, so that those not needed any more grow old."""
        for index in reversed(range(len(self._free))):
            if not self._free[index].is_seen():
                return self._free.pop(index)
        return None

    def _allocate(self) -> _Block:
        alive = len(self._used) + len(self._free)
        if self.allocation_threshold is not None and alive >= self.allocation_threshold:
            raise InvalidStateError(
                f"all {self.allocation_threshold} buffers of the pool are in use.",
                hint="Let go of buffers that were appended, or raise allocation_threshold.",
                code=-6689,
            )
        self._created += 1
        return _Block(self._size, self.attributes.bytes_per_row_alignment)

    def _dress(self, block: _Block) -> PixelBuffer:
        known = self.attributes
        assert known.pixel_format is not None
        planes = []
        for offset, row, shape in self._planes:
            item = known.pixel_format.dtype.itemsize
            strides = (row, item) if len(shape) == 2 else (row, item * shape[2], item)
            planes.append(np.ndarray(shape, known.pixel_format.dtype, block.memory, offset, strides))
        buffer = PixelBuffer(
            planes,
            known.pixel_format,
            width=known.width,
            height=known.height,
            color=known.color,
            full_range=known.full_range,
        )
        buffer.pooled = True
        return buffer

    def _come_home(self, block: _Block) -> None:
        """Called when a buffer is gone: in any thread, by the garbage collector even in the midst of our own methods.

        So it never waits for the lock; whoever holds it, or comes next, takes the block in.
        """
        block.since = self._clock()
        self._returned.append(block)
        if self._lock.acquire(blocking=False):
            try:
                self._take_in()
            finally:
                self._lock.release()

    def _take_in(self) -> None:
        while self._returned:
            block = self._returned.popleft()
            del self._used[id(block)]
            self._free.append(block)
        self._age()

    def _age(self) -> None:
        """Free what nobody needed for longer than ``maximum_buffer_age``, down to ``minimum_buffer_count``."""
        if not self.maximum_buffer_age:
            return
        limit = self._clock() - self.maximum_buffer_age
        spare = len(self._used) + len(self._free) - self.minimum_buffer_count
        while spare > 0 and self._free and self._free[0].since < limit:
            self._free.pop(0)
            spare -= 1

    def flush(self) -> None:
        """Free every buffer that is not in use (``kCVPixelBufferPoolFlushExcessBuffers``)."""
        with self._lock:
            self._take_in()
            self._free.clear()

    def statistics(self) -> PoolStatistics:
        """How many buffers are in use and free now, and how many were ever allocated."""
        with self._lock:
            self._take_in()
            return PoolStatistics(len(self._used), len(self._free), self._created)
