"""Encoders of every family at work in tests: frames by our own converter, pictures back by FFmpeg's decoders."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from tests.codecs import colorimetry as book

from reelwright.codecs import _av
from reelwright.codecs.convert import PixelConverter
from reelwright.codecs.video_encoder import EncodedPacket, FrameSpec, VideoEncoder, frame_spec
from reelwright.model.color import ColorProperties
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelBuffer, PixelFormat
from reelwright.model.settings import VideoSettings

__all__ = ["FAST", "NEW", "PRORES", "THIRTY", "decoded", "make", "moving", "rgb", "run", "settings_for"]

Array = npt.NDArray[Any]
THIRTY = Fraction(30)
PRORES = [codec for codec in VideoCodec if codec.is_prores]
NEW = [*PRORES, VideoCodec.JPEG, VideoCodec.AV1, VideoCodec.VP9]
FAST: dict[VideoCodec, dict[str, Any]] = {
    VideoCodec.H264: {"preset": "ultrafast"},
    VideoCodec.HEVC: {"preset": "ultrafast"},
    VideoCodec.AV1: {"preset": 10},
    VideoCodec.VP9: {"cpu-used": 6},
}
_DECODERS = {VideoCodec.JPEG: "mjpeg", VideoCodec.AV1: "libdav1d", VideoCodec.VP9: "vp9"}


def settings_for(
    codec: VideoCodec,
    width: int = 64,
    height: int = 48,
    *,
    options: dict[str, Any] | None = None,
    specification: Any = None,
    color: ColorProperties | None = None,
    pixel_aspect_ratio: Any = None,
    clean_aperture: Any = None,
    **compression: Any,
) -> VideoSettings:
    return VideoSettings(
        codec,
        width,
        height,
        compression=compression,
        encoder_options={**FAST.get(codec, {}), **(options or {})},
        encoder_specification=specification,
        color=color,
        pixel_aspect_ratio=pixel_aspect_ratio,
        clean_aperture=clean_aperture,
    )


def make(
    settings: VideoSettings,
    color: ColorProperties | None = ColorProperties.HD,
    full: bool = False,
    source: PixelFormat | None = None,
    **facts: Any,
) -> VideoEncoder:
    facts = {"time_base": 1 / THIRTY, "frame_rate": THIRTY, "threads": 1, **facts}
    return VideoEncoder(settings, frame_spec(settings, color, full, source=source), **facts)


def moving(spec: FrameSpec, count: int, seed: int = 0) -> list[_av.VideoFrame]:
    """Frames that move, so that prediction has something to do."""
    converter = PixelConverter(spec)
    wide = book.blocks(spec.width + 4 * count, spec.height, seed)
    views = (wide[:, 4 * index : 4 * index + spec.width] for index in range(count))
    return [converter.convert(PixelBuffer.from_array(np.ascontiguousarray(view))) for view in views]


def run(
    encoder: VideoEncoder, frames: Sequence[_av.VideoFrame], ticks: Sequence[int] | None = None, forced: Any = ()
) -> list[EncodedPacket]:
    packets = []
    for tick, frame in zip(range(len(frames)) if ticks is None else ticks, frames, strict=True):
        packets += encoder.encode(frame, tick, force_key_frame=tick in forced)
    return packets + encoder.flush()


def decoded(codec: VideoCodec, packets: Sequence[EncodedPacket], config: bytes = b"", alpha: bool = False) -> list[Any]:
    """Frames of all packets, in the order they are shown; of the alpha's film where it is kept apart."""
    context = _av.decoder_context(_DECODERS.get(codec, "prores"))
    context.codec_tag = codec.value
    if config:
        context.extradata = config
    frames = []
    for packet in packets:
        data = packet.alpha if alpha else packet.data
        assert data is not None
        frames += context.decode(_av.packet(bytes(data), packet.ticks, packet.is_key))
    return frames + context.decode(None)


def rgb(frame: Any, matrix: int, full: bool = False) -> Array:
    """A decoded frame as R'G'B' in 0…255 by the book, at the size of its chroma."""
    planes = _av.frame_planes(frame)[:3]
    bits = _av.frame_layout(frame).bits
    across, down = (planes[0].shape[axis] // planes[1].shape[axis] for axis in (1, 0))
    codes = np.stack([planes[0][::down, ::across], *planes[1:]], -1)
    return np.clip(book.decode(codes, matrix, bits, full), 0, 1) * 255
