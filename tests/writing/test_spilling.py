"""Films of which one track runs far ahead: what waits beside them, what the report says, and that nothing stays."""

from __future__ import annotations

import errno
import gc
import io
import os
import tempfile
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.writing.scene import begun, descriptors, filming, left, nothing_left, stored_input

from reelwright import (
    Asset,
    AssetWriter,
    AssetWriterInput,
    FileType,
    FormatDescription,
    MediaType,
    SampleBuffer,
    SampleTiming,
    Time,
)
from reelwright.model.errors import DiskFullError, InvalidArgumentError, InvalidStateError
from reelwright.storage import scratch as scratch_module
from reelwright.storage import spill as spill_module
from reelwright.storage.spill import Spill
from reelwright.writing import asset_writer as writer_module

PHOTOS = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=4, height=4)
SIZE = 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mov"


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for a few samples."""
    monkeypatch.setattr(spill_module, "BLOCK", 512)
    monkeypatch.setattr(writer_module, "Spill", partial(Spill, budget=512))


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path: Path) -> Iterator[None]:
    with nothing_left(tmp_path, but=("film.mov",)):
        yield


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Where scratch files are made."""
    found, make = list[str | None](), spill_module.ScratchFile

    def noted(folder: str | None) -> Any:
        found.append(folder)
        return make(folder)

    monkeypatch.setattr(spill_module, "ScratchFile", noted)
    return found


def two() -> list[AssetWriterInput]:
    return [stored_input(MediaType.VIDEO, PHOTOS) for _ in range(2)]


