"""Many images in one go: each group of pictures is decoded once, whatever order the images were asked for in.

Times are taken in windows of bounded size. Within a window the groups are decoded in the order of the media, several
side by side, and images given out in the order asked; only what has to wait for its turn is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice

from PIL.Image import Image

from reelwright.model.errors import DecodeError, ReelwrightError
from reelwright.model.time import Time
from reelwright.reading.generated_image import GeneratedImage
from reelwright.reading.image_maker import ImageMaker
from reelwright.reading.image_request import Cancellation, ImageRequest
from reelwright.reading.moments import Moment
from reelwright.reading.orientation import Orientation
from reelwright.reading.passage import as_time
from reelwright.reading.picture_source import PictureSource
from reelwright.reading.picture_workers import PictureWorkers
from reelwright.reading.pictures import PictureReader

__all__ = ["ImageBatch"]

_MOST_BYTES = 256 << 20  # of images that may have to wait for their turn
_MOST_TOGETHER = 256


_Asked = tuple[int, Moment]  # the number of a time in its window, and the picture that is meant


@dataclass(slots=True)
class _Window:
    """Times looked at together, and what became of those that are done but not yet given out, by their numbers."""

    times: list[Time]
    done: dict[int, GeneratedImage] = field(default_factory=dict)
    given: int = 0

    def ready(self) -> Iterator[GeneratedImage]:
        """Results whose turn it is."""
        while self.given in self.done:
            yield self.done.pop(self.given)
            self.given += 1


class ImageBatch:
    """The images of one request; used by one thread at a time.

    Args:
        source: of the pictures. request: how the images are wanted. cancellation: asked between pictures.
    """

    def __init__(self, source: PictureSource, request: ImageRequest, cancellation: Cancellation) -> None:
        self._source = source
        self._request = request
        self._cancellation = cancellation
        self._orientation = Orientation.of(source.track.preferred_transform)
        self._makers = threading.local()

    def results(self, times: Iterator[Time]) -> Iterator[GeneratedImage]:
        """One result for each time, in their order; what fails is a result with its error."""
        workers: PictureWorkers[list[_Asked], dict[int, Image | Exception]]
        workers = PictureWorkers(self._source, self._made)
        size = self._window_size()
        try:
            while asked := list(islice(times, size)):
                for result in self._window(_Window(asked), workers):
                    # What was made together with the last one taken counts as left too.
                    late = self._cancellation.is_cancelled and result.error is None
                    yield GeneratedImage(result.requested_time, self._cancellation.error()) if late else result
        finally:
            self._cancellation.cancel()  # of a sequence that is dropped half way, what is at work need not end
            workers.close()

    def _window_size(self) -> int:
        width, height = (float(side) for side in self._source.track.natural_size)
        limits = [float(limit) for limit in self._request.maximum_size]
        pixels = min(width, limits[0] or width) * min(height, limits[1] or height)
        return max(8, min(_MOST_TOGETHER, int(_MOST_BYTES / (3 * pixels + 1))))

    def _window(
        self, window: _Window, workers: PictureWorkers[list[_Asked], dict[int, Image | Exception]]
    ) -> Iterator[GeneratedImage]:
        meant = dict(self._meant(window))
        groups = _groups(meant)
        yield from window.ready()
        for made in workers.results(groups):
            for number, image in made.items():
                window.done[number] = self._result(window.times[number], meant[number], image)
            yield from window.ready()

    def _meant(self, window: _Window) -> Iterator[_Asked]:
        """The pictures that are meant; where there are none, the window has the errors."""
        for number, time in enumerate(window.times):
            try:
                self._cancellation.check()
                yield number, self._source.finder.find(time, self._request.tolerance)
            except (ReelwrightError, OSError) as error:
                window.done[number] = GeneratedImage(time, error)

    def _result(self, requested: Time, moment: Moment, image: Image | Exception) -> GeneratedImage:
        if isinstance(image, Exception):
            return GeneratedImage(requested, image)
        actual = as_time(moment.start, self._source.track.facts.time_scale)
        return GeneratedImage(requested, None, image, actual)

    # ------------------------------------------------------------------ one group

    def _made(self, reader: PictureReader, group: list[_Asked]) -> dict[int, Image | Exception]:
        """The images of a group by their numbers, or the errors in their place."""
        missing: dict[int, list[int]] = {}
        for number, moment in group:
            missing.setdefault(moment.presentation, []).append(number)
        made: dict[int, Image | Exception] = {}
        maker = self._maker()
        try:
            for picture in reader.pictures_at(list(missing), self._cancellation.check):
                image = maker.image(picture)
                for place, number in enumerate(missing.pop(picture.presentation)):
                    # Images may be changed: two results never share one.
                    made[number] = image.copy() if place else image
        except (ReelwrightError, OSError) as error:
            return made | self._made_singly(reader, [item for item in group if item[0] not in made], error)
        return made | {number: self._undecoded(moment) for number, moment in group if number not in made}

    def _maker(self) -> ImageMaker:
        """This thread's own: what it has set up for one picture serves the next."""
        maker: ImageMaker | None = getattr(self._makers, "own", None)
        if maker is None:
            maker = self._makers.own = ImageMaker(self._request, self._orientation)
        return maker

    def _made_singly(
        self, reader: PictureReader, missing: list[_Asked], error: Exception
    ) -> dict[int, Image | Exception]:
        """What is left of a group in which something failed: each for itself, as some need not what failed."""
        if len({moment.presentation for _, moment in missing}) < 2 or self._cancellation.is_cancelled:
            return {number: error for number, _ in missing}
        made: dict[int, Image | Exception] = {}
        for item in missing:
            made |= self._made(reader, [item])
        return made

    def _undecoded(self, moment: Moment) -> DecodeError:
        facts = self._source.track.facts
        return DecodeError(
            "the decoder gave no picture for this sample.",
            track=facts.track_id,
            time=Time(moment.presentation, facts.time_scale),
            hint="The file is damaged there, or begins in the middle of a group of pictures.",
        )


def _groups(meant: dict[int, Moment]) -> list[list[_Asked]]:
    """What is decoded from the same key frame together, in the order of the media."""
    found = sorted(meant.items(), key=lambda item: (item[1].group, item[1].presentation))
    return [list(group) for _, group in groupby(found, key=lambda item: item[1].group)]
