"""Reader outputs for coroutines: ``await provider.next()`` waits without blocking the event loop.

Waiting happens in a worker thread of the loop. A task that is cancelled while it waits loses nothing: what was being
fetched for it is given to whoever asks next. Of tasks that wait at once each gets an item of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Generic, TypeVar

from reelwright.model.caption import CaptionGroup
from reelwright.model.metadata import TimedMetadataGroup
from reelwright.model.sample import SampleBuffer
from reelwright.model.time_range import TimeRange
from reelwright.reading.adaptors import AssetReaderOutputCaptionAdaptor, AssetReaderOutputMetadataAdaptor
from reelwright.reading.outputs import AssetReaderOutput
from reelwright.reading.track_output import AssetReaderTrackOutput

__all__ = [
    "CaptionProvider",
    "MetadataProvider",
    "OutputProvider",
    "RandomAccessCaptionProvider",
    "RandomAccessMetadataProvider",
    "RandomAccessOutputProvider",
]

T = TypeVar("T")


class _Provider(Generic[T]):
    """``fetch`` blocks for the next item; None is the end."""

    def __init__(self, fetch: Callable[[], T | None]) -> None:
        self._fetch = fetch
        self._under_way: asyncio.Future[T | None] | None = None
        self._turn = asyncio.Lock()

    async def next(self) -> T | None:
        """The next item; None at the end.

        Raises:
            what the output's own call raises.
        """
        async with self._turn:
            if self._under_way is None:
                self._under_way = asyncio.ensure_future(asyncio.to_thread(self._fetch))
            pending, is_taken = self._under_way, True
            try:
                return await asyncio.shield(pending)
            except asyncio.CancelledError:
                # Of this task alone: even what came at this very moment is kept for the next to ask.
                is_taken = pending.cancelled()
                raise
            finally:
                if is_taken:
                    self._under_way = None

    def _begin_anew(self) -> None:
        """Forget the end of a pass that nobody was told of."""
        self._under_way = None

    async def __aiter__(self) -> AsyncIterator[T]:
        while (item := await self.next()) is not None:
            yield item


class OutputProvider(_Provider[SampleBuffer]):
    """Sample buffers of one output (``AVAssetReaderOutput.Provider``); made by ``AssetReader.output_provider``."""

    def __init__(self, output: AssetReaderOutput) -> None:
        super().__init__(output.copy_next_sample_buffer)
        self.output = output


class RandomAccessOutputProvider(OutputProvider):
    """Sample buffers of one output, in as many passes as wanted."""

    def reset(self, time_ranges: Iterable[TimeRange]) -> None:
        """See ``AssetReaderOutput.reset``."""
        self.output.reset(time_ranges)
        self._begin_anew()

    def mark_configuration_as_final(self) -> None:
        """See ``AssetReaderOutput.mark_configuration_as_final``."""
        self.output.mark_configuration_as_final()


class MetadataProvider(_Provider[TimedMetadataGroup]):
    """Timed metadata of one output (``AVAssetReaderOutput.Provider`` of ``outputMetadataProvider(for:)``)."""

    def __init__(self, output: AssetReaderOutput) -> None:
        super().__init__(AssetReaderOutputMetadataAdaptor(output).next_timed_metadata_group)
        self.output = output


class RandomAccessMetadataProvider(MetadataProvider):
    """Timed metadata of one output, in as many passes as wanted."""

    def reset(self, time_ranges: Iterable[TimeRange]) -> None:
        """See ``AssetReaderOutput.reset``."""
        self.output.reset(time_ranges)
        self._begin_anew()

    def mark_configuration_as_final(self) -> None:
        """See ``AssetReaderOutput.mark_configuration_as_final``."""
        self.output.mark_configuration_as_final()


class CaptionProvider(_Provider[CaptionGroup]):
    """Captions of one output (``outputCaptionProvider(for:validationDelegate:)``)."""

    def __init__(self, output: AssetReaderTrackOutput) -> None:
        self.adaptor = AssetReaderOutputCaptionAdaptor(output)
        super().__init__(self.adaptor.next_caption_group)
        self.output = output


class RandomAccessCaptionProvider(CaptionProvider):
    """Captions of one output, in as many passes as wanted."""

    def reset(self, time_ranges: Iterable[TimeRange]) -> None:
        """See ``AssetReaderOutput.reset``."""
        self.adaptor.reset(time_ranges)
        self._begin_anew()

    def mark_configuration_as_final(self) -> None:
        """See ``AssetReaderOutput.mark_configuration_as_final``."""
        self.output.mark_configuration_as_final()
