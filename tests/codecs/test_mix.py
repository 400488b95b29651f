"""Any linear PCM into any other: exact where it can be, to the frame everywhere."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest
from tests.codecs.sound import Array, float_buffer, pcm_buffer, pcm_format, tone

from reelwright.codecs.mix import AudioConverter
from reelwright.codecs.resample import MASTERING
from reelwright.model.errors import FrameError, InvalidStateError, SettingsError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time

FLOAT = PcmLayout(32, is_float=True)
LAYOUTS = {
    "u8": PcmLayout(8, is_signed=False),
    "s8": PcmLayout(8),
    "s16": PcmLayout(16),
    "s16be": PcmLayout(16, is_big_endian=True),
    "s24": PcmLayout(24),
    "s24be": PcmLayout(24, is_big_endian=True),
    "s32": PcmLayout(32),
    "s32be": PcmLayout(32, is_big_endian=True),
    "f32": FLOAT,
    "f32be": PcmLayout(32, is_float=True, is_big_endian=True),
    "f64": PcmLayout(64, is_float=True),
    "f64be": PcmLayout(64, is_float=True, is_big_endian=True),
}


def reference_bytes(samples: Array, pcm: PcmLayout) -> bytes:
    """What the numbers are as stored values, worked out one by one, the slow and sure way."""
    order = ">" if pcm.is_big_endian else "<"
    ordered = samples if pcm.is_interleaved else samples.T
    if pcm.is_float:
        return ordered.astype(f"{order}f{pcm.bits // 8}").tobytes()
    top = 1 << (pcm.bits - 1)
    shift = 0 if pcm.is_signed else top
    whole = (min(max(round(float(value) * top), -top), top - 1) + shift for value in ordered.ravel())
    byte_order: Any = "big" if pcm.is_big_endian else "little"
    return b"".join(value.to_bytes(pcm.bits // 8, byte_order, signed=pcm.is_signed) for value in whole)


def run(converter: AudioConverter, *buffers: SampleBuffer) -> bytes:
    blocks = [bytes(block) for buffer in buffers for block in converter.convert(buffer)]
    blocks += [bytes(block) for block in converter.flush()]
    return b"".join(blocks)


def same_rate(source: FormatDescription, pcm: PcmLayout, channels: int, layout: str | None = None) -> AudioConverter:
    return AudioConverter(source, rate=source.sample_rate, channels=channels, pcm=pcm, layout=layout)


@pytest.mark.parametrize(("given", "wanted"), list(itertools.product(LAYOUTS, LAYOUTS)))
@pytest.mark.parametrize("planar", [False, True], ids=["interleaved", "planar"])
def test_every_layout_becomes_every_other(given: str, wanted: str, planar: bool) -> None:
    # Values of at most 8 bits are exact in every layout, so every conversion must be.
    samples = np.random.default_rng(1).integers(-128, 128, (300, 2)) / 128.0
    pcm = LAYOUTS[given]
    pcm = PcmLayout(pcm.bits, pcm.is_float, pcm.is_big_endian, not planar, pcm.is_signed)
    source = pcm_format(pcm)
    converter = same_rate(source, LAYOUTS[wanted], 2)
    assert run(converter, pcm_buffer(reference_bytes(samples, pcm), source)) == reference_bytes(
        samples, LAYOUTS[wanted]
    )
    assert converter.frames_in == converter.frames_out == 300


def test_what_needs_nothing_is_not_copied() -> None:
    buffer = SampleBuffer.from_audio(np.arange(2 * 100_000, dtype=np.int16).reshape(-1, 2), 48000)
    assert buffer.format is not None
    blocks = list(same_rate(buffer.format, PcmLayout(16), 2).convert(buffer))
    start = np.frombuffer(buffer.data, np.uint8).ctypes.data
    assert [np.frombuffer(block, np.uint8).ctypes.data - start for block in blocks] == [0, 192_000, 384_000]
    assert b"".join(blocks) == bytes(buffer.data)


def test_one_channel_is_interleaved_and_planar_at_once() -> None:
    source = pcm_format(PcmLayout(24, is_interleaved=False), channels=1)
    data = bytes(range(30))
    assert run(same_rate(source, PcmLayout(24), 1), pcm_buffer(data, source)) == data


def test_floats_beyond_full_scale_are_clipped_as_integers_and_kept_as_floats() -> None:
    buffer = float_buffer(np.array([[1.5], [-1.5]]), 48000)
    assert buffer.format is not None
    assert np.frombuffer(run(same_rate(buffer.format, PcmLayout(16), 1), buffer), "<i2").tolist() == [32767, -32768]
    kept = run(same_rate(buffer.format, LAYOUTS["f64"], 1), buffer)
    assert np.frombuffer(kept, "<f8").tolist() == [1.5, -1.5]


def test_what_was_clipped_is_counted_where_it_lies() -> None:
    samples = np.zeros((100_000, 2), np.float32)
    samples[50_000, 1], samples[99_999] = 1.01, (-2, 3)
    samples[0] = 1, -1
    buffer = SampleBuffer.from_audio(samples, 48000, 0)
    assert buffer.format is not None
    as_integers, as_floats = (same_rate(buffer.format, LAYOUTS[name], 2) for name in ("s16", "f32"))
    for converter in (as_integers, as_floats):
        run(converter, buffer)
    assert (as_integers.clipped, as_integers.first_clipped) == (3, 50_000)
    assert (as_floats.clipped, as_floats.first_clipped) == (0, None)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("wanted", ["s16", "f32"])
def test_what_is_no_number_is_refused_with_its_place(value: float, wanted: str) -> None:
    samples = np.zeros((60_000, 2), np.float32)
    samples[50_000, 1] = value
    buffer = SampleBuffer.from_audio(samples, 48000, 2)
    assert buffer.format is not None
    converter = same_rate(buffer.format, LAYOUTS[wanted], 2)
    with pytest.raises(FrameError, match=r"channel 1 of the buffer's frame 50000.*nan_to_num") as caught:
        run(converter, buffer)
    assert caught.value.time == Time(2 * 48000 + 50_000, 48000)
    assert converter.frames_in == 0


def test_surround_becomes_stereo() -> None:
    frames = np.eye(6, dtype=np.float32)
    buffer = float_buffer(frames, 48000, "5.1")
    assert buffer.format is not None
    found = np.frombuffer(run(same_rate(buffer.format, FLOAT, 2), buffer), "<f4").reshape(-1, 2)
    side = 2**-0.5
    expected = np.array([[1, 0], [0, 1], [side, side], [0, 0], [side, 0], [0, side]]) / (1 + 2 * side)
    assert np.allclose(found, expected, atol=1e-7)


def test_full_scale_surround_does_not_clip() -> None:
    source = pcm_format(PcmLayout(16), channels=6, layout="5.1")
    loud = np.full((100, 6), 32767, "<i2")
    found = np.frombuffer(run(same_rate(source, PcmLayout(16), 2), pcm_buffer(loud.tobytes(), source)), "<i2")
    assert set(found.tolist()) == {32767}


def test_mono_fills_both_speakers_bit_by_bit() -> None:
    source = pcm_format(PcmLayout(16), channels=1)
    samples = np.arange(-32768, 32768, 7, dtype="<i2")
    found = np.frombuffer(run(same_rate(source, PcmLayout(16), 2), pcm_buffer(samples.tobytes(), source)), "<i2")
    assert np.array_equal(found.reshape(-1, 2), np.stack([samples, samples], axis=1))


def test_channels_without_a_layout_are_taken_in_the_target_s_order() -> None:
    samples = np.random.default_rng(2).integers(-9, 9, (50, 6)).astype("<i2")
    source = pcm_format(PcmLayout(16), channels=6)
    data = samples.tobytes()
    assert run(same_rate(source, PcmLayout(16), 6, "5.1(side)"), pcm_buffer(data, source)) == data


@pytest.mark.parametrize(("rate", "target"), [(44100, 48000), (48000, 44100), (8000, 48000), (96000, 44100)])
@pytest.mark.parametrize("given", ["u8", "s16", "s24be", "s32", "f32", "f64be"])
def test_rate_width_and_channels_change_together(rate: int, target: int, given: str) -> None:
    pcm = LAYOUTS[given]
    left = tone(440, rate, rate, 0.5)
    source = pcm_format(pcm, rate, 1)
    converter = AudioConverter(source, rate=target, channels=2, pcm=PcmLayout(24), layout="stereo")
    raw = np.frombuffer(run(converter, pcm_buffer(reference_bytes(left[:, None], pcm), source)), np.uint8)
    padded = np.zeros((len(raw) // 3, 4), np.uint8)
    padded[:, 1:] = raw.reshape(-1, 3)
    found = padded.view("<i4").reshape(-1, 2) / 2.0**31
    assert len(found) == converter.frames_out == target
    assert np.array_equal(found[:, 0], found[:, 1])
    inner = slice(target // 20, -target // 20)
    tolerance = 0.006 if given == "u8" else 0.0003
    assert np.abs(found[inner, 0] - tone(440, target, target, 0.5)[inner]).max() < tolerance


def test_double_precision_survives_a_change_of_rate() -> None:
    source = pcm_format(LAYOUTS["f64"], 44100, 1)
    wave = np.sin(2 * np.pi * 997 * np.arange(44100) / 44100)
    converter = AudioConverter(source, rate=48000, channels=1, pcm=LAYOUTS["f64"], quality=MASTERING)
    found = np.frombuffer(run(converter, pcm_buffer(wave.astype("<f8").tobytes(), source)), "<f8")
    expected = np.sin(2 * np.pi * 997 * np.arange(48000) / 48000)
    assert np.abs(found - expected)[3000:-3000].max() < 1e-6


def test_silence_counts_as_sound() -> None:
    source = pcm_format(PcmLayout(16), 44100, 2)
    converter = AudioConverter(source, rate=48000, channels=2, pcm=LAYOUTS["u8"])
    found = b"".join([*map(bytes, converter.silence(100_000)), *map(bytes, converter.flush())])
    assert converter.frames_in == 100_000
    assert converter.frames_out == 108_844
    assert found == b"\x80" * (2 * 108_844)


def test_trims_are_cut_off() -> None:
    buffer = SampleBuffer.from_audio(
        np.arange(10, dtype=np.int16), 8000, TrimDurationAtStart=Time(2, 8000), TrimDurationAtEnd=Time(3, 8000)
    )
    assert buffer.format is not None
    converter = same_rate(buffer.format, PcmLayout(16), 1)
    assert np.frombuffer(run(converter, buffer), "<i2").tolist() == [2, 3, 4, 5, 6]
    assert converter.frames_in == 5


@pytest.mark.parametrize(
    ("trim", "message"), [(Time(1, 7), "not a whole number of frames"), (Time(11, 8000), "more than the 10 frames")]
)
def test_impossible_trims_are_refused(trim: Time, message: str) -> None:
    buffer = SampleBuffer.from_audio(np.zeros(10, np.int16), 8000, TrimDurationAtStart=trim)
    assert buffer.format is not None
    with pytest.raises(FrameError, match=message):
        run(same_rate(buffer.format, PcmLayout(16), 1), buffer)


@pytest.mark.parametrize(
    ("rate", "channels", "dtype"), [(44100, 2, np.int16), (48000, 1, np.int16), (48000, 2, np.float32)]
)
def test_a_source_that_changes_is_refused(rate: int, channels: int, dtype: type) -> None:
    first = SampleBuffer.from_audio(np.zeros((10, 2), np.int16), 48000)
    other = SampleBuffer.from_audio(np.zeros((10, channels), dtype), rate, 5)
    assert first.format is not None
    converter = same_rate(first.format, PcmLayout(16), 2)
    list(converter.convert(first))
    with pytest.raises(FrameError, match="changes from int16 48000 Hz 2 channels to") as caught:
        list(converter.convert(other))
    assert caught.value.time == 5


def test_an_equal_description_that_is_another_object_is_the_same_source() -> None:
    first = SampleBuffer.from_audio(np.zeros((10, 2), np.int16), 48000)
    other = SampleBuffer.from_audio(np.zeros((10, 2), np.int16), 48000, channel_layout="stereo")
    assert first.format is not None
    assert len(run(same_rate(first.format, PcmLayout(16), 2), first, other)) == 80


def test_nothing_follows_the_flush() -> None:
    buffer = float_buffer(np.zeros((10, 1)), 48000)
    assert buffer.format is not None
    converter = same_rate(buffer.format, FLOAT, 1)
    run(converter, buffer)
    assert list(converter.flush()) == []
    with pytest.raises(InvalidStateError, match="after flush"):
        list(converter.convert(buffer))
    with pytest.raises(InvalidStateError, match="after flush"):
        list(converter.silence(1))


def test_sources_and_targets_that_cannot_be_are_refused() -> None:
    packets = FormatDescription(media_type=MediaType.AUDIO, media_subtype="mp4a", sample_rate=48000, channels=2)
    with pytest.raises(FrameError, match="'mp4a' is not linear PCM"):
        same_rate(packets, FLOAT, 2)
    with pytest.raises(FrameError, match="interleaved values only"):
        same_rate(pcm_format(FLOAT), PcmLayout(16, is_interleaved=False), 2)
    with pytest.raises(SettingsError, match="has no place"):
        same_rate(pcm_format(FLOAT, channels=12, layout="12 channels"), FLOAT, 2)
    marker = SampleBuffer.marker(Time(1, 1))
    with pytest.raises(FrameError, match="without sound"):
        list(same_rate(pcm_format(FLOAT), FLOAT, 2).convert(marker))


def test_an_empty_buffer_gives_nothing() -> None:
    source = pcm_format(PcmLayout(16))
    converter = same_rate(source, LAYOUTS["f32"], 2)
    assert run(converter, SampleBuffer(b"", format=source, num_samples=0)) == b""
    assert converter.frames_out == 0


def test_long_buffers_are_worked_off_in_blocks() -> None:
    seconds = 60
    samples = np.zeros((seconds * 48000, 2), np.int16)
    buffer = SampleBuffer.from_audio(samples, 48000)
    assert buffer.format is not None
    converter = AudioConverter(buffer.format, rate=44100, channels=1, pcm=PcmLayout(24))
    tracemalloc.start()
    try:
        length = sum(block.nbytes for block in converter.convert(buffer))
        length += sum(block.nbytes for block in converter.flush())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length == seconds * 44100 * 3
    assert most < samples.nbytes / 4
