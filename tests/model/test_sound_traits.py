"""What each encoding of sound can hold, and how settings that it cannot hold are refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.audio_rules import inapplicable
from reelwright.model.audio_settings import AudioSettings, BitRateStrategy, resolve
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.sound_traits import nearest_sample_rate, sound_traits

ALAC, FLAC, OPUS = AudioFormat.ALAC, AudioFormat.FLAC, AudioFormat.OPUS
AC3, EAC3, AAC, PCM = AudioFormat.AC3, AudioFormat.EAC3, AudioFormat.AAC, AudioFormat.LINEAR_PCM
COMPRESSED = [format for format in AudioFormat if format is not PCM]


def hint(rate: int = 44100, channels: int = 2, layout: str | None = None) -> FormatDescription:
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=rate,
        channels=channels,
        channel_layout=layout,
        pcm=PcmLayout(16),
        frames_per_packet=1,
    )


@pytest.mark.parametrize("format", COMPRESSED)
def test_every_layout_is_taken_and_counted(format: AudioFormat) -> None:
    traits = sound_traits(format)
    assert traits is not None
    for name in traits.layouts:
        layout = ChannelLayout.of(name)
        made = AudioSettings(format, 48000, layout.channels, channel_layout=name)
        assert made.channel_layout == layout.native
        assert layout.channels in traits.channel_counts
    with refused("octagonal", f"'{format.value}'", way_out="'stereo'"):
        AudioSettings(format, 48000, channel_layout="octagonal")
    with refused("64 is not a valid channel count", way_out="channels; sound is mixed to them"):
        AudioSettings(format, 48000, 64)


@pytest.mark.parametrize(
    ("format", "good", "bad", "way_out"),
    [
        (ALAC, [8000, 44100, 384_000], [400_000], "1 to 384000 Hz"),
        (FLAC, [1, 96000, 655_350], [655_351], "1 to 655350 Hz"),
        (AC3, [32000, 44100, 48000], [22050, 96000], "48000, 44100, 32000 Hz"),
        (EAC3, [32000, 44100, 48000], [24000], "48000, 44100, 32000 Hz"),
        (OPUS, [48000, 24000, 8000], [44100, 96000], "48000, 24000, 16000, 12000, 8000 Hz"),
    ],
)
def test_sample_rates(format: AudioFormat, good: list[int], bad: list[int], way_out: str) -> None:
    assert [AudioSettings(format, rate).sample_rate for rate in good] == good
    for rate in bad:
        with refused(f"{rate} Hz is not a valid sample rate", f"'{format.value}'", way_out=way_out):
            AudioSettings(format, rate)


@pytest.mark.parametrize(
    ("format", "channels", "good", "bad", "way_out"),
    [
        (AC3, 2, [32_000, 192_000, 640_000], [31_000, 190_000, 641_000], "192000"),
        (AC3, 6, [64_000, 448_000], [48_000], "64000, 80000"),
        (EAC3, 2, [32_000, 190_001, 1_024_000], [31_999, 1_024_001], "32000 to 1024000"),
        (OPUS, 2, [6_000, 510_000], [5_999, 510_001], "6000 to 510000"),
    ],
)
def test_bit_rates(format: AudioFormat, channels: int, good: list[int], bad: list[int], way_out: str) -> None:
    layout = "5.1" if channels == 6 else None
    for bits in good:
        assert AudioSettings(format, 48000, channels, channel_layout=layout, bit_rate=bits).total_bit_rate == bits
    for bits in bad:
        with refused(f"{bits} bits a second", f"{channels} channels", way_out=way_out):
            AudioSettings(format, 48000, channels, channel_layout=layout, bit_rate=bits)


@pytest.mark.parametrize("format", [ALAC, FLAC])
def test_bit_depths_of_what_loses_nothing(format: AudioFormat) -> None:
    for depth in (16, 24):
        assert AudioSettings(format, bit_depth_hint=depth).bit_depth_hint == depth
    for depth in (8, 20, 32):
        with refused(f"AVEncoderBitDepthHintKey {depth}", way_out="Use 16 or 24"):
            AudioSettings(format, bit_depth_hint=depth)


def test_a_mapping_must_tell_apple_lossless_its_depth() -> None:
    keys: dict[str, Any] = {"AVFormatIDKey": "alac", "AVSampleRateKey": 48000, "AVNumberOfChannelsKey": 2}
    with refused("must give AVEncoderBitDepthHintKey", way_out="source_format_hint"):
        resolve(keys)
    assert resolve({**keys, "AVEncoderBitDepthHintKey": 24}).bit_depth_hint == 24
    assert resolve(keys, hint()).bit_depth_hint is None
    assert resolve({**keys, "AVFormatIDKey": "flac"}).format is FLAC


def test_opus_runs_at_its_own_rate_whatever_the_source() -> None:
    assert resolve(AudioSettings(OPUS), hint(44100)).sample_rate == 48000
    assert resolve(AudioSettings(OPUS, 24000), hint(44100)).sample_rate == 24000
    with refused("22050 Hz is not a valid sample rate for format 'ac-3'"):
        resolve(AudioSettings(AC3), hint(22050))


@pytest.mark.parametrize(
    ("format", "rate", "nearest"),
    [
        (PCM, 12345, 12345),
        (AAC, 7000, 7350),
        (AAC, 192_000, 48000),
        (AAC, 88200, 88200),
        (AC3, 22050, 32000),
        (AC3, 96000, 48000),
        (AC3, 88200, 44100),
        (OPUS, 44100, 48000),
        (ALAC, 192_000, 192_000),
        (FLAC, 7, 7),
    ],
)
def test_the_nearest_rate(format: AudioFormat, rate: int, nearest: int) -> None:
    assert nearest_sample_rate(format, rate) == nearest


@pytest.mark.parametrize("format", [ALAC, FLAC])
def test_lossless_sound_has_no_bit_rate_to_choose(format: AudioFormat) -> None:
    made = AudioSettings(format, bit_rate=1, bit_rate_strategy=BitRateStrategy.CONSTANT, quality=127)
    assert [key for key, _ in inapplicable(made)] == ["AVEncoderBitRateKey", "AVEncoderBitRateStrategyKey"]


@pytest.mark.parametrize("format", [AC3, EAC3])
def test_dolbys_bit_rate_is_constant(format: AudioFormat) -> None:
    assert inapplicable(AudioSettings(format, bit_rate_strategy=BitRateStrategy.CONSTANT, bit_rate=192_000)) == []
    made = AudioSettings(format, bit_rate_strategy=BitRateStrategy.VARIABLE, quality=0, bit_depth_hint=24)
    keys = ["AVEncoderAudioQualityKey", "AVEncoderBitDepthHintKey", "AVEncoderBitRateStrategyKey"]
    assert sorted(key for key, _ in inapplicable(made)) == keys


def test_opus_keeps_its_bit_rate_by_every_strategy() -> None:
    for strategy in BitRateStrategy:
        assert inapplicable(AudioSettings(OPUS, bit_rate=96_000, bit_rate_strategy=strategy, quality=0)) == []
    assert [key for key, _ in inapplicable(AudioSettings(OPUS, quality_for_vbr=0))] == [
        "AVEncoderAudioQualityForVBRKey"
    ]
