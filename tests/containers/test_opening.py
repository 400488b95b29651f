"""Which engine reads which file, and that what the movie engine refuses stays refused."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.containers.ffmpeg.made import SHARED, film, made

from reelwright.containers.ffmpeg.isolated import IsolatedMedia
from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.containers.movie_media import MovieMedia
from reelwright.containers.opening import open_media
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError

MOVIES = ["mp4", "mov", "ipod", "3gp", "ismv"]
OTHERS = ["mkv", "webm", "ts", "avi", "ogg", "mp3", "wav", "flac", "aac", "mpg", "flv", "aiff", "caf", "au", "ac3"]


def movie(container: str) -> bytes:
    return film(container, "libx264", None)


@pytest.mark.parametrize("container", MOVIES)
@pytest.mark.parametrize("isolated", [False, True])
def test_movie_files_are_ours(container: str, isolated: bool) -> None:
    media = open_media(movie(container), isolated=isolated)
    assert isinstance(media, MovieMedia)
    assert len(media.facts.tracks) == 1
    media.close()


@pytest.mark.parametrize("suffix", OTHERS)
def test_other_files_are_ffmpegs(suffix: str) -> None:
    media = open_media(made(suffix))
    assert isinstance(media, FFmpegMedia)
    assert media.facts.tracks
    media.close()


def test_others_can_be_apart() -> None:
    media = open_media(made("mkv"), isolated=True)
    assert isinstance(media, IsolatedMedia)
    media.close()


@pytest.mark.parametrize("kind", ["path", "text", "url", "bytes", "object"])
def test_whatever_can_be_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "film.bin"  # the suffix says nothing
    path.write_bytes(made("mkv"))
    targets: dict[str, Any] = {"path": path, "text": str(path), "url": path.as_uri(), "bytes": made("mkv")}
    media = open_media(targets.get(kind) or io.BytesIO(made("mkv")))
    assert [track.track_id for track in media.facts.tracks] == [1, 2]
    media.close()


def test_a_movie_that_our_engine_refuses_goes_no_further() -> None:
    whole = movie("mp4")
    broken = whole.replace(b"moov", b"moow")
    with pytest.raises(InvalidMediaError) as raised:
        open_media(broken)
    assert "FFmpeg" not in str(raised.value)
    assert "Invalid data" not in str(raised.value)


def test_junk_before_a_movie_does_not_hand_it_to_ffmpeg() -> None:
    for junk in (b"\x00" * 8, b"junkjunk", b"\xff" * 3):
        with pytest.raises(InvalidMediaError):
            open_media(junk + movie("mp4"))


def test_protected_movies_stay_with_our_engine() -> None:
    path = SHARED / "mp4ff" / "prog_8s_enc_dashinit.mp4"
    if not path.exists():
        pytest.skip("the shared file is not here")
    media = open_media(path, isolated=True)
    assert isinstance(media, MovieMedia)
    media.close()


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError):
        open_media(tmp_path / "none.mkv")
    with pytest.raises(InvalidMediaError, match="folder"):
        open_media(tmp_path)
    with pytest.raises(InvalidMediaError, match="empty"):
        open_media(b"")
    with pytest.raises(InvalidArgumentError):
        open_media(7)
    with pytest.raises(InvalidArgumentError):
        open_media("https://example.org/film.mkv")


@pytest.mark.parametrize("isolated", [False, True])
def test_nothing_stays_open_after_a_refusal(isolated: bool, tmp_path: Path) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("the system does not list a process's descriptors")
    path = tmp_path / "text.txt"
    path.write_bytes(b"no media " * 100)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(InvalidMediaError):
        open_media(path, isolated=isolated)
    assert len(os.listdir("/proc/self/fd")) == before


def test_movies_are_opened_without_loading_ffmpeg(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(movie("mp4"))
    program = f"""
import sys
from reelwright import Asset
asset = Asset({str(path)!r})
assert asset.duration and asset.tracks[0].nominal_frame_rate
sys.exit("av" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
