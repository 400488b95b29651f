"""One watched process: takes cases, one a line, and says of each how it went, how long it took and how much it held.

The limits are set here, on itself: address space for the promise about memory, an alarm for the promise about time.
What kills the process is seen by its parent.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

from tests.torture.exercise import exercise
from tests.torture.mutate import mutated

MEMORY = 256 << 20
SECONDS = 1.0


class TooSlow(BaseException):
    """A case went on for longer than is promised."""


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; time and errors are watched there all the same
        return
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def _alarm(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def _one(data: bytes, seed: int) -> dict[str, object]:
    damaged = mutated(data, seed)
    fault = ""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, 10 * SECONDS)  # waiting for ever is hanging too
    start = time.process_time()
    try:
        exercise(damaged)
    except BaseException:  # everything that comes out is a fault, whatever it is
        fault = traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"seed": seed, "fault": fault, "seconds": time.process_time() - start}


def main() -> None:
    faulthandler.enable()
    signal.signal(signal.SIGVTALRM, _alarm)
    signal.signal(signal.SIGALRM, _alarm)
    seeds = {path: Path(path).read_bytes() for path in sys.argv[1:]}
    for path in seeds:  # whatever is loaded on first use is loaded before memory is counted
        exercise(seeds[path])
    gc.collect()
    _limit_memory()
    print("ready", flush=True)
    for line in sys.stdin:
        path, _, number = line.rstrip("\n").rpartition("\t")
        print(json.dumps({"path": path, **_one(seeds[path], int(number))}), flush=True)


if __name__ == "__main__":
    main()
