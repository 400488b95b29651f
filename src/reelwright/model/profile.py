"""Profiles and levels of H.264 and HEVC: what a decoder of that class can take, as the standards' tables say.

``ProfileLevel`` reads and writes Video Toolbox's strings (``H264_High_4_1``, ``HEVC_Main10_AutoLevel``), and
``check_level`` compares a picture's size, rate, bit rate and references with Annex A's limits and names the lowest
level that would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any, NamedTuple

from reelwright.model.errors import SettingsError
from reelwright.model.keys import quoted
from reelwright.model.kinds import VideoCodec

__all__ = ["Level", "Picture", "ProfileLevel", "check_level", "levels", "profiles"]


class Level(NamedTuple):
    """Limits of one level, in macroblocks (H.264 table A-1) or luma samples (HEVC tables A.8 and A.9).

    ``bit_rate`` is in bits a second for the profile with the smallest limit, and the high tier's where HEVC has one.
    """

    name: str
    picture: int
    rate: int
    bit_rate: int
    buffer: int  # H.264: macroblocks of the decoded picture buffer; HEVC: not used, the picture's size decides


# ITU-T H.264 table A-1: level, MaxFS, MaxMBPS, MaxBR (× 1000), MaxDpbMbs. Level 1b has no string form and is left out.
_H264 = """
1.0 99 1485 64 396 | 1.1 396 3000 192 900 | 1.2 396 6000 384 2376 | 1.3 396 11880 768 2376
2.0 396 11880 2000 2376 | 2.1 792 19800 4000 4752 | 2.2 1620 20250 4000 8100
3.0 1620 40500 10000 8100 | 3.1 3600 108000 14000 18000 | 3.2 5120 216000 20000 20480
4.0 8192 245760 20000 32768 | 4.1 8192 245760 50000 32768 | 4.2 8704 522240 50000 34816
5.0 22080 589824 135000 110400 | 5.1 36864 983040 240000 184320 | 5.2 36864 2073600 240000 184320
6.0 139264 4177920 240000 696320 | 6.1 139264 8355840 480000 696320 | 6.2 139264 16711680 800000 696320
"""
# ITU-T H.265 tables A.8 and A.9: level, MaxLumaPs, MaxLumaSr, MaxBR (× 1000; high tier from level 4 on).
_HEVC = """
1.0 36864 552960 128 0 | 2.0 122880 3686400 1500 0 | 2.1 245760 7372800 3000 0
3.0 552960 16588800 6000 0 | 3.1 983040 33177600 10000 0
4.0 2228224 66846720 30000 0 | 4.1 2228224 133693440 50000 0
5.0 8912896 267386880 100000 0 | 5.1 8912896 534773760 160000 0 | 5.2 8912896 1069547520 240000 0
6.0 35651584 1069547520 240000 0 | 6.1 35651584 2139095040 480000 0 | 6.2 35651584 4278190080 800000 0
"""


def _table(text: str) -> tuple[Level, ...]:
    rows = [row.split() for row in text.replace("\n", "|").split("|") if row.strip()]
    return tuple(Level(row[0], int(row[1]), int(row[2]), int(row[3]) * 1000, int(row[4])) for row in rows)


_LEVELS = {VideoCodec.H264: _table(_H264), VideoCodec.HEVC: _table(_HEVC)}


class _Profile(NamedTuple):
    """A profile we can write: its bit depths, and how much more bit rate it allows than Annex A's first column."""

    bits: tuple[int, ...]
    bit_rate_factor: Fraction = Fraction(1)
    cabac: bool = True
    reordering: bool = True


# H.264 table A-2 (cpbBrVclFactor) gives High 1.25 and High 10 three times the bit rate of Main.
_PROFILES: dict[VideoCodec, dict[str, _Profile]] = {
    VideoCodec.H264: {
        "Baseline": _Profile((8,), cabac=False, reordering=False),
        "ConstrainedBaseline": _Profile((8,), cabac=False, reordering=False),
        "Main": _Profile((8,)),
        "High": _Profile((8,), Fraction(5, 4)),
        "ConstrainedHigh": _Profile((8,), Fraction(5, 4), reordering=False),
        "High10": _Profile((10,), Fraction(3)),
    },
    VideoCodec.HEVC: {"Main": _Profile((8,)), "Main10": _Profile((8, 10))},
}
# Video Toolbox's further profiles, and why they cannot be had.
_REFUSED = {
    "H264_Extended": "no encoder here writes H.264's Extended profile",
    "HEVC_Main42210": "pictures are 4:2:0 here",
    "HEVC_Monochrome": "pictures are 4:2:0 here",
    "HEVC_Monochrome10": "pictures are 4:2:0 here",
}
_PREFIX = {VideoCodec.H264: "H264", VideoCodec.HEVC: "HEVC"}


