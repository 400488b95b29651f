"""Films of writers that were killed or failed, brought back by ``recover``."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.easy import power
from tests.interop.tools import find
from tests.isobmff.endless import FRAMES, PICTURES, Endless, check, picture, sound

from reelwright.easy.recovery import RecoveryReport, recover
from reelwright.model.errors import (
    DiskFullError,
    InvalidArgumentError,
    InvalidMediaError,
    InvalidStateError,
    MediaNotFoundError,
    OutputExistsError,
)
from reelwright.storage import platform
from reelwright.storage.destination import open_destination

ROOT = Path(__file__).parents[2]


def left(folder: Path, quarters: int = 10, *, name: str = "film.mov", kind: str = "journal") -> tuple[str, list[int]]:
    """A working file with its journal as a failure leaves them, and how many samples were safe."""
    destination = open_destination(folder / name)
    destination.open()
    safe = [0, 0]
    film = Endless(destination, kind, lambda samples: safe.__setitem__(slice(None), samples))
    film.go_on(quarters)
    destination.sync()
    part = destination.keep()
    assert part is not None
    return part, safe


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
@pytest.mark.parametrize("kind", ["journal", "fragments"])
def test_a_killed_writer_loses_an_interval_at_most(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "-m", "tests.isobmff.endless", str(tmp_path / "film.mov"), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(3)]
        child.kill()
        said += child.stdout.read().splitlines(keepends=True)
    safe = [int(word) for word in [line for line in said if line.endswith(b"\n")][-1].split()]
    report = recover(tmp_path / "film.mov")
    assert report.method == kind
    found = check(tmp_path / "film.mov", safe)
    assert [track.samples for track in report.tracks] == list(found)
    assert report.duration == Fraction(found[1], 48000)
    assert found[0] - safe[0] <= 4 * PICTURES  # the record was there, but not yet told of
    assert names(tmp_path) == ["film.mov"]


def test_ffprobe_finds_the_samples_of_the_film_and_nothing_to_complain_of(tmp_path: Path) -> None:
    part, _ = left(tmp_path)
    recover(part)
    packets = subprocess.run(
        [find("ffprobe", "ffmpeg"), "-v", "error", "-show_packets", "-show_data_hash", "crc32", "-of", "csv=p=0",
         "-show_entries", "packet=stream_index,data_hash", str(tmp_path / "film.mov")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    hashes: dict[str, list[str]] = {"0": [], "1": []}
    for line in packets.stdout.split():
        stream, _, value = line.partition(",")
        hashes[stream].append(value.strip(","))
    assert hashes["0"] == [f"CRC32:{zlib.crc32(picture(number)):08x}" for number in range(8 * PICTURES)]
    assert len(hashes["1"]) > 0


@pytest.mark.parametrize("given", ["part", "journal", "film"])
def test_the_film_is_found_by_any_of_its_names(tmp_path: Path, given: str) -> None:
    part, safe = left(tmp_path)
    path = {"part": part, "journal": f"{part}.journal", "film": os.path.join(tmp_path, "film.mov")}[given]
    report = recover(path)
    assert (report.path, report.source) == (os.path.join(tmp_path, "film.mov"), part)
    assert check(report.path, safe) == (8 * PICTURES, 8 * FRAMES)
    assert report.lost_bytes == sum(len(picture(48 + at)) for at in range(2 * PICTURES)) + len(sound(0, 2 * FRAMES))
    assert 0.3 < report.lost_seconds < 0.7
    assert names(tmp_path) == ["film.mov"]


def test_another_name_may_be_given(tmp_path: Path) -> None:
    part, _ = left(tmp_path)
    assert recover(part, tmp_path / "rescued.mov").path == str(tmp_path / "rescued.mov")
    assert names(tmp_path) == ["rescued.mov"]


def test_no_film_is_replaced(tmp_path: Path) -> None:
    part, safe = left(tmp_path)
    old = tmp_path / "film.mov"
    old.write_bytes(b"an old film")
    before = Path(part).read_bytes()
    with pytest.raises(OutputExistsError, match="recovered film replaces no other"):
        recover(old)
    assert old.read_bytes() == b"an old film"
    assert Path(part).read_bytes() == before
    check(recover(old, tmp_path / "new.mov").path, safe)


def test_recovery_can_be_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part, safe = left(tmp_path)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("reelwright.storage.leftovers.put_in_place", interrupt)
        with pytest.raises(KeyboardInterrupt):
            recover(part)
    assert len(names(tmp_path)) == 2
    report = recover(part)
    assert report.method == "journal" or report.method == "whole"
    check(report.path, safe)
    assert recover(report.path).method == "whole"
    assert names(tmp_path) == ["film.mov"]


def test_several_working_files_have_to_be_told_apart(tmp_path: Path) -> None:
    first, _ = left(tmp_path)
    second, safe = left(tmp_path, 16)
    with pytest.raises(InvalidArgumentError, match="2 working files") as caught:
        recover(tmp_path / "film.mov")
    assert first in str(caught.value)
    check(recover(second).path, safe)


def test_what_cannot_be_recovered_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match="neither a film"):
        recover(tmp_path / "film.mov")
    with pytest.raises(MediaNotFoundError, match="neither a film"):
        recover(tmp_path / "none" / "film.mov")
    part, _ = left(tmp_path)
    os.unlink(f"{part}.journal")
    with pytest.raises(InvalidMediaError, match="no journal stands beside it"):
        recover(part)
    assert os.path.exists(part)
    Path(f"{part}.journal").write_bytes(b"")
    with pytest.raises(InvalidMediaError, match="nothing can be recovered"):
        recover(part)
    os.unlink(part)
    with pytest.raises(MediaNotFoundError, match="no working file"):
        recover(f"{part}.journal")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no advisory locks")
def test_a_film_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    destination = open_destination(tmp_path / "film.mov")
    destination.open()
    film = Endless(destination, "journal", lambda samples: None)
    film.go_on(8)
    with pytest.raises(InvalidStateError, match="still being written"):
        recover(tmp_path / "film.mov")
    film.finish()
    assert check(tmp_path / "film.mov", (0, 0)) == (8 * PICTURES, 8 * FRAMES)


def test_a_whole_film_is_left_as_it_is(tmp_path: Path) -> None:
    destination = open_destination(tmp_path / "film.mov")
    destination.open()
    film = Endless(destination, "journal", lambda samples: None)
    film.go_on(8)
    film.finish()
    before = (tmp_path / "film.mov").read_bytes()
    report: RecoveryReport = recover(tmp_path / "film.mov")
    assert (report.method, report.lost_bytes) == ("whole", 0)
    assert (tmp_path / "film.mov").read_bytes() == before


@pytest.mark.parametrize("kind", power.KINDS)
def test_no_power_failure_costs_what_was_safe(tmp_path: Path, kind: str) -> None:
    seen = set()
    for seed in range(25):
        folder = tmp_path / str(seed)
        folder.mkdir()
        seen.add(power.replay(kind, seed, folder))
    assert kind.partition(",")[0] in seen


@pytest.mark.parametrize("room", [100_000, 150_000, 151_000])
def test_a_full_disk_leaves_what_was_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    written, write = [0], platform.write_at

    def limited(file: Any, offset: int, views: Any) -> None:
        written[0] += sum(view.nbytes for view in views)
        if written[0] > room:
            write(file, offset, [view[:50] for view in views])  # in part, as disks do
            raise OSError(errno.ENOSPC, "No space left on device")
        write(file, offset, views)

    destination = open_destination(tmp_path / "film.mov")
    destination.open()
    safe = [0, 0]
    film = Endless(destination, "journal", lambda samples: safe.__setitem__(slice(None), samples), every=1)
    with monkeypatch.context() as full:
        full.setattr(platform, "write_at", limited)
        with pytest.raises(DiskFullError):
            film.go_on(100)
        part = destination.keep()
    assert part is not None
    report = recover(part)
    assert check(report.path, safe)[0] == safe[0] > 0
    assert names(tmp_path) == ["film.mov"]


def test_a_copy_that_was_not_finished_goes(tmp_path: Path) -> None:
    part, safe = left(tmp_path)
    Path(f"{part}.moved").write_bytes(b"half of a film")
    check(recover(tmp_path / "film.mov").path, safe)
    assert names(tmp_path) == ["film.mov"]
