"""Headers in front by every method, as readers with parsers of their own see them: no complaint, and where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop import tools
from tests.writing.test_header_first import METHODS, write_by


@pytest.mark.parametrize("method", METHODS)
def test_nobody_complains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    _, path = write_by(method, tmp_path / "film.mp4", monkeypatch)
    assert tools.ffprobe(path)["errors"] == []
    assert tools.ffmpeg_decode_errors(path) == ""
    told = tools.mp4box(path)
    assert told["errors"] == []
    assert [box["type"] for box in told["boxes"]] == ["ftyp", "moov", "free", "mdat"]
    assert tools.mediainfo(path)["errors"] == []
