"""Encoders of compressed sound: where packets lie, how they end, and what settings mean to each."""

from __future__ import annotations

import numpy as np
import pytest
from tests.codecs.sound import Array, float_buffer, pcm_buffer, pcm_format, tone

from reelwright.codecs.audio_encoder import AudioEncoder, EncodedSound
from reelwright.codecs.sound_family import families, family_of
from reelwright.codecs.sound_packets import SoundPackets, kind_of_values
from reelwright.model.audio_settings import AudioQuality, AudioSettings, BitRateStrategy
from reelwright.model.errors import EncodeError, SettingsError
from reelwright.model.format import PcmLayout
from reelwright.model.kinds import AudioFormat
from reelwright.model.sound_traits import sound_traits

FLOAT = PcmLayout(32, is_float=True)
ALAC, FLAC, OPUS = AudioFormat.ALAC, AudioFormat.FLAC, AudioFormat.OPUS
AC3, EAC3, AAC = AudioFormat.AC3, AudioFormat.EAC3, AudioFormat.AAC
# Priming and frames of a packet, as FFmpeg's encoders have them.
GRIDS = {AAC: (1024, 1024), ALAC: (0, 4096), AC3: (256, 1536), EAC3: (256, 1536), OPUS: (312, 960), FLAC: (0, 4608)}


def encode(settings: AudioSettings, samples: Array, rate: int = 48000) -> tuple[AudioEncoder, list[EncodedSound]]:
    encoder = AudioEncoder(settings, source=pcm_format(FLOAT, rate, samples.shape[1]))
    found = []
    for start in range(0, len(samples), 3333):
        found += encoder.encode(float_buffer(samples[start : start + 3333], rate))
    return encoder, found + encoder.flush()


@pytest.mark.parametrize("format", GRIDS)
@pytest.mark.parametrize("frames", [1, 1280, 1281, 4608, 9217])
def test_packets_follow_one_another_to_the_end_of_the_sound(format: AudioFormat, frames: int) -> None:
    encoder, packets = encode(AudioSettings(format, 48000, 1), np.zeros((frames, 1), np.float32))
    priming, length = GRIDS[format]
    assert (encoder.priming, encoder.format.priming, encoder.format.frames_per_packet) == (priming, priming, length)
    assert [packet.position for packet in packets] == [length * index for index in range(len(packets))]
    assert {packet.frames for packet in packets[:-1]} <= {length}
    traits = sound_traits(format)
    assert traits is not None
    tail = encoder.frames_encoded - priming - frames
    assert tail == 0 if traits.is_lossless else 0 <= tail < length
    assert all(packet.count == 1 and len(packet.data) for packet in packets)


@pytest.mark.parametrize("format", GRIDS)
def test_nothing_in_gives_nothing_out(format: AudioFormat) -> None:
    encoder, packets = encode(AudioSettings(format, 48000, 2), np.zeros((0, 2), np.float32))
    assert (packets, encoder.frames_encoded) == ([], 0)
    assert encoder.format.media_subtype == format.media_subtype
    assert bool(encoder.format.codec_config) == (format not in (AC3, EAC3))


@pytest.mark.parametrize("format", families())
def test_every_layout_opens_and_says_what_it_is_coded_as(format: AudioFormat) -> None:
    traits = sound_traits(format)
    assert traits is not None
    for name in traits.layouts:
        encoder = AudioEncoder(AudioSettings(format, 48000, channel_layout=name), source=pcm_format(FLOAT))
        assert encoder.format.channel_layout == family_of(format).layouts.get(name, name)


