"""``reelwright recover`` as a shell sees it."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from tests.isobmff.endless import Endless, check

from reelwright.cli import main
from reelwright.storage.destination import open_destination


def run(*arguments: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["recover", *map(str, arguments)])
    return code, out.getvalue(), err.getvalue()


def left(folder: Path) -> str:
    destination = open_destination(folder / "film.mov")
    destination.open()
    film = Endless(destination, "journal", lambda safe: None)
    film.go_on(6)
    destination.sync()
    part = destination.keep()
    assert part is not None
    return part


def test_what_was_found_and_what_was_lost_is_said(tmp_path: Path) -> None:
    left(tmp_path)
    code, out, err = run(tmp_path / "film.mov")
    assert (code, err) == (0, "")
    assert "1.000 s, recovered from its journal" in out
    assert "1 video  24 samples, 1.000 s" in out
    assert "2 audio  48,000 samples, 1.000 s" in out
    assert "bytes behind the last record, about 0.5 s" in out
    check(tmp_path / "film.mov", (24, 48000))
    assert "was whole already" in run(tmp_path / "film.mov")[1]


def test_another_name_and_silence(tmp_path: Path) -> None:
    assert run(left(tmp_path), "--output", tmp_path / "new.mov", "--quiet") == (0, "", "")
    check(tmp_path / "new.mov", (24, 48000))


def test_nothing_to_recover_is_an_error(tmp_path: Path) -> None:
    code, out, err = run(tmp_path / "film.mov")
    assert (code, out) == (1, "")
    assert "neither a film" in err
