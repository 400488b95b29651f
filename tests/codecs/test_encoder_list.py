"""The encoders of this machine: what is said of each must be so."""

from __future__ import annotations

from typing import Any

import pytest
from tests.codecs.encoding import THIRTY, moving, run, settings_for

from reelwright.codecs import _av, catalog, encoder_list
from reelwright.codecs.encoder_list import VideoEncoderEntry, audio_encoders, video_encoders
from reelwright.codecs.video_encoder import VideoEncoder, frame_spec
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import EncoderNotFoundError
from reelwright.model.kinds import AudioFormat, VideoCodec
from reelwright.model.pixel import PixelFormat

SOFTWARE = {
    VideoCodec.H264: "libx264",
    VideoCodec.HEVC: "libx265",
    VideoCodec.AV1: "libsvtav1",
    VideoCodec.VP9: "libvpx-vp9",
    VideoCodec.JPEG: "mjpeg",
    **{codec: "prores_ks" for codec in VideoCodec if codec.is_prores},
}


def entry(codec: VideoCodec, name: str) -> VideoEncoderEntry:
    return next(item for item in video_encoders() if (item.codec, item.encoder_id) == (codec.value, name))


@pytest.mark.parametrize("codec", VideoCodec)
def test_each_codec_has_a_working_encoder_without_a_device(codec: VideoCodec) -> None:
    found = entry(codec, SOFTWARE[codec])
    assert (found.works, found.reason, found.is_hardware) == (True, "", False)
    assert found.supports_low_latency is True
    assert found.supports_frame_reordering is (codec in (VideoCodec.H264, VideoCodec.HEVC))
    assert found.supports_multi_pass is False
    assert found.has_alpha is (codec in (VideoCodec.PRORES_4444, VideoCodec.PRORES_4444_XQ, VideoCodec.VP9))
    assert found.display_name
    for name in found.pixel_formats:
        assert PixelFormat[name].ffmpeg_name in _av.encoder_formats(found.encoder_id)


def test_depths_and_chroma() -> None:
    assert (entry(VideoCodec.AV1, "libsvtav1").bit_depths, entry(VideoCodec.AV1, "libsvtav1").chroma) == (
        (8, 10),
        "4:2:0",
    )
    assert entry(VideoCodec.PRORES_422_HQ, "prores_ks").bit_depths == (10,)
    assert entry(VideoCodec.PRORES_422_HQ, "prores_ks").chroma == "4:2:2"
    assert entry(VideoCodec.PRORES_4444, "prores_ks").pixel_formats == ("YUV444P10", "YUVA444P10")
    assert "YUVA420P" not in entry(VideoCodec.HEVC, "libx265").pixel_formats  # it takes alpha, and we write none


def test_versions_are_the_encoders_own() -> None:
    assert entry(VideoCodec.H264, "libx264").version.startswith("core ")
    assert entry(VideoCodec.HEVC, "libx265").version.startswith("build ")
    assert entry(VideoCodec.JPEG, "mjpeg").version.startswith("libavcodec ")
    assert entry(VideoCodec.VP9, "libvpx-vp9").version == ""  # says nothing of itself


def test_names_of_the_six() -> None:
    names = [entry(codec, "prores_ks").codec_name for codec in VideoCodec if codec.is_prores]
    assert names == [
        "ProRes 422 Proxy",
        "ProRes 422 LT",
        "ProRes 422",
        "ProRes 422 HQ",
        "ProRes 4444",
        "ProRes 4444 XQ",
    ]


def test_every_encoder_that_does_not_work_says_why_and_cannot_be_had() -> None:
    for found in video_encoders():
        assert found.works == (found.reason == "")
        if found.works:
            continue
        assert found.supports_frame_reordering is None
        assert found.supports_low_latency is None
        codec = VideoCodec(found.codec)
        settings = settings_for(codec, 320, 240, specification=EncoderSpecification(encoder_id=found.encoder_id))
        with pytest.raises(EncoderNotFoundError) as caught:
            frame_spec(settings, None, False)
        assert found.encoder_id in caught.value.message
        assert found.reason in caught.value.message


@pytest.mark.parametrize("codec", VideoCodec)
def test_requiring_hardware_gives_hardware_or_names_everything_tried(codec: VideoCodec) -> None:
    settings = settings_for(codec, 320, 240, specification=EncoderSpecification(require_hardware=True))
    devices = [item for item in video_encoders() if item.codec == codec.value and item.is_hardware]
    if any(item.works for item in devices):
        spec = frame_spec(settings, None, False)
        with VideoEncoder(settings, spec, time_base=1 / THIRTY, frame_rate=THIRTY) as encoder:
            assert encoder.is_hardware
            assert len(run(encoder, moving(spec, 3))) == 3
        return
    with pytest.raises(EncoderNotFoundError, match="no hardware encoder") as caught:
        frame_spec(settings, None, False)
    for item in devices:
        assert f"{item.encoder_id} ({item.reason})" in caught.value.message
    for name in catalog.hardware(codec):
        assert name in caught.value.message


def test_forbidding_hardware_and_asking_for_it() -> None:
    never = EncoderSpecification(enable_hardware=False)
    assert catalog.choose(VideoCodec.AV1, never, 8) == "libsvtav1"
    with pytest.raises(EncoderNotFoundError, match=r"av1_nvenc \(hardware, which enable_hardware=False forbids"):
        catalog.choose(VideoCodec.AV1, EncoderSpecification(encoder_id="av1_nvenc", enable_hardware=False), 8)
    wished = catalog.choose(VideoCodec.AV1, EncoderSpecification(enable_hardware=True), 8)
    works = any(item.works and item.is_hardware and item.codec == "av01" for item in video_encoders())
    assert catalog.is_hardware(wished) == works


def test_a_device_can_only_be_named_where_ffmpeg_can_be_told() -> None:
    with pytest.raises(EncoderNotFoundError, match="VP9") as caught:
        catalog.choose(VideoCodec.VP9, EncoderSpecification(required_gpu=0), 8)
    assert "none" in caught.value.message
    assert catalog.candidates(VideoCodec.AV1, EncoderSpecification(required_gpu=3)) == ("av1_nvenc",)


def test_encoders_of_another_codec_are_refused() -> None:
    for codec, name in ((VideoCodec.AV1, "libvpx-vp9"), (VideoCodec.PRORES_422, "mjpeg"), (VideoCodec.JPEG, "libx264")):
        with pytest.raises(EncoderNotFoundError, match="encodes"):
            catalog.choose(codec, EncoderSpecification(encoder_id=name), 8)


def test_sound() -> None:
    found = {item.format: item for item in audio_encoders()}
    assert set(found) == {kind.value for kind in AudioFormat} - {AudioFormat.LINEAR_PCM.value}
    assert found["opus"].encoder_id == "libopus"
    assert all(item.works and not item.reason for item in found.values())
    assert found["aac "].version.startswith("libavcodec ")


def test_sound_encoders_that_fail_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_av, "try_sound", lambda name: "device lost" if name == "flac" else "")
    monkeypatch.setattr(_av, "find_encoder", lambda name: None if name == "alac" else _Named())
    found: dict[str, Any] = {item.encoder_id: item for item in encoder_list.audio_encoders.__wrapped__()}
    assert (found["flac"].works, found["flac"].reason) == (False, "device lost")
    assert found["aac"].works
    assert "alac" not in found


class _Named:
    long_name = "a name"


def test_silence_that_cannot_be_encoded() -> None:
    assert _av.try_sound("aac") == ""
    assert _av.try_sound("comfortnoise")  # takes one channel only
