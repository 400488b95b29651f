"""All samples of a track as one index, wherever they come from, and the numbers that follow from it.

Movie files have tables; of other containers the same columns are gathered by going through the file once. Everything
is worked out in whole ticks.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from reelwright.containers.media import Media
from reelwright.model.sample_index import Column, SampleIndex
from reelwright.model.time import Time

__all__ = ["data_rate", "ends_in_a_moment", "frame_rate_of", "gather", "media_end", "min_duration", "reorders"]

_BLOCK = 4096
_LARGE = 1 << 60


def gather(media: Media, track_id: int, time_scale: int, *, has_frames: bool) -> SampleIndex:
    """The index of a track whose container has none: every sample is read once, and forgotten.

    Args:
        has_frames: each sample lasts until the next one is shown, whatever the container says or does not say.

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
    if has_frames and len(shown) > 1:
        order = np.argsort(shown, kind="stable")
        durations[order[:-1]] = np.diff(shown[order])
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


def ends_in_a_moment(index: SampleIndex, end: Time) -> bool:
    """Whether the last sample is shown at a moment of the media, its end, and lasts no time."""
    if not len(index):
        return False
    last = int(index.presentation_order[-1])
    return int(index.durations[last]) == 0 and Time(int(index.presentation[last]), index.time_scale) == end


def frame_rate_of(index: SampleIndex) -> Fraction:
    """Frames a second (``nominalFrameRate``); 0 when they cannot be told.

    Where all samples but perhaps the last one last equally long, that is how far frames are apart. Frames at even
    distances have the rate of those, though a tenth of them be missing. Where they are off an even grid of n or
    n · 1000/1001 by less than a tick or a millisecond, as in files that passed through a coarser clock, it is the rate
    of that grid. Else it is the average.
    """
    scale = index.time_scale
    length = int(index.durations.sum())
    if len(index) < 2:
        return Fraction(len(index) * scale, length) if length > 0 else Fraction(0)
    step = int(index.durations[0])
    if step > 0 and bool((index.durations[:-1] == step).all()):
        return Fraction(scale, step)
    shown = np.sort(index.presentation)
    span = int(shown[-1]) - int(shown[0])
    if not span:
        return Fraction(0)
    shown -= shown[0]
    for rate, slack in _likely_rates(np.diff(shown), scale) if span < _LARGE else ():
        if _is_on_grid(shown, rate, scale, slack):
            return rate
    # The last frame may have no duration of its own; the average is then that of the others.
    if index.durations[-1] > 0 and length > 0:
        return Fraction(len(index) * scale, length)
    return Fraction((len(index) - 1) * scale, span)


def _likely_rates(steps: Column, scale: int) -> list[tuple[Fraction, int]]:
    """Rates that frames at such distances may have been meant to have, with the ticks they may be off."""
    median = int(np.median(steps))
    slack = max(1, min(scale // 1000, median // 4))
    usual = steps[np.abs(steps - median) <= 2 * slack]
    if median <= 0 or len(usual) * 10 < len(steps) * 9 or usual.sum() <= 0:
        return []
    rate = Fraction(len(usual) * scale, int(usual.sum()))
    nominal = {Fraction(round(rate)), Fraction(round(rate * 1001 / 1000) * 1000, 1001)} - {Fraction(0)}
    exact = [(rate, 0)] if bool((usual == usual[0]).all()) else []
    return exact + [(near, slack) for near in sorted(nominal, key=lambda near: abs(near - rate))]


def _is_on_grid(shown: Column, rate: Fraction, scale: int, slack: int) -> bool:
    """Whether each frame begins at a moment ``k / rate`` of its own, or off it by less than the slack; from 0 on."""
    above, below = rate.numerator, rate.denominator * scale
    if max(int(shown[-1]) * above, len(shown) * below) >= _LARGE:
        return False  # beyond what 64 bits can count
    places = (2 * shown * above + below) // (2 * below)
    off = np.abs(shown * above - places * below)
    return bool((off <= slack * above - min(slack, 1)).all() and (np.diff(places) > 0).all())


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
