"""Files of many containers, made by FFmpeg's muxers: what the tests of this room read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np

SHARED = Path(__file__).parents[3].parent / "shared" / "media"
RATE = 48000
FRAMES = 75  # three seconds of pictures

# Container, encodings, suffix: what is common in each.
FILMS = {
    "mkv": ("matroska", "libx264", "aac"),
    "webm": ("webm", "libvpx-vp9", "libopus"),
    "ts": ("mpegts", "libx264", "aac"),
    "avi": ("avi", "mpeg4", "mp3"),
    "mpg": ("mpeg", "mpeg2video", "mp2"),
    "flv": ("flv", "libx264", "aac"),
    "nut": ("nut", "libx264", "aac"),
}
SOUNDS = {
    "ogg": ("ogg", None, "libopus"),
    "mp3": ("mp3", None, "mp3"),
    "wav": ("wav", None, "pcm_s16le"),
    "flac": ("flac", None, "flac"),
    "aac": ("adts", None, "aac"),
    "ac3": ("ac3", None, "ac3"),
    "aiff": ("aiff", None, "pcm_s24be"),
    "caf": ("caf", None, "pcm_s16le"),
    "au": ("au", None, "pcm_s16be"),
}
ALL = FILMS | SOUNDS


@lru_cache(maxsize=64)
def made(suffix: str) -> bytes:
    """A small file of a container, three seconds long, with B-frames where the encoding has them."""
    return film(*ALL[suffix])


def film(container: str, picture: str | None, sound: str | None, **details: Any) -> bytes:
    """A file in memory. ``metadata``, ``chapters``, ``late`` (ticks of 1/25 s), ``language``, ``options``: details."""
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=details.get("options", {})) as output:
        output.metadata.update(details.get("metadata", {}))
        pictures: Any = _picture_stream(output, picture) if picture else None
        sounds: Any = _sound_stream(output, sound) if sound else None
        if "language" in details and sounds:
            sounds.metadata["language"] = details["language"]
        if "chapters" in details:
            output.set_chapters(details["chapters"])
        late = details.get("late", 0)
        for packet in _interleaved(pictures, sounds, late):
            output.mux(packet)
    return file.getvalue()


def _picture_stream(output: Any, codec: str) -> Any:
    stream = output.add_stream(codec, rate=25)
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
    if codec == "libx264":
        stream.options = {"bf": "2", "g": "12", "b-adapt": "0", "sc_threshold": "0"}
    else:
        stream.codec_context.gop_size = 12
    stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
    return stream


def _sound_stream(output: Any, codec: str) -> Any:
    stream = output.add_stream(codec, rate=RATE)
    stream.layout = "stereo"
    return stream


def _interleaved(pictures: Any, sounds: Any, late: int) -> Iterator[Any]:
    for number in range(FRAMES):
        if pictures:
            yield from pictures.encode(picture(number, late))
        if sounds:
            for frame in sound(sounds, number, late):
                yield from sounds.encode(frame)
    for stream in (pictures, sounds):
        if stream:
            yield from stream.encode(None)


def picture(number: int, late: int = 0) -> av.VideoFrame:
    """A bright bar that wanders over a ramp: enough for an encoder to move pictures around."""
    pixels = np.tile(np.arange(96, dtype=np.uint8), (64, 1))
    pixels[:, number % 90 : number % 90 + 6] = 250
    frame = av.VideoFrame.from_ndarray(np.dstack([pixels] * 3), "rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = number + late, Fraction(1, 25)
    return frame


def sound(stream: Any, number: int, late: int = 0) -> list[Any]:
    """One picture's worth of a tone, in the encoder's own format."""
    count = RATE // 25
    wave = 0.3 * np.sin(2 * np.pi * 440 * (np.arange(count) + number * count) / RATE)
    frame = av.AudioFrame.from_ndarray(np.tile(wave.astype(np.float32), (2, 1)), "fltp", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, (number + late) * count, Fraction(1, RATE)
    return av.AudioResampler(stream.format.name, "stereo", RATE).resample(frame)
