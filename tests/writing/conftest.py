"""No test of writing leaves a writer, a thread of ours or a file descriptor behind; and a gate for pictures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.writing import scene

from reelwright.writing.asset_writer import _unfinished
from reelwright.writing.video_lane import VideoLane


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    descriptors = scene.descriptors()
    yield
    unfinished = list(_unfinished)
    for writer in unfinished:  # or its threads would be blamed on the tests that follow
        writer.cancel_writing()
    assert not unfinished, "a writer was neither finished nor cancelled"
    scene.wait_until(lambda: not _ours(), f"threads are left: {_ours()}")
    assert scene.descriptors() <= descriptors


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Keeps inputs' threads waiting until it is set."""
    opened = threading.Event()
    feed = VideoLane.feed

    def waiting(lane: VideoLane, item: Any) -> Any:
        assert opened.wait(20)
        return feed(lane, item)

    monkeypatch.setattr(VideoLane, "feed", waiting)
    yield opened
    opened.set()


def _ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("reelwright")]