@pytest.mark.parametrize("format", [ALAC, FLAC])
@pytest.mark.parametrize(
    ("source", "depth"), [(PcmLayout(8, is_signed=False), 16), (PcmLayout(16), 16), (PcmLayout(24), 24), (FLOAT, 24)]
)
def test_depth_is_the_sources_unless_told(format: AudioFormat, source: PcmLayout, depth: int) -> None:
    encoder = AudioEncoder(AudioSettings(format, 48000, 2), source=pcm_format(source))
    assert encoder.format.bits_per_component == depth
    told = AudioEncoder(AudioSettings(format, 48000, 2, bit_depth_hint=16), source=pcm_format(source))
    assert told.format.bits_per_component == 16


@pytest.mark.parametrize(("value", "is_rounded"), [(0x7654_3200, False), (0x7654_3210, True)])
def test_integers_that_do_not_fit_are_noticed(value: int, is_rounded: bool) -> None:
    source = pcm_format(PcmLayout(32), 48000, 1)
    encoder = AudioEncoder(AudioSettings(FLAC), source=source)
    encoder.encode(pcm_buffer(value.to_bytes(4, "little") * 10, source))
    assert encoder.is_rounded == is_rounded
    stored = AudioEncoder(AudioSettings(AudioFormat.LINEAR_PCM), source=source)
    stored.encode(pcm_buffer(value.to_bytes(4, "little") * 10, source))
    assert not stored.is_rounded


def bits(settings: AudioSettings, samples: Array) -> int:
    return sum(len(packet.data) for packet in encode(settings, samples)[1]) * 8


def music(seconds: int = 1) -> Array:
    noise = np.random.default_rng(3).normal(0, 0.02, (48000 * seconds, 2))
    chord = sum(tone(frequency, 48000 * seconds, 48000, 0.1) for frequency in (220, 997, 3001))
    return (np.asarray(chord)[:, None] + noise).astype(np.float32)


@pytest.mark.parametrize(
    ("format", "rate"),
    [(AC3, 128_000), (AC3, 448_000), (EAC3, 96_000), (EAC3, 256_000), (OPUS, 160_000)],
)
def test_bit_rates_are_kept(format: AudioFormat, rate: int) -> None:
    settings = AudioSettings(format, 48000, 2, bit_rate=rate, bit_rate_strategy=BitRateStrategy.CONSTANT)
    assert bits(settings, music()) == pytest.approx(rate, rel=0.12)
    assert AudioEncoder(settings, source=pcm_format(FLOAT)).format.bit_rate == rate


def test_opus_keeps_a_constant_rate_when_told() -> None:
    settings = AudioSettings(OPUS, 48000, 2, bit_rate=96_000, bit_rate_strategy=BitRateStrategy.CONSTANT)
    _, packets = encode(settings, music())
    assert len({len(packet.data) for packet in packets}) == 1
    variable = AudioSettings(OPUS, 48000, 2, bit_rate=96_000, bit_rate_strategy="Variable")
    assert len({len(packet.data) for packet in encode(variable, music())[1]}) > 1


def test_a_low_rate_narrows_opus_band_and_not_its_clock() -> None:
    encoder, packets = encode(AudioSettings(OPUS, 16000, 2), music())
    assert (encoder.format.sample_rate, encoder.frames_out, encoder.priming) == (48000, 48000, 312)
    # RFC 6716, table 2: configurations 4 to 7 (SILK), 20 to 23 (CELT) are those of wideband, 8 kHz; 16 to 19 narrower.
    assert {bytes(packet.data)[0] >> 3 for packet in packets} <= {*range(8, 12), *range(20, 24)}


@pytest.mark.parametrize(("format", "levels"), [(FLAC, 5), (ALAC, 3)])
def test_quality_of_lossless_sound_is_effort(format: AudioFormat, levels: int) -> None:
    sizes = [bits(AudioSettings(format, 48000, 2, quality=quality), music()) for quality in AudioQuality]
    assert sizes[0] > sizes[-1]
    assert len(set(sizes)) <= levels


def test_resampled_sound_has_its_exact_length() -> None:
    encoder, packets = encode(AudioSettings(OPUS), np.zeros((44100 + 37, 1), np.float32), 44100)
    assert encoder.frames_out == round((44100 + 37) * 48000 / 44100)
    assert encoder.frames_encoded == sum(packet.frames for packet in packets) >= encoder.frames_out + 312


