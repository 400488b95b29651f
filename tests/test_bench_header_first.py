"""The benchmark of headers in front writes what it says, and finds out who does not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from bench.header_first import METHODS, STATES, Film, Method, measure, report

from tests.storage.file_systems import inserts_ranges

pytestmark = [
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
    pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system empties no caches"),
]
SIZE = 9 << 20  # more than is kept in memory


def test_all_methods_write_the_same_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not inserts_ranges(tmp_path):
        pytest.skip("the file system inserts no ranges, or plain storage is forced")
    monkeypatch.setattr("bench.header_first.STATES", STATES[:1])
    film = Film(tmp_path, SIZE)
    found = measure(film, 1)
    assert {name for name, _ in found} > set(METHODS)
    text = report(found)
    assert all(name in text for name in METHODS)
    assert len(list(tmp_path.iterdir())) == 2, "the last film and FFmpeg's"


def test_a_header_elsewhere_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="'first, moved in place' instead of 'first, reserved'"):
        Film(tmp_path, SIZE).write(Method("first, reserved", "moved in place"), STATES[1])
