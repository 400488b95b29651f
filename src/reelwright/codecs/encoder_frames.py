"""What frames the encoder for given settings takes: layout, depth, alpha, range, and the sizes it can do."""

from __future__ import annotations

from fractions import Fraction

from reelwright.codecs.catalog import choose, input_format
from reelwright.codecs.encoder_family import Family
from reelwright.codecs.frame_spec import FrameSpec
from reelwright.model.codec_traits import traits
from reelwright.model.color import ColorProperties
from reelwright.model.errors import SettingsError
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelFormat
from reelwright.model.settings import VideoSettings

__all__ = ["frame_spec", "sample_aspect"]

_LONGEST_ASPECT = 0xFFFF  # the bitstreams' limit on both numbers of a sample aspect ratio
# Shortest and longest sides in pixels, by encoder, at which it opens; the rest is FFmpeg's own limit. Measured.
_SIDES = {
    Family.X264: (1, 16384),
    Family.X265: (16, 65535),
    Family.SVT_AV1: (4, 16384),
    Family.JPEG: (1, 65500),
}
_SVT_TALLEST = 8704  # rows
_SVT_NARROWEST_AT_A_RATE = 64  # pixels: its rate control needs adaptive quantisation, which needs blocks of that size
# Below 32 x265 codes in blocks of 16, which levels from 5 on forbid (ITU-T H.265, A.4.1): level 4.1 ends there.
_X265_NARROW, _X265_NARROW_LONGEST = 32, 4216


def frame_spec(
    settings: VideoSettings,
    color: ColorProperties | None,
    full_range: bool,
    *,
    source: PixelFormat | None = None,
) -> FrameSpec:
    """What frames the encoder for these settings takes.

    Args:
        color: the film's tags; their matrix gives way to the codec's where it can only have one.
        full_range: whether values use all bits, where the codec leaves that open (ProRes never does, JPEG always).
        source: what pictures come in, where that is known. Its alpha is kept where the codec can carry it.

    Raises:
        SettingsError: settings without a size, or with one that the encoder cannot do.
        EncoderNotFoundError: no encoder here can do what was asked.
    """
    if settings.width is None or settings.height is None:
        raise SettingsError(
            "an encoder needs the size of its pictures.",
            hint="Give width and height (AVVideoWidthKey, AVVideoHeightKey), or a source format hint.",
        )
    codec, bits = settings.codec, settings.bit_depth_for(color)
    alpha = _keeps_alpha(settings, source)
    name = choose(codec, settings.encoder_specification, bits, alpha)
    spec = FrameSpec(
        pixel_format=input_format(name, codec, bits, source, alpha=alpha),
        width=settings.width,
        height=settings.height,
        color=_fitting(color, codec),
        full_range=(full_range or traits(codec).is_full_range) and not codec.is_prores,
        pixel_aspect_ratio=settings.pixel_aspect_ratio,
        clean_aperture=settings.clean_aperture,
        centered_chroma=codec is VideoCodec.JPEG,
    )
    _check_size(name, spec)
    _check_rate(name, spec, settings)
    return spec


def _keeps_alpha(settings: VideoSettings, source: PixelFormat | None) -> bool:
    asked = settings.compression.preserve_alpha_channel
    if not traits(settings.codec).has_alpha or asked is False:
        return False
    return bool(asked) or (source is not None and source.has_alpha)


def _fitting(color: ColorProperties | None, codec: VideoCodec) -> ColorProperties | None:
    matrix = traits(codec).matrix
    if color is None or matrix is None:
        return color
    return ColorProperties(color.primaries, color.transfer_function, matrix)


def _check_size(name: str, spec: FrameSpec) -> None:
    """Refuse sizes at which the encoders would not open; they say no more than that."""
    family = Family.of(name)
    short, long = sorted((spec.coded_width, spec.coded_height))
    least, most = _SIDES.get(family, (1, 65535))
    rule = None
    if long > most:
        rule = f"at most {most} pixels a side"
    elif short < least:
        rule = f"at least {least} pixels a side"
    elif family is Family.SVT_AV1 and spec.coded_height > _SVT_TALLEST:
        rule = f"at most {_SVT_TALLEST} rows"
    elif family is Family.X265 and short < _X265_NARROW and long > _X265_NARROW_LONGEST:
        rule = (
            f"at most {_X265_NARROW_LONGEST} pixels on the long side where the short one has less than {_X265_NARROW}"
        )
    if rule is not None:
        other = "a larger one, or H.264, which goes down to 1×1" if "least" in rule else "a smaller one"
        raise SettingsError(
            f"{name} cannot encode pictures of {spec.width}×{spec.height}: it takes {rule}.",
            hint=f"Give the settings another size ({other}) and a scaling mode.",
        )


def _check_rate(name: str, spec: FrameSpec, settings: VideoSettings) -> None:
    compression = settings.compression
    rate = compression.average_bit_rate or compression.constant_bit_rate or compression.variable_bit_rate
    short = min(spec.coded_width, spec.coded_height)
    if rate and Family.of(name) is Family.SVT_AV1 and short < _SVT_NARROWEST_AT_A_RATE:
        raise SettingsError(
            f"{name} keeps no bit rate ({rate}) in pictures of {spec.width}×{spec.height}: it can from "
            f"{_SVT_NARROWEST_AT_A_RATE} pixels a side on.",
            hint="Use quality instead.",
        )


def sample_aspect(spec: FrameSpec, codec: VideoCodec) -> Fraction | None:
    """The sample aspect ratio as the bitstreams can carry it; the file's own is exact."""
    if spec.pixel_aspect_ratio is None:
        # FFmpeg writes a JFIF header, which names the matrix, only beside an aspect ratio.
        return Fraction(1) if codec is VideoCodec.JPEG else None
    ratio = spec.pixel_aspect_ratio.ratio
    least = Fraction(1, _LONGEST_ASPECT)
    flat = max(min(ratio, 1 / ratio).limit_denominator(_LONGEST_ASPECT), least)
    return flat if ratio < 1 else 1 / flat
