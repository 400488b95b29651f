"""Inputs for coroutines: ``await receiver.append(…)`` suspends until there is room, then hands the sample over.

Nothing is converted, encoded or written in the event loop; that is the input's thread's work, so a picture that was
handed over must not be changed afterwards (a pool's buffers are made for that). Sound and packets are copied.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from reelwright.model.errors import InvalidArgumentError, NotReadyError
from reelwright.model.kinds import MediaType, OnFull
from reelwright.model.pixel import PixelBufferAttributes
from reelwright.model.pool import PixelBufferPool
from reelwright.model.sample import SampleBuffer
from reelwright.writing.adaptors import PoolMaker
from reelwright.writing.input import AssetWriterInput

__all__ = ["PixelBufferReceiver", "SampleBufferReceiver"]

_PAUSE = 0.001  # seconds


class _Receiver:
    """What both receivers share: waiting for room without blocking the event loop."""

    def __init__(self, input: AssetWriterInput) -> None:
        self._input = input
        input._is_received = True

    async def _append(self, sample: Any, time: Any) -> None:
        while not self._append_now(sample, time):
            await self._room()

    def _append_now(self, sample: Any, time: Any) -> bool:
        try:
            self._input._append(sample, time, None, OnFull.RAISE, convert=False)
        except NotReadyError:
            return False
        return True

    async def _room(self) -> None:
        """Suspend until the queue has room, or has closed; cancelling the task leaves nothing behind."""
        loop, queue = asyncio.get_running_loop(), self._input._queue
        woken = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(woken.set)

        stop = queue.listen(wake)
        try:
            if queue.is_open and not queue.has_room:
                await self._woken(woken)
            else:
                await asyncio.sleep(_PAUSE)  # a thread is appending to the same input: its turn is soon over
        finally:
            stop()

    async def _woken(self, woken: asyncio.Event) -> None:
        """Wait for the queue, but not for one that has stalled: that fails the writer, outside the event loop."""
        watch, writer = self._input._watch, self._input._writer
        assert writer is not None
        began = watch.now()
        while not woken.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), watch.left(began))
            if not woken.is_set() and watch.is_over(began):
                waiting = "a receiver waits for room in the queue"
                await asyncio.get_running_loop().run_in_executor(None, writer._stalled, waiting, self._input)
                return

    def finish(self) -> None:
        """No more samples will come: the same as ``mark_as_finished``."""
        self._input.mark_as_finished()


class SampleBufferReceiver(_Receiver):
    """Takes sample buffers for one input (``AVAssetWriterInput.SampleBufferReceiver``); made by ``input_receiver``."""

    async def append(self, sample_buffer: SampleBuffer) -> None:
        """Wait until there is room, then hand the buffer over.

        Raises:
            InvalidStateError: no open session, or finished. ReelwrightError: the writer's stored error once it failed.
        """
        await self._append(sample_buffer, None)

    def append_immediately(self, sample_buffer: SampleBuffer) -> bool:
        """Hand the buffer over if there is room; False, with nothing taken, if there is none."""
        return self._append_now(sample_buffer, None)


class PixelBufferReceiver(_Receiver):
    """Takes pictures for one video input (``AVAssetWriterInput.PixelBufferReceiver``); made by
    ``input_pixel_buffer_receiver``.

    Raises:
        InvalidArgumentError: the input is not a video input.
    """

    def __init__(
        self, input: AssetWriterInput, attributes: PixelBufferAttributes | Mapping[str, Any] | None = None
    ) -> None:
        if input.media_type is not MediaType.VIDEO:
            raise InvalidArgumentError(f"a {input.media_type.name.lower()} input takes no pictures.")
        super().__init__(input)
        self._pool = PoolMaker(input, PixelBufferAttributes.of(attributes))

    @property
    def source_pixel_buffer_attributes(self) -> PixelBufferAttributes | None:
        return self._pool.attributes

    @property
    def pixel_buffer_pool(self) -> PixelBufferPool | None:
        """A pool for pictures of the attributes given; None before the start, after a failure, and without
        attributes."""
        return self._pool.pool

    async def append(self, picture: Any, time: Any) -> None:
        """Wait until there is room, then hand over a picture (``PixelBuffer``, array or image) to be shown from
        ``time``.

        Raises:
            InvalidStateError: no open session, or finished. TimestampError: a time that cannot be written.
            ReelwrightError: the writer's stored error once it failed.
        """
        await self._append(picture, time)

    def append_immediately(self, picture: Any, time: Any) -> bool:
        """Hand the picture over if there is room; False, with nothing taken, if there is none."""
        return self._append_now(picture, time)
