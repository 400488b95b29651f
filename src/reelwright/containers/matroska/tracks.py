"""The TrackEntry of a track: what it is, and how its pictures or sound are to be shown and heard (RFC 9559, 5.1.4).

Pure functions from a format description and a track's options to bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from reelwright.containers.matroska.codecs import Coding
from reelwright.containers.matroska.ebml import binary, element, real, text, unsigned
from reelwright.containers.movie import TrackOptions
from reelwright.isobmff.language import language_letters
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType

__all__ = ["check_options", "rotation", "track_entry"]

_TYPES = {MediaType.VIDEO: 1, MediaType.AUDIO: 2}
_SUBSAMPLING = {"4:2:0": (1, 1), "4:2:2": (1, 0), "4:4:4": (0, 0)}
_PRIMARY_STEP, _LUMINANCE_STEP = 50_000, 10_000  # parts of one in a mastering display's record (SMPTE ST 2086)
# Degrees counter-clockwise by the matrix that AVFoundation's transform begins with.
_TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): -90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 90}


def check_options(options: TrackOptions, file_type: FileType) -> None:
    """See that everything asked of a track can be written.

    Raises:
        SettingsError: Matroska, or WebM, cannot say that of a track.
    """
    rotation(options.transform)
    said = {
        "alternate groups": options.alternate_group,
        "track references": options.references,
        "a volume": options.volume not in (None, options.level if options.volume is None else 1),
        "chunk alignment": options.chunk_alignment > 1,
        "a natural size": options.natural_size and any(options.natural_size),
    }
    if file_type is FileType.WEBM:
        said["a language tag"] = options.extended_language_tag and len(options.extended_language_tag) != 3
    for what, given in said.items():
        if given:
            raise SettingsError(
                f"{file_type.suffixes[0]} files cannot hold {what}.", hint="Leave it out, or write .mov or .mp4."
            )


def rotation(transform: Sequence[Any] | None) -> int:
    """Degrees counter-clockwise by which a transform turns the picture.

    Raises:
        SettingsError: it does anything else.
    """
    if transform is None:
        return 0
    turn = _TURNS.get(tuple(transform[:4]))
    if turn is None:
        raise SettingsError(
            f"Matroska files turn pictures by quarters of a circle only, not by {tuple(transform)}.",
            hint="Transform the pictures themselves, or write .mov or .mp4.",
        )
    return turn


def track_entry(
    number: int,
    format: FormatDescription,
    options: TrackOptions,
    coding: Coding,
    *,
    delay: int,
    default_duration: Fraction | None,
    has_alpha: bool,
) -> bytes:
    """A TrackEntry.

    Args:
        delay: nanoseconds of CodecDelay. default_duration: seconds of every sample that says nothing else.
        has_alpha: whether blocks bring a second picture of the same codec, which holds the film's alpha.
    """
    parts = [
        unsigned(0xD7, number),  # TrackNumber
        unsigned(0x73C5, number),  # TrackUID
        unsigned(0x83, _TYPES[options.media_type]),  # TrackType
        unsigned(0x9C, 0),  # FlagLacing
        text(0x22B59C, language_letters(options.language_code, options.extended_language_tag)),  # Language
        text(0x86, coding.name),  # CodecID
    ]
    if not options.enabled:
        parts.append(unsigned(0xB9, 0))  # FlagEnabled
    if options.extended_language_tag and len(options.extended_language_tag) != 3:
        parts.append(text(0x22B59D, options.extended_language_tag))  # LanguageBCP47
    if options.name:
        parts.append(text(0x536E, options.name))  # Name
    if coding.private:
        parts.append(binary(0x63A2, coding.private))  # CodecPrivate
    if delay:
        parts.append(unsigned(0x56AA, delay))  # CodecDelay
    if coding.preroll:
        parts.append(unsigned(0x56BB, coding.preroll))  # SeekPreRoll
    if default_duration:
        parts.append(unsigned(0x23E383, round(default_duration * 1_000_000_000)))  # DefaultDuration
    if has_alpha:
        parts.append(unsigned(0x55EE, 1))  # MaxBlockAdditionID
    is_video = options.media_type is MediaType.VIDEO
    parts.append(_video(format, rotation(options.transform), has_alpha) if is_video else _audio(format))
    return element(0xAE, *parts)


def _audio(format: FormatDescription) -> bytes:
    parts = [real(0xB5, format.sample_rate), unsigned(0x9F, format.channels)]  # SamplingFrequency, Channels
    bits = format.pcm.bits if format.pcm is not None else format.bits_per_component or 0
    if bits:
        parts.append(unsigned(0x6264, bits))  # BitDepth
    return element(0xE1, *parts)


def _video(format: FormatDescription, turn: int, has_alpha: bool) -> bytes:
    parts = [
        unsigned(0x9A, 2),  # FlagInterlaced: progressive
        unsigned(0xB0, format.width),  # PixelWidth
        unsigned(0xBA, format.height),  # PixelHeight
        *_crop(format),
        *_display(format),
        *_colour(format),
    ]
    if has_alpha:
        parts.append(unsigned(0x53C0, 1))  # AlphaMode
    if turn:
        projection = (unsigned(0x7671, 0), real(0x7673, 0), real(0x7674, 0), real(0x7675, turn))
        parts.append(element(0x7670, *projection))  # Projection: rectangular; yaw, pitch, roll
    return element(0xE0, *parts)


def _crop(format: FormatDescription) -> list[bytes]:
    """PixelCrop… of a clean aperture.

    Raises:
        SettingsError: one that cuts through pixels.
    """
    clap = format.clean_aperture
    if clap is None:
        return []
    left = Fraction(format.width) / 2 + clap.horizontal_offset - clap.width / 2
    top = Fraction(format.height) / 2 + clap.vertical_offset - clap.height / 2
    edges = {
        0x54CC: left,
        0x54BB: top,
        0x54DD: format.width - left - clap.width,
        0x54AA: format.height - top - clap.height,
    }
    if any(edge.denominator != 1 for edge in edges.values()):
        raise SettingsError(
            f"Matroska cannot cut a picture of {format.width}×{format.height} to {clap.width}×{clap.height} there.",
            hint="Give a clean aperture whose edges lie between pixels.",
        )
    return [unsigned(identifier, int(edge)) for identifier, edge in edges.items() if edge]


def _display(format: FormatDescription) -> list[bytes]:
    width, height = format.display_size
    if width.denominator == height.denominator == 1:
        return [unsigned(0x54B0, int(width)), unsigned(0x54BA, int(height))]  # DisplayWidth, DisplayHeight
    ratio = width / height
    return [unsigned(0x54B0, ratio.numerator), unsigned(0x54BA, ratio.denominator), unsigned(0x54B2, 3)]  # a ratio


def _colour(format: FormatDescription) -> list[bytes]:
    parts: list[bytes] = []
    if format.color is not None:
        color = format.color
        parts.append(unsigned(0x55B1, int(color.matrix)))  # MatrixCoefficients
        parts.append(unsigned(0x55BA, int(color.transfer_function)))  # TransferCharacteristics
        parts.append(unsigned(0x55BB, int(color.primaries)))  # Primaries
    if format.full_range is not None:
        parts.append(unsigned(0x55B9, 2 if format.full_range else 1))  # Range
    if format.bits_per_component:
        parts.append(unsigned(0x55B2, format.bits_per_component))  # BitsPerChannel
    if format.chroma in _SUBSAMPLING:
        across, down = _SUBSAMPLING[format.chroma]
        parts += [unsigned(0x55B3, across), unsigned(0x55B4, down)]  # ChromaSubsamplingHorz, …Vert
    parts += _light(format)
    return [element(0x55B0, *parts)] if parts else []


def _light(format: FormatDescription) -> list[bytes]:
    """Light levels and the mastering display: the records of movie files, spelled out."""
    parts = []
    level = format.extensions.get("ContentLightLevelInfo")
    if level:
        parts += [binary(0x55BC, level[:2]), binary(0x55BD, level[2:4])]  # MaxCLL, MaxFALL
    display = format.extensions.get("MasteringDisplayColorVolume")
    if display:
        green, blue, red, white = (
            [int.from_bytes(display[at : at + 2], "big") / _PRIMARY_STEP for at in (place, place + 2)]
            for place in range(0, 16, 4)
        )
        brightest, darkest = (int.from_bytes(display[at : at + 4], "big") / _LUMINANCE_STEP for at in (16, 20))
        numbers = (*red, *green, *blue, *white, brightest, darkest)
        parts.append(element(0x55D0, *(real(0x55D1 + place, number) for place, number in enumerate(numbers))))
    return parts
