"""All samples of a track as one index, wherever they come from, and the numbers that follow from it.

Movie files have tables; of other containers the same columns are gathered by going through the file once. Everything
is worked out in whole ticks.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.containers.media import Media
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time

__all__ = ["data_rate", "frame_rate_of", "gather", "media_end", "min_duration", "reorders"]

_BLOCK = 4096
_LARGE = 1 << 62


def gather(media: Media, track_id: int, time_scale: int) -> SampleIndex:
    """The index of a track whose container has none: every sample is read once, and forgotten.

    Raises:
        InvalidMediaError, OSError: the file cannot be read to its end.
    """
    blocks: list[npt.NDArray[np.int64]] = []
    rows: list[tuple[int, ...]] = []
    stream = media.stream(track_id)
    try:
        for sample in stream:
            size = 0 if sample.data is None else len(sample.data)
            times = (sample.decode, sample.presentation, sample.duration)
            rows.append((sample.offset, size, *times, sample.is_sync, sample.description, sample.count))
            if len(rows) == _BLOCK:
                blocks.append(np.array(rows, np.int64))
                rows.clear()
    finally:
        stream.close()
    blocks.append(np.array(rows, np.int64).reshape(-1, 8))
    offsets, sizes, decode, shown, durations, sync, descriptions, counts = np.concatenate(blocks).T.copy()
    return SampleIndex(
        time_scale=time_scale,
        offsets=offsets,
        sizes=sizes,
        decode=decode,
        durations=durations,
        composition=None if np.array_equal(shown, decode) else shown - decode,
        sync=None if sync.all() else sync.astype(bool),
        descriptions=descriptions.astype(np.uint16) if descriptions.any() else None,
        counts=None if (counts == 1).all() else counts,
    )


def media_end(index: SampleIndex, stated: int) -> int:
    """Where the media ends, in its ticks.

    Args:
        stated: the header's duration, which counts where the last sample is said to last no time.
    """
    if not len(index):
        return 0
    last = int(index.presentation_order[-1])
    return index.end if index.durations[last] > 0 else max(index.end, min(stated, _LARGE))


def frame_rate_of(index: SampleIndex) -> Fraction:
    """Frames a second (``nominalFrameRate``); 0 when they cannot be told.

    Frames at even distances have the rate of those. Where they are off an even grid of n or n · 1000/1001 by less than
    a tick, as in files that count milliseconds, it is the rate of that grid. Else it is the average.
    """
    scale = index.time_scale
    if index.sample_count < 2:
        length = int(index.durations.sum())
        return Fraction(index.sample_count * scale, length) if length > 0 else Fraction(0)
    shown = np.sort(index.presentation)
    span = int(shown[-1] - shown[0])
    steps = np.diff(shown)
    if span > 0 and bool((steps == steps[0]).all()):
        return Fraction(scale, int(steps[0]))
    if span > 0:
        between = Fraction((len(index) - 1) * scale, span)
        whole, ntsc = Fraction(round(between)), Fraction(round(between * 1001 / 1000) * 1000, 1001)
        for rate in sorted((whole, ntsc), key=lambda rate: abs(rate - between)):
            if rate and _is_even(shown - shown[0], rate, scale):
                return rate
    length = int(index.durations.sum()) or span
    return Fraction(index.sample_count * scale, length) if length > 0 else Fraction(0)


def _is_even(shown: npt.NDArray[Any], rate: Fraction, scale: int) -> bool:
    """Whether each frame k begins less than a tick from ``k / rate`` seconds, counted from the first."""
    above, below = rate.numerator, rate.denominator
    if max(int(shown[-1]) * above, len(shown) * scale * below) >= _LARGE:
        return False
    off = np.abs(shown * above - np.arange(len(shown)) * (scale * below))
    return bool((off < above).all())


def min_duration(index: SampleIndex) -> Time:
    """The shortest duration of a frame; INVALID when none lasts any time (``minFrameDuration``)."""
    # The last one may be cut short or stretched, which says nothing about the others.
    durations = index.durations[:-1] if len(index) > 1 else index.durations
    lasting = durations[durations > 0]
    if index.counts is not None or not lasting.size:
        return Time.INVALID
    return Time(int(lasting.min()), index.time_scale)


def data_rate(index: SampleIndex) -> Fraction:
    """Bits a second of the media, averaged over all of it; 0 when it lasts no time."""
    length = int(index.durations.sum())
    return Fraction(index.total_bytes * 8 * index.time_scale, length) if length > 0 else Fraction(0)


def reorders(index: SampleIndex) -> bool:
    """Whether samples are shown in another order than they are decoded in."""
    return index.composition is not None and bool((np.diff(index.presentation) < 0).any())
