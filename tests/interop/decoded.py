"""Pictures and sound as an ``ffmpeg`` program decodes them: planes as stored, and samples on the movie's own time line.

Nothing is converted on the way: pictures keep the pixel format, range and crop of the bitstream, and sound is put where
its presentation times say: edit lists and priming are honoured, and a sample's index is its time by the rate.
"""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tests.interop.tools import Film, JudgeError, ffmpeg, run

Array = npt.NDArray[Any]


class Plane(NamedTuple):
    """How a plane differs from the picture: values to a pixel, and how often width and height are halved."""

    values: int = 1
    narrower: int = 0
    shorter: int = 0


_CHROMA = {"420": Plane(1, 1, 1), "422": Plane(1, 1, 0), "444": Plane(1, 0, 0)}

# Pixel format -> (type of a value, planes).
LAYOUTS: dict[str, tuple[str, tuple[Plane, ...]]] = {
    "gray": ("u1", (Plane(),)),
    "gray10le": ("<u2", (Plane(),)),
    "gray16le": ("<u2", (Plane(),)),
    "rgb24": ("u1", (Plane(3),)),
    "bgr24": ("u1", (Plane(3),)),
    "rgba": ("u1", (Plane(4),)),
    "bgra": ("u1", (Plane(4),)),
    "argb": ("u1", (Plane(4),)),
    "rgb48le": ("<u2", (Plane(3),)),
    "rgba64le": ("<u2", (Plane(4),)),
    "gbrp": ("u1", (Plane(), Plane(), Plane())),
    "gbrp10le": ("<u2", (Plane(), Plane(), Plane())),
    "nv12": ("u1", (Plane(), Plane(2, 1, 1))),
    "p010le": ("<u2", (Plane(), Plane(2, 1, 1))),
}
for _ratio, _plane in _CHROMA.items():
    LAYOUTS[f"yuv{_ratio}p"] = LAYOUTS[f"yuvj{_ratio}p"] = ("u1", (Plane(), _plane, _plane))
    LAYOUTS[f"yuv{_ratio}p10le"] = LAYOUTS[f"yuv{_ratio}p12le"] = ("<u2", (Plane(), _plane, _plane))
    LAYOUTS[f"yuva{_ratio}p"] = ("u1", (Plane(), _plane, _plane, Plane()))
    LAYOUTS[f"yuva{_ratio}p10le"] = LAYOUTS[f"yuva{_ratio}p12le"] = ("<u2", (Plane(), _plane, _plane, Plane()))


class Video(NamedTuple):
    """Decoded pictures: ``frames[n][p]`` is plane ``p`` (rows, columns[, values]) of the ``n``-th picture shown."""

    pix_fmt: str
    width: int
    height: int
    frames: list[tuple[Array, ...]]


class Sound(NamedTuple):
    """Decoded sound: ``samples[n, c]`` is what channel ``c`` plays at ``n / rate`` seconds of the movie."""

    samples: Array
    rate: int


def ffmpeg_raw_video(path: Film, pix_fmt: str | None = None, *, build: str = "system") -> Video:
    """The first video track's pictures as stored (or converted by FFmpeg to ``pix_fmt``), in order of time.

    Neither the track's rotation nor its clean aperture is applied. Raises ``JudgeError`` when anything fails to decode.
    """
    crop = ["-apply_cropping", "codec"] if build == "wheel" else []  # Older builds know no other cropping.
    into = ["-pix_fmt", pix_fmt] if pix_fmt else []
    command = ["-v", "level+info", "-nostdin", "-noautorotate", *crop, "-i", os.fspath(path), "-map", "0:v:0"]
    times = ["-fps_mode", "passthrough", "-enc_time_base", "1:1000000"]  # Any times of pictures come through.
    answer = run(ffmpeg(build), *command, *times, *into, "-f", "rawvideo", "pipe:1")
    _refuse_errors(answer.status, answer.err, path)
    match = re.search(r"Video: rawvideo.*?, (\w+)(?:\([^)]*\))?, (\d+)x(\d+)", answer.err.partition("Output #0")[2])
    if match is None:
        raise JudgeError(f"ffmpeg does not say what it wrote: {answer.err[-800:]}")
    name, width, height = match[1], int(match[2]), int(match[3])
    return Video(name, width, height, _split(answer.out, name, width, height))


