"""The values inside linear PCM: stored bytes on one side, numbers to calculate with on the other.

Stored integers of any width become ``int32`` with their most significant bit on top, so that changing the width is a
shift and nothing is lost on the way; stored floats stay floats. Arrays are always frames × channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelwright.model.errors import FrameError
from reelwright.model.format import PcmLayout
from reelwright.model.time import Time

__all__ = ["check_finite", "is_wide", "pack", "stored_frames", "to_float", "values"]

_TOP = np.int32(-(1 << 31))  # flips offset binary and two's complement into each other


def is_wide(pcm: PcmLayout) -> bool:
    """Whether single precision is too narrow to hold every value."""
    return pcm.bits > (32 if pcm.is_float else 24)


def stored_frames(data: Any, pcm: PcmLayout, channels: int) -> NDArray[Any]:
    """The bytes of a block as frames × channels of stored values, without a copy; 24-bit values as three bytes each."""
    order = ">" if pcm.is_big_endian else "<"
    kind = "f" if pcm.is_float else "i"
    if pcm.bits == 24:
        flat: NDArray[Any] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
    else:
        flat = np.frombuffer(data, dtype=np.dtype(f"{order}{kind}{pcm.bytes_per_value}"))
    if pcm.is_interleaved:
        return flat.reshape(-1, channels, *flat.shape[1:])
    return np.swapaxes(flat.reshape(channels, -1, *flat.shape[1:]), 0, 1)


def check_finite(stored: NDArray[Any], pcm: PcmLayout, rate: int, begin: Time, first: int = 0) -> None:
    """Raise ``FrameError`` for floats that are no numbers: encoders turn them into noise, or fail.

    Args:
        stored: frames × channels. rate: frames a second. begin: when the buffer that they are from begins.
        first: which of the buffer's frames is the first of them.
    """
    if not pcm.is_float or np.isfinite(stored).all():
        return
    frame, channel = (int(index[0]) for index in np.nonzero(~np.isfinite(stored)))
    raise FrameError(
        f"the sound holds {stored[frame, channel]} in channel {channel} of the buffer's frame {first + frame}.",
        hint="Replace what is no finite number before appending, for example with numpy.nan_to_num.",
        time=begin + Time(first + frame, rate),
    )


def values(stored: NDArray[Any], pcm: PcmLayout) -> NDArray[Any]:
    """Stored values as numbers: integers as ``int32`` with the value's top bit on top, floats as they are."""
    if pcm.is_float:
        return stored.astype(np.float64 if pcm.bits == 64 else np.float32, copy=False)
    if pcm.bits == 24:
        padded = np.zeros((*stored.shape[:2], 4), dtype=np.uint8)
        padded[..., 1:] = stored[..., ::-1] if pcm.is_big_endian else stored
        numbers = padded.view("<i4")[..., 0]
    else:
        numbers = stored.astype(np.int32, copy=False)
        if pcm.bits < 32:
            numbers = numbers << np.int32(32 - pcm.bits)
    return numbers if pcm.is_signed else numbers ^ _TOP


def to_float(numbers: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Numbers within ±1. Exact, except that ``float32`` rounds 32-bit integers and 64-bit floats."""
    if numbers.dtype.kind == "f":
        return numbers.astype(dtype, copy=False)
    if dtype == np.float32:
        return numbers.astype(np.float32) * np.float32(2.0**-31)
    return numbers * 2.0**-31


def pack(numbers: NDArray[Any], pcm: PcmLayout) -> NDArray[np.uint8]:
    """Numbers as stored, interleaved bytes. Integers are rounded to nearest and clipped, never wrapped; no dither."""
    order = ">" if pcm.is_big_endian else "<"
    if pcm.is_float:
        stored: NDArray[Any] = to_float(numbers, np.float64 if pcm.bits == 64 else np.float32)
        return _bytes(stored.astype(f"{order}f{pcm.bits // 8}", copy=False))
    integers = _quantize(numbers, pcm.bits) if numbers.dtype.kind == "f" else _narrow(numbers, pcm.bits)
    if not pcm.is_signed:
        integers = integers ^ np.int32(-(1 << (pcm.bits - 1)))
    if pcm.bits == 24:
        three = np.ascontiguousarray(integers, dtype="<i4").view(np.uint8).reshape(*integers.shape, 4)[..., :3]
        return _bytes(three[..., ::-1] if pcm.is_big_endian else three)
    return _bytes(integers.astype(f"{order}i{pcm.bits // 8}", copy=False))


def _quantize(numbers: NDArray[Any], bits: int) -> NDArray[np.int32]:
    scale = 2.0 ** (bits - 1)
    wide = numbers.astype(np.float64) if bits == 32 else numbers
    scaled = np.rint(wide * wide.dtype.type(scale))
    return np.clip(scaled, -scale, scale - 1, out=scaled).astype(np.int32)


def _narrow(numbers: NDArray[np.int32], bits: int) -> NDArray[np.int32]:
    shift = 32 - bits
    if not shift:
        return numbers
    half = 1 << (shift - 1)
    highest = np.int32((1 << 31) - 1 - half)
    return (np.minimum(numbers, highest) + np.int32(half)) >> np.int32(shift)


def _bytes(stored: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(stored).reshape(-1).view(np.uint8)
