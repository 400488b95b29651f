"""``reelwright chart`` as a shell sees it."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from tests.easy.made import FAST, film

from reelwright.cli import main
from reelwright.easy.films import write_video


def run(*arguments: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def movie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "film.mp4"
    write_video(film(6), path, fps=24, encoder_options=FAST)
    return path


def test_a_chart_beside_us(movie: Path) -> None:
    assert run("chart", movie) == (0, "film.mp4.png\n", "")
    assert Path("film.mp4.png").read_bytes().startswith(b"\x89PNG")


def test_a_chart_where_it_is_wanted(movie: Path) -> None:
    assert run("chart", movie, "sub[1].svg", "--track", "1", "--quiet") == (0, "", "")
    assert b"<svg" in Path("sub[1].svg").read_bytes()


def test_errors_are_sentences(movie: Path) -> None:
    Path("there.png").write_bytes(b"precious")
    for arguments, said in (
        ((movie, "there.png"), "Add --overwrite (-y)"),
        ((movie, "chart.txt"), "end in .png or .svg"),
        ((movie, "--track", "5"), "no track 5"),
        (("none.mp4",), "there is no file"),
        (("there.png", "chart.png"), "is no media"),
    ):
        code, text, error = run("chart", *arguments)
        assert (code, text) == (1, "")
        assert said in error
    assert Path("there.png").read_bytes() == b"precious"
