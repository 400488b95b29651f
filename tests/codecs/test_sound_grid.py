"""Runs of sound laid onto a grid: gaps, steps back and changes of format begin anew, at the right frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.codecs.sound import pcm_format

from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.codecs.sound_grid import Piece, SoundGrid
from reelwright.model.errors import FrameError, InvalidMediaError
from reelwright.model.format import PcmLayout

FLOAT = PcmLayout(32, is_float=True)
CD = pcm_format(FLOAT, 44100, 1)


def piece(position: int, frames: int, format: Any = CD, value: float = 0.25) -> Piece:
    data = np.full((frames, format.channels), value, np.float32)
    return Piece(format, position, data.reshape(-1).view(np.uint8).data, frames)


def spans(blocks: list[PcmBlock]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for block in blocks:
        if found and found[-1][1] == block.position:
            found[-1] = found[-1][0], block.end
        else:
            found.append((block.position, block.end))
    return found


def laid(output: SoundFormat, *pieces: Piece) -> list[PcmBlock]:
    grid = SoundGrid(output)
    blocks = [block for one in pieces for block in grid.take(one)]
    return blocks + list(grid.finish())


def test_a_piece_loses_its_ends() -> None:
    part = piece(100, 50).without(10, 15)
    assert (part.position, part.frames, part.end, part.data.nbytes) == (110, 25, 135, 100)
    whole = piece(100, 50)
    assert whole.without(0, 0) is whole


def test_pieces_that_follow_one_another_are_one_run() -> None:
    blocks = laid(SoundFormat(48000, 1), piece(0, 4410), piece(4410, 4411))
    assert spans(blocks) == [(0, round(8821 * 48000 / 44100))]


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000, 11025, 44056])
@pytest.mark.parametrize("start", [0, 1, 441, 1023, -2048])
def test_runs_tile_whatever_the_rates_are(rate: int, start: int) -> None:
    output = SoundFormat(rate, 1)
    middle, end = start + 5000, start + 9001
    first, second = laid(output, piece(start, 5000)), laid(output, piece(middle, end - middle))
    place = [int(np.floor(edge * rate / 44100 + 0.5)) for edge in (start, middle, end)]
    assert spans(first) == [(place[0], place[1])]
    assert spans(second) == [(place[1], place[2])]


def test_gaps_and_steps_back_begin_a_new_run() -> None:
    blocks = laid(SoundFormat(22050, 1), piece(0, 1000), piece(2000, 1000), piece(100, 50))
    assert spans(blocks) == [(0, 500), (1000, 1500), (50, 75)]


def test_another_format_goes_on_in_the_same_output() -> None:
    stereo = pcm_format(FLOAT, 22050, 2)
    blocks = laid(SoundFormat(44100, 1), piece(0, 1000), piece(500, 600, stereo))
    assert spans(blocks) == [(0, 2200)]
    values = np.concatenate([np.frombuffer(block.data, np.float32) for block in blocks])
    assert values[:900] == pytest.approx(0.25)
    assert values[1100:2100] == pytest.approx(0.25, abs=1e-3)


def test_the_end_of_a_run_is_known() -> None:
    grid = SoundGrid(SoundFormat(44100, 1))
    assert grid.end is None
    assert [block.frames for block in grid.take(piece(7, 10))] == [10]
    assert grid.end == 17
    assert list(grid.finish()) == []
    assert grid.end is None


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(FrameError, match="nan"):
        laid(SoundFormat(44100, 1, None, PcmLayout(16)), piece(0, 10, value=float("nan")))


@pytest.mark.parametrize("rate", [1, 99, (1 << 31) - 1])
def test_rates_that_no_sound_has_are_not_changed(rate: int) -> None:
    odd = pcm_format(FLOAT, rate, 1)
    assert spans(laid(SoundFormat(rate, 1), piece(3, 10, odd))) == [(3, 13)]
    with pytest.raises(InvalidMediaError, match=f"{rate} frames a second"):
        laid(SoundFormat(48000, 1), piece(3, 10, odd))
