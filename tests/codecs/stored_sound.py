"""Encoded sound for tests: files made with FFmpeg's encoders, their packets as a container would hand them over, and
what FFmpeg itself hears in them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from tests.interop import tools

from reelwright.codecs.sound_decoder import SoundDecoder
from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

Array = NDArray[Any]


@dataclass(frozen=True)
class Encoding:
    """How a test's file is made. ``options`` are FFmpeg's; ``sample_format`` is the encoder's where it has a choice."""

    name: str
    codec: str
    rate: int = 48000
    layout: str = "stereo"
    sample_format: str | None = None
    bit_rate: int | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Packet:
    data: bytes
    position: int
    skip_start: int
    skip_end: int


@dataclass(frozen=True)
class Stored:
    """A stream as it lies in a file: format, ticks a second, packets."""

    format: FormatDescription
    timescale: int
    packets: list[Packet]


def sound(rate: int, channels: int, seconds: float = 1.5) -> Array:
    """A rising tone with a click every 0.2 s and a little noise."""
    time = np.arange(int(rate * seconds)) / rate
    wave = 0.2 * np.sin(2 * np.pi * (200 + 300 * time) * time)[:, None] * np.ones(channels)
    wave += np.random.default_rng(7).normal(0, 0.01, wave.shape)
    wave[np.arange(rate // 10, len(time), rate // 5)] += 0.6
    return wave.astype(np.float32)


def write(folder: Path, encoding: Encoding, samples: Array) -> Path:
    """A file with samples (frames × channels) in that encoding; the container is the one of its name's ending."""
    path = folder / encoding.name
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(encoding.codec, rate=encoding.rate, options=dict(encoding.options))
        stream.layout = encoding.layout
        if encoding.sample_format:
            stream.format = encoding.sample_format
        if encoding.bit_rate:
            stream.bit_rate = encoding.bit_rate
        flat = np.ascontiguousarray(samples, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(flat, format="flt", layout=encoding.layout)
        frame.sample_rate, frame.pts = encoding.rate, 0
        fitted = av.AudioResampler(stream.format, encoding.layout, encoding.rate).resample(frame)
        for one in [*fitted, None]:
            container.mux(stream.encode(one))
    return path


def stored(path: Path, stream: int = 0) -> Stored:
    """A stream's packets, and a format that says no more than a container does."""
    packets: list[Packet] = []
    duration = 0
    with av.open(str(path)) as container:
        track = container.streams.audio[stream]
        context = track.codec_context
        format = FormatDescription(
            media_type=MediaType.AUDIO,
            media_subtype="----",
            sample_rate=context.sample_rate,
            channels=context.layout.nb_channels,
            codec_config=bytes(context.extradata or b""),
            extensions={"FFmpegCodec": context.codec.canonical_name},
        )
        assert track.time_base is not None
        timescale = track.time_base.denominator
        for packet in container.demux(track):
            if packet.size and packet.pts is not None:
                packets.append(Packet(bytes(packet), packet.pts, *_skips(packet)))
                duration = max(duration, packet.duration or 0)
    frames = duration * format.sample_rate // timescale
    return Stored(format.with_(frames_per_packet=frames), timescale, packets)


def _skips(packet: Any) -> tuple[int, int]:
    for data in packet.iter_sidedata():
        if data.data_type == "skip_samples":
            start, end = np.frombuffer(bytes(data)[:8], "<u4")
            return int(start), int(end)
    return 0, 0


def decode(source: Stored, output: Any = None, first: int = 0, last: int | None = None) -> tuple[SoundFormat, Any]:
    """What our decoder makes of the packets from ``first`` on: its format and blocks."""
    decoder = SoundDecoder(source.format, output=output, timescale=source.timescale)
    blocks: list[PcmBlock] = []
    for packet in source.packets[first:last]:
        blocks += decoder.decode(packet.data, packet.position, skip_start=packet.skip_start, skip_end=packet.skip_end)
    blocks += decoder.drain()
    assert decoder.output_format is not None
    return decoder.output_format, blocks


def values(format: SoundFormat, blocks: list[PcmBlock]) -> Array:
    """Blocks that follow one another as frames × channels of doubles within ±1 (and bytes that are exact)."""
    for before, after in pairwise(blocks):
        assert before.end == after.position
    data = b"".join(bytes(block.data) for block in blocks)
    pcm = format.pcm
    order = ">" if pcm.is_big_endian else "<"
    if pcm.is_float:
        return np.frombuffer(data, f"{order}f{pcm.bits // 8}").reshape(-1, format.channels).astype(np.float64)
    if pcm.bits == 24:
        three = np.frombuffer(data, np.uint8).reshape(-1, 3)
        four = np.zeros((len(three), 4), np.uint8)
        four[:, 1:] = three[:, ::-1] if pcm.is_big_endian else three
        return four.view("<i4").reshape(-1, format.channels) / 2.0**31
    kind = "i" if pcm.is_signed else "u"
    numbers = np.frombuffer(data, f"{order}{kind}{pcm.bits // 8}").reshape(-1, format.channels).astype(np.float64)
    half = 2.0 ** (pcm.bits - 1)
    return numbers / half if pcm.is_signed else numbers / half - 1


def heard_by_ffmpeg(path: Path, channels: int, *arguments: str, stream: int = 0) -> Array:
    """What the ffmpeg command plays, as frames × channels of doubles.

    Raises:
        tools.ToolMissing: ffmpeg is not installed.
    """
    ffmpeg = tools.find("ffmpeg", "ffmpeg")
    asked = (*arguments, "-i", str(path), "-map", f"0:a:{stream}", "-f", "f64le", "-")
    return np.frombuffer(tools.run(ffmpeg, "-v", "error", *asked).out, "<f8").reshape(-1, channels)
