"""Audio settings: AVFoundation's dictionaries read, every rule of theirs kept, hints resolved."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.audio_rules import inapplicable
from reelwright.model.audio_settings import (
    AudioQuality,
    AudioSettings,
    BitRateStrategy,
    SampleRateConverterAlgorithm,
    resolve,
)
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.sound_traits import AAC_CHANNEL_LAYOUTS, AAC_SAMPLE_RATES, aac_bit_rates

AAC, LPCM = AudioFormat.AAC, AudioFormat.LINEAR_PCM
K_AAC, K_LPCM = 0x61616320, 0x6C70636D  # kAudioFormatMPEG4AAC, kAudioFormatLinearPCM
LPCM_KEYS = {
    "AVLinearPCMBitDepthKey": 24,
    "AVLinearPCMIsBigEndianKey": True,
    "AVLinearPCMIsFloatKey": False,
    "AVLinearPCMIsNonInterleaved": False,
}


def aac(**given: Any) -> AudioSettings:
    return AudioSettings(**{"format": AAC, "sample_rate": 48000, "channels": 2, **given})


def pcm(**given: Any) -> AudioSettings:
    return AudioSettings(**{"format": LPCM, "sample_rate": 48000, "channels": 2, **given})


class TestDictionary:
    def test_apples_dictionary_for_aac(self) -> None:
        made = AudioSettings.of(
            {
                "AVFormatIDKey": K_AAC,
                "AVSampleRateKey": 44100.0,
                "AVNumberOfChannelsKey": 6,
                "AVChannelLayoutKey": (124 << 16 | 6).to_bytes(4, "little") + bytes(28),
                "AVEncoderBitRateKey": 320_000,
                "AVEncoderBitRateStrategyKey": "AVAudioBitRateStrategy_LongTermAverage",
                "AVEncoderAudioQualityKey": 0x60,
                "AVSampleRateConverterAlgorithmKey": "AVSampleRateConverterAlgorithm_Mastering",
            }
        )
        assert made == AudioSettings(
            AAC,
            44100,
            6,
            channel_layout="5.1",
            bit_rate=320_000,
            bit_rate_strategy=BitRateStrategy.LONG_TERM_AVERAGE,
            quality=AudioQuality.HIGH,
            sample_rate_converter_algorithm=SampleRateConverterAlgorithm.MASTERING,
        )
        assert type(made.sample_rate) is int

    def test_apples_dictionary_for_linear_pcm(self) -> None:
        mapping = {"AVFormatIDKey": K_LPCM, "AVSampleRateKey": 48000, "AVNumberOfChannelsKey": 2, **LPCM_KEYS}
        assert AudioSettings.of(mapping).pcm == PcmLayout(24, is_big_endian=True)
        assert resolve(mapping).linear_pcm_bit_depth == 24

    @pytest.mark.parametrize("shape", ["AV{}Key", "AV{}", "{}"])
    def test_every_spelling(self, shape: str) -> None:
        values = {
            "FormatID": "aac ",
            "SampleRate": 48000,
            "NumberOfChannels": 2,
            "EncoderBitRatePerChannel": 64_000,
            "EncoderBitRateStrategy": "Variable",
            "EncoderAudioQualityForVBR": 127,
            "ChannelLayout": "stereo",
        }
        made = AudioSettings.of({shape.format(key): value for key, value in values.items()})
        assert made == aac(
            bit_rate_per_channel=64_000, bit_rate_strategy="VARIABLE", quality_for_vbr=127, channel_layout="stereo"
        )

    @pytest.mark.parametrize(
        ("key", "field"), [("AVEncoderQualityKey", "quality"), ("AVEncoderQualityForVBRKey", "quality_for_vbr")]
    )
    def test_runtime_strings_that_differ_from_their_constants(self, key: str, field: str) -> None:
        assert getattr(AudioSettings.of({"format": "aac ", key: 0x40}), field) is AudioQuality.MEDIUM

    def test_the_dataclass_itself(self) -> None:
        made = aac()
        assert AudioSettings.of(made) is made

    def test_an_unknown_key_names_the_nearest(self) -> None:
        with refused("'AVSampelRateKey'", way_out="'AVSampleRateKey'"):
            AudioSettings.of({"AVSampelRateKey": 48000, "AVFormatIDKey": "aac "})

    def test_no_recognised_key(self) -> None:
        with refused("no key that is recognised", "'codec'", way_out="AVFormatIDKey"):
            AudioSettings.of({"codec": "zzz"})

    def test_the_format_is_required(self) -> None:
        for mapping in ({}, {"AVSampleRateKey": 48000}):
            with refused("must name the format", repr(mapping), way_out="AVFormatIDKey"):
                AudioSettings.of(mapping)

    @pytest.mark.parametrize("key", ["AVSampleRateConverterAudioQualityKey", "AVSampleRateConverterQualityKey"])
    def test_the_converters_quality(self, key: str) -> None:
        with refused("AVSampleRateConverterAudioQualityKey", "96", way_out="AVSampleRateConverterAlgorithmKey"):
            AudioSettings.of({"AVFormatIDKey": K_AAC, key: 96})

    def test_settings_for_video(self) -> None:
        with refused("'AVVideoCodecKey'", "video", way_out="video input"):
            AudioSettings.of({"AVVideoCodecKey": "avc1"})

    @pytest.mark.parametrize("value", [None, "aac ", 5])
    def test_what_is_no_mapping(self, value: Any) -> None:
        with refused(repr(value)):
            AudioSettings.of(value)

    @pytest.mark.parametrize("key", ["AVAudioFileTypeKey", "AVEncoderContentSourceKey"])
    def test_keys_without_effect_are_kept_and_reported(self, key: str) -> None:
        made = AudioSettings.of({"AVFormatIDKey": K_AAC, key: 1})
        assert list(made.ignored.values()) == [1]
        assert [found for found, why in inapplicable(made) if why] == [key]

    def test_ignored_takes_nothing_else(self) -> None:
        with refused("'Nonsense'"):
            aac(ignored={"Nonsense": 1})


class TestValues:
    @pytest.mark.parametrize(
        ("value", "format"), [(K_AAC, AAC), ("aac ", AAC), ("AAC", AAC), (K_LPCM, LPCM), (LPCM, LPCM)]
    )
    def test_formats(self, value: Any, format: AudioFormat) -> None:
        assert AudioSettings(value).format is format

    @pytest.mark.parametrize("value", ["wma ", 7, -1, None, True, 1 << 40])
    def test_unknown_formats(self, value: Any) -> None:
        with refused("AVFormatIDKey", way_out="'aac ', 'lpcm'"):
            AudioSettings(value)

    @pytest.mark.parametrize("value", ["aach", ".mp3", 0x616C6177])
    def test_formats_that_are_not_written(self, value: Any) -> None:
        with refused("not written", way_out="'aac ', 'lpcm'"):
            AudioSettings(value)

    @pytest.mark.parametrize("bad", [0, -1, 44100.5, "48000", True, 1 << 31])
    def test_sample_rates_are_positive_whole_numbers(self, bad: Any) -> None:
        with refused("AVSampleRateKey", repr(bad), way_out="48000"):
            pcm(sample_rate=bad)

    @pytest.mark.parametrize("bad", [0, -1, 65, 1.5, "2"])
    def test_one_to_sixty_four_channels(self, bad: Any) -> None:
        with refused("AVNumberOfChannelsKey", repr(bad), "from 1 to 64"):
            pcm(channels=bad)

    @pytest.mark.parametrize("layout", ["5.1", 121 << 16 | 6, (121 << 16 | 6).to_bytes(4, "little") + bytes(8)])
    def test_channel_layouts(self, layout: Any) -> None:
        assert pcm(channels=6, channel_layout=layout).channel_layout == ChannelLayout.of("5.1")

    def test_layouts_come_in_the_files_own_order(self) -> None:
        assert aac(channels=6, channel_layout=124 << 16 | 6).channel_layout == ChannelLayout.of("5.1")

    def test_empty_layout_data(self) -> None:
        with refused("0 bytes"):
            aac(channel_layout=b"")

    def test_the_layout_has_as_many_channels(self) -> None:
        with refused("'5.1' has 6", "says 2", way_out="'stereo'"):
            aac(channel_layout="5.1")

    @pytest.mark.parametrize("name", ["bit_rate", "bit_rate_per_channel"])
    @pytest.mark.parametrize("bad", [0, -1, 1.5, "128k"])
    def test_bit_rates_are_positive_whole_numbers(self, name: str, bad: Any) -> None:
        with refused("AVEncoderBitRate", repr(bad)):
            aac(**{name: bad})

    def test_one_kind_of_bit_rate(self) -> None:
        with refused("AVEncoderBitRateKey (128000)", "AVEncoderBitRatePerChannelKey (64000)", way_out="Keep one"):
            aac(bit_rate=128_000, bit_rate_per_channel=64_000)

    @pytest.mark.parametrize("strategy", BitRateStrategy)
    def test_strategies(self, strategy: BitRateStrategy) -> None:
        short = strategy.value.removeprefix("AVAudioBitRateStrategy_")
        for spelling in (strategy, strategy.value, short, strategy.name):
            assert aac(bit_rate_strategy=spelling).bit_rate_strategy is strategy

    def test_an_unknown_strategy(self) -> None:
        with refused("AVEncoderBitRateStrategyKey", "'Average'", way_out="AVAudioBitRateStrategy_Variable"):
            aac(bit_rate_strategy="Average")

    @pytest.mark.parametrize("name", ["quality", "quality_for_vbr"])
    def test_qualities(self, name: str) -> None:
        for quality in AudioQuality:
            assert getattr(aac(**{name: int(quality)}), name) is quality
        with refused("AVEncoderAudioQuality", "5", way_out="'0', '32', '64', '96', '127'"):
            aac(**{name: 5})

    def test_converter_algorithms(self) -> None:
        for algorithm in SampleRateConverterAlgorithm:
            assert aac(sample_rate_converter_algorithm=algorithm.value).sample_rate_converter_algorithm is algorithm
        with refused("AVSampleRateConverterAlgorithmKey", "'Best'", way_out="AVSampleRateConverterAlgorithm_Mastering"):
            aac(sample_rate_converter_algorithm="Best")

    def test_encoder_options(self) -> None:
        assert aac(encoder_options={"aac_coder": "fast"}).encoder_options == {"aac_coder": "fast"}
        with refused("'aac_coder'"):
            aac(encoder_options={"aac_coder": None})

    def test_they_are_values(self) -> None:
        made = AudioSettings.of({"AVFormatIDKey": K_AAC, "AVAudioFileTypeKey": 1, "EncoderOptions": {"a": "b"}})
        assert pickle.loads(pickle.dumps(made)) == made
        assert hash(aac()) == hash(aac())
        with pytest.raises(TypeError):
            made.ignored["a"] = 1  # type: ignore[index]


class TestAac:
    @pytest.mark.parametrize("rate", AAC_SAMPLE_RATES)
    def test_its_sample_rates(self, rate: int) -> None:
        assert aac(sample_rate=rate).sample_rate == rate

    @pytest.mark.parametrize("rate", [192000, 50000, 44000, 7000])
    def test_other_sample_rates(self, rate: int) -> None:
        with refused(f"{rate} Hz is not a valid sample rate for format 'aac '", way_out="96000, 88200, 64000, 48000"):
            aac(sample_rate=rate)

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 8])
    def test_its_channel_counts(self, count: int) -> None:
        assert aac(channels=count).channels == count

    @pytest.mark.parametrize("count", [7, 9, 64])
    def test_other_channel_counts(self, count: int) -> None:
        with refused(f"{count} is not a valid channel count for format 'aac '", way_out="1, 2, 3, 4, 5, 6, 8 channels"):
            aac(channels=count)

    @pytest.mark.parametrize("name", AAC_CHANNEL_LAYOUTS)
    def test_its_layouts(self, name: str) -> None:
        made = ChannelLayout.of(name)
        assert aac(channels=made.channels, channel_layout=name).channel_layout == made
        assert made.aac_configuration

    @pytest.mark.parametrize("name", ["quad", "2.1", "3.1", "hexagonal", "2 channels", "octagonal"])
    def test_other_layouts(self, name: str) -> None:
        with refused(repr(name), "'aac '", way_out="'5.1'"):
            aac(channels=ChannelLayout.of(name).channels, channel_layout=name)

    @pytest.mark.parametrize(
        ("rate", "channels", "least", "most"),
        [
            (8000, 1, 12_000, 48_000),
            (44100, 2, 32_000, 529_200),
            (48000, 2, 32_000, 576_000),
            (48000, 6, 96_000, 1_728_000),
            (96000, 2, 64_000, 1_152_000),
        ],
    )
    def test_its_bit_rates(self, rate: int, channels: int, least: int, most: int) -> None:
        assert aac_bit_rates(rate, channels) == (least, most)
        for bits in (least, most):
            assert aac(sample_rate=rate, channels=channels, bit_rate=bits).total_bit_rate == bits
        for bits in (least - 1, most + 1):
            with refused(f"{bits} bits a second", f"{rate} Hz", f"{channels} channels", way_out=f"{least} to {most}"):
                aac(sample_rate=rate, channels=channels, bit_rate=bits)

    def test_bit_rates_of_one_channel(self) -> None:
        assert aac(bit_rate_per_channel=64_000).total_bit_rate == 128_000
        with refused("600000 bits a second", way_out="32000 to 576000"):
            aac(bit_rate_per_channel=300_000)

    def test_bit_rates_wait_for_rate_and_channels(self) -> None:
        assert AudioSettings(AAC, bit_rate=1).total_bit_rate == 1
        assert AudioSettings(AAC, bit_rate_per_channel=64_000).total_bit_rate is None

    def test_it_has_no_pcm_layout(self) -> None:
        assert aac().pcm is None

    def test_what_has_no_effect(self) -> None:
        made = aac(linear_pcm_bit_depth=16, bit_rate_strategy=BitRateStrategy.CONSTANT, quality_for_vbr=127, quality=0)
        keys = ["AVLinearPCMBitDepthKey", "AVEncoderAudioQualityForVBRKey", "AVEncoderBitRateStrategyKey"]
        assert [key for key, why in inapplicable(made) if why] == keys
        variable = aac(bit_rate_strategy=BitRateStrategy.VARIABLE, quality_for_vbr=127, bit_rate=128_000)
        assert [key for key, _ in inapplicable(variable)] == ["AVEncoderBitRateKey"]
        assert inapplicable(aac(bit_rate=128_000, bit_rate_strategy="LongTermAverage", quality=127)) == []


class TestLinearPcm:
    @pytest.mark.parametrize("depth", [8, 16, 24, 32])
    def test_integers(self, depth: int) -> None:
        assert pcm(linear_pcm_bit_depth=depth).pcm == PcmLayout(depth)

    @pytest.mark.parametrize("depth", [32, 64])
    def test_floats(self, depth: int) -> None:
        assert pcm(linear_pcm_bit_depth=depth, linear_pcm_is_float=True).pcm == PcmLayout(depth, is_float=True)

    @pytest.mark.parametrize(
        ("depth", "is_float", "way_out"),
        [
            (12, None, "8, 16, 24, 32"),
            (64, None, "AVLinearPCMIsFloatKey True"),
            (64, False, "AVLinearPCMIsFloatKey True"),
            (16, True, "32, 64, or AVLinearPCMIsFloatKey False"),
            (24, True, "AVLinearPCMIsFloatKey False"),
        ],
    )
    def test_depths_that_do_not_exist(self, depth: int, is_float: bool | None, way_out: str) -> None:
        with refused("AVLinearPCMBitDepthKey", str(depth), "floats" if is_float else "integers", way_out=way_out):
            pcm(linear_pcm_bit_depth=depth, linear_pcm_is_float=is_float)

    @pytest.mark.parametrize("bad", [0, 128, "16", True])
    def test_depths_that_are_none(self, bad: Any) -> None:
        with refused("AVLinearPCMBitDepthKey", repr(bad)):
            pcm(linear_pcm_bit_depth=bad)

    @pytest.mark.parametrize("name", ["big_endian", "float", "non_interleaved"])
    def test_truth_values(self, name: str) -> None:
        with refused("AVLinearPCMIs", "'no'"):
            pcm(**{f"linear_pcm_is_{name}": "no"})

    def test_channels_side_by_side(self) -> None:
        with refused("AVLinearPCMIsNonInterleaved", "side by side", way_out="False"):
            pcm(linear_pcm_is_non_interleaved=True)
        assert pcm(linear_pcm_is_non_interleaved=False).pcm == PcmLayout(16)

    def test_the_defaults_of_the_dataclass(self) -> None:
        assert pcm().pcm == PcmLayout(16, is_float=False, is_big_endian=False, is_interleaved=True)
        assert pcm(linear_pcm_is_float=True).pcm == PcmLayout(32, is_float=True)
        assert pcm(linear_pcm_is_big_endian=True).pcm == PcmLayout(16, is_big_endian=True)

    def test_any_rate_and_layout(self) -> None:
        made = pcm(sample_rate=192000, channels=4, channel_layout="quad")
        assert resolve(made) == made

    def test_what_has_no_effect(self) -> None:
        made = pcm(bit_rate=5, bit_rate_strategy="Constant", quality=127, linear_pcm_bit_depth=16)
        keys = ["AVEncoderBitRateKey", "AVEncoderBitRateStrategyKey", "AVEncoderAudioQualityKey"]
        assert [key for key, why in inapplicable(made) if why] == keys


HINT = FormatDescription(
    media_type=MediaType.AUDIO,
    media_subtype="lpcm",
    sample_rate=44100,
    channels=6,
    channel_layout="5.1(side)",
    pcm=PcmLayout(24, is_big_endian=True),
)


class TestResolve:
    def test_mono_and_stereo_are_named(self) -> None:
        assert resolve(aac()).channel_layout == ChannelLayout.of("stereo")
        assert resolve(aac(channels=1)).channel_layout == ChannelLayout.of("mono")

    def test_a_layout_gives_the_channels(self) -> None:
        assert resolve(AudioSettings(AAC, 48000, channel_layout="5.1")).channels == 6

    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ({}, "AVSampleRateKey, AVNumberOfChannelsKey"),
            ({"AVSampleRateKey": 48000}, "AVNumberOfChannelsKey"),
            ({"AVNumberOfChannelsKey": 2}, "AVSampleRateKey"),
        ],
    )
    def test_without_hint_rate_and_channels_are_required(self, given: dict[str, Any], missing: str) -> None:
        with refused("'aac '", f"must give {missing}.", way_out="source_format_hint"):
            resolve({"AVFormatIDKey": K_AAC, **given})

    @pytest.mark.parametrize("left_out", LPCM_KEYS)
    def test_without_hint_a_mapping_gives_all_four_lpcm_keys(self, left_out: str) -> None:
        mapping = {"AVFormatIDKey": K_LPCM, "AVSampleRateKey": 48000, "AVNumberOfChannelsKey": 2, **LPCM_KEYS}
        del mapping[left_out]
        with refused("'lpcm'", left_out.removesuffix("Key"), way_out="source_format_hint"):
            resolve(mapping)
        with refused(left_out.removesuffix("Key")):
            resolve(AudioSettings.of(mapping))
        assert resolve(mapping, HINT).linear_pcm_bit_depth == (None if left_out == "AVLinearPCMBitDepthKey" else 24)

    def test_the_dataclass_may_leave_them_out(self) -> None:
        assert resolve(pcm()).pcm == PcmLayout(16)

    @pytest.mark.parametrize(("make", "count"), [(aac, 3), (pcm, 6), (pcm, 8)])
    def test_without_hint_more_than_two_channels_need_a_layout(self, make: Any, count: int) -> None:
        name = ChannelLayout.default(count).name
        with refused(f"{count} channels", way_out=repr(name)):
            resolve(make(channels=count))
        assert resolve(make(channels=count, channel_layout=name)).channels == count

    def test_with_a_hint_the_format_is_enough(self) -> None:
        made = resolve({"AVFormatIDKey": K_AAC}, HINT)
        assert (made.sample_rate, made.channels, made.channel_layout) == (44100, 6, ChannelLayout.of("5.1(side)"))
        assert resolve({"AVFormatIDKey": K_LPCM}, HINT).pcm == PcmLayout(24, is_big_endian=True)

    def test_what_was_resolved_is_complete(self) -> None:
        made = resolve({"AVFormatIDKey": K_LPCM}, HINT)
        assert resolve(made) == made

    def test_what_the_settings_say_wins(self) -> None:
        made = resolve(AudioSettings(LPCM, 48000, 2, linear_pcm_bit_depth=16), HINT)
        assert (made.sample_rate, made.channels, made.pcm) == (48000, 2, PcmLayout(16))
        assert made.channel_layout == ChannelLayout.of("stereo")
        assert resolve(AudioSettings(AAC, channel_layout="stereo"), HINT).channels == 2

    def test_a_hint_without_layout_has_the_usual_one(self) -> None:
        assert resolve(AudioSettings(AAC), HINT.with_(channel_layout=None)).channel_layout == ChannelLayout.of("5.1")

    def test_a_hint_that_is_not_pcm(self) -> None:
        hint = HINT.with_(media_subtype="mp4a", pcm=None)
        assert resolve(AudioSettings(LPCM), hint).pcm == PcmLayout(16)

    def test_a_hint_of_another_kind(self) -> None:
        hint = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=4, height=4)
        with refused("'vide'", "audio", way_out="hint of the audio track"):
            resolve(aac(), hint)

    @pytest.mark.parametrize("name", ["sample_rate", "channels"])
    def test_a_hint_that_does_not_know(self, name: str) -> None:
        with refused("the source format hint's", "not 0"):
            resolve(AudioSettings(LPCM), HINT.with_(**{name: 0}))

    def test_the_rules_hold_for_what_the_hint_gives_too(self) -> None:
        with refused("192000 Hz", "'aac '", way_out="96000"):
            resolve(AudioSettings(AAC), HINT.with_(sample_rate=192000))
        with refused("7 is not a valid channel count"):
            resolve(AudioSettings(AAC), HINT.with_(channels=7, channel_layout=None))

    def test_encoder_options_come_along(self) -> None:
        made = resolve(replace(aac(), encoder_options={"a": "b"}))
        assert made.encoder_options == {"a": "b"}
