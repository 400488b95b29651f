"""What is wanted of the images of one request, fixed when it is made: size, aperture, turning, range, tolerances."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction

from reelwright.model.errors import OperationCancelledError
from reelwright.model.kinds import ApertureMode, DynamicRangePolicy
from reelwright.reading.moments import Tolerance

__all__ = ["Cancellation", "ImageRequest"]


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """The generator's properties as they were when the images were asked for.

    Attributes:
        maximum_size: (width, height) that an image must fit into; 0 for no limit.
        applies_transform: turn images as the track's preferred transform says.
        aperture_mode, dynamic_range_policy, tolerance: see ``AssetImageGenerator``.
    """

    maximum_size: tuple[Fraction, Fraction]
    applies_transform: bool
    aperture_mode: ApertureMode
    dynamic_range_policy: DynamicRangePolicy
    tolerance: Tolerance


class Cancellation:
    """Whether one request has been cancelled; told by any thread, asked by the one that works."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def error(self) -> OperationCancelledError:
        return OperationCancelledError("the images were cancelled.", hint="Ask again for those that are still wanted.")

    def check(self) -> None:
        """
        Raises:
            OperationCancelledError: it was cancelled.
        """
        if self.is_cancelled:
            raise self.error()
