"""Play a film to its end in headless Firefox: a demuxer of its own (in Rust), and the system's FFmpeg as decoder."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from tests.interop import browser
from tests.interop.tools import Film, Report, ToolMissing, run

# Plays without being clicked at, asks nobody for anything.
PREFERENCES: dict[str, Any] = {
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.volume_scale": "0.0",
    "network.proxy.type": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "toolkit.telemetry.enabled": False,
}


def program() -> str:
    """The path of Firefox (or of the program that ``$FIREFOX`` names)."""
    for name in (os.environ.get("FIREFOX"), "firefox-esr", "firefox"):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise ToolMissing("firefox is not installed (Debian: apt-get install firefox-esr)")


def version() -> str:
    match = re.search(r"(\d+(?:\.\d+)+)", run(program(), "--version", seconds=30).text)
    return match[1] if match else "?"


def play_in_firefox(path: Film, seconds: float = 30.0, *, rate: float = 1.0) -> Report:
    """Play one film from its start and wait until it ends, fails, or ``seconds`` have passed.

    Returns what ``browser.play`` does. ``hasAudio`` says whether there is sound that Firefox can decode.
    """
    firefox = program()

    def command(address: str, profile: str) -> list[str]:
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        Path(profile, "user.js").write_text("\n".join(lines), encoding="utf-8")
        return [firefox, "--headless", "--no-remote", "--profile", profile, address]

    return browser.play(path, command, seconds, rate)
