"""What each setting means to FFmpeg's JPEG encoder (mjpeg): quality, as a scale of the quantisation tables."""

from __future__ import annotations

from reelwright.codecs.encoder_family import Case, Dialect, Options
from reelwright.codecs.options_prores import INTRA

__all__ = ["JPEG"]

_COARSEST = 31  # FFmpeg's quantiser scale: 1 is the finest
_LAMBDA = 118  # FFmpeg's unit of that scale
_USUAL = 0.85


def _quality(value: float, case: Case) -> Options:
    """0…1 to 31…1, by equal factors: 0.75 is 2.4, 0.5 is 5.6."""
    return {"global_quality": str(max(_LAMBDA, round(_LAMBDA * _COARSEST ** (1 - value))))}


def _base(case: Case) -> Options:
    return {"flags": "+qscale", "qmin": "1"}


def _usual(case: Case) -> Options:
    return _quality(_USUAL, case)


JPEG = Dialect(how={**INTRA, "quality": _quality}, base=_base, usual=_usual, rates=("global_quality", "b"), slices=True)
