"""Opening a local file with FFmpeg's demuxers for what only looks or listens: ``probe`` and ``open_sound``.

Only the file itself is opened: playlists are refused, and a movie that points elsewhere by an address leads nowhere.
"""

from __future__ import annotations

import os
import pathlib

import av
from av.container import InputContainer

from reelwright.codecs._av import FFmpegError, reason
from reelwright.containers.ffmpeg.demuxer import refuse_pointers
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError
from reelwright.storage.source import open_source

__all__ = ["Path", "opened", "unreadable"]

Path = str | os.PathLike[str]

_LOCAL_ONLY = {"protocol_whitelist": "file"}
_TEXT_SCREENS = "tty"  # FFmpeg shows any text file as a film of a terminal


def opened(path: Path) -> InputContainer:
    """A file that FFmpeg understands, with at least one stream.

    Raises:
        MediaNotFoundError: no such file. InvalidMediaError: no media that FFmpeg knows, or a file that only says where
            media is. OSError: it cannot be read.
    """
    name = os.fspath(path)
    if not isinstance(name, str):
        raise InvalidArgumentError(f"a path must be text, not {name!r}.", hint="Decode it with os.fsdecode.")
    source = open_source(pathlib.Path(name))  # never a URL
    try:
        refuse_pointers(source)
    finally:
        source.close()
    return _demuxer(source.path or name)


def _demuxer(name: str) -> InputContainer:
    try:
        container = av.open(os.path.abspath(name), "r", options=dict(_LOCAL_ONLY), metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        trouble = reason(error)
    else:
        if len(container.streams) and container.format.name != _TEXT_SCREENS:
            return container
        container.close()
        trouble = "it holds no streams" if container.format.name != _TEXT_SCREENS else "it is text"
    raise unreadable(name, trouble)


def unreadable(path: str, trouble: str) -> InvalidMediaError:
    """The error to raise for a file that is no media, or is damaged."""
    return InvalidMediaError(
        f"{path!r} is no media that can be read: {trouble}.",
        path=path,
        hint="Check that it is whole and that a player plays it.",
    )
