"""Families of encoders that are told things the same way, and what a family's rules may look at.

A ``Dialect`` is one family's half of the plan: a table from compression settings to FFmpeg's options and a few
functions for what is said without being asked. Options are text by name, as FFmpeg takes them. A name that begins with
``@`` is a parameter of the encoder library itself, for which FFmpeg has no option of its own; those are joined into one
option at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import ceil
from typing import Any

from reelwright.model.compression import VideoCompressionSettings
from reelwright.model.compression_keys import KEYS
from reelwright.model.errors import SettingsError
from reelwright.model.hdr import ContentLightLevel, MasteringDisplay
from reelwright.model.kinds import VideoCodec

__all__ = [
    "ELSEWHERE",
    "INFINITE",
    "INTRA",
    "IN_THE_FILE",
    "Case",
    "Dialect",
    "Family",
    "How",
    "Options",
    "all_key_frames",
    "bit_rate",
    "buffer_seconds",
    "buffer_start",
    "buffered",
    "constant_factor",
    "display_words",
    "key_frame_seconds",
    "key_frames",
    "light_words",
    "nothing",
    "one_of",
    "peak_rate",
    "real_time_as",
    "scaled_quantiser",
    "unsupported",
]

Options = dict[str, str]

INFINITE = 1 << 30  # "no further key frame"
_BUFFER_SECONDS = Fraction(5, 2)  # VBVBufferDuration's default
_FILLED = Fraction(90)  # VBVInitialDelayPercentage's default
_COARSEST = 51  # quantiser of the settings' scale, which is H.264's
_PEAK = Fraction(3, 2)  # of VariableBitRate, when no limit is given


class Family(Enum):
    """Encoders that take the same options."""

    X264 = "x264"
    X265 = "x265"
    SVT_AV1 = "SVT-AV1"
    VPX = "libvpx"
    PRORES = "FFmpeg's ProRes"
    JPEG = "FFmpeg's JPEG"
    OTHER = "other"

    @classmethod
    def of(cls, encoder: str) -> Family:
        return _FAMILIES.get(encoder, cls.OTHER)


_FAMILIES = {
    "libx264": Family.X264,
    "libx265": Family.X265,
    "libsvtav1": Family.SVT_AV1,
    "libvpx-vp9": Family.VPX,
    **dict.fromkeys(("prores_ks", "prores_aw", "prores"), Family.PRORES),
    "mjpeg": Family.JPEG,
}


@dataclass(frozen=True, slots=True)
class Case:
    """What a mapping may depend on besides its own value: encoder, picture, frames a second (nominal where unknown).

    Attributes:
        width: of the coded picture; 0 where it is not known yet. is_constant: whether frames really come at the rate.
        is_hdr10: whether the film's transfer function is PQ. threads: for the encoder; 0 for all.
    """

    encoder: str
    codec: VideoCodec
    bits: int
    frame_rate: Fraction
    compression: VideoCompressionSettings
    has_alpha: bool = False
    width: int = 0
    is_constant: bool = False
    is_hdr10: bool = False
    threads: int = 0

    @property
    def family(self) -> Family:
        return Family.of(self.encoder)

    @property
    def is_x264(self) -> bool:
        return self.family is Family.X264

    @property
    def is_x265(self) -> bool:
        return self.family is Family.X265

    @property
    def has_aim(self) -> bool:
        """Whether a bit rate is aimed at, instead of a quality."""
        given = self.compression
        return bool(given.average_bit_rate or given.constant_bit_rate or given.variable_bit_rate)

    @property
    def is_nvenc(self) -> bool:
        return self.encoder.endswith("_nvenc")


How = Callable[[Any, Case], Options | None]


def _none(case: Case) -> Options:
    return {}


def _anything(given: Options, case: Case) -> None:
    """Options that FFmpeg itself checks, aloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one family of encoders is told things.

    Attributes:
        how: options of each compression setting, in the order in which later ones may refine earlier ones; None from
            it, or no row, means that the family has no equivalent.
        base: what every film is opened with. usual: the rate control when nothing is said.
        low_latency: as ``EncoderSpecification.low_latency``.
        check_given: refuses the caller's options where the encoder would only complain on stderr, or not at all.
        parameters: FFmpeg option that carries the library's own parameters; spellings: all options that do.
        complaints: how lines begin by which FFmpeg says that it ignored one of them.
        rates: options that set the rate control; one given by the caller drops all of ours.
        slices: whether threads always share one picture instead of taking one each.
    """

    how: Mapping[str, How]
    base: Callable[[Case], Options] = _none
    usual: Callable[[Case], Options] = _none
    low_latency: Callable[[Case], Options] = _none
    check_given: Callable[[Options, Case], None] = _anything
    parameters: str = ""
    spellings: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    slices: bool = False


# ------------------------------------------------------------------ rows that families share


def nothing(value: Any, case: Case) -> Options:
    """Settings that speak elsewhere, and limits that are kept anyway."""
    return {}


def bit_rate(value: int, case: Case) -> Options:
    return {"b": str(value)}


def buffer_seconds(case: Case) -> Fraction:
    given = case.compression.vbv_buffer_duration
    return _BUFFER_SECONDS if given is None else Fraction(given)


def buffer_start(case: Case) -> Fraction:
    """The share of the decoder's buffer that is filled when decoding begins."""
    percent = case.compression.vbv_initial_delay_percentage
    return (_FILLED if percent is None else Fraction(percent)) / 100


