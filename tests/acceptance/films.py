"""Films for the judges: one call writes a film as a program would, picture by picture, with any settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import reelwright as rw

Array = npt.NDArray[Any]
Picture = tuple[Any, ...]  # what is appended, its time, and its duration if it has one of its own

BITS = 16
WIDTH, HEIGHT = 128, 64  # of a numbered picture: two rows of eight blocks


def write_film(
    path: Path,
    *,
    video: rw.VideoSettings | None = None,
    pictures: Iterable[Picture] = (),
    audio: rw.AudioSettings | None = None,
    sound: Sequence[rw.SampleBuffer] = (),
    session: Any = 0,
    end: Any = None,
    header_first: bool = False,
    assume: rw.ColorProperties | None = None,
) -> rw.WritingReport:
    """Write one film with a video track, a sound track, or both; all the sound comes first."""
    with rw.AssetWriter(path) as writer:
        writer.should_optimize_for_network_use = header_first
        inputs = []
        if video is not None:
            inputs.append(rw.AssetWriterInput(rw.MediaType.VIDEO, video, assume=assume))
        if audio is not None:
            inputs.append(rw.AssetWriterInput(rw.MediaType.AUDIO, audio))
        for input in inputs:
            writer.add(input)
        writer.start_writing()
        writer.start_session(session)
        for buffer in sound:
            inputs[-1].append(buffer)
        for picture in pictures:
            inputs[0].append(*picture)
        if end is not None:
            writer.end_session(end)
    assert writer.report is not None
    return writer.report


def numbered(number: int) -> Array:
    """A grey picture that carries its number as sixteen black or white blocks, so that no codec loses it."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    for bit in range(BITS):
        if number >> bit & 1:
            row, column = divmod(bit, 8)
            picture[row * 32 : row * 32 + 32, column * 16 : column * 16 + 16] = 255
    return picture


def number_of(luma: Array) -> int:
    """The number of a picture from its decoded luma plane."""
    blocks = luma[16::32, 8::16].ravel()
    return sum(int(block > 128) << bit for bit, block in enumerate(blocks))
