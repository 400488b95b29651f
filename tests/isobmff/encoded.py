"""Tiny films made by the encoders and written by FFmpeg's own muxer: the judge of our configuration records."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np

from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType


@dataclass(frozen=True)
class Encoded:
    """What an encoder gave, and the movie file FFmpeg made of it."""

    extradata: bytes
    packets: tuple[bytes, ...]
    keyframes: tuple[bool, ...]
    disposable: tuple[bool, ...]
    file: bytes


@dataclass(frozen=True)
class Recipe:
    codec: str
    width: int = 64
    height: int = 48
    pixels: str = "yuv420p"
    tag: str = "avc1"
    options: tuple[tuple[str, str], ...] = ()
    frames: int = 8
    container: str = "mp4"
    color: tuple[int, int, int, int] | None = field(default=None)


_QUIET = {"libx265": {"x265-params": "log-level=none:pools=1:frame-threads=1"}, "libx264": {"preset": "veryfast"}}


def _options(recipe: Recipe) -> dict[str, str]:
    options = dict(_QUIET[recipe.codec])
    for key, value in recipe.options:
        options[key] = f"{options[key]}:{value}" if key in options and key == "x265-params" else value
    return options


@cache
def encode_video(recipe: Recipe) -> Encoded:
    output = io.BytesIO()
    packets: list[bytes] = []
    keys: list[bool] = []
    disposable: list[bool] = []
    with av.open(output, "w", format=recipe.container) as container:
        stream = container.add_stream(recipe.codec, rate=25, options=_options(recipe))
        stream.width, stream.height, stream.pix_fmt = recipe.width, recipe.height, recipe.pixels
        stream.time_base = Fraction(1, 25)
        stream.codec_context.codec_tag = recipe.tag
        stream.codec_context.thread_count = 1
        if recipe.color:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace, context.color_range = recipe.color
        for frame in [*_frames(recipe), None]:
            for packet in stream.encode(frame):
                packets.append(bytes(packet))
                keys.append(packet.is_keyframe)
                disposable.append(packet.is_disposable)
                container.mux(packet)
        extradata = bytes(stream.codec_context.extradata or b"")
    return Encoded(extradata, tuple(packets), tuple(keys), tuple(disposable), output.getvalue())


def _frames(recipe: Recipe) -> Iterator[av.VideoFrame]:
    noise = np.random.default_rng(1)
    for index in range(recipe.frames):
        picture = noise.integers(0, 256, (recipe.height, recipe.width, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=recipe.pixels)
        frame.pts = index
        yield frame


# FFmpeg numbers profiles as the bitstreams do, but for flags above the low byte.
_PROFILES = {
    "Constrained Baseline": 66,
    "Main": 77,
    "High": 100,
    "High 10": 110,
    "High 4:2:2": 122,
    "High 4:4:4 Predictive": 244,
}
_HEVC_PROFILES = {"Main": 1, "Main 10": 2, "Main Still Picture": 3, "Rext": 4}


@cache
def seen(film: Encoded) -> dict[str, Any]:
    """What FFmpeg's demuxer and decoder say about the film's pictures."""
    with av.open(io.BytesIO(film.file)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        next(container.decode(stream))
        profiles = _PROFILES if context.name == "h264" else _HEVC_PROFILES
        form = context.format.name
        chroma = next(
            (text for key, text in (("422", "4:2:2"), ("444", "4:4:4"), ("gray", "4:0:0")) if key in form), "4:2:0"
        )
        return {
            "size": (context.width, context.height),
            "profile": profiles[context.profile],
            "level": context.level,
            "chroma": chroma,
            "depth": context.format.components[0].bits,
            "aspect": context.sample_aspect_ratio,
            "color": (context.color_primaries, context.color_trc, context.colorspace),
            "full range": context.color_range == 2,
            "reorder": bool(context.has_b_frames),
            "rate": context.framerate,
        }


def boxes(data: bytes, *path: str) -> list[bytes]:
    """Payloads of the boxes at a path of plain boxes."""
    found = []
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8].decode("latin-1")
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        if size < head:
            break
        if kind == path[0]:
            payload = data[position + head : position + size]
            found += [payload] if len(path) == 1 else boxes(payload, *path[1:])
        position += size
    return found


def entry(file: bytes, index: int = 0) -> bytes:
    """The first sample entry of a track, header included."""
    return boxes(file, "moov", "trak", "mdia", "minf", "stbl", "stsd")[index][8:]


def configuration(file: bytes, kind: str, fixed: int = 78) -> bytes:
    """A box within the first sample entry."""
    return boxes(entry(file)[8 + fixed :], kind)[0]


def aac(wave: Any, rate: int, bit_rate: int) -> tuple[FormatDescription, list[Any]]:
    """One channel of float samples as AAC: what it is, and the encoder's packets, priming first."""
    codec: Any = av.CodecContext.create("aac", "w")
    codec.sample_rate, codec.layout, codec.format, codec.bit_rate = rate, "mono", "fltp", bit_rate
    packets = []
    for start in [*range(0, len(wave), 1024), None]:
        frame = None
        if start is not None:
            part = np.ascontiguousarray(wave[None, start : start + 1024], np.float32)
            frame = av.AudioFrame.from_ndarray(part, "fltp", "mono")
            frame.sample_rate, frame.pts = rate, start
        packets += codec.encode(frame)
    made = FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="aac ", sample_rate=rate, channels=1, channel_layout="mono",
        frames_per_packet=1024, codec_config=bytes(codec.extradata),
    )  # fmt: skip
    return made, packets
