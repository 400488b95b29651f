"""``ImageSequence``: results one by one, for ``for`` and for ``async for`` (``AVAssetImageGenerator.Images``)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Self

from reelwright.reading.generated_image import GeneratedImage
from reelwright.reading.image_request import Cancellation

__all__ = ["ImageSequence"]


class ImageSequence:
    """Images in the order they were asked for, one result a time; made by ``AssetImageGenerator.images``.

    >>> for result in generator.images([0, 10, 20]): ...
    >>> async for result in generator.images([0, 10, 20]): ...

    Each is made when it is taken. A sequence that is dropped half way lets go of its decoder.
    """

    def __init__(self, results: Iterator[GeneratedImage], cancellation: Cancellation) -> None:
        self._results = results
        self._cancellation = cancellation
        self._taking = threading.Lock()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> GeneratedImage:
        with self._taking:
            return next(self._results)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> GeneratedImage:
        """The next result, made in a worker thread; a task that is cancelled while it waits cancels the sequence."""
        try:
            result = await asyncio.to_thread(self._next_or_none)
        except asyncio.CancelledError:
            self._cancellation.cancel()
            raise
        if result is None:
            raise StopAsyncIteration
        return result

    def _next_or_none(self) -> GeneratedImage | None:
        with self._taking:
            return next(self._results, None)

    def cancel(self) -> None:
        """Have what is left come as results with ``OperationCancelledError``."""
        self._cancellation.cancel()
