"""``python -m bench.run``: H.264 films of 1080p RGB pictures, by us and by our peers, in turn.

In every round each writer writes the same film once; the order changes from round to round, so that a machine that
slows down slows everybody down. The time is that to a finished file. Before the rounds every writer's film is read
back and judged; during them each film must be, packet for packet, the one that was judged.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import Result
from bench.machine import Load, MemoryPeak, describe, processors
from bench.report import Report
from bench.scene import order, scene
from bench.verify import BT709, UNTAGGED, Film, Wanted, faults, fingerprint, inspect
from bench.worker import Timing, Worker
from bench.writers import WRITERS, Job, programs

FRAMES = {"ultrafast": 150, "veryfast": 90, "medium": 64}
"""Pictures in the films, by preset: some seconds of work each, and more than an encoder looks ahead."""


class WrongFilm(Exception):
    """A film that is not what was asked for; its time does not count, nor does any other of this run."""


def main() -> int:
    arguments = _arguments()
    facts = describe()
    print("\n".join(f"{name}: {value}" for name, value in facts.items()), flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=arguments.directory) as folder:
        bench = _Bench(arguments, Path(folder))
        try:
            results = [result for preset in arguments.presets for result in bench.preset(preset)]
        except (WrongFilm, RuntimeError) as wrong:
            print(f"\nNo time counts: {wrong}", file=sys.stderr)
            return 1
        finally:
            bench.close()
    report = Report(arguments.rounds, facts, results, bench.others)
    print(f"\n{report.text()}")
    report.save(Path(arguments.out))
    print(f"\nKept in {arguments.out}: speed.md, speed.json")
    return 0


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="two rounds of short films: to see that it works")
    parser.add_argument("--rounds", type=int, help="rounds of each preset that count (default 7)")
    parser.add_argument("--presets", nargs="+", default=list(FRAMES), choices=list(FRAMES))
    parser.add_argument("--writers", nargs="+", default=_writers(), choices=_writers(), metavar="WRITER")
    parser.add_argument("--frames", type=int, help="pictures in every film (default: by preset)")
    parser.add_argument("--size", type=_size, default=(1920, 1080), help="of the pictures, as 1920x1080")
    parser.add_argument("--crf", type=int, default=23)
    parser.add_argument("--threads", type=int, default=processors() * 3 // 2, help="of x264, for everybody")
    parser.add_argument("--directory", help="where the films are written (default: the system's temporary folder)")
    parser.add_argument("--out", default="bench/results", help="where the figures are put")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (2 if arguments.quick else 7)
    return arguments


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _writers() -> list[str]:
    there = programs()
    return [name for name, writer in WRITERS.items() if not writer.needs or writer.needs in there]


class _Bench:
    """The workers, the pictures and the rounds."""

    def __init__(self, arguments: Any, folder: Path) -> None:
        self._arguments = arguments
        self._folder = folder
        self.others: list[float] = []
        width, height = arguments.size
        count = 24 if arguments.quick else 60
        print(f"\nmaking {count} pictures of {width}×{height} …", flush=True)
        pictures = folder / "pictures.npy"
        np.save(pictures, scene(count, width, height))
        self._pictures = np.load(pictures, mmap_mode="r")
        self._workers = {name: Worker(name, pictures) for name in arguments.writers}

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()

    def preset(self, preset: str) -> Iterator[Result]:
        """All results of one preset."""
        frames = self._arguments.frames or (30 if self._arguments.quick else FRAMES[preset])
        shown = order(frames, len(self._pictures))
        taking_part = [name for name in self._workers if WRITERS[name].takes_part(preset)]
        judged = {name: self._judged(name, preset, shown) for name in taking_part}
        _check_alike({name: film for name, (film, _) in judged.items() if not WRITERS[name].as_shipped})
        timings: dict[str, list[Timing]] = {name: [] for name in taking_part}
        for number in range(self._arguments.rounds):
            names = taking_part
            names = names[number % len(names) :] + names[: number % len(names)]
            for name in names if number % 2 == 0 else reversed(names):
                timings[name].append(self._timed(name, preset, shown, judged[name][0]))
            took = ", ".join(f"{name} {values[-1].wall:.2f}" for name, values in timings.items())
            print(f"{preset}, round {number + 1}: {took}", flush=True)
        for name, (film, memory) in judged.items():
            yield Result(writer=name, preset=preset, film=film, memory=memory, timings=tuple(timings[name]))

    def _judged(self, name: str, preset: str, shown: list[int]) -> tuple[Film, int]:
        """A film that is right, and the memory it took; not timed."""
        job = self._job(name, preset)
        wanted = Wanted(
            pictures=[self._pictures[index] for index in shown],
            rate=job.rate,
            settings={"crf": f"{job.crf}.0", "keyint": job.options["g"]}
            | ({} if WRITERS[name].as_shipped else {"threads": str(job.threads)}),
            tags=BT709 if WRITERS[name].tagged else UNTAGGED,
        )
        with MemoryPeak(self._workers[name].pid) as peak:
            self._workers[name].write(shown, job)
        film = inspect(job.path, wanted)
        if found := faults(film, wanted):
            raise WrongFilm(f"{name}, {preset}: {'; '.join(found)}.")
        print(f"{preset}: {name}: right, {film.psnr:.2f} dB, x264 {film.build}", flush=True)
        return film, peak.bytes

    def _timed(self, name: str, preset: str, shown: list[int], judged: Film) -> Timing:
        job = self._job(name, preset)
        with contextlib.suppress(FileNotFoundError):
            Path(job.path).unlink()
        before = Load.now()
        timing = self._workers[name].write(shown, job)
        others = Load.now().others(before, timing.cpu, timing.wall)
        if others is not None:
            self.others.append(others)
        if fingerprint(job.path) != judged.fingerprint:
            raise WrongFilm(f"{name}, {preset}: a later film is not the one that was judged.")
        return timing

    def _job(self, name: str, preset: str) -> Job:
        path = self._folder / f"{list(self._workers).index(name)}-{preset}.mp4"
        return Job(path=str(path), preset=preset, crf=self._arguments.crf, threads=self._arguments.threads)


def _check_alike(films: dict[str, Film]) -> None:
    """Times of encoders that were set differently say nothing about writers."""
    first, *others = films
    for other in others:
        names = films[first].settings | films[other].settings
        differing = [name for name in names if films[first].settings.get(name) != films[other].settings.get(name)]
        if differing:
            raise WrongFilm(f"x264 was set otherwise by {other} than by {first}: {', '.join(differing)}.")


if __name__ == "__main__":
    sys.exit(main())
