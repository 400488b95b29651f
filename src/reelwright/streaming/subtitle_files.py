"""Files of subtitles: WebVTT (W3C) and SubRip, as cues.

Both are blocks of lines with a line of times, and both are read as players read them: what is no cue is passed over.
Style sheets and regions of WebVTT are not carried.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fractions import Fraction

from reelwright.model.errors import InvalidMediaError, MediaNotFoundError
from reelwright.streaming.subtitle_cues import Cue

__all__ = ["parse_subtitles", "read_subtitles"]

_MOST_BYTES = 64 * 1024 * 1024
_TIME = r"(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t]+(.*))?$", re.ASCII)
_SETTING = re.compile(r"(?:vertical|line|position|size|align):[\w.,%-]+$", re.ASCII)
_SUBRIP_TAG = re.compile(r"(</?[biu]>)|</?[biu][ \t]*>|</?font[^<>]*>|\{\\[^{}]*\}", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?!(?:\w{1,32}|#\d{1,7}|#x[0-9a-f]{1,6});)", re.IGNORECASE | re.ASCII)


def read_subtitles(path: str | os.PathLike[str]) -> tuple[Cue, ...]:
    """The cues of a ``.vtt`` or ``.srt`` file.

    Raises:
        MediaNotFoundError: there is no such file. InvalidMediaError: as ``parse_subtitles``.
        OSError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise MediaNotFoundError(f"there is no file {os.fspath(path)!r}.", path=path) from error
    try:
        return parse_subtitles(data)
    except InvalidMediaError as error:
        raise InvalidMediaError(f"{os.fspath(path)!r}: {error.args[0]}", path=path) from error


def parse_subtitles(data: bytes) -> tuple[Cue, ...]:
    """The cues of a WebVTT or SubRip file, in its order; those that would never be shown are left out.

    Raises:
        InvalidMediaError: it is neither, is not UTF-8 or, by its mark, UTF-16, or is longer than 64 MiB.
    """
    if len(data) > _MOST_BYTES:
        raise InvalidMediaError(f"subtitles of more than {_MOST_BYTES:,} bytes are none.")
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    is_web = re.match(r"WEBVTT(?:[ \t\n]|$)", text) is not None
    cues = tuple(cue for block in _blocks(text) if (cue := _cue(block, is_web)) is not None)
    if not cues and not is_web and text.strip():
        raise InvalidMediaError("this is no subtitle file.", hint="Give a .vtt (WebVTT) or .srt (SubRip) file.")
    return cues


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidMediaError(f"the text is not {encoding[:6].upper()}.", hint="Save the file as UTF-8.") from error


def _blocks(text: str) -> Iterator[list[str]]:
    """Runs of lines that are not blank."""
    block: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _cue(block: list[str], is_web: bool) -> Cue | None:
    """The times stand in the first line, or in the second behind a name or number."""
    for place, line in enumerate(block[:2]):
        found = _TIMING.match(line)
        if found is None:
            continue
        start, end = _seconds(*found.group(1, 2, 3, 4)), _seconds(*found.group(5, 6, 7, 8))
        lines = [each for each in block[place + 1 :] if "-->" not in each] if is_web else block[place + 1 :]
        payload = "\n".join(lines if is_web else filter(None, map(_from_subrip, lines)))
        if not payload or start >= end:
            return None
        return Cue(start, end, payload, _settings(found[9] or "") if is_web else "")
    return None


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> Fraction:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + Fraction(int(fraction.ljust(3, "0")), 1000)


def _settings(text: str) -> str:
    return " ".join(each for each in text.split() if _SETTING.match(each))


def _from_subrip(line: str) -> str:
    """Bold, italics and underlines stay, colours and places go; all else is text."""
    pieces, reached = [], 0
    for tag in _SUBRIP_TAG.finditer(line):
        pieces += [_as_text(line[reached : tag.start()]), (tag[1] or "").lower()]
        reached = tag.end()
    return "".join([*pieces, _as_text(line[reached:])]).strip()


def _as_text(text: str) -> str:
    return _AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
