"""How frames are read: a stretch of them through an ``AssetReader``, single ones and those a step apart by moments.

Whatever gives more than one frame reads ahead in a thread of its own, which ends with the iterator.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from typing import TYPE_CHECKING

from reelwright.codecs.picture_output import PictureOutput
from reelwright.model.errors import NoImageError
from reelwright.model.pixel import PixelBufferAttributes, PixelFormat
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.frames import Frame, FrameWish, moments_apart
from reelwright.reading.moments import Moment, Tolerance
from reelwright.reading.orientation import Orientation
from reelwright.reading.passage import as_time
from reelwright.reading.picture_source import PictureSource, shown_track
from reelwright.reading.pictures import MediaPicture, PictureReader
from reelwright.reading.read_ahead import ReadAhead
from reelwright.reading.track_output import AssetReaderTrackOutput

if TYPE_CHECKING:
    from reelwright.reading.asset import Asset
    from reelwright.reading.asset_track import AssetTrack

__all__ = ["each_frame", "single_frame", "stepped_frames"]

_EXACTLY = Tolerance(Fraction(0), Fraction(0))
_AS_IT_IS = FrameWish(PixelFormat.RGB24, None)
_AHEAD = 4


def each_frame(asset: Asset, first: Time, last: Time, wish: FrameWish) -> Iterator[Frame]:
    """All frames shown from a moment to another, the one on show at the first included."""
    track = shown_track(asset)
    if last <= first:
        return iter(())
    return _read(track, TimeRange.from_times(first, last), wish)


def _read(track: AssetTrack, span: TimeRange, wish: FrameWish) -> Iterator[Frame]:
    orientation = Orientation.of(track.preferred_transform)
    width, height = _stored_size(wish, orientation)
    attributes = PixelBufferAttributes(pixel_format=wish.pixel_format, width=width, height=height)
    with AssetReader(track.asset) as reader:
        reader.time_range = span
        output = AssetReaderTrackOutput(track, attributes)
        reader.add(output)
        reader.start_reading()
        for buffer in output:
            yield _frame_of(buffer, orientation)


def _frame_of(buffer: SampleBuffer, orientation: Orientation) -> Frame:
    assert buffer.image is not None
    return Frame(buffer.presentation_time, buffer.duration, buffer.image, orientation)


def _stored_size(wish: FrameWish, orientation: Orientation) -> tuple[int | None, int | None]:
    return (None, None) if wish.size is None else orientation.size(*wish.size)


def single_frame(asset: Asset, moment: Time) -> Frame:
    """The frame on show at a moment."""
    source = asset._picture_source
    meant = source.finder.find(moment, _EXACTLY)
    developer = _Developer(source.track, _AS_IT_IS)
    with source.reader() as reader, closing(developer.frames(reader, [meant])) as frames:
        found = next(frames, None)
    if found is None:
        raise NoImageError(
            f"the decoder gave no picture for {moment:.3f} s.", time=moment, hint="The file is damaged there."
        )
    return found


def stepped_frames(asset: Asset, first: Time, last: Time, step: Fraction, wish: FrameWish) -> Iterator[Frame]:
    """The frames on show at moments a step apart; none for moments at which nothing is on show."""
    source = PictureSource(shown_track(asset))  # of its own: it is used by a thread of its own
    return _ahead(_stepped(source, first, min(last, source.track.time_range.end), step, wish))


def _ahead(frames: Iterator[Frame]) -> Iterator[Frame]:
    ahead = ReadAhead(
        frames, weigh=lambda frame: frame.buffer.nbytes, most_items=_AHEAD, name="reelwright reading frames"
    )
    try:
        while (frame := ahead.next()) is not None:
            yield frame
    finally:
        ahead.stop()


def _stepped(source: PictureSource, first: Time, last: Time, step: Fraction, wish: FrameWish) -> Iterator[Frame]:
    developer = _Developer(source.track, wish)
    with source.reader() as reader:
        for run in _runs(source, moments_apart(first, last, step)):
            yield from developer.frames(reader, run)
    source.close()


def _runs(source: PictureSource, times: Iterator[Time]) -> Iterator[list[Moment]]:
    """Moments in their order, those together that are decoded in one go."""
    run: list[Moment] = []
    for time in times:
        try:
            meant = source.finder.find(time, _EXACTLY)
        except NoImageError:
            continue  # an empty edit: nothing is shown, so there is no frame
        if run and (meant.group != run[-1].group or meant.presentation < run[-1].presentation):
            yield run
            run = []
        run.append(meant)
    if run:
        yield run


class _Developer:
    """Decoded pictures into frames; used by one thread at a time."""

    def __init__(self, track: AssetTrack, wish: FrameWish) -> None:
        self._scale = track.facts.time_scale
        self._orientation = Orientation.of(track.preferred_transform)
        width, height = _stored_size(wish, self._orientation)
        self._output = PictureOutput(pixel_format=wish.pixel_format, width=width, height=height)

    def frames(self, reader: PictureReader, run: list[Moment]) -> Generator[Frame, None, None]:
        """A frame for each moment of a run, in order."""
        waiting = iter(run)
        moment = next(waiting, None)
        for picture in reader.pictures_at([item.presentation for item in run]):
            buffer = self._output.buffer(picture.frame, picture.format)
            while moment is not None and moment.presentation <= picture.presentation:
                if moment.presentation == picture.presentation:
                    yield Frame(
                        as_time(moment.start, self._scale), self._length(moment, picture), buffer, self._orientation
                    )
                moment = next(waiting, None)

    def _length(self, moment: Moment, picture: MediaPicture) -> Time:
        """How long a picture is shown from the moment on at which it begins to be."""
        passage = moment.passage
        end = passage.end
        if passage.rate:
            ticks = picture.duration if moment.duration is None else moment.duration
            end = min(end, passage.to_asset(Fraction(picture.presentation + ticks, self._scale)))
        return as_time(max(end - moment.start, Fraction(0)), self._scale)
