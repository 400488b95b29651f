"""``reelwright thumbs``: pictures of a film, on one page or as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from reelwright.cli import options
from reelwright.cli.common import console
from reelwright.easy.contact_sheet import contact_sheet
from reelwright.easy.image_files import IMAGE_SUFFIXES
from reelwright.easy.thumbnails import thumbnails

__all__ = ["thumbs"]


def thumbs(
    file: Annotated[Path, typer.Argument(help="Any media file with pictures.", show_default=False)],
    out: Annotated[
        str,
        typer.Argument(
            help="OUT.jpg (or .png, .webp): one page of pictures. A folder, or a pattern such as %03d.jpg: files.",
            show_default=False,
        ),
    ],
    times: Annotated[str | None, typer.Option(help="Moments in seconds: 0,1.5,60.")] = None,
    every: Annotated[float | None, typer.Option(help="A picture every so many seconds.", min=0)] = None,
    count: Annotated[int | None, typer.Option("--count", "-n", help="So many pictures, evenly spread.", min=1)] = None,
    size: Annotated[
        str | None, typer.Option(help="What they must fit into: 320x180, or 320 for a width (a page: its width).")
    ] = None,
    columns: Annotated[int | None, typer.Option(help="Pictures in a row of a page.", min=1)] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Exactly at their moments, not from key frames nearby (pages always are).")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", "-y", help="Replace existing pictures.")] = False,
    quiet: options.Quiet = False,
) -> None:
    """Make pictures of a film: a contact sheet, or single files. They are upright and in the right aspect.

    **Examples**

    `reelwright thumbs film.mp4 film.jpg`

    `reelwright thumbs film.mp4 pictures/%03d.jpg --every 10 --size 320`
    """
    moments = _moments(times)
    box = _box(size)
    if _is_page(out):
        contact_sheet(
            file,
            out,
            columns=columns,
            width=box[0] if box else 1600,
            times=moments,
            every=every,
            count=count,
            overwrite=overwrite,
        )
        written = [Path(out)]
    else:
        if columns is not None:
            raise typer.BadParameter("--columns is for a page, and OUT is no name of one.")
        written = thumbnails(
            file, out, times=moments, every=every, count=count, size=box, exact=exact, overwrite=overwrite
        )
    for path in [] if quiet else written:
        console().print(escape(str(path)), highlight=False)


def _is_page(out: str) -> bool:
    return "%" not in os.path.basename(out) and out.lower().endswith(IMAGE_SUFFIXES) and not os.path.isdir(out)


def _moments(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of times; write seconds: 0,1.5,60.") from None


def _box(text: str | None) -> tuple[int, int] | None:
    """``320x180``, or ``320`` for a width alone."""
    if text is None:
        return None
    width, _, height = text.lower().replace("×", "x").partition("x")
    if not width.isdigit() or not int(width) or (height and not height.isdigit()):
        raise typer.BadParameter(f"{text!r} is no size; write it as 320x180, or 320.")
    return int(width), int(height or 0)
