"""``python -m bench.fragments``: what it costs that a film outlives its writer, and how long it takes to seal it.

A long recording of stored pictures is written in fragments and sealed; the seconds count from the moment at which the
disk has its last fragment. Beside it stand a plain remux by FFmpeg and one with ``-movflags +faststart``, as a recorder
needs them that leaves a film in fragments. Then the same films are written plainly, in fragments, with a journal and in
segments, in turns within one process, so that what others do to the machine meets them all.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.figures import table
from bench.header_first import photographs
from bench.machine import describe
from bench.scene import order, scene
from reelwright import (
    AssetWriter,
    AssetWriterInput,
    AudioFormat,
    AudioSettings,
    FormatDescription,
    MediaType,
    SampleBuffer,
    SampleTiming,
    Time,
    VideoCodec,
    VideoSettings,
)
from reelwright.containers.fragmented import FragmentStep
from reelwright.storage import platform
from reelwright.writing.fragments import Heads

__all__ = ["KINDS", "Sealing", "main", "overhead", "overhead_report", "sealing", "sealing_report"]

KINDS = ("plain", "fragments", "journal", "segments")
_RATE = 30
_SOUND_RATE = 48000
_INTERVAL = 2  # seconds of a fragment or segment
_SEAL = 16
_PIECE = 1 << 20


# Sealing --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sealing:
    """How a recording in fragments became an ordinary film.

    Attributes:
        closed, safe: seconds from the last fragment's being on the disk until the file was closed, and until all of it
            was on the disk. media: bytes that lay there before. written: bytes that were written afterwards.
        untouched: whether all of these went behind the media, but for sixteen; and the media reads as before.
    """

    closed: float
    safe: float
    media: int
    written: int
    untouched: bool


class _Watched:
    """A writer of fragments, looked at from the moment at which the disk has the last one."""

    def __init__(self) -> None:
        self.is_finishing = False
        self.since: float | None = None
        self.media = 0
        self.spent = 0.0  # seconds of looking
        self.before = ""
        self.writes: list[tuple[int, int]] = []

    @contextmanager
    def watching(self, path: Path) -> Iterator[None]:
        at_step, write_at = Heads.at_step, platform.write_at

        def stepped(heads: Heads, step: FragmentStep) -> None:
            at_step(heads, step)
            if self.is_finishing and step is FragmentStep.FRAGMENT:
                heads.drain()
                self.media = heads.size
                self.before = _digest(path, self.media)
                self.since = time.perf_counter()

        def written(file: io.FileIO, offset: int, views: Sequence[memoryview]) -> None:
            if self.since is not None:
                self.writes.append((offset, sum(view.nbytes for view in views)))
            write_at(file, offset, views)

        with patch.object(Heads, "at_step", stepped), patch.object(platform, "write_at", written):
            yield


def sealing(folder: Path, size: int) -> Sealing:
    """Record about so many bytes into ``film.mov`` and seal them.

    Raises:
        RuntimeError: the film was not sealed.
    """
    path, watched = folder / "film.mov", _Watched()
    path.unlink(missing_ok=True)
    with watched.watching(path):
        writer = _recorded(path, size)
        watched.is_finishing = True
        report = writer.finish_writing()
        closed = time.perf_counter()
    _sync(path)
    safe = time.perf_counter()
    if watched.since is None or report.header_method != "last":
        raise RuntimeError(f"the film was not sealed: {report.header_method!r}.")
    begun = [(offset, length) for offset, length in watched.writes if offset < watched.media]
    untouched = [length for _, length in begun] == [_SEAL] and _digest(path, watched.media) == watched.before
    written = sum(length for _, length in watched.writes)
    return Sealing(closed - watched.since, safe - watched.since, watched.media, written, untouched)


def _recorded(path: Path, size: int) -> AssetWriter:
    pictures = list(photographs())
    format = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=256, height=256)
    count = max(_RATE, size * len(pictures) // sum(map(len, pictures)))
    video = AssetWriterInput(MediaType.VIDEO, None, format)
    writer = AssetWriter(path)
    writer.add(video)
    writer.movie_fragment_interval = _INTERVAL
    writer.start_writing()
    writer.start_session(0)
    for number in range(count):
        timing = SampleTiming(Time(number, _RATE), Time(1, _RATE))
        video.append(SampleBuffer(pictures[number % len(pictures)], format, timings=[timing]))
    return writer


def _digest(path: Path, length: int) -> str:
    """Of all bytes up to ``length``, but for those that seal a film."""
    found = hashlib.blake2b()
    with open(path, "rb") as file:
        start = int.from_bytes(file.read(4), "big") + _SEAL
        file.seek(start)
        for at in range(start, length, _PIECE):
            found.update(file.read(min(_PIECE, length - at)))
    return found.hexdigest()


def remuxed(folder: Path, *options: str) -> tuple[float, float]:
    """Seconds that FFmpeg takes for another file of the same, closed and on the disk.

    Raises:
        RuntimeError: it holds other samples.
    """
    source, target = folder / "film.mov", folder / "other.mov"
    target.unlink(missing_ok=True)
    began = time.perf_counter()
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(source), "-c", "copy", *options, str(target)], check=True)
    closed = time.perf_counter() - began
    _sync(target)
    safe = time.perf_counter() - began
    if _samples(source) != _samples(target):
        raise RuntimeError(f"{target} does not hold what {source} holds.")
    return closed, safe


def _samples(path: Path) -> str:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-c", "copy", "-f", "streamhash", "-hash", "md5", "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def sealing_report(found: Sequence[Sealing], others: dict[str, list[tuple[float, float]]]) -> str:
    """The table, with a line on the media."""
    rows = [["sealed in place", *_spread([[each.closed, each.safe] for each in found])]]
    rows += [[name, *_spread(times)] for name, times in others.items()]
    last = found[-1]
    said = "untouched" if all(each.untouched for each in found) else "CHANGED"
    words = f"{last.media:,} bytes lay on the disk and are {said}; {last.written:,} bytes were written to seal them."
    return f"{table(['seconds', 'file closed', 'all on the disk'], rows)}\n\n{words}"


def _spread(times: Sequence[Sequence[float]]) -> list[str]:
    return [f"{median(few):.3f} ({min(few):.3f}…{max(few):.3f})" for few in zip(*times, strict=True)]


# Overhead -------------------------------------------------------------------------------------------------------------

Fill = Callable[[list[AssetWriterInput]], None]


@dataclass(frozen=True, slots=True)
class _Load:
    """A film to be written: ``inputs`` makes its inputs, ``fill`` appends to them."""

    inputs: Callable[[], list[AssetWriterInput]]
    fill: Fill


def encoded_load(seconds: int, pictures: Sequence[Any]) -> _Load:
    """320×240 H.264, ultrafast, with stereo sound."""
    height, width = pictures[0].shape[:2]
    settings = VideoSettings(VideoCodec.H264, width, height, encoder_options={"preset": "ultrafast"})
    noise = np.random.default_rng(0).normal(0, 0.1, (_SOUND_RATE, 2)).astype(np.float32)

    def inputs() -> list[AssetWriterInput]:
        sound = AudioSettings(AudioFormat.AAC, _SOUND_RATE, 2)
        return [AssetWriterInput(MediaType.VIDEO, settings), AssetWriterInput(MediaType.AUDIO, sound)]

    def fill(made: list[AssetWriterInput]) -> None:
        video, audio = made
        for number, picture in enumerate(order(seconds * _RATE, len(pictures))):
            if number % _RATE == 0:
                audio.append(SampleBuffer.from_audio(noise, _SOUND_RATE, number // _RATE))
            video.append(pictures[picture], Time(number, _RATE))

    return _Load(inputs, fill)


def stored_load(size: int, pictures: Sequence[Any]) -> _Load:
    """Packets of H.264, all of them key frames, until they are about so many bytes."""
    packets, format = _packets(pictures)
    count = max(_RATE, size * len(packets) // sum(map(len, packets)))

    def fill(made: list[AssetWriterInput]) -> None:
        for number in range(count):
            timing = SampleTiming(Time(number, _RATE), Time(1, _RATE))
            made[0].append(SampleBuffer(packets[number % len(packets)], format, timings=[timing]))

    return _Load(lambda: [AssetWriterInput(MediaType.VIDEO, None, format)], fill)


def _packets(pictures: Sequence[Any]) -> tuple[list[bytes], FormatDescription]:
    import av

    height, width = pictures[0].shape[:2]
    context: Any = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.flags = Fraction(1, _RATE), int(av.codec.context.Flags.global_header)
    context.options = {"preset": "ultrafast", "qp": "12", "g": "1", "x264-params": "log-level=none"}
    found = []
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        found += [bytes(packet) for packet in context.encode(frame)]
    found += [bytes(packet) for packet in context.encode(None)]
    config = bytes(context.extradata)
    return found, FormatDescription(
        media_type=MediaType.VIDEO, media_subtype="avc1", width=width, height=height, codec_config=config
    )


def write(kind: str, load: _Load, folder: Path) -> tuple[float, float]:
    """Seconds of the clock and of processors that a film takes, until its file is closed."""
    path = folder / "film.mp4"
    path.unlink(missing_ok=True)
    gc.collect()
    os.sync()  # nobody waits for what others left behind
    began, worked = time.perf_counter(), time.process_time()
    writer = AssetWriter.for_segments() if kind == "segments" else AssetWriter(path)
    inputs = load.inputs()
    for input in inputs:
        writer.add(input)
    writer.keeps_journal = True if kind == "journal" else None if kind == "segments" else False
    if kind == "fragments":
        writer.movie_fragment_interval = _INTERVAL
    if kind == "segments":
        writer.preferred_output_segment_interval = _INTERVAL
        writer.initial_segment_start_time = 0
    writer.start_writing()
    writer.start_session(0)
    taker = threading.Thread(target=_take, args=(writer, path))
    if kind == "segments":
        taker.start()
    load.fill(inputs)
    writer.finish_writing()
    if kind == "segments":
        taker.join()
    return time.perf_counter() - began, time.process_time() - worked


def _take(writer: AssetWriter, path: Path) -> None:
    """Segments one behind the other, in a file."""
    with open(path, "xb") as file:
        for segment in writer.segments():
            file.write(segment.data)


def overhead(load: _Load, folder: Path, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Timings of all kinds, by turns; the first round warms up and does not count."""
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for number in range(rounds + 1):
        turns = KINDS if number % 2 else KINDS[::-1]
        for kind in turns:
            timing = write(kind, load, folder)
            print(f"round {number}, {kind}: {timing[0]:.3f} s, {timing[1]:.3f} s of processors", file=sys.stderr)
            if number:
                found[kind].append(timing)
    return found


