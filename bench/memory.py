"""Memory while long films are written: what a process holds at most, above what it held when it began.

``python -m bench.memory`` writes two films of packets, each in a process of its own. *Track after track*: eight tracks
of 50 samples a second for twelve hours, all of one before the next. *Far ahead*: two tracks, one of which is always
hours in front of the other. Both are read back sample by sample with our own reader, and counted by ffprobe. With
``--header-first`` their tables go in front of the media.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.reading_memory import is_known, resident
from reelwright import (
    Asset,
    AssetWriter,
    AssetWriterInput,
    FormatDescription,
    MediaType,
    SampleBuffer,
    SampleTiming,
    Time,
)

__all__ = ["Figures", "Film", "far_ahead", "measured", "track_after_track"]

Numbers = npt.NDArray[np.int64]
RATE = 50
"""Samples a second of every track."""

_AT_ONCE = 1 << 16
FORMAT = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=64, height=64)


@dataclass(frozen=True, slots=True)
class Film:
    """What is written: ``tracks`` of ``hours``, ``many`` samples with each call, track ``ahead`` hours in front.

    Attributes:
        ahead: None: all of a track before the next.
        size: bytes of the smallest sample. spill_limit: of the writer.
        header_first: whether the tables are put in front of the media.
    """

    tracks: int
    hours: float
    ahead: float | None = None
    many: int = 3000
    size: int = 12
    spill_limit: int | None = None
    header_first: bool = False

    @property
    def samples(self) -> int:
        """Of one track, in whole buffers."""
        return max(1, int(self.hours * 3600 * RATE) // self.many) * self.many


def track_after_track(scale: float = 1) -> Film:
    """Eight tracks of twelve hours, 17.28 million samples."""
    return Film(tracks=8, hours=12 * scale)


def far_ahead(scale: float = 1) -> Film:
    """Two tracks of 24 hours, one of them twenty hours in front."""
    return Film(tracks=2, hours=24 * scale, ahead=20 * scale)


@dataclass(frozen=True, slots=True)
class Figures:
    """What writing took.

    Attributes:
        before, peak: bytes of private memory when writing began, and the most while it lasted.
        finishing: the most while the film was finished.
        samples: of all tracks. seconds: to write them. spilled, out_of_turn: from the report. bytes: of the film.
    """

    before: int
    peak: int
    finishing: int
    samples: int
    seconds: float
    spilled: int
    out_of_turn: int
    bytes: int

    @property
    def grown(self) -> int:
        return max(self.peak, self.finishing) - self.before

    @property
    def per_sample(self) -> float:
        """Bytes of memory for each sample when the last was written."""
        return (max(self.peak, self.finishing) - self.before) / self.samples


def sizes_of(film: Film, track: int, first: int, count: int) -> Numbers:
    """Bytes of samples: they differ from neighbour to neighbour."""
    return film.size + (np.arange(first, first + count) * 7 + track) % 17


def content(film: Film, track: int, first: int) -> tuple[bytes, list[int]]:
    """The bytes of samples, each beginning with its track and number (eight bytes), and their sizes."""
    count = film.many
    sizes = sizes_of(film, track, first, count)
    starts = np.cumsum(sizes) - sizes
    data = np.zeros(int(sizes.sum()), np.uint8)
    marks = (np.arange(first, first + count) | track << 48).astype("<u8").view(np.uint8).reshape(count, 8)
    data[starts[:, None] + np.arange(8)] = marks
    return data.tobytes(), sizes.tolist()


def buffer(film: Film, track: int, first: int) -> SampleBuffer:
    data, sizes = content(film, track, first)
    return SampleBuffer(data, FORMAT, [SampleTiming(Time(first, RATE), Time(1, RATE))], sizes)


def turns(film: Film) -> Iterator[tuple[int, int]]:
    """Track and first sample of the buffers, in the order in which they are appended."""
    if film.ahead is None:
        yield from ((track, first) for track in range(film.tracks) for first in range(0, film.samples, film.many))
        return
    lead = int(film.ahead * 3600 * RATE) // film.many * film.many
    for first in range(0, film.samples + lead, film.many):
        if first < film.samples:
            yield 0, first
        if first >= lead:
            yield from ((track, first - lead) for track in range(1, film.tracks))


class Peak:
    """The most memory seen."""

    def __init__(self) -> None:
        self.bytes = 0

    def look(self) -> None:
        self.bytes = max(self.bytes, resident())


def written(path: str, film: Film) -> Figures:
    """Write a film and see what it takes. The system's own record of the peak counts too, where it can be reset."""
    inputs = [AssetWriterInput(MediaType.VIDEO, None, FORMAT) for _ in range(film.tracks)]
    buffer(film, 0, 0)
    gc.collect()
    before, began = resident(), time.perf_counter()
    can_reset = _reset_peak()
    while_writing = Peak()
    writer = AssetWriter(path)
    writer.spill_limit = film.spill_limit
    writer.should_optimize_for_network_use = film.header_first
    for input in inputs:
        writer.add(input)
    writer.start_writing()
    writer.start_session(0)
    for track, first in turns(film):
        inputs[track].append(buffer(film, track, first))
        while_writing.look()
    report = writer.finish_writing()
    seconds = time.perf_counter() - began
    highest = _recorded_peak() if can_reset else resident()
    return Figures(
        before=before,
        peak=while_writing.bytes,
        finishing=highest,
        samples=sum(track.written for track in report.tracks),
        seconds=seconds,
        spilled=report.spilled,
        out_of_turn=report.out_of_turn,
        bytes=report.bytes,
    )


