"""What a reader output is asked to deliver: output settings read and refused by AVFoundation's rules.

Only uncompressed forms can be asked for: pixel buffer attributes for pictures, linear PCM for sound; None is the stored
form. What AVFoundation refuses in a reader's settings is refused here too, at the call that gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import SettingsError
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.pixel import PixelBufferAttributes, PixelFormat

__all__ = ["PICTURES", "OutputSettings", "picture_settings", "read_settings", "sound_settings"]

PICTURES = (MediaType.VIDEO, MediaType.AUXILIARY_PICTURE)
"""Kinds of tracks that hold pictures: auxiliary ones are alpha or depth beside others, coded as video is."""
OutputSettings = PixelBufferAttributes | AudioSettings

_FORBIDDEN_PICTURE_KEYS = (
    "AVVideoCleanApertureKey",
    "AVVideoPixelAspectRatioKey",
    "AVVideoScalingModeKey",
    "AVVideoCleanAperture",
    "AVVideoPixelAspectRatio",
    "AVVideoScalingMode",
    "CleanAperture",
    "PixelAspectRatio",
    "ScalingMode",
)
_COMPRESSION_KEYS = ("AVVideoCodecKey", "AVVideoCodec", "AVVideoCompressionPropertiesKey", "Codec", "codec")
_LINEAR_PCM = ("LPCM", "LINEARPCM", str(int.from_bytes(b"lpcm")))


def read_settings(value: Any, media_type: MediaType) -> OutputSettings | None:
    """The settings of an output for tracks of a kind; None stays None.

    Raises:
        SettingsError: settings for another kind, for a compressed form, with a key that readers refuse, or without any
            that is known.
    """
    if value is None:
        return None
    if media_type in PICTURES:
        return picture_settings(value)
    if media_type is MediaType.AUDIO:
        return sound_settings(value)
    raise SettingsError(
        f"tracks of {media_type.name.lower()} are read as they are stored.", hint="Leave the output settings out."
    )


def picture_settings(value: Any) -> PixelBufferAttributes:
    """Pixel buffer attributes out of a pixel format, attributes, or a mapping with Core Video's keys.

    Raises:
        SettingsError: see ``read_settings``. InvalidArgumentError: a pixel format that is not known.
    """
    if isinstance(value, AudioSettings):
        raise SettingsError("settings for sound do not fit a video track.", hint="Give a PixelFormat.")
    if isinstance(value, (PixelFormat, str, int)):
        return PixelBufferAttributes(pixel_format=value)  # type: ignore[arg-type]
    if isinstance(value, Mapping):
        _check_picture_keys(value)
        value = {_core(key): item for key, item in value.items()}
    attributes = PixelBufferAttributes.of(value)
    assert attributes is not None
    if attributes.extensions and attributes == PixelBufferAttributes(extensions=attributes.extensions):
        raise SettingsError(
            f"none of {', '.join(map(repr, attributes.extensions))} says what pictures should be like.",
            hint='Give "PixelFormatType", "Width" or "Height" (kCVPixelBuffer…Key).',
        )
    if (attributes.width is None) != (attributes.height is None):
        raise SettingsError(
            f"the size {attributes.width}×{attributes.height} lacks a side.", hint="Give width and height, or neither."
        )
    return attributes


def _core(key: Any) -> str:
    """Core Video's key for ``AVVideoWidthKey`` and its like too, which mean the same in uncompressed settings."""
    name = str(key)
    return name.removeprefix("AVVideo").removesuffix("Key") if name.startswith("AVVideo") else name


def _check_picture_keys(value: Mapping[Any, Any]) -> None:
    for key in value:
        if str(key) in _COMPRESSION_KEYS:
            raise SettingsError(
                f"{key!r} asks for compressed pictures, but a reader output delivers them decoded or as stored.",
                hint="Pass None for the stored samples; encode with an AssetWriter.",
            )
        if str(key) in _FORBIDDEN_PICTURE_KEYS:
            raise SettingsError(
                f"a reader output does not take {key!r}: it delivers the coded pictures.",
                hint="Pixel aspect and clean aperture are on each picture (buffer.image), as the file has them.",
            )
    if any(str(key).startswith("AVFormatID") or str(key).startswith("AVLinearPCM") for key in value):
        raise SettingsError("settings for sound do not fit a video track.", hint='Give "PixelFormatType".')


def sound_settings(value: Any) -> AudioSettings:
    """Settings for linear PCM out of ``AudioSettings`` or a mapping with AVFoundation's keys.

    Raises:
        SettingsError: see ``read_settings``.
    """
    if isinstance(value, (PixelFormat, PixelBufferAttributes)):
        raise SettingsError("a pixel format does not fit an audio track.", hint="Give AudioSettings for linear PCM.")
    if isinstance(value, Mapping):
        _check_sound_keys(value)
    elif not isinstance(value, AudioSettings):
        raise SettingsError(f"{value!r} does not say what sound should be like.", hint='Give AudioSettings("lpcm").')
    settings = AudioSettings.of(value)
    if settings.format is not AudioFormat.LINEAR_PCM:
        raise SettingsError(
            f"a reader output delivers linear PCM, not {settings.format.name}.",
            hint="Ask for AudioFormat.LINEAR_PCM, or pass None for the stored packets.",
        )
    return settings


def _check_sound_keys(value: Mapping[Any, Any]) -> None:
    for key, item in value.items():
        name = str(key)
        if "SampleRateConverterAudioQuality" in name or name == "AVSampleRateConverterQualityKey":
            raise SettingsError(f"a reader output does not take {name}.", hint="Leave it out.")
        if name.startswith(("AVVideo", "kCVPixelBuffer", "PixelFormatType")):
            raise SettingsError(f"{key!r} does not fit an audio track.", hint='Give AudioSettings("lpcm").')
        if "IsNonInterleaved" in name and item:
            raise SettingsError(
                f"a reader output delivers the channels of each moment side by side, which {key!r} refuses.",
                hint="Leave it out; buffer.array has a column for each channel.",
            )
        if name in ("AVFormatIDKey", "FormatID", "format") and str(item).replace("_", "").upper() not in _LINEAR_PCM:
            raise SettingsError(
                f"a reader output delivers linear PCM, not {item!r}.",
                hint="Ask for AudioFormat.LINEAR_PCM ('lpcm'), or pass None for the stored packets.",
            )
