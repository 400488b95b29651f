"""The demonstration's parts: a time line without holes, frames of the film's size, sound that fits."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
from tests.examples import FOLDER, example


@pytest.fixture(scope="module")
def demo() -> Iterator[ModuleType]:
    with example("demo") as module:
        yield module


def test_every_photograph_is_filmed(demo: ModuleType) -> None:
    files = {path.name for path in (FOLDER / "photos").iterdir() if path.suffix in (".jpg", ".png")}
    assert {shot.file for shot in demo.PHOTOGRAPHS} == files


def test_a_slide_moves_and_its_words_come_and_go(demo: ModuleType) -> None:
    slide = demo.Slide(1, demo.PHOTOGRAPHS[3])
    begin, middle, end = (np.asarray(slide.frame(at)).astype(int) for at in (0.0, 1.9, slide.length - 0.01))
    assert begin.shape == (demo.HEIGHT, demo.WIDTH, 3)
    words = slice(250, 460), slice(84, 400)
    assert middle[words].max() > 240
    assert max(begin[words].max(), end[words].max()) < 130
    photograph = slice(120, 600), slice(760, 1100)
    assert np.abs(begin[photograph] - end[photograph]).mean() > 2


def test_the_sound_fits_its_film(demo: ModuleType) -> None:
    sound = demo.soundtrack([0.0, 1.0, 2.0], 3.5)
    assert (sound.shape, sound.dtype) == ((round(3.5 * demo.RATE), 2), np.float32)
    assert np.abs(sound).max() == pytest.approx(0.5, abs=1e-3)
    loud = np.abs(sound).reshape(-1, demo.RATE // 2, 2).max(axis=(1, 2))
    assert loud.min() > 0.01
    assert np.abs(sound[-200:]).max() < 0.01
