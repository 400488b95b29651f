"""What each setting means to SVT-AV1 (libsvtav1).

It hands out pictures in the order they are shown, hidden ones inside the packet of the next shown one, and puts a key
frame wherever one is forced; groups of pictures are closed.
"""

from __future__ import annotations

from fractions import Fraction

from reelwright.codecs.encoder_family import (
    ELSEWHERE,
    Case,
    Dialect,
    How,
    Options,
    all_key_frames,
    bit_rate,
    buffer_seconds,
    buffer_start,
    constant_factor,
    display_words,
    key_frame_seconds,
    key_frames,
    light_words,
    nothing,
    real_time_as,
    scaled_quantiser,
    unsupported,
)

__all__ = ["SVT_AV1"]

_USUAL_CRF = 28
_COARSEST = 63
_LONGEST_LOOK_AHEAD = 120
# The library's own steps of parallelism, by the number of threads from which each pays.
_PARALLELISM = ((24, "6"), (12, "5"), (6, "4"), (4, "3"), (2, "2"), (1, "1"))
# Measured: pictures held back by groups of 4 without look-ahead; with the low-delay structure none are.
_SHORT_GROUP_DELAY = 18


def _peak(value: int, case: Case) -> Options:
    """A ceiling exists beside constant quality only (capped CRF)."""
    if case.has_aim:
        why = "it knows a ceiling beside constant quality only"
        unsupported("vbv_max_bit_rate", why, "Use quality with vbv_max_bit_rate, or no ceiling.")(value, case)
    return {"maxrate": str(value), "bufsize": str(round(value * buffer_seconds(case)))}


def _constant(value: int, case: Case) -> Options:
    size = round(value * buffer_seconds(case))
    start = f"{round(buffer_seconds(case) * buffer_start(case) * 1000)}"
    rates = {"b": str(value), "maxrate": str(value), "bufsize": str(size)}
    return rates | {"@pred-struct": "1", "@buf-initial-sz": start}


def _variable(value: int, case: Case) -> Options:
    return {"b": str(value), "bufsize": str(round(value * buffer_seconds(case)))}


def _speed(value: bool, case: Case) -> Options:
    return {"preset": "10" if value else "5"}


def _look_ahead(value: int, case: Case) -> Options:
    return {"@lookahead": str(min(value, _LONGEST_LOOK_AHEAD))}


def _delay(value: int, case: Case) -> Options:
    if value < _SHORT_GROUP_DELAY:
        return {"@pred-struct": "1", "@lookahead": "0"}
    return {"@hierarchical-levels": "2", "@lookahead": "0"}


def _reordering(value: bool, case: Case) -> Options:
    return {} if value else {"@pred-struct": "1"}


def _adaptive(value: int, case: Case) -> Options | None:
    """Its rate control cannot do without."""
    return None if case.has_aim else {"@aq-mode": "0"}


def _mastering_display(value: bytes, case: Case) -> Options:
    return {"@mastering-display": display_words(value, _decimal, _decimal)}


def _decimal(value: Fraction) -> str:
    return f"{float(value):.5f}"


def _light_level(value: bytes, case: Case) -> Options:
    return {"@content-light": light_words(value)}


_HOW: dict[str, How] = {
    **ELSEWHERE,
    "prioritize_encoding_speed_over_quality": _speed,
    "real_time": real_time_as(_speed),
    "average_bit_rate": bit_rate,
    "quality": constant_factor(_COARSEST),
    "vbv_max_bit_rate": _peak,
    "constant_bit_rate": _constant,
    "variable_bit_rate": _variable,
    "max_key_frame_interval": key_frames,
    "max_key_frame_interval_duration": key_frame_seconds,
    "suggested_look_ahead_frame_count": _look_ahead,
    "max_frame_delay_count": _delay,
    "allow_frame_reordering": _reordering,
    "allow_temporal_compression": all_key_frames,
    "allow_open_gop": nothing,
    "min_allowed_frame_qp": scaled_quantiser("qmin", _COARSEST),
    "max_allowed_frame_qp": scaled_quantiser("qmax", _COARSEST),
    "spatial_adaptive_qp_level": _adaptive,
    "mastering_display_color_volume": _mastering_display,
    "content_light_level_info": _light_level,
}


def _base(case: Case) -> Options:
    threads = {"@lp": next(step for least, step in _PARALLELISM if case.threads >= least)} if case.threads else {}
    return {"preset": "8", "chroma_sample_location": "left", **threads}


def _usual(case: Case) -> Options:
    return {"crf": str(_USUAL_CRF)}


def _low_latency(case: Case) -> Options:
    """One key frame, prediction from the past only, nothing held back."""
    return {"preset": "10", "@pred-struct": "1", "@lookahead": "0", "@keyint": "-1"}


SVT_AV1 = Dialect(
    how=_HOW,
    base=_base,
    usual=_usual,
    low_latency=_low_latency,
    parameters="svtav1-params",
    spellings=("svtav1-params",),
    complaints=("Error parsing option",),
    rates=("crf", "qp", "b", "@crf", "@qp", "@tbr", "@rc"),
)
