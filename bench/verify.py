"""Whether a file is what was asked for: counted, timed, decoded and compared, by programs that did not write it.

``inspect`` reads everything a judgement needs; ``faults`` says what is wrong. Later films of the same writer are the
same film as long as ``fingerprint`` says so, which costs next to nothing.
"""

from __future__ import annotations

import hashlib
import math
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt

__all__ = ["BT709", "UNTAGGED", "Film", "Wanted", "decoder", "faults", "fingerprint", "inspect"]

Array = npt.NDArray[Any]

BT709, UNTAGGED = (1, 1, 1), (2, 2, 2)
"""Codes of primaries, transfer function and matrix (H.273)."""

# How x264 and x265 mark the message they sign streams with, by FFmpeg's names of the encoders.
_SIGNS = {
    "libx264": bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef"),
    "libx265": bytes.fromhex("2ca2de09b51747dbbb55a4fe7fc2fc4e"),
}
# Options of x265 that say nothing about how it encodes: the processor's, and what is only noted in the stream.
_WORDS_ASIDE = ("cpuid", "log-level", "fps", "total-frames", "colorprim", "transfer", "colormatrix", "range")
_MATRICES = {1: "BT.709", 5: "BT.601", 6: "BT.601"}  # H.273 table 4
# What FFmpeg's scaler makes of RGB when nobody names a matrix; the PSNR would show it if it were another one.
_UNTOLD = "BT.601"
_WEIGHTS = {"BT.709": (0.2126, 0.0722), "BT.601": (0.299, 0.114)}  # of red and blue


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a film should be.

    Attributes:
        pictures: those it was made of, RGB of rows × columns × 3, uint8 or uint16. rate: frames a second; the first
            is shown at 0.
        settings: the encoder's words that must stand in the stream's own list (``{"crf": "23.0"}``).
        tags: codes of primaries, transfer function and matrix (H.273); None if any will do.
        encoder: FFmpeg's name of x264 or x265, which sign streams; "" for others. pixel_format: FFmpeg's name.
        samples: how many pictures are compared one by one.
    """

    pictures: Sequence[Array]
    rate: Fraction
    settings: dict[str, str]
    tags: tuple[int, int, int] | None
    encoder: str = "libx264"
    pixel_format: str = "yuv420p"
    samples: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What a file holds.

    Attributes:
        frames: pictures decoded. times: presentation times in seconds, in order. size: (width, height).
        pixel_format: of the stream. tags: codes of primaries, transfer function and matrix. matrix: what the pixels
            were inverted with. build, settings: x264's or x265's own words. complaints: what the decoder
            said. psnr: of sampled pictures against the source, RGB, in dB. bytes: of the file. fingerprint: of packets
            and times.
    """

    frames: int
    times: tuple[Fraction, ...]
    size: tuple[int, int]
    pixel_format: str
    tags: tuple[int, int, int]
    matrix: str
    build: str
    settings: dict[str, str]
    complaints: str
    psnr: float
    bytes: int
    fingerprint: str


