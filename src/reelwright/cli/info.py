"""``reelwright info``: what a media file holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from reelwright.cli.common import console
from reelwright.containers.ffmpeg import probe
from reelwright.containers.media_info import MediaInfo, StreamInfo
from reelwright.model.time import Time

__all__ = ["info"]


def info(
    file: Annotated[Path, typer.Argument(help="Any media file that FFmpeg can read.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what a media file holds: tracks, times, colour, chapters, metadata."""
    found = probe(str(file))
    if as_json:
        print(json.dumps(asdict(found), default=_plain, indent=2, ensure_ascii=False))
        return
    _show(found)


def _plain(value: Any) -> Any:
    """Exact values as JSON can hold them: fractions and times as text."""
    if isinstance(value, Time):
        return str(value.fraction) if value.is_numeric else None
    if isinstance(value, Fraction):
        return str(value)
    if hasattr(value, "items"):
        return dict(value)
    return str(value)


def _show(found: MediaInfo) -> None:
    out = console()
    length = "" if found.duration is None else f"  {found.duration.seconds:.3f} s"
    size = f"  {found.size:,} bytes"
    out.print(f"[bold]{escape(found.path)}[/bold]  {escape(found.container_name)}{length}{size}", highlight=False)
    for stream in found.streams:
        facts = [_codec(stream), *_facts(stream), *_times(stream)]
        out.print(f"  {stream.index} {stream.kind:<9} {escape(', '.join(facts))}", highlight=False)
    for chapter in found.chapters:
        span = f"{chapter.start.seconds:.3f}–{chapter.end.seconds:.3f} s"
        out.print(f"  chapter {span} {escape(chapter.title or '')}", highlight=False)
    for key, value in found.metadata.items():
        out.print(f"  [dim]{escape(key)}[/dim] {escape(str(value))}", highlight=False)


def _codec(stream: StreamInfo) -> str:
    name = stream.codec_string or stream.codec or "?"
    return f"{name} ({stream.profile})" if stream.profile else name


def _times(stream: StreamInfo) -> Iterator[str]:
    if stream.start_time is not None and stream.start_time:
        yield f"from {stream.start_time.seconds:.3f} s"
    if stream.duration is not None:
        yield f"{stream.duration.seconds:.3f} s"
    if stream.frame_count is not None:
        yield f"{stream.frame_count:,} samples"
    if stream.bit_rate:
        yield f"{stream.bit_rate / 1000:,.0f} kbit/s"
    if stream.language:
        yield stream.language


def _facts(stream: StreamInfo) -> Iterator[str]:
    if stream.kind == "audio":
        yield f"{stream.sample_rate} Hz"
        yield stream.channel_layout or f"{stream.channels} channels"
    if stream.width is None or stream.height is None:
        return
    yield f"{stream.width}×{stream.height}"
    if stream.rotation:
        yield f"turned {float(stream.rotation):g}°"
    if stream.average_frame_rate is not None:
        yield f"{float(stream.average_frame_rate):.6g} fps ({stream.average_frame_rate})"
    if stream.pixel_format:
        yield stream.pixel_format
    yield _color(stream)


def _color(stream: StreamInfo) -> str:
    if stream.color_codes is None or stream.color_codes == (2, 2, 2):
        return "no colour tags"
    reach = {True: ", full range", False: ", video range", None: ""}[stream.full_range]
    return f"colour {'/'.join(map(str, stream.color_codes))}{reach}"