def buffered(rate: Fraction | int, case: Case, seconds: Fraction | None = None) -> Options:
    """A decoder's buffer, filled at a rate, in FFmpeg's common options; as long as the settings say, or so many
    seconds."""
    size = round(rate * (buffer_seconds(case) if seconds is None else seconds))
    start = {"rc_init_occupancy": str(round(size * buffer_start(case)))}
    return {"maxrate": str(round(rate)), "bufsize": str(size)} | start


def peak_rate(value: int, case: Case) -> Fraction | int:
    """The most bits a second beside a variable bit rate."""
    return case.compression.vbv_max_bit_rate or value * _PEAK


def key_frames(value: int, case: Case) -> Options:
    return {"g": str(value)}


def key_frame_seconds(value: Fraction, case: Case) -> Options:
    """For the encoder's planning only; the limit itself is kept by forcing key frames at their times."""
    frames = max(1, ceil(value * case.frame_rate))
    return {"g": str(min(frames, case.compression.max_key_frame_interval or INFINITE))}


def all_key_frames(value: bool, case: Case) -> Options:
    return {} if value else {"g": "1"}


def real_time_as(fast: Callable[[bool, Case], Options | None]) -> How:
    """RealTime as the wish for speed, where no other word about speed was said."""

    def how(value: bool, case: Case) -> Options | None:
        asked = case.compression.prioritize_encoding_speed_over_quality
        return fast(True, case) if value and asked is None else {}

    return how


def constant_factor(worst: int) -> Callable[[float, Case], Options]:
    """0…1 to a constant rate factor; never 0, which is lossless, or no constant quality at all."""

    def how(value: float, case: Case) -> Options:
        return {"crf": str(max(1, round(worst * (1 - value))))}

    return how


def scaled_quantiser(name: str, coarsest: int) -> How:
    """A bound of the quantiser, from the settings' 0…51 to the codec's scale; without a bit rate there is none."""

    def how(value: int, case: Case) -> Options | None:
        return {name: str(round(Fraction(value * coarsest, _COARSEST)))} if case.has_aim else None

    return how


# Settings that speak elsewhere: another row's buffer, the nominal frame rate, the pixel format, the rules of the model.
ELSEWHERE: dict[str, How] = dict.fromkeys(
    (
        "vbv_buffer_duration",
        "vbv_initial_delay_percentage",
        "expected_source_frame_rate",
        "average_non_droppable_frame_rate",
        "output_bit_depth",
        "preserve_alpha_channel",
        "hdr_metadata_insertion_mode",
    ),
    nothing,
)
# What pictures that stand for themselves keep anyway, whoever encodes them.
INTRA: dict[str, How] = ELSEWHERE | dict.fromkeys(
    (
        "real_time",
        "max_key_frame_interval",
        "max_key_frame_interval_duration",
        "max_frame_delay_count",
        "allow_frame_reordering",
        "allow_temporal_compression",
        "allow_open_gop",
    ),
    nothing,
)
# HDR metadata that the bitstream has no place for; the file has.
IN_THE_FILE: dict[str, How] = dict.fromkeys(("mastering_display_color_volume", "content_light_level_info"), nothing)


def display_words(value: bytes, point: Callable[[Fraction], str], light: Callable[[Fraction], str]) -> str:
    """A mastering display in the notation that encoder libraries share, numbers as each wants them."""
    display = MasteringDisplay.of(value)
    points = (("G", display.green), ("B", display.blue), ("R", display.red), ("WP", display.white))
    colours = "".join(f"{name}({point(x)},{point(y)})" for name, (x, y) in points)
    return f"{colours}L({light(display.max_luminance)},{light(display.min_luminance)})"


def light_words(value: bytes) -> str:
    level = ContentLightLevel.of(value)
    return f"{level.max_cll},{level.max_fall}"


def unsupported(field: str, why: str, hint: str) -> Callable[[Any, Case], Options]:
    """A setting without which the film would not be the one asked for, and which this family cannot keep."""

    def how(value: Any, case: Case) -> Options:
        raise SettingsError(
            f"compression property {KEYS.shown(field)} ({value}) cannot be kept by {case.encoder}: {why}.", hint=hint
        )

    return how


def one_of(given: Options, case: Case, name: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value of an option that FFmpeg would pass on unseen."""
    value = given.get(name)
    if value is not None and value not in allowed:
        raise SettingsError(
            f"encoder option {name}={value!r} does not exist for {case.encoder}.",
            hint=f"Use one of {', '.join(allowed)}.",
        )
