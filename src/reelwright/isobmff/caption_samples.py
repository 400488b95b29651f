"""Samples of caption tracks: timed text (``tx3g``, ``text``), WebVTT cues (``wvtt``), and CEA-608 and CEA-708 data.

The first two give captions; the others give the byte pairs that a line-21 decoder works through.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reelwright.isobmff.mac_text import unicode_text
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.text_entry import TextDefaults, TextStyle, read_text_box, read_text_style
from reelwright.isobmff.text_samples import text_sample
from reelwright.model.caption import Caption, CaptionAlignment, CaptionRegion, CaptionSpan, RgbaColor
from reelwright.model.cue_text import parse_cue_text
from reelwright.model.errors import InvalidMediaError
from reelwright.model.time_range import TimeRange

__all__ = ["LinePair", "caption_data", "cue_captions", "packet_pairs", "plain_caption", "timed_text_caption"]

_BOLD, _ITALIC, _UNDERLINE = 1, 2, 4
_WHITE: RgbaColor = (255, 255, 255, 255)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,9})?)%")
_MOST_CUES = 1000  # in a sample
_LONGEST = 1 << 16  # bytes of a cue's text
_MOST_FRAMES = 1 << 14  # in a sample


def plain_caption(data: bytes | memoryview, time_range: TimeRange) -> Caption | None:
    """The caption of a QuickTime ``text`` sample; None where it shows nothing.

    Raises:
        InvalidMediaError: not even the length of the text is there.
    """
    text = _lines(text_sample(data))
    return Caption(text, time_range) if text else None


def timed_text_caption(data: bytes | memoryview, time_range: TimeRange, defaults: TextDefaults) -> Caption | None:
    """The caption of a ``tx3g`` sample (3GPP TS 26.245, 5.17); None where it shows nothing.

    A style record that leaves the text is cut, one that overlaps another is passed over.

    Raises:
        InvalidMediaError: not even the length of the text is there.
    """
    content = Parser(data, "a timed text sample")
    size = content.u16()
    raw = content.take(min(size, content.left))
    text = unicode_text(raw)
    if not text:
        return None
    styles, forced, region = _modifiers(content, defaults)
    return Caption(
        _lines(text),
        time_range,
        _spans(text, styles, defaults.style),
        defaults.text_alignment,
        region,
        forced,
    )


def _lines(text: str) -> str:
    """With ``\\n`` between lines; no character more or fewer, except for a pair of two."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\0")


