"""One process for each writer, which lives as long as the benchmark: a writer neither pays for another's memory nor
gains from its caches, and nobody pays for imports. The pictures are one mapped file, read by all and copied by none.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from bench.writers import WRITERS, Job, Writer

__all__ = ["Timing", "Worker", "paths"]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that one film took: by the clock, and of processors in programs and in the system, child processes
    included."""

    wall: float
    user: float
    system: float

    @property
    def cpu(self) -> float:
        return self.user + self.system


class Worker:
    """A writer in its own process.

    Args:
        name: a key of ``WRITERS``. pictures: the file of an array (``numpy.save``) with all pictures.
    """

    def __init__(self, name: str, pictures: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._name = name
        self._process: Any = context.Process(target=_serve, args=(theirs, name, str(pictures)), daemon=True)
        self._process.start()
        theirs.close()
        self._answer()

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    def prepare(self, order: list[int], job: Job) -> None:
        """Make what the writer is to be given of the pictures, as far as it wants other things than pictures.

        Raises:
            RuntimeError: as in ``write``.
        """
        self._ours.send((order, job, 0))
        self._answer()

    def write(self, order: list[int], job: Job, films: int = 1) -> Timing:
        """Write a film of the pictures in that order, or several of them one after the other (``paths``).

        Raises:
            RuntimeError: the writer raised something; its words are in the message.
        """
        self._ours.send((order, job, films))
        answer = self._answer()
        assert isinstance(answer, Timing)
        return answer

    def _answer(self) -> Any:
        try:
            answer = self._ours.recv()
        except EOFError:
            raise RuntimeError(f"{self._name}: its process ended with {self._process.exitcode}.") from None
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._ours.send(None)
        self._process.join()


def paths(job: Job, films: int) -> list[str]:
    """Where the films of a job are written."""
    path = Path(job.path)
    return [job.path, *(str(path.with_stem(f"{path.stem}-{number}")) for number in range(1, films))]


class _Given:
    """What a writer is given: the pictures as they are, or what it makes of them beforehand, once for each job."""

    def __init__(self, writer: Writer, pictures: str) -> None:
        # Copy-on-write: arrays that may be written to, as everybody's are; nobody does.
        self._stack = np.asarray(np.load(pictures, mmap_mode="c"))
        self._prepare = writer.prepare
        self._made: dict[int, Any] = {}
        self._made_for: Any = None

    def frames(self, order: list[int], job: Job) -> list[Any]:
        if self._prepare is None:
            return [self._stack[index] for index in order]
        if self._made_for != (job.pixel_format, job.rate):
            self._made, self._made_for = {}, (job.pixel_format, job.rate)
        for index in set(order) - self._made.keys():
            self._made[index] = self._prepare(self._stack[index], job)
        return [self._made[index] for index in order]


def _serve(connection: Connection, name: str, pictures: str) -> None:
    writer = WRITERS[name]
    given = _Given(writer, pictures)
    connection.send(None)
    while (request := connection.recv()) is not None:
        order, job, films = request
        try:
            frames = given.frames(order, job)
            connection.send(_timed(writer, frames, job, films) if films else None)
        except Exception as error:
            connection.send(f"{name}: {type(error).__name__}: {error}")


def _timed(writer: Writer, frames: list[Any], job: Job, films: int) -> Timing:
    jobs = [replace(job, path=path) for path in paths(job, films)]
    gc.collect()
    before, began = os.times(), time.perf_counter()
    for one in jobs:
        writer.write(frames, one)
    wall, after = time.perf_counter() - began, os.times()
    user = after.user - before.user + after.children_user - before.children_user
    system = after.system - before.system + after.children_system - before.children_system
    return Timing(wall, user, system)
