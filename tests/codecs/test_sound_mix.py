"""Streams added up at equal levels, frame by frame, with silence where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.codecs.sound_mix import mix, mixing_format
from reelwright.model.format import PcmLayout

FLOAT = PcmLayout(32, is_float=True)


def blocks(values: NDArray[Any], position: int, step: int = 1000) -> Iterator[PcmBlock]:
    for start in range(0, len(values), step):
        part = np.ascontiguousarray(values[start : start + step])
        yield PcmBlock(position + start, part.data.cast("B"), len(part))


def noise(frames: int, seed: int, channels: int = 2, level: float = 0.4) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-level, level, (frames, channels)).astype(np.float32)


def joined(mixed: Iterator[PcmBlock], dtype: str, channels: int = 2) -> NDArray[Any]:
    found = list(mixed)
    for before, after in pairwise(found):
        assert before.end == after.position
    return np.concatenate([np.frombuffer(block.data, dtype).reshape(-1, channels) for block in found])


def test_streams_are_added_where_they_lie() -> None:
    one, two = noise(50_000, 1), noise(30_000, 2)
    output = SoundFormat(48000, 2, "stereo", FLOAT)
    sound = joined(mix([blocks(one, -5), blocks(two, 40_000, 777)], output, 10, 80_000), "<f4")
    expected = np.zeros((79_990, 2), np.float32)
    expected[: 50_000 - 15] += one[15:]
    expected[40_000 - 10 : 70_000 - 10] += two
    assert np.array_equal(sound, expected)


def test_no_streams_are_silence() -> None:
    found = list(mix([], SoundFormat(8000, 1, None, PcmLayout(16)), 5, 40_000))
    assert (found[0].position, found[-1].end) == (5, 40_000)
    assert not any(any(block.data) for block in found)


def test_an_empty_range_gives_nothing_and_reads_no_further() -> None:
    assert list(mix([blocks(noise(10, 1), 0)], SoundFormat(8000, 2, None, FLOAT), 5, 5)) == []


def test_integers_are_clipped_and_floats_are_not() -> None:
    loud = np.full((100, 1), 0.75, np.float32)
    (whole,) = mix([blocks(loud, 0), blocks(loud, 0)], SoundFormat(8000, 1, None, PcmLayout(16)), 0, 100)
    assert set(np.frombuffer(whole.data, "<i2")) == {32767}
    (real,) = mix([blocks(loud, 0), blocks(-3 * loud, 0)], SoundFormat(8000, 1, None, FLOAT), 0, 100)
    assert set(np.frombuffer(real.data, "<f4")) == {-1.5}


def test_gaps_are_silence_and_what_was_given_before_is_left_out() -> None:
    one = noise(100, 3)
    stream = iter([*blocks(one, 0), *blocks(one, 50), *blocks(one, 500)])
    sound = joined(mix([stream], SoundFormat(8000, 2, None, FLOAT), 0, 600), "<f4")
    assert np.array_equal(sound[:100], one)
    assert np.array_equal(sound[100:150], one[50:])
    assert not sound[150:500].any()
    assert np.array_equal(sound[500:], one)


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_one_stream_of_integers_comes_out_as_it_went_in(bits: int) -> None:
    integers = np.random.default_rng(bits).integers(-(1 << (bits - 1)), 1 << (bits - 1), (20_000, 1))
    output = SoundFormat(48000, 1, None, PcmLayout(bits))
    dtype = f"f{mixing_format(output).pcm.bytes_per_value}"
    floats = (integers / float(1 << (bits - 1))).astype(dtype)
    data = b"".join(bytes(block.data) for block in mix([blocks(floats, 0)], output, 0, 20_000))
    expected = integers.astype("<i4").view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
    assert data == expected


def test_streams_are_read_only_as_far_as_the_window_reaches() -> None:
    read = 0

    def endless() -> Iterator[PcmBlock]:
        nonlocal read
        while True:
            yield from blocks(noise(1000, 1), read)
            read += 1000

    mixed = mix([endless()], SoundFormat(48000, 2, None, FLOAT), 0, 10**9)
    first = next(mixed)
    assert first.end <= read + 1000 <= first.end + 2000
