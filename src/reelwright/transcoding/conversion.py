"""Conversions that some inputs of a pipe need and others do not, made once for all who need them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reelwright.codecs.display import DisplayConverter
from reelwright.model.pixel import PixelBuffer
from reelwright.model.sample import SampleBuffer

__all__ = ["ForDisplay"]


class ForDisplay:
    """Pictures with HDR or wide gamut as sRGB. Inputs that share it may ask from several threads.

    Args:
        extensions: of the source's format description.
    """

    def __init__(self, extensions: Mapping[str, Any] | None = None) -> None:
        self._converter = DisplayConverter(extensions)
        self._lock = threading.Lock()
        self._last: tuple[SampleBuffer, SampleBuffer] | None = None  # what was given, and what was made of it

    def __call__(self, buffer: SampleBuffer) -> SampleBuffer:
        if buffer.image is None:
            return buffer
        with self._lock:
            if self._last is None or self._last[0] is not buffer:
                self._last = None
                self._last = buffer, replace(buffer, image=self._converted(buffer.image))
            return self._last[1]

    def _converted(self, picture: PixelBuffer) -> PixelBuffer:
        made = self._converter.convert(picture)
        if made is picture:
            return picture
        # Untagged RGB is sRGB, and is written as BT.709: more players know what that means.
        return PixelBuffer(
            made.planes,
            made.pixel_format,
            width=made.width,
            height=made.height,
            pixel_aspect_ratio=made.pixel_aspect_ratio,
            clean_aperture=made.clean_aperture,
        )
