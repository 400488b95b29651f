"""What a track's samples are: the immutable description that travels from source or encoder to the file.

``FormatDescription`` (CoreMedia's ``CMFormatDescription``) holds one codec-neutral set of facts. ``codec_config`` is
the codec's own configuration record as its library or packets give it; which box that becomes the movie engine knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidArgumentError, SettingsError
from reelwright.model.keys import KeyTable, number, whole
from reelwright.model.kinds import MediaType

__all__ = ["CleanAperture", "FormatDescription", "PcmLayout", "PixelAspectRatio"]


_ASPECT_KEYS = KeyTable(
    "pixel aspect ratio",
    ("AVVideoPixelAspectRatio", "kCVImageBufferPixelAspectRatio", "kCMFormatDescriptionKey_PixelAspectRatio"),
    {"HorizontalSpacing": "horizontal_spacing", "VerticalSpacing": "vertical_spacing"},
)
_APERTURE_KEYS = KeyTable(
    "clean aperture",
    ("AVVideoCleanAperture", "kCVImageBufferCleanAperture", "kCMFormatDescriptionKey_CleanAperture"),
    {
        "Width": "width",
        "Height": "height",
        "HorizontalOffset": "horizontal_offset",
        "VerticalOffset": "vertical_offset",
    },
)


@dataclass(frozen=True, slots=True)
class PixelAspectRatio:
    """Width to height of one pixel (``AVVideoPixelAspectRatioKey``); written as ``pasp``.

    Raises:
        SettingsError: a spacing that is not a positive integer below 2³².
    """

    horizontal_spacing: int = 1
    vertical_spacing: int = 1

    def __post_init__(self) -> None:
        hint = "Write it as a ratio of integers, for example PixelAspectRatio(4, 3)."
        for name in ("horizontal_spacing", "vertical_spacing"):
            value = whole(_ASPECT_KEYS.shown(name), getattr(self, name), 1, (1 << 32) - 1, hint=hint)
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, value: PixelAspectRatio | Mapping[str, Any] | Fraction | tuple[int, int]) -> PixelAspectRatio:
        """Read the dataclass itself, a mapping with AVFoundation's keys, a ``Fraction``, or a pair.

        Raises:
            SettingsError: none of these, an unknown or missing key, or a spacing the dataclass refuses.
        """
        if isinstance(value, PixelAspectRatio):
            return value
        if isinstance(value, Fraction):
            return cls(value.numerator, value.denominator)
        if isinstance(value, tuple) and len(value) == 2:
            return cls(*value)
        return cls(**_complete(_ASPECT_KEYS, value, ("horizontal_spacing", "vertical_spacing")))

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.horizontal_spacing, self.vertical_spacing)


@dataclass(frozen=True, slots=True)
class CleanAperture:
    """The part of the coded picture that is shown, in pixels (``AVVideoCleanApertureKey``); written as ``clap``.

    The rectangle is centred; ``horizontal_offset`` moves it right and ``vertical_offset`` down. Fractions are kept, to
    1/16384 of a pixel.

    Raises:
        SettingsError: a width or height that is not positive, or a value that is no number of pixels.
    """

    width: Fraction
    height: Fraction
    horizontal_offset: Fraction = Fraction(0)
    vertical_offset: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        for name in ("width", "height", "horizontal_offset", "vertical_offset"):
            value = number(_APERTURE_KEYS.shown(name), getattr(self, name), -65535, 65535, "(pixels)")
            object.__setattr__(self, name, value.limit_denominator(1 << 14))
        if self.width <= 0 or self.height <= 0:
            raise SettingsError(
                f"clean aperture {self.width}×{self.height} must have a positive width and height.",
                hint="Leave it out to show the whole picture.",
            )

    @classmethod
    def of(cls, value: CleanAperture | Mapping[str, Any]) -> CleanAperture:
        """Read the dataclass itself or a mapping with AVFoundation's keys; offsets left out are 0.

        Raises:
            SettingsError: neither, an unknown key, a side missing, or a value the dataclass refuses.
        """
        if isinstance(value, CleanAperture):
            return value
        return cls(**_complete(_APERTURE_KEYS, value, ("width", "height")))

    def fits(self, width: int, height: int) -> bool:
        """Whether the rectangle lies within a coded picture of that size."""
        left = Fraction(width) / 2 + self.horizontal_offset - self.width / 2
        top = Fraction(height) / 2 + self.vertical_offset - self.height / 2
        return left >= 0 and top >= 0 and left + self.width <= width and top + self.height <= height


def _complete(keys: KeyTable, value: Any, required: tuple[str, ...]) -> dict[str, Any]:
    found = keys.read(value)
    missing = [keys.shown(name) for name in required if name not in found]
    if missing:
        raise SettingsError(f"{keys.what} {dict(value)!r} lacks {missing[0]}.", hint="Add it, or leave the whole out.")
    return found


@dataclass(frozen=True, slots=True)
class PcmLayout:
    """How one linear PCM value lies in memory or in the file (the ``AVLinearPCM…`` keys).

    It only describes; what can be read, encoded or written is checked where that is done.
    """

    bits: int = 16
    is_float: bool = False
    is_big_endian: bool = False
    is_interleaved: bool = True
    is_signed: bool = True

    @property
    def bytes_per_value(self) -> int:
        return self.bits // 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatDescription:
    """What the samples of a track are (``CMFormatDescription``).

    Attributes:
        media_type: the track's kind.
        media_subtype: four-character code of the encoding (``avc1``, ``hvc1``, ``mp4a``, ``lpcm`` …).
        width, height: coded size in pixels, before any clean aperture; 0 for other media.
        color: colour tags, None when untagged. full_range: True for full, False for video range, None when unknown.
        pixel_aspect_ratio, clean_aperture: None when square, or when the whole picture is shown.
        bits_per_component: 8, 10 …; None when unknown. chroma: ``"4:2:0"``, ``"4:2:2"``, ``"4:4:4"`` or None.
        sample_rate: frames of sound a second. channels: number of channels. channel_layout: FFmpeg's layout name.
        pcm: layout of linear PCM values. frames_per_packet: sound frames in one packet (1 for PCM, 1024 for AAC-LC).
        priming: frames that a decoder delivers before the sound proper begins.
        codec_config: H.264/HEVC: an ``avcC``/``hvcC`` record or Annex B parameter sets; AAC: the AudioSpecificConfig.
        bit_rate: average bits a second where known, else 0.
        atoms: further sample-entry boxes, payload by four-character code, written as they are.
        extensions: anything else, by CoreMedia's key.
    """

    media_type: MediaType
    media_subtype: str
    width: int = 0
    height: int = 0
    color: ColorProperties | None = None
    full_range: bool | None = None
    pixel_aspect_ratio: PixelAspectRatio | None = None
    clean_aperture: CleanAperture | None = None
    bits_per_component: int | None = None
    chroma: str | None = None
    sample_rate: int = 0
    channels: int = 0
    channel_layout: str | None = None
    pcm: PcmLayout | None = None
    frames_per_packet: int = 0
    priming: int = 0
    codec_config: bytes = b""
    bit_rate: int = 0
    atoms: Mapping[str, bytes] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "media_type", MediaType(self.media_type))
        if not isinstance(self.media_subtype, str) or len(self.media_subtype) != 4:
            raise InvalidArgumentError(
                f"media subtype {self.media_subtype!r} is not a four-character code.",
                hint="Pad it with blanks, for example 'aac '.",
            )
        object.__setattr__(self, "atoms", MappingProxyType(dict(self.atoms)))
        object.__setattr__(self, "extensions", MappingProxyType(dict(self.extensions)))

    def __hash__(self) -> int:
        return hash((self.media_type, self.media_subtype, self.width, self.height, self.sample_rate, self.codec_config))

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _describe, ({**state, "atoms": dict(self.atoms), "extensions": dict(self.extensions)},)

    def with_(self, **changes: Any) -> FormatDescription:
        """The same description with some facts changed."""
        return replace(self, **changes)

    @property
    def bytes_per_frame(self) -> int:
        """Bytes of one interleaved frame of linear PCM; 0 for anything else."""
        return self.pcm.bytes_per_value * self.channels if self.pcm else 0

    @property
    def display_size(self) -> tuple[Fraction, Fraction]:
        """Width and height to show: clean aperture or coded size, with the pixel aspect applied to the width."""
        clap, pasp = self.clean_aperture, self.pixel_aspect_ratio
        width = clap.width if clap else Fraction(self.width)
        height = clap.height if clap else Fraction(self.height)
        return width * (pasp.ratio if pasp else 1), height


def _describe(state: dict[str, Any]) -> FormatDescription:
    return FormatDescription(**state)
