"""``reelwright encoders``: which encoders are here, whether they work, and what each can do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from reelwright.cli.common import console
from reelwright.codecs.encoder_list import (
    AudioEncoderEntry,
    VideoEncoderEntry,
    audio_encoders,
    video_encoders,
)
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import AudioFormat, VideoCodec

__all__ = ["encoders", "line"]

_WIDEST = 1000
_MARKS = {True: "yes", False: "no", None: "–"}


def encoders(
    codec: Annotated[
        str | None, typer.Option("--codec", "-c", help="Only encoders of this codec: h264, prores_422, av01, opus …")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the encoders of this machine, each tried by letting it encode a moment of film or sound.

    **Examples**

    `reelwright encoders`

    `reelwright encoders --codec hevc --json`
    """
    video, audio = video_encoders(), audio_encoders()
    if codec is not None:
        wanted = _codes(codec)
        video = tuple(entry for entry in video if entry.codec in wanted)
        audio = tuple(entry for entry in audio if entry.format in wanted)
    if as_json:
        found = {"video": [asdict(entry) for entry in video], "audio": [asdict(entry) for entry in audio]}
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    out = console()
    for table in [_video_table(video)] * bool(video) + [_audio_table(audio)] * bool(audio):
        # As wide as it is: long lines are left to the terminal.
        out.width = Measurement.get(out, out.options.update(max_width=_WIDEST), table).maximum
        out.print(table)
    every: list[VideoEncoderEntry | AudioEncoderEntry] = [*video, *audio]
    for entry in every:
        if not entry.works:
            out.print(f"{escape(entry.encoder_id)}: {escape(entry.reason)}", highlight=False)


def _codes(text: str) -> set[str]:
    """The four-character codes that a name means; ``prores`` means all six."""
    if text.lower() == "prores":
        return {codec.value for codec in VideoCodec if codec.is_prores}
    found: set[str] = set()
    kinds: tuple[Any, ...] = (VideoCodec, AudioFormat)
    for kind in kinds:
        try:
            found.add(kind(text).value)
        except InvalidArgumentError:
            continue
    if not found:
        names = ", ".join(member.name.lower() for kind in kinds for member in kind)
        raise typer.BadParameter(f"{text!r} is no codec known here; use {names}.")
    return found


def _video_table(entries: tuple[VideoEncoderEntry, ...]) -> Table:
    table = _table("Codec", "Encoder", "State", "Pictures", "Alpha", "Reorders", "Low latency", "Version")
    for entry in entries:
        pictures = f"{entry.chroma} {'/'.join(map(str, entry.bit_depths))} bit" if entry.bit_depths else "–"
        table.add_row(
            escape(f"{entry.codec_name} ({entry.codec})"),
            escape(entry.encoder_id),
            _state(entry),
            pictures,
            _MARKS[entry.has_alpha],
            _MARKS[entry.supports_frame_reordering],
            _MARKS[entry.supports_low_latency],
            escape(entry.version or "–"),
        )
    return table


def _audio_table(entries: tuple[AudioEncoderEntry, ...]) -> Table:
    table = _table("Format", "Encoder", "State", "Version")
    for entry in entries:
        names = f"{AudioFormat(entry.format).name} ({entry.format.strip()})"
        table.add_row(escape(names), escape(entry.encoder_id), _state(entry), escape(entry.version or "–"))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True, overflow="ignore")
    return table


def _state(entry: VideoEncoderEntry | AudioEncoderEntry) -> str:
    works = "[green]works[/green]" if entry.works else "[red]does not[/red]"
    return works + (" (hardware)" if isinstance(entry, VideoEncoderEntry) and entry.is_hardware else "")


def line(entry: VideoEncoderEntry | AudioEncoderEntry) -> str:
    """One encoder in a line, for ``doctor``: what it writes, its name and version, and whether it worked here."""
    state = "[green]works[/green]" if entry.works else f"[red]does not work[/red]: {escape(entry.reason)}"
    name = f"{entry.encoder_id} {entry.version}".strip()
    if isinstance(entry, AudioEncoderEntry):
        return f"  {entry.format.strip():<5} {escape(name):<40} {state}"
    kind = ", hardware" if entry.is_hardware else ""
    bits = f", {' and '.join(map(str, entry.bit_depths))} bit" if entry.bit_depths else ""
    return f"  {entry.codec:<5} {escape(name):<40} {state}{bits}{kind}"
