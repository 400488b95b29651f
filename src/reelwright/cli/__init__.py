"""The command line: one thin command a file. Arguments, progress and printing live here; everything else below."""

from __future__ import annotations

from reelwright.cli.app import main

__all__ = ["main"]
