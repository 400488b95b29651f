"""Watched processes and what came of their cases: a worker that dies or hangs is a fault, and the next one goes on.

A case is a seed file and a number; the same two give the same damage everywhere, so that a fault can be had again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Case", "Outcome", "Part", "torture"]

_HANGS = 60.0  # seconds without an answer: the process itself is stuck, beyond the reach of its own alarm
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Part:
    """A kind of case: how it is called, what reads (``module:function(name, bytes)``) and what damages."""

    name: str
    read: str
    damage: str = "tests.torture.mutate:mutated"


@dataclass(frozen=True, order=True)
class Case:
    """How long a case took, or how much it held, and which it was."""

    amount: float = 0.0
    name: str = "none"


@dataclass
class Outcome:
    """What many cases came to."""

    cases: int = 0
    slowest: Case = Case()
    largest: Case = Case()
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.cases + other.cases,
            max(self.slowest, other.slowest),
            max(self.largest, other.largest),
            self.faults + other.faults,
        )

    def __str__(self) -> str:
        return (
            f"{self.cases} cases, {len(self.faults)} faults; the slowest took {self.slowest.amount:.2f} s "
            f"({self.slowest.name}), the largest held {self.largest.amount / (1 << 20):.0f} MiB ({self.largest.name})"
        )


class Worker:
    """A watched process; started anew when a case kills it."""

    def __init__(self, part: Part, folder: Path, hangs: float = _HANGS) -> None:
        self._part = part
        self._folder = folder
        self._hangs = hangs
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        # What it prints on its standard error goes to a file: a pipe that nobody empties would stop it.
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        # Every further arena and every thread of a numerics library would reserve address space that nobody uses.
        environment = {**os.environ, "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.worker", str(self._folder), self._part.read, self._part.damage],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            cwd=_ROOT,
            env=environment,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if line.strip() != "ready":
            process.communicate()
            complaint = self._complaint()
            self._complaints.close()
            raise RuntimeError(f"the worker did not start: {line}{complaint}")
        return process

    def _complaint(self) -> str:
        self._complaints.seek(0)
        return self._complaints.read()[-3000:]

    def run(self, seed: str, number: int) -> Outcome:
        """One case."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(self._hangs, process.kill)
        watch.start()
        try:
            process.stdin.write(f"{seed}\t{number}\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        name = f"{self._part.name} {seed} {number}"
        if not line.endswith("\n"):
            process.kill()
            process.communicate()
            fault = f"{name}: the process died ({process.returncode})\n{self._complaint()}"
            self._complaints.close()
            self._process = self._start()
            return Outcome(1, faults=[fault])
        answer = json.loads(line)
        faults = [f"{name}: {answer['fault']}"] if answer["fault"] else []
        return Outcome(1, Case(answer["seconds"], name), Case(answer["peak"], name), faults)

    def close(self) -> None:
        self._process.communicate()
        self._complaints.close()


def torture(
    part: Part,
    folder: Path,
    numbers: range,
    jobs: int = 1,
    *,
    say: Callable[[str], None] | None = None,
    hangs: float = _HANGS,
) -> Outcome:
    """Read one damaged file for every number, seed files in turn.

    Args:
        folder: of the seed files. say: told of every fault, and now and then how far it got.
        hangs: seconds without an answer.
    """
    seeds = sorted(path.name for path in folder.iterdir())
    outcomes = [Outcome() for _ in range(jobs)]
    errors: list[BaseException] = []

    def work(job: int) -> None:
        try:
            for outcome in _cases(part, folder, seeds, numbers[job::jobs], say, hangs):
                outcomes[job] += outcome
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(job,)) for job in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(outcomes, Outcome())


def _cases(
    part: Part, folder: Path, seeds: Sequence[str], numbers: range, say: Callable[[str], None] | None, hangs: float
) -> Iterator[Outcome]:
    worker, start = Worker(part, folder, hangs), time.monotonic()
    try:
        for count, number in enumerate(numbers, 1):
            outcome = worker.run(seeds[number % len(seeds)], number)
            yield outcome
            if say is not None:
                for fault in outcome.faults:
                    say(fault)
            if say is not None and not count % 5000:
                say(f"{part.name}: {count} of {len(numbers)}, {count / (time.monotonic() - start):.0f} a second")
    finally:
        worker.close()
