"""The encoder's books and its packets, judged by a decoder that is not ours."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from tests.codecs.sound import (
    Array,
    click_positions,
    clicks,
    float_buffer,
    heard,
    main_frequency,
    pcm_buffer,
    pcm_format,
    peaks,
    tone,
    write_m4a,
)

from reelwright.codecs.audio_encoder import AudioEncoder, EncodedSound
from reelwright.codecs.sound_family import default_bit_rate
from reelwright.model.audio_settings import (
    AudioQuality,
    AudioSettings,
    BitRateStrategy,
    SampleRateConverterAlgorithm,
)
from reelwright.model.errors import EncodeError, FrameError, InvalidStateError, SettingsError, SettingsWarning
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import AudioFormat
from reelwright.model.sample import SampleBuffer
from reelwright.model.sound_traits import AAC_SAMPLE_RATES, aac_bit_rates

FLOAT = PcmLayout(32, is_float=True)
AAC, PCM = AudioFormat.AAC, AudioFormat.LINEAR_PCM


def encode(
    settings: AudioSettings, samples: Array, rate: int, layout: str | None = None
) -> tuple[AudioEncoder, list[EncodedSound]]:
    """In buffers of uneven sizes."""
    encoder = AudioEncoder(settings, source=pcm_format(FLOAT, rate, samples.shape[1], layout))
    found = []
    for start in range(0, len(samples), 3333):
        found += encoder.encode(float_buffer(samples[start : start + 3333], rate, layout))
    found += encoder.flush()
    return encoder, found


def decoded(tmp_path: Path, encoder: AudioEncoder, packets: list[EncodedSound]) -> Array:
    """What an independent ffmpeg hears, priming and tail cut off by our books."""
    file = tmp_path / "sound.m4a"
    write_m4a(file, encoder.format, packets)
    sound = heard(file, encoder.format.channels)
    assert len(sound) == encoder.frames_encoded == sum(packet.frames for packet in packets)
    tail = encoder.frames_encoded - encoder.priming - encoder.frames_out
    assert 0 <= tail < 1024
    return sound[encoder.priming : encoder.priming + encoder.frames_out]


def check_grid(encoder: AudioEncoder, packets: list[EncodedSound]) -> None:
    assert [packet.position for packet in packets] == [1024 * index for index in range(len(packets))]
    assert {(packet.count, packet.frames) for packet in packets} == {(1, 1024)}
    assert encoder.priming == encoder.format.priming == 1024


CLICKS = [(1, "mono", rate) for rate in (8000, 16000, 22050, 44100, 48000, 96000)]
CLICKS += [(2, "stereo", 44100), (6, "5.1", 22050), (6, "5.1", 48000), (8, "7.1", 48000), (8, "7.1", 96000)]


@pytest.mark.parametrize(("channels", "layout", "rate"), CLICKS)
def test_clicks_and_tones_are_heard_where_they_were_put(tmp_path: Path, rate: int, channels: int, layout: str) -> None:
    frames = min(rate, 24000) + 4711
    positions = click_positions(frames, 2500 if frames > 20000 else 1200, rate + channels, 4)
    samples = clicks(frames, positions, channels)
    samples += tone(1000, frames, rate, 0.02)[:, None]
    encoder, packets = encode(AudioSettings(AAC, rate, channels, channel_layout=layout), samples, rate, layout)
    check_grid(encoder, packets)
    assert encoder.frames_in == encoder.frames_out == frames
    sound = decoded(tmp_path, encoder, packets)
    assert sound.shape == samples.shape
    for channel in range(channels):
        if layout != "mono" and channel == 3:
            continue  # low frequencies only: a click has no place there
        assert np.abs(peaks(sound[:, channel], positions, 500) - positions).max() <= 1, channel


@pytest.mark.parametrize(
    ("source", "rate"), [(44100, 48000), (48000, 44100), (8000, 48000), (96000, 44100), (192000, 48000)]
)
def test_clicks_keep_their_time_at_another_rate(tmp_path: Path, source: int, rate: int) -> None:
    frames = source + 321
    positions = click_positions(frames, max(3000 * source // rate, 1200), source, 5)
    wide = clicks(frames, positions, 1)
    encoder, packets = encode(AudioSettings(AAC, rate, 1, bit_rate=128_000), wide, source)
    assert encoder.frames_in == frames
    assert abs(encoder.frames_out - frames * rate / source) <= 0.5
    sound = decoded(tmp_path, encoder, packets)
    expected = positions * rate / source
    assert np.abs(peaks(sound[:, 0], expected, 500) - expected).max() <= 1


LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.0(side)", "5.1", "5.1(side)", "7.1")


@pytest.mark.parametrize(
    ("layout", "build"),
    [*((layout, "system") for layout in LAYOUTS), ("4.0", "wheel"), ("5.1", "wheel"), ("7.1", "wheel")],
)
def test_each_channel_comes_out_of_its_speaker(tmp_path: Path, layout: str, build: str) -> None:
    frequencies = [300, 400, 500, 60, 700, 800, 900, 1000]
    channels = {"mono": 1, "stereo": 2, "3.0": 3, "4.0": 4, "5.0": 5, "5.0(side)": 5, "7.1": 8}.get(layout, 6)
    samples = np.stack([tone(frequency, 16000, 48000, 0.2) for frequency in frequencies[:channels]], axis=1)
    encoder, packets = encode(AudioSettings(AAC, 48000, channels, channel_layout=layout), samples, 48000, layout)
    file = tmp_path / "sound.m4a"
    write_m4a(file, encoder.format, packets)
    sound = heard(file, channels, build=build)[2400:-2400]
    found = [main_frequency(sound[:, channel], 48000) for channel in range(channels)]
    assert np.allclose(found, frequencies[:channels], atol=5)


def test_seven_one_says_so_by_the_standard() -> None:
    # ISO/IEC 14496-3 table 1.19: 7 is front, front, front, back; 12 is front, side, back.
    encoder = AudioEncoder(AudioSettings(AAC, 48000, 8, channel_layout="7.1"), source=pcm_format(FLOAT, 48000, 8))
    assert encoder.format.codec_config[1] >> 3 & 15 == 12


@pytest.mark.parametrize("frames", [1, 2, 1023, 1024, 1025, 2048, 5000])
def test_the_tail_is_whole(tmp_path: Path, frames: int) -> None:
    samples = np.full((frames, 1), 0.5, np.float32) * np.cos(np.arange(frames) * 0.3)[:, None]
    encoder, packets = encode(AudioSettings(AAC, 48000, 1, bit_rate=256_000), samples, 48000)
    check_grid(encoder, packets)
    assert len(packets) == 1 + -(-frames // 1024)
    sound = decoded(tmp_path, encoder, packets)
    assert sound.shape == (frames, 1)
    if frames > 100:
        assert np.abs(sound - samples)[64:-64].max() < 0.15


def test_nothing_in_gives_nothing_out() -> None:
    encoder = AudioEncoder(AudioSettings(AAC, 48000, 2), source=pcm_format(FLOAT))
    assert encoder.flush() == []
    assert encoder.frames_in == encoder.frames_out == encoder.frames_encoded == 0
    assert encoder.format.priming == 1024
    assert encoder.format.codec_config


def test_silence_is_sound(tmp_path: Path) -> None:
    encoder = AudioEncoder(AudioSettings(AAC, 48000, 1), source=pcm_format(FLOAT, 24000, 1))
    packets = encoder.encode(float_buffer(clicks(5000, np.array([2500])), 24000))
    packets += encoder.encode_silence(7000)
    packets += encoder.encode(float_buffer(clicks(5000, np.array([1000])), 24000))
    packets += encoder.flush()
    assert encoder.frames_in == 17_000
    sound = decoded(tmp_path, encoder, packets)[:, 0]
    assert len(sound) == 34_000
    assert np.abs(peaks(sound, np.array([5000, 26_000]), 500) - [5000, 26_000]).max() <= 1
    assert np.abs(sound[9000:22_000]).max() < 0.01


def test_aac_says_what_it_is() -> None:
    encoder = AudioEncoder(AudioSettings(AAC, bit_rate=96_000), source=pcm_format(PcmLayout(16), 44100, 2))
    made = encoder.format
    assert (made.media_subtype, made.sample_rate, made.channels, made.channel_layout) == ("mp4a", 44100, 2, "stereo")
    assert (made.frames_per_packet, made.priming, made.bit_rate, made.pcm) == (1024, 1024, 96_000, None)
    assert made.codec_config[:2] == bytes([0x12, 0x10])  # AAC-LC, 44100 Hz, two channels


def rate_of(settings: AudioSettings) -> float:
    generator = np.random.default_rng(5)
    samples = sum(tone(frequency, 48000, 48000, 0.1) for frequency in (220, 997, 3001))
    noisy = np.stack([samples, np.roll(samples, 30)], axis=1) + generator.normal(0, 0.02, (48000, 2))
    _, packets = encode(settings, noisy.astype(np.float32), 48000)
    return sum(len(packet.data) for packet in packets) * 8


@pytest.mark.parametrize("strategy", [None, BitRateStrategy.LONG_TERM_AVERAGE])
def test_the_bit_rate_is_kept(strategy: BitRateStrategy | None) -> None:
    for wanted in (64_000, 192_000):
        settings = AudioSettings(AAC, 48000, 2, bit_rate=wanted, bit_rate_strategy=strategy)
        assert rate_of(settings) == pytest.approx(wanted, rel=0.08)


def test_the_bit_rate_is_64_kbit_a_channel_unless_asked_for() -> None:
    assert rate_of(AudioSettings(AAC, 48000, 2)) == pytest.approx(128_000, rel=0.08)
    assert default_bit_rate(48000, 6) == 384_000
    for rate in AAC_SAMPLE_RATES:
        least, most = aac_bit_rates(rate, 1)
        assert least <= default_bit_rate(rate, 1) <= most


def test_variable_bit_rate_follows_the_quality() -> None:
    rates = [
        rate_of(AudioSettings(AAC, 48000, 2, bit_rate_strategy=BitRateStrategy.VARIABLE, quality_for_vbr=quality))
        for quality in AudioQuality
    ]
    assert rates == sorted(rates)
    assert rates[0] < 60_000
    assert rates[-1] > 200_000
    unasked = AudioSettings(AAC, 48000, 2, bit_rate_strategy=BitRateStrategy.VARIABLE)
    assert rate_of(unasked) == rates[3]
    assert AudioEncoder(unasked, source=pcm_format(FLOAT)).format.bit_rate == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (AudioSettings(AAC, bit_rate_strategy=BitRateStrategy.CONSTANT), "BitRateStrategy.* long-term average"),
        (AudioSettings(AAC, quality_for_vbr=AudioQuality.HIGH), "QualityForVBR.* strategy Variable"),
        (AudioSettings(PCM, bit_rate=64_000), "BitRateKey has no effect: linear PCM is not compressed"),
        (
            AudioSettings(PCM, sample_rate_converter_algorithm=SampleRateConverterAlgorithm.MINIMUM_PHASE),
            "MinimumPhase has no effect: .* linear phase",
        ),
    ],
)
def test_what_has_no_effect_is_said(settings: AudioSettings, message: str) -> None:
    with pytest.warns(SettingsWarning, match=message):
        AudioEncoder(settings, source=pcm_format(FLOAT))


def test_less_quality_is_less_work() -> None:
    assert rate_of(AudioSettings(AAC, 48000, 2, quality=AudioQuality.MIN)) == pytest.approx(128_000, rel=0.1)
    fast, slow = (
        encode(AudioSettings(AAC, 48000, 2, quality=quality), clicks(5000, np.array([99, 2500]), 2), 48000)[1]
        for quality in (AudioQuality.MIN, AudioQuality.MAX)
    )
    assert [packet.data for packet in fast] != [packet.data for packet in slow]


def test_mastering_lets_through_what_normal_does_not() -> None:
    high = tone(21_500, 48000, 48000, 0.5)[:, None]
    stored = [
        encode(
            AudioSettings(PCM, 44100, 1, linear_pcm_is_float=True, sample_rate_converter_algorithm=algorithm),
            high,
            48000,
        )[1]
        for algorithm in (SampleRateConverterAlgorithm.NORMAL, SampleRateConverterAlgorithm.MASTERING)
    ]
    normal, mastering = (
        np.abs(np.concatenate([np.frombuffer(sound.data, "<f4") for sound in sounds])[4000:-4000]).max()
        for sounds in stored
    )
    assert normal < 0.4 < mastering


def test_options_win_over_settings() -> None:
    settings = AudioSettings(AAC, 48000, 2, bit_rate=64_000, encoder_options={"b": "192000"})
    assert rate_of(settings) == pytest.approx(192_000, rel=0.08)


def test_unknown_options_and_impossible_ones_are_refused() -> None:
    with pytest.raises(SettingsError, match="does not know the option loudness"):
        AudioEncoder(AudioSettings(AAC, encoder_options={"loudness": "11"}), source=pcm_format(FLOAT))
    with pytest.raises(EncodeError, match=r"does not open for 48000 Hz stereo with .*b=loud: .*Choose another"):
        AudioEncoder(AudioSettings(AAC, encoder_options={"b": "loud"}), source=pcm_format(FLOAT))


def test_what_the_source_adds_is_checked_too() -> None:
    with pytest.raises(SettingsError, match="192000 Hz is not a valid sample rate"):
        AudioEncoder(AudioSettings(AAC), source=pcm_format(FLOAT, 192_000))
    with pytest.raises(SettingsError, match="12 is not a valid channel count"):
        AudioEncoder(AudioSettings(AAC), source=pcm_format(FLOAT, 48000, 12))


@pytest.mark.parametrize(
    ("bits", "is_float"), [(8, False), (16, False), (24, False), (32, False), (32, True), (64, True)]
)
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 6, 12])
def test_linear_pcm_in_every_layout(bits: int, is_float: bool, big: bool, channels: int) -> None:
    settings = AudioSettings(PCM, linear_pcm_bit_depth=bits, linear_pcm_is_float=is_float, linear_pcm_is_big_endian=big)
    source = pcm_format(PcmLayout(16), 48000, channels)
    encoder = AudioEncoder(settings, source=source)
    samples = np.random.default_rng(4).integers(-128, 128, (70_000, channels)).astype("<i2") * 256
    stored = encoder.encode(pcm_buffer(samples.astype("<i2").tobytes(), source)) + encoder.flush()
    assert [sound.position for sound in stored] == [0, 48000]
    assert all(sound.count == sound.frames for sound in stored)
    assert encoder.frames_encoded == encoder.frames_out == 70_000
    assert encoder.format.pcm == PcmLayout(bits, is_float, big)
    assert encoder.format.bit_rate == 48000 * bits * channels
    data = b"".join(bytes(sound.data) for sound in stored)
    dtype = f"{'>' if big else '<'}{'f' if is_float else 'i'}{bits // 8}"
    if bits == 24:
        padded = np.zeros((70_000 * channels, 4), np.uint8)
        padded[:, (slice(0, 3) if big else slice(1, 4))] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        found = padded.view(f"{dtype[0]}i4").astype(np.float64) / 2**31
    else:
        found = np.frombuffer(data, dtype).astype(np.float64) / (1 if is_float else 2 ** (bits - 1))
    assert np.array_equal(found.reshape(-1, channels), samples / 32768)


def test_stored_pcm_says_what_it_is() -> None:
    encoder = AudioEncoder(AudioSettings(PCM, 44100, 1), source=pcm_format(FLOAT))
    made = encoder.format
    assert (made.media_subtype, made.sample_rate, made.channels, made.channel_layout) == ("lpcm", 44100, 1, "mono")
    assert (made.frames_per_packet, made.priming, made.pcm) == (1, 0, PcmLayout(16))


def test_eight_bits_are_signed() -> None:
    encoder = AudioEncoder(AudioSettings(PCM, linear_pcm_bit_depth=8), source=pcm_format(PcmLayout(8, is_signed=False)))
    assert encoder.format.pcm == PcmLayout(8, is_signed=True)
    stored = encoder.encode(pcm_buffer(bytes([0, 127, 128, 255]), pcm_format(PcmLayout(8, is_signed=False))))
    assert bytes(stored[0].data) == bytes([0x80, 0xFF, 0x00, 0x7F])


def test_equal_pcm_is_passed_through() -> None:
    buffer = SampleBuffer.from_audio(np.arange(20_000, dtype=np.int16).reshape(-1, 2), 48000)
    assert buffer.format is not None
    stored = AudioEncoder(AudioSettings(PCM), source=buffer.format).encode(buffer)
    assert np.shares_memory(np.frombuffer(stored[0].data, np.uint8), np.frombuffer(buffer.data, np.uint8))
    assert bytes(stored[0].data) == bytes(buffer.data)


def test_a_source_that_changes_is_refused() -> None:
    encoder = AudioEncoder(AudioSettings(AAC, 48000, 2), source=pcm_format(FLOAT))
    with pytest.raises(FrameError, match="in the middle of a track"):
        encoder.encode(SampleBuffer.from_audio(np.zeros((10, 2), np.float32), 44100))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("format", [AAC, PCM])
def test_what_is_no_number_is_refused(format: AudioFormat, value: float) -> None:
    encoder = AudioEncoder(AudioSettings(format, 48000, 2), source=pcm_format(FLOAT))
    with pytest.raises(FrameError, match="nan_to_num"):
        encoder.encode(float_buffer(np.array([[0.0, value]]), 48000))


def test_nothing_follows_the_end() -> None:
    buffer = float_buffer(np.zeros((10, 2)), 48000)
    encoder = AudioEncoder(AudioSettings(AAC, 48000, 2), source=pcm_format(FLOAT))
    encoder.encode(buffer)
    assert encoder.flush()
    assert encoder.flush() == []
    with pytest.raises(InvalidStateError, match="the encoder is flushed"):
        encoder.encode(buffer)
    encoder.close()
    with pytest.raises(InvalidStateError, match="the encoder is closed"):
        encoder.encode_silence(1)


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted through /proc")
def test_closing_leaves_no_thread() -> None:
    before = threads()
    encoder = AudioEncoder(AudioSettings(AAC, 44100, 2), source=pcm_format(FLOAT))
    encoder.encode(float_buffer(np.zeros((5000, 2)), 48000))
    encoder.close()
    assert threads() == before


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    encode(AudioSettings(AAC, 8000, 1, encoder_options={"b": "500000"}), np.full((9000, 1), 3.0, np.float32), 8000)
    assert capfd.readouterr() == ("", "")


def test_a_film_s_worth_at_once_needs_little_memory() -> None:
    description: FormatDescription = pcm_format(PcmLayout(16), 8000, 1)
    buffer = pcm_buffer(bytes(2 * 8000 * 600), description)
    encoder = AudioEncoder(AudioSettings(AAC, 8000, 1), source=description)
    packets = encoder.encode(buffer) + encoder.flush()
    assert len(packets) == 1 + -(-8000 * 600 // 1024)
    assert sum(len(packet.data) for packet in packets) < buffer.data.nbytes / 4
