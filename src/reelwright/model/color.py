"""Colour as numbers every box, bitstream and converter agrees on: ITU-T H.273 code points.

``ColorProperties`` names primaries, transfer function and matrix; the range (video or full) belongs to the pixels and
travels beside it. AVFoundation's strings, Core Video's and FFmpeg's code points all meet here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar

from reelwright.model.errors import SettingsError
from reelwright.model.keys import KeyTable

__all__ = ["ColorMatrix", "ColorPrimaries", "ColorProperties", "TransferFunction"]


class ColorPrimaries(IntEnum):
    """Chromaticities of red, green, blue and white (H.273 table 2)."""

    UNSPECIFIED = 2
    ITU_R_709 = 1
    BT470_M = 4
    BT470_BG = 5
    EBU_3213 = 22
    SMPTE_C = 6
    SMPTE_240M = 7
    FILM = 8
    ITU_R_2020 = 9
    SMPTE_ST_428 = 10
    DCI_P3 = 11
    P3_D65 = 12


class TransferFunction(IntEnum):
    """From light to code value (H.273 table 3)."""

    UNSPECIFIED = 2
    ITU_R_709 = 1
    GAMMA_22 = 4
    GAMMA_28 = 5
    SMPTE_170M = 6
    SMPTE_240M = 7
    LINEAR = 8
    LOG_100 = 9
    LOG_316 = 10
    XVYCC = 11
    BT1361 = 12
    SRGB = 13
    ITU_R_2020_10 = 14
    ITU_R_2020_12 = 15
    SMPTE_ST_2084_PQ = 16
    SMPTE_ST_428 = 17
    ITU_R_2100_HLG = 18


class ColorMatrix(IntEnum):
    """From RGB to luma and colour difference (H.273 table 4)."""

    RGB = 0
    UNSPECIFIED = 2
    ITU_R_709 = 1
    FCC = 4
    BT470_BG = 5
    ITU_R_601 = 6
    SMPTE_240M = 7
    YCGCO = 8
    ITU_R_2020 = 9
    ITU_R_2020_CONSTANT = 10
    SMPTE_ST_2085 = 11
    CHROMATICITY_DERIVED = 12
    CHROMATICITY_DERIVED_CONSTANT = 13
    ICTCP = 14


# AVFoundation's value strings (AVVideoColorPrimariesKey, AVVideoTransferFunctionKey, AVVideoYCbCrMatrixKey). EBU 3213
# is written as code point 5: its chromaticities are BT.470 B/G's, and 5 is what QuickTime and FFmpeg use for it.
_PRIMARIES = {
    "ITU_R_709_2": ColorPrimaries.ITU_R_709,
    "EBU_3213": ColorPrimaries.BT470_BG,
    "SMPTE_C": ColorPrimaries.SMPTE_C,
    "P3_D65": ColorPrimaries.P3_D65,
    "ITU_R_2020": ColorPrimaries.ITU_R_2020,
}
_TRANSFERS = {
    "ITU_R_709_2": TransferFunction.ITU_R_709,
    "SMPTE_240M_1995": TransferFunction.SMPTE_240M,
    "SMPTE_ST_2084_PQ": TransferFunction.SMPTE_ST_2084_PQ,
    "ITU_R_2100_HLG": TransferFunction.ITU_R_2100_HLG,
    "Linear": TransferFunction.LINEAR,
    "IEC_sRGB": TransferFunction.SRGB,
}
_MATRICES = {
    "ITU_R_709_2": ColorMatrix.ITU_R_709,
    "ITU_R_601_4": ColorMatrix.ITU_R_601,
    "SMPTE_240M_1995": ColorMatrix.SMPTE_240M,
    "ITU_R_2020": ColorMatrix.ITU_R_2020,
}
_KEYS: tuple[tuple[str, str, type[IntEnum], Mapping[str, IntEnum]], ...] = (
    ("primaries", "ColorPrimaries", ColorPrimaries, _PRIMARIES),
    ("transfer_function", "TransferFunction", TransferFunction, _TRANSFERS),
    ("matrix", "YCbCrMatrix", ColorMatrix, _MATRICES),
)
_TABLE = KeyTable(
    "colour properties",
    ("AVVideo", "kCVImageBuffer", "kCMFormatDescriptionExtension_"),
    {key: name for name, key, _, _ in _KEYS},
)


@dataclass(frozen=True, slots=True)
class ColorProperties:
    """How code values become light (``AVVideoColorPropertiesKey``): primaries, transfer function, matrix.

    Each is an H.273 code point, AVFoundation's string (``"ITU_R_709_2"``) or the member's name.

    >>> ColorProperties("ITU_R_709_2", "ITU_R_709_2", "ITU_R_709_2") == ColorProperties.HD
    True

    Raises:
        SettingsError: a value that is none of these.
    """

    primaries: ColorPrimaries
    transfer_function: TransferFunction
    matrix: ColorMatrix

    HD: ClassVar[ColorProperties]
    SD: ClassVar[ColorProperties]
    WIDE_HD: ClassVar[ColorProperties]
    HDR10: ClassVar[ColorProperties]
    HLG: ClassVar[ColorProperties]
    SRGB: ClassVar[ColorProperties]

    def __init__(
        self,
        primaries: ColorPrimaries | int | str,
        transfer_function: TransferFunction | int | str,
        matrix: ColorMatrix | int | str,
    ) -> None:
        given = (primaries, transfer_function, matrix)
        for (name, _, kind, strings), value in zip(_KEYS, given, strict=True):
            object.__setattr__(self, name, _code_point(name, kind, strings, value))

    @classmethod
    def of(cls, value: ColorProperties | Mapping[str, Any]) -> ColorProperties:
        """Read a mapping with AVFoundation's keys (``ColorPrimaries``, ``AVVideoColorPrimariesKey`` …), all present.

        Raises:
            SettingsError: an unknown key, one of the three missing, or a value that is no code point known here.
        """
        if isinstance(value, ColorProperties):
            return value
        found = _TABLE.read(value)
        missing = [key for name, key, _, _ in _KEYS if name not in found]
        if missing:
            raise SettingsError(
                f"colour properties {dict(value)!r} lack {missing[0]!r} (AVVideoColorPropertiesKey).",
                hint="Give ColorPrimaries, TransferFunction and YCbCrMatrix, or none to keep the source's own tags.",
            )
        return cls(**found)

    @property
    def is_specified(self) -> bool:
        """False when all three are 'unspecified', which is the same as carrying no tags at all."""
        return (self.primaries, self.transfer_function, self.matrix) != (2, 2, 2)

    @property
    def is_hdr(self) -> bool:
        return self.transfer_function in (TransferFunction.SMPTE_ST_2084_PQ, TransferFunction.ITU_R_2100_HLG)

    @property
    def codes(self) -> tuple[int, int, int]:
        """(primaries, transfer, matrix) as written in ``colr`` boxes and bitstreams."""
        return int(self.primaries), int(self.transfer_function), int(self.matrix)


def _code_point(name: str, kind: type[IntEnum], strings: Mapping[str, IntEnum], value: Any) -> IntEnum:
    if isinstance(value, str):
        if value in strings:
            return strings[value]
        if value in kind.__members__:
            return kind[value]
    elif isinstance(value, int) and not isinstance(value, bool) and value in list(kind):
        return kind(value)
    allowed = ", ".join([*strings, *(member.name for member in kind)])
    raise SettingsError(f"{value!r} is no {name.replace('_', ' ')} known here.", hint=f"Use one of: {allowed}.")


ColorProperties.HD = ColorProperties(1, 1, 1)
ColorProperties.SD = ColorProperties(6, 1, 6)
ColorProperties.WIDE_HD = ColorProperties(12, 1, 1)
ColorProperties.HDR10 = ColorProperties(9, 16, 9)
ColorProperties.HLG = ColorProperties(9, 18, 9)
ColorProperties.SRGB = ColorProperties(1, 13, 0)
