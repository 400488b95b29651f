"""What each setting means to each encoder: from compression settings to FFmpeg's options, nothing encoded.

The rules of each family of encoders lie in a file of their own (``options_…``); here they are put together with what
the caller gives as ``encoder_options``, which wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction

from reelwright.codecs.encoder_family import Case, Dialect, Family, Options
from reelwright.codecs.options_jpeg import JPEG
from reelwright.codecs.options_prores import PRORES
from reelwright.codecs.options_svtav1 import SVT_AV1
from reelwright.codecs.options_vpx import VPX
from reelwright.codecs.options_x26x import HARDWARE, X264, X265
from reelwright.model.color import TransferFunction
from reelwright.model.compression import VideoCompressionSettings
from reelwright.model.compression_keys import KEYS
from reelwright.model.settings import VideoSettings

__all__ = ["Case", "EncoderPlan", "Family", "plan_encoder"]

_DIALECTS = {
    Family.X264: X264,
    Family.X265: X265,
    Family.SVT_AV1: SVT_AV1,
    Family.VPX: VPX,
    Family.PRORES: PRORES,
    Family.JPEG: JPEG,
    Family.OTHER: HARDWARE,
}
_SETTINGS = tuple(item.name for item in fields(VideoCompressionSettings) if item.name != "ignored")
# x265's own choice of frame threads for a pool of that many threads.
_FRAME_THREADS = ((32, 6), (16, 5), (8, 3), (4, 2), (0, 1))


@dataclass(frozen=True, slots=True)
class EncoderPlan:
    """How an encoder will be opened.

    Attributes:
        options: FFmpeg options, the library's own parameters joined.
        overridden: settings that ``encoder_options`` won over, each with what won.
        unapplied: settings that this encoder has no equivalent for.
        key_frame_seconds: longest time from one key frame to the next, to be enforced by forcing; None for no limit.
        only_key_frames: whether every picture is to be one.
        threads: what FFmpeg is told, 0 for its own choice.
        slices: work on slices of one frame at a time instead of several frames: no delay, a little less quality.
        complaints: how lines of FFmpeg's log begin that tell of an ignored parameter; none when nobody gave any.
    """

    options: Mapping[str, str]
    overridden: tuple[str, ...] = ()
    unapplied: tuple[str, ...] = ()
    key_frame_seconds: Fraction | None = None
    only_key_frames: bool = False
    threads: int = 0
    slices: bool = False
    complaints: tuple[str, ...] = ()


def plan_encoder(
    settings: VideoSettings,
    encoder: str,
    *,
    frame_rate: Fraction,
    bits: int | None = None,
    has_alpha: bool = False,
    width: int = 0,
    is_constant: bool = False,
    is_hdr10: bool = False,
    threads: int = 0,
    low_latency: bool = False,
) -> EncoderPlan:
    """Turn settings into an encoder's options.

    Args:
        encoder: FFmpeg's name. frame_rate: frames a second, nominal where they vary.
        bits: a component; as the settings alone tell when left out. has_alpha, width: of the pictures it is given.
        is_constant: whether frames really come at that rate. is_hdr10: whether the film is tagged PQ.
        threads: for the encoder; 0 for all. low_latency: as ``EncoderSpecification.low_latency``.

    Raises:
        SettingsError: settings that the encoder cannot keep, or encoder options that it would only find out about on
            stderr.
    """
    compression = settings.compression
    depth = settings.bit_depth if bits is None else bits
    case = Case(
        encoder=encoder,
        codec=settings.codec,
        bits=depth,
        frame_rate=frame_rate,
        compression=compression,
        has_alpha=has_alpha,
        width=width or settings.width or 0,
        is_constant=is_constant,
        is_hdr10=is_hdr10 or _is_pq(settings),
        threads=threads,
    )
    dialect = _DIALECTS[case.family]
    options, origin, unapplied = _from_settings(dialect, case)
    if low_latency:
        options |= dialect.low_latency(case)
    own = dialect.base(case) | options
    if not any(name in own for name in dialect.rates):
        own |= dialect.usual(case)
    given = dict(_spelled(settings.encoder_options, dialect))
    dialect.check_given(given, case)
    merged, lost = _merged(own, given, dialect)
    shown = tuple(f"{KEYS.shown(origin[name])} ({_winner(name, given, dialect)})" for name in lost if name in origin)
    seconds = compression.max_key_frame_interval_duration
    return EncoderPlan(
        _joined(merged, dialect),
        overridden=tuple(dict.fromkeys(shown)),
        unapplied=tuple(unapplied),
        key_frame_seconds=None if seconds is None else Fraction(seconds),
        only_key_frames=compression.allow_temporal_compression is False or compression.max_key_frame_interval == 1,
        threads=_ffmpeg_threads(case),
        slices=dialect.slices or low_latency or compression.max_frame_delay_count is not None,
        complaints=dialect.complaints if any(name.startswith("@") for name in given) else (),
    )


def _is_pq(settings: VideoSettings) -> bool:
    color = settings.color
    return color is not None and color.transfer_function is TransferFunction.SMPTE_ST_2084_PQ


def _ffmpeg_threads(case: Case) -> int:
    """x265 divides its pool by itself and wants the number of frames worked on at a time; the others the threads."""
    if case.family is Family.JPEG and not case.threads:
        return 1  # with more than one it leaves out the best tables: a third more bytes (measured)
    if not case.is_x265 or not case.threads:
        return case.threads
    return next(frames for least, frames in _FRAME_THREADS if case.threads >= least)


def _from_settings(dialect: Dialect, case: Case) -> tuple[Options, dict[str, str], list[str]]:
    """Options of the settings given, the setting each came from, and the settings without equivalent."""
    options: Options = {}
    origin: dict[str, str] = {}
    unapplied: list[str] = []
    for name in [*dialect.how, *(name for name in _SETTINGS if name not in dialect.how)]:
        value = getattr(case.compression, name)
        if value is None:
            continue
        found = dialect.how[name](value, case) if name in dialect.how else None
        if found is None:
            unapplied.append(KEYS.shown(name))
            continue
        options |= found
        origin |= dict.fromkeys(found, name)
    return options, origin, unapplied


def _spelled(given: Mapping[str, str], dialect: Dialect) -> Iterator[tuple[str, str]]:
    """The caller's options, the library's own parameters taken apart."""
    for name, value in given.items():
        if name not in dialect.spellings:
            yield name, value
            continue
        for item in filter(None, value.split(":")):
            parameter, _, setting = item.partition("=")
            yield f"@{parameter.strip()}", setting.strip() or "1"


def _merged(own: Options, given: Options, dialect: Dialect) -> tuple[Options, list[str]]:
    """The caller's options over ours, and the names of ours that lost."""
    lost = [name for name, value in own.items() if given.get(name, value) != value]
    if any(name in given for name in dialect.rates):
        lost += [name for name in dialect.rates if name in own and name not in given]
    kept = {name: value for name, value in own.items() if name not in lost}
    return kept | given, lost


def _winner(name: str, given: Options, dialect: Dialect) -> str:
    names = [name] if name in given else [other for other in dialect.rates if other in given]
    return ", ".join(f"{other.removeprefix('@')}={given[other]}" for other in names)


def _joined(options: Options, dialect: Dialect) -> dict[str, str]:
    plain = {name: value for name, value in options.items() if not name.startswith("@")}
    library = [f"{name[1:]}={value}" for name, value in options.items() if name.startswith("@")]
    return plain | ({dialect.parameters: ":".join(library)} if library else {})
