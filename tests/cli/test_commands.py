"""The commands as a shell sees them: exit codes, what is said where, and films that are really there."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from reelwright.cli import main
from reelwright.containers.ffmpeg import probe

FAST = ("--option", "preset=ultrafast")


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str | Path, given: bytes = b"") -> Done:
    """A command in this process, with its own standard streams."""
    out, err = io.StringIO(), io.StringIO()
    stdin = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
    finally:
        sys.stdin = stdin
    return Done(code, out.getvalue(), err.getvalue())


def test_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reelwright", "info", str(tmp_path / "nowhere.mp4")]
    done = subprocess.run(command, capture_output=True, timeout=60, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error:")
    assert "Traceback" not in done.stderr


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for index in (1, 2, 10):
        Image.new("RGB", (64, 48), (index * 20, 90, 30)).save(folder / f"img{index}.png")
    return folder


def test_images_says_what_it_made(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done = run("images", photographs, out, "--duration", "0.5", *FAST)
    assert done.returncode == 0, done.stderr
    assert "3 samples, 1.500 s, times exact" in done.stdout
    assert "Safari/QuickTime  plays" in done.stdout
    assert probe(str(out)).of_kind("video")[0].frame_count == 3


def test_images_takes_frame_rates_patterns_and_sizes(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mov"
    done = run("images", f"{photographs}/*.png", out, "--fps", "29.97", "--size", "96x64", "--fit", "fill", "-q", *FAST)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    stream = probe(str(out)).of_kind("video")[0]
    assert (stream.width, stream.height) == (96, 64)
    assert stream.average_frame_rate == Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("codec", "suffix", "name", "options"),
    [
        ("av1", "mp4", "av1", ("--option", "preset=12")),
        ("vp9", "mp4", "vp9", ("--option", "deadline=realtime", "--option", "cpu-used=8")),
        ("prores_422_hq", "mov", "prores", ()),
        ("jpeg", "mov", "mjpeg", ()),
    ],
)
def test_every_encoding_by_its_name(
    codec: str, suffix: str, name: str, options: tuple[str, ...], photographs: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"film.{suffix}"
    done = run("images", photographs, out, "--fps", "25", "--codec", codec, *options)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    stream = probe(str(out)).of_kind("video")[0]
    assert name in stream.codec  # FFmpeg's decoder
    assert stream.frame_count == 3
    other = tmp_path / f"film.{'mov' if suffix == 'mp4' else 'mp4'}"
    refused = run("images", photographs, other, "--codec", codec)
    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("error:")
    assert suffix in refused.stderr
    assert not other.exists()


def test_video_from_standard_input(tmp_path: Path) -> None:
    frames = np.zeros((12, 48, 64, 3), np.uint8)
    frames[:, :, :, 1] = np.arange(12, dtype=np.uint8)[:, None, None] * 20
    out = tmp_path / "film.mp4"
    done = run("video", "-", out, "--size", "64x48", "--fps", "24", *FAST, given=frames.tobytes())
    assert done.returncode == 0, done.stderr
    stream = probe(str(out)).of_kind("video")[0]
    assert (stream.frame_count, stream.average_frame_rate) == (12, 24)


def test_video_names_a_frame_that_is_cut_off(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done = run("video", "-", out, "--size", "64x48", *FAST, given=bytes(64 * 48 * 3 * 2 + 5))
    assert done.returncode == 1
    assert "ended within frame 2: 5 of 9216 bytes" in done.stderr
    assert "check --size and --pixel-format" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_video_from_a_folder_at_another_size(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done = run("video", photographs, out, "--fps", "24000/1001", "--size", "32x32", *FAST)
    assert done.returncode == 0, done.stderr
    stream = probe(str(out)).of_kind("video")[0]
    assert (stream.width, stream.height, stream.frame_count) == (32, 32, 3)
    assert stream.average_frame_rate == Fraction(24000, 1001)


def test_transparent_raw_frames_need_a_background(tmp_path: Path) -> None:
    frames = bytes(64 * 48 * 4 * 2)
    raw = ("video", "-", tmp_path / "film.mp4", "--size", "64x48", "--pixel-format", "rgba", *FAST)
    refused = run(*raw, given=frames)
    assert refused.returncode == 1
    assert "--background" in refused.stderr
    assert run(*raw, "--background", "#336699", given=frames).returncode == 0


def test_an_interruption_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while frames are awaited on standard input."""
    command = [
        sys.executable,
        "-m",
        "reelwright.cli",
        "video",
        "-",
        str(tmp_path / "film.mp4"),
        "--size",
        "64x48",
        *FAST,
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(bytes(64 * 48 * 3 * 3))
    process.stdin.flush()
    until = time.monotonic() + 30
    while not list(tmp_path.glob(".*.part")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"interrupted; nothing was left behind" in said
    assert list(tmp_path.iterdir()) == []


def test_video_needs_a_size_for_raw_frames(tmp_path: Path) -> None:
    done = run("video", "-", tmp_path / "film.mp4", given=b"")
    assert done.returncode == 1
    assert "Add --size" in done.stderr


def test_an_existing_film_is_kept(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    out.write_bytes(b"precious")
    done = run("images", photographs, out, *FAST)
    assert done.returncode == 1
    assert "error:" in done.stderr
    assert "hint: Add --overwrite (-y)" in done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_bytes() == b"precious"
    assert run("images", photographs, out, "-y", *FAST).returncode == 0
    assert out.read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("images", "nowhere/", "film.mp4"), "nowhere"),
        (("images", "a", "film.mp4", "--size", "wide"), "write it as 1280x720"),
        (("images", "a", "film.mp4", "--codec", "mpeg1"), "h264, hevc, prores_422"),
        (("images", "a", "film.mp4", "--fit", "squeeze"), "bars, fill, stretch"),
        (("images", "a", "film.mp4", "--option", "fast"), "name=value"),
        (("images", "a", "film.mp4", "--bit-rate", "much"), "800k or 6M"),
        (("images", "a", "film.mp4", "--bit-rate", "inf"), "800k or 6M"),
        (("images", "a", "film.mp4", "--bit-rate", "5kk"), "800k or 6M"),
        (("video", "a", "film.mp4", "--pixel-format", "rgba"), "raw frames"),
        (("info", "nowhere.mp4"), "nowhere.mp4"),
        (("films",), "No such command"),
    ],
)
def test_wrong_command_lines_are_explained(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run(*arguments)
    assert done.returncode in (1, 2)
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_info_as_text_and_as_json(photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    assert run("images", photographs, out, "--duration", "1", *FAST).returncode == 0
    text = run("info", out)
    assert text.returncode == 0
    assert "64×48" in text.stdout
    assert "BT.709, video range" in text.stdout
    found = json.loads(run("info", out, "--json").stdout)
    assert found["tracks"][0]["sample_count"] == 3
    assert Fraction(found["tracks"][0]["frame_rate"]["exact"]) == 1


def test_doctor_lists_encoders_and_licences() -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stderr
    assert "libx264" in done.stdout
    assert "Licence" in done.stdout
    assert "BSD-3-Clause" in done.stdout


def test_help_teaches() -> None:
    assert "Examples" in run("images", "--help").stdout
    assert "--version" in run("--help").stdout
    assert run("--version").stdout.startswith("reelwright ")
    assert run().returncode in (0, 2)
