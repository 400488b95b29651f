"""What each encoding of sound can hold: sample rates, channel layouts, bit rates and bit depths.

Settings are judged by these before any encoder is asked. They are the standards' limits, narrowed to what FFmpeg's
encoders make and to what all readers tell from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reelwright.model.errors import SettingsError
from reelwright.model.keys import quoted
from reelwright.model.kinds import AudioFormat
from reelwright.model.layout import ChannelLayout

__all__ = [
    "AAC_CHANNEL_LAYOUTS",
    "AAC_SAMPLE_RATES",
    "SoundTraits",
    "aac_bit_rates",
    "check_bit_depth",
    "check_bit_rate",
    "check_channels",
    "check_sample_rate",
    "nearest_sample_rate",
    "sound_traits",
]

# ISO/IEC 14496-3 table 1.18: the rates that an AudioSpecificConfig names by index, and that AAC's tables exist for.
AAC_SAMPLE_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
# The layouts FFmpeg's encoder writes with a channelConfiguration; any other would need a program config element, which
# few players read. Both kinds of 5.0 and 5.1 are AAC's one.
AAC_CHANNEL_LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.0(side)", "5.1", "5.1(side)", "7.1")
# Apple Lossless' eight (ALACMagicCookieDescription, channel layout info). One surround pair may be called either way.
_ALAC_LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.0(side)", "5.1", "5.1(side)", "6.1(back)", "7.1(wide)")
# ETSI TS 102 366, 4.4.2.3: what acmod and lfeon can say.
_DOLBY_LAYOUTS = (
    *("mono", "stereo", "2.1", "3.0", "3.0(back)", "3.1", "4.0", "quad", "quad(side)"),
    *("4.1", "5.0", "5.0(side)", "5.1", "5.1(side)"),
)
_DOLBY_RATES = (48000, 44100, 32000)
# ETSI TS 102 366, table 4.13: nominal bit rates of AC-3, in kbit/s.
_AC3_BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
# Vorbis' layouts by count, which are Opus' mapping family 1 (RFC 7845, 5.1.1.2) and FLAC's too (RFC 9639, 9.1.3).
_FLAC_LAYOUTS = ("mono", "stereo", "3.0", "quad", "quad(side)", "5.0", "5.0(side)", "5.1", "5.1(side)", "6.1", "7.1")
# Five and seven channels come out of FFmpeg's encoder exchanged (measured with a tone each): they have no layout here.
_OPUS_LAYOUTS = ("mono", "stereo", "3.0", "quad", "quad(side)", "5.1", "5.1(side)", "7.1")
_OPUS_RATES = (48000, 24000, 16000, 12000, 8000)


def aac_bit_rates(sample_rate: int, channels: int) -> tuple[int, int]:
    """The lowest and highest bit rate AAC-LC can keep, in bits a second.

    The highest is the standard's: 6144 bits for each channel and frame of 1024 (ISO/IEC 14496-3, 4.5.3). The lowest is
    where FFmpeg's encoder, measured with noise and tones, begins to spend markedly more than it is told.
    """
    least = 12_000 if sample_rate <= 16_000 else 16_000 if sample_rate <= 48_000 else 32_000
    return least * channels, 6 * sample_rate * channels


def _aac_range(sample_rate: int, channels: int) -> range:
    least, most = aac_bit_rates(sample_rate, channels)
    return range(least, most + 1)


def _dolby_least(channels: int) -> int:
    """Below this FFmpeg's encoders find no room for the exponents of noise (measured), and fail."""
    return 32_000 if channels <= 4 else 64_000


def _ac3_rates(_: int, channels: int) -> tuple[int, ...]:
    return tuple(1000 * kilo for kilo in _AC3_BIT_RATES if 1000 * kilo >= _dolby_least(channels))


