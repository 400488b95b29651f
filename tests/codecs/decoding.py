"""Films for decoder tests, made by FFmpeg's encoders in memory: samples as a movie file would store them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.codecs import _av
from reelwright.codecs.frame_facts import nearest_format
from reelwright.codecs.video_decoder import VideoDecoder
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.pixel import PixelBuffer

__all__ = ["Film", "decoded", "film", "moving", "values"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Film:
    """A format and its samples in decode order, each with its tag; what went in, by tag."""

    format: FormatDescription
    samples: list[tuple[bytes, int]]
    pictures: dict[int, list[Array]]


def values(frame: _av.VideoFrame) -> list[Array]:
    """A frame's planes in a pixel format's shapes; its layout must be one."""
    kind = nearest_format(frame)
    return _av.read_only_planes(frame, kind)


def moving(layout: str, width: int, height: int, count: int) -> list[_av.VideoFrame]:
    """Frames of a picture that moves, so that each differs from the next."""
    frames = []
    rows, columns = np.mgrid[0:height, 0:width]
    for number in range(count):
        frame = _av.empty_frame(layout, width, height)
        kind = nearest_format(frame)
        picture = PixelBuffer.empty(kind, width, height)
        for index, plane in enumerate(picture.planes):
            pattern = (rows * 2 + columns * 3 + number * 11 + index * 40) % 200 + 20
            down, across = -(-height // plane.shape[0]), -(-width // plane.shape[1])
            scaled = pattern[::down, ::across].astype(plane.dtype) << (kind.bits - 8)
            plane[...] = scaled if plane.ndim == 2 else scaled[:, :, None]
        copied = _av.copied(picture)
        frames.append(copied if layout == kind.ffmpeg_name else copied.reformat(format=layout, dst_color_range=2))
    return frames


def film(
    encoder: str,
    subtype: str,
    layout: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    count: int = 12,
    options: dict[str, str] | None = None,
    **facts: Any,
) -> Film:
    """Encode a moving picture; tags are 10, 20, 30 … in the order of presentation."""
    context: Any = _av.encoder_context(encoder)
    context.width, context.height, context.pix_fmt = *size, layout
    context.time_base = Fraction(1, 300)
    context.framerate = Fraction(30)
    context.flags |= _av.GLOBAL_HEADER
    context.options = dict(options or {})
    frames = moving(layout, *size, count)
    packets: list[Any] = []
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = 10 * (number + 1), Fraction(1, 300)
        packets += context.encode(frame)
    packets += context.encode(None)
    format = FormatDescription(
        media_type=MediaType.VIDEO,
        media_subtype=subtype,
        width=size[0],
        height=size[1],
        codec_config=bytes(context.extradata or b""),
        **facts,
    )
    pictures = {frame.pts: [plane.copy() for plane in values(frame)] for frame in frames}
    return Film(format, [(bytes(packet), packet.pts) for packet in packets], pictures)


def decoded(made: Film, samples: Sequence[tuple[bytes, int]] | None = None, **settings: Any) -> list[tuple[Any, int]]:
    """All pictures of a film in the order they come out."""
    decoder = VideoDecoder(made.format, **settings)
    found: list[tuple[Any, int]] = []
    for data, tag in made.samples if samples is None else samples:
        found += decoder.decode(data, tag)
    while frames := decoder.drain():
        found += frames
    decoder.close()
    return found
