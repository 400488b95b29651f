"""The boxes that stand behind the fixed fields of a sample entry, and a place to say what is wrong with them.

A damaged box must not cost the rest of the entry: whatever reads one does so within ``tolerating``, which turns the
error into a sentence among the problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError, SettingsError

__all__ = ["MOST_BOXES", "EntryBoxes", "looks_like_boxes"]

_HEADER = 8
MOST_BOXES = 256
"""Boxes of one sample entry that are looked at; real ones have fewer than twenty."""


class EntryBoxes:
    """Child boxes by type, in the order of the file.

    Args:
        content: the entry from behind its fixed fields on. problems: gets a sentence for everything that is broken.
    """

    def __init__(self, content: Parser, problems: list[str]) -> None:
        self.problems = problems
        self._boxes: dict[str, list[bytes]] = {}
        self.add(content)

    def add(self, content: Parser) -> frozenset[str]:
        """Take the boxes that another box holds as if they stood here, behind the others; returns their types."""
        found: set[str] = set()
        with self.tolerating():
            for index, (kind, box) in enumerate(content.boxes()):
                if index == MOST_BOXES:
                    raise InvalidMediaError(f"{content.what} holds more than {MOST_BOXES} boxes.")
                self._boxes.setdefault(kind, []).append(box.rest())
                found.add(kind)
        return frozenset(found)

    @contextmanager
    def tolerating(self) -> Iterator[None]:
        """What is broken in here is left out, and noted."""
        try:
            yield
        except (InvalidMediaError, SettingsError) as error:
            if error.message not in self.problems:
                self.problems.append(error.message)

    def payload(self, kind: str) -> bytes | None:
        """Content of the first box of a type, None where there is none."""
        found = self._boxes.get(kind)
        return found[0] if found else None

    def all(self, kind: str) -> list[bytes]:
        return self._boxes.get(kind, [])

    def parser(self, kind: str) -> Parser | None:
        """The same as ``payload``, to be read."""
        found = self.payload(kind)
        return None if found is None else Parser(found, f"the box {kind!r}")

    def atoms(self, known: frozenset[str] = frozenset()) -> dict[str, bytes]:
        """The first box of each type, but those whose facts are told otherwise."""
        return {kind: found[0] for kind, found in self._boxes.items() if kind not in known}

    def __contains__(self, kind: str) -> bool:
        return kind in self._boxes


def looks_like_boxes(content: Parser) -> bool:
    """Whether a box begins at the position: a size that fits, and a type of printable characters."""
    if content.left < _HEADER:
        return False
    here = content.position
    size, code = content.u32(), content.bytes(4)
    content.position = here
    return _HEADER <= size <= content.left and all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in code)
