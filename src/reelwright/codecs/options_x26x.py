"""What each setting means to x264 and x265, and to hardware encoders, which take FFmpeg's common options."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from reelwright.codecs.encoder_family import (
    ELSEWHERE,
    INFINITE,
    Case,
    Dialect,
    Family,
    How,
    Options,
    all_key_frames,
    bit_rate,
    buffer_start,
    buffered,
    display_words,
    key_frame_seconds,
    key_frames,
    light_words,
    peak_rate,
    real_time_as,
)
from reelwright.model.compression import EntropyMode
from reelwright.model.errors import SettingsError
from reelwright.model.kinds import VideoCodec
from reelwright.model.profile import ProfileLevel

__all__ = ["HARDWARE", "X264", "X265"]

# Constant quality when nothing is said: hard to tell from the source, at sizes people expect. x265's scale lies about
# two steps higher for the same look.
_USUAL_CRF = {VideoCodec.H264: 20, VideoCodec.HEVC: 22}
_WORST_CRF = 51
_STEADY = Fraction(3, 4)  # share of a hard limit spent on the steady rate; the rest is the buffer's
_LOOK_AHEAD = 40
_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"]
_TUNES = {
    "libx264": ["film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", "zerolatency"],
    "libx265": ["psnr", "ssim", "grain", "fastdecode", "zerolatency", "animation"],
}
# Profiles by the bit depths they carry: x264 complains on stderr where FFmpeg cannot silence it.
_X264_PROFILES = {
    8: ["baseline", "main", "high", "high10", "high422", "high444"],
    10: ["high10", "high422", "high444"],
}
_PROFILES = {
    "Baseline": "baseline",
    "ConstrainedBaseline": "baseline",
    "Main": "main",
    "High": "high",
    "ConstrainedHigh": "high",
    "High10": "high10",
    "Main10": "main10",
}
_RATES = ("crf", "qp", "b", "cq", "global_quality", "@crf", "@qp", "@bitrate")


def _quality(value: float, case: Case) -> Options | None:
    """0…1 to the constant rate factor; never 0, which is lossless in x264 and in no profile that players know."""
    factor = max(1, round(_WORST_CRF * (1 - value)))
    if case.family is Family.OTHER:
        return {"cq": str(factor), "rc": "vbr"} if case.is_nvenc else None
    return {"crf": str(factor)}


def _buffered(rate: Fraction | int, case: Case, seconds: Fraction | None = None) -> Options:
    """The common buffer (of other seconds where they are given); x265 has a word of its own for its start."""
    options = buffered(rate, case, seconds)
    if case.is_x265:
        del options["rc_init_occupancy"]
        options["@vbv-init"] = f"{float(buffer_start(case)):.4f}"
    return options


def _constant(value: int, case: Case) -> Options:
    options = {"b": str(value)} | _buffered(value, case)
    if case.is_x264:
        return options | {"nal-hrd": "cbr"}
    return options | ({"@strict-cbr": "1", "@hrd": "1"} if case.is_x265 else {"minrate": str(value)})


def _variable(value: int, case: Case) -> Options:
    return {"b": str(value)} | _buffered(peak_rate(value, case), case)


def _limits(value: tuple[tuple[int, Fraction], ...], case: Case) -> Options:
    """In t seconds a leaky bucket lets rate · t + size bits through: both are chosen so that no window gets more."""
    rate = min(size * 8 / seconds for size, seconds in value) * _STEADY
    room = min(size * 8 - rate * seconds for size, seconds in value)
    return _buffered(rate, case, room / rate)


def _temporal(value: bool, case: Case) -> Options:
    return all_key_frames(value, case) | ({} if value else {"bf": "0"})


def _reordering(value: bool, case: Case) -> Options:
    return {} if value else {"bf": "0"}


def _open_gop(value: bool, case: Case) -> Options | None:
    if case.family is Family.OTHER:
        return None if value else {"flags": "+cgop"}
    return {"@open-gop": "1" if value else "0"}


def _profile(value: ProfileLevel, case: Case) -> Options:
    options = {"profile": _PROFILES[value.profile]}
    if not value.allows_frame_reordering:
        options["bf"] = "0"
    if value.level is not None:
        options |= {"@level-idc": value.level} if case.is_x265 else {"level": value.level}
    return options


def _entropy(value: EntropyMode, case: Case) -> Options:
    return {"coder": "vlc" if value is EntropyMode.CAVLC else "cabac"}


def _speed(value: bool, case: Case) -> Options | None:
    return None if case.family is Family.OTHER else {"preset": "veryfast" if value else "slow"}


def _delay(value: int, case: Case) -> Options | None:
    """Frames that may wait inside: B-frames, look-ahead and frame threads all take from the same allowance."""
    if case.is_x264:
        kept = {"bf": str(min(value, 3)), "b_strategy": "1", "rc-lookahead": str(min(value, _LOOK_AHEAD))}
        return kept | {"@sync-lookahead": "0", "@force-cfr": "1"}
    if case.is_x265:
        # Measured: with any look-ahead it holds look-ahead + B-frames + 3, without either nothing.
        bframes = 3 if value >= 10 else 1 if value >= 6 else 0
        ahead = str(max(0, min(value - bframes - 3, _LOOK_AHEAD)))
        return {"bf": str(bframes), "@b-adapt": "0", "@rc-lookahead": ahead, "@frame-threads": "1"}
    return {"bf": str(min(value, 2))}


def _look_ahead(value: int, case: Case) -> Options | None:
    if case.family is Family.OTHER:
        return {"rc-lookahead": str(value)} if case.is_nvenc else None
    return {"@rc-lookahead": str(value)} if case.is_x265 else {"rc-lookahead": str(value)}


def _slice_bytes(value: int, case: Case) -> Options | None:
    return {"slice-max-size": str(value)} if case.is_x264 else None


def _references(value: int, case: Case) -> Options:
    return {"refs": str(value)}


def _quantiser(name: str) -> Callable[[int, Case], Options]:
    def how(value: int, case: Case) -> Options:
        # x264 counts from 0 at every depth, the standards (and x265) from −12 at 10 bits.
        return {name: str(value + (6 * (case.bits - 8) if case.is_x264 else 0))}

    return how


def _adaptive(value: int, case: Case) -> Options | None:
    if case.family is Family.OTHER:
        return {"spatial-aq": "0"} if case.is_nvenc else None
    return {"@aq-mode": "0"} if case.is_x265 else {"aq-mode": "0"}


def _mastering_display(value: bytes, case: Case) -> Options:
    """In both libraries' notation: 0.00002 and 0.0001 cd/m². A hardware encoder's film has it in the file only."""
    if case.family is Family.OTHER:
        return {}
    words = display_words(value, lambda x: str(round(x * 50_000)), lambda nits: str(round(nits * 10_000)))
    return {"@master-display" if case.is_x265 else "@mastering-display": words}


def _light_level(value: bytes, case: Case) -> Options:
    if case.family is Family.OTHER:
        return {}
    return {"@max-cll" if case.is_x265 else "@cll": light_words(value)}


# Every compression setting, in the order in which later ones may refine earlier ones.
_HOW: dict[str, How] = {
    **ELSEWHERE,
    "prioritize_encoding_speed_over_quality": _speed,
    "real_time": real_time_as(_speed),
    "average_bit_rate": bit_rate,
    "quality": _quality,
    "vbv_max_bit_rate": _buffered,
    "constant_bit_rate": _constant,
    "variable_bit_rate": _variable,
    "data_rate_limits": _limits,
    "max_key_frame_interval": key_frames,
    "max_key_frame_interval_duration": key_frame_seconds,
    "suggested_look_ahead_frame_count": _look_ahead,
    "max_frame_delay_count": _delay,
    "allow_frame_reordering": _reordering,
    "allow_temporal_compression": _temporal,
    "allow_open_gop": _open_gop,
    "profile_level": _profile,
    "h264_entropy_mode": _entropy,
    "max_h264_slice_bytes": _slice_bytes,
    "reference_buffer_count": _references,
    "min_allowed_frame_qp": _quantiser("qmin"),
    "max_allowed_frame_qp": _quantiser("qmax"),
    "spatial_adaptive_qp_level": _adaptive,
    "mastering_display_color_volume": _mastering_display,
    "content_light_level_info": _light_level,
}


def _base(case: Case) -> Options:
    """What every film is opened with: key frames that are real entry points, no talk on stderr, honest timing."""
    if case.is_x264:
        # Constant: the bitstream's timing is the frame rate. Otherwise x264 weighs frames by how long they last.
        return {"preset": "medium", "forced-idr": "1"} | ({"@force-cfr": "1"} if case.is_constant else {})
    if case.is_x265:
        options = {"preset": "medium", "forced-idr": "1", "@log-level": "none", "@open-gop": "0"}
        options |= {"@hdr10-opt": "1"} if case.is_hdr10 and case.bits > 8 else {}
        timing = {} if case.is_constant else {"@no-vui-timing-info": "1"}
        return options | timing | ({"@pools": str(case.threads)} if case.threads else {})
    return {"forced-idr": "1"} if case.is_nvenc else {}


def _usual(case: Case) -> Options:
    return {"crf": str(_USUAL_CRF[case.codec])}


def _low_latency(case: Case) -> Options:
    """EnableLowLatencyRateControl: one key frame, nothing held back, no spatial adaptation, High profile."""
    if case.family is Family.OTHER:
        return {"bf": "0"} | ({"tune": "ull", "zerolatency": "1"} if case.is_nvenc else {})
    options = {"tune": "zerolatency", "bf": "0"} | (_adaptive(0, case) or {})
    options |= {"@keyint": "-1"} if case.is_x265 else {"g": str(INFINITE)}
    if case.is_x264 and case.compression.profile_level is None:
        options["profile"] = "high10" if case.bits > 8 else "high"
    return options


def _check_given(given: Options, case: Case) -> None:
    """Refuse what x264 would print about on stderr before FFmpeg could silence it, and what x265 would only hint at."""
    tunes = _TUNES[case.encoder]
    checks = {
        "preset": ([given["preset"]] if "preset" in given else [], _PRESETS),
        "tune": (given.get("tune", "").replace(",", " ").split(), tunes),
        "profile": (
            [given["profile"]] if "profile" in given and case.is_x264 else [],
            _X264_PROFILES.get(case.bits, []),
        ),
    }
    for name, (values, allowed) in checks.items():
        for value in values:
            if value not in allowed and not (name == "preset" and value.isdigit() and int(value) < len(_PRESETS)):
                raise SettingsError(
                    f"encoder option {name}={value!r} does not exist for {case.encoder} at {case.bits} bits.",
                    hint=f"Use one of {', '.join(allowed)}.",
                )


X264 = Dialect(
    how=_HOW,
    base=_base,
    usual=_usual,
    low_latency=_low_latency,
    check_given=_check_given,
    parameters="x264opts",  # unlike x264-params, it refuses what x264 does not know
    spellings=("x264-params", "x264opts"),
    rates=_RATES,
)
X265 = Dialect(
    how=_HOW,
    base=_base,
    usual=_usual,
    low_latency=_low_latency,
    check_given=_check_given,
    parameters="x265-params",
    spellings=("x265-params",),
    complaints=("Unknown option", "Invalid value"),
    rates=_RATES,
)
# Encoders that need a device, and others by name; each has a way of its own to set a quality, which FFmpeg's default
# leaves alone. FFmpeg's own threads must not take a frame each: they would look at memory that holds the next picture.
HARDWARE = Dialect(how=_HOW, base=_base, low_latency=_low_latency, rates=_RATES, slices=True)
