"""``thumbnails``: single pictures of a film as files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reelwright.easy.film_moments import film_moments, opened, pictures_of
from reelwright.easy.image_files import check_image_name, write_image
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import TimeLike
from reelwright.reading.asset import Asset
from reelwright.reading.image_generator import AssetImageGenerator

__all__ = ["thumbnails"]

_COUNT = 10
_NUMBER = re.compile(r"%0?\d*d")


def thumbnails(
    source: Asset | str | os.PathLike[str] | bytes | Any,
    out: str | os.PathLike[str],
    *,
    times: Iterable[TimeLike] | None = None,
    every: TimeLike | None = None,
    count: int | None = None,
    size: tuple[float, float] | None = None,
    exact: bool = False,
    overwrite: bool = False,
) -> list[Path]:
    """Write single pictures of a film, upright and in the right aspect.

    >>> thumbnails("film.mp4", "pictures/%03d.jpg", every=10, size=(320, 0))

    Args:
        source: an asset, or whatever an asset can be made of.
        out: a folder, which is made if it is not there, or a pattern with a number: ``"%03d.jpg"``, ``"%d.png"``.
        times: moments in seconds, met exactly. every: one picture every so many seconds. count: so many, evenly spread
            (10 without any of the three).
        size: (width, height) they must fit into, 0 for no limit; they are never enlarged.
        exact: evenly spread pictures at exactly their moments, rather than from key frames nearby, which is quicker.
        overwrite: replace files that are there.

    Returns:
        The files, numbered from 1 on.

    Raises:
        NoImageError: there are no pictures, or none at a moment asked for. InvalidArgumentError: wishes that contradict
            each other, a name without a number. MediaNotFoundError, InvalidMediaError: the source cannot be read.
        OutputError: a picture cannot be written.
    """
    pattern = _pattern(out)
    check_image_name(pattern)
    written: list[Path] = []
    with opened(source) as asset:
        generator = AssetImageGenerator(asset)
        generator.applies_preferred_track_transform = True
        generator.maximum_size = size or (0, 0)
        moments = film_moments(asset, times=times, every=every, count=count, default=_COUNT)
        for number, result in pictures_of(generator, moments, exact=exact):
            path = Path(pattern % number)
            write_image(result.image, path, overwrite=overwrite)
            written.append(path)
    return written


def _pattern(out: str | os.PathLike[str]) -> str:
    """A pattern with one number; folders get one."""
    name = os.fspath(out)
    folder, last = os.path.split(name)
    found = _NUMBER.search(last)
    if found is not None:
        parts = os.path.join(folder, last[: found.start()]), last[found.end() :]
        return found[0].join(part.replace("%", "%%") for part in parts)
    if os.path.splitext(last)[1] and not os.path.isdir(name):
        check_image_name(name)
        raise InvalidArgumentError(
            f"{name!r} is the name of one picture.",
            hint='Give a folder, or a pattern with a number, such as "pictures/%03d.jpg".',
        )
    return os.path.join(name, "").replace("%", "%%") + "%03d.jpg"
