"""One watched process: takes cases, one a line, and says of each how it went, how long it took and how much it held.

The limits are set here, on itself: address space for the promise about memory, an alarm for the promise about time.
What kills the process is seen by its parent. Warnings are errors, and what goes wrong in destructors and in other
threads is a fault like any other.

    python -m tests.torture.worker FOLDER module:reader module:damage
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import importlib
import json
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["MEMORY", "SECONDS", "TooSlow", "imported"]

MEMORY = 256 << 20
SECONDS = 1.0
_WAITING = 20 * SECONDS  # on the wall's clock: waiting for ever is hanging too, a busy machine is not


class TooSlow(BaseException):
    """A case went on for longer than is promised."""


def imported(name: str) -> Callable[..., Any]:
    """``"module:function"``, loaded."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


class _Alarm:
    """Raises ``TooSlow`` in the main thread, again and again: whoever swallows it once gets it once more."""

    def __init__(self) -> None:
        self._is_set, self._start = False, 0.0
        for number in (signal.SIGVTALRM, signal.SIGALRM):
            signal.signal(number, self._ring)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        # The kernel counts virtual time in ticks, and on a busy machine too many of them.
        is_late = number == signal.SIGALRM or time.process_time() - self._start >= SECONDS
        if self._is_set and is_late:
            raise TooSlow(f"signal {number}")

    def __enter__(self) -> None:
        self._is_set, self._start = True, time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, SECONDS / 4)
        signal.setitimer(signal.ITIMER_REAL, _WAITING, SECONDS)

    def __exit__(self, *_: object) -> None:
        self._is_set = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


class _Memory:
    """What this process holds, and a bound on what it may take besides; nothing where the system has none of it."""

    def __init__(self) -> None:
        self._has_limits = Path("/proc/self/statm").exists()

    def bound(self) -> None:
        """From now on, no more than ``MEMORY`` beside what there is."""
        if not self._has_limits:
            return
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        # The soft limit only: a child that has limits of its own must be able to set them.
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))

    def forget_peak(self) -> int:
        """Bytes held now; the peak is counted from here on."""
        if self._has_limits:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return self._status("VmRSS:")

    def peak(self) -> int:
        return self._status("VmHWM:")

    def _status(self, name: str) -> int:
        if not self._has_limits:
            return 0
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith(name))


class _Elsewhere:
    """Exceptions that reach nobody: of destructors, and of threads that nobody asked."""

    def __init__(self) -> None:
        self.found: list[str] = []
        sys.unraisablehook = lambda given: self._add(given.exc_value, f"in a destructor, {given.object!r}")
        threading.excepthook = lambda given: self._add(given.exc_value, f"in the thread {given.thread}")

    def _add(self, error: BaseException | None, where: str) -> None:
        text = "".join(traceback.format_exception(error)) if error is not None else ""
        self.found.append(f"{where}\n{text}")

    def taken(self) -> str:
        text = "\n".join(self.found)
        self.found.clear()
        return text


class _Desk:
    """Does one case after the other."""

    def __init__(self, read: Callable[[str, bytes], None], damaged: Callable[[bytes, int], bytes]) -> None:
        self._read = read
        self._damaged = damaged
        self._alarm, self._memory, self._elsewhere = _Alarm(), _Memory(), _Elsewhere()

    def one(self, name: str, data: bytes, number: int) -> dict[str, object]:
        damaged = self._damaged(data, number)
        fault = ""
        before = self._memory.forget_peak()
        self._memory.bound()
        start = time.process_time()
        try:
            with self._alarm:
                self._read(name, damaged)
        except BaseException:  # everything that comes out is a fault, whatever it is
            fault = traceback.format_exc()
        seconds = time.process_time() - start
        peak = max(0, self._memory.peak() - before)
        if peak >= MEMORY / 16 or fault:
            gc.collect()  # what a cycle holds must not count against the next case
        fault = fault or self._elsewhere.taken()
        if not fault and seconds > SECONDS:
            fault = f"it took {seconds:.2f} s"
        if not fault and peak > MEMORY:
            fault = f"it held {peak >> 20} MiB"
        return {"fault": fault, "seconds": seconds, "peak": peak}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("read")
    arguments.add_argument("damage")
    given = arguments.parse_args()
    faulthandler.enable()
    warnings.simplefilter("error")
    read = imported(given.read)
    seeds = {path.name: path.read_bytes() for path in sorted(given.folder.iterdir())}
    for name, data in seeds.items():  # whatever is loaded on first use is loaded before memory is counted
        if not name.startswith("hostile-"):
            read(name, data)
    gc.collect()
    gc.freeze()
    desk = _Desk(read, imported(given.damage))
    print("ready", flush=True)
    for line in sys.stdin:
        name, _, number = line.rstrip("\n").rpartition("\t")
        print(json.dumps(desk.one(name, seeds[name], int(number))), flush=True)


if __name__ == "__main__":
    main()
