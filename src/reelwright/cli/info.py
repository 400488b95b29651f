"""``reelwright info``: what a media file holds, as text to read or as JSON to go on with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from reelwright.cli import info_text
from reelwright.cli.common import console
from reelwright.easy.inspection import inspect_asset, sample_rows
from reelwright.isobmff.box_tree import box_tree
from reelwright.isobmff.movie_reader import is_movie
from reelwright.model.errors import InvalidArgumentError
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from reelwright.storage.source import Source, open_source

__all__ = ["info"]


def info(
    file: Annotated[Path, typer.Argument(help="Any media file.", show_default=False)],
    boxes: Annotated[bool, typer.Option("--boxes", help="List the boxes of a movie file.")] = False,
    samples: Annotated[bool, typer.Option("--samples", help="List samples: times, sizes, places, key frames.")] = False,
    track: Annotated[int | None, typer.Option("--track", min=1, help="Only the samples of this track.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, help="At most so many samples of each track.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what a media file holds: tracks, times, colour, chapters, metadata.

    **Examples**

    `reelwright info film.mov`

    `reelwright info film.mov --samples --track 1 --limit 20`

    `reelwright info broken.mp4 --boxes`
    """
    samples = samples or track is not None or limit is not None
    if as_json:
        _print_json(file, boxes=boxes, samples=samples, track=track, limit=limit)
        return
    try:
        with Asset(file) as asset:
            tracks = _chosen(asset, track) if samples else []
            info_text.show(console(), asset)
            for chosen in tracks:
                info_text.show_samples(chosen, sample_rows(chosen, limit))
    finally:
        # Boxes can be looked at in files that are too broken to be opened.
        if boxes and file.is_file():
            _show_boxes(file)


def _show_boxes(file: Path) -> None:
    with _movie(file) as source:
        info_text.show_boxes(box_tree(source))


@contextmanager
def _movie(file: Path) -> Iterator[Source]:
    source = open_source(file)
    try:
        if not is_movie(source):
            raise InvalidArgumentError(
                f"{source.name} has no boxes: it is no movie file.", hint="Leave --boxes away.", path=source.path
            )
        yield source
    finally:
        source.close()


def _chosen(asset: Asset, number: int | None) -> list[AssetTrack]:
    """The track that is asked for, or all of them."""
    found = [track for track in asset.tracks if number in (None, track.track_id)]
    if number is not None and not found:
        known = ", ".join(str(track.track_id) for track in asset.tracks)
        raise InvalidArgumentError(
            f"{asset.path!r} has no track {number}.", hint=f"Its tracks are {known or 'none at all'}.", path=asset.path
        )
    return found


def _print_json(file: Path, *, boxes: bool, samples: bool, track: int | None, limit: int | None) -> None:
    """One object; long lists at its end are written as they are read."""
    with Asset(file) as asset, _movie(file) if boxes else nullcontext() as source:
        tracks = _chosen(asset, track) if samples else []
        head = json.dumps(inspect_asset(asset), indent=2, ensure_ascii=False, allow_nan=False)
        print(head.removesuffix("\n}"), end="")
        if source is not None:
            _print_list("boxes", (asdict(box) for box in box_tree(source)))
        if samples:
            _print_list("samples", (row for chosen in tracks for row in _sample_values(chosen, limit)))
        print("\n}")


def _print_list(key: str, values: Iterable[dict[str, Any]]) -> None:
    print(f',\n  "{key}": [', end="")
    comma = ""
    for value in values:
        print(f"{comma}\n    {json.dumps(value, ensure_ascii=False)}", end="")
        comma = ","
    print("\n  ]", end="")


def _sample_values(track: AssetTrack, limit: int | None) -> Iterator[dict[str, Any]]:
    scale = track.natural_time_scale
    for row in sample_rows(track, limit):
        times = {"decode": row.decode, "presentation": row.presentation, "duration": row.duration}
        exact = {
            name: {"exact": str(Fraction(ticks, scale)), "seconds": ticks / scale} for name, ticks in times.items()
        }
        yield {"track": track.track_id, **asdict(row), **exact, "offset": row.offset if row.offset >= 0 else None}