def levels(codec: VideoCodec) -> tuple[Level, ...]:
    """The codec's levels, lowest first; none for codecs whose levels are not chosen here."""
    return _LEVELS.get(codec, ())


def profiles(codec: VideoCodec) -> tuple[str, ...]:
    """The codec's profiles that can be written, each as its string with ``AutoLevel``."""
    return tuple(f"{_PREFIX[codec]}_{name}_AutoLevel" for name in _PROFILES.get(codec, ()))


@dataclass(frozen=True, slots=True)
class ProfileLevel:
    """What class of decoder a stream is for (``AVVideoProfileLevelKey``, ``kVTProfileLevel_…``).

    Args:
        codec: H.264 or HEVC.
        profile: ``"Baseline"``, ``"ConstrainedBaseline"``, ``"Main"``, ``"High"``, ``"ConstrainedHigh"``, ``"High10"``
            for H.264; ``"Main"``, ``"Main10"`` for HEVC.
        level: ``"4.1"``; None lets the encoder find the lowest that will do (``AutoLevel``).

    >>> ProfileLevel.of("H264_High_4_1").level
    '4.1'

    Raises:
        SettingsError: a profile or level that the codec does not have, or that cannot be written.
    """

    codec: VideoCodec
    profile: str
    level: str | None = None

    def __post_init__(self) -> None:
        if self.codec not in _PREFIX:
            raise SettingsError(
                f"video codec type {self.codec.value} has no profiles to choose from.", hint="Leave the profile out."
            )
        named = f"{_PREFIX[self.codec]}_{self.profile}"
        if self.profile not in _PROFILES[self.codec]:
            why = _REFUSED.get(named)
            raise _refused(named, why or "there is no such profile", self.codec)
        if self.level is not None and self.level not in [level.name for level in _LEVELS[self.codec]]:
            allowed = quoted(level.name for level in _LEVELS[self.codec])
            raise SettingsError(
                f"video codec type {self.codec.value} has no level {self.level!r}.",
                hint=f"Use one of {allowed}, or AutoLevel.",
            )

    @classmethod
    def of(cls, value: Any) -> ProfileLevel:
        """Read Video Toolbox's string, with or without ``AVVideoProfileLevel`` or ``kVTProfileLevel_`` before it.

        Raises:
            SettingsError: a string of another shape, or a profile or level that the codec does not have.
        """
        if isinstance(value, ProfileLevel):
            return value
        text = value if isinstance(value, str) else ""
        text = text.removeprefix("AVVideoProfileLevel").removeprefix("kVTProfileLevel_")
        for codec, prefix in _PREFIX.items():
            family, _, rest = text.partition("_") if "_" in text else (text[:4], "", text[4:])
            if family != prefix or not rest:
                continue
            profile, level = _split(rest)
            return cls(codec, profile, level)
        every = quoted(name for codec in _PROFILES for name in profiles(codec))
        raise SettingsError(
            f"{value!r} is no ProfileLevel.",
            hint=f"Use {every}, or a level such as 'H264_High_4_1' instead of AutoLevel.",
        )

    def __str__(self) -> str:
        level = "AutoLevel" if self.level is None else self.level.replace(".", "_")
        return f"{_PREFIX[self.codec]}_{self.profile}_{level}"

    @property
    def bits(self) -> tuple[int, ...]:
        """Bit depths the profile can carry."""
        return _PROFILES[self.codec][self.profile].bits

    @property
    def allows_cabac(self) -> bool:
        return _PROFILES[self.codec][self.profile].cabac

    @property
    def allows_frame_reordering(self) -> bool:
        """Whether B-frames exist in the profile."""
        return _PROFILES[self.codec][self.profile].reordering

    @property
    def bit_rate_factor(self) -> Fraction:
        """By what Annex A's bit rates are multiplied for this profile."""
        return _PROFILES[self.codec][self.profile].bit_rate_factor


