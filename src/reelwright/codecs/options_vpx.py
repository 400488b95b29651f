"""What each setting means to libvpx's VP9 encoder (libvpx-vp9).

It hands out pictures in the order they are shown; a hidden reference picture travels in one packet with the next shown
one (a superframe). Alpha is a second, grey film beside the first.
"""

from __future__ import annotations

from fractions import Fraction

from reelwright.codecs.encoder_family import (
    INFINITE,
    Case,
    Dialect,
    How,
    Options,
    all_key_frames,
    bit_rate,
    buffer_seconds,
    buffer_start,
    constant_factor,
    key_frame_seconds,
    key_frames,
    nothing,
    one_of,
    scaled_quantiser,
)

__all__ = ["VPX"]

_USUAL_CRF = 28
_COARSEST = 63
_LONGEST_LAG = 25
_PEAK = Fraction(3, 2)  # of VariableBitRate, when no limit is given
_NARROWEST_TILE = 256  # pixels
_MOST_TILES = 6  # as a power of two


def _quality(value: float, case: Case) -> Options:
    return constant_factor(_COARSEST)(value, case) | {"b": "0"}


def _buffered(rate: Fraction | int, case: Case) -> Options:
    size = round(rate * buffer_seconds(case))
    start = {"rc_init_occupancy": str(round(size * buffer_start(case)))}
    return {"maxrate": str(round(rate)), "bufsize": str(size)} | start


def _constant(value: int, case: Case) -> Options:
    return {"b": str(value), "minrate": str(value)} | _buffered(value, case)


def _variable(value: int, case: Case) -> Options:
    return {"b": str(value)} | _buffered(case.compression.vbv_max_bit_rate or value * _PEAK, case)


def _speed(value: bool, case: Case) -> Options:
    return {"cpu-used": "6" if value else "1"}


def _real_time(value: bool, case: Case) -> Options:
    asked = case.compression.prioritize_encoding_speed_over_quality
    return {"deadline": "realtime", "cpu-used": "8"} if value and asked is None else {}


def _lag(value: int, case: Case) -> Options:
    """Pictures looked at before one is encoded; that many less one are held back."""
    return {"lag-in-frames": str(min(value, _LONGEST_LAG))}


def _reordering(value: bool, case: Case) -> Options:
    """Only hidden reference pictures come out of order."""
    return {} if value else {"auto-alt-ref": "0"}


def _adaptive(value: int, case: Case) -> Options:
    return {"aq-mode": "0"}


_HOW: dict[str, How] = {
    "prioritize_encoding_speed_over_quality": _speed,
    "real_time": _real_time,
    "average_bit_rate": bit_rate,
    "quality": _quality,
    "vbv_max_bit_rate": _buffered,
    "constant_bit_rate": _constant,
    "variable_bit_rate": _variable,
    "vbv_buffer_duration": nothing,
    "vbv_initial_delay_percentage": nothing,
    "max_key_frame_interval": key_frames,
    "max_key_frame_interval_duration": key_frame_seconds,
    "suggested_look_ahead_frame_count": _lag,
    "max_frame_delay_count": _lag,
    "allow_frame_reordering": _reordering,
    "allow_temporal_compression": all_key_frames,
    "allow_open_gop": nothing,
    "expected_source_frame_rate": nothing,
    "average_non_droppable_frame_rate": nothing,
    "min_allowed_frame_qp": scaled_quantiser("qmin", _COARSEST),
    "max_allowed_frame_qp": scaled_quantiser("qmax", _COARSEST),
    "spatial_adaptive_qp_level": _adaptive,
    "output_bit_depth": nothing,
    "preserve_alpha_channel": nothing,
    # VP9's bitstream has no place for them; the file has.
    "mastering_display_color_volume": nothing,
    "content_light_level_info": nothing,
    "hdr_metadata_insertion_mode": nothing,
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
