"""Power failures in the middle of writing and of recovery: what each could have left is recovered, seed by seed."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest
from tests.isobmff.endless import Endless, check
from tests.storage.recorder import Recorder

from reelwright.easy.recovery import recover
from reelwright.model.errors import InvalidMediaError
from reelwright.storage import commit, platform
from reelwright.storage.destination import open_destination

KINDS = ("journal", "journal, header first", "journal, copied", "fragments")


class Unplugged(Exception):
    """The film was complete; it would have got its name next."""


@cache
def recorded(kind: str) -> Recorder:
    """A film of nine seconds written until it would get its name, in intervals of a second and more."""
    recorder = Recorder()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(_unplugged())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("REELWRIGHT_PLAIN_STORAGE", "1" if kind == "journal, copied" else "0")
        stack.enter_context(recorder.recording())
        room_by = "inserted" if kind == "journal, header first" else None
        destination = open_destination(Path(folder) / "film.mov", growing=kind == "fragments", room_by=room_by)
        destination.open()
        film = Endless(destination, kind.partition(",")[0], recorder.mark, every=5)
        film.go_on(37)
        with suppress(Unplugged):  # a film in fragments has its name already
            film.finish(header_first=kind in ("journal, header first", "journal, copied"))
    return recorder


@contextmanager
def _unplugged() -> Iterator[None]:
    def stop(*_: object, **__: object) -> None:
        raise Unplugged

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commit, "put_in_place", stop)
        patch.setattr(platform, "sync_folder", lambda folder: None)
        yield


def replay(kind: str, seed: int, folder: Path) -> str:
    """One failure of power; returns what recovery did, ``"nothing"`` where nothing was promised yet."""
    recorder, lot = recorded(kind), random.Random(f"{kind} {seed}")
    moment = lot.randrange(1, len(recorder.events) + 1)
    safe = recorder.last_mark(moment, (0, 0))
    _lay_out(recorder.image(moment, lot), folder)
    if lot.random() < 0.5:
        _fail_in_recovery(lot, folder)
    try:
        with Recorder().recording():  # which spares the disk
            report = recover(folder / "film.mov")
    except InvalidMediaError:
        assert safe == (0, 0)
        return "nothing"
    check(report.path, safe)
    assert [path.name for path in folder.iterdir()] == ["film.mov"]
    return report.method


def _fail_in_recovery(lot: random.Random, folder: Path) -> None:
    """Begin to recover, and lose the power once more."""
    recorder = Recorder()
    before = {str(path): path.read_bytes() for path in folder.iterdir()}
    with _left_alone(), recorder.recording(), suppress(InvalidMediaError, Unplugged):
        recover(folder / "film.mov")
    moment = lot.randrange(len(recorder.events) + 1)
    for path in folder.iterdir():
        path.unlink()
    _lay_out(recorder.image(moment, lot, before), folder)


@contextmanager
def _left_alone() -> Iterator[None]:
    def stop(*_: object, **__: object) -> None:
        raise Unplugged

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reelwright.storage.leftovers.put_in_place", stop)
        yield


def _lay_out(image: dict[str, bytes], folder: Path) -> None:
    for path, data in image.items():
        (folder / Path(path).name).write_bytes(data)
