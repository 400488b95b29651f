"""What each container may carry, and which engine writes it: one entry a file type.

A rule here is a fact about the format (ISO/IEC 14496-12/-14, the QuickTime file format) or a promise of AVFoundation's
writer about it; whether an encoder exists is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reelwright.containers.engine import FileWriter
from reelwright.containers.movie import ExpectedTrack, MovieWriter, room_for
from reelwright.model.errors import SettingsError
from reelwright.model.kinds import AudioFormat, FileType, MediaType, VideoCodec
from reelwright.model.time import Time
from reelwright.storage.destination import Destination

__all__ = ["Container", "alpha_refusal", "container", "make_writer", "refusal"]

_ALL = frozenset(MediaType) - {MediaType.DEPTH_DATA, MediaType.HAPTIC, MediaType.OTHER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What a file type can hold.

    Attributes:
        media_types: kinds of tracks that can be added.
        codecs: encodings that may be written, by media type; None means any.
        is_movie: written by the movie engine. is_matroska: by FFmpeg's muxer. Those that are neither have no engine
            yet.
        needs_format_hint: stored samples (no output settings) need a source format hint when their input is made.
        not_encoded: encodings of pictures that are stored as they come, but not encoded for it: nothing that is
            published gives them a place there, so that players need not look for them.
        has_edit_lists, has_groups, has_references: what the format can say about its tracks.
        usual_video, usual_sound: what recipes encode into it unless told: what plays in most places.
        carries_alpha_apart: whether a picture's alpha can stand beside it as a film of its own, as VP9's does.
    """

    file_type: FileType
    media_types: frozenset[MediaType]
    codecs: dict[MediaType, frozenset[str] | None] = field(default_factory=dict)
    is_movie: bool = False
    is_matroska: bool = False
    needs_format_hint: bool = True
    not_encoded: frozenset[str] = frozenset()
    has_edit_lists: bool = False
    has_groups: bool = False
    has_references: bool = False
    usual_video: VideoCodec = VideoCodec.H264
    usual_sound: AudioFormat = AudioFormat.AAC
    carries_alpha_apart: bool = False

    @property
    def is_written(self) -> bool:
        """Whether there is an engine."""
        return self.is_movie or self.is_matroska

    def refusal(self, media_type: MediaType, codec: str | None) -> str | None:
        """Why a track of that kind and encoding cannot be written here, or None when it can."""
        if not self.is_written:
            return f"{self.file_type.suffixes[0]} files ({self.file_type.value}) are not written yet"
        if media_type not in self.media_types:
            allowed = ", ".join(sorted(kind.name.lower() for kind in self.media_types))
            return f"{self.file_type.value} holds no {media_type.name.lower()} tracks (it holds: {allowed})"
        known = self.codecs.get(media_type)
        if codec is not None and known is not None and codec not in known:
            return (
                f"{self.file_type.value} cannot carry {codec!r} {media_type.name.lower()} (it carries: {_list(known)})"
            )
        return None


def _list(codecs: frozenset[str]) -> str:
    return ", ".join(repr(code) for code in sorted(codecs))


_VIDEO = frozenset({VideoCodec.H264.value, VideoCodec.HEVC.value, "avc3", "hev1", "av01", "vp09", "mp4v"})
# What AVFoundation writes into .m4a, and the rest for which there are bindings to ISO files.
_APPLE_SOUND = frozenset({AudioFormat.AAC.value, "mp4a", "alac", "ac-3", "ec-3"})
_SOUND = _APPLE_SOUND | {"Opus", "fLaC", AudioFormat.OPUS.value, AudioFormat.FLAC.value}
_SOUND_AND_PCM = _SOUND | {AudioFormat.LINEAR_PCM.value}  # 'ipcm' and 'fpcm', ISO/IEC 23003-5

# Their bindings speak of ISO files; neither is among QuickTime's encodings, and FFmpeg refuses them in .mov too.
_ISO_ONLY = frozenset({VideoCodec.AV1.value, VideoCodec.VP9.value})

_SHOWN = frozenset({MediaType.VIDEO, MediaType.AUDIO, MediaType.SUBTITLE, MediaType.METADATA, MediaType.CLOSED_CAPTION})


def _movie(file_type: FileType, media_types: frozenset[MediaType], sound: frozenset[str] | None) -> Container:
    """A movie file; ``sound`` are the encodings of sound it carries, None for a container that carries anything."""
    return Container(
        file_type=file_type,
        media_types=media_types,
        codecs={} if sound is None else {MediaType.VIDEO: _VIDEO, MediaType.AUDIO: sound},
        is_movie=True,
        needs_format_hint=sound is not None,
        not_encoded=_ISO_ONLY if file_type.is_quicktime else frozenset(),
        has_edit_lists=True,
        has_groups=True,
        has_references=True,
    )


_MOVIES = (
    _movie(FileType.MOV, _ALL, None),
    _movie(FileType.MP4, _SHOWN, _SOUND_AND_PCM),
    _movie(FileType.M4V, _SHOWN | {MediaType.TEXT}, _SOUND_AND_PCM),
    _movie(FileType.M4A, frozenset({MediaType.AUDIO}), _APPLE_SOUND),
)


