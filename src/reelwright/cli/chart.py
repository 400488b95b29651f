"""``reelwright chart``: a picture of how a media file spends its bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from reelwright.cli.common import console
from reelwright.easy.charts import write_chart

__all__ = ["chart"]


def chart(
    file: Annotated[Path, typer.Argument(help="Any media file.", show_default=False)],
    out: Annotated[
        Path | None, typer.Argument(help="The picture: .png or .svg; FILE.png here if left out.", show_default=False)
    ] = None,
    track: Annotated[int | None, typer.Option("--track", min=1, help="Only this track.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", "-y", help="Replace an existing picture.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Draw a media file: bit rates, pictures and key frames, and where each track lies in the file.

    **Examples**

    `reelwright chart film.mp4`

    `reelwright chart film.mov film.svg --track 1`
    """
    target = Path(f"{file.name}.png") if out is None else out
    write_chart(file, target, track=track, overwrite=overwrite)
    if not quiet:
        console().print(escape(str(target)), highlight=False)
