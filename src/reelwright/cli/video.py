"""``reelwright video``: raw frames from another program, or a folder of numbered pictures, become a film."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import numpy as np
import typer

from reelwright.cli import common, options
from reelwright.easy.films import write_images, write_video
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError
from reelwright.model.frame_rate import frame_rate
from reelwright.model.pixel import PixelBuffer, PixelFormat
from reelwright.model.settings import VideoSettings

__all__ = ["video"]


def video(
    source: Annotated[
        str, typer.Argument(help="A folder of pictures, or - for raw frames on standard input.", show_default=False)
    ],
    out: Annotated[Path, typer.Argument(help="The film: .mp4, .mov, .m4v, .webm or .mkv.", show_default=False)],
    fps: Annotated[str, typer.Option(help="Frames a second, exactly: 30, 29.97 (30000/1001), 0.06.")] = "30",
    size: Annotated[
        str | None,
        typer.Option(help="Size of raw frames, which they do not tell; of the film for a folder. Such as 640x480."),
    ] = None,
    pixel_format: Annotated[
        str | None,
        typer.Option(
            help="How raw frames lie in memory: rgb24, bgr24, rgba, bgra, gray, nv12, yuv420p …; rgb24 if left out."
        ),
    ] = None,
    fit: options.Fit = "bars",
    audio: options.Audio = None,
    audio_codec: options.AudioCodec = None,
    codec: options.Codec = None,
    quality: options.Quality = None,
    bit_rate: options.BitRate = None,
    background: options.Background = None,
    option: options.EncoderOptions = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
) -> None:
    """Make a film of frames.

    **Examples**

    `simulation | reelwright video - run.mp4 --size 640x480 --pixel-format rgb24 --fps 60`

    `reelwright video renders/ film.mov --fps 24000/1001 --option preset=slow`
    """
    wanted = common.size_of(size)
    is_raw = source == "-"
    if not is_raw and pixel_format is not None:
        raise typer.BadParameter("--pixel-format is for raw frames; pictures in a folder tell theirs.")
    settings = VideoSettings(
        common.codec_of(codec, out),
        scaling_mode=common.scaling(fit),
        compression=common.quality(quality, bit_rate),
        encoder_options=common.encoder_options(option),
    )
    more: dict[str, Any] = {"audio": audio, "audio_format": audio_codec, "settings": settings}
    more |= {"background": background, "overwrite": overwrite}
    with common.progress_bar("filming", quiet=quiet) as progress:
        if is_raw:
            frames = _raw(sys.stdin.buffer, wanted, pixel_format or "rgb24")
            report = write_video(frames, out, fps=fps, progress=progress, **more)
        else:
            report = write_images(source, out, 1 / frame_rate(fps), size=wanted, progress=progress, **more)
    common.show_report(report, quiet=quiet)


def _raw(stream: BinaryIO, size: tuple[int, int] | None, pixel_format: str) -> Iterator[PixelBuffer]:
    """Frames of raw bytes, one after the other, until the stream ends."""
    if size is None:
        raise InvalidArgumentError("raw frames do not tell their size.", hint="Add --size, for example --size 640x480.")
    kind = _format(pixel_format)
    shapes = [kind.plane_shape(index, *size) for index in range(len(kind.planes))]
    if kind.dtype.kind == "f":
        raise InvalidArgumentError("raw frames of floats are not read.", hint="Send rgb48le or rgb24.")
    length = sum(int(np.prod(shape)) for shape in shapes) * kind.dtype.itemsize
    index = 0
    while data := stream.read(length):
        if len(data) != length:
            raise InvalidMediaError(
                f"standard input ended within frame {index}: {len(data)} of {length} bytes came.",
                hint=f"A {size[0]}×{size[1]} {pixel_format} frame has {length} bytes; check --size and --pixel-format.",
            )
        yield PixelBuffer(_planes(data, kind, shapes), kind, width=size[0], height=size[1])
        index += 1


def _planes(data: bytes, kind: PixelFormat, shapes: list[tuple[int, ...]]) -> list[Any]:
    planes, offset = [], 0
    for shape in shapes:
        count = int(np.prod(shape))
        planes.append(np.frombuffer(data, kind.dtype, count, offset).reshape(shape))
        offset += count * kind.dtype.itemsize
    return planes


def _format(name: str) -> PixelFormat:
    """A pixel format by FFmpeg's name, ours, or Core Video's code."""
    for member in PixelFormat:
        if name.lower() in (member.ffmpeg_name, member.ffmpeg_name.removesuffix("le"), member.name.lower()):
            return member
    return PixelFormat.of(name)
