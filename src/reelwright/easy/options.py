"""What a recipe was told, completed to video settings (codec, size, scaling, frame rate, key frames), and its target.

What the caller's settings say is kept; only what they leave out is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from reelwright.containers.registry import container
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.keys import whole
from reelwright.model.kinds import AudioFormat, FileType, VideoCodec
from reelwright.model.settings import VideoSettings
from reelwright.model.time import Time, TimeLike
from reelwright.storage.destination import check_output
from reelwright.writing.asset_writer import AssetWriter

__all__ = ["check_target", "checked_size", "complete", "film_settings", "fragment_interval", "usual_encodings"]

_LARGEST = 65535  # pixels a side in a movie file (ISO/IEC 14496-12, 12.1.3)
_CODEC_KEYS = ("AVVideoCodecKey", "AVVideoCodec", "CodecKey", "Codec", "codec")


def film_settings(
    settings: VideoSettings | Mapping[str, Any] | None,
    codec: VideoCodec | str | None,
    encoder_options: Mapping[str, Any] | None,
    usual: VideoCodec = VideoCodec.H264,
) -> VideoSettings:
    """The settings a recipe was called with: the ``usual`` codec unless they or ``codec`` say otherwise.

    Raises:
        SettingsError: settings that contradict themselves. InvalidArgumentError: ``codec`` contradicts them.
    """
    if isinstance(settings, Mapping) and not any(key in settings for key in _CODEC_KEYS):
        settings = {**settings, "AVVideoCodecKey": codec or usual}
    known = VideoSettings(codec or usual) if settings is None else VideoSettings.of(settings)
    if codec is not None and known.codec is not VideoSettings(codec).codec:
        raise InvalidArgumentError(
            f"codec={codec!r} contradicts the settings, which say {known.codec.name}.", hint="Give one of them."
        )
    if encoder_options:
        known = replace(known, encoder_options={**known.encoder_options, **encoder_options})
    return known


def checked_size(settings: VideoSettings, size: Any) -> tuple[int, int] | None:
    """The film's size as far as the caller gave it, in the settings or beside them.

    Raises:
        InvalidArgumentError: no pair of sides, or settings that give another size. SettingsError: sides that are none.
    """
    inside = None if settings.width is None or settings.height is None else (settings.width, settings.height)
    if size is None:
        return inside
    try:
        width, height = size
    except (TypeError, ValueError):
        raise InvalidArgumentError(f"size={size!r} is no size.", hint="Give (width, height) in pixels.") from None
    hint = "Give size=(width, height) in pixels, or leave it out."
    pair = (
        whole(f"the width in size={size!r}", width, 1, _LARGEST, hint=hint),
        whole(f"the height in size={size!r}", height, 1, _LARGEST, hint=hint),
    )
    if inside is not None and inside != pair:
        raise InvalidArgumentError(
            f"size={size!r} contradicts the settings, which say {inside[0]}×{inside[1]}.", hint="Give one of them."
        )
    return pair


def usual_encodings(out: Any, file_type: FileType | str | None) -> tuple[VideoCodec, AudioFormat]:
    """What is encoded into such a file unless the caller says otherwise: H.264 and AAC, into WebM VP9 and Opus.

    Raises:
        InvalidArgumentError: no file type is known.
    """
    entry = container(AssetWriter(out, file_type).output_file_type)
    return entry.usual_video, entry.usual_sound


def check_target(out: Any, file_type: FileType | str | None, overwrite: bool) -> None:
    """Refuse a film that could not be put there, before its first picture is made. Nothing is created.

    Raises:
        OutputExistsError: the file exists. InvalidArgumentError, OutputError: as the writer raises them.
    """
    AssetWriter(out, file_type, overwrite=overwrite)
    check_output(out, overwrite=overwrite)


def fragment_interval(value: TimeLike | None, out: Any, file_type: FileType | str | None) -> Time:
    """How long the fragments of a film are to be; invalid for a film without any.

    Raises:
        InvalidArgumentError: the file knows no fragments. TimestampError: no duration.
    """
    if value is None:
        return Time.INVALID
    kind = AssetWriter(out, file_type).output_file_type
    if not container(kind).is_movie:
        raise InvalidArgumentError(
            f"movie_fragment_interval={value!r}: a file of type {kind.name} has no movie fragments.",
            hint="Write .mp4, .mov or .m4v.",
        )
    return Time.of(value)


def complete(
    settings: VideoSettings,
    size: tuple[int, int],
    *,
    rate: Fraction | None,
    key_frame_seconds: int,
    scaling_mode: Any = None,
) -> VideoSettings:
    """Fill in what the settings leave out.

    Args:
        rate: frames a second, None when they vary; the encoder spends its bits by it.
        key_frame_seconds: longest time between key frames, where players can jump to.
    """
    compression = settings.compression
    changes: dict[str, Any] = {}
    if compression.expected_source_frame_rate is None and rate is not None:
        changes["expected_source_frame_rate"] = rate
    if compression.max_key_frame_interval is None and compression.max_key_frame_interval_duration is None:
        changes["max_key_frame_interval_duration"] = key_frame_seconds
    width, height = size
    return replace(
        settings,
        width=width,
        height=height,
        scaling_mode=settings.scaling_mode or scaling_mode,
        compression=replace(compression, **changes),
    )
