"""What the encoders of sound have to themselves: FFmpeg's name for each, its options, its layouts, its way to end.

``family_of`` gives a format's row of one table; everything that all of them share is in ``sound_packets``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reelwright.model.audio_keys import KEYS
from reelwright.model.audio_settings import AudioQuality, AudioSettings, BitRateStrategy
from reelwright.model.kinds import AudioFormat
from reelwright.model.sound_traits import aac_bit_rates

__all__ = ["SoundFamily", "default_bit_rate", "families", "family_of", "overridden"]

_USUAL_BIT_RATE = 64_000  # a channel, at 44.1 and 48 kHz
# FFmpeg's quality scale for variable bit rates (useful from 0.1 to 2): about 36, 48, 64, 96 and 128 kbit/s a channel.
_VARIABLE_QUALITY = {
    AudioQuality.MIN: Fraction(3, 10),
    AudioQuality.LOW: Fraction(1, 2),
    AudioQuality.MEDIUM: Fraction(4, 5),
    AudioQuality.HIGH: Fraction(5, 4),
    AudioQuality.MAX: Fraction(2),
}
_LAMBDA = 118  # FF_QP2LAMBDA: FFmpeg's options count quality in these
# How hard encoders work, on their own scales; the middle is what they do unasked (Opus: the top).
_ALAC_LEVELS = (0, 1, 2, 2, 2)
_FLAC_LEVELS = (0, 2, 5, 8, 10)  # 11 and 12 leave the subset that every decoder takes (RFC 9639, 7): order 32
_OPUS_LEVELS = (0, 3, 5, 8, 10)
_OPUS_STRATEGIES = {
    BitRateStrategy.CONSTANT: "off",
    BitRateStrategy.LONG_TERM_AVERAGE: "constrained",
    BitRateStrategy.VARIABLE_CONSTRAINED: "constrained",
    BitRateStrategy.VARIABLE: "on",
}
_FULL_BAND = 48000
# The settings, by field, that options of FFmpeg's are made of.
_ORIGINS = {
    "b": ("bit_rate", "bit_rate_per_channel"),
    "vbr": ("bit_rate_strategy",),
    "global_quality": ("quality_for_vbr",),
    "compression_level": ("quality",),
    "aac_coder": ("quality",),
}

# One surround pair is coded as the standard's only one, whether it is called back or side.
_BACK = {"5.0(side)": "5.0", "5.1(side)": "5.1"}
_VORBIS = {"quad(side)": "quad", **_BACK}
_SIDE = {"quad": "quad(side)", "5.0": "5.0(side)", "5.1": "5.1(side)"}
# FFmpeg codes 7.1 in the order of configuration 12, front, side and back pair, but writes configuration 7, which by
# ISO/IEC 14496-3 table 1.19 has its third pair in front.
_AAC_CONFIGURATIONS = {"7.1": 12}


@dataclass(frozen=True, slots=True)
class SoundFamily:
    """One encoder of sound.

    Attributes:
        encoder: FFmpeg's name. options: what settings that are complete mean to it, the caller's own options left out.
        layouts: names under which it codes layouts that the standard knows by another; FFmpeg's names.
        delivers_all: whether flushing it brings what its own delay holds back; if not, silence has to push that out.
        config: the configuration that decoders need, from its extradata and the coded layout.
    """

    encoder: str
    options: Callable[[AudioSettings], dict[str, str]]
    layouts: Mapping[str, str]
    delivers_all: bool = True
    config: Callable[[bytes, str], bytes] = lambda extradata, _: extradata


def families() -> Mapping[AudioFormat, SoundFamily]:
    """All of them."""
    return _FAMILIES


def family_of(format: AudioFormat) -> SoundFamily:
    """The encoder of a format; linear PCM has none."""
    return _FAMILIES[format]


def overridden(settings: AudioSettings) -> tuple[str, ...]:
    """Settings that ``encoder_options`` win over, each with what won: ``"AVEncoderBitRateKey (b=96000)"``."""
    if settings.format is AudioFormat.LINEAR_PCM:
        return ()
    own, given = family_of(settings.format).options(settings), settings.encoder_options
    lost = [
        (name, field) for name in given for field in _ORIGINS.get(name, ()) if own.get(name, given[name]) != given[name]
    ]
    return tuple(
        f"{KEYS.shown(field)} ({name}={given[name]})" for name, field in lost if getattr(settings, field) is not None
    )


def default_bit_rate(sample_rate: int, channels: int) -> int:
    """AAC's bit rate when nobody asks for one: 64 kbit/s a channel at 44.1 and 48 kHz, in proportion at other rates."""
    share = Fraction(1) if sample_rate in (44100, 48000) else Fraction(sample_rate, 48000)
    least, most = aac_bit_rates(sample_rate, channels)
    return min(max(round(_USUAL_BIT_RATE * share) * channels, least), most)


