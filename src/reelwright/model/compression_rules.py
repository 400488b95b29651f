"""Which compression properties a codec can have at all: what another encoder could not do either is refused at once.

A property that would make another film than the one asked for raises, as AVFoundation does; a limit that a codec keeps
anyway (every picture of ProRes is a key frame) is accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reelwright.model.codec_traits import traits
from reelwright.model.compression_keys import KEYS
from reelwright.model.errors import SettingsError
from reelwright.model.keys import quoted
from reelwright.model.kinds import VideoCodec
from reelwright.model.profile import Picture, ProfileLevel, check_level, levels, profiles

if TYPE_CHECKING:
    from reelwright.model.compression import VideoCompressionSettings

__all__ = ["check_codec"]

_RATES = (
    "average_bit_rate",
    "constant_bit_rate",
    "variable_bit_rate",
    "data_rate_limits",
    "vbv_max_bit_rate",
    "vbv_buffer_duration",
    "vbv_initial_delay_percentage",
)
_QUANTISERS = ("min_allowed_frame_qp", "max_allowed_frame_qp")
_PREDICTION = ("allow_frame_reordering", "allow_temporal_compression", "allow_open_gop")
_HDR = ("mastering_display_color_volume", "content_light_level_info")
_H264_ONLY = ("h264_entropy_mode", "max_h264_slice_bytes")
_GUARANTEES = ("data_rate_limits",)
# Why a property does not exist for a codec, as the end of a sentence.
_FIXED = "the size of its pictures follows from the profile alone"
_BY_QUALITY = "its pictures are encoded one by one, to a quality"
_NO_GUARANTEE = "no encoder of it here keeps hard limits"


def check_codec(
    compression: VideoCompressionSettings, codec: VideoCodec, width: int | None = None, height: int | None = None
) -> None:
    """Refuse what a codec cannot do, or what the level cannot carry at that size.

    Raises:
        SettingsError: names the property, the codec's rule and what it allows.
    """
    for name, why in _unsupported(codec).items():
        value = getattr(compression, name)
        if value is not None:
            raise SettingsError(
                f"compression property {KEYS.shown(name)} ({value}) is not supported for video codec type "
                f"{codec.value}: {why}.",
                hint=_hint(name, codec),
            )
    if traits(codec).is_intra:
        _check_intra(compression, codec)
    _check_depth(compression, codec)
    if compression.preserve_alpha_channel and not traits(codec).has_alpha:
        raise SettingsError(
            f"for compression property PreserveAlphaChannel, video codec type {codec.value} cannot have True: it "
            "carries no alpha.",
            hint="Use ProRes 4444 or VP9, or leave it out and give a background.",
        )
    profile = compression.profile_level
    if profile is not None:
        _check_profile(compression, profile, codec)
    if width is None or height is None or not levels(codec):
        return
    bits = compression.average_bit_rate or compression.constant_bit_rate or compression.variable_bit_rate
    rate, references = compression.expected_source_frame_rate, compression.reference_buffer_count
    check_level(codec, profile, Picture(width, height, rate, bits, references))


def _unsupported(codec: VideoCodec) -> dict[str, str]:
    """Properties that a codec does not have, each with the reason."""
    found: dict[str, str] = {}
    if codec is not VideoCodec.H264:
        found |= dict.fromkeys(_H264_ONLY, "it is about H.264")
    if codec.is_prores:
        found |= dict.fromkeys((*_RATES, *_QUANTISERS, "quality"), _FIXED)
    elif codec is VideoCodec.JPEG:
        found |= dict.fromkeys((*_RATES, *_QUANTISERS), _BY_QUALITY)
        found |= dict.fromkeys(_HDR, "it has 8 bits a component")
    elif codec in (VideoCodec.AV1, VideoCodec.VP9):
        found |= dict.fromkeys(_GUARANTEES, _NO_GUARANTEE)
    if traits(codec).is_intra:
        found["reference_buffer_count"] = "no picture refers to another"
    return found


def _hint(name: str, codec: VideoCodec) -> str:
    if name in _H264_ONLY:
        return "Leave it out, or use H.264."
    if codec.is_prores:
        return "Choose another of the six ProRes codecs for another size and quality, or leave it out."
    if codec is VideoCodec.JPEG and name in (*_RATES, *_QUANTISERS):
        return "Use quality (AVVideoQualityKey)."
    if name in _GUARANTEES:
        return "Use variable_bit_rate with vbv_max_bit_rate, or H.264 or HEVC."
    return "Leave it out."


def _check_intra(compression: VideoCompressionSettings, codec: VideoCodec) -> None:
    """A permission that could never be used contradicts the codec; limits of key frames are kept by nature."""
    for name in _PREDICTION:
        if getattr(compression, name):
            raise SettingsError(
                f"for compression property {KEYS.shown(name)}, video codec type {codec.value} cannot have True: every "
                "picture stands for itself.",
                hint="Leave it out.",
            )


def _check_depth(compression: VideoCompressionSettings, codec: VideoCodec) -> None:
    depths = traits(codec).depths
    if compression.output_bit_depth is not None and compression.output_bit_depth not in depths:
        raise SettingsError(
            f"for compression property OutputBitDepth, video codec type {codec.value} cannot have "
            f"{compression.output_bit_depth}: {traits(codec).name} is written with {' or '.join(map(str, depths))} "
            "bits here.",
            hint=f"Use {depths[0]}, or leave it out.",
        )


def _check_profile(compression: VideoCompressionSettings, profile: ProfileLevel, codec: VideoCodec) -> None:
    if profile.codec is not codec:
        allowed = profiles(codec)
        raise SettingsError(
            f"for compression property ProfileLevel, video codec type {codec.value} cannot have {str(profile)!r}.",
            hint=f"It allows {quoted(allowed)}, or a level such as 4_1 instead of AutoLevel."
            if allowed
            else "Leave it out: only H.264 and HEVC have profiles to choose.",
        )
    mode: Any = compression.h264_entropy_mode
    if mode == "CABAC" and not profile.allows_cabac:
        raise SettingsError(
            f"H264EntropyMode CABAC does not exist in {str(profile)!r}.",
            hint="Use CAVLC, or the Main or High profile.",
        )
    if compression.output_bit_depth is not None and compression.output_bit_depth not in profile.bits:
        fitting = {VideoCodec.H264: {8: "High", 10: "High10"}, VideoCodec.HEVC: {8: "Main", 10: "Main10"}}
        better = ProfileLevel(codec, fitting[codec][compression.output_bit_depth])
        raise SettingsError(
            f"OutputBitDepth {compression.output_bit_depth} does not exist in {str(profile)!r}, which carries "
            f"{' or '.join(map(str, profile.bits))} bits.",
            hint=f"Use {str(better)!r} or another depth.",
        )