def _split(rest: str) -> tuple[str, str | None]:
    """``High_4_1``, ``High_AutoLevel``, ``High41``, ``HighAutoLevel`` or ``High`` → profile and level."""
    if rest.endswith("AutoLevel"):
        return rest.removesuffix("AutoLevel").rstrip("_"), None
    pieces = rest.split("_")
    if len(pieces) == 3:
        return pieces[0], f"{pieces[1]}.{pieces[2]}"
    if len(pieces) == 1 and rest[-2:].isdigit() and not rest.endswith("10"):
        return rest[:-2], f"{rest[-2]}.{rest[-1]}"
    return rest, None


def _refused(named: str, why: str, codec: VideoCodec) -> SettingsError:
    return SettingsError(
        f"for compression property ProfileLevel, {named!r} cannot be used: {why}.",
        hint=f"Video codec type {codec.value} allows {quoted(profiles(codec))}, or a level such as 4_1 instead.",
    )


class Picture(NamedTuple):
    """What a level is asked to carry; rate, bit rate and references are None where they are not known."""

    width: int
    height: int
    rate: Fraction | None = None
    bit_rate: int | None = None
    references: int | None = None


def _troubles(codec: VideoCodec, level: Level, picture: Picture, factor: Fraction) -> list[str]:
    """What of a picture is too much for a level, in words."""
    unit = 16 if codec is VideoCodec.H264 else 1
    across, down = -(-picture.width // unit), -(-picture.height // unit)
    area, side = across * down, isqrt(level.picture * 8)
    noun = "macroblocks" if unit == 16 else "luma samples"
    found = []
    if area > level.picture:
        found.append(f"{area} {noun} a picture (it allows {level.picture})")
    elif max(across, down) > side:
        found.append(f"a side of {max(picture.width, picture.height)} pixels (it allows {side * unit})")
    if picture.rate is not None and area * picture.rate > level.rate:
        found.append(f"{float(area * picture.rate):.0f} {noun} a second (it allows {level.rate})")
    if picture.bit_rate is not None and picture.bit_rate > level.bit_rate * factor:
        found.append(f"{picture.bit_rate} bits a second (it allows {int(level.bit_rate * factor)})")
    if picture.references is not None and area <= level.picture:
        most = _references(codec, level, area)
        if picture.references > most:
            found.append(f"{picture.references} reference pictures (it allows {most} of this size)")
    return found


def _references(codec: VideoCodec, level: Level, area: int) -> int:
    """Reference pictures that fit the decoded picture buffer (H.264 A.3.1; HEVC A.4.2, less the picture itself)."""
    if codec is VideoCodec.H264:
        return min(level.buffer // area, 16)
    for numerator, pictures in ((1, 16), (2, 12), (3, 8)):
        if area <= level.picture * numerator // 4:
            return pictures - 1
    return 5


def check_level(codec: VideoCodec, profile_level: ProfileLevel | None, picture: Picture) -> None:
    """Refuse a level that cannot carry the picture, and a size that no level can (H.264 and H.265, Annex A).

    Raises:
        SettingsError: names what is too much, and the lowest level that would do.
    """
    factor = profile_level.bit_rate_factor if profile_level else Fraction(1)
    given = _LEVELS[codec][-1]
    if profile_level is None or profile_level.level is None:
        picture = Picture(picture.width, picture.height)  # the rest is a wish while the encoder picks the level
    else:
        given = next(row for row in _LEVELS[codec] if row.name == profile_level.level)
    troubles = _troubles(codec, given, picture, factor)
    if not troubles:
        return
    enough = [row.name for row in _LEVELS[codec] if not _troubles(codec, row, picture, factor)]
    raise SettingsError(
        f"level {given.name} of {_PREFIX[codec]} cannot carry {picture.width}×{picture.height} pixels: "
        f"{' and '.join(troubles)}.",
        hint=_way_out(codec, profile_level, enough),
    )


def _way_out(codec: VideoCodec, profile_level: ProfileLevel | None, enough: list[str]) -> str:
    if not enough or profile_level is None or profile_level.level is None:
        return f"No level of {_PREFIX[codec]} can; use a smaller picture" + (
            ", or HEVC." if codec is VideoCodec.H264 else "."
        )
    lowest = ProfileLevel(codec, profile_level.profile, enough[0])
    auto = ProfileLevel(codec, profile_level.profile)
    return f"The lowest level that can is {enough[0]}: use {str(lowest)!r}, or {str(auto)!r}."
