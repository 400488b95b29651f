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

from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.keys import KeyTable, choice, flag, quoted, whole
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.settings import read_encoder_options

__all__ = [
    "AAC_CHANNEL_LAYOUTS",
    "AAC_SAMPLE_RATES",
    "AudioQuality",
    "AudioSettings",
    "BitRateStrategy",
    "SampleRateConverterAlgorithm",
    "aac_bit_rates",
    "inapplicable",
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


# ISO/IEC 14496-3 table 1.18: the rates that an AudioSpecificConfig names by index, and that AAC's tables exist for.
AAC_SAMPLE_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
# The layouts FFmpeg's encoder writes with a channelConfiguration; any other would need a program config element, which
# few players read. Both kinds of 5.0 and 5.1 are AAC's one.
AAC_CHANNEL_LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.0(side)", "5.1", "5.1(side)", "7.1")
_LPCM = ("linear_pcm_bit_depth", "linear_pcm_is_big_endian", "linear_pcm_is_float", "linear_pcm_is_non_interleaved")
_COMPRESSED = ("bit_rate", "bit_rate_per_channel", "bit_rate_strategy", "quality", "quality_for_vbr")
# Core Audio's names of encodings that are known but not written, for a better message.
_UNWRITTEN = frozenset(
    ("aach", "aacp", "aacl", "aace", "usac", "alac", "flac", "opus", "ac-3", "ec-3", "ulaw", "alaw", "ima4", "apac")
) | {"samr", "sawb", "ilbc", ".mp3", "QDMC"}
_WITHOUT_EFFECT = {
    "AudioFileType": "the writer's file type decides",
    "EncoderBitDepthHint": "it is for Apple Lossless",
    "EncoderDynamicRangeControlConfiguration": "it is for xHE-AAC and APAC",
    "EncoderContentSource": "it is for APAC",
    "EncoderASPFrequency": "it is for APAC",
}
_KEYS = KeyTable(
    "audio settings",
    ("AV",),
    {
        "FormatID": "format",
        "SampleRate": "sample_rate",
        "NumberOfChannels": "channels",
        "ChannelLayout": "channel_layout",
        "EncoderBitRate": "bit_rate",
        "EncoderBitRatePerChannel": "bit_rate_per_channel",
        "EncoderBitRateStrategy": "bit_rate_strategy",
        "EncoderAudioQuality": "quality",
        "EncoderAudioQualityForVBR": "quality_for_vbr",
        "LinearPCMBitDepth": "linear_pcm_bit_depth",
        "LinearPCMIsBigEndian": "linear_pcm_is_big_endian",
        "LinearPCMIsFloat": "linear_pcm_is_float",
        "LinearPCMIsNonInterleaved": "linear_pcm_is_non_interleaved",
        "SampleRateConverterAlgorithm": "sample_rate_converter_algorithm",
        "SampleRateConverterAudioQuality": "sample_rate_converter_audio_quality",
        "EncoderOptions": "encoder_options",
        **{core: core for core in _WITHOUT_EFFECT},
    },
    # Runtime strings that differ from their constants' names.
    {
        "AVEncoderQualityKey": "quality",
        "AVEncoderQualityForVBRKey": "quality_for_vbr",
        "AVSampleRateConverterQualityKey": "sample_rate_converter_audio_quality",
        "AVLinearPCMIsNonInterleavedKey": "linear_pcm_is_non_interleaved",
    },
)


def aac_bit_rates(sample_rate: int, channels: int) -> tuple[int, int]:
    """The lowest and highest bit rate AAC-LC can keep, in bits a second.

    The highest is the standard's: 6144 bits for each channel and frame of 1024 (ISO/IEC 14496-3, 4.5.3). The lowest is
    where FFmpeg's encoder, measured with noise and tones, begins to spend markedly more than it is told.
    """
    least = 12_000 if sample_rate <= 16_000 else 16_000 if sample_rate <= 48_000 else 32_000
    return least * channels, 6 * sample_rate * channels


@dataclass(frozen=True, slots=True, init=False)
class AudioSettings:
    """What an audio track should become (AVFoundation's audio output settings).

    Args:
        format: ``AudioFormat.AAC`` (AAC-LC) or ``AudioFormat.LINEAR_PCM``, or Core Audio's four-character code.
        sample_rate: frames a second. channels: how many. Both may be left out when a source format hint gives them.
        channel_layout: a ``ChannelLayout``, FFmpeg's name, a Core Audio tag or ``AudioChannelLayout`` bytes; required
            for more than two channels.
        bit_rate: bits a second of all channels together. bit_rate_per_channel: of one channel; only one of the two.
        bit_rate_strategy, quality, quality_for_vbr: how the encoder keeps its bit rate, and how hard it works.
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
            object.__setattr__(self, name, None if value is None else check(_KEYS.shown(name), value))
        object.__setattr__(self, "format", _format(format))
        object.__setattr__(self, "encoder_options", read_encoder_options(encoder_options))
        for key in ignored or ():
            if key not in _WITHOUT_EFFECT:
                raise SettingsError(f"{key!r} is no setting without effect.", hint=_KEYS.nearest(key))
        object.__setattr__(self, "ignored", MappingProxyType(dict(ignored or {})))
        object.__setattr__(self, "_missing", _missing)
        self._check_channels()
        self._check_bit_rates()
        if self.format is AudioFormat.AAC:
            self._check_aac()
        else:
            self._check_pcm()

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
        found = _KEYS.read(value)
        if "sample_rate_converter_audio_quality" in found:
            raise SettingsError(
                f"AVSampleRateConverterAudioQualityKey ({found['sample_rate_converter_audio_quality']!r}) cannot be "
                "given to a writer input.",
                hint="Use AVSampleRateConverterAlgorithmKey.",
            )
        if "format" not in found:
            raise SettingsError(
                f"audio settings {dict(value)!r} must name the format.", hint="Add AVFormatIDKey: 'aac ' or 'lpcm'."
            )
        ignored = {core: found.pop(core) for core in _WITHOUT_EFFECT if core in found}
        missing = tuple(_KEYS.shown(name) for name in _LPCM if name not in found)
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

    def _check_aac(self) -> None:
        if self.sample_rate is not None and self.sample_rate not in AAC_SAMPLE_RATES:
            raise SettingsError(
                f"{self.sample_rate} Hz is not a valid sample rate for format 'aac '.",
                hint=f"AAC-LC has {', '.join(str(rate) for rate in AAC_SAMPLE_RATES)} Hz; sound is resampled to it.",
            )
        counts = sorted({ChannelLayout.of(name).channels for name in AAC_CHANNEL_LAYOUTS})
        if self.channels is not None and self.channels not in counts:
            raise SettingsError(
                f"{self.channels} is not a valid channel count for format 'aac '.",
                hint=f"AAC-LC has {', '.join(str(count) for count in counts)} channels; sound is mixed to them.",
            )
        if self.channel_layout is not None and self.channel_layout.name not in AAC_CHANNEL_LAYOUTS:
            raise SettingsError(
                f"the channel layout {self.channel_layout.name!r} has no place in format 'aac '.",
                hint=f"Use one of {quoted(AAC_CHANNEL_LAYOUTS)}; sound is mixed to it.",
            )
        rate, channels = self.sample_rate, self.channels
        bits = self.total_bit_rate
        if rate is None or channels is None or bits is None:
            return
        least, most = aac_bit_rates(rate, channels)
        if not least <= bits <= most:
            raise SettingsError(
                f"{bits} bits a second is not a valid bit rate for format 'aac ' at {rate} Hz, {channels} channels.",
                hint=f"Use {least} to {most} bits a second for all channels together.",
            )

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
            channels, a layout for more than two channels, and in a mapping all four ``AVLinearPCM…`` keys); a hint of
            another media type (the rules of ``AVAssetWriterInput``'s initializer).
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
    if known.format is AudioFormat.LINEAR_PCM:
        missing += known._missing
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
        changes["sample_rate"] = whole("the source format hint's sample rate", hint.sample_rate, 1, (1 << 31) - 1)
    if known.channels is None and known.channel_layout is None:
        changes["channels"] = whole("the source format hint's channel count", hint.channels, 1, 64)
    channels = changes.get("channels", known.channels)
    if known.channel_layout is None and hint.channel_layout and channels == hint.channels:
        changes["channel_layout"] = hint.channel_layout
    if known.format is AudioFormat.LINEAR_PCM and hint.pcm and all(getattr(known, name) is None for name in _LPCM):
        changes["linear_pcm_bit_depth"] = hint.pcm.bits
        changes["linear_pcm_is_float"] = hint.pcm.is_float
        changes["linear_pcm_is_big_endian"] = hint.pcm.is_big_endian
    return replace(known, **changes)


def inapplicable(settings: AudioSettings) -> list[tuple[str, str]]:
    """Settings that are known but have no effect with the encoders here: (key, reason), for a ``SettingsWarning``."""
    found = [(f"AV{core}Key", _WITHOUT_EFFECT[core]) for core in settings.ignored]
    reasons = dict.fromkeys(_COMPRESSED, "linear PCM is not compressed")
    if settings.format is AudioFormat.AAC:
        reasons = dict.fromkeys(_LPCM, "it is for linear PCM") | _aac_reasons(settings.bit_rate_strategy)
    return found + [(_KEYS.shown(name), why) for name, why in reasons.items() if getattr(settings, name) is not None]


def _aac_reasons(strategy: BitRateStrategy | None) -> dict[str, str]:
    """Which of AAC's settings have no effect beside a strategy, and why."""
    if strategy is BitRateStrategy.VARIABLE:
        return dict.fromkeys(("bit_rate", "bit_rate_per_channel"), "the strategy Variable goes by quality")
    reasons = {"quality_for_vbr": "it is for the strategy Variable"}
    if strategy is not BitRateStrategy.LONG_TERM_AVERAGE:
        reasons["bit_rate_strategy"] = "the encoder keeps a long-term average"
    return reasons
