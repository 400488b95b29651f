"""Films that FFmpeg made, for testing the judges themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop import tools


@pytest.fixture(scope="session")
def references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same two seconds as ``film.mp4``, ``film.mov`` and, header first, ``fast.mp4``; and two stumps.

    320x240 at 25 frames a second with B-frames, stereo at 48 000 Hz. ``headless.mp4`` ends before its movie header;
    ``cut.mp4`` has its header and lacks the last two fifths of its samples.
    """
    folder = tmp_path_factory.mktemp("references")
    picture = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=2"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2"]
    _ffmpeg(*picture, *sound, *coding, folder / "film.mp4")
    _ffmpeg("-i", folder / "film.mp4", "-c", "copy", folder / "film.mov")
    _ffmpeg("-i", folder / "film.mp4", "-c", "copy", "-movflags", "+faststart", folder / "fast.mp4")
    _shorten(folder / "film.mp4", folder / "headless.mp4")
    _shorten(folder / "fast.mp4", folder / "cut.mp4")
    return folder


def _ffmpeg(*arguments: str | Path) -> None:
    answer = tools.run(tools.ffmpeg(), "-v", "error", "-nostdin", "-y", *arguments)
    assert answer.status == 0, answer.err


def _shorten(film: Path, into: Path) -> None:
    data = film.read_bytes()
    into.write_bytes(data[: len(data) * 3 // 5])
