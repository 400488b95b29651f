"""From four-character codes to decoders, and what these must be told."""

from __future__ import annotations

from typing import Any

import pytest

from reelwright.codecs import _av
from reelwright.codecs.decoders import check_protection, decoder_name, decoder_settings, extradata
from reelwright.model.errors import DecoderNotFoundError, ProtectedMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType


def described(subtype: str, **facts: Any) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=subtype, **facts)


@pytest.mark.parametrize(
    ("subtype", "name"),
    [
        ("avc1", "h264"),
        ("avc3", "h264"),
        ("dvav", "h264"),
        ("hvc1", "hevc"),
        ("hev1", "hevc"),
        ("dvh1", "hevc"),
        ("vvc1", "vvc"),
        ("vp09", "vp9"),
        ("vp08", "vp8"),
        ("jpeg", "mjpeg"),
        ("mjpb", "mjpegb"),
        ("png ", "png"),
        ("apcn", "prores"),
        ("ap4x", "prores"),
        ("s263", "h263"),
        ("SVQ3", "svq3"),
        ("2vuy", "rawvideo"),
        ("v210", "v210"),
        ("cvid", "cinepak"),
        ("rle ", "qtrle"),
        ("xd5b", "mpeg2video"),
        ("hdv2", "mpeg2video"),
        ("dvcp", "dvvideo"),
        ("mp4v", "mpeg4"),
    ],
)
def test_codes(subtype: str, name: str) -> None:
    assert decoder_name(described(subtype)) == name


@pytest.mark.parametrize(
    ("kind", "name"),
    [(0x20, "mpeg4"), (0x61, "mpeg2video"), (0x65, "mpeg2video"), (0x6A, "mpeg1video"), (0x6C, "mjpeg"), (0x6D, "png")],
)
def test_mpeg4s_object_types(kind: int, name: str) -> None:
    assert decoder_name(described("mp4v", extensions={"ObjectTypeIndication": kind})) == name


def test_object_types_that_are_no_pictures_are_named() -> None:
    with pytest.raises(DecoderNotFoundError, match="mp4v, object type 0x40"):
        decoder_name(described("mp4v", extensions={"ObjectTypeIndication": 0x40}))


def test_ffmpegs_own_names_come_first() -> None:
    assert decoder_name(described("raw ", extensions={"FFmpegCodec": "theora"})) == "theora"


@pytest.mark.parametrize("format", [described("av01"), described("zzzz", extensions={"FFmpegCodec": "av1"})])
def test_av1_is_not_left_to_hardware(format: FormatDescription) -> None:
    assert decoder_name(format) in ("libdav1d", "libaom-av1")


@pytest.mark.parametrize(
    "format", [described("zzzz"), described("avc1", extensions={"FFmpegCodec": "nothing"})], ids=["code", "name"]
)
def test_without_a_decoder(format: FormatDescription) -> None:
    with pytest.raises(DecoderNotFoundError, match=r"'zzzz'|nothing") as caught:
        decoder_name(format)
    assert "stored" in str(caught.value.hint)


def test_an_ffmpeg_without_the_decoder(monkeypatch: Any) -> None:
    monkeypatch.setattr(_av, "has_decoder", lambda name: False)
    with pytest.raises(DecoderNotFoundError, match=r"'hvc1' \(hevc\)"):
        decoder_name(described("hvc1"))


@pytest.mark.parametrize(
    "format", [described("encv"), described("drmi"), described("avc1", extensions={"ProtectionScheme": "cbcs"})]
)
def test_protection(format: FormatDescription) -> None:
    for call in (check_protection, decoder_name):
        with pytest.raises(ProtectedMediaError, match="encrypted"):
            call(format)


def test_clear_pictures_pass() -> None:
    check_protection(described("avc1"))


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        (described("avc1", codec_config=b"\x01abc"), b"\x01abc"),
        (described("avc3"), b""),
        (described("SVQ3", atoms={"SMI ": b"SEQH...."}), b"SEQH...."),
        (described("vc-1", atoms={"dvc1": b"1234567sequence"}), b"sequence"),
        (described("mjpa", atoms={"fiel": b"\x02\x06"}), b"\0\0\0\x0afiel\x02\x06"),
        (described("mjpa"), b""),
        (described("vp09", atoms={"vpcC": b"config"}), b""),
        (described("mjpa", codec_config=b"x", extensions={"FFmpegCodec": "mjpeg"}), b"x"),
    ],
)
def test_configurations(format: FormatDescription, expected: bytes) -> None:
    assert extradata(format) == expected


def test_settings() -> None:
    told = decoder_settings(described("raw ", width=64, height=48, extensions={"Depth": 24}), "rawvideo")
    assert (told["width"], told["height"], told["codec_tag"]) == (64, 48, "raw ")
    assert told["bits_per_coded_sample"] == 24
    assert int(told["options"]["max_pixels"]) < 1 << 31
    other = described("raw ", extensions={"FFmpegCodec": "rawvideo", "FFmpegPixelFormat": "nv12"})
    told = decoder_settings(other, "rawvideo")
    assert told["pix_fmt"] == "nv12"
    assert "codec_tag" not in told
    assert "strict" not in told["options"]
    assert decoder_settings(described("avc1"), "h264")["options"]["strict"]
