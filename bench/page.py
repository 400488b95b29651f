"""``python -m bench.page``: the figures of the last full run, as the page ``docs/benchmarks.md`` and its plots.

The page is written by hand but for its marked parts: what stands between ``<!-- figures: NAME -->`` and
``<!-- /figures -->`` is made anew from ``NAME.md`` among the results; ``speed`` from ``speed.json``, with the
plots. Parts without results stay as they are, and the end of the run says which.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import AIMS, table
from bench.plots import Bar, Row, costs, svg, times
from bench.scenarios import SCENARIOS
from bench.writers import WRITERS

__all__ = ["filled", "main"]

OURS, _OURS_OF_PLANES = "reelwright AssetWriter", "reelwright, planes ready"
_PART = re.compile(r"(<!-- figures: ([\w-]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)
_COSTLY = "ultrafast"  # the scenario whose processor time and memory are drawn
_CLOSE = 0.1  # dB within which films of one encoder count as equally good

Results = list[dict[str, Any]]


def main() -> int:
    arguments = _arguments()
    results, page, plots = Path(arguments.results), Path(arguments.page), Path(arguments.plots)
    document = json.loads((results / "speed.json").read_text(encoding="utf-8"))
    if document["quick"] and not arguments.quick:
        print("The last run was a quick one, whose figures say nothing: run make bench first.", file=sys.stderr)
        return 1
    plots.mkdir(parents=True, exist_ok=True)
    for name, data in _plots(document["results"]).items():
        (plots / name).write_bytes(data)
    where = plots.relative_to(page.parent).as_posix()
    made = {"speed": lambda: speed(document, where)}
    text, missing = filled(page.read_text(encoding="utf-8"), made, results)
    page.write_text(text, encoding="utf-8")
    print(f"Written: {page} and its plots in {plots}")
    for name in missing:
        print(f"Left as it was for want of {results / name}.md: {name}")
    return 0


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="take the figures of a quick run, to see that it works")
    parser.add_argument("--results", default="bench/results", help="where the figures are")
    parser.add_argument("--page", default="docs/benchmarks.md")
    parser.add_argument("--plots", default="docs/plots", help="a folder beside the page or below it")
    return parser.parse_args()


def filled(page: str, made: Mapping[str, Callable[[], str]], results: Path) -> tuple[str, list[str]]:
    """The page with its marked parts made anew, and the names of those that nothing was found for."""
    missing = []

    def part(match: re.Match[str]) -> str:
        begin, name, end = match.groups()
        kept = results / f"{name}.md"
        if name in made:
            text = made[name]()
        elif kept.exists():
            text = kept.read_text(encoding="utf-8").strip()
        else:
            missing.append(name)
            return match[0]
        return f"{begin}\n{text}\n\n{end}"

    return _PART.sub(part, page), missing


def speed(document: Mapping[str, Any], plots: str) -> str:
    """All tables of the films that were written, with the plots above them."""
    results: Results = document["results"]
    parts = [
        _machine(document),
        f"![Time of each writer, times as long as ours, for each kind of film]({plots}/times.svg)",
        f"![Processor time and memory of each writer at 1080p, ultrafast]({plots}/costs.svg)",
        _aims(results),
    ]
    parts += [_scenario(name, chosen) for name, chosen in _by_scenario(results).items()]
    return "\n\n".join(parts)


def _machine(document: Mapping[str, Any]) -> str:
    facts = [f"{name} {value}" for name, value in document["machine"].items() if name != "load average"]
    others = document["others"]
    busy = f" Others used {100 * median(others):.0f} % of the machine meanwhile (median)." if others else ""
    return f"Measured with {'; '.join(facts)}.{busy}"


def _by_scenario(results: Results) -> dict[str, Results]:
    names = dict.fromkeys(result["scenario"] for result in results)
    return {name: [result for result in results if result["scenario"] == name] for name in names}


def _walls(result: Mapping[str, Any]) -> list[float]:
    return [timing["wall"] for timing in result["timings"]]


def _ratios(chosen: Results, result: Mapping[str, Any], own: str = OURS) -> list[float]:
    """A writer's times over ours, round by round."""
    ours = next(item for item in chosen if item["writer"] == own)
    return [theirs / own for own, theirs in zip(_walls(ours), _walls(result), strict=True)]


