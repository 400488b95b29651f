"""What a format description says, in words: colour by the names of standards, light in candelas, geometry, stereo.

Each function gives one phrase, or an empty one where the description says nothing; nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.facts import Transform
from reelwright.model.format import FormatDescription

__all__ = ["color_words", "geometry_words", "light_words", "number", "stereo_words", "turn_words"]

_P, _T, _M = ColorPrimaries, TransferFunction, ColorMatrix
_PRIMARIES = {
    _P.ITU_R_709: "BT.709",
    _P.BT470_M: "BT.470 M",
    _P.BT470_BG: "BT.601 (625 lines)",
    _P.EBU_3213: "EBU Tech. 3213",
    _P.SMPTE_C: "BT.601 (525 lines)",
    _P.SMPTE_240M: "SMPTE 240M",
    _P.FILM: "film",
    _P.ITU_R_2020: "BT.2020",
    _P.SMPTE_ST_428: "XYZ",
    _P.DCI_P3: "DCI-P3",
    _P.P3_D65: "Display P3",
}
_TRANSFERS = {
    _T.ITU_R_709: "BT.709",
    _T.GAMMA_22: "gamma 2.2",
    _T.GAMMA_28: "gamma 2.8",
    _T.SMPTE_170M: "BT.601",
    _T.SMPTE_240M: "SMPTE 240M",
    _T.LINEAR: "linear",
    _T.LOG_100: "logarithmic 100:1",
    _T.LOG_316: "logarithmic 316:1",
    _T.XVYCC: "xvYCC",
    _T.BT1361: "BT.1361",
    _T.SRGB: "sRGB",
    _T.ITU_R_2020_10: "BT.2020",
    _T.ITU_R_2020_12: "BT.2020",
    _T.SMPTE_ST_2084_PQ: "PQ",
    _T.SMPTE_ST_428: "ST 428",
    _T.ITU_R_2100_HLG: "HLG",
}
_MATRICES = {
    _M.RGB: "RGB",
    _M.ITU_R_709: "BT.709",
    _M.FCC: "FCC",
    _M.BT470_BG: "BT.601",
    _M.ITU_R_601: "BT.601",
    _M.SMPTE_240M: "SMPTE 240M",
    _M.YCGCO: "YCgCo",
    _M.ITU_R_2020: "BT.2020",
    _M.ITU_R_2020_CONSTANT: "BT.2020 constant luminance",
    _M.SMPTE_ST_2085: "ST 2085",
    _M.CHROMATICITY_DERIVED: "derived from the primaries",
    _M.CHROMATICITY_DERIVED_CONSTANT: "derived, constant luminance",
    _M.ICTCP: "ICtCp",
}
_RANGES = {True: "full range", False: "video range", None: ""}
# Red, green, blue as (x, y), to tell what a picture was mastered on (ITU-R BT.709 and BT.2020, SMPTE EG 432-1).
_GAMUTS = {
    "BT.709": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "P3": ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    "BT.2020": ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
}
_SAME_GAMUT = 0.004


def number(value: Fraction | float, digits: int = 6) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    text = f"{float(value):.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def color_words(format: FormatDescription) -> str:
    """Primaries, transfer function, matrix and range: ``"BT.2020 PQ, video range"``; empty when all are untold."""
    color = format.color if format.color is not None and format.color.is_specified else None
    return ", ".join(filter(None, ("" if color is None else _tags(color), _RANGES[format.full_range])))


def _tags(color: ColorProperties) -> str:
    primaries = _PRIMARIES.get(color.primaries, "")
    transfer = _TRANSFERS.get(color.transfer_function, "")
    matrix = _MATRICES.get(color.matrix, "")
    family = primaries.partition(" (")[0]
    if family == matrix:
        return primaries if family == transfer else f"{primaries} {transfer or 'with an untold curve'}"
    told = ((primaries, "primaries"), (transfer, "curve"), (matrix, "matrix"))
    return ", ".join(f"{name} {part}" for name, part in told if name)


def light_words(format: FormatDescription) -> Iterator[str]:
    """What light the pictures were mastered in and need, and whether Dolby Vision is with them."""
    extensions = format.extensions
    if len(display := bytes(extensions.get("MasteringDisplayColorVolume", b""))) >= 24:
        yield _mastering(display)
    if len(levels := bytes(extensions.get("ContentLightLevelInfo", b""))) >= 4:
        highest, average = _u16(levels, 0), _u16(levels, 2)
        yield f"brightest pixel {highest} cd/m², brightest frame {average} cd/m² on average"
    if len(around := bytes(extensions.get("AmbientViewingEnvironment", b""))) >= 8:
        yield f"to be seen in {number(Fraction(_u32(around, 0), 10000), 2)} lux"
    for kind in ("dvcC", "dvvC", "dvwC"):
        if len(record := format.atoms.get(kind, b"")) >= 5:
            yield _dolby(record)


def _mastering(display: bytes) -> str:
    """CIE coordinates in steps of 1/50000 (green, blue, red, white), luminance in 1/10000 cd/m² (SMPTE ST 2086)."""
    points = [(_u16(display, place) / 50000, _u16(display, place + 2) / 50000) for place in range(0, 12, 4)]
    green, blue, red = points
    gamut = next((name for name, known in _GAMUTS.items() if _near(known, (red, green, blue))), "")
    shown = gamut or ", ".join(
        f"{name} ({x:.3f}, {y:.3f})" for name, (x, y) in zip(("red", "green", "blue"), (red, green, blue), strict=True)
    )
    most, least = Fraction(_u32(display, 16), 10000), Fraction(_u32(display, 20), 10000)
    return f"mastered on {shown}, {number(least, 4)} to {number(most, 1)} cd/m²"


def _near(known: tuple[tuple[float, float], ...], points: tuple[tuple[float, float], ...]) -> bool:
    return all(math.dist(one, other) <= _SAME_GAMUT for one, other in zip(known, points, strict=True))


def _dolby(record: bytes) -> str:
    """DOVIDecoderConfigurationRecord (Dolby Vision Streams Within the ISO Base Media File Format, 3.2)."""
    profile, compatible = record[2] >> 1, record[4] >> 4
    level = (record[2] & 1) << 5 | record[3] >> 3
    return f"Dolby Vision profile {profile}{f'.{compatible}' if compatible else ''}, level {level}"


def geometry_words(format: FormatDescription) -> Iterator[str]:
    """Coded size, clean aperture, pixel aspect, chroma and bits, fields."""
    if format.width and format.height:
        yield f"{format.width}×{format.height}"
    clean = format.clean_aperture
    if clean is not None and not (clean.width == format.width and clean.height == format.height):
        yield f"of which {number(clean.width, 2)}×{number(clean.height, 2)} are shown"
    aspect = format.pixel_aspect_ratio
    if aspect is not None and aspect.ratio != 1:
        yield f"pixels {aspect.horizontal_spacing}:{aspect.vertical_spacing}"
    if clean is not None or (aspect is not None and aspect.ratio != 1):
        width, height = format.display_size
        yield f"seen as {number(width, 2)}×{number(height, 2)}"
    depth = f"{format.bits_per_component} bit" if format.bits_per_component else ""
    if kind := " ".join(filter(None, (format.chroma, depth))):
        yield kind
    if format.extensions.get("ContainsAlphaChannel"):
        yield "with alpha"
    if format.extensions.get("CVFieldCount") == 2:
        detail = str(format.extensions.get("CVFieldDetail", ""))
        first = {"TemporalTopFirst": ", top field first", "TemporalBottomFirst": ", bottom field first"}
        yield "interlaced" + first.get(detail, "")


def turn_words(transform: Transform) -> str:
    """How pictures are turned to be shown: ``"turned 90° clockwise"``; empty when they are not."""
    a, b, c, d = transform[:4]
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    angle = round(math.degrees(math.atan2(b, a)), 2) % 360
    way = f"turned {number(360 - angle if angle > 180 else angle, 2)}°" if angle else ""
    if angle not in (0, 180):
        way += " counter-clockwise" if angle > 180 else " clockwise"
    return " and ".join(filter(None, ("mirrored" if mirrored else "", way)))


def stereo_words(format: FormatDescription) -> str:
    """Which eyes the pictures are for, and how they are projected."""
    told = format.extensions
    left, right = told.get("HasLeftStereoEyeView"), told.get("HasRightStereoEyeView")
    eyes = {(True, True): "both eyes", (True, False): "left eye", (False, True): "right eye"}
    phrases = [eyes.get((bool(left), bool(right)), "")]
    if told.get("StereoEyeViewsReversed"):
        phrases.append("views reversed")
    if "HeroEye" in told:
        phrases.append(f"{str(told['HeroEye']).lower()} one leads")
    if "StereoCameraBaseline" in told:
        phrases.append(f"cameras {number(Fraction(int(told['StereoCameraBaseline']), 1000), 3)} mm apart")
    if "HorizontalDisparityAdjustment" in told:
        phrases.append(f"disparity {number(Fraction(int(told['HorizontalDisparityAdjustment']), 100), 2)} %")
    if "HorizontalFieldOfView" in told:
        phrases.append(f"field of view {number(Fraction(int(told['HorizontalFieldOfView']), 1000), 3)}°")
    phrases += [str(told[key]) for key in ("ViewPackingKind", "ProjectionKind") if key in told]
    return ", ".join(filter(None, phrases))


def _u16(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 2], "big")


def _u32(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")
