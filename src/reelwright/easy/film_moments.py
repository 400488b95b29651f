"""Which moments of a film stand for it: those that were asked for, one every so often, or so many evenly spread.

Evenly spread moments lie in the middle of equal parts, so that neither the first picture, which is often black, nor the
end stands for everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reelwright.model.errors import InvalidArgumentError, NoImageError
from reelwright.model.time import Time, TimeLike
from reelwright.reading.asset import Asset
from reelwright.reading.generated_image import GeneratedImage
from reelwright.reading.image_generator import AssetImageGenerator
from reelwright.reading.passage import as_time
from reelwright.reading.picture_source import shown_track

__all__ = ["FilmMoments", "film_moments", "opened", "pictures_of"]

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class FilmMoments:
    """Moments of a film.

    Attributes:
        times: in the order wanted. spacing: seconds between them; None where they were asked for one by one.
    """

    times: list[Time]
    spacing: Fraction | None


@contextmanager
def opened(source: Asset | Any) -> Iterator[Asset]:
    """An asset as it is, or one made of whatever an asset can be made of, closed at the end of the ``with`` block."""
    if isinstance(source, Asset):
        yield source
        return
    with Asset(source) as asset:
        yield asset


def film_moments(
    asset: Asset, *, times: Iterable[TimeLike] | None, every: TimeLike | None, count: int | None, default: int
) -> FilmMoments:
    """The moments that one of three wishes comes to; ``default`` many evenly spread without any.

    Raises:
        InvalidArgumentError: more than one wish, or one that cannot be. NoImageError: nothing is shown at all.
    """
    given = [name for name, value in (("times", times), ("every", every), ("count", count)) if value is not None]
    if len(given) > 1:
        raise InvalidArgumentError(f"{' and '.join(given)} contradict each other.", hint="Give one of them.")
    if times is not None:
        return FilmMoments([Time.of(time) for time in times], None)
    track = shown_track(asset)
    shown = track.time_range
    if not shown.duration.is_numeric or shown.duration <= Time.ZERO:
        raise NoImageError(f"{asset!r} shows no pictures at any time.", track=track.track_id)
    start, length = shown.start.fraction, shown.duration.fraction
    if every is not None:
        apart = Time.of(every)
        if not apart.is_numeric or apart <= Time.ZERO or length / apart.fraction > _MOST:
            raise InvalidArgumentError(f"every={every!r} gives no pictures, or too many.", hint="Give more seconds.")
        number = -(-length // apart.fraction)
        return FilmMoments([_time(start + apart.fraction * place) for place in range(int(number))], apart.fraction)
    number = default if count is None else count
    if not 1 <= number <= _MOST:
        raise InvalidArgumentError(f"count={count!r} is no number of pictures.", hint=f"Give 1 to {_MOST}.")
    part = length / number
    return FilmMoments([_time(start + part * place + part / 2) for place in range(number)], part)


def _time(seconds: Fraction) -> Time:
    return as_time(seconds, 1_000_000)


def pictures_of(
    generator: AssetImageGenerator, moments: FilmMoments, *, exact: bool
) -> Iterator[tuple[int, GeneratedImage]]:
    """The pictures of moments with their numbers from 1 on; evenly spread moments that show nothing are left out.

    Args:
        exact: the pictures on show at the moments; else the nearest key frame by which no two become one, where there
            is one. Moments that were asked for one by one are always met exactly.

    Raises (iterating):
        NoImageError: nothing is shown at a moment that was asked for, or at any. ReelwrightError, OSError: as reading.
    """
    reach = Time.ZERO if exact or moments.spacing is None else _time(moments.spacing / 2)
    generator.requested_time_tolerance_before = generator.requested_time_tolerance_after = reach
    number = 0
    nothing: NoImageError | None = None
    for result in generator.images(moments.times):
        if isinstance(result.error, NoImageError) and moments.spacing is not None:
            nothing = result.error
            continue
        if result.error is not None:
            raise result.error
        number += 1
        yield number, result
    if nothing is not None and not number:
        raise nothing