def overhead_report(loads: dict[str, dict[str, list[tuple[float, float]]]]) -> str:
    """Times of each kind over those of the plain film of the same round."""
    rows = []
    for name, found in loads.items():
        for kind in KINDS[1:]:
            ratios = [
                [theirs / plain for theirs, plain in zip(each, base, strict=True)]
                for each, base in zip(found[kind], found["plain"], strict=True)
            ]
            rows.append([f"{name}: {kind}", *_spread(ratios)])
    return table(["times a plain film's", "clock", "processors"], rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fragments", description=__doc__.split("\n\n")[1])
    parser.add_argument("--megabytes", type=int, default=2048, help="size of the recording that is sealed")
    parser.add_argument("--stored", type=int, default=256, help="megabytes of stored samples to compare with")
    parser.add_argument("--seconds", type=int, default=60, help="length of the encoded film to compare with")
    parser.add_argument("--rounds", type=int, default=7, help="how often films are written; three of them are sealed")
    parser.add_argument("--directory", help="where the films are: twice the recording's size is needed")
    given = parser.parse_args(arguments)
    print("\n".join(f"{name}: {value}" for name, value in describe().items()), file=sys.stderr)
    pictures = list(scene(60, 320, 240))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.directory) as name:
        folder = Path(name)
        seals, others = _sealed(folder, given.megabytes << 20, min(3, given.rounds))
        loads = {
            f"{given.seconds} s encoded": encoded_load(given.seconds, pictures),
            f"{given.stored} MiB stored": stored_load(given.stored << 20, pictures),
        }
        found = {name: overhead(load, folder, given.rounds) for name, load in loads.items()}
    print(f"A recording of {given.megabytes} MiB, medians (least…most)\n\n{sealing_report(seals, others)}\n")
    print(f"Medians of {given.rounds} rounds (least…most)\n\n{overhead_report(found)}")
    return 0


def _sealed(folder: Path, size: int, rounds: int) -> tuple[list[Sealing], dict[str, list[tuple[float, float]]]]:
    seals: list[Sealing] = []
    others: dict[str, list[tuple[float, float]]] = {"ffmpeg -c copy": [], "ffmpeg +faststart": []}
    for number in range(rounds):
        seals.append(sealing(folder, size))
        print(f"round {number + 1}: {seals[-1]}", file=sys.stderr)
        for name, options in zip(others, ([], ["-movflags", "+faststart"]), strict=True):
            others[name].append(remuxed(folder, *options))
            print(f"round {number + 1}, {name}: {others[name][-1]}", file=sys.stderr)
    for path in folder.iterdir():
        path.unlink()
    return seals, others


if __name__ == "__main__":
    sys.exit(main())
