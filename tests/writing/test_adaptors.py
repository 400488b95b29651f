"""The pixel buffer adaptor and its pool."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.writing import scene
from tests.writing.scene import audio_input, begun, filming, picture, video_input

from reelwright import (
    AssetWriter,
    AssetWriterInputPixelBufferAdaptor,
    PixelBufferPool,
    PixelFormat,
    Time,
)
from reelwright.codecs.video_encoder import VideoEncoder
from reelwright.model.errors import EncodeError, InvalidArgumentError, InvalidStateError, TimestampError

NV12 = {"PixelFormatType": "NV12", "Width": 64, "Height": 64}
BGRA = {"PixelFormatType": "BGRA", "Width": 64, "Height": 64}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def drawn(pool: PixelBufferPool, number: int) -> Any:
    """A buffer of the pool with a number drawn into it."""
    buffer = pool.make_buffer()
    if buffer.pixel_format is PixelFormat.NV12:
        buffer.planes[0][...], buffer.planes[1][...] = picture(number), 128
    else:
        buffer.planes[0][...] = picture(number)[..., None]
        buffer.planes[0][..., 3] = 255
    return buffer


@pytest.mark.parametrize("attributes", [NV12, BGRA])
def test_pictures_drawn_into_the_pools_buffers(path: Path, attributes: dict[str, Any]) -> None:
    """The same few buffers are used over and over, and every number comes out right."""
    video = video_input(settings={"encoder_options": {"preset": "veryfast"}})
    adaptor = AssetWriterInputPixelBufferAdaptor(video, attributes)
    with filming(path, video):
        pool = adaptor.pixel_buffer_pool
        assert pool is not None
        for number in range(200):
            assert adaptor.append(drawn(pool, number), Time(number, 25)) is True
        created = pool.statistics().created
    assert [s.number for s in scene.shown(path)] == list(range(200))
    assert created < 120, "nothing is used again"


def test_a_buffer_is_not_used_again_while_the_encoder_is_slow(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    encode = VideoEncoder.encode

    def waiting(self: VideoEncoder, *arguments: Any, **options: Any) -> Any:
        assert gate.wait(20)
        return encode(self, *arguments, **options)

    monkeypatch.setattr(VideoEncoder, "encode", waiting)
    video = video_input()
    adaptor = AssetWriterInputPixelBufferAdaptor(video, NV12)
    writer = begun(path, video)
    pool = adaptor.pixel_buffer_pool
    assert pool is not None

    def feed() -> None:
        for number in range(30):
            adaptor.append(drawn(pool, number), Time(number, 25))

    feeding = scene.Background(feed)
    scene.wait_until(lambda: pool.statistics().in_use >= 8, "nothing waits")
    scene.wait_until(lambda: video.statistics().waits > 0, "it does not wait")
    assert pool.statistics().in_use <= 9, "six wait, two are in the lane's hands, one is on its way"
    gate.set()
    feeding.result()
    writer.finish_writing()
    assert [s.number for s in scene.shown(path)] == list(range(30))
    gc.collect()
    assert pool.statistics().in_use == 0, "all of them came home"


def test_the_pool_exists_between_start_and_end(path: Path) -> None:
    video = video_input()
    adaptor = AssetWriterInputPixelBufferAdaptor(video, NV12)
    assert adaptor.asset_writer_input is video
    assert adaptor.source_pixel_buffer_attributes is not None
    assert adaptor.source_pixel_buffer_attributes.width == 64
    assert adaptor.pixel_buffer_pool is None
    writer = AssetWriter(path)
    writer.add(video)
    assert adaptor.pixel_buffer_pool is None
    writer.start_writing()
    pool = adaptor.pixel_buffer_pool
    assert pool is not None, "before the session already"
    assert adaptor.pixel_buffer_pool is pool
    writer.start_session(0)
    adaptor.append(drawn(pool, 1), 0)
    writer.end_session(1)
    assert adaptor.pixel_buffer_pool is pool
    writer.finish_writing()
    assert adaptor.pixel_buffer_pool is None


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_the_pool_is_gone_after_a_failure(path: Path, end: str) -> None:
    video = video_input()
    adaptor = AssetWriterInputPixelBufferAdaptor(video, NV12)
    writer = begun(path, video)
    assert adaptor.pixel_buffer_pool is not None
    writer._fail(EncodeError("broken")) if end == "fail" else writer.cancel_writing()
    assert adaptor.pixel_buffer_pool is None


def test_without_attributes_there_is_no_pool(path: Path) -> None:
    video = video_input()
    adaptor = AssetWriterInputPixelBufferAdaptor(video)
    writer = begun(path, video)
    assert adaptor.pixel_buffer_pool is None
    assert adaptor.source_pixel_buffer_attributes is None
    writer.cancel_writing()


@pytest.mark.parametrize("missing", ["PixelFormatType", "Width", "Height"])
def test_a_pool_needs_format_and_size(path: Path, missing: str) -> None:
    video = video_input()
    adaptor = AssetWriterInputPixelBufferAdaptor(video, {key: NV12[key] for key in NV12 if key != missing})
    assert adaptor.pixel_buffer_pool is None, "nobody asked yet"
    writer = begun(path, video)
    with pytest.raises(InvalidArgumentError, match="pixel format, width and height") as caught:
        adaptor.pixel_buffer_pool  # noqa: B018
    assert caught.value.hint
    adaptor.append(picture(0), 0)
    assert writer.finish_writing().tracks[0].written == 1


def test_pictures_only() -> None:
    with pytest.raises(InvalidArgumentError, match="audio"):
        AssetWriterInputPixelBufferAdaptor(audio_input())


def test_one_adaptor_an_input() -> None:
    video = video_input()
    AssetWriterInputPixelBufferAdaptor(video)
    with pytest.raises(InvalidStateError, match="adaptor already"):
        AssetWriterInputPixelBufferAdaptor(video)


def test_not_after_the_start(path: Path) -> None:
    video = video_input()
    writer = begun(path, video)
    with pytest.raises(InvalidStateError, match="make an adaptor"):
        AssetWriterInputPixelBufferAdaptor(video)
    writer.cancel_writing()


def test_attributes_that_cannot_be_leave_the_input_free() -> None:
    video = video_input()
    with pytest.raises(InvalidArgumentError):
        AssetWriterInputPixelBufferAdaptor(video, {"PixelFormatType": "nonsense"})
    AssetWriterInputPixelBufferAdaptor(video, NV12)


def test_the_rules_of_the_input_hold(path: Path) -> None:
    video = video_input()
    adaptor = AssetWriterInputPixelBufferAdaptor(video)
    writer = begun(path, video, session=None)
    with pytest.raises(InvalidStateError, match="start a session"):
        adaptor.append(picture(0), 0)
    writer.start_session(0)
    for time in (Time.INVALID, Time.POSITIVE_INFINITY):
        with pytest.raises(TimestampError, match="numeric"):
            adaptor.append(picture(0), time)
    with pytest.raises(InvalidArgumentError, match="needs a time"):
        adaptor.append(picture(0), None)
    adaptor.append(picture(0), 0)
    with pytest.raises(TimestampError):
        adaptor.append(picture(0), 0)
    adaptor.append(np.repeat(picture(1)[..., None], 3, 2), 1)
    assert writer.finish_writing().tracks[0].written == 2
    assert scene.timings(path) == [(0, 1), (1, 1)], "the last is shown as long as the one before it"
