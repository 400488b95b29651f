"""Captions: text that is shown for a stretch of time, with its looks, and groups of captions shown together.

The same noun serves every form in which files hold captions; what a form does not tell is None, and what only one form
knows (scrolling, karaoke, ruby) is not carried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, Self

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time_range import TimeRange

__all__ = ["Caption", "CaptionAlignment", "CaptionGroup", "CaptionRegion", "CaptionSpan", "CaptionUnit", "RgbaColor"]

RgbaColor = tuple[int, int, int, int]


class CaptionAlignment(StrEnum):
    """How the lines of a caption are aligned (``AVCaption.TextAlignment``); start and end follow the script."""

    START = "start"
    END = "end"
    CENTER = "center"
    LEFT = "left"
    RIGHT = "right"


class CaptionUnit(StrEnum):
    """What the numbers of a region count (``AVCaptionUnitsType``).

    Cells are CEA-608's grid of 32 columns and 15 rows; pixels are those of the caption track's own box.
    """

    PERCENT = "percent"
    CELLS = "cells"
    PIXELS = "pixels"


@dataclass(frozen=True, slots=True)
class CaptionRegion:
    """Where a caption is shown (``AVCaptionRegion``), from the upper left corner; None for what is not said."""

    x: Fraction | None = None
    y: Fraction | None = None
    width: Fraction | None = None
    height: Fraction | None = None
    unit: CaptionUnit = CaptionUnit.PERCENT

    @classmethod
    def of(
        cls,
        x: int | Fraction,
        y: int | Fraction,
        width: int | Fraction,
        height: int | Fraction,
        unit: CaptionUnit = CaptionUnit.PERCENT,
    ) -> Self:
        """A region all of whose numbers are known."""
        return cls(Fraction(x), Fraction(y), Fraction(width), Fraction(height), unit)


@dataclass(frozen=True, slots=True)
class CaptionSpan:
    """How part of a caption's text looks.

    Attributes:
        start, end: characters, ``text[start:end]``. color, background: red, green, blue and opacity, 0–255 each; None
            leaves it to whoever draws.
    """

    start: int
    end: int
    bold: bool = False
    italic: bool = False
    underline: bool = False
    color: RgbaColor | None = None
    background: RgbaColor | None = None

    @property
    def is_plain(self) -> bool:
        """Nothing but what the text would look like without it."""
        return self == CaptionSpan(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Caption:
    """Text shown for a stretch of time (``AVCaption``).

    >>> Caption("Good evening.", TimeRange(1, 2.5), (CaptionSpan(0, 4, italic=True),)).span_at(2).italic
    True

    Attributes:
        text: lines parted by ``\\n``. time_range: when it is shown. spans: its looks, in order, without overlap.
        text_alignment, region: None where the file does not say. is_forced: shown also when captions are off.
        identifier: what the file calls it. language: BCP 47.

    Raises:
        InvalidArgumentError: text that is none, no time range, spans that overlap or leave the text.
    """

    text: str
    time_range: TimeRange
    spans: tuple[CaptionSpan, ...] = ()
    text_alignment: CaptionAlignment | None = None
    region: CaptionRegion | None = None
    is_forced: bool = False
    identifier: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not isinstance(self.time_range, TimeRange):
            raise InvalidArgumentError(
                f"a caption of {self.text!r} at {self.time_range!r} is none.",
                hint="Write Caption(text, TimeRange(start, duration)).",
            )
        object.__setattr__(self, "spans", tuple(self.spans))
        reached = 0
        for span in self.spans:
            if not reached <= span.start < span.end <= len(self.text):
                raise InvalidArgumentError(
                    f"the span {span.start}–{span.end} does not fit a text of {len(self.text)} characters whose spans "
                    f"reach {reached}.",
                    hint="Give the spans in order, none empty, none over another.",
                )
            reached = span.end

    def span_at(self, index: int) -> CaptionSpan:
        """The looks of one character."""
        found = (span for span in self.spans if span.start <= index < span.end)
        return next(found, CaptionSpan(index, index + 1))

    def with_(self, **changes: Any) -> Self:
        """The same caption with some attributes changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class CaptionGroup:
    """The captions of a stretch of time in which they do not change (``AVCaptionGroup``); none in a gap."""

    time_range: TimeRange
    captions: tuple[Caption, ...] = ()

    def captions_not_in(self, previous: CaptionGroup) -> tuple[Caption, ...]:
        """Those that begin here (``captionsNotPresentInPreviousGroups(in:)``)."""
        return tuple(caption for caption in self.captions if caption not in previous.captions)