def _eac3_range(sample_rate: int, channels: int) -> range:
    """At most 2048 words of 16 bits a frame of six blocks, which is what one sample of a track holds."""
    return range(_dolby_least(channels), 2048 * sample_rate // 1536 * 16 + 1)


def _opus_range(_: int, channels: int) -> range:
    """RFC 6716, 2: from 6 kbit/s; at most 1275 bytes a packet of 20 ms and stereo pair."""
    return range(6_000, 255_000 * channels + 1)


@dataclass(frozen=True, slots=True)
class SoundTraits:
    """What one encoding can hold.

    Attributes:
        name: as people call it. sample_rates: frames a second. layouts: FFmpeg's names.
        bit_depths: of the integers that a lossless encoding keeps; empty for others.
        bit_rates: those that can be asked for, by sample rate and number of channels; None where nobody can choose.
        track_rate: the rate that every track of it has; None where it is the sound's own.
    """

    name: str
    sample_rates: Sequence[int]
    layouts: tuple[str, ...]
    bit_depths: tuple[int, ...] = ()
    bit_rates: Callable[[int, int], Sequence[int]] | None = None
    track_rate: int | None = None

    @property
    def is_lossless(self) -> bool:
        """Whether a decoder gives the very integers that went in."""
        return bool(self.bit_depths)

    @property
    def channel_counts(self) -> tuple[int, ...]:
        """How many channels its layouts have."""
        return tuple(sorted({ChannelLayout.of(name).channels for name in self.layouts}))


_TRAITS: Mapping[AudioFormat, SoundTraits] = {
    AudioFormat.AAC: SoundTraits("AAC-LC", AAC_SAMPLE_RATES, AAC_CHANNEL_LAYOUTS, bit_rates=_aac_range),
    AudioFormat.ALAC: SoundTraits("Apple Lossless", range(1, 384_001), _ALAC_LAYOUTS, (16, 24)),
    AudioFormat.FLAC: SoundTraits("FLAC", range(1, 655_351), _FLAC_LAYOUTS, (16, 24)),
    AudioFormat.AC3: SoundTraits("AC-3", _DOLBY_RATES, _DOLBY_LAYOUTS, bit_rates=_ac3_rates),
    AudioFormat.EAC3: SoundTraits("E-AC-3", _DOLBY_RATES, _DOLBY_LAYOUTS, bit_rates=_eac3_range),
    AudioFormat.OPUS: SoundTraits("Opus", _OPUS_RATES, _OPUS_LAYOUTS, bit_rates=_opus_range, track_rate=48000),
}


def sound_traits(format: AudioFormat) -> SoundTraits | None:
    """What an encoding can hold; None for linear PCM, which holds anything."""
    return _TRAITS.get(format)


def nearest_sample_rate(format: AudioFormat, rate: int) -> int:
    """The rate that sound of a rate is written at when nobody asks for one: its own where the encoding has it.

    Otherwise the next higher one; beyond 48 kHz the highest that divides the sound's, 44.1 or 48 kHz.
    """
    traits = sound_traits(format)
    if traits is None:
        return rate
    if traits.track_rate is not None:
        return traits.track_rate
    if rate in traits.sample_rates:
        return rate
    if rate > 48000:
        return 44100 if rate % 44100 == 0 else 48000
    return min(known for known in traits.sample_rates if known >= rate)


def check_sample_rate(format: AudioFormat, rate: int) -> None:
    """Raise ``SettingsError`` for a rate that the encoding does not have."""
    traits = _TRAITS[format]
    if rate not in traits.sample_rates:
        raise SettingsError(
            f"{rate} Hz is not a valid sample rate for format {format.value!r}.",
            hint=f"{traits.name} has {_listed(traits.sample_rates)} Hz; sound is resampled to it.",
        )


def check_channels(format: AudioFormat, channels: int | None, layout: ChannelLayout | None) -> None:
    """Raise ``SettingsError`` for a number of channels, or a layout of them, that the encoding does not have."""
    traits = _TRAITS[format]
    if channels is not None and channels not in traits.channel_counts:
        raise SettingsError(
            f"{channels} is not a valid channel count for format {format.value!r}.",
            hint=f"{traits.name} has {_listed(traits.channel_counts)} channels; sound is mixed to them.",
        )
    if layout is not None and layout.name not in traits.layouts:
        raise SettingsError(
            f"the channel layout {layout.name!r} has no place in format {format.value!r}.",
            hint=f"Use one of {quoted(traits.layouts)}; sound is mixed to it.",
        )


def check_bit_rate(format: AudioFormat, bits: int, rate: int, channels: int) -> None:
    """Raise ``SettingsError`` for a bit rate that the encoding cannot keep; lossless ones are not asked."""
    allowed = _TRAITS[format].bit_rates
    if allowed is None or bits in allowed(rate, channels):
        return
    raise SettingsError(
        f"{bits} bits a second is not a valid bit rate for format {format.value!r} at {rate} Hz, {channels} channels.",
        hint=f"Use {_listed(allowed(rate, channels))} bits a second for all channels together.",
    )


def check_bit_depth(format: AudioFormat, depth: int) -> None:
    """Raise ``SettingsError`` for a depth that a lossless encoding is not written with; others have none."""
    depths = _TRAITS[format].bit_depths
    if depths and depth not in depths:
        raise SettingsError(
            f"AVEncoderBitDepthHintKey {depth} is not written for format {format.value!r}.",
            hint=f"Use {' or '.join(map(str, depths))}; 24 bits hold all of 20.",
        )


def _listed(values: Sequence[int]) -> str:
    if isinstance(values, range):
        return f"{values[0]} to {values[-1]}"
    return ", ".join(str(value) for value in values)
