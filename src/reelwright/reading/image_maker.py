"""Decoded pictures into Pillow images: scaled while they are converted, cut to the aperture, turned."""

from __future__ import annotations

from PIL import Image

from reelwright.codecs.picture_output import PictureOutput
from reelwright.model.kinds import DynamicRangePolicy
from reelwright.model.pixel import PixelFormat
from reelwright.reading.image_request import ImageRequest
from reelwright.reading.image_shape import ImageShape, image_shape
from reelwright.reading.orientation import Orientation
from reelwright.reading.pictures import MediaPicture

__all__ = ["ImageMaker"]


class ImageMaker:
    """Makes images as one request wants them; used by one thread at a time.

    Args:
        orientation: of the track; applied where the request says so.
    """

    def __init__(self, request: ImageRequest, orientation: Orientation) -> None:
        self._request = request
        self._orientation = orientation if request.applies_transform else Orientation.UPRIGHT
        self._outputs: dict[tuple[int, int], PictureOutput] = {}

    def image(self, picture: MediaPicture) -> Image.Image:
        """The picture as an image in mode RGB."""
        shape = self._shape(picture)
        buffer = self._output(shape.width, shape.height).buffer(picture.frame, picture.format)
        pixels = buffer.planes[0]
        if shape[:2] != shape[4:]:
            pixels = pixels[shape.top : shape.top + shape.image_height, shape.left : shape.left + shape.image_width]
        return self._orientation.turned_image(Image.fromarray(pixels))

    def _shape(self, picture: MediaPicture) -> ImageShape:
        request = self._request
        return image_shape(
            (picture.frame.width, picture.frame.height),
            picture.format,
            request.aperture_mode,
            request.maximum_size,
            swaps_sides=self._orientation.swaps_sides,
        )

    def _output(self, width: int, height: int) -> PictureOutput:
        if (width, height) not in self._outputs:
            self._outputs[width, height] = PictureOutput(
                pixel_format=PixelFormat.RGB24,
                width=width,
                height=height,
                threads=1,
                displayable=self._request.dynamic_range_policy is DynamicRangePolicy.FORCE_SDR,
            )
        return self._outputs[width, height]
