"""``python -m bench.header_first``: how long a film takes from its last sample to the closed file, header in front.

A film of stored samples is written as fast as the disk takes it, and finished by every method there is; beside them
stand a full rewrite and FFmpeg's ``-movflags +faststart``. How much of the film is on the disk when it is finished
decides most, so all of it happens thrice: just written, written and synced, and synced and out of the cache.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from bench.figures import table
from bench.machine import describe
from reelwright.containers.movie import Chunk, ExpectedTrack, MovieWriter, TrackOptions, room_for
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.storage.commit import PartFile
from reelwright.storage.destination import BufferedDestination

__all__ = ["METHODS", "STATES", "Film", "main", "photographs"]

_SIZE = (256, 256)
_RATE = 30
_IN_CHUNK = 32
_DIFFERENT = 64
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Method:
    """A way of finishing.

    Attributes:
        says: what the writer's summary must say. room_by: how room is made; None for the writer's choice.
        is_first: whether the header is put in front. is_reserved: whether room is left before the media.
    """

    says: str
    room_by: str | None = None
    is_first: bool = True
    is_reserved: bool = False


METHODS = {
    "header last": Method("last", is_first=False),
    "reserved": Method("first, reserved", is_reserved=True),
    "inserted": Method("first, inserted", "inserted"),
    "moved in place": Method("first, moved in place", "moved in place"),
    "as the writer chooses": Method("first, "),
    "rewritten": Method("first, rewritten", "rewritten"),
}
FFMPEG = "ffmpeg +faststart"
STATES = ("just written", "synced", "synced, not cached")


class _RewrittenFile(PartFile):
    """What a writer without better means does: a second file, into which everything is copied."""

    def make_room(self, offset: int, end: int, length: int) -> str:
        path = Path(self._open_file().name)
        other = path.with_suffix(".new")
        with open(path, "rb") as source, open(other, "xb") as target:
            target.write(source.read(offset))
            target.write(bytes(length))
            shutil.copyfileobj(source, target, _PIECE)
        self._open_file().close()
        os.replace(other, path)
        self._file = io.FileIO(path, "r+")
        return "rewritten"


class Film:
    """Writes the film; the samples are JPEG pictures of noise, all of them real.

    Args:
        size: bytes that it has about.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self._pictures = list(photographs())
        each = sum(map(len, self._pictures)) // _DIFFERENT
        self._chunks = max(1, size // each // _IN_CHUNK)

    def write(self, method: Method, state: str) -> tuple[float, float]:
        """Seconds from the last sample to the closed file, and to its last byte on the disk.

        Raises:
            RuntimeError: the header went another way than it was told.
        """
        path = self.folder / "film.mov"
        path.unlink(missing_ok=True)  # ext4 flushes a file that takes the place of another
        kind = _RewrittenFile if method.room_by == "rewritten" else PartFile
        room_by = None if method.room_by == "rewritten" else method.room_by
        place = BufferedDestination(kind(str(path), overwrite=False, room_by=room_by), None, insertable=True)
        place.open()
        with contextlib.closing(place):
            writer = self._begun(place, method)
            _bring_into(state, next(self.folder.glob(".film.mov.*.part")))
            began = time.perf_counter()
            summary = writer.finish(session_start=None, session_end=None, header_first=method.is_first)
            place.commit()
            closed = time.perf_counter() - began
        _sync(path)
        if not summary.header_method.startswith(method.says):
            raise RuntimeError(f"the header went {summary.header_method!r} instead of {method.says!r}.")
        return closed, time.perf_counter() - began

    def _begun(self, place: BufferedDestination, method: Method) -> MovieWriter:
        """The film with all its samples."""
        expected = ExpectedTrack(samples=self._chunks * _IN_CHUNK, chunks=self._chunks)
        writer = MovieWriter(place, FileType.MOV, reserve=room_for([expected]) if method.is_reserved else 0)
        track = writer.add_track(TrackOptions(media_type=MediaType.VIDEO))
        width, height = _SIZE
        number = track.describe(
            FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=width, height=height)
        )
        writer.begin()
        for index in range(self._chunks):
            first = index * _IN_CHUNK
            payload: list[Any] = [self._pictures[(first + within) % _DIFFERENT] for within in range(_IN_CHUNK)]
            sizes = [len(picture) for picture in payload]
            writer.write_chunk(track, Chunk(number, _RATE, payload, _IN_CHUNK, sizes, first, 1))
        return writer

    def remux(self, state: str) -> tuple[float, float]:
        """The same for FFmpeg, which reads the film that was written before and writes another."""
        source, target = self.folder / "film.mov", self.folder / "fast.mov"
        target.unlink(missing_ok=True)
        _bring_into(state, source)
        began = time.perf_counter()
        options = ["-c", "copy", "-movflags", "+faststart"]
        command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), *options, str(target)]
        subprocess.run(command, check=True)
        closed = time.perf_counter() - began
        _sync(target)
        return closed, time.perf_counter() - began

    def packets(self, name: str) -> str:
        """A hash of all samples, as FFmpeg reads them."""
        command = ["ffmpeg", "-v", "error", "-i", str(self.folder / name), "-c", "copy", "-f", "streamhash", "-"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        if done.stderr:
            raise RuntimeError(f"{name}: {done.stderr.strip()}")
        return str(done.stdout).strip()


def photographs() -> Iterator[bytes]:
    """Different pictures of noise, as JPEG."""
    random = np.random.default_rng(0)
    for _ in range(_DIFFERENT):
        file = io.BytesIO()
        Image.fromarray(random.integers(0, 256, (_SIZE[1], _SIZE[0], 3), np.uint8)).save(file, "JPEG", quality=60)
        yield file.getvalue()


def _bring_into(state: str, path: Path) -> None:
    if state == STATES[0]:
        return
    _sync(path)
    if state == STATES[2]:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def measure(film: Film, rounds: int) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Seconds (closed, on the disk) of every round, by method and state; judged by the samples that FFmpeg finds.

    Raises:
        RuntimeError: a film that does not hold what the others hold.
    """
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    known: set[str] = set()
    runs: dict[str, Callable[[str], tuple[float, float]]] = {
        name: lambda state, method=method: film.write(method, state)  # type: ignore[misc]
        for name, method in METHODS.items()
    }
    runs[FFMPEG] = film.remux
    for number in range(rounds):
        for state in STATES:
            for name, run in runs.items():
                os.sync()  # nobody waits for what others left behind
                found.setdefault((name, state), []).append(run(state))
                seconds = ", ".join(f"{each:.3f} s" for each in found[name, state][-1])
                print(f"round {number + 1}, {state}, {name}: {seconds}", file=sys.stderr)
                if not number and state == STATES[0]:
                    known.add(film.packets("fast.mov" if name == FFMPEG else "film.mov"))
    if len(known) != 1:
        raise RuntimeError(f"the films differ: {known}")
    return found


def report(found: dict[tuple[str, str], list[tuple[float, float]]]) -> str:
    """The tables: until the file is closed, and until all of it is on the disk."""
    parts = []
    for index, what in enumerate(("closed file", "last byte on the disk")):
        rows = []
        for name in [*METHODS, FFMPEG]:
            times = [[each[index] for each in found[name, state]] for state in STATES]
            rows.append([name, *(f"{median(few):.3f} ({min(few):.3f}…{max(few):.3f})" for few in times)])
        parts.append(table([f"last sample to {what}, s", *STATES], rows))
    return "\n\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.header_first", description=__doc__.split("\n\n")[1])
    parser.add_argument("--megabytes", type=int, default=2048, help="size of the film")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is done")
    parser.add_argument("--directory", help="where the films are: three times their size is needed")
    arguments = parser.parse_args()
    print("\n".join(f"{name}: {value}" for name, value in describe().items()), file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=arguments.directory) as folder:
        found = measure(Film(Path(folder), arguments.megabytes << 20), arguments.rounds)
    print(f"{arguments.megabytes} MiB, medians of {arguments.rounds} rounds (least…most)\n\n{report(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
