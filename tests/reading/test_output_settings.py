"""Output settings: what a reader output takes and, by AVFoundation's rules, refuses at the call that gives it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from tests.model.refusal import refused
from tests.reading.films import film
from tests.writing.scene import number_of

from reelwright import (
    Asset,
    AssetReader,
    AssetReaderAudioMixOutput,
    AssetReaderTrackOutput,
    AudioFormat,
    AudioSettings,
    InvalidArgumentError,
    MediaType,
    PixelBufferAttributes,
    PixelFormat,
)
from reelwright.reading.output_settings import PICTURES, picture_settings, read_settings, sound_settings

KINDS_WITHOUT = [kind for kind in MediaType if kind not in (*PICTURES, MediaType.AUDIO)]
LPCM = {"AVFormatIDKey": "lpcm"}


@pytest.mark.parametrize("kind", list(MediaType))
def test_no_settings_stay_none(kind: MediaType) -> None:
    assert read_settings(None, kind) is None


# ---------------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (PixelFormat.NV12, PixelBufferAttributes(pixel_format=PixelFormat.NV12)),
        ("NV12", PixelBufferAttributes(pixel_format=PixelFormat.NV12)),
        ({"PixelFormatType": "NV12"}, PixelBufferAttributes(pixel_format=PixelFormat.NV12)),
        ({"kCVPixelBufferWidthKey": 32, "kCVPixelBufferHeightKey": 24}, PixelBufferAttributes(width=32, height=24)),
        ({"AVVideoWidthKey": 32, "AVVideoHeightKey": 24}, PixelBufferAttributes(width=32, height=24)),
        (MappingProxyType({"Width": 32, "Height": 24}), PixelBufferAttributes(width=32, height=24)),
        (
            PixelBufferAttributes(pixel_format=PixelFormat.RGB24, width=32, height=24),
            PixelBufferAttributes(pixel_format=PixelFormat.RGB24, width=32, height=24),
        ),
    ],
)
def test_forms_of_settings_for_pictures(given: Any, expected: PixelBufferAttributes) -> None:
    assert read_settings(given, MediaType.VIDEO) == picture_settings(given) == expected


@pytest.mark.parametrize("prefix", ["", "AVVideo"])
@pytest.mark.parametrize("key", ["CleanAperture", "PixelAspectRatio", "ScalingMode"])
def test_keys_that_readers_do_not_take(prefix: str, key: str) -> None:
    for name in (prefix + key, *([f"{prefix}{key}Key"] if prefix else [])):
        with refused("does not take", name, way_out="buffer.image"):
            picture_settings({"PixelFormatType": "RGB24", name: 1})


@pytest.mark.parametrize("key", ["AVVideoCodecKey", "AVVideoCompressionPropertiesKey", "Codec"])
def test_pictures_are_never_compressed(key: str) -> None:
    with refused(key, "asks for compressed pictures", way_out="None"):
        picture_settings({key: "avc1", "Width": 32, "Height": 24})


@pytest.mark.parametrize(
    "given", [{"Colour": 1}, {"IOSurfaceProperties": {}}, {"AVVideoDecompressionPropertiesKey": {}}]
)
def test_pictures_need_a_key_that_is_known(given: dict[str, Any]) -> None:
    with refused("says what pictures should be like", way_out="PixelFormatType"):
        picture_settings(given)


def test_a_size_has_two_sides() -> None:
    for given in ({"Width": 32}, PixelBufferAttributes(height=24)):
        with refused("lacks a side", way_out="neither"):
            picture_settings(given)


@pytest.mark.parametrize("given", [AudioSettings("lpcm"), LPCM, {"AVLinearPCMBitDepthKey": 16}])
def test_settings_for_sound_do_not_fit_pictures(given: Any) -> None:
    with refused("do not fit a video track", way_out="PixelFormat"):
        picture_settings(given)


@pytest.mark.parametrize("given", ["RGB42", True, 3.5, {"PixelFormatType": "RGB42"}, {"Width": -3, "Height": 2}])
def test_values_that_pictures_cannot_have(given: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        picture_settings(given)


# ---------------------------------------------------------------------- sound


@pytest.mark.parametrize("code", ["lpcm", AudioFormat.LINEAR_PCM, int.from_bytes(b"lpcm"), "LINEAR_PCM", "LinearPCM"])
def test_names_of_linear_pcm(code: Any) -> None:
    assert sound_settings({"AVFormatIDKey": code}).format is AudioFormat.LINEAR_PCM


def test_forms_of_settings_for_sound() -> None:
    expected = AudioSettings("lpcm", 44100, 2, linear_pcm_is_float=True)
    keys = {"AVSampleRateKey": 44100, "AVNumberOfChannelsKey": 2, "AVLinearPCMIsFloatKey": True}
    assert sound_settings(LPCM | keys) == expected == sound_settings(expected)
    assert read_settings(MappingProxyType(LPCM | keys), MediaType.AUDIO) == expected


@pytest.mark.parametrize("code", ["aac ", "alac", int.from_bytes(b"aac "), AudioFormat.AAC])
def test_sound_is_never_compressed(code: Any) -> None:
    with refused("delivers linear PCM, not", way_out="LINEAR_PCM"):
        sound_settings({"AVFormatIDKey": code})
    with refused("delivers linear PCM, not AAC", way_out="stored packets"):
        sound_settings(AudioSettings(AudioFormat.AAC))


@pytest.mark.parametrize("key", ["AVSampleRateConverterAudioQualityKey", "AVSampleRateConverterQualityKey"])
def test_the_converter_s_quality_is_not_taken(key: str) -> None:
    with refused("does not take", key, way_out="Leave it out"):
        sound_settings(LPCM | {key: 127})


@pytest.mark.parametrize("key", ["AVLinearPCMIsNonInterleaved", "AVLinearPCMIsNonInterleavedKey"])
def test_channels_always_lie_side_by_side(key: str) -> None:
    with refused("side by side", key, way_out="buffer.array"):
        sound_settings(LPCM | {key: True})
    assert sound_settings(LPCM | {key: False}).linear_pcm_is_non_interleaved is False


@pytest.mark.parametrize("given", [PixelFormat.RGB24, PixelBufferAttributes(), {"AVVideoWidthKey": 3}])
def test_settings_for_pictures_do_not_fit_sound(given: Any) -> None:
    with refused("not fit an audio track", way_out="AudioSettings"):
        sound_settings(given)


@pytest.mark.parametrize("given", ["lpcm", AudioFormat.LINEAR_PCM, 16, 2.5])
def test_what_is_no_settings_for_sound(given: Any) -> None:
    with refused("does not say what sound should be like", way_out='AudioSettings("lpcm")'):
        sound_settings(given)


@pytest.mark.parametrize("given", [{"Loudness": 1}, {"AVSampleRateKey": 48000}])
def test_sound_needs_its_format_and_keys_that_are_known(given: dict[str, Any]) -> None:
    with refused():
        sound_settings(given)


# ---------------------------------------------------------------------- at the call


@pytest.mark.parametrize("kind", KINDS_WITHOUT)
@pytest.mark.parametrize("given", [{}, PixelFormat.RGB24, LPCM], ids=["empty", "pixels", "sound"])
def test_other_kinds_come_as_they_are_stored(kind: MediaType, given: Any) -> None:
    with refused("read as they are stored", way_out="Leave the output settings out"):
        read_settings(given, kind)


def test_outputs_refuse_when_they_are_made() -> None:
    pictures, sound = Asset(film()).tracks
    with refused("do not fit a video track"):
        AssetReaderTrackOutput(pictures, LPCM)
    with refused("does not fit an audio track"):
        AssetReaderTrackOutput(sound, PixelFormat.RGB24)
    with refused("delivers linear PCM"):
        AssetReaderAudioMixOutput([sound], {"AVFormatIDKey": "aac "})
    for empty in ({}, MappingProxyType({})):
        assert AssetReaderTrackOutput(pictures, empty).output_settings is None
        assert AssetReaderTrackOutput(sound, empty).output_settings is None


def test_an_empty_mapping_decodes_nothing_that_has_no_pictures_or_sound() -> None:
    track = Asset(film()).tracks[0]
    track.facts = replace(track.facts, media_type=MediaType.TEXT)
    with refused("tracks of text are read as they are stored"):
        AssetReaderTrackOutput(track, {})


def test_auxiliary_pictures_are_decoded_like_any() -> None:
    asset = Asset(film())
    track = asset.tracks[0]
    track.facts = replace(track.facts, media_type=MediaType.AUXILIARY_PICTURE)
    assert track.is_decodable
    for settings in ({}, PixelFormat.GRAY8):
        with AssetReader(asset) as reader:
            output = AssetReaderTrackOutput(track, settings)
            reader.add(output)
            reader.start_reading()
            assert [number_of(buffer.image.planes[0]) for buffer in output if buffer.image] == list(range(24))
