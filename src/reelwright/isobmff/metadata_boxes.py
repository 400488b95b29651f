"""What all readers of metadata boxes share: a place for what they find, and for what is wrong with it.

Metadata is never worth refusing a film for: a broken box is left out and named among the problems, and a file that
holds more items than any person wrote is cut short.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.model.metadata import MetadataItem, MetadataKey

__all__ = ["MOST_ITEMS", "Findings", "code_text"]

MOST_BOXES = 50_000
MOST_ITEMS = 50_000


def code_text(kind: str) -> str:
    """A four-character code as ``Parser`` gives it, with each byte as one Latin-1 character, as keys have them."""
    return kind.encode("mac_roman").decode("latin-1")


class Findings:
    """Items found so far, and the problems met on the way."""

    def __init__(self, problems: list[str] | None = None) -> None:
        self.items: list[MetadataItem] = []
        self.problems = [] if problems is None else problems
        self._boxes_left = MOST_BOXES

    def add(self, key_space: str, key: MetadataKey, value: Any, data_type: str | None = None, **more: Any) -> None:
        """One more item; one whose key is empty is left out.

        Raises:
            InvalidMediaError: there are ``MOST_ITEMS`` already.
        """
        if len(self.items) >= MOST_ITEMS:
            self._boxes_left = 0
            raise InvalidMediaError(f"there are more than {MOST_ITEMS} items of metadata.")
        if key in ("", b""):
            self.problems.append(f"a metadata item of the key space {key_space!r} has an empty key and is left out.")
            return
        self.items.append(MetadataItem(key_space=key_space, key=key, value=value, data_type=data_type, **more))

    def boxes(self, content: Parser) -> Iterator[tuple[str, Parser]]:
        """The boxes in a box, up to the first whose header makes no sense; never more than ``MOST_BOXES`` in all."""
        with self.tolerating():
            for kind, inner in content.boxes():
                if not self._boxes_left:
                    self.problems.append(f"there are more than {MOST_BOXES} boxes of metadata: the rest is left out.")
                    return
                self._boxes_left -= 1
                yield kind, inner

    @contextmanager
    def tolerating(self) -> Iterator[None]:
        """Turn damage within the block into a problem."""
        try:
            yield
        except InvalidMediaError as error:
            self.problems.append(f"{error.message.rstrip('.')}: left out.")
