"""What the figures were measured on: processor, versions, and how much of the machine others were using meanwhile.

Everything beyond processor count and versions comes from Linux' /proc; elsewhere it is left out and said to be.
"""

from __future__ import annotations

import os
import platform
import subprocess
import threading
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.program_writers import programs

__all__ = ["Load", "MemoryPeak", "describe", "processors"]

_PACKAGES = ("reelwright", "av", "numpy", "imageio-ffmpeg", "moviepy", "mediapy", "opencv-python-headless")
_LIBRARIES = ("libavcodec", "libavformat", "libswscale")
_PROC = Path("/proc")
_EVERY = 0.01  # seconds between looks at the memory


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe() -> dict[str, str]:
    """The machine and what runs on it, as lines for people."""
    facts = {"processor": f"{processors()} × {_processor()}", "system": f"{platform.system()} {platform.machine()}"}
    if hasattr(os, "getloadavg"):
        facts["load average"] = " ".join(f"{value:.2f}" for value in os.getloadavg())
    facts["Python"] = platform.python_version()
    for name in _PACKAGES:
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            continue
    facts["FFmpeg inside av"] = _inside_av()
    for name, program in programs().items():
        facts[name] = _first_line(program)
    return facts


def _processor() -> str:
    try:
        lines = (_PROC / "cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def _inside_av() -> str:
    import av

    return ", ".join(f"{name} {'.'.join(map(str, av.library_versions[name]))}" for name in _LIBRARIES)


def _first_line(program: str) -> str:
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout
    return said.splitlines()[0].removeprefix("ffmpeg version ").split(" Copyright")[0]


@dataclass(frozen=True, slots=True)
class Load:
    """Processor seconds the whole machine has spent working, and those a hypervisor kept for others; None where the
    system does not tell."""

    busy: float | None
    stolen: float | None

    @classmethod
    def now(cls) -> Load:
        try:
            fields = (_PROC / "stat").read_text().splitlines()[0].split()[1:9]
        except OSError:
            return cls(None, None)
        ticks = os.sysconf("SC_CLK_TCK")
        user, nice, system, _, _, interrupts, soft, stolen = (int(field) / ticks for field in fields)
        return cls(user + nice + system + interrupts + soft, stolen)

    def others(self, earlier: Load, own: float, wall: float) -> float | None:
        """Share of the machine, 0…1, that was not ours since ``earlier``, during which we used ``own`` seconds."""
        if self.busy is None or earlier.busy is None or self.stolen is None or earlier.stolen is None:
            return None
        taken = self.busy - earlier.busy - own + self.stolen - earlier.stolen
        return max(0.0, taken / (wall * (os.cpu_count() or 1)))


class MemoryPeak:
    """The most private memory that a process and its children held together while this was entered, in bytes beyond
    what they held before.

    Mapped pictures, which all share, and program files do not count. 0 where the system does not tell.
    """

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._before = self._held()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryPeak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_EVERY):
            self.bytes = max(self.bytes, self._held() - self._before)

    def _held(self) -> int:
        return sum(_private(pid) for pid in _family(self._pid))


def _family(pid: int) -> list[int]:
    found = [pid]
    for member in found:
        for listed in (_PROC / str(member) / "task").glob("*/children"):
            try:
                found += map(int, listed.read_text().split())
            except OSError:  # it has just ended
                continue
    return found


def _private(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("RssAnon")), None)
    return int(line.split()[1]) * 1024 if line else 0
