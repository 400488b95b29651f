"""CEA-608 closed captions decoded: byte pairs of line 21 in, captions with their times out.

The decoder keeps two memories of 15 rows by 32 columns. Pop-on captions are written into the hidden one and swapped in
whole; roll-up and paint-on text goes straight into the shown one. A caption is what is shown from one change to the
next, where text that is still being written counts as one change (ANSI/CTA-608-E, 7 and annex C).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reelwright.codecs.cea608_characters import COLORS, ITALIC, ROWS, basic, extended, special
from reelwright.model.caption import Caption, CaptionRegion, CaptionSpan, CaptionUnit, RgbaColor
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

__all__ = ["Cea608Decoder"]

_COLUMNS, _LAST_ROW = 32, 14
_POP_ON, _ROLL_UP, _PAINT_ON, _TEXT = "pop-on", "roll-up", "paint-on", "text"


class _Pen(NamedTuple):
    color: RgbaColor | None = None
    italic: bool = False
    underline: bool = False


@dataclass(slots=True)
class _Cell:
    character: str
    pen: _Pen


_Memory = dict[int, dict[int, _Cell]]  # rows of columns


class Cea608Decoder:
    """Decodes one caption channel.

    Args:
        channel: 1–4 (CC1 and CC2 travel in field 1, CC3 and CC4 in field 2).

    Raises:
        InvalidArgumentError: another channel.
    """

    def __init__(self, channel: int = 1) -> None:
        if channel not in (1, 2, 3, 4):
            raise InvalidArgumentError(f"caption channel {channel!r} is none of CC1 to CC4.", hint="Use 1, the usual.")
        self.field = 1 if channel <= 2 else 2
        self._second = channel in (2, 4)
        self._shown: _Memory = {}
        self._hidden: _Memory = {}
        self._since: Time | None = None  # when what is shown was first shown
        self._fresh = True  # the next character begins a new caption
        self._mode = ""
        self._rows = 2  # of rolling text
        self._row, self._column, self._pen = _LAST_ROW, 0, _Pen()
        self._is_ours = False  # the last control code was for this channel
        self._in_service_data = False
        self._last: tuple[int, int] | None = None
        self._done: list[Caption] = []

    def decode(self, field: int, pair: bytes, time: Time) -> list[Caption]:
        """Captions that end with this pair of bytes.

        Args:
            field: 1 or 2; pairs of the other field are passed over. pair: two bytes, parity bits and all.
        """
        first, second = pair[0] & 0x7F, pair[1] & 0x7F
        if field != self.field or not (first or second):
            return []
        if 0x10 <= first <= 0x1F:
            self._control(first, second, time)
        else:
            self._last = None
            self._characters(first, second, time)
        return self._take()

    def finish(self, time: Time) -> list[Caption]:
        """The caption that is still shown when there is no more data."""
        self._emit(time)
        self._shown = {}
        return self._take()

    def _take(self) -> list[Caption]:
        done, self._done = self._done, []
        return done

    def _characters(self, first: int, second: int, time: Time) -> None:
        if first < 0x10 and first:
            self._in_service_data = first != 0x0F  # extended data services; 0x0F ends a packet
            return
        if self._is_ours and not self._in_service_data:
            for byte in (first, second):
                if byte >= 0x20:
                    self._write(basic(byte), time)

    def _control(self, first: int, second: int, time: Time) -> None:
        self._in_service_data = False
        repeated, self._last = self._last == (first, second), (first, second)
        if repeated:
            self._last = None  # control codes are sent twice; a third is a new one
            return
        self._is_ours = bool(first & 0x08) == self._second
        if not self._is_ours:
            return
        code = first & ~0x08
        if second >= 0x40:
            self._place(code, second)
        elif code in (0x14, 0x15) and second >= 0x20 and second < 0x30:
            self._command(second, time)
        elif code == 0x11 and second >= 0x30:
            self._write(special(second), time)
        elif code in (0x12, 0x13) and second >= 0x20:
            self._erase_last()
            self._write(extended(code, second), time)
        elif code == 0x11 and second >= 0x20:
            self._write(" ", time)
            self._take_pen(second)
        elif code == 0x17 and 0x21 <= second <= 0x23:
            self._column = min(self._column + second - 0x20, _COLUMNS - 1)

    def _place(self, code: int, second: int) -> None:
        """A preamble address code: row, and either an indent or the looks of what follows."""
        row = ROWS[code][1 if second & 0x20 else 0]
        if self._mode == _ROLL_UP and row != self._row:
            self._move_roll(row)
        self._row, self._pen = row, _Pen(underline=bool(second & 1))
        if second & 0x10:
            self._column = (second & 0x0E) * 2
        else:
            self._column = 0
            self._take_pen(second)

    def _take_pen(self, second: int) -> None:
        number, underline = (second & 0x0E) >> 1, bool(second & 1)
        if number == ITALIC:
            self._pen = _Pen(self._pen.color, True, underline)
        else:
            self._pen = _Pen(COLORS[number], False, underline)

    def _command(self, second: int, time: Time) -> None:
        if second == 0x20:
            self._mode = _POP_ON
        elif second == 0x21:
            self._erase_last()
        elif second == 0x24:
            self._erase_to_end()
        elif 0x25 <= second <= 0x27:
            self._start_roll(second - 0x23, time)
        elif second == 0x29:
            self._mode, self._fresh = _PAINT_ON, True
        elif second in (0x2A, 0x2B):
            self._mode = _TEXT
        elif second == 0x2C:
            self._emit(time)
            self._shown = {}
        elif second == 0x2D and self._mode == _ROLL_UP:
            self._roll(time)
        elif second == 0x2E:
            self._hidden = {}
        elif second == 0x2F:
            self._mode = _POP_ON
            self._emit(time)
            self._shown, self._hidden = self._hidden, self._shown
            self._since = time if self._shown else None

    def _memory(self) -> _Memory | None:
        if self._mode in ("", _TEXT):
            return None
        return self._hidden if self._mode == _POP_ON else self._shown

    def _write(self, character: str, time: Time) -> None:
        memory = self._memory()
        if memory is None:
            return
        if memory is self._shown and self._fresh:
            if character == " ":
                return  # a blank at its start shows nothing yet
            self._emit(time)
            self._since, self._fresh = time, False
        memory.setdefault(self._row, {})[self._column] = _Cell(character, self._pen)
        self._column = min(self._column + 1, _COLUMNS - 1)

    def _erase_last(self) -> None:
        memory = self._memory()
        self._column = max(self._column - 1, 0)
        if memory is not None:
            memory.get(self._row, {}).pop(self._column, None)

    def _erase_to_end(self) -> None:
        row = (self._memory() or {}).get(self._row, {})
        for column in [column for column in row if column >= self._column]:
            del row[column]

    def _start_roll(self, rows: int, time: Time) -> None:
        if self._mode != _ROLL_UP:
            self._emit(time)
            self._shown, self._hidden = {}, {}
            self._row, self._column = _LAST_ROW, 0
        self._mode, self._rows = _ROLL_UP, rows

    def _move_roll(self, row: int) -> None:
        """The rolling text moves to another base row as it stands."""
        change = row - self._row
        self._shown = {at + change: cells for at, cells in self._shown.items() if 0 <= at + change <= _LAST_ROW}

    def _roll(self, time: Time) -> None:
        self._emit(time)
        top = self._row - self._rows + 1
        self._shown = {row - 1: cells for row, cells in self._shown.items() if row > top and row > 0}
        self._column, self._pen = 0, _Pen()
        self._since, self._fresh = (time, False) if self._shown else (None, True)

    def _emit(self, time: Time) -> None:
        """What was shown until now is a caption, unless it was nothing, or shown for no time."""
        since, self._since = self._since, None
        self._fresh = True
        if since is not None and since < time:
            caption = _caption(self._shown, TimeRange.from_times(since, time))
            if caption is not None:
                self._done.append(caption)
        if self._shown:
            self._since = time


def _caption(memory: _Memory, time_range: TimeRange) -> Caption | None:
    lines: list[str] = []
    spans: list[CaptionSpan] = []
    length = 0
    kept: dict[int, tuple[int, int]] = {}
    for row in sorted(memory):
        columns = [column for column, cell in memory[row].items() if not cell.character.isspace()]
        if not columns:
            continue
        first, last = min(columns), max(columns)
        kept[row] = first, last
        cells = [memory[row].get(column) or _Cell(" ", _Pen()) for column in range(first, last + 1)]
        _add_spans(spans, cells, length)
        lines.append("".join(cell.character for cell in cells).replace("\u00a0", " "))
        length += len(lines[-1]) + 1
    if not lines:
        return None
    left, right = min(first for first, _ in kept.values()), max(last for _, last in kept.values())
    top, bottom = min(kept), max(kept)
    region = CaptionRegion.of(left, top, right - left + 1, bottom - top + 1, CaptionUnit.CELLS)
    return Caption("\n".join(lines), time_range, tuple(spans), region=region)


def _add_spans(spans: list[CaptionSpan], cells: list[_Cell], offset: int) -> None:
    start = 0
    for end in range(1, len(cells) + 1):
        if end == len(cells) or cells[end].pen != cells[start].pen:
            pen = cells[start].pen
            if pen != _Pen():
                place = offset + start, offset + end
                spans.append(CaptionSpan(*place, italic=pen.italic, underline=pen.underline, color=pen.color))
            start = end
