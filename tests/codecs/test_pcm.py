"""Stored values and numbers: every width, order and kind, there and back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from reelwright.codecs import pcm as linear
from reelwright.model.errors import FrameError
from reelwright.model.format import PcmLayout
from reelwright.model.time import Time

INTEGERS = [
    PcmLayout(bits, is_big_endian=big, is_signed=signed)
    for bits, big, signed in itertools.product((8, 16, 24, 32), (False, True), (False, True))
]
FLOATS = [PcmLayout(bits, is_float=True, is_big_endian=big) for bits, big in itertools.product((32, 64), (False, True))]


def random_bytes(pcm: PcmLayout, frames: int = 50, channels: int = 3) -> bytes:
    generator = np.random.default_rng(7)
    if pcm.is_float:
        order = ">" if pcm.is_big_endian else "<"
        return generator.uniform(-1.5, 1.5, frames * channels).astype(f"{order}f{pcm.bits // 8}").tobytes()
    return generator.bytes(frames * channels * pcm.bytes_per_value)


@pytest.mark.parametrize("pcm", [*INTEGERS, *FLOATS], ids=str)
def test_values_survive_unpacking_and_packing(pcm: PcmLayout) -> None:
    data = random_bytes(pcm)
    numbers = linear.values(linear.stored_frames(data, pcm, 3), pcm)
    assert numbers.shape == (50, 3)
    assert linear.pack(numbers, pcm).tobytes() == data


@pytest.mark.parametrize("pcm", INTEGERS, ids=str)
def test_integers_mean_what_arithmetic_says(pcm: PcmLayout) -> None:
    data = random_bytes(pcm)
    size = pcm.bytes_per_value
    order = "big" if pcm.is_big_endian else "little"
    expected = []
    for at in range(0, len(data), size):
        value = int.from_bytes(data[at : at + size], order, signed=pcm.is_signed)
        expected.append((value if pcm.is_signed else value - (1 << pcm.bits - 1)) / (1 << pcm.bits - 1))
    numbers = linear.values(linear.stored_frames(data, pcm, 3), pcm)
    assert linear.to_float(numbers, np.float64).ravel().tolist() == expected


@pytest.mark.parametrize("pcm", [one for one in INTEGERS if one.bits <= 24], ids=str)
def test_integers_up_to_24_bits_are_exact_as_single_precision(pcm: PcmLayout) -> None:
    numbers = linear.values(linear.stored_frames(random_bytes(pcm), pcm, 3), pcm)
    single = linear.to_float(numbers, np.float32)
    assert single.dtype == np.float32
    assert np.array_equal(single, linear.to_float(numbers, np.float64))
    assert linear.pack(single, pcm).tobytes() == random_bytes(pcm)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_round_to_nearest_and_clip(bits: int, dtype: type) -> None:
    pcm = PcmLayout(bits)
    one = 2.0 ** (1 - bits)
    given = np.array([[0.0, 0.4 * one, 0.6 * one, -0.6 * one, 1.0, 1.7, -1.0, -9.0]], dtype)
    top = (1 << bits - 1) - 1
    back = linear.values(linear.stored_frames(linear.pack(given, pcm), pcm, 8), pcm) >> (32 - bits)
    assert back.tolist() == [[0, 0, 1, -1, top, top, -top - 1, -top - 1]]


def test_narrowing_rounds_and_does_not_wrap() -> None:
    wide = np.array([[0x7FFFFFFF, 0x12348000, 0x12347FFF, -1, -(1 << 31)]], np.int64).astype(np.int32)
    packed = linear.pack(wide, PcmLayout(16)).view("<i2")
    assert packed.tolist() == [0x7FFF, 0x1235, 0x1234, 0, -0x8000]


@pytest.mark.parametrize("narrow", [8, 16, 24])
def test_widening_and_narrowing_again_changes_nothing(narrow: int) -> None:
    pcm = PcmLayout(narrow)
    data = random_bytes(pcm)
    wide = linear.pack(linear.values(linear.stored_frames(data, pcm, 3), pcm), PcmLayout(32, is_big_endian=True))
    again = linear.values(linear.stored_frames(wide, PcmLayout(32, is_big_endian=True), 3), PcmLayout(32))
    assert linear.pack(again, pcm).tobytes() == data


@pytest.mark.parametrize("bits", [16, 24])
def test_planar_values_come_out_frame_by_frame(bits: int) -> None:
    pcm = PcmLayout(bits, is_interleaved=False)
    size = bits // 8
    data = b"".join(value.to_bytes(size, "little") for value in (1, 2, 3, 101, 102, 103))
    numbers = linear.values(linear.stored_frames(data, pcm, 2), pcm) >> (32 - bits)
    assert numbers.tolist() == [[1, 101], [2, 102], [3, 103]]


def test_which_values_single_precision_cannot_hold() -> None:
    assert not linear.is_wide(PcmLayout(24))
    assert linear.is_wide(PcmLayout(32))
    assert not linear.is_wide(PcmLayout(32, is_float=True))
    assert linear.is_wide(PcmLayout(64, is_float=True))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_finite_number_is_found(value: float) -> None:
    stored = np.zeros((10, 2), np.float32)
    linear.check_finite(stored, PcmLayout(32, is_float=True), 10, Time(1))
    stored[3, 1] = stored[7, 0] = value
    with pytest.raises(FrameError, match=f"{value} in channel 1 of the buffer's frame 23") as caught:
        linear.check_finite(stored, PcmLayout(32, is_float=True), 10, Time(1), 20)
    assert caught.value.time == Time(33, 10)
    linear.check_finite(stored.view(np.int32), PcmLayout(32), 10, Time(1))
