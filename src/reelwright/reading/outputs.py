"""What all reader outputs share: being added, read ahead, gone through again, and ended.

An output knows how to read ranges of the asset's time line (``_read``, a generator); everything about threads, states
and errors is here. Buffers come in order from one thread at a time; cancelling may come from any other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from reelwright.model.errors import InvalidArgumentError, InvalidStateError, OperationCancelledError, ReelwrightError
from reelwright.model.kinds import MediaType, ReaderStatus
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.passage import Passage, passages_of
from reelwright.reading.read_ahead import ReadAhead

if TYPE_CHECKING:
    from reelwright.reading.asset_reader import AssetReader
    from reelwright.reading.asset_track import AssetTrack

__all__ = ["AssetReaderOutput"]

_AHEAD_ITEMS = 8
_AHEAD_BYTES = 64 << 20


def weight_of(buffer: SampleBuffer) -> int:
    """Bytes that a buffer holds."""
    if buffer.image is not None:
        return buffer.image.nbytes
    return buffer.data.nbytes if buffer.data is not None else 0


class AssetReaderOutput:
    """One source of sample buffers of a reader (``AVAssetReaderOutput``); use one of its kinds.

    >>> for buffer in output: ...

    Attributes:
        media_type: of the buffers. tracks: what it reads.
    """

    media_type: MediaType
    tracks: tuple[AssetTrack, ...]
    _ahead_items = _AHEAD_ITEMS

    def __init__(self, tracks: Sequence[AssetTrack], media_type: MediaType) -> None:
        self.tracks = tuple(tracks)
        self.media_type = media_type
        self._reader: AssetReader | None = None
        self._always_copies = False
        self._random_access = False
        self._is_final = False
        self._ahead: ReadAhead[SampleBuffer] | None = None
        self._is_at_end = False
        self._claimed_by: str | None = None  # an adaptor that takes the buffers in the caller's place
        self._taking = threading.Lock()

    # ------------------------------------------------------------------ configuration

    @property
    def always_copies_sample_data(self) -> bool:
        """Whether pictures come as private copies that may be changed, instead of read-only views.

        False by default, where AVFoundation has True: a view costs nothing, and what is read-only cannot be spoiled.
        """
        return self._always_copies

    @always_copies_sample_data.setter
    def always_copies_sample_data(self, value: bool) -> None:
        self._check_unstarted("always_copies_sample_data")
        self._always_copies = bool(value)

    @property
    def supports_random_access(self) -> bool:
        """Whether it can be gone through again with ``reset``.

        The reader then completes only after ``mark_configuration_as_final``.
        """
        return self._random_access

    @supports_random_access.setter
    def supports_random_access(self, value: bool) -> None:
        self._check_unstarted("supports_random_access")
        self._random_access = bool(value)

    def _check_unstarted(self, what: str) -> None:
        if self._reader is not None and self._reader.status is not ReaderStatus.UNKNOWN:
            raise InvalidStateError(
                f"cannot set {what}: the reader has started.", hint="Set it before start_reading()."
            )

    # ------------------------------------------------------------------ reading

    def copy_next_sample_buffer(self) -> SampleBuffer | None:
        """The next buffer, waiting for it; None at the end (``copyNextSampleBuffer``).

        Raises:
            InvalidStateError: it was not added to a reader, reading has not started, or an adaptor has taken it over.
            OperationCancelledError: the reader was cancelled.
            ReelwrightError, OSError: what made the reader fail, each time.
        """
        if self._claimed_by is not None:
            raise InvalidStateError(
                f"the buffers of this output go to its {self._claimed_by}.", hint="Ask that for them instead."
            )
        return self._next()

    def _next(self) -> SampleBuffer | None:
        reader = self._started_reader()
        with self._taking:
            reader._check()
            if self._is_at_end or self._ahead is None:
                return None
            try:
                buffer = self._ahead.next()
            except Exception as error:
                raise reader._fail(error) from error.__cause__
            if buffer is None:
                reader._check()  # a cancelled reader stops the thread, which looks like the end
                self._is_at_end = True
                self._ahead.stop()
                reader._output_ended()
            return buffer

    def _started_reader(self) -> AssetReader:
        if self._reader is None:
            raise InvalidStateError("this output belongs to no reader.", hint="Call reader.add(output) first.")
        if self._reader.status is ReaderStatus.UNKNOWN:
            raise InvalidStateError("reading has not started.", hint="Call reader.start_reading() first.")
        return self._reader

    def __iter__(self) -> Iterator[SampleBuffer]:
        """The buffers that are left."""
        while (buffer := self.copy_next_sample_buffer()) is not None:
            yield buffer

    def reset(self, time_ranges: Iterable[TimeRange]) -> None:
        """Go through other ranges, once the last pass has come to its end (``reset(forReadingTimeRanges:)``).

        Args:
            time_ranges: of the asset's time line, ascending and apart; what reaches beyond the asset is cut.

        After a failure or a cancel this has no effect.

        Raises:
            InvalidArgumentError: a range without a numeric start, with a negative duration, or out of order.
            InvalidStateError: reading has not started, the pass has not come to its end, the output does not support
                random access, or its configuration is final.
        """
        ranges = _checked_ranges(time_ranges)
        reader = self._started_reader()
        if not self._random_access:
            raise InvalidStateError(
                "this output does not support random access.", hint="Set supports_random_access before starting."
            )
        if self._is_final:
            raise InvalidStateError("the output's configuration is final.", hint="Make another reader.")
        if reader.status in (ReaderStatus.FAILED, ReaderStatus.CANCELLED):
            return
        if not self._is_at_end:
            raise InvalidStateError(
                "the last pass is not over: not all of its buffers were taken.",
                hint="Go on until copy_next_sample_buffer() returns None.",
            )
        with self._taking:
            reader._begin(self, reader._within_asset(ranges))

    def mark_configuration_as_final(self) -> None:
        """No more passes will come: the reader can complete (``markConfigurationAsFinal``).

        Raises:
            InvalidStateError: reading has not started.
        """
        reader = self._started_reader()
        self._is_final = True
        reader._output_ended()

    # ------------------------------------------------------------------ for the reader

    @property
    def _is_over(self) -> bool:
        """Whether no more buffers will come."""
        return self._is_at_end and (self._is_final or not self._random_access)

    def _begin(self, ranges: Sequence[TimeRange]) -> None:
        self._is_at_end = False
        self._ahead = ReadAhead(
            self._read(ranges),
            weigh=weight_of,
            most_items=self._ahead_items,
            most_weight=_AHEAD_BYTES,
            name=f"reelwright reading {self.media_type.name.lower()}",
        )

    def _stop(self) -> None:
        if self._ahead is not None:
            self._ahead.stop()

    def _check(self) -> None:
        """See, before anything is read, that this output can be read at all.

        Raises:
            DecoderNotFoundError, ProtectedMediaError, InvalidMediaError: it cannot.
        """

    def _read(self, ranges: Sequence[TimeRange]) -> Iterator[SampleBuffer]:
        """The buffers of the ranges, in order; gone through in the reading thread.

        The iterator must not know the output: an output that is dropped in the middle could not be collected.
        """
        raise NotImplementedError

    def _claim(self, adaptor: str) -> Self:
        """Let an adaptor have the buffers.

        Raises:
            InvalidStateError: there is one already, or the reader has started.
        """
        if self._claimed_by is not None:
            raise InvalidStateError(f"this output has a {self._claimed_by} already.", hint="Make another output.")
        self._check_unstarted("an adaptor")
        self._claimed_by = adaptor
        return self


def shown_passages(track: AssetTrack, ranges: Sequence[TimeRange]) -> list[Passage]:
    """What of a track's media is shown in ranges of the asset's time line."""
    edits = [segment.time_mapping for segment in track.segments]
    return passages_of(edits, ranges, is_open=track.is_open_ended)


def _checked_ranges(given: Iterable[TimeRange]) -> list[TimeRange]:
    ranges = list(given)
    before: Time | None = None
    for item in ranges:
        if not isinstance(item, TimeRange):
            raise InvalidArgumentError(f"{item!r} is no TimeRange.", hint="Write TimeRange(start, duration).")
        endless = item.duration.is_positive_infinity
        if not item.start.is_numeric or not (endless or (item.duration.is_numeric and item.duration >= Time.ZERO)):
            raise InvalidArgumentError(
                f"{item!r} cannot be read: it needs a numeric start and a duration of zero or more, or endless.",
            )
        if before is None or item.start >= before:
            before = Time.POSITIVE_INFINITY if endless else item.end
            continue
        raise InvalidArgumentError(
            f"the range from {item.start:.3f} s begins before the one in front of it ends.",
            hint="Give ranges in ascending order, without overlaps.",
        )
    return ranges


def cancelled() -> ReelwrightError:
    """What every call on a cancelled reader raises."""
    return OperationCancelledError("the reader was cancelled.", hint="Make a new reader.")


def foreign(value: Any) -> InvalidArgumentError:
    return InvalidArgumentError(f"{value!r} is no AssetTrack.", hint="Take one of asset.tracks.")
