"""HDR and wide-gamut pictures as sRGB, for screens and picture files: curves computed here, which FFmpeg applies.

PQ (SMPTE ST 2084) and HLG (ITU-R BT.2100) are display light first; an EETF (ITU-R BT.2390) brings its highlights
under SDR's white, which stands for HDR's reference white of 203 nits (ITU-R BT.2408). Hue is kept throughout.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.codecs.light import NOMINAL_PEAK, REFERENCE_WHITE, between, hlg_light, luminance, pq_light, pq_signal
from reelwright.model.color import ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.format import FormatDescription

__all__ = ["is_displayable", "peak_of", "sdr_table", "tone_mapped"]

Array = npt.NDArray[Any]

_LEAST_PEAK, _GREATEST_PEAK = 300.0, 10000.0
_LEVEL = 8  # of the Hald picture: its sides are 8³ long, the cube's 8² steps
_SIDE = _LEVEL**2
_WHITE = 255 << 8  # in the planes of FFmpeg's scaler; a table's last entry stands for 65535
_WIDE = (ColorPrimaries.ITU_R_2020, ColorPrimaries.P3_D65, ColorPrimaries.DCI_P3)


def is_displayable(color: ColorProperties | None) -> bool:
    """Whether pictures can be shown as sRGB as they are: neither an HDR curve nor primaries wider than BT.709's.

    SDR curves count as sRGB's and the old television primaries as BT.709's, as players do.
    """
    return color is None or not (color.is_hdr or color.primaries in _WIDE)


def peak_of(format: FormatDescription) -> float:
    """The brightest light of a film, in nits: its content's (MaxCLL) or its master's; 1000 where nothing is told."""
    content = format.extensions.get("ContentLightLevelInfo", b"")
    master = format.extensions.get("MasteringDisplayColorVolume", b"")
    peak = float(int.from_bytes(content[:2], "big")) if len(content) >= 4 else 0.0
    if not peak and len(master) >= 24:
        peak = int.from_bytes(master[16:20], "big") / 10000
    return min(max(peak, _LEAST_PEAK), _GREATEST_PEAK) if peak else NOMINAL_PEAK


def tone_mapped(rgb: Array, color: ColorProperties, peak: float) -> Array:
    """R'G'B' of a colour (…, 3), 0…1, as sRGB's R'G'B' (BT.709 primaries), 0…1.

    Args:
        peak: of PQ pictures, in nits; HLG is rendered for a display of 1000.
    """
    signal = np.clip(np.asarray(rgb, np.float64), 0, 1)
    to_709 = between(color.primaries, ColorPrimaries.ITU_R_709).T
    if color.transfer_function is TransferFunction.SMPTE_ST_2084_PQ:
        light = _compressed(pq_light(signal) @ to_709, peak) / REFERENCE_WHITE
    elif color.transfer_function is TransferFunction.ITU_R_2100_HLG:
        light = _compressed(hlg_light(signal, color.primaries) @ to_709, NOMINAL_PEAK) / REFERENCE_WHITE
    else:
        light = _srgb_light(signal) @ to_709
    return _srgb_signal(_in_gamut(light))


def _compressed(nits: Array, peak: float) -> Array:
    """Highlights brought under the reference white, by one factor for red, green and blue, which keeps the hue."""
    brightest = nits.max(axis=-1, keepdims=True)
    mapped = pq_light(eetf(pq_signal(brightest), peak))
    result: Array = nits * np.where(brightest > 0, mapped / np.maximum(brightest, 1e-9), 1)
    return result


def eetf(signal: Array, peak: float) -> Array:
    """BT.2390's curve from a master's peak to the reference white, on PQ signals: straight to a knee, then a spline."""
    top = float(pq_signal(np.array(peak)))
    white = float(pq_signal(np.array(REFERENCE_WHITE))) / top
    if white >= 1:
        return signal
    knee = 1.5 * white - 0.5
    level = np.minimum(signal / top, 1)
    part = (level - knee) / (1 - knee)
    spline = (
        (2 * part**3 - 3 * part**2 + 1) * knee
        + (part**3 - 2 * part**2 + part) * (1 - knee)
        + (-2 * part**3 + 3 * part**2) * white
    )
    result: Array = np.where(level < knee, level, spline) * top
    return result


def _in_gamut(light: Array) -> Array:
    """Colours outside the cube moved towards the grey of their luminance until they are on its surface."""
    grey = np.clip(light @ luminance(ColorPrimaries.ITU_R_709), 0, 1)[..., None]
    offset = light - grey
    least, most = offset.min(axis=-1, keepdims=True), offset.max(axis=-1, keepdims=True)
    below = np.where(grey + least < 0, grey / np.maximum(-least, 1e-12), 1)
    above = np.where(grey + most > 1, (1 - grey) / np.maximum(most, 1e-12), 1)
    inside: Array = np.clip(grey + offset * np.minimum(below, above), 0, 1)
    return inside


def _srgb_light(signal: Array) -> Array:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _srgb_signal(light: Array) -> Array:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=4)
def sdr_table(color: ColorProperties, peak: float) -> Array:
    """``tone_mapped`` as a Hald picture of 16-bit RGB for 16-bit planes whose white is 65280: rows × columns × 3."""
    steps = np.minimum(np.arange(_SIDE) / (_SIDE - 1) * 65535 / _WHITE, 1)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red runs fastest
    mapped = tone_mapped(np.stack([red, green, blue], -1).reshape(-1, 3), color, peak)
    side = _LEVEL**3
    table: Array = np.rint(mapped * _WHITE).astype(np.uint16).reshape(side, side, 3)
    table.setflags(write=False)
    return table
