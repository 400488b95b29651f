"""``python -m bench.run``: films of RGB pictures, written by us and by our peers, in turn.

In every round each writer writes the same film once; the order changes from round to round, so that a machine that
slows down slows everybody down. The time is that to a finished file. Before the rounds every writer's film is read
back and judged; during them each film must be, packet for packet, the one that was judged.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import Result
from bench.machine import Load, MemoryPeak, describe, processors
from bench.program_writers import programs
from bench.report import Report
from bench.scenarios import SCENARIOS, Scenario
from bench.scene import order, scene
from bench.verify import BT709, UNTAGGED, Film, Wanted, faults, fingerprint, inspect
from bench.worker import Timing, Worker, paths
from bench.writers import WRITERS, Job


class WrongFilm(Exception):
    """A film that is not what was asked for; its time does not count, nor does any other of this run."""


def main() -> int:
    arguments = _arguments()
    facts = describe()
    print("\n".join(f"{name}: {value}" for name, value in facts.items()), flush=True)
    results: list[Result] = []
    others: list[float] = []
    try:
        for _, alike in groupby(arguments.scenarios, lambda name: (SCENARIOS[name].size, SCENARIOS[name].bits)):
            with tempfile.TemporaryDirectory(prefix="bench-", dir=arguments.directory) as folder:
                results += _films(list(alike), arguments, Path(folder), others)
    except (WrongFilm, RuntimeError) as wrong:
        print(f"\nNo time counts: {wrong}", file=sys.stderr)
        return 1
    report = Report(facts, results, others, is_quick=arguments.quick)
    print(f"\n{report.text()}")
    report.save(Path(arguments.out))
    print(f"\nKept in {arguments.out}: speed.md, speed.json")
    return 0


def _films(names: Sequence[str], arguments: Any, folder: Path, others: list[float]) -> list[Result]:
    """The results of scenarios that are made of the same pictures."""
    bench = _Bench([SCENARIOS[name] for name in names], arguments, folder)
    try:
        return [result for name in names for result in bench.results(name)]
    finally:
        bench.close()
        others += bench.others


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="one round of short films: to see that it works")
    parser.add_argument("--rounds", type=int, help="rounds of each scenario that count (default: its own)")
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    parser.add_argument("--writers", nargs="+", default=_writers(), choices=_writers(), metavar="WRITER")
    parser.add_argument("--frames", type=int, help="pictures in every film (default: the scenario's)")
    parser.add_argument("--crf", type=int, default=23)
    parser.add_argument("--threads", type=int, default=processors() * 3 // 2, help="of the encoder, for everybody")
    parser.add_argument("--directory", help="where the films are written (default: the system's temporary folder)")
    parser.add_argument("--out", default="bench/results", help="where the figures are put")
    return parser.parse_args()


def _writers() -> list[str]:
    there = programs()
    return [name for name, writer in WRITERS.items() if not writer.needs or writer.needs in there]


class _Bench:
    """The workers, the pictures and the rounds of scenarios that share their pictures."""

    def __init__(self, scenarios: Sequence[Scenario], arguments: Any, folder: Path) -> None:
        self._arguments = arguments
        self._folder = folder
        self.others: list[float] = []
        width, height = scenarios[0].size
        count = max(scenario.pictures for scenario in scenarios)
        count = min(count, 24) if arguments.quick else count
        print(f"\nmaking {count} pictures of {width}×{height} …", flush=True)
        pictures = folder / "pictures.npy"
        np.save(pictures, scene(count, width, height, bits=scenarios[0].bits))
        self._pictures = np.load(pictures, mmap_mode="r")
        names = [name for name in arguments.writers if any(item.takes(WRITERS[name]) for item in scenarios)]
        self._workers = {name: Worker(name, pictures) for name in names}

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()

    def results(self, name: str) -> Iterator[Result]:
        """All results of one scenario."""
        contest = _Contest(name, self._workers, self._pictures, self._folder, self._arguments)
        judged = {writer: contest.judged(writer) for writer in contest.writers}
        _check_alike({writer: film for writer, (film, _) in judged.items() if WRITERS[writer].encodes_alike})
        timings: dict[str, list[Timing]] = {writer: [] for writer in contest.writers}
        for number in range(contest.rounds):
            turn = number % len(contest.writers)
            names = contest.writers[turn:] + contest.writers[:turn]
            for writer in names if number % 2 == 0 else reversed(names):
                timings[writer].append(contest.timed(writer, judged[writer][0]))
            took = ", ".join(f"{writer} {values[-1].wall:.2f}" for writer, values in timings.items())
            print(f"{name}, round {number + 1}: {took}", flush=True)
        self.others += contest.others
        for writer, (film, memory) in judged.items():
            yield Result(
                writer=writer,
                scenario=name,
                films=contest.films,
                film=film,
                memory=memory,
                timings=tuple(timings[writer]),
            )


class _Contest:
    """One scenario: who takes part, and what they are told."""

    def __init__(self, name: str, workers: dict[str, Worker], pictures: Any, folder: Path, arguments: Any) -> None:
        self._name, self._scenario = name, SCENARIOS[name]
        self._pictures, self._folder, self._arguments = pictures, folder, arguments
        self._workers = {writer: worker for writer, worker in workers.items() if self._scenario.takes(WRITERS[writer])}
        self.writers = list(self._workers)
        self.others: list[float] = []
        frames, self.films = self._scenario.frames, self._scenario.films
        if arguments.quick:
            frames, self.films = self._scenario.short
        self.rounds = arguments.rounds or (1 if arguments.quick else self._scenario.rounds)
        self._shown = order(arguments.frames or frames, min(len(pictures), self._scenario.pictures))

    def judged(self, name: str) -> tuple[Film, int]:
        """A film that is right, and the memory it took; not timed."""
        job, worker, writer = self._job(name), self._workers[name], WRITERS[name]
        worker.prepare(self._shown, job)
        with MemoryPeak(worker.pid) as peak:
            worker.write(self._shown, job)
        wanted = self._wanted(name, job)
        film = inspect(job.path, wanted)
        if found := faults(film, wanted):
            raise WrongFilm(f"{name}, {self._name}: {'; '.join(found)}.")
        print(f"{self._name}: {name}: right, {film.psnr:.2f} dB, {writer.own_codec or film.build}", flush=True)
        return film, peak.bytes

    def _wanted(self, name: str, job: Job) -> Wanted:
        writer = WRITERS[name]
        if writer.own_codec:
            settings = {}
        elif job.codec == "libx265":
            settings = {"crf": f"{job.crf}.0", "keyint": job.options["g"], "numa-pools": str(job.threads)}
        else:
            settings = {"crf": f"{job.crf}.0", "keyint": job.options["g"]}
            settings |= {} if writer.as_shipped else {"threads": str(job.threads)}
        return Wanted(
            pictures=[self._pictures[index] for index in self._shown],
            rate=job.rate,
            settings=settings,
            tags=BT709 if writer.tagged else UNTAGGED,
            encoder="" if writer.own_codec else job.codec,
            pixel_format=job.pixel_format,
        )

    def timed(self, name: str, judged: Film) -> Timing:
        job = self._job(name)
        written = paths(job, self.films)
        for path in written:
            with contextlib.suppress(FileNotFoundError):
                Path(path).unlink()
        before = Load.now()
        timing = self._workers[name].write(self._shown, job, self.films)
        others = Load.now().others(before, timing.cpu, timing.wall)
        if others is not None:
            self.others.append(others)
        if any(fingerprint(path) != judged.fingerprint for path in written):
            raise WrongFilm(f"{name}, {self._name}: a later film is not the one that was judged.")
        return timing

    def _job(self, name: str) -> Job:
        path = self._folder / f"{list(WRITERS).index(name)}-{self._name}.mp4"
        return self._scenario.job(str(path), crf=self._arguments.crf, threads=self._arguments.threads)


def _check_alike(films: dict[str, Film]) -> None:
    """Times of encoders that were set differently say nothing about writers."""
    first, *others = films
    for other in others:
        ours, theirs = films[first].settings, films[other].settings
        # Another build may know other options.
        names = ours | theirs if films[first].build == films[other].build else ours.keys() & theirs.keys()
        differing = [name for name in names if ours.get(name) != theirs.get(name)]
        if differing:
            raise WrongFilm(f"the encoder was set otherwise by {other} than by {first}: {', '.join(differing)}.")


if __name__ == "__main__":
    sys.exit(main())
