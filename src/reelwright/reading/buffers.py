"""A track's media as sample buffers, as a reading thread goes through it: stored, pictures, sound.

Each is a generator that knows the track and what is asked for, and nothing of the output that asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from reelwright.codecs.picture_output import PictureOutput
from reelwright.model.pixel import PixelBuffer, PixelBufferAttributes
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time_range import TimeRange
from reelwright.reading.outputs import shown_passages
from reelwright.reading.passage import Passage, PassageClock, as_time
from reelwright.reading.pictures import MediaPicture, PictureReader
from reelwright.reading.sound import SoundReader
from reelwright.reading.stored import StoredReader

if TYPE_CHECKING:
    from reelwright.reading.asset_track import AssetTrack

__all__ = ["picture_buffers", "sound_buffers", "stored_buffers"]


def stored_buffers(track: AssetTrack, ranges: Sequence[TimeRange]) -> Iterator[SampleBuffer]:
    """Samples as they lie in the file, in decode order."""
    yield from StoredReader(track.asset.media, track.facts).buffers(shown_passages(track, ranges))


def sound_buffers(reader: SoundReader, track: AssetTrack, ranges: Sequence[TimeRange]) -> Iterator[SampleBuffer]:
    """Linear PCM."""
    yield from reader.buffers(shown_passages(track, ranges))


def picture_buffers(
    track: AssetTrack, ranges: Sequence[TimeRange], asked: PixelBufferAttributes, *, copies: bool
) -> Iterator[SampleBuffer]:
    """Decoded pictures in the order they are shown.

    Args:
        copies: in memory of their own that may be written to, instead of read-only views.
    """
    output = PictureOutput(
        pixel_format=asked.pixel_format, width=asked.width, height=asked.height, full_range=asked.full_range
    )
    reader = PictureReader(track.asset.media, track.facts)
    scale = track.facts.time_scale
    try:
        for passage in shown_passages(track, ranges):
            if passage.media_start is None:
                continue
            end = passage.media_end if passage.rate else passage.media_start + Fraction(1, scale)
            for picture in reader.pictures(passage.media_start, end):
                image = output.buffer(picture.frame, picture.format)
                timing = _shown(picture, passage, scale)
                yield SampleBuffer(image=_private(image) if copies else image, timings=[timing])
    finally:
        reader.close()


def _shown(picture: MediaPicture, passage: Passage, scale: int) -> SampleTiming:
    """When a picture is shown: its own time, cut to the passage."""
    assert passage.media_start is not None
    if passage.rate == 0:
        return SampleTiming(as_time(passage.start, scale), as_time(passage.duration, scale))
    clock = PassageClock(passage, scale)
    first, last = picture.presentation, picture.presentation + picture.duration
    begins = Fraction(first, scale) >= passage.media_start
    ends = Fraction(last, scale) <= passage.media_end
    start = clock.time(first) if begins else as_time(passage.start, scale)
    if begins and ends:
        return SampleTiming(start, clock.duration(picture.duration))
    end = clock.time(last) if ends else as_time(passage.end, scale)
    return SampleTiming(start, end - start)


def _private(image: PixelBuffer) -> PixelBuffer:
    """The same picture in memory of its own, which may be written to."""
    return PixelBuffer(
        [np.array(plane) for plane in image.planes],
        image.pixel_format,
        width=image.width,
        height=image.height,
        color=image.color,
        full_range=image.full_range,
        pixel_aspect_ratio=image.pixel_aspect_ratio,
        clean_aperture=image.clean_aperture,
    )
