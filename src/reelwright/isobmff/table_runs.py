"""The samples of a track that came since they were last asked for, as runs: what fragments and journals are made of.

They are read from the track's own table, so that nothing is kept twice, and only its end is looked at: the hundredth
reading of a film of hours costs what the first one did.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from reelwright.isobmff.column import Integers
from reelwright.isobmff.fragment_boxes import FragmentRun
from reelwright.isobmff.sample_table import SampleTable

__all__ = ["TableRuns"]


class TableRuns:
    """Reads a table from its beginning, each sample once; the ticks must stay what they are.

    Args:
        table: of the track.

    Attributes:
        samples: how many were read.
    """

    def __init__(self, table: SampleTable) -> None:
        self._table = table
        self._chunks = 0
        self._clock = 0  # media ticks of the samples that were read
        self.samples = 0

    def more(self) -> Iterator[FragmentRun]:
        """A run for each chunk that has come: times on the source's time line, in media ticks; ``place`` counts from
        the beginning of the file."""
        columns = self._table.columns
        first = self._chunks
        lengths, descriptions = columns.chunk_lengths.tail(first), columns.chunk_descriptions.tail(first)
        sizes, durations = columns.sizes.tail(self.samples), columns.durations.tail(self.samples)
        offsets, flags = columns.offsets.tail(self.samples), columns.flags.tail(self.samples)
        stretches = self._table.time_line.stretches
        starts = [stretch.first_sample for stretch in stretches]
        for chunk in range(first, self._table.chunk_count):
            count = int(lengths.take(1))
            stretch = stretches[bisect_right(starts, self.samples) - 1]
            run = FragmentRun(
                description=int(descriptions.take(1)),
                count=count,
                decode=self._clock + stretch.source - stretch.media,
                sizes=sizes.take(count),
                durations=durations.take(count),
                offsets=offsets.take(count),
                flags=flags.take(count),
                length=0,
                duration=0,
                place=columns.chunk_offsets[chunk],
            )
            run.length = _sum(run.sizes, count)
            run.duration = _sum(run.durations, count)
            self._chunks += 1
            self.samples += count
            self._clock += run.duration
            yield run


def _sum(values: int | Integers, count: int) -> int:
    return values * count if isinstance(values, int) else int(values.sum(dtype=np.int64))
