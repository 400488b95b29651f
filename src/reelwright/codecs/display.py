"""Pixel buffers with HDR or wide gamut as sRGB, for encodings and players that know nothing else (see ``tone_map``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelwright.codecs import _av
from reelwright.codecs.picture_output import PictureOutput
from reelwright.codecs.tone_map import is_displayable
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.pixel import PixelBuffer

__all__ = ["DisplayConverter"]


class DisplayConverter:
    """Converts pictures; belongs to one thread at a time.

    Args:
        extensions: of the film's format description, which may tell how bright its master is.
    """

    def __init__(self, extensions: Mapping[str, Any] | None = None) -> None:
        self._extensions = dict(extensions or {})
        self._output = PictureOutput(displayable=True)

    def convert(self, picture: PixelBuffer) -> PixelBuffer:
        """A picture as sRGB (8 bits); itself where it can be shown as it is.

        Raises:
            SettingsError: a matrix that cannot be converted.
        """
        if is_displayable(picture.color):
            return picture
        described = FormatDescription(
            media_type=MediaType.VIDEO,
            media_subtype="2vuy",
            width=picture.width,
            height=picture.height,
            color=picture.color,
            full_range=picture.full_range,
            pixel_aspect_ratio=picture.pixel_aspect_ratio,
            clean_aperture=picture.clean_aperture,
            extensions=self._extensions,
        )
        return self._output.buffer(_av.copied(picture), described)
