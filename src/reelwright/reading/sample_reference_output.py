"""``AssetReaderSampleReferenceOutput``: where a track's samples lie, without the samples themselves.

Its buffers let a movie be made that points at another one's media (``AVAssetReaderSampleReferenceOutput``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from reelwright.model.errors import InvalidMediaError
from reelwright.model.sample import BufferAttachment, SampleBuffer
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.outputs import AssetReaderOutput, foreign, shown_passages
from reelwright.reading.stored import StoredReader

__all__ = ["AssetReaderSampleReferenceOutput"]


class AssetReaderSampleReferenceOutput(AssetReaderOutput):
    """Reads where the samples of a track lie (``AVAssetReaderSampleReferenceOutput``).

    Buffers have no data but the attachments SAMPLE_REFERENCE_URL and SAMPLE_REFERENCE_BYTE_OFFSET, with format, times
    and sizes.

    >>> output = AssetReaderSampleReferenceOutput(asset.tracks[0])

    Raises:
        InvalidArgumentError: no track.
    """

    def __init__(self, track: AssetTrack) -> None:
        if not isinstance(track, AssetTrack):
            raise foreign(track)
        super().__init__([track], track.media_type)

    @property
    def track(self) -> AssetTrack:
        return self.tracks[0]

    def _check(self) -> None:
        if self.track.asset.url is None or self.track.asset.media.index(self.track.track_id) is None:
            raise InvalidMediaError(
                "samples can be referred to only in a movie file with a path.",
                track=self.track.track_id,
                hint="Open the asset by its path; other containers do not say where their samples lie.",
            )

    def _read(self, ranges: Sequence[TimeRange]) -> Iterator[SampleBuffer]:
        return _references(self.track, ranges)


def _references(track: AssetTrack, ranges: Sequence[TimeRange]) -> Iterator[SampleBuffer]:
    passages = shown_passages(track, ranges)
    for buffer, offset in StoredReader(track.asset.media, track.facts).references(passages):
        attachments = dict(buffer.attachments)
        if offset is not None:
            attachments[BufferAttachment.SAMPLE_REFERENCE_URL] = _url(track, buffer)
            attachments[BufferAttachment.SAMPLE_REFERENCE_BYTE_OFFSET] = offset
        yield replace(buffer, attachments=attachments)


def _url(track: AssetTrack, buffer: SampleBuffer) -> str:
    """The file that holds a sample, as an absolute URL."""
    facts = track.facts
    # By identity: descriptions that are alike may belong to different files.
    number = next(number for number, format in enumerate(facts.formats) if format is buffer.format)
    place = facts.format_references[number] if number < len(facts.format_references) else 0
    reference = facts.data_references[place] if place < len(facts.data_references) else None
    own, path = track.asset.url, track.asset.path
    assert own is not None
    assert path is not None
    if reference is None or reference.is_self_contained or reference.location is None:
        return own
    if "://" in reference.location:
        return reference.location
    return (Path(path).absolute().parent / reference.location).as_uri()
