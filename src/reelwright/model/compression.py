"""How an encoder should spend its bits: the compression properties of AVFoundation and Video Toolbox, as one dataclass.

Every field is one property; None, and the value by which Apple says "the encoder decides" (0 bits a second, −1 frames
of delay …), mean the same and are stored as None. What contradicts itself is refused here, what contradicts the codec
or the picture's size by ``VideoSettings``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from reelwright.model.compression_keys import ELSEWHERE, KEYS, REFUSED, WITHOUT_EFFECT
from reelwright.model.compression_rules import check_codec
from reelwright.model.errors import SettingsError
from reelwright.model.hdr import ContentLightLevel, MasteringDisplay
from reelwright.model.keys import choice, flag, number, whole
from reelwright.model.kinds import VideoCodec
from reelwright.model.profile import ProfileLevel
from reelwright.model.time import frame_rate

__all__ = ["EntropyMode", "HDRMetadataInsertionMode", "VideoCompressionSettings"]

Number = Fraction | float


class EntropyMode(StrEnum):
    """How H.264 packs its symbols (``AVVideoH264EntropyModeKey``)."""

    CAVLC = "CAVLC"
    CABAC = "CABAC"


class HDRMetadataInsertionMode(StrEnum):
    """Whether HDR metadata is written (``kVTHDRMetadataInsertionMode_…``)."""

    NONE = "None"
    AUTO = "Auto"


def _rate(what: str, value: Any) -> int | None:
    return whole(what, value, 0, 1 << 40, "(bits a second)") or None


def _positive_rate(what: str, value: Any) -> int:
    return whole(what, value, 1, 1 << 40, "(bits a second)")


def _count(what: str, value: Any) -> int | None:
    return whole(what, value, 0, (1 << 31) - 1) or None


def _seconds(what: str, value: Any) -> Fraction | None:
    return number(what, value, 0, unit="(seconds)") or None


def _frame_rate(what: str, value: Any) -> Fraction | None:
    return frame_rate(value) if number(what, value, 0, 100_000, "(frames a second)") else None


def _qp(what: str, value: Any) -> int:
    return whole(what, value, 0, 51)


def _depth(what: str, value: Any) -> int:
    if isinstance(value, bool) or value not in (8, 10):
        raise SettingsError(f"{what} cannot be {value!r}.", hint="Use 8 or 10, or leave it out.")
    return int(value)


def _limits(what: str, value: Any) -> tuple[tuple[int, Fraction], ...]:
    """[bytes, seconds, bytes, seconds] or pairs of them, as pairs."""
    flat: list[Any] = []
    for item in value if isinstance(value, (list, tuple)) else ():
        flat += item if isinstance(item, (list, tuple)) else [item]
    if len(flat) not in (2, 4):
        raise SettingsError(
            f"{what} must be one or two pairs of bytes and seconds, not {value!r}.",
            hint="Write [1_000_000, 1.0] for one million bytes in any second.",
        )
    sizes = [whole(f"bytes in {what}", size, 1, 1 << 40) for size in flat[::2]]
    spans = [number(f"seconds in {what}", span, 0.001, unit="(seconds)") for span in flat[1::2]]
    return tuple(zip(sizes, spans, strict=True))


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "average_bit_rate": _rate,
    "quality": lambda what, value: float(number(what, value, 0, 1)),
    "max_key_frame_interval": _count,
    "max_key_frame_interval_duration": _seconds,
    "allow_frame_reordering": flag,
    "allow_temporal_compression": flag,
    "allow_open_gop": flag,
    "profile_level": lambda _, value: ProfileLevel.of(value),
    "h264_entropy_mode": lambda what, value: choice(what, EntropyMode, value, "AVVideoH264EntropyMode"),
    "expected_source_frame_rate": _frame_rate,
    "average_non_droppable_frame_rate": _frame_rate,
    "data_rate_limits": _limits,
    "constant_bit_rate": _positive_rate,
    "variable_bit_rate": _positive_rate,
    "vbv_max_bit_rate": _positive_rate,
    "vbv_buffer_duration": lambda what, value: number(what, value, 0.001, unit="(seconds)"),
    "vbv_initial_delay_percentage": lambda what, value: number(what, value, 0, 100),
    "prioritize_encoding_speed_over_quality": flag,
    "real_time": flag,
    "max_frame_delay_count": lambda what, value: None if value == -1 else whole(what, value, 0, 1 << 16),
    "suggested_look_ahead_frame_count": lambda what, value: whole(what, value, 0, 1 << 16),
    "max_h264_slice_bytes": _count,
    "reference_buffer_count": lambda what, value: whole(what, value, 1, 16),
    "max_allowed_frame_qp": _qp,
    "min_allowed_frame_qp": _qp,
    "spatial_adaptive_qp_level": lambda what, value: None if value == -1 else whole(what, value, 0, 0),
    "output_bit_depth": _depth,
    "preserve_alpha_channel": flag,
    "mastering_display_color_volume": lambda _, value: MasteringDisplay.of(value).payload,
    "content_light_level_info": lambda _, value: ContentLightLevel.of(value).payload,
    "hdr_metadata_insertion_mode": lambda what, value: choice(what, HDRMetadataInsertionMode, value),
}
# Who excludes whom, and why (the documentation of kVTCompressionPropertyKey_ConstantBitRate and …_VariableBitRate; one
# encoder run has one aim).
_EXCLUSIVE = (
    ("constant_bit_rate", "average_bit_rate"),
    ("constant_bit_rate", "variable_bit_rate"),
    ("constant_bit_rate", "data_rate_limits"),
    ("constant_bit_rate", "vbv_max_bit_rate"),
    ("variable_bit_rate", "average_bit_rate"),
    ("variable_bit_rate", "data_rate_limits"),
    ("data_rate_limits", "vbv_max_bit_rate"),
    ("data_rate_limits", "vbv_buffer_duration"),
    ("quality", "average_bit_rate"),
    ("quality", "constant_bit_rate"),
    ("quality", "variable_bit_rate"),
)


@dataclass(frozen=True, slots=True, init=False)
class VideoCompressionSettings:
    """The aim and the limits of a video encoder (``AVVideoCompressionPropertiesKey``, ``kVTCompressionPropertyKey_…``).

    Attributes:
        average_bit_rate: bits a second over the whole film; not a cap.
        quality: 0 (small) to 1 (as good as the codec can): constant quality instead of a bit rate.
        max_key_frame_interval: frames from one key frame to the next at most; 1 makes every frame a key frame.
        max_key_frame_interval_duration: the same in seconds; whichever comes first.
        allow_frame_reordering: False forbids B-frames.
        allow_temporal_compression: False makes every frame a key frame.
        allow_open_gop: False forbids that frames before a key frame in display order depend on it.
        profile_level: a ``ProfileLevel``, or Video Toolbox's string such as ``"H264_High_4_1"``.
        h264_entropy_mode: CAVLC or CABAC.
        expected_source_frame_rate: frames a second; a hint for the rate control, the level and CBR.
        average_non_droppable_frame_rate: frames a second that nobody may drop (no effect here).
        data_rate_limits: hard limits, up to two of (bytes, seconds): no span of so many seconds holds more bytes.
        constant_bit_rate: the same bits every second, with filler. variable_bit_rate: an aim within the VBV limits.
        vbv_max_bit_rate, vbv_buffer_duration, vbv_initial_delay_percentage: the decoder buffer model: bits a second at
            most, seconds, percent of the buffer filled before decoding begins.
        prioritize_encoding_speed_over_quality, real_time: True, False, or None for the encoder's usual way.
        max_frame_delay_count: frames the encoder may hold back; None for as many as it likes.
        suggested_look_ahead_frame_count: frames the rate control looks ahead.
        max_h264_slice_bytes: bytes of one slice at most. reference_buffer_count: reference pictures at most.
        min_allowed_frame_qp, max_allowed_frame_qp: bounds of the quantiser, 0 (finest) to 51.
        spatial_adaptive_qp_level: 0 switches adaptive quantisation off.
        output_bit_depth: 8 or 10 bits a component; left out, HDR films have 10 where the codec can.
        preserve_alpha_channel: True keeps an alpha channel, False drops it (ProRes 4444, VP9); None keeps it when the
            first picture has one.
        mastering_display_color_volume: the screen an HDR film was graded on: 24 bytes (the payload of an ``mdcv`` box)
            or a ``MasteringDisplay``; kept as bytes.
        content_light_level_info: how bright it gets: 4 bytes (the payload of a ``clli`` box), a ``ContentLightLevel``
            or (max_cll, max_fall); kept as bytes.
        hdr_metadata_insertion_mode: ``"None"`` says that there is to be no such metadata.
        ignored: known properties that have no effect here, by their Video Toolbox name.

    >>> VideoCompressionSettings(average_bit_rate=8_000_000, max_key_frame_interval_duration=2)

    Raises:
        SettingsError: a value out of range, or properties that exclude each other.
    """

    average_bit_rate: int | None
    quality: float | None
    max_key_frame_interval: int | None
    max_key_frame_interval_duration: Fraction | None
    allow_frame_reordering: bool | None
    allow_temporal_compression: bool | None
    allow_open_gop: bool | None
    profile_level: ProfileLevel | None
    h264_entropy_mode: EntropyMode | None
    expected_source_frame_rate: Fraction | None
    average_non_droppable_frame_rate: Fraction | None
    data_rate_limits: tuple[tuple[int, Fraction], ...] | None
    constant_bit_rate: int | None
    variable_bit_rate: int | None
    vbv_max_bit_rate: int | None
    vbv_buffer_duration: Fraction | None
    vbv_initial_delay_percentage: Fraction | None
    prioritize_encoding_speed_over_quality: bool | None
    real_time: bool | None
    max_frame_delay_count: int | None
    suggested_look_ahead_frame_count: int | None
    max_h264_slice_bytes: int | None
    reference_buffer_count: int | None
    max_allowed_frame_qp: int | None
    min_allowed_frame_qp: int | None
    spatial_adaptive_qp_level: int | None
    output_bit_depth: int | None
    preserve_alpha_channel: bool | None
    mastering_display_color_volume: bytes | None
    content_light_level_info: bytes | None
    hdr_metadata_insertion_mode: HDRMetadataInsertionMode | None
    ignored: Mapping[str, Any] = field(hash=False)

    def __init__(
        self,
        *,
        average_bit_rate: int | None = None,
        quality: float | None = None,
        max_key_frame_interval: int | None = None,
        max_key_frame_interval_duration: Number | None = None,
        allow_frame_reordering: bool | None = None,
        allow_temporal_compression: bool | None = None,
        allow_open_gop: bool | None = None,
        profile_level: ProfileLevel | str | None = None,
        h264_entropy_mode: EntropyMode | str | None = None,
        expected_source_frame_rate: Number | None = None,
        average_non_droppable_frame_rate: Number | None = None,
        data_rate_limits: Sequence[Any] | None = None,
        constant_bit_rate: int | None = None,
        variable_bit_rate: int | None = None,
        vbv_max_bit_rate: int | None = None,
        vbv_buffer_duration: Number | None = None,
        vbv_initial_delay_percentage: Number | None = None,
        prioritize_encoding_speed_over_quality: bool | None = None,
        real_time: bool | None = None,
        max_frame_delay_count: int | None = None,
        suggested_look_ahead_frame_count: int | None = None,
        max_h264_slice_bytes: int | None = None,
        reference_buffer_count: int | None = None,
        max_allowed_frame_qp: int | None = None,
        min_allowed_frame_qp: int | None = None,
        spatial_adaptive_qp_level: int | None = None,
        output_bit_depth: int | None = None,
        preserve_alpha_channel: bool | None = None,
        mastering_display_color_volume: MasteringDisplay | bytes | None = None,
        content_light_level_info: ContentLightLevel | Sequence[int] | bytes | None = None,
        hdr_metadata_insertion_mode: HDRMetadataInsertionMode | str | None = None,
        ignored: Mapping[str, Any] | None = None,
    ) -> None:
        given = dict(locals())
        for name, check in _CHECKS.items():
            value = given[name]
            object.__setattr__(self, name, None if value is None else check(KEYS.shown(name), value))
        for key in ignored or ():
            if key not in WITHOUT_EFFECT:
                raise SettingsError(f"{key!r} is no property without effect.", hint=KEYS.nearest(key))
        object.__setattr__(self, "ignored", MappingProxyType(dict(ignored or {})))
        self._check_aims()
        self._check_buffer()
        self._check_bounds()

    def __reduce__(self) -> tuple[Any, ...]:
        state = {item.name: getattr(self, item.name) for item in fields(self)}
        return _rebuild, ({**state, "ignored": dict(self.ignored)},)

    @classmethod
    def of(cls, value: Any) -> VideoCompressionSettings:
        """Read the dataclass itself, or a mapping with AVFoundation's or Video Toolbox's keys (``"AverageBitRate"``).

        Raises:
            SettingsError: an unknown key, a property that cannot be honoured, or a value the dataclass refuses.
        """
        if isinstance(value, VideoCompressionSettings):
            return value
        found = KEYS.read(value)
        ignored = {}
        for core in list(found):
            if core in REFUSED:
                raise SettingsError(
                    f"compression property {core} cannot be used: {REFUSED[core]}.", hint="Leave it out.", code=-12900
                )
            if core in ELSEWHERE:
                raise SettingsError(
                    f"{core} is no compression property of ours.", hint=f"Use VideoSettings({ELSEWHERE[core]}=…)."
                )
            if core in WITHOUT_EFFECT:
                ignored[core] = found.pop(core)
        return cls(**found, ignored=ignored)

    def _check_aims(self) -> None:
        for one, other in _EXCLUSIVE:
            if getattr(self, one) is not None and getattr(self, other) is not None:
                one, other = (f"{KEYS.shown(name)} ({getattr(self, name)})" for name in (one, other))
                raise SettingsError(
                    f"{one} and {other} exclude each other.",
                    hint="Keep the one that matters to you.",
                )
        if self.constant_bit_rate is not None and self.expected_source_frame_rate is None:
            raise SettingsError(
                f"ConstantBitRate {self.constant_bit_rate} needs the frame rate, so that each frame gets its share.",
                hint="Add expected_source_frame_rate (AVVideoExpectedSourceFrameRateKey).",
            )
        for size, span in self.data_rate_limits or ():
            if self.average_bit_rate is not None and self.average_bit_rate > size * 8 / span:
                raise SettingsError(
                    f"AverageBitRate {self.average_bit_rate} cannot be kept under DataRateLimits of {size} bytes in "
                    f"{float(span):g} s, which are {int(size * 8 / span)} bits a second.",
                    hint="Raise the limit or lower the average.",
                )

    def _check_buffer(self) -> None:
        most = self.vbv_max_bit_rate
        for name in ("average_bit_rate", "variable_bit_rate"):
            aim = getattr(self, name)
            if aim is not None and most is not None and most < aim:
                raise SettingsError(
                    f"VBVMaxBitRate {most} is below {KEYS.shown(name)} {aim}.", hint="Raise it or lower the average."
                )
        if self.vbv_buffer_duration is None and self.vbv_initial_delay_percentage is None:
            return
        if most is None and self.variable_bit_rate is None and self.constant_bit_rate is None:
            name = "vbv_initial_delay_percentage" if self.vbv_buffer_duration is None else "vbv_buffer_duration"
            raise SettingsError(
                f"{KEYS.shown(name)} {getattr(self, name)} describes a buffer without a rate.",
                hint="Add vbv_max_bit_rate, variable_bit_rate or constant_bit_rate.",
            )

    def _check_bounds(self) -> None:
        self._check_hdr()
        low, high = self.min_allowed_frame_qp, self.max_allowed_frame_qp
        if low is not None and high is not None and low > high:
            raise SettingsError(
                f"MinAllowedFrameQP {low} is above MaxAllowedFrameQP {high}.", hint="Swap them or drop one."
            )
        ahead, delay = self.suggested_look_ahead_frame_count, self.max_frame_delay_count
        if ahead is not None and delay is not None and ahead > delay:
            raise SettingsError(
                f"SuggestedLookAheadFrameCount {ahead} is above MaxFrameDelayCount {delay}: looking ahead delays.",
                hint="Lower the one or raise the other.",
            )
        sure, expected = self.average_non_droppable_frame_rate, self.expected_source_frame_rate
        if sure is not None and expected is not None and sure > expected:
            raise SettingsError(
                f"AverageNonDroppableFrameRate {sure} is above ExpectedSourceFrameRate {expected}.",
                hint="Lower it or leave it out.",
            )

    def _check_hdr(self) -> None:
        if self.hdr_metadata_insertion_mode is not HDRMetadataInsertionMode.NONE:
            return
        for name in ("mastering_display_color_volume", "content_light_level_info"):
            if getattr(self, name) is not None:
                raise SettingsError(
                    f"HDRMetadataInsertionMode None excludes {KEYS.shown(name)} ({getattr(self, name).hex()}).",
                    hint="Leave one of them out.",
                )

    def check_for(self, codec: VideoCodec, width: int | None = None, height: int | None = None) -> None:
        """Refuse what the codec cannot do, or what the level cannot carry at that size.

        Raises:
            SettingsError: names the property, the codec's rule and what it allows.
        """
        check_codec(self, codec, width, height)

    def inapplicable(self) -> list[tuple[str, str]]:
        """The properties given that have no effect here, each with the reason."""
        found = [(core, WITHOUT_EFFECT[core]) for core in self.ignored]
        if self.average_non_droppable_frame_rate is not None:
            found.append((KEYS.shown("average_non_droppable_frame_rate"), "no encoder here marks frames as droppable"))
        return found


def _rebuild(state: dict[str, Any]) -> VideoCompressionSettings:
    return VideoCompressionSettings(**state)
