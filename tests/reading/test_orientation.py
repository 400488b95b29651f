"""The eight transforms, each against its own definition: where the matrix sends every pixel."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reelwright.reading.orientation import Orientation

EIGHT = [
    (1, 0, 0, 1),
    (-1, 0, 0, 1),
    (-1, 0, 0, -1),
    (1, 0, 0, -1),
    (0, 1, 1, 0),
    (0, 1, -1, 0),
    (0, -1, -1, 0),
    (0, -1, 1, 0),
]
PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


def transform(*parts: Any) -> Any:
    return tuple(Fraction(part) for part in (*parts, 0, 0))


def by_definition(picture: Any, matrix: tuple[int, int, int, int]) -> Any:
    """Each pixel at the place to which x' = a·x + c·y, y' = b·x + d·y sends it, moved back to the corner."""
    a, b, c, d = matrix
    sent = {
        (a * x + c * y, b * x + d * y): picture[y, x] for y in range(picture.shape[0]) for x in range(picture.shape[1])
    }
    left, top = min(x for x, _ in sent), min(y for _, y in sent)
    width, height = max(x for x, _ in sent) - left + 1, max(y for _, y in sent) - top + 1
    return np.array([[sent[x + left, y + top] for x in range(width)] for y in range(height)])


@pytest.mark.parametrize("matrix", EIGHT)
def test_pixels_go_where_the_matrix_sends_them(matrix: tuple[int, int, int, int]) -> None:
    orientation = Orientation.of(transform(*matrix))
    expected = by_definition(PICTURE, matrix)
    np.testing.assert_array_equal(orientation.turned(PICTURE), expected)
    np.testing.assert_array_equal(np.asarray(orientation.turned_image(Image.fromarray(PICTURE))), expected)
    assert orientation.size(3, 2) == (expected.shape[1], expected.shape[0])


def test_all_eight_are_different() -> None:
    assert {Orientation.of(transform(*matrix)) for matrix in EIGHT} == set(Orientation)


def test_turning_an_array_copies_nothing() -> None:
    assert np.shares_memory(Orientation.TURNED_RIGHT.turned(PICTURE), PICTURE)


def test_rotations_that_passed_through_floats_count() -> None:
    near = transform(Fraction(1, 65536), Fraction(65535, 65536), Fraction(-65535, 65536), 0)
    assert Orientation.of(near) is Orientation.TURNED_RIGHT


@pytest.mark.parametrize(
    "parts",
    [(2, 0, 0, 2), (Fraction(7, 10), Fraction(7, 10), Fraction(-7, 10), Fraction(7, 10)), (1, 1, 0, 1), (0,) * 4],
)
def test_whatever_does_more_than_turn_and_mirror_is_ignored(parts: Any) -> None:
    assert Orientation.of(transform(*parts)) is Orientation.UPRIGHT


def test_where_a_picture_is_moved_to_does_not_matter() -> None:
    moved = tuple(Fraction(part) for part in (0, 1, -1, 0, 720, 0))
    assert Orientation.of(moved) is Orientation.TURNED_RIGHT  # type: ignore[arg-type]
