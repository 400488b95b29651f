"""What a video track should become: codec, size, colour, geometry, and how the encoder should work.

``VideoSettings`` is a frozen dataclass and at the same time AVFoundation's output settings dictionary: ``of`` reads the
mapping, ``resolve`` fills in what a source format hint knows and refuses what a writer input's initializer refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from reelwright.model.codec_traits import traits
from reelwright.model.color import ColorMatrix, ColorProperties
from reelwright.model.compression import EntropyMode, VideoCompressionSettings
from reelwright.model.compression_keys import KEYS as COMPRESSION_KEYS
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import SettingsError
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.keys import KeyTable, choice, flag, quoted, whole
from reelwright.model.kinds import MediaType, ScalingMode, VideoCodec
from reelwright.model.profile import ProfileLevel

__all__ = [
    "EncoderSpecification",
    "EntropyMode",
    "ProfileLevel",
    "VideoCompressionSettings",
    "VideoSettings",
    "inapplicable",
    "read_encoder_options",
    "resolve",
]

_KEYS = KeyTable(
    "video settings",
    ("AVVideo",),
    {
        "Codec": "codec",
        "Width": "width",
        "Height": "height",
        "ScalingMode": "scaling_mode",
        "ColorProperties": "color",
        "CleanAperture": "clean_aperture",
        "PixelAspectRatio": "pixel_aspect_ratio",
        "CompressionProperties": "compression",
        "EncoderSpecification": "encoder_specification",
        "AllowWideColor": "allow_wide_color",
        "DecompressionProperties": "decompression",
        "EncoderOptions": "encoder_options",
    },
)
# Codec types that AVFoundation can write and we cannot yet.
_UNWRITTEN = frozenset(("jxlc", "aprn", "aprh", "muxa"))
# Keys by which settings meant for something else are recognised.
_FOREIGN = (
    (("AVFormatIDKey", "AVSampleRateKey", "AVNumberOfChannelsKey"), "sound", "Pass them to an audio input."),
    (
        ("PixelFormatType", "kCVPixelBufferPixelFormatTypeKey"),
        "uncompressed pictures",
        "A writer encodes: name the codec (AVVideoCodecKey), and pixel formats in source_pixel_buffer_attributes.",
    ),
)
_COLOR_KEYS = ("ColorPrimaries", "TransferFunction", "YCbCrMatrix")


@dataclass(frozen=True, slots=True, init=False)
class VideoSettings:
    """What a video track should become (AVFoundation's video output settings).

    Args:
        codec: a ``VideoCodec`` or its four-character code (``"avc1"``, ``"apcn"``).
        width, height: pixels to encode; both may be left out when a source format hint gives them. Sizes that the
            codec's chroma cannot have are padded to even ones and shown without the padding.
        scaling_mode: how pictures of another size become this one; without it they are refused.
        color: tags to write; pictures tagged otherwise are converted. None keeps the pictures' own.
        clean_aperture: the part to show. pixel_aspect_ratio: the shape of a pixel.
        compression: how the encoder should work; the dataclass or a mapping.
        encoder_specification: which encoder may work; the dataclass or a mapping.
        allow_wide_color: whether gamuts wider than BT.709's may come out without ``color`` saying so.
        encoder_options: options given to the FFmpeg encoder as they are; they win over everything else.

    >>> VideoSettings(VideoCodec.H264, 1920, 1080, compression={"AverageBitRate": 8_000_000})

    Raises:
        SettingsError: a value out of range or unknown, or settings that contradict each other, the codec or its level.
    """

    codec: VideoCodec
    width: int | None
    height: int | None
    scaling_mode: ScalingMode | None
    color: ColorProperties | None
    clean_aperture: CleanAperture | None
    pixel_aspect_ratio: PixelAspectRatio | None
    compression: VideoCompressionSettings
    encoder_specification: EncoderSpecification | None
    allow_wide_color: bool
    encoder_options: Mapping[str, str] = field(hash=False)

    def __init__(
        self,
        codec: VideoCodec | str,
        width: int | None = None,
        height: int | None = None,
        *,
        scaling_mode: ScalingMode | str | None = None,
        color: ColorProperties | Mapping[str, Any] | None = None,
        clean_aperture: CleanAperture | Mapping[str, Any] | None = None,
        pixel_aspect_ratio: PixelAspectRatio | Mapping[str, Any] | None = None,
        compression: VideoCompressionSettings | Mapping[str, Any] | None = None,
        encoder_specification: EncoderSpecification | Mapping[str, Any] | None = None,
        allow_wide_color: bool = False,
        encoder_options: Mapping[str, str] | None = None,
    ) -> None:
        values: dict[str, Any] = {
            "codec": _codec(codec),
            "width": None if width is None else _side("width", width),
            "height": None if height is None else _side("height", height),
            "scaling_mode": None if scaling_mode is None else _scaling_mode(scaling_mode),
            "color": None if color is None else ColorProperties.of(color),
            "clean_aperture": None if clean_aperture is None else CleanAperture.of(clean_aperture),
            "pixel_aspect_ratio": None if pixel_aspect_ratio is None else PixelAspectRatio.of(pixel_aspect_ratio),
            "compression": VideoCompressionSettings.of({} if compression is None else compression),
            "encoder_specification": encoder_specification,
            "allow_wide_color": flag("AVVideoAllowWideColorKey", allow_wide_color),
            "encoder_options": read_encoder_options(encoder_options),
        }
        if encoder_specification is not None:
            values["encoder_specification"] = EncoderSpecification.of(encoder_specification)
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check()

    def __reduce__(self) -> tuple[Any, ...]:
        state = {item.name: getattr(self, item.name) for item in fields(self)}
        return _rebuild, ({**state, "encoder_options": dict(self.encoder_options)},)

    @classmethod
    def of(cls, value: Any) -> VideoSettings:
        """Read the dataclass itself, or a mapping with AVFoundation's keys (``"AVVideoCodecKey"``, ``"Width"`` …).

        Clean aperture, pixel aspect ratio and colour are also found among the compression properties, where older code
        and Video Toolbox put them.

        Raises:
            SettingsError: no known key, an unknown one, the codec missing, decompression properties, settings that are
                meant for sound or for uncompressed pictures, or a value the dataclass refuses.
        """
        if isinstance(value, VideoSettings):
            return value
        _check_purpose(value)
        found = _KEYS.read(value)
        if "decompression" in found:
            raise SettingsError(
                f"AVVideoDecompressionPropertiesKey ({found['decompression']!r}) cannot be given to a writer input: it "
                "speaks of decoding.",
                hint="Leave it out.",
            )
        if "codec" not in found:
            raise SettingsError(
                f"video settings {dict(value)!r} must name the codec.", hint="Add AVVideoCodecKey: 'avc1' or 'hvc1'."
            )
        if isinstance(found.get("compression"), Mapping):
            found["compression"] = _lift(found["compression"], found)
        return cls(**found)

    def _check(self) -> None:
        if (self.width is None) != (self.height is None):
            given, missing = ("width", "height") if self.height is None else ("height", "width")
            raise SettingsError(
                f"video settings give the {given} {getattr(self, given)} but no {missing}.",
                hint=f"Add {_KEYS.shown(missing)}, or leave both to a source format hint.",
            )
        if self.color is not None and self.color.matrix is ColorMatrix.RGB:
            raise SettingsError(
                f"the colour matrix RGB cannot be used with {self.codec.value}: pictures are written as "
                f"{traits(self.codec).chroma} luma and colour differences.",
                hint="Use for example ColorProperties.HD.",
            )
        only = traits(self.codec).matrix
        if self.color is not None and only is not None and self.color.matrix is not only:
            raise SettingsError(
                f"for AVVideoYCbCrMatrixKey, video codec type {self.codec.value} cannot have "
                f"{self.color.matrix.name}: {traits(self.codec).name} always has {only.name}.",
                hint=f"Give the same colour properties with ColorMatrix.{only.name}, or none.",
            )
        if self.clean_aperture is not None and self.width is not None and self.height is not None:
            clap = self.clean_aperture
            if not clap.fits(self.width, self.height):
                raise SettingsError(
                    f"the clean aperture of {clap.width}×{clap.height} at offset {clap.horizontal_offset}, "
                    f"{clap.vertical_offset} reaches beyond the picture of {self.width}×{self.height}.",
                    hint="Make it smaller or move it: offsets are from the centre, right and down.",
                )
        self._check_latency()
        self.compression.check_for(self.codec, self.width, self.height)

    def _check_latency(self) -> None:
        if self.encoder_specification is None or not self.encoder_specification.low_latency:
            return
        for name in ("variable_bit_rate", "vbv_max_bit_rate", "vbv_buffer_duration", "vbv_initial_delay_percentage"):
            value = getattr(self.compression, name)
            if value is not None:
                raise SettingsError(
                    f"{COMPRESSION_KEYS.shown(name)} ({value}) excludes EnableLowLatencyRateControl.",
                    hint="Use average_bit_rate and data_rate_limits, or drop low_latency.",
                )

    @property
    def bit_depth(self) -> int:
        """Bits a component that will be written, 8 or 10, as far as the settings alone tell."""
        return self.bit_depth_for(self.color)

    def bit_depth_for(self, color: ColorProperties | None) -> int:
        """Bits a component that will be written when the film's tags are ``color``.

        ``OutputBitDepth`` or the profile decide; else HDR films (PQ, HLG) get 10 where the codec has them, for 8 show
        bands; else it is the codec's usual depth.
        """
        if self.compression.output_bit_depth is not None:
            return self.compression.output_bit_depth
        if self.compression.profile_level is not None:
            return max(self.compression.profile_level.bits)
        depths = traits(self.codec).depths
        return 10 if color is not None and color.is_hdr and 10 in depths else depths[0]


def _rebuild(state: dict[str, Any]) -> VideoSettings:
    return VideoSettings(**state)


def _codec(value: Any) -> VideoCodec:
    if value in _UNWRITTEN:
        raise SettingsError(
            f"video codec type {value!r} is not written here.",
            hint=f"Use one of {quoted(VideoCodec)}.",
            code=-11834,
        )
    return choice("AVVideoCodecKey", VideoCodec, value)


def _side(name: str, value: Any) -> int:
    hint = f"Give the {name} in pixels, or leave both sides to a source format hint."
    return whole(_KEYS.shown(name), value, 1, 65535, "(pixels)", hint=hint)


def _scaling_mode(value: Any) -> ScalingMode:
    mode = choice("AVVideoScalingModeKey", ScalingMode, value, "AVVideoScalingMode")
    if mode is ScalingMode.FIT:
        raise SettingsError(
            f"{mode.value} cannot be used by a writer input: it would change the size that was asked for.",
            hint="Use RESIZE (stretch), RESIZE_ASPECT (bars) or RESIZE_ASPECT_FILL (crop).",
        )
    return mode


def read_encoder_options(value: Any) -> Mapping[str, str]:
    """Options for an FFmpeg encoder as text; numbers and truth values are written as FFmpeg reads them.

    Raises:
        SettingsError: no mapping, a name that is not text, or a value that is neither text nor a number.
    """
    if value is None:
        return MappingProxyType({})
    if not isinstance(value, Mapping):
        raise SettingsError(f"encoder options cannot be {value!r}.", hint="For example {'preset': 'slow'}.")
    options = {}
    for name, item in value.items():
        if not isinstance(name, str) or not name or not isinstance(item, (str, int, float)):
            raise SettingsError(
                f"the encoder option {name!r}: {item!r} is not text.", hint="For example {'preset': 'slow'}."
            )
        options[name] = str(int(item)) if isinstance(item, bool) else str(item)
    return MappingProxyType(options)


def _check_purpose(value: Any) -> None:
    """Recognise settings for sound, or for uncompressed pictures, before their keys are called unknown."""
    if not isinstance(value, Mapping):
        return
    for keys, purpose, hint in _FOREIGN:
        hit = next((key for key in keys if key in value), None)
        if hit is not None:
            raise SettingsError(f"video settings hold {hit!r} ({value[hit]!r}), which is about {purpose}.", hint=hint)


def _lift(compression: Mapping[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """Move geometry and colour from the compression properties to where they belong; return what is left."""
    rest: dict[str, Any] = {}
    moved: dict[str, Any] = {}
    for key, item in compression.items():
        core = COMPRESSION_KEYS.field(key)
        if core in ("CleanAperture", "PixelAspectRatio"):
            moved["clean_aperture" if core == "CleanAperture" else "pixel_aspect_ratio"] = item
        elif core in _COLOR_KEYS:
            moved.setdefault("color", {})[core] = item
        else:
            rest[key] = item
    for name, item in moved.items():
        if name in top:
            raise SettingsError(
                f"{_KEYS.shown(name)} is given twice: {top[name]!r} and, in the compression properties, {item!r}.",
                hint="Keep the one beside the codec.",
            )
        top[name] = item
    return rest


def resolve(settings: VideoSettings | Mapping[str, Any], hint: FormatDescription | None = None) -> VideoSettings:
    """The settings a writer input works with: what the source format hint knows is filled in.

    A hint gives the size, and with it the pixel aspect ratio and clean aperture that belong to it. Colour
    stays with the pictures, which carry their own tags.

    Raises:
        SettingsError: the settings' own rules; a size that neither settings nor hint give; a hint of another media
            type, or whose size is not positive (the rules of ``AVAssetWriterInput``'s initializer).
    """
    known = VideoSettings.of(settings)
    if hint is None:
        if known.width is None:
            raise SettingsError(
                f"video settings for {known.codec.value} must give the size.",
                hint="Add AVVideoWidthKey and AVVideoHeightKey, or a source_format_hint.",
            )
        return known
    if hint.media_type is not MediaType.VIDEO:
        raise SettingsError(
            f"the source format hint is of media type {str(hint.media_type)!r}, the settings are for video.",
            hint="Pass the hint of the video track.",
        )
    if hint.width <= 0 or hint.height <= 0:
        raise SettingsError(
            f"the source format hint's size {hint.width}×{hint.height} is not positive.",
            hint="Pass a hint with the pictures' real width and height, or none.",
        )
    if known.width is not None:
        return known
    aspect, clap = known.pixel_aspect_ratio, known.clean_aperture
    return replace(
        known,
        width=hint.width,
        height=hint.height,
        pixel_aspect_ratio=hint.pixel_aspect_ratio if aspect is None else aspect,
        clean_aperture=hint.clean_aperture if clap is None else clap,
    )


def inapplicable(settings: VideoSettings) -> list[tuple[str, str]]:
    """Settings that are known but have no effect with the encoders here: (key, reason), for a ``SettingsWarning``."""
    return settings.compression.inapplicable()
