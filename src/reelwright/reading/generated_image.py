"""``GeneratedImage``: what became of one time an image was asked for (``AVAssetImageGenerator.Images.Result``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image

from reelwright.model.time import Time

__all__ = ["GeneratedImage"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class GeneratedImage:
    """One image of a film, or the error that came in its place.

    >>> image, actual_time = generator.image(1.5)
    >>> result = generator.image(1.5)
    >>> result.image.size, result.requested_time, result.actual_time

    Attributes:
        requested_time: the moment that was asked for.
        error: why there is no image; None when there is one.

    Asking a failed result for its image or its time, or taking it apart, raises its error.
    """

    requested_time: Time
    error: Exception | None = None
    _image: Image | None = None
    _actual_time: Time = Time.INVALID

    @property
    def image(self) -> Image:
        """The image, in mode RGB.

        Raises:
            ReelwrightError, OSError: ``error``, when it failed.
        """
        self._check()
        assert self._image is not None
        return self._image

    @property
    def actual_time(self) -> Time:
        """When the picture begins to be shown, on the asset's time line: at or before a moment that was met exactly.

        Raises:
            ReelwrightError, OSError: ``error``, when it failed.
        """
        self._check()
        return self._actual_time

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    def __iter__(self) -> Iterator[Any]:
        """The image, then its actual time."""
        yield self.image
        yield self.actual_time

    def __repr__(self) -> str:
        asked = f"{self.requested_time:.3f} s"
        if self.error is not None:
            return f"<GeneratedImage {asked}: {type(self.error).__name__}>"
        width, height = self.image.size
        return f"<GeneratedImage {asked}: {width}×{height} from {self._actual_time:.3f} s>"
