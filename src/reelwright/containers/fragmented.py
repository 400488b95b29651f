"""Films in fragments and in segments: what the writer needs of their engines."""

from __future__ import annotations

from reelwright.isobmff.fragment_writer import FragmentedMovieWriter, FragmentStep
from reelwright.isobmff.segment_writer import MediaSegment, SegmentTrack, SegmentWriter

__all__ = ["FragmentStep", "FragmentedMovieWriter", "MediaSegment", "SegmentTrack", "SegmentWriter"]
