"""Sample groups read: how far back a decoder must begin (``roll``, ``prol``), and open random access points (``rap ``).

Descriptions are few and read one by one; memberships are runs and become columns (ISO/IEC 14496-12, 8.9 and 10).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError

__all__ = ["rap_members", "roll_distance"]

Column = npt.NDArray[Any]

_ROLLS = ("roll", "prol")
_MOST_DESCRIPTIONS = 1 << 16


def roll_distance(descriptions: Sequence[Parser], members: Sequence[Parser], problems: list[str]) -> int:
    """The longest way back that any sample in use of a track needs, as a negative number of packets; 0 for none."""
    longest = 0
    for description in descriptions:
        try:
            longest = min(longest, _longest_roll(description, members))
        except InvalidMediaError as error:
            problems.append(f"a sample group cannot be read: {error.message}")
    return longest


def _longest_roll(description: Parser, members: Sequence[Parser]) -> int:
    version, _ = description.full_header()
    kind = description.fourcc()
    if kind not in _ROLLS:
        return 0
    length = description.u32() if version == 1 else 0
    default = description.u32() if version >= 2 else 0
    distances = []
    for _ in range(min(description.u32(), _MOST_DESCRIPTIONS)):
        size = length or (description.u32() if version == 1 else 2)
        distances.append(Parser(description.take(size), "a roll group").i16())
    used = {default} if default else set()
    for member in members:
        if _grouping(member) == kind:
            used.update(np.unique(_runs(member)[:, 1]).tolist())
    return min((distances[number - 1] for number in used if 0 < number <= len(distances)), default=0)


def rap_members(members: Sequence[Parser], count: int, problems: list[str]) -> Column | None:
    """Which samples are random access points of an open group of pictures; None when the track names none."""
    for member in members:
        try:
            if _grouping(member) != "rap ":
                continue
            runs = _runs(member)
        except InvalidMediaError as error:
            problems.append(f"a sample group cannot be read: {error.message}")
            continue
        ends = np.minimum(np.cumsum(runs[:, 0].astype(np.int64)), count)
        column = np.repeat(runs[:, 1] != 0, np.diff(ends, prepend=0))
        return np.concatenate((column, np.zeros(count - column.size, np.bool_)))
    return None


def _grouping(member: Parser) -> str:
    member.position = 4
    return member.fourcc()


def _runs(member: Parser) -> Column:
    """Pairs of a number of samples and the number of their description, 0 for none."""
    member.position = 0
    version, _ = member.full_header()
    member.skip(8 if version == 1 else 4)
    stated = member.u32()
    rows = min(stated, member.left // 8)
    return np.frombuffer(member.take(rows * 8), np.dtype(">u4")).reshape(rows, 2)
