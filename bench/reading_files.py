"""The films that readers are timed with: made here, the same every time, by FFmpeg's or our own writer.

Long ones repeat a short piece with its times moved on. What they hold is small where only tables are looked at, and a
film's real bytes where pictures are decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.scene import order, scene
from reelwright import (
    Asset,
    AssetReader,
    AssetReaderTrackOutput,
    AssetWriter,
    AssetWriterInput,
    MediaType,
    SampleBuffer,
    SampleTiming,
    Time,
)

__all__ = ["SMALL", "STEP", "hour_film", "long_movie", "number_of", "numbered_film", "pcm_movie"]

RATE = 30
SMALL = (64, 36)  # of pictures that nobody looks at
STEP = 25  # seconds of the piece that hour-long films repeat
_SOUND_RATE, _FRAME = 48000, 1024
_BITS, _BLOCK = 12, 16
_FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"


# ---------------------------------------------------------------------------------------------------- many samples


@dataclass(frozen=True, slots=True)
class _Sample:
    data: bytes
    decode: int
    shown: int
    is_key: bool


def long_movie(path: Path, hours: float, *, fragmented: bool = False) -> None:
    """H.264 with B-frames and AAC, interleaved, as FFmpeg writes them: 77 samples a second, some dozen bytes each.

    Where fragmented, a fragment begins with every key frame, two seconds apart.
    """
    seconds = int(hours * 3600)
    options = {"movflags": _FRAGMENTS} if fragmented else {}
    with av.open(str(path), "w", format="mp4", options=options) as movie:
        video, pictures = _add_video(movie)
        sound, frames = _add_sound(movie)
        for stream, sample in _merged(
            _repeated(pictures, 2 * RATE, seconds * RATE, 512),
            _repeated(frames, len(frames), seconds * _SOUND_RATE // _FRAME, _FRAME),
        ):
            packet = av.Packet(sample.data)
            packet.stream = video if stream == 0 else sound
            packet.time_base = Fraction(1, 512 * RATE) if stream == 0 else Fraction(1, _SOUND_RATE)
            packet.dts, packet.pts = sample.decode, sample.shown
            packet.duration = 512 if stream == 0 else _FRAME
            packet.is_keyframe = sample.is_key
            movie.mux_one(packet)


def _add_video(movie: Any) -> tuple[Any, list[_Sample]]:
    """A stream, and two seconds of its samples in ticks of 1/512 picture."""
    width, height = SMALL
    stream = movie.add_stream("libx264", rate=RATE, width=width, height=height, pix_fmt="yuv420p")
    stream.time_base = Fraction(1, 512 * RATE)
    stream.codec_context.gop_size = 2 * RATE
    stream.codec_context.max_b_frames = 2
    stream.options = {"preset": "medium", "x264-params": "scenecut=0:open-gop=0"}
    packets = []
    for index, picture in enumerate(scene(2 * RATE, width, height)):
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts, frame.time_base = index * 512, Fraction(1, 512 * RATE)
        packets += stream.encode(frame)
    packets += stream.encode(None)
    return stream, [
        _Sample(bytes(item), int(item.dts * ticks), int(item.pts * ticks), item.is_keyframe)
        for item in packets
        if (ticks := item.time_base * 512 * RATE)
    ]


def _add_sound(movie: Any) -> tuple[Any, list[_Sample]]:
    stream = movie.add_stream("aac", rate=_SOUND_RATE, layout="stereo")
    packets = []
    for index in range(48):
        frame = av.AudioFrame.from_ndarray(np.zeros((2, _FRAME), np.float32), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = _SOUND_RATE, index * _FRAME, Fraction(1, _SOUND_RATE)
        packets += stream.encode(frame)
    found = [_Sample(bytes(item), 0, 0, True) for item in packets[2:]]
    return stream, [_Sample(item.data, index * _FRAME, index * _FRAME, True) for index, item in enumerate(found)]


def _repeated(samples: list[_Sample], period: int, count: int, ticks: int) -> Iterator[_Sample]:
    for index in range(count):
        turn, place = divmod(index, period)
        sample, moved = samples[place], turn * period * ticks
        yield _Sample(sample.data, sample.decode + moved, sample.shown + moved, sample.is_key)


def _merged(pictures: Iterator[_Sample], frames: Iterator[_Sample]) -> Iterator[tuple[int, _Sample]]:
    """Both in the order of their times."""
    streams = (pictures, frames)
    scales = (512 * RATE, _SOUND_RATE)
    heads = [next(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        waiting = [(head.decode / scales[number], number) for number, head in enumerate(heads) if head is not None]
        number = min(waiting)[1]
        head = heads[number]
        assert head is not None
        yield number, head
        heads[number] = next(streams[number], None)


def pcm_movie(path: Path, hours: float) -> None:
    """Hours of 16-bit stereo at 8 kHz, as QuickTime keeps it: 115 MB an hour, a chunk each second."""
    with av.open(str(path), "w", format="mov") as movie:
        stream = movie.add_stream("pcm_s16le", rate=8000, layout="stereo")
        second = np.random.default_rng(3).integers(-2000, 2000, 16000, np.int16).tobytes()
        for index in range(int(hours * 3600)):
            packet = av.Packet(second)
            packet.stream, packet.time_base = stream, Fraction(1, 8000)
            packet.dts = packet.pts = index * 8000
            packet.duration = 8000
            movie.mux_one(packet)


# ---------------------------------------------------------------------------------------------------- real pictures


def numbered_film(path: Path, seconds: int, *, preset: str, rate: int, gop: int, size: tuple[int, int]) -> None:
    """A film of the benchmark's scene in H.264 with three B-frames, each picture with its number in a corner.

    Args:
        rate: bits a second. gop: pictures from key frame to key frame.
    """
    width, height = size
    pictures = scene(60, width, height)
    with av.open(str(path), "w", format="mp4") as film:
        stream: Any = film.add_stream("libx264", rate=RATE, width=width, height=height, pix_fmt="yuv420p")
        stream.codec_context.colorspace = stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        stream.codec_context.color_range = 1
        stream.codec_context.gop_size, stream.bit_rate = gop, rate
        stream.options = {"preset": preset, "bf": "3", "x264-params": f"scenecut=0:keyint={gop}"}
        for number, index in enumerate(order(seconds * RATE, len(pictures))):
            frame = av.VideoFrame.from_ndarray(_numbered(pictures[index], number), "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _numbered(picture: Any, number: int) -> Any:
    numbered = picture.copy()
    for bit in range(_BITS):
        left = bit * _BLOCK
        numbered[:_BLOCK, left : left + _BLOCK] = 255 if number >> bit & 1 else 0
    return numbered


def number_of(picture: Any, width: int) -> int:
    """The number in the corner of a picture (height × width × 3) of a film that is ``width`` wide."""
    block = _BLOCK * picture.shape[1] / width
    middles = [int(block * (bit + 0.5)) for bit in range(_BITS)]
    row = picture[int(block / 2)]
    return sum(int(row[middle].mean() > 128) << bit for bit, middle in enumerate(middles))


def hour_film(piece: Path, path: Path, seconds: int) -> None:
    """The samples of a film of ``STEP`` seconds over and over, by our own writer, which passes them through."""
    buffers = list(_stored(piece))
    with AssetWriter(path, overwrite=True) as writer:
        track = AssetWriterInput(MediaType.VIDEO, None, buffers[0].format)
        writer.add(track)
        writer.start_writing()
        writer.start_session(Time.ZERO)
        for turn in range(seconds // STEP):
            for buffer in buffers:
                track.append(_moved(buffer, Time(turn * STEP)))


def _stored(path: Path) -> Iterator[SampleBuffer]:
    asset = Asset(path)
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(asset.tracks[0])
        reader.add(output)
        reader.start_reading()
        yield from output


def _moved(buffer: SampleBuffer, by: Time) -> SampleBuffer:
    timing = buffer.timings[0]
    moved = SampleTiming(timing.presentation + by, timing.duration, timing.decode + by)
    return SampleBuffer(
        buffer.data, format=buffer.format, timings=[moved], sample_attachments=buffer.sample_attachments
    )
