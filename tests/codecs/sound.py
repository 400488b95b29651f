"""Sound for tests, and what an independent FFmpeg hears in our packets."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from tests.interop import tools

from reelwright.codecs.audio_encoder import EncodedSound
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time

Array = NDArray[Any]


def pcm_format(pcm: PcmLayout, rate: int = 48000, channels: int = 2, layout: str | None = None) -> FormatDescription:
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=rate,
        channels=channels,
        channel_layout=layout,
        pcm=pcm,
        frames_per_packet=1,
    )


def pcm_buffer(data: Any, description: FormatDescription, **more: Any) -> SampleBuffer:
    rate = description.sample_rate
    timing = SampleTiming(Time(0, rate), Time(1, rate))
    return SampleBuffer(bytes(data), format=description, timings=[timing], **more)


def float_buffer(samples: Array, rate: int, layout: str | None = None) -> SampleBuffer:
    return SampleBuffer.from_audio(np.ascontiguousarray(samples, np.float32), rate, channel_layout=layout)


def click_positions(frames: int, apart: int, seed: int, count: int = 12) -> Array:
    """Random places, at least ``apart`` from each other and from both ends."""
    slots = np.arange(apart, frames - apart, 2 * apart)
    generator = np.random.default_rng(seed)
    chosen = generator.choice(slots, min(count, len(slots)), replace=False)
    return np.sort(chosen + generator.integers(0, apart, len(chosen)))


def clicks(frames: int, positions: Array, channels: int = 1, level: float = 0.8) -> Array:
    samples = np.zeros((frames, channels), np.float32)
    samples[positions] = level
    return samples


def peaks(sound: Array, expected: Array, reach: int) -> Array:
    """Where the loudest value within reach of each expected place lies."""
    found = []
    for place in expected:
        low = max(0, round(float(place)) - reach)
        found.append(low + int(np.abs(sound[low : int(place) + reach + 1]).argmax()))
    return np.array(found)


def tone(frequency: float, frames: int, rate: int, level: float = 0.3) -> Array:
    wave = level * np.sin(2 * np.pi * frequency * np.arange(frames) / rate)
    return wave.astype(np.float32)  # type: ignore[no-any-return]


def main_frequency(sound: Array, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * rate / len(sound))


def write_m4a(path: Path, description: FormatDescription, packets: Iterable[EncodedSound]) -> None:
    """FFmpeg's own muxer, with our AudioSpecificConfig put in the place of its own."""
    rate = description.sample_rate
    with av.open(str(path), "w", format="mp4", options={"use_editlist": "0"}) as output:
        stream = output.add_stream("aac", rate=rate)
        stream.layout = description.channel_layout
        stream.codec_context.open()
        own = stream.codec_context.extradata
        for sound in packets:
            packet = av.Packet(bytes(sound.data))
            packet.pts = packet.dts = sound.position
            packet.duration = sound.frames
            packet.time_base = Fraction(1, rate)
            packet.stream = stream
            output.mux(packet)
    data = path.read_bytes()
    assert data.count(own) == 1
    assert len(own) == len(description.codec_config)
    path.write_bytes(data.replace(own, description.codec_config))


def heard(path: Path, channels: int, sample_format: str = "f32le", build: str = "system") -> Array:
    """All that ``ffmpeg -i path`` decodes, priming included unless the file says otherwise: frames × channels."""
    answer = tools.run(
        tools.ffmpeg(build), "-v", "error", "-nostdin", "-i", path, "-map", "0:a:0", "-f", sample_format, "-"
    )
    assert answer.err == ""
    assert answer.status == 0
    dtype = {"f32le": "<f4", "s16le": "<i2", "s32le": "<i4", "f64le": "<f8"}[sample_format]
    return np.frombuffer(answer.out, dtype).reshape(-1, channels)
