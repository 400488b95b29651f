"""What a stream is made of: a film that is read, or frames and sound as programs have them, as sample buffers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from typing import Any

from reelwright.easy.feeding import Shown
from reelwright.easy.films import frame_spans, frames_shown
from reelwright.easy.frames import each_frame, frame_count
from reelwright.easy.sounds import Settings, Sound, sound_of
from reelwright.easy.spans import check_count
from reelwright.easy.stream_subtitles import film_subtitles, track_language
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import FrameError, InvalidArgumentError, InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.pixel import PixelBuffer, PixelFormat
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.sound_traits import nearest_sample_rate
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.orientation import Orientation
from reelwright.reading.track_output import AssetReaderTrackOutput
from reelwright.streaming.stream_writer import SoundSource, StreamSource
from reelwright.transcoding.buffers import shifted
from reelwright.transcoding.turning import upright

__all__ = ["Streamed", "film_source", "frames_source"]

_UNEVEN = 90_000  # ticks a second of times that come one by one
_LEAST_SCALE = 1000
_BIT_RATE_PER_CHANNEL = 64_000
_FULL_BAND = 32_000  # frames a second from which that bit rate is worth while


@dataclass(frozen=True, slots=True)
class Streamed:
    """A source, the size of its pictures as they are shown (None without any), and how many there are, where that is
    known."""

    source: StreamSource
    size: tuple[int, int] | None
    total: int | None


@contextlib.contextmanager
def film_source(
    asset: Asset, *, background: Any = None, settings: Settings | None = None, has_subtitles: bool = True
) -> Iterator[Streamed]:
    """The first pictures of a film and its sound, one of each language, decoded as they are needed; of sound alone the
    first.

    Args:
        settings: of the sound's encoding; None for the usual. has_subtitles: take the film's own.

    Raises:
        InvalidMediaError: neither pictures nor sound. MediaNotFoundError, DecoderNotFoundError …: as ``AssetReader``
            raises them.
    """
    shown, heard = _first(asset, MediaType.VIDEO), _one_a_language(asset)
    if shown is None and not heard:
        raise InvalidMediaError("the film has neither pictures nor sound to stream.", path=asset.path)
    tracks = heard[:1] if shown is None else heard
    subtitles, problems = film_subtitles(asset) if has_subtitles else ([], [])
    with AssetReader(asset) as reader:
        pictures = None if shown is None else _picture_output(shown)
        outputs = [AssetReaderTrackOutput(track, {}) for track in tracks]
        for output in outputs if pictures is None else (pictures, *outputs):
            reader.add(output)
        reader.start_reading()
        sounds = [_sound(output, track, settings) for output, track in zip(outputs, tracks, strict=True)]
        begin = _begin(tracks if shown is None else [shown, *tracks])
        source = StreamSource(
            pictures=None,
            begin=begin,
            background=background,
            sounds=[sound for sound in sounds if sound is not None],
            subtitles=subtitles,
            is_sound_cut=False,
            problems=problems,
        )
        if shown is None or pictures is None:
            yield Streamed(source, None, None)
        else:
            yield _with_pictures(source, shown, pictures)


def _picture_output(track: AssetTrack) -> AssetReaderTrackOutput:
    return AssetReaderTrackOutput(track, _asked(track, Orientation.of(track.preferred_transform)))


def _with_pictures(source: StreamSource, track: AssetTrack, output: AssetReaderTrackOutput) -> Streamed:
    orientation = Orientation.of(track.preferred_transform)
    whole = replace(
        source,
        pictures=output if orientation is Orientation.UPRIGHT else upright(output, orientation),
        rate=track.nominal_frame_rate or None,
        time_scale=track.natural_time_scale,
        extensions=next((format.extensions for format in track.format_descriptions), {}),
    )
    total = track.sample_index.sample_count if track.has_sample_tables else None
    return Streamed(whole, _whole(orientation, track), total)


def _one_a_language(asset: Asset) -> list[AssetTrack]:
    """One track of sound for each language, one that can be decoded if there is; first the one that plays unasked."""
    found: dict[str | None, AssetTrack] = {}
    tracks = asset.tracks_with_media_type(MediaType.AUDIO)
    for track in sorted(tracks, key=lambda each: (not each.is_enabled, not each.is_decodable)):
        found.setdefault(track_language(track), track)
    return list(found.values())


def _begin(tracks: list[AssetTrack]) -> Time:
    """When the first of them has something to show."""
    starts = [track.time_range.start for track in tracks]
    return min((start for start in starts if start.is_numeric), default=Time.ZERO)


def _sound(output: AssetReaderTrackOutput, track: AssetTrack, settings: Settings | None) -> SoundSource | None:
    """The sound of a track; None where there is not one frame of it."""
    rest = iter(output)
    first = next(rest, None)
    if first is None or first.format is None:
        return None
    wanted = stream_sound_settings(first.format, settings)
    return SoundSource(
        buffers=chain([first], rest), format=first.format, settings=wanted, language=track_language(track)
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


def stream_sound_settings(given: FormatDescription, settings: Settings | None) -> AudioSettings:
    """The settings a caller gave, or AAC of at most two channels."""
    if settings is not None:
        return AudioSettings.of(settings)
    rate, channels = nearest_sample_rate(AudioFormat.AAC, given.sample_rate), min(2, given.channels)
    bits = channels * _BIT_RATE_PER_CHANNEL if rate >= _FULL_BAND else None
    return AudioSettings(AudioFormat.AAC, rate, channels, bit_rate=bits)


def frames_source(
    frames: Any,
    *,
    fps: Any,
    times: Any,
    layout: str,
    audio: Any,
    audio_beyond: str,
    settings: Settings | None,
    background: Any,
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
        pictures=_buffers(chain([first], shown), first.picture.size),
        begin=begin,
        rate=rate,
        time_scale=_UNEVEN if rate is None else _scale(rate),
        background=background,
        sounds=[] if sound is None else [_given_sound(sound, begin, settings)],
        is_sound_cut=audio_beyond == "cut",
    )
    return Streamed(source, _displayed(first.picture), total)


def _scale(rate: Fraction) -> int:
    """Ticks a second in which frames of that rate last a whole number of ticks."""
    return rate.numerator * -(-_LEAST_SCALE // rate.numerator)


def _displayed(picture: PixelBuffer) -> tuple[int, int]:
    """The size of a picture as it is shown: what its clean aperture leaves, in square pixels."""
    clap, shape = picture.clean_aperture, picture.pixel_aspect_ratio
    width, height = picture.size if clap is None else (clap.width, clap.height)
    return max(1, round(width * (1 if shape is None else shape.ratio))), max(1, round(height))


def _buffers(shown: Iterator[Shown], size: tuple[int, int]) -> Iterator[SampleBuffer]:
    for each in shown:
        if each.picture.size != size:
            given, first = ("×".join(map(str, sides)) for sides in (each.picture.size, size))
            raise FrameError(
                f"{each.name}: the picture is {given} pixels but the first was {first}.",
                hint="Give frames of one size.",
            )
        yield SampleBuffer(image=each.picture, timings=[SampleTiming(each.time, each.duration)])


def _given_sound(sound: Sound, begin: Time, settings: Settings | None) -> SoundSource:
    """Sound whose zero lies where the frames begin."""
    buffers = sound.buffers if begin == Time.ZERO else shifted(sound.buffers, begin)
    return SoundSource(buffers=buffers, format=sound.format, settings=stream_sound_settings(sound.format, settings))
