"""The names of things: media types, file types, codecs, sound formats, scaling modes.

Each is a string enumeration whose value is AVFoundation's own (a four-character code, a uniform type identifier or the
constant's text), so that a value read from a file, a settings dictionary or an Apple log names the member directly.
"""

from __future__ import annotations

import os
from enum import IntEnum, StrEnum
from typing import Self

from reelwright.model.errors import InvalidArgumentError

__all__ = [
    "ApertureMode",
    "AudioFormat",
    "AudioTimePitchAlgorithm",
    "DynamicRangePolicy",
    "FileType",
    "FileTypeProfile",
    "MediaCharacteristic",
    "MediaType",
    "OnFull",
    "ReaderStatus",
    "ScalingMode",
    "TrackAssociation",
    "VideoCodec",
    "WriterStatus",
]


class _Kind(StrEnum):
    """A string enumeration that also reads its members' names, in any case, and says what it knows."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        known = {name.replace("_", ""): member for name, member in cls.__members__.items()}
        if isinstance(value, str):
            name = "".join(letter for letter in value.upper() if letter.isalnum())
            for spelling in (name, name.removeprefix("AVVIDEOSCALINGMODE")):
                if spelling in known:
                    return known[spelling]
        from difflib import get_close_matches

        near = get_close_matches(str(value).upper(), cls.__members__, n=1)
        raise InvalidArgumentError(
            f"{value!r} is no {cls.__name__} known here.",
            hint=f"Did you mean {cls.__name__}.{near[0]}?" if near else f"Use one of {', '.join(cls.__members__)}.",
        )


class MediaType(_Kind):
    """What a track carries (``AVMediaType``); the value is the track's handler type in the file.

    ``OTHER`` is met in reading only: a kind that has no name here, whose handler the track's facts give.
    """

    VIDEO = "vide"
    AUDIO = "soun"
    TEXT = "text"
    CLOSED_CAPTION = "clcp"
    SUBTITLE = "sbtl"
    TIMECODE = "tmcd"
    METADATA = "meta"
    MUXED = "muxx"
    HAPTIC = "hapt"
    AUXILIARY_PICTURE = "auxv"
    DEPTH_DATA = "dpth"
    OTHER = "othr"


class FileType(_Kind):
    """A container (``AVFileType``); the value is its uniform type identifier."""

    MOV = "com.apple.quicktime-movie"
    QTA = "com.apple.quicktime-audio"
    MP4 = "public.mpeg-4"
    M4V = "com.apple.m4v-video"
    M4A = "com.apple.m4a-audio"
    MOBILE_3GPP = "public.3gpp"
    MOBILE_3GPP2 = "public.3gpp2"
    CAF = "com.apple.coreaudio-format"
    WAV = "com.microsoft.waveform-audio"
    AIFF = "public.aiff-audio"
    AIFC = "public.aifc-audio"
    AMR = "org.3gpp.adaptive-multi-rate-audio"
    MP3 = "public.mp3"
    AU = "public.au-audio"
    AC3 = "public.ac3-audio"
    EAC3 = "public.enhanced-ac3-audio"
    ITT = "com.apple.itunes-timed-text"
    SCC = "com.scenarist.closed-caption"
    AHAP = "public.haptics-content"
    WEBM = "org.webmproject.webm"
    MATROSKA = "org.matroska.mkv"

    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name suffixes in use, the usual one first, each with its dot."""
        return _SUFFIXES[self]

    @property
    def is_quicktime(self) -> bool:
        """True for the QuickTime dialect of the movie file (``.mov``, ``.qta``), False for the ISO one and others."""
        return self in (FileType.MOV, FileType.QTA)

    @classmethod
    def for_path(cls, path: str | os.PathLike[str]) -> FileType:
        """Infer the container from a file name's suffix.

        Raises:
            InvalidArgumentError: the suffix is missing or not one of a known container.
        """
        suffix = os.path.splitext(os.fsdecode(path))[1].lower()
        for file_type, suffixes in _SUFFIXES.items():
            if suffix in suffixes:
                return file_type
        raise InvalidArgumentError(
            f"no file type is known for the suffix {suffix!r} of {os.fspath(path)!r}.",
            hint="Films are written as .mov, .mp4 or .m4v, sound alone as .m4a too; for a file of another name pass "
            "file_type=FileType.… explicitly.",
            path=path,
        )


class FileTypeProfile(_Kind):
    """Rules that segments keep beyond those of their file type (``AVFileTypeProfile``)."""

    MPEG4_APPLE_HLS = "MPEG4AppleHLS"
    MPEG4_CMAF_COMPLIANT = "MPEG4CMAFCompliant"


_SUFFIXES: dict[FileType, tuple[str, ...]] = {
    FileType.MOV: (".mov", ".qt"),
    FileType.MP4: (".mp4",),
    FileType.M4V: (".m4v",),
    FileType.M4A: (".m4a",),
    FileType.QTA: (".qta",),
    FileType.MOBILE_3GPP: (".3gp", ".3gpp", ".sdv"),
    FileType.MOBILE_3GPP2: (".3g2", ".3gp2"),
    FileType.CAF: (".caf",),
    FileType.WAV: (".wav", ".wave", ".bwf"),
    FileType.AIFF: (".aiff", ".aif"),
    FileType.AIFC: (".aifc", ".cdda"),
    FileType.AMR: (".amr",),
    FileType.MP3: (".mp3",),
    FileType.AU: (".au", ".snd"),
    FileType.AC3: (".ac3",),
    FileType.EAC3: (".eac3", ".ec3"),
    FileType.ITT: (".itt",),
    FileType.SCC: (".scc",),
    FileType.AHAP: (".ahap",),
    FileType.WEBM: (".webm",),
    FileType.MATROSKA: (".mkv", ".mka"),
}


