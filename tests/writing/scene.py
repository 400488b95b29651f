"""What the tests of writing share: small numbered pictures, fast settings, packets of an encoder, and readers.

Films are read back by FFmpeg's demuxer and decoders (through PyAV) and by the tests' own reader of boxes: neither knows
the engine that wrote them.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from tests.isobmff import reading

from reelwright import (
    AssetWriter,
    AssetWriterInput,
    AudioFormat,
    AudioSettings,
    FormatDescription,
    MediaType,
    SampleAttachments,
    SampleBuffer,
    SampleTiming,
    Time,
    VideoCodec,
    VideoSettings,
)

Array = npt.NDArray[Any]

SIDE = 64
RATE = 48000
FAST = {"preset": "ultrafast"}


def video_settings(**more: Any) -> VideoSettings:
    """H.264, 64×64, as fast as can be."""
    options = {**FAST, **more.pop("encoder_options", {})}
    return VideoSettings(more.pop("codec", VideoCodec.H264), SIDE, SIDE, encoder_options=options, **more)


def video_input(*, on_full: str = "block", settings: dict[str, Any] | None = None, **more: Any) -> AssetWriterInput:
    return AssetWriterInput(MediaType.VIDEO, video_settings(**(settings or {})), on_full=on_full, threads=1, **more)


def audio_input(format: AudioFormat = AudioFormat.AAC, **more: Any) -> AssetWriterInput:
    return AssetWriterInput(MediaType.AUDIO, AudioSettings(format, RATE, 1), **more)


def stored_input(media_type: MediaType = MediaType.VIDEO, hint: FormatDescription | None = None) -> AssetWriterInput:
    return AssetWriterInput(media_type, None, hint)


def picture(number: int) -> Array:
    """A grey picture that carries its number as sixteen black or white blocks, so that no codec loses it."""
    bits = [number >> bit & 1 for bit in range(16)]
    blocks = np.array(bits, np.uint8).reshape(4, 4) * 255
    return np.kron(blocks, np.ones((SIDE // 4, SIDE // 4), np.uint8))


def number_of(luma: Array) -> int:
    step = SIDE // 4
    blocks = luma[:SIDE, :SIDE].reshape(4, step, 4, step).mean((1, 3)) > 126
    return sum(1 << bit for bit, value in enumerate(blocks.ravel()) if value)


def sound(frames: int, start: int = 0) -> Array:
    """Mono; the value of each frame tells its place: it grows by 1/32768 a frame."""
    return ((np.arange(start, start + frames) % 30000) / 32768).astype(np.float32)[:, None]


def sound_buffer(frames: int, at: Any = 0, start: int = 0, **attachments: Any) -> SampleBuffer:
    return SampleBuffer.from_audio(sound(frames, start), RATE, at, **attachments)


@contextmanager
def filming(target: Any, *inputs: AssetWriterInput, session: Any = 0, **options: Any) -> Iterator[AssetWriter]:
    """A writer that takes media; it is finished at the end unless the body did that."""
    with AssetWriter(target, **options) as writer:
        for input in inputs:
            writer.add(input)
        writer.start_writing()
        if session is not None:
            writer.start_session(session)
        yield writer


def begun(target: Any, *inputs: AssetWriterInput, session: Any = 0, **options: Any) -> AssetWriter:
    """The same without a ``with`` block: the test ends it."""
    writer = AssetWriter(target, **options)
    for input in inputs:
        writer.add(input)
    writer.start_writing()
    if session is not None:
        writer.start_session(session)
    return writer


# Packets --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Packet:
    data: bytes
    pts: int
    dts: int
    is_key: bool


@dataclass(frozen=True)
class Stream:
    """Packets of one encoder at 1/25 s, decode order, with reordering; ``annexb`` and ``record`` describe them."""

    codec: str
    annexb: bytes
    packets: tuple[Packet, ...]

    @property
    def format(self) -> FormatDescription:
        return FormatDescription(
            media_type=MediaType.VIDEO, media_subtype=self.codec, width=SIDE, height=SIDE, codec_config=self.annexb
        )

    def buffer(self, packet: Packet, data: bytes | None = None, **more: Any) -> SampleBuffer:
        timing = SampleTiming(Time(packet.pts, 25), Time.INVALID, Time(packet.dts, 25))
        more.setdefault("sample_attachments", [SampleAttachments(not_sync=not packet.is_key)])
        return SampleBuffer(packet.data if data is None else data, self.format, timings=[timing], **more)

    def buffers(self) -> list[SampleBuffer]:
        return [self.buffer(packet) for packet in self.packets]


@cache
def stream(codec: str = "avc1", count: int = 12, qp: int = 30, first: int = 0) -> Stream:
    name = {"avc1": "libx264", "hvc1": "libx265"}[codec]
    context = av.CodecContext.create(name, "w")
    context.width = context.height = SIDE
    context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
    context.flags |= av.codec.context.Flags.global_header
    context.thread_count = 1
    common = f"bframes=2:keyint=6:min-keyint=6:scenecut=0:b-adapt=0:qp={qp}"
    if codec == "avc1":
        context.options = {"preset": "veryfast", "x264-params": f"{common}:log-level=none"}
    else:
        context.options = {"preset": "ultrafast", "x265-params": f"{common}:log-level=none:pools=1:frame-threads=1"}
    packets = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(picture(first + number), format="gray").reformat(format="yuv420p")
        frame.pts = number
        packets += context.encode(frame)
    packets += context.encode(None)
    found = tuple(Packet(bytes(p), p.pts, p.dts, p.is_keyframe) for p in packets)
    assert any(p.pts != p.dts for p in found), "no reordering: nothing is proved"
    return Stream(codec, bytes(context.extradata), found)


def length_prefixed(data: bytes) -> bytes:
    """An Annex B packet with a 4-byte length in front of each unit instead of start codes."""
    units = [unit.rstrip(b"\0") for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


@dataclass(frozen=True)
class SoundStream:
    """AAC packets of 1024 frames; the first begins ``priming`` frames before the sound."""

    config: bytes
    packets: tuple[bytes, ...]
    priming: int

    def format(self, priming: int = 0) -> FormatDescription:
        return FormatDescription(
            media_type=MediaType.AUDIO,
            media_subtype="mp4a",
            sample_rate=RATE,
            channels=1,
            frames_per_packet=1024,
            codec_config=self.config,
            priming=priming,
        )


@cache
def sound_stream(frames: int = 10240) -> SoundStream:
    context = av.CodecContext.create("aac", "w")
    context.sample_rate, context.layout, context.format = RATE, "mono", "fltp"
    context.time_base = Fraction(1, RATE)
    context.flags |= av.codec.context.Flags.global_header
    context.open()
    wave = np.sin(np.arange(frames) * (2 * np.pi * 440 / RATE)).astype(np.float32)
    packets = []
    for start in range(0, frames, 1024):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, start
        packets += context.encode(frame)
    packets += context.encode(None)
    return SoundStream(bytes(context.extradata), tuple(bytes(p) for p in packets), -packets[0].pts)


# Readers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """One picture as FFmpeg shows it: seconds of the film, and the number in it."""

    at: Fraction
    number: int


def shown(path: Any, track: int = 0) -> list[Shown]:
    """The pictures of a video track in the order they are shown, with edit lists honoured."""
    with av.open(path) as container:
        video = container.streams.video[track]
        video.thread_type = "NONE"
        found = []
        for frame in container.decode(video):
            assert frame.pts is not None
            assert video.time_base is not None
            found.append(Shown(frame.pts * video.time_base, number_of(frame.to_ndarray(format="gray"))))
        return found


def timings(path: Any, track: int = 0) -> list[tuple[Fraction, Fraction]]:
    """When each picture is shown and for how long, by FFmpeg's demuxer, in the order they are shown."""
    with av.open(path) as container:
        video = container.streams.video[track]
        base = video.time_base
        assert base is not None
        return sorted(
            (packet.pts * base, packet.duration * base)
            for packet in container.demux(video)
            if packet.size and packet.pts is not None and packet.duration is not None
        )


