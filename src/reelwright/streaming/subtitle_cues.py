"""Subtitles as streams carry them: cues of WebVTT, from whatever holds text with times, and the text of their files.

A cue's text is WebVTT's own, markup and all; what comes from elsewhere is escaped, so that no text can end a cue or
begin another (W3C WebVTT, 4.1). Segments are whole WebVTT files that say where their times lie among the pictures'
(RFC 8216, 3.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from reelwright.model.caption import Caption, CaptionAlignment, CaptionSpan
from reelwright.model.errors import InvalidArgumentError
from reelwright.streaming.hls_tags import nearest, quoted

__all__ = ["Cue", "SubtitleSource", "caption_cue", "plain_cue", "subtitle_labels", "vtt_text"]

_MPEG_CLOCK = 90_000
_CLOCK_WRAPS = 2**33


@dataclass(frozen=True, slots=True)
class Cue:
    """Text shown from ``start`` to ``end``, seconds.

    Attributes:
        payload: WebVTT cue text, lines parted by ``\\n``, none of them empty. settings: where it is shown, as WebVTT
            writes it.

    Raises:
        InvalidArgumentError: no time in it, or text that a cue cannot hold.
    """

    start: Fraction
    end: Fraction
    payload: str
    settings: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InvalidArgumentError(
                f"a subtitle from {float(self.start):g} to {float(self.end):g} s is never shown.",
                hint="Give seconds from the start on, the end behind the start.",
            )
        if not all(self.payload.split("\n")) or "-->" in self.payload + self.settings or "\n" in self.settings:
            raise InvalidArgumentError(f"{self.payload!r} with {self.settings!r} cannot stand in a cue.")

    def moved(self, by: Fraction) -> Cue | None:
        """The cue so much later; what of it comes before zero is cut off, None if that is all."""
        start, end = self.start + by, self.end + by
        return replace(self, start=max(start, Fraction(0)), end=end) if end > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleSource:
    """Subtitles that go with the pictures.

    Attributes:
        cues: on the pictures' time line, in any order. language: RFC 5646's tag, where it is known.
        name: for people; the language's tag if None.
        is_default: shown unless people chose otherwise. is_forced: shown also to those who want none: signs, and
            what is said in other languages.

    Raises:
        InvalidArgumentError: a language or name that cannot stand in a playlist.
    """

    cues: tuple[Cue, ...]
    language: str | None = None
    name: str | None = None
    is_default: bool = False
    is_forced: bool = False

    def __post_init__(self) -> None:
        for text in filter(None, (self.language, self.name)):
            quoted(text)

    def moved(self, by: Fraction) -> SubtitleSource:
        """The same so much later; what of it comes before zero is cut off."""
        cues = tuple(moved for cue in self.cues if (moved := cue.moved(by)) is not None)
        return replace(self, cues=cues)


def subtitle_labels(sources: Sequence[SubtitleSource]) -> list[str]:
    """What people read where they choose, each another.

    Raises:
        InvalidArgumentError: names that are given are alike, or several are shown unasked.
    """
    names = [each.name or each.language or "Subtitles" for each in sources]
    labels = [
        name if source.name or name not in names[:number] else f"{name} {number + 1}"
        for number, (name, source) in enumerate(zip(names, sources, strict=True))
    ]
    if len(set(labels)) < len(labels) or sum(each.is_default for each in sources) > 1:
        raise InvalidArgumentError(
            f"the subtitles {labels} are not all called differently, or several of them are the default.",
            hint="Give other names, and is_default to one at most.",
        )
    return labels


def plain_cue(start: Fraction, end: Fraction, text: str) -> Cue:
    """A cue of text without markup.

    Raises:
        InvalidArgumentError: as ``Cue``; text without anything in it.
    """
    return Cue(start, end, _lines(_escaped(text)))


def caption_cue(caption: Caption) -> Cue | None:
    """A caption with its weight, slant, underline and alignment; None if nothing of it is shown."""
    start, end = caption.time_range.start.fraction, caption.time_range.end.fraction
    payload = _lines("".join(_pieces(caption)))
    if not payload or end <= max(start, Fraction(0)):
        return None
    alignment = caption.text_alignment
    is_usual = alignment in (None, CaptionAlignment.CENTER)
    return Cue(max(start, Fraction(0)), end, payload, "" if is_usual else f"align:{alignment}")


def _pieces(caption: Caption) -> Iterator[str]:
    reached = 0
    for span in caption.spans:
        yield _escaped(caption.text[reached : span.start])
        yield _marked(_escaped(caption.text[span.start : span.end]), span)
        reached = span.end
    yield _escaped(caption.text[reached:])


def _marked(text: str, span: CaptionSpan) -> str:
    for name, wanted in (("u", span.underline), ("i", span.italic), ("b", span.bold)):
        text = f"<{name}>{text}</{name}>" if wanted else text
    return text


def _escaped(text: str) -> str:
    return text.replace("\0", "\ufffd").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lines(text: str) -> str:
    """Lines that hold something: an empty one would end the cue."""
    return "\n".join(line for line in re.split(r"\r\n|\r|\n", text) if line.strip())


def vtt_text(cues: Iterable[Cue], *, origin: Fraction | None = None) -> str:
    """A WebVTT file.

    Args:
        origin: the moment of the pictures' time line, in seconds, at which the cues' zero lies: for segments.
    """
    head = "WEBVTT\n"
    if origin is not None:
        ticks = nearest(origin * _MPEG_CLOCK) % _CLOCK_WRAPS
        head += f"X-TIMESTAMP-MAP=MPEGTS:{ticks},LOCAL:{_clock(0)}\n"
    return "".join([head, *(f"\n{_timing(cue)}\n{cue.payload}\n" for cue in cues)])


def _timing(cue: Cue) -> str:
    start, end = nearest(cue.start * 1000), nearest(cue.end * 1000)
    return f"{_clock(start)} --> {_clock(max(end, start + 1))} {cue.settings}".rstrip()


def _clock(milliseconds: int) -> str:
    minutes, thousandths = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{thousandths // 1000:02d}.{thousandths % 1000:03d}"