class VideoCodec(_Kind):
    """A video encoding (``AVVideoCodecType``); the value is the sample entry's four-character code."""

    H264 = "avc1"
    HEVC = "hvc1"
    PRORES_422_PROXY = "apco"
    PRORES_422_LT = "apcs"
    PRORES_422 = "apcn"
    PRORES_422_HQ = "apch"
    PRORES_4444 = "ap4h"
    PRORES_4444_XQ = "ap4x"
    JPEG = "jpeg"
    AV1 = "av01"
    VP9 = "vp09"

    @property
    def is_prores(self) -> bool:
        """Whether it is one of Apple ProRes' six."""
        return self.value.startswith("ap")


class AudioFormat(_Kind):
    """A sound encoding (``AVFormatIDKey``); the value is Core Audio's four-character code."""

    AAC = "aac "
    LINEAR_PCM = "lpcm"
    ALAC = "alac"
    AC3 = "ac-3"
    EAC3 = "ec-3"
    OPUS = "opus"
    FLAC = "flac"

    @property
    def media_subtype(self) -> str:
        """The four-character code of its sample entry, where that differs from Core Audio's."""
        return {"aac ": "mp4a", "opus": "Opus", "flac": "fLaC"}.get(self.value, self.value)


class ScalingMode(_Kind):
    """How pixels of one size become pixels of another (``AVVideoScalingModeKey``).

    ``FIT`` exists for completeness: writer inputs refuse it, as AVFoundation's do.
    """

    FIT = "AVVideoScalingModeFit"
    RESIZE = "AVVideoScalingModeResize"
    RESIZE_ASPECT = "AVVideoScalingModeResizeAspect"
    RESIZE_ASPECT_FILL = "AVVideoScalingModeResizeAspectFill"


class OnFull(_Kind):
    """What an input does with a sample when its queue is full: wait, drop the oldest one waiting, or raise."""

    BLOCK = "block"
    DROP_OLDEST = "drop-oldest"
    RAISE = "raise"


class WriterStatus(IntEnum):
    """Where a writer stands (``AVAssetWriter.Status``)."""

    UNKNOWN = 0
    WRITING = 1
    COMPLETED = 2
    FAILED = 3
    CANCELLED = 4


class ReaderStatus(IntEnum):
    """Where a reader stands (``AVAssetReader.Status``)."""

    UNKNOWN = 0
    READING = 1
    COMPLETED = 2
    FAILED = 3
    CANCELLED = 4


class MediaCharacteristic(_Kind):
    """What can be said of a track as an option to choose (``AVMediaCharacteristic``)."""

    VISUAL = "AVMediaCharacteristicVisual"
    AUDIBLE = "AVMediaCharacteristicAudible"
    LEGIBLE = "AVMediaCharacteristicLegible"
    FRAME_BASED = "AVMediaCharacteristicFrameBased"
    CONTAINS_ALPHA_CHANNEL = "AVMediaCharacteristicContainsAlphaChannel"
    CONTAINS_HDR_VIDEO = "AVMediaCharacteristicContainsHDRVideo"
    CONTAINS_STEREO_MULTIVIEW_VIDEO = "AVMediaCharacteristicContainsStereoMultiviewVideo"
    CONTAINS_ONLY_FORCED_SUBTITLES = "public.subtitles.forced-only"
    IS_MAIN_PROGRAM_CONTENT = "public.main-program-content"
    IS_AUXILIARY_CONTENT = "public.auxiliary-content"
    IS_ORIGINAL_CONTENT = "public.original-content"
    TRANSCRIBES_SPOKEN_DIALOG = "public.accessibility.transcribes-spoken-dialog"
    DESCRIBES_MUSIC_AND_SOUND = "public.accessibility.describes-music-and-sound"
    DESCRIBES_VIDEO = "public.accessibility.describes-video"
    ENHANCES_SPEECH_INTELLIGIBILITY = "public.accessibility.enhances-speech-intelligibility"
    EASY_TO_READ = "public.easy-to-read"
    LANGUAGE_TRANSLATION = "public.translation"
    DUBBED_TRANSLATION = "public.translation.dubbed"
    VOICE_OVER_TRANSLATION = "public.translation.voice-over"


class TrackAssociation(_Kind):
    """How one track refers to another (``AVAssetTrack.AssociationType``); the value is the reference in the file."""

    AUDIO_FALLBACK = "fall"
    CHAPTER_LIST = "chap"
    FORCED_SUBTITLES_ONLY = "forc"
    SELECTION_FOLLOWER = "folw"
    TIMECODE = "tmcd"
    METADATA_REFERENT = "cdsc"
    RENDER_METADATA_SOURCE = "rndr"


class AudioTimePitchAlgorithm(_Kind):
    """How sound is played at another speed (``AVAudioTimePitchAlgorithm``)."""

    SPECTRAL = "Spectral"
    TIME_DOMAIN = "TimeDomain"
    VARISPEED = "Varispeed"


class ApertureMode(_Kind):
    """Which part of a picture an image shows, and in which aspect (``AVAssetImageGenerator.ApertureMode``)."""

    CLEAN_APERTURE = "CleanAperture"
    PRODUCTION_APERTURE = "ProductionAperture"
    ENCODED_PIXELS = "EncodedPixels"


class DynamicRangePolicy(_Kind):
    """What becomes of HDR pictures in images (``AVAssetImageGenerator.DynamicRangePolicy``)."""

    FORCE_SDR = "AVAssetImageGeneratorDynamicRangePolicyForceSDR"
    MATCH_SOURCE = "AVAssetImageGeneratorDynamicRangePolicyMatchSource"
