"""What each setting means to libvpx's VP9 encoder (libvpx-vp9).

It hands out pictures in the order they are shown; a hidden reference picture travels in one packet with the next shown
one (a superframe). Alpha is a second, grey film beside the first.
"""

from __future__ import annotations

from reelwright.codecs.encoder_family import (
    ELSEWHERE,
    IN_THE_FILE,
    INFINITE,
    Case,
    Dialect,
    How,
    Options,
    all_key_frames,
    bit_rate,
    buffered,
    constant_factor,
    key_frame_seconds,
    key_frames,
    nothing,
    one_of,
    peak_rate,
    real_time_as,
    scaled_quantiser,
)

__all__ = ["VPX"]

_USUAL_CRF = 28
_COARSEST = 63
_LONGEST_LAG = 25
_NARROWEST_TILE = 256  # pixels
_MOST_TILES = 6  # as a power of two


def _quality(value: float, case: Case) -> Options:
    return constant_factor(_COARSEST)(value, case) | {"b": "0"}


def _constant(value: int, case: Case) -> Options:
    return {"b": str(value), "minrate": str(value)} | buffered(value, case)


def _variable(value: int, case: Case) -> Options:
    return {"b": str(value)} | buffered(peak_rate(value, case), case)


def _speed(value: bool, case: Case) -> Options:
    return {"cpu-used": "6" if value else "1"}


def _hurry(value: bool, case: Case) -> Options:
    return {"deadline": "realtime", "cpu-used": "8"}


def _lag(value: int, case: Case) -> Options:
    """Pictures looked at before one is encoded; that many less one are held back."""
    return {"lag-in-frames": str(min(value, _LONGEST_LAG))}


def _reordering(value: bool, case: Case) -> Options:
    """Only hidden reference pictures come out of order."""
    return {} if value else {"auto-alt-ref": "0"}


def _adaptive(value: int, case: Case) -> Options:
    return {"aq-mode": "0"}


_HOW: dict[str, How] = {
    **ELSEWHERE,
    **IN_THE_FILE,
    "prioritize_encoding_speed_over_quality": _speed,
    "real_time": real_time_as(_hurry),
    "average_bit_rate": bit_rate,
    "quality": _quality,
    "vbv_max_bit_rate": buffered,
    "constant_bit_rate": _constant,
    "variable_bit_rate": _variable,
    "max_key_frame_interval": key_frames,
    "max_key_frame_interval_duration": key_frame_seconds,
    "suggested_look_ahead_frame_count": _lag,
    "max_frame_delay_count": _lag,
    "allow_frame_reordering": _reordering,
    "allow_temporal_compression": all_key_frames,
    "allow_open_gop": nothing,
    "min_allowed_frame_qp": scaled_quantiser("qmin", _COARSEST),
    "max_allowed_frame_qp": scaled_quantiser("qmax", _COARSEST),
    "spatial_adaptive_qp_level": _adaptive,
}


def _base(case: Case) -> Options:
    options = {"deadline": "good", "cpu-used": "4", "row-mt": "1", "tile-columns": str(_tiles(case.width))}
    # Hidden pictures would have to be hidden in the alpha's film too, at the same places, which nobody ensures.
    return options | ({"auto-alt-ref": "0"} if case.has_alpha else {})


def _tiles(width: int) -> int:
    """As many tile columns as the picture is wide enough for, as a power of two: they are what threads share."""
    return min(max(width // _NARROWEST_TILE, 1).bit_length() - 1, _MOST_TILES)


def _usual(case: Case) -> Options:
    return {"crf": str(_USUAL_CRF), "b": "0"}


def _low_latency(case: Case) -> Options:
    """One key frame, nothing held back, no spatial adaptation."""
    return {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "aq-mode": "0", "g": str(INFINITE)}


def _check_given(given: Options, case: Case) -> None:
    one_of(given, case, "deadline", ("good", "best", "realtime"))


VPX = Dialect(
    how=_HOW,
    base=_base,
    usual=_usual,
    low_latency=_low_latency,
    check_given=_check_given,
    rates=("crf", "b", "minrate", "lossless"),
)
