"""TTML documents, as ``stpp`` samples and caption files hold them, read through the library ttconv.

ttconv turns a document into the moments at which what is shown changes; each paragraph that is shown between two of
them becomes a caption.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from reelwright.model.caption import Caption, CaptionAlignment, CaptionRegion, CaptionSpan, RgbaColor
from reelwright.model.errors import InvalidMediaError, MissingDependencyError
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

__all__ = ["read_ttml"]

_MOST_MOMENTS = 5000
_WHITE = (255, 255, 255, 255)
_DEFAULT_SCALE = 1_000_000


def read_ttml(document: bytes, time_range: TimeRange) -> list[Caption]:
    """The captions of a document within a stretch of time, in the order of their start.

    A document's times count from the start of the track's time line, whichever sample holds it (ISO/IEC 14496-30,
    5.6); what reaches beyond the stretch is cut off there.

    Raises:
        MissingDependencyError: ttconv is not installed.
        InvalidMediaError: no TTML, or a document made to be slow.
    """
    start, end = time_range.start.fraction, time_range.end.fraction
    captions: list[Caption] = []
    for begin, stop, scene in _scenes(document, end):
        first, last = max(begin, start), min(stop, end)
        if first < last:
            shown = TimeRange.from_times(_time(first, time_range), _time(last, time_range))
            captions += _captions(scene, shown)
    return captions


def _time(moment: Fraction, time_range: TimeRange) -> Time:
    for known in (time_range.start, time_range.end):
        if known.fraction == moment:
            return known
    if moment.denominator < 1 << 31:
        return Time(moment.numerator, moment.denominator)
    return Time(round(moment * _DEFAULT_SCALE), _DEFAULT_SCALE)


def _scenes(document: bytes, end: Fraction) -> Iterator[tuple[Fraction, Fraction, Any]]:
    """What is shown from one moment to the next."""
    reader, isd = _ttconv("imsc.reader"), _ttconv("isd").ISD
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise InvalidMediaError("a TTML document declares a document type, which TTML has no use for.")
    try:
        model = reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(document)))
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise InvalidMediaError(f"a TTML document cannot be read: {error}.") from error
    if model is None:
        raise InvalidMediaError("a caption sample holds XML that is no TTML document.")
    times = isd.significant_times(model)
    moments = sorted(Fraction(moment) for moment in times)
    if len(moments) > _MOST_MOMENTS:
        raise InvalidMediaError(f"a TTML document changes {len(moments)} times, more than {_MOST_MOMENTS}.")
    for begin, stop in pairwise([*moments, max(end, moments[-1] if moments else end)]):
        scene = isd.from_model(model, begin, times) if begin < stop else None
        if scene is not None:
            yield begin, stop, scene


def _ttconv(module: str) -> Any:
    talk = logging.getLogger("ttconv")
    if not talk.handlers:
        talk.addHandler(logging.NullHandler())  # what it warns of would else go to stderr
    try:
        return import_module(f"ttconv.{module}")
    except ImportError as error:
        raise MissingDependencyError(
            "TTML captions are read with ttconv, which is not installed.",
            hint="Install it with: pip install 'reelwright[captions]'.",
        ) from error


def _captions(scene: Any, time_range: TimeRange) -> Iterator[Caption]:
    for region in scene.iter_regions():
        place = _region(region)
        for paragraph in _paragraphs(region):
            text, spans = _text(paragraph)
            if text.strip():
                yield Caption(
                    text, time_range, spans, _alignment(paragraph), place, language=paragraph.get_lang() or None
                )


def _paragraphs(element: Any) -> Iterator[Any]:
    for child in element:
        if isinstance(child, _ttconv("model").P):
            yield child
        else:
            yield from _paragraphs(child)


def _text(paragraph: Any) -> tuple[str, tuple[CaptionSpan, ...]]:
    model = _ttconv("model")
    pieces: list[str] = []
    spans: list[CaptionSpan] = []
    length = 0

    def visit(element: Any, holder: Any) -> None:
        nonlocal length
        if isinstance(element, (model.Text, model.Br)):
            start = length
            pieces.append("\n" if isinstance(element, model.Br) else element.get_text())
            length += len(pieces[-1])
            span = _span(start, length, holder)
            if not span.is_plain and span.start < span.end:
                spans.append(span)
        elif not isinstance(element, model.Rt):
            for child in element:
                visit(child, element)

    visit(paragraph, paragraph)
    return "".join(pieces), tuple(spans)


def _span(start: int, end: int, holder: Any) -> CaptionSpan:
    styles = _ttconv("style_properties")
    names = styles.StyleProperties
    decoration = holder.get_style(names.TextDecoration)
    return CaptionSpan(
        start,
        end,
        bold=holder.get_style(names.FontWeight) is styles.FontWeightType.bold,
        italic=holder.get_style(names.FontStyle) in (styles.FontStyleType.italic, styles.FontStyleType.oblique),
        underline=bool(decoration is not None and decoration.underline),
        color=_color(holder.get_style(names.Color)),
    )


def _color(color: Any) -> RgbaColor | None:
    if color is None or tuple(color.components) == _WHITE:
        return None
    red, green, blue, opacity = color.components
    return red, green, blue, opacity


def _alignment(paragraph: Any) -> CaptionAlignment | None:
    align = paragraph.get_style(_ttconv("style_properties").StyleProperties.TextAlign)
    return CaptionAlignment(align.value) if align is not None else None


def _region(region: Any) -> CaptionRegion | None:
    """Origin and extent in hundredths of the picture, in which ttconv gives computed lengths."""
    names = _ttconv("style_properties").StyleProperties
    origin, extent = region.get_style(names.Origin), region.get_style(names.Extent)
    if origin is None or extent is None:
        return None
    numbers = (origin.x, origin.y, extent.width, extent.height)
    x, y, width, height = (Fraction(number.value).limit_denominator(1000) for number in numbers)
    return CaptionRegion(x, y, width, height)
