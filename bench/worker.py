"""One process for each writer, which lives as long as the benchmark: a writer neither pays for another's memory nor
gains from its caches, and nobody pays for imports. The pictures are one mapped file, read by all and copied by none.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from bench.writers import WRITERS, Job

__all__ = ["Timing", "Worker"]


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

    def write(self, order: list[int], job: Job) -> Timing:
        """Write one film of the pictures in that order.

        Raises:
            RuntimeError: the writer raised something; its words are in the message.
        """
        self._ours.send((order, job))
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


def _serve(connection: Connection, name: str, pictures: str) -> None:
    write = WRITERS[name].write
    # Copy-on-write: arrays that may be written to, as everybody's are; nobody does.
    stack = np.asarray(np.load(pictures, mmap_mode="c"))
    connection.send(None)
    while (request := connection.recv()) is not None:
        order, job = request
        frames = [stack[index] for index in order]
        gc.collect()
        before, began = os.times(), time.perf_counter()
        try:
            write(frames, job)
        except Exception as error:
            connection.send(f"{name}: {type(error).__name__}: {error}")
            continue
        wall, after = time.perf_counter() - began, os.times()
        user = after.user - before.user + after.children_user - before.children_user
        system = after.system - before.system + after.children_system - before.children_system
        connection.send(Timing(wall, user, system))
