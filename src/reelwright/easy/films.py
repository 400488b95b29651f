"""Films in one call: ``write_video`` from frames, ``write_images`` from photographs.

Each does what the public classes do, with the defaults that most people want: H.264 of high quality, the header first,
every time exact, nothing left behind when anything goes wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from reelwright.easy.feeding import FilmPlan, Progress, Shown, write_film
from reelwright.easy.frames import each_frame, frame_count
from reelwright.easy.options import (
    check_target,
    checked_size,
    complete,
    film_settings,
    fragment_interval,
    usual_encodings,
)
from reelwright.easy.sounds import Settings, sound_settings
from reelwright.easy.spans import (
    Span,
    at_durations,
    at_rate,
    at_times,
    check_count,
    length_at_durations,
    length_at_times,
)
from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.frame_rate import frame_rate
from reelwright.model.kinds import AudioFormat, FileType, ScalingMode, VideoCodec
from reelwright.model.pixel import PixelBuffer
from reelwright.model.settings import VideoSettings
from reelwright.model.time import TimeLike
from reelwright.writing.report import WritingReport

__all__ = ["frame_spans", "frames_shown", "write_images", "write_video"]

# Seconds from one key frame to the next at most: frames follow from each other, photographs do not.
_KEY_FRAMES_OF_FRAMES = 5
_KEY_FRAMES_OF_PHOTOGRAPHS = 2


def write_video(
    frames: Any,
    out: Any,
    *,
    fps: Any = None,
    times: Any = None,
    layout: str = "HWC",
    audio: Any = None,
    audio_format: AudioFormat | str | None = None,
    audio_settings: Settings | None = None,
    audio_beyond: str = "cut",
    settings: VideoSettings | Mapping[str, Any] | None = None,
    codec: VideoCodec | str | None = None,
    encoder_options: Mapping[str, Any] | None = None,
    background: Any = None,
    media_time_scale: int = 0,
    movie_fragment_interval: TimeLike | None = None,
    file_type: FileType | str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    threads: int = 0,
) -> WritingReport:
    """Write frames as a film.

    Args:
        frames: one array of T × H × W × C (or T × C × H × W with ``layout="CHW"``), or of T × H × W for grey, of numpy
            or any library with DLPack; or a list, generator … of such pictures, of images of Pillow's or of
            ``PixelBuffer``. uint8, uint16, floats within 0…1 (sRGB-encoded) or bool. The first gives the film's size.
        out: a path (``.mp4``, ``.mov``, ``.m4v``, ``.webm``, ``.mkv``), or a binary file object together with
            ``file_type``.
        fps: frames a second, exact: a number, a ``Fraction`` or text; 29.97 is 30000/1001.
        times: instead of ``fps``: when each frame is shown, in seconds or as ``Time``; one more is the film's end.
            The film begins at the first.
        audio: ``(samples, rate)`` with samples as frames × channels, or the path of a file with sound.
        audio_format: what to encode it as: ``"aac"`` unless told (in ``.webm`` ``"opus"``), ``"alac"``, ``"flac"``,
            ``"opus"``, ``"ac3"`` ….
        audio_settings: the same with everything else that can be told.
        audio_beyond: what becomes of sound that is longer than the pictures: ``"cut"`` (the report says so) or
            ``"keep"``. Shorter sound leaves the rest of the film silent.
        settings: ``VideoSettings``, or a mapping with AVFoundation's keys; H.264 by default, VP9 in ``.webm``. A
            size they give needs a scaling mode when the frames have another.
        codec: shorthand for settings that only name the codec.
        encoder_options: passed to the FFmpeg encoder as they are (``{"preset": "slow"}``); they win over settings.
        background: what to put behind transparent frames: ``"#rrggbb"``, ``"#rgb"``, ``"black"``, ``"white"``, or three
            numbers (integers 0…255 or floats 0…1). Without it only opaque ones are taken.
        media_time_scale: ticks a second that times are rounded to; 0 writes them exactly. ``times`` in microseconds
            hold no frame for longer than 35 minutes; 90000 holds one for 6 hours.
        movie_fragment_interval: seconds after which what is written so far can be played, of films in ``.mp4``,
            ``.mov`` and ``.m4v``: ``reelwright watch film.mp4`` shows a long one while it is rendered, and what was
            written outlives a power failure. The film is an ordinary one when it is finished.
        overwrite: replace an existing file, once the new one is whole.
        progress: called as ``progress(frames_done, frames_in_all_or_None)``; what it raises cancels.
        threads: encoder threads, 0 for the encoder's own choice.

    >>> write_video(numpy.zeros((48, 480, 640, 3), numpy.uint8), "black.mp4", fps=24)

    Whatever ends it early, an exception of the generator included, leaves no file and comes out as it was raised.

    Raises:
        InvalidArgumentError: no frames, neither ``fps`` nor ``times``, or counts that do not match.
        FrameError: a frame that is no picture, differs in size, or lies on a graphics card. TimestampError: ``times``
            that do not go forward. SettingsError: settings that contradict each other, the size or the container.
        OutputExistsError: the file exists. OutputError, EncodeError: disk and encoder.
    """
    picture, sound = usual_encodings(out, file_type)
    wanted = film_settings(settings, codec, encoder_options, picture)
    check_target(out, file_type, overwrite)
    fragment = fragment_interval(movie_fragment_interval, out, file_type)
    spans, rate = frame_spans(fps, times)
    total = frame_count(frames)
    check_count(times, total, more=1, what="times")
    pictures = frames_shown(each_frame(frames, layout), spans, times)
    first = next(pictures, None)
    if first is None:
        raise InvalidArgumentError("there are no frames to write.", hint="Check what the frames come from.")
    size = checked_size(wanted, None) or first.picture.size
    pictures = chain([first], pictures)
    del first
    plan = FilmPlan(
        out=out,
        file_type=file_type,
        overwrite=overwrite,
        settings=complete(wanted, size, rate=rate, key_frame_seconds=_KEY_FRAMES_OF_FRAMES),
        background=background,
        threads=threads,
        audio=audio,
        audio_settings=sound_settings(audio_settings, audio_format, sound),
        audio_beyond=audio_beyond,
        progress=progress,
        total=total,
        media_time_scale=media_time_scale,
        duration=length_at_times(times) if rate is None else length_at_durations(1 / rate, total),
        fragment=fragment,
    )
    return write_film(plan, pictures)


def frame_spans(fps: Any, times: Any) -> tuple[Iterator[Span], Any]:
    """When frames are shown, by what ``write_video`` is told; and the rate, None where times vary.

    Raises:
        InvalidArgumentError: neither was told, or both.
    """
    if (fps is None) == (times is None):
        raise InvalidArgumentError(
            "a film needs either fps or times.",
            hint="For example fps=30, or times=[0, 0.5, 2] with one for each frame.",
        )
    if fps is None:
        return at_times(times), None
    rate = frame_rate(fps)
    return at_rate(rate), rate


def frames_shown(frames: Iterator[Any], spans: Iterator[Span], times: Any) -> Iterator[Shown]:
    """Frames with their times.

    Raises:
        InvalidArgumentError: their counts do not match.
    """
    index = -1
    for index, picture in enumerate(frames):
        time, duration = _next_span(spans, index, "times")
        shown = Shown(picture, time, duration, f"frame {index}")
        del picture
        yield shown
        del shown
    if index >= 0:
        check_count(times, index + 1, more=1, what="times")


def _next_span(spans: Iterator[Span], index: int, what: str) -> Span:
    span = next(spans, None)
    if span is None:
        raise InvalidArgumentError(
            f"there are more pictures than {what}: only {index} {what} were given.", hint="Give one for each picture."
        )
    return span


def write_images(
    paths_or_images: Any,
    out: Any,
    frame_duration: Any = 2,
    *,
    size: tuple[int, int] | None = None,
    scaling_mode: ScalingMode | str = ScalingMode.RESIZE_ASPECT,
    audio: Any = None,
    audio_format: AudioFormat | str | None = None,
    audio_settings: Settings | None = None,
    audio_beyond: str = "cut",
    settings: VideoSettings | Mapping[str, Any] | None = None,
    codec: VideoCodec | str | None = None,
    encoder_options: Mapping[str, Any] | None = None,
    background: Any = None,
    file_type: FileType | str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    threads: int = 0,
) -> WritingReport:
    """Write photographs as a film.

    Args:
        paths_or_images: a folder (its pictures in natural order, img2 before img10), a pattern (``"shots/*.png"``, in
            the same order), a file, or a list or generator of paths, images of Pillow's, arrays and ``PixelBuffer``, in
            any mixture. EXIF orientation and ICC profiles are honoured; of animated pictures the first is taken.
        out: a path (``.mp4``, ``.mov``, ``.m4v``, ``.webm``, ``.mkv``), or a binary file object together with
            ``file_type``.
        frame_duration: seconds that each is shown, as a number (1/30 is exactly a thirtieth), ``Fraction``, ``Time`` or
            ``timedelta``; or one for each picture.
        size: (width, height) of the film; the first picture's, upright, by default.
        scaling_mode: how pictures of another size become the film's; by default whole, with bars. One in the settings
            wins.

    The other arguments are ``write_video``'s, and so is what it raises; besides:

    >>> write_images("holiday/", "holiday.mp4", frame_duration=3, size=(1920, 1080), audio="song.m4a")

    Raises:
        MediaNotFoundError: a path that leads nowhere. InvalidMediaError: a file that cannot be read as a picture.
            Both name it. InvalidArgumentError: no pictures.
    """
    from reelwright.easy.pictures import photographs, size_of  # Pillow, which films of frames do without

    picture, sound = usual_encodings(out, file_type)
    wanted = film_settings(settings, codec, encoder_options, picture)
    film_size = checked_size(wanted, size)
    check_target(out, file_type, overwrite)
    items, total = photographs(paths_or_images)
    check_count(frame_duration, total, what="durations")
    first = next(items, None)
    if first is None:
        raise InvalidArgumentError("there are no pictures to write.", hint="Check the list or the folder.")
    film_size = film_size or size_of(first)
    items = chain([first], items)
    del first
    spans = at_durations(frame_duration)
    pictures = _photographs_shown(items, film_size, spans, frame_duration)
    shown = next(pictures)
    rate = 1 / shown.duration.fraction
    pictures = chain([shown], pictures)
    del shown
    plan = FilmPlan(
        out=out,
        file_type=file_type,
        overwrite=overwrite,
        settings=complete(
            wanted, film_size, rate=rate, key_frame_seconds=_KEY_FRAMES_OF_PHOTOGRAPHS, scaling_mode=scaling_mode
        ),
        background=background,
        threads=threads,
        audio=audio,
        audio_settings=sound_settings(audio_settings, audio_format, sound),
        audio_beyond=audio_beyond,
        progress=progress,
        total=total,
        duration=length_at_durations(frame_duration, total),
    )
    return write_film(plan, pictures)


def _photographs_shown(
    items: Iterator[Any], size: tuple[int, int], spans: Iterator[Span], durations: Any
) -> Iterator[Shown]:
    index = -1
    for index, item in enumerate(items):
        time, duration = _next_span(spans, index, "durations")
        name = repr(os.fspath(item)) if isinstance(item, (str, os.PathLike)) else f"picture {index}"
        picture = _read(item, size, name)
        del item
        shown = Shown(picture, time, duration, name)
        del picture
        yield shown
        del shown
    check_count(durations, index + 1, what="durations")


def _read(item: Any, size: tuple[int, int], name: str) -> PixelBuffer:
    """Read a picture; what is wrong with one that has no path of its own is said with its number."""
    from reelwright.easy.pictures import read

    try:
        return read(item, size)
    except FrameError as error:
        if error.path is None:
            error.message = f"{name}: {error.message}"
        raise
