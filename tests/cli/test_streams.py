"""``reelwright segment`` and ``reelwright watch``, as the shell sees them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tests.cli.test_commands import run
from tests.easy import made

from reelwright.easy.films import write_video


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_video(made.film(16), path, fps=4, audio=(made.tone(4), 48000), encoder_options=made.FAST)
    return path


def test_a_film_becomes_a_stream_and_can_be_watched(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "stream"
    command = ["segment", film, out, "--hls", "--dash", "--ladder", "32:90k,16", "-s", "1", "-o", "preset=ultrafast"]
    done = run(*map(str, command))
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows[1:]] == ["32p", "16p", "audio"]
    assert "index.m3u8, index.mpd" in done.stdout
    assert all(", 4 segments," in line for line in done.stdout.splitlines()[1:])
    assert (out / "index.mpd").exists()
    assert run(*map(str, command)).returncode == 1, "it is there"
    watch = [sys.executable, "-m", "reelwright.cli", "watch", str(out)]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            with urllib.request.urlopen(f"{address}stream.json", timeout=20) as answer:
                assert json.load(answer) == {"playlist": "/media/index.m3u8"}
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0


def test_a_film_can_be_watched(film: Path) -> None:
    watch = [sys.executable, "-m", "reelwright.cli", "watch", str(film)]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            with urllib.request.urlopen(f"{address}film/film", timeout=20) as answer:
                assert answer.read() == film.read_bytes()
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0


def test_a_stream_that_shows_its_last_segments_only(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "stream"
    (tmp_path / "de.srt").write_text("1\n00:00:03,000 --> 00:00:04,000\nHallo\n")
    texts = f"de={tmp_path / 'de.srt'}"
    done = run("segment", str(film), str(out), "--live", "-s", "0.5", "--quiet", "--threads", "1", "--subtitles", texts)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "#EXT-X-MEDIA-SEQUENCE:2" in (out / "32p" / "index.m3u8").read_text().splitlines()


def test_a_secret_stream_tells_the_key_that_is_kept_elsewhere(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "stream"
    done = run("segment", str(film), str(out), "--encrypt", "--key-uri", "https://keys.example/1")
    assert done.returncode == 0, done.stderr
    assert len(bytes.fromhex(done.stdout.split("key ")[1])) == 16
    assert 'URI="https://keys.example/1"' in (out / "32p" / "index.m3u8").read_text()
    assert not (out / "stream.key").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--event", "--live"], "exclude each other"),
        (["--ladder", "tall"], "'tall' is no rendition"),
        (["--codec", "betamax"], "'betamax' is no codec"),
        (["-o", "preset=slow"], "need --ladder"),
        (["--subtitles", "a.vtt", "--subtitles", "b.vtt"], "need a language each"),
    ],
)
def test_wrong_command_lines(film: Path, tmp_path: Path, options: list[str], words: str) -> None:
    done = run("segment", str(film), str(tmp_path / "stream"), *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "stream").exists()


def test_what_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    done = run("watch", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "there is no folder" in done.stderr