def _split(raw: bytes, pix_fmt: str, width: int, height: int) -> list[tuple[Array, ...]]:
    if pix_fmt not in LAYOUTS:
        raise JudgeError(f"the planes of {pix_fmt} are not known here; add them to LAYOUTS")
    dtype, planes = LAYOUTS[pix_fmt]
    shapes = [(-(-height >> plane.shorter), -(-width >> plane.narrower), plane.values) for plane in planes]
    # A shift of a negative number rounds down: so -(-n >> 1) is n / 2, rounded up.
    sizes = [rows * columns * values for rows, columns, values in shapes]
    values = np.frombuffer(raw, dtype)
    if values.size % sum(sizes):
        raise JudgeError(f"{len(raw)} bytes are no whole number of {width}x{height} {pix_fmt} pictures")
    frames = []
    for picture in values.reshape(-1, sum(sizes)):
        parts = np.split(picture, np.cumsum(sizes)[:-1])
        frames.append(tuple(_shaped(part, shape) for part, shape in zip(parts, shapes, strict=True)))
    return frames


def _shaped(part: Array, shape: tuple[int, int, int]) -> Array:
    return part.reshape(shape[:2] if shape[2] == 1 else shape)


_PCM = {"u8": "u1", "s16le": "<i2", "s32le": "<i4", "f32le": "<f4", "f64le": "<f8"}


def ffmpeg_pcm(path: Film, fmt: str = "f32le", *, track: int = 0, build: str = "system") -> Sound:
    """One audio track from the movie's time zero on: silence where no sample is presented, nothing from before zero.

    The end of an edit is honoured to the sample by the ``wheel``'s build only; older ones play the last packet out.
    ``fmt`` is one of u8, s16le, s32le, f32le, f64le. Raises ``JudgeError`` when anything fails to decode or overlaps.
    """
    # With several threads the newer build loses packets of FLAC and ALAC behind an edit's beginning.
    source = ["-threads", "1", "-i", os.fspath(path), "-map", f"0:a:{track}"]
    command = ["-v", "level+info", "-nostdin", "-copyts", *source]
    answer = run(ffmpeg(build), *command, "-af", "ashowinfo", "-c:a", f"pcm_{fmt}", "-f", fmt, "pipe:1")
    _refuse_errors(answer.status, answer.err, path)
    pattern = r"ashowinfo.*? pts:(-?\d+) .*?channels:(\d+) .*?rate:(\d+) nb_samples:(\d+)"
    blocks = [tuple(int(part) for part in found) for found in re.findall(pattern, answer.err)]
    if not blocks:
        raise JudgeError(f"no sound came out of track {track} of {os.fspath(path)}")
    _, channels, rate, _ = blocks[0]
    flat = np.frombuffer(answer.out, _PCM[fmt]).reshape(-1, channels)
    return Sound(_on_time_line(flat, [(pts, count) for pts, _, _, count in blocks]), rate)


def _on_time_line(flat: Array, blocks: list[tuple[int, int]]) -> Array:
    """Put blocks of samples where their times say."""
    line = np.zeros((max(pts + count for pts, count in blocks), flat.shape[1]), flat.dtype)
    done, end = 0, None
    for pts, count in blocks:
        if end is not None and pts < end:
            raise JudgeError(f"sound overlaps: a block begins at sample {pts}, the one before ends at {end}")
        kept = flat[done + max(0, -pts) : done + count]
        line[max(0, pts) : max(0, pts) + len(kept)] = kept
        done, end = done + count, pts + count
    if done != len(flat):
        raise JudgeError(f"{len(flat)} samples were decoded, {done} have a time")
    return line


def _refuse_errors(status: int, err: str, path: Film) -> None:
    bad = [line for line in err.splitlines() if "[error]" in line or "[fatal]" in line]
    if status or bad:
        raise JudgeError(f"ffmpeg could not decode {os.fspath(path)} (status {status}): {bad or err[-800:]}")
