"""Decoded sound as buffers: what the frames are, and a tail that is cut to the frame."""

from __future__ import annotations

import av
import numpy as np
import pytest
from tests.codecs.sound import pcm_buffer, pcm_format

from reelwright.codecs.audio_decoder import decode_sound, format_of, without_tail
from reelwright.model.format import PcmLayout
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time

SOURCE = pcm_format(PcmLayout(16), 8000, 1)


def numbered(*lengths: int) -> list[SampleBuffer]:
    """Buffers that hold 0, 1, 2 … over all of them."""
    ends = np.cumsum(lengths)
    starts = [0, *ends[:-1]]
    return [
        pcm_buffer(np.arange(first, last, dtype="<i2").tobytes(), SOURCE)
        for first, last in zip(starts, ends, strict=True)
    ]


@pytest.mark.parametrize("excess", [0, 1, 4, 5, 6, 14, 15, 25])
def test_the_tail_is_cut_to_the_frame(excess: int) -> None:
    asked = []

    def surplus(frames: int) -> int:
        asked.append(frames)
        return excess

    found = list(without_tail(numbered(10, 10, 10, 10, 5), surplus))
    assert asked == [45]
    data = b"".join(bytes(buffer.data) for buffer in found)
    kept = max(45 - excess, 30)  # at most the last two buffers are held back
    assert np.frombuffer(data, "<i2").tolist() == list(range(kept))
    assert sum(buffer.num_samples for buffer in found) == kept
    assert all(buffer.num_samples for buffer in found)


def test_buffers_come_before_the_last_are_known() -> None:
    def surplus(frames: int) -> int:
        raise AssertionError("not all has been read yet")

    assert next(without_tail(iter(numbered(3, 3, 3, 3)), surplus)).num_samples == 3


@pytest.mark.parametrize(
    ("sample_format", "pcm"),
    [
        ("u8p", PcmLayout(8, is_signed=False)),
        ("s16", PcmLayout(16)),
        ("s32p", PcmLayout(32)),
        ("s64", PcmLayout(64, is_float=True)),
        ("fltp", PcmLayout(32, is_float=True)),
        ("dbl", PcmLayout(64, is_float=True)),
    ],
)
def test_what_frames_are(sample_format: str, pcm: PcmLayout) -> None:
    frame = av.AudioFrame(format=sample_format, layout="5.1", samples=4)
    frame.sample_rate = 22050
    made = format_of(frame)
    assert (made.media_subtype, made.sample_rate, made.channels, made.channel_layout) == ("lpcm", 22050, 6, "5.1")
    assert made.pcm == pcm


@pytest.mark.parametrize(("counted", "name"), [("1 channels", "mono"), ("2 channels", "stereo"), ("6 channels", None)])
def test_counted_channels_have_a_name_when_they_are_one_or_two(counted: str, name: str | None) -> None:
    frame = av.AudioFrame(format="s16", layout=counted, samples=4)
    frame.sample_rate = 8000
    assert format_of(frame).channel_layout == name


def test_no_packets_give_no_buffers() -> None:
    assert list(decode_sound([], Time(0))) == []
