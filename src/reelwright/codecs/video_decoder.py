"""Stored samples of video into decoded pictures, in the order they are shown."""

from __future__ import annotations

from typing import Any

import av
from av.codec.context import CodecContext

from reelwright.codecs._av import FFmpegError, VideoFrame, reason
from reelwright.model.errors import DecodeError, DecoderNotFoundError, ProtectedMediaError
from reelwright.model.format import FormatDescription

__all__ = ["DecodedFrame", "VideoDecoder"]

DecodedFrame = VideoFrame

_NAMES = {"avc1": "h264", "avc3": "h264", "hvc1": "hevc", "hev1": "hevc", "av01": "libdav1d", "vp09": "vp9"}


class VideoDecoder:
    """Decodes the samples of one format; used by one thread at a time."""

    def __init__(self, format: FormatDescription, *, threads: int = 0, low_delay: bool = False) -> None:
        if format.extensions.get("ProtectionScheme"):
            raise ProtectedMediaError("the pictures are encrypted.")
        name = str(format.extensions.get("FFmpegCodec", _NAMES.get(format.media_subtype, "")))
        if not name:
            raise DecoderNotFoundError(f"no decoder here knows {format.media_subtype!r}.")
        self._context: Any = CodecContext.create(name, "r")
        self._context.extradata = format.codec_config or None
        self._context.thread_type = "AUTO"
        self._context.thread_count = threads or 4

    def decode(self, data: bytes, tag: int) -> list[tuple[DecodedFrame, int]]:
        packet: av.Packet[Any] = av.Packet(data)
        packet.pts = tag
        return self._run(packet)

    def drain(self) -> list[tuple[DecodedFrame, int]]:
        return self._run(None)

    def _run(self, packet: Any) -> list[tuple[DecodedFrame, int]]:
        try:
            return [(frame, frame.pts) for frame in self._context.decode(packet)]
        except FFmpegError as error:
            raise DecodeError(f"a picture cannot be decoded: {reason(error)}.") from None

    def skip_non_reference(self, on: bool) -> None:
        self._context.skip_frame = "NONREF" if on else "DEFAULT"

    def reset(self) -> None:
        self._context.flush_buffers()

    def close(self) -> None:
        self._context = None
