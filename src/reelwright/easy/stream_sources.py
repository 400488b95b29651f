"""What a stream is made of: a film that is read, or frames and sound as programs have them, as sample buffers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

from reelwright.easy.feeding import Shown
from reelwright.easy.films import frame_spans, frames_shown
from reelwright.easy.frames import each_frame, frame_count
from reelwright.easy.sounds import sound_of
from reelwright.easy.spans import check_count
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError
from reelwright.model.kinds import MediaType
from reelwright.model.pixel import PixelFormat
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.orientation import Orientation
from reelwright.reading.track_output import AssetReaderTrackOutput
from reelwright.streaming.stream_writer import StreamSource
from reelwright.transcoding.turning import upright

__all__ = ["Streamed", "film_source", "frames_source"]

_UNEVEN = 90_000  # ticks a second of times that come one by one
_LEAST_SCALE = 1000


@dataclass(frozen=True, slots=True)
class Streamed:
    """A source, the size of its pictures as they are shown, and how many there are, where that is known."""

    source: StreamSource
    size: tuple[int, int]
    total: int | None


@contextlib.contextmanager
def film_source(asset: Asset, *, background: Any = None) -> Iterator[Streamed]:
    """The first pictures and the first sound of a film, decoded as they are needed.

    Raises:
        InvalidMediaError: no pictures. MediaNotFoundError, DecoderNotFoundError …: as ``AssetReader`` raises them.
    """
    shown = _first(asset, MediaType.VIDEO)
    if shown is None:
        raise InvalidMediaError("the film has no pictures to stream.", path=asset.path)
    heard = _first(asset, MediaType.AUDIO)
    orientation = Orientation.of(shown.preferred_transform)
    with AssetReader(asset) as reader:
        pictures = AssetReaderTrackOutput(shown, _asked(shown, orientation))
        reader.add(pictures)
        sound = None
        if heard is not None:
            sound = AssetReaderTrackOutput(heard, {})
            reader.add(sound)
        reader.start_reading()
        heads = None if sound is None else _with_head(sound)
        yield Streamed(
            StreamSource(
                pictures=pictures if orientation is Orientation.UPRIGHT else upright(pictures, orientation),
                rate=shown.nominal_frame_rate or None,
                time_scale=shown.natural_time_scale,
                extensions=next((format.extensions for format in shown.format_descriptions), {}),
                background=background,
                sound=None if heads is None else heads[1],
                sound_format=None if heads is None else heads[0].format,
                is_sound_cut=False,
            ),
            _whole(orientation, shown),
            shown.sample_index.sample_count if shown.has_sample_tables else None,
        )


def _first(asset: Asset, kind: MediaType) -> AssetTrack | None:
    tracks = asset.tracks_with_media_type(kind)
    return next((track for track in tracks if track.is_enabled), next(iter(tracks), None))


def _asked(track: AssetTrack, orientation: Orientation) -> Any:
    """Pictures as they are decoded; those that are to be turned need chroma that can be."""
    if orientation is Orientation.UPRIGHT:
        return {}
    deep = any((format.bits_per_component or 8) > 8 for format in track.format_descriptions)
    return PixelFormat.YUV420P10 if deep else PixelFormat.YUV420P


def _whole(orientation: Orientation, track: AssetTrack) -> tuple[int, int]:
    width, height = track.natural_size
    return orientation.size(max(1, round(width)), max(1, round(height)))


def _with_head(buffers: Any) -> tuple[SampleBuffer, Iterator[SampleBuffer]] | None:
    """The first buffer, which tells what the sound is, and all of them; None when there are none."""
    rest = iter(buffers)
    first = next(rest, None)
    return None if first is None else (first, chain([first], rest))


def frames_source(
    frames: Any, *, fps: Any, times: Any, layout: str, audio: Any, audio_beyond: str, background: Any
) -> Streamed:
    """Frames and sound as ``write_video`` takes them.

    Raises:
        InvalidArgumentError, FrameError, InvalidMediaError: as ``write_video`` raises them.
    """
    spans, rate = frame_spans(fps, times)
    total = frame_count(frames)
    check_count(times, total, more=1, what="times")
    shown = frames_shown(each_frame(frames, layout), spans, times)
    first = next(shown, None)
    if first is None:
        raise InvalidArgumentError("there are no frames to stream.", hint="Check what the frames come from.")
    sound = None if audio is None else sound_of(audio)
    begin = first.time
    source = StreamSource(
        pictures=_buffers(chain([first], shown)),
        begin=begin,
        rate=rate,
        time_scale=_UNEVEN if rate is None else _scale(rate),
        background=background,
        sound=None if sound is None else _from(sound.buffers, begin),
        sound_format=None if sound is None else sound.format,
        is_sound_cut=audio_beyond == "cut",
    )
    return Streamed(source, first.picture.size, total)


def _scale(rate: Fraction) -> int:
    """Ticks a second in which frames of that rate last a whole number of ticks."""
    return rate.numerator * -(-_LEAST_SCALE // rate.numerator)


def _buffers(shown: Iterator[Shown]) -> Iterator[SampleBuffer]:
    for each in shown:
        yield SampleBuffer(image=each.picture, timings=[SampleTiming(each.time, each.duration)])


def _from(buffers: Iterator[SampleBuffer], begin: Time) -> Iterator[SampleBuffer]:
    """Sound whose zero lies where the frames begin."""
    from reelwright.transcoding.buffers import shifted

    return buffers if begin == Time.ZERO else shifted(buffers, begin)
