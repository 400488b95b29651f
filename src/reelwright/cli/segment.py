"""``reelwright segment``: a film becomes a stream, for HLS and DASH."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from reelwright.cli import common, options
from reelwright.easy.streams import Rendition, StreamReport, write_hls
from reelwright.model.kinds import VideoCodec

__all__ = ["segment"]

_UNITS = {"": 1.0, "k": 1e3, "m": 1e6}


def segment(
    file: Annotated[Path, typer.Argument(help="The film.", show_default=False)],
    out: Annotated[str, typer.Argument(help="A folder, or a URL such as s3://bucket/folder.", show_default=False)],
    hls: Annotated[bool, typer.Option("--hls", help="Write HLS playlists, which is always done.")] = True,
    dash: Annotated[bool, typer.Option("--dash", help="Write a DASH manifest, too.")] = False,
    ladder: Annotated[
        str | None,
        typer.Option(help="Renditions by their shorter side, with bit rates if you like: 1080,720:3M,480:900k."),
    ] = None,
    codec: Annotated[str, typer.Option(help="h264 (plays everywhere), hevc, av1.")] = "h264",
    segment_duration: Annotated[float, typer.Option("--segment-duration", "-s", help="Seconds of a segment.")] = 6,
    event: Annotated[bool, typer.Option("--event", help="Have it played while it is written.")] = False,
    live: Annotated[bool, typer.Option("--live", help="The same, showing the last segments only.")] = False,
    window: Annotated[float | None, typer.Option(help="Seconds that --live shows.")] = None,
    one_file: Annotated[bool, typer.Option("--one-file", help="One file a rendition, with byte ranges.")] = False,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Encrypt segments (AES-128) under a new key.")] = False,
    key_uri: Annotated[str | None, typer.Option(help="Where players fetch the key; else it is put beside.")] = None,
    subtitles: Annotated[
        list[str] | None,
        typer.Option(help="A .vtt or .srt file, with its language if you like: en=film.vtt; may be repeated."),
    ] = None,
    option: options.EncoderOptions = None,
    threads: Annotated[int, typer.Option(help="Encoder threads in all; 0 for one for each core.", min=0)] = 0,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
) -> None:
    """Make a stream of a film: renditions in several sizes, cut into segments at the same pictures.

    **Examples**

    `reelwright segment film.mov stream/ --hls --dash --ladder 1080,720,480`

    `reelwright segment film.mov stream/ --event` and meanwhile `reelwright watch stream/`
    """
    if event and live:
        raise typer.BadParameter("--event and --live exclude each other.")
    with common.progress_bar("streaming", quiet=quiet) as progress:
        report = write_hls(
            file,
            out,
            rungs(ladder, codec, option),
            segment_duration=segment_duration,
            playlist="live" if live else "event" if event else "vod",
            window=window,
            one_file=one_file,
            dash=dash,
            encrypt=encrypt,
            key_uri=key_uri,
            subtitles=texts(subtitles),
            threads=threads,
            overwrite=overwrite,
            progress=progress,
        )
    if not quiet:
        _show(report)
        if encrypt and key_uri is not None and report.key is not None:
            common.console().print(f"  key {report.key.hex()}", highlight=False)


def rungs(text: str | None, codec: str, option: list[str] | None) -> list[Rendition] | None:
    """``1080,720:3M`` as renditions; None for the usual ones."""
    kind = _codec(codec)
    given = common.encoder_options(option)
    if text is None:
        if given or kind is not VideoCodec.H264:
            raise typer.BadParameter("--codec and --option need --ladder, such as --ladder 1080,720,480.")
        return None
    found: list[Rendition] = []
    for item in text.split(","):
        match = re.fullmatch(r"(\d{1,5})p?(?::(\d+(?:\.\d+)?)([km]?))?", item.strip().lower())
        if match is None:
            raise typer.BadParameter(f"{item!r} is no rendition; write 720, or 720:3M with a bit rate.")
        rate = None if match[2] is None else round(float(match[2]) * _UNITS[match[3]])
        found.append(Rendition(short_side=int(match[1]), bit_rate=rate, codec=kind, encoder_options=given))
    return found


def texts(given: list[str] | None) -> dict[str, str] | str | None:
    """``en=film.vtt`` by languages; None for the film's own."""
    if not given:
        return None
    pairs = [item.partition("=")[::2] for item in given]
    if len(given) == 1 and not re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*=.+", given[0]):
        return given[0]
    if not all(name and path for name, path in pairs) or len({name for name, _ in pairs}) < len(pairs):
        raise typer.BadParameter("several --subtitles need a language each, such as en=film.vtt.")
    return dict(pairs)


def _codec(name: str) -> VideoCodec:
    known = common.CODECS.get(name.lower().replace("-", "_"))
    if known is None:
        raise typer.BadParameter(f"{name!r} is no codec known here; use h264, hevc or av1.")
    return known


def _show(report: StreamReport) -> None:
    out = common.console()
    names = ", ".join(filter(None, (report.playlist, report.manifest)))
    out.print(
        f"[bold]{escape(report.folder)}[/bold]  {names}, {float(report.duration):.3f} s, {report.bytes:,} bytes",
        highlight=False,
    )
    for rendition in report.renditions:
        out.print(f"  {escape(str(rendition))}", highlight=False)
    for track in report.subtitles:
        out.print(f"  {escape(str(track))}", highlight=False)
    for problem in report.problems:
        out.print(f"  [yellow]note[/yellow] {escape(problem)}", highlight=False)
