"""Where streams go: whole objects or none, near and far."""

from __future__ import annotations

import errno
import os
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from reelwright.model.errors import DiskFullError, InvalidArgumentError, MissingDependencyError, OutputError
from reelwright.streaming.output import FolderOutput, open_output
from reelwright.streaming.remote_output import RemoteOutput
from reelwright.streaming.stream_segments import ByteRange

PIECES = [b"ab", memoryview(b"cd"), bytearray(b"e")]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("durable", [False, True])
def test_objects_of_a_folder(tmp_path: Path, durable: bool) -> None:
    output = FolderOutput(tmp_path / "new" / "stream", durable=durable)
    assert output.write("720p/1.m4s", PIECES) == 5
    assert output.write("720p/1.m4s", [b"other"]) == 5
    assert output.append("all.mp4", [b"init"]) == ByteRange(0, 4)
    assert output.append("all.mp4", PIECES) == ByteRange(4, 5)
    assert files(output.folder) == {"720p/1.m4s": b"other", "all.mp4": b"initabcde"}
    output.remove("720p/1.m4s")
    output.remove("720p/1.m4s")
    assert list(files(output.folder)) == ["all.mp4"]


def test_a_new_stream_begins_its_files_anew(tmp_path: Path) -> None:
    FolderOutput(tmp_path).append("all.mp4", [b"an old stream"])
    assert FolderOutput(tmp_path).append("all.mp4", [b"new"]) == ByteRange(0, 3)
    assert files(tmp_path) == {"all.mp4": b"new"}


class Breaking:
    """Buffers whose second one cannot be had."""

    def __iter__(self) -> Any:
        yield b"half of it"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    output = FolderOutput(tmp_path)
    output.write("live.m3u8", [b"old"])
    with pytest.raises(DiskFullError, match=r"live\.m3u8") as caught:
        output.write("live.m3u8", Breaking())
    assert caught.value.path == str(tmp_path / "live.m3u8")
    assert files(tmp_path) == {"live.m3u8": b"old"}
    output.append("all.mp4", [b"init"])
    with pytest.raises(DiskFullError):
        output.append("all.mp4", Breaking())
    assert output.append("all.mp4", [b"1"]) == ByteRange(4, 1)
    assert files(tmp_path)["all.mp4"] == b"init1"


def test_a_playlist_is_whole_whenever_it_is_read(tmp_path: Path) -> None:
    output = FolderOutput(tmp_path)
    texts = [bytes([number]) * 50_000 for number in range(100)]
    output.write("live.m3u8", [texts[0]])

    def update() -> None:
        for text in texts:
            output.write("live.m3u8", [text[:7], text[7:]])

    writer = threading.Thread(target=update)
    writer.start()
    while writer.is_alive():
        assert (tmp_path / "live.m3u8").read_bytes() in texts
    writer.join()
    assert os.listdir(tmp_path) == ["live.m3u8"]


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/../../b", "/etc/passwd", "C:a", "a\\b", "a\0b"])
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    output = FolderOutput(tmp_path / "out")
    for call in (lambda: output.write(name, [b"x"]), lambda: output.append(name, [b"x"]), lambda: output.remove(name)):
        with pytest.raises(InvalidArgumentError, match="no name for a part"):
            call()
    assert files(tmp_path) == {}


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="create the folder"):
        FolderOutput(tmp_path / "file" / "stream")


def test_what_a_target_means(tmp_path: Path) -> None:
    for target in (str(tmp_path / "a"), tmp_path / "a", (tmp_path / "a").as_uri()):
        output = open_output(target)
        assert isinstance(output, FolderOutput)
        assert output.folder == tmp_path / "a"
    assert open_output(output) is output
    with pytest.raises(InvalidArgumentError, match="names nothing"):
        open_output("nonsense://bucket/folder")


def test_objects_far_away() -> None:
    name = uuid.uuid4().hex
    output = open_output(f"memory://{name}/stream")
    assert output.write("720p/1.m4s", PIECES) == 5
    output.write("720p/1.m4s", [b"other"])
    system = MemoryFileSystem()
    assert system.cat(f"/{name}/stream/720p/1.m4s") == b"other"
    with pytest.raises(OutputError, match="cannot grow"):
        output.append("all.mp4", PIECES)
    output.remove("720p/1.m4s")
    output.remove("720p/1.m4s")
    assert system.find(f"/{name}") == []


class Unsteady(LocalFileSystem):
    """A file system whose calls fail as they are told to, after doing half of their work."""

    cachable = False

    def __init__(self, *troubles: Exception | None) -> None:
        super().__init__()
        self.troubles = list(troubles)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        trouble = self.troubles.pop(0) if self.troubles else None
        super().pipe_file(path, value if trouble is None else value[: len(value) // 2], mode, **more)
        if trouble is not None and not isinstance(trouble, EOFError):
            raise trouble


def remote(folder: Path, *troubles: Exception | None) -> tuple[RemoteOutput, list[float]]:
    waits: list[float] = []
    return RemoteOutput(Unsteady(*troubles), str(folder), attempts=4, sleep=waits.append), waits


def test_trouble_that_passes_is_waited_for(tmp_path: Path) -> None:
    # An EOFError here is a store that takes half and says nothing.
    output, waits = remote(tmp_path, OSError("busy"), RuntimeError("throttled"), EOFError())
    output.write("720p/1.m4s", PIECES)
    assert files(tmp_path) == {"720p/1.m4s": b"abcde"}
    assert waits == [0.2, 0.4, 0.8]


@pytest.mark.parametrize(
    ("troubles", "kind", "words", "waited"),
    [
        ([OSError(errno.EIO, "no answer")] * 4, OutputError, "no answer", 3),
        ([KeyError("token")] * 4, OutputError, "KeyError: 'token'", 3),
        ([PermissionError(errno.EACCES, "forbidden")], PermissionError, "forbidden", 0),
        ([EOFError()] * 4, OutputError, "2 of 5 bytes arrived", 3),
    ],
)
def test_trouble_that_stays(
    tmp_path: Path, troubles: list[Exception], kind: type[Exception], words: str, waited: int
) -> None:
    output, waits = remote(tmp_path, None, *troubles)
    output.write("live.m3u8", [b"old"])
    with pytest.raises(kind, match=words) as caught:
        output.write("live.m3u8", PIECES)
    assert isinstance(caught.value, OutputError)
    assert len(waits) == waited
    assert files(tmp_path) == {"live.m3u8": b"old"}


def test_no_attempts_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="0 attempts"):
        RemoteOutput(MemoryFileSystem(), "/a", attempts=0)


def test_without_the_library_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingDependencyError, match=r"reelwright\[streaming\]"):
        open_output("s3://bucket/folder")
