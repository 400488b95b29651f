"""Thumbnails: files by pattern or in a folder, the right pictures, nothing replaced unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.reading.films import film
from tests.writing import scene

from reelwright import InvalidArgumentError, NoImageError, OutputExistsError, thumbnails


def numbers(paths: list[Path]) -> list[int]:
    found = []
    for path in paths:
        with Image.open(path) as image:
            found.append(scene.number_of(np.asarray(image.convert("RGB"))[:, :, 1]))
    return found


def test_a_folder_is_made_and_filled(tmp_path: Path) -> None:
    paths = thumbnails(film(), tmp_path / "new" / "pictures", count=3, exact=True)
    assert paths == [tmp_path / "new" / "pictures" / f"{number:03d}.jpg" for number in (1, 2, 3)]
    assert numbers(paths) == [4, 12, 20]


def test_a_pattern_names_the_files(tmp_path: Path) -> None:
    paths = thumbnails(film(), tmp_path / "100%" / "a%d.png", times=[0.5, 0], overwrite=True)
    assert [path.name for path in paths] == ["a1.png", "a2.png"]
    assert numbers(paths) == [12, 0]


def test_without_exact_key_frames_nearby_will_do(tmp_path: Path) -> None:
    # Key frames are 0, 8 and 16 of 24; moments 4, 12 and 20 have one within half of what lies between them.
    assert numbers(thumbnails(film(), tmp_path, count=3)) == [0, 8, 16]
    assert numbers(thumbnails(film(), tmp_path, every=0.25, overwrite=True)) == [0, 8, 12, 16]


def test_every_so_many_seconds(tmp_path: Path) -> None:
    assert numbers(thumbnails(film(), tmp_path, every=0.25, exact=True)) == [0, 6, 12, 18]


def test_they_fit_into_a_size(tmp_path: Path) -> None:
    (path,) = thumbnails(film(), tmp_path, count=1, size=(20, 0))
    with Image.open(path) as image:
        assert image.size == (20, 20)


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    thumbnails(film(), tmp_path, count=2)
    with pytest.raises(OutputExistsError):
        thumbnails(film(), tmp_path, count=2)
    assert len(thumbnails(film(), tmp_path, count=2, overwrite=True)) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [("one.jpg", "a pattern with a number"), ("%03d.pdf", r"end in \.jpg"), ("one.gif", r"end in \.jpg")],
)
def test_names_that_cannot_be(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        thumbnails(film(), tmp_path / name)
    assert scene.left(tmp_path) == []


@pytest.mark.parametrize("wish", [{"times": [9]}, {"times": [0, -1]}])
def test_a_moment_that_was_asked_for_must_show_something(tmp_path: Path, wish: dict[str, Any]) -> None:
    with pytest.raises(NoImageError):
        thumbnails(film(), tmp_path, **wish)
