"""``reelwright images``: photographs become a film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from reelwright.cli import common, options
from reelwright.easy.films import write_images
from reelwright.easy.pictures import photographs
from reelwright.model.frame_rate import frame_rate
from reelwright.model.settings import VideoSettings

__all__ = ["images"]


def images(
    sources: Annotated[
        list[str],
        typer.Argument(help="Picture files, folders of pictures (in natural order), or patterns.", show_default=False),
    ],
    out: Annotated[Path, typer.Argument(help="The film: .mp4, .mov, .m4v, .webm or .mkv.", show_default=False)],
    duration: Annotated[float, typer.Option("--duration", "-d", help="Seconds each picture is shown.")] = 2.0,
    fps: Annotated[
        str | None,
        typer.Option(help="Pictures a second instead of a duration, for time lapses: 24, 29.97, 30000/1001."),
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="Size of the film, such as 1920x1080; the first picture's if left out.")
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
    """Make a film of photographs. EXIF orientation and colour profiles are honoured.

    **Examples**

    `reelwright images holiday/ holiday.mp4 --duration 3 --size 1920x1080 --audio song.m4a`

    `reelwright images "frames/*.png" lapse.mov --fps 29.97 --codec hevc`
    """
    wanted = common.size_of(size)
    settings = VideoSettings(
        common.codec_of(codec, out),
        *(wanted or (None, None)),
        scaling_mode=common.scaling(fit),
        compression=common.quality(quality, bit_rate),
        encoder_options=common.encoder_options(option),
    )
    shown = Fraction(1) / frame_rate(fps) if fps is not None else duration
    with common.progress_bar("filming", quiet=quiet) as progress:
        report = write_images(
            sources[0] if len(sources) == 1 else _flat(sources),
            out,
            shown,
            size=wanted,
            scaling_mode=common.scaling(fit),
            audio=audio,
            audio_format=audio_codec,
            settings=settings,
            background=background,
            overwrite=overwrite,
            progress=progress,
        )
    common.show_report(report, quiet=quiet)


def _flat(sources: list[str]) -> list[str]:
    """Several files, folders and patterns as one list of files."""
    return [path for source in sources for path in photographs(source).items]
