"""Reading a long film takes no more memory than reading a short one, but for the tables of its samples."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from bench.reading_files import long_movie, pcm_movie
from bench.reading_memory import Growth, is_known, measured

pytestmark = pytest.mark.skipif(not is_known(), reason="this system does not say what a process holds (/proc)")

MEGABYTE = 1 << 20
SAMPLES = 76.875  # a second, of both tracks
ROW = 110  # bytes of tables for each sample: five columns, what follows from them, and what was read to make them
SLACK = 6 * MEGABYTE  # allocators keep what threads gave back

Make = Callable[[Path], None]


def read(make: Make, path: Path, kind: str) -> Growth:
    make(path)
    return measured(str(path), kind)


@pytest.mark.parametrize("fragmented", [False, True], ids=["tables", "fragments"])
def test_stored_samples_go_by(fragmented: bool, tmp_path: Path) -> None:
    short = read(partial(long_movie, hours=1 / 30, fragmented=fragmented), tmp_path / "short.mp4", "stored")
    long = read(partial(long_movie, hours=1 / 2, fragmented=fragmented), tmp_path / "long.mp4", "stored")
    assert long.buffers == pytest.approx(1800 * SAMPLES, rel=0.01)
    assert long.seconds > 1798
    assert long.grown < 3 * MEGABYTE  # from the first minute on
    tables = (long.buffers - short.buffers) * ROW
    assert long.later - long.before < short.later - short.before + tables + SLACK


def test_sound_goes_by(tmp_path: Path) -> None:
    short = read(partial(pcm_movie, hours=1 / 30), tmp_path / "short.mov", "decoded")
    long = read(partial(pcm_movie, hours=1), tmp_path / "long.mov", "decoded")
    assert long.seconds > 3590
    assert long.grown < 3 * MEGABYTE
    assert long.later - long.before < short.later - short.before + SLACK


def test_decoded_pictures_and_sound_go_by(tmp_path: Path) -> None:
    found = read(partial(long_movie, hours=1 / 15), tmp_path / "film.mp4", "decoded")
    assert found.seconds > 238
    assert found.grown < 4 * MEGABYTE


def test_what_piles_up_is_noticed(tmp_path: Path) -> None:
    found = read(partial(pcm_movie, hours=1 / 6), tmp_path / "kept.mov", "kept")
    assert found.grown > 12 * MEGABYTE
