"""Opening a local file with FFmpeg's demuxers for what only looks or listens: ``probe`` and ``open_sound``.

Only the file itself is opened: a playlist or a movie that points elsewhere by a network address leads nowhere.
"""

from __future__ import annotations

import os

import av
from av.container import InputContainer

from reelwright.codecs._av import FFmpegError, reason
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError

__all__ = ["Path", "opened", "unreadable"]

Path = str | os.PathLike[str]

_LOCAL_ONLY = {"protocol_whitelist": "file"}
_TEXT_SCREENS = "tty"  # FFmpeg shows any text file as a film of a terminal


def opened(path: Path) -> InputContainer:
    """A file that FFmpeg understands, with at least one stream.

    Raises:
        MediaNotFoundError: no such file. InvalidMediaError: no media that FFmpeg knows. OSError: it cannot be read.
    """
    name = os.fspath(path)
    if not isinstance(name, str):
        raise InvalidArgumentError(f"a path must be text, not {name!r}.", hint="Decode it with os.fsdecode.")
    try:
        with open(name, "rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        missing = MediaNotFoundError(f"there is no file {name!r}.", path=name, hint="Check the name and the folder.")
        missing.errno, missing.filename = error.errno, name
        raise missing from None
    except IsADirectoryError:
        raise InvalidMediaError(f"{name!r} is a folder, not a media file.", path=name) from None
    if empty:
        raise InvalidMediaError(f"{name!r} is empty.", path=name, hint="Was it written to the end?")
    return _demuxer(name)


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
