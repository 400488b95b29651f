"""The recorder itself: what is synced stays, what is not may be missing or torn."""

from __future__ import annotations

import random
from pathlib import Path

from tests.storage.recorder import SECTOR, Recorder

from reelwright.storage.destination import open_destination


def test_what_was_synced_survives_and_the_rest_may_not(tmp_path: Path) -> None:
    recorder = Recorder()
    with recorder.recording():
        destination = open_destination(tmp_path / "film.mov")
        destination.open()
        destination.write(b"s" * 100)
        destination.sync()
        recorder.mark("safe")
        destination.write(b"u" * 3 * SECTOR)
        destination.sync_point()
        destination.discard()
    assert [event.kind for event in recorder.events] == ["write", "sync", "mark", "write"]
    images = [recorder.image(4, random.Random(seed)) for seed in range(60)]
    contents = {next(iter(image.values())) for image in images}
    assert all(data.startswith(b"s" * 100) for data in contents)
    lengths = {len(data) for data in contents}
    assert {100, 100 + 3 * SECTOR} <= lengths
    assert any(0 in data for data in contents)  # a later sector came without an earlier one
    assert recorder.last_mark(2, "nothing") == "nothing"
    assert recorder.last_mark(3, "nothing") == "safe"


def test_an_insertion_is_done_or_not(tmp_path: Path) -> None:
    recorder = Recorder()
    with recorder.recording():
        destination = open_destination(tmp_path / "film.mov", room_by="inserted")
        destination.open()
        destination.write(bytes(range(200)) * 50000)
        block = destination.insertion_block
        destination.insert(24, b"h" * block)
        whole = destination.read(0, destination.size)
        destination.discard()
    kinds = [event.kind for event in recorder.events]
    seen = {len(next(iter(recorder.image(len(kinds), random.Random(seed)).values()))) for seed in range(30)}
    if "insert" in kinds:
        assert seen == {10_000_000, 10_000_000 + block}
        found = [next(iter(recorder.image(len(kinds), random.Random(seed)).values())) for seed in range(30)]
        assert whole in found
