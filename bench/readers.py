"""What is timed of reading, ours and our peers', each as somebody would write it who knows the library.

A reader does its work and returns a function that tells what it found, which is asked for and compared beforehand and
does not count. Readers run in processes of their own; some of them only start a program and wait for it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.program_writers import programs

__all__ = ["Answer", "have", "mp4box"]

_ROOT = Path(__file__).parents[1]
_MODULES = _ROOT / "tests" / "interop" / "node_modules"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader found.

    Attributes:
        tell: says it, in plain values. seconds: measured by the program itself, where it is to count instead of ours.
        held: what must stay alive until the clock stands still.
    """

    tell: Callable[[], Any]
    seconds: float | None = None
    held: Any = field(default=None, repr=False)


def have(name: str) -> str:
    """Why a peer cannot take part; empty when it can."""
    if name.startswith("MP4Box.js"):
        if not shutil.which("node"):
            return "node is not installed"
        return "" if (_MODULES / "mp4box").is_dir() else "make test has not fetched tests/interop/node_modules yet"
    if name.startswith("ffprobe"):
        return "" if shutil.which("ffprobe") else "ffprobe is not installed"
    return ""


def _run(command: Sequence[str], **more: Any) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **more).stdout


# ---------------------------------------------------------------------------------------------------- opening


def open_ours(path: str) -> Answer:
    """Duration, kinds, formats, sizes and rates, from a new asset."""
    from reelwright import Asset

    asset = Asset(path)
    found = []
    for track in asset.tracks:
        format = track.format_descriptions[0]
        width, height = map(int, track.natural_size)
        found.append((format.media_subtype, width, height, format.sample_rate, float(track.nominal_frame_rate)))
    seconds = asset.duration.seconds
    asset.close()
    return Answer(lambda: {"seconds": seconds, "tracks": found})


def open_ours_but_rates(path: str) -> Answer:
    from reelwright import Asset

    asset = Asset(path)
    found = []
    for track in asset.tracks:
        format = track.format_descriptions[0]
        width, height = map(int, track.natural_size)
        found.append((format.media_subtype, width, height, format.sample_rate, None))
    seconds = asset.duration.seconds
    asset.close()
    return Answer(lambda: {"seconds": seconds, "tracks": found})


def open_pyav(path: str) -> Answer:
    import av

    found = []
    with av.open(path) as film:
        for stream in film.streams:
            context, is_video = stream.codec_context, stream.type == "video"
            size = (context.width, context.height) if is_video else (0, 0)
            rate = float(stream.average_rate or 0) if is_video else 0.0
            found.append((context.name, *size, 0 if is_video else context.sample_rate, rate))
        seconds = (film.duration or 0) / 1e6
    return Answer(lambda: {"seconds": seconds, "tracks": found})


