"""Samples in other files: what is opened, and what never is."""

from __future__ import annotations

import ntpath
import os
import posixpath
from pathlib import Path

import pytest
from tests.isobmff.movies import Track, film, tables

from reelwright.containers.data_references import is_within
from reelwright.containers.movie_media import MovieMedia
from reelwright.isobmff.box import Box, cstring, full_box, i16, u16
from reelwright.model.errors import ForbiddenReferenceError, InvalidMediaError, MediaNotFoundError
from reelwright.model.reference_restrictions import ReferenceRestrictions
from reelwright.storage.source import open_source

SAMPLES = b"0123456789abcdef"


def url(location: str) -> Box:
    return full_box("url ", 0, 0, cstring(location))


def alias(path: str) -> Box:
    """An alias record whose tag 18 is a POSIX path."""
    text = path.encode()
    record = bytes(50) + bytes([4]) + b"name".ljust(63, b"\0") + bytes(36)
    tags = i16(18) + u16(len(text)) + text + bytes(len(text) % 2) + i16(-1) + u16(0)
    return full_box("alis", 0, 0, record, tags)


def movie(folder: Path, *references: Box) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "movie.mov"
    path.write_bytes(film(Track(tables([4, 6], start=2), references=references)))
    return path


def read(path: Path, **options: object) -> bytes:
    media = MovieMedia(open_source(path), **options)  # type: ignore[arg-type]
    try:
        return b"".join(sample.data or b"" for sample in media.stream(1))
    finally:
        media.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with samples in it, and others outside."""
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    for place in (inside / "samples.bin", inside / "deep" / "a b.bin", tmp_path / "outside.bin"):
        place.write_bytes(SAMPLES)
    return inside


@pytest.mark.parametrize("location", ["samples.bin", "./samples.bin", "deep/a%20b.bin", "deep/../samples.bin"])
def test_files_in_the_movies_folder_are_read(folder: Path, location: str) -> None:
    assert read(movie(folder, url(location))) == SAMPLES[2:12]


def test_absolute_urls_into_the_folder_are_read(folder: Path) -> None:
    assert read(movie(folder, url((folder / "samples.bin").as_uri()))) == SAMPLES[2:12]


def test_what_facts_say_of_a_reference(folder: Path) -> None:
    media = MovieMedia(open_source(movie(folder, url("samples.bin"))))
    reference = media.facts.tracks[0].data_references[0]
    assert (reference.kind, reference.location, reference.is_self_contained) == ("url ", "samples.bin", False)
    assert media.index(1).problems == ()  # offsets of another file are not judged by the movie's size
    media.close()


@pytest.mark.parametrize("location", ["../outside.bin", "deep/../../outside.bin", "%2e%2e/outside.bin", "..", "."])
def test_nothing_outside_the_folder_is_opened(folder: Path, location: str) -> None:
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, url(location)))


def test_absolute_urls_outside_are_refused(folder: Path) -> None:
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, url((folder.parent / "outside.bin").as_uri())))


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_links_out_of_the_folder_are_seen_through(folder: Path) -> None:
    (folder / "link.bin").symlink_to(folder.parent / "outside.bin")
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, url("link.bin")))


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/x", "https://e.org/x", "//host/x", "file://host/x", "ftp://a/b"]
)
@pytest.mark.parametrize("restrictions", [ReferenceRestrictions.NONE, ReferenceRestrictions.FORBID_ALL])
def test_the_network_is_never_asked(folder: Path, location: str, restrictions: ReferenceRestrictions) -> None:
    with pytest.raises(ForbiddenReferenceError):
        read(movie(folder, url(location)), restrictions=restrictions)


@pytest.mark.parametrize(
    "restrictions", [ReferenceRestrictions.FORBID_ALL, ReferenceRestrictions.FORBID_LOCAL_REFERENCE_TO_LOCAL]
)
def test_local_references_can_be_forbidden(folder: Path, restrictions: ReferenceRestrictions) -> None:
    with pytest.raises(ForbiddenReferenceError, match="restrictions forbid") as caught:
        read(movie(folder, url("samples.bin")), restrictions=restrictions)
    assert "samples.bin" in caught.value.message


def test_other_restrictions_do_not_concern_local_files(folder: Path) -> None:
    path = movie(folder, url("samples.bin"))
    assert read(path, restrictions=ReferenceRestrictions.FORBID_LOCAL_REFERENCE_TO_REMOTE) == SAMPLES[2:12]


def test_aliases_are_followed_only_when_told_to(folder: Path) -> None:
    path = movie(folder, alias(str(folder / "samples.bin")))
    with pytest.raises(ForbiddenReferenceError, match="alias"):
        read(path)
    assert read(path, alias_references=True) == SAMPLES[2:12]


def test_aliases_cannot_leave_the_folder_either(folder: Path) -> None:
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, alias(str(folder.parent / "outside.bin"))), alias_references=True)


def test_a_movie_in_memory_has_no_folder() -> None:
    media = MovieMedia(open_source(film(Track(tables([4]), references=[url("samples.bin")]))))
    with pytest.raises(ForbiddenReferenceError, match="lies in no folder"):
        list(media.stream(1))


def test_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(MediaNotFoundError, match="has samples in"):
        read(movie(folder, url("lost.bin")))


@pytest.mark.parametrize("reference", [full_box("rsrc", 0, 0, bytes(9)), full_box("alis", 0, 0, bytes(9)), url("%00")])
def test_references_that_are_not_understood(folder: Path, reference: Box) -> None:
    with pytest.raises(InvalidMediaError, match="reference"):
        read(movie(folder, reference), alias_references=True)


def test_without_data_no_reference_is_followed(folder: Path) -> None:
    media = MovieMedia(open_source(movie(folder, url("http://example.org/x"))))
    assert len(list(media.stream(1, with_data=False))) == 2
    media.close()


@pytest.mark.parametrize("location", ["//[x", "file://[/samples.bin", "http://["])
def test_locations_that_are_no_urls(folder: Path, location: str) -> None:
    with pytest.raises(InvalidMediaError, match="is no URL of a file"):
        read(movie(folder, url(location)))


def test_a_place_outside_is_not_even_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On some systems looking at a path mounts what it names from the network."""
    path = movie(folder, url("file:///net/example.com/share/samples.bin"))
    looked: list[str] = []
    lstat, stat = os.lstat, os.stat

    def watched(real: object) -> object:
        def look(place: object, *args: object, **options: object) -> object:
            looked.append(str(place))
            return real(place, *args, **options)  # type: ignore[operator]

        return look

    monkeypatch.setattr(os, "lstat", watched(lstat))
    monkeypatch.setattr(os, "stat", watched(stat))
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(path)
    assert looked, "the movie's own folder is looked at"
    assert not [place for place in looked if place.startswith("/net")]


