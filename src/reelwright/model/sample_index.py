"""All samples of a track as columns of numbers: where each lies, how large it is, when it is decoded and shown.

One row is one sample; for linear PCM, whose samples are single frames, one row is one run of frames that lie side by
side (``counts`` says how many). Columns that would repeat one value are kept as that value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["SampleIndex"]

Column = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class SampleIndex:
    """Columns of one length, in decode order, in ticks of the track's media.

    Attributes:
        time_scale: ticks a second.
        offsets: int64, first byte in the file that holds it.
        sizes: int64, bytes (of the whole row).
        decode: int64, decode times. durations: int64, to the end of the row.
        composition: int64, added to the decode time gives the presentation time; None when all are 0.
        sync: bool, decoding can start there; None when it can everywhere.
        descriptions: uint16, number of the sample description from 0; None when all have number 0.
        counts: int64, samples in the row; None when every row is one sample.
        dependencies: uint8, the byte of ``sdtp`` (is_leading, depends_on, is_depended_on, redundancy: two bits each);
            None when the file says nothing.
        partial_sync: bool, QuickTime's ``stps``; None when there is none.
        roll_distance: packets to decode before one that is sought (negative, ``roll`` and ``prol``); 0 for none.
        problems: what is wrong with the tables, in words, where it could be lived with.
    """

    time_scale: int
    offsets: Column
    sizes: Column
    decode: Column
    durations: Column
    composition: Column | None = None
    sync: Column | None = None
    descriptions: Column | None = None
    counts: Column | None = None
    dependencies: Column | None = None
    partial_sync: Column | None = None
    roll_distance: int = 0
    problems: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Rows."""
        return int(self.offsets.size)

    @property
    def sample_count(self) -> int:
        """Samples of all rows."""
        return len(self) if self.counts is None else int(self.counts.sum())

    @property
    def total_bytes(self) -> int:
        return int(self.sizes.sum())

    @cached_property
    def presentation(self) -> Column:
        """int64, presentation times."""
        return self.decode if self.composition is None else self.decode + self.composition

    @cached_property
    def presentation_order(self) -> Column:
        """Rows in the order they are shown."""
        return np.argsort(self.presentation, kind="stable")  # decode times may go back where fragments say so

    @cached_property
    def sync_rows(self) -> Column:
        """Rows where decoding can start, ascending."""
        return np.arange(len(self)) if self.sync is None else np.flatnonzero(self.sync)

    def row_shown_at(self, ticks: int) -> int | None:
        """The row shown at a presentation time: the last that begins at or before it; None before all of them."""
        shown = self._shown_times
        place = int(np.searchsorted(shown, ticks, "right")) - 1
        return None if place < 0 else int(self.presentation_order[place])

    @cached_property
    def _shown_times(self) -> Column:
        return self.presentation[self.presentation_order]

    def sync_before(self, row: int) -> int:
        """The last row at or before this one where decoding can start; the first row when there is none."""
        if self.sync is None:
            return row
        place = int(np.searchsorted(self.sync_rows, row, "right")) - 1
        return 0 if place < 0 else int(self.sync_rows[place])

    @property
    def end(self) -> int:
        """Presentation time at which the last sample ends; 0 without samples."""
        return int((self.presentation + self.durations).max()) if len(self) else 0
