"""The header of an ordinary movie from the one that was written for fragments.

What is not about samples stays as it is, byte by byte, known to us or not; sample tables, edits and durations are put
in, and what announces fragments is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reelwright.isobmff.box import Box, children, u32, u64
from reelwright.isobmff.edits import EditPlan, edit_list
from reelwright.isobmff.groups import roll_groups
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.sample_table import SampleTable
from reelwright.model.errors import InvalidMediaError

__all__ = ["RecoveredTrack", "rebuilt_header"]

_DURATION_AT = {"mvhd": 4, "mdhd": 4, "tkhd": 8}
"""Bytes between the dates and the duration."""


@dataclass(frozen=True, slots=True)
class RecoveredTrack:
    """What is put into a track."""

    table: SampleTable
    edits: EditPlan
    roll_distance: int


def rebuilt_header(content: bytes, tracks: Mapping[int, RecoveredTrack], *, quicktime: bool) -> Box:
    """``moov`` of an ordinary movie.

    Args:
        content: of the ``moov`` that was written. tracks: by track id; others are left out.
        quicktime: the file is of QuickTime's dialect.

    Raises:
        InvalidMediaError: it is damaged. InvalidArgumentError: values that an ordinary movie cannot hold.
    """
    duration = max((track.edits.duration for track in tracks.values()), default=0)
    left = dict(tracks)
    boxes: list[Box | None] = []
    for kind, box in Parser(content, "the box 'moov'").boxes():
        if kind == "trak":
            track = left.pop(_track_id(box) or 0, None)
            boxes.append(None if track is None else _track(box, track, quicktime=quicktime))
        elif kind == "mvhd":
            boxes.append(_with_duration(kind, box, duration))
        elif kind != "mvex":
            boxes.append(Box(kind, box.rest()))
    return Box("moov", *children(boxes))


def _track_id(content: Parser) -> int | None:
    header = content.find("tkhd")
    if header is None:
        return None
    version, _ = header.full_header()
    header.skip(16 if version == 1 else 8)
    return header.u32()


def _track(content: Parser, track: RecoveredTrack, *, quicktime: bool) -> Box:
    boxes: list[Box | None] = []
    for kind, box in content.boxes():
        if kind == "tkhd":
            boxes += [_with_duration(kind, box, track.edits.duration), edit_list(track.edits.edits)]
        elif kind == "mdia":
            boxes.append(_media(box, track, quicktime=quicktime))
        elif kind != "edts":
            boxes.append(Box(kind, box.rest()))
    return Box("trak", *children(boxes))


def _media(content: Parser, track: RecoveredTrack, *, quicktime: bool) -> Box:
    def sample_table(box: Parser) -> Box:
        return _sample_table(box, track, quicktime=quicktime)

    return _replacing(
        "mdia",
        content,
        {
            "mdhd": lambda box: _with_duration("mdhd", box, track.table.time_line.duration),
            "minf": lambda box: _replacing("minf", box, {"stbl": sample_table}),
        },
    )


def _replacing(kind: str, content: Parser, makers: Mapping[str, Callable[[Parser], Box]]) -> Box:
    """A box whose children are kept, or made of those that were there."""
    return Box(
        kind, *(makers[inner](box) if inner in makers else Box(inner, box.rest()) for inner, box in content.boxes())
    )


def _sample_table(content: Parser, track: RecoveredTrack, *, quicktime: bool) -> Box:
    descriptions = content.find("stsd")
    if descriptions is None:
        raise InvalidMediaError("a track has no sample descriptions.")
    table = track.table
    groups: tuple[Box, ...] = ()
    if track.roll_distance and table.sample_count:
        groups = roll_groups(track.roll_distance, table.sample_count)
    return Box(
        "stbl", Box("stsd", descriptions.rest()), *table.boxes(quicktime=quicktime), table.chunk_offsets(), *groups
    )


def _with_duration(kind: str, content: Parser, duration: int) -> Box:
    """``mvhd``, ``tkhd`` or ``mdhd`` with another duration: of version 1 where it needs that."""
    version, flags = content.full_header()
    number = content.u64 if version == 1 else content.u32
    dates = number(), number()
    between = content.bytes(_DURATION_AT[kind])
    number()
    is_long = version == 1 or duration >= 1 << 32
    wide = u64 if is_long else u32
    return Box(kind, u32(int(is_long) << 24 | flags), wide(*dates), between, wide(duration), content.rest())
