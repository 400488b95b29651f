"""Whole files to be damaged: small, of many kinds, made here; and, where there are any, small ones that others made."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from reelwright.easy.films import write_video
from reelwright.easy.sounds import write_audio
from reelwright.model.audio_settings import AudioSettings

__all__ = ["found_seeds", "write_seeds"]

_FOUND = Path(__file__).parents[2].parent / "shared" / "media"
_SMALL = 150_000
_MOVIES = {".mp4", ".mov", ".m4a", ".m4v", ".3gp", ".isma"}


def write_seeds(folder: Path) -> list[Path]:
    """Seed files in a folder, always the same ones in the same order."""
    return [*_ours(folder), *_ffmpegs(folder)]


def found_seeds() -> list[Path]:
    """Small movie files that others made, where they are at hand."""
    if not _FOUND.is_dir():
        return []
    found = (path for path in sorted(_FOUND.rglob("*")) if path.suffix.lower() in _MOVIES)
    return [path for path in found if path.stat().st_size < _SMALL]


def _frames(count: int) -> Any:
    pictures = np.zeros((count, 48, 64, 3), np.uint8)
    pictures[:, :, :, 0] = np.linspace(0, 255, 64)
    pictures[np.arange(count), :, np.arange(count) % 64] = 255
    return pictures


def _tone(seconds: float) -> Any:
    return (np.sin(np.arange(int(seconds * 48_000)) * 0.06) * 0.2).astype(np.float32)


def _ours(folder: Path) -> Iterator[Path]:
    film = folder / "film.mov"
    write_video(_frames(30), film, fps=29.97, audio=(_tone(1), 48_000), audio_settings=AudioSettings("lpcm", 48_000, 1))
    yield film
    film = folder / "film.mp4"
    write_video(_frames(30), film, fps=25, audio=(_tone(1.2), 48_000))
    yield film
    film = folder / "variable.mov"
    write_video(_frames(12), film, times=[0, 0.1, 0.3, 0.35, 0.5, 0.8, 1, 1.1, 1.2, 2.5, 2.6, 2.7, 3], codec="hvc1")
    yield film
    sound = folder / "sound.m4a"
    write_audio(_tone(0.7), sound, rate=48_000)
    yield sound


def _ffmpegs(folder: Path) -> Iterator[Path]:
    flags = {
        "fragments.mp4": "frag_keyframe+empty_moov+default_base_moof",
        "indexed.mp4": "frag_keyframe+dash+global_sidx",
        "tagged.mp4": "use_metadata_tags",
        "older.mov": "faststart",
    }
    for name, movflags in flags.items():
        path = folder / name
        with av.open(str(path), "w", options={"movflags": movflags}) as container:
            container.metadata.update(title="Torture", artist="Nobody", date="2024-02-29", location="+48.85+002.35/")
            _encode(container)
        yield path


def _encode(container: Any) -> None:
    video = container.add_stream("libx264", rate=25, options={"g": "10", "bf": "2"})
    video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
    sound = container.add_stream("aac", rate=48_000, layout="mono")
    for number, picture in enumerate(_frames(30)):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        container.mux(video.encode(frame))
    frame = av.AudioFrame.from_ndarray(_tone(1.2)[None, :], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    container.mux(sound.encode(frame))
    for stream in (video, sound):
        container.mux(stream.encode(None))
