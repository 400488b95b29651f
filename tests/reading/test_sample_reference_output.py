"""Where samples lie: offsets and sizes that the file's bytes confirm, and what cannot be referred to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.reading.films import film

from reelwright import (
    Asset,
    AssetReader,
    AssetReaderSampleReferenceOutput,
    AssetReaderTrackOutput,
    BufferAttachment,
    InvalidArgumentError,
    InvalidMediaError,
    SampleBuffer,
)
from reelwright.model.facts import DataReference
from reelwright.reading.sample_reference_output import _url


def read(asset: Asset, output: AssetReaderTrackOutput | AssetReaderSampleReferenceOutput) -> list[SampleBuffer]:
    with AssetReader(asset) as reader:
        reader.add(output)
        reader.start_reading()
        return list(output)


@pytest.mark.parametrize("number", [0, 1], ids=["pictures", "sound"])
def test_the_bytes_lie_where_it_says(tmp_path: Path, number: int) -> None:
    path = tmp_path / "film with blanks.mov"
    path.write_bytes(film())
    asset = Asset(path)
    track = asset.tracks[number]
    places = read(asset, AssetReaderSampleReferenceOutput(track))
    stored = read(asset, AssetReaderTrackOutput(track))
    content = path.read_bytes()
    assert len(places) == len(stored)
    for place, sample in zip(places, stored, strict=True):
        assert place.data is None
        assert place.attachments[BufferAttachment.SAMPLE_REFERENCE_URL] == path.as_uri()
        offset = place.attachments[BufferAttachment.SAMPLE_REFERENCE_BYTE_OFFSET]
        size = sum(place.size(each) for each in range(place.num_samples))
        assert content[offset : offset + size] == bytes(sample.data)
        assert (place.timings, place.format) == (sample.timings, sample.format)
        assert place.attachment(0) == sample.attachment(0)


def test_only_files_with_a_path_can_be_referred_to() -> None:
    asset = Asset(film())
    with pytest.raises(InvalidMediaError, match="only in a movie file with a path"):
        read(asset, AssetReaderSampleReferenceOutput(asset.tracks[0]))
    with pytest.raises(InvalidArgumentError, match="no AssetTrack"):
        AssetReaderSampleReferenceOutput(asset)  # type: ignore[arg-type]


def test_descriptions_that_are_alike_may_belong_to_different_files(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(film())
    asset = Asset(path)
    track = asset.tracks[0]
    first = track.facts.formats[0]
    own, other = DataReference("url "), DataReference("url ", is_self_contained=False, location="other.mov")
    second = replace(first)
    track.facts = replace(track.facts, formats=(first, second), data_references=(own, other), format_references=(0, 1))
    assert first == second
    assert _url(track, SampleBuffer(b"", first)) == path.as_uri()
    assert _url(track, SampleBuffer(b"", second)) == (tmp_path / "other.mov").as_uri()
