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
from tests.torture.films import handmade
from tests.torture.mutate import places

__all__ = ["found_seeds", "write_movies", "write_payloads", "write_strange"]

_FOUND = Path(__file__).parents[2].parent / "shared" / "media"
_SMALL = 150_000
_MOVIES = {".mp4", ".mov", ".m4a", ".m4v", ".3gp", ".isma"}
_STRANGE = {".mkv", ".webm", ".ts", ".avi", ".ogg", ".mp3", ".flac", ".wav", ".aac", ".flv", ".mpg", ".wma", ".mka"}


def write_movies(folder: Path) -> None:
    """Movie files of every kind: our own, FFmpeg's, and such as were made box by box."""
    for path in (*_ours(folder), *_ffmpegs(folder)):
        path.write_bytes(_timeless(path.read_bytes()))
    for name, data in handmade().items():
        (folder / name).write_bytes(data)


def write_payloads(folder: Path) -> None:
    """Movies with something to decode."""
    for path in (*_ours(folder), *_ffmpegs(folder)):
        path.write_bytes(_timeless(path.read_bytes()))


def write_strange(folder: Path) -> None:
    """Files of the kinds that FFmpeg reads for us."""
    both = {"film.mkv": "matroska", "film.ts": "mpegts", "film.avi": "avi", "film.flv": "flv"}
    for name, container in both.items():
        with av.open(str(folder / name), "w", format=container) as file:
            file.metadata.update(title="Torture", artist="Nobody")
            _encode(file)
    sounds = {"tone.ogg": "vorbis", "tone.flac": "flac", "tone.wav": "pcm_s16le", "tone.mp3": "libmp3lame"}
    for name, codec in sounds.items():
        with av.open(str(folder / name), "w") as file:
            file.metadata.update(title="Torture", artist="Nobody")
            _encode_sound(file, codec)


def found_seeds(folder: Path, *, strange: bool = False) -> None:
    """Links to small files that others made, where they are at hand."""
    if not _FOUND.is_dir():
        return
    kinds = _STRANGE if strange else _MOVIES
    for path in sorted(_FOUND.rglob("*")):
        if path.suffix.lower() in kinds and path.stat().st_size < _SMALL:
            (folder / f"found-{path.parent.name}-{path.name}").symlink_to(path)


def _timeless(data: bytes) -> bytes:
    """The movie without the dates of its making: the same seed must be the same file every day."""
    result = bytearray(data)
    for place in places(data):
        if place.kind in (b"mvhd", b"tkhd", b"mdhd"):
            first = place.start + place.header
            size = 16 if data[first] == 1 else 8
            result[first + 4 : first + 4 + size] = bytes(size)
    return bytes(result)


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
    container.mux(sound.encode(_sound_frame(1.2)))
    for stream in (video, sound):
        container.mux(stream.encode(None))


def _encode_sound(container: Any, codec: str) -> None:
    stream = container.add_stream(codec, rate=48_000, layout="stereo" if codec == "vorbis" else "mono")
    if codec == "vorbis":
        stream.codec_context.options = {"strict": "experimental"}
    resampler = av.AudioResampler(stream.format, stream.layout, 48_000, stream.codec_context.frame_size or None)
    for frame in (*resampler.resample(_sound_frame(0.5)), *resampler.resample(None)):
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _sound_frame(seconds: float) -> Any:
    frame = av.AudioFrame.from_ndarray(_tone(seconds)[None, :], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    return frame
