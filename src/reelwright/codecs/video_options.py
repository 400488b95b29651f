"""What each setting means to each encoder: one table from compression settings to FFmpeg's options, nothing encoded.

Options are text by name, as FFmpeg takes them. A name that begins with ``@`` is a parameter of the encoder library
itself (x264, x265), for which FFmpeg has no option of its own; they are joined into one option at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import ceil
from typing import Any

from reelwright.model.compression import EntropyMode, VideoCompressionSettings
from reelwright.model.compression_keys import KEYS
from reelwright.model.errors import SettingsError
from reelwright.model.kinds import VideoCodec
from reelwright.model.profile import ProfileLevel
from reelwright.model.settings import VideoSettings

__all__ = ["Case", "EncoderPlan", "Family", "plan_encoder"]

Options = dict[str, str]

# Constant quality when nothing is said: hard to tell from the source, at sizes people expect. x265's scale lies about
# two steps higher for the same look.
_USUAL_CRF = {VideoCodec.H264: 20, VideoCodec.HEVC: 22}
_WORST_CRF = 51
_BUFFER_SECONDS = Fraction(5, 2)  # VBVBufferDuration's default
_FILLED = Fraction(90)  # VBVInitialDelayPercentage's default
_PEAK = Fraction(3, 2)  # of VariableBitRate, when no limit is given
_STEADY = Fraction(3, 4)  # share of a hard limit spent on the steady rate; the rest is the buffer's
_INFINITE = 1 << 30  # x264's and x265's "no further key frame"
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
_RATE_NAMES = ("crf", "qp", "b", "cq", "global_quality", "@crf", "@qp", "@bitrate")


class Family(Enum):
    """Encoders that take the same options; the value is the option that carries the library's own parameters."""

    X264 = "x264opts"  # unlike x264-params, it refuses what x264 does not know
    X265 = "x265-params"
    OTHER = ""

    @classmethod
    def of(cls, encoder: str) -> Family:
        return {"libx264": cls.X264, "libx265": cls.X265}.get(encoder, cls.OTHER)


@dataclass(frozen=True, slots=True)
class Case:
    """What a mapping may depend on besides its own value: encoder, depth, frames a second (nominal where unknown)."""

    encoder: str
    codec: VideoCodec
    bits: int
    frame_rate: Fraction
    compression: VideoCompressionSettings

    @property
    def family(self) -> Family:
        return Family.of(self.encoder)

    @property
    def is_x264(self) -> bool:
        return self.family is Family.X264

    @property
    def is_x265(self) -> bool:
        return self.family is Family.X265


@dataclass(frozen=True, slots=True)
class EncoderPlan:
    """How an encoder will be opened.

    Attributes:
        options: FFmpeg options, the library's own parameters joined.
        overridden: settings that ``encoder_options`` won over, each with what won.
        unapplied: settings that this encoder has no equivalent for.
        key_frame_seconds: longest time from one key frame to the next, to be enforced by forcing; None for no limit.
        slices: work on slices of one frame at a time instead of several frames: no delay, a little less quality.
        checks_parameters: whether unknown library parameters have to be looked for in FFmpeg's log.
    """

    options: Mapping[str, str]
    overridden: tuple[str, ...] = ()
    unapplied: tuple[str, ...] = ()
    key_frame_seconds: Fraction | None = None
    slices: bool = False
    checks_parameters: bool = False


def _bit_rate(value: int, case: Case) -> Options:
    return {"b": str(value)}


def _quality(value: float, case: Case) -> Options | None:
    """0…1 to the constant rate factor; never 0, which is lossless in x264 and in no profile that players know."""
    factor = max(1, round(_WORST_CRF * (1 - value)))
    if case.family is Family.OTHER:
        return {"cq": str(factor), "rc": "vbr"} if case.encoder.endswith("_nvenc") else None
    return {"crf": str(factor)}


def _buffer(rate: Fraction | int, seconds: Fraction, case: Case) -> Options:
    size = round(rate * seconds)
    percent = case.compression.vbv_initial_delay_percentage
    filled = (_FILLED if percent is None else Fraction(percent)) / 100
    options = {"maxrate": str(round(rate)), "bufsize": str(size)}
    start = {"@vbv-init": f"{float(filled):.4f}"} if case.is_x265 else {"rc_init_occupancy": str(round(size * filled))}
    return options | start


def _buffer_seconds(case: Case) -> Fraction:
    given = case.compression.vbv_buffer_duration
    return _BUFFER_SECONDS if given is None else Fraction(given)


