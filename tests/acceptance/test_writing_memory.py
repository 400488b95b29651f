"""Writing a long film takes no more memory than its tables do, whatever the order in which its tracks come."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.memory import Film, counted, far_ahead, measured, track_after_track, verify
from bench.reading_memory import is_known

pytestmark = pytest.mark.skipif(not is_known(), reason="this system does not say what a process holds (/proc)")

MEGABYTE = 1 << 20


def written(path: Path, film: Film, most: int) -> None:
    """Write in a process of its own, with so much memory at most, and read every sample back."""
    found = measured(str(path), film)
    assert found.samples == film.samples * film.tracks
    assert found.grown < most
    assert found.out_of_turn == 0
    assert verify(str(path), film) == found.samples
    assert counted(str(path)) in (None, [film.samples] * film.tracks)


def test_track_after_track(tmp_path: Path) -> None:
    """A tenth of eight tracks with 50 samples a second for twelve hours."""
    film = track_after_track(1 / 10)
    assert film.samples * film.tracks > 1_700_000
    written(tmp_path / "film.mov", film, 100 * MEGABYTE)


def test_one_track_hours_ahead(tmp_path: Path) -> None:
    film = far_ahead(1 / 10)
    assert film.ahead == 2
    written(tmp_path / "film.mov", film, 60 * MEGABYTE)


def test_what_piles_up_is_noticed(tmp_path: Path) -> None:
    """The measure itself: a film whose samples all wait in memory, because they are few and large."""
    found = measured(str(tmp_path / "film.mov"), Film(tracks=2, hours=1 / 6, many=300, size=2000))
    assert found.spilled == 0
    assert found.grown > 50 * MEGABYTE
