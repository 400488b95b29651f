"""Adaptors: captions and timed metadata out of outputs, and who gets an output's buffers."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest
from tests.reading.films import film

from reelwright import (
    Asset,
    AssetReader,
    AssetReaderOutputCaptionAdaptor,
    AssetReaderOutputMetadataAdaptor,
    AssetReaderTrackOutput,
    InvalidArgumentError,
    InvalidStateError,
    MediaType,
    OperationCancelledError,
    ReaderStatus,
    Time,
    TimeRange,
)

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"


def real(name: str) -> Asset:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand")
    return Asset(path)


def test_captions_of_a_subtitle_track() -> None:
    asset = real("torchcodec/nasa_13013.mp4")
    (track, _) = asset.tracks_with_media_type(MediaType.SUBTITLE)
    reader = AssetReader(asset)
    adaptor = AssetReaderOutputCaptionAdaptor(AssetReaderTrackOutput(track))
    reader.add(adaptor.asset_reader_track_output)
    reader.start_reading()
    groups = list(adaptor)
    texts = [caption.text for group in groups for caption in adaptor.captions_not_present_in_previous_groups(group)]
    assert len(texts) == 4
    assert all(texts)
    for before, after in itertools.pairwise(groups):
        assert before.time_range.end <= after.time_range.start
    assert adaptor.next_caption_group() is None


def test_metadata_of_a_live_photo() -> None:
    asset = real("osxphotos/Jellyfish.mov")
    tracks = asset.tracks_with_media_type(MediaType.METADATA)
    assert tracks
    found = []
    for track in tracks:
        reader = AssetReader(asset)
        adaptor = AssetReaderOutputMetadataAdaptor(AssetReaderTrackOutput(track))
        reader.add(adaptor.asset_reader_output)
        reader.start_reading()
        found += list(adaptor)
    keys = {item.key for group in found for item in group.items}
    assert keys
    for group in found:
        assert group.time_range.start >= Time.ZERO
        assert all(item.time == group.time_range.start for item in group.items)


def test_an_adaptor_takes_the_output_over() -> None:
    asset = real("torchcodec/nasa_13013.mp4")
    (track, _) = asset.tracks_with_media_type(MediaType.SUBTITLE)
    output = AssetReaderTrackOutput(track)
    AssetReaderOutputCaptionAdaptor(output)
    with pytest.raises(InvalidStateError, match="has a caption adaptor already"):
        AssetReaderOutputCaptionAdaptor(output)
    reader = AssetReader(asset)
    reader.add(output)
    reader.start_reading()
    with pytest.raises(InvalidStateError, match="go to its caption adaptor"):
        output.copy_next_sample_buffer()
    late = AssetReaderTrackOutput(track)
    other = AssetReader(asset)
    other.add(late)
    other.start_reading()
    with pytest.raises(InvalidStateError, match="reader has started"):
        AssetReaderOutputCaptionAdaptor(late)


def test_tracks_that_carry_neither() -> None:
    output = AssetReaderTrackOutput(Asset(film()).tracks[0])
    with pytest.raises(InvalidArgumentError, match="carries no captions"):
        AssetReaderOutputCaptionAdaptor(output)
    with pytest.raises(InvalidArgumentError, match="carries no timed metadata"):
        AssetReaderOutputMetadataAdaptor(output)
    with pytest.raises(InvalidArgumentError, match="no AssetReaderTrackOutput"):
        AssetReaderOutputCaptionAdaptor(film())  # type: ignore[arg-type]


def test_captions_in_passes() -> None:
    async def main() -> tuple[list[str], list[str]]:
        asset = real("torchcodec/nasa_13013.mp4")
        (track, _) = asset.tracks_with_media_type(MediaType.SUBTITLE)
        reader = AssetReader(asset)
        provider = reader.output_caption_provider_with_random_access(AssetReaderTrackOutput(track))
        reader.start_reading()
        first = [caption.text async for group in provider for caption in group.captions]
        provider.reset([TimeRange(5, 4)])
        again = [caption.text async for group in provider for caption in group.captions]
        provider.mark_configuration_as_final()
        assert reader.status is ReaderStatus.COMPLETED
        return first, again

    first, again = asyncio.run(main())
    assert len(first) == 4
    assert 0 < len(again) < 4
    assert set(again) < set(first)


def test_metadata_in_passes() -> None:
    async def main() -> tuple[int, int]:
        asset = real("osxphotos/Jellyfish.mov")
        track = max(asset.tracks_with_media_type(MediaType.METADATA), key=lambda each: each.facts.sample_count or 0)
        reader = AssetReader(asset)
        provider = reader.output_metadata_provider_with_random_access(AssetReaderTrackOutput(track))
        reader.start_reading()
        first = len([group async for group in provider])
        provider.reset([TimeRange(0, Time.POSITIVE_INFINITY)])
        return first, len([group async for group in provider])

    first, again = asyncio.run(main())
    assert first == again > 0


def test_asking_for_captions_too_early_does_no_harm() -> None:
    asset = real("torchcodec/nasa_13013.mp4")
    (track, _) = asset.tracks_with_media_type(MediaType.SUBTITLE)
    adaptor = AssetReaderOutputCaptionAdaptor(AssetReaderTrackOutput(track))
    reader = AssetReader(asset)
    reader.add(adaptor.asset_reader_track_output)
    with pytest.raises(InvalidStateError, match="reading has not started"):
        adaptor.next_caption_group()
    reader.start_reading()
    assert adaptor.next_caption_group() is not None
    reader.cancel_reading()
    for _ in range(2):  # never mistaken for the end
        with pytest.raises(OperationCancelledError):
            adaptor.next_caption_group()
