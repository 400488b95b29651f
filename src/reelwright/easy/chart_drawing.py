"""A chart drawn with matplotlib: panels one above the other over one time axis, each with a line that says what it is.

Matplotlib's object-oriented interface only: a ``Figure`` of its own, no state of ``pyplot``. Places are worked out in
inches, so that panels keep their heights however many there are. Colours are told apart by the colour-blind too.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from reelwright.easy.chart_data import ChartData, Pictures, TrackChart
from reelwright.easy.format_words import number
from reelwright.easy.media_words import bit_rate_words, bytes_words
from reelwright.model.kinds import MediaType
from reelwright.reading.sample_statistics import PictureKind, Runs

__all__ = ["MOST_PICTURES", "draw", "encoded"]

MOST_PICTURES = 1500
"""Pictures that are drawn one by one; of more, the lengths of their groups are drawn."""

_MOST_MARKS = 400
_MOST_STAIRS = 400
_CELLS = (2000, 800)  # how finely places in the file are told apart, across and up
_MOST_TICKS = 11
_WIDTH, _LEFT, _RIGHT = 12.0, 0.85, 1.15  # inches
_TOP, _BOTTOM, _HEAD, _GAP = 0.95, 0.62, 0.34, 0.22
_RATE_HEIGHT, _SOUND_HEIGHT, _PICTURE_HEIGHT, _PLACE_HEIGHT = 1.35, 0.8, 1.15, 2.4
_DPI = 150

_INK, _SOFT, _FAINT, _GROUND = "#1d2733", "#6b7785", "#dfe4ea", "#ffffff"
_COLORS = {MediaType.VIDEO: "#0f5c99", MediaType.AUDIO: "#c96a12"}
_OTHERS = ("#2f8f73", "#8a5aa8", "#7f7f7f")
_SHADES = {MediaType.VIDEO: ("#0f5c99", "#62a3d4", "#0b3357"), MediaType.AUDIO: ("#c96a12", "#e7ad6b", "#7a3e07")}
_KINDS = {
    PictureKind.KEY: ("key", "#d1495b"),
    PictureKind.FORWARD: ("forward", "#2f78b3"),
    PictureKind.REORDERED: ("reordered", "#78a9d4"),
}
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400)

Piece = tuple[str, str]  # text and its colour
Panel = tuple[float, Callable[[Axes], None]]  # inches high, and who draws it


def encoded(figure: Figure, format: str) -> bytes:
    """A figure as a file: ``"png"``, or ``"svg"`` with its text as text."""
    file = io.BytesIO()
    told: dict[str, Any] = {"Date": None} if format == "svg" else {}
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "reelwright"}):
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # a name in letters no font here has
        figure.savefig(file, format=format, dpi=_DPI, metadata={"Creator": "reelwright", **told} if told else None)
    return file.getvalue()


def draw(data: ChartData) -> Figure:
    """The whole chart."""
    panels = list(_panels(data))
    height = _TOP + _BOTTOM + sum(_HEAD + inches for inches, _ in panels) + _GAP * (len(panels) - 1)
    figure = Figure(figsize=(_WIDTH, height), facecolor=_GROUND)
    FigureCanvasAgg(figure)
    _heading(figure, data, height)
    top = height - _TOP
    axes: Axes | None = None
    for inches, paint in panels:
        top -= _HEAD
        box = (_LEFT / _WIDTH, (top - inches) / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, inches / height)
        axes = figure.add_axes(box)
        _plain_axes(axes, data)
        paint(axes)
        axes.tick_params(labelbottom=False)
        top -= inches + _GAP
    if axes is not None:
        _time_axis(axes, data)
    return figure


def _panels(data: ChartData) -> Iterator[Panel]:
    for track in data.tracks:
        height = _SOUND_HEIGHT if track.media_type is MediaType.AUDIO else _RATE_HEIGHT
        yield height, lambda axes, track=track: _draw_rates(axes, track)  # type: ignore[misc]
        if track.pictures is not None and _worth_drawing(track.pictures):
            yield _PICTURE_HEIGHT, lambda axes, track=track: _draw_pictures(axes, track)  # type: ignore[misc]
    if data.interleave is not None:
        yield _PLACE_HEIGHT, lambda axes: _draw_places(axes, data)


def _worth_drawing(pictures: Pictures) -> bool:
    """Groups of one picture each say nothing once there are too many pictures to draw."""
    return pictures.sizes.size <= MOST_PICTURES or not pictures.all_key


# ---------------------------------------------------------------------- the frame of it


def _heading(figure: Figure, data: ChartData, height: float) -> None:
    left = _LEFT / _WIDTH
    place = 1 - 0.36 / height
    figure.text(left, place, data.title, fontsize=15, fontweight="bold", color=_INK, va="center", parse_math=False)
    more = f"  ·  {data.left_out} more tracks" if data.left_out else ""
    figure.text(left, 1 - 0.66 / height, data.subtitle + more, fontsize=9.5, color=_SOFT, va="center")


def _plain_axes(axes: Axes, data: ChartData) -> None:
    axes.set_facecolor(_GROUND)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_SOFT)
    axes.spines["bottom"].set_linewidth(0.7)
    axes.grid(axis="both", color=_FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0, labelsize=8, colors=_SOFT)
    axes.set_xlim(data.begin, data.end if data.end > data.begin else data.begin + 1)
    axes.xaxis.set_major_locator(FixedLocator(_time_ticks(data.begin, data.end)))
    axes.yaxis.set_major_locator(MaxNLocator(3, min_n_ticks=2))


def _time_ticks(begin: float, end: float) -> list[float]:
    span = max(end - begin, 1e-9)
    step = next((step for step in _STEPS if span / step <= _MOST_TICKS), None)
    if step is None:
        step = 86400 * max(1, -(-span // (86400 * _MOST_TICKS)))
    first = -(-begin // step)
    return [(first + place) * step for place in range(int(span // step) + 2) if (first + place) * step <= end]


def _time_axis(axes: Axes, data: ChartData) -> None:
    """Labels under the last panel only: hours and minutes where there are any."""
    style, unit = _clock_style(data)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style(value)))
    axes.tick_params(labelbottom=True)
    axes.set_xlabel(f"time ({unit})", fontsize=8.5, color=_SOFT, labelpad=5)


def _clock_style(data: ChartData) -> tuple[Callable[[float], str], str]:
    """How moments are written on the axis, and what to call that."""
    if data.end - data.begin <= 120:
        return lambda value: number(value, 3), "seconds"
    if data.end < 3600:
        return lambda value: f"{_sign(value)}{abs(round(value)) // 60}:{abs(round(value)) % 60:02}", "minutes:seconds"
    return lambda value: f"{_sign(value)}{abs(round(value)) // 3600}:{abs(round(value)) // 60 % 60:02}", "hours:minutes"


def _sign(value: float) -> str:
    return "−" if value < 0 else ""


def _head(axes: Axes, left: str, right: list[Piece], *, color: str = _INK) -> None:
    """The line above a panel: what it is on the left, numbers on the right, which double as a legend."""
    points = axes.annotate(
        left,
        (0, 1),
        (0, 7),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=9.5,
        color=color,
        parse_math=False,
    )
    points.set_fontweight("bold")
    place = 0.0
    for text, shade in reversed(right):
        axes.annotate(
            text,
            (1, 1),
            (-place, 7),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=8.5,
            color=shade,
            ha="right",
            parse_math=False,
        )
        place += _points_wide(axes, text, 8.5) + 10


def _points_wide(axes: Axes, text: str, size: float) -> float:
    """How wide a text comes out, in points."""
    figure = axes.figure
    probe = figure.text(0, 0, text, fontsize=size, parse_math=False)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        width = probe.get_window_extent().width
    probe.remove()
    return float(width * 72 / figure.dpi)


def _beside(axes: Axes, height: float, text: str, color: str) -> None:
    """A word in the right margin, level with a height of the panel."""
    axes.annotate(
        text,
        (1, height),
        (6, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=8,
        color=color,
        va="center",
        annotation_clip=False,
    )


# ---------------------------------------------------------------------- bit rates


def _draw_rates(axes: Axes, track: TrackChart) -> None:
    color, rates = _COLORS[track.media_type], track.rates
    if rates.rates.size:  # samples that last no time have no rate
        _draw_stairs(axes, track, color)
    axes.set_ylim(0, max(float(track.peaks.max(initial=0)), 1.0) * 1.08)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: bit_rate_words(value) if value else "0"))
    seconds = number(track.peak_interval, 2)
    right = [(f"average {bit_rate_words(rates.average)}", _SOFT)]
    right.append((f"peak {bit_rate_words(track.peak)} over {seconds} s", _SOFT))
    if track.pictures is not None and not _worth_drawing(track.pictures):
        right.append(("every picture is a key frame", _KINDS[PictureKind.KEY][1]))
    _head(axes, track.title, right, color=color)


def _draw_stairs(axes: Axes, track: TrackChart, color: str) -> None:
    """The mean of each stretch as a solid stair, with the highest second within it as a light one behind."""
    rates, pooled = track.rates, track.peaks is not track.rates.rates
    if pooled:
        axes.stairs(track.peaks, rates.edges, fill=True, color=color, alpha=0.22, linewidth=0)
    axes.stairs(rates.rates, rates.edges, fill=True, color=color, alpha=0.5 if pooled else 0.32, linewidth=0)
    axes.stairs(rates.rates, rates.edges, color=color, linewidth=1.1, baseline=None)
    axes.axhline(rates.average, color=_INK, linewidth=0.8, linestyle=(0, (4, 3)))
    _beside(axes, rates.average, "average", _INK)


# ---------------------------------------------------------------------- pictures


def _draw_pictures(axes: Axes, track: TrackChart) -> None:
    assert track.pictures is not None
    if track.pictures.sizes.size <= MOST_PICTURES:
        _draw_sizes(axes, track.pictures)
    else:
        _draw_groups(axes, track.pictures)
    _mark_keys(axes, track.pictures, track.track_id)
    _head(axes, _pictures_title(track.pictures), list(_kinds_legend(track.pictures)), color=_SOFT)


def _pictures_title(pictures: Pictures) -> str:
    if pictures.sizes.size <= MOST_PICTURES:
        return "bytes of each picture"
    return "pictures of each group"


def _draw_sizes(axes: Axes, pictures: Pictures) -> None:
    for kind, (_, color) in _KINDS.items():
        chosen = pictures.kinds == kind
        times, lasting, sizes = pictures.times[chosen], pictures.durations[chosen], pictures.sizes[chosen]
        bars = [
            Rectangle((begin, 0), width * 0.86, size)
            for begin, width, size in zip(times.tolist(), lasting.tolist(), sizes.tolist(), strict=True)
        ]
        axes.add_collection(PatchCollection(bars, facecolor=color, edgecolor=color, linewidth=0.25))
    axes.set_ylim(0, max(1.0, float(pictures.sizes.max())) * 1.12)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: bytes_words(round(value)) if value else "0"))


def _draw_groups(axes: Axes, pictures: Pictures) -> None:
    groups, color = pictures.groups, _KINDS[PictureKind.FORWARD][1]
    # A group that is shown before the one in front of it would make a stair that goes back.
    edges = np.maximum.accumulate(np.append(groups.times, groups.times[-1] + groups.durations[-1]))
    step = max(1, -(-len(groups) // _MOST_STAIRS))
    first = np.arange(0, len(groups), step)
    edges = np.append(edges[first], edges[-1])
    longest = np.maximum.reduceat(groups.lengths, first)
    mean = np.add.reduceat(groups.lengths, first) / np.diff(np.append(first, len(groups)))
    if step > 1:  # too many to be told apart: their range, and their mean
        shortest = np.minimum.reduceat(groups.lengths, first)
        axes.stairs(longest, edges, baseline=shortest, fill=True, color=color, alpha=0.22, linewidth=0)
        _beside(axes, float(mean[-1]), "mean and\nrange", color)
    else:
        axes.stairs(mean, edges, fill=True, color=color, alpha=0.32, linewidth=0)
    axes.stairs(mean, edges, color=color, linewidth=1.0, baseline=None)
    axes.set_ylim(0, max(1.0, float(longest.max())) * 1.18)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _mark_keys(axes: Axes, pictures: Pictures, track_id: int) -> None:
    """A small triangle for each key frame, hanging from the top, unless there are too many or all are key frames."""
    times = pictures.groups.key_times
    if pictures.all_key or times.size > _MOST_MARKS:
        return
    color = _KINDS[PictureKind.KEY][1]
    marks = axes.plot(
        times,
        np.ones(times.size),
        "v",
        color=color,
        markersize=4.5,
        clip_on=False,
        transform=axes.get_xaxis_transform(),
    )
    marks[0].set_gid(f"key-frames-{track_id}")


def _kinds_legend(pictures: Pictures) -> Iterator[Piece]:
    groups = pictures.groups
    if pictures.all_key:
        yield f"■ {len(groups):,} pictures, all of them key frames", _KINDS[PictureKind.KEY][1]
        return
    for kind, (name, color) in _KINDS.items():
        count, mean = int((pictures.kinds == kind).sum()), pictures.mean_size(kind)
        if mean is not None:
            mark = "▼" if kind is PictureKind.KEY and count <= _MOST_MARKS else "■"
            yield f"{mark} {count:,} {name}, {bytes_words(round(mean))} each", color
    shortest, longest = int(groups.lengths.min()), int(groups.lengths.max())
    lengths = f"{shortest:,}" if shortest == longest else f"{shortest:,}–{longest:,}"
    if len(groups) > 1:
        yield f"groups of {lengths}", _SOFT


# ---------------------------------------------------------------------- where samples lie


def _draw_places(axes: Axes, data: ChartData) -> None:
    assert data.interleave is not None
    widths = _line_widths(data)
    size = data.size or max(int((runs.offsets + runs.sizes).max()) for runs in data.interleave.runs.values())
    right: list[Piece] = []
    for (track_id, runs), width, color in zip(data.interleave.runs.items(), widths, _line_colors(data), strict=True):
        lines = LineCollection(_segments(runs, data.end - data.begin, size), colors=color, linewidths=width)
        lines.set_gid(f"places-{track_id}")
        lines.set_capstyle("round")
        axes.add_collection(lines)
        if len(right) < 6:
            right.append((f"━ {data.names[track_id][1]}", color))
    axes.set_ylim(0, size)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: bytes_words(round(value)) if value else "0"))
    _mark_header(axes, data, size)
    _head(axes, _places_title(data), right, color=_INK)


def _segments(runs: Runs, seconds: float, size: int) -> Any:
    """From where and when each run begins to where and when it ends; runs too near to be told apart count once."""
    lines = np.stack((runs.begins, runs.offsets, runs.ends, runs.offsets + runs.sizes), axis=1)
    if len(runs) > _CELLS[0]:
        across, up = max(seconds, 1e-9) / _CELLS[0], max(size, 1) / _CELLS[1]
        _, kept = np.unique(np.floor(lines / (across, up, across, up)), axis=0, return_index=True)
        lines = lines[kept]
    return lines.reshape(-1, 2, 2).tolist()


def _places_title(data: ChartData) -> str:
    assert data.interleave is not None
    title = "place in the file"
    if len(data.interleave.runs) > 1:
        title += f"  ·  tracks up to {number(data.interleave.furthest, 2)} s apart"
    return title


def _mark_header(axes: Axes, data: ChartData, size: int) -> None:
    if data.layout is None:
        return
    offset, length = data.layout.header
    band = axes.axhspan(offset, offset + length, color=_SOFT, alpha=0.28, linewidth=0.8)
    band.set_gid("header")
    middle = min(max(offset + length / 2, size * 0.035), size * 0.965)
    _beside(axes, middle, f"header\n{bytes_words(length)}", _SOFT)
    fragments = data.layout.fragments
    if fragments and len(fragments) <= _MOST_MARKS:
        ticks = axes.plot(
            np.ones(len(fragments)), fragments, "_", color=_SOFT, markersize=7, clip_on=False,
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
        ticks[0].set_gid("fragments")
        _beside(axes, size * 0.5, "  fragments", _SOFT)


def _line_widths(data: ChartData) -> list[float]:
    """Wide lines of pictures and sound lie under narrow ones, so that tracks side by side are all seen."""
    assert data.interleave is not None
    drawn = [track_id for track_id in data.interleave.runs if data.names[track_id][0] in _COLORS]
    if len(data.interleave.runs) == 1:
        return [2.5]
    step = 4.5 / max(1, len(drawn) - 1)
    return [6.0 - step * drawn.index(number) if number in drawn else 1.5 for number in data.interleave.runs]


def _line_colors(data: ChartData) -> list[str]:
    assert data.interleave is not None
    used: dict[MediaType, int] = {}
    colors = []
    for track_id in data.interleave.runs:
        kind = data.names[track_id][0]
        shades = _SHADES.get(kind, _OTHERS)
        place = used.get(kind, 0) if kind in _SHADES else sum(used[other] for other in used if other not in _SHADES)
        colors.append(shades[place % len(shades)])
        used[kind] = used.get(kind, 0) + 1
    return colors
