"""Reading in coroutines: order, ends, errors, and that a task which is cancelled while it waits loses nothing."""

from __future__ import annotations

import asyncio

import pytest
from tests.reading.films import film
from tests.writing import scene

from reelwright import (
    Asset,
    AssetReader,
    AssetReaderTrackOutput,
    InvalidArgumentError,
    OperationCancelledError,
    PixelFormat,
    ReaderStatus,
    Time,
    TimeRange,
)


def test_buffers_come_in_order_and_end() -> None:
    async def main() -> list[int]:
        asset = Asset(film())
        reader = AssetReader(asset)
        provider = reader.output_provider(AssetReaderTrackOutput(asset.tracks[0], PixelFormat.GRAY8))
        reader.start_reading()
        found = [scene.number_of(buffer.image.planes[0]) async for buffer in provider if buffer.image]
        assert await provider.next() is None
        assert reader.status is ReaderStatus.COMPLETED
        return found

    assert asyncio.run(main()) == list(range(24))


def test_two_outputs_side_by_side() -> None:
    async def main() -> tuple[int, int]:
        asset = Asset(film())
        reader = AssetReader(asset)
        providers = [reader.output_provider(AssetReaderTrackOutput(track)) for track in asset.tracks]
        reader.start_reading()

        async def count(number: int) -> int:
            return sum([buffer.num_samples async for buffer in providers[number]])

        pictures, frames = await asyncio.gather(count(0), count(1))
        return pictures, frames

    assert asyncio.run(main()) == (24, 48_000)


def test_a_cancelled_wait_loses_nothing() -> None:
    async def main() -> list[int]:
        asset = Asset(film())
        reader = AssetReader(asset)
        provider = reader.output_provider(AssetReaderTrackOutput(asset.tracks[0], PixelFormat.GRAY8))
        reader.start_reading()
        found = []
        for _ in range(24):
            task = asyncio.ensure_future(provider.next())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            buffer = await provider.next()
            assert buffer is not None
            assert buffer.image is not None
            found.append(scene.number_of(buffer.image.planes[0]))
        assert await provider.next() is None
        return found

    assert asyncio.run(main()) == list(range(24))


def test_passes() -> None:
    async def main() -> list[int]:
        asset = Asset(film())
        reader = AssetReader(asset)
        reader.time_range = TimeRange(0, Time(1, 24))
        output = AssetReaderTrackOutput(asset.tracks[0], PixelFormat.GRAY8)
        provider = reader.output_provider_with_random_access(output)
        reader.start_reading()
        found = [scene.number_of(buffer.image.planes[0]) async for buffer in provider if buffer.image]
        provider.reset([TimeRange(Time(7, 24), Time(2, 24))])
        found += [scene.number_of(buffer.image.planes[0]) async for buffer in provider if buffer.image]
        provider.mark_configuration_as_final()
        assert reader.status is ReaderStatus.COMPLETED
        return found

    assert asyncio.run(main()) == [0, 7, 8]


def test_errors_come_out_of_next() -> None:
    async def main() -> None:
        asset = Asset(film())
        reader = AssetReader(asset)
        provider = reader.output_provider(AssetReaderTrackOutput(asset.tracks[0]))
        reader.start_reading()
        reader.cancel_reading()
        with pytest.raises(OperationCancelledError):
            await provider.next()

    asyncio.run(main())


def test_metadata_and_captions_need_tracks_of_their_kind() -> None:
    asset = Asset(film())
    reader = AssetReader(asset)
    with pytest.raises(InvalidArgumentError, match="carries no timed metadata"):
        reader.output_metadata_provider(AssetReaderTrackOutput(asset.tracks[0]))
    with pytest.raises(InvalidArgumentError, match="carries no captions"):
        reader.output_caption_provider(AssetReaderTrackOutput(asset.tracks[0]))
    assert reader.outputs == ()
