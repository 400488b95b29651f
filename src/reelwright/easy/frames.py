"""Frames in whatever form a program holds them: one array of all, a list, a generator; and how many there are.

Nothing is gathered: whatever can be gone through one by one is, so that a film may be longer than the memory is large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Any

from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.picture import is_array, is_image, pixel_buffer, plain_array
from reelwright.model.pixel import PixelBuffer

__all__ = ["each_frame", "frame_count"]

_HINT = "Pass an array of frames × rows × columns × values, or a list or generator of pictures."


def frame_count(frames: Any) -> int | None:
    """How many frames there are; None where only going through them tells."""
    return len(frames) if isinstance(frames, Sized) else None


def each_frame(frames: Any, layout: str) -> Iterator[PixelBuffer]:
    """The frames one by one.

    Args:
        frames: an array of T × H × W × C (or T × C × H × W with ``layout="CHW"``) or, for grey, T × H × W; or anything
            that gives pictures when gone through (see ``reelwright.model.picture.pixel_buffer``).

    Raises:
        FrameError: an array that holds one picture or none. InvalidArgumentError: something that gives no pictures.
    """
    if is_array(frames):
        frames = _stack(plain_array(frames, "film"), layout)
    elif is_image(frames) or isinstance(frames, PixelBuffer):
        raise FrameError("a single picture was given where frames are expected.", hint="Pass a list: [picture].")
    elif isinstance(frames, (str, bytes, dict)) or not isinstance(frames, Iterable):
        way_out = "write_images takes paths and patterns." if isinstance(frames, (str, bytes)) else _HINT
        raise InvalidArgumentError(f"{frames!r:.80} gives no frames.", hint=way_out)
    return _pictures(frames, layout)


def _pictures(frames: Iterable[Any], layout: str) -> Iterator[PixelBuffer]:
    for index, frame in enumerate(frames):
        try:
            picture = pixel_buffer(frame, layout=layout)
        except FrameError as error:
            error.message = f"frame {index}: {error.message}"
            raise
        del frame  # the caller may be waiting for its memory
        yield picture
        del picture


def _stack(array: Any, layout: str) -> Any:
    """An array of frames, told from the array of one picture."""
    if array.ndim not in (3, 4):
        hint = "Pass frames[None] to film one picture." if array.ndim == 2 else _HINT
        raise FrameError(f"an array of shape {array.shape} holds no frames.", hint=hint)
    values = array.shape[0 if layout == "CHW" else -1]
    if array.ndim == 3 and values in (3, 4):
        raise FrameError(
            f"an array of shape {array.shape} looks like one picture of {values} values a pixel, not like grey frames.",
            hint="Pass array[None] to film one picture, or give grey frames a fourth dimension of 1.",
        )
    return array