def test_options_win_and_unknown_ones_are_refused() -> None:
    short = AudioSettings(OPUS, 48000, 2, encoder_options={"frame_duration": "10"})
    assert AudioEncoder(short, source=pcm_format(FLOAT)).format.frames_per_packet == 480
    with pytest.raises(SettingsError, match="'flac' does not know the option loudness"):
        AudioEncoder(AudioSettings(FLAC, encoder_options={"loudness": "11"}), source=pcm_format(FLOAT))
    with pytest.raises(EncodeError, match=r"'ac3' does not open for 48000 Hz stereo with .*dialnorm=5"):
        AudioEncoder(AudioSettings(AC3, encoder_options={"dialnorm": "5"}), source=pcm_format(FLOAT))


def test_an_encoder_that_keeps_frames_back_is_found_out() -> None:
    family = family_of(AC3)
    careless = type(family)(family.encoder, family.options, family.layouts)
    packets = SoundPackets(careless, 48000, "mono", None, {})
    packets.encode(memoryview(bytes(4 * 1536)))
    with pytest.raises(EncodeError, match="kept the last 256 frames"):
        packets.flush()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    for format in (ALAC, FLAC, OPUS, AC3, EAC3):
        encode(AudioSettings(format, 48000, 2), np.full((5000, 2), 3.0, np.float32))
    assert capfd.readouterr() == ("", "")


def test_values_come_as_each_kind_of_encoder_takes_them() -> None:
    assert (kind_of_values(24).ffmpeg, kind_of_values(16).ffmpeg, kind_of_values(None).ffmpeg) == ("s32", "s16", "flt")
    assert (kind_of_values(24).pcm.bits, kind_of_values(16).pcm.bits) == (24, 16)
    assert kind_of_values(None).pcm.is_float


@pytest.mark.parametrize("format", [AAC, ALAC])
def test_no_option_changes_the_rate_behind_the_file_s_back(format: AudioFormat) -> None:
    with pytest.raises(SettingsError, match="8000 Hz") as caught:
        AudioEncoder(
            AudioSettings(format, 48000, 1, encoder_options={"ar": "8000"}), source=pcm_format(FLOAT, 48000, 1)
        )
    assert "sample_rate" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("settings", "won"),
    [
        (
            AudioSettings(AAC, 48000, 1, bit_rate=64_000, encoder_options={"b": "96000"}),
            "AVEncoderBitRateKey (b=96000)",
        ),
        (AudioSettings(FLAC, 48000, 1, quality=0, encoder_options={"compression_level": "3"}), "compression_level=3"),
        (
            AudioSettings(OPUS, 48000, 1, bit_rate_strategy="Constant", encoder_options={"vbr": "on"}),
            "StrategyKey (vbr",
        ),
        (AudioSettings(AAC, 48000, 1, encoder_options={"b": "96000"}), ""),
        (AudioSettings(AAC, 48000, 1, bit_rate=96_000, encoder_options={"b": "96000"}), ""),
        (AudioSettings(AAC, 48000, 1, quality=0, encoder_options={"aac_ms": "0"}), ""),
    ],
)
def test_settings_that_options_won_over_are_told(settings: AudioSettings, won: str) -> None:
    told = AudioEncoder(settings, source=pcm_format(FLOAT, 48000, 1)).overridden
    assert len(told) == bool(won)
    assert won in "".join(told)


def test_the_hardest_work_stays_within_the_subset_that_all_decoders_take() -> None:
    """RFC 9639, 7: a predictor's order is 12 at most. FFmpeg's levels 11 and 12 go to 32."""
    assert (
        int(family_of(FLAC).options(AudioSettings(FLAC, 48000, 1, quality=AudioQuality.MAX))["compression_level"]) <= 10
    )
