"""What may be named as an output, what is refused, and that every refusal names the way out."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.storage.doubles import Minimal

from reelwright.model.errors import InvalidArgumentError
from reelwright.storage import address, open_destination


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///films/a.mov", "/films/a.mov"),
        ("file://localhost/films/a.mov", "/films/a.mov"),
        ("FILE://LocalHost/films/a.mov", "/films/a.mov"),
        ("file:/films/a.mov", "/films/a.mov"),
        ("file:///films/a%20b%23%3F.mov", "/films/a b#?.mov"),
        ("file:///films/%C3%BC.mov", "/films/ü.mov"),
        ("file:///films/ü.mov", "/films/ü.mov"),
        ("file:///films/100%25.mov", "/films/100%.mov"),
    ],
)
def test_urls_are_decoded(url: str, path: str) -> None:
    assert address._path_of_url(url, windows=False) == path


@pytest.mark.skipif(os.name == "nt", reason="file names are not bytes on Windows")
def test_a_url_may_name_a_file_whose_name_is_not_unicode() -> None:
    assert os.fsencode(address.as_path("file:///films/%FF.mov")) == b"/films/\xff.mov"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///C:/films/a%20b.mov", "C:\\films\\a b.mov"),
        ("file:///c|/films/a.mov", "c:\\films\\a.mov"),
        ("file://localhost/C:/a.mov", "C:\\a.mov"),
        ("file://C:/films/a.mov", "C:\\films\\a.mov"),
        ("file:/C:/a.mov", "C:\\a.mov"),
    ],
)
def test_urls_with_a_windows_drive(url: str, path: str) -> None:
    assert address._path_of_url(url, windows=True) == path


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("https://example.org/a.mov", "only file:// URLs"),
        ("s3://bucket/a.mov", "only file:// URLs"),
        ("file://server/share/a.mov", "names the host 'server'"),
        ("file:///films/a.mov?x=1", "'?' or '#'"),
        ("file:///films/a#b.mov", "'?' or '#'"),
        ("file:///films/a.mov#", "'?' or '#'"),
        ("file://[/a.mov", "is not a URL"),
        ("file:///films/a%00b.mov", "null character"),
        ("file:///films/", "does not name a file"),
        ("a\0b.mov", "null character"),
        ("", "does not name a file"),
        ("films/", "does not name a file"),
        (".", "does not name a file"),
        ("films/..", "does not name a file"),
        (b"film.mov", "cannot be written to b'film.mov': bytes are no path"),
        (None, "(NoneType)"),
        (1, "(int)"),
        (["film.mov"], "(list)"),
    ],
)
def test_what_names_no_file_is_refused(target: Any, says: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        open_destination(target)
    assert says in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_paths_are_taken_as_they_are(tmp_path: Path) -> None:
    class Bytes:
        def __fspath__(self) -> bytes:
            return b"film.mov"

    assert open_destination("film.mov").path == "film.mov"
    assert open_destination(tmp_path / "100%20 #?.mov").path == str(tmp_path / "100%20 #?.mov")
    assert open_destination("100%20 #?.mov").path == "100%20 #?.mov"
    assert open_destination(Bytes()).path == "film.mov"
    assert open_destination((tmp_path / "a b.mov").as_uri()).path == str(tmp_path / "a b.mov")


def test_naming_creates_nothing(tmp_path: Path) -> None:
    open_destination(tmp_path / "film.mov")
    open_destination(tmp_path / "missing" / "film.mov", temporary_directory=tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_naming_leaves_an_object_alone() -> None:
    film = io.BytesIO(b"content")
    film.seek(3)
    open_destination(film)
    assert (film.tell(), film.getvalue()) == (3, b"content")


def refused(target: object) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        open_destination(target)
    assert caught.value.hint
    return str(caught.value)


def test_a_closed_object_is_refused() -> None:
    film = io.BytesIO()
    film.close()
    assert "is closed" in refused(film)


def test_text_objects_are_refused(tmp_path: Path) -> None:
    assert "takes text" in refused(io.StringIO())
    with open(tmp_path / "film", "w+") as film:
        assert "takes text" in refused(film)
    with tempfile.NamedTemporaryFile("w+") as film:
        assert "takes text" in refused(film)


def test_read_only_objects_are_refused(tmp_path: Path) -> None:
    (tmp_path / "film").touch()
    with open(tmp_path / "film", "rb") as film:
        assert "reading only" in refused(film)


@pytest.mark.parametrize("mode", ["ab", "a+b"])
@pytest.mark.parametrize("buffering", [-1, 0])
def test_append_only_files_are_refused_with_the_reason_and_the_way_out(
    tmp_path: Path, mode: str, buffering: int
) -> None:
    with open(tmp_path / "film", mode, buffering=buffering) as film:
        text = refused(film)
    assert "appends" in text
    assert "header is patched after its media is written" in text
    assert "Write to a path or to io.BytesIO" in text


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the flag where nobody can ask for it")
def test_a_descriptor_that_appends_is_found_out(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "film", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with os.fdopen(descriptor, "wb") as film:
        assert "appends" in refused(film)


def test_pipes_are_refused() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb"), os.fdopen(writing, "wb") as pipe:
        assert "not seekable" in refused(pipe)


def test_objects_without_seek_are_refused() -> None:
    class Sink:
        def write(self, data: bytes) -> None: ...

    text = refused(Sink())
    assert "the Sink object cannot go back" in text
    assert "Write to a path" in text


def test_compressing_objects_are_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "film.gz", "wb") as film:
        assert "compresses" in refused(film)
    with bz2.open(tmp_path / "film.bz2", "wb") as film:
        assert "not seekable" in refused(film)
    with lzma.open(tmp_path / "film.xz", "wb") as film:
        assert "not seekable" in refused(film)
    with zipfile.ZipFile(tmp_path / "film.zip", "w") as archive, archive.open("film", "w") as film:
        assert "not seekable" in refused(film)


def test_usual_objects_are_accepted(tmp_path: Path) -> None:
    with (
        open(tmp_path / "a", "wb") as plain,
        open(tmp_path / "b", "w+b", buffering=0) as raw,
        tempfile.NamedTemporaryFile() as named,
        tempfile.SpooledTemporaryFile() as spooled,
        tempfile.TemporaryFile() as unnamed,
    ):
        for target in (plain, raw, named, spooled, unnamed, io.BytesIO(), Minimal()):
            assert open_destination(target).path is None
        assert str(tmp_path / "a") in open_destination(plain).display_name


def test_the_temporary_directory_must_be_a_path() -> None:
    with pytest.raises(InvalidArgumentError, match="temporary_directory must be a path"):
        open_destination("film.mov", temporary_directory=3)  # type: ignore[arg-type]