def _constant(value: int, case: Case) -> Options:
    options = {"b": str(value)} | _buffer(value, _buffer_seconds(case), case)
    if case.is_x264:
        return options | {"nal-hrd": "cbr"}
    return options | ({"@strict-cbr": "1", "@hrd": "1"} if case.is_x265 else {"minrate": str(value)})


def _variable(value: int, case: Case) -> Options:
    peak = case.compression.vbv_max_bit_rate or value * _PEAK
    return {"b": str(value)} | _buffer(peak, _buffer_seconds(case), case)


def _peak(value: int, case: Case) -> Options:
    return _buffer(value, _buffer_seconds(case), case)


def _limits(value: tuple[tuple[int, Fraction], ...], case: Case) -> Options:
    """In t seconds a leaky bucket lets rate · t + size bits through: both are chosen so that no window gets more."""
    rate = min(size * 8 / seconds for size, seconds in value) * _STEADY
    room = min(size * 8 - rate * seconds for size, seconds in value)
    return _buffer(rate, room / rate, case)


def _key_frames(value: int, case: Case) -> Options:
    return {"g": str(value)}


def _key_frame_seconds(value: Fraction, case: Case) -> Options:
    """For the encoder's planning only; the limit itself is kept by forcing key frames at their times."""
    frames = max(1, ceil(value * case.frame_rate))
    return {"g": str(min(frames, case.compression.max_key_frame_interval or _INFINITE))}


def _temporal(value: bool, case: Case) -> Options:
    return {} if value else {"g": "1", "bf": "0"}


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


def _real_time(value: bool, case: Case) -> Options | None:
    if not value or case.compression.prioritize_encoding_speed_over_quality is not None:
        return {}
    return _speed(True, case)


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
        return {"rc-lookahead": str(value)} if case.encoder.endswith("_nvenc") else None
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
        return {"spatial-aq": "0"} if case.encoder.endswith("_nvenc") else None
    return {"@aq-mode": "0"} if case.is_x265 else {"aq-mode": "0"}


def _nothing(value: Any, case: Case) -> Options:
    """Settings that speak elsewhere: the pixel format, the nominal frame rate, another row's buffer."""
    return {}


# Every compression setting, in the order in which later ones may refine earlier ones.
HOW: dict[str, Callable[[Any, Case], Options | None]] = {
    "prioritize_encoding_speed_over_quality": _speed,
    "real_time": _real_time,
    "average_bit_rate": _bit_rate,
    "quality": _quality,
    "vbv_max_bit_rate": _peak,
    "constant_bit_rate": _constant,
    "variable_bit_rate": _variable,
    "data_rate_limits": _limits,
    "vbv_buffer_duration": _nothing,
    "vbv_initial_delay_percentage": _nothing,
    "max_key_frame_interval": _key_frames,
    "max_key_frame_interval_duration": _key_frame_seconds,
    "suggested_look_ahead_frame_count": _look_ahead,
    "max_frame_delay_count": _delay,
    "allow_frame_reordering": _reordering,
    "allow_temporal_compression": _temporal,
    "allow_open_gop": _open_gop,
    "profile_level": _profile,
    "h264_entropy_mode": _entropy,
    "expected_source_frame_rate": _nothing,
    "average_non_droppable_frame_rate": _nothing,
    "max_h264_slice_bytes": _slice_bytes,
    "reference_buffer_count": _references,
    "min_allowed_frame_qp": _quantiser("qmin"),
    "max_allowed_frame_qp": _quantiser("qmax"),
    "spatial_adaptive_qp_level": _adaptive,
    "output_bit_depth": _nothing,
}


