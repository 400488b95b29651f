"""Where a movie's header goes when it is to stand before the media: how much room it needs, and what fills the rest.

Chunk offsets make it a circle: the header's length depends on them, and they on its length. Room can be left before the
media is written where the number of samples can be bounded (``room_for``); what is too much becomes a ``free`` box.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reelwright.isobmff.box import Box, fourcc, u32

__all__ = [
    "LARGEST_ROOM",
    "SMALLEST_BOX",
    "ExpectedTrack",
    "common_unit",
    "fitting",
    "free_space",
    "laid_out",
    "room_for",
]

SMALLEST_BOX = 8
LARGEST_ROOM = 64 << 20
"""Bytes: the tables of some five million samples. More is not left on the strength of a guess."""

_LARGEST_UNIT = 1 << 18
"""Bytes: as much may be wasted so that a file system can make the room in whole blocks."""

_MOVIE = 8 + 108 + 512  # moov, mvhd, and a little for the movie's own metadata
_TRACK = 3072  # all boxes of a track without its tables; sample descriptions with their configurations are most of it
_SAMPLE_SIZE = 4  # stsz
_SYNC_SAMPLE = 4  # stss
_RUN = 8  # stts, ctts: a count and a value
_CHUNK = 12 + 8  # stsc, co64


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTrack:
    """What is known of a track before it is written.

    Attributes:
        samples: how many it will have, at most; linear PCM counts as none, since its tables do not grow by the frame.
        chunks: how many chunks they will lie in, at most.
        is_reordered: whether presentation times may differ from decode times.
        is_steady: whether all samples last equally long.
        has_sync_samples: whether decoding can start at some of the samples only, no more than every fourth.
    """

    samples: int
    chunks: int
    is_reordered: bool = True
    is_steady: bool = False
    has_sync_samples: bool = True


def room_for(tracks: Sequence[ExpectedTrack]) -> int:
    """Bytes to reserve for the header of a movie of these tracks; 0 when nothing is expected, or too much.

    They suffice unless there is an unusual lot of sample descriptions or edits.
    """
    room = _MOVIE + sum(_track_bound(track) for track in tracks)
    return room if tracks and room <= LARGEST_ROOM else 0


def _track_bound(track: ExpectedTrack) -> int:
    each = _SAMPLE_SIZE + (_RUN if track.is_reordered else 0) + (0 if track.is_steady else _RUN)
    sync = -(-track.samples // 4) * _SYNC_SAMPLE if track.has_sync_samples else 0
    return _TRACK + each * track.samples + sync + _CHUNK * track.chunks


def fitting(size: int, room: int) -> bool:
    """Whether a box of *size* bytes leaves nothing of *room*, or enough for a ``free`` box."""
    return size == room or size <= room - SMALLEST_BOX


def laid_out(header: Callable[[int], Box], reserved: int, unit: int, least: int = 0) -> tuple[Box, int]:
    """The header in the place of *reserved* bytes, and the length of the place it needs.

    Args:
        header: makes it for media that moves up by so many bytes.
        unit: bytes of which the media has to move by a multiple, back or forth.
        least: the length that the place has at least; *reserved* where the media cannot move back.
    """
    shift = 0
    box = header(shift)
    while (needed := _with_padding(max(box.size, least), box.size, reserved, unit) - reserved) != shift:
        shift = needed  # grows until 64-bit offsets are where they must be
        box = header(shift)
    return box, shift + reserved


def _with_padding(least: int, size: int, reserved: int, unit: int) -> int:
    """A length that differs from *reserved* by a multiple of *unit*, and leaves room for ``free`` or none."""
    padded = least + (reserved - least) % unit
    while not fitting(size, padded):
        padded += unit
    return padded


def free_space(length: int, spare: int) -> bytes:
    """A ``free`` box of that length; it takes in the *spare* bytes behind it."""
    if not length:
        return b""
    return (u32(length + spare) + fourcc("free")).ljust(length, b"\0")


def common_unit(alignments: Iterable[int], block: int = 1) -> int:
    """Bytes of which media that keeps its alignments (0 means none) has to move by a multiple.

    A multiple of *block* too, unless that would waste more room than it saves time.
    """
    unit = math.lcm(*(max(1, alignment) for alignment in alignments))
    both = math.lcm(unit, block)
    return both if both <= max(unit, _LARGEST_UNIT) else unit
