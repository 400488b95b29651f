"""Which encoders there are, and which is chosen."""

from __future__ import annotations

from typing import Any

import pytest

from reelwright.codecs import _av, catalog
from reelwright.codecs.catalog import candidates, choose, input_format, libraries, licence
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import EncoderNotFoundError
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelFormat

H264, HEVC = VideoCodec.H264, VideoCodec.HEVC


def test_libraries_and_licences() -> None:
    names = {part.name: part for part in libraries()}
    assert {"libavcodec", "libavutil", "libswscale", "libavfilter"} <= set(names)
    assert names["libavcodec"].version.count(".") == 2
    assert "--" in names["libavcodec"].configuration
    found = licence()
    assert "GPL version" in found.stated
    if "libx264" in found.gpl_parts:
        assert found.in_effect.startswith("GPL version")


@pytest.mark.parametrize(
    ("stated", "configuration", "in_effect", "parts"),
    [
        ("LGPL version 2.1 or later", "--enable-libdav1d", "LGPL version 2.1 or later", ()),
        ("LGPL version 2.1 or later", "--enable-libx264", "GPL version 2 or later", ("libx264",)),
        (
            "LGPL version 3 or later",
            "--enable-libx264 --enable-libx265",
            "GPL version 3 or later",
            ("libx264", "libx265"),
        ),
        ("GPL version 3 or later", "--enable-gpl --enable-libx264", "GPL version 3 or later", ("libx264",)),
        ("nonfree and unredistributable", "--enable-nonfree", "nonfree and unredistributable", ()),
    ],
)
def test_x264_makes_the_whole_gpl(
    monkeypatch: pytest.MonkeyPatch, stated: str, configuration: str, in_effect: str, parts: tuple[str, ...]
) -> None:
    facts = {"version": (1, 2, 3), "license": stated, "configuration": configuration}
    monkeypatch.setattr(_av, "libraries", lambda: {"libavcodec": facts})
    monkeypatch.setattr(catalog, "libraries", catalog.libraries.__wrapped__)
    found = licence()
    assert (found.stated, found.in_effect, found.gpl_parts) == (stated, in_effect, parts)


def test_candidates() -> None:
    assert candidates(H264, None) == ("libx264",)
    assert candidates(HEVC, EncoderSpecification(enable_hardware=False)) == ("libx265",)
    assert candidates(HEVC, EncoderSpecification(encoder_id="hevc_amf")) == ("hevc_amf",)
    wished = candidates(H264, EncoderSpecification(enable_hardware=True))
    assert wished[0] == "h264_nvenc"
    assert wished[-1] == "libx264"
    assert "libx265" not in candidates(HEVC, EncoderSpecification(require_hardware=True))
    assert candidates(HEVC, EncoderSpecification(required_gpu=1)) == ("hevc_nvenc",)


def test_nothing_said_means_software() -> None:
    assert choose(H264, None, 8) == "libx264"
    assert choose(HEVC, EncoderSpecification(), 10) == "libx265"


@pytest.mark.parametrize(
    ("specification", "codec", "bits", "message"),
    [
        ({"encoder_id": "h264_nowhere"}, H264, 8, r"h264_nowhere \(not in this FFmpeg\)"),
        ({"encoder_id": "libx265"}, H264, 8, r"libx265 \(encodes hevc\)"),
        ({"encoder_id": "libx264rgb"}, H264, 8, r"libx264rgb \(takes no 8-bit 4:2:0 pictures\)"),
        (
            {"encoder_id": "libx264", "require_hardware": True},
            H264,
            8,
            r"no hardware encoder.*libx264 \(not hardware\)",
        ),
        (
            {"encoder_id": "h264_nvenc", "enable_hardware": False},
            H264,
            8,
            "hardware, which enable_hardware=False forbids",
        ),
    ],
)
def test_what_cannot_be_had_names_what_was_tried(
    specification: dict[str, Any], codec: VideoCodec, bits: int, message: str
) -> None:
    with pytest.raises(EncoderNotFoundError, match=message) as caught:
        choose(codec, EncoderSpecification(**specification), bits)
    assert caught.value.code == -11834
    assert "reelwright encoders" in str(caught.value)


def test_required_hardware_is_opened_and_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def refuse(name: str, bits: int, device: int | None) -> str:
        opened.append(name)
        return "no device"

    monkeypatch.setattr(catalog, "_opens", refuse)
    with pytest.raises(EncoderNotFoundError, match="no hardware encoder for HEVC at 8 bits") as caught:
        choose.__wrapped__(HEVC, EncoderSpecification(require_hardware=True), 8)
    for name in candidates(HEVC, EncoderSpecification(require_hardware=True)):
        assert name in str(caught.value)
    assert opened


def test_wished_for_hardware_falls_back_to_software(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_opens", lambda name, bits, device: "no device")
    assert choose.__wrapped__(H264, EncoderSpecification(enable_hardware=True), 8) == "libx264"
    monkeypatch.setattr(catalog, "_opens", lambda name, bits, device: "")
    assert choose.__wrapped__(H264, EncoderSpecification(enable_hardware=True), 8) != "libx264"


def test_devices_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []

    def accept(name: str, bits: int, device: int | None) -> str:
        asked.append(device)
        return ""

    monkeypatch.setattr(catalog, "_opens", accept)
    if _av.find_encoder("h264_nvenc") is None:
        pytest.skip("this FFmpeg has no NVENC")
    assert choose.__wrapped__(H264, EncoderSpecification(required_gpu=2), 8) == "h264_nvenc"
    assert asked == [2]
    assert catalog.device_options("h264_nvenc", EncoderSpecification(preferred_gpu=1)) == {"gpu": "1"}
    assert catalog.device_options("libx264", EncoderSpecification(preferred_gpu=1)) == {}


def test_pictures_are_taken_as_they_come_where_that_is_possible() -> None:
    assert input_format("libx264", H264, 8) is PixelFormat.NV12
    assert input_format("libx264", H264, 8, PixelFormat.YUV420P) is PixelFormat.YUV420P
    assert input_format("libx264", H264, 8, PixelFormat.RGB24) is PixelFormat.NV12
    assert input_format("libx264", H264, 8, PixelFormat.P010) is PixelFormat.NV12
    assert input_format("libx265", HEVC, 8) is PixelFormat.YUV420P
    assert input_format("libx265", HEVC, 8, PixelFormat.NV12) is PixelFormat.YUV420P
    assert input_format("libx265", HEVC, 10, PixelFormat.P010) is PixelFormat.YUV420P10
    with pytest.raises(EncoderNotFoundError, match="takes no 10-bit"):
        input_format("libx264rgb", H264, 10)
