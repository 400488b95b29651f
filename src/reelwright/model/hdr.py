"""What the screen was on which HDR pictures were graded, and how bright they get: HDR10's static metadata.

Both are kept as the payloads of their boxes (``mdcv``, ``clli``: big-endian, the units of CTA-861.3 and SMPTE ST 2086),
which is also what Video Toolbox takes; the dataclasses read and write those bytes in plain units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from reelwright.model.errors import SettingsError
from reelwright.model.keys import number, whole

__all__ = ["ContentLightLevel", "MasteringDisplay"]

Number = Fraction | float
Point = tuple[Fraction, Fraction]

_CHROMATICITY = 50_000  # steps of 0.00002 to a whole
_LUMINANCE = 10_000  # steps of 0.0001 to a candela per square metre
_D65 = (Fraction(3127, 10_000), Fraction(3290, 10_000))
# Red, green, blue (ITU-R BT.2020-2, SMPTE EG 432-1, ITU-R BT.709-6), all with the white point D65.
_PRIMARIES = {
    "BT.2020": ("0.708 0.292", "0.170 0.797", "0.131 0.046"),
    "P3-D65": ("0.680 0.320", "0.265 0.690", "0.150 0.060"),
    "BT.709": ("0.640 0.330", "0.300 0.600", "0.150 0.060"),
}


@dataclass(frozen=True, slots=True, init=False)
class MasteringDisplay:
    """The mastering display colour volume (SMPTE ST 2086; ``kCVImageBufferMasteringDisplayColorVolumeKey``).

    Args:
        primaries: ``"BT.2020"``, ``"P3-D65"`` or ``"BT.709"`` (all with white D65), or the chromaticities
            ((x, y) of red, of green, of blue).
        max_luminance, min_luminance: of the display, in candela per square metre (nits).
        white: (x, y) of the white point; D65 when left out.

    >>> MasteringDisplay("P3-D65", max_luminance=1000, min_luminance=0.0001).payload.hex()
    '33c286c41d4c0bb884d03e803d1340420098968000000001'

    Raises:
        SettingsError: chromaticities beyond 0…1, no luminance, or a darkest level above the brightest.
    """

    red: Point
    green: Point
    blue: Point
    white: Point
    max_luminance: Fraction
    min_luminance: Fraction

    SIZE: ClassVar[int] = 24

    def __init__(
        self,
        primaries: Any = "P3-D65",
        max_luminance: Number = 1000,
        min_luminance: Number = 0.0001,
        *,
        white: Any = None,
    ) -> None:
        points = [_point(name, item) for name, item in zip(("red", "green", "blue"), _three(primaries), strict=True)]
        points.append(_D65 if white is None else _point("white", white))
        for name, point in zip(("red", "green", "blue", "white"), points, strict=True):
            object.__setattr__(self, name, point)
        for name, value in (("max_luminance", max_luminance), ("min_luminance", min_luminance)):
            highest = ((1 << 32) - 1) / _LUMINANCE
            luminance = number(f"{name} of a mastering display", value, 0, highest, "(candela per square metre)")
            object.__setattr__(self, name, Fraction(round(luminance * _LUMINANCE), _LUMINANCE))
        if self.max_luminance <= self.min_luminance:
            raise SettingsError(
                f"a mastering display of {float(self.max_luminance):g} nits at most and {float(self.min_luminance):g} "
                "at least shows nothing.",
                hint="For example max_luminance=1000, min_luminance=0.0001.",
            )

    @classmethod
    def of(cls, value: Any) -> MasteringDisplay:
        """Read the dataclass itself, or the 24 bytes of an ``mdcv`` box's payload (Video Toolbox's value).

        Raises:
            SettingsError: another length, or values the dataclass refuses.
        """
        if isinstance(value, MasteringDisplay):
            return value
        data = _payload("MasteringDisplayColorVolume", value, cls.SIZE, "MasteringDisplay(…)")
        words = [Fraction(int.from_bytes(data[at : at + 2], "big"), _CHROMATICITY) for at in range(0, 16, 2)]
        green, blue, red, white = zip(words[::2], words[1::2], strict=True)
        most, least = (Fraction(int.from_bytes(data[at : at + 4], "big"), _LUMINANCE) for at in (16, 20))
        return cls((red, green, blue), most, least, white=white)

    @property
    def payload(self) -> bytes:
        """24 bytes, big-endian: green, blue, red and white as (x, y) in 0.00002, then luminances in 0.0001 cd/m²."""
        points = (self.green, self.blue, self.red, self.white)
        words = b"".join(round(value * _CHROMATICITY).to_bytes(2, "big") for point in points for value in point)
        lights = (self.max_luminance, self.min_luminance)
        return words + b"".join(round(value * _LUMINANCE).to_bytes(4, "big") for value in lights)


@dataclass(frozen=True, slots=True)
class ContentLightLevel:
    """How bright the film gets (CTA-861.3; ``kCVImageBufferContentLightLevelInfoKey``).

    Args:
        max_cll: the brightest pixel of the film, in candela per square metre; 0 when not known.
        max_fall: the brightest frame's average; 0 when not known.

    >>> ContentLightLevel(1000, 400).payload.hex()
    '03e80190'

    Raises:
        SettingsError: values beyond 0…65535, or an average above the brightest pixel.
    """

    max_cll: int
    max_fall: int = field(default=0)

    SIZE: ClassVar[int] = 4

    def __post_init__(self) -> None:
        for name in ("max_cll", "max_fall"):
            value = whole(f"{name} of a content light level", getattr(self, name), 0, 65535, "(candela/m²)")
            object.__setattr__(self, name, value)
        if self.max_cll and self.max_fall > self.max_cll:
            raise SettingsError(
                f"no frame's average (max_fall {self.max_fall}) can be brighter than the brightest pixel (max_cll "
                f"{self.max_cll}).",
                hint="Swap them, or give 0 for the one that is not known.",
            )

    @classmethod
    def of(cls, value: Any) -> ContentLightLevel:
        """Read the dataclass itself, a pair (max_cll, max_fall), or the 4 bytes of a ``clli`` box's payload.

        Raises:
            SettingsError: another length, or values the dataclass refuses.
        """
        if isinstance(value, ContentLightLevel):
            return value
        if isinstance(value, (tuple, list)) and len(value) == 2:
            return cls(*value)
        data = _payload("ContentLightLevelInfo", value, cls.SIZE, "ContentLightLevel(max_cll, max_fall)")
        return cls(int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big"))

    @property
    def payload(self) -> bytes:
        """4 bytes, big-endian: the two levels."""
        return self.max_cll.to_bytes(2, "big") + self.max_fall.to_bytes(2, "big")


def _payload(what: str, value: Any, size: int, instead: str) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)) or len(bytes(value)) != size:
        shown = f"{len(bytes(value))} bytes" if isinstance(value, (bytes, bytearray, memoryview)) else repr(value)
        raise SettingsError(f"{what} must be {size} bytes, not {shown}.", hint=f"Give {instead}.")
    return bytes(value)


def _three(primaries: Any) -> tuple[Any, Any, Any]:
    if isinstance(primaries, str):
        found = {name.replace(".", "").replace("-", "").upper(): name for name in _PRIMARIES}
        name = found.get(primaries.replace(".", "").replace("-", "").replace("_", "").upper())
        if name is not None:
            red, green, blue = (tuple(map(Fraction, text.split())) for text in _PRIMARIES[name])
            return red, green, blue
    elif isinstance(primaries, (tuple, list)) and len(primaries) == 3:
        return primaries[0], primaries[1], primaries[2]
    raise SettingsError(
        f"{primaries!r} are no primaries of a mastering display.",
        hint=f"Use one of {', '.join(map(repr, _PRIMARIES))}, or ((x, y) of red, of green, of blue).",
    )


def _point(name: str, value: Any) -> Point:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise SettingsError(f"the mastering display's {name} must be (x, y), not {value!r}.", hint="(0.68, 0.32) is.")
    what = f"a chromaticity of the mastering display's {name}"
    x, y = (number(what, item, 0, 1) for item in value)
    return Fraction(round(x * _CHROMATICITY), _CHROMATICITY), Fraction(round(y * _CHROMATICITY), _CHROMATICITY)
