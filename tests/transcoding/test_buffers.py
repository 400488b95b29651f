"""Buffers moved, divided and cut off: no frame of sound is lost or doubled."""

from __future__ import annotations

import numpy as np
import pytest

from reelwright.model.sample import BufferAttachment, SampleBuffer
from reelwright.model.time import Time
from reelwright.transcoding.buffers import ended_by, in_pieces, shifted, silence

RATE = 1000


def sound(count: int, at: Time = Time.ZERO) -> SampleBuffer:
    return SampleBuffer.from_audio(np.arange(count, dtype=np.int16), RATE, at)


def test_shifted_buffers_keep_everything_else() -> None:
    given = [sound(10), sound(5, Time(10, RATE))]
    moved = list(shifted(given, Time(3, 7)))
    assert [each.presentation_time for each in moved] == [Time(3, 7), Time(3, 7) + Time(1, 100)]
    assert [each.duration for each in moved] == [Time(1, 100), Time(1, 200)]
    assert moved[0].data == given[0].data
    assert moved[0].format is given[0].format


def test_pieces_are_the_whole() -> None:
    given = sound(250, Time(2, 1))
    pieces = list(in_pieces([given, sound(3, Time(9, 1))]))
    assert [piece.num_samples for piece in pieces] == [100, 100, 50, 3]
    assert [piece.presentation_time for piece in pieces[:3]] == [Time(20, 10), Time(21, 10), Time(22, 10)]
    assert np.array_equal(np.concatenate([piece.array[:, 0] for piece in pieces[:3]]), np.arange(250))


def test_buffers_that_say_more_than_sound_are_left_whole() -> None:
    array = np.zeros(500, np.int16)
    trimmed = SampleBuffer.from_audio(array, RATE, **{BufferAttachment.TRIM_DURATION_AT_START: Time(1, 10)})
    assert list(in_pieces([trimmed])) == [trimmed]


@pytest.mark.parametrize(
    ("end", "count"), [(Time(5, 1), 100), (Time(1, 20), 50), (Time(501, 10_000), 50), (Time(0), 0)]
)
def test_sound_ends_with_the_last_whole_frame(end: Time, count: int) -> None:
    cut = ended_by(sound(100), end)
    assert (0 if cut is None else cut.num_samples) == count
    assert cut is None or np.array_equal(cut.array[:, 0], np.arange(count))


@pytest.mark.parametrize(("dtype", "middle"), [(np.uint8, 128), (np.int16, 0), (np.float32, 0)])
def test_silence_is_the_middle(dtype: type, middle: int) -> None:
    format = SampleBuffer.from_audio(np.zeros((1, 2), dtype), RATE).format
    assert format is not None
    pieces = list(silence(format, Time(5, 1), 250))
    assert [piece.num_samples for piece in pieces] == [100, 100, 50]
    assert pieces[2].presentation_time == Time(52, 10)
    assert all((piece.array == middle).all() for piece in pieces)
