"""Films in fragments and in segments: what the writer needs of their engines."""

from __future__ import annotations

from reelwright.isobmff.fragment_writer import FragmentedMovieWriter, FragmentStep

__all__ = ["FragmentStep", "FragmentedMovieWriter"]
