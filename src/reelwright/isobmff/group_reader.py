"""Sample groups read: how far back a decoder must begin (``roll``, ``prol``), and open random access points (``rap ``).

Descriptions are few and read one by one; memberships are runs and become columns (ISO/IEC 14496-12, 8.9 and 10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError

__all__ = ["RollGroups", "rap_members", "read_roll_groups", "roll_distance"]

Column = npt.NDArray[Any]

_ROLLS = ("roll", "prol")
_MOST_DESCRIPTIONS = 1 << 16
_OWN = 1 << 16  # added to the numbers of a fragment's own descriptions


@dataclass(frozen=True, slots=True)
class RollGroups:
    """The descriptions of one ``sgpd``.

    Attributes:
        kind: ``"roll"`` or ``"prol"``. distances: packets, by number from 1.
        default: number of the one that holds for samples in no group; 0 for none.
    """

    kind: str
    distances: tuple[int, ...]
    default: int = 0

    def distance(self, number: int) -> int:
        return self.distances[number - 1] if 0 < number <= len(self.distances) else 0


def read_roll_groups(content: Parser) -> RollGroups | None:
    """Read an ``sgpd``; None when it describes other groups (ISO/IEC 14496-12, 8.9.3).

    Raises:
        InvalidMediaError: it ends too early.
    """
    content.position = 0
    version, _ = content.full_header()
    kind = content.fourcc()
    if kind not in _ROLLS:
        return None
    length = content.u32() if version else 2
    default = content.u32() if version >= 2 else 0
    distances = []
    for _ in range(min(content.u32(), _MOST_DESCRIPTIONS)):
        size = length or content.u32()
        distances.append(Parser(content.take(size), "a roll group").i16())
    return RollGroups(kind, tuple(distances), default)


def roll_distance(
    descriptions: Sequence[Parser],
    members: Sequence[Parser],
    problems: list[str],
    shared: Mapping[str, RollGroups] | None = None,
) -> int:
    """The longest way back that any sample in use of a track needs, as a negative number of packets; 0 for none.

    Args:
        shared: in a fragment, the descriptions in the movie header: numbers up to 65536 refer to these, greater ones
            to the fragment's own (8.9.4).
    """
    own: dict[str, RollGroups] = {}
    used: dict[str, set[int]] = {}
    try:
        for description in descriptions:
            groups = read_roll_groups(description)
            if groups is not None:
                own[groups.kind] = groups
                used[groups.kind] = {groups.default}
        for member in members:
            kind = _grouping(member)
            if kind in _ROLLS:
                used.setdefault(kind, set()).update(np.unique(_runs(member)[:, 1]).tolist())
    except InvalidMediaError as error:
        problems.append(f"a sample group cannot be read: {error.message}")
    return min((_distance(own, shared, kind, number) for kind in used for number in used[kind]), default=0)


def _distance(own: Mapping[str, RollGroups], shared: Mapping[str, RollGroups] | None, kind: str, number: int) -> int:
    groups = own.get(kind)
    if shared is not None and number > _OWN:
        number -= _OWN
    elif shared is not None:
        groups = shared.get(kind, groups)  # careless writers number a fragment's own from 1
    return 0 if groups is None else min(0, groups.distance(number))


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