def open_ffprobe(path: str) -> Answer:
    said = _run(["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path])
    return Answer(lambda: _told_by_ffprobe(json.loads(said)))


def _told_by_ffprobe(said: Any) -> Any:
    found = []
    for stream in said["streams"]:
        above, below = map(int, stream["avg_frame_rate"].split("/"))
        numbers = (int(stream.get(key, 0)) for key in ("width", "height", "sample_rate"))
        found.append((stream["codec_name"], *numbers, above / below if below else 0.0))
    return {"seconds": float(said["format"]["duration"]), "tracks": found}


def mp4box(mode: str, path: str) -> Any:
    """What ``mp4box.cjs`` says."""
    environment = os.environ | {"NODE_PATH": str(_MODULES)}
    return json.loads(_run(["node", str(_ROOT / "bench" / "mp4box.cjs"), mode, path], env=environment))


def open_mp4box(path: str) -> Answer:
    said = mp4box("open", path)
    return Answer(lambda: _told_by_mp4box(said), said["seconds"])


def open_mp4box_process(path: str) -> Answer:
    said = mp4box("open", path)
    return Answer(lambda: _told_by_mp4box(said))


def _told_by_mp4box(said: Any) -> Any:
    found = [(track["codec"], track["width"], track["height"], track["rate"], None) for track in said["tracks"]]
    return {"seconds": max(track["seconds"] for track in said["tracks"]), "tracks": found}


def process_ours(path: str) -> Answer:
    return _python(f"from bench.readers import open_ours; print(open_ours({path!r}).tell())")


def process_ours_but_rates(path: str) -> Answer:
    return _python(f"from bench.readers import open_ours_but_rates; print(open_ours_but_rates({path!r}).tell())")


def process_pyav(path: str) -> Answer:
    return _python(f"from bench.readers import open_pyav; print(open_pyav({path!r}).tell())")


def _python(program: str) -> Answer:
    said = _run([sys.executable, "-c", program], cwd=_ROOT)
    return Answer(lambda: eval(said.decode()))  # what we printed ourselves


# ---------------------------------------------------------------------------------------------------- complete tables


def tables_ours(path: str) -> Answer:
    """All columns of all tracks, presentation times included."""
    from reelwright import Asset

    asset = Asset(path)
    indexes = [track.sample_index for track in asset.tracks]
    for index in indexes:
        _ = index.presentation

    def tell() -> Any:
        return [
            {
                "samples": len(index),
                "offsets": int(index.offsets.sum()),
                "sizes": int(index.sizes.sum()),
                "composition": float((index.presentation - index.decode).sum() / index.time_scale),
                "sync": len(index) if index.sync is None else int(index.sync.sum()),
            }
            for index in indexes
        ]

    return Answer(tell, held=asset)


def tables_pyav(path: str) -> Answer:
    """Every packet, without decoding, its facts put into one list for each stream."""
    import av

    with av.open(path) as film:
        rows: list[list[Any]] = [[] for _ in film.streams]
        bases = [stream.time_base for stream in film.streams]
        for packet in film.demux():
            if packet.dts is not None:
                rows[packet.stream_index].append((packet.pos, packet.size, packet.dts, packet.pts, packet.is_keyframe))
    return Answer(lambda: [_sums(found, base) for found, base in zip(rows, bases, strict=True)])


def _sums(rows: list[Any], base: Any) -> Any:
    return {
        "samples": len(rows),
        "offsets": sum(row[0] for row in rows),
        "sizes": sum(row[1] for row in rows),
        "composition": float(sum(row[3] - row[2] for row in rows) * base),
        "sync": sum(row[4] for row in rows),
    }


def tables_ffprobe(path: str) -> Answer:
    """All packets as lines of text, read to their end; making numbers of them does not count."""
    entries = "packet=stream_index,pts,dts,size,pos,flags:stream=time_base"
    said = _run(["ffprobe", "-v", "error", "-show_entries", entries, "-of", "csv", path])

    def tell() -> Any:
        rows: dict[int, list[Any]] = {}
        bases = []
        from fractions import Fraction

        for line in io.TextIOWrapper(io.BytesIO(said)):
            kind, *words = line.strip().split(",")
            if kind == "packet":
                number, pts, dts, size, pos = map(int, words[:5])
                rows.setdefault(number, []).append((pos, size, dts, pts, words[5].startswith("K")))
            elif kind == "stream":
                bases.append(Fraction(words[0]))
        return [_sums(rows[number], base) for number, base in enumerate(bases)]

    return Answer(tell)


def tables_mp4box(path: str) -> Answer:
    said = mp4box("tables", path)
    scales = (15360, 48000)

    def tell() -> Any:
        return [
            {**sums, "composition": sums["composition"] / scale}
            for sums, scale in zip(said["sums"], scales, strict=True)
        ]

    return Answer(tell, said["seconds"])


def tables_mp4box_process(path: str) -> Answer:
    answer = tables_mp4box(path)
    return Answer(answer.tell)


# ---------------------------------------------------------------------------------------------------- decoding


def decode_ours(path: str) -> Answer:
    """Pictures as they are decoded, delivered to the caller's loop, which looks at one pixel of each."""
    return _decode_ours(path, {})


def decode_ours_rgb(path: str) -> Answer:
    from reelwright import PixelFormat

    return _decode_ours(path, PixelFormat.RGB24)


def _decode_ours(path: str, settings: Any) -> Answer:
    from reelwright import Asset, AssetReader, AssetReaderTrackOutput, MediaType

    count = seen = 0
    with Asset(path) as asset, AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(asset.tracks_with_media_type(MediaType.VIDEO)[0], settings)
        reader.add(output)
        reader.start_reading()
        for buffer in output:
            seen += int(buffer.image.planes[0][20, 30].sum())
            count += 1
    return Answer(lambda: {"pictures": count, "seen": seen})


def decode_pyav(path: str) -> Answer:
    """PyAV's loop as its documentation begins: threads within pictures only."""
    return _decode_pyav(path, "")


def decode_pyav_auto(path: str) -> Answer:
    return _decode_pyav(path, "AUTO")


def _decode_pyav(path: str, threads: str) -> Answer:
    import av

    count = seen = 0
    with av.open(path) as film:
        stream = film.streams.video[0]
        if threads:
            stream.thread_type = threads
        for frame in film.decode(stream):
            plane = frame.planes[0]
            seen += memoryview(plane)[20 * plane.line_size + 30]
            count += 1
    return Answer(lambda: {"pictures": count, "seen": seen})


def decode_pyav_rgb(path: str) -> Answer:
    import av

    count = seen = 0
    with av.open(path) as film:
        stream = film.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in film.decode(stream):
            seen += int(frame.to_ndarray(format="rgb24")[20, 30].sum())
            count += 1
    return Answer(lambda: {"pictures": count, "seen": seen})


def decode_system(path: str) -> Answer:
    return _decode_program("ffmpeg of the system", path)


def decode_imageio(path: str) -> Answer:
    return _decode_program("ffmpeg of imageio-ffmpeg", path)


def _decode_program(name: str, path: str) -> Answer:
    command = [programs()[name], "-nostdin", "-hide_banner", "-i", path, "-map", "0:v:0", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return Answer(lambda: {"pictures": int(said.rsplit("frame=", 1)[1].split()[0]), "seen": None})


def decode_imageio_rgb(path: str) -> Answer:
    """imageio-ffmpeg's reader: RGB24 through a pipe, an array of each picture's bytes."""
    import imageio_ffmpeg
    import numpy as np

    reader = imageio_ffmpeg.read_frames(path, pix_fmt="rgb24")
    width, height = next(reader)["size"]
    count = seen = 0
    for data in reader:
        seen += int(np.frombuffer(data, np.uint8).reshape(height, width, 3)[20, 30].sum())
        count += 1
    return Answer(lambda: {"pictures": count, "seen": seen})


def decode_opencv(path: str) -> Answer:
    """OpenCV's: BGR, the only thing it delivers."""
    import cv2

    film = cv2.VideoCapture(path)
    count = seen = 0
    while True:
        there, picture = film.read()
        if not there:
            break
        seen += int(picture[20, 30].sum())
        count += 1
    film.release()
    return Answer(lambda: {"pictures": count, "seen": seen})
