"""From timings to what can be said: medians, ratios round by round, and tables that people and programs can read."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.verify import Film
from bench.worker import Timing

__all__ = ["AIMS", "Comparison", "Result", "compare", "table"]

AIMS = {
    ("ultrafast", "pipe to ffmpeg (imageio's)"): 1.15,
    ("medium", "pipe to ffmpeg (imageio's)"): 1.0,
    ("ultrafast", "PyAV loop"): 1.4,
    ("ultrafast", "PyAV loop, as shipped"): 1.4,
    ("ultrafast", "encode only, planes ready"): 0.9,
}
"""How many times as fast as a peer we want to be, by scenario and peer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One writer in one scenario: its verified film, its peak of private memory, and a timing of every round."""

    writer: str
    scenario: str
    films: int = 1
    film: Film
    memory: int
    timings: tuple[Timing, ...]

    @property
    def frames(self) -> int:
        """Pictures of one round."""
        return self.films * self.film.frames

    @property
    def wall(self) -> float:
        return median(timing.wall for timing in self.timings)

    @property
    def cpu(self) -> float:
        return median(timing.cpu for timing in self.timings)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many times as fast as a peer we are: above 1 we are the faster.

    Attributes:
        of_medians: the peer's median time over ours. median, least, most: of the ratios within each round, in which
            both ran right after each other. cpu: the peer's median processor time over ours.
    """

    ours: str
    peer: str
    scenario: str
    of_medians: float
    median: float
    least: float
    most: float
    cpu: float

    @property
    def aim(self) -> float | None:
        return AIMS.get((self.scenario, self.peer))


def compare(ours: Result, peer: Result) -> Comparison:
    ratios = [theirs.wall / own.wall for own, theirs in zip(ours.timings, peer.timings, strict=True)]
    return Comparison(
        ours.writer,
        peer.writer,
        ours.scenario,
        peer.wall / ours.wall,
        median(ratios),
        min(ratios),
        max(ratios),
        peer.cpu / ours.cpu,
    )


def table(head: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table with columns wide enough to be read as it is; the first column is text, the others figures."""
    cells = [head, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(head))]

    def line(row: list[str]) -> str:
        padded = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        return f"| {' | '.join(padded)} |"

    rule = "|".join([":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])])
    return "\n".join([line(head), f"|{rule}|", *map(line, cells[1:])])
