"""What the sizes, times and places of samples say about a track: bit rates, groups of pictures, interleaving.

Everything is worked out column by column from sample indexes, so that a film of hours takes no longer than a clip to
look at. Results are for looking at: times are float seconds on the time line that the caller names with ``start``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

import numpy as np

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.sample_index import Column, SampleIndex

__all__ = [
    "BitRates",
    "GroupsOfPictures",
    "Interleave",
    "PictureKind",
    "Runs",
    "bit_rates",
    "groups_of_pictures",
    "interleave",
    "picture_kinds",
]

_MOST_BINS = 1 << 20
_RUNS_OF_A_TRACK = 512  # that long stretches of one track are cut into at least, so that their course shows


@dataclass(frozen=True, slots=True)
class BitRates:
    """How the bytes of a track spread over time.

    Attributes:
        edges: float64, shape (n + 1,): seconds between which each rate holds.
        rates: float64, shape (n,): bits a second.
        interval: seconds of every stretch but the last, which may be shorter or up to half as long again.
        average: bits a second over the whole.
    """

    edges: Column
    rates: Column
    interval: Fraction
    average: float

    @property
    def peak(self) -> float:
        """The highest rate of any stretch; 0 without samples."""
        return float(self.rates.max()) if self.rates.size else 0.0

    def pooled(self, most: int) -> tuple[BitRates, Column]:
        """At most so many longer stretches, and the highest rate within each.

        Raises:
            InvalidArgumentError: fewer than one.
        """
        if most < 1:
            raise InvalidArgumentError(f"rates cannot be pooled into {most} stretches.", hint="Ask for one or more.")
        step = -(-self.rates.size // most) if self.rates.size else 1
        if step <= 1:
            return self, self.rates
        first = np.arange(0, self.rates.size, step)
        edges = np.append(self.edges[first], self.edges[-1])
        bits = np.add.reduceat(self.rates * np.diff(self.edges), first)
        pooled = BitRates(edges, bits / np.diff(edges), self.interval * step, self.average)
        return pooled, np.maximum.reduceat(self.rates, first)


def bit_rates(index: SampleIndex, interval: Fraction | int = Fraction(1), *, start: Fraction = Fraction(0)) -> BitRates:
    """The bit rate of each stretch of so many seconds, by presentation time.

    A sample's bytes spread evenly over the time it lasts. A rest of less than half an interval belongs to the stretch
    before it: the rate of a single key frame at the very end would say nothing. More than a million stretches become
    longer ones.

    Args:
        interval: seconds of a stretch. start: added to the media's times.

    Raises:
        InvalidArgumentError: an interval that is not positive.
    """
    interval = Fraction(interval)
    if interval <= 0:
        raise InvalidArgumentError(f"a bit rate over {interval} s is none.", hint="Give a positive number of seconds.")
    begins, ends, sizes = _in_order(index)
    length = float(ends[-1] - begins[0]) if begins.size else 0.0
    if length <= 0:
        return BitRates(np.zeros(0), np.zeros(0), interval, 0.0)
    interval *= max(1, -(-int(length / interval) // _MOST_BINS))
    edges = np.append(np.arange(round(length / float(interval)) or 1) * float(interval), length)
    bits = np.diff(_bytes_until(edges + begins[0], begins, ends, sizes)) * 8
    return BitRates(edges + begins[0] + float(start), bits / np.diff(edges), interval, index.total_bytes * 8 / length)


def _in_order(index: SampleIndex) -> tuple[Column, Column, Column]:
    """Begin and end in seconds and bytes of each sample, in the order they are shown; times never run backwards."""
    order = index.presentation_order
    begins = index.presentation[order] / index.time_scale
    ends = begins + index.durations[order] / index.time_scale
    return begins, np.maximum.accumulate(ends), index.sizes[order]


def _bytes_until(moments: Column, begins: Column, ends: Column, sizes: Column) -> Column:
    """Bytes shown before each moment, on a line that climbs while a sample lasts and is level in gaps."""
    total = np.concatenate(([0], np.cumsum(sizes)))
    corners = np.stack((begins, ends), axis=1).ravel()
    heights = np.stack((total[:-1], total[1:]), axis=1).ravel()
    found: Column = np.interp(moments, np.maximum.accumulate(corners), heights)
    found[0], found[-1] = 0, total[-1]  # samples that last no time stand at the very ends
    return found


class PictureKind(IntEnum):
    """What the order of samples tells about a picture, without looking into it.

    ``KEY``: decoding can begin with it. ``FORWARD``: shown after all that were decoded before (P pictures).
    ``REORDERED``: shown before one of them (B pictures).
    """

    KEY = 0
    FORWARD = 1
    REORDERED = 2


def picture_kinds(index: SampleIndex) -> Column:
    """The ``PictureKind`` of each sample, uint8, in decode order."""
    kinds = np.full(len(index), PictureKind.FORWARD, np.uint8)
    if index.composition is not None:
        kinds[index.presentation < np.maximum.accumulate(index.presentation)] = PictureKind.REORDERED
    kinds[index.sync_rows] = PictureKind.KEY
    return kinds


@dataclass(frozen=True, slots=True)
class GroupsOfPictures:
    """Stretches from one key frame to the next, in decode order.

    Attributes:
        rows: int64, the first sample of each. times: float64, seconds at which that one is shown.
        lengths: int64, pictures. sizes: int64, bytes of all of them. durations: float64, seconds.
        begins_with_key: False when the first group lacks its key frame.
        key_share: part of all bytes that key frames take.
    """

    rows: Column
    times: Column
    lengths: Column
    sizes: Column
    durations: Column
    begins_with_key: bool
    key_share: float

    def __len__(self) -> int:
        return int(self.rows.size)

    @property
    def key_times(self) -> Column:
        """Seconds at which key frames are shown."""
        return self.times if self.begins_with_key else self.times[1:]


def groups_of_pictures(index: SampleIndex, *, start: Fraction = Fraction(0)) -> GroupsOfPictures:
    """The groups of a track.

    Args:
        start: added to the media's times.
    """
    keys = index.sync_rows
    has_key = bool(keys.size) and int(keys[0]) == 0
    rows = keys if has_key or not len(index) else np.concatenate(([0], keys))
    if not len(index):
        empty = np.zeros(0, np.int64)
        return GroupsOfPictures(empty, np.zeros(0), empty, empty, np.zeros(0), True, 0.0)
    return GroupsOfPictures(
        rows=rows,
        times=index.presentation[rows] / index.time_scale + float(start),
        lengths=np.diff(np.append(rows, len(index))),
        sizes=np.add.reduceat(index.sizes, rows),
        durations=np.add.reduceat(index.durations, rows) / index.time_scale,
        begins_with_key=has_key,
        key_share=float(index.sizes[keys].sum() / max(1, index.total_bytes)),
    )


@dataclass(frozen=True, slots=True)
class Runs:
    """Samples of one track that lie side by side in the file.

    Attributes:
        offsets, sizes: int64, bytes. begins, ends: float64, seconds, by decode time.
    """

    offsets: Column
    sizes: Column
    begins: Column
    ends: Column

    def __len__(self) -> int:
        return int(self.offsets.size)


@dataclass(frozen=True, slots=True)
class Interleave:
    """How tracks lie among each other in a file.

    Attributes:
        runs: of each track, by its number.
        furthest: seconds that two tracks are apart, at most, at one place of the file; 0 for a single track.
        furthest_at: that place, in bytes.
    """

    runs: Mapping[int, Runs]
    furthest: float
    furthest_at: int


def interleave(
    indexes: Mapping[int, SampleIndex],
    starts: Mapping[int, Fraction] | None = None,
    compared: Collection[int] | None = None,
) -> Interleave:
    """Where the samples of several tracks lie in one file.

    Rows whose place is not known (offset -1) are left out.

    Args:
        starts: added to the times of each track's media; 0 where nothing is said.
        compared: the tracks whose distance counts; None for all. (A subtitle that lasts for seconds lies where it
            begins, which is as it should be.)
    """
    starts = starts or {}
    runs = {number: _runs(index, float(starts.get(number, 0))) for number, index in indexes.items()}
    counted = [found for number, found in runs.items() if len(found) and (compared is None or number in compared)]
    return Interleave(runs, *_furthest(counted))


def _runs(index: SampleIndex, start: float) -> Runs:
    placed = index.offsets >= 0
    offsets, sizes = index.offsets[placed], index.sizes[placed]
    begins = index.decode[placed] / index.time_scale + start
    ends = begins + index.durations[placed] / index.time_scale
    if not offsets.size:
        return Runs(offsets, sizes, begins, ends)
    breaks = offsets[1:] != offsets[:-1] + sizes[:-1]
    longest = (ends[-1] - begins[0]) / _RUNS_OF_A_TRACK
    if longest > 0:
        piece = ((begins - begins[0]) / longest).astype(np.int64)
        breaks |= piece[1:] != piece[:-1]
    first = np.concatenate(([0], np.flatnonzero(breaks) + 1))
    last = np.append(first[1:], offsets.size) - 1
    return Runs(offsets[first], np.add.reduceat(sizes, first), begins[first], ends[last])


def _furthest(tracks: list[Runs]) -> tuple[float, int]:
    """How far tracks are apart: after each run, each track has come to some time; those with runs to come count."""
    if len(tracks) < 2:
        return 0.0, 0
    orders = [np.argsort(track.offsets, kind="stable") for track in tracks]
    places = np.unique(np.concatenate([track.offsets for track in tracks]))
    least, most = np.full(places.size, np.inf), np.full(places.size, -np.inf)
    for track, order in zip(tracks, orders, strict=True):
        offsets = track.offsets[order]
        reached = np.maximum.accumulate(track.ends[order])
        come = np.searchsorted(offsets, places, "right")
        time = np.where(come > 0, reached[np.maximum(come - 1, 0)], track.begins.min())
        # A track that has ended waits for nobody, and one that has ended is waited for by nobody.
        alive = come < offsets.size
        least[alive] = np.minimum(least[alive], time[alive])
        most = np.maximum(most, np.where(come > 0, time, -np.inf))
    apart = np.where(np.isfinite(least) & np.isfinite(most), most - least, 0)
    place = int(np.argmax(apart))
    return max(0.0, float(apart[place])), int(places[place])
