"""NAL units: finding them in bytes, framed by start codes (Annex B) or by lengths, and undoing emulation prevention.

A packet is never copied here: its units are ``(start, end)`` ranges. Which framing a packet uses is decided by
evidence, because sources lie: lengths must add up to the packet's size exactly, and no packet framed by lengths of four
bytes can begin with 00 00 00 01, since no access unit begins with a unit of one byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from reelwright.isobmff.box import Buffer, u32
from reelwright.model.errors import InvalidMediaError

__all__ = [
    "MAX_UNITS",
    "Range",
    "annex_b_ranges",
    "begins_with_start_code",
    "length_ranges",
    "nal_ranges",
    "rejoin",
    "unescape",
    "units",
]

Range = tuple[int, int]
"""Where a NAL unit lies in its packet: from its header byte to behind its last byte."""

MAX_UNITS = 1 << 16
"""More units than any access unit has: levels allow some hundred slices a picture (ITU-T H.264, A.3; H.265, A.4)."""

_START_CODE = re.compile(b"\0\0\1")
_LEADING = re.compile(b"\0\0\0*\1")
_TRAILING_STEP = 4096


def begins_with_start_code(data: Buffer) -> bool:
    """Whether the bytes begin as an Annex B byte stream does: two or more zeros and a one."""
    return _LEADING.match(data) is not None


def annex_b_ranges(data: Buffer) -> list[Range]:
    """The units of an Annex B byte stream (ITU-T H.264 and H.265, Annex B), zeros around start codes left out.

    Raises:
        InvalidMediaError: it does not begin with a start code, or a unit is empty.
    """
    if not begins_with_start_code(data):
        raise InvalidMediaError(
            f"a byte stream of NAL units begins with a start code (00 00 01), not with {bytes(data[:4]).hex(' ')!r}."
        )
    return _divided(data)


def _divided(data: Buffer) -> list[Range]:
    starts = [match.end() for match in _START_CODE.finditer(data)]
    _check_count(len(starts))
    stops = [start - 3 for start in starts[1:]]
    stops.append(len(data))
    return [_trimmed(data, start, stop) for start, stop in zip(starts, stops, strict=True)]


def _trimmed(data: Buffer, start: int, stop: int) -> Range:
    """A unit without the zeros behind it, which belong to the byte stream (a unit itself never ends in zero)."""
    while stop > start and not data[stop - 1]:
        step = max(start, stop - _TRAILING_STEP)
        stop = step + len(bytes(data[step:stop]).rstrip(b"\0"))
    if stop == start:
        raise InvalidMediaError(f"the NAL unit at byte {start} is empty.")
    return start, stop


def length_ranges(data: Buffer, length_size: int) -> list[Range]:
    """The units of a sample framed by lengths of 1, 2 or 4 bytes (ISO/IEC 14496-15, 4.3.3).

    Raises:
        InvalidMediaError: the lengths do not add up to the packet's size, or a unit is empty.
    """
    found: list[Range] = []
    position, end = 0, len(data)
    while position < end:
        start = position + length_size
        length = int.from_bytes(data[position:start], "big")
        position = start + length
        if not length or position > end:
            raise InvalidMediaError(
                f"NAL unit lengths of {length_size} bytes do not add up: at byte {start - length_size} of {end}, "
                f"the length is {length}.",
                hint="Pass the packet as the source delivered it, with the configuration record that belongs to it.",
            )
        found.append((start, position))
        _check_count(len(found))
    return found


def _check_count(count: int) -> None:
    if count > MAX_UNITS:
        raise InvalidMediaError(f"a packet holds more than {MAX_UNITS} NAL units.")


def nal_ranges(data: Buffer, length_size: int, may_begin: Callable[[Buffer, int], bool]) -> tuple[list[Range], int]:
    """The units of a packet and the size of the lengths found, 0 when it is an Annex B byte stream.

    A start code is the rule for Annex B; only 00 00 01 may also be a length of 256 to 511. Then it is a length if all
    lengths add up and a unit of that kind ``may_begin`` a packet: a byte stream hardly ever satisfies both.

    Args:
        length_size: bytes of a length, should the packet be framed so.
        may_begin: whether the unit header at an offset can stand first in an access unit.

    Raises:
        InvalidMediaError: neither framing fits.
    """
    if not begins_with_start_code(data):
        return length_ranges(data, length_size), length_size
    if data[2]:
        try:
            found = length_ranges(data, length_size)
        except InvalidMediaError:
            return _divided(data), 0
        if may_begin(data, found[0][0]):
            return found, length_size
    return _divided(data), 0


def rejoin(data: memoryview, ranges: Iterable[Range], length_size: int) -> list[Buffer]:
    """Units framed by lengths of four bytes, as buffers that lie one behind the other; the packet is not copied.

    Neighbours that have such lengths already travel as one buffer.
    """
    buffers: list[Buffer] = []
    if length_size != 4:
        for start, stop in ranges:
            buffers.append(u32(stop - start))
            buffers.append(data[start:stop])
        return buffers
    first = last = 0
    for start, stop in ranges:
        if start - 4 != last and last > first:
            buffers.append(data[first:last])
        if start - 4 != last:
            first = start - 4
        last = stop
    if last > first:
        buffers.append(data[first:last])
    return buffers


def units(data: Buffer) -> list[bytes]:
    """The units of an Annex B byte stream, copied out: for configurations, which are small."""
    return [bytes(data[start:stop]) for start, stop in annex_b_ranges(data)]


def unescape(unit: bytes) -> bytes:
    """A unit's payload without the bytes that keep start codes out of it (ITU-T H.264, 7.4.1; H.265, 7.4.2)."""
    return unit.replace(b"\0\0\3", b"\0\0")
