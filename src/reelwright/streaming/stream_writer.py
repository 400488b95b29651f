"""A whole stream out of one source: each rendition has a writer, and all of them are fed by one pump.

Every track is alone in its segments (CMAF). All writers count segments on one grid from the same moment, and pictures
get key frames where it cuts, so that the segments of a ladder begin with the same picture without anybody comparing
them. The stream's first moment lies at 10 s of its time line: sound's priming comes before it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from typing import Any

from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import InvalidArgumentError, ReelwrightError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileTypeProfile, MediaType
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time
from reelwright.streaming.dash import LiveManifest
from reelwright.streaming.encryption import SegmentCipher, new_key
from reelwright.streaming.hls import LowLatency, MediaPlaylist, PlaylistType
from reelwright.streaming.ladder import Rendition
from reelwright.streaming.output import StreamOutput
from reelwright.streaming.rendition import StreamRendition
from reelwright.streaming.stream_lists import manifest_of, playlist_of
from reelwright.streaming.stream_report import StreamReport
from reelwright.streaming.stream_track import StreamTrack
from reelwright.streaming.subtitle_cues import SubtitleSource, subtitle_labels
from reelwright.streaming.subtitle_track import SubtitleTrack
from reelwright.transcoding.conversion import ForDisplay
from reelwright.transcoding.pump import Pipe, Pump
from reelwright.transcoding.thread_budget import divided_threads
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput

__all__ = ["MANIFEST", "PLAYLIST", "SOUND", "SoundSource", "StreamPlan", "StreamSource", "write_stream"]

PLAYLIST = "index.m3u8"
MANIFEST = "index.mpd"
SOUND = "audio"
SUBTITLES = "subtitles"
_KEY = "stream.key"
_START = Time(10, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSource:
    """Sound that goes with the pictures, or one of several among which people choose.

    Attributes:
        buffers: linear PCM, on the pictures' time line. format: what it is. settings: of its encoding.
        language: RFC 5646's tag, where it is known.
    """

    buffers: Iterable[SampleBuffer]
    format: FormatDescription
    settings: AudioSettings
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSource:
    """What a stream is made of.

    Attributes:
        pictures: uncompressed, by time; None for sound alone.
        begin: the moment of their time line at which the stream begins.
        rate: pictures a second, where they come evenly or nearly so. time_scale: ticks a second that their times are
            written in.
        extensions: of the pictures' format description, which may tell how bright HDR's master is.
        background: what to put behind transparent pictures.
        sounds: one is played unasked, the first. subtitles: to choose from.
        is_sound_cut: whether sound ends with the pictures. problems: what it lacks, in words, for the report.
    """

    pictures: Iterable[SampleBuffer] | None
    begin: Time = Time.ZERO
    rate: Fraction | None = None
    time_scale: int = 90_000
    extensions: Mapping[str, Any] = field(default_factory=dict)
    background: Any = None
    sounds: Sequence[SoundSource] = ()
    subtitles: Sequence[SubtitleSource] = ()
    is_sound_cut: bool = True
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """How a stream is written; see ``write_hls`` for what the fields mean.

    Raises:
        InvalidArgumentError: durations that are none, or options that exclude each other.
    """

    ladder: Sequence[Rendition]
    segment: Fraction = Fraction(6)
    part: Fraction | None = None
    playlist_type: PlaylistType = PlaylistType.VOD
    window: Fraction | None = None
    in_one_file: bool = False
    has_manifest: bool = False
    key: bytes | None = None
    key_uri: str | None = None
    program_date_time: datetime | None = None
    is_real_time: bool = False
    can_block_reload: bool = False
    threads: int = 0

    def __post_init__(self) -> None:
        if self.segment <= 0:
            raise InvalidArgumentError(f"segments of {self.segment} s hold nothing.")
        if self.part is not None and not 0 < self.part < self.segment:
            raise InvalidArgumentError(f"parts of {self.part} s do not fit into segments of {self.segment} s.")
        if self.part is not None and (self.key is not None or self.in_one_file):
            raise InvalidArgumentError("parts are written for segments that are clear files of their own.")
        if self.has_manifest and self.key is not None:
            raise InvalidArgumentError(
                "segments that are encrypted as a whole are not for DASH.", hint="Leave out the manifest or the key."
            )

    @property
    def is_growing(self) -> bool:
        """Whether players see the stream before it is complete."""
        return self.playlist_type is not PlaylistType.VOD


def write_stream(
    source: StreamSource,
    output: StreamOutput,
    plan: StreamPlan,
    *,
    folder: str | os.PathLike[str] = "",
    progress: Callable[[int], object] | None = None,
    cancel: threading.Event | None = None,
) -> StreamReport:
    """Encode a source in all renditions of a plan, side by side, and write segments, playlists and manifest.

    Args:
        folder: the output's name, for the report. progress: called with the number of pictures done; what it raises
            cancels. cancel: cancels once it is set.

    Raises:
        OperationCancelledError: ``cancel`` was set. ReelwrightError: what the source, an encoder or the output raise;
            what was written until then stays, and a stream that players know already ends there.
    """
    stream = _Stream(source, output, plan)
    pump = Pump(
        [track.writer for track in stream.tracks],
        stream.pipes(),
        start=_START,
        takers={track.writer: track.take for track in stream.tracks},
        progress=None if progress is None else lambda pictures, _: progress(pictures),
        cancel=cancel,
    )
    try:
        writing = pump.run()
    except BaseException:
        stream.end_early()
        raise
    stream.finish()
    problems = [problem for track in stream.tracks for problem in track.rendition.playlist.problems]
    return StreamReport(
        folder=os.fspath(folder),
        playlist=PLAYLIST,
        manifest=MANIFEST if plan.has_manifest else None,
        renditions=tuple(track.report(each) for track, each in zip(stream.tracks, writing, strict=True)),
        subtitles=tuple(track.report() for track in stream.subtitles),
        key=plan.key,
        problems=tuple(dict.fromkeys([*source.problems, *problems])),
    )


class _Stream:
    """All tracks, and the lists that name them; its tracks call it from threads of their own."""

    def __init__(self, source: StreamSource, output: StreamOutput, plan: StreamPlan) -> None:
        self._source = source
        self._output = output
        self._plan = plan
        self._lock = threading.RLock()  # of lists that name several tracks
        self._date = plan.program_date_time or (datetime.now(UTC) if plan.is_growing else None)
        self._listed = ""
        self._cipher = self._make_cipher()
        weights = [rung.size[0] * rung.size[1] for rung in plan.ladder]
        threads = divided_threads(plan.threads, weights)
        self.pictures = [self._picture_track(*each) for each in zip(plan.ladder, threads, strict=True)]
        self.sounds = [self._sound_track(sound, number) for number, sound in enumerate(source.sounds)]
        self._labels = subtitle_labels(source.subtitles)
        self.subtitles = [self._subtitle_track(*each) for each in enumerate(source.subtitles)]

    @property
    def tracks(self) -> list[StreamTrack]:
        return [*self.pictures, *self.sounds]

    def pipes(self) -> list[Pipe]:
        source, shift = self._source, _START - self._source.begin
        pipes = [] if source.pictures is None else [self._picture_pipe(source.pictures, shift)]
        for sound, track in zip(source.sounds, self.sounds, strict=True):
            leads = not source.is_sound_cut
            pipes.append(
                Pipe(buffers=sound.buffers, inputs=[track.input], shift=shift, is_leading=leads, is_filled=True)
            )
        return pipes

    def _picture_pipe(self, pictures: Iterable[SampleBuffer], shift: Time) -> Pipe:
        rungs = zip(self.pictures, self._plan.ladder, strict=True)
        plain = [track.input for track, rung in rungs if not rung.shows_hdr]
        return Pipe(
            buffers=pictures,
            inputs=[track.input for track in self.pictures],
            conversions=dict.fromkeys(plain, ForDisplay(self._source.extensions)),
            shift=shift,
        )

    # Making tracks

    def _make_cipher(self) -> SegmentCipher | None:
        plan = self._plan
        if plan.key is None:
            return None
        if plan.key_uri is None:
            self._output.write(_KEY, [plan.key])
        # The renditions share the key, so that their sequence numbers would use a vector twice.
        return SegmentCipher(plan.key, plan.key_uri or f"../{_KEY}", random_vectors=True)

    def _picture_track(self, rung: Rendition, threads: int) -> StreamTrack:
        source, plan = self._source, self._plan
        is_quick = plan.is_real_time and plan.part is not None
        settings = rung.settings(source.rate, plan.segment, is_low_latency=is_quick)
        input = AssetWriterInput(MediaType.VIDEO, settings, background=source.background, threads=threads)
        input.media_time_scale = source.time_scale
        return self._track(input, rung.name or "", size=rung.size, aim=rung.bit_rate or 0)

    def _sound_track(self, sound: SoundSource, number: int) -> StreamTrack:
        input = AssetWriterInput(MediaType.AUDIO, sound.settings, sound.format)
        track = self._track(input, f"{SOUND}-{number + 1}" if number else SOUND)
        track.language = sound.language
        return track

    def _subtitle_track(self, number: int, source: SubtitleSource) -> SubtitleTrack:
        name = f"{SUBTITLES}-{number + 1}" if number else SUBTITLES
        playlist = self._playlist(has_parts=False)
        rendition = StreamRendition(self._output, name, playlist, cipher=self._cipher, is_text=True)
        moved = source.moved(-self._source.begin.fraction)
        track = SubtitleTrack(moved, rendition, self._labels[number], _START.fraction)
        if self._plan.has_manifest:
            track.write_whole(self._output)
        return track

    def _track(
        self, input: AssetWriterInput, name: str, *, size: tuple[int, int] | None = None, aim: int = 0
    ) -> StreamTrack:
        plan = self._plan
        writer = AssetWriter.for_segments()
        writer.output_file_type_profile = FileTypeProfile.MPEG4_CMAF_COMPLIANT
        writer.preferred_output_segment_interval = Time.of(plan.segment)
        writer.initial_segment_start_time = _START
        if plan.part is not None:
            writer.preferred_output_part_interval = Time.of(plan.part)
        input.expects_media_data_in_real_time = plan.is_real_time
        writer.add(input)
        has_pictures = size is not None and self._cipher is None
        rendition = StreamRendition(
            self._output,
            name,
            self._playlist(),
            in_one_file=plan.in_one_file,
            cipher=self._cipher,
            has_pictures=has_pictures,
        )
        return StreamTrack(
            writer=writer,
            input=input,
            rendition=rendition,
            changed=self._update,
            guard=self._lock if plan.is_growing else nullcontext(),
            size=size,
            has_pictures_list=has_pictures,
            aim=aim,
            program_date_time=self._date,
        )

    def _playlist(self, *, has_parts: bool = True) -> MediaPlaylist:
        plan = self._plan
        part = None if plan.part is None or not has_parts else LowLatency(plan.part, plan.can_block_reload)
        return MediaPlaylist(
            plan.playlist_type,
            target_duration=ceil(plan.segment) if plan.is_growing else None,
            window=plan.window,
            low_latency=part,
        )

    # Keeping lists up to date

    def _update(self) -> None:
        """Called by a track that holds the lock."""
        if not self._plan.is_growing:
            return
        self._write_subtitles()
        if all(track.segments for track in self.tracks):
            self._write_lists(is_final=False)

    def _write_subtitles(self) -> None:
        for track in self.subtitles:
            track.follow(self.tracks[0].rendition.playlist.segments)

    def finish(self) -> None:
        """Write the last of all playlists."""
        for track in self.tracks:
            track.rendition.finish()
        self._write_subtitles()
        for text in self.subtitles:
            text.rendition.finish()
        self._write_lists(is_final=True)

    def end_early(self) -> None:
        """Let those who watch a growing stream come to an end, as far as that is possible after a failure."""
        if not self._plan.is_growing:
            return
        for track in self.tracks:
            if track.segments:
                with suppress(ReelwrightError):
                    track.rendition.finish()
        for text in self.subtitles if self.tracks[0].segments else ():
            with suppress(ReelwrightError):
                text.rendition.finish()
        if all(track.segments for track in self.tracks):  # else nobody knows of it
            with suppress(ReelwrightError):
                self._write_lists(is_final=True)

    def _write_lists(self, *, is_final: bool) -> None:
        text = playlist_of(self.pictures, self.sounds, self.subtitles, self._source.rate, is_final=is_final)
        if text != self._listed:
            self._output.write(PLAYLIST, [text.encode()])
            self._listed = text
        if self._plan.has_manifest:
            live = None if is_final else self._live_manifest()
            begin = self._manifest_begin(is_final)
            text = manifest_of(self.pictures, self.sounds, self.subtitles, self._source.rate, begin=begin, live=live)
            self._output.write(MANIFEST, [text.encode()])

    def _manifest_begin(self, is_final: bool) -> Fraction | None:
        """What is left of a live stream begins with what is left of it."""
        has_gone = is_final and self._plan.playlist_type is PlaylistType.LIVE
        return None if has_gone else _START.fraction

    def _live_manifest(self) -> LiveManifest:
        assert self._date is not None
        shown = sum((each.duration for each in self.tracks[0].rendition.segments()), Fraction(0))
        window = shown if self._plan.playlist_type is PlaylistType.LIVE else None
        return LiveManifest(self._date, self._plan.segment, window=window)


def stream_key(value: bytes | bool | None) -> bytes | None:
    """The key that a caller asked for: none, one nobody knows yet, or a given one."""
    if isinstance(value, bool) or value is None:
        return new_key() if value else None
    return value
