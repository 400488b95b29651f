"""A contact sheet drawn: a heading, and pictures in rows with their times below them.

All measures follow from the sheet's width, so that large sheets have large letters. Nothing here knows films.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

__all__ = ["SheetLayout", "draw_sheet", "layout_for"]

_BACKGROUND, _INK, _SOFT = (22, 24, 28), (240, 240, 238), (152, 158, 168)
_SMALLEST = 160  # pixels: narrower pictures are enlarged to this, or times would not fit below them
# For names in letters that Pillow's own font lacks, which has those of English only; the first that has them all.
_FONTS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "segoeui.ttf", "arial.ttf"),
    *("Arial Unicode.ttf", "NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc", "NotoSansArabic-Regular.ttf"),
)
_Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Measures in pixels.

    Attributes:
        columns: pictures in a row. cell: width of a picture. margin: around everything. gap: between pictures.
        letters: height of the letters of times; headings are in proportion.
    """

    columns: int
    cell: int
    margin: int
    gap: int
    letters: int


def layout_for(width: int, columns: int) -> SheetLayout:
    """The layout of a sheet about so wide with so many columns."""
    margin, gap = max(12, width // 50), max(6, width // 100)
    cell = max(16, (width - 2 * margin - (columns - 1) * gap) // columns)
    return SheetLayout(columns, cell, margin, gap, max(11, min(width // 90, cell // 10)))


def draw_sheet(
    pictures: Sequence[tuple[Image.Image, str]], title: str, facts: Sequence[str], layout: SheetLayout
) -> Image.Image:
    """The sheet, in mode RGB.

    Args:
        pictures: each with the words below it, at least one. title: the first line. facts: a line of them below.
    """
    shown = [(_large_enough(image, layout.cell), words) for image, words in pictures]
    columns = min(layout.columns, len(shown))
    width, height = (max(getattr(image, side) for image, _ in shown) for side in ("width", "height"))
    sheet_width = 2 * layout.margin + columns * width + (columns - 1) * layout.gap
    heading = _Heading(title, facts, sheet_width - 2 * layout.margin, layout.letters)
    row = height + layout.letters * 2
    rows = -(-len(shown) // columns)
    top = layout.margin + heading.height
    sheet = Image.new("RGB", (sheet_width, top + rows * (row + layout.gap) - layout.gap + layout.margin), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    heading.draw(draw, layout.margin, layout.margin)
    font = ImageFont.load_default(layout.letters)
    for number, (image, words) in enumerate(shown):
        down, across = divmod(number, columns)
        left, above = layout.margin + across * (width + layout.gap), top + down * (row + layout.gap)
        sheet.paste(image, (left + (width - image.width) // 2, above + (height - image.height) // 2))
        draw.text((left + width // 2, above + height + layout.letters // 2), words, _SOFT, font, anchor="ma")
    return sheet


class _Heading:
    """A title and facts, cut to a width; facts take as many lines as they need."""

    def __init__(self, title: str, facts: Sequence[str], width: int, letters: int) -> None:
        self._letters = letters
        self._large, title = _lettered(title, letters * 7 // 4)
        self._small, joined = _lettered("\n".join(facts), letters * 6 // 5)
        self._title = _fitted(title, self._large, width)
        lines = _wrapped(joined.split("\n"), self._small, width)
        self._lines = [_fitted(line, self._small, width) for line in lines]
        self.height = letters * 7 // 4 + letters + len(self._lines) * letters * 9 // 5 + letters

    def draw(self, draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
        draw.text((left, top), self._title, _INK, self._large)
        top += self._letters * 7 // 4 + self._letters
        for line in self._lines:
            draw.text((left, top), line, _SOFT, self._small)
            top += self._letters * 9 // 5


def _wrapped(facts: Sequence[str], font: _Font, width: int) -> list[str]:
    """Facts on as many lines as they need, with dots between them."""
    lines: list[str] = []
    for fact in facts:
        longer = f"{lines[-1]}  ·  {fact}" if lines else fact
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(fact)
    return lines


def _fitted(text: str, font: _Font, width: int) -> str:
    """The text, shortened in its middle where it is too long: names differ at their ends."""
    if font.getlength(text) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        shorter = f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"
        if font.getlength(shorter) <= width:
            return shorter
    return "…"


def _large_enough(image: Image.Image, cell: int) -> Image.Image:
    wanted = min(_SMALLEST, cell)
    if image.width >= wanted:
        return image
    return image.resize((wanted, max(1, round(image.height * wanted / image.width))), Image.Resampling.BICUBIC)


def _lettered(text: str, size: int) -> tuple[_Font, str]:
    """The font here that lacks fewest letters of a text, and the text with plain letters in the place of those."""
    fonts = (ImageFont.load_default(size), *_system_fonts(size))
    font = min(fonts, key=lambda font: len(_lacking(font, text)))
    if not _lacking(font, text):
        return font, text
    return font, "".join(letter if not _lacking(font, letter) else _plain(font, letter) for letter in text)


def _plain(font: _Font, letter: str) -> str:
    bare = unicodedata.normalize("NFKD", letter.replace("×", "x"))[:1]
    return "?" if _lacking(font, bare) else bare


def _system_fonts(size: int) -> Iterator[_Font]:
    for name in _FONTS:
        try:
            yield ImageFont.truetype(name, size)
        except OSError:
            continue  # not installed here


def _lacking(font: _Font, text: str) -> set[str]:
    """The letters that it draws as the box that stands for those it does not have."""
    box = bytes(font.getmask("\uffff"))
    return {letter for letter in set(text) if not letter.isspace() and bytes(font.getmask(letter)) == box}
