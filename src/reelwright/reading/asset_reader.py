"""``AssetReader``: media out of an asset, in order, through one or more outputs (``AVAssetReader``).

Each output has a thread that reads and decodes ahead, as far as a few buffers. The reader holds the state that they
share: it completes when all outputs are at their ends, fails as a whole, and is read once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from reelwright.model.errors import InvalidArgumentError, InvalidStateError, ReelwrightError
from reelwright.model.kinds import ReaderStatus
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset import Asset
from reelwright.reading.outputs import AssetReaderOutput, cancelled
from reelwright.reading.providers import (
    CaptionProvider,
    MetadataProvider,
    OutputProvider,
    RandomAccessCaptionProvider,
    RandomAccessMetadataProvider,
    RandomAccessOutputProvider,
)
from reelwright.reading.track_output import AssetReaderTrackOutput

__all__ = ["AssetReader"]

_EVERYTHING = TimeRange(Time.ZERO, Time.POSITIVE_INFINITY)


class AssetReader:
    """Reads media out of an asset (``AVAssetReader``).

    >>> with AssetReader(Asset("film.mov")) as reader:
    ...     output = AssetReaderTrackOutput(reader.asset.tracks[0], PixelFormat.RGB24)
    ...     reader.add(output)
    ...     reader.start_reading()
    ...     for buffer in output:
    ...         print(buffer.presentation_time, buffer.image.planes[0].shape)

    Leaving the ``with`` block cancels what is still going on. Outputs may be read from different threads, and in any
    order: each reads ahead by itself, a few buffers far.

    Raises:
        InvalidArgumentError: no ``Asset``.
    """

    asset: Asset

    def __init__(self, asset: Asset) -> None:
        if not isinstance(asset, Asset):
            raise InvalidArgumentError(f"{asset!r} is no Asset.", hint='Write AssetReader(Asset("film.mov")).')
        self.asset = asset
        self._lock = threading.RLock()
        self._status = ReaderStatus.UNKNOWN
        self._error: Exception | None = None
        self._outputs: list[AssetReaderOutput] = []
        self._time_range = _EVERYTHING

    # ------------------------------------------------------------------ state

    @property
    def status(self) -> ReaderStatus:
        return self._status

    @property
    def error(self) -> Exception | None:
        """What made it fail; None unless the status is FAILED."""
        return self._error

    @property
    def outputs(self) -> tuple[AssetReaderOutput, ...]:
        return tuple(self._outputs)

    @property
    def time_range(self) -> TimeRange:
        """What of the asset's time line is read; by default all of it. What lies outside the asset is cut off.

        Raises (setting):
            InvalidStateError: reading has started. InvalidArgumentError: a range without a numeric start, or without a
                positive or endless duration.
        """
        return self._time_range

    @time_range.setter
    def time_range(self, value: TimeRange) -> None:
        self._check_unstarted("set time_range")
        if not isinstance(value, TimeRange):
            raise InvalidArgumentError(f"{value!r} is no TimeRange.", hint="Write TimeRange(start, duration).")
        endless = value.duration.is_positive_infinity
        if not value.start.is_numeric or not (endless or (value.duration.is_numeric and value.duration > Time.ZERO)):
            raise InvalidArgumentError(
                f"{value!r} cannot be read: it needs a numeric start and a positive or endless duration."
            )
        self._time_range = value

    # ------------------------------------------------------------------ setting up

    def can_add(self, output: AssetReaderOutput) -> bool:
        """Whether ``add`` would take it."""
        return self._refusal(output) is None

    def add(self, output: AssetReaderOutput) -> None:
        """Have the reader serve an output.

        Raises:
            InvalidArgumentError: no output, or one for tracks of another asset.
            InvalidStateError: it belongs to a reader already, or reading has started.
        """
        self._check_addable(output)
        output._reader = self
        self._outputs.append(output)

    def _check_addable(self, output: AssetReaderOutput) -> None:
        refusal = self._refusal(output)
        if refusal is not None:
            raise refusal

    def _refusal(self, output: AssetReaderOutput) -> ReelwrightError | None:
        if not isinstance(output, AssetReaderOutput):
            return InvalidArgumentError(
                f"{output!r} is no reader output.", hint="Make an AssetReaderTrackOutput(track)."
            )
        if self._status is not ReaderStatus.UNKNOWN:
            return InvalidStateError(
                f"cannot add an output: the reader is {self._status.name.lower()}.",
                hint="Add everything before start_reading().",
            )
        if output._reader is not None:
            return InvalidStateError("this output belongs to a reader already.", hint="Make another output.")
        if any(track.asset is not self.asset for track in output.tracks):
            return InvalidArgumentError(
                "the output reads a track of another asset.", hint="Take the track from reader.asset.tracks."
            )
        return None

    def _check_unstarted(self, what: str) -> None:
        if self._status is not ReaderStatus.UNKNOWN:
            raise InvalidStateError(
                f"cannot {what}: the reader is {self._status.name.lower()}.", hint="Do it before start_reading()."
            )

    # ------------------------------------------------------------------ life

    def start_reading(self) -> None:
        """Check all outputs and begin to read ahead (``startReading``).

        Raises:
            InvalidStateError: it was started before, or has no outputs.
            DecoderNotFoundError, ProtectedMediaError, InvalidMediaError: an output that cannot be read; the reader has
                failed then.
        """
        with self._lock:
            if self._status is not ReaderStatus.UNKNOWN:
                raise InvalidStateError(
                    f"a reader is started once: this one is {self._status.name.lower()}.",
                    hint="Make a new AssetReader to read again, or give an output supports_random_access.",
                )
            if not self._outputs:
                raise InvalidStateError("the reader has no outputs.", hint="Call add(output) first.")
            self._status = ReaderStatus.READING
        try:
            for output in self._outputs:
                output._check()
            ranges = self._within_asset([self._time_range])
            for output in self._outputs:
                self._begin(output, ranges)
        except Exception as error:
            raise self._fail(error) from error.__cause__

    def _begin(self, output: AssetReaderOutput, ranges: list[TimeRange]) -> None:
        """Have an output begin a pass, unless the reader has ended meanwhile."""
        with self._lock:
            if self._status is ReaderStatus.READING:
                output._begin(ranges)

    def cancel_reading(self) -> None:
        """Stop: outputs give no more buffers (``cancelReading``). No effect once it has ended."""
        with self._lock:
            if self._status not in (ReaderStatus.UNKNOWN, ReaderStatus.READING):
                return
            self._status = ReaderStatus.CANCELLED
        self._stop_outputs()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cancel_reading()

    def _stop_outputs(self) -> None:
        for output in self._outputs:
            output._stop()

    def _within_asset(self, ranges: Iterable[TimeRange]) -> list[TimeRange]:
        """The ranges without what lies outside the asset.

        What goes to the asset's end goes on to that of each track: headers state a duration that is too short for
        their own edits, and samples that last no time lie just behind it.
        """
        whole = TimeRange(Time.ZERO, self.asset.duration)
        if not whole.duration.is_numeric or not self.asset.facts.has_precise_timing:
            whole = _EVERYTHING  # where it ends is not known, or only estimated
        cut = (whole.intersection(item) for item in ranges)
        return [_endless(item) if item.end >= whole.end else item for item in cut if item.duration > Time.ZERO]

    def _check(self) -> None:
        """Raise what ended the reader, if it did not simply complete."""
        if self._status is ReaderStatus.CANCELLED:
            raise cancelled()
        if self._error is not None:
            raise self._error

    def _fail(self, error: Exception) -> Exception:
        """Note the first failure and stop everything; what is to be raised."""
        with self._lock:
            if self._status is ReaderStatus.CANCELLED:
                return cancelled()
            if self._error is None:
                self._error, self._status = error, ReaderStatus.FAILED
        self._stop_outputs()
        return self._error

    def _output_ended(self) -> None:
        with self._lock:
            if self._status is ReaderStatus.READING and all(output._is_over for output in self._outputs):
                self._status = ReaderStatus.COMPLETED

    # ------------------------------------------------------------------ for coroutines

    def output_provider(self, output: AssetReaderOutput) -> OutputProvider:
        """Add an output and have its buffers with ``await provider.next()`` (``outputProvider(for:)``)."""
        self.add(output)
        return OutputProvider(output)

    def output_provider_with_random_access(self, output: AssetReaderOutput) -> RandomAccessOutputProvider:
        """The same with ``reset`` for further passes (``outputProviderWithRandomAccess(for:)``)."""
        self.add(output)
        output.supports_random_access = True
        return RandomAccessOutputProvider(output)

    def output_metadata_provider(self, output: AssetReaderOutput) -> MetadataProvider:
        """Add an output of a timed metadata track and have its groups (``outputMetadataProvider(for:)``)."""
        self._check_addable(output)
        provider = MetadataProvider(output)
        self.add(output)
        return provider

    def output_metadata_provider_with_random_access(self, output: AssetReaderOutput) -> RandomAccessMetadataProvider:
        """The same with ``reset`` for further passes."""
        self._check_addable(output)
        provider = RandomAccessMetadataProvider(output)
        output.supports_random_access = True
        self.add(output)
        return provider

    def output_caption_provider(self, output: AssetReaderTrackOutput) -> CaptionProvider:
        """Add an output of a caption track and have its groups (``outputCaptionProvider(for:)``)."""
        self._check_addable(output)
        provider = CaptionProvider(output)
        self.add(output)
        return provider

    def output_caption_provider_with_random_access(self, output: AssetReaderTrackOutput) -> RandomAccessCaptionProvider:
        """The same with ``reset`` for further passes."""
        self._check_addable(output)
        provider = RandomAccessCaptionProvider(output)
        output.supports_random_access = True
        self.add(output)
        return provider


def _endless(item: TimeRange) -> TimeRange:
    return TimeRange(item.start, Time.POSITIVE_INFINITY)
