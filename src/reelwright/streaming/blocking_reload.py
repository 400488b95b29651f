"""Requests that wait: for a playlist that has a certain part, and for the part that a playlist announces.

That is what makes parts quick (rfc8216bis, 6.2.5.2 and 6.2.6): a player asks ahead, and has the answer the moment it
exists. Files are looked at again and again, for whoever writes them is another process.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reelwright.streaming.preview_files import read_playlist

__all__ = ["Progress", "await_part", "await_playlist", "progress"]

_LOOK = 0.01
_TARGETS = 3
"""Target durations for which a request is held (rfc8216bis, 6.2.5.2)."""
_LONGEST_WAIT = 30.0
_AHEAD = 2
"""Media sequence numbers that a request may be ahead of the playlist."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a playlist has come.

    Attributes:
        sequence: the media sequence number of the segment that follows the last one listed.
        parts: of that segment that are listed. target: its target duration, seconds. is_finished: nothing follows.
    """

    sequence: int
    parts: int
    target: float
    is_finished: bool

    def has(self, sequence: int, part: int | None) -> bool:
        """Whether the segment is listed, or that part of it (from 0)."""
        if self.is_finished or sequence < self.sequence:
            return True
        return part is not None and sequence == self.sequence and part < self.parts


def progress(text: str) -> Progress:
    """How far a playlist has come, by its text."""
    sequence = int(_number(text, "#EXT-X-MEDIA-SEQUENCE"))
    _, _, tail = text.rpartition("\n#EXTINF:")
    listed = len(re.findall(r"^#EXTINF:", text, re.MULTILINE))
    parts = len(re.findall(r"^#EXT-X-PART:", tail if listed else text, re.MULTILINE))
    return Progress(sequence + listed, parts, _number(text, "#EXT-X-TARGETDURATION"), "\n#EXT-X-ENDLIST" in text)


def _number(text: str, tag: str) -> float:
    match = re.search(rf"^{tag}:(\d{{1,18}})\b", text, re.MULTILINE)
    return float(match[1]) if match else 0.0


def await_playlist(path: Path, sequence: int, part: int | None, is_over: Callable[[], bool]) -> str | None:
    """The playlist's text once it has a segment or part; at once when it is finished; None if it is not there by three
    target durations, or asked for too far ahead.

    Args:
        is_over: whether to give up, asked often.
    """
    text = read_playlist(path)
    if text is None or sequence > progress(text).sequence + _AHEAD:
        return None
    end = time.monotonic() + min(_LONGEST_WAIT, _TARGETS * max(1.0, progress(text).target))
    seen: tuple[int, int, int] | None = None
    while not is_over() and time.monotonic() < end:
        now = _state(path)
        if now != seen:
            seen, text = now, read_playlist(path)
            if text is not None and progress(text).has(sequence, part):
                return text
        time.sleep(_LOOK)
    return None


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def await_part(path: Path, is_over: Callable[[], bool]) -> bool:
    """Wait for a file that a playlist of its folder announces (``EXT-X-PRELOAD-HINT``); whether it came."""
    target = _announced(path)
    end = time.monotonic() + min(_LONGEST_WAIT, _TARGETS * target)
    looks = 0
    while target and not is_over() and time.monotonic() < end:
        if os.path.exists(path):
            return True
        time.sleep(_LOOK)
        looks += 1
        # The last part of a segment is followed by another's, not by the one that was announced.
        if looks % 10 == 0 and not _announced(path):
            break
    return os.path.exists(path)


def _announced(path: Path) -> float:
    """The target duration of a playlist that announces the file; 0 when none does."""
    hint = re.compile(rf'^#EXT-X-PRELOAD-HINT:.*\bURI="{re.escape(path.name)}"', re.MULTILINE)
    for playlist in path.parent.glob("*.m3u8"):
        text = read_playlist(playlist) or ""
        if hint.search(text):
            return max(1.0, progress(text).target)
    return 0.0
