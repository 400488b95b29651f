"""A movie file as a tree of boxes, each with a line on what it says: the view for finding out what is wrong with it.

Only headers are read, and the first bytes of boxes that are known; a file of any size is walked in a moment. Damage
ends the list of boxes it is in and is told in the tree itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reelwright.isobmff.box_summaries import summary_of
from reelwright.isobmff.look_ahead import LookAhead
from reelwright.isobmff.parse import BoxPlace, scan
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source

__all__ = ["BoxNode", "box_tree"]

_DEEPEST = 32
_MOST_BOXES = 1_000_000
# Boxes that hold boxes, and the bytes before the first of them.
_CONTAINERS = {
    **dict.fromkeys(
        ("moov", "trak", "mdia", "minf", "stbl", "dinf", "edts", "udta", "tref", "mvex", "moof", "traf"), 0
    ),
    **dict.fromkeys(
        ("mfra", "gmhd", "tapt", "wave", "sinf", "schi", "ilst", "cmov", "rinf", "strk", "strd", "hnti"), 0
    ),
    **dict.fromkeys(("vexu", "eyes", "proj", "pack", "cams", "must", "keyd", "iprp", "ipco", "trgr", "meco"), 0),
    "stsd": 8,
    "dref": 8,
}
_PICTURE_ENTRY, _SOUND_ENTRY, _OTHER_ENTRY = 78, 28, 8
_ITEMS = frozenset({"ilst"})  # every box in it holds boxes


@dataclass(frozen=True, slots=True)
class BoxNode:
    """A box in the tree.

    Attributes:
        kind: four-character code. offset: of its first byte in the file. size: bytes with its header.
        depth: boxes around it. summary: what it says, in one line; empty where nothing is known.
    """

    kind: str
    offset: int
    size: int
    depth: int
    summary: str = ""


def box_tree(source: Source) -> Iterator[BoxNode]:
    """The boxes of a file, each before those in it.

    Raises (iterating):
        OSError: it cannot be read.
    """
    walk = _Walk(LookAhead(source))
    yield from walk.boxes(None, "", "")


class _Walk:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = _MOST_BOXES

    def boxes(
        self, place: BoxPlace | None, handler: str, path: str, depth: int = 0, skip: int = 0
    ) -> Iterator[BoxNode]:
        """The boxes in a box, or in the file."""
        start, end = (0, None) if place is None else (place.content + skip, place.end)
        try:
            for box in scan(self._source, start, end, most=_MOST_BOXES):
                if not self._left:
                    return
                self._left -= 1
                cut = " (cut off)" if box.is_cut else ""
                summary = summary_of(box, self._source, path) + cut
                yield BoxNode(box.kind, box.offset, box.end - box.offset, depth, summary.strip())
                if box.kind == "mdia":
                    handler = self._handler(box)
                inside = self._inside(box, handler, path)
                if inside is not None and depth < _DEEPEST:
                    yield from self.boxes(box, handler, f"{path}/{box.kind}", depth + 1, inside)
        except InvalidMediaError as error:
            yield BoxNode("!", start, 0, depth, error.message)

    def _handler(self, place: BoxPlace) -> str:
        """What kind of media a ``mdia`` box holds, which says how its sample descriptions are laid out."""
        try:
            found = next((box for box in scan(self._source, place.content, place.end) if box.kind == "hdlr"), None)
        except InvalidMediaError:
            return ""  # said where the box itself is listed
        return "" if found is None else self._source.read(found.content + 8, 4).decode("mac_roman")

    def _inside(self, box: BoxPlace, handler: str, path: str) -> int | None:
        """Bytes before the first box in a box; None when it holds none."""
        parent = path.rpartition("/")[2]
        if parent == "stsd":
            return self._entry(box, handler)
        if parent in _ITEMS:
            return 0
        if box.kind == "meta":
            return 0 if self._source.read(box.content + 4, 4) == b"hdlr" else 4
        return _CONTAINERS.get(box.kind)

    def _entry(self, box: BoxPlace, handler: str) -> int:
        if handler in ("vide", "auxv", "pict"):
            return _PICTURE_ENTRY
        if handler != "soun":
            return _OTHER_ENTRY if box.kind in ("mebx", "wvtt", "enct", "encm") else box.size
        version = int.from_bytes(self._source.read(box.content + 8, 2), "big")
        return _SOUND_ENTRY + {1: 16, 2: 36}.get(version, 0)
