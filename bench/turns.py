"""Contestants in processes of their own that take turns: in every round each does the same work once.

Before the rounds each tells what it found, and only those who found the same are timed. Files are in the system's cache
by then, for everybody.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from bench.figures import table
from bench.machine import Load
from bench.readers import Answer
from bench.worker import Timing

__all__ = ["Contest", "Results", "WrongAnswer", "timed"]

Read = Callable[..., Answer]


class WrongAnswer(Exception):
    """Somebody found something else than we did: no time of the contest counts."""


class _Reader:
    """One contestant's process."""

    def __init__(self, name: str, read: Read, arguments: tuple[Any, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._name = name
        self._process: Any = context.Process(target=_serve, args=(theirs, read, arguments), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, *, tells: bool = False) -> Any:
        """Have the work done once; its timing, or what was found.

        Raises:
            RuntimeError: it failed; its words are in the message.
        """
        self._ours.send(tells)
        try:
            answer = self._ours.recv()
        except EOFError:
            raise RuntimeError(f"{self._name}: its process ended.") from None
        if isinstance(answer, str):
            raise RuntimeError(f"{self._name}: {answer}")
        return answer

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._ours.send(None)
        self._process.join()


def _serve(connection: Connection, read: Read, arguments: tuple[Any, ...]) -> None:
    while (tells := connection.recv()) is not None:
        gc.collect()
        try:
            timing, answer = timed(read, arguments)
            connection.send((answer.tell(),) if tells else timing)
        except Exception as error:
            connection.send(f"{type(error).__name__}: {error}")


def timed(read: Read, arguments: tuple[Any, ...]) -> tuple[Timing, Answer]:
    """Do the work once, child processes included."""
    before, worked, began = os.times(), time.process_time(), time.perf_counter()
    answer = read(*arguments)
    wall, own, after = time.perf_counter() - began, time.process_time() - worked, os.times()
    # The clock of this process counts finer than the ticks of ``os.times``, which tell of its children.
    user = own + after.children_user - before.children_user
    system = after.children_system - before.children_system
    return Timing(wall if answer.seconds is None else answer.seconds, user, system), answer


@dataclass(frozen=True, slots=True)
class Results:
    """The timings of one contest.

    Attributes:
        title: what was done. ours: whose times are compared with those of the others. timings: by contestant, by round.
        aims: how many times as fast as a peer we want to be. absent: who could not take part, and why.
        notes: what must be known about it. others: shares of the machine that others used meanwhile, 0…1.
    """

    title: str
    ours: str
    timings: Mapping[str, list[Timing]]
    aims: Mapping[str, float]
    absent: Mapping[str, str]
    notes: str
    others: list[float]

    def ratios(self, peer: str) -> list[float]:
        """Peer's time over ours, round by round."""
        pairs = zip(self.timings[self.ours], self.timings[peer], strict=True)
        return [theirs.wall / own.wall for own, theirs in pairs]

    def text(self) -> str:
        unit, factor = ("ms", 1000) if median(item.wall for item in self.timings[self.ours]) < 1 else ("s", 1)
        head = ["reader", unit, "least…most", f"CPU {unit}", "times as long as ours", "least…most", "aim"]
        rows = []
        for name, found in self.timings.items():
            walls = [factor * item.wall for item in found]
            row = [name, _number(median(walls)), f"{_number(min(walls))}…{_number(max(walls))}"]
            row.append(_number(factor * median(item.cpu for item in found)))
            ratios = self.ratios(name)
            row += ["", ""] if name == self.ours else [f"{median(ratios):.2f}", f"{min(ratios):.2f}…{max(ratios):.2f}"]
            rows.append([*row, self._aim(name)])
        absent = "\n".join(f"Not timed: {name}: {reason}." for name, reason in self.absent.items())
        rounds = len(self.timings[self.ours])
        parts = [f"### {self.title} ({rounds} rounds)", self.notes, table(head, rows), absent]
        return "\n\n".join(part for part in parts if part)

    def _aim(self, name: str) -> str:
        aim = self.aims.get(name)
        if aim is None:
            return ""
        return f"≥ {aim}: {'reached' if median(self.ratios(name)) >= aim else 'not reached'}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class Contest:
    """The same work for several contestants.

    Attributes:
        title, aims, notes: as in ``Results``. readers: the first is ours, by what they are called. arguments: of each.
        differs: what two answers differ in, in words; empty when they mean the same. absent: who is left out, and why.
    """

    title: str
    readers: Mapping[str, Read]
    arguments: tuple[Any, ...]
    differs: Callable[[Any, Any], str]
    aims: Mapping[str, float]
    absent: Mapping[str, str]
    notes: str = ""

    def run(self, rounds: int) -> Results:
        """Judge all of them, then time them in turn.

        Raises:
            WrongAnswer: somebody found something else than we did. RuntimeError: somebody failed.
        """
        workers = {name: _Reader(name, read, self.arguments) for name, read in self.readers.items()}
        try:
            self._judge(workers)
            return self._time(workers, rounds)
        finally:
            for worker in workers.values():
                worker.close()

    def _judge(self, workers: Mapping[str, _Reader]) -> None:
        told = {name: worker.ask(tells=True)[0] for name, worker in workers.items()}
        ours = next(iter(told))
        for name, answer in told.items():
            if difference := self.differs(told[ours], answer):
                raise WrongAnswer(f"{self.title}: {name} differs from {ours}: {difference}")

    def _time(self, workers: Mapping[str, _Reader], rounds: int) -> Results:
        names = list(workers)
        timings: dict[str, list[Timing]] = {name: [] for name in names}
        others: list[float] = []
        for number in range(rounds):
            turn = number % len(names)
            order = names[turn:] + names[:turn]
            for name in order if number % 2 == 0 else reversed(order):
                before, began = Load.now(), time.perf_counter()
                timing = workers[name].ask()
                timings[name].append(timing)
                share = Load.now().others(before, timing.cpu, time.perf_counter() - began)
                others += [] if share is None else [share]
            took = ", ".join(f"{name} {found[-1].wall:.3f}" for name, found in timings.items())
            print(f"{self.title}, round {number + 1}: {took}", flush=True)
        return Results(self.title, names[0], timings, self.aims, self.absent, self.notes, others)
