"""``python -m tests.torture.run``: many damaged files, read by watched processes; what breaks a promise is listed.

    python -m tests.torture.run --cases 100000 --jobs 2

Three quarters of the cases are whole movies, the others the contents of single boxes; with them come files that FFmpeg
demuxes for us, each in a process of its own, and movies whose damaged samples are decoded. A fault is named by its
part, its seed file and its number, which give it again: ``python -m tests.torture.run --only movies film.mov 17``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture import parsers, seeds
from tests.torture.hostile import write_hostile
from tests.torture.watch import Outcome, Part, torture
from tests.torture.worker import imported

__all__ = ["PARTS", "prepared"]

MOVIES = Part("movies", "tests.torture.exercise:movie")
BOXES = Part("boxes", "tests.torture.parsers:read", "tests.torture.mutate:damaged_content")
STRANGE = Part("strange", "tests.torture.exercise:strange", "tests.torture.mutate:damaged_content")
HOSTILE = Part("hostile", "tests.torture.exercise:movie", "tests.torture.mutate:untouched")
PAYLOADS = Part("payloads", "tests.torture.exercise:decode", "tests.torture.mutate:damaged_payload")

PARTS: dict[str, tuple[Part, Callable[[Path], None]]] = {
    "movies": (MOVIES, seeds.write_movies),
    "boxes": (BOXES, parsers.write_contents),
    "strange": (STRANGE, seeds.write_strange),
    "payloads": (PAYLOADS, seeds.write_payloads),
    "hostile": (HOSTILE, write_hostile),
}


def prepared(name: str, folder: Path, *, found: bool = False) -> Part:
    """A part, its seed files written into a folder that is made here.

    Args:
        found: others' files too, where they are at hand.
    """
    part, write = PARTS[name]
    folder.mkdir()
    write(folder)
    if found and name in ("movies", "strange"):
        seeds.found_seeds(folder, strange=name == "strange")
    return part


def _again(folder: Path, name: str, seed: str, number: int) -> int:
    """One case, in this process, with its traceback."""
    part = prepared(name, folder / name, found=True)
    damaged = imported(part.damage)((folder / name / seed).read_bytes(), number)
    print(f"{len(damaged)} bytes")
    start = time.process_time()
    imported(part.read)(seed, damaged)
    print(f"no fault, {time.process_time() - start:.2f} s")
    return 0


def main() -> int:
    arguments = argparse.ArgumentParser(description="Read damaged media files and see that every promise is kept.")
    arguments.add_argument("--cases", type=int, default=100_000, help="movies and single boxes")
    arguments.add_argument("--strange", type=int, default=400, help="files of other kinds")
    arguments.add_argument("--payloads", type=int, default=400, help="movies to be decoded")
    arguments.add_argument("--first", type=int, default=0, help="number of the first case")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--only", nargs=3, metavar=("PART", "FILE", "NUMBER"), help="one case again")
    given = arguments.parse_args()
    counts = {"movies": given.cases * 3 // 4, "boxes": given.cases - given.cases * 3 // 4}
    counts |= {"strange": given.strange, "payloads": given.payloads, "hostile": 50 if given.cases else 0}
    total = Outcome()
    with tempfile.TemporaryDirectory() as place:
        if given.only:
            name, seed, number = given.only
            return _again(Path(place), name, seed, int(number))
        for name, count in counts.items():
            if not count:
                continue
            part = prepared(name, Path(place) / name, found=True)
            numbers = range(given.first, given.first + count)
            outcome = torture(part, Path(place) / name, numbers, given.jobs, say=lambda text: print(text, flush=True))
            print(f"{name}: {outcome}", flush=True)
            total += outcome
    print(total)
    return 1 if total.faults else 0


if __name__ == "__main__":
    sys.exit(main())