def _cpu(result: Mapping[str, Any]) -> float:
    """Milliseconds of a picture."""
    used = median(timing["user"] + timing["system"] for timing in result["timings"])
    return 1000 * used / (result["films"] * result["film"]["frames"])


def _scenario(name: str, chosen: Results) -> str:
    first = chosen[0]
    films = f"{first['films']} films of " if first["films"] > 1 else ""
    title = f"### {SCENARIOS[name].title}: {films}{first['film']['frames']} pictures, {len(_walls(first))} rounds"
    head = ["writer", "s", "fps", "× ours", "least…most", "CPU ms/picture", "MB", "PSNR dB", "MB of film"]
    rows = [_row(chosen, result) for result in chosen]
    return "\n\n".join(part for part in (title, table(head, rows), _notes(chosen)) if part)


def _row(chosen: Results, result: Mapping[str, Any]) -> list[str]:
    film, ratios, wall = result["film"], _ratios(chosen, result), median(_walls(result))
    return [
        result["writer"],
        f"{wall:.2f}",
        f"{result['films'] * film['frames'] / wall:.1f}",
        "" if result["writer"] == OURS else f"{median(ratios):.2f}",
        "" if result["writer"] == OURS else f"{min(ratios):.2f}…{max(ratios):.2f}",
        f"{_cpu(result):.3g}",
        f"{result['memory'] / 1e6:.0f}",
        f"{film['psnr']:.2f}",
        f"{film['bytes'] / 1e6:.2f}",
    ]


def _notes(chosen: Results) -> str:
    """What must be known before times are compared."""
    alike = [result for result in chosen if WRITERS[result["writer"]].encodes_alike]
    values = [result["film"]["psnr"] for result in alike]
    apart = max(values) - min(values)
    lines = [f"Films of the same encoder and settings are at most {apart:.2f} dB apart."]
    if apart > _CLOSE:
        lines = [f"**Films of the same encoder and settings are up to {apart:.2f} dB apart: compare times with care.**"]
    for result in chosen:
        writer = WRITERS[result["writer"]]
        if writer.own_codec:
            lines.append(f"**{writer.name} encodes {writer.own_codec}: not a comparison of writers.**")
    builds = sorted({result["film"]["build"] for result in alike})
    if len(builds) > 1:
        lines.append(f"Builds of the encoder: {', '.join(builds)}.")
    return " ".join(lines)


def _aims(results: Results) -> str:
    lines = []
    for name, chosen in _by_scenario(results).items():
        for result in chosen:
            aim = AIMS.get((name, result["writer"]))
            ours = [item["writer"] for item in chosen if item["writer"] in (OURS, _OURS_OF_PLANES)]
            if WRITERS[result["writer"]].prepare is None:
                ours = [OURS]
            for own in ours if aim is not None else ():
                found = median(_ratios(chosen, result, own))
                word = "reached" if found >= aim else "not reached"
                lines.append(f"- {SCENARIOS[name].title}: {own}, {aim} × {result['writer']}: {found:.2f}, {word}")
    return "\n".join(["What we aim at, in times as fast:", "", *lines]) if lines else ""


def _plots(results: Results) -> dict[str, bytes]:
    scenarios = _by_scenario(results)
    panels = [
        (SCENARIOS[name].title, [_drawn(chosen, result) for result in chosen if result["writer"] != OURS])
        for name, chosen in scenarios.items()
    ]
    made = {"times.svg": svg(times(panels, OURS))}
    if _COSTLY in scenarios:
        bars = [
            Bar(result["writer"], _cpu(result), result["memory"] / 1e6, *_kind(result)) for result in scenarios[_COSTLY]
        ]
        made["costs.svg"] = svg(costs(f"What a film costs: {SCENARIOS[_COSTLY].title}", bars))
    return made


def _drawn(chosen: Results, result: Mapping[str, Any]) -> Row:
    return Row(result["writer"], _ratios(chosen, result), *_kind(result))


def _kind(result: Mapping[str, Any]) -> tuple[bool, bool]:
    writer = WRITERS[result["writer"]]
    return writer.is_ours, bool(writer.own_codec)


if __name__ == "__main__":
    sys.exit(main())
