"""Frames as arrays: all, a step apart, by their time; upright, read-only, and nothing left when they are dropped."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.reading.films import film, with_edits
from tests.writing import scene

from reelwright import (
    Asset,
    AssetWriterInput,
    FileType,
    Frame,
    InvalidArgumentError,
    InvalidMediaError,
    InvalidStateError,
    MediaType,
    NoImageError,
    PixelAspectRatio,
    PixelFormat,
    Time,
    VideoCodec,
    VideoSettings,
)

PICTURES = 24  # of film(): 24 a second


@pytest.fixture
def asset() -> Asset:
    return Asset(film())


def number(frame: Frame) -> int:
    return scene.number_of(frame.array[:, :, 1])


def numbers(frames: Iterable[Frame]) -> list[int]:
    return [number(frame) for frame in frames]


def turned(transform: Any, **settings: Any) -> bytes:
    """A film of one picture, 64 × 32, white in its left half."""
    target = io.BytesIO()
    video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, 64, 32, **settings))
    video.transform = transform
    array = np.zeros((32, 64, 3), np.uint8)
    array[:, :32] = 255
    with scene.filming(target, video, file_type=FileType.MOV):
        video.append(array, 0, Time(1))
    return target.getvalue()


# ---------------------------------------------------------------------- which frames


def test_all_frames_come_in_order_with_their_times(asset: Asset) -> None:
    frames = list(asset.frames())
    assert numbers(frames) == list(range(PICTURES))
    assert [frame.time for frame in frames] == [Fraction(place, 24) for place in range(PICTURES)]
    assert {frame.duration for frame in frames} == {Time(1, 24)}


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (slice(0.25, 0.5), range(6, 12)),
        (slice(None, Fraction(1, 8)), range(3)),
        (slice(Fraction(45, 48), None), range(22, 24)),
        (slice(0.26, 0.27), range(6, 7)),
        (slice(0.5, 0.5), range(0)),
        (slice(0.6, 0.5), range(0)),
        (slice(5, None), range(0)),
        (slice(None, None, Fraction(1, 4)), range(0, 24, 6)),
        (slice(0.25, 100, 0.5), range(6, 24, 12)),
        (slice(Fraction(1, 48), Fraction(1, 8), Fraction(1, 48)), [0, 1, 1, 2, 2]),
        (slice(3, 4, 0.5), range(0)),
    ],
)
def test_an_index_is_a_time(asset: Asset, span: slice, expected: Iterable[int]) -> None:
    assert numbers(asset[span]) == list(expected)
    assert numbers(asset.frames(span.start, span.stop, step=span.step)) == list(expected)


def test_one_frame_by_its_time(asset: Asset) -> None:
    for wanted in (5, 23, 0, 8, 7):
        frame = asset[Fraction(2 * wanted + 1, 48)]
        assert number(frame) == wanted
        assert (frame.time.fraction, frame.duration.fraction) == (Fraction(wanted, 24), Fraction(1, 24))


def test_edits_are_applied() -> None:
    data = film(sound=False)
    scale, movie = scene.media_scale(io.BytesIO(data)), scene.movie_scale(io.BytesIO(data))
    start = scene.edits(io.BytesIO(data))[0][1]
    edits = [
        (movie // 2, start + scale // 2, Fraction(1)),
        (movie // 2, -1, Fraction(1)),
        (movie // 4, start, Fraction(1)),
    ]
    asset = Asset(with_edits(data, edits))
    assert numbers(asset[0:2]) == [*range(12, 24), *range(6)]
    assert numbers(asset[0 : 2 : Fraction(1, 4)]) == [12, 18, 0]
    assert asset[1.01].time == 1
    with pytest.raises(NoImageError):
        asset[0.75]


# ---------------------------------------------------------------------- what a frame is


def test_arrays_are_read_only_rows_of_rgb(asset: Asset) -> None:
    for frame in (asset[0], next(asset.frames()), next(asset[0:1:0.5])):
        assert frame.array.shape == (scene.SIDE, scene.SIDE, 3)
        assert frame.array.dtype == np.uint8
        assert not frame.array.flags.writeable
        assert frame.size == (scene.SIDE, scene.SIDE)
        assert frame.array is frame.array


def test_numpy_and_pillow_take_frames(asset: Asset) -> None:
    frame = asset[0.5]
    assert np.shares_memory(np.asarray(frame), frame.array)
    assert np.array(frame).flags.writeable
    assert np.asarray(frame, np.float32).dtype == np.float32
    np.testing.assert_array_equal(np.asarray(frame.image), frame.array)
    with pytest.raises(ValueError, match="without a copy"):
        frame.__array__(np.float32, copy=False)


def test_other_pixel_formats(asset: Asset) -> None:
    (gray,) = asset.frames(0.5, 0.51, pixel_format="GRAY8")
    assert gray.array.shape == (scene.SIDE, scene.SIDE)
    assert scene.number_of(gray.array) == 12
    assert gray.image.mode == "L"
    (planar,) = asset.frames(0.5, 0.51, pixel_format=PixelFormat.NV12)
    assert scene.number_of(planar.buffer.planes[0]) == 12
    with pytest.raises(InvalidArgumentError, match="2 planes"):
        _ = planar.array
    with pytest.raises(InvalidArgumentError, match="NV12"):
        _ = planar.image


def test_frames_can_be_scaled(asset: Asset) -> None:
    assert next(asset.frames(size=(32, 16))).array.shape == (16, 32, 3)
    assert next(asset.frames(step=1, size=(32, 16))).array.shape == (16, 32, 3)


@pytest.mark.parametrize(
    ("transform", "side"),
    [((1, 0, 0, 1, 0, 0), "left"), ((-1, 0, 0, -1, 64, 32), "right"), ((0, 1, -1, 0, 32, 0), "top")],
)
def test_frames_are_upright(transform: Any, side: str) -> None:
    asset = Asset(turned(transform))
    for frame in (asset[0], next(asset.frames()), next(asset.frames(step=1)), next(asset.frames(size=(16, 8)))):
        rows, columns = frame.array.shape[:2]
        white = {"left": (rows // 2, 2), "right": (rows // 2, columns - 3), "top": (2, columns // 2)}
        assert {name for name, place in white.items() if frame.array[place].min() > 200} >= {side}
        assert frame.size == (columns, rows)
    assert asset[0].size == ((32, 64) if side == "top" else (64, 32))
    assert next(asset.frames(size=(16, 8))).size == (16, 8)


def test_a_notebook_shows_square_pixels() -> None:
    data = turned((0, 1, -1, 0, 32, 0), pixel_aspect_ratio=PixelAspectRatio(2, 1))
    assert Image.open(io.BytesIO(Asset(data)[0]._repr_png_())).size == (32, 128)


def test_a_frame_says_when_and_what_it_is(asset: Asset) -> None:
    assert repr(asset[0.5]) == "<Frame at 0.500 s for 0.042 s: 64×64 RGB24>"


# ---------------------------------------------------------------------- errors


def test_an_asset_is_not_gone_through_by_whole_seconds(asset: Asset) -> None:
    with pytest.raises(TypeError):
        iter(asset)  # type: ignore[call-overload]


@pytest.mark.parametrize("time", [-1, 1, 7.5, Time.POSITIVE_INFINITY])
def test_where_nothing_is_shown_there_is_no_frame(asset: Asset, time: Any) -> None:
    with pytest.raises(NoImageError):
        asset[time]


@pytest.mark.parametrize(
    "wish",
    [
        {"start": "now"},
        {"start": Time.INVALID},
        {"end": Time.NEGATIVE_INFINITY},
        {"step": 0},
        {"step": -1},
        {"size": (0, 5)},
        {"size": (1.5, 5)},
        {"size": 640},
        {"size": (640,)},
        {"pixel_format": "RGB25"},
    ],
)
def test_wishes_that_cannot_be_are_refused_at_the_call(asset: Asset, wish: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        asset.frames(**wish)


def test_assets_without_pictures() -> None:
    target = io.BytesIO()
    sound = scene.audio_input()
    with scene.filming(target, sound, file_type=FileType.M4A):
        sound.append(scene.sound_buffer(4800))
    asset = Asset(target.getvalue())
    with pytest.raises(NoImageError):
        asset.frames()
    with pytest.raises(NoImageError):
        asset[0]


def test_damage_is_told_where_it_is_met() -> None:
    data = bytearray(film(sound=False))
    sample = scene.samples(io.BytesIO(bytes(data)))[0]["data"]
    place = data.index(sample)
    data[place : place + len(sample)] = b"\xff" * len(sample)
    asset = Asset(bytes(data))
    for frames in (asset.frames(), asset.frames(step=0.1)):
        with pytest.raises(InvalidMediaError):
            list(frames)
    with pytest.raises((InvalidMediaError, NoImageError)):
        asset[0]


# ---------------------------------------------------------------------- what is left


def test_frames_that_are_dropped_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(film())
    with Asset(path) as asset:
        next(asset.frames())
    gc.collect()
    with scene.nothing_left(tmp_path):
        asset = Asset(path)
        for frames in (asset.frames(), asset.frames(step=0.1), asset.frames()):
            next(frames)
            del frames
        unread = asset.frames()
        assert number(asset[0.5]) == 12
        del unread
        asset.close()
        del asset
        gc.collect()


def test_a_closed_asset_keeps_no_decoder() -> None:
    asset = Asset(film())
    assert asset[0.5].array.any()
    source = asset._picture_source
    assert source._idle is not None
    asset.close()
    assert source._idle is None
    with pytest.raises(InvalidStateError, match="was closed"):
        asset[0.5]
