"""Single pictures from moments all over a film: ours, and the loop of seeking that one writes with PyAV."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bench.readers import Answer
from bench.reading_files import RATE, number_of

__all__ = ["WIDTH", "images_ours", "images_ours_small", "images_pyav", "images_pyav_auto", "images_pyav_auto_small"]
__all__ += ["images_pyav_small", "moments"]

WIDTH = 320


def moments(seconds: int, count: int) -> list[Fraction]:
    """At even distances, each in the middle of the time that a picture is shown."""
    step = Fraction(seconds, count)
    return [Fraction(int(index * step * RATE) * 2 + 1, 2 * RATE) for index in range(count)]


def _told(pictures: list[Any], full: int) -> Any:
    import numpy as np

    arrays = [np.asarray(picture) for picture in pictures]
    return [(number_of(array, full), array[:: array.shape[0] // 18, :: array.shape[1] // 32]) for array in arrays]


def images_ours(path: str, seconds: int, count: int, full: int, width: int = 0) -> Answer:
    from reelwright import Asset, AssetImageGenerator, Time

    pictures = []
    with Asset(path) as asset:
        generator = AssetImageGenerator(asset)
        generator.requested_time_tolerance_before = generator.requested_time_tolerance_after = Time.ZERO
        if width:
            generator.maximum_size = (width, 0)
        for result in generator.images(moments(seconds, count)):
            pictures.append(result.image)
    return Answer(lambda: _told(pictures, full))


def images_ours_small(path: str, seconds: int, count: int, full: int) -> Answer:
    return images_ours(path, seconds, count, full, WIDTH)


def images_pyav(path: str, seconds: int, count: int, full: int, width: int = 0, threads: str = "") -> Answer:
    """Seek to the key frame before, decode until the picture is there, make an image of it."""
    import av

    pictures = []
    with av.open(path) as film:
        stream: Any = film.streams.video[0]
        if threads:
            stream.thread_type = threads
        base = stream.time_base
        size = {"width": width, "height": round(stream.height * width / stream.width)} if width else {}
        for moment in moments(seconds, count):
            wanted = int(moment / base)
            film.seek(wanted, stream=stream, backward=True)
            for frame in film.decode(stream):
                if frame.pts + int(1 / (RATE * base)) > wanted:
                    pictures.append(frame.to_image(**size))
                    break
    return Answer(lambda: _told(pictures, full))


def images_pyav_small(path: str, seconds: int, count: int, full: int) -> Answer:
    return images_pyav(path, seconds, count, full, WIDTH)


def images_pyav_auto(path: str, seconds: int, count: int, full: int) -> Answer:
    return images_pyav(path, seconds, count, full, 0, "AUTO")


def images_pyav_auto_small(path: str, seconds: int, count: int, full: int) -> Answer:
    return images_pyav(path, seconds, count, full, WIDTH, "AUTO")
