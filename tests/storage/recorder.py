"""A recorder of all that is written and synced, and what a power failure at any moment could have left of it.

Between two syncs of a file its writes reach the disk in any order, in part, or not at all; that is what ``image`` draws
by lot. Files are known by the paths under which they were opened.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from reelwright.storage import commit, insert_range, platform

SECTOR = 512  # what a disk writes whole or not at all


class Event(NamedTuple):
    """Something that happened to a file: ``write``, ``insert`` (a range of ``size`` bytes), ``sync``; or a ``mark``."""

    kind: str
    path: str = ""
    offset: int = 0
    data: bytes = b""
    size: int = 0
    mark: Any = None


class Recorder:
    """What happened, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._paths: dict[int, str] = {}

    @contextmanager
    def recording(self) -> Iterator[Recorder]:
        """Listen to what goes through ``storage``; nothing waits for a disk meanwhile."""
        write, insert = platform.write_at, insert_range.insert_range

        def written(file: Any, offset: int, views: Any) -> None:
            self._paths[file.fileno()] = str(file.name)
            self.events.append(Event("write", str(file.name), offset, b"".join(views)))
            write(file, offset, views)

        def inserted(file: Any, offset: int, length: int) -> bool:
            at = len(self.events)
            done = insert(file, offset, length)
            if done:
                # The bytes before the offset in its block are written once more, behind the insertion.
                start = offset - offset % insert_range.insertion_block(file)
                self.events.insert(at, Event("insert", str(file.name), start, size=length))
            return done

        def synced(descriptor: int) -> None:
            self.events.append(Event("sync", self._paths.get(descriptor, "")))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(platform, "write_at", written)
            patch.setattr(commit, "insert_range", inserted)
            patch.setattr(platform, "sync_data", synced)
            patch.setattr(platform, "sync_file", synced)
            yield self

    def mark(self, what: Any) -> None:
        """Remember that something is promised from now on."""
        self.events.append(Event("mark", mark=what))

    def last_mark(self, moment: int, default: Any) -> Any:
        """What was promised last before a moment, which is a number of events."""
        marks = [event.mark for event in self.events[:moment] if event.kind == "mark"]
        return marks[-1] if marks else default

    def image(self, moment: int, lot: random.Random, before: dict[str, bytes] | None = None) -> dict[str, bytes]:
        """The files as a power failure at a moment could leave them; ``before``: as they were at the beginning."""
        files = {path: bytearray(data) for path, data in (before or {}).items()}
        happened = self.events[:moment]
        for path in dict.fromkeys(event.path for event in happened if event.path):
            mine = [event for event in happened if event.path == path]
            files[path] = _survived(mine, lot, files.get(path, bytearray()))
        return {path: bytes(data) for path, data in files.items()}


def _survived(events: list[Event], lot: random.Random, data: bytearray) -> bytearray:
    barriers = [number for number, event in enumerate(events) if event.kind != "write"]
    settled = barriers[-1] if barriers else 0
    if barriers and events[settled].kind == "insert" and lot.random() < 0.5:
        return _all(events[:settled], data)  # an insertion waits for all that was written before it
    data = _all(events[: settled + 1], data) if barriers else data
    for event in events[settled + 1 :] if barriers else events:
        fate = lot.random()
        if fate < 0.4:
            _put(data, event.offset, event.data)
        elif fate < 0.7:
            for start, end in _sectors(event):
                if lot.random() < 0.5:
                    _put(data, event.offset + start, event.data[start:end])
    return data


def _all(events: list[Event], data: bytearray) -> bytearray:
    for event in events:
        if event.kind == "write":
            _put(data, event.offset, event.data)
        elif event.kind == "insert":
            data[event.offset : event.offset] = bytes(event.size)
    return data


def _put(data: bytearray, offset: int, piece: bytes) -> None:
    if len(data) < offset:
        data += bytes(offset - len(data))
    data[offset : offset + len(piece)] = piece


def _sectors(event: Event) -> Iterator[tuple[int, int]]:
    """A write in pieces that end where sectors of the disk do."""
    start = 0
    while start < len(event.data):
        end = min(len(event.data), start + SECTOR - (event.offset + start) % SECTOR)
        yield start, end
        start = end