def sample(track: int, number: int) -> SampleBuffer:
    data = bytes([track]) + number.to_bytes(4, "big") * (SIZE // 4)
    return SampleBuffer(data, PHOTOS, [SampleTiming(Time(number, 2), Time(1, 2))])


def feed(track: AssetWriterInput, number: int, count: int, first: int = 0) -> None:
    for at in range(first, first + count):
        track.append(sample(number, at))


def check(source: Any, count: int = 100) -> list[int]:
    """See that every sample is what it was; returns the tracks in the order of their bytes in the film."""
    data = source.getvalue() if isinstance(source, io.BytesIO) else Path(source).read_bytes()
    lie: list[tuple[int, int]] = []
    with Asset(source) as asset:
        for number, track in enumerate(asset.tracks):
            index = track.sample_index
            assert index.decode.tolist() == list(range(count))
            for row, (offset, size) in enumerate(zip(index.offsets.tolist(), index.sizes.tolist(), strict=True)):
                assert data[offset : offset + size] == bytes(sample(number, row).data)
                lie.append((offset, number))
    return [number for _, number in sorted(lie)]


IN_TURN = [track for _ in range(50) for track in (0, 0, 1, 1)]


def test_all_of_one_track_before_the_other(path: Path, folders: list[str | None]) -> None:
    tracks = two()
    with filming(path, *tracks) as writer:
        feed(tracks[0], 0, 100)
        assert folders == [str(path.parent)], "beside the film"
        assert len(left(path.parent)) <= 2
        feed(tracks[1], 1, 100)
    assert writer.report is not None
    assert writer.report.spilled > 5000
    assert writer.report.out_of_turn == 0
    assert "out of turn" not in str(writer.report)
    assert check(path) == IN_TURN


def test_one_track_always_ahead(path: Path) -> None:
    tracks = two()
    with filming(path, *tracks) as writer:
        for number in range(130):
            if number < 100:
                feed(tracks[1], 1, 1, number)
            if number >= 30:
                feed(tracks[0], 0, 1, number - 30)
    assert writer.report is not None
    assert 1000 < writer.report.spilled < 8000, "places are used again"
    assert check(path) == IN_TURN


@pytest.mark.parametrize("limit", [0, 2048])
def test_beyond_the_limit(path: Path, folders: list[str | None], limit: int) -> None:
    tracks = two()
    writer = AssetWriter(path)
    writer.spill_limit = limit
    for track in tracks:
        writer.add(track)
    writer.start_writing()
    writer.start_session(0)
    for number, track in enumerate(tracks):
        assert track.is_ready_for_more_media_data
        feed(track, number, 100)
    report = writer.finish_writing()
    assert bool(folders) is bool(limit)
    assert report.spilled <= limit
    assert 20 < report.out_of_turn < 50
    assert f"{report.out_of_turn} chunks written out of turn" in str(report)
    order = check(path)
    assert order != IN_TURN
    assert order[:40] == [0] * 40


def test_the_limit_is_a_number_of_bytes_and_set_before_the_start(path: Path) -> None:
    writer = AssetWriter(path)
    assert writer.spill_limit is None
    writer.spill_limit = 1 << 40
    writer.spill_limit = None
    for wrong in (-1, 1.5, True, "1 GB"):
        with pytest.raises(InvalidArgumentError, match="number of bytes"):
            writer.spill_limit = wrong  # type: ignore[assignment]
    writer = begun(path, *two())
    with pytest.raises(InvalidStateError):
        writer.spill_limit = 3
    writer.cancel_writing()


@pytest.mark.parametrize("named", [False, True])
def test_file_objects(tmp_path: Path, folders: list[str | None], named: bool) -> None:
    film, tracks = io.BytesIO(), two()
    writer = AssetWriter(film, FileType.MOV)
    writer.directory_for_temporary_files = tmp_path if named else None
    with writer:
        for track in tracks:
            writer.add(track)
        writer.start_writing()
        writer.start_session(0)
        for number, track in enumerate(tracks):
            feed(track, number, 100)
    assert folders == [str(tmp_path) if named else None]
    assert check(film) == IN_TURN


def test_cancelling_leaves_nothing(path: Path) -> None:
    tracks = two()
    before = descriptors()
    writer = begun(path, *tracks)
    feed(tracks[0], 0, 100)
    assert descriptors() == before + 2
    writer.cancel_writing()
    assert descriptors() == before
    assert left(path.parent) == []


def test_a_writer_that_is_forgotten_leaves_no_file_beside_the_film(path: Path) -> None:
    tracks = two()
    before = descriptors()
    writer = begun(path, *tracks)
    feed(tracks[0], 0, 100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del writer, tracks
        gc.collect()
    assert descriptors() == before
    assert [name for name in left(path.parent) if not name.endswith(".part")] == []
    for name in left(path.parent):
        (path.parent / name).unlink()


def full(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """The disk has no room for what waits."""
    real = getattr(scratch_module.platform, call)

    def broken(file: io.FileIO, *arguments: Any) -> Any:
        if isinstance(file.name, int) or ".reelwright-" in str(file.name):
            raise OSError(28, os.strerror(28))
        return real(file, *arguments)

    monkeypatch.setattr(scratch_module.platform, call, broken)


@pytest.mark.parametrize("call", ["write_at", "read_into"])
def test_a_disk_that_fails_what_waits(path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    tracks = two()
    writer = begun(path, *tracks)
    full(monkeypatch, call)
    if call == "read_into":
        feed(tracks[0], 0, 100)
    at_fault = 0 if call == "write_at" else 1
    with pytest.raises(DiskFullError) as caught:
        feed(tracks[at_fault], at_fault, 100)
    error = caught.value
    assert error.path == str(path.parent)
    assert error.track == at_fault + 1
    assert error.time is not None
    assert error.time.is_numeric
    assert "temporary_directory" in (error.hint or "")
    with pytest.raises(DiskFullError):
        writer.finish_writing()
    assert left(path.parent) == []


class Grudging:
    """A temporary file of a network drive over quota: it says so when it is closed."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    def __getattr__(self, name: str) -> Any:
        return getattr(self.handle, name)

    def close(self) -> None:
        self.handle.close()
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))


def test_what_waited_may_fail_to_close_once_it_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: Grudging(make(**options)))
    one, other = two()
    with filming(path, one, other) as writer:
        feed(one, 0, 100)
        feed(other, 1, 100)
    assert writer.report is not None
    assert writer.report.spilled
    check(path)
