"""``AssetImageGenerator``: images of moments of an asset, as thumbnails or in full (``AVAssetImageGenerator``).

Every call takes the properties as they are then. By default an image may come from the nearest key frame, which is the
quickest to have; with tolerances of zero it is exactly the picture on show at the moment asked for.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from reelwright.model.errors import InvalidArgumentError, ReelwrightError
from reelwright.model.kinds import ApertureMode, DynamicRangePolicy
from reelwright.model.time import Time, TimeLike
from reelwright.reading.asset import Asset
from reelwright.reading.generated_image import GeneratedImage
from reelwright.reading.image_batch import ImageBatch
from reelwright.reading.image_request import Cancellation, ImageRequest
from reelwright.reading.image_sequence import ImageSequence
from reelwright.reading.moments import Tolerance
from reelwright.reading.picture_source import PictureSource, shown_track

__all__ = ["AssetImageGenerator"]


class AssetImageGenerator:
    """Makes images of an asset's first enabled video track (``AVAssetImageGenerator``).

    >>> generator = AssetImageGenerator(Asset("film.mov"))
    >>> generator.maximum_size = (320, 180)
    >>> generator.requested_time_tolerance_before = generator.requested_time_tolerance_after = Time.ZERO
    >>> image, actual_time = generator.image(1.5)

    Making a generator reads nothing and never fails for what the asset holds; asking for an image does. It may be used
    by several threads; changing a property has no effect on what was asked for before.

    Attributes:
        asset: it looks at.
        applies_preferred_track_transform: turn images as the track says they are to be seen. Only turns by quarters and
            mirroring are applied, other transforms are ignored. False by default, as in AVFoundation.

    Raises:
        InvalidArgumentError: no ``Asset``.
    """

    applies_preferred_track_transform: bool

    def __init__(self, asset: Asset) -> None:
        if not isinstance(asset, Asset):
            raise InvalidArgumentError(f"{asset!r} is no Asset.", hint='Write AssetImageGenerator(Asset("film.mov")).')
        self.asset = asset
        self.applies_preferred_track_transform = False
        self._maximum_size = (Fraction(0), Fraction(0))
        self._aperture_mode = ApertureMode.CLEAN_APERTURE
        self._dynamic_range_policy = DynamicRangePolicy.FORCE_SDR
        self._tolerance_before = self._tolerance_after = Time.POSITIVE_INFINITY
        self._lock = threading.Lock()
        self._opening = threading.Lock()  # may be held for long: neither cancelling nor an event loop waits for it
        self._source: PictureSource | None = None
        self._outstanding: weakref.WeakSet[Cancellation] = weakref.WeakSet()

    # ------------------------------------------------------------------ how images are wanted

    @property
    def maximum_size(self) -> tuple[Fraction, Fraction]:
        """(width, height) that images must fit into, as delivered; 0 for no limit, which is the default.

        Images keep their aspect, which follows from the aperture mode, and are never enlarged.

        Raises (setting):
            InvalidArgumentError: not two numbers of pixels from 0 on.
        """
        return self._maximum_size

    @maximum_size.setter
    def maximum_size(self, value: tuple[float, float]) -> None:
        self._maximum_size = _checked_size(value)

    @property
    def aperture_mode(self) -> ApertureMode:
        """Which part of the pictures is shown and in which aspect; the clean aperture by default."""
        return self._aperture_mode

    @aperture_mode.setter
    def aperture_mode(self, value: ApertureMode | str) -> None:
        self._aperture_mode = ApertureMode(value)

    @property
    def dynamic_range_policy(self) -> DynamicRangePolicy:
        """What becomes of HDR and wide gamuts: FORCE_SDR, the default, makes them sRGB; MATCH_SOURCE keeps values."""
        return self._dynamic_range_policy

    @dynamic_range_policy.setter
    def dynamic_range_policy(self, value: DynamicRangePolicy | str) -> None:
        self._dynamic_range_policy = DynamicRangePolicy(value)

    @property
    def requested_time_tolerance_before(self) -> Time:
        """How much earlier than asked a picture may begin; ``Time.POSITIVE_INFINITY`` by default.

        Within the tolerances the key frame that begins nearest to the moment is taken, or the one that is on show then.
        Where no key frame lies within them it is the picture on show at the moment, exactly. Containers without tables
        of samples (all but movie files) are only asked for the key frame before the moment.

        Raises (setting):
            InvalidArgumentError: a negative or an invalid time.
        """
        return self._tolerance_before

    @requested_time_tolerance_before.setter
    def requested_time_tolerance_before(self, value: TimeLike) -> None:
        self._tolerance_before = _checked_tolerance(value)

    @property
    def requested_time_tolerance_after(self) -> Time:
        """How much later than asked a picture may begin; see ``requested_time_tolerance_before``."""
        return self._tolerance_after

    @requested_time_tolerance_after.setter
    def requested_time_tolerance_after(self, value: TimeLike) -> None:
        self._tolerance_after = _checked_tolerance(value)

    # ------------------------------------------------------------------ making images

    def image(self, time: TimeLike) -> GeneratedImage:
        """The image of a moment, and the time of the picture it shows (``image(at:)``).

        >>> image, actual_time = generator.image(1.5)

        Raises:
            NoImageError: nothing is shown within the tolerances, or there is no video track.
            DecodeError, DecoderNotFoundError, ProtectedMediaError: the picture cannot be decoded.
            InvalidMediaError, OSError: the file cannot be read. InvalidArgumentError: no moment in time.
            OperationCancelledError: ``cancel_all`` was called meanwhile.
        """
        return self._single(_moment(time), self._request(), self._cancellation())

    async def image_async(self, time: TimeLike) -> GeneratedImage:
        """The same in a worker thread. A task that is cancelled while it waits cancels its image.

        Raises:
            As ``image``.
        """
        moment, request, cancellation = _moment(time), self._request(), self._cancellation()
        try:
            return await asyncio.to_thread(self._single, moment, request, cancellation)
        except asyncio.CancelledError:
            cancellation.cancel()
            raise

    def images(self, times: Iterable[TimeLike]) -> ImageSequence:
        """The images of many moments: one result for each, in their order (``images(for:)``).

        What fails comes as a result with its ``error``; the others are not touched by it. Whatever the order, pictures
        that lie near each other are decoded together.

        >>> for result in generator.images(range(0, 3600, 60)):
        ...     if result.error is None:
        ...         result.image.save(f"{result.requested_time.seconds:.0f}.jpg")

        Args:
            times: any number of them; an iterator is read only as far ahead as images are made together (256 at most).

        Raises:
            InvalidArgumentError: one that is no moment in time; for an iterator, when that is taken.
        """
        moments = map(_moment, times) if isinstance(times, Iterator) else iter([_moment(time) for time in times])
        cancellation = self._cancellation()
        return ImageSequence(self._results(moments, self._request(), cancellation), cancellation)

    def cancel_all(self) -> None:
        """Cancel whatever was asked for and is not there yet (``cancelAllCGImageGeneration``).

        Calls of ``image`` end with ``OperationCancelledError``; sequences give it as the error of what is left.
        """
        with self._lock:
            outstanding = list(self._outstanding)
        for cancellation in outstanding:
            cancellation.cancel()

    # ------------------------------------------------------------------ behind them

    def _single(self, moment: Time, request: ImageRequest, cancellation: Cancellation) -> GeneratedImage:
        (result,) = self._results(iter([moment]), request, cancellation)
        if result.error is not None:
            raise result.error
        return result

    def _results(
        self, moments: Iterator[Time], request: ImageRequest, cancellation: Cancellation
    ) -> Iterator[GeneratedImage]:
        try:
            batch = ImageBatch(self._opened(), request, cancellation)
        except (ReelwrightError, OSError) as error:
            for moment in moments:
                yield GeneratedImage(moment, error)
            return
        yield from batch.results(moments)

    def _opened(self) -> PictureSource:
        with self._opening:
            if self._source is None:
                self._source = PictureSource(shown_track(self.asset))
            return self._source

    def _request(self) -> ImageRequest:
        return ImageRequest(
            maximum_size=self._maximum_size,
            applies_transform=bool(self.applies_preferred_track_transform),
            aperture_mode=self._aperture_mode,
            dynamic_range_policy=self._dynamic_range_policy,
            tolerance=Tolerance(_seconds(self._tolerance_before), _seconds(self._tolerance_after)),
        )

    def _cancellation(self) -> Cancellation:
        cancellation = Cancellation()
        with self._lock:
            self._outstanding.add(cancellation)
        return cancellation


def _moment(time: TimeLike) -> Time:
    moment = Time.of(time)
    if not moment.is_numeric:
        raise InvalidArgumentError(f"{time!r} is no moment that an image can be made of.", hint="Give seconds.")
    return moment


def _seconds(tolerance: Time) -> Fraction | None:
    return tolerance.fraction if tolerance.is_numeric else None


def _checked_tolerance(value: TimeLike) -> Time:
    tolerance = Time.POSITIVE_INFINITY if value == float("inf") else Time.of(value)
    if tolerance.is_positive_infinity or (tolerance.is_numeric and tolerance >= Time.ZERO):
        return tolerance
    raise InvalidArgumentError(
        f"{value!r} is no tolerance.", hint="Give seconds from 0 (exactly) up to Time.POSITIVE_INFINITY."
    )


def _checked_size(value: Any) -> tuple[Fraction, Fraction]:
    try:
        width, height = (Fraction(side) for side in value)
    except (TypeError, ValueError, OverflowError):
        width = height = Fraction(-1)
    if width < 0 or height < 0:
        raise InvalidArgumentError(
            f"{value!r} is no size.", hint="Give (width, height) in pixels; 0 for no limit in that direction."
        )
    return width, height