def heard(path: Any, track: int = 0) -> tuple[Array, Fraction]:
    """Decoded sound as frames × channels, and the second of the film at which it begins."""
    with av.open(path) as container:
        audio = container.streams.audio[track]
        base = audio.time_base
        assert base is not None
        frames = list(container.decode(audio))
        first = frames[0].pts
        assert first is not None
        parts = []
        for frame in frames:
            values = frame.to_ndarray()
            channels = len(audio.layout.channels)
            values = values.T if frame.format.is_planar else values.reshape(-1, channels)
            parts.append(values.astype(np.float64) / (32768 if values.dtype == np.int16 else 1))
        return np.concatenate(parts), first * base


def tracks(path: Any) -> list[reading.Atom]:
    """The ``trak`` boxes of a movie."""
    return reading.movie(content(path)).all("trak")


def content(target: Any) -> bytes:
    return Path(target).read_bytes() if isinstance(target, (str, os.PathLike)) else bytes(target.getvalue())


def samples(path: Any, track: int = 0) -> list[dict[str, Any]]:
    data = content(path)
    return reading.samples(reading.movie(data).all("trak")[track], data)


def edits(path: Any, track: int = 0) -> list[tuple[int, int]]:
    return reading.edits(tracks(path)[track])


def media_scale(path: Any, track: int = 0) -> int:
    head = tracks(path)[track].one("mdia", "mdhd")
    return int(head.numbers("I", 20 if head.version else 12)[0])


def movie_scale(path: Any) -> int:
    head = reading.movie(content(path)).one("mvhd")
    return int(head.numbers("I", 20 if head.version else 12)[0])


# What is left over ----------------------------------------------------------------------------------------------------


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def threads() -> int:
    """Threads of this process, encoders' own included where the system tells."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def descriptors() -> int:
    folder = Path("/proc/self/fd")
    tracker = sys.modules.get("multiprocessing.resource_tracker")  # stays until the interpreter ends
    others = tracker is not None and tracker._resource_tracker._fd is not None
    return len(list(folder.iterdir())) - others if folder.is_dir() else 0


@contextmanager
def nothing_left(folder: Path, but: Sequence[str] = ()) -> Iterator[None]:
    """No thread, descriptor or file more afterwards than before; files named in ``but`` excepted."""
    gc.collect()
    before = threads(), descriptors(), left(folder)
    yield
    wait_until(lambda: threads() <= before[0], "threads are left")
    assert descriptors() <= before[1]
    assert [name for name in left(folder) if name not in but] == [name for name in before[2] if name not in but]


def wait_until(condition: Callable[[], bool], otherwise: str, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, otherwise
        time.sleep(0.002)


class Background:
    """A call in a thread of its own; ``result`` waits for it and raises what it raised."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.outcome: Any = None
        self.error: BaseException | None = None
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.outcome = self._call()
        except BaseException as error:
            self.error = error

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def result(self, seconds: float = 10) -> Any:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "it hangs"
        if self.error is not None:
            raise self.error
        return self.outcome
