"""Streams in one call: ``write_hls`` makes a ladder of renditions, of a film or of frames, for HLS and DASH."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from reelwright.easy.sounds import Settings
from reelwright.easy.stream_sources import Streamed, film_source, frames_source
from reelwright.easy.stream_subtitles import subtitle_sources
from reelwright.model.errors import InvalidArgumentError, OutputExistsError
from reelwright.model.time import Time, TimeLike
from reelwright.reading.asset import Asset
from reelwright.streaming.hls import PlaylistType
from reelwright.streaming.ladder import Ladder, Rendition, ladder_for
from reelwright.streaming.output import FolderOutput, StreamOutput, open_output
from reelwright.streaming.stream_report import RenditionReport, StreamReport, SubtitleReport
from reelwright.streaming.stream_writer import PLAYLIST, StreamPlan, stream_key, write_stream
from reelwright.streaming.subtitle_cues import Cue, SubtitleSource

__all__ = ["Cue", "Rendition", "RenditionReport", "StreamReport", "SubtitleReport", "SubtitleSource", "write_hls"]

Progress = Callable[[int, int | None], object]

_BEYOND = ("cut", "keep")


def write_hls(
    source_or_frames: Any,
    folder: str | os.PathLike[str] | StreamOutput,
    ladder: Ladder | None = None,
    *,
    segment_duration: TimeLike = 6,
    part_duration: TimeLike | None = None,
    playlist: PlaylistType | str = PlaylistType.VOD,
    window: TimeLike | None = None,
    one_file: bool = False,
    dash: bool = False,
    encrypt: bool | bytes = False,
    key_uri: str | None = None,
    fps: Any = None,
    times: Any = None,
    layout: str = "HWC",
    audio: Any = None,
    audio_beyond: str = "cut",
    audio_settings: Settings | None = None,
    subtitles: Any = None,
    background: Any = None,
    program_date_time: datetime | None = None,
    real_time: bool = False,
    can_block_reload: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
    threads: int = 0,
) -> StreamReport:
    """Write a stream: segments (CMAF), playlists for HLS and, if wanted, a manifest for DASH.

    Args:
        source_or_frames: the path of a film (or of sound alone) or an ``Asset``; or frames as ``write_video`` takes
            them, with ``fps`` or ``times``.
        folder: where ``index.m3u8`` and a folder for each rendition go: a path, a URL that ``fsspec`` knows, or a
            ``StreamOutput``, which is called from several threads.
        ladder: the renditions of the pictures: ``[1080, 720, "480p", Rendition(height=360, bit_rate=800_000)]``;
            up to four usual ones by default. None is larger than the source.
        segment_duration: seconds. All renditions are cut at the same pictures, which are key frames.
        part_duration: seconds of parts, in which live streams are handed out before a segment is complete.
        playlist: ``"vod"`` (complete before anybody sees it), ``"event"`` (grows while it is written) or ``"live"``
            (shows the last segments only).
        window: seconds that a live playlist shows; three segments at least.
        one_file: a rendition's segments lie in one file, as byte ranges.
        dash: write ``index.mpd``, too.
        encrypt: AES-128 for the segments: True for a new key, or the key's 16 bytes. key_uri: where players fetch it;
            without it the key lies beside the stream as ``stream.key``, for whoever guards the folder.
        fps, times, layout, audio, audio_beyond, background: of frames, as of ``write_video``. A film brings its own
            sound, the first of each language.
        audio_settings: of the sound; AAC, at most stereo, by default.
        subtitles: a file of WebVTT or SubRip, ``{"en": file, "fr": file}``, or ``[(start, end, text), …]`` in seconds,
            of frames from the first one on; ``SubtitleSource`` says more of them. They come instead of a film's
            own; False for none.
        program_date_time: the moment at which the first picture was taken; of streams that grow the present one.
        real_time: frames come as they are taken; encoders are told to be quick, and with parts to hold nothing back.
        can_block_reload: the server answers requests for what comes next (``reelwright watch`` does).
        overwrite: write into a folder that holds a stream; whether one far away does is not looked at.
        progress: called as ``progress(pictures_done, pictures_in_all_or_None)``; what it raises cancels.
        cancel: cancels once it is set.
        threads: encoder threads in all, divided among the renditions; 0 for one for each core.

    >>> report = write_hls("film.mov", "stream/", [1080, 720], dash=True)
    >>> report.renditions[0].bit_rates.average

    Playlists and manifest are replaced in one step, behind the segments that they name. Whatever ends it early leaves
    what was written until then: an event or a live stream ends there, one on demand has no playlists yet.

    Raises:
        InvalidArgumentError: a ladder, durations or options that are none or exclude each other.
        OutputExistsError: the folder holds a stream. OperationCancelledError: ``cancel`` was set.
        MediaNotFoundError, InvalidMediaError, FrameError …: as reading and ``write_video`` raise them.
        MissingDependencyError: ``encrypt`` without cryptography, or a URL without ``fsspec``. OutputError, EncodeError:
            disk and encoder.
    """
    kind = _playlist_type(playlist)
    if audio_beyond not in _BEYOND:
        raise InvalidArgumentError(f"audio_beyond={audio_beyond!r} is unknown.", hint='Use "cut" or "keep".')
    with contextlib.ExitStack() as stack:
        if is_film := isinstance(source_or_frames, (str, os.PathLike, Asset)):
            _refuse_for_films(fps=fps, times=times, audio=audio)
            asset = source_or_frames
            if not isinstance(asset, Asset):
                asset = stack.enter_context(Asset(asset))
            streamed = stack.enter_context(
                film_source(asset, background=background, settings=audio_settings, has_subtitles=subtitles is None)
            )
        else:
            streamed = frames_source(
                source_or_frames,
                fps=fps,
                times=times,
                layout=layout,
                audio=audio,
                audio_beyond=audio_beyond,
                settings=audio_settings,
                background=background,
            )
        plan = StreamPlan(
            ladder=_rungs(streamed, ladder),
            segment=_seconds("segment_duration", segment_duration),
            part=None if part_duration is None else _seconds("part_duration", part_duration),
            playlist_type=kind,
            window=None if window is None else _seconds("window", window),
            in_one_file=one_file,
            has_manifest=dash,
            key=stream_key(encrypt),
            key_uri=key_uri,
            program_date_time=program_date_time,
            is_real_time=real_time,
            can_block_reload=can_block_reload,
            threads=threads,
        )
        begin = Time.ZERO if is_film else streamed.source.begin
        texts = subtitle_sources(subtitles, begin)
        return write_stream(
            replace(streamed.source, subtitles=texts or streamed.source.subtitles),
            _opened(folder, overwrite),
            plan,
            folder=folder if isinstance(folder, (str, os.PathLike)) else "",
            progress=_counted(progress, streamed),
            cancel=cancel,
        )


def _playlist_type(value: PlaylistType | str) -> PlaylistType:
    try:
        return PlaylistType(str(value).upper())
    except ValueError:
        raise InvalidArgumentError(f"playlist={value!r} is unknown.", hint='Use "vod", "event" or "live".') from None


def _rungs(streamed: Streamed, ladder: Ladder | None) -> list[Rendition]:
    if streamed.size is not None:
        return ladder_for(streamed.size, streamed.source.rate, ladder)
    if ladder is not None:
        raise InvalidArgumentError("sound without pictures has no ladder.", hint="Leave the ladder out.")
    return []


def _refuse_for_films(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise InvalidArgumentError(f"{name}= is for frames; a film brings its own.", hint=f"Leave {name} out.")


def _seconds(name: str, value: TimeLike) -> Any:
    time = Time.of(value)
    if not time.is_numeric or time <= Time.ZERO:
        raise InvalidArgumentError(f"{name}={value!r} is no duration.", hint="Give seconds above 0.")
    return time.fraction


def _opened(folder: Any, overwrite: bool) -> StreamOutput:
    output = open_output(folder)
    if isinstance(output, FolderOutput) and not overwrite:
        there = Path(output.folder, PLAYLIST)
        if there.exists():
            raise OutputExistsError(
                f"{os.fspath(there)!r} exists: there is a stream in the folder.",
                path=there,
                hint="Pass overwrite=True to write over it, or use another folder.",
            )
    return output


def _counted(progress: Progress | None, streamed: Streamed) -> Callable[[int], object] | None:
    if progress is None:
        return None
    total = streamed.total
    return lambda done: progress(done, total)
