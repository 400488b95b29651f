"""AVFoundation's keys of audio settings, and the field of ``AudioSettings`` that each of them fills.

A mapping may use a constant's name, its runtime string or the core of both: the table knows all of them.
"""

from __future__ import annotations

from reelwright.model.keys import KeyTable

__all__ = ["KEYS", "LPCM", "WITHOUT_EFFECT"]

LPCM = ("linear_pcm_bit_depth", "linear_pcm_is_big_endian", "linear_pcm_is_float", "linear_pcm_is_non_interleaved")
WITHOUT_EFFECT = {
    "AudioFileType": "the writer's file type decides",
    "EncoderDynamicRangeControlConfiguration": "it is for xHE-AAC and APAC",
    "EncoderContentSource": "it is for APAC",
    "EncoderASPFrequency": "it is for APAC",
}
KEYS = KeyTable(
    "audio settings",
    ("AV",),
    {
        "FormatID": "format",
        "SampleRate": "sample_rate",
        "NumberOfChannels": "channels",
        "ChannelLayout": "channel_layout",
        "EncoderBitRate": "bit_rate",
        "EncoderBitRatePerChannel": "bit_rate_per_channel",
        "EncoderBitRateStrategy": "bit_rate_strategy",
        "EncoderAudioQuality": "quality",
        "EncoderAudioQualityForVBR": "quality_for_vbr",
        "EncoderBitDepthHint": "bit_depth_hint",
        "LinearPCMBitDepth": "linear_pcm_bit_depth",
        "LinearPCMIsBigEndian": "linear_pcm_is_big_endian",
        "LinearPCMIsFloat": "linear_pcm_is_float",
        "LinearPCMIsNonInterleaved": "linear_pcm_is_non_interleaved",
        "SampleRateConverterAlgorithm": "sample_rate_converter_algorithm",
        "SampleRateConverterAudioQuality": "sample_rate_converter_audio_quality",
        "EncoderOptions": "encoder_options",
        **{core: core for core in WITHOUT_EFFECT},
    },
    # Runtime strings that differ from their constants' names.
    {
        "AVEncoderQualityKey": "quality",
        "AVEncoderQualityForVBRKey": "quality_for_vbr",
        "AVSampleRateConverterQualityKey": "sample_rate_converter_audio_quality",
        "AVLinearPCMIsNonInterleavedKey": "linear_pcm_is_non_interleaved",
    },
)