def _reset_peak() -> bool:
    """Have Linux forget the highest resident size so far (proc(5), clear_refs)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _recorded_peak() -> int:
    """The highest resident size since then, without what is mapped from files now."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    highest, mapped = (int(fields[name].split()[0]) << 10 for name in ("VmHWM", "RssFile"))
    return highest - mapped


def measured(path: str, film: Film) -> Figures:
    """Write in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(written, (path, film))


def verify(path: str, film: Film) -> int:
    """Look up every sample in the tables as our reader has them, see that it is the one that was written, in its place
    and time, and return how many there are.

    Raises:
        AssertionError: it is not.
    """
    count = 0
    data = np.memmap(path, np.uint8, "r")
    with Asset(path) as asset:
        assert len(asset.tracks) == film.tracks
        for number, track in enumerate(asset.tracks):
            index = track.sample_index
            assert (len(index), index.time_scale, index.composition, index.sync) == (film.samples, RATE, None, None)
            for first in range(0, film.samples, _AT_ONCE):
                rows = slice(first, min(first + _AT_ONCE, film.samples))
                numbers = np.arange(rows.start, rows.stop)
                assert np.array_equal(index.decode[rows], numbers)
                assert np.array_equal(index.sizes[rows], sizes_of(film, number, first, numbers.size))
                marks = data[index.offsets[rows][:, None] + np.arange(8)].copy().view("<u8")[:, 0]
                assert np.array_equal(marks, numbers | number << 48)
                count += numbers.size
    return count


def counted(path: str) -> list[int] | None:
    """Samples of each track as ffprobe counts them in the tables; None where there is none."""
    if shutil.which("ffprobe") is None:
        return None
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=nb_frames", "-of", "json", path]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return [int(stream["nb_frames"]) for stream in json.loads(answer.stdout)["streams"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="fraction of the films' length")
    parser.add_argument("--json", help="write the figures there")
    parser.add_argument("--unread", action="store_true", help="do not read the films back")
    parser.add_argument("--header-first", action="store_true", help="put the tables in front of the media")
    options = parser.parse_args()
    if not is_known():
        raise SystemExit("this system does not say what a process holds (/proc)")
    films = {"track after track": track_after_track(options.scale), "far ahead": far_ahead(options.scale)}
    films = {name: replace(film, header_first=options.header_first) for name, film in films.items()}
    results = {}
    print("| film | samples | above baseline | bytes a sample | beside the film | film | time | read back | ffprobe |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, film in films.items():
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
            path = os.path.join(folder, "film.mov")
            figures = measured(path, film)
            results[name] = asdict(figures)
            read = "-" if options.unread else f"{verify(path, film):,}"
            seen = counted(path)
            assert seen in (None, [film.samples] * film.tracks), f"ffprobe counts {seen}"
        print(
            f"| {name} | {figures.samples:,} | {figures.grown / 1e6:.0f} MB | {figures.per_sample:.1f} | "
            f"{figures.spilled / 1e6:.0f} MB | {figures.bytes / 1e6:.0f} MB | {figures.seconds:.0f} s | {read} | "
            f"{sum(seen) if seen else '-'} |"
        )
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
