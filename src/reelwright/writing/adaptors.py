"""Adaptors put a friendlier face on an input: pictures with a time instead of sample buffers, and a pool to draw them
in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.model.kinds import MediaType
from reelwright.model.pixel import PixelBufferAttributes
from reelwright.model.pool import PixelBufferPool
from reelwright.writing.input import AssetWriterInput
from reelwright.writing.states import Action

__all__ = ["AssetWriterInputPixelBufferAdaptor", "PoolMaker"]


class PoolMaker:
    """The rules for when an input's pool exists: from ``start_writing`` on, until the writer fails."""

    def __init__(self, input: AssetWriterInput, attributes: PixelBufferAttributes | None) -> None:
        self.attributes = attributes
        self._input = input
        self._pool: PixelBufferPool | None = None

    @property
    def pool(self) -> PixelBufferPool | None:
        """The pool, or None when there is none now.

        Raises:
            InvalidArgumentError: the attributes lack the pixel format, the width or the height.
        """
        writer = self._input._writer
        if writer is None or not writer._is_writing or self.attributes is None:
            self._pool = None
            return None
        if self._pool is None:
            if not self.attributes.is_complete:
                raise InvalidArgumentError(
                    f"no pool can be made of {self.attributes}: pixel format, width and height are needed.",
                    hint="Name all three in the source pixel buffer attributes.",
                )
            self._pool = PixelBufferPool(self.attributes, minimum_buffer_count=2)
        return self._pool


class AssetWriterInputPixelBufferAdaptor:
    """Appends pictures with their times to a video input (``AVAssetWriterInputPixelBufferAdaptor``).

    Args:
        asset_writer_input: a video input that has not started.
        source_pixel_buffer_attributes: what the pool's buffers are like; None for no pool.

    >>> adaptor = AssetWriterInputPixelBufferAdaptor(video, {"PixelFormatType": "BGRA", "Width": 640, "Height": 480})

    Raises:
        InvalidArgumentError: the input is not a video input.
        InvalidStateError: the input has an adaptor already, or its writer has started.
    """

    def __init__(
        self,
        asset_writer_input: AssetWriterInput,
        source_pixel_buffer_attributes: PixelBufferAttributes | Mapping[str, Any] | None = None,
    ) -> None:
        if asset_writer_input.media_type is not MediaType.VIDEO:
            raise InvalidArgumentError(
                f"a pixel buffer adaptor needs a video input, not a {asset_writer_input.media_type.name.lower()} one."
            )
        if asset_writer_input._adaptor is not None:
            raise InvalidStateError("the input has an adaptor already.", hint="Use that one.")
        if asset_writer_input._writer is not None:
            asset_writer_input._writer._judge(Action.ADD, "make an adaptor")
        self._input = asset_writer_input
        self._pool = PoolMaker(asset_writer_input, PixelBufferAttributes.of(source_pixel_buffer_attributes))
        asset_writer_input._adaptor = self

    @property
    def asset_writer_input(self) -> AssetWriterInput:
        return self._input

    @property
    def source_pixel_buffer_attributes(self) -> PixelBufferAttributes | None:
        return self._pool.attributes

    @property
    def pixel_buffer_pool(self) -> PixelBufferPool | None:
        """Buffers to draw in; None before ``start_writing``, after a failure, and without attributes.

        Raises:
            InvalidArgumentError: the attributes lack the pixel format, the width or the height.
        """
        return self._pool.pool

    def append(self, pixel_buffer: Any, presentation_time: Any) -> bool:
        """Append a picture (``PixelBuffer``, array or image) to be shown from a time on, waiting while the queue is
        full.

        It is shown until the next one; the last as long as the one before it. Raises as ``AssetWriterInput.append``.
        """
        return self._input.append(pixel_buffer, presentation_time)
