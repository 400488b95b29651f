"""What a run of the writers found, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Comparison, Result, compare, table
from bench.scenarios import SCENARIOS
from bench.verify import BT709
from bench.writers import WRITERS

__all__ = ["Report"]

CLOSE = 0.1  # dB that films may differ by and still be called the same
BUSY = 0.1  # share of the machine in others' hands that makes figures doubtful


class Report:
    """What was found in a run.

    Args:
        facts: about the machine. results: of all scenarios. others: shares of the machine that others used during the
            timed films, 0…1; empty where that is not known. is_quick: whether the run was too short to be published.
    """

    def __init__(
        self, facts: dict[str, str], results: list[Result], others: list[float], *, is_quick: bool = False
    ) -> None:
        self._facts = facts
        self._results = results
        self._others = others
        self._is_quick = is_quick
        self._scenarios = list(dict.fromkeys(result.scenario for result in results))

    def text(self) -> str:
        parts = [self._scenario(name) for name in self._scenarios]
        return "\n\n".join([*parts, self._aims(), *self._doubts()])

    def _of(self, scenario: str) -> list[Result]:
        return [result for result in self._results if result.scenario == scenario]

    def _comparisons(self, scenario: str) -> list[Comparison]:
        results = self._of(scenario)
        ours = [result for result in results if WRITERS[result.writer].is_ours]
        peers = [result for result in results if not WRITERS[result.writer].is_ours]
        return [compare(own, peer) for own in ours for peer in peers if _is_fair(own.writer, peer.writer)]

    def _scenario(self, scenario: str) -> str:
        results = self._of(scenario)
        films = f"{results[0].films} × " if results[0].films > 1 else ""
        count = f"{films}{results[0].film.frames} pictures, {len(results[0].timings)} rounds"
        title = f"## {SCENARIOS[scenario].title}: {count}"
        head = ["writer", "s", "least…most", "fps", "CPU ms/frame", "MB", "PSNR dB", "file MB", "colours", "encoder"]
        rows = [_row(result) for result in results]
        parts = [title, table(head, rows), "\n\n".join(_settings(results)), self._ratios(scenario)]
        return "\n\n".join(part for part in parts if part)

    def _ratios(self, scenario: str) -> str:
        rows = [
            [
                f"{item.ours} : {item.peer}",
                f"{item.of_medians:.2f}",
                f"{item.median:.2f}",
                f"{item.least:.2f}…{item.most:.2f}",
                f"{item.cpu:.2f}",
            ]
            for item in self._comparisons(scenario)
        ]
        head = ["times as fast as", "of medians", "median of rounds", "least…most", "less CPU"]
        return table(head, rows) if rows else ""

    def _aims(self) -> str:
        lines = ["## Aims", ""]
        for scenario in self._scenarios:
            for item in self._comparisons(scenario):
                if item.aim is not None:
                    word = "reached" if item.median >= item.aim else "not reached"
                    what = f"{SCENARIOS[scenario].title}: {item.ours} ≥ {item.aim} × {item.peer}"
                    lines.append(f"- {what}: {item.median:.2f}, {word}")
        return "\n".join(lines)

    def _doubts(self) -> list[str]:
        if not self._others:
            return ["How much of the machine others used is not known on this system."]
        share, most = 100 * median(self._others), 100 * max(self._others)
        text = f"Others used {share:.0f} % of the machine while films were timed (median; at most {most:.0f} %)."
        return [f"**The machine was not idle. {text}**" if share > 100 * BUSY else text]

    def save(self, folder: Path) -> None:
        """Write ``speed.md`` and ``speed.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        facts = "\n".join(f"- {name}: {value}" for name, value in self._facts.items())
        (folder / "speed.md").write_text(f"# Writing films\n\n{facts}\n\n{self.text()}\n", encoding="utf-8")
        comparisons = [asdict(item) for name in self._scenarios for item in self._comparisons(name)]
        results = [_plain(result) for result in self._results]
        document = {"quick": self._is_quick, "machine": self._facts, "others": self._others}
        document |= {"results": results, "comparisons": comparisons}
        (folder / "speed.json").write_text(json.dumps(document, indent=1), encoding="utf-8")


def _is_fair(ours: str, peer: str) -> bool:
    """Whoever is given planes is only compared with whoever is, too."""
    return WRITERS[ours].prepare is None or WRITERS[peer].prepare is not None


def _row(result: Result) -> list[str]:
    film, walls = result.film, [timing.wall for timing in result.timings]
    return [
        result.writer,
        f"{result.wall:.2f}",
        f"{min(walls):.2f}…{max(walls):.2f}",
        f"{result.frames / result.wall:.1f}",
        f"{1000 * result.cpu / result.frames:.{3 if result.cpu / result.frames < 0.001 else 1}f}",
        f"{result.memory / 1e6:.0f}" if result.memory else "-",
        f"{film.psnr:.2f}",
        f"{film.bytes / 1e6:.2f}",
        f"{film.matrix}{'' if film.tags == BT709 else ', untagged'}",
        WRITERS[result.writer].own_codec or film.build.removeprefix("core "),
    ]


def _settings(results: list[Result]) -> list[str]:
    """The encoder's settings, once, where any writer's differ, and whether the films are equally good."""
    first = results[0].film.settings
    lines = [f"The encoder's settings, as it wrote them into the films: `{_words(first)}`"]
    lines += [
        f"**{result.writer} encodes {WRITERS[result.writer].own_codec}: its times say nothing about writers.**"
        for result in results
        if WRITERS[result.writer].own_codec
    ]
    results = [result for result in results if not WRITERS[result.writer].own_codec]
    for result in results[1:]:
        differing = {name: value for name, value in result.film.settings.items() if first.get(name) != value}
        differing |= {name: "none" for name in first if name not in result.film.settings}
        if differing:
            lines.append(f"**{result.writer}: {_words(differing)}. With other settings, its times compare less.**")
    values = [result.film.psnr for result in results]
    apart = max(values) - min(values)
    lines.append(
        f"The films are equally good, to {apart:.2f} dB."
        if apart <= CLOSE
        else f"**The films are {apart:.2f} dB apart, more than {CLOSE}: their times compare less.**"
    )
    return lines


def _plain(result: Result) -> dict[str, Any]:
    plain = asdict(result)
    film = plain["film"]
    del film["times"]
    film["psnr"] = film["psnr"] if math.isfinite(film["psnr"]) else None
    return plain


def _words(settings: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" if value else name for name, value in settings.items())
