"""Many images in one go: each group of pictures is decoded once, whatever order the images were asked for in.

Times are taken in windows of bounded size. Within a window pictures are found in the order of the media and given out
in the order asked; only what has to wait for its turn is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from PIL.Image import Image

from reelwright.model.errors import DecodeError, OperationCancelledError, ReelwrightError
from reelwright.model.time import Time
from reelwright.reading.generated_image import GeneratedImage
from reelwright.reading.image_maker import ImageMaker
from reelwright.reading.image_request import Cancellation, ImageRequest
from reelwright.reading.moments import Moment
from reelwright.reading.orientation import Orientation
from reelwright.reading.passage import as_time
from reelwright.reading.picture_source import PictureSource
from reelwright.reading.pictures import MediaPicture, PictureReader

__all__ = ["ImageBatch"]

_MOST_BYTES = 256 << 20  # of images that may have to wait for their turn
_MOST_TOGETHER = 256


@dataclass(slots=True)
class _Window:
    """Times looked at together: (number, time) of each, and what became of those that are done."""

    times: list[Time]
    done: dict[int, GeneratedImage] = field(default_factory=dict)
    given: int = 0

    def ready(self) -> Iterator[GeneratedImage]:
        """Results whose turn it is."""
        while self.given in self.done:
            yield self.done.pop(self.given)
            self.given += 1

    def fail(self, number: int, error: Exception) -> None:
        self.done[number] = GeneratedImage(self.times[number], error)


class ImageBatch:
    """The images of one request; used by one thread at a time.

    Args:
        source: of the pictures. request: how the images are wanted. cancellation: asked between pictures.
    """

    def __init__(self, source: PictureSource, request: ImageRequest, cancellation: Cancellation) -> None:
        self._source = source
        self._request = request
        self._cancellation = cancellation
        self._maker = ImageMaker(request, Orientation.of(source.track.preferred_transform))

    def results(self, times: Iterator[Time]) -> Iterator[GeneratedImage]:
        """One result for each time, in their order; what fails is a result with its error."""
        with self._source.reader() as reader:
            while asked := list(islice(times, self._window_size())):
                window = _Window(asked)
                for group in self._groups(window):
                    yield from window.ready()
                    self._make(reader, window, group)
                    yield from window.ready()
                yield from window.ready()

    def _window_size(self) -> int:
        width, height = (float(side) for side in self._source.track.natural_size)
        limits = [float(limit) for limit in self._request.maximum_size]
        pixels = min(width, limits[0] or width) * min(height, limits[1] or height)
        return max(8, min(_MOST_TOGETHER, int(_MOST_BYTES / (3 * pixels + 1))))

    def _groups(self, window: _Window) -> Iterator[list[tuple[int, Moment]]]:
        """The moments that are meant, by the key frame they are decoded from, in the order of the media."""
        found: list[tuple[int, Moment]] = []
        for number, time in enumerate(window.times):
            try:
                self._cancellation.check()
                found.append((number, self._source.finder.find(time, self._request.tolerance)))
            except (ReelwrightError, OSError) as error:
                window.fail(number, error)
        found.sort(key=lambda item: (item[1].group, item[1].presentation))
        for _, group in groupby(found, key=lambda item: item[1].group):
            yield list(group)

    def _make(self, reader: PictureReader, window: _Window, group: list[tuple[int, Moment]]) -> None:
        """Decode the pictures of a group and make their images."""
        missing: dict[int, list[tuple[int, Moment]]] = {}
        for number, moment in group:
            missing.setdefault(moment.presentation, []).append((number, moment))
        try:
            for picture in reader.pictures_at(list(missing), self._cancellation.check):
                self._keep(window, picture, missing.pop(picture.presentation))
        except (ReelwrightError, OSError) as error:
            self._make_singly(reader, window, list(missing.values()), error)
            return
        for waiting in missing.values():
            self._fail(window, waiting, self._undecoded(waiting[0][1]))

    def _make_singly(
        self, reader: PictureReader, window: _Window, missing: Sequence[list[tuple[int, Moment]]], error: Exception
    ) -> None:
        """What is left of a group in which something failed: each picture for itself, for some need not what failed."""
        if len(missing) > 1 and not isinstance(error, OperationCancelledError):
            for waiting in missing:
                self._make(reader, window, waiting)
            return
        for waiting in missing:
            self._fail(window, waiting, error)

    def _keep(self, window: _Window, picture: MediaPicture, waiting: list[tuple[int, Moment]]) -> None:
        image = self._maker.image(picture)
        for place, (number, moment) in enumerate(waiting):
            # Images may be changed: two results never share one.
            window.done[number] = self._result(window.times[number], moment, image if place == 0 else image.copy())

    def _result(self, requested: Time, moment: Moment, image: Image) -> GeneratedImage:
        actual = as_time(moment.start, self._source.track.facts.time_scale)
        return GeneratedImage(requested, None, image, actual)

    @staticmethod
    def _fail(window: _Window, waiting: list[tuple[int, Moment]], error: Exception) -> None:
        for number, _ in waiting:
            window.fail(number, error)

    def _undecoded(self, moment: Moment) -> DecodeError:
        facts = self._source.track.facts
        return DecodeError(
            "the decoder gave no picture for this sample.",
            track=facts.track_id,
            time=Time(moment.presentation, facts.time_scale),
            hint="The file is damaged there, or begins in the middle of a group of pictures.",
        )
