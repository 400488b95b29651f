"""What an audio track should become: encoding, sample rate, channels, bit rate, or the layout of linear PCM.

``AudioSettings`` is a frozen dataclass and at the same time AVFoundation's output settings dictionary: ``of`` reads the
mapping, ``resolve`` fills in what a source format hint knows and refuses what a writer input's initializer refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

from reelwright.model.audio_keys import KEYS, LPCM, WITHOUT_EFFECT
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.keys import choice, flag, quoted, whole
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.settings import read_encoder_options
from reelwright.model.sound_traits import (
    check_bit_depth,
    check_bit_rate,
    check_channels,
    check_sample_rate,
    sound_traits,
)

__all__ = [
    "AudioQuality",
    "AudioSettings",
    "BitRateStrategy",
    "SampleRateConverterAlgorithm",
    "resolve",
]


class AudioQuality(IntEnum):
    """How much work an encoder or converter may take (``AVAudioQuality``)."""

    MIN = 0
    LOW = 0x20
    MEDIUM = 0x40
    HIGH = 0x60
    MAX = 0x7F


class BitRateStrategy(StrEnum):
    """How an encoder keeps its bit rate (``AVEncoderBitRateStrategyKey``)."""

    CONSTANT = "AVAudioBitRateStrategy_Constant"
    LONG_TERM_AVERAGE = "AVAudioBitRateStrategy_LongTermAverage"
    VARIABLE_CONSTRAINED = "AVAudioBitRateStrategy_VariableConstrained"
    VARIABLE = "AVAudioBitRateStrategy_Variable"


class SampleRateConverterAlgorithm(StrEnum):
    """How sound of another rate is resampled (``AVSampleRateConverterAlgorithmKey``)."""

    NORMAL = "AVSampleRateConverterAlgorithm_Normal"
    MASTERING = "AVSampleRateConverterAlgorithm_Mastering"
    MINIMUM_PHASE = "AVSampleRateConverterAlgorithm_MinimumPhase"


# Core Audio's names of encodings that are known but not written, for a better message.
_UNWRITTEN = frozenset(
    ("aach", "aacp", "aacl", "aace", "usac", "ulaw", "alaw", "ima4", "apac", "samr", "sawb", "ilbc", ".mp3", "QDMC")
)


@dataclass(frozen=True, slots=True, init=False)
class AudioSettings:
    """What an audio track should become (AVFoundation's audio output settings).

    Args:
        format: an ``AudioFormat`` (``AAC`` is AAC-LC), or Core Audio's four-character code.
        sample_rate: frames a second. channels: how many. Both may be left out when a source format hint gives them.
            Opus always runs at 48 kHz; a lower rate (24, 16, 12 or 8 kHz) limits its band to half of that.
        channel_layout: a ``ChannelLayout``, FFmpeg's name, a Core Audio tag or ``AudioChannelLayout`` bytes; required
            for more than two channels.
        bit_rate: bits a second of all channels together. bit_rate_per_channel: of one channel; only one of the two.
        bit_rate_strategy, quality, quality_for_vbr: how the encoder keeps its bit rate, and how hard it works.
        bit_depth_hint: bits of the integers that ``ALAC`` and ``FLAC`` keep, 16 or 24; those of the source when left
            out, 24 for floats and whatever else does not fit into 16.
        linear_pcm_bit_depth: 8, 16, 24 or 32, or 32 or 64 for floats. linear_pcm_is_float, linear_pcm_is_big_endian: as
            named. linear_pcm_is_non_interleaved: always False, files hold interleaved sound. What is left out is the
            source format hint's, or 16-bit little-endian interleaved integers (32 bits when floats are asked for).
        sample_rate_converter_algorithm: how sound of another rate is resampled.
        encoder_options: options given to the FFmpeg encoder as they are; they win over everything else.

    >>> AudioSettings(AudioFormat.AAC, 48000, 2, bit_rate=160_000)

    Raises:
        SettingsError: a value out of range or unknown, or settings that contradict each other or the encoding.
    """

    format: AudioFormat
    sample_rate: int | None
    channels: int | None
    channel_layout: ChannelLayout | None
    bit_rate: int | None
    bit_rate_per_channel: int | None
    bit_rate_strategy: BitRateStrategy | None
    quality: AudioQuality | None
    quality_for_vbr: AudioQuality | None
    bit_depth_hint: int | None
    linear_pcm_bit_depth: int | None
    linear_pcm_is_big_endian: bool | None
    linear_pcm_is_float: bool | None
    linear_pcm_is_non_interleaved: bool | None
    sample_rate_converter_algorithm: SampleRateConverterAlgorithm | None
    encoder_options: Mapping[str, str] = field(hash=False)
    ignored: Mapping[str, Any] = field(hash=False)
    # AVFoundation's keys that a mapping left out: without a hint they are required of it, though not of the dataclass.
    _missing: tuple[str, ...] = field(repr=False, compare=False)

    def __init__(
        self,
        format: AudioFormat | str | int,
        sample_rate: float | None = None,
        channels: int | None = None,
        *,
        channel_layout: ChannelLayout | str | int | bytes | None = None,
        bit_rate: int | None = None,
        bit_rate_per_channel: int | None = None,
        bit_rate_strategy: BitRateStrategy | str | None = None,
        quality: AudioQuality | int | None = None,
        quality_for_vbr: AudioQuality | int | None = None,
        bit_depth_hint: int | None = None,
        linear_pcm_bit_depth: int | None = None,
        linear_pcm_is_big_endian: bool | None = None,
        linear_pcm_is_float: bool | None = None,
        linear_pcm_is_non_interleaved: bool | None = None,
        sample_rate_converter_algorithm: SampleRateConverterAlgorithm | str | None = None,
        encoder_options: Mapping[str, str] | None = None,
        ignored: Mapping[str, Any] | None = None,
        _missing: tuple[str, ...] = (),
    ) -> None:
        given = dict(locals())
        for name, check in _CHECKS.items():
            value = given[name]
            object.__setattr__(self, name, None if value is None else check(KEYS.shown(name), value))
        object.__setattr__(self, "format", _format(format))
        object.__setattr__(self, "encoder_options", read_encoder_options(encoder_options))
        for key in ignored or ():
            if key not in WITHOUT_EFFECT:
                raise SettingsError(f"{key!r} is no setting without effect.", hint=KEYS.nearest(key))
        object.__setattr__(self, "ignored", MappingProxyType(dict(ignored or {})))
        object.__setattr__(self, "_missing", _missing)
        self._check_channels()
        self._check_bit_rates()
        if self.format is AudioFormat.LINEAR_PCM:
            self._check_pcm()
        else:
            self._check_encoding()

    def __reduce__(self) -> tuple[Any, ...]:
        state = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {"encoder_options": dict(self.encoder_options), "ignored": dict(self.ignored)}
        return _rebuild, ({**state, **plain},)

    @classmethod
    def of(cls, value: Any) -> AudioSettings:
        """Read the dataclass itself, or a mapping with AVFoundation's keys (``"AVFormatIDKey"``, ``"SampleRate"`` …).

        Raises:
            SettingsError: no known key, an unknown one, the format missing, ``AVSampleRateConverterAudioQualityKey``,
                settings that are meant for video, or a value the dataclass refuses.
        """
        if isinstance(value, AudioSettings):
            return value
        if isinstance(value, Mapping) and ("AVVideoCodecKey" in value or "AVVideoWidthKey" in value):
            raise SettingsError(
                f"audio settings hold {next(iter(value))!r}, which is about video.", hint="Pass them to a video input."
            )
        found = KEYS.read(value)
        if "sample_rate_converter_audio_quality" in found:
            raise SettingsError(
                f"AVSampleRateConverterAudioQualityKey ({found['sample_rate_converter_audio_quality']!r}) cannot be "
                "given to a writer input.",
                hint="Use AVSampleRateConverterAlgorithmKey.",
            )
        if "format" not in found:
            raise SettingsError(
                f"audio settings {dict(value)!r} must name the format.", hint="Add AVFormatIDKey, for example 'aac '."
            )
        ignored = {core: found.pop(core) for core in WITHOUT_EFFECT if core in found}
        missing = tuple(KEYS.shown(name) for name in (*LPCM, "bit_depth_hint") if name not in found)
        return cls(**found, ignored=ignored, _missing=missing)

    def _check_channels(self) -> None:
        layout = self.channel_layout
        if layout is None:
            return
        object.__setattr__(self, "channel_layout", layout.native)
        if self.channels is not None and self.channels != layout.channels:
            raise SettingsError(
                f"the channel layout {layout.name!r} has {layout.channels} channels, AVNumberOfChannelsKey says "
                f"{self.channels}.",
                hint=f"Use {ChannelLayout.default(self.channels).name!r}, or {layout.channels} channels.",
            )

    def _check_bit_rates(self) -> None:
        if self.bit_rate is not None and self.bit_rate_per_channel is not None:
            raise SettingsError(
                f"AVEncoderBitRateKey ({self.bit_rate}) and AVEncoderBitRatePerChannelKey "
                f"({self.bit_rate_per_channel}) exclude each other.",
                hint="Keep one of them.",
            )

    def _check_encoding(self) -> None:
        """What the encoding cannot hold (``sound_traits``)."""
        if self.sample_rate is not None:
            check_sample_rate(self.format, self.sample_rate)
        check_channels(self.format, self.channels, self.channel_layout)
        if self.bit_depth_hint is not None:
            check_bit_depth(self.format, self.bit_depth_hint)
        bits = self.total_bit_rate
        if self.sample_rate is not None and self.channels is not None and bits is not None:
            check_bit_rate(self.format, bits, self.sample_rate, self.channels)

    def _check_pcm(self) -> None:
        depth, is_float = self.linear_pcm_bit_depth, self.linear_pcm_is_float
        allowed = (32, 64) if is_float else (8, 16, 24, 32)
        if depth is not None and depth not in allowed:
            kind, other = ("floats", False) if is_float else ("integers", True)
            raise SettingsError(
                f"AVLinearPCMBitDepthKey {depth} does not exist for {kind}.",
                hint=f"Use {', '.join(str(bits) for bits in allowed)}, or AVLinearPCMIsFloatKey {other}.",
            )
        if self.linear_pcm_is_non_interleaved:
            raise SettingsError(
                "AVLinearPCMIsNonInterleaved cannot be True: a file holds the channels of each moment side by side.",
                hint="Set it to False; sound that is given channel by channel is interleaved on the way.",
            )

    @property
    def total_bit_rate(self) -> int | None:
        """Bits a second of all channels together; None when left to the encoder, or the channels are not known."""
        if self.bit_rate_per_channel is None:
            return self.bit_rate
        return None if self.channels is None else self.bit_rate_per_channel * self.channels

    @property
    def pcm(self) -> PcmLayout | None:
        """How linear PCM values will lie in the file; None for other encodings."""
        if self.format is not AudioFormat.LINEAR_PCM:
            return None
        is_float = bool(self.linear_pcm_is_float)
        return PcmLayout(
            bits=self.linear_pcm_bit_depth or (32 if is_float else 16),
            is_float=is_float,
            is_big_endian=bool(self.linear_pcm_is_big_endian),
        )

    @property
    def layout(self) -> ChannelLayout | None:
        """The channel layout, the usual one when only the number of channels was given; None when nothing is known."""
        if self.channel_layout is not None or self.channels is None:
            return self.channel_layout
        return ChannelLayout.default(self.channels)


def _rebuild(state: dict[str, Any]) -> AudioSettings:
    return AudioSettings(**state)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "sample_rate": lambda what, value: whole(what, value, 1, (1 << 31) - 1, "(Hz)", hint="For example 48000."),
    "channels": lambda what, value: whole(what, value, 1, 64),
    "channel_layout": lambda _, value: ChannelLayout.of(value),
    "bit_rate": lambda what, value: whole(what, value, 1, 1 << 31, "(bits a second)"),
    "bit_rate_per_channel": lambda what, value: whole(what, value, 1, 1 << 31, "(bits a second)"),
    "bit_rate_strategy": lambda what, value: choice(what, BitRateStrategy, value, "AVAudioBitRateStrategy"),
    "quality": lambda what, value: choice(what, AudioQuality, value),
    "quality_for_vbr": lambda what, value: choice(what, AudioQuality, value),
    "bit_depth_hint": lambda what, value: whole(what, value, 1, 64),
    "linear_pcm_bit_depth": lambda what, value: whole(what, value, 8, 64),
    "linear_pcm_is_big_endian": flag,
    "linear_pcm_is_float": flag,
    "linear_pcm_is_non_interleaved": flag,
    "sample_rate_converter_algorithm": lambda what, value: choice(what, SampleRateConverterAlgorithm, value),
}


def _format(value: Any) -> AudioFormat:
    code = value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32:
        code = value.to_bytes(4, "big").decode("latin-1")
    if code in _UNWRITTEN:
        raise SettingsError(
            f"audio format {code!r} is not written here.", hint=f"Use one of {quoted(AudioFormat)}.", code=-11834
        )
    return choice("AVFormatIDKey", AudioFormat, code)


def resolve(settings: AudioSettings | Mapping[str, Any], hint: FormatDescription | None = None) -> AudioSettings:
    """The settings a writer input works with: what the source format hint knows is filled in, the layout is named.

    Raises:
        SettingsError: the settings' own rules; something required that neither settings nor hint give (sample rate,
            channels, a layout for more than two channels, and in a mapping all four ``AVLinearPCM…`` keys, or
            ``AVEncoderBitDepthHintKey`` for Apple Lossless); a hint of another media type (the rules of
            ``AVAssetWriterInput``'s initializer).
    """
    known = AudioSettings.of(settings)
    if hint is None:
        _check_complete(known)
    else:
        known = _fill(known, hint)
    layout = known.channel_layout
    if known.channels is None:
        assert layout is not None
        known = replace(known, channels=layout.channels)
    return known if layout is not None else replace(known, channel_layout=known.layout)


def _check_complete(known: AudioSettings) -> None:
    """What AVFoundation requires of audio settings without a source format hint."""
    missing = [] if known.sample_rate is not None else ["AVSampleRateKey"]
    if known.channels is None and known.channel_layout is None:
        missing.append("AVNumberOfChannelsKey")
    required = {AudioFormat.LINEAR_PCM: LPCM, AudioFormat.ALAC: ("bit_depth_hint",)}.get(known.format, ())
    missing += [key for key in map(KEYS.shown, required) if key in known._missing]
    if missing:
        raise SettingsError(
            f"audio settings for {known.format.value!r} must give {', '.join(missing)}.",
            hint="Add them, or pass a source_format_hint that knows.",
        )
    if known.channel_layout is None and known.channels is not None and known.channels > 2:
        raise SettingsError(
            f"{known.channels} channels need a channel layout: more than two have no usual order.",
            hint=f"Add channel_layout={ChannelLayout.default(known.channels).name!r} (AVChannelLayoutKey).",
        )


def _fill(known: AudioSettings, hint: FormatDescription) -> AudioSettings:
    """Settings with what they leave out taken from a source format hint."""
    if hint.media_type is not MediaType.AUDIO:
        raise SettingsError(
            f"the source format hint is of media type {str(hint.media_type)!r}, the settings are for audio.",
            hint="Pass the hint of the audio track.",
        )
    changes: dict[str, Any] = {"_missing": ()}
    if known.sample_rate is None:
        traits = sound_traits(known.format)
        rate = whole("the source format hint's sample rate", hint.sample_rate, 1, (1 << 31) - 1)
        changes["sample_rate"] = traits.track_rate if traits and traits.track_rate else rate
    if known.channels is None and known.channel_layout is None:
        changes["channels"] = whole("the source format hint's channel count", hint.channels, 1, 64)
    channels = changes.get("channels", known.channels)
    if known.channel_layout is None and hint.channel_layout and channels == hint.channels:
        changes["channel_layout"] = hint.channel_layout
    if known.format is AudioFormat.LINEAR_PCM and hint.pcm and all(getattr(known, name) is None for name in LPCM):
        changes["linear_pcm_bit_depth"] = hint.pcm.bits
        changes["linear_pcm_is_float"] = hint.pcm.is_float
        changes["linear_pcm_is_big_endian"] = hint.pcm.is_big_endian
    return replace(known, **changes)