def _matroska(file_type: FileType, video: frozenset[str], sound: frozenset[str]) -> Container:
    return Container(
        file_type=file_type,
        media_types=frozenset({MediaType.VIDEO, MediaType.AUDIO}),
        codecs={MediaType.VIDEO: video, MediaType.AUDIO: sound},
        is_matroska=True,
        usual_video=VideoCodec.VP9 if VideoCodec.H264.value not in video else VideoCodec.H264,
        usual_sound=AudioFormat.OPUS if AudioFormat.AAC.value not in sound else AudioFormat.AAC,
        carries_alpha_apart=True,
    )


# What the WebM container guidelines allow, and what FFmpeg's muxer takes of Matroska's codec mappings.
_WEB_VIDEO = frozenset({VideoCodec.VP9.value, VideoCodec.AV1.value})
_WEB_SOUND = frozenset({AudioFormat.OPUS.value, "Opus"})
_PRORES = frozenset(codec.value for codec in VideoCodec if codec.is_prores)
_MATROSKA_VIDEO = (_VIDEO - {"mp4v"}) | _PRORES | {VideoCodec.JPEG.value}
_OTHERS = (
    _matroska(FileType.WEBM, _WEB_VIDEO, _WEB_SOUND),
    _matroska(FileType.MATROSKA, _MATROSKA_VIDEO, _SOUND_AND_PCM),
)
_CONTAINERS = {entry.file_type: entry for entry in (*_MOVIES, *_OTHERS)}


def container(file_type: FileType) -> Container:
    """The entry of a file type; one that nothing can be added to where no engine exists."""
    return _CONTAINERS.get(file_type) or Container(file_type=file_type, media_types=frozenset())


def refusal(
    file_type: FileType, media_type: MediaType, codec: str | None, *, is_encoded: bool = False
) -> SettingsError | None:
    """The error to raise for a track that the container cannot carry, or None.

    Args:
        is_encoded: whether the samples come from an encoder here, instead of being stored as they are.
    """
    if is_encoded and codec in container(file_type).not_encoded:
        return SettingsError(
            f"{file_type.value} has no place for {codec!r} that is published anywhere.",
            hint="Write .mp4 instead. Samples from elsewhere can be stored as they are.",
        )
    reason = container(file_type).refusal(media_type, codec)
    if reason is None:
        return None
    if not container(file_type).is_written:
        return SettingsError(f"{reason}.", hint="Write .mov, .mp4 or .m4v instead, or .m4a for sound alone.")
    if media_type not in _ALL:
        return SettingsError(f"{reason}.", hint="No file is written with tracks of this kind; they are only read.")
    if file_type is FileType.WEBM:
        return SettingsError(f"{reason}.", hint="Encode as VP9 or AV1, with Opus; or write .mkv, .mp4 or .mov.")
    return SettingsError(f"{reason}.", hint="Choose another encoding, or .mov, which carries anything.")


def alpha_refusal(file_type: FileType, codec: str | None) -> SettingsError | None:
    """The error to raise for a film that is to keep its alpha where the container has no place for it, or None."""
    if codec != VideoCodec.VP9.value or container(file_type).carries_alpha_apart:
        return None
    return SettingsError(
        f"{file_type.value} has no place for VP9's alpha, which is a film of its own beside the pictures.",
        hint="Write .webm, which carries it, or ProRes 4444 in .mov; or leave PreserveAlphaChannel out and give a "
        "background.",
    )


def make_writer(
    file_type: FileType,
    destination: Destination,
    *,
    movie_time_scale: int,
    created: datetime | None,
    header_first: bool,
    session_start: Callable[[], Time | None],
    is_through: Callable[[Any], bool],
    expected: Sequence[ExpectedTrack] = (),
    at_move: Callable[[int, int], None] = lambda place, distance: None,
) -> FileWriter:
    """The writer of a file type's files.

    Args:
        destination: open, and empty.
        movie_time_scale: ticks a second of the file's own times, 0 for the engine's choice. created: as for the engine.
        header_first: whether ``finish`` will be asked for it. session_start: tells, once media comes, which moment of
            its time line becomes the file's zero. is_through: tells whether all of a track was handed over.
        expected: what the tracks will hold, where a movie's header is to be first and room can be left for it.
        at_move: as of ``MovieWriter``; no other writer's media is ever told of in a journal.

    Raises:
        InvalidArgumentError: a time scale that the file cannot hold.
    """
    if container(file_type).is_movie:
        room = room_for(expected)
        return MovieWriter(
            destination,
            file_type,
            movie_time_scale=movie_time_scale,
            created=created,
            reserve=room,
            at_move=at_move,
        )
    from reelwright.containers.ffmpeg.muxer import MatroskaWriter  # who writes movies need not wait for FFmpeg

    return MatroskaWriter(
        destination,
        file_type,
        time_scale=movie_time_scale,
        created=created,
        is_index_first=header_first,
        session_start=session_start,
        is_through=is_through,
    )
