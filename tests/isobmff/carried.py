"""FFmpeg's files with our sample entry in place of its own: do independent readers still get the same samples?"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

from reelwright.isobmff.box import Box, full_box, u32

_PATH = ("moov", "trak", "mdia", "minf", "stbl", "stsd")


@dataclass(frozen=True)
class Sound:
    """A file with one sound track and what went into it."""

    file: bytes
    extradata: bytes
    codec_tag: str


def encode_sound(codec: str, rate: int, layout: str, container: str, sample_format: str = "s16") -> Sound:
    """A tenth of a second of noise in one of FFmpeg's containers."""
    output = io.BytesIO()
    with av.open(output, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = layout
        stream.time_base = Fraction(1, rate)
        channels = stream.layout.nb_channels
        noise = np.random.default_rng(2).uniform(-0.9, 0.9, (1, rate // 10 * channels)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(noise, format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
        for converted in resampler.resample(frame):
            file.mux(stream.encode(converted))
        file.mux(stream.encode(None))
        extradata = bytes(stream.codec_context.extradata or b"")
        tag = stream.codec_context.codec_tag
    return Sound(output.getvalue(), extradata, tag)


def with_entry(file: bytes, entry: Box, *, stsd_version: int = 0) -> bytes:
    """The file with this entry as the only one of its only track."""
    stsd = full_box("stsd", stsd_version, 0, u32(1), entry)
    return b"".join(_replaced(file, _PATH, stsd.render()))


def _replaced(data: bytes, path: tuple[str, ...], fresh: bytes) -> list[bytes]:
    pieces: list[bytes] = []
    position = 0
    while position < len(data):
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        box = data[position : position + size]
        if kind == path[0].encode():
            inner = b"".join(_replaced(box[8:], path[1:], fresh)) if len(path) > 1 else b""
            box = fresh if len(path) == 1 else (len(inner) + 8).to_bytes(4, "big") + kind + inner
        pieces.append(box)
        position += size
    return pieces


def decoded(file: bytes) -> np.ndarray:
    """All sound of the first track as FFmpeg decodes it, channels interleaved.

    Planar frames of eight channels are never turned into arrays directly: PyAV reads past their planes.
    """
    with av.open(io.BytesIO(file)) as container:
        packed = av.AudioResampler(format=container.streams.audio[0].format.packed.name)
        frames = [out.to_ndarray() for frame in container.decode(audio=0) for out in packed.resample(frame)]
    return np.concatenate(frames, axis=1)


def opened(file: bytes) -> tuple[str, int, str, str]:
    """Codec, rate, layout and sample format of the first sound track, as FFmpeg reads them."""
    with av.open(io.BytesIO(file)) as container:
        context = container.streams.audio[0].codec_context
        return context.name, context.sample_rate, context.layout.name, context.format.name
