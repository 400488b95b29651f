"""Which lane an input gets, and what its settings mean: the one place that knows all kinds of tracks.

A lane's room, with all that it encodes with, is opened when the first input needs it: most films need one or two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reelwright.model import audio_settings, settings
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import InvalidArgumentError, SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.settings import VideoSettings
from reelwright.writing.clock import MediaClock
from reelwright.writing.lane import Lane, LaneOptions

__all__ = ["codec_of", "make_lane", "resolve_settings"]

Settings = VideoSettings | AudioSettings


def resolve_settings(
    media_type: MediaType, given: Settings | Mapping[str, Any] | None, hint: FormatDescription | None
) -> Settings | None:
    """Check settings against the media type and the hint, and fill in what the hint knows.

    Raises:
        SettingsError: settings of another media type, incomplete or contradictory ones. InvalidArgumentError: a hint of
            another media type, or of pictures without a size.
    """
    if hint is not None and not isinstance(hint, FormatDescription):
        raise InvalidArgumentError(
            f"a source format hint cannot be {hint!r}.", hint="Give a FormatDescription of what will be appended."
        )
    if hint is not None and hint.media_type is not media_type:
        raise InvalidArgumentError(
            f"the source format hint describes {hint.media_type.name.lower()}, the input takes "
            f"{media_type.name.lower()}.",
            hint="Pass the description of the track that will be appended, or none.",
        )
    if hint is not None and media_type is MediaType.VIDEO and (hint.width <= 0 or hint.height <= 0):
        raise InvalidArgumentError(
            f"the source format hint's size {hint.width}×{hint.height} is not positive.",
            hint="Pass a hint with the pictures' real width and height, or none.",
        )
    if given is None:
        return None
    if media_type is MediaType.VIDEO and not isinstance(given, AudioSettings):
        return settings.resolve(given, hint)
    if media_type is MediaType.AUDIO and not isinstance(given, VideoSettings):
        return audio_settings.resolve(given, hint)
    if isinstance(given, (VideoSettings, AudioSettings)) and media_type in (MediaType.VIDEO, MediaType.AUDIO):
        raise SettingsError(
            f"{type(given).__name__} do not belong to a {media_type.name.lower()} input.",
            hint="Use VideoSettings for video, AudioSettings for sound.",
        )
    raise SettingsError(
        f"{media_type.name.lower()} tracks are stored as they are; they take no output settings.",
        hint="Pass output_settings=None.",
    )


def codec_of(known: Settings | None, hint: FormatDescription | None) -> str | None:
    """The encoding a track will have, as far as it is known: settings first, then the hint."""
    if isinstance(known, VideoSettings):
        return known.codec.value
    if isinstance(known, AudioSettings):
        return known.format.value
    return hint.media_subtype if hint is not None else None


def make_lane(
    media_type: MediaType,
    known: Settings | None,
    hint: FormatDescription | None,
    clock: MediaClock,
    options: LaneOptions,
    describe: Callable[[FormatDescription], object],
) -> Lane:
    """The lane for an input; encoders that are not there are noticed here.

    Args:
        describe: takes the formats of stored samples to the track, and raises when the file cannot hold one.

    Raises:
        EncoderNotFoundError: no encoder for the settings.
    """
    if isinstance(known, VideoSettings):
        from reelwright.writing.video_lane import VideoLane

        return VideoLane(known, clock, options)
    if isinstance(known, AudioSettings):
        from reelwright.writing.audio_lane import AudioLane

        return AudioLane(known, hint, clock, threads=options.threads)
    from reelwright.writing.passthrough_lane import PassthroughLane

    return PassthroughLane(media_type, hint, clock, describe)
