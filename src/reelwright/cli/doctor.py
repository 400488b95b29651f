"""``reelwright doctor``: what can be written here, with what, under which licence."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from rich.markup import escape

from reelwright.cli.common import console
from reelwright.cli.encoders import line
from reelwright.codecs import catalog
from reelwright.codecs.encoder_list import AudioEncoderEntry, VideoEncoderEntry, audio_encoders, video_encoders

__all__ = ["doctor"]

_PACKAGES = ("reelwright", "av", "numpy", "pillow", "typer", "rich")


def doctor() -> None:
    """Show encoders, versions and licences: the first thing to look at, and to paste into a report."""
    out = console()
    out.print(f"[bold]Python[/bold] {platform.python_version()} on {escape(platform.platform())}", highlight=False)
    out.print("[bold]Packages[/bold] " + ", ".join(f"{name} {_version(name)}" for name in _PACKAGES), highlight=False)
    out.print("[bold]Encoders[/bold]")
    every: list[VideoEncoderEntry | AudioEncoderEntry] = [*video_encoders(), *audio_encoders()]
    for entry in every:
        out.print(line(entry), highlight=False)
    parts = catalog.libraries()
    out.print("[bold]FFmpeg[/bold] " + ", ".join(f"{part.name} {part.version}" for part in parts), highlight=False)
    out.print(f"[bold]Licence[/bold] {escape(_licence(catalog.licence()))}", highlight=False)


def _licence(found: catalog.Licence) -> str:
    """The licence that counts when the linked FFmpeg is passed on."""
    if not found.gpl_parts:
        return f"FFmpeg here is under {found.in_effect}"
    parts = ", ".join(found.gpl_parts)
    return f"FFmpeg here is in effect under {found.in_effect}, because of {parts}; reelwright itself is BSD-3-Clause"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