def inspect(path: str, wanted: Wanted) -> Film:
    """Read a film, decode all of it, and compare some of its pictures with the source."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        packets = [packet for packet in container.demux(stream) if packet.size]
        times = tuple(sorted(Fraction(packet.pts) * packet.time_base for packet in packets))
        build, settings = _signature(
            bytes(context.extradata or b"") + bytes(packets[0]) if packets else b"", _SIGNS.get(wanted.encoder)
        )
        size, pixel_format = (context.width, context.height), context.pix_fmt
        tags = (int(context.color_primaries), int(context.color_trc), int(context.colorspace))
        total = container.size
    matrix = _MATRICES.get(tags[2], _UNTOLD)
    chosen = sorted({round(index) for index in np.linspace(0, len(wanted.pictures) - 1, wanted.samples)})
    sources = {index: wanted.pictures[index] for index in chosen}
    frames, complaints, errors = _decoded(path, size, matrix, wanted.pixel_format, sources)
    return Film(
        frames=frames,
        times=times,
        size=size,
        pixel_format=pixel_format or "",
        tags=tags,
        matrix=matrix,
        build=build,
        settings=settings,
        complaints=complaints,
        psnr=_decibels(errors),
        bytes=total,
        fingerprint=fingerprint(path),
    )


def faults(film: Film, wanted: Wanted) -> list[str]:
    """What is wrong with a film, in words; nothing if it is right."""
    found = []
    height, width = wanted.pictures[0].shape[:2]
    count = len(wanted.pictures)
    if film.size != (width, height):
        found.append(f"it is {film.size[0]}×{film.size[1]}, not {width}×{height}")
    if film.pixel_format != wanted.pixel_format:
        found.append(f"its pixel format is {film.pixel_format}, not {wanted.pixel_format}")
    if film.frames != count or len(film.times) != count:
        found.append(f"{count} pictures went in; {len(film.times)} are listed and {film.frames} decoded")
    late = [index for index, time in enumerate(film.times) if time != index / wanted.rate]
    if late:
        first = late[0]
        found.append(f"picture {first} is shown at {film.times[first]} s, not at {first / wanted.rate} s")
    if film.complaints:
        found.append(f"the decoder says: {film.complaints}")
    name_of_encoder = wanted.encoder.removeprefix("lib")
    if wanted.encoder and not film.build:
        found.append(f"{name_of_encoder} left no word in the stream about its build and settings")
    for name, value in wanted.settings.items():
        if film.build and film.settings.get(name) != value:
            found.append(f"{name_of_encoder} was set to {name}={film.settings.get(name)}, not {value}")
    if wanted.tags is not None and film.tags != wanted.tags:
        found.append(f"its colour tags are {film.tags}, not {wanted.tags}")
    return found


def fingerprint(path: str) -> str:
    """A digest of everything that is shown and when: packets, their times, and the parameter sets."""
    digest = hashlib.sha256()
    with av.open(path) as container:
        stream = container.streams.video[0]
        digest.update(bytes(stream.codec_context.extradata or b""))
        for packet in container.demux(stream):
            if packet.size:
                digest.update(str(packet.pts * packet.time_base).encode())
                digest.update(memoryview(packet))
    return digest.hexdigest()


def _signature(data: bytes, sign: bytes | None) -> tuple[str, dict[str, str]]:
    """Build and settings from the message x264 or x265 puts before the first picture."""
    begin = data.find(sign) if sign else -1
    if sign is None or begin < 0:
        return "", {}
    text = data[begin + len(sign) :].split(b"\0", 1)[0].decode("ascii", "ignore")
    build = re.match(r"x26[45] (?:- (core \d+[^-]*)|\((build \d+)\))", text)
    _, _, options = text.partition("options: ")
    pairs = (item.partition("=") for item in options.split())
    settings = dict(_option(*pair) for pair in pairs if pair[0].isprintable())
    settings = {name: value for name, value in settings.items() if name not in _WORDS_ASIDE}
    return (build[1] or build[2]).strip() if build else text[:40], settings


def _option(name: str, equals: str, value: str) -> tuple[str, str]:
    """x265 writes some options as ``wpp`` and ``no-wpp``."""
    return (name, value) if equals else (name.removeprefix("no-"), "0" if name.startswith("no-") else "1")


def decoder() -> str:
    """The program that decodes all films here."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def _decoded(
    path: str, size: tuple[int, int], matrix: str, pixel_format: str, sources: dict[int, Array]
) -> tuple[int, str, list[float]]:
    """How many pictures the decoder gives, what it complains about, and mean square errors of those with a source."""
    width, height = size
    command = [decoder(), "-v", "warning", "-xerror", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough"]
    command += ["-f", "rawvideo", "-pix_fmt", pixel_format, "-"]
    values = np.dtype("<u2" if "10" in pixel_format else "u1")
    length = (width * height + 2 * -(-width // 2) * -(-height // 2)) * values.itemsize
    errors: list[float] = []
    count = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=length) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while len(data := process.stdout.read(length)) == length:
            if count in sources:
                rgb = _inverted(np.frombuffer(data, values), size, matrix)
                source = sources[count] / (1 if sources[count].dtype.itemsize == 1 else np.float32(257))
                errors.append(float(np.mean((rgb - source) ** 2)))
            count += 1
        complaints = process.stderr.read().decode("utf-8", "replace").strip()
        if process.wait():
            complaints = complaints or f"exit code {process.returncode}"
    return count, complaints, errors


def _inverted(data: Array, size: tuple[int, int], matrix: str) -> Array:
    """4:2:0 of video range, of 8 bits or 10, as RGB, 0…255 (H.273, equations 38 to 50)."""
    width, height = size
    data = data.astype(np.float32) / (1 if data.dtype.itemsize == 1 else 4)
    rows, columns = -(-height // 2), -(-width // 2)
    luma = (data[: width * height].reshape(height, width) - 16) / 219
    chroma = data[width * height :].reshape(2, rows, columns)
    blue, red = ((_widened(plane) - 128)[:height, :width] / 224 for plane in chroma)
    of_red, of_blue = _WEIGHTS[matrix]
    r = luma + 2 * (1 - of_red) * red
    b = luma + 2 * (1 - of_blue) * blue
    g = (luma - of_red * r - of_blue * b) / (1 - of_red - of_blue)
    rgb: Array = np.clip(np.stack([r, g, b], -1) * 255, 0, 255)
    return rgb


def _widened(plane: Array) -> Array:
    """Chroma for every pixel: values lie on even columns and between two rows (chroma type 0)."""
    padded = np.pad(plane, ((1, 1), (0, 1)), "edge")
    rows = np.empty((2 * plane.shape[0], padded.shape[1]), np.float32)
    rows[0::2] = 0.25 * padded[:-2] + 0.75 * padded[1:-1]
    rows[1::2] = 0.75 * padded[1:-1] + 0.25 * padded[2:]
    wide = np.empty((rows.shape[0], 2 * plane.shape[1]), np.float32)
    wide[:, 0::2] = rows[:, :-1]
    wide[:, 1::2] = (rows[:, :-1] + rows[:, 1:]) / 2
    return wide


def _decibels(errors: Sequence[float]) -> float:
    """Of the mean over all pictures, as PSNR over a film is usually given."""
    mean = float(np.mean(errors)) if errors else math.nan
    return 10 * math.log10(255**2 / mean) if mean > 0 else math.inf
