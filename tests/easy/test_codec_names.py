"""Encodings in words, from configurations as files have them."""

from __future__ import annotations

import pytest

from reelwright.easy.codec_names import codec_name
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType

VIDEO, AUDIO = MediaType.VIDEO, MediaType.AUDIO
# Parameter sets of 320×180 pictures, High profile, level 1.2, as x264 writes them.
AVCC = bytes.fromhex(
    "0164000cffe1001c6764000cacd941419f9f016a020202800000030080000019078a14cb01000668ebe3cb22c0fdf8f800"
)


def described(subtype: str, kind: MediaType = VIDEO, **more: object) -> FormatDescription:
    return FormatDescription(media_type=kind, media_subtype=subtype, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("0164000c", "H.264 High, level 1.2"),
        ("0142c01e", "H.264 Constrained Baseline, level 3"),
        ("0142001f", "H.264 Baseline, level 3.1"),
        ("014d4028", "H.264 Main, level 4"),
        ("016e0033", "H.264 High 10, level 5.1"),
        ("016e1033", "H.264 High 10 Intra, level 5.1"),
        ("01f40034", "H.264 High 4:4:4 Predictive, level 5.2"),
    ],
)
def test_h264_has_profile_and_level(record: str, words: str) -> None:
    assert codec_name(described("avc1", codec_config=_avcc(bytes.fromhex(record)))).words == words


def _avcc(head: bytes) -> bytes:
    """The record with another profile, in the record itself and in its parameter set."""
    return head + AVCC[4:9] + head[1:4] + AVCC[12:]


def test_the_string_is_that_of_browsers() -> None:
    assert codec_name(described("avc1", codec_config=AVCC)).string == "avc1.64000c"


@pytest.mark.parametrize(
    ("config", "words", "string"),
    [
        ("1190", "AAC LC", "mp4a.40.2"),
        ("2b098800", "HE-AAC", "mp4a.40.5"),
    ],
)
def test_aac_by_its_object_type(config: str, words: str, string: str) -> None:
    assert codec_name(described("mp4a", AUDIO, codec_config=bytes.fromhex(config))) == (words, string)


def test_av1_in_matroska_has_its_record_as_configuration() -> None:
    record = bytes.fromhex("81094c000a0e0000004aabbfc3776fe344024100"[:8])
    found = codec_name(described("av01", codec_config=record))
    assert found.string.startswith("av01.")
    assert found.words == "AV1 Main, level 4.1"


def test_vp9_by_its_box() -> None:
    record = bytes.fromhex("01000000" + "021f80" + "0202020000")
    found = codec_name(described("vp09", atoms={"vpcC": record}))
    assert found.words == "VP9 profile 2, level 3.1"
    assert found.string.startswith("vp09.02.31.08")


@pytest.mark.parametrize(
    ("pcm", "words"),
    [
        (PcmLayout(16), "PCM 16 bit integer, little-endian"),
        (PcmLayout(24, is_big_endian=True), "PCM 24 bit integer, big-endian"),
        (PcmLayout(32, is_float=True), "PCM 32 bit float, little-endian"),
        (PcmLayout(8, is_signed=False), "PCM 8 bit unsigned integer"),
    ],
)
def test_linear_pcm_says_how_values_lie(pcm: PcmLayout, words: str) -> None:
    assert codec_name(described("lpcm", AUDIO, pcm=pcm, channels=2, sample_rate=48000)) == (words, "lpcm")


def test_without_configuration_the_name_says_less() -> None:
    assert codec_name(described("avc1")) == ("H.264", "avc1")
    assert codec_name(described("hvc1", codec_config=b"\x01\x02")) == ("HEVC", "hvc1")
    assert codec_name(described("apch")) == ("ProRes 422 HQ", "apch")


def test_unknown_codes_are_shown_as_they_are() -> None:
    assert codec_name(described("xyz9")).words == "'xyz9'"
    assert codec_name(described("theo", extensions={"FFmpegCodec": "theora"})).words == "theora"
