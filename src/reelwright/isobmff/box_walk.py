"""Walking a movie header: children of a box by their places, content read and parsed with damage noted, not raised.

A box that is missing or broken costs what it says, never the rest of the movie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from reelwright.isobmff.parse import BoxPlace, Parser, find, scan
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source

__all__ = ["LARGE", "BoxWalk"]

LARGE = 1 << 26  # codec data, metadata with pictures
_SMALL = 1 << 20  # more than any header box has
_MOST_BOXES = 10_000

Found = TypeVar("Found")
Default = TypeVar("Default")


@dataclass(slots=True)
class BoxWalk:
    """Boxes of a source, and the problems met among them."""

    source: Source
    problems: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        self.problems.append(problem)

    def children(self, place: BoxPlace | None, skip: int = 0) -> list[BoxPlace]:
        """The boxes in a box, as far as their headers make sense; none in no box.

        Args:
            skip: bytes of the content before the first of them.
        """
        found: list[BoxPlace] = []
        if place is None:
            return found
        try:
            for box in scan(self.source, place.content + skip, place.end, most=_MOST_BOXES):
                found.append(box)
        except InvalidMediaError as error:
            self.note(error.message)
        return found

    def within(self, place: BoxPlace | None, *path: str) -> BoxPlace | None:
        """A box deep inside another."""
        for kind in path:
            place = find(self.children(place), kind)
        return place

    def read(
        self, place: BoxPlace | None, parse: Callable[[Parser], Found], default: Default, limit: int = _SMALL
    ) -> Found | Default:
        """What a function makes of a box's content; the default where there is no box, or where it is damaged."""
        if place is None:
            return default
        try:
            return parse(place.read(self.source, limit))
        except InvalidMediaError as error:
            self.note(error.message)
            return default
