"""Frames from arrays, lists and generators, one at a time; one picture is not taken for a film."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.model.arrays import Convertible, Shapeless

from reelwright.easy.frames import each_frame, frame_count
from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.pixel import PixelBuffer, PixelFormat

ARRAY = np.random.default_rng(2).integers(0, 256, (3, 8, 10, 3)).astype(np.uint8)


def test_an_array_of_frames_gives_views() -> None:
    frames = list(each_frame(ARRAY, "HWC"))
    assert [frame.size for frame in frames] == [(10, 8)] * 3
    assert all(np.shares_memory(frame.planes[0], ARRAY) for frame in frames)


def test_channels_first() -> None:
    frames = list(each_frame(ARRAY.transpose(0, 3, 1, 2), "CHW"))
    assert [(frame.planes[0] == given).all() for frame, given in zip(frames, ARRAY, strict=True)] == [True] * 3


def test_grey_frames() -> None:
    (first, *_) = each_frame(ARRAY[..., 0], "HWC")
    assert first.pixel_format is PixelFormat.GRAY8
    (first, *_) = each_frame(ARRAY[..., :1], "HWC")
    assert first.pixel_format is PixelFormat.GRAY8


def test_lists_and_generators_of_anything() -> None:
    pictures = [ARRAY[0], Image.fromarray(ARRAY[1]), PixelBuffer.from_array(ARRAY[2])]
    for frames in (pictures, tuple(pictures), (picture for picture in pictures)):
        found = [frame.planes[0] for frame in each_frame(frames, "HWC")]
        assert [(a == b).all() for a, b in zip(found, ARRAY, strict=True)] == [True] * 3


def test_a_data_set_is_read_frame_by_frame() -> None:
    class DataSet:
        """As h5py and zarr have them: a shape, a length and items, but nothing in memory."""

        shape, ndim, taken = ARRAY.shape, 4, 0

        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> np.ndarray:
            DataSet.taken += 1
            return ARRAY[index]

        def __iter__(self) -> Any:
            return (self[index] for index in range(3))

        def __array__(self, *given: Any, **more: Any) -> np.ndarray:
            raise AssertionError("read as a whole")

    data = DataSet()
    assert frame_count(data) == 3
    frames = each_frame(data, "HWC")
    next(frames)
    assert DataSet.taken == 1


def test_how_many() -> None:
    assert frame_count(ARRAY) == 3
    assert frame_count([1, 2]) == 2
    assert frame_count(iter([1, 2])) is None


@pytest.mark.parametrize("array", [ARRAY[0], ARRAY[..., :4][0], np.zeros((8, 10, 4))])
def test_one_colour_picture_is_no_film(array: np.ndarray) -> None:
    with pytest.raises(FrameError, match=r"looks like one picture.*array\[None\]"):
        each_frame(array, "HWC")


def test_one_picture_with_channels_first_is_no_film() -> None:
    with pytest.raises(FrameError, match="looks like one picture"):
        each_frame(np.zeros((3, 8, 10)), "CHW")


@pytest.mark.parametrize("array", [np.zeros((8, 10)), np.zeros(5), np.zeros(()), np.zeros((1, 1, 2, 2, 3))])
def test_arrays_of_other_dimensions_are_refused(array: np.ndarray) -> None:
    with pytest.raises(FrameError, match="holds no frames"):
        each_frame(array, "HWC")


@pytest.mark.parametrize("picture", [Image.new("RGB", (4, 4)), PixelBuffer.empty("RGB24", 4, 4)])
def test_one_picture_is_told_to_be_a_list(picture: Any) -> None:
    with pytest.raises(FrameError, match=r"\[picture\]"):
        each_frame(picture, "HWC")


@pytest.mark.parametrize("frames", ["a.png", b"", None, 5, {}])
def test_what_gives_no_frames_is_refused(frames: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="gives no frames"):
        each_frame(frames, "HWC")


@pytest.mark.parametrize("wrap", [Shapeless, Convertible])
def test_films_behind_either_protocol_alone(wrap: Any) -> None:
    film = np.arange(3 * 4 * 6, dtype=np.uint8).reshape(3, 4, 6)
    frames = [frame.planes[0] for frame in each_frame(wrap(film), "HWC")]
    assert [(one == other).all() for one, other in zip(frames, film, strict=True)] == [True] * 3
