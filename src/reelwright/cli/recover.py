"""``reelwright recover``: a film from what an interrupted writer left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from reelwright.cli import options
from reelwright.cli.common import console
from reelwright.easy.recovery import RecoveryReport
from reelwright.easy.recovery import recover as recover_film

__all__ = ["recover"]

_BY = {
    "journal": "recovered from its journal",
    "fragments": "recovered from its fragments",
    "whole": "was whole already",
}


def recover(
    path: Annotated[
        Path,
        typer.Argument(help="The film, its working file (.film.mov.….part), or its journal.", show_default=False),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Name of the film; by default the one it was to have.")
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Make a film of what was left when writing was interrupted: by a crash, a full disk, a power failure.

    Nothing of the media is copied or changed, and no other file is replaced.

    **Examples**

    `reelwright recover film.mov`

    `reelwright recover .film.mov.0f3a91bc.part --output rescued.mov`
    """
    report = recover_film(path, output)
    if not quiet:
        _show(report)


def _show(report: RecoveryReport) -> None:
    out = console()
    out.print(
        f"[bold]{escape(report.path)}[/bold]  {float(report.duration):.3f} s, {_BY[report.method]}", highlight=False
    )
    for track in report.tracks:
        missing = f", {track.missing:,} are not in the file" if track.missing else ""
        out.print(
            f"  {track.track_id} {track.media_type.name.lower():<6} {track.samples:,} samples, "
            f"{float(track.duration):.3f} s{missing}",
            highlight=False,
        )
    if report.lost_bytes:
        out.print(
            f"  [yellow]lost[/yellow]  {report.lost_bytes:,} bytes behind the last record, "
            f"about {report.lost_seconds:.1f} s",
            highlight=False,
        )
    for problem in report.problems:
        out.print(f"  [yellow]note[/yellow]  {escape(problem)}", highlight=False)
