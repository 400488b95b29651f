"""``write_chart``: a picture of how a media file spends its bytes.

Matplotlib, which draws it, is an extra and loaded only when a chart is asked for.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module
from typing import Any

from reelwright.easy.chart_data import chart_data
from reelwright.model.errors import InvalidArgumentError, MissingDependencyError, output_error
from reelwright.reading.asset import Asset

__all__ = ["write_chart"]

_FORMATS = {".png": "png", ".svg": "svg"}


def write_chart(
    target: Asset | str | os.PathLike[str] | bytes | Any,
    out: str | os.PathLike[str],
    *,
    track: int | None = None,
    overwrite: bool = False,
) -> None:
    """Draw a media file: bit rates over time, pictures and key frames, and where each track lies in the file.

    >>> write_chart("film.mp4", "film.png")

    Args:
        target: an asset, or whatever an asset can be made of. out: a picture, ``.png`` or ``.svg``.
        track: the number of the only track to show. overwrite: replace a picture that is there.

    Raises:
        MissingDependencyError: matplotlib is not installed. InvalidArgumentError: another suffix, no such track, or no
            samples. MediaNotFoundError, InvalidMediaError: the file cannot be opened. OutputError: nor the picture.
    """
    format = _FORMATS.get(os.path.splitext(os.fspath(out))[1].lower())
    if format is None:
        raise InvalidArgumentError(
            f"{os.fspath(out)!r} is no name of a chart.", hint="Let it end in .png or .svg.", path=out
        )
    drawing = _drawing()
    if isinstance(target, Asset):
        picture = drawing.encoded(drawing.draw(chart_data(target, track)), format)
    else:
        with Asset(target) as asset:
            picture = drawing.encoded(drawing.draw(chart_data(asset, track)), format)
    try:
        with open(out, "wb" if overwrite else "xb") as file:
            file.write(picture)
    except OSError as error:
        raise output_error(error, "write to", out) from error


def _drawing() -> Any:
    """The module that draws. What matplotlib has to say on its fonts and caches goes to its logger, not to stderr."""
    talk = logging.getLogger("matplotlib")
    if not talk.handlers:
        talk.addHandler(logging.NullHandler())
    try:
        return import_module("reelwright.easy.chart_drawing")
    except ImportError as error:
        raise MissingDependencyError(
            "charts are drawn with matplotlib, which is not installed.",
            hint='Install it with: pip install "reelwright[chart]".',
        ) from error
