"""Reading in coroutines: order, ends, errors, and that a task which is cancelled while it waits loses nothing."""

from __future__ import annotations

import asyncio
import threading

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
from reelwright.reading.providers import _Provider


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


class Slowly:
    """A fetch that counts, and waits for leave each time."""

    def __init__(self, most: int) -> None:
        self.leave = threading.Semaphore(0)
        self._numbers = iter(range(most))

    def __call__(self) -> int | None:
        self.leave.acquire()
        return next(self._numbers, None)


def test_what_comes_in_the_moment_of_a_cancel_is_kept() -> None:
    async def main() -> list[int | None]:
        fetch = Slowly(2)
        provider = _Provider(fetch)
        task = asyncio.ensure_future(provider.next())
        await asyncio.sleep(0)
        pending = provider._under_way
        assert pending is not None
        # The item is there and the task not yet woken: only then does the cancel come.
        pending.add_done_callback(lambda _: task.cancel())
        fetch.leave.release()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(3):
            fetch.leave.release()
        return [await provider.next(), await provider.next()]

    assert asyncio.run(main()) == [0, 1]


def test_tasks_that_wait_at_once_get_an_item_each() -> None:
    async def main() -> list[int | None]:
        fetch = Slowly(3)
        for _ in range(4):
            fetch.leave.release()
        provider = _Provider(fetch)
        return await asyncio.gather(*(provider.next() for _ in range(4)))

    assert asyncio.run(main()) == [0, 1, 2, None]


def test_an_end_that_nobody_heard_of_does_not_end_the_next_pass() -> None:
    async def main() -> int:
        asset = Asset(film())
        reader = AssetReader(asset)
        provider = reader.output_provider_with_random_access(AssetReaderTrackOutput(asset.tracks[0]))
        reader.start_reading()
        for _ in range(24):
            assert await provider.next() is not None
        task = asyncio.ensure_future(provider.next())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while not provider.output._is_at_end:
            await asyncio.sleep(0.001)
        provider.reset([TimeRange(0, 1)])
        return len([buffer async for buffer in provider])

    assert asyncio.run(main()) == 24


def test_what_cannot_be_added_is_not_taken_over() -> None:
    asset = Asset(film())
    reader = AssetReader(asset)
    for make in (
        reader.output_provider,
        reader.output_provider_with_random_access,
        reader.output_metadata_provider,
        reader.output_metadata_provider_with_random_access,
        reader.output_caption_provider,
        reader.output_caption_provider_with_random_access,
    ):
        with pytest.raises(InvalidArgumentError, match="no reader output"):
            make("film.mov")  # type: ignore[arg-type]
    output = AssetReaderTrackOutput(Asset(film()).tracks[0])
    with pytest.raises(InvalidArgumentError, match="another asset"):
        reader.output_provider_with_random_access(output)
    assert not output.supports_random_access
