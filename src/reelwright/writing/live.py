"""What a live source asks of an encoder: speed, no reordering, and a frame rate that nobody measured yet.

Only what the settings leave open is decided here, and only where the encoder at hand knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from reelwright.codecs.catalog import choose
from reelwright.codecs.video_options import plan_encoder
from reelwright.model.errors import SettingsError
from reelwright.model.settings import VideoSettings

__all__ = ["NOMINAL_RATE", "Latency", "likely_rate", "tuned"]

NOMINAL_RATE = Fraction(30)
_FASTEST = Fraction(1000)  # frames a second that an encoder is told of at most: two pictures may come close together
_NEAR = Fraction(1, 20)  # how far one interval may be from a common rate's and still be taken for it
_NTSC = (24, 30, 48, 60, 120)
_COMMON = tuple(
    sorted(
        [
            *map(Fraction, (10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 72, 90, 100, 120, 144, 240)),
            *(Fraction(rate * 1000, 1001) for rate in _NTSC),
        ]
    )
)


@dataclass(slots=True)
class Latency:
    """Seconds that samples needed from ``append`` to the encoder's answer: how many, in all, and at most."""

    count: int = 0
    total: float = 0.0
    peak: float = 0.0

    def note(self, seconds: float) -> None:
        self.count += 1
        self.total += seconds
        self.peak = max(self.peak, seconds)

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0


def tuned(settings: VideoSettings) -> VideoSettings:
    """Settings for a live source: ``RealTime`` and no frame reordering, unless they say otherwise.

    Reordered pictures come out late, and a pause would have to be known before the picture in front of it is encoded.

    Raises:
        EncoderNotFoundError, SettingsError: as ``choose`` and ``plan_encoder``, for the settings as they are.
    """
    wishes = {"real_time": True, "allow_frame_reordering": False}
    if settings.compression.prioritize_encoding_speed_over_quality is not None:
        del wishes["real_time"]
    for name, wish in wishes.items():
        if getattr(settings.compression, name) is None:
            settings = _with(settings, name, wish)
    return settings


def _with(settings: VideoSettings, name: str, wish: bool) -> VideoSettings:
    """The settings with a wish, or without it where the encoder, its options or another setting speak against it."""
    encoder = choose(settings.codec, settings.encoder_specification, settings.bit_depth)
    plan = plan_encoder(settings, encoder, frame_rate=NOMINAL_RATE)
    change: dict[str, Any] = {name: wish}
    try:
        wished = replace(settings, compression=replace(settings.compression, **change))
        other = plan_encoder(wished, encoder, frame_rate=NOMINAL_RATE)
    except SettingsError:
        return settings
    agrees = (other.unapplied, other.overridden) == (plan.unapplied, plan.overridden)
    return wished if agrees else settings


def likely_rate(interval: Fraction) -> Fraction:
    """Frames a second of a source whose first two pictures lie so far apart.

    One interval of a source that jitters says little: a rate that is not plain by itself is taken for the common rate
    next to it, if there is one near.
    """
    rate = 1 / interval
    if rate <= 1:
        return rate
    if rate.denominator > 10 and rate.denominator != 1001:
        nearest = min(_COMMON, key=lambda common: abs(common - rate))
        if abs(nearest - rate) <= nearest * _NEAR:
            return nearest
    return min(rate.limit_denominator(1 << 16), _FASTEST)
