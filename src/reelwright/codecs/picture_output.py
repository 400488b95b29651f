"""Decoded pictures as pixel buffers."""

from __future__ import annotations

from reelwright.codecs._av import VideoFrame, frame_planes
from reelwright.model.format import FormatDescription
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["PictureOutput"]


class PictureOutput:
    """Delivers decoded pictures."""

    def __init__(
        self,
        *,
        pixel_format: PixelFormat | None = None,
        width: int | None = None,
        height: int | None = None,
        full_range: bool | None = None,
    ) -> None:
        self._pixel_format = pixel_format

    def buffer(self, frame: VideoFrame, format: FormatDescription) -> PixelBuffer:
        if self._pixel_format is not None:
            frame = frame.reformat(format=self._pixel_format.ffmpeg_name)
        planes = frame_planes(frame)
        kind = self._pixel_format or PixelFormat.YUV420P
        if kind.planes[0].values > 1:
            planes = [planes[0].reshape(frame.height, -1)[:, : frame.width * 3].reshape(frame.height, frame.width, 3)]
        for plane in planes:
            plane.flags.writeable = False
        return PixelBuffer(planes, kind, width=frame.width, height=frame.height)
