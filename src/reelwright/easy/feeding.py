"""The one loop behind the film recipes: pictures with their times, sound beside them, and a report at the end.

One picture is held at a time. Reading or making the next one happens while the input's own thread encodes the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from reelwright.easy.sounds import Settings, SoundFeed, sound_input, sound_of
from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.pixel import PixelBuffer
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput
from reelwright.writing.report import WritingReport

__all__ = ["FilmPlan", "Progress", "Shown", "write_film"]

Progress = Callable[[int, int | None], object]

_BEYOND = ("cut", "keep")


class Shown(NamedTuple):
    """A picture, when it is shown and for how long (INVALID: not known), and what to call it in messages."""

    picture: PixelBuffer
    time: Time
    duration: Time
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPlan:
    """Everything about a film but its pictures; see ``write_video`` for what the fields mean.

    ``duration`` is how long it will be, where that is known before; ``fragment`` how long its fragments, if it is to
    have any.
    """

    out: Any
    file_type: FileType | str | None
    overwrite: bool
    settings: VideoSettings
    background: Any
    threads: int
    audio: Any
    audio_settings: Settings | None
    audio_beyond: str
    progress: Progress | None
    total: int | None
    media_time_scale: int = 0
    duration: Time = Time.INVALID
    fragment: Time = Time.INVALID

    def __post_init__(self) -> None:
        if self.audio_beyond not in _BEYOND:
            raise InvalidArgumentError(
                f"audio_beyond={self.audio_beyond!r} is unknown.",
                hint='Use "cut" to end the sound with the pictures, or "keep" to write all of it.',
            )


def write_film(plan: FilmPlan, pictures: Iterator[Shown]) -> WritingReport:
    """Write the film that a plan and its pictures describe. Raises what the writer and the pictures' source raise."""
    sound = None if plan.audio is None else sound_of(plan.audio)
    with AssetWriter(plan.out, plan.file_type, overwrite=plan.overwrite) as writer:
        writer.should_optimize_for_network_use = True
        writer.overall_duration_hint = plan.duration
        writer.movie_fragment_interval = plan.fragment
        video = AssetWriterInput(MediaType.VIDEO, plan.settings, background=plan.background, threads=plan.threads)
        video.media_time_scale = plan.media_time_scale
        writer.add(video)
        feed = None
        if sound is not None:
            track = sound_input(sound, plan.audio_settings)
            writer.add(track)
            feed = SoundFeed(track, sound)
        writer.start_writing()
        note = _feed(plan, writer, video, pictures, feed)
        return _with_note(writer.finish_writing(), note)


def _feed(
    plan: FilmPlan, writer: AssetWriter, video: AssetWriterInput, pictures: Iterator[Shown], feed: SoundFeed | None
) -> str | None:
    """Append everything, sound side by side with the pictures; returns what the report should say about the sound."""
    begin = end = Time.ZERO
    for done, shown in enumerate(pictures, start=1):
        if done == 1:
            begin = shown.time
            writer.start_session(begin)
        end = _append(video, shown)
        del shown  # while the next picture is made, this one need not be there
        if feed is not None:
            feed.until(end, begin)
        if plan.progress is not None:
            plan.progress(done, plan.total)
    video.mark_as_finished()
    if feed is None:
        return None
    if plan.audio_beyond == "keep":
        feed.until(None, begin)
    elif not feed.is_at_end:
        length = float((end - begin).fraction)
        return f'cut with the pictures at {length:.3f} s; audio_beyond="keep" writes the rest'
    return None


def _append(video: AssetWriterInput, shown: Shown) -> Time:
    """Append a picture and return when it ends; what is wrong with the picture is said with its name."""
    try:
        video.append(shown.picture, shown.time, shown.duration)
    except FrameError as error:
        error.message = f"{shown.name}: {error.message}"
        raise
    return shown.time + shown.duration


def _with_note(report: WritingReport, note: str | None) -> WritingReport:
    if note is None:
        return report
    tracks = (
        replace(track, notes=(*track.notes, note)) if track.media_type is MediaType.AUDIO else track
        for track in report.tracks
    )
    return replace(report, tracks=tuple(tracks))
