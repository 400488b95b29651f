"""A journal read back: the last header in it and the fragments behind it, as far as the checksums say they are whole.

What is found looks like the beginning of a movie file, so that the readers of movies read it; its samples lie in the
film that the journal belongs to.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from reelwright.isobmff.box import fourcc, u32
from reelwright.isobmff.journal import CHECKSUM, CHECKSUM_SIZE, MARK, MOVE
from reelwright.isobmff.parse import BoxPlace, scan
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source

__all__ = ["JournalView", "Move", "read_journal"]

_PIECE = 1 << 20
_REST = u32(0) + fourcc("mdat")  # a box that reaches to the end of the file


class Move(NamedTuple):
    """Media that was about to move up by ``distance`` bytes; ``mark`` is what lay at ``place`` before."""

    place: int
    distance: int
    mark: bytes

    def is_done(self, film: Source) -> bool:
        """Whether it has moved: else the bytes are where they were."""
        size = len(self.mark)
        if not size or film.read(self.place + self.distance, size) != self.mark:
            return False
        return film.read(self.place, size) != self.mark


@dataclass(frozen=True, slots=True)
class _Record:
    """A record that its checksum vouches for. ``first``: its first box."""

    start: int
    end: int
    first: BoxPlace


class JournalView:
    """The last journal of a file as a movie file whose media is somewhere else.

    It is as long as both together, so that readers who ask how many samples there can be at all get an answer that
    holds for the media.

    Args:
        source: the journal. start, end: of what counts in it. media: bytes of the film.
        move: of the media, after everything else.

    Attributes:
        lost: bytes of the journal that do not count, because they are torn or damaged.
    """

    def __init__(self, source: Source, start: int, end: int, media: int, move: Move | None) -> None:
        self.move = move
        self.name = source.name
        self.path = source.path
        self.lost = source.size - end
        self._source = source
        self._start = start
        self._length = end - start
        self.size = self._length + len(_REST) + media

    def read(self, offset: int, size: int) -> bytes:
        """As of a ``Source``; of the media there are no bytes."""
        if size <= 0 or offset < 0:
            return b""
        data = b""
        if offset < self._length:
            data = self._source.read(self._start + offset, min(size, self._length - offset))
        behind = max(0, offset - self._length)
        return data + _REST[behind : behind + size - len(data)]

    def close(self) -> None:
        """The journal stays open: it is somebody else's."""


def read_journal(source: Source, media: int) -> JournalView | None:
    """The last header and all whole records behind it; None when not even one record is whole.

    Args:
        media: bytes of the film that the journal belongs to.

    Raises:
        OSError: it cannot be read.
    """
    start, end, move = None, 0, None
    for record in _records(source):
        found = _move_in(source, record.first)
        if found is not None:
            move = found
            continue
        end = record.end
        if record.first.kind == "ftyp":
            start = record.start
    return None if start is None else JournalView(source, start, end, media, move)


def _move_in(source: Source, box: BoxPlace) -> Move | None:
    if box.kind != "free" or not len(MOVE) + 16 <= box.size <= len(MOVE) + 16 + MARK:
        return None
    content = box.read(source, len(MOVE) + 16 + MARK)
    if content.left < len(MOVE) + 16 or content.bytes(len(MOVE)) != MOVE:
        return None
    return Move(content.u64(), content.u64(), content.rest())


def _records(source: Source) -> Iterator[_Record]:
    """The records up to the first one that is not whole."""
    start = checksum = 0
    first: BoxPlace | None = None
    for box in _boxes(source):
        stated = _checksum_in(source, box)
        if stated is None:
            first = first or box
            continue
        checksum = _checksum(source, start, box.offset, checksum)
        if stated != checksum or first is None:
            return
        yield _Record(start, box.end, first)
        start, first = box.end, None


def _boxes(source: Source) -> Iterator[BoxPlace]:
    try:
        for box in scan(source):
            if box.is_cut:
                return
            yield box
    except InvalidMediaError:
        return  # a size that cannot be: the journal is damaged from there on


def _checksum_in(source: Source, box: BoxPlace) -> int | None:
    if box.kind != "free" or box.end - box.offset != CHECKSUM_SIZE:
        return None
    content = source.read(box.content, box.size)
    return int.from_bytes(content[len(CHECKSUM) :], "big") if content.startswith(CHECKSUM) else None


def _checksum(source: Source, start: int, end: int, before: int) -> int:
    for offset in range(start, end, _PIECE):
        before = zlib.crc32(source.read(offset, min(_PIECE, end - offset)), before)
    return before
