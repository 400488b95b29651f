"""``python -m bench.run``: H.264 films of 1080p RGB pictures, by us and by our peers, in turn.

In every round each writer writes the same film once; the order changes from round to round, so that a machine that
slows down slows everybody down. The time is that to a finished file. Before the rounds every writer's film is read
back and judged; during them each film must be, packet for packet, the one that was judged.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.figures import Comparison, Result, compare, table
from bench.machine import Load, MemoryPeak, describe, processors
from bench.scene import order, scene
from bench.verify import Film, Wanted, faults, fingerprint, inspect
from bench.worker import Timing, Worker
from bench.writers import WRITERS, Job, programs

FRAMES = {"ultrafast": 180, "veryfast": 120, "medium": 80}
"""Pictures in the films, by preset: some seconds of work each, and more than an encoder looks ahead."""
BT709 = (1, 1, 1)
UNTAGGED = (2, 2, 2)
CLOSE = 0.1  # dB that films may differ by and still be called the same
BUSY = 0.1  # share of the machine in others' hands that makes figures doubtful


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
        except WrongFilm as wrong:
            print(f"\nNo time counts: {wrong}", file=sys.stderr)
            return 1
        finally:
            bench.close()
    report = _Report(arguments, facts, results, bench.others)
    text = report.text()
    print(f"\n{text}")
    report.save(Path(arguments.out), text)
    return 0


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="two rounds of short films: to see that it works")
    parser.add_argument("--rounds", type=int, help="rounds of each preset that count (default 7)")
    parser.add_argument("--presets", nargs="+", default=list(FRAMES), choices=list(FRAMES))
    parser.add_argument("--writers", nargs="+", default=_writers(), choices=_writers(), metavar="WRITER")
    parser.add_argument("--frames", type=int, help="pictures in every film (default: by preset)")
    parser.add_argument("--size", default="1920x1080", help="of the pictures")
    parser.add_argument("--crf", type=int, default=23)
    parser.add_argument("--threads", type=int, default=processors() * 3 // 2, help="of x264, for everybody")
    parser.add_argument("--directory", help="where the films are written (default: the system's temporary folder)")
    parser.add_argument("--out", default="bench/results", help="where the figures are put")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (2 if arguments.quick else 7)
    return arguments


def _writers() -> list[str]:
    there = programs()
    return [name for name, writer in WRITERS.items() if not writer.needs or writer.needs in there]


class _Bench:
    """The workers, the pictures and the rounds."""

    def __init__(self, arguments: Any, folder: Path) -> None:
        self._arguments = arguments
        self._folder = folder
        self.others: list[float] = []
        width, height = map(int, arguments.size.split("x"))
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
        judged = {name: self._judged(name, preset, shown) for name in self._workers}
        timings: dict[str, list[Timing]] = {name: [] for name in self._workers}
        for number in range(self._arguments.rounds):
            names = list(self._workers)
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
            settings={"crf": f"{job.crf}.0", "threads": str(job.threads), "keyint": job.options["g"]},
            tags=BT709 if WRITERS[name].is_ours else UNTAGGED,
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


class _Report:
    """What was found, for people and for programs."""

    def __init__(self, arguments: Any, facts: dict[str, str], results: list[Result], others: list[float]) -> None:
        self._arguments = arguments
        self._facts = facts
        self._results = results
        self._others = others

    def text(self) -> str:
        parts = [self._preset(preset) for preset in self._arguments.presets]
        return "\n\n".join([*parts, self._aims(), *self._doubts()])

    def _of(self, preset: str) -> list[Result]:
        return [result for result in self._results if result.preset == preset]

    def _comparisons(self, preset: str) -> list[Comparison]:
        results = self._of(preset)
        ours = [result for result in results if WRITERS[result.writer].is_ours]
        peers = [result for result in results if not WRITERS[result.writer].is_ours]
        return [compare(own, peer) for own in ours for peer in peers]

    def _preset(self, preset: str) -> str:
        results = self._of(preset)
        frames = results[0].film.frames
        rows = [
            [
                result.writer,
                f"{result.wall:.2f}",
                f"{min(timing.wall for timing in result.timings):.2f}…{max(t.wall for t in result.timings):.2f}",
                f"{frames / result.wall:.1f}",
                f"{1000 * result.cpu / frames:.1f}",
                f"{result.memory / 1e6:.0f}" if result.memory else "-",
                f"{result.film.psnr:.2f}",
                f"{result.film.bytes / 1e6:.2f}",
                f"{result.film.matrix}{'' if result.film.tags == BT709 else ', untagged'}",
                result.film.build.removeprefix("core "),
            ]
            for result in results
        ]
        head = ["writer", "s", "least…most", "fps", "CPU ms/frame", "MB", "PSNR dB", "file MB", "colours", "x264"]
        title = f"## {preset}: {frames} pictures, {self._arguments.rounds} rounds"
        return "\n\n".join([title, table(head, rows), self._settings(results), self._ratios(preset)])

    def _settings(self, results: list[Result]) -> str:
        """x264's settings, once, and where any writer's differ."""
        first = results[0].film.settings
        lines = [f"x264's settings, as it wrote them into the films: `{_words(first)}`"]
        for result in results[1:]:
            differing = {name: value for name, value in result.film.settings.items() if first.get(name) != value}
            differing |= {name: "left out" for name in first if name not in result.film.settings}
            if differing:
                lines.append(f"**{result.writer} was set otherwise: `{_words(differing)}`; its times do not compare.**")
        values = [result.film.psnr for result in results]
        if max(values) - min(values) > CLOSE:
            lines.append(
                f"The films differ by {max(values) - min(values):.2f} dB, more than {CLOSE} dB: the same encoder was "
                "given other pixels (see PSNR)."
            )
        return "\n".join(lines)

    def _ratios(self, preset: str) -> str:
        rows = [
            [
                f"{item.ours} / {item.peer}",
                f"{item.of_medians:.2f}",
                f"{item.median:.2f}",
                f"{item.least:.2f}…{item.most:.2f}",
                f"{item.cpu:.2f}",
            ]
            for item in self._comparisons(preset)
        ]
        return table(["times as fast", "medians", "by round", "least…most", "CPU"], rows) if rows else ""

    def _aims(self) -> str:
        lines = ["## Aims", ""]
        for preset in self._arguments.presets:
            for item in self._comparisons(preset):
                if item.aim is not None:
                    word = "reached" if item.median >= item.aim else "not reached"
                    lines.append(f"- {preset}: {item.ours} ≥ {item.aim} × {item.peer}: {item.median:.2f}, {word}")
        return "\n".join(lines)

    def _doubts(self) -> list[str]:
        if not self._others:
            return ["How much of the machine others used is not known on this system."]
        share, most = median(self._others), max(self._others)
        text = f"Others used {100 * share:.0f} % of the machine while films were timed (median; at most {100 * most:.0f} %)."
        return [f"**The machine was not idle. {text}**" if share > BUSY else text]

    def save(self, folder: Path, text: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        facts = "\n".join(f"- {name}: {value}" for name, value in self._facts.items())
        (folder / "speed.md").write_text(f"# Writing films\n\n{facts}\n\n{text}\n", encoding="utf-8")
        comparisons = [asdict(item) for preset in self._arguments.presets for item in self._comparisons(preset)]
        results = [_plain(result) for result in self._results]
        document = {"machine": self._facts, "others": self._others, "results": results, "comparisons": comparisons}
        (folder / "speed.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
        print(f"\nKept in {folder}/speed.md and speed.json")


def _plain(result: Result) -> dict[str, Any]:
    plain = asdict(result)
    film = plain["film"]
    del film["times"]
    film["psnr"] = film["psnr"] if math.isfinite(film["psnr"]) else None
    return plain


def _words(settings: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" if value else name for name, value in settings.items())


if __name__ == "__main__":
    sys.exit(main())
