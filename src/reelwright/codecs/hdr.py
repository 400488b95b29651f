"""Linear light as HDR signals: RGB whose values are proportional to light, put onto PQ's or HLG's curve.

A value of 1 is the reference white of 203 nits (ITU-R BT.2408), as where SDR and HDR meet; PQ so holds values up to
49.26 and HLG, on its nominal display, up to 4.93. What is brighter is clipped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.codecs.light import CHROMATICITIES, PQ_PEAK, REFERENCE_WHITE, between, hlg_signal, pq_signal
from reelwright.model.color import ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["BRIGHTEST", "from_light", "is_light_for"]

Array = npt.NDArray[Any]

BRIGHTEST = PQ_PEAK / REFERENCE_WHITE  # the largest value that means something
_STRIP = 64  # rows worked on at a time: few enough to stay in the processor's cache
# Whose white is D65 and whose chromaticities are known: light can be mixed from one to another.
_PRIMARIES = frozenset(CHROMATICITIES) - {ColorPrimaries.DCI_P3}


def is_light_for(picture: PixelBuffer, color: ColorProperties | None, film: ColorProperties | None) -> bool:
    """Whether a picture of a colour is linear RGB (or grey) that a PQ or HLG film can be made of.

    ``color`` stands for the picture's tags. Primaries may be BT.709's, P3 (D65) or BT.2020's at both ends; those that
    the picture does not name are the film's.
    """
    return (
        not picture.pixel_format.is_yuv
        and color is not None
        and film is not None
        and film.is_hdr
        and color.transfer_function is TransferFunction.LINEAR
        and {_named(color, film), film.primaries} <= _PRIMARIES
    )


def from_light(picture: PixelBuffer, color: ColorProperties, film: ColorProperties) -> PixelBuffer:
    """A linear RGB picture, without its alpha, as the film's signal: RGB_FLOAT, 0…1, tagged as the film is."""
    kind, source = picture.pixel_format, picture.planes[0]
    order = [kind.channels.index(letter) for letter in "RGB"]
    full = 1 if kind.dtype.kind == "f" else np.iinfo(kind.dtype).max
    nits_each = np.float32(REFERENCE_WHITE / full)
    mixing = between(_named(color, film), film.primaries).T.astype(np.float32)
    curve = _curve(film)
    result = np.empty((picture.height, picture.width, 3), np.float32)
    for top in range(0, picture.height, _STRIP):
        light = source[top : top + _STRIP, :, order].astype(np.float32)
        np.maximum(light, -BRIGHTEST * full, out=light)
        light *= nits_each
        np.clip(curve(light @ mixing), 0, 1, out=result[top : top + _STRIP])
    return PixelBuffer([result], PixelFormat.RGB_FLOAT, color=film)


def _named(color: ColorProperties, film: ColorProperties) -> ColorPrimaries:
    return film.primaries if color.primaries is ColorPrimaries.UNSPECIFIED else color.primaries


def _curve(film: ColorProperties) -> Callable[[Array], Array]:
    if film.transfer_function is TransferFunction.SMPTE_ST_2084_PQ:
        return pq_signal
    return lambda nits: hlg_signal(nits, film.primaries)
