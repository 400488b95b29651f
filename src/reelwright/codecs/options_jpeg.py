"""What each setting means to FFmpeg's JPEG encoder (mjpeg): quality, as a scale of the quantisation tables."""

from __future__ import annotations

from reelwright.codecs.encoder_family import INTRA, Case, Dialect, Options
from reelwright.model.errors import SettingsError

__all__ = ["JPEG"]

_COARSEST = 31  # of FFmpeg's scale; 1 is the finest
_LAMBDA = 118  # of that scale's steps, in the unit of the encoder's rate control
_USUAL = 0.85


def _quality(value: float, case: Case) -> Options:
    """0…1 to 31…1, by equal factors: 0.75 is 2, 0.5 is 6.

    The scale is fixed by bounds that leave no choice: FFmpeg's constant quality goes by a mark on each frame, which
    PyAV cannot set.
    """
    scale = round(_COARSEST ** (1 - value))
    bounds = dict.fromkeys(("qmin", "qmax"), str(scale))
    return bounds | dict.fromkeys(("lmin", "lmax"), str(scale * _LAMBDA))


def _usual(case: Case) -> Options:
    return _quality(_USUAL, case)


def _check_given(given: Options, case: Case) -> None:
    for name in ("global_quality", "q"):
        if name in given:
            raise SettingsError(
                f"encoder option {name}={given[name]!r} has no effect on {case.encoder} here.",
                hint="Use quality (AVVideoQualityKey), or qmin, qmax, lmin and lmax.",
            )


JPEG = Dialect(
    how={**INTRA, "quality": _quality},
    usual=_usual,
    check_given=_check_given,
    rates=("qmin", "qmax", "lmin", "lmax", "b"),
    slices=True,
)
