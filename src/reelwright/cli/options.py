"""Options that several commands share, declared once."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Audio",
    "AudioCodec",
    "Background",
    "BitRate",
    "Codec",
    "EncoderOptions",
    "Fit",
    "Overwrite",
    "Quality",
    "Quiet",
]

Audio = Annotated[str | None, typer.Option(help="A file whose sound goes with the pictures.")]
AudioCodec = Annotated[
    str | None, typer.Option(help="aac (plays everywhere), alac and flac (lossless), opus, ac3, eac3, lpcm.")
]
Codec = Annotated[
    str | None,
    typer.Option(help="h264 (plays everywhere), hevc, av1 (smaller), prores_422 …, jpeg, vp9 (usual in .webm)."),
]
Quality = Annotated[float | None, typer.Option(help="0 (small) to 1 (best).", min=0, max=1)]
BitRate = Annotated[str | None, typer.Option(help="Average bits a second instead: 800k, 6M.")]
Fit = Annotated[str, typer.Option(help="Pictures of another shape: bars, fill (crop) or stretch.")]
Background = Annotated[str | None, typer.Option(help="Colour behind transparent pictures, such as #ffffff.")]
EncoderOptions = Annotated[
    list[str] | None,
    typer.Option("--option", "-o", help="An option for the FFmpeg encoder: preset=slow. Repeatable."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", "-y", help="Replace an existing film.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
