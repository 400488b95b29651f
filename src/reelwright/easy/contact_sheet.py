"""``contact_sheet``: a film on one page, as evenly spread pictures with their times."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from PIL import Image

from reelwright.easy.codec_names import codec_name
from reelwright.easy.film_moments import FilmMoments, film_moments, opened, pictures_of
from reelwright.easy.image_files import check_image_name, write_image
from reelwright.easy.media_words import bytes_words, span_words
from reelwright.easy.sheet_drawing import draw_sheet, layout_for
from reelwright.model.color import TransferFunction
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import Time, TimeLike
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.image_generator import AssetImageGenerator
from reelwright.reading.orientation import Orientation
from reelwright.reading.picture_source import shown_track
from reelwright.storage.destination import check_output

__all__ = ["contact_sheet"]

_PICTURES = 20  # on a sheet, about
_LONG = 600  # seconds from which times are told in whole seconds
_WIDEST = 20_000


def contact_sheet(
    source: Asset | str | os.PathLike[str] | bytes | Any,
    out: str | os.PathLike[str] | None = None,
    *,
    columns: int | None = None,
    rows: int | None = None,
    width: int = 1600,
    times: Iterable[TimeLike] | None = None,
    every: TimeLike | None = None,
    count: int | None = None,
    exact: bool = True,
    title: str | None = None,
    overwrite: bool = False,
) -> Image.Image:
    """A page of pictures of a film, with a heading and the time of each.

    >>> contact_sheet("film.mp4", "film.jpg", columns=5)

    Pictures are upright and in the right aspect. A film with fewer pictures than the page has room for is shown whole.

    Args:
        source: an asset, or whatever an asset can be made of.
        out: a file for the page (.jpg, .png, .webp, .tif); None to have it only as an image.
        columns, rows: how many pictures; by default as many as suit their shape, about 20.
        width: of the page in pixels, about; pictures are not enlarged to fill it.
        times: moments to show instead, in seconds. every: one picture every so many seconds. count: so many pictures.
        exact: False takes key frames near the moments, which is quicker.
        title: the heading; by default the file's name.
        overwrite: replace a file that is there.

    Raises:
        NoImageError: there are no pictures. InvalidArgumentError: numbers that make no page, wishes that contradict
            each other. MediaNotFoundError, InvalidMediaError: the source cannot be read. OutputError: the page cannot
            be written.
    """
    if out is not None:
        check_image_name(out)
        check_output(out, overwrite=overwrite)
    _check_whole(columns=columns, rows=rows, width=width)
    if rows is not None and (times, every, count) != (None, None, None):
        raise InvalidArgumentError("rows follow from how many pictures there are.", hint="Leave rows= out.")
    with opened(source) as asset:
        track = shown_track(asset)
        across = columns or _columns(track)
        room = across * (rows or max(1, round(_PICTURES / across)))
        moments = film_moments(asset, times=times, every=every, count=count, default=room)
        layout = layout_for(width, across)
        pictures = _pictures(asset, moments, layout.cell, exact)
        sheet = draw_sheet(pictures, title or _name(asset), list(_facts(asset, track)), layout)
    if out is not None:
        write_image(sheet, out, overwrite=overwrite)
    return sheet


def _pictures(asset: Asset, moments: FilmMoments, cell: int, exact: bool) -> list[tuple[Image.Image, str]]:
    """The pictures and their times; where several moments of a short film have the same picture, it is shown once."""
    generator = AssetImageGenerator(asset)
    generator.applies_preferred_track_transform = True
    generator.maximum_size = (cell, 0)
    found: dict[Time, Image.Image] = {}
    for _, result in pictures_of(generator, moments, exact=exact):
        found.setdefault(result.actual_time, result.image)
    last = max(found)
    return [(image, _clock(time, last)) for time, image in found.items()]


def _clock(time: Time, last: Time) -> str:
    """``0:01.480``; of long films ``12:34`` or ``1:02:03``."""
    precise = last < _LONG
    ticks = time.ticks_rounded(1000) if precise else time.ticks_rounded(1) * 1000
    minutes, milliseconds = divmod(ticks, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, milliseconds = divmod(milliseconds, 1000)
    front = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{front}:{seconds:02}.{milliseconds:03}" if precise else f"{front}:{seconds:02}"


def _columns(track: AssetTrack) -> int:
    """Columns that suit the shape of the pictures: more of upright ones, fewer of very wide ones."""
    width, height = track.natural_size
    if Orientation.of(track.preferred_transform).swaps_sides:
        width, height = height, width
    if not height or not width:
        return 4
    aspect = width / height
    return 7 if aspect < 1 else 5 if aspect < 1.5 else 4 if aspect < 3 else 2


def _name(asset: Asset) -> str:
    return os.path.basename(asset.path) if asset.path else "film"


def _facts(asset: Asset, track: AssetTrack) -> Iterator[str]:
    """What the heading says of a film."""
    yield span_words(asset.duration)
    size = Orientation.of(track.preferred_transform).size(*(round(side) for side in track.natural_size))
    yield "{} x {}".format(*size)
    if track.asset.media.index(track.track_id) is not None and track.nominal_frame_rate:
        yield f"{float(track.nominal_frame_rate):.5g} fps"
    if track.format_descriptions:
        format = track.format_descriptions[0]
        yield codec_name(format).words
        if format.color is not None and format.color.is_hdr:
            yield "HDR PQ" if format.color.transfer_function is TransferFunction.SMPTE_ST_2084_PQ else "HDR HLG"
    if asset.facts.size > 0:
        yield bytes_words(asset.facts.size)


def _check_whole(**numbers: int | None) -> None:
    for name, value in numbers.items():
        if value is not None and not (isinstance(value, int) and 1 <= value <= _WIDEST):
            raise InvalidArgumentError(f"{name}={value!r} makes no page.", hint=f"Give a whole number up to {_WIDEST}.")
