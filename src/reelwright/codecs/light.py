"""Light and signal: the HDR curves of ITU-R BT.2100 in both directions, and what primaries mean in terms of XYZ.

PQ (SMPTE ST 2084) counts nits of a display. HLG counts light of the scene; here it is seen on the nominal display of
1000 nits. Both meet SDR at the reference white of 203 nits (ITU-R BT.2408). Arrays keep their floating-point type.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.model.color import ColorPrimaries

__all__ = [
    "CHROMATICITIES",
    "NOMINAL_PEAK",
    "PQ_PEAK",
    "REFERENCE_WHITE",
    "between",
    "hlg_light",
    "hlg_signal",
    "luminance",
    "pq_light",
    "pq_signal",
]

Array = npt.NDArray[Any]

REFERENCE_WHITE = 203.0  # nits of HDR's white paper (BT.2408), and of SDR's white here
NOMINAL_PEAK = 1000.0  # nits of HLG's nominal display (BT.2100, table 5), and of masters that do not say theirs
PQ_PEAK = 10000.0  # nits of PQ's largest value
# H.273 table 2: x and y of red, green and blue; white is D65 (DCI's own is left as it is shown).
CHROMATICITIES = {
    ColorPrimaries.ITU_R_709: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    ColorPrimaries.ITU_R_2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    ColorPrimaries.P3_D65: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    ColorPrimaries.DCI_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_D65 = 0.3127, 0.3290
# BT.2100, tables 4 and 5.
_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
_A = 0.17883277
_B, _C = 1 - 4 * _A, 0.5 - _A * float(np.log(4 * _A))
_GAMMA = 1.2
_DARK = 1e-9  # of luminance: below it, black


def pq_light(signal: Array) -> Array:
    """Nits for PQ's signal (BT.2100, table 4)."""
    root = signal ** (1 / _M2)
    light: Array = PQ_PEAK * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)
    return light


def pq_signal(nits: Array) -> Array:
    """PQ's signal for nits (BT.2100, table 4)."""
    power = (np.maximum(nits, 0) / PQ_PEAK) ** _M1
    signal: Array = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return signal


def hlg_light(signal: Array, primaries: ColorPrimaries) -> Array:
    """Nits of R, G, B (…, 3) on the nominal display for HLG's signal: scene light, then the OOTF (BT.2100, table 5)."""
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - _C) / _A) + _B) / 12)
    brightness = np.maximum(scene @ luminance(primaries).astype(scene.dtype), _DARK)
    light: Array = NOMINAL_PEAK * scene * brightness[..., None] ** (_GAMMA - 1)
    return light


def hlg_signal(nits: Array, primaries: ColorPrimaries) -> Array:
    """HLG's signal for nits of R, G, B (…, 3) on the nominal display; above 1 for light that HLG cannot hold."""
    shown = np.maximum(nits, 0) / NOMINAL_PEAK
    brightness = np.maximum(shown @ luminance(primaries).astype(shown.dtype), _DARK)
    scene = shown * brightness[..., None] ** (1 / _GAMMA - 1)
    bright = _A * np.log(np.maximum(12 * scene - _B, 1 - _B)) + _C
    signal: Array = np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)
    return signal


def luminance(primaries: ColorPrimaries) -> Array:
    """How much red, green and blue light add to luminance."""
    weights: Array = _to_xyz(primaries)[1]
    return weights


def between(source: ColorPrimaries, target: ColorPrimaries) -> Array:
    """The matrix that takes R, G, B of light with one kind of primaries to another's."""
    matrix: Array = np.linalg.inv(_to_xyz(target)) @ _to_xyz(source)
    return matrix


def _to_xyz(primaries: ColorPrimaries) -> Array:
    chromaticities = CHROMATICITIES.get(primaries, CHROMATICITIES[ColorPrimaries.ITU_R_709])
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in chromaticities]).T
    white = np.array([_D65[0] / _D65[1], 1, (1 - _D65[0] - _D65[1]) / _D65[1]])
    scaled: Array = columns * np.linalg.solve(columns, white)
    return scaled
