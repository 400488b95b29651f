"""Settings of sound that are known but change nothing, for each encoding, and why.

The encoders here decide some things alone, and many settings are about one encoding only: whoever gives one elsewhere
is told so, for it may be a mistake.
"""

from __future__ import annotations

from collections.abc import Callable

from reelwright.model.audio_keys import KEYS, LPCM, WITHOUT_EFFECT
from reelwright.model.audio_settings import AudioSettings, BitRateStrategy
from reelwright.model.kinds import AudioFormat

__all__ = ["inapplicable"]

_RATE_CONTROL = ("bit_rate", "bit_rate_per_channel", "bit_rate_strategy", "quality_for_vbr")
_COMPRESSED = ("bit_rate", "bit_rate_per_channel", "bit_rate_strategy", "quality", "quality_for_vbr")


def inapplicable(settings: AudioSettings) -> list[tuple[str, str]]:
    """Settings that are known but have no effect with the encoders here: (key, reason), for a ``SettingsWarning``."""
    found = [(f"AV{core}Key", WITHOUT_EFFECT[core]) for core in settings.ignored]
    reasons = _REASONS[settings.format](settings.bit_rate_strategy)
    if settings.format is not AudioFormat.LINEAR_PCM:
        reasons = dict.fromkeys(LPCM, "it is for linear PCM") | reasons
    return found + [(KEYS.shown(name), why) for name, why in reasons.items() if getattr(settings, name) is not None]


_NO_DEPTH = {"bit_depth_hint": "it is for Apple Lossless and FLAC"}


def _pcm_reasons(_: BitRateStrategy | None) -> dict[str, str]:
    return dict.fromkeys(_COMPRESSED, "linear PCM is not compressed") | _NO_DEPTH


def _lossless_reasons(_: BitRateStrategy | None) -> dict[str, str]:
    return dict.fromkeys(_RATE_CONTROL, "lossless sound takes the bits that it needs")


def _aac_reasons(strategy: BitRateStrategy | None) -> dict[str, str]:
    """Which of AAC's settings have no effect beside a strategy, and why."""
    if strategy is BitRateStrategy.VARIABLE:
        return dict.fromkeys(("bit_rate", "bit_rate_per_channel"), "the strategy Variable goes by quality") | _NO_DEPTH
    reasons = {"quality_for_vbr": "it is for the strategy Variable"}
    if strategy is not BitRateStrategy.LONG_TERM_AVERAGE:
        reasons["bit_rate_strategy"] = "the encoder keeps a long-term average"
    return reasons | _NO_DEPTH


def _dolby_reasons(strategy: BitRateStrategy | None) -> dict[str, str]:
    reasons = dict.fromkeys(("quality", "quality_for_vbr"), "the encoder has one quality, and its bit rate") | _NO_DEPTH
    if strategy is not BitRateStrategy.CONSTANT:
        reasons["bit_rate_strategy"] = "the bit rate of AC-3 and E-AC-3 is constant"
    return reasons


def _opus_reasons(_: BitRateStrategy | None) -> dict[str, str]:
    return {"quality_for_vbr": "Opus goes by its bit rate with every strategy"} | _NO_DEPTH


_REASONS: dict[AudioFormat, Callable[[BitRateStrategy | None], dict[str, str]]] = {
    AudioFormat.LINEAR_PCM: _pcm_reasons,
    AudioFormat.AAC: _aac_reasons,
    AudioFormat.ALAC: _lossless_reasons,
    AudioFormat.FLAC: _lossless_reasons,
    AudioFormat.AC3: _dolby_reasons,
    AudioFormat.EAC3: _dolby_reasons,
    AudioFormat.OPUS: _opus_reasons,
}
