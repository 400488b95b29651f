"""Play a film to its end in headless Chromium, as a web page would: ``<video src=...>``, served with byte ranges."""

from __future__ import annotations

import os
import re
import shutil

from tests.interop import browser
from tests.interop.tools import Film, Report, ToolMissing, run

# Runs as root in a container, opens no window, speaks to nobody but us.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


def program() -> str:
    """The path of Chromium (or of the program that ``$CHROMIUM`` names)."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise ToolMissing("chromium is not installed (Debian: apt-get install chromium)")


def version() -> str:
    answer = run(program(), "--no-sandbox", "--version", seconds=30)
    match = re.search(r"(\d+(?:\.\d+)+)", answer.text)
    return match[1] if match else "?"


def play_in_chromium(path: Film, seconds: float = 30.0, *, rate: float = 1.0) -> Report:
    """Play one film from its start and wait until it ends, fails, or ``seconds`` have passed.

    Returns what ``browser.play`` does, and ``audioBytes`` and ``videoBytes`` that were decoded. Debian's Chromium
    decodes H.264 and AAC, no HEVC.
    """
    chromium = program()

    def command(address: str, profile: str) -> list[str]:
        return [chromium, *FLAGS, f"--user-data-dir={profile}", address]

    return browser.play(path, command, seconds, rate)
