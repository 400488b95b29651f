"""Sound arrays become sample buffers without a copy, in every dtype that sound comes in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.model.refusal import refused

from reelwright.model.errors import FrameError, InvalidArgumentError, SettingsError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.pcm import DTYPES, layout_of
from reelwright.model.pixel import PixelBuffer, PixelFormat
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time

LAYOUTS = {
    "uint8": PcmLayout(8, is_signed=False),
    "int16": PcmLayout(16),
    "int32": PcmLayout(32),
    "float32": PcmLayout(32, is_float=True),
    "float64": PcmLayout(64, is_float=True),
}


@pytest.mark.parametrize(("name", "layout"), LAYOUTS.items())
def test_dtypes(name: str, layout: PcmLayout) -> None:
    sound = np.arange(6).reshape(3, 2).astype(name)
    made = SampleBuffer.from_audio(sound, 44100, Time(7, 600))
    assert made.pcm == layout
    assert layout_of(np.dtype(name)) == layout
    assert made.num_samples == 3
    assert made.timing(2).presentation == Time(7, 600) + Time(2, 44100)
    assert made.format is not None
    assert (made.format.sample_rate, made.format.channels, made.format.frames_per_packet) == (44100, 2, 1)
    np.testing.assert_array_equal(np.frombuffer(made.data, sound.dtype).reshape(3, 2), sound)


def test_there_are_no_other_dtypes() -> None:
    assert len(DTYPES) == len(LAYOUTS)
    for name in ("int8", "uint16", "int64", "float16", "complex64", "bool"):
        with refused(name, kind=FrameError, way_out="int16"):
            SampleBuffer.from_audio(np.zeros(4, name), 48000)


def test_mono_may_be_flat() -> None:
    made = SampleBuffer.from_audio(np.zeros(5, np.float32), 48000)
    assert (made.num_samples, made.format and made.format.channels) == (5, 1)


def test_contiguous_sound_is_not_copied() -> None:
    sound = np.zeros((4, 2), np.int16)
    made = SampleBuffer.from_audio(sound, 48000)
    sound[1, 0] = 258
    assert bytes(made.data[4:6]) == b"\x02\x01"


@pytest.mark.parametrize("sound", [np.array([[1, 2], [3, 4]], ">i2"), np.array([[1, 3], [2, 4]], "<i2").T])
def test_other_orders_are_put_right(sound: Any) -> None:
    assert bytes(SampleBuffer.from_audio(sound, 48000).data) == b"\1\0\2\0\3\0\4\0"


def test_no_sound_at_all() -> None:
    made = SampleBuffer.from_audio(np.zeros((0, 2), np.int16), 48000)
    assert (made.num_samples, made.duration) == (0, Time.ZERO)


@pytest.mark.parametrize("shape", [(), (2, 3, 4), (5, 0), (5, 65)])
def test_shapes_that_are_no_sound(shape: tuple[int, ...]) -> None:
    with refused(str(shape), kind=FrameError, way_out="Transpose"):
        SampleBuffer.from_audio(np.zeros(shape, np.int16), 48000)


@pytest.mark.parametrize("rate", [0, -1, 44100.5, float("nan"), True, "48000", None])
def test_rates_are_positive_whole_numbers(rate: Any) -> None:
    with refused("sample rate", repr(rate), way_out="48000"):
        SampleBuffer.from_audio(np.zeros(4, np.int16), rate)


def test_a_whole_float_is_a_rate() -> None:
    made = SampleBuffer.from_audio(np.zeros(4, np.int16), 44100.0)  # type: ignore[arg-type]
    assert made.format is not None
    assert type(made.format.sample_rate) is int


def test_the_layout_has_as_many_channels() -> None:
    made = SampleBuffer.from_audio(np.zeros((2, 6), np.int16), 48000, channel_layout="5.1(side)")
    assert made.format is not None
    assert made.format.channel_layout == "5.1(side)"
    with refused("'5.1'", "6 channels", "has 2", kind=FrameError, way_out="'stereo'"):
        SampleBuffer.from_audio(np.zeros((2, 2), np.int16), 48000, channel_layout="5.1")
    with refused("'5.2'", kind=SettingsError, way_out="5.1"):
        SampleBuffer.from_audio(np.zeros((2, 2), np.int16), 48000, channel_layout="5.2")


def test_attachments_pass_through() -> None:
    made = SampleBuffer.from_audio(np.zeros(4, np.int16), 48000, TrimDurationAtEnd=Time(1, 48000))
    assert made.output_duration == Time(3, 48000)


@pytest.mark.parametrize("name", LAYOUTS)
def test_sound_comes_back_as_it_was_wrapped(name: str) -> None:
    sound = np.arange(12).reshape(6, 2).astype(name)
    back = SampleBuffer.from_audio(sound, 48000).array
    assert (back.dtype, back.shape) == (sound.dtype, (6, 2))
    assert np.shares_memory(back, sound)
    np.testing.assert_array_equal(back, sound)
    with pytest.raises(ValueError, match="read-only"):
        back[0] = 1


def pcm_buffer(data: bytes, pcm: PcmLayout | None, channels: int = 2) -> SampleBuffer:
    form = FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="lpcm", sample_rate=48000, channels=channels, pcm=pcm
    )
    return SampleBuffer(data, form)


@pytest.mark.parametrize(
    ("pcm", "data", "values"),
    [
        (PcmLayout(16, is_big_endian=True), b"\x01\x02\xff\xfe", [[258, -2]]),
        (PcmLayout(8), b"\x7f\x80", [[127, -128]]),
        (PcmLayout(8, is_signed=False), b"\x7f\x80", [[127, 128]]),
        (PcmLayout(24), b"\x03\x02\x01\xfe\xff\xff", [[0x01020300, -512]]),
        (PcmLayout(24, is_big_endian=True), b"\x01\x02\x03\xff\xff\xfe", [[0x01020300, -512]]),
        (PcmLayout(32, is_float=True, is_big_endian=True), b"\x3f\x80\0\0\xbf\0\0\0", [[1.0, -0.5]]),
    ],
)
def test_arrays_of_every_layout(pcm: PcmLayout, data: bytes, values: list[list[float]]) -> None:
    array = pcm_buffer(data, pcm).array
    assert array.tolist() == values
    assert not array.flags.writeable


def test_one_channel_lies_side_by_side_in_any_case() -> None:
    assert pcm_buffer(b"\1\0\2\0", PcmLayout(is_interleaved=False), 1).array.tolist() == [[1], [2]]


def test_no_frames_are_an_array_of_none() -> None:
    assert SampleBuffer.from_audio(np.zeros((0, 2), np.int16), 48000).array.shape == (0, 2)


def test_what_is_no_array_of_sound() -> None:
    with refused("do not lie side by side", kind=InvalidArgumentError, way_out="interleaved"):
        _ = pcm_buffer(b"\1\0\2\0", PcmLayout(is_interleaved=False)).array
    with refused("no linear PCM", kind=InvalidArgumentError, way_out="AudioSettings"):
        _ = pcm_buffer(b"\1\0\2\0", None).array
    with refused("holds no samples", kind=InvalidArgumentError, way_out="None"):
        _ = SampleBuffer.marker(Time.ZERO).array
    image = PixelBuffer([np.zeros((2, 2, 3), np.uint8)], PixelFormat.RGB24)
    with refused("a picture", kind=InvalidArgumentError, way_out="planes"):
        _ = SampleBuffer(image=image).array