def plan_encoder(
    settings: VideoSettings,
    encoder: str,
    *,
    frame_rate: Fraction,
    is_constant: bool = False,
    threads: int = 0,
    low_latency: bool = False,
) -> EncoderPlan:
    """Turn settings into an encoder's options.

    Args:
        encoder: FFmpeg's name. frame_rate: frames a second, nominal where they vary.
        is_constant: whether frames really come at that rate. threads: for x265's pools; 0 for all.
        low_latency: as ``EncoderSpecification.low_latency``.

    Raises:
        SettingsError: encoder options that the encoder would only find out about on stderr.
    """
    compression = settings.compression
    case = Case(encoder, settings.codec, settings.bit_depth, frame_rate, compression)
    options, origin, unapplied = _from_settings(case)
    if low_latency:
        options |= _low_latency(case)
    own = _base(case, is_constant, threads) | options
    if not any(name in own for name in _RATE_NAMES) and case.family is not Family.OTHER:
        own["crf"] = str(_USUAL_CRF[settings.codec])
    given = dict(_spelled(settings.encoder_options, case))
    _check_given(given, case)
    merged, lost = _merged(own, given)
    shown = tuple(f"{KEYS.shown(origin[name])} ({_winner(name, given)})" for name in lost if name in origin)
    delay = compression.max_frame_delay_count
    seconds = compression.max_key_frame_interval_duration
    return EncoderPlan(
        _joined(merged, case),
        overridden=tuple(dict.fromkeys(shown)),
        unapplied=tuple(unapplied),
        key_frame_seconds=None if seconds is None else Fraction(seconds),
        slices=low_latency or delay is not None,
        checks_parameters=case.is_x265 and any(name.startswith("@") for name in given),
    )


def _from_settings(case: Case) -> tuple[Options, dict[str, str], list[str]]:
    """Options of the settings given, the setting each came from, and the settings without equivalent."""
    options: Options = {}
    origin: dict[str, str] = {}
    unapplied: list[str] = []
    for name, how in HOW.items():
        value = getattr(case.compression, name)
        if value is None:
            continue
        found = how(value, case)
        if found is None:
            unapplied.append(KEYS.shown(name))
            continue
        options |= found
        origin |= dict.fromkeys(found, name)
    return options, origin, unapplied


def _base(case: Case, is_constant: bool, threads: int) -> Options:
    """What every film is opened with: key frames that are real entry points, no talk on stderr, honest timing."""
    if case.is_x264:
        # Constant: the bitstream's timing is the frame rate. Otherwise x264 weighs frames by how long they last.
        return {"preset": "medium", "forced-idr": "1"} | ({"@force-cfr": "1"} if is_constant else {})
    if case.is_x265:
        options = {"preset": "medium", "forced-idr": "1", "@log-level": "none", "@open-gop": "0"}
        timing = {} if is_constant else {"@no-vui-timing-info": "1"}
        return options | timing | ({"@pools": str(threads)} if threads else {})
    return {"forced-idr": "1"} if case.encoder.endswith("_nvenc") else {}


def _low_latency(case: Case) -> Options:
    """EnableLowLatencyRateControl: one key frame, nothing held back, no spatial adaptation, High profile."""
    if case.family is Family.OTHER:
        return {"bf": "0"} | ({"tune": "ull", "zerolatency": "1"} if case.encoder.endswith("_nvenc") else {})
    options = {"tune": "zerolatency", "bf": "0"} | (_adaptive(0, case) or {})
    options |= {"@keyint": "-1"} if case.is_x265 else {"g": str(_INFINITE)}
    if case.is_x264 and case.compression.profile_level is None:
        options["profile"] = "high10" if case.bits > 8 else "high"
    return options


def _spelled(given: Mapping[str, str], case: Case) -> Iterator[tuple[str, str]]:
    """The caller's options, the library's own parameters taken apart."""
    for name, value in given.items():
        if name not in {Family.X264: ("x264-params", "x264opts"), Family.X265: ("x265-params",)}.get(case.family, ()):
            yield name, value
            continue
        for item in filter(None, value.split(":")):
            parameter, _, setting = item.partition("=")
            yield f"@{parameter.strip()}", setting.strip() or "1"


def _check_given(given: Options, case: Case) -> None:
    """Refuse what x264 would print about on stderr before FFmpeg could silence it, and what x265 would only hint at."""
    if case.family is Family.OTHER:
        return
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


def _merged(own: Options, given: Options) -> tuple[Options, list[str]]:
    """The caller's options over ours, and the names of ours that lost."""
    lost = [name for name, value in own.items() if given.get(name, value) != value]
    if any(name in given for name in _RATE_NAMES):
        lost += [name for name in _RATE_NAMES if name in own and name not in given]
    kept = {name: value for name, value in own.items() if name not in lost}
    return kept | given, lost


def _winner(name: str, given: Options) -> str:
    names = [name] if name in given else [other for other in _RATE_NAMES if other in given]
    return ", ".join(f"{other.removeprefix('@')}={given[other]}" for other in names)


def _joined(options: Options, case: Case) -> dict[str, str]:
    plain = {name: value for name, value in options.items() if not name.startswith("@")}
    library = [f"{name[1:]}={value}" for name, value in options.items() if name.startswith("@")]
    return plain | ({case.family.value: ":".join(library)} if library else {})
