"""``python -m bench.startup``: what a program pays that starts, writes one short film, and ends.

Each line is a process of its own, from its start to its end, in turn with the others. What is imported already costs
nothing the second time: ``bench.run --scenarios short`` tells what further films cost.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.figures import table

_PICTURES = "import numpy\nframes = [numpy.full((360, 640, 3), 20 * i, numpy.uint8) for i in range(10)]\n"
_PEER = (
    _PICTURES + "import sys\nfrom bench.writers import Job, {0}\n{0}(frames, Job(path=sys.argv[1], preset='ultrafast'))"
)
_OURS = (
    _PICTURES
    + "import sys, reelwright\n"
    + "reelwright.write_video(frames, sys.argv[1], fps=30, overwrite=True, encoder_options={'preset': 'ultrafast'})"
)
PROGRAMS = {
    "Python alone": "",
    "`import numpy, av`": "import numpy, av",
    "`import reelwright`": "import reelwright",
    "`from reelwright import AssetWriter`": "from reelwright import AssetWriter",
    "`from reelwright import write_video`": "from reelwright import write_video",
    "a film by `write_video`": _OURS,
    "a film by a PyAV loop": _PEER.format("pyav_loop"),
    "a film by imageio-ffmpeg": _PEER.format("imageio"),
}
"""What is run, by what it is called."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="two rounds: to see that it works")
    parser.add_argument("--rounds", type=int, help="that count (default 15)")
    parser.add_argument("--out", default="bench/results", help="where the figures are put")
    arguments = parser.parse_args()
    rounds = arguments.rounds or (2 if arguments.quick else 15)
    walls = timed(rounds)
    rows = [[name, *(f"{1000 * value:.0f}" for value in (median(found), min(found)))] for name, found in walls.items()]
    text = table([f"a process ({rounds} rounds)", "ms", "least"], rows)
    print(text)
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "startup.md").write_text(text + "\n", encoding="utf-8")
    return 0


def timed(rounds: int) -> dict[str, list[float]]:
    """Seconds of each process of each round; a round before them, which fills the system's caches, does not count."""
    walls: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = str(Path(folder) / "film.mp4")
        for number in range(rounds + 1):
            for name, program in PROGRAMS.items():
                began = time.perf_counter()
                subprocess.run([sys.executable, "-c", program, path], check=True)
                if number:
                    walls[name].append(time.perf_counter() - began)
    return walls


if __name__ == "__main__":
    sys.exit(main())
