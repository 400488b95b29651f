"""WebVTT cue text: markup taken out and turned into spans (W3C WebVTT, 3 and 6.4).

Tags that say how text looks become spans; those of voices, languages, ruby and time stamps are passed over and their
text kept, ruby annotations left out. What is no proper tag is left out, as browsers do.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from reelwright.model.caption import CaptionSpan, RgbaColor

__all__ = ["parse_cue_text"]

_TOKEN = re.compile(r"<([^>]*)>?|[^<]+")
_TAG = re.compile(r"(/?)([a-z]*)((?:\.[^\s.]+)*)")
_COLORS: dict[str, RgbaColor] = {  # the default classes of WebVTT, 5.1
    "white": (255, 255, 255, 255),
    "lime": (0, 255, 0, 255),
    "cyan": (0, 255, 255, 255),
    "red": (255, 0, 0, 255),
    "yellow": (255, 255, 0, 255),
    "magenta": (255, 0, 255, 255),
    "blue": (0, 0, 255, 255),
    "black": (0, 0, 0, 255),
}
_DEEPEST = 64  # tags within tags


def parse_cue_text(text: str) -> tuple[str, tuple[CaptionSpan, ...]]:
    """Plain text and its looks."""
    pieces: list[str] = []
    spans: list[CaptionSpan] = []
    length = 0
    for piece, tags in _pieces(text):
        span = _span(length, length + len(piece), tags)
        length += len(piece)
        pieces.append(piece)
        if spans and spans[-1].end == span.start and _looks(spans[-1]) == _looks(span):
            span = _span(spans.pop().start, span.end, tags)
        if not span.is_plain:
            spans.append(span)
    return "".join(pieces), tuple(spans)


def _pieces(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Runs of text, each with the tags (name and classes) around it."""
    open_tags: list[tuple[str, str]] = []
    for token in _TOKEN.finditer(text):
        if token[1] is None:
            if (piece := html.unescape(token[0])) and not any(name == "rt" for name, _ in open_tags):
                yield piece, list(open_tags)
            continue
        tag = _TAG.match(token[1])
        if tag is None or not tag[2]:
            continue  # a time stamp, or nothing known
        if tag[1]:
            _close(open_tags, tag[2])
        elif len(open_tags) < _DEEPEST:
            open_tags.append((tag[2], tag[3]))


def _close(open_tags: list[tuple[str, str]], name: str) -> None:
    for place in range(len(open_tags) - 1, -1, -1):
        if open_tags[place][0] == name:
            del open_tags[place:]
            return


def _span(start: int, end: int, tags: list[tuple[str, str]]) -> CaptionSpan:
    names = {name for name, _ in tags}
    color = background = None
    for _, classes in tags:
        for name in classes.split("."):
            color = _COLORS.get(name, color)
            background = _COLORS.get(name.removeprefix("bg_"), background) if name.startswith("bg_") else background
    return CaptionSpan(start, end, "b" in names, "i" in names, "u" in names, color, background)


def _looks(span: CaptionSpan) -> tuple[object, ...]:
    return span.bold, span.italic, span.underline, span.color, span.background
