"""``python -m bench.reading``: opening, sample tables, decoding, single pictures and memory, by us and by our peers.

In every round each reader does the same work once, in turn; the order changes from round to round. What each found is
compared beforehand. All files are in the system's cache by then: what is timed is reading, not the disk.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import readers, thumbnails
from bench.figures import table
from bench.machine import describe, processors
from bench.reading_files import STEP, hour_film, long_movie, numbered_film, pcm_movie
from bench.reading_memory import Growth, is_known, measured
from bench.turns import Contest, Results, WrongAnswer

OURS, PYAV, AUTO = "reelwright", "PyAV", "PyAV, thread_type AUTO"
_PEAK = 255.0
_ALIKE = 30  # dB between pictures that were decoded alike, then scaled and converted to RGB by different means


def main() -> int:
    arguments = _arguments()
    facts = describe()
    print("\n".join(f"{name}: {value}" for name, value in facts.items()), flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=arguments.directory) as folder:
        bench = _Bench(arguments, Path(folder))
        try:
            texts = [text for part in arguments.parts for text in PARTS[part](bench)]
        except (WrongAnswer, RuntimeError) as wrong:
            print(f"\nNo time counts: {wrong}", file=sys.stderr)
            return 1
    _save(Path(arguments.out), facts, texts, bench)
    return 0


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="two rounds with short films: to see that it works")
    parser.add_argument("--rounds", type=int, help="rounds that count (default: by part)")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--directory", help="where the films are made: 5 GB (default: the system's temporary folder)")
    parser.add_argument("--out", default="bench/results", help="where the figures are put")
    return parser.parse_args()


def _save(out: Path, facts: dict[str, str], texts: list[str], bench: _Bench) -> None:
    lines = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    shares = [share for results in bench.results for share in results.others]
    if shares:
        texts.append(f"Others used {100 * median(shares):.0f} % of the machine meanwhile (median).")
    out.mkdir(parents=True, exist_ok=True)
    (out / "reading.md").write_text(f"# Reading films\n\n{lines}\n\n" + "\n\n".join(texts) + "\n", encoding="utf-8")
    plain = {"machine": facts, "results": [asdict(results) for results in bench.results]}
    (out / "reading.json").write_text(json.dumps(plain, indent=1), encoding="utf-8")
    print(f"\nKept in {out}: reading.md, reading.json")


class _Bench:
    """The films and the rounds."""

    def __init__(self, arguments: Any, folder: Path) -> None:
        self._arguments = arguments
        self._folder = folder
        self.results: list[Results] = []

    @property
    def is_quick(self) -> bool:
        return bool(self._arguments.quick)

    def made(self, name: str, make: Callable[[Path], None]) -> Path:
        """A film, made on first use."""
        path = self._folder / name
        if not path.exists():
            print(f"making {name} …", flush=True)
            make(path)
        return path

    def run(
        self,
        title: str,
        wanted: dict[str, Callable[..., readers.Answer]],
        arguments: tuple[Any, ...],
        differs: Callable[[Any, Any], str],
        *,
        rounds: int,
        aims: dict[str, float] | None = None,
        notes: str = "",
    ) -> str:
        absent = {name: reason for name in wanted if (reason := readers.have(name))}
        there = {name: read for name, read in wanted.items() if name not in absent}
        contest = Contest(title, there, arguments, differs, aims or {}, absent, notes)
        results = contest.run(self._arguments.rounds or (2 if self.is_quick else rounds))
        self.results.append(results)
        print(f"\n{results.text()}\n", flush=True)
        return results.text()


# ---------------------------------------------------------------------------------------------------- opening, tables


def _long(bench: _Bench, fragmented: bool) -> tuple[str, Path]:
    hours = 0.1 if bench.is_quick else 4
    words = f"{hours}-hour {'fragmented ' if fragmented else ''}movie, {round(hours * 3600 * 76.875):,} samples"
    name = f"long{'-fragmented' if fragmented else ''}.mp4"
    return words, bench.made(name, lambda path: long_movie(path, hours, fragmented=fragmented))


def opening(bench: _Bench) -> Iterator[str]:
    """Duration, tracks, formats, sizes and frame rates."""
    for fragmented in (False, True):
        words, path = _long(bench, fragmented)
        ours = {OURS: readers.open_ours}
        if fragmented:
            ours = {"reelwright, but frame rates": readers.open_ours_but_rates, "reelwright, all": readers.open_ours}
        notes = "Duration, formats, sizes and frame rates, from a new asset; within a process that has its modules."
        if fragmented:
            notes += (
                " In fragments only all samples together tell the rate, and ours is theirs; FFmpeg estimates it from "
                "the first pictures. MP4Box.js stops before it knows the duration."
            )
        within = ours | {PYAV: readers.open_pyav, "MP4Box.js (its own clock)": readers.open_mp4box}
        yield bench.run(
            f"Opening a {words}", within, (str(path),), _opens_apart, rounds=15, aims={PYAV: 5}, notes=notes
        )
        process = readers.process_ours_but_rates if fragmented else readers.process_ours
        whole = {
            next(iter(ours)): process,
            PYAV: readers.process_pyav,
            "ffprobe": readers.open_ffprobe,
            "MP4Box.js": readers.open_mp4box_process,
        }
        notes = "Whole processes: starting Python, ffprobe or node, their modules, opening, saying what was found."
        yield bench.run(f"The same as a process, {words}", whole, (str(path),), _opens_apart, rounds=7, notes=notes)


def _opens_apart(ours: Any, theirs: Any) -> str:
    if theirs["seconds"] and abs(ours["seconds"] - theirs["seconds"]) > 0.1:
        return f"{theirs['seconds']} s, not {ours['seconds']}"
    for own, other in zip(ours["tracks"], theirs["tracks"], strict=True):
        if own[1:4] != tuple(other[1:4]):
            return f"{other}, not {own}"
        if own[4] is not None and other[4] is not None and abs(own[4] - other[4]) > 0.01:
            return f"{other[4]} pictures a second, not {own[4]}"
    return ""


def tables(bench: _Bench) -> Iterator[str]:
    """Place, size, decode time, presentation time and sync of every sample."""
    for fragmented in (False, True):
        words, path = _long(bench, fragmented)
        wanted = {
            OURS: readers.tables_ours,
            PYAV: readers.tables_pyav,
            "MP4Box.js (its own clock)": readers.tables_mp4box,
            "MP4Box.js, process": readers.tables_mp4box_process,
            "ffprobe, process": readers.tables_ffprobe,
        }
        notes = (
            "Offset, size, decode and presentation time and sync of all samples, opening included: our sample index, "
            "PyAV's packets, `ffprobe -show_entries packet=…` as text, MP4Box.js' getTrackSamplesInfo."
        )
        aims = {PYAV: 2.0, "MP4Box.js (its own clock)": 2.0, "ffprobe, process": 2.0}
        title = f"Complete tables of a {words}"
        yield bench.run(title, wanted, (str(path),), _tables_apart, rounds=5, aims=aims, notes=notes)


def _tables_apart(ours: Any, theirs: Any) -> str:
    for own, other in zip(ours, theirs, strict=True):
        for key, value in own.items():
            if abs(value - other[key]) > 1e-6 * abs(value):
                return f"{key} {other[key]}, not {value}"
    return ""


# ---------------------------------------------------------------------------------------------------- pictures


def decoding(bench: _Bench) -> Iterator[str]:
    """All pictures of a film, one after the other."""
    size, seconds = ((640, 360), 4) if bench.is_quick else ((1920, 1080), 20)
    path = bench.made(
        "film.mp4",
        lambda path: numbered_film(path, seconds, preset="medium", rate=8_000_000, gop=250, size=size),
    )
    words = f"{seconds} s of {size[0]}×{size[1]} H.264 (x264 medium, 8 Mbit/s, B-frames)"
    notes = (
        f"All use FFmpeg's decoder. ffmpeg, PyAV with AUTO and we let it take its own number of threads, for pictures "
        f"side by side: {processors() + 1} here. The ffmpeg programs throw the pictures away, the others deliver them "
        "to a loop that looks at one pixel; a program's time has its start in it (about 0.1 s), ours and PyAV's not."
    )
    planes = {
        OURS: readers.decode_ours,
        "ffmpeg to null (system's)": readers.decode_system,
        "ffmpeg to null (imageio-ffmpeg's)": readers.decode_imageio,
        AUTO: readers.decode_pyav_auto,
        "PyAV, as shipped": readers.decode_pyav,
    }
    aims = {"ffmpeg to null (system's)": 0.95, "ffmpeg to null (imageio-ffmpeg's)": 0.95}
    yield bench.run(f"Decoding {words}", planes, (str(path),), _counts_apart, rounds=9, aims=aims, notes=notes)
    rgb = {
        OURS: readers.decode_ours_rgb,
        "PyAV, AUTO, to_ndarray": readers.decode_pyav_rgb,
        "imageio-ffmpeg (pipe)": readers.decode_imageio_rgb,
        "OpenCV (BGR)": readers.decode_opencv,
    }
    notes = "RGB24 arrays in the caller's loop. Ours are converted with the film's own matrix and range."
    yield bench.run(f"The same as RGB24, {words}", rgb, (str(path),), _counts_apart, rounds=9, notes=notes)


def _counts_apart(ours: Any, theirs: Any) -> str:
    same = ours["pictures"] == theirs["pictures"]
    return "" if same else f"{theirs['pictures']} pictures, not {ours['pictures']}"


def images(bench: _Bench) -> Iterator[str]:
    """Single pictures of an hour, exactly those that are shown at moments at even distances."""
    size, seconds, count = ((640, 360), 500, 15) if bench.is_quick else ((1920, 1080), 3600, 100)
    notes = (
        "`AssetImageGenerator.images` with tolerances of zero; PyAV: seek to the key frame before, decode until the "
        "picture is there, `to_image`. Both give the same pictures, by the numbers in them and to 30 dB."
    )
    small = (thumbnails.images_ours_small, thumbnails.images_pyav_small, thumbnails.images_pyav_auto_small)
    full = (thumbnails.images_ours, thumbnails.images_pyav, thumbnails.images_pyav_auto)
    jobs = (
        (250, f"{thumbnails.WIDTH} wide", small, 3),
        (60, f"{thumbnails.WIDTH} wide", small, 3),
        (60, "whole", full, 3),
    )
    for gop, how, (ours, plain, auto), rounds in jobs:
        path = bench.made(f"hour-{gop}.mp4", lambda path, gop=gop: _make_hour(bench, path, gop, size, seconds))
        wanted = {OURS: ours, "PyAV seek loop": plain, "PyAV seek loop, thread_type AUTO": auto}
        title = f"{count} exact pictures of {seconds} s of {size[0]}×{size[1]} H.264, key frames {gop} apart, {how}"
        arguments = (str(path), seconds, count, size[0])
        aims = dict.fromkeys(list(wanted)[1:], 1.5)
        yield bench.run(title, wanted, arguments, _images_apart, rounds=rounds, aims=aims, notes=notes)
        if gop == 250:
            path.unlink()


def _make_hour(bench: _Bench, path: Path, gop: int, size: tuple[int, int], seconds: int) -> None:
    piece = bench.made(
        f"piece-{gop}.mp4",
        lambda path: numbered_film(path, STEP, preset="veryfast", rate=4_000_000, gop=gop, size=size),
    )
    hour_film(piece, path, seconds)


def _images_apart(ours: Any, theirs: Any) -> str:
    if len(ours) != len(theirs):
        return f"{len(theirs)} pictures, not {len(ours)}"
    for place, ((number, own), (other_number, other)) in enumerate(zip(ours, theirs, strict=True)):
        error = float(np.mean((own.astype(float) - other.astype(float)) ** 2))
        alike = 10 * np.log10(_PEAK**2 / max(error, 1e-9))
        if number != other_number or own.shape != other.shape or alike < _ALIKE:
            return f"picture {place} is number {other_number}, not {number}, {alike:.1f} dB from ours"
    return ""


# ---------------------------------------------------------------------------------------------------- memory


def memory(bench: _Bench) -> Iterator[str]:
    """What is held while hours of film go by."""
    if not is_known():
        yield "### Memory\n\nNot measured: this system does not say what a process holds."
        return
    hours = 0.2 if bench.is_quick else 10
    jobs: list[tuple[str, str, str, Callable[[Path], None]]] = [
        (f"stored samples, {hours} h, two tracks", "stored", "ten.mp4", lambda path: long_movie(path, hours)),
        (
            f"the same in fragments, {hours} h",
            "stored",
            "ten-fragmented.mp4",
            lambda path: long_movie(path, hours, fragmented=True),
        ),
        (f"PCM, {hours} h at 8 kHz, decoded", "decoded", "ten.mov", lambda path: pcm_movie(path, hours)),
        (
            f"pictures (64×36) and AAC, {hours / 10} h, decoded",
            "decoded",
            "one.mp4",
            lambda path: long_movie(path, hours / 10),
        ),
    ]
    rows = []
    for title, kind, name, make in jobs:
        path = bench.made(name, make)
        rows.append(_memory_row(title, measured(str(path), kind)))
        path.unlink()
        print(rows[-1], flush=True)
    head = ["MB held", "before", "first minute", "most after it", "growth", "buffers"]
    text = f"### Memory while reading\n\n{table(head, rows)}"
    print(f"\n{text}\n", flush=True)
    yield text


def _memory_row(title: str, found: Growth) -> list[str]:
    sizes = (found.before, found.first_minute, found.later, found.grown)
    return [title, *(f"{size / 1e6:.1f}" for size in sizes), f"{found.buffers:,}"]


PARTS: dict[str, Callable[[_Bench], Iterator[str]]] = {
    "opening": opening,
    "tables": tables,
    "decoding": decoding,
    "images": images,
    "memory": memory,
}


if __name__ == "__main__":
    sys.exit(main())
