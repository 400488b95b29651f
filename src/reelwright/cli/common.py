"""What commands share: reading sizes and settings, a progress bar, and how errors and finished films are shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from reelwright.easy.options import usual_encodings
from reelwright.model.errors import ReelwrightError
from reelwright.model.kinds import ScalingMode, VideoCodec
from reelwright.writing.report import TrackReport, WritingReport

__all__ = ["console", "encoder_options", "progress_bar", "quality", "say_error", "scaling", "show_report", "size_of"]

CODECS = {codec.name.lower(): codec for codec in VideoCodec}
SCALINGS = {
    "bars": ScalingMode.RESIZE_ASPECT,
    "fill": ScalingMode.RESIZE_ASPECT_FILL,
    "stretch": ScalingMode.RESIZE,
}
_MARKS = {True: "[green]plays[/green]", False: "[red]does not play[/red]", None: "[yellow]may play[/yellow]"}


def console(*, stderr: bool = False) -> Console:
    """Where commands print; long lines are left to the terminal, so that piped text stays one fact a line."""
    return Console(stderr=stderr, soft_wrap=True)


# What the library's hints call things, and what they are called here.
_IN_A_SHELL = {
    "Pass overwrite=True": "Add --overwrite (-y)",
    "Pass background= (a colour to lay it over), or append pictures without alpha": "Add --background, such as #ffffff",
    "Pass file_type=FileType.MP4": "Give the film a name that ends in .mp4, .mov or .m4v",
    "or pass file_type=FileType.… explicitly": "such as film.mp4",
}


def say_error(error: ReelwrightError) -> None:
    """The error on stderr: what happened, then what to do, in the shell's words."""
    out = console(stderr=True)
    out.print(f"[bold red]error:[/bold red] {escape(error.message)}", highlight=False)
    hint = error.hint
    for ours, theirs in _IN_A_SHELL.items():
        hint = hint and hint.replace(ours, theirs)
    if hint:
        out.print(f"[bold]hint:[/bold] {escape(hint)}", highlight=False)


def size_of(text: str | None) -> tuple[int, int] | None:
    """``1280x720`` as two numbers."""
    if text is None:
        return None
    width, _, height = text.lower().replace("×", "x").partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise typer.BadParameter(f"{text!r} is no size; write it as 1280x720.")
    return int(width), int(height)


def codec_of(name: str | None, out: Path) -> VideoCodec:
    """A codec by its name; what is usual in the file where none is given."""
    if name is None:
        return usual_encodings(out, None)[0]
    known = name.lower().replace("-", "_")
    if known not in CODECS:
        raise typer.BadParameter(f"{name!r} is no codec known here; use {', '.join(CODECS)}.")
    return CODECS[known]


def scaling(name: str) -> ScalingMode:
    if name not in SCALINGS:
        raise typer.BadParameter(f"{name!r} is no way to fit pictures; use {', '.join(SCALINGS)}.")
    return SCALINGS[name]


def quality(value: float | None, bit_rate: str | None) -> dict[str, Any]:
    """Compression settings from ``--quality`` and ``--bit-rate``."""
    found: dict[str, Any] = {}
    if value is not None:
        found["Quality"] = value
    if bit_rate is not None:
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([kKmM]?)", bit_rate)
        if match is None:
            raise typer.BadParameter(f"{bit_rate!r} is no bit rate; write bits a second, 800k or 6M.")
        found["AverageBitRate"] = round(float(match[1]) * {"k": 1e3, "m": 1e6}.get(match[2].lower(), 1))
    return found


def encoder_options(pairs: list[str] | None) -> dict[str, str]:
    """``name=value`` pairs for the FFmpeg encoder."""
    options = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{pair!r} is no option; write it as name=value.")
        options[name] = value
    return options


@contextmanager
def progress_bar(what: str, *, quiet: bool = False) -> Iterator[Any]:
    """A bar on stderr, as a function ``(done, total)`` to be called; ``total`` may be None."""
    if quiet:
        yield None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int | None = None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def show_report(report: WritingReport, *, quiet: bool = False) -> None:
    """The finished film: where it is, what it holds, where it plays."""
    if quiet:
        return
    out = console()
    name = os.path.relpath(report.path) if report.path and not report.path.startswith("file:") else report.path
    out.print(
        f"[bold]{escape(str(name))}[/bold]  {float(report.duration):.3f} s, {report.bytes:,} bytes, "
        f"header {report.header_method}",
        highlight=False,
    )
    for track in report.tracks:
        out.print(f"  {track.track} {track.media_type.name.lower():<6} {escape(_facts(track))}", highlight=False)
    for track in report.tracks:
        for note in track.notes:
            out.print(f"  [yellow]note[/yellow] {escape(note)}", highlight=False)
    for verdict in report.plays_on.values():
        why = f" — {escape('; '.join(verdict.reasons))}" if verdict.reasons else ""
        out.print(f"  {verdict.player.value:<17} {_MARKS[verdict.plays]}{why}", highlight=False)


def _facts(track: TrackReport) -> str:
    """One track in a line: encoding, picture or sound, samples, length, exactness."""
    known, facts = track.format, [track.codec or "?"]
    if known is not None and known.width:
        width, height = known.display_size
        facts.append(f"{float(width):g}×{float(height):g}")
        facts.append(f"{known.bits_per_component} bit")
    elif known is not None:
        facts.append(f"{known.sample_rate} Hz, {known.channels} channels")
    facts.append(f"{track.written:,} samples")
    if track.dropped:
        facts.append(f"{len(track.dropped)} dropped")
    facts.append(f"{float(track.duration):.3f} s")
    rounding = float(track.largest_rounding) * 1e6
    facts.append(f"times within {rounding:.1f} µs" if rounding else "times exact")
    return ", ".join(facts)
