"""What a preview server may hand out: regular files below one folder, whole or a range of them, and nothing else.

A request's path is decoded once and looked up by its parts; what leads out of the folder, by dots, links or odd
characters, is not found. These functions touch no socket.
"""

from __future__ import annotations

import io
import os
import re
import stat
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ServedFile", "content_type", "find_playlist", "locate", "open_file", "requested_range"]

_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".m4s": "video/iso.segment",
    ".cmfv": "video/mp4",
    ".m4a": "audio/mp4",
    ".cmfa": "audio/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".vtt": "text/vtt; charset=utf-8",
    ".ttml": "application/ttml+xml",
    ".js": "text/javascript; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_LONGEST_PLAYLIST = 16 << 20


def content_type(name: str) -> str:
    return _TYPES.get(os.path.splitext(name)[1].lower(), "application/octet-stream")


def locate(root: Path, url_path: str) -> Path | None:
    """The path that the part of a URL below the root names, with links resolved; None for one that may not be served.

    Hidden files are not served: they are objects in the making.
    """
    try:
        decoded = urllib.parse.unquote(url_path, errors="strict")
    except UnicodeDecodeError:
        return None
    parts = decoded.split("/")
    if any(not part or part.startswith(".") or _is_odd(part) for part in parts):
        return None
    home = os.path.realpath(root)
    try:
        path = os.path.realpath(os.path.join(home, *parts))
        is_inside = os.path.commonpath([home, path]) == home
    except (OSError, ValueError):
        return None
    return Path(path) if is_inside and path != home else None


def _is_odd(part: str) -> bool:
    """Separators, drives and streams of other systems; control characters."""
    return any(character in part for character in "\\:") or any(ord(character) < 32 for character in part)


@dataclass(frozen=True, slots=True)
class ServedFile:
    """An open file and its size at that moment; growing does not change what is sent."""

    file: io.FileIO
    size: int


def open_file(path: Path) -> ServedFile | None:
    """Open a regular file; None for anything else, or nothing. A link or pipe put in its place meanwhile is neither
    followed nor waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    return ServedFile(io.FileIO(descriptor, "r"), status.st_size)


def requested_range(header: str | None, size: int) -> range | None:
    """The bytes that a ``Range`` header asks for; None for all of them, as with headers that are not understood (RFC
    9110, 14.2). An empty range is one that cannot be satisfied."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        return range(max(0, size - int(match[2])), size)
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    return range(first, max(first, min(last + 1, size)))


def find_playlist(root: Path) -> str | None:
    """The playlist of a folder that a player opens first: a multivariant one, else the first by name."""
    names = sorted(path.name for path in root.glob("*.m3u8") if not path.name.startswith("."))
    for name in names:
        if "#EXT-X-STREAM-INF" in (read_playlist(root / name) or ""):
            return name
    return names[0] if names else None


def read_playlist(path: Path) -> str | None:
    """A playlist's text, or None if there is none."""
    served = open_file(path)
    if served is None:
        return None
    with served.file as file:
        return file.read(min(served.size, _LONGEST_PLAYLIST)).decode("utf-8", "replace")