def _modifiers(content: Parser, defaults: TextDefaults) -> tuple[list[TextStyle], bool, CaptionRegion | None]:
    styles: list[TextStyle] = []
    forced, region = defaults.all_forced, defaults.region
    try:
        for kind, box in content.boxes():
            if kind == "styl":
                styles = [read_text_style(box) for _ in range(min(box.u16(), box.left // 12))]
            elif kind == "frcd":
                forced = True
            elif kind == "tbox":
                region = read_text_box(box) or region
    except InvalidMediaError:
        pass  # the text is there; what follows it only adds to it
    return styles, forced, region


def _spans(text: str, styles: list[TextStyle], default: TextStyle | None) -> tuple[CaptionSpan, ...]:
    spans: list[CaptionSpan] = []
    reached, length = 0, len(_lines(text))
    pairs = [pair.start() for pair in re.finditer("\r\n", text)]
    for style in sorted(styles, key=lambda style: style.start):
        start, end = (place - bisect_right(pairs, place - 2) for place in (style.start, style.end))
        end = min(end, length)
        if not reached <= start < end:
            continue
        if default is not None and reached < start:
            spans.append(_span(reached, start, default))
        spans.append(_span(start, end, style))
        reached = end
    if default is not None and reached < length:
        spans.append(_span(reached, length, default))
    return tuple(span for span in spans if not span.is_plain)


def _span(start: int, end: int, style: TextStyle) -> CaptionSpan:
    face, color = style.face, None if style.color == _WHITE else style.color
    return CaptionSpan(start, end, bool(face & _BOLD), bool(face & _ITALIC), bool(face & _UNDERLINE), color)


def cue_captions(data: bytes | memoryview, time_range: TimeRange) -> tuple[Caption, ...]:
    """The captions of a ``wvtt`` sample (ISO/IEC 14496-30, 6.6); none where it holds an empty cue.

    Raises:
        InvalidMediaError: a box whose size makes no sense.
    """
    captions: list[Caption] = []
    for kind, cue in Parser(data, "a WebVTT sample").boxes():
        if kind == "vttc" and len(captions) < _MOST_CUES:
            parts = {name: part for name, part in cue.boxes() if name in ("iden", "sttg", "payl")}
            words = {name: unicode_text(part.take(min(part.left, _LONGEST))) for name, part in parts.items()}
            text, spans = parse_cue_text(_lines(words.get("payl", "")))
            look = _settings(words.get("sttg", ""))
            if text:
                captions.append(Caption(text, time_range, spans, **look, identifier=words.get("iden") or None))
    return tuple(captions)


def _settings(text: str) -> dict[str, Any]:
    """Alignment and region out of a cue's settings (W3C WebVTT, 4.4); lines counted in lines say nothing here."""
    settings = dict(part.split(":", 1) for part in text.split() if ":" in part)
    align = settings.get("align", "").replace("middle", "center")
    numbers = {name: _percent(settings.get(name, "")) for name in ("position", "line", "size")}
    found: dict[str, Any] = {}
    if align in CaptionAlignment.__members__.values():
        found["text_alignment"] = CaptionAlignment(align)
    if any(number is not None for number in numbers.values()):
        found["region"] = CaptionRegion(numbers["position"], numbers["line"], numbers["size"])
    return found


def _percent(text: str) -> Fraction | None:
    found = _PERCENT.match(text)
    return Fraction(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class LinePair:
    """Two bytes of line 21: of field 1 or 2, and which frame of the sample they belong to, counted from 0."""

    field: int
    frame: int
    data: bytes


def caption_data(data: bytes | memoryview) -> list[LinePair]:
    """The byte pairs of a ``c608`` sample: ``cdat`` is field 1 and ``cdt2`` field 2, a pair a frame.

    Raises:
        InvalidMediaError: a box whose size makes no sense.
    """
    pairs: list[LinePair] = []
    for kind, content in Parser(data, "a CEA-608 sample").boxes():
        if kind in ("cdat", "cdt2"):
            field = 1 if kind == "cdat" else 2
            count = min(content.left // 2, _MOST_FRAMES)
            pairs += [LinePair(field, frame, content.bytes(2)) for frame in range(count)]
    return sorted(pairs, key=lambda pair: (pair.frame, pair.field))


def packet_pairs(data: bytes | memoryview) -> tuple[list[LinePair], bytes]:
    """The CEA-608 pairs and the bytes of CEA-708 service data in a ``c708`` sample of ``ccdp`` boxes.

    Raises:
        InvalidMediaError: a box whose size makes no sense, or a packet that is not one (SMPTE ST 334-2, 5).
    """
    pairs: list[LinePair] = []
    service = bytearray()
    frame = 0
    for kind, content in Parser(data, "a CEA-708 sample").boxes():
        if kind == "ccdp" and frame < _MOST_FRAMES:
            for number, pair in _packet(content):
                if number < 2:
                    pairs.append(LinePair(number + 1, frame, pair))
                else:
                    service += pair
            frame += 1
    return pairs, bytes(service)


def _packet(content: Parser) -> list[tuple[int, bytes]]:
    """Type and bytes of each valid construct of one caption distribution packet."""
    if content.u16() != 0x9669:
        raise InvalidMediaError("a caption distribution packet does not begin with 0x9669.")
    content.skip(5)
    found: list[tuple[int, bytes]] = []
    while content.left:
        section = content.u8()
        if section == 0x71:
            content.skip(4)
        elif section == 0x72:
            for _ in range(content.u8() & 0x1F):
                head, pair = content.u8(), content.bytes(2)
                if head & 0x04:
                    found.append((head & 0x03, pair))
        else:
            break  # service information and the footer follow
    return found
