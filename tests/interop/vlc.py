"""Play a film to its end in VLC without screen or loudspeaker: a demuxer of its own, FFmpeg's decoders for pictures.

VLC refuses to run as root; then it runs as ``nobody``, on a copy of the film.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.interop.tools import Answer, Film, Report, ToolMissing, find, lines, run

# Complaints about what is missing on a server are none about the film.
_SURROUNDINGS = ("dbus", "interface error", "libvlc error", "globalhotkeys")


def program() -> str:
    """The path of ``cvlc``, VLC without a window."""
    return find("cvlc", "vlc-bin vlc-plugin-base")


def version() -> str:
    match = re.search(r"VLC version (\S+)", _run(["--version"], None).text)
    return match[1] if match else "?"


def play_in_vlc(path: Film) -> Report:
    """Play one film in real time.

    Returns ``ended``, ``decoders`` (kind: name), ``sound`` (frames × channels as floats; None without), ``rate``, and
    ``errors``: what VLC complains of in the film, and "not played to its end".
    """
    program()
    with tempfile.TemporaryDirectory(prefix="vlc-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o777)
        film = Path(shutil.copy(path, folder))
        film.chmod(0o644)
        wave = Path(folder, "sound.wav")
        output = ["-V", "dummy", "--aout", "afile", "--audiofile-file", str(wave), "--audiofile-format", "float32"]
        answer = _run(["-I", "dummy", "--no-color", "-vv", *output, "--play-and-exit", str(film), "vlc://quit"], folder)
        sound, rate = _wave(wave)
    log = lines(answer.err)
    ended = any("EOF reached" in line for line in log)
    errors = [line for line in log if " error: " in line and not any(word in line for word in _SURROUNDINGS)]
    decoders = dict(re.findall(r'using (audio|video) decoder module "(\w+)"', answer.err))
    errors += [] if ended else [f"not played to its end (exit status {answer.status})"]
    return {"ended": ended, "decoders": decoders, "sound": sound, "rate": rate, "errors": errors}


def _run(options: list[str], home: str | None) -> Answer:
    command = [program(), *options]
    if hasattr(os, "getuid") and os.getuid() == 0:
        if shutil.which("runuser") is None:
            raise ToolMissing("VLC does not run as root, and runuser is not there to become somebody else")
        command = ["runuser", "-u", "nobody", "--", "env", f"HOME={home or '/tmp'}", *command]
    return run(*command, env={"XDG_RUNTIME_DIR": home or "/tmp"})


def _wave(path: Path) -> tuple[npt.NDArray[Any] | None, int]:
    data = path.read_bytes() if path.exists() else b""
    at = data.find(b"data")
    if at < 0:
        return None, 0
    channels, rate = int.from_bytes(data[22:24], "little"), int.from_bytes(data[24:28], "little")
    body = data[at + 8 :]
    values = np.frombuffer(body[: len(body) // (4 * channels) * (4 * channels)], "<f4")
    return values.reshape(-1, channels), rate
