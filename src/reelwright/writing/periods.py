"""Where a film is divided, for fragments and segments: every sample of a track belongs to a numbered period.

Periods lie on one grid for all tracks, on the source's time line. A track goes on to the next one with the first sample
that is shown at or behind its beginning and that decoding may start with; how long it waits for such a sample is what
tells fragments from segments. Within a period there may be parts, which may start with any sample.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from reelwright.containers.movie import SampleFlag
from reelwright.model.errors import InvalidStateError
from reelwright.model.time import Time
from reelwright.writing.feed import Period, Sample

__all__ = ["Cadence", "Crossing", "GridDivider", "MarkedDivider"]

_SYNC = int(SampleFlag.SYNC)


@dataclass(slots=True)
class Cadence:
    """Periods of equal length; the first may have a length of its own.

    Attributes:
        interval, first: seconds. start: the moment of the source's time line at which the first begins; to be set
            before anything is asked. session: that of the session's start, where it may come later: what lies before
            it, sound's priming for instance, belongs to the same period.
    """

    interval: Fraction
    first: Fraction
    start: Fraction = Fraction(0)
    session: Fraction | None = None

    def number(self, moment: Fraction) -> int:
        """Of the period that a moment lies in; what comes before the first counts as the first."""
        if self.session is not None and moment < self.session:
            moment = self.session
        past = moment - self.start - self.first
        return 0 if past < 0 else 1 + past // self.interval

    def end(self, number: int) -> Fraction:
        """The moment at which a period ends."""
        return self.start + self.first + number * self.interval


class Crossing:
    """Tells which of the moments that it is shown, one after the other, is the first of a period."""

    def __init__(self, cadence: Cadence) -> None:
        self._cadence = cadence
        self._end: Fraction | None = None

    def __call__(self, at: Time) -> bool:
        moment = at.fraction
        if self._end is not None and moment < self._end:
            return False
        self._end = self._cadence.end(self._cadence.number(moment))
        return True


class GridDivider:
    """Divides one track by a cadence.

    Args:
        patience: seconds behind the beginning of a period for which to wait for a sync sample; None for ever.
        part: the most seconds that a part may last; None for no parts.
    """

    def __init__(self, cadence: Cadence, *, patience: Fraction | None, part: Fraction | None = None) -> None:
        self._cadence = cadence
        self._patience = patience
        self._part = part
        self._number = self._part_number = 0
        self._end: Fraction | None = None  # of the period
        self._taken = Fraction(0)  # seconds of the part

    def divide(self, sample: Sample) -> Iterator[tuple[Period, Sample]]:
        """A sample, or a run of samples in pieces, each with its period; in decode order."""
        if sample.count == 1 and self._part is None and self._is_before_end(sample.presentation):
            yield (self._number, 0), sample  # most of them
            return
        done = 0
        while done < sample.count:
            count = min(sample.count - done, self._room(sample, done))
            if not count:
                self._enter(sample, done)
                count = 1
            if self._part is not None:
                self._taken += count * sample.duration.fraction
            yield (self._number, self._part_number), part_of_run(sample, done, count)
            done += count

    def _is_before_end(self, shown: Time) -> bool:
        end = self._end
        return end is not None and shown.value * end.denominator < end.numerator * shown.timescale

    def _room(self, run: Sample, first: int) -> int:
        """How many samples of a run, from the ``first`` on, certainly belong to the present part."""
        shown, each = run.presentation.fraction + first * run.duration.fraction, run.duration.fraction
        if self._end is None:
            return 0
        left = self._end - shown
        if left <= 0:
            return 0
        most = -(-left // each) if each else run.count
        if self._part is not None and each:
            most = min(most, (self._part - self._taken) // each)
        return int(max(0, most))

    def _enter(self, run: Sample, index: int) -> None:
        """See where a sample belongs that may be the first of something."""
        shown = run.presentation.fraction + index * run.duration.fraction
        number = self._cadence.number(shown)
        if self._end is None or (number > self._number and self._may_begin(run, index, shown)):
            self._number, self._part_number, self._taken = number, 0, Fraction(0)
            self._end = self._cadence.end(number)
        elif self._part is not None and self._taken and self._taken + run.duration.fraction > self._part:
            self._part_number, self._taken = self._part_number + 1, Fraction(0)

    def _may_begin(self, run: Sample, index: int, shown: Fraction) -> bool:
        if _is_sync(run, index):
            return True
        assert self._end is not None
        return self._patience is not None and shown - self._end >= self._patience


class MarkedDivider:
    """Divides one track where the client says so, by how many samples were appended until then.

    Every period must begin with a sync sample.
    """

    def __init__(self) -> None:
        self._marks: list[int] = []
        self._taken = 0
        self._number = -1  # period of the sample before

    def mark(self, appended: int) -> None:
        """What is appended from now on belongs to the next period."""
        self._marks.append(appended)

    @property
    def is_past(self) -> bool:
        """Whether everything before the last mark went through here."""
        return not self._marks or self._taken >= self._marks[-1]

    def divide(self, sample: Sample) -> Iterator[tuple[Period, Sample]]:
        """A sample, or a run of samples in pieces, each with its period; in decode order.

        Raises:
            InvalidStateError: a period would begin with a sample with which decoding cannot.
        """
        done = 0
        while done < sample.count:
            number = bisect_right(self._marks, self._taken)
            left = self._marks[number] - self._taken if number < len(self._marks) else sample.count
            part = part_of_run(sample, done, min(sample.count - done, left))
            if number != self._number:
                self._check_begins(part)
                self._number = number
            yield (number, 0), part
            self._taken += part.count
            done += part.count

    def _check_begins(self, sample: Sample) -> None:
        if not _is_sync(sample, 0):
            raise InvalidStateError(
                f"a segment would begin with the sample at {sample.presentation}, which is no sync sample.",
                hint="Call flush_segment() right before a sync sample is appended.",
                time=sample.presentation,
                code=-11876,
            )


def _is_sync(run: Sample, index: int) -> bool:
    return bool((run.flags if isinstance(run.flags, int) else run.flags[index]) & _SYNC)


def part_of_run(run: Sample, first: int, count: int) -> Sample:
    """Some samples of a run; the run itself if they are all of it."""
    if count == run.count:
        return run
    size = run.size
    start, length = (
        (first * size, count * size) if isinstance(size, int) else (sum(size[:first]), sum(size[first : first + count]))
    )
    return replace(
        run,
        payload=[memoryview(run.payload[0])[start : start + length]],
        size=size if isinstance(size, int) else size[first : first + count],
        flags=run.flags if isinstance(run.flags, int) else run.flags[first : first + count],
        presentation=run.presentation + run.duration * first,
        decode=None if run.decode is None else run.decode + run.duration * first,
        count=count,
    )
