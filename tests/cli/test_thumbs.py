"""``reelwright thumbs`` as a shell sees it."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from PIL import Image
from tests.reading.films import film
from tests.writing import scene

from reelwright.cli import main


def run(*arguments: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["thumbs", *map(str, arguments)])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "film.mov"
    path.write_bytes(film())
    return path


def test_a_picture_name_gives_a_page(tmp_path: Path, source: Path) -> None:
    code, out, _ = run(source, tmp_path / "page.png", "--size", "640", "--columns", "3")
    assert code == 0
    assert out.strip() == str(tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as page:
        assert 400 < page.width <= 640


def test_a_pattern_gives_files(tmp_path: Path, source: Path) -> None:
    code, out, _ = run(source, tmp_path / "p" / "%02d.jpg", "--every", "0.25", "--size", "32x16", "--exact")
    assert code == 0
    assert [Path(line).name for line in out.split()] == ["01.jpg", "02.jpg", "03.jpg", "04.jpg"]
    with Image.open(tmp_path / "p" / "01.jpg") as picture:
        assert picture.size == (16, 16)


def test_a_folder_gives_files(tmp_path: Path, source: Path) -> None:
    assert run(source, tmp_path / "pictures", "--times", "0,0.5", "--quiet") == (0, "", "")
    assert scene.left(tmp_path / "pictures") == ["001.jpg", "002.jpg"]


@pytest.mark.parametrize(
    "arguments",
    [("--times", "now"), ("--size", "large"), ("--size", "0"), ("--count", "0"), ("--columns", "2")],
)
def test_a_wrong_command_line_is_told(tmp_path: Path, source: Path, arguments: tuple[str, str]) -> None:
    code, _, err = run(source, tmp_path / "pictures", *arguments)
    assert code == 2
    assert err
    assert scene.left(tmp_path) == ["film.mov"]


def test_what_is_there_stays(tmp_path: Path, source: Path) -> None:
    (tmp_path / "page.jpg").write_bytes(b"mine")
    code, _, err = run(source, tmp_path / "page.jpg")
    assert code == 1
    assert "--overwrite" in err
    assert (tmp_path / "page.jpg").read_bytes() == b"mine"
    assert run(source, tmp_path / "page.jpg", "-y")[0] == 0


def test_files_that_are_none(tmp_path: Path) -> None:
    assert run(tmp_path / "nothing.mov", tmp_path / "page.jpg")[0] == 1
