"""The plots of the benchmark's page, drawn with matplotlib from what ``speed.json`` holds.

On a ground of their own, so that they can be read on light pages and dark ones. Ours and theirs differ by shape as well
as by colour, which is one that the colour-blind tell apart.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

__all__ = ["Bar", "Row", "costs", "svg", "times"]

_INK, _SOFT, _FAINT, _GROUND = "#1d2733", "#4d5966", "#dfe4ea", "#ffffff"
_OURS, _THEIRS, _ASIDE = "#0f5c99", "#c96a12", "#8a8f96"  # blue and orange; grey for what cannot be compared
_WIDTH, _ROW = 10.0, 0.29  # inches
_TICKS = (0.25, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Row:
    """A writer in one panel of ``times``: how many times as long as ours it took, round by round."""

    name: str
    ratios: Sequence[float]
    is_ours: bool = False
    is_aside: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A writer in ``costs``: processor time of a picture in milliseconds, and memory in megabytes."""

    name: str
    cpu: float
    memory: float
    is_ours: bool = False
    is_aside: bool = False


def svg(figure: Figure) -> bytes:
    """A figure as SVG, its text as text; the same figure gives the same bytes."""
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "bench"}):
        figure.savefig(file, format="svg", metadata={"Creator": "bench.page", "Date": None})
    lines = (line.rstrip() for line in file.getvalue().decode().splitlines())
    return ("\n".join(lines) + "\n").encode()


def times(panels: Sequence[tuple[str, Sequence[Row]]], baseline: str) -> Figure:
    """One panel for each kind of film: medians as dots, from the least to the most as lines, on one scale."""
    heights = [0.62 + _ROW * len(rows) for _, rows in panels]
    figure = _figure(sum(heights) + 1.15)
    total = figure.get_figheight()
    figure.text(0.02, 1 - 0.32 / total, f"Time to write a film: times as long as {baseline}", fontsize=14, color=_INK)
    figure.text(
        0.02, 1 - 0.6 / total, "right of 1: slower than we are; line: least and most of all rounds", color=_SOFT
    )
    ratios = [ratio for _, rows in panels for row in rows for ratio in row.ratios]
    limits = min([0.7, *ratios]) / 1.08, max([2, *ratios]) * 1.08
    top = total - 0.75
    for (title, rows), height in zip(panels, heights, strict=True):
        axes = figure.add_axes((0.25, (top - height + 0.1) / total, 0.72, (height - 0.5) / total))
        top -= height
        _panel(axes, title, rows, limits)
    return figure


def _panel(axes: Axes, title: str, rows: Sequence[Row], limits: tuple[float, float]) -> None:
    _plain(axes, title, [row.name for row in rows])
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in _TICKS if limits[0] <= tick <= limits[1]]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.axvline(1, color=_SOFT, linewidth=1)
    for place, row in enumerate(rows):
        color, middle = _color(row), median(row.ratios)
        axes.plot([min(row.ratios), max(row.ratios)], [place, place], color=color, linewidth=1.6, alpha=0.55)
        axes.plot([middle], [place], "D" if row.is_ours else "o", color=color, markersize=7)
        axes.annotate(
            f"{middle:.2f}", (middle, place), (0, 6), textcoords="offset points", ha="center", fontsize=8.5, color=_INK
        )


def costs(title: str, bars: Sequence[Bar]) -> Figure:
    """Processor time and memory side by side."""
    figure = _figure(1.25 + _ROW * len(bars))
    total = figure.get_figheight()
    figure.text(0.02, 1 - 0.32 / total, title, fontsize=14, color=_INK)
    bottom, height = 0.2 / total, (total - 1.1) / total
    wide: list[tuple[tuple[float, float], str, list[float], str]] = [
        ((0.25, 0.32), "processor time, ms a picture", [bar.cpu for bar in bars], "{:.1f}"),
        ((0.64, 0.32), "memory beyond the pictures, MB", [bar.memory for bar in bars], "{:.0f}"),
    ]
    for index, ((left, width), heading, values, style) in enumerate(wide):
        axes = figure.add_axes((left, bottom, width, height))
        _plain(axes, heading, [bar.name for bar in bars] if not index else [""] * len(bars))
        axes.set_xlim(0, max(values) * 1.15)
        axes.xaxis.set_visible(False)
        for place, (bar, value) in enumerate(zip(bars, values, strict=True)):
            axes.barh(place, value, 0.66, color=_color(bar), hatch="" if bar.is_ours else "//", edgecolor=_GROUND)
            axes.text(value + max(values) * 0.01, place, style.format(value), va="center", fontsize=9, color=_INK)
    return figure


def _figure(height: float) -> Figure:
    figure = Figure(figsize=(_WIDTH, height), facecolor=_GROUND)
    FigureCanvasAgg(figure)
    return figure


def _plain(axes: Axes, title: str, names: Sequence[str]) -> None:
    axes.set_facecolor(_GROUND)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=_INK)
    axes.grid(axis="x", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.75)
    axes.tick_params(axis="both", length=0, labelsize=9.5, labelcolor=_INK)


def _color(item: Row | Bar) -> str:
    return _OURS if item.is_ours else _ASIDE if item.is_aside else _THEIRS
