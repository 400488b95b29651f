"""Contact sheets: the right pictures in the right places, under a heading that fits."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.reading.films import film
from tests.writing import scene

from reelwright import (
    Asset,
    FileType,
    InvalidArgumentError,
    InvalidMediaError,
    NoImageError,
    OutputExistsError,
    OutputNotFoundError,
    contact_sheet,
)
from reelwright.easy.contact_sheet import _clock
from reelwright.easy.sheet_drawing import draw_sheet, layout_for
from reelwright.model.time import Time

BACKGROUND = (22, 24, 28)


def cells(sheet: Image.Image, columns: int, rows: int, *, side: int, margin: int, gap: int) -> list[Image.Image]:
    """The pictures of a sheet, found by its measures: rows lie evenly above the lower margin."""
    row = side + gap + 2 * layout_for(640, 4).letters
    bottom = sheet.height - margin + gap
    found = []
    for down in range(rows):
        top = bottom - (rows - down) * row
        for across in range(columns):
            left = margin + across * (side + gap)
            found.append(sheet.crop((left, top, left + side, top + side)))
    return found


def test_pictures_are_evenly_spread_and_exact() -> None:
    sheet = contact_sheet(film(), columns=4, rows=2, width=640)
    layout = layout_for(640, 4)
    side = min(160, layout.cell)
    found = cells(sheet, 4, 2, side=side, margin=layout.margin, gap=layout.gap)
    numbers = [scene.number_of(np.asarray(cell.resize((64, 64)))[:, :, 1]) for cell in found]
    assert numbers == [1, 4, 7, 10, 13, 16, 19, 22]


def test_a_short_film_is_shown_whole_and_each_picture_once() -> None:
    sheet = contact_sheet(film(3, sound=False), columns=4, rows=4, width=640)
    layout = layout_for(640, 4)
    assert sheet.width == 2 * layout.margin + 3 * min(160, layout.cell) + 2 * layout.gap
    assert sheet.height < 400


def test_moments_can_be_named() -> None:
    one = contact_sheet(film(), times=[0.5], width=640)
    two = contact_sheet(film(), every=Fraction(1, 2), width=640)
    three = contact_sheet(film(), count=3, width=640)
    assert one.width < two.width < three.width


def test_a_sheet_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    for name in ("sheet.jpg", "sheet.png", "sheet.webp"):
        sheet = contact_sheet(Asset(film()), tmp_path / name, columns=2, rows=2)
        with Image.open(tmp_path / name) as written:
            assert written.size == sheet.size
    with pytest.raises(OutputExistsError):
        contact_sheet(film(), tmp_path / "sheet.jpg")
    contact_sheet(film(), tmp_path / "sheet.jpg", overwrite=True)
    with pytest.raises(OutputNotFoundError):
        contact_sheet(film(), tmp_path / "nowhere" / "sheet.jpg")
    assert scene.left(tmp_path) == ["sheet.jpg", "sheet.png", "sheet.webp"]


@pytest.mark.parametrize(
    "wish",
    [
        {"columns": 0},
        {"rows": -1},
        {"width": 1.5},
        {"width": 10**9},
        {"rows": 2, "count": 5},
        {"count": 5, "every": 1},
        {"count": 0},
        {"every": 0},
        {"every": 1e-6},
    ],
)
def test_wishes_that_make_no_page(wish: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        contact_sheet(film(), **wish)


def test_a_name_that_is_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"sheet\.pdf"):
        contact_sheet(film(), tmp_path / "sheet.pdf")


def test_there_must_be_pictures() -> None:
    target = io.BytesIO()
    sound = scene.audio_input()
    with scene.filming(target, sound, file_type=FileType.M4A):
        sound.append(scene.sound_buffer(4800))
    with pytest.raises(NoImageError):
        contact_sheet(target.getvalue())
    with pytest.raises(InvalidMediaError):
        contact_sheet(b"no film at all, only some words")
    with pytest.raises(NoImageError):
        contact_sheet(film(), times=[0, 77])


# ---------------------------------------------------------------------- drawing


@pytest.mark.parametrize(
    ("time", "last", "words"),
    [
        (Time(3, 2), Time(2), "0:01.500"),
        (Time(61), Time(100), "1:01.000"),
        (Time(59_9996, 10000), Time(599), "1:00.000"),
        (Time(61), Time(601), "1:01"),
        (Time(3723), Time(4000), "1:02:03"),
    ],
)
def test_times_are_told_as_finely_as_they_help(time: Time, last: Time, words: str) -> None:
    assert _clock(time, last) == words


def test_names_that_are_long_or_in_other_letters_fit() -> None:
    picture = Image.new("RGB", (64, 48), "red")
    layout = layout_for(400, 2)
    for title in ("x" * 500, "Käse – 日本語.mov", "", "\u202e evil"):
        sheet = draw_sheet([(picture, "0:00")] * 2, title, ["fact"] * 40, layout)
        right = np.asarray(sheet)[:, -layout.margin // 2 :]
        assert (right == BACKGROUND).all()


def test_pictures_of_different_sizes_are_centred() -> None:
    low, high = Image.new("RGB", (200, 100), "red"), Image.new("RGB", (200, 300), "red")
    sheet = draw_sheet([(low, ""), (high, "")], "", [], layout_for(500, 2))
    red = (np.asarray(sheet) == (255, 0, 0)).all(2)
    layout = layout_for(500, 2)
    rows = np.flatnonzero(red[:, layout.margin + 10])
    others = np.flatnonzero(red[:, layout.margin + 200 + layout.gap + 10])
    assert rows[0] - others[0] == others[-1] - rows[-1] == 100