def test_a_folder_that_is_a_link_is_the_folder(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    try:
        link.symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("links may not be made here")
    for inside in (folder, link):
        movie(folder, url((inside / "samples.bin").as_uri()))
        assert read(link / "movie.mov") == SAMPLES[2:12]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_the_folder_does_not_hang_the_reader(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(InvalidMediaError, match="pipe"):
        read(movie(folder, url("pipe")))


@pytest.mark.parametrize(
    ("folder", "target", "expected"),
    [
        ("C:\\films", "a.bin", True),
        ("C:\\films", "deep\\a.bin", True),
        ("C:\\films", "c:/FILMS/a.bin", True),
        ("C:\\films", "..\\a.bin", False),
        ("C:\\films", "deep\\..\\..\\a.bin", False),
        ("C:\\films", "D:\\films\\a.bin", False),
        ("C:\\films", "D:a.bin", False),
        ("C:\\films", "\\\\server\\share\\a.bin", False),
        ("C:\\films", "//server/share/a.bin", False),
        ("C:\\films", "\\\\?\\UNC\\server\\share\\a.bin", False),
        ("C:\\films", "\\\\.\\pipe\\a", False),
        ("C:\\films", "\\filmsother\\a.bin", False),
        ("C:\\films", ".", False),
        ("\\\\server\\share\\films", "a.bin", True),
        ("\\\\server\\share\\films", "..\\a.bin", False),
    ],
)
def test_names_by_windows_rules(folder: str, target: str, expected: bool) -> None:
    assert is_within(folder, target, ntpath) is expected


@pytest.mark.parametrize(
    ("folder", "target", "expected"),
    [
        ("/films", "a.bin", True),
        ("/films", "/films/deep/a.bin", True),
        ("/films", "deep/../a.bin", True),
        ("/films", "../films/a.bin", True),
        ("/films", "../a.bin", False),
        ("/films", "/filmsother/a.bin", False),
        ("/films", "", False),
        ("/", "a.bin", True),
    ],
)
def test_names_by_posix_rules(folder: str, target: str, expected: bool) -> None:
    assert is_within(folder, target, posixpath) is expected
