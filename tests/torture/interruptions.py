"""``python -m tests.torture.interruptions``: writers killed at random moments, power failures replayed, disks filled.

    python -m tests.torture.interruptions --kills 200 --power 1000 --full 50

After each, ``recover`` must give back everything that was safe, bit by bit, or say that there is nothing while nothing
was. What breaks this is listed by its kind and number, which give it again (``--only power "journal, copied" 17``).
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from reelwright.easy.recovery import recover
from reelwright.model.errors import InvalidMediaError, MediaNotFoundError
from tests.easy import power
from tests.isobmff.endless import check
from tests.torture import full_disks

ROOT = Path(__file__).parents[2]

KILLED = ("journal", "fragments", "journal finishing", "fragments finishing")

_LONGEST_WAIT = 1.2  # seconds from the start of a writer: most of it is spent on getting ready


def kill(kind: str, number: int, folder: Path) -> str:
    """Kill a writer at a random moment and recover; returns what recovery did.

    Raises:
        AssertionError: something that was safe is lost, or something is left over.
    """
    wait = random.Random(f"{kind} {number}").uniform(0, _LONGEST_WAIT)
    path = folder / "film.mov"
    command = [sys.executable, "-m", "tests.isobmff.endless", str(path), *kind.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        ready = child.stdout.readline()  # before, nothing of ours has run
        assert ready == b"ready\n"
        time.sleep(wait * 0.4)
        child.kill()
        said = child.stdout.read()
    lines = said.split(b"\n")[:-1]
    safe = [int(word) for word in lines[-1].split()] if lines else [0, 0]
    try:
        report = recover(path)
    except (InvalidMediaError, MediaNotFoundError):
        assert safe == [0, 0]
        return "nothing"
    check(report.path, safe)
    assert [entry.name for entry in folder.iterdir() if ".journal" not in entry.name] == ["film.mov"]
    return report.method


def rounds(name: str, one: Callable[[str, int, Path], str], kinds: tuple[str, ...], count: int) -> int:
    """So many rounds of all kinds together; returns how many broke the promise."""
    faults = 0
    for kind in kinds:
        seen: Counter[str] = Counter()
        for number in range(count // len(kinds)):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    seen[one(kind, number, Path(folder))] += 1
                except Exception:
                    faults += 1
                    print(f"FAULT: --only {name} {kind!r} {number}", flush=True)
                    traceback.print_exc()
        print(f"{name}, {kind}: {dict(seen)}", flush=True)
    return faults


def main() -> int:
    arguments = argparse.ArgumentParser(description="Interrupt writers, and see that nothing safe is lost.")
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--power", type=int, default=1000)
    arguments.add_argument("--full", type=int, default=50)
    arguments.add_argument("--only", nargs=3, metavar=("WHAT", "KIND", "NUMBER"), help="one round again")
    given = arguments.parse_args()
    if given.only:
        what, kind, number = given.only
        with tempfile.TemporaryDirectory() as folder:
            print({"kill": kill, "power": power.replay, "full": full_disks.full}[what](kind, int(number), Path(folder)))
        return 0
    faults = rounds("power", power.replay, power.KINDS, given.power)
    faults += rounds("full", full_disks.full, full_disks.KINDS, given.full)
    if os.name != "nt":
        faults += rounds("kill", kill, KILLED, given.kills)
    print(f"{faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
