"""``python -m tests.torture.run``: many damaged files, read by watched processes; what breaks a promise is listed.

    python -m tests.torture.run --cases 100000 --first 0 --jobs 2

A fault is named by its seed file and its number, which reproduce it: ``python -m tests.torture.run --file F --only N``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.seeds import found_seeds, write_seeds

_HANGS = 60.0  # seconds without an answer: the process itself is stuck, beyond the reach of its own alarm


@dataclass
class Outcome:
    """What many cases came to."""

    cases: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


class Worker:
    """A watched process; started anew when a case kills it."""

    def __init__(self, seeds: Sequence[Path]) -> None:
        self._seeds = seeds
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.worker", *map(str, self._seeds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if line.strip() != "ready":
            assert process.stderr is not None
            raise RuntimeError(f"the worker did not start: {line}{process.stderr.read()}")
        return process

    def run(self, path: Path, number: int, outcome: Outcome) -> None:
        """One case."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(_HANGS, process.kill)
        watch.start()
        try:
            process.stdin.write(f"{path}\t{number}\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        outcome.cases += 1
        if not line:
            _, complaint = process.communicate()
            outcome.faults.append(f"{path.name} {number}: the process died ({process.returncode})\n{complaint[-2000:]}")
            self._process = self._start()
            return
        answer = json.loads(line)
        outcome.slowest = max(outcome.slowest, answer["seconds"])
        if answer["fault"]:
            outcome.faults.append(f"{path.name} {number}:\n{answer['fault']}")

    def close(self) -> None:
        self._process.communicate()


def torture(seeds: Sequence[Path], numbers: range, jobs: int = 1, *, say: bool = False) -> Outcome:
    """Read one damaged file for every number, seed files in turn."""
    outcomes = [Outcome() for _ in range(jobs)]
    threads = [
        threading.Thread(target=_work, args=(seeds, numbers[job::jobs], outcomes[job], say and job == 0))
        for job in range(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Outcome(
        sum(outcome.cases for outcome in outcomes),
        max(outcome.slowest for outcome in outcomes),
        [fault for outcome in outcomes for fault in outcome.faults],
    )


def _work(seeds: Sequence[Path], numbers: range, outcome: Outcome, say: bool) -> None:
    worker, start = Worker(seeds), time.monotonic()
    try:
        for count, number in enumerate(numbers):
            worker.run(seeds[number % len(seeds)], number, outcome)
            if say and count and not count % 1000:
                print(f"{count} of {len(numbers)}, {count / (time.monotonic() - start):.0f} a second", flush=True)
    finally:
        worker.close()


def main() -> int:
    arguments = argparse.ArgumentParser(description="Read damaged media files and see that every promise is kept.")
    arguments.add_argument("--cases", type=int, default=100_000)
    arguments.add_argument("--first", type=int, default=0, help="number of the first case")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--file", type=Path, help="one seed file instead of the usual ones")
    arguments.add_argument("--only", type=int, help="one case, in this process, with its traceback")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seeds = [given.file] if given.file else [*write_seeds(Path(folder)), *found_seeds()]
        if given.only is not None:
            from tests.torture.exercise import exercise
            from tests.torture.mutate import mutated

            exercise(mutated(seeds[given.only % len(seeds)].read_bytes(), given.only))
            return 0
        outcome = torture(seeds, range(given.first, given.first + given.cases), given.jobs, say=True)
    for fault in outcome.faults[:20]:
        print(fault)
    print(f"{outcome.cases} cases, {len(outcome.faults)} faults, the slowest took {outcome.slowest:.2f} s")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