def _aac_options(settings: AudioSettings) -> dict[str, str]:
    assert settings.sample_rate is not None
    assert settings.channels is not None
    # Noise substitution takes the flat spectrum of a click for noise: clicks came out several frames off. It stays off.
    options = {"aac_pns": "0"}
    if settings.bit_rate_strategy is BitRateStrategy.VARIABLE:
        wanted = AudioQuality.HIGH if settings.quality_for_vbr is None else settings.quality_for_vbr
        options["flags"] = "+qscale"
        options["global_quality"] = str(round(_VARIABLE_QUALITY[wanted] * _LAMBDA))
    else:
        rate = settings.total_bit_rate or default_bit_rate(settings.sample_rate, settings.channels)
        options["b"] = str(rate)
    if settings.quality is not None and settings.quality <= AudioQuality.LOW:
        options["aac_coder"] = "fast"
    return options


def _aac_config(extradata: bytes, layout: str) -> bytes:
    if layout not in _AAC_CONFIGURATIONS:
        return extradata
    # 5 bits object type, 4 bits rate, 4 bits channel configuration: bits 6 to 3 of the second byte.
    configured = extradata[1] & 0x87 | _AAC_CONFIGURATIONS[layout] << 3
    return bytes([extradata[0], configured, *extradata[2:]])


def _alac_options(settings: AudioSettings) -> dict[str, str]:
    return _level(settings, _ALAC_LEVELS)


def _flac_options(settings: AudioSettings) -> dict[str, str]:
    return _level(settings, _FLAC_LEVELS)


def _level(settings: AudioSettings, levels: tuple[int, ...]) -> dict[str, str]:
    """How hard to work for the quality that is asked for (FFmpeg's ``compression_level``)."""
    if settings.quality is None:
        return {}
    return {"compression_level": str(levels[list(AudioQuality).index(settings.quality)])}


def _dolby_options(settings: AudioSettings) -> dict[str, str]:
    """Bit rates that nobody asks for are FFmpeg's: 96, 192 and 448 kbit/s for mono, stereo and 5.1."""
    return {"b": str(settings.total_bit_rate)} if settings.total_bit_rate else {}


def _opus_options(settings: AudioSettings) -> dict[str, str]:
    assert settings.sample_rate is not None
    assert settings.channels is not None
    options = {
        "b": str(settings.total_bit_rate or _USUAL_BIT_RATE * settings.channels),
        **_level(settings, _OPUS_LEVELS),
    }
    if settings.bit_rate_strategy is not None:
        options["vbr"] = _OPUS_STRATEGIES[settings.bit_rate_strategy]
    if settings.sample_rate < _FULL_BAND:
        options["cutoff"] = str(settings.sample_rate // 2)
    return options


_FAMILIES: Mapping[AudioFormat, SoundFamily] = {
    AudioFormat.AAC: SoundFamily("aac", _aac_options, _BACK, config=_aac_config),
    AudioFormat.ALAC: SoundFamily("alac", _alac_options, _BACK),
    AudioFormat.AC3: SoundFamily("ac3", _dolby_options, _SIDE, delivers_all=False),
    AudioFormat.EAC3: SoundFamily("eac3", _dolby_options, _SIDE, delivers_all=False),
    AudioFormat.OPUS: SoundFamily("libopus", _opus_options, _VORBIS),
    AudioFormat.FLAC: SoundFamily("flac", _flac_options, _VORBIS),
}
